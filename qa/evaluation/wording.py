"""A clause -> the questions that it answers: one part is taken out, and asked for in the form that its place allows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, Protocol

from qa.evaluation import names
from qa.evaluation.clauses import ABOUT, MONTH, NAME, NUMBER, Clause, clause, saying
from qa.evaluation.verbs import PARTICIPLES, PAST, TAKES_THINGS, is_agentive

Kind = Literal["who", "what", "when", "where", "number"]

_YEAR = r"(?:1\d|20)\d\d"
_DATE = (
    rf"(?:{MONTH} \d{{1,2}}, {_YEAR}|\d{{1,2}} {MONTH} {_YEAR}|{MONTH} {_YEAR}|{MONTH} \d{{1,2}}(?!\w)"
    rf"|\d{{1,2}} {MONTH}|{_YEAR}(?!s))"
)
_AGE = r"the (?:(?:early|late|mid)[ -])?(?:\d{4}s|\d{1,2}(?:st|nd|rd|th) century)"
_END = (
    r"(?=$|,| (?:in|on|at|by|for|with|to|as|after|from|during|under|when|over|against|near|before|between|through)\b)"
)
_TIME = re.compile(rf"(?:(?<=\s)|^)(?:in|on) (?:the year )?({_DATE}|{_AGE}){_END}")
_SINCE = re.compile(
    rf" (?:since (?P<date>{_DATE})|for (?P<count>{ABOUT}{NUMBER}) (?P<unit>years|months|weeks|days)){_END}"
)
_ANY_TIME = re.compile(rf"\b(?:since|until|from|between|by|before|after) (?:{_DATE}|{_AGE})|\b{_YEAR}\b.*\b{_YEAR}\b")
_PLACED = re.compile(
    rf"(?:(?<=\s)|^)(?:in|at) ({NAME}(?:, {NAME})?)(?=$|,| (?:in|on|at|by|during|after|before|from|until|to)\b)"
)
_PLURAL = (
    r"(?:(?!(?:of|in|on|at|by|for|and|or|to|per|as|than|a|the)\b)[a-zA-Z][\w-]* ){0,2}?"
    r"(?:[a-zA-Z][\w-]*[a-rt-z]s|people|men|women|children)(?: of [a-z]+)?"
)
_COUNT = re.compile(
    rf"({ABOUT}{NUMBER}) ({_PLURAL}){_END[:-1]}| (?:of|about|per|within|worldwide|across|since|while)\b)", re.IGNORECASE
)
_SUM = re.compile(rf"({ABOUT}(?:US)?[$€£]\d[\d,]*(?:\.\d+)?(?: (?:thousand|million|billion|trillion))?){_END}")
_SHARE = re.compile(rf"({ABOUT}\d+(?:\.\d+)?(?:%| percent| per cent)) of ", re.IGNORECASE)
_AGENT = re.compile(rf"([a-z]+) by ((?:the )?{NAME}){_END}")
_OBJECT = re.compile(rf"((?:the )?{NAME}){_END}")
_BREAKS = (
    "of in on at by for and or to from with as after than over during against how more less about up out off back down "
    "away into all some many no much each every both one two three it"
).replace(" ", "|")
_PLAIN = rf"(?!(?:{_BREAKS})\b|\w+ly\b)[a-zA-Z][\w-]*"
_THING = re.compile(
    rf"((?:(?:an?|the) )?{_PLAIN}(?: {_PLAIN}){{0,3}}?(?: (?:of|for) (?:the |an? )?{_PLAIN}(?: {_PLAIN})??)?)"
    r"(?=$|,| (?:in|on|at|by|from|after|during|under|against|over|near|before|between)\b)"
)
_NOT_A_NAME = re.compile(rf"(?:{MONTH}|{_YEAR}|The|I)\b.{{0,5}}")
_SOMEWHERE = frozenset(
    "born based located buried headquartered baptized situated die live settle reside place held".split()
)
# What is said of things only, so that the name that it is said of can be asked for with "What".
_MADE = frozenset(
    "announced built completed formed published released launched opened founded established signed introduced "
    "invented created developed designed constructed demolished destroyed adopted abolished dissolved "
    "located written".split()
)
_TRADED = frozenset("acquire buy sell purchase auction".split())
_LASTS = ("years", "months", "weeks", "days", "hours", "minutes")
_WHEREVER = frozenset("operate appear serve compete participate live work play run star sell".split())
_MUCH = frozenset(
    "buy cost pay raise spend earn invest donate sell make receive award fine fund grant lose save".split()
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question, the span of the sentence that answers it, and what kind of thing it asks for."""

    text: str
    start: int
    end: int
    kind: Kind


