"""The source pane: the list of articles, or one article with the cited words marked in their place."""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.stores.base import Entry
from index.types import Article
from qa.types import Citation
from ui.html import bylined_html, link_html, safe
from ui.render import web_address
from ui.texts import Texts

WINDOW = 100_000  # characters of an article shown at a time
LISTED = 200  # articles in the list

Span = tuple[int, int]

_COLUMN = "column "  # of a table, in what readers say of a date
_DATED = {
    "front matter": "front_matter",
    "document properties": "properties",
    "PDF creation date": "pdf",
    "meta tag": "meta",
    "JSON-LD": "data",
    "time element": "time",
    "URL": "url",
    "Date header": "header",
    "feed": "feed",
    "row": "row",
    "request": "request",
}
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def list_html(entries: Sequence[Entry], t: Texts) -> str:
    """Return the list of articles, the latest first, beneath a line on how answers are made."""
    latest = sorted(entries, key=lambda entry: entry.published or "", reverse=True)
    if not latest:
        return (
            f'<div class="list" tabindex="-1">{_waiting_bar(t)}<h2>{safe(t("no_articles"))}</h2>'
            f'<p class="how">{safe(t("no_articles_more"))}</p></div>'
        )
    items = "".join(_entry_html(entry, t) for entry in latest[:LISTED])
    rest = len(latest) - LISTED
    more = f'<p class="how">{safe(t("more_articles", rest))}</p>' if rest > 0 else ""
    return (
        f'<div class="list" tabindex="-1"><div class="bar"><span>{safe(t("articles", len(latest)))}</span>'
        f'{_close_html(t)}</div><p class="how">{safe(t("how_answers"))}</p><ul>{items}</ul>{more}</div>'
    )


def article_html(
    article: Article,
    cited: Span,
    quoted: Sequence[Citation],
    at: int | None,
    answer: str = "",
    *,
    t: Texts,
) -> str:
    """Return an article with ``cited`` marked strongly, and lightly what else an answer has ``quoted`` of it.

    Above it stand the ways to the quotation before and after, in whichever article. Of an article longer than
    ``WINDOW`` characters the part around ``at`` is shown, by default around ``cited``.
    """
    others = [(c.start, c.end) for c in quoted if c.doc_id == article.doc_id]
    first, last = _window(article.text, cited[0] if at is None else at)
    lang = f' lang="{safe(article.language)}"' if article.language else ""
    authors = f'<span class="line" dir="auto">{safe(", ".join(article.authors))}</span>' if article.authors else ""
    line = " · ".join(
        filter(None, [authors, bylined_html(article.source, article.published, t), _dated_html(article, t)])
    )
    address = web_address(article.url, article.locator_at(cited[0]))
    original = f" {link_html(address, t('original'))}" if address else ""
    title = safe(article.title)
    bar = _bar_html(t, title, _steps_html(article.doc_id, cited, quoted, t))
    return (
        f'<article class="source" tabindex="-1" aria-label="{title}" '
        f'data-answer="{safe(answer)}">{bar}<header{lang} dir="auto"><h2>{title}</h2>'
        f'<p class="from">{line}{original}</p></header>'
        f"{_turn_html(article, cited, first, t, earlier=True)}"
        f'<div class="text"{lang}>{_text_html(article, (first, last), cited, others)}</div>'
        f"{_turn_html(article, cited, last, t, earlier=False)}</article>"
    )


def _dated_html(article: Article, t: Texts) -> str:
    """Say where an article's date was found, which may be a better or a worse witness of it."""
    place = article.published_from
    if not place:
        return ""
    if place.startswith(_COLUMN):
        named = t("dated_column", name=place.removeprefix(_COLUMN))
    else:
        named = t(f"dated_{_DATED[place]}") if place in _DATED else place
    return f'<span class="dated" dir="auto">{safe(t("date_from", place=named))}</span>'


def offset(given: object, article: Article) -> int:
    """Return a place in an article that a browser names; its beginning where that is none."""
    return min(max(given, 0), len(article.text)) if isinstance(given, int) else 0


def waiting_html(message: str, t: Texts) -> str:
    """Return a pane that says what it waits for."""
    return f'<div class="list" tabindex="-1">{_waiting_bar(t)}<p class="how">{safe(message)}</p></div>'


def notice_html(message: str, t: Texts) -> str:
    """Return a pane that shows only a sentence."""
    return f'<div class="list" tabindex="-1">{_bar_html(t)}<p class="how">{safe(message)}</p></div>'


def _close_html(t: Texts) -> str:
    return f'<button type="button" class="close" data-close aria-label="{safe(t("close"))}">×</button>'


def _waiting_bar(t: Texts) -> str:
    return f'<div class="bar"><span></span>{_close_html(t)}</div>'


