"""A question and the answers before it -> whether it leans on them, and what it means by that.

A question leans on what came before when it has a pronoun with nothing to refer to, begins with "what about", or says
next to nothing ("why?"). What it means is put in its place where that is plain, or carried over as words.
"""

import re
from collections.abc import Sequence

from index.terms import MONTHS, content_words
from qa.types import Answer

# What carried words weigh beside none, one, two or three words of the question's own; a longer one needs none: on 156
# later turns of MTRAG FiQA each weight above these, or for more words, lowers nDCG@10.
WEIGHTS = (0.8, 0.6, 0.4, 0.2)
MAX_CARRIED = 20  # words
MAX_BACK = 4  # answers that a question may lean on
MANY = 4  # content words with which a question says enough for itself
MAX_OPEN = 1  # content words with which a question says too little
MAX_NAMED = 6  # words of them that an answer named

# A name inside a question.
_NAMES = re.compile(r"(?<=[\w,;:'’.] )[A-Z][\w-]+(?: [A-Z][\w-]+)*")
_THING = re.compile(r"\bthe [a-z][\w-]+(?: (?:to|of|from|in|at|for|on) (?:the )?[A-Z][\w-]+(?: [A-Z][\w-]+)*)?")
_WHO = re.compile(r"\W*who", re.IGNORECASE)
_MEANT = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|there|then|he|she|him|his|her)\b", re.IGNORECASE
)
# One inside a quotation, whose first word is capitalized anyway, and counts where more of the name follows.
_QUOTED_NAME = re.compile(r"(?<=[a-z,;:)] )[A-Z]\w+(?: [A-Z]\w+)*|\b[A-Z]\w+(?: [A-Z]\w+)+")

_OPENS = re.compile(
    r"\W*(?:(?P<and>and|but|so|then|n|&)|what about|how about|(?:what|who|when|where|how|why) else|how so)(?!\w)",
    re.IGNORECASE,
)
_POINTS = r"this|that|these|those|there|then|both|hers|theirs|(?:the|which|other) (?:\w+ )?ones?"
# "that", "there" and "it" also join clauses, begin sentences or point forward; these refer to nothing outside.
_JOINS = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had) there\b|\bthere (?:is|are|was|were|has|have|will)\b"
    r"|\bone of\b|\bthis (?:year|month|week|summer|winter|spring|autumn|fall|morning)\b"
    r"|\b(?:those|so) (?:who|that|which)\b|\bit (?:\w+ ){1,3}(?:to|that|when|if)\b|\b(?:does|will|would) it take\b"
    r"|\b(?:is|was) it (?:that|like|when|who)\b|\bboth \w+ and\b",
    re.IGNORECASE,
)
# A content word before "that" and a word after it: "a plan that NATO published", not "about that plan" or "was that?".
_RELATIVE = re.compile(r"(\w+) that (?=\w)", re.IGNORECASE)
_PRONOUN = re.compile(rf"\b(?:(?P<own>his|her|its|their)|he|she|him|it|they|them|{_POINTS})\b", re.IGNORECASE)
_SOMEBODY = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.IGNORECASE)
# What makes "he" in "What did Stoltenberg do before he came?" refer to someone in the question itself.
_CLAUSE = re.compile(
    r",|\b(?:that|which|who|before|after|while|when|if|because|since|until|as|where|why|how|and|or|but|than)\b",
    re.IGNORECASE,
)
_NOUN = re.compile(r"\b(?:which (?!of\b)|how many |the |an? |each |every )\w+", re.IGNORECASE)
_PARTICLES = frozenset("to of in on at by with after before about under over against since until than like".split())
# "The cost?", "length of the course": what has no verb, no name and an article is a part of something said before.
_FRAGMENT = re.compile(r"\W*(?:the|any|more|other)\b|.*\bof the\b", re.IGNORECASE)
_QUESTIONING = re.compile(
    r"\b(?:what|who|whom|whose|when|where|why|how|which|is|are|was|were|do|does|did|has|have|had|can|could|will|would"
    r"|should|must|may)\b",
    re.IGNORECASE,
)
_HIM, _OWN = {"he", "she", "him", "his", "her"}, {"his", "her", "its"}
_SUBJECT = re.compile(r"\b(?:did|does|do|is|was|has|had|will|would|can|could|should) $", re.IGNORECASE)
_FOLLOWS = re.compile(r" (\w+)")
_WHEN = re.compile(
    r"(?:in|on|by|since|until|before|after|during) (?:the )?"
    rf"(?:(?:{'|'.join(MONTHS)}) )?(?:\d{{1,2}},? )?(?:19|20)\d\d",
    re.IGNORECASE,
)
# "What is septicemia?" has one word, and is whole; "What is the cost?" is not.
_DEFINES = re.compile(r"\W*(?:what|who)(?:['’]s| is| are| was| were) (?!the\b)(?:an? )?[\w-]+\W*$", re.IGNORECASE)
_MONTH_OR_NUMBER = re.compile(rf"\d+\w*|{'|'.join(MONTHS)}", re.IGNORECASE)
_TITLE = r"(?:Mr|Mrs|Ms|Dr|Sir|Adm|Gen|Prof|President|Minister|Chancellor|General|Senator|King|Queen|Pope)"
PERSON = re.compile(
    rf"\b{_TITLE}\.? (?P<a>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
    r"|\b[Ww]ho(?:'s|’s| is| was) (?P<b>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+)"
)


