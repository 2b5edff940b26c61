"""PDF documents: what is read, in which order, and what is left out."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import pdf as reader
from index.articles import read
from index.articles.pdf.layout import paragraphs
from index.articles.pdf.lines import Line
from index.articles.pdf.words import Words
from index.types import Article
from tests.index.articles.documents import WIDTH, Placed, column, content, pdf, stream, written

Write = Callable[[str, bytes], Article]
Reason = Callable[[str, bytes], str]

HARBOUR = (
    "The harbour of Skerry was built in three summers, and every stone of it came by boat from the other side of the "
    "sound, where the quarrymen had waited for years for somebody to buy what they broke out of the hill."
)
FERRY = (
    "When the ferry came, nobody believed that it would stay; it was too large for the pier, too dear for the council "
    "and, as the postmistress said, too white for a sea that has never been anything but grey."
)
LIGHT = (
    "The lamp of the old lighthouse was put out in the same week, and for some nights the fishermen steered by the "
    "ferry's windows, which they were not ashamed to say, and which the captain never heard of."
)


def lines(placed: list[Placed]) -> list[Line]:
    """Return what the writer placed as the reader sees it."""
    return [Line(text, x, x + len(text) * WIDTH * size, y, size) for x, y, size, text in placed]


def said(pages: list[list[Placed]]) -> list[str]:
    """Return the paragraphs that are found on pages."""
    return ["".join(text for _, text in found.pieces) for found in paragraphs([lines(page) for page in pages])]


def test_golden(article: Write) -> None:
    """Title, author, language and day are the document's own; paragraphs are whole, and pages have their numbers."""
    first = [(50, 740, 18, "The ferry"), *column(f"{HARBOUR}\n{FERRY}", 50, 700, 60, indent=2)]
    info = {"Title": "The ferry of Skerry", "Author": "Ines Aldan", "CreationDate": "D:20230711120000Z"}
    found = article("a.pdf", pdf([first, column(LIGHT, 50, 700, 60)], info=info, catalog="/Lang (en-GB)"))
    assert found.text == f"The ferry\n\n{HARBOUR}\n\n{FERRY}\n\n{LIGHT}"
    assert (found.title, found.authors, found.language) == ("The ferry of Skerry", ("Ines Aldan",), "en")
    assert (found.published, found.published_from) == ("2023-07-11", "PDF creation date")
    second = found.locator_at(found.text.index("lamp"))
    assert second is not None
    assert (second.label, second.fragment, second.start) == ("p. 2", "#page=2", found.text.index("The lamp"))
    assert [locator.start for locator in found.locators] == [0, second.start]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Microsoft Word - letter.docx", "The ferry"),
        ("Microsoft Word - A letter home", "A letter home"),
        ("report_final.indd", "The ferry"),
        ("untitled", "The ferry"),
        ("12-3", "The ferry"),
        ("The U.S. and us", "The U.S. and us"),
    ],
)
def test_titles(article: Write, title: str, shown: str) -> None:
    """A title that a program made up gives way to what is written largest on the first page."""
    page = [(50, 740, 18, "The ferry"), *column(HARBOUR, 50, 700, 60)]
    assert article("a.pdf", pdf([page], info={"Title": title, "Author": "root"})).title == shown


def test_the_day_of_a_printout_is_no_date(article: Write) -> None:
    """A page that was printed from a browser was not published on that day, and an impossible day is none."""
    page = [column(HARBOUR, 50, 700, 60)]
    for info in ({"Creator": "Chromium", "CreationDate": "D:20230711"}, {"CreationDate": "D:20230231"}):
        assert article("a.pdf", pdf(page, info=info)).published is None


def test_two_columns() -> None:
    """Columns are read one after the other, a paragraph going on from one into the next."""
    left, right = column(f"{HARBOUR}\n{FERRY}", 50, 700, 30), column(LIGHT, 320, 700, 30)
    assert said([[*left, *right]]) == [HARBOUR, FERRY, LIGHT]
    whole = column(f"{HARBOUR} {FERRY}", 50, 700, 30)
    half = len(whole) // 2
    beside = [(320, 700 - 12 * i, size, text) for i, (_, _, size, text) in enumerate(whole[half:])]
    assert said([[*whole[:half], *beside]]) == [f"{HARBOUR} {FERRY}"]


