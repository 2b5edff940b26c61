"""The pronouns of a question -> whether they stand for something that the question names itself."""

import re

from index.terms import content_words

NAME = r"[A-Z][\w-]+(?: [A-Z][\w-]+)*"
VERB = r"(?i:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should)"
"""What stands before the subject of a question."""
NAMES = re.compile(rf"(?<=[\w,;:'’.] ){NAME}")
"""A name inside a question: what stands first is capitalized anyway."""

_POINTS = r"this|that|these|those|there|then|both|hers|theirs|(?:the|which|other) (?:\w+ )?ones?"
# "that", "there" and "it" also join clauses, begin sentences or point forward; these refer to nothing outside.
JOINS = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had) there\b|\bthere (?:is|are|was|were|has|have|will)\b"
    r"|\bone of\b|\bthis (?:year|month|week|summer|winter|spring|autumn|fall|morning)\b"
    r"|\b(?:those|so) (?:who|that|which)\b|\b(?:does|will|would) it take\b"
    # "Is it safe to swim?", not "Was it sold to Lund?"
    r"|\bit (?:\w+ ){1,3}(?:that|when|if|to(?! (?:the|an?|its|his|her|their|whom|(?-i:[A-Z]\w*))\b))\b"
    r"|\b(?:is|was) it (?:that|like|when|who)\b|\b(?:is|was) it (?=(?:their|his|her|my|our|your)\b)|\bboth \w+ and\b",
    re.IGNORECASE,
)
# A content word before "that" and a word after it: "a plan that NATO published", not "about that plan" or "was that?".
_RELATIVE = re.compile(r"(\w+) that (?=\w)", re.IGNORECASE)
PRONOUN = re.compile(rf"\b(?:(?P<own>his|her|its|their)|he|she|him|it|they|them|{_POINTS})\b", re.IGNORECASE)
# What makes "he" in "What did Stoltenberg do before he came?" refer to someone in the question itself.
_CLAUSE = re.compile(
    r",|\b(?:that|which|who|before|after|while|when|if|because|since|until|as|where|why|how|and|or|but|than)\b",
    re.IGNORECASE,
)
_NOUN = re.compile(r"\b(?:which (?!of\b)|how many |the |an? |each |every )\w+", re.IGNORECASE)
PARTICLES = frozenset("to of in on at by with after before about under over against since until than like".split())
"""Words after "her" that it does not own: "told her in May"."""


def points_outside(text: str) -> bool:
    """Tell whether a pronoun of a question stands for something that the question does not name."""
    alone = _RELATIVE.sub(_relative, JOINS.sub(" ", text))
    return any(refers_outside(alone, pronoun) for pronoun in PRONOUN.finditer(alone))


def _relative(match: re.Match[str]) -> str:
    word = match[1].lower()
    return match[0] if word in PARTICLES or not content_words(word) else f"{match[1]} which "


def refers_outside(text: str, pronoun: re.Match[str]) -> bool:
    """Tell whether nothing before a pronoun can be what it stands for: "its" needs a noun there, "it" a clause too."""
    before = text[: pronoun.start()]
    names = [match.end() for match in NAMES.finditer(before)] + [match.end() for match in _NOUN.finditer(before)]
    return not names or not (pronoun["own"] or _CLAUSE.search(before, min(names)))
