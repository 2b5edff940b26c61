"""E-mail messages: what of them is read."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.articles import read
from index.types import Article, Refusal

Write = Callable[[str, bytes], Article]
TEXT = "The ferry came in the summer, and it stayed."


def message(text: str = TEXT, **headers: str) -> EmailMessage:
    """Return a message with a plain text."""
    made = EmailMessage()
    given = {
        "Subject": "Die Fähre",
        "From": "Jürgen Brandt <j@skerry.example>",
        "Date": "Tue, 3 May 2023 10:00:00 +0200",
    }
    made.set_content(text)
    for name, value in (given | headers).items():
        made[name.replace("_", "-")] = value
    return made


def test_golden(article: Write) -> None:
    """The subject is the title, the sender the author, and the date is that of the header."""
    found = article("a.eml", message("Grüße aus Skerry.", Content_Language="de").as_bytes())
    assert (found.title, found.authors, found.text) == ("Die Fähre", ("Jürgen Brandt",), "Grüße aus Skerry.")
    assert (found.published, found.published_from) == ("2023-05-03T10:00:00+02:00", "Date header")
    assert (found.language, found.url, found.source) == ("de", None, None)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
def test_encodings(article: Write, encoding: str, charset: str) -> None:
    """A text is read in whatever encodings the message says."""
    made = message()
    made.set_content("Grüße: ça va\n", charset=charset, cte=encoding)
    assert article("a.eml", made.as_bytes()).text == "Grüße: ça va"


def test_headers_without_an_encoding(article: Write) -> None:
    """Headers that are raw UTF-8 or Windows-1252 are read; a sender without a name is an address; no date is none."""
    found = article("a.eml", "Subject: Fähre =?utf-8?q?=C3=BC?=\nFrom: j@skerry.example\n\nText.".encode())
    assert (found.title, found.authors, found.published) == ("Fähre ü", ("j@skerry.example",), None)
    assert article("a.eml", "Subject: Fähre\nDate: 3 May\n\nText.".encode("cp1252")).title == "Fähre"


def test_the_plain_text_comes_first(article: Write) -> None:
    """Of a text and a page that say the same the text is read; a page alone is read as pages are."""
    both = message()
    both.add_alternative(f"<p>{TEXT} As a page.</p>", subtype="html")
    assert article("a.eml", both.as_bytes()).text == TEXT
    page = message()
    page.set_content(f"<html><body><h1>News</h1><p>{TEXT}</p><p>{TEXT}</p></body></html>", subtype="html")
    assert article("a.eml", page.as_bytes()).text.count(TEXT) >= 1
    page.set_content(f"<p>A part of a page. {TEXT}</p>", subtype="html")
    assert TEXT in article("a.eml", page.as_bytes()).text


def test_lines_that_are_one(article: Write) -> None:
    """A paragraph whose lines end in a space, as the message says, is one line."""
    body = "A paragraph of \ntwo lines.\n\nAnother.\n-- \nIvo"
    data = f"Subject: S\nContent-Type: text/plain; format=flowed\n\n{body}".encode()
    assert article("a.eml", data).text == "A paragraph of two lines.\n\nAnother."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes.\n\nOn 3 May 2023 at 10:00, Ivo Brandt wrote:\n> Will it come?\n>\n> Ivo\n", "Yes."),
        ("Yes.\n\nOn Tue, 3 May 2023 at 10:00, Ivo Brandt\n<ivo@skerry.example> wrote:\n> Will it come?", "Yes."),
        ("Ja.\n\nAm 03.05.2023 um 10:00 schrieb Ivo <ivo@skerry.example>:\n> Kommt sie?\n", "Ja."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ivo\nSent: 3 May\n\nWill it come?", "Yes."),
        ("Yes.\n-- \nIvo Brandt\nSkerry", "Yes."),
        ("On Monday he wrote:\n> It comes.\nAnd it came.", "On Monday he wrote:\n> It comes.\nAnd it came."),
        ("It says here:\n> No landing.", "It says here:\n> No landing."),
        ("> Will it come?\nYes.\n> When?\nSoon.", "> Will it come?\nYes.\n> When?\nSoon."),
        ("One\n--\nTwo", "One\n--\nTwo"),
        ("-- \n" + "Line.\n" * 30, "-- \n" + "Line.\n" * 29 + "Line."),
    ],
)
def test_replies_and_signatures(article: Write, text: str, kept: str) -> None:
    """What is answered and the signature are cut off where they are certainly that, and nothing else is."""
    assert article("a.eml", f"Subject: S\n\n{text}".encode()).text == kept


def test_attachments(tmp_path: Path) -> None:
    """What is attached is read by its format, as a member of the message; pictures are passed over."""
    made = message()
    made.add_attachment("# The notes\n\nOf the council.", filename="../../notes.md")
    made.add_attachment("# Others", filename="notes.md")
    made.add_attachment(b"\x89PNG", "image", "png", filename="a.png")
    made.add_attachment(b"PK", "application", "zip", filename="a.zip")
    made.add_attachment(message("Forwarded.", Subject="Before"))
    path = tmp_path / "a.eml"
    path.write_bytes(made.as_bytes())
    found = list(read(path))
    articles = [x for x in found if isinstance(x, Article)]
    assert [x.title for x in articles] == ["Die Fähre", "The notes", "Others", "Before"]
    assert [x.origin for x in articles] == [str(path), f"{path}!notes.md", f"{path}!part-2.md", f"{path}!part-5.eml"]
    assert [x.given for x in found if isinstance(x, Refusal)] == [f"{path}/a.zip"]


def test_a_message_that_only_carries_something(tmp_path: Path) -> None:
    """A message without words of its own gives what is attached, and nothing empty."""
    made = message(" \n")
    made.add_attachment(TEXT, filename="a.txt")
    path = tmp_path / "a.eml"
    path.write_bytes(made.as_bytes())
    assert [x.title for x in read(path) if isinstance(x, Article)] == ["a"]