class Words(Protocol):
    """What is known of the words of a collection."""

    def is_name(self, word: str) -> bool | None:
        """Tell whether a word that begins a sentence is a name; None where nobody knows."""

    def is_person(self, name: str) -> bool:
        """Tell whether a name is a person's."""

    def speaks(self, name: str) -> bool:
        """Tell whether a name is that of a person or a group of people."""


def drafts(sentence: str, words: Words) -> list[Draft]:
    """Return the questions that a sentence answers, none where its shape leaves any doubt."""
    if said := saying(sentence, words.is_name):
        if words.is_person(said.subject) or words.speaks(said.subject):
            return [_draft(said, f"Who {said.verb} {said.rest_text}", said.subject, said.subject_start, "who")]
        return []
    found = clause(sentence, words.is_name)
    if found is None:
        return []
    forms = (_roles, _agents, _objects, _times, _beginnings, _places, _counts, _sums, _shares)
    return [*_subjects(found, words), *chain.from_iterable(form(found) for form in forms)]


def _subjects(c: Clause, words: Words) -> Iterator[Draft]:
    """Ask for the subject: "Who founded ...?", "How many people were ...?"."""
    told = _joined(c.adverb if c.base else "", c.verb, "" if c.base else c.adverb, c.rest_text, c.lead)
    if counted := _COUNT.match(c.subject):
        yield _draft(c, f"How many {c.subject[counted.start(2) :]} {told}", counted[1], c.subject_start, "number")
    elif share := _SHARE.match(c.subject):
        yield _draft(c, f"What percentage of {c.subject[share.end() :]} {told}", share[1], c.subject_start, "number")
    elif c.names_subject and " and " not in c.subject and c.verb not in ("were", "are", "have"):
        name = c.subject.removeprefix("the ").removeprefix("The ")
        start = c.subject_start + len(c.subject) - len(name)
        if asked := _asked_of_subject(c, name, words):
            yield _draft(c, f"{asked} {told}", name, start, "who" if asked == "Who" else "what")
    elif not c.names_subject and c.is_past and is_agentive(c.base) and not re.search(r" and |['’]", c.subject):
        yield _draft(
            c, f"Who {told}", c.subject.removeprefix("the "), c.subject_start + 4 * c.subject.startswith("the "), "who"
        )


def _asked_of_subject(c: Clause, name: str, words: Words) -> str:
    """Return what asks for a name in the subject's place, "" where that is in doubt."""
    known = names.kind(name)
    if known == "" and words.is_person(name):
        known = "person"
    elif known == "" and words.speaks(name):
        known = "group"
    if c.verb in ("is", "was") and not c.participle:
        if not (role := re.match(rf"(?:the|{NAME}(?:['’]s|s['’])) (.+)", c.rest_text)):
            return ""
        if known == "person" or names.names_person(role[1]):
            return "Who"
        # Two unknown words may be anybody's name.
        return _which(known) or ("What" if known == "place" or (known == "" and name.count(" ") != 1) else "")
    if known == "person" and " " not in name and c.is_passive and c.participle in _MADE:
        return ""  # "Harvard was formed": not the man
    if known in ("person", ""):
        return "Who" if known or is_agentive(c.base) else "What" if c.participle in _MADE else ""
    return _which(known) or ("Who" if known == "group" and is_agentive(c.base) else "")


def _which(known: str) -> str:
    return f"Which {known}" if known not in ("person", "place", "group", "") else ""


