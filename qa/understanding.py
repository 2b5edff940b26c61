"""A question and the turns before it -> what is searched for.

A question that stands alone is searched for as it was asked. One that leans on what came before (a pronoun with
nothing to refer to, "what about ...", a bare "why?") is searched for together with the question it leans on, and
the words carried over are named, so that they can be shown.
"""

import re
import unicodedata

from index.errors import QuestionError
from index.terms import content_words
from qa.types import Question, SearchedFor, Turn

MAX_QUESTION = 1000  # characters

_LEANS = re.compile(
    r"^\s*(?:and|but|so|then|what about|how about|what else|why|how so|since when|until when|who else|where else)\b"
    r"|\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|one|ones|both)\b",
    re.IGNORECASE,
)
# "that" and "there" also join clauses and begin sentences; these uses refer to nothing outside the question.
_JOINS = re.compile(
    r"\b(?:is|are|was|were|be) there\b|\bthere (?:is|are|was|were)\b"
    r"|\b(?:said?|says|think|thought|know|mean|agreed?|claim(?:ed)?|announced?|believed?|so) that\b"
    r"|\bone of\b|\bthis (?:year|month|week|summer|winter|spring|autumn|fall)\b"
    r"|\bwhat is it (?:that|like)\b|\bboth \w+ and\b",
    re.IGNORECASE,
)


def understand(question: Question) -> SearchedFor:
    """Return what to search for; raises QuestionError for an empty or over-long question."""
    text = clean(question.text)
    limits = question.filter
    carried: tuple[str, ...] = ()
    searched = text
    if question.turns and leans(text):
        previous = question.turns[-1]
        own = set(content_words(text))
        carried = tuple(word for word in _words_before(previous) if word not in own)
        searched = f"{previous.answer.searched_for.text} {text}"[-MAX_QUESTION:]
    return SearchedFor(
        text=searched,
        terms=tuple(dict.fromkeys(content_words(searched))),
        sources=limits.sources,
        since=limits.since,
        until=limits.until,
        carried=carried,
    )


def clean(text: str) -> str:
    """Return a question without control characters and surrounding space; raises QuestionError."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" or c in "\u200c\u200d" else " " for c in text)
    question = " ".join(kept.split())
    if not question:
        raise QuestionError("the question is empty; ask for something that the articles may say")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(question)} characters, at most {MAX_QUESTION} are read; ask a shorter one"
        )
    return question


def leans(text: str) -> bool:
    """Tell whether a question refers to something outside itself."""
    if _LEANS.search(_JOINS.sub(" ", text)):
        return True
    return len(content_words(text)) <= 1


def _words_before(turn: Turn) -> list[str]:
    return list(dict.fromkeys(content_words(turn.answer.searched_for.text)))
