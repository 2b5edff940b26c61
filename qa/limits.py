"""What a person types to limit a search -> a Filter."""

import calendar
import re
from collections.abc import Sequence
from datetime import date

from index.errors import FilterError
from index.index import Index
from index.types import Filter

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")
_SHOWN = 12  # sources named in an error


def limits(index: Index, sources: Sequence[str], since: str | None, until: str | None) -> Filter:
    """Return the filter for these sources and ISO 8601 dates; "2023" and "2023-07" mean their first or last day.

    Raises FilterError for a source that no article has, a date that is none, and dates in the wrong order.
    """
    known = {e.source.casefold(): e.source for e in index.entries() if e.source} if sources else {}
    unknown = [s for s in sources if s.casefold() not in known]
    if unknown:
        names = sorted(known.values())
        more = ", ..." if len(names) > _SHOWN else ""
        raise FilterError(
            f"no article has the source {unknown[0]!r}; "
            + (f"the sources are {', '.join(names[:_SHOWN])}{more}" if names else "no article names a source")
        )
    first, last = (_day(since, last=False) if since else None), (_day(until, last=True) if until else None)
    if first and last and first > last:
        raise FilterError(f"nothing is published since {first} and until {last}; give the earlier date as the first")
    return Filter(tuple(known[s.casefold()] for s in sources), first, last)


def _day(text: str, *, last: bool) -> str:
    match = _DATE.match(text.strip())
    if match is None:
        raise FilterError(f"{text!r} is no date; write it as 2023-07-11, 2023-07 or 2023")
    year, month, day = (int(g) if g else None for g in match.groups())
    assert year is not None
    month = month or (12 if last else 1)
    try:
        day = day or (calendar.monthrange(year, month)[1] if last else 1)
        return date(year, month, day).isoformat()
    except (ValueError, calendar.IllegalMonthError) as error:
        raise FilterError(f"{text!r} is no date ({error}); write it as 2023-07-11") from error
