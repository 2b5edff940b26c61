"""Tables."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import read, tables
from index.types import Article, Refusal

Found = Article | Refusal
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1).filter(str.strip)


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., list[Found]]:
    """Return a function that writes a file and reads what it holds."""

    def write(data: str | bytes, name: str = "news.csv") -> list[Found]:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return list(read(path))

    return write


def articles(found: list[Found]) -> list[Article]:
    """Return what was read, if it is articles alone."""
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def refusals(found: list[Found]) -> list[tuple[str, str]]:
    """Return the line and the reason of each row that was left out."""
    return [(item.given.rpartition(":")[2], item.reason) for item in found if isinstance(item, Refusal)]


def test_columns_are_known_by_name(table: Callable[..., list[Found]]) -> None:
    """Every column that is known becomes what it names, and the date says which column it is from."""
    (found,) = articles(
        table(
            "ID,Title,Body,URL,Source,Published,Date,Authors,Language,Rank\n"
            'a1,Tides,"One, two.\r\n\r\nThree ""four"".",https://example.org/a,Sea Letters,,2023-07-11,'
            "Ines Aldan;Tom Reeve,en-GB,7\n"
        )
    )
    assert (found.doc_id, found.title, found.text) == ("a1", "Tides", 'One, two.\n\nThree "four".')
    assert (found.url, found.source, found.language) == ("https://example.org/a", "Sea Letters", "en")
    assert (found.published, found.published_from) == ("2023-07-11", "column Date")
    assert found.authors == ("Ines Aldan", "Tom Reeve")
    assert found.origin.endswith("news.csv#a1")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_delimiters(table: Callable[..., list[Found]], delimiter: str, start: str) -> None:
    """The delimiter is the one that makes columns with known names of the first line."""
    rows = [["_id", "note, more; or less", "text"], ["1", "x", "Words."]]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    assert [item.text for item in articles(table(start + written.getvalue()))] == ["Words."]


def test_a_delimiter_that_is_named(table: Callable[..., list[Found]]) -> None:
    """The line that Excel reads the delimiter from is no row."""
    assert articles(table("sep=;\r\nid;text\r\n1;Words.\r\n"))[0].text == "Words."


def test_rows_without_ids(table: Callable[..., list[Found]]) -> None:
    """Without ids a row is told by address, title or text, and keeps its article when it is moved or edited."""
    rows = ["https://example.org/a,Same,One.", "https://example.org/b,Same,Two.", ",Third,Three.", ",,Four."]
    before = {item.text: item.doc_id for item in articles(table("\n".join(["url,title,text", *rows])))}
    rows = [",New,Zero.", *reversed(rows)]
    after = articles(table("\n".join(["url,title,text", *rows]).replace("One.", "One!").replace("Three.", "Three!")))
    assert [item.doc_id for item in after[1:]] == [before[text] for text in ("Four.", "Three.", "Two.", "One.")]
    assert len({item.doc_id for item in after}) == len({item.origin for item in after}) == 5
    assert after[0].doc_id.startswith("news-")


def test_rows_of_the_same_title(table: Callable[..., list[Found]]) -> None:
    """Rows that nothing tells apart but their order have ids of their own."""
    found = articles(table("title,text\nReport,One.\nReport,Two.\nReport,Three.\n"))
    assert len({item.doc_id for item in found}) == 3


def test_bad_rows_are_named(table: Callable[..., list[Found]]) -> None:
    """A row that cannot be an article is named by the line that it begins in, and the rest goes on."""
    found = table(
        'id,text\n1,"One\nmore."\n2\n3,a,b\n4,\n,x\n1,again\nb c,x\n5,"a"b\n6,a\0b\n\n7,Last.\n', name="rows.csv"
    )
    assert [item.doc_id for item in found if isinstance(item, Article)] == ["1", "7"]
    assert [line for line, _ in refusals(found)] == ["4", "5", "6", "7", "8", "9", "10", "11"]
    words = ["1 fields", "3 fields", "no text", "no id", "already used", "white space", "quotation mark", "NUL"]
    for (_, reason), expected in zip(refusals(found), words, strict=True):
        assert expected in reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("name,age\nx,7\n", "its first row names 'name', 'age'; call one of them text, body or content"),
        ("just a sentence\n", "no column holds the text"),
        ("", "empty"),
        (" \n\n", "empty"),
        (b"id,\0text\n", "NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\0\0\0", "PNG picture"),
        ("id,text\n1,Caf\xe9\n".encode("latin-1"), "not UTF-8 at byte 13; convert"),
        ('id,text\n1,"never closed\n2,x\n', "quotation mark"),
    ],
)
def test_files_that_are_refused(table: Callable[..., list[Found]], data: str | bytes, words: str) -> None:
    """A file without a column of texts, or that is no text, is refused once."""
    ((_, reason),) = refusals(table(data))
    assert words in reason


def test_a_row_without_end(table: Callable[..., list[Found]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A row over the limit ends the reading, and what was read before stays."""
    monkeypatch.setattr(tables, "_LONGEST", 50)
    found = table('id,text\n1,One.\n2,"' + "words\n" * 100)
    assert [item.doc_id for item in found if isinstance(item, Article)] == ["1"]
    assert "more than 50 characters" in refusals(found)[-1][1]


def test_another_encoding(table: Callable[..., list[Found]]) -> None:
    """A table is read in the encoding that its words tell, which is said once."""
    texts = ["Das Café heißt „Süd“ und hat viele Stühle.", "Über der Tür hängt ein Schild.", "Gäste kommen früh."]
    rows = "id;text\n" + "".join(f"{n};{text}\n" for n, text in enumerate(texts))
    found = articles(table(rows.encode("cp1252")))
    assert [item.text for item in found] == texts
    assert ["windows-1252" in item.note for item in found] == [True, False, False]


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_whatever_is_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    """What a writer of tables wrote is read again, cell by cell."""
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([("title", "text"), *rows])
    assert [item.text for item in articles(list(read(path)))] == [text for _, text in rows]