def _bar_html(t: Texts, title: str = "", steps: str = "") -> str:
    back = f'<button type="button" class="back" data-shelf>{safe(t("all_articles"))}</button>'
    where = f'<span class="where" dir="auto" aria-hidden="true">{title}</span>'
    return f'<div class="bar">{back}{where}{steps}{_close_html(t)}</div>'


def _steps_html(doc_id: str, cited: Span, quoted: Sequence[Citation], t: Texts) -> str:
    """Return the buttons that lead to the quotation before and after the one that is shown, with their keys."""
    here = next((i for i, c in enumerate(quoted) if (c.doc_id, c.start, c.end) == (doc_id, *cited)), None)
    if here is None or len(quoted) < 2:
        return ""
    before, after = quoted[here - 1], quoted[(here + 1) % len(quoted)]
    place = safe(t("one_of", number=here + 1, all=len(quoted)))
    return (
        f'<span class="steps">{_step_html(before, "p", t("previous_quotation"), "‹")}<span>{place}</span>'
        f"{_step_html(after, 'n', t('next_quotation'), '›')}</span>"
    )


def _step_html(to: Citation, key: str, name: str, sign: str) -> str:
    return (
        f'<button type="button" data-doc="{safe(to.doc_id)}" data-start="{to.start}" data-end="{to.end}" '
        f'data-key="{key}" aria-keyshortcuts="{key}" aria-label="{safe(name)}" title="{safe(name)} ({key})">'
        f"{sign}</button>"
    )


def _entry_html(entry: Entry, t: Texts) -> str:
    return (
        f'<li><button type="button" class="title" data-doc="{safe(entry.doc_id)}" data-start="0" data-end="0" '
        f'dir="auto">{safe(entry.title)}</button>{bylined_html(entry.source, entry.published, t)}</li>'
    )


def _window(text: str, at: int) -> Span:
    """Return the span of about ``WINDOW`` characters around an offset, cut at the ends of lines where there are any."""
    if len(text) <= WINDOW:
        return 0, len(text)
    first = max(0, min(at - WINDOW // 2, len(text) - WINDOW))
    last = first + WINDOW
    if first:
        first = text.find("\n", first, first + 2000) + 1 or first
    if last < len(text):
        last = text.rfind("\n", last - 2000, last) + 1 or last
    return first, last


def _turn_html(article: Article, cited: Span, edge: int, t: Texts, *, earlier: bool) -> str:
    """Return the note at an edge of the part that is shown, with a button that shows what lies beyond it."""
    hidden = edge if earlier else len(article.text) - edge
    if not hidden:
        return ""
    at = max(0, edge - WINDOW // 2) if earlier else edge + WINDOW // 2
    cut, show = ("cut_before", "show_earlier") if earlier else ("cut_after", "show_later")
    return (
        f'<p class="cut">{safe(t(cut, hidden))} '
        f'<button type="button" data-doc="{safe(article.doc_id)}" data-start="{cited[0]}" data-end="{cited[1]}" '
        f'data-at="{at}">{safe(t(show))}</button></p>'
    )


def _text_html(article: Article, shown: Span, cited: Span, others: Sequence[Span]) -> str:
    """Return the paragraphs of a part of the text; a title that stands at the top is not shown again."""
    parts: list[str] = []
    for first, last in _paragraphs(article.text, shown):
        repeated = not parts and first == 0 and article.text[first:last].strip() == article.title.strip()
        if repeated and not _overlaps((first, last), cited):
            continue
        parts.append(f'<p dir="auto">{_marked(article.text, (first, last), cited, others)}</p>')
    return "".join(parts)


def _paragraphs(text: str, shown: Span) -> list[Span]:
    spans, start = [], shown[0]
    for blank in _BLANK_LINES.finditer(text, *shown):
        spans.append((start, blank.start()))
        start = blank.end()
    return [(first, last) for first, last in [*spans, (start, shown[1])] if text[first:last].strip()]


def _marked(text: str, paragraph: Span, cited: Span, others: Sequence[Span]) -> str:
    """Return a paragraph with its marks; where spans overlap, the cited one wins."""
    first, last = paragraph
    cuts = {first, last}
    for span in (cited, *others):
        cuts.update(min(max(edge, first), last) for edge in span)
    edges = sorted(cuts)
    parts = []
    for piece in pairwise(edges):
        words = safe(text[slice(*piece)])
        if _overlaps(piece, cited):
            words = f'<mark class="cited">{words}</mark>'
        elif any(_overlaps(piece, other) for other in others):
            words = f'<mark class="also-cited">{words}</mark>'
        parts.append(words)
    return "".join(parts)


def _overlaps(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])
