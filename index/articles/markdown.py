"""Markdown files: rendered as plain text, with their YAML front matter as metadata."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from index.articles import charset
from index.articles.base import Draft, content, shown
from index.errors import ArticleError

_TAG = re.compile(HTML_TAG_RE.pattern.removeprefix("^"))
_DEEPEST = 100
_EDGES = re.compile(r"(?<! ) *\n *")  # not from inside a run of spaces, which would be gone through once for each
_BRACKET = re.compile(r"[\[\]]")
_HTML = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", "?>"))
_FRONT_MATTER = 64_000  # characters
_DEEP = 10  # brackets
_WORK = 100_000_000  # characters that are gone through in vain, which takes a few seconds


def read(path: Path) -> Iterator[Draft]:
    """Read one Markdown file (CommonMark with tables and strikethrough).

    Raises:
        ArticleError: the file is not text, in no certain encoding, or its front matter is not a YAML mapping.
    """
    given = shown(path)
    source, note = charset.text(content(path), given)
    fields, body = front_matter(source, given)
    text, heading = rendered(body, given)
    yield Draft(given=given, text=text, fields=fields, found_in="front matter", heading=heading, note=note)


def front_matter(source: str, given: str) -> tuple[Mapping[str, object], str]:
    """Split a document into its front matter and its body; ``given`` names it in errors.

    Every scalar stays the string that was written ("no" is a language, "1984" a title). A document that merely
    starts with a thematic break has no front matter.

    Raises:
        ArticleError: what stands between the lines of dashes is not valid YAML or too long, or the second line is
            missing.
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
    if len(written) > _FRONT_MATTER:
        raise ArticleError(given, f"the front matter has more than {_FRONT_MATTER:,} characters; shorten it")
    try:
        fields = handler.load(written, Loader=yaml.BaseLoader)
    except RecursionError as error:
        raise ArticleError(given, "the front matter is nested too deeply; only its own fields are read") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = f"the front matter is not valid YAML ({' '.join(str(error).split())}); correct or remove it"
        raise ArticleError(given, reason) from error
    if isinstance(fields, dict):
        return fields, body
    return {}, body if not written.strip() else source


def rendered(source: str, given: str) -> tuple[str, str | None]:
    """Return Markdown as plain text, and its first heading or None; ``given`` names it in errors.

    A blank line stands between blocks; the items of a tight list and the rows of a table (cells joined by " | ")
    have one line each; a paragraph is one line but for hard breaks; code stays as it is; HTML tags are dropped.

    Raises:
        ArticleError: quotations and lists are nested so deeply that the parser would drop what is inside, or so much is
            opened and never closed that it would look for the ends for minutes.
    """

    def check(state: StateCore) -> None:
        if max((token.level for token in state.tokens), default=0) >= _DEEPEST - 1:
            reason = f"quotations and lists are nested more than {_DEEPEST} levels deep; save it as .txt"
            raise ArticleError(given, reason)
        if _vain(token.content for token in state.tokens if token.type in ("inline", "html_block")) > _WORK:
            raise ArticleError(given, "too many brackets or tags in one paragraph are not closed; save it as .txt")

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    parser.core.ruler.before("inline", "check", check)
    tokens = parser.parse(source)
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


def _vain(blocks: Iterable[str]) -> int:
    """Return about how many characters are gone through in search of the ends of brackets and of HTML without any."""
    work = 0
    for block in blocks:
        depth = deepest = 0
        for bracket in _BRACKET.findall(block):
            depth = depth + 1 if bracket == "[" else max(depth - 1, 0)
            deepest = max(deepest, depth)
        work += max(deepest - _DEEP, 0) * len(block)
        for opener, closer in _HTML:
            rest = block[block.rfind(closer) + 1 :]
            work += max(rest.count(opener) - 1, 0) * len(rest)
    return work


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
