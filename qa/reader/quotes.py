"""Ranked sentences -> the quotations of an answer: few, unlike each other, in reading order where they touch."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.terms import content_words
from index.types import Article
from qa.citations import cite
from qa.reader.similarity import Candidate
from qa.types import Citation

MAX_SENTENCES = 3
MAX_CHARACTERS = 600
# A further quotation scores at least this share of the first; more where its article is quoted already, since another
# one's word adds more. QuoteF1 is best with one quotation alone, but the answer does not always come first.
NEAR = 0.85
NEAR_AGAIN = 0.92
LOOKED_AT = 12  # sentences considered for further quotations
ALSO_LOOKED_AT = 40

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_NEGATION = re.compile(r"\b(?:no|not|never|nor|neither|none|nobody|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_BREAKS = re.compile(r"[,;:–—]\s|\s")


@dataclass(slots=True)
class _Quote:
    """A quotation being put together: a run of neighbouring sentences of one article."""

    article: Article
    start: int
    end: int
    sentences: list[Candidate]
    also: list[Candidate] = field(default_factory=list)


def choose(ranked: Sequence[Candidate], limit: int) -> tuple[Citation, ...]:
    """Return at most ``limit`` citations, best first.

    A sentence that says the same as a chosen one is folded into its ``also`` (another article) or dropped (the same
    article); one that touches a chosen one is merged with it, to at most 3 sentences or 600 characters.
    """
    if not ranked:
        return ()
    quotes: list[_Quote] = []
    for position, candidate in enumerate(ranked[:ALSO_LOOKED_AT]):
        if same := next((q for q in quotes if any(says_the_same(s, candidate) for s in q.sentences)), None):
            if candidate.article.doc_id not in {same.article.doc_id, *(c.article.doc_id for c in same.also)}:
                same.also.append(candidate)
            continue
        again = any(quote.article.doc_id == candidate.article.doc_id for quote in quotes)
        if position >= LOOKED_AT or candidate.score < (NEAR_AGAIN if again else NEAR) * ranked[0].score:
            continue
        if _merged(quotes, candidate):
            continue
        if len(quotes) < limit:
            start, end = candidate.sentence.start, candidate.sentence.end
            quotes.append(_Quote(candidate.article, start, end, [candidate]))
            _complete(quotes[-1], ranked)
    return tuple(_cited(number, quote) for number, quote in enumerate(quotes, 1))


def _complete(quote: _Quote, ranked: Sequence[Candidate]) -> None:
    """Let a quotation that ends with a colon go on with what it announces, as far as there is room."""
    if not quote.sentences[0].text.endswith(":"):
        return
    following = sorted(
        (c for c in ranked if c.article.doc_id == quote.article.doc_id and c.sentence.start >= quote.end),
        key=lambda c: c.sentence,
    )
    for candidate in following[: MAX_SENTENCES - 1]:
        gap = quote.article.text[quote.end : candidate.sentence.start]
        if gap.strip() or candidate.sentence.end - quote.start > MAX_CHARACTERS:
            break
        quote.end = candidate.sentence.end
        quote.sentences.append(candidate)


def says_the_same(a: Candidate, b: Candidate) -> bool:
    """Tell whether two sentences are near-duplicates: mostly the same words, and no number, name or "not" apart."""
    if not a.terms or not b.terms or set(_NUMBER.findall(a.text)) != set(_NUMBER.findall(b.text)):
        return False
    if _denies(a.text) != _denies(b.text) or _other_names(a.text, b.text):
        return False
    common = len(a.terms & b.terms)
    return common >= 0.8 * min(len(a.terms), len(b.terms)) and common >= 0.5 * max(len(a.terms), len(b.terms))


def _other_names(a: str, b: str) -> bool:
    """Tell whether a capitalized word of one sentence is missing in the other.

    The first word of a sentence has a capital anyway, so those two only count when each is missing in the other.
    """
    first_a, *rest_a = _missing(a, b)
    first_b, *rest_b = _missing(b, a)
    return any(rest_a) or any(rest_b) or (first_a and first_b)


def _missing(text: str, other: str) -> list[bool]:
    """Tell of each word of ``text`` whether it begins with a capital and is missing in ``other``."""
    there = set(content_words(other))
    return [word[0].isupper() and not there.issuperset(content_words(word)) for word in _WORD.findall(text) or ["none"]]


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _merged(quotes: Sequence[_Quote], candidate: Candidate) -> bool:
    """Join a sentence to the quotation it touches, if there is one and it has room."""
    s = candidate.sentence
    for quote in quotes:
        if quote.article.doc_id != candidate.article.doc_id or len(quote.sentences) >= MAX_SENTENCES:
            continue
        start, end = min(quote.start, s.start), max(quote.end, s.end)
        gap = quote.article.text[min(quote.end, s.end) : max(quote.start, s.start)]
        if end - start <= MAX_CHARACTERS and not gap.strip() and gap.count("\n") < 2:
            quote.start, quote.end = start, end
            quote.sentences.append(candidate)
            return True
    return False


def _cited(number: int, quote: _Quote) -> Citation:
    also = tuple(
        cite(number, c.article, c.sentence.start, clipped(c.article, c.sentence.start, c.sentence.end))
        for c in quote.also
    )
    return cite(number, quote.article, quote.start, clipped(quote.article, quote.start, quote.end), also)


def clipped(article: Article, start: int, end: int) -> int:
    """Return where a quotation from ``start`` ends so that it has at most 600 characters, cut at a pause."""
    if end - start <= MAX_CHARACTERS:
        return end
    stops = [m.start() + 1 for m in _BREAKS.finditer(article.text, start + MAX_CHARACTERS // 2, start + MAX_CHARACTERS)]
    stop = stops[-1] if stops else start + MAX_CHARACTERS
    return start + len(article.text[start:stop].rstrip())
