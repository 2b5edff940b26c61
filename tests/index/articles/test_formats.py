"""Each format, read from a golden file and from small ones."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import base, markdown, read
from index.articles.base import Draft, build, decoded
from index.errors import ArticleError
from index.types import Article, Refusal

Write = Callable[[str, bytes], Article]
Reason = Callable[[str, bytes], str]


def one(path: Path) -> Article:
    """Return the one article in a file."""
    (found,) = read(path)
    assert isinstance(found, Article), found
    return found


def test_markdown_golden(golden: Path) -> None:
    """Markdown becomes plain text, block by block, and its front matter becomes metadata."""
    found = one(golden / "harbour.md")
    assert found.text == (golden / "harbour.text").read_text(encoding="utf-8").removesuffix("\n")
    assert found.title == "The harbour: a short history"
    assert (found.published, found.published_from) == ("2021-03-04", "front matter")
    assert (found.source, found.url) == ("Harbour Notes", "https://example.org/harbour")
    assert (found.authors, found.language) == (("Ines Aldan", "Tom Reeve"), "en")
    assert found.doc_id.startswith("harbour-")


def test_html_golden(golden: Path) -> None:
    """A page gives its main text, a blank line between blocks, and what it says of itself."""
    found = one(golden / "lighthouse.html")
    blocks = found.text.split("\n\n")
    assert blocks[-4:] == [
        "Wer hinauf will, muss zweihundert Stufen steigen, und oben bläst der Wind.",
        "Öffnung um neun\nSchluss um fünf",
        "Jahr | Gäste\n1999 | 1200",
        "Im Herbst bleibt die Tür geschlossen, weil die Stufen dann nass und glatt sind.",
    ]
    assert "seit vielen Jahren" in found.text
    assert "Wasser.\nIm Winter" in found.text
    assert "Rechte" not in found.text
    assert "Karte" not in found.text
    assert (found.title, found.source, found.language) == ("Der Leuchtturm", "Küstenblatt", "de")
    assert (found.url, found.authors) == ("https://example.org/leuchtturm", ("Ines Aldan",))
    assert (found.published, found.published_from) == ("2020-05-06", "meta tag")


def test_jsonl_golden(golden: Path) -> None:
    """Good rows become articles and bad rows refusals that name their line; each row has its outcome."""
    path = golden / "rows.jsonl"
    found = list(read(path))
    tide, waves, last = [x for x in found if isinstance(x, Article)]
    assert tide.text == "The tide turns twice a day.\r\n  It waits for nobody. "
    assert (tide.doc_id, tide.origin) == ("tide-1", f"{path.resolve()}#tide-1")
    assert (tide.published, tide.published_from) == ("2019-08-01T10:00:00+02:00", "row")
    assert (tide.source, tide.url, tide.authors) == ("Sea Letters", "https://example.org/tides", ("Ines Aldan",))
    assert (waves.doc_id, waves.title, waves.language, waves.published) == ("7", "Waves", "en", "2018-06-04")
    assert waves.authors == ("Tom Reeve", "Ines Aldan")
    assert (last.doc_id, last.title) == ("last", "rows")
    refused = [x for x in found if isinstance(x, Refusal)]
    assert [x.given.rpartition(":")[2] for x in refused] == ["3", "5", "6", "7", "8", "9", "10", "11", "12"]
    for refusal, words in zip(
        refused,
        ["JSON", "list", "_id", "white space", "text", "text", "empty", "surrogate", ":1"],
        strict=True,
    ):
        assert words in refusal.reason


def test_text_is_kept(article: Write) -> None:
    """Plain text loses its byte order mark and its CRs, nothing else; the stem is its title."""
    found = article("My Notes_v2.txt", b"\xef\xbb\xbf  One.\r\nTwo.\rThree.  \n\n")
    assert found.text == "  One.\nTwo.\nThree.  \n\n"
    assert found.title == "My Notes_v2"
    assert found.doc_id.startswith("my-notes-v2-")
    assert found.published_from is None


def test_utf_16(article: Write) -> None:
    """UTF-16 with a byte order mark is read."""
    assert article("a.TXT", "Zwölf Häuser".encode("utf-16")).text == "Zwölf Häuser"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_text_round_trip(text: str) -> None:
    """Any text without CR and NUL decodes to itself."""
    assert decoded(text.encode(), "x").removeprefix("\ufeff") == text.removeprefix("\ufeff")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), st.booleans())
def test_jsonl_round_trip(tmp_path_factory: pytest.TempPathFactory, text: str, ascii_only: bool) -> None:
    """A row's text is kept character for character, NUL and line separators included."""
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_text(json.dumps({"_id": "a", "text": text}, ensure_ascii=ascii_only) + "\n", encoding="utf-8")
    assert one(path).text == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_markdown_never_fails(source: str) -> None:
    """Any text renders without an error, and without blank lines at its ends."""
    text, _ = markdown.rendered(source, "x")
    assert not text.startswith("\n\n")


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: 1984\n---\n# Big Brother\n\nText", "1984"),
        ("---\ntitle: No\n---\nText", "No"),
        ("---\ntitle:\n---\nIntro\n\n## The *real* title\n", "The real title"),
        ("---\n---\nText", "note"),
        ("---\ntitle: [a, b]\n---\nText", "note"),
        ('---\ntitle: "a\\nb\\u0007  c\\u202e"\n---\nText', "a b c"),
    ],
)
def test_titles(article: Write, source: str, title: str) -> None:
    """A title is one clean line: the front matter's, else the first heading, else the stem."""
    assert article("note.md", source.encode()).title == title


