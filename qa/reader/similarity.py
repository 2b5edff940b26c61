"""Hits -> sentences in order of how well they answer the question: by vectors and words, and by a reader where there is
one."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from index.fusion import Word
from index.index import Index
from index.terms import term_hashes
from index.types import Article, Hit, Sentence
from qa.confidence import Features
from qa.dates import names
from qa.reader.base import Reading, Span
from qa.reader.forms import question_word
from qa.reader.reading import Readings, sureness
from qa.reader.years import asked_about, of_others

# Chosen on halves of the demo questions, SQuAD 2.0 and ClapNQ; they lie on a plateau.
COSINE = 0.37
TITLE = 0.07
BEFORE = 0.06
PASSAGE = 0.35
CONTEXT = 0.5


class Weights(NamedTuple):
    """What the share of the question's idf mass in a sentence weighs, and how sure the reader is of it."""

    matched: float
    sure: float


# A reader knows better than shared words where the answer stands: chosen on the collections in questions/held-out and
# the demo's, all of which then have the right sentence first as often as with .2 and .3, or more often. A question in
# parts it is asked as a whole, and no sentence answers as a whole.
READ, PARTS, UNREAD = Weights(0.10, 0.40), Weights(0.20, 0.06), Weights(0.20, 0.0)

# An article's own question asks the same where it holds this share of the idf mass of what is asked, and this share of
# its words are of that.
THE_SAME = 0.75
# The reader takes one year for another: how much less sure it is of a sentence that speaks of others than asked.
ANOTHER_YEAR = 0.5
# What a sentence loses that says of "it" or "the company" what the question asks of a name.
LEANING = 0.02

# What a sentence loses that has fewer terms than these beside the topic that is asked for: "Lund, at last!"
BARE, FEW = 0.2, 4

# For a question that leans on an answer: what a sentence loses that was quoted there, and what one gains that follows.
REPEATED = 0.12
FOLLOWS = 0.05
FOLLOWING = 400  # characters

# "OSLO, May 4, 2023 — ": a place in capitals, perhaps more names and numbers, and a dash, where an article begins.
_DATELINE = re.compile(
    r"[A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]*){0,4}(?:, (?:[A-Z][\w.]*|\d{1,4})(?: (?:[A-Z][\w.]*|\d{1,4})){0,3}){0,3}"
    r"(?: \([A-Z][^()]{0,30}\))? ?(?:—|–|--?(?= )) ?"
)
_BEGINNING = 300  # characters of an article
# A sentence that begins so says little without the one before it. "It is clear that ..." refers to nothing.
_LEANS = re.compile(
    r"\W*(?:(?:but|and|so|yet|or|however|then|also|instead|still|later|meanwhile|moreover|in addition|for example)"
    r",?\s+)*"
    r"(?:(?:he|she|they|his|her|hers|its|their|theirs|this|that|these|those|such|both|neither)\b"
    r"|it\b(?!['’]s \w+ (?:to|that)\b| (?:is|was|has been) (?:\w+ )?\w+ (?:to|that|who)\b)"
    r"|the (?:company|firm|group|agency|organi[sz]ation|team|club|party|latter|former|man|woman|couple|pair|two|three)"
    r"\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?؟？]['\"”’»›“」』)\]）]*$")
_ENDS = re.compile(r"[.!?…‽。｡！？؟।॥۔։።။។:]['\"”’»›“」』)\]）]*$")

# What a line of a list or a table has that is more than a heading.
_VALUE = re.compile(r"\d|[:=|\t]| [–—-] ")

_NOT_POSED = (frozenset[Word](), -1.0)  # words and cosine of an article's own question


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted, and its score, 0 to about 1.

    ``matched`` is the share of the question's idf mass that the sentence and its article's title hold. ``answer`` is
    the likeliest short answer in it, in the article's offsets, and ``sure``, -1..1, how sure the reader is that it
    holds one; None where no reader has read it. Unless ``known`` the cosine says nothing; see ``Hit``.
    """

    article: Article
    sentence: Sentence
    score: float
    cosine: float
    matched: float
    terms: frozenset[int]
    answer: Span | None = None
    sure: float | None = None
    known: bool = True

    @property
    def text(self) -> str:
        """Return the sentence's text."""
        return self.article.text[self.sentence.start : self.sentence.end]