def leans(text: str) -> bool:
    """Tell whether a question refers to something outside itself."""
    if opening := _OPENS.match(text):
        rest = text[opening.end() :]
        # "And how did Beijing's mission react to the communiqué?" is whole, whatever it begins with.
        if not opening["and"] or len(content_words(rest)) < MANY:
            return True
        text = f"so {rest}"
    if _points_outside(text):
        return True
    words = len(content_words(text))
    # What its own pronouns stand for it names itself.
    if _has_name(text) or _DEFINES.match(text) or _PRONOUN.search(text):
        return False
    return words <= 1 or (words < MANY and bool(_FRAGMENT.match(text)) and not _QUESTIONING.search(text))


def needs_more(text: str) -> bool:
    """Tell whether a question with nothing before it leaves open what it is about: "How did it end?", "Why?"."""
    words = len(content_words(text))
    open_ended = _points_outside(text) if words else bool(_QUESTIONING.search(text))
    return open_ended and words <= MAX_OPEN and not _has_name(text)


def resolved(text: str, before: Sequence[Answer]) -> str:
    """Return a question with what its pronouns stand for in their place, as far as that is plain.

    "Who spoke there?" stays as it is: what "there" means is carried over as words. "And Canada?" and "And in 2008?" are
    the question before, with the name or the date in the place of its first.
    """
    last = before[-1].searched_for.text
    if opening := _OPENS.match(text):
        new = text[opening.end() :].strip(" ,?!.")
        if (date := _WHEN.fullmatch(new)) and (old := _WHEN.search(last)):
            return f"{last[: old.start()]}{date[0]}{last[old.end() :]}"
        name = _NAMES.fullmatch(f"so {new}", 3)
        if name and (old := _NAMES.search(last)):
            return f"{last[: old.start()]}{name[0]}{last[old.end() :]}"
    # A longer question speaks of more than it leans on, and "it" is likely one of these.
    somebody, something = _person_name(before), _subject(before) if len(content_words(text)) < MANY else ""

    joined = [match.span() for match in _JOINS.finditer(text)]

    def named(pronoun: re.Match[str]) -> str:
        if any(start <= pronoun.start() < end for start, end in joined) or not _refers_outside(text, pronoun):
            return pronoun[0]
        word, follows = pronoun[0].lower(), _FOLLOWS.match(text, pronoun.end())
        subject = word == "its" or (word == "it" and _SUBJECT.search(text, 0, pronoun.start()))
        name = somebody if word in _HIM else something if subject else ""
        owns = word in _OWN and follows and follows[1].lower() not in _PARTICLES  # "her plan", not "told her in May"
        return (f"{name}'s" if owns else name) if name else pronoun[0]

    return _PRONOUN.sub(named, text)


