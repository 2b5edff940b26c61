"""Markdown files: rendered as plain text, with their YAML front matter as metadata."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.token import Token

from index.articles.base import Draft, content, decoded, shown
from index.errors import ArticleError

_TAG = re.compile(HTML_TAG_RE.pattern.removeprefix("^"))
_DEEPEST = 100
_EDGES = re.compile(r" *\n *")


def read(path: Path) -> Iterator[Draft]:
    """Read one Markdown file (CommonMark with tables and strikethrough).

    Raises:
        ArticleError: the file is not text, or its front matter is not a YAML mapping.
    """
    given = shown(path)
    fields, body = front_matter(decoded(content(path), given), given)
    text, heading = rendered(body, given)
    yield Draft(given=given, text=text, fields=fields, found_in="front matter", heading=heading)


def front_matter(source: str, given: str) -> tuple[Mapping[str, object], str]:
    """Split a document into its front matter and its body; ``given`` names it in errors.

    Every scalar stays the string that was written ("no" is a language, "1984" a title). A document that merely
    starts with a thematic break has no front matter.

    Raises:
        ArticleError: what stands between the lines of dashes is not valid YAML, or the second line is missing.
    """
    handler = YAMLHandler()
    if not handler.detect(source):
        return {}, source
    try:
        written, body = handler.split(source)
    except ValueError as error:
        if source.partition("\n")[2].partition("\n")[0].partition(":")[0].isidentifier():
            raise ArticleError(given, "the front matter does not end: a line with --- must close it") from error
        return {}, source
    try:
        fields = handler.load(written, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = f"the front matter is not valid YAML: {' '.join(str(error).split())}"
        raise ArticleError(given, reason) from error
    if isinstance(fields, dict):
        return fields, body
    return {}, body if not written.strip() else source


def rendered(source: str, given: str) -> tuple[str, str | None]:
    """Return Markdown as plain text, and its first heading or None; ``given`` names it in errors.

    A blank line stands between blocks; the items of a tight list and the rows of a table (cells joined by " | ")
    have one line each; a paragraph is one line but for hard breaks; code stays as it is; HTML tags are dropped.

    Raises:
        ArticleError: quotations and lists are nested so deeply that the parser would drop what is inside.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    if max((token.level for token in tokens), default=0) >= _DEEPEST - 1:
        raise ArticleError(given, f"quotations and lists are nested more than {_DEEPEST} levels deep")
    parts: list[str] = []
    heading = None
    outer, last = 0, -1  # the outermost block's first token; the same of the list or table that was last
    cells: list[str] = []
    for i, token in enumerate(tokens):
        if token.level == 0:
            outer = i if token.nesting == 1 else -1
        opener = tokens[i - 1] if i else token
        if opener.type in ("th_open", "td_open"):
            cells.append(_inline(token).replace("\n", " "))
            continue
        block = " | ".join(cells).strip() if token.type == "tr_close" else _block(token)
        if not block.strip():
            continue
        together = token.type == "tr_close" or opener.hidden
        parts += ["\n" if together and outer == last else "\n\n", block]
        last = outer if together else -1
        cells = []
        if opener.type == "heading_open" and heading is None:
            heading = block
    return "".join(parts[1:]), heading


def _block(token: Token) -> str:
    if token.type == "inline":
        return _inline(token)
    if token.type in ("fence", "code_block"):
        return token.content.removesuffix("\n")
    if token.type == "html_block" and not token.content.lstrip().lower().startswith(("<script", "<style")):
        lines = unescape(_TAG.sub("", token.content)).splitlines()
        return "\n".join(x.strip() for x in lines if x.strip())
    return ""


def _inline(token: Token) -> str:
    return _EDGES.sub("\n", "".join(map(_piece, token.children or ())))


def _piece(token: Token) -> str:
    if token.type == "image":
        return _inline(token)
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or (token.type == "html_inline" and token.content.lower().startswith("<br")):
        return "\n"
    return "" if token.type == "html_inline" else token.content
