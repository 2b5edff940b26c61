"""Citations and the copies of the articles that they quote: the first of them leads, the others are named beside it.

Which articles are copies of one another the index knows. Named is only a copy in which the quotation stands word for
word, whatever its quotation marks, dashes and line breaks; where it was changed or left out, the copy is not named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.errors import IndexDamaged
from index.index import Index
from index.sentences import split
from index.types import Article, Filter
from qa.citations import cite
from qa.types import Citation, Highlight, SearchedFor

LONGEST = 600  # characters of a quotation
LEAST = 4  # words of a sentence that is looked for without the rest of its quotation

_QUOTES = "\"'“”‘’«»„‚‹›"
_DASHES = r"\-‐‑–—"
# There is but one way to take each run (possessive), so that no text makes a search slow.
_ANY = {
    "dash": rf"(?=\s*[{_DASHES}])[\s{_DASHES}]++",
    "space": r"\s++",
    "mark": f"[{_QUOTES}]",
    "dots": r"(?:…|\.\.\.)",
}
_LOOSE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _ANY.items()))
# What stands before a sentence: nothing, the end of a line or of another sentence, and marks that open it.
_BEFORE = re.compile(rf"(?:^|\n|[.!?…:;。！？][{_QUOTES})\]]*\s)[\s{_QUOTES}{_DASHES}(\[•*]*$")
_DATELINE = re.compile(rf"[{_DASHES}] $")  # "OSLO, May 4 — ", which only some of the copies have
_BEGINNING = 200  # characters of an article
_LOOKED_BACK = 40  # characters


def joined(citations: Sequence[Citation], index: Index, searched_for: SearchedFor) -> tuple[Citation, ...]:
    """Return the citations with the copies that hold their quotations under ``also``, at most 20 new ones each.

    The one that leads is within what was asked for, and of those the one that was published first; it holds all of the
    quotation.
    """
    limits = [Filter(searched_for.sources, searched_for.since, searched_for.until)]
    limits += [part.filter for part in searched_for.parts if part.filter.sources]
    return tuple(_led(citation, _copies(citation, index), limits, citations) for citation in citations)


def moved(highlight: Highlight | None, before: Citation, after: Citation) -> Highlight | None:
    """Return a short answer in the copy that leads now, or None where its words do not stand there."""
    if highlight is None or before.doc_id == after.doc_id:
        return highlight
    expected = highlight.start - before.start
    places = (match.start() for match in re.finditer(re.escape(highlight.text), after.quote))
    at = min(places, key=lambda place: abs(place - expected), default=None)
    if at is None:
        return None
    return Highlight(after.start + at, after.start + at + len(highlight.text), highlight.text)


def counterpart(quote: str, article: Article) -> tuple[int, int] | None:
    """Return the span of an article that is a quotation word for word, and whole sentences, or None."""
    loose, at = [], 0
    for match in _LOOSE.finditer(quote):
        loose += [re.escape(quote[at : match.start()]), _ANY[match.lastgroup or ""]]
        at = match.end()
    first = rf"(?<![\s{_DASHES}])" if re.match(f"[{_DASHES}]", quote) else r"(?<!\w)"
    pattern = re.compile(first + "".join([*loose, re.escape(quote[at:])]) + r"(?!\w)")
    for match in pattern.finditer(article.text):
        before = article.text[max(0, match.start() - _LOOKED_BACK) : match.start()]
        begins = _BEFORE.search(before) or (match.start() < _BEGINNING and _DATELINE.search(before))
        if begins and match.end() - match.start() <= LONGEST:
            return match.span()
    return None


def _copies(citation: Citation, index: Index) -> list[tuple[Citation, bool]]:
    """Return the citations of the copies that hold a quotation or one of its sentences, and whether it is all of it."""
    found, doc_ids = [], index.copies(citation.doc_id)
    sentences = [citation.quote, *_sentences(citation)] if doc_ids else []
    for doc_id in doc_ids:
        try:
            article = index.article(doc_id)
        except IndexDamaged:
            continue
        spans = ((counterpart(text, article), text) for text in sentences) if article else ()
        if article and (first := next(((span, text) for span, text in spans if span), None)):
            (start, end), text = first
            found.append((cite(citation.number, article, start, end), text == citation.quote))
    return found


def _led(
    citation: Citation, copies: Sequence[tuple[Citation, bool]], limits: Sequence[Filter], all_cited: Sequence[Citation]
) -> Citation:
    """Return a citation that the best of it and its copies leads, and the others beside it."""
    if not copies:
        return citation

    def order(cited: Citation) -> tuple[int, bool, str, bool, str]:
        outside = sum(not limit.admits(cited.source, cited.published) for limit in limits)
        return outside, not cited.published, cited.published or "", cited.doc_id != citation.doc_id, cited.doc_id

    others = [other for other in all_cited if other is not citation]
    whole = [c for c, all_of_it in copies if all_of_it]
    first = min([citation, *(c for c in whole if not any(_overlap(c, other) for other in others))], key=order)
    beside = {
        c.doc_id: c for c in [*(c for c, _ in copies), *citation.also, *whole, citation] if c.doc_id != first.doc_id
    }
    return replace(first, also=tuple(replace(c, also=()) for c in sorted(beside.values(), key=order)))


def _overlap(one: Citation, other: Citation) -> bool:
    return one.doc_id == other.doc_id and one.start < other.end and other.start < one.end


def _sentences(citation: Citation) -> Iterator[str]:
    """Yield the sentences of a quotation that has several, the longest first, without very short ones."""
    spans = split(citation.doc_id, citation.quote)
    texts = [citation.quote[s.start : s.end] for s in spans] if len(spans) > 1 else []
    yield from sorted((text for text in texts if len(text.split()) >= LEAST), key=len, reverse=True)
