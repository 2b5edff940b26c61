"""Ranked sentences -> the quotations of an answer: few, unlike each other, in reading order where they touch."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from index.sentences import split
from index.terms import content_words
from index.types import Article, Sentence
from qa.citations import cite
from qa.reader.forms import wants_short_answer
from qa.reader.similarity import Candidate, asks, refers_back, whole
from qa.types import Citation, Highlight

MAX_SENTENCES = 3
MAX_CHARACTERS = 600
# A further quotation scores at least this share of the first: of another article than those that are quoted, and of the
# same. Without a reader neighbours score alike, and another article's word adds more. A reader tells them apart, and
# what people take for a whole answer mostly stands in one article.
NEAR, NEAR_AGAIN = 0.85, 0.92
NEAR_READ, NEAR_READ_AGAIN = 0.88, 0.82
# A short answer is marked where it is likelier than none: then five of six are right (nine of ten above 2).
MARKED = 0.0
SHORT = 80  # characters of a short answer, at most
LOOKED_AT = 12  # sentences considered for further quotations
ALSO_LOOKED_AT = 80
BRIEF = 2  # words of a sentence that says nothing by itself, as "Not yet." does
ALIKE = 0.8  # share of the shorter sentence's words that one saying the same has too; with less, "rose" and "fell" do

# The reader is at least so sure that a further quotation holds an answer; or, where another article says it again, so
# sure: a sentence that has this share of the shorter one's words in common with the first, and of its cosine.
FURTHER, SAID_AGAIN = -0.05, -0.3
IN_COMMON, AS_NEAR = 0.5, 0.9

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPELLED = "0 1 two three four five six seven eight nine ten eleven twelve".split()
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_NEGATION = re.compile(r"\b(?:no|not|never|nor|neither|none|nobody|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n\s*\n")
_BREAKS = re.compile(r"[,;:–—]\s|\s")


@dataclass(slots=True)
class _Quote:
    """A quotation being put together: a run of neighbouring sentences of one article."""

    article: Article
    start: int
    end: int
    sentences: list[Candidate]
    also: list[Candidate] = field(default_factory=list)


def interleaved(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Return the candidates of several rankings of the same sentences in turn, each sentence where it is first."""
    if len(lists) == 1:
        return list(lists[0])
    first: dict[Sentence, Candidate] = {}
    for candidate in chain.from_iterable(zip_longest(*lists)):  # an article may have changed between two of them
        if candidate is not None:
            first.setdefault(candidate.sentence, candidate)
    return [*first.values()]


def highlight(question: str, lead: Candidate, citation: Citation) -> Highlight | None:
    """Return the short answer in the first quotation, where the question asks for one and the reader has found it."""
    answer = lead.answer
    if answer is None or answer.score < MARKED or not wants_short_answer(question):
        return None
    text = lead.article.text[answer.start : answer.end]
    inside = citation.start <= answer.start < answer.end <= citation.end
    return Highlight(answer.start, answer.end, text) if inside and len(text) <= SHORT else None


