"""A question and the answers before it -> whether it leans on them, and what it means by that.

A question leans on what came before when it has a pronoun with nothing to refer to, begins with "what about", or says
next to nothing ("why?"). What it means is put in its place where that is plain, or carried over as words.
"""

import re
from collections.abc import Callable, Sequence

from index.terms import MONTHS, content_words
from qa.antecedents import person, place, thing
from qa.pronouns import JOINS, NAMES, PARTICLES, PRONOUN, points_outside, refers_outside
from qa.types import Answer

# How much a question says is counted in words that one passage alone holds. What is carried weighs MOST beside one that
# says nothing, and nothing beside one that says ENOUGH; one that says LITTLE leans whatever it points at. On 156 later
# turns of MTRAG FiQA these lie on a plateau: .264 to .269 nDCG@10 for MOST 1.25 to 2.5, ENOUGH 1.7 to 3, LITTLE .65.
MOST = 1.5
ENOUGH = 2.5
LITTLE = 0.7
# What was carried over to the last question is carried on where that says less than WHOLE itself: .271 (always .267).
WHOLE = 1.0
MAX_CARRIED = 20  # words
MANY = 4  # content words with which a question says enough for itself
MAX_OPEN = 1  # content words with which a question says too little
MAX_NAMED = 6  # words of them that an answer named

Says = Callable[[str], float]
"""Returns how much a text says to the articles that are asked, as ``Index.says`` does."""

_MEANT = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|there|then|he|she|him|his|her)\b", re.IGNORECASE
)
# One inside a quotation, whose first word is capitalized anyway, and counts where more of the name follows.
_QUOTED_NAME = re.compile(r"(?<=[a-z,;:)] )[A-Z]\w+(?: [A-Z]\w+)*|\b[A-Z]\w+(?: [A-Z]\w+)+")

