"""A question and the turns before it -> what is searched for.

A question that stands alone is searched for as it was asked. One that leans on what came before (a pronoun with
nothing to refer to, "what about ...", a bare "why?") is searched for together with the content words of the question it
leans on, which weigh less than its own and are named, so that they can be shown. Sources and dates that a question
names limit what is searched, and one that asks for several things is taken apart.
"""

import re
import unicodedata

from index.errors import QuestionError
from index.stores.base import Facets
from index.terms import content_words
from qa.parts import take_apart
from qa.types import Question, SearchedFor

MAX_QUESTION = 1000  # characters
MAX_CARRIED = 20  # words
_NO_FACETS = Facets()

_OPENS = re.compile(
    r"\W*(?:and|but|so|then|what about|how about|(?:what|who|when|where|how|why) else|how so)\b", re.IGNORECASE
)
_POINTS = re.compile(
    r"\b(?:this|that|these|those|there|then|both|hers|theirs|(?:the|which|other) (?:\w+ )?ones?)\b", re.IGNORECASE
)
# "that", "there" and "it" also join clauses, begin sentences or point forward; these refer to nothing outside.
_JOINS = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had) there\b|\bthere (?:is|are|was|were|has|have|will)\b"
    r"|\bone of\b|\bthis (?:year|month|week|summer|winter|spring|autumn|fall)\b|\b(?:those|so) (?:who|that|which)\b"
    r"|\bwhat is it (?:that|like)\b|\bit \w+ (?:to|that)\b|\b(?:does|will|would) it take\b|\bboth \w+ and\b",
    re.IGNORECASE,
)
# A content word before "that" and a word after it: "a plan that NATO published", not "about that plan" or "was that?".
_RELATIVE = re.compile(r"(\w+) that (?=\w)", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:(his|her|its|their)|he|she|it|they|him|them)\b", re.IGNORECASE)
# What makes "he" in "What did Stoltenberg do before he came?" refer to someone in the question itself.
_CLAUSE = re.compile(
    r"\b(?:that|before|after|while|when|if|because|since|until|as|where|why|how|and|or|but|than)"
    r"(?: (?:what|when|where|why|how))?(?: (?:do|does|did|is|was|are|were|has|had|will|would|can|could))? $",
    re.IGNORECASE,
)
_NOUN = re.compile(r"\b(?:which (?!of\b)|how many |the |an? |each |every )\w", re.IGNORECASE)
_PARTICLES = frozenset("to of in on at by with after before about under over against since until than like".split())


def understand(question: Question, facets: Facets = _NO_FACETS) -> SearchedFor:
    """Return what to search for among articles of these ``facets``; raises QuestionError for an empty or over-long one.

    Sources and dates that the question names, where the articles have them, are limits unless it is to be searched
    for everywhere.
    """
    text = clean(question.text)
    limits = question.filter
    own = tuple(dict.fromkeys(content_words(text)))
    carried: tuple[str, ...] = ()
    if question.turns and leans(text):
        before = question.turns[-1].answer.searched_for.terms
        carried = tuple(word for word in before if word not in own)[:MAX_CARRIED]
    parts, named = take_apart(text, limits, _NO_FACETS if question.everywhere else facets)
    return SearchedFor(
        text=text,
        terms=own + carried,
        sources=limits.sources or named.sources,
        since=limits.since or named.since,
        until=limits.until or named.until,
        carried=carried,
        parts=parts,
        named=named,
    )


def clean(text: str) -> str:
    """Return a question without control characters and surrounding space; raises QuestionError."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" or c in "\u200c\u200d" else " " for c in text)
    question = " ".join(kept.split())
    if not question:
        raise QuestionError("the question is empty; ask for something that the articles may say")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {MAX_QUESTION:,} can be asked; shorten it"
        )
    return question


def leans(text: str) -> bool:
    """Tell whether a question refers to something outside itself."""
    alone = _RELATIVE.sub(_relative, _JOINS.sub(" ", text))
    if _OPENS.match(text) or _POINTS.search(alone):
        return True
    if any(_refers_outside(alone, pronoun) for pronoun in _PRONOUN.finditer(alone)):
        return True
    return len(content_words(text)) <= 1 and not _has_name(text)


def _relative(match: re.Match[str]) -> str:
    word = match[1].lower()
    return match[0] if word in _PARTICLES or not content_words(word) else match[1] + " "


def _refers_outside(text: str, pronoun: re.Match[str]) -> bool:
    """Tell whether nothing before a pronoun can be what it stands for: "its" needs a noun there, "it" a clause too."""
    before = text[: pronoun.start()]
    named = _has_name(before) or _NOUN.search(before)
    return not named or not (pronoun[1] or _CLAUSE.search(before))


def _has_name(text: str) -> bool:
    """Tell whether a word after the first is capitalized."""
    return any(word[0].isupper() and word != "I" for word in re.findall(r"\w+", text)[1:])