def _subject(before: Sequence[Answer]) -> str:
    """Return what was last spoken of: the name that an answer gave, or "Sweden" or "the train to Lund" of its question.

    Returns "" where there was none of these.
    """
    for answer in reversed(before[-MAX_BACK:]):
        text, short = answer.searched_for.text, answer.highlight.text if answer.highlight else ""
        if _NAMES.fullmatch(f"so {short}", 3) and not _WHO.match(text):
            return short
        named = _NAMES.search(text), _THING.search(text)
        if first := min(filter(None, named), key=lambda match: match.start(), default=None):
            return first[0]
    return ""


def carried(text: str, before: Sequence[Answer]) -> list[str]:
    """Return the words that a question means without saying them, from the answers before it, oldest first.

    They are what the last question was searched for, but no date where this one has its own, and in "And Canada?" not
    the first name, in whose place that stands; what the last answer named, where the question says "it" or "then"; and
    for "he" the last person spoken of, whatever was asked in between.
    """
    last = before[-1]
    person = content_words(_person_name(before)) if _SOMEBODY.search(text) else []
    if person and not set(person) & {*last.searched_for.terms, *_named(last)}:
        return person
    dropped = set(_MONTH_OR_NUMBER.findall(last.searched_for.text)) if _MONTH_OR_NUMBER.search(text) else set[str]()
    opening = _OPENS.match(text)
    if opening and _has_name(f"so {text[opening.end() :]}") and not _PRONOUN.search(text):
        dropped |= set(_NAMES.findall(last.searched_for.text)[:1])
    without = set(content_words(" ".join(dropped)))
    words = [word for word in last.searched_for.terms if word not in without]
    return [*person, *words, *(_named(last) if _MEANT.search(text) else [])]


def _person_name(before: Sequence[Answer]) -> str:
    """Return the name of the person who was last spoken of, "" where nobody was."""
    for answer in reversed(before[-MAX_BACK:]):
        for said in (answer.question, *(citation.quote for citation in answer.citations[:1])):
            if found := PERSON.search(said):
                return found["a"] or found["b"]
    return ""


def _named(answer: Answer) -> list[str]:
    """Return the words of what an answer's first quotation names: the short answer, or else names."""
    if not answer.citations:
        return []
    if answer.highlight:
        return content_words(answer.highlight.text)[:MAX_NAMED]
    names = " ".join(_QUOTED_NAME.findall(answer.citations[0].quote))
    return list(dict.fromkeys(content_words(names)))[:MAX_NAMED]


def _points_outside(text: str) -> bool:
    """Tell whether a pronoun of a question stands for something that the question does not name."""
    alone = _RELATIVE.sub(_relative, _JOINS.sub(" ", text))
    return any(_refers_outside(alone, pronoun) for pronoun in _PRONOUN.finditer(alone))


def _relative(match: re.Match[str]) -> str:
    word = match[1].lower()
    return match[0] if word in _PARTICLES or not content_words(word) else f"{match[1]} which "


def _refers_outside(text: str, pronoun: re.Match[str]) -> bool:
    """Tell whether nothing before a pronoun can be what it stands for: "its" needs a noun there, "it" a clause too."""
    before = text[: pronoun.start()]
    names = [match.end() for match in _NAMES.finditer(before)] + [match.end() for match in _NOUN.finditer(before)]
    return not names or not (pronoun["own"] or _CLAUSE.search(before, min(names)))


def _has_name(text: str) -> bool:
    """Tell whether a word after the first is capitalized."""
    return any(word[0].isupper() and word != "I" for word in re.findall(r"\w+", text)[1:])
