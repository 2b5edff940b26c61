"""Dates as people write them, turned into ISO 8601."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from dateutil import parser as dateutil  # type: ignore[import-untyped]

# Parsing against two defaults that differ in every part shows which parts were written.
_DEFAULTS = datetime(2001, 1, 1, 0, 0), datetime(2004, 2, 2, 1, 1)
# RFC 822, section 5.1: the zone names that have one meaning wherever they are used in mail and feeds.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_LONGEST = 80


def iso(value: object) -> str | None:
    """Return a date as "2023-07-11", a time with a known offset as "2023-09-28T12:00:00Z", anything else as None.

    A time of day without an offset is kept without "Z". Nothing is guessed: a year or month alone, a two-digit
    year, and "03/04/2023", which two countries read differently, are None. Numbers of 10 or 13 digits are Unix
    time in seconds or milliseconds.
    """
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    written = str(value).strip()
    if len(written) > _LONGEST:
        return None
    if re.fullmatch(r"[0-9]{10}|[0-9]{13}", written):
        return _moment(datetime.fromtimestamp(int(written[:10]), UTC))
    for read in (_iso_day, _iso_moment, _words):
        try:
            return read(written)
        except (ValueError, OverflowError):
            continue
    return None


def _iso_day(written: str) -> str:
    return date.fromisoformat(written).isoformat()


def _iso_moment(written: str) -> str:
    return _moment(datetime.fromisoformat(written))


def _words(written: str) -> str | None:
    year = re.search(r"(?<!\d)\d{4}(?!\d)", written)
    if year is None:
        return None
    orders = (False,) if year.start() == 0 else (False, True)
    read = [
        dateutil.parse(written, default=default, dayfirst=order, tzinfos=_zone)
        for default in _DEFAULTS
        for order in orders
    ]
    if len({found.date() for found in read}) > 1:
        return None
    return _moment(read[0]) if read[0].time() == read[-1].time() else read[0].date().isoformat()


def _moment(moment: datetime) -> str:
    # The offset stays: the day that the article itself names is the one to show and to filter by.
    written = moment.isoformat(timespec="seconds")
    return f"{written.removesuffix('+00:00')}Z" if moment.utcoffset() == timedelta() else written


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    hours = _ZONES.get(name or "")
    return None if hours is None else timezone(timedelta(hours=hours))