def _roles(c: Clause) -> Iterator[Draft]:
    """Ask for the bearer of a role: "The mayor of Lund is X", "X, the mayor of Lund, ..."."""
    rest = c.rest_text
    if c.verb in ("is", "was") and c.subject.startswith("the ") and re.fullmatch(NAME, rest) and not c.names_subject:
        person = names.names_person(c.subject)
        asked = "Who" if person else "What"
        if person or not names.is_person(rest):
            yield _draft(c, f"{asked} {c.verb} {c.subject} {c.lead}", rest, c.rest[0], "who" if person else "what")
    if (
        c.noun
        and c.names_subject
        and names.names_person(c.noun)
        and re.match(r"(?!an? |one )(?:the )?[a-zC][^,]* (?:of|at) [^,]*[A-Z]", c.noun)
    ):
        verb = "is" if c.verb in ("is", "has", "will") or (c.base and not c.is_past) else "was"
        role = c.noun if c.noun.startswith("the ") else f"the {c.noun}"
        yield _draft(c, f"Who {verb} {role}", c.subject, c.subject_start, "who")


def _agents(c: Clause) -> Iterator[Draft]:
    """Ask for who did it: "X was founded by Y" -> "Who founded X?"."""
    found = _AGENT.match(c.rest_text)
    if not found or c.verb not in ("was", "were") or found[1] not in PARTICIPLES:
        return
    past = PARTICIPLES[found[1]]
    name = found[2].removeprefix("the ")
    known = names.kind(name)
    agentive = is_agentive(PAST.get(past, ""))
    asked = "Who" if known == "person" or (agentive and known in ("", "group")) else _which(known)
    if asked:
        text = _joined(asked, past, c.subject, c.rest_text[found.end() :], c.lead)
        yield _draft(c, text, name, c.rest[0] + found.end(2) - len(name), "who" if asked == "Who" else "what")


def _objects(c: Clause) -> Iterator[Draft]:
    """Ask for what it was done to: "What did X acquire?"."""
    found = _OBJECT.match(c.rest_text) or _THING.match(c.rest_text)
    if not found or c.base not in TAKES_THINGS:
        return
    name = found[1].removeprefix("the ")
    if not found[1][0].isupper() and " " not in c.subject and len(c.rest_text) - found.end() < 8 and not c.lead:
        return  # "What did X release?" asks for too much
    known = names.kind(name)
    if re.fullmatch("[a-z]+[^s]", found[1]):
        return  # "attention", "code"
    if name.split()[-1] in PARTICIPLES or known in ("person", "place") or _NOT_A_NAME.fullmatch(name):
        return
    text = f"{_which(known) or 'What'} {_inverted(c, c.rest_text[found.end() :])}"
    yield _draft(c, text, name, c.rest[0] + found.end(1) - len(name), "what")


def _times(c: Clause) -> Iterator[Draft]:
    """Ask for the one time that the clause names: "When was ...?", "In which year did ...?"."""
    rest = c.rest_text
    found = [*_TIME.finditer(rest)]
    of_lead = _TIME.fullmatch(c.lead)
    if not (c.is_past or c.verb in ("was", "were", "will")) or len(found) + bool(of_lead) != 1:
        return
    if not (c.base or c.participle or c.names_subject):
        return
    if _ANY_TIME.search(f"{rest} {c.lead}") or _ANY_TIME.search(c.subject):
        return
    if of_lead:
        time, begin, left, lead = of_lead[1], c.lead_start + of_lead.start(1), rest, ""
    else:
        before = rest[: found[0].start()]
        # "wanted to move in 1999", "a firm founded in 1999": the time may be that of another verb.
        verbs = [x for x in before.split() if x != c.participle and (x in PARTICIPLES or x.endswith("ing"))]
        if verbs or re.search(r"\bto (?!an?\b|the\b)[a-z]|\b(?:back|early|late|only|as|since)\b", before):
            return
        time, begin, lead = found[0][1], c.rest[0] + found[0].start(1), c.lead
        left = rest[: found[0].start()] + rest[found[0].end() :]
    asked = "In which year" if re.fullmatch(_YEAR, time) else "When"
    yield _draft(c, f"{asked} {_inverted(c, left, lead)}", time, begin, "when")


def _beginnings(c: Clause) -> Iterator[Draft]:
    """Ask since when, or for how long: "X has been in Lund since 1967"."""
    found = _SINCE.search(c.rest_text) if c.verb in ("has", "have") and not c.base else None
    if found:
        left = c.rest_text[: found.start()] + c.rest_text[found.end() :]
        if found["date"]:
            yield _draft(c, f"Since when {_inverted(c, left)}", found["date"], c.rest[0] + found.start("date"), "when")
        else:
            text = f"For how many {found['unit']} {_inverted(c, left)}"
            yield _draft(c, text, found["count"], c.rest[0] + found.start("count"), "number")


