"""The encoding of a text: UTF-8 and UTF-16 by rule, any other only where it is certain."""

import codecs
import re
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from index.articles.base import decoded
from index.errors import ArticleError

_ADVICE = "convert the file to UTF-8"
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What browsers know, and what was common before the web. Where two give the same text, the first names it.
_NAMES = {
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp1258": "windows-1258",
    "cp874": "windows-874",
    "iso8859-2": "ISO-8859-2",
    "iso8859-5": "ISO-8859-5",
    "iso8859-7": "ISO-8859-7",
    "iso8859-13": "ISO-8859-13",
    "iso8859-15": "ISO-8859-15",
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "mac-roman": "Mac OS Roman",
    "cp850": "code page 850",
    "cp852": "code page 852",
    "cp866": "code page 866",
    "cp932": "Shift JIS",
    "euc_jis_2004": "EUC-JP",
    "iso2022_jp_2": "ISO-2022-JP",
    "gb18030": "GB 18030",
    "big5hkscs": "Big5",
    "cp949": "EUC-KR",
}
_WIDE = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}
# Control characters, code points without a character and the currency sign: no text that a person wrote has them.
_UNWRITTEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xa4\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff]")
_TELLING = re.compile(rb"[\x80-\xff\x00\x1b]")
_PRINTED = bytes(range(0x20, 0x7F))
_SHIFT = b"\x1b$"  # how Japanese in seven bits begins, which would else pass for UTF-8
_PIECE = 1 << 16  # bytes
_SAMPLE = 100_000  # bytes
_SHORTEST = 16  # bytes of UTF-16 and UTF-32 without a mark
_LEAST = 0.05  # confidence, which a word or two do not reach
_FEWEST = 3  # bytes that are not ASCII
_MARGIN = 1.02  # how many times as likely as any other text it must be


def text(data: bytes, given: str) -> tuple[str, str]:
    """Return a decoded text, its lines ended by LF, and what to say of its encoding: "" where that is no guess.

    Raises:
        ArticleError: it is not certain in which encoding the bytes are text.
    """
    if _SHIFT not in data or data.startswith(_MARKS):
        with suppress(ArticleError):
            return decoded(data, given), ""
    codec, name = of(BytesIO(data), given)
    if not name:
        return decoded(data, given), ""
    try:
        found = data.decode(codec)
    except UnicodeDecodeError as error:
        raise ArticleError(given, f"not {name} at byte {error.start}, as its beginning is; {_ADVICE}") from error
    if _UNWRITTEN.search(found):
        raise ArticleError(given, f"it begins as {name}, but holds control characters; {_ADVICE}")
    return found.replace("\r\n", "\n").replace("\r", "\n"), said(name)


def said(name: str) -> str:
    """Say in which encoding a text was read, where that was found out from its words."""
    return f"read as {name}, which it does not say itself; if words look wrong, save it as UTF-8" if name else ""


def of(file: BinaryIO, given: str) -> tuple[str, str]:
    """Return the codec of a file of text, read from here to its end, and its name where that was found out, else "".

    Raises:
        ArticleError: it is not certain, or there is none.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    broken = None
    sample = bytearray()
    start = place = 0
    for piece in iter(lambda: file.readline(_PIECE), b""):
        if not place and piece.startswith(_MARKS):
            return "utf-16", ""
        if _TELLING.search(piece) and len(sample) < _SAMPLE:
            sample += piece
        if broken is None:
            try:
                decoder.decode(piece)
                start = place + len(piece) - len(decoder.getstate()[0])
            except UnicodeDecodeError as error:
                broken = start + error.start
        place += len(piece)
    if broken is None and decoder.getstate()[0]:
        broken = start
    if broken is None and b"\0" not in sample and _SHIFT not in sample:
        return "utf-8-sig", ""
    codec = _certain(bytes(sample[:_SAMPLE]))
    if codec is None:
        if broken is None:
            return "utf-8-sig", ""
        if b"\0" in sample:
            raise ArticleError(given, "holds NUL bytes, so it is binary data and not text; save it as UTF-8")
        raise ArticleError(given, f"not UTF-8 at byte {broken}; {_ADVICE}, as no other encoding is certain")
    return codec, (_NAMES | _WIDE)[codec]


def _certain(sample: bytes) -> str | None:
    """Return the codec that a sample is certainly in, or None."""
    from chardet import detect_all  # its models take a moment to load, and UTF-8 needs none

    candidates = _WIDE if b"\0" in sample else _NAMES
    if candidates is _WIDE:
        # Words in ASCII with a zero between them would be Chinese, of sorts.
        enough = len(sample) >= _SHORTEST and len(sample.translate(None, _PRINTED)) > len(sample) / 5
    else:
        enough = _SHIFT in sample or (len(_TELLING.findall(sample)) >= _FEWEST and not _is_damaged(sample))
    if not enough:
        return None
    texts: dict[str, list[tuple[float, str]]] = {}
    # Where nothing fits, the detector names one all the same: one that the sample cannot be in.
    guesses = detect_all(
        sample,
        include_encodings=[*candidates, "ascii"],
        no_match_encoding="ascii",
        compat_names=False,
        ignore_threshold=True,
    )
    for guess in guesses:
        codec = guess["encoding"]
        read = _read(sample, codec) if codec in candidates else None
        if codec and read is not None:
            texts.setdefault(read, []).append((guess["confidence"], codec))
    ranked = sorted(texts.values(), key=max, reverse=True)
    if not ranked or max(ranked[0])[0] < _LEAST:
        return None
    if len(ranked) > 1 and max(ranked[0])[0] < _MARGIN * max(ranked[1])[0]:
        return None
    return min((name for _, name in ranked[0]), key=list(candidates).index)


def _read(sample: bytes, codec: str | None) -> str | None:
    """Return the text of a sample, which may end inside a character, or None where no person wrote that."""
    try:
        found = codecs.getincrementaldecoder(codec or "ascii")().decode(sample)
    except UnicodeDecodeError:
        return None
    return None if _UNWRITTEN.search(found) else found


def _is_damaged(sample: bytes) -> bool:
    """Tell whether it is UTF-8 but for a few bytes, which would become wrong letters in any other encoding."""
    read = sample.decode("utf-8", "replace")
    wrong = read.count("\ufffd")
    return sum(not character.isascii() for character in read) >= 2 * wrong > 0