def test_thematic_break(article: Write) -> None:
    """A document that starts with a thematic break is no front matter, and loses nothing."""
    assert article("a.md", b"---\n\nOne.\n\n---\n\nTwo.").text == "One.\n\nTwo."
    assert article("b.md", b"---\n\nOne.").text == "One."


def test_unreadable_metadata_is_left_out(article: Write) -> None:
    """A date that is none, a link that is no web address and a language without a code are left out."""
    source = b"---\ndate: some day\nurl: 'javascript:alert(1)'\nlanguage: English\n---\nText"
    found = article("a.md", source)
    assert (found.published, found.published_from, found.url, found.language) == (None, None, None, None)


def test_long_metadata_is_left_out(article: Write) -> None:
    """A value that nobody means to read does not become a title; the file's name does."""
    source = f"---\ntitle: {'t' * 20_000}\nauthors: {'a' * 20_000}\n---\nText".encode()
    found = article("note.md", source)
    assert (found.title, found.authors) == ("note", ())


def test_a_large_page_is_read_to_its_end(article: Write) -> None:
    """What stands after ten megabytes of pictures is not lost."""
    pictures = f"<img src='data:image/png;base64,{'A' * 100_000}'>" * 110
    page = (
        f"<html><body><article><p>It begins with these words.</p>{pictures}<p>It ends with these.</p></article></body>"
    )
    assert article("a.html", page.encode()).text == "It begins with these words.\n\nIt ends with these."


def test_one_element_alone(article: Write) -> None:
    """A page whose root is something that is left out of others is read."""
    assert article("a.html", b"<!-- html --><svg>Words of it.</svg>").text == "Words of it."


