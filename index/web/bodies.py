"""Bodies: the bytes of an answer, unzipped, and no more of them than wanted."""

import zlib
from collections.abc import Iterable, Iterator

from index.errors import ArticleError

PAGE = 50_000_000
"""The most bytes of what is text: pages, feeds, sitemaps (which their protocol allows as many)."""

FILE = 100_000_000
"""The most bytes of files that hold pictures too, PDF and what is zipped; they are in memory while they are read."""

GZIP = b"\x1f\x8b"

_PIECE = 1 << 20  # bytes
_BINARY = (b"%PDF-", b"PK\x03\x04")


def collected(pieces: Iterable[bytes], address: str, most: int | None = None) -> bytes:
    """Join the bytes of an answer; ``most`` is how many there may be, by what they start with unless it is given.

    Raises:
        ArticleError: there are more.
    """
    kept: list[bytes] = []
    head = b""
    size = 0
    for piece in pieces:
        kept.append(piece)
        head += piece[: 8 - len(head)]
        size += len(piece)
        limit = most or (FILE if head.startswith(_BINARY) else PAGE)
        if size > limit:
            what = f"is larger than {limit // 1_000_000} MB, the most that is fetched of such"
            raise ArticleError(address, f"{what}; fetch it yourself and add a part")
    return b"".join(kept)


def start(pieces: Iterable[bytes], most: int) -> bytes:
    """Return the first ``most`` bytes of an answer."""
    kept = b""
    for piece in pieces:
        kept += piece
        if len(kept) >= most:
            break
    return kept[:most]


def unzipped(chunks: Iterable[bytes], address: str) -> Iterator[bytes]:
    """Yield what gzipped bytes hold, in pieces, so that whoever has enough can stop.

    Raises:
        ArticleError: they are not gzipped, or cut off.
    """
    unzip = zlib.decompressobj(wbits=31)
    inside = False
    rest = b""
    for chunk in chunks:
        rest += chunk
        while rest or inside:
            if not inside and unzip.eof and not rest.startswith(GZIP):
                if rest == GZIP[:1]:  # the second byte is in the next chunk
                    break
                return  # padding behind the end
            if not inside:
                unzip, inside = zlib.decompressobj(wbits=31), True
            try:
                piece = unzip.decompress(rest, _PIECE)
            except zlib.error as error:
                raise ArticleError(address, f"is not gzipped as it says ({error}); try again later") from error
            yield piece
            # One gzip file may follow another.
            rest, inside = (unzip.unused_data, False) if unzip.eof else (unzip.unconsumed_tail, True)
            if inside and not rest and len(piece) < _PIECE:
                break
    if inside:
        raise ArticleError(address, "was cut off on the way; try again later")
