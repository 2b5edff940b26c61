"""The years that a question asks about, and sentences of other years."""

import pytest

from qa.reader.years import asked_about, of_others


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("Who won the 2023 World Series?", {2023}),
        ("What was built in the 1980s?", {1980}),
        ("Who led in the 2017–18 season?", {2017, 2018}),
        ("What has changed since 1990?", set()),
        ("Who reigned between 1066 and 1087?", set()),
        ("How many came by May 1921?", set()),
        ("What costs 12,000 or 30000?", set()),
        ("As of when were 1700 horsepower or 1500 soldiers to be had for $1200?", set()),
        ("Who is the mayor?", set()),
    ],
)
def test_years_are_read_from_a_question(question: str, years: set[int]) -> None:
    """Not from one that asks of a span of time, which holds others."""
    assert asked_about(question) == years


@pytest.mark.parametrize(
    ("text", "around", "others"),
    [
        ("Houston won the 2022 World Series.", "", True),
        ("Texas won the 2023 World Series, Houston that of 2022.", "", False),
        ("Houston won it.", "", False),
        ("From 2019 to 2024 nobody won twice.", "", False),
        ("It was played in the 2022–23 season.", "", False),
        ("It was played from 2021-2024 with the B-1900.", "", False),
        ("Houston had won in 2022.", "The 2023 World Series", False),
    ],
)
def test_a_sentence_may_be_of_other_years(text: str, around: str, others: bool) -> None:
    """It is not where it names the year, or years before and after it, or what stands around it does."""
    assert of_others(text, frozenset({2023}), around) == others


def test_no_year_is_asked_about() -> None:
    """Then no sentence is of others."""
    assert not of_others("It was in 1999.", frozenset())
