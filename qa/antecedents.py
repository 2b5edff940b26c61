"""The answers before a question -> what its pronouns may stand for: a thing, a person, a place."""

import re
from collections.abc import Sequence

from index.terms import MONTHS
from qa.pronouns import NAME, NAMES, VERB, points_outside
from qa.types import Answer

MAX_BACK = 4  # answers that a question may lean on

# What a question asks something of, after its verb: "What did Sweden ...?", "How far is the Hven Bridge ...?"
_ASKED_OF = re.compile(rf"\b{VERB} (?:the |an? )?(?P<name>{NAME})")
# "Which country joined in 2023?" asks for what its answer says something of; "where", "when" and "why" do not.
_ASKS_FOR = re.compile(rf"\W*(?:which|what) (?!{VERB}\b)", re.IGNORECASE)
# "Which book does Ann Ek recommend?" asks something of the book, "what year did NATO expand?" of NATO.
_WHICH = re.compile(
    r"\W*(?:which|what) (?!(?:year|date|day|month|time|kind|type|sort|part|percentage|share|colou?r|size|age|way)\b)"
    r"(?P<kind>[a-z]\w+) (?:did|does|do|has|have|had|will|would|can|could|should) \w",
    re.IGNORECASE,
)
# "Ann Ek's ferry" is not Ann Ek. Of "Sweden's army" the next question is rather of Sweden.
_OWNER = re.compile(rf"[A-Z][\w-]+ {NAME}['’]s? [a-z]")
_MANY = re.compile(r"the \w*[^\W_sui]s")
_ASKS_WHO = re.compile(r"\W*(?:who|whom|whose|which)\b", re.IGNORECASE)
_ASKS_WHERE = re.compile(r"\W*where\b", re.IGNORECASE)
_THING = re.compile(
    r"\bthe (?!same\b|next\b|first\b|last\b|other\b|most\b)"
    r"(?:(?:new|old|main|big|small|current|former|winning|losing|leading|opening|closing|[a-z]+est) )?[a-z][\w-]+"
    rf"(?: (?:to|of|from|in|at|for|on) (?:the )?{NAME})?"
)
_IT = re.compile(r"\bits?\b")
_PLACE = re.compile(rf"\b(?:in|at|to|from|near) (?:the )?(?P<name>(?!(?i:{'|'.join(MONTHS)})\b){NAME})")
# "Is Justin Jefferson back?", and no "the Hven Bridge".
_SUBJECT = re.compile(rf"\b(?:{VERB}|to|about|with) (?P<name>[A-Z][\w-]+ {NAME})")
_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Sir|Adm|Gen|Prof|President|Minister|Chancellor|Senator|King|Queen|Pope"
    r"|General(?! (?:Manager|Secretary|Assembly|Council|Counsel|Court|Director|Election|Electric|Motors|Staff)\b))"
)
PERSON = re.compile(
    rf"\b{_TITLE}\.? (?P<a>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
    r"|\b[Ww]ho(?:'s|’s| is| was) (?P<b>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+)"
)
"""Somebody, named with a title or asked for."""


def thing(before: Sequence[Answer]) -> str:
    """Return what was last spoken of: the name of which something was asked, the one that an answer gave to "which",
    or the first that was said, "Sweden" or "the train to Lund".

    What was called "it" already is what it was before. Returns "" where nothing was named, or only what is many or
    somebody's.
    """
    recent = before[-MAX_BACK:]
    still = ""
    for answer in reversed(recent):
        found = _thing(answer)
        if found and not (_IT.search(answer.question) and points_outside(answer.question)):
            return "" if _MANY.fullmatch(found) or _OWNER.search(answer.searched_for.text) else found
        still = still or found
    return still


def _thing(answer: Answer) -> str:
    text, short = answer.searched_for.text, _named(answer)
    if which := _WHICH.match(text):
        return short or f"the {which['kind']}"
    if asked_of := _ASKED_OF.search(text):
        return asked_of["name"]
    if short and _ASKS_FOR.match(text):
        return short
    found = filter(None, (NAMES.search(text), _THING.search(text)))
    first = min(found, key=lambda match: match.start(), default=None)
    return first[0] if first else ""


def person(before: Sequence[Answer]) -> str:
    """Return the name of the person who was last spoken of, "" where nobody was."""
    for answer in reversed(before[-MAX_BACK:]):
        short = _named(answer) if _ASKS_WHO.match(answer.searched_for.text) else ""
        for said in (answer.question, short or " ".join(citation.quote for citation in answer.citations[:1])):
            if found := PERSON.search(said):
                return found["a"] or found["b"]
        if short:
            return short
        if found := _SUBJECT.search(answer.question):
            return found["name"]
    return ""


def place(last: Answer) -> str:
    """Return where the last answer or its question was, as "in Vilnius", "" where that was not named."""
    if _ASKS_WHERE.match(last.searched_for.text):
        return f"in {short}" if (short := _named(last)) else ""
    found = _PLACE.search(last.searched_for.text)
    return f"in {found['name']}" if found else ""


def _named(answer: Answer) -> str:
    """Return the short answer where it is a name."""
    short = answer.highlight.text if answer.highlight else ""
    return short if NAMES.fullmatch(f"so {short}", 3) or PERSON.fullmatch(short) else ""
