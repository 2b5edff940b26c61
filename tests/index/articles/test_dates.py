"""Dates."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles.dates import iso


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-07-11", "2023-07-11"),
        (" 20230711 ", "2023-07-11"),
        (20230711, "2023-07-11"),
        ("2023/04/03", "2023-04-03"),
        ("July 11, 2023", "2023-07-11"),
        ("13/04/2023", "2023-04-13"),
        ("Tue, 11 Jul 2023 10:00:00 +0200", "2023-07-11T10:00:00+02:00"),
        ("11 Jul 2023 10:00 EST", "2023-07-11T10:00:00-05:00"),
        ("11 Jul 2023 10:00 XYZ", "2023-07-11T10:00:00"),
        ("2023-09-28T12:00:00.123+00:00", "2023-09-28T12:00:00Z"),
        ("2023-09-28 12:00", "2023-09-28T12:00:00"),
        ("2023-09-28T12:00:00+00:00:30", "2023-09-28T12:00:00+00:00:30"),
        (1695902400, "2023-09-28T12:00:00Z"),
        ("1695902400000", "2023-09-28T12:00:00Z"),
        (date(2020, 2, 29), "2020-02-29"),
        (datetime(2020, 2, 29, 1, tzinfo=timezone(timedelta(hours=2))), "2020-02-29T01:00:00+02:00"),
    ],
)
def test_read(written: object, expected: str) -> None:
    """Dates and times as people write them become ISO 8601, times with an offset in UTC."""
    assert iso(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "2023",
        "2023-07",
        "July 2023",
        "Monday",
        "10:30",
        "03/04/2023",
        "5 May 23",
        "2023-02-30",
        "soon",
        True,
        1.5,
        [],
        "1" * 200,
    ],
)
def test_nothing_is_guessed(written: object) -> None:
    """What is not one certain day is no date."""
    assert iso(written) is None


@given(st.dates())
def test_dates_round_trip(day: date) -> None:
    """A date read from its own ISO form is the same."""
    assert iso(day.isoformat()) == day.isoformat() == iso(day)


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)))
def test_times_round_trip(moment: datetime) -> None:
    """A time in UTC keeps its value to the second, and reading it again changes nothing."""
    found = iso(moment)
    assert found is not None
    assert datetime.fromisoformat(found) == moment.replace(microsecond=0)
    assert iso(found) == found


@given(st.text(alphabet="0123456789-/:. TZ+,JanFebTueEST", max_size=30))
def test_never_fails(written: str) -> None:
    """No string makes it raise."""
    found = iso(written)
    assert found is None or date.fromisoformat(found[:10])
