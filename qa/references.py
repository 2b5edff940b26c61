"""What refers to a quotation of the answer before: "[2]", "tell me more", "when was that written?", "who else said so?"

It is answered from that quotation: its article, the sentences around it, what is known of the article, and other
articles that say the same.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.index import Index
from index.sentences import split
from index.types import Article, Sentence
from qa.antecedents import PERSON
from qa.citations import cite
from qa.phrases import phrases, plain
from qa.types import Answer, Citation, Notice, SearchedFor

SENTENCES = 3  # that are quoted at once
CHARACTERS = 600

NOTICES: dict[Notice, str] = {
    "shown": "This is the quotation, in its place.",
    "follows": "This follows there.",
    "precedes": "This comes before it there.",
    "nothing_follows": "Nothing follows; the article ends there.",
    "nothing_precedes": "Nothing comes before it; the article begins there.",
    "dated": "It is from an article of {day}.",
    "undated": "The article does not say when it appeared.",
    "elsewhere": "Another article says so too.",
    "only_here": "No other article was found that says so.",
}
"""What is said beside the quotations, in English."""

_NUMBERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 0}
_NAMED = "quote|quotation|citation|source|passage|article|result|one"
_WHICH = re.compile(
    rf"\[(?P<n>\d)\]|\b(?:{_NAMED}|number) (?P<m>\d)\b|(?:\bthe )?\b(?P<word>{'|'.join(_NUMBERS)}) (?:{_NAMED})\b"
)
_THAT = "that/this/it/so/the|that|this quote|quotation|sentence|passage|article|source|paragraph"
_ASKED = {
    "follows": phrases(
        "(please) (can|could you) tell|show me (some) more (about|of {that})",
        "more (please)",
        "go|read on",
        "continue",
        "what else does {that} say",
        "what else does he|she say",
        "what comes|follows|stands next",
        "what comes|follows|stands after {that}",
        "what follows",
        "(show) (me) the rest (of {that})",
        "(show) (me) the next|following sentence|sentences|paragraph (of {that})",
        that=_THAT,
    ),
    "precedes": phrases(
        "what comes|came|stands before {that}",
        "what comes|came|stands before",
        "(show) (me) the previous sentence|sentences|paragraph (of {that})",
        "(show) (me) the sentence before ({that})",
        that=_THAT,
    ),
    "dated": phrases(
        "when was {that} written|published|reported|posted",
        "(from) when is {that} (from)",
        "how old|recent is {that}",
        "what is the|its date (of {that})",
        "what date is {that} (from)",
        that=_THAT,
    ),
    "elsewhere": phrases(
        "is there another source|article|report (for|on {that})",
        "is there another source|article|report that|which says {that}",
        "is there another source|article|report that|which says the same",
        "are there (any) other sources|articles|reports (for|on {that})",
        "are there (any) other sources|articles|reports that|which say {that}",
        "(any) other source|sources|article|articles",
        "another source|article",
        "who else says|said|reports|reported {that}",
        "does any|another other|article|source (article|source) say {that}",
        "do any other articles|sources say {that}",
        "is {that} confirmed|said|reported elsewhere",
        "is {that} confirmed|said|reported by another|others (article|source)",
        that=_THAT,
    ),
    "said": phrases(
        "who said|says|wrote|writes|reported|claims|claimed {that}",
        "says who",
        "according to whom",
        that=_THAT,
    ),
    "shown": phrases(
        "who is the author (of {that})",
        "(show) (me) the|your source|sources",
        "what is the|your source (of|for {that})",
        "where is|was {that} from|written|said",
        "where does {that} come from",
        "where does it say {that}",
        "which|what article|source is|was {that} (from|in)",
        "which|what article|source does {that} come from",
        "which|what article|source says|said {that}",
        "show|open (me) {that}",
        that=_THAT,
    ),
}
# Who wrote a book that the last answer spoke of is a question, and not one about the article.
_WORK = re.compile(
    r"\b(?:book|novel|poem|play|song|album|essay|letter|report|paper|study|memoir|script|film|movie|opera|symphony|diary"
    r"|speech|statement|law|bill|treaty|constitution|code|manual|guide|review|column)s?\b",
    re.IGNORECASE,
)
_WROTE = re.compile(r"who (?:wrote|writes) (?:it|this|that)")
_ALONE = phrases("(what about|and|show|open|read) (me) that")


@dataclass(frozen=True, slots=True)
class Reference:
    """What is asked of the quotation with a number: that it be shown, what follows it, and so on."""

    number: int
    asks: str


def reference(question: str, last: Answer | None) -> Reference | None:
    """Return what a question asks of a quotation of the last answer; None where it does not refer to one."""
    if last is None or not last.citations:
        return None
    said = plain(question)
    if _WROTE.fullmatch(said) and _WORK.search(f"{last.searched_for.text} {last.citations[0].quote}"):
        return None
    which = _WHICH.search(said)
    number = 1
    if which:
        number = int(which["n"] or which["m"] or _NUMBERS[which["word"]]) or len(last.citations)
        if number > len(last.citations):
            return None
        said = f"{said[: which.start()]}that{said[which.end() :]}"
        if _ALONE.fullmatch(said):
            return Reference(number, "shown")
    asks = next((name for name, pattern in _ASKED.items() if pattern.fullmatch(said)), None)
    return Reference(number, asks) if asks else None


def refers(question: str) -> bool:
    """Tell whether a question may refer to a quotation, whatever was quoted before."""
    said = plain(question)
    return bool(_WHICH.search(said)) or any(pattern.fullmatch(said) for pattern in _ASKED.values())


def answer_from(
    question: str, given: Reference, last: Answer, index: Index, others: Callable[[Citation], tuple[Citation, ...]]
) -> Answer | None:
    """Answer from the quotation that is referred to; None where its article is gone or has changed.

    ``others`` finds quotations of other articles that say what one says.
    """
    cited = last.citations[given.number - 1]
    article = index.article(cited.doc_id) if _stands(cited, index) else None
    if article is None:
        return None
    kind: Notice
    citations: tuple[Citation, ...] = (replace(cited, number=1, also=()),)
    if given.asks in ("follows", "precedes"):
        sentences = split(article.doc_id, article.text, article.language)
        found = _after(sentences, cited.end) if given.asks == "follows" else _before(sentences, cited.start)
        kind = "follows" if given.asks == "follows" else "precedes"
        if found:
            citations = (cite(1, article, found[0].start, found[-1].end),)
        else:
            kind = "nothing_follows" if given.asks == "follows" else "nothing_precedes"
    elif given.asks == "said":
        kind, citations = "shown", (_with_speaker(article, cited),)
    elif given.asks == "elsewhere":
        same = tuple(other for other in cited.also if _stands(other, index)) or others(cited)
        kind, citations = ("elsewhere", same) if same else ("only_here", citations)
        citations = tuple(replace(one, number=n, also=()) for n, one in enumerate(citations, 1))
    else:
        kind = "shown" if given.asks == "shown" else "dated" if cited.published else "undated"
    return Answer(
        "",
        "answer",
        question,
        SearchedFor(question),
        True,
        last.confidence,
        None,
        citations,
        (),
        message=NOTICES[kind].format(day=(cited.published or "")[:10]),
        notice=kind,
    )


def _stands(cited: Citation, index: Index) -> bool:
    """Tell whether an article is still there as it was quoted."""
    article = index.article(cited.doc_id)
    return article is not None and article.text_sha256 == cited.text_sha256


def _with_speaker(article: Article, cited: Citation) -> Citation:
    """Return a quotation with the sentences before it as far as one that names somebody, if that is near."""
    start = cited.start
    for sentence in reversed(_before(split(article.doc_id, article.text, article.language), start)):
        if PERSON.search(article.text[start : cited.end]) or cited.end - sentence.start > CHARACTERS:
            break
        start = sentence.start
    return cite(1, article, start, cited.end)


def _after(sentences: Sequence[Sentence], end: int) -> list[Sentence]:
    """Return the sentences that follow a place, as many as are quoted at once."""
    return _fitting([s for s in sentences if s.start >= end])


def _before(sentences: Sequence[Sentence], start: int) -> list[Sentence]:
    """Return the sentences that come before a place, as many as are quoted at once, in reading order."""
    return _fitting([s for s in sentences if s.end <= start][::-1])[::-1]


def _fitting(sentences: list[Sentence]) -> list[Sentence]:
    taken = sentences[:1]
    for sentence in sentences[1:SENTENCES]:
        together = (*taken, sentence)
        if max(s.end for s in together) - min(s.start for s in together) > CHARACTERS:
            break
        taken.append(sentence)
    return taken