def test_impossible_date(article: Write) -> None:
    """A day that the calendar does not have does not keep an article from being read."""
    assert article("a.md", b"---\ndate: 2023-02-30\n---\nText").published is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.txt", b"caf\xe9", "UTF-8 at byte 3; convert"),
        ("a.txt", b"\xff\xfea", "UTF-16"),
        ("a.txt", b"text\0text", "NUL"),
        ("a.md", b"---\ntitle: [a\n---\nText", "YAML"),
        ("a.md", b"---\na: 1\n b: 2\n---\nText", "YAML"),
        ("a.md", b"---\ntitle: a\n\nText", "must close"),
        ("a.md", b"---\ntitle: a\n---\n", "empty"),
        ("a.md", b">" * 5000 + b" x", "nested"),
        ("a.html", b"", "empty"),
        ("a.html", b"words", "not an HTML page"),
        ("a.html", b"<!--<html>--><svg></svg>", "no main text"),
        ("a.html", b"<html><body><script>a</script></body></html>", "no main text"),
        ("a.html", b"<html><meta charset=utf-8><p>caf\xe9</p></html>", "UTF-8"),
        ("a.html", b"<html><meta charset=shift_jis><p>caf\xe9</p></html>", "shift_jis"),
        ("a.html", b"<html>\0</html>", "NUL"),
        ("a.html.gz", b"<html>", "gzip"),
        ("a.html.gz", gzip.compress(b"<html>" * 100, mtime=0)[:-9], "cut off"),
        ("a.jsonl", '{"_id": "a"}'.encode("utf-16"), "UTF-16"),
        ("a.jsonl", b'{"_id": "a", "text": "caf\xe9"}', "UTF-8"),
        ("a.jsonl", b"[" * 100_000, "JSON"),
        ("a.jsonl", b'{"_id": true, "text": "x"}', "_id"),
        ("a.jsonl", b'{"_id": "' + b"a" * 2000 + b'", "text": "x"}', "more than 1,000 characters"),
        ("a.jsonl", b'{"_id": "a", "text": "x", "title": ' + b"9" * 5000 + b"}", "too many digits"),
        ("a.jsonl", b'{"_id": "a\\u0007", "text": "x"}', "control"),
        ("a.png", b"\x89PNG", "not a format Quoth reads: .png; it reads .txt"),
        ("README", b"text", "not a format Quoth reads: README"),
    ],
)
def test_refusals(reason: Reason, name: str, data: bytes, words: str) -> None:
    """What cannot become an article is refused with its reason."""
    assert words in reason(name, data)


def test_declared_encoding(article: Write) -> None:
    """A page that is not UTF-8 is read in the encoding it declares."""
    page = (
        "<html><head><meta charset=ISO-8859-1></head><body><p>Das Café heißt „Süd“ und liegt am See.</p></body></html>"
    )
    assert article("a.htm", page.encode("cp1252")).text == "Das Café heißt „Süd“ und liegt am See."


def test_zipped_page(article: Write, golden: Path) -> None:
    """A gzipped page reads like the page, and its stem has neither ending."""
    found = article("tower.html.gz", gzip.compress((golden / "lighthouse.html").read_bytes()))
    assert found.text == one(golden / "lighthouse.html").text
    assert found.doc_id.startswith("tower-")


def test_short_page(article: Write) -> None:
    """A short page keeps its sentences whole across bold words."""
    page = b"<html><body><article><h1>T</h1><p>A <b>bold</b> word.</p></article></body></html>"
    assert article("a.html", page).text == "T\n\nA bold word."


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.html.gz"])
def test_size_limit(reason: Reason, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file over the limit is refused."""
    monkeypatch.setattr(base, "LIMIT", 100)
    data = (b"<html>" if "html" in name else b"") + b"word " * 50
    assert "larger than" in reason(name, gzip.compress(data) if name.endswith(".gz") else data)


def test_size_limit_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is per row: a larger row is refused by its line, the rows after it are read."""
    monkeypatch.setattr(base, "LIMIT", 100)
    path = tmp_path / "a.jsonl"
    rows = [{"_id": str(i), "text": "x" * n} for i, n in enumerate([5, 1000, 60, 500])]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(read(path))
    assert [x.doc_id if isinstance(x, Article) else x.given[-2:] for x in found] == ["0", ":2", "2", ":4"]


def test_slugs_keep_scripts() -> None:
    """A slug drops accents and keeps letters of every script; a stem without any becomes "article"."""
    assert base.slug("Élan & Straße_2.v1") == "elan-strasse-2-v1"
    assert base.slug("Привет, мир") == "привет-мир"
    assert base.slug("한국어") == "한국어"
    assert base.slug("!?") == "article"
    assert len(base.slug("word " * 50)) <= 60


@given(st.text(), st.text())
def test_ids_are_visible(stem: str, origin: str) -> None:
    """Any file name gives an id without white space and control characters."""
    try:
        found = build(Draft(given="x", text="text"), stem=base.shown(Path(stem)), origin=base.shown(Path(origin)))
    except (ArticleError, UnicodeEncodeError):
        pytest.fail("a file name must never keep an article out")
    assert found.doc_id.isprintable()
    assert " " not in found.doc_id
    assert found.title
