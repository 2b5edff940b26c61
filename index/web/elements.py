"""Elements of XML that strangers wrote: one after the other, without what they could do harm with."""

import codecs
import io
import re
from collections.abc import Iterator
from html.entities import html5

from lxml import etree  # type: ignore[import-untyped]

from index.errors import ArticleError

_MOST = 1_000_000  # elements; a sitemap of the largest size has half of that
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{1,200}encoding\s*=""")


def elements(data: bytes, address: str, charset: str | None = None) -> Iterator[tuple[str, etree._Element]]:
    """Yield ("start", element) and ("end", element) in the order of the text; who has read one may clear it.

    Entities are not expanded, but those of HTML become what they stand for; nothing is fetched. What is broken is read
    as far as possible. ``charset`` is the encoding that came with it, for where it names none.

    Raises:
        ArticleError: there are too many of them.
    """
    parsed = etree.iterparse(
        io.BytesIO(_NAMED.sub(_number, data.lstrip())),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding=_encoding(data, charset),
    )
    count = 0
    try:
        for event, element in parsed:
            count += event == "start"
            if count > _MOST:
                raise ArticleError(
                    address, f"has more than {_MOST:,} elements, which no list of pages needs; add a part"
                )
            yield event, element
    except etree.LxmlError as error:
        if not count:
            raise ArticleError(address, f"is no XML ({error}); see whether it opens in a browser") from error


def name(element: etree._Element) -> str:
    """Return an element's name without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def space(element: etree._Element) -> str:
    """Return the namespace of an element, "" where it has none."""
    return str(element.tag).rpartition("}")[0][1:]


def text(element: etree._Element) -> str:
    """Return all text in an element."""
    return "".join(element.itertext())


def forget(element: etree._Element) -> None:
    """Drop an element that was read, and those before it beside it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _number(named: re.Match[bytes]) -> bytes:
    letters = html5.get(named[1].decode())
    return "".join(f"&#{ord(letter)};" for letter in letters).encode() if letters else named[0]


def _encoding(data: bytes, charset: str | None) -> str | None:
    if charset is None or _DECLARED.match(data[:400]) or data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return None
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return None
