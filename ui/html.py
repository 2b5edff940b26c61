"""An answer as HTML: quotations as cards, what was searched for as chips, each with what opens, copies or removes it.

Nothing of an article is markup here: every word of it is escaped, set apart from the direction of the text around it,
and only addresses of the web become links.
"""

import re
from html import escape

from index.types import Hit
from qa.types import Answer, Citation, Highlight, Listed, SearchedFor
from ui.render import (
    byline,
    carried,
    closest,
    excerpt,
    limit,
    place_address,
    reference,
    reference_bibtex,
    reference_markdown,
    said,
    split,
    told,
    when,
)
from ui.texts import ENGLISH, Texts

# Of our own HTML, where whatever came from elsewhere is escaped: it has no angle bracket that is not ours.
_CHIP = re.compile(r'<button type="button" class="chip-off"[^>]*>.*?</button>', re.DOTALL)
_BUTTON = re.compile(r'<button type="button"( class="\w+")?[^>]*>(.*?)</button>', re.DOTALL)
_MENU = re.compile(r'<details class="menu">.*?</details>', re.DOTALL)
_BLANK_LINES = re.compile(r"\s*\n\s*")


def safe(words: str) -> str:
    """Return words as HTML whose text content equals them; a carriage return would be read as a line feed."""
    return escape(words).replace("\r", "&#13;")


def to_html(answer: Answer, t: Texts = ENGLISH, *, alone: bool = False) -> str:
    """Return the answer as a fragment of HTML, in the texts of a language.

    Whatever opens an article is a button with ``data-doc``, ``data-start`` and ``data-end``; a choice is one with
    ``data-ask``, one with ``data-copy`` holds what it copies, and one with ``data-without`` (and ``data-value``) asks
    again without a limit. The text content of each ``.words`` equals its quotation. To stand ``alone``, where nothing
    answers them, all buttons become text.
    """
    if not alone:
        return _html(answer, t)
    return _BUTTON.sub(r"<span\1>\2</span>", _MENU.sub("", _CHIP.sub("", _html(answer, t))))


def link_html(address: str, words: str, *, label: str = "") -> str:
    """Return a link that opens a new page and gives it no hold on ours."""
    named = f' aria-label="{safe(label)}"' if label else ""
    return f'<a href="{safe(address)}" target="_blank" rel="noopener noreferrer"{named}>{safe(words)}</a>'


def menu_html(label: str, words: str, items: str, kind: str = "menu") -> str:
    """Return a menu that opens beneath its words."""
    named = f' aria-label="{safe(label)}"' if label else ""
    return (
        f'<details class="{kind}"><summary{named}>{safe(words)}</summary><span class="items">{items}</span></details>'
    )


def bylined_html(source: str | None, published: str | None, t: Texts) -> str:
    """Return a source and a date, set apart from the direction of the text around them; "" where both are unknown."""
    line = byline(source, published, t)
    return f'<span class="line" dir="auto">{safe(line)}</span>' if line else ""


def _html(answer: Answer, t: Texts) -> str:
    searched_for = answer.searched_for
    always = answer.kind == "declined" or answer.question != searched_for.text
    parts = [_searched_html(searched_for, t, always=always)]
    if answer.citations:
        parts += [f'<p class="aside">{safe(said(answer, t))}</p>'] if answer.notice else []
        quotes = "".join(_quote_html(citation, answer.highlight, t) for citation in answer.citations)
        parts.append(f'<ol class="quotes">{quotes}</ol>')
    else:
        parts.append(f'<p class="declined">{safe(said(answer, t))}</p>')
        parts += [_ask_html(answer.choices)] if answer.choices else []
        listed = "".join(_listed_html(article, t) for article in answer.articles)
        parts += [f'<ul class="titles">{listed}</ul>'] if listed else []
        if shown := closest(answer):
            items = "".join(_hit_html(hit) for hit in shown)
            parts.append(f'<p class="aside">{safe(t("closest"))}</p><ul class="hits">{items}</ul>')
    return f'<div class="answer {safe(answer.kind)}" data-answer="{safe(answer.id)}">{"".join(parts)}</div>'


