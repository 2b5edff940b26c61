"""A small writer of PDF documents, in which every letter is where the test wants it."""

import zlib
from collections.abc import Mapping, Sequence

WIDTH = 0.6  # of a letter, as a share of its font's size: all of Courier's are the same
Placed = tuple[float, float, float, str]
"""Where some text begins (points from the lower left corner), the size of its font, and the text in Latin-1."""


def pdf(
    pages: Sequence[Sequence[Placed]],
    *,
    info: Mapping[str, str] | None = None,
    catalog: str = "",
    resources: str = "",
    objects: Sequence[bytes] = (),
    trailer: str = "",
    font: str = "Courier",
) -> bytes:
    """Return a document of these pages; what else is given is put in as it is, ``objects`` from number 5 on."""
    return written([content(page) for page in pages], info, catalog, resources, objects, trailer, font)


def content(page: Sequence[Placed]) -> bytes:
    """Return what draws a page."""
    drawn = (
        f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({''.join(map(_escaped, text))}) Tj ET".encode("latin-1")
        for x, y, size, text in page
    )
    return b"\n".join(drawn)


def written(
    contents: Sequence[bytes],
    info: Mapping[str, str] | None = None,
    catalog: str = "",
    resources: str = "",
    objects: Sequence[bytes] = (),
    trailer: str = "",
    font: str = "Courier",
    entries: str = "",
) -> bytes:
    """Return a document whose pages are drawn so; with ``entries`` their streams have these and are not packed."""
    first = 5 + len(objects)
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(contents)))
    said = " ".join(
        f"/{key} <{(chr(0xFEFF) + value).encode('utf-16-be').hex()}>" for key, value in (info or {}).items()
    )
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} /MediaBox [0 0 600 800] "
        f"/Resources << /Font << /F1 3 0 R >> {resources} >> >>".encode(),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode(),
        f"<< {said} >>".encode(),
        *objects,
    ]
    for i, drawn in enumerate(contents):
        bodies.append(f"<< /Type /Page /Parent 2 0 R /Contents {first + 2 * i + 1} 0 R >>".encode())
        bodies.append(stream(drawn, entries, packed=not entries))
    return joined(bodies, f"/Root 1 0 R /Info 4 0 R {trailer}")


def stream(data: bytes, entries: str = "", *, packed: bool = True) -> bytes:
    """Return a stream object."""
    if packed:
        data, entries = zlib.compress(data, 9), f"{entries} /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries.encode(), data)


def joined(bodies: Sequence[bytes], trailer: str) -> bytes:
    """Return a file of these objects, numbered from 1."""
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += f"trailer\n<< /Size {len(places) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(data)


def column(text: str, x: float, y: float, width: int, *, size: float = 10, indent: int = 0) -> list[Placed]:
    """Set paragraphs (one a line) in lines of up to ``width`` letters, from the top, the first of each indented."""
    placed: list[Placed] = []
    for paragraph in text.split("\n"):
        line, inset = "", indent
        for word in [*paragraph.split(" "), None]:
            if word is None or (line and len(line) + len(word) + 1 > width - inset):
                placed.append((x + inset * WIDTH * size, y, size, line))
                y -= 1.2 * size
                line, inset = word or "", 0
            else:
                line = f"{line} {word}" if line else word
    return placed


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "()\\" else character
