"""Whole sentences that people say, written down as they are said: "tell|show me more [about that]"."""

import re

_IS = re.compile(r"\b(what|who|where|when|how|that|it|there|here)['’]s\b")
_KEPT = re.compile(r"[^\w'’\[\] -]")


def plain(said: str) -> str:
    """Return what was said in lower case, without punctuation but brackets, and "what's" as "what is"."""
    return " ".join(_IS.sub(r"\1 is", _KEPT.sub(" ", said.casefold())).split())


def phrases(*written: str, **slots: str) -> re.Pattern[str]:
    """Return what matches each of these phrases as a whole, as ``plain`` gives them.

    ``a|b`` is one of several words, ``(a b)`` may be missing, and ``{slot}`` is one of the phrases of a slot, which has
    ``/`` between them.
    """
    return re.compile("|".join(_pattern(phrase, slots) for phrase in written))


def _pattern(phrase: str, slots: dict[str, str]) -> str:
    """Return a phrase as a regular expression; what is read is always followed by a space or the end."""
    made = []
    for part in re.findall(r"[()]|\{\w+\}|[^\s(){}]+", phrase):
        if part == "(":
            made.append("(?:")
        elif part == ")":
            made.append(")?")
        elif part[0] == "{":
            each = "|".join(_pattern(one, {}) for one in slots[part[1:-1]].split("/"))
            made.append(f"(?:{each})")
        else:
            made.append(f"(?:{'|'.join(map(re.escape, part.split('|')))})(?: |$)")
    return "".join(made)