def _searched_html(searched_for: SearchedFor, t: Texts, *, always: bool) -> str:
    """Return what was searched for, its limits as chips; ``always`` also where that is the question itself."""
    named = searched_for.named
    chips = [
        _chip_html("source", source, limit(t("in_source", source=source), bool(named.sources), t), t)
        for source in searched_for.sources
    ]
    if days := when(searched_for.since, searched_for.until, t):
        chips.append(_chip_html("days", "", limit(days, bool(named.since or named.until), t), t))
    if searched_for.carried:
        chips.append(_chip_html("carried", "", carried(searched_for, t), t))
    if not (chips or always):
        return ""
    label = safe(t("edit_searched"))
    edit = f'<button type="button" class="edit" data-edit="{safe(searched_for.text)}" title="{label}" dir="auto">'
    text = f"{edit}{safe(t('searched_for', text=searched_for.text))}</button>"
    dot = '<span class="dot"> · </span>'
    return f'<p class="searched">{dot.join([text, *chips])}</p>'


def _chip_html(kind: str, value: str, words: str, t: Texts) -> str:
    label = safe(t("ask_without", limit=words))
    return (
        f'<span class="chip"><bdi>{safe(words)}</bdi><button type="button" class="chip-off" data-without="{kind}" '
        f'data-value="{safe(value)}" aria-label="{label}" title="{label}"></button></span>'
    )


def _open_html(doc_id: str, words: str, start: int, end: int, *, kind: str = "title", label: str = "") -> str:
    named = f' aria-label="{safe(label)}"' if label else ""
    return (
        f'<button type="button" class="{kind}" data-doc="{safe(doc_id)}" data-start="{start}" data-end="{end}"'
        f'{named} dir="auto">{safe(words)}</button>'
    )


def _quote_html(citation: Citation, highlight: Highlight | None, t: Texts) -> str:
    before, short, after = (safe(part) for part in split(citation, highlight))
    words = before + (f"<strong>{short}</strong>" if short else "") + after
    doc_id, start, end = citation.doc_id, citation.start, citation.end
    label = t("read_in_place", number=citation.number, title=citation.title)
    number = _open_html(doc_id, f"[{citation.number}]", start, end, kind="number", label=label)
    line = " · ".join(told(citation, t))
    address = place_address(citation)
    parts = [
        _open_html(doc_id, citation.title, start, end),
        f'<span class="line" dir="auto">{safe(line)}</span>' if line else "",
        link_html(address, t("original"), label=t("original_of", title=citation.title)) if address else "",
        _copy_html(citation, t),
    ]
    return (
        f'<li class="quote"><blockquote class="words" dir="auto">{words}</blockquote>'
        f'<div class="from">{number} <div class="credit">{" ".join(filter(None, parts))}</div></div>'
        f"{_also_html(citation.also, t)}</li>"
    )


def _copy_html(citation: Citation, t: Texts) -> str:
    """Return what copies the quotation with its citation, in the form that is chosen."""
    forms = {
        t("plain_text"): reference(citation),
        "Markdown": reference_markdown(citation),
        "BibTeX": reference_bibtex(citation),
    }
    items = "".join(
        f'<button type="button" data-copy="{safe(text)}">{safe(name)}</button>' for name, text in forms.items()
    )
    menu = menu_html(t("copy_quotation", number=citation.number), t("copy"), items)
    said = f'data-copied="{safe(t("copied"))}" data-refused="{safe(t("not_copied"))}"'
    return f'{menu}<span class="said" role="status" {said}></span>'


def _also_html(also: tuple[Citation, ...], t: Texts) -> str:
    if not also:
        return ""
    items = []
    for other in also:
        line = byline(other.source, other.published, t)
        title = _open_html(other.doc_id, other.title, other.start, other.end)
        items.append(f"{title} <bdi>({safe(line)})</bdi>" if line else title)
    return f'<p class="also">{safe(t("also_in"))} {"; ".join(items)}</p>'


def _listed_html(article: Listed, t: Texts) -> str:
    line = bylined_html(article.source, article.published, t)
    return f"<li>{' '.join(filter(None, (_open_html(article.doc_id, article.title, 0, 0), line)))}</li>"


def _hit_html(hit: Hit) -> str:
    passage = hit.passage
    words = excerpt(_BLANK_LINES.sub("\n", hit.text))
    return (
        f'<li class="hit"><p class="passage" dir="auto">{safe(words)}</p>'
        f'<p class="from">{_open_html(passage.doc_id, hit.title, passage.start, passage.end)}</p></li>'
    )


def _ask_html(questions: tuple[str, ...]) -> str:
    items = "".join(
        f'<li><button type="button" data-ask="{safe(q)}" dir="auto">{safe(q)}</button></li>' for q in questions
    )
    return f'<ul class="choices">{items}</ul>'