class _Asked:
    """The words of a question and of its context, and what each weighs."""

    def __init__(self, index: Index, question: str, context: str) -> None:
        self.weights = {word: CONTEXT * weight for word, weight in index.idf(index.words(context)).items()}
        self.weights |= index.idf(index.words(question))
        self.mass = sum(self.weights.values()) or 1.0
        self.years = asked_about(question)
        self._hashes = {word: term_hashes(word).tolist() for word in self.weights}
        self._question = question

    def held(self, terms: frozenset[int]) -> frozenset[Word]:
        """Return the words of which a stem is among these terms, which are hashes."""
        return frozenset(word for word, hashes in self._hashes.items() if not terms.isdisjoint(hashes))

    def is_asked_by(self, text: str, words: frozenset[Word], terms: frozenset[int], matched: float) -> bool:
        """Tell whether an article's question with these of the words, and these terms, asks the same.

        ``matched`` is as in ``Candidate``.
        """
        same = bool(words) and matched >= THE_SAME and len(words) >= THE_SAME * len(terms)
        return same and len({question_word(text), question_word(self._question)} - {""}) < 2

    def share(self, words: frozenset[Word]) -> float:
        """Return the share of all the mass that these words have."""
        return sum(self.weights[word] for word in words) / self.mass


def candidates(
    index: Index,
    question: str,
    hits: Sequence[Hit],
    context: str = "",
    readings: Readings | None = None,
    *,
    weights: Weights = READ,
    topic: bool = False,
) -> list[Candidate]:
    """Return the sentences of the hits, best first; the words of ``context`` count half as much as the question's.

    A sentence's score joins its cosine with the question, the share of the question's idf mass that it holds, what the
    title and the sentence before it add to that, its passage's score and, with ``readings``, how sure a reader is that
    the answer stands in it (``weights`` hold only then); where that was not read, it is taken to be sure that it does
    not. What stands behind the very question in a passage has that one's words and cosine there. What begins with "it"
    loses a little, and where the question is a ``topic`` what says next to nothing of it; of a day what does not name
    it is left out. The reader is less sure of what speaks of other years than asked. Questions come after all whole
    sentences, and so do fragments, but for lines with a value in which the reader finds the answer. Hits whose article
    was changed since they were found are left out.
    """
    weights = weights if readings else UNREAD
    asked = _Asked(index, question, context)
    versions = [version for hit in hits for version in hit.versions]
    articles = {doc_id: index.article(doc_id) for doc_id in {hit.passage.doc_id for hit in versions}}
    found = []
    for hit in versions:
        article, place = articles[hit.passage.doc_id], hit.passage
        if article is None or article.text[place.start : place.end] != hit.text:
            continue
        title = asked.held(hit.terms[0])
        before, posed, nearby = frozenset[Word](), _NOT_POSED, hit.title
        reading = (readings or {}).get(place.passage_id)
        for sentence, cosine, terms in zip(place.sentences, hit.cosines, hit.terms[1:], strict=True):
            # What stands behind the very question, as in lists of questions and answers, is of what that asks.
            own = asked.held(terms)
            words, near = own | posed[0], max(cosine, posed[1])
            # The title says what a sentence is about even where the sentence does not repeat it.
            matched, around = asked.share(words), asked.share(title - words)
            lead = asked.share(before - words - title)
            score = weights.matched * matched + TITLE * around + BEFORE * lead + PASSAGE * hit.score
            score += COSINE * near if hit.known else 0.0
            best = reading.best(sentence.start - place.start, sentence.end - place.start) if reading else None
            sure = sureness(best.score if best else -math.inf) if readings else None  # what was not read holds none
            answer = _answer(reading, best, article.text, sentence, place.start) if reading and best else None
            text = article.text[sentence.start : sentence.end]
            if sure is not None and of_others(text, asked.years, nearby):
                sure = max(sure - ANOTHER_YEAR, -1.0)
            nearby = f"{hit.title} {text}"
            score += weights.sure * (sure or 0.0) - LEANING * refers_back(text)
            score -= BARE * (topic and len(terms) - len(own) < FEW)
            matched = asked.share(own | title)  # what is lent is no evidence that the question is answered
            found.append(Candidate(article, sentence, score, cosine, matched, terms, answer, sure, hit.known))
            again = bool(posed[0]) and 2 * len(own) >= len(terms)  # "So what is it?"
            same = asks(text) and (again or asked.is_asked_by(text, own, terms, matched))
            before, posed = words, (words, near) if same else _NOT_POSED
    return sorted((c for c in found if not topic or names(c.text, question)), key=_order)