OPENS = re.compile(
    r"\W*(?:(?P<and>and|but|so|then|n|&)|what about|how about|(?:what|who|when|where|how|why) else|how so|how come"
    r"|(?:the )?same (?:question )?for|(?:(?:no|sorry|oops)\W+)*i meant?)(?!\w)",
    re.IGNORECASE,
)
# "The cost?", "length of the course": what has no verb, no name and an article is a part of something said before.
_FRAGMENT = re.compile(r"\W*(?:(?P<part>the)|any|more|other)\b|(?P<of>.*\bof the\b)", re.IGNORECASE)
_QUESTIONING = re.compile(
    r"\b(?:what|who|whom|whose|when|where|why|how|which|is|are|was|were|do|does|did|has|have|had|can|could|will|would"
    r"|should|must|may)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.IGNORECASE)
_PRONOUNS = (re.compile(r"\b(?:they|them|theirs?)\b", re.IGNORECASE), re.compile(r"\bits?\b", re.IGNORECASE), _SOMEBODY)
_HIM, _OWN = {"he", "she", "him", "his", "her"}, {"his", "her", "its"}
_THE = re.compile(r"^the ", re.IGNORECASE)
_SUBJECT = re.compile(r"\b(?:did|does|do|is|was|has|had|will|would|can|could|should) $", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|out|over|up|down|near) $", re.IGNORECASE)
_FOLLOWS = re.compile(r" (\w+)")
# "What is septicemia?" has one word, and is whole; "What is the cost?" is not.
_DEFINES = re.compile(r"\W*(?:what|who)(?:['’]s| is| are| was| were) (?!the\b)(?:an? )?[\w-]+\W*$", re.IGNORECASE)
# It speaks of what was said: "you said it is free", "I meant for a relative", "the last option".
_SAID = re.compile(
    r"\byou (?:just )?(?:said|say|mentioned|told|meant|wrote)\b|^\W*in other words\b"
    r"|^\W*(?:compared (?:to|with)(?: \w+){1,3}|(?:who|what) (?:happened|came|comes) (?:next|then|afterwards?))\W*$"
    r"|^\W*(?:give me |any |such as |like |for )?(?:an? )?(?:other )?examples?\W*$"
    r"|\bthe (?:first|second|third|last|latter|former|other|next|previous)"
    r" (?:option|point|part|idea|reason|case|step|example|answer|choice|method|way|question|quote|thing)\b"
    r"(?! (?:of|to|in|for|where|when|that|which|who)\b)"
    r"|\bthe others?\W*$|\b(?:do|does|did|doing|done) (?:this|that|so)\W*$",
    re.IGNORECASE,
)
_NO_SUPERLATIVE = (
    "west|rest|forest|interest|request|protest|harvest|contest|latest|test|guest|quest|arrest|chest|nest|digest"
    "|manifest|priest|north|south|mid"
)
_SUPERLATIVE = rf"(?:most|least|main|worst|only|(?-i:(?!{_NO_SUPERLATIVE})[a-z]+est))"
# "What is the biggest risk?", "Which is more important?": of what, or than what, was said before.
_OF_WHAT = re.compile(
    rf"\W*(?:what|who|which)(?:['’]s| is| are| was| were)(?: the {_SUPERLATIVE} \w[\w-]*(?: \w[\w-]*)?"
    r"| (?:the )?(?:more|less|better|worse|(?<=which is )(?-i:[a-z]+er))(?: \w[\w-]*)?)\W*",
    re.IGNORECASE,
)
_MONTH_OR_NUMBER = re.compile(rf"\d+\w*|{'|'.join(MONTHS)}", re.IGNORECASE)


def leans(text: str) -> bool:
    """Tell whether a question refers to something outside itself."""
    if opening := OPENS.match(text):
        rest = text[opening.end() :]
        # "And how did Beijing's mission react to the communiqué?" is whole, whatever it begins with.
        if not opening["and"] or len(content_words(rest)) < MANY:
            return True
        text = f"so {rest}"
    if points_outside(text) or _SAID.search(text) or _OF_WHAT.fullmatch(text):
        return True
    words = len(content_words(text))
    # What its own pronouns stand for it names itself.
    if _has_name(text) or _DEFINES.match(text) or PRONOUN.search(text):
        return False
    return words <= 1 or (words < MANY and bool(_FRAGMENT.match(text)) and not _QUESTIONING.search(text))


def says_little(text: str, says: float) -> bool:
    """Tell whether a question that names nothing says so little that it means what was asked before: "the risks?"."""
    return says < LITTLE and not _has_name(text) and not _DEFINES.match(text)


def weight(says: float) -> float:
    """Return what is carried weighs beside a question that says so much, which weighs 1 itself."""
    return MOST * max(0.0, 1.0 - says / ENOUGH)


def needs_more(text: str) -> bool:
    """Tell whether a question with nothing before it leaves open what it is about: "How did it end?", "Why?"."""
    words = len(content_words(text))
    open_ended = points_outside(text) if words else bool(_QUESTIONING.search(text))
    return open_ended and words <= MAX_OPEN and not _has_name(text)


def resolved(text: str, before: Sequence[Answer], *, likely: bool = False) -> str:
    """Return a question with what its pronouns stand for in their place, as far as that is plain.

    "Who signed it?" stays as it is: what "it" means is carried over as words. With ``likely`` it is the name of
    what was last spoken of, and "The cost?" is "What is the cost of it?".
    """
    if likely and (whole := _whole(text, before)) != text:
        return whole
    # A longer question speaks of more than it leans on, and "it" is likely one of these.
    short = len(content_words(text)) < MANY
    somebody, something, somewhere = person(before), thing(before) if short else "", place(before[-1]) if short else ""
    named_it = likely and something[:1].isupper()
    joined = [match.span() for match in JOINS.finditer(text)]

    def named(pronoun: re.Match[str]) -> str:
        if any(start <= pronoun.start() < end for start, end in joined) or not refers_outside(text, pronoun):
            return pronoun[0]
        word, follows = pronoun[0].lower(), _FOLLOWS.match(text, pronoun.end())
        if word == "there":
            return somewhere if somewhere and not _FROM.search(text, 0, pronoun.start()) else pronoun[0]
        subject = word == "its" or (word == "it" and (named_it or _SUBJECT.search(text, 0, pronoun.start())))
        name = somebody if word in _HIM else something if subject else ""
        owns = word in _OWN and follows and follows[1].lower() not in PARTICLES  # "her plan", not "told her in May"
        return (f"{name}'s" if owns else name) if name else pronoun[0]

    return PRONOUN.sub(named, text)


def _whole(text: str, before: Sequence[Answer]) -> str:
    """Return "The cost?" as "What is the cost of the Hven Bridge?", where that was spoken of; else the text."""
    part = text.strip(" ,?!.")
    fragment = _FRAGMENT.match(text)
    if (
        not (fragment and (fragment["part"] or fragment["of"]))
        or _QUESTIONING.search(text)
        or not (of := thing(before))
    ):
        return text
    return f"What is the {_THE.sub('', part)} of {of}?"


def carried(text: str, before: Sequence[Answer], says: Says) -> list[str]:
    """Return the words that a question means without saying them, from the answers before it, oldest first.

    They are what the last question was searched for, only its own words where these say enough, but no date where this
    one has its own, and in "And Canada?" not the first name, in whose place that stands; what the last answer named,
    where the question says "it" or "then"; and for "he" the last person spoken of, whatever was asked in between.
    """
    last = before[-1]
    somebody = content_words(person(before)) if _SOMEBODY.search(text) else []
    if somebody and not set(somebody) & {*last.searched_for.terms, *_named(last)}:
        return somebody
    dropped = set(_MONTH_OR_NUMBER.findall(last.searched_for.text)) if _MONTH_OR_NUMBER.search(text) else set[str]()
    opening = OPENS.match(text)
    if opening and _has_name(f"so {text[opening.end() :]}") and not PRONOUN.search(text):
        dropped |= set(NAMES.findall(last.searched_for.text)[:1])
    without = set(content_words(" ".join(dropped)))
    if says(last.searched_for.text) >= WHOLE and not _means_the_same(text, last.searched_for.text):
        without.update(last.searched_for.carried)
    words = [word for word in last.searched_for.terms if word not in without]
    return [*somebody, *words, *(_named(last) if _MEANT.search(text) and leans(text) else [])]


def _means_the_same(text: str, last: str) -> bool:
    """Tell whether two questions have a pronoun that stands for the same: "their", and then "they"."""
    return any(pattern.search(text) and pattern.search(last) for pattern in _PRONOUNS)


def _named(answer: Answer) -> list[str]:
    """Return the words of what an answer's first quotation names: the short answer, or else names."""
    if not answer.citations:
        return []
    if answer.highlight:
        return content_words(answer.highlight.text)[:MAX_NAMED]
    names = " ".join(_QUOTED_NAME.findall(answer.citations[0].quote))
    return list(dict.fromkeys(content_words(names)))[:MAX_NAMED]


def _has_name(text: str) -> bool:
    """Tell whether a word after the first is capitalized."""
    return any(word[0].isupper() and word != "I" for word in re.findall(r"\w+", text)[1:])