def _places(c: Clause) -> Iterator[Draft]:
    """Ask for the place: "Where was X born?"."""
    found = _PLACED.search(c.rest_text)
    if not found or _NOT_A_NAME.fullmatch(found[1]):
        return
    before = _TIME.sub("", c.rest_text[: found.start()]).strip()
    verb = c.participle if before == c.participle else c.base if not before else "place" if before == "place" else ""
    if verb in _SOMEWHERE or (names.is_place(found[1]) and verb and not (c.base and verb == c.base != "work")):
        left = c.rest_text[: found.start()] + c.rest_text[found.end() :]
        yield _draft(c, f"Where {_inverted(c, left)}", found[1], c.rest[0] + found.start(1), "where")


def _counts(c: Clause) -> Iterator[Draft]:
    """Ask for the number of the object: "How many members does X have?", "In how many countries ...?"."""
    rest = c.rest_text
    opening = re.match(r"(?:(?:in|for) )?", rest if c.base else rest[len(c.participle) :].lstrip())
    shift = 0 if c.base else len(c.participle) + 1
    if opening is None or not (c.base or c.participle) or not rest.startswith(c.participle):
        return
    at = shift + opening.end()
    found = _COUNT.match(rest, at)
    if not found or re.fullmatch(_YEAR, found[1]):
        return
    if (opening[0] == "for " and not found[2].startswith(_LASTS)) or (opening[0] == "in " and c.base not in _WHEREVER):
        return
    asked = f"{opening[0].capitalize()}how many"
    left = "" if c.base else c.participle
    text = f"{asked} {found[2]} {_inverted(c, f'{left} {rest[found.end() :]}')}"
    yield _draft(c, text[0].upper() + text[1:], found[1], c.rest[0] + found.start(1), "number")


def _sums(c: Clause) -> Iterator[Draft]:
    """Ask for an amount of money: "How much did X pay?", "For how much was X sold?"."""
    for found in _SUM.finditer(c.rest_text):
        before = c.rest_text[: found.start()]
        if not before and c.base in _MUCH:
            yield _draft(c, f"How much {_inverted(c, c.rest_text[found.end() :])}", found[1], c.rest[0], "number")
        elif before.endswith(" for ") and (PAST.get(PARTICIPLES.get(c.participle, ""), c.base)) in _TRADED:
            left = before.removesuffix("for ") + c.rest_text[found.end() :]
            yield _draft(c, f"For how much {_inverted(c, left)}", found[1], c.rest[0] + found.start(1), "number")


def _shares(c: Clause) -> Iterator[Draft]:
    """Ask for a share of the object: "What percentage of the votes did X win?"."""
    found = re.match(rf"{_SHARE.pattern}((?:(?!in |on |at |by |for |and |but |or )\S+ ){{0,4}}?\S+){_END}", c.rest_text)
    if found and c.base and found[2][0].islower():
        text = f"What percentage of {found[2]} {_inverted(c, c.rest_text[found.end() :])}"
        yield _draft(c, text, found[1], c.rest[0], "number")


def _inverted(c: Clause, rest: str, lead: str | None = None) -> str:
    """Return "was X founded ..." or "did X found ..."."""
    support = "did" if c.is_past or c.verb == "had" else "do" if c.verb == "have" else "does"
    return _joined(support if c.base else c.verb, c.subject, c.adverb, c.base, rest, c.lead if lead is None else lead)


def _joined(*parts: str) -> str:
    return " ".join(" ".join(part for part in parts if part).split())


def _draft(c: Clause, question: str, answer: str, start: int, kind: Kind) -> Draft:
    """Return a draft, whose answer stands at ``start`` but perhaps for the case of its first letter."""
    text = re.sub(r" (?=,)|[ ,]+$", "", _joined(question))
    assert c.text[start : start + len(answer)].lower() == answer.lower(), (c.text, answer)
    return Draft(f"{text}?", start, start + len(answer), kind)
