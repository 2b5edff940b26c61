"""E-mail messages: the text that their author wrote, and what is attached."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from functools import partial
from pathlib import Path

from index.articles import html
from index.articles.base import Draft, Member, content, line, shown
from index.errors import ArticleError
from index.types import Refusal

# What is more than this takes Python's parser too long, or too much memory.
_WORK = 5_000_000  # lines times parts that have parts
_LINES = 2_000_000
_PARTS = 10_000
_MESSAGES = 100
_DEEPEST = 50  # parts inside of parts
_LARGEST = 50_000_000  # bytes
_HEADER = 10_000  # characters
_WITHOUT_TEXT = ("image", "audio", "video")
_MACHINES = (
    *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/ics"),
    *("message/delivery-status", "text/rfc822-headers", "text/calendar"),
)
_NAMES = {"text/plain": ".txt", "text/html": ".html", "message/rfc822": ".eml", "application/pdf": ".pdf"}
_WRITTEN = re.compile(
    r"\S.*(?:@|\b\d{4}\b|\d:\d\d).*:\s*$|.*\bwrote:\s*$"
)  # "On 3 May 2023 at 10:00, X <x@y.example> wrote:"
_ORIGINAL = re.compile(r"-{2,} ?Original Message ?-{2,}\s*$", re.IGNORECASE)
_INTRODUCTION = 300  # characters of the line above a quotation
_SIGNATURE = 15  # lines that a signature may have
_KINDS = ("text/plain", "text/html")


def read(path: Path) -> Iterator[Draft | Member | Refusal]:
    """Read one message: its subject is the title, its sender the author.

    The text is that of the plain part, else of the HTML part as if it were a page. The message that it answers and the
    signature are cut off where they are marked as such. What is attached is read by its own format; pictures, sound
    and what is for machines are passed over.

    Raises:
        ArticleError: it is no message, has no text, or has too many parts.
    """
    given = shown(path)
    message = _message(content(path), given)
    parts = list(_parts(message, given))
    attached = [part for part in parts if not any(_is_body(part, kind) for kind in _KINDS)]
    try:
        bodies = ([part for part in parts if _is_body(part, kind)] for kind in _KINDS)
        text = next(filter(None, ("\n\n".join(filter(None, (_text(x, given) for x in body))) for body in bodies)), "")
    except ArticleError as error:
        yield Refusal(error.given, error.reason)
    else:
        yield from _draft(message, text, bool(attached), given)
    names: set[str] = set()
    for number, part in enumerate(attached, 1):
        yield from _attached(part, number, names, given)


def _draft(message: Message, text: str, attached: bool, given: str) -> Iterator[Draft]:
    """Yield the message itself, unless it only carries what is attached."""
    fields = {
        "title": _words(_header(message, "Subject")),
        "authors": _senders(message),
        "published": _header(message, "Date"),
        "language": _header(message, "Content-Language"),
    }
    if text or not attached:
        yield Draft(given=given, text=text, fields=fields, found_in="Date header")


def _message(data: bytes, given: str) -> Message:
    if len(data) > _LARGEST:
        raise ArticleError(given, f"has more than {_LARGEST // 1_000_000} MB; save what is attached by itself")
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if lines > _LINES:
        raise ArticleError(given, f"has more than {_LINES:,} lines; save its text as .txt")
    lowered = data.lower()
    many = data.count(b"\n--") > _PARTS or lowered.count(b"message/rfc822") > _MESSAGES
    if many or lowered.count(b"multipart/") * lines > _WORK:
        raise ArticleError(given, "has too many parts; save them by themselves")
    start = data[:_HEADER].lstrip(b"\xef\xbb\xbf\r\n\t ")
    if not re.match(rb"(?:From [^\n]+\n)?[!-9;-~]+[ \t]*:", start):
        raise ArticleError(given, "not an e-mail message, which begins with its headers; save its text as .txt")
    try:
        return message_from_bytes(data)
    except RecursionError as error:
        raise ArticleError(given, "its parts are nested too deeply; save them by themselves") from error


def _parts(message: Message, given: str, depth: int = 0) -> Iterator[Message]:
    """Yield the parts that hold something; a message that is attached is one."""
    if depth > _DEEPEST:
        raise ArticleError(given, f"its parts are nested more than {_DEEPEST} deep; save them by themselves")
    if message.get_content_maintype() != "multipart":
        yield message
        return
    inside = message.get_payload()
    for part in inside if isinstance(inside, list) else ():
        if isinstance(part, Message):
            yield from _parts(part, given, depth + 1)


def _is_body(part: Message, kind: str) -> bool:
    return part.get_content_type() == kind and not _is_attachment(part)


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _text(part: Message, given: str) -> str:
    """Return what a part says; "" if it has no text."""
    data = _bytes(part)
    if part.get_content_type() == "text/html":
        whole = data if b"<html" in data.lower() else b"<html><body>" + data
        return html.page(whole, given, charset=part.get_content_charset()).text if data.strip() else ""
    text = _decoded(data, part.get_content_charset()).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ArticleError(given, "holds NUL bytes, so it is binary data and not text; save its text as .txt")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = _unfolded(text, str(part.get_param("delsp", "")).lower() == "yes")
    return _own(text)


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _decoded(data: bytes, charset: str | None) -> str:
    """Decode by the encoding that is named, else as UTF-8, else as Windows does in the west, which is common."""
    for name in (charset or "utf-8", "utf-8", "cp1252"):
        try:
            return data.decode("cp1252" if name in ("us-ascii", "iso-8859-1") else name)
        except (LookupError, UnicodeError):
            continue
    return data.decode("latin-1")


def _unfolded(text: str, delete: bool) -> str:
    """Join lines that end in a space, as RFC 3676 says."""
    kept: list[str] = []
    soft = False
    for row in text.split("\n"):
        start = row.removeprefix(" ")
        if soft and not row.startswith(">"):
            kept[-1] += start
        else:
            kept.append(start)
        soft = row.endswith(" ") and row != "-- "
        if soft and delete:
            kept[-1] = kept[-1][:-1]
    return "\n".join(kept)


def _own(text: str) -> str:
    """Cut off the signature and the message that is answered, where nothing follows them and they are marked."""
    rows = text.rstrip().split("\n")
    original = next((i for i, row in enumerate(rows) if _ORIGINAL.match(row)), None)
    if original is not None and "".join(rows[original + 1 : original + 3]).lstrip().startswith(
        ("From:", "Von:", "De:")
    ):
        rows = rows[:original]
    if "-- " in rows[-_SIGNATURE:]:
        rows = rows[: len(rows) - 1 - rows[::-1].index("-- ")]
    end = len(rows)
    while end and (not rows[end - 1].strip() or rows[end - 1].startswith(">")):
        end -= 1
    quoted = any(row.startswith(">") for row in rows[end:])
    if quoted and end and len(rows[end - 1]) <= _INTRODUCTION and _WRITTEN.match(rows[end - 1]):
        end -= 1
        # Its first line may have been too long for one.
        if end and rows[end - 1].strip() and re.match(r"(?:On|Am|Le|El|Il) ", rows[end - 1]):
            end -= 1
        rows = rows[:end]
    return "\n".join(rows).strip("\n")


def _header(message: Message, name: str) -> str:
    """Return a header as it is read, also where its bytes are not ASCII."""
    for key, value in message.raw_items():
        if key.lower() == name.lower() and len(value) <= _HEADER:
            return _decoded(str(value).encode("utf-8", "surrogateescape"), None)
    return ""


def _words(written: str) -> str:
    """Return what a header says, whatever encodings its words have (RFC 2047)."""
    try:
        words = decode_header(written)
    except (HeaderParseError, ValueError):
        return line(written)
    return line("".join(w if isinstance(w, str) else _decoded(w, charset) for w, charset in words))


def _senders(message: Message) -> list[str]:
    """Return the names of those who wrote a message, or their addresses."""
    return [_words(name) or address for name, address in getaddresses([_header(message, "From")])]


def _attached(part: Message, number: int, names: set[str], given: str) -> Iterator[Member]:
    """Yield what is attached, unless there can be no text in it; ``names`` are those that others have."""
    kind = part.get_content_type()
    if part.get_content_maintype() in _WITHOUT_TEXT or kind in _MACHINES:
        return
    name = Path(_words(part.get_filename("")).replace("\\", "/")).name
    if not name or name in names:
        name = f"part-{number}{Path(name).suffix or _NAMES.get(kind, '')}"
    names.add(name)
    yield Member(name, partial(_write, part, given))


def _write(part: Message, given: str, target: Path) -> None:
    """Write what is attached to a file."""
    inside = part.get_payload()
    message = inside[0] if isinstance(inside, list) and inside else None
    try:
        target.write_bytes(message.as_bytes() if isinstance(message, Message) else _bytes(part))
    except (LookupError, RecursionError, TypeError, ValueError) as error:
        raise ArticleError(given, "what is attached is damaged; save it by itself") from error