def further(ranked: Sequence[Candidate], quoted: Sequence[Sentence]) -> list[Candidate]:
    """Return the candidates for a question that leans on an answer, best first: what was quoted there comes later, and
    what follows it in its article sooner."""

    def moved(candidate: Candidate) -> Candidate:
        own = candidate.sentence
        there = [place for place in quoted if place.doc_id == own.doc_id]
        if any(place.start < own.end and own.start < place.end for place in there):
            return replace(candidate, score=candidate.score - REPEATED)
        if any(0 <= own.start - place.end <= FOLLOWING for place in there):
            return replace(candidate, score=candidate.score + FOLLOWS)
        return candidate

    return sorted(map(moved, ranked), key=_order)


def _order(candidate: Candidate) -> tuple[bool, float, Sentence]:
    """Return what puts questions behind, and fragments: headings, but not "Weight: 6.2 kg" where a reader finds the
    answer in it."""
    text = candidate.text
    says = whole(text) or (candidate.sure is not None and candidate.sure > 0 and bool(_VALUE.search(text)))
    return asks(text) or not says, -candidate.score, candidate.sentence


def _answer(reading: Reading, best: Span, text: str, sentence: Sentence, start: int) -> Span | None:
    """Return the likeliest answer in a sentence of the passage that begins at ``start``, in the article's offsets.

    It is ``best`` unless there is a dateline, "OSLO, May 4, 2023 — ": that says where and when the sentence was
    written, and not what happened.
    """
    dateline = _DATELINE.match(text, sentence.start, sentence.end) if sentence.start < _BEGINNING else None
    found = reading.best(dateline.end() - start, sentence.end - start) if dateline else best
    return found and Span(start + found.start, start + found.end, found.score)


def features(ranked: Sequence[Candidate], *, read: bool = False, parts: bool = False) -> Features:
    """Return what the confidence is computed from, ``read`` telling whether a reader took part, and ``parts`` whether
    the question was taken apart: then no passage holds the whole answer, and the reader is unsure whatever they hold.
    """
    read = read and not parts
    if not ranked:
        return Features(0.0, 0.0, -1.0 if read else None, parts)
    if not ranked[0].known:
        return Features(None, min(ranked[0].matched, 1.0))
    sure = ranked[0].sure if read else None
    return Features(max(max(c.cosine for c in ranked if c.known), 0.0), min(ranked[0].matched, 1.0), sure, parts)


def asks(text: str) -> bool:
    """Tell whether a sentence is a question, which answers none however like it is."""
    return bool(_ASKS.search(text))


def refers_back(text: str) -> bool:
    """Tell whether a sentence begins with what stands for something that was named before it."""
    return bool(_LEANS.match(text))


def whole(text: str) -> bool:
    """Tell whether a sentence ends like one, which headings, captions and list scraps do not."""
    return bool(_ENDS.search(text)) or len(text.split()) > 14