def choose(ranked: Sequence[Candidate], limit: int, leads: Collection[Sentence] = ()) -> tuple[Citation, ...]:
    """Return at most ``limit`` citations, best first; ``leads`` are quoted though they do not come near the first.

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
        lead = not position or candidate.sentence in leads
        if not (lead or (position < LOOKED_AT and _is_near(candidate, ranked[0], quotes))):
            continue
        if _merged(quotes, candidate):
            continue
        if len(quotes) < limit:
            start, end = candidate.sentence.start, candidate.sentence.end
            quotes.append(_Quote(candidate.article, start, end, [candidate]))
            _complete(quotes[-1], quotes[:-1], ranked)
    for quote in quotes:
        _introduce(quote, quotes)
    return tuple(_cited(number, quote) for number, quote in enumerate(quotes, 1))


def _is_near(candidate: Candidate, first: Candidate, quotes: Sequence[_Quote]) -> bool:
    """Tell whether a sentence comes so near to the first that it is quoted as well."""
    again = any(quote.article.doc_id == candidate.article.doc_id for quote in quotes)
    if candidate.sure is None:
        return candidate.score >= (NEAR_AGAIN if again else NEAR) * first.score
    if candidate.sure >= FURTHER and candidate.score >= (NEAR_READ_AGAIN if again else NEAR_READ) * first.score:
        return True
    return not again and candidate.sure >= SAID_AGAIN and _says_again(candidate, first)


def _says_again(candidate: Candidate, first: Candidate) -> bool:
    """Tell whether a whole sentence says much of what the first says, and is nearly as close to the question."""
    if _in_common(candidate, first) < IN_COMMON or candidate.cosine < AS_NEAR * first.cosine:
        return False
    return whole(candidate.text) and not asks(candidate.text)


def _introduce(quote: _Quote, others: Sequence[_Quote]) -> None:
    """Let a quotation that begins with "He" or "The company" begin with the sentence before it, where there is room."""
    article = quote.article
    if not refers_back(article.text[quote.start : quote.end]) or len(quote.sentences) >= MAX_SENTENCES:
        return
    before = [s for s in split(article.doc_id, article.text, article.language) if s.end <= quote.start]
    if not before or not whole(article.text[before[-1].start : before[-1].end]):
        return
    start = before[-1].start
    if quote.end - start > MAX_CHARACTERS or _BLANK_LINE.search(article.text, before[-1].end, quote.start):
        return
    if not _quoted(others, article, start, quote.start):
        quote.start = start


def _complete(quote: _Quote, others: Sequence[_Quote], ranked: Sequence[Candidate]) -> None:
    """Let a quotation that ends with a colon go on with what it announces, as far as there is room, and "Yes." with the
    sentence after it in its paragraph."""
    announces, brief = quote.sentences[0].text.endswith(":"), _is_brief(quote.sentences[0])
    if not (announces or brief):
        return
    following = sorted(
        (c for c in ranked if c.article.doc_id == quote.article.doc_id and c.sentence.start >= quote.end),
        key=lambda c: c.sentence,
    )
    for candidate in following[: MAX_SENTENCES - 1 if announces else 1]:
        gap = quote.article.text[quote.end : candidate.sentence.start]
        taken = _quoted(others, candidate.article, candidate.sentence.start, candidate.sentence.end)
        if taken or gap.strip() or candidate.sentence.end - quote.start > MAX_CHARACTERS:
            break
        if not announces and (_BLANK_LINE.search(gap) or asks(candidate.text) or not whole(candidate.text)):
            break
        quote.end = candidate.sentence.end
        quote.sentences.append(candidate)


def _is_brief(candidate: Candidate) -> bool:
    """Tell whether a sentence has a word or two; scripts without spaces have them in one run."""
    text, language = candidate.text, candidate.article.language
    return len(_WORD.findall(text)) <= BRIEF and len(content_words(text, language)) <= BRIEF


def _quoted(quotes: Sequence[_Quote], article: Article, start: int, end: int) -> bool:
    """Tell whether any of these quotations overlaps a span of an article."""
    return any(q.article.doc_id == article.doc_id and q.start < end and start < q.end for q in quotes)


def says_the_same(a: Candidate, b: Candidate) -> bool:
    """Tell whether two sentences are near-duplicates: mostly the same words, and no number, name or "not" apart.

    Where the reader is sure of an answer in both, it must be the same one too.
    """
    # First, as it costs least and rules out nearly all.
    if _in_common(a, b) < ALIKE or len(a.terms & b.terms) < 0.5 * max(len(a.terms), len(b.terms)):
        return False
    if _numbers(a.text) != _numbers(b.text) or _denies(a.text) != _denies(b.text):
        return False
    return not (_other_names(a.text, b.text) or _other_answers(a, b))


def _in_common(a: Candidate, b: Candidate) -> float:
    """Return the share of the shorter sentence's words that the other has too; 0 where one of them has none."""
    shorter = min(len(a.terms), len(b.terms))
    return len(a.terms & b.terms) / shorter if shorter else 0.0


def _numbers(text: str) -> set[str]:
    words = (str(_SPELLED.index(word)) for word in _WORD.findall(text.lower()) if word in _SPELLED)
    return {number.replace(",", "") for number in _NUMBER.findall(text)} | set(words)


def _other_names(a: str, b: str) -> bool:
    """Tell whether a capitalized word of one sentence is missing in the other.

    The first word of a sentence has a capital anyway, so those two only count when each is missing in the other.
    """
    first_a, *rest_a = _missing(a, b)
    first_b, *rest_b = _missing(b, a)
    return any(rest_a) or any(rest_b) or (first_a and first_b)


def _other_answers(a: Candidate, b: Candidate) -> bool:
    """Tell whether the reader finds an answer in each that has no content word in common with the other's."""
    if not (a.answer and b.answer and min(a.answer.score, b.answer.score) > 0):
        return False
    one, other = (set(content_words(c.article.text[c.answer.start : c.answer.end])) for c in (a, b) if c.answer)
    return bool(one and other and one.isdisjoint(other))


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
