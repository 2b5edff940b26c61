"""Articles -> a few questions to begin with: written from the articles, asked beforehand, and kept if well answered.

``qa.evaluation.questions`` writes them, without any language model, to measure with; of a measure the mean counts, and
here every single one is seen. So most of what is written is left out by its form, and of the rest, what the reader
answers otherwise.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from index.errors import CitationError, IndexError_, QuestionError, QuothError
from index.index import Index
from index.stores.base import Entry
from index.terms import analyse
from index.types import Article
from qa.evaluation import names
from qa.evaluation.clauses import MONTH, NAME
from qa.evaluation.questions import Question, write
from qa.evaluation.verbs import PAST
from qa.pipeline import Pipeline
from qa.types import Answer

ASKS = 12
"""Questions that the pipeline is asked at most."""
LENGTH = range(25, 91)
"""Characters of a question."""

_WRITTEN = 100  # questions, before most of them are left out
_ARTICLES = 2_000
_CHARACTERS = 1_000_000  # of all articles looked at: some 8,000 sentences, one or two seconds
_BEGINNING = 5_000  # characters of one article, more where there are few: what it is about is said early
_NATURAL = range(30, 71)  # characters

# How many patients of which study, how many points in which match?
_COUNTED_ONCE = (
    r"thousand|million|billion|more|other|new|different|such|(?:[\w-]+ ){0,3}?(?:days settle|patients|subjects|cases"
    r"|participants|samples|specimens|volunteers|respondents|mice|rats|men|women|infants|genes|haplotypes|studies|trials"
    r"|points|goals|touchdowns|carries|yards|wickets|runs|assists|rebounds|sacks|catches|shots|saves)"
)
_OPENING = re.compile(
    r"(?:(?P<who>Who)|(?P<when>When|Since when|In which year)|(?P<where>Where)|(?P<what>What(?! percentage)|Which)"
    rf"|(?P<many>(?:How|For how|In how) many(?! (?:{_COUNTED_ONCE})\b)|How much|For how much|What percentage)) "
)
_CHARACTERS_OF_ONE = re.compile(r"(?:[^\W_]|[ ,.'’&$€£%]|(?<=\w)[-–](?=\w))+\?")
_CUT_OFF = re.compile(
    r"\b(?:of|in|for|at|on|by|with|to|from|and|or|the|an?|as|per|than|into|its|was|were|is|are|\w*\d(?:st|nd|rd|th))\?$"
    r"|[^\w%’']\?$"
)
# Words that lean on what was said before, or on the day it was said.
_LEANING = re.compile(
    r"\b(?:he|she|it|they|we|you|i|him|her|them|us|his|hers|its|their|our|your|my|this|these|those|that|there|here|such"
    r"|other|another|same|former|latter|both|said|then|now|currently|recently|today|yesterday|tomorrow|so far|yet|still"
    r"|no|later|earlier|instead|therefore|however|by the way|really|very|just|even|almost half|relatively|every win)\b"
    rf"|{MONTH} \d\d?(?!\d|,? \d{{4}})",
    re.IGNORECASE,
)
_AFTER_A_NOUN = "|".join(
    {*"of in to for at on by with from and after before during the a an was were is are has have had will".split()}
    | PAST.keys()
    | set(PAST.values())
)
_GOES_ON = rf"(?!(?:{_AFTER_A_NOUN})\b)[a-z]"
# "the company", "the final contract": which one? "the first railway", "the capital of Norway", "the Baltic Sea" tell.
_UNTOLD = re.compile(
    r"\bthe (?!(?:\w+est|first|second|third|only|most|least|top|world|sun|moon|internet|end|start|beginning|\d{4}s?) )"
    # Whole words as far as they go; Python before 3.11.4 errs with possessive groups, which would say it shorter.
    rf"[a-z\d][\w-]*(?![\w-])(?: {_GOES_ON}[\w-]*(?![\w-]))*(?! {_GOES_ON})"
    r"(?! of | (?:for|in|to) [A-Z]| [A-Z]\w)"
)
# "Who shared with Fox?", "What did Fox host?": too little is told. "Who is sacked as ...?" was so for a moment only.
_TOO_LITTLE = re.compile(
    r"(?:Who|What|Which \w+) [a-z]+ (?:\w+ly )?(?:with|on|for|from|after|as|off|up|out|back|ahead|before|to|about)\b"
    rf"|What (?:did|does|do|has) (?:the )?{NAME} \w+\?|Who (?:is|are) \w+ed\b"
)
_GARBLED = re.compile(
    r"\b(\w+) \1\b|(?-i:\b(\w{4,})\b.*\b\2\b)|.\b(?:who|what|where|how)\b|\b(?:did|does|do|was|were) \w+ly the\b",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"[A-Z]{7,}")
_NOT_ONE_NUMBER = re.compile(r"[^-]*-(?!(?:one|two|three|four|five|six|seven|eight|nine)$)[a-z]+", re.IGNORECASE)
_WORD = re.compile(r"\w+(?: ?[-–]+ ?\w+)*")  # "short - lived", too
_MONTHS = re.compile(rf"{MONTH}(?: \d+)?")
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question that may be shown, and how natural it is."""

    question: Question
    title: str
    opening: str
    score: float


