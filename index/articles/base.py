"""What all readers share: the draft a reader hands over, and the one place that makes an article of it.

A reader is a function from a file to drafts. A draft holds the text as the article will keep it and the
metadata as they were written; ``build`` applies the rules that hold for every format.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.articles import dates
from index.errors import ArticleError
from index.languages import recorded
from index.types import Article, Locator, Refusal

LIMIT = 200_000_000
"""The most bytes (UTF-8) that one article may have."""

_KEYS = {
    "title": ("title",),
    "url": ("url",),
    "source": ("source",),
    "published": ("published", "published_at", "date"),
    "authors": ("authors", "author"),
    "language": ("language", "lang"),
}
_INVISIBLE = ("Cc", "Cf", "Cs")
_LONGEST = 10_000  # characters of a metadata value
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One text as a reader found it: ``fields`` are its metadata, ``found_in`` says where they were.

    ``given`` names the file (and line) for messages; ``row`` is the id of a row in a file of many, and ``origin`` where
    its article was read before. ``part`` tells it from the others of its file where rows have no ids. ``note`` is what
    a person should know of how it was read.
    """

    given: str
    text: str
    fields: Mapping[str, object] = field(default_factory=dict)
    found_in: str = ""
    heading: str | None = None
    row: str | None = None
    part: str | None = None
    origin: str | None = None
    locators: tuple[Locator, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside of another: its path there, and what writes it to a file of its own.

    ``unpack`` raises ArticleError where it is damaged or too large.
    """

    name: str
    unpack: Callable[[Path], None]


Reader = Callable[[Path], Iterator[Draft | Member | Refusal]]
"""Reads one file, lazily; raises ArticleError where the whole file cannot be read."""


def shown(path: Path) -> str:
    """Return the path as text that can be printed and stored, whatever bytes its name holds."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        ArticleError: it is larger than an article may be.
    """
    with path.open("rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ArticleError(shown(path), too_large())
    return data


def too_large() -> str:
    """Say that an article is over the limit."""
    return f"larger than {LIMIT // 1_000_000} MB, the most one article may have; split it"


def decoded(data: bytes, given: str) -> str:
    """Decode UTF-8, or UTF-16 that starts with a byte order mark; drop the mark; turn CRLF and CR into LF.

    Raises:
        ArticleError: the bytes are not text in these encodings.
    """
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"not {encoding.removesuffix('-sig').upper()} at byte {error.start}; convert the file to UTF-8"
        raise ArticleError(given, reason) from error
    if "\0" in text:
        raise ArticleError(given, "holds NUL bytes, so it is binary data and not text; save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def build(draft: Draft, *, stem: str, origin: str, prefix: str = "") -> Article:
    """Make the article that a draft describes; ``origin`` and ``stem`` are its file's.

    The title is the metadata's, else the first heading, else the stem. A metadata value that cannot be used (an
    unreadable date, a link that is not http or https, a language without a two-letter code, anything of more than
    10,000 characters) is left out. The language is the metadata's, or the text's where that is surely another.
    The id is the row's, or a slug of the stem and six hex digits of the origin's SHA-256, twelve for a part of a file;
    ``prefix`` and "-" come before it.

    Raises:
        ArticleError: the text is empty, too large or cannot be stored, or the id is unusable.
    """
    if not draft.text.strip():
        raise ArticleError(draft.given, "empty: there is no text in it")
    try:
        size = len(draft.text.encode())
    except UnicodeEncodeError as error:
        reason = f"character {error.start} of the text is half of a surrogate pair, which UTF-8 cannot hold; drop it"
        raise ArticleError(draft.given, reason) from error
    if size > LIMIT:
        raise ArticleError(draft.given, too_large())
    values = {name: _value(draft.fields, keys) for name, keys in _KEYS.items()}
    published = dates.iso(values["published"])
    return Article(
        doc_id=_doc_id(draft, stem, origin, prefix),
        title=line(values["title"]) or line(draft.heading) or line(stem) or "article",
        text=draft.text,
        url=_link(values["url"]),
        source=line(values["source"]) or None,
        published=published,
        published_from=(draft.found_in or None) if published else None,
        language=recorded(_language(values["language"]), draft.text),
        authors=_authors(values["authors"]),
        locators=draft.locators,
        origin=draft.origin or _origin(draft, origin),
        note=draft.note,
    )


def line(value: object) -> str:
    """Return a scalar as one line: white space collapsed, control characters and surrogates gone; else "".

    So is what is longer than any line that somebody means to read.
    """
    if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > _LONGEST):
        return ""
    return " ".join(
        "".join(c for c in " ".join(str(value).split()) if unicodedata.category(c) not in _INVISIBLE).split()
    )


def slug(stem: str) -> str:
    """Return a file's stem as lower-case letters and digits joined by "-", accents dropped, 1 to 60 characters."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", stem.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", letters))
    return "-".join(words)[:60].strip("-") or "article"


def _origin(draft: Draft, origin: str) -> str:
    within = draft.part if draft.row is None else draft.row
    return origin if within is None else f"{origin}#{within}"


def _doc_id(draft: Draft, stem: str, origin: str, prefix: str) -> str:
    doc_id = draft.row
    if doc_id is None:
        digest = hashlib.sha256(_origin(draft, origin).encode()).hexdigest()
        doc_id = f"{slug(stem)}-{digest[: 6 if draft.part is None else 12]}"
    doc_id = f"{prefix}-{doc_id}" if prefix else doc_id
    if len(doc_id) > _LONGEST_ID:
        reason = f"the id {doc_id[:40]!r}... has more than {_LONGEST_ID:,} characters; give it a shorter one"
        raise ArticleError(draft.given, reason)
    if any(c.isspace() or unicodedata.category(c) in _INVISIBLE for c in doc_id):
        reason = f"the id {doc_id!r} holds white space or control characters; ids must be visible and in one piece"
        raise ArticleError(draft.given, reason)
    return doc_id


def _value(fields: Mapping[str, object], keys: tuple[str, ...]) -> object:
    lowered = {key.casefold(): value for key, value in fields.items() if isinstance(key, str)}
    return next((lowered[key] for key in keys if lowered.get(key) not in (None, "", [])), None)


def _link(value: object) -> str | None:
    # Links are shown for people to click, so nothing but web addresses may get through.
    address = line(value)
    return address if re.match(r"https?://\S+$", address, re.IGNORECASE) else None


def _language(value: object) -> str | None:
    match = re.match(r"([A-Za-z]{2})(?![A-Za-z])", line(value))
    return match[1].lower() if match else None


def _authors(value: object) -> tuple[str, ...]:
    if isinstance(value, str) and len(value) > 10 * _LONGEST:
        return ()
    names = value if isinstance(value, list | tuple) else value.split(";") if isinstance(value, str) else []
    return tuple(dict.fromkeys(name for name in map(line, names) if name))
