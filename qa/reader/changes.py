"""Questions -> questions like them that the same passage does not answer, and questions as people type them."""

import random
import re
from collections.abc import Sequence

_OPPOSITES = [
    ("first", "last"), ("largest", "smallest"), ("before", "after"), ("most", "least"), ("highest", "lowest"),
    ("oldest", "youngest"), ("best", "worst"), ("more", "less"), ("increase", "decrease"), ("increased", "decreased"),
    ("north", "south"), ("northern", "southern"), ("east", "west"), ("eastern", "western"), ("win", "lose"),
    ("won", "lost"), ("begin", "end"), ("began", "ended"), ("start", "stop"), ("started", "stopped"),
    ("longest", "shortest"), ("early", "late"), ("earliest", "latest"), ("male", "female"), ("men", "women"),
    ("father", "mother"), ("brother", "sister"), ("son", "daughter"), ("king", "queen"), ("husband", "wife"),
    ("like", "dislike"), ("liked", "disliked"), ("allow", "forbid"), ("allowed", "banned"), ("good", "bad"),
    ("above", "below"), ("inside", "outside"), ("buy", "sell"), ("bought", "sold"), ("advantage", "disadvantage"),
    ("support", "oppose"), ("supported", "opposed"), ("minimum", "maximum"), ("left", "right"), ("cause", "prevent"),
    ("caused", "prevented"), ("open", "close"), ("opened", "closed"), ("positive", "negative"), ("new", "old"),
    ("successful", "unsuccessful"), ("majority", "minority"), ("strong", "weak"), ("fast", "slow"), ("high", "low"),
    ("accept", "reject"), ("accepted", "rejected"), ("include", "exclude"), ("included", "excluded"),
]  # fmt: skip
_OPPOSITE = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_AUXILIARY = re.compile(
    r"\b(did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)\b(?! not\b)", re.IGNORECASE
)
_NAME = re.compile(r"(?<![.?!]\s)(?<!^)\b[A-Z][\w'’-]*[a-z]\w*(?:\s+(?:of\s+|the\s+|de\s+)?[A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?![\w.,])")
_WORD = re.compile(r"[A-Za-z]+")
_LITTLE = frozenset("a an the is are was were do does did what which who of in to for on at by".split())


def names_in(text: str) -> list[str]:
    """Return the capitalized names of a text, those that begin a sentence left out."""
    return [m.group() for m in _NAME.finditer(text)]


def changed(question: str, own: str, others: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with a name, a number or a word of it replaced by another of its kind, or None.

    ``own`` is the passage, ``others`` are passages like it; what comes in is taken from there.
    """
    ways = [_other_name, _other_number, _other_word, _denied]
    rng.shuffle(ways)
    ways.sort(key=lambda way: way is _denied)  # rarely: "not" must not become the mark of a question without answer
    for way in ways:
        if way is _denied and rng.random() > 0.15:
            continue
        if (result := way(question, own, others, rng)) is not None and result.casefold() != question.casefold():
            return result
    return None


def _other_name(question: str, own: str, others: Sequence[str], rng: random.Random) -> str | None:
    mine = list(_NAME.finditer(question))
    if not mine:
        return None
    place = rng.choice(mine)
    here = rng.random() < 0.4
    pool = names_in(own if here else " ".join(rng.sample(list(others), min(3, len(others)))))
    words = set(place.group().split())
    pool = [n for n in pool if not words & set(n.split()) and n not in question and (here or n not in own)]
    if not pool:
        return None
    return question[: place.start()] + rng.choice(pool) + question[place.end() :]


def _other_number(question: str, own: str, others: Sequence[str], rng: random.Random) -> str | None:
    mine = list(_NUMBER.finditer(question))
    if not mine:
        return None
    place = rng.choice(mine)
    old = place.group()
    pool = [n for n in _NUMBER.findall(own) if len(n) == len(old) and n != old]
    if pool and rng.random() < 0.5:
        new = rng.choice(pool)
    elif old.isdigit() and len(old) == 4:
        new = str(int(old) + rng.choice([-30, -12, -7, -3, -2, -1, 1, 2, 3, 5, 10, 20]))
    else:
        new = "".join(rng.choice("123456789") if c.isdigit() else c for c in old)
    return question[: place.start()] + new + question[place.end() :] if new not in own or pool else None


def _other_word(question: str, own: str, others: Sequence[str], rng: random.Random) -> str | None:
    mine = [m for m in _WORD.finditer(question) if m.group().lower() in _OPPOSITE]
    if not mine:
        return None
    place = rng.choice(mine)
    return question[: place.start()] + _OPPOSITE[place.group().lower()] + question[place.end() :]


def _denied(question: str, own: str, others: Sequence[str], rng: random.Random) -> str | None:
    places = list(_AUXILIARY.finditer(question))
    if not places:
        return None
    place = places[-1]
    rest = question[place.end() :]
    word = re.match(r"\s+(?:the\s+)?[\w'’-]+", rest) if place.group().lower() in {"did", "does", "do"} else None
    cut = place.end() + (word.end() if word else 0)
    return question[:cut] + " not" + question[cut:]


def carelessly(question: str, rng: random.Random) -> str:
    """Return the question as people in a hurry type it: often without its mark, sometimes misspelt or as keywords."""
    if rng.random() < 0.3:
        question = question.rstrip("? ") or question
    if rng.random() < 0.04 and len(question) > 12:
        at = rng.randrange(3, len(question) - 2)
        question = question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    if rng.random() < 0.05:
        question = " ".join(w for w in question.split() if w.casefold() not in _LITTLE) or question
    return question