class _Stopped(Exception):
    """Raised through ``write`` when nobody waits for its questions any more."""


class _Sample(Index):
    """The beginnings of some articles of an index; what is found in it, and how often, is the whole index's."""

    def __init__(self, index: Index, chance: random.Random) -> None:
        super().__init__(index.store, lambda: index.embedder, passage_tokens=index.passage_tokens)
        entries = index.entries()
        self._beginning = max(_BEGINNING, _CHARACTERS // max(len(entries), 1))
        self._entries: list[Entry] = []
        left = _CHARACTERS
        for entry in chance.sample(entries, min(len(entries), _ARTICLES)):
            if left <= 0:
                break
            self._entries.append(entry)
            left -= min(entry.characters, self._beginning)

    def entries(self) -> list[Entry]:
        """Return the chosen articles."""
        return self._entries

    def article(self, doc_id: str) -> Article | None:
        """Return an article up to the end of one of its sentences, or None where it is gone or damaged."""
        try:
            found = self.store.article(doc_id)
        except IndexError_:
            return None
        if found is None or len(found.text) <= self._beginning:
            return found
        end = max(found.text.rfind(mark, 0, self._beginning) for mark in (". ", ".\n"))
        return replace(found, text=found.text[: end + 1])


def suggest(
    pipeline: Pipeline, count: int = 4, *, seed: int = 0, stop: Callable[[], bool] = lambda: False
) -> list[str]:
    """Return up to ``count`` questions that the articles answer, the same for the same index, settings and seed.

    Each was asked: its answer is in the first quotation. They are about different articles and begin with different
    words where they can. Looks at some articles of a large index and asks at most ``ASKS`` questions: seconds. Fewer
    or none are returned where the articles give no more, or as soon as ``stop`` says so.
    """
    try:
        waiting = _candidates(_Sample(pipeline.index, random.Random(seed)), seed, stop)
    except (QuothError, _Stopped):
        return []
    sure: list[_Candidate] = []
    fair: list[_Candidate] = []
    for _ in range(ASKS):
        if not waiting or len(sure) >= count or stop():
            break
        candidate = _next(waiting, sure)
        waiting.remove(candidate)
        if (high := _answers(pipeline, candidate.question)) is not None:
            (sure if high else fair).append(candidate)
            waiting = [other for other in waiting if other.question.doc_id != candidate.question.doc_id]
    while fair and len(sure) < count:
        sure.append(_next(fair, sure))
        fair.remove(sure[-1])
    return [candidate.question.text for candidate in sure[:count]]


def _candidates(sample: Index, seed: int, stop: Callable[[], bool]) -> list[_Candidate]:
    """Return the questions that may be shown, the most natural first."""

    def watch(stage: str, count: int) -> None:
        if stop():
            raise _Stopped

    found = []
    for question in write(sample, _WRITTEN, seed=seed, progress=watch).questions:
        article = sample.article(question.doc_id) if question.doc_id is not None else None
        opening = _OPENING.match(question.text)
        if article and opening and _is_plain(question, opening.lastgroup or "") and _names_all(question, article):
            score = _score(question, article)
            found.append(_Candidate(question, article.title, opening.lastgroup or "", score))
    return sorted(found, key=lambda candidate: -candidate.score)


def _is_plain(question: Question, opening: str) -> bool:
    """Tell whether a question reads as if somebody had asked it, and its answer as if somebody had given it."""
    text, answer = question.text, question.answer
    if len(text) not in LENGTH or not _CHARACTERS_OF_ONE.fullmatch(text):
        return False
    if any(x.search(text) for x in (_CUT_OFF, _LEANING, _UNTOLD, _GARBLED, _SHOUTED)) or _TOO_LITTLE.match(text):
        return False
    if _is_torn(text, question.sentence) or (len(answer) < 3 and not answer.isdigit()):
        return False
    if opening == "who":
        return names.is_person(answer) or (" " in answer and answer[0].isupper() and answer.split()[-1][0].isupper())
    if opening == "what":
        return bool(re.match(r"(?:an? )?[A-Z]", answer)) and not _SHOUTED.search(answer)
    return opening != "many" or not _NOT_ONE_NUMBER.match(answer)


def _is_torn(text: str, sentence: str) -> bool:
    """Tell whether a question has half of a compound: "a short by 122 BC" of "a short-lived colony by 122 BC"."""
    whole = set(_WORD.findall(sentence))
    halves = {part for word in whole for part in re.findall(r"\w+", word)}
    return any(word in halves and word not in whole for word in _WORD.findall(text))


def _names_all(question: Question, article: Article) -> bool:
    """Tell whether a question has a name, and in full: not "Purdy" where the article has "Brock Purdy"."""
    found = [name.group() for name in re.finditer(rf"(?<=\s){NAME}", question.text)]
    found = [name for name in found if len(name) > 1 and not _MONTHS.fullmatch(name)]
    return bool(found) and all(" " in name or _is_whole(name, article) for name in found)


def _is_whole(name: str, article: Article) -> bool:
    """Tell whether a single word is all of a name, as far as its article knows."""
    if names.kind(name):
        return True
    text, name = f"{article.title}\n{article.text}", re.escape(name)
    longer = re.findall(rf"\b[A-Z][\w.’'-]+ {name}(?!\w)|(?<!\w){name} [A-Z][\w.’'-]+", text)
    inside = re.search(rf"(?<=[a-z,] )[A-Z][\w.’'-]+ {name}(?!\w)", article.text)
    return not inside and not any(names.is_person(other) for other in longer)


def _score(question: Question, article: Article) -> float:
    """Return how much speaks for a question: it is about its article's topic, early in it, of a year, and short."""
    title = set(analyse(article.title))
    topic = analyse(question.text)
    about = sum(term in title for term in topic) / max(len(topic), 1)
    early = 1 - question.start / max(len(article.text), 1)
    dated = bool(_YEAR.search(question.text))
    # Of all that is counted, little is what a reader would like to know.
    return 2 * about + early + dated / 2 + (len(question.text) in _NATURAL) - (question.kind == "number")


def _next(waiting: list[_Candidate], chosen: list[_Candidate]) -> _Candidate:
    """Return the best question, one of another article before all, and if it is nearly as good of another kind."""
    titles = Counter(candidate.title for candidate in chosen)
    openings = Counter(candidate.opening for candidate in chosen)
    return min(waiting, key=lambda other: (titles[other.title], openings[other.opening] - other.score))


def _answers(pipeline: Pipeline, question: Question) -> bool | None:
    """Tell whether a question is answered with much confidence; None where its own answer is not quoted first."""
    try:
        found = pipeline.examine(question.text)
    except (QuestionError, CitationError, IndexError_):
        return None
    if not found.answer.answered or not _quotes(found.answer, question):
        return None
    return found.answer.confidence >= found.features.fitted.thresholds["high"]


def _quotes(answer: Answer, question: Question) -> bool:
    """Tell whether the first quotation holds the answer that a question was made for, and none other is marked."""
    end = question.start + len(question.answer)
    first = answer.citations[0]
    if not any(c.doc_id == question.doc_id and c.start < end and question.start < c.end for c in (first, *first.also)):
        return False
    marked = answer.highlight
    if marked is None or first.doc_id != question.doc_id:
        return True
    return marked.start < end and question.start < marked.end