def test_columns_that_are_drawn_row_by_row(article: Write) -> None:
    """Columns are found where the file has the first line of each, then the second of each."""
    left, right = column(HARBOUR, 50, 700, 30), column(FERRY, 320, 700, 30)
    rows = [line for pair in zip(left, right, strict=False) for line in pair]
    page = [*rows, *left[len(right) :], *right[len(left) :]]
    wide = (50.0, 720.0, 10.0, "A line that is as wide as both of the columns, and so above the two of them.")
    assert said([[wide, *page]]) == [wide[3], HARBOUR, FERRY]
    assert article("a.pdf", pdf([[wide, *page]])).text == f"{wide[3]}\n\n{HARBOUR}\n\n{FERRY}"


def test_a_table_is_read_row_by_row(article: Write) -> None:
    """The cells of a row are on one line, with marks between them."""
    cells = [("Year", "Ships"), ("1899", "12"), ("1901", "140")]
    rows = [(x, 600 - 12 * i, 10, cell) for i, row in enumerate(cells) for x, cell in zip((50, 200), row, strict=True)]
    assert "Year | Ships\n1899 | 12\n1901 | 140" in article("a.pdf", pdf([[*column(HARBOUR, 50, 700, 60), *rows]])).text


def test_short_paragraphs(article: Write) -> None:
    """Where space between paragraphs is as common as that between lines, they are kept apart."""
    said = [
        "Prepared by the harbour office of Skerry.",
        "The wall was finished nine weeks late, and",
        "cost a fifth more.",
    ]
    page = [(50, 700, 12, said[0]), (50, 666, 12, said[1]), (50, 648, 12, said[2]), (50, 614, 12, "It is green.")]
    assert article("a.pdf", pdf([page])).text == f"{said[0]}\n\n{said[1]} {said[2]}\n\nIt is green."


def test_lists(article: Write) -> None:
    """Each item of a list has its own line, however many it had on the page."""
    rows = ["\x95 The pier, which is longer than it was and", "  will be longer yet", "\x95 The lamp", "\x95 The ferry"]
    placed = [
        (50.0 + 6 * (len(row) - len(row.lstrip())), 600.0 - 12 * i, 10.0, row.strip()) for i, row in enumerate(rows)
    ]
    text = article("a.pdf", pdf([placed])).text
    assert text == "• The pier, which is longer than it was and will be longer yet\n• The lamp\n• The ferry"


@pytest.mark.parametrize("pages", [2, 3, 5, 12])
def test_running_heads(article: Write, pages: int) -> None:
    """Heads, feet and page numbers that recur are dropped, and what is written once is kept."""
    made = []
    for number in range(1, pages + 1):
        head = [(50.0, 770.0, 8.0, f"{number}  The Skerry Reader")] if number > 1 else []
        foot = [(290.0, 30.0, 8.0, f"- {number} -"), (50.0, 45.0, 8.0, "Printed in Skerry, 1901")]
        name = "abcdefghijklmnop"[number] * 9
        body = column(f"In {name} it begins. {HARBOUR} So it was until {name}.", 50, 700, 60)
        made.append([*head, *body, *foot])
    text = article("a.pdf", pdf(made)).text
    assert "Printed" not in text
    assert pages == 2 or not re.search(r"\d|Reader", text)
    assert text.count(HARBOUR) == text.count("it begins.") == text.count("until") == pages


def test_stamps_on_a_scan_are_no_text(reason: Reason) -> None:
    """A scan whose pages were given numbers or marks is known as one."""
    stamped = pdf([[(50, 30, 10, f"SKERRY-{i:06}"), (290, 15, 10, f"Page {i} of 9")] for i in range(1, 10)])
    assert reason("a.pdf", stamped) == "has nothing but heads and feet, so its pages are pictures; run OCR on it first"


def test_what_a_browser_prints_around_a_page(article: Write) -> None:
    """The moment and the address that a browser prints are dropped also from a single page."""
    edges = [
        (20.0, 780.0, 8.0, "7/14/23, 9:05 AM"),
        (20.0, 20.0, 8.0, "https://skerry.example/ferry"),
        (560.0, 20.0, 8.0, "1/1"),
    ]
    assert article("a.pdf", pdf([[*edges, *column(HARBOUR, 50, 700, 60)]])).text == HARBOUR


