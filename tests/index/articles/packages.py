"""Documents that are zip files, made from the text of their parts."""

import io
import zipfile
from collections.abc import Mapping, Sequence

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
    '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd"><html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Head</title></head><body>{}</body></html>'
)
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = " ".join(
    [f'xmlns:{name}="{_OFFICE}{name}:1.0"' for name in ("office", "text", "table", "style", "meta")]
    + [f'xmlns:draw="{_OFFICE}drawing:1.0"', 'xmlns:dc="http://purl.org/dc/elements/1.1/"']
)


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of parts, in their order."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as file:
        for name, part in parts.items():
            file.writestr(name, part, zipfile.ZIP_STORED if name == "mimetype" else compression)
    return data.getvalue()


def docx(body: str, properties: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a Word document of the elements in its body, with core properties and more parts."""
    core = (
        '<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{properties}</c:coreProperties>'
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{WORD}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        f'xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{body}</w:body></w:document>'
    )
    known = {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": document, "docProps/core.xml": core}
    return zipped({**known, **(parts or {})})


def odt(body: str, meta: str = "", styles: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return an OpenDocument text of the elements in its body, with properties, styles and more parts."""
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    stated = f"<office:document-meta {_NAMES}><office:meta>{meta}</office:meta></office:document-meta>"
    mimetype = "application/vnd.oasis.opendocument.text"
    return zipped({"mimetype": mimetype, "content.xml": content, "meta.xml": stated, **(parts or {})})


def epub(
    chapters: Sequence[str],
    metadata: str = "",
    contents: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return a book of the elements in the body of each chapter, "OPS/c 0.xhtml" and so on, with its contents."""
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>' if contents else ""
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:opf="http://www.idpf.org/2007/opf"><metadata>{metadata}</metadata><manifest>{items}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    written = {f"OPS/c {n}.xhtml": XHTML.format(chapter) for n, chapter in enumerate(chapters)}
    nav = {"OPS/nav.xhtml": XHTML.format(f'<nav epub:type="toc"><ol>{contents}</ol></nav>')} if contents else {}
    known = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OPS/book.opf": package}
    return zipped({**known, **nav, **written, **(parts or {})})
