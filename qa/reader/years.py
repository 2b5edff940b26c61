"""The years that a question asks about, and sentences that speak of others alone."""

import re

_YEAR = r"(?:1[0-9]|20)\d\d"
# And no "1500 soldiers" or "$1200".
_YEARS = re.compile(
    rf"(?<![\w.,$€£])(?<![A-Za-z]-)({_YEAR})(?:[-–/](\d\d)(?!\d))?(?:s\b|\b)"
    r"(?![.,]\d|[%°]| (?:[a-z]+s|people|men|women|children|percent|horsepower|hp|kg|k?m|ft)\b)"
)
# "Since 1990", "between 1990 and 1995": other years are meant as well.
_SPAN = re.compile(
    rf"\b(?:(?:since|after|before|until|till|from|by|than|around|about|to) (?:\w+ )?{_YEAR}|between)\b", re.IGNORECASE
)


def asked_about(question: str) -> frozenset[int]:
    """Return the years that a question names; none where it speaks of a span of time, as "since 1990" does."""
    return frozenset() if _SPAN.search(question) else frozenset(_named(question))


def of_others(text: str, years: frozenset[int], around: str = "") -> bool:
    """Tell whether a text names years, but none of these nor years on both sides of them.

    Where ``around``, a title or the sentence before it, names one of these, it is about that year all the same.
    """
    named = _named(text)
    if not years or not named or any(min(named) <= year <= max(named) for year in years):
        return False
    return years.isdisjoint(_named(around))


def _named(text: str) -> set[int]:
    """Return the years that a text names, of "2017–18" both."""
    found = [*_YEARS.finditer(text)]
    return {int(match[1]) for match in found} | {int(match[1][:2] + match[2]) for match in found if match[2]}