def test_a_paragraph_goes_on_past_a_footnote() -> None:
    """What goes on on the next page is put together, and the footnote between follows it; pages stay known."""
    whole = column(f"{HARBOUR} {FERRY}", 50, 700, 60)
    note = [(50.0, 100.0, 7.0, "1 So the council said.")]
    half = len(whole) // 2
    above = [(x, y + 300, size, text) for x, y, size, text in whole[half:]]
    found = paragraphs([lines([*whole[:half], *note]), lines(above)])
    assert ["".join(text for _, text in p.pieces) for p in found] == [f"{HARBOUR} {FERRY}", note[0][3]]
    text, locators = reader._text(found)
    assert [locator.label for locator in locators] == ["p. 1", "p. 2", "p. 1"]
    assert text[locators[2].start :] == note[0][3]


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("the hyphen-", "ation of words", "the hyphenation of words"),
        ("a well-", "known man", "a well-known man"),
        ("an Anglo-", "Saxon poem", "an Anglo-Saxon poem"),
        ("from 2019-", "20 on", "from 2019-20 on"),
        ("a pier -", "or two", "a pier - or two"),
        ("the light-", "house keeper", "the lighthouse keeper"),
        ("the sea-", "wall stood", "the sea-wall stood"),
        ("soft\u00ad", "Ware", "softWare"),
        ("日本", "語", "日本語"),
        ("one", "two", "one two"),
    ],
)
def test_words_that_a_line_cut(before: str, after: str, joined: str) -> None:
    """A hyphen is kept where the word has one, which the rest of the document may tell."""
    assert "".join(Words(["A lighthouse and a sea-wall.", before, after]).joined(before, after)) == joined


def test_pdfium_hyphens(article: Write) -> None:
    """A word that ends a line with a hyphen is whole again, and the line after it is read on."""
    page = [
        (50, 700, 10, "It took some years of hyphen-"),
        (50, 688, 10, "ation, and then the council"),
        (50, 676, 10, "met."),
    ]
    assert article("a.pdf", pdf([page])).text == "It took some years of hyphenation, and then the council met."


def test_watermarks_and_stamps(article: Write) -> None:
    """What leans across a page or stands along its edge is left out; a page that is turned is read."""
    upright = content(column(HARBOUR, 50, 700, 60))
    stamp = b"\nBT /F1 40 Tf .7 .7 -.7 .7 100 100 Tm (DRAFT) Tj ET BT /F1 8 Tf 0 1 -1 0 20 300 Tm (arXiv) Tj ET"
    assert article("a.pdf", written([upright + stamp])).text == HARBOUR
    turned = b"q 0 1 -1 0 600 0 cm " + upright + b" Q"
    assert article("a.pdf", written([turned])).text == HARBOUR


def test_invisible_text_of_a_scan(article: Write) -> None:
    """Text that was put behind a picture by OCR is read."""
    assert article("a.pdf", written([b"3 Tr " + content(column(HARBOUR, 50, 700, 60))])).text == HARBOUR


def test_refusals(reason: Reason) -> None:
    """What cannot be read is named with what to do."""
    image = "/Type /XObject /Subtype /Image /Width 9 /Height 9 /ColorSpace /DeviceGray /BitsPerComponent 8"
    scan = written([b"/X Do"], resources="/XObject << /X 5 0 R >>", objects=[stream(bytes(81), image)])
    assert reason("a.pdf", scan) == "has no text: its pages are pictures; run OCR on it first"
    assert "cut off" in reason("a.pdf", pdf([column(HARBOUR, 50, 700, 60)])[:-60])
    locked = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -4 >> /ID [<00> <00>]"
    assert reason("a.pdf", pdf([[]], trailer=locked)) == "is protected by a password; save it without one"


def test_a_process_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads is ended when it takes too long, and its file refused."""
    program, path = tmp_path / "pages.py", tmp_path / "a.pdf"
    program.write_text("import time; time.sleep(60)", encoding="utf-8")
    path.write_bytes(pdf([column(HARBOUR, 50, 700, 60)]))
    monkeypatch.setattr(reader, "_PROGRAM", program)
    monkeypatch.setattr(reader, "_SECONDS", 0.2)
    (found,) = read(path)
    assert not isinstance(found, Article)
    assert "within" in found.reason


SIZES = st.lists(st.integers(6, 9), min_size=12, max_size=60)


def word(number: int, size: int) -> str:
    """Return a word that is like no other of its size, or lines would recur as heads do."""
    return "".join(chr(ord("a") + number // 26**i % 26) for i in range(size))


@settings(max_examples=60, deadline=None)
@given(st.lists(SIZES, min_size=1, max_size=6), st.integers(20, 60), st.integers(5, 40))
def test_paragraphs_are_found_again(sizes: list[list[int]], width: int, length: int) -> None:
    """Whatever paragraphs are set with an indent, in lines of any width and on pages of any length, they come back."""
    numbers = count()
    texts = [f"{' '.join(word(next(numbers), size) for size in paragraph).capitalize()}." for paragraph in sizes]
    placed = column("\n".join(texts), 50, 0, width, indent=2)
    pages = [
        [(x, 700.0 - 12 * i, size, text) for i, (x, _, size, text) in enumerate(placed[start : start + length])]
        for start in range(0, len(placed), length)
    ]
    assert said(pages) == texts
