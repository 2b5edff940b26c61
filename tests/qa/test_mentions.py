"""The sources and dates that a question names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.stores.base import Facets
from index.types import Filter
from qa.mentions import dates, sources, without

FACETS = Facets(
    languages=("en",),
    sources=("FOX News - Health", "FOX News - Travel", "Fortune", "Harbour Times | Daily", "The Verge", "Wired"),
    first="2023-03-01",
    last="2023-12-20",
)


def named(question: str) -> list[tuple[str, bool]]:
    """Return the names that a question mentions, and whether each is certain."""
    return [(question[m.start : m.end], m.certain) for m in sources(question, FACETS)]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is the best phone according to The Verge?", "The Verge"),
        ("What did the Verge article say about phones?", "the Verge"),
        ("Which ports, as reported by Harbour Times, were closed?", "Harbour Times"),
        ("What does the review in Wired say?", "Wired"),
        ("Does the 'Fortune' report name the buyer?", "Fortune"),
        ("What is Fortune's story on the bank about?", "Fortune"),
        ("What did FOX News report about vaccines?", "FOX News"),
        ("Who wrote for FORTUNE, says the FORTUNE report?", "FORTUNE"),
    ],
)
def test_what_was_written_there_is_certain(question: str, name: str) -> None:
    """A source that the question says wrote something is a certain mention."""
    assert (name, True) in named(question)


@pytest.mark.parametrize(
    "question",
    ["Who bought The Verge?", "Is Wired older than the others?", "When was Fortune founded?", "Who owns FOX News?"],
)
def test_a_bare_name_is_not_certain(question: str) -> None:
    """A source that may as well be what the question is about is no certain mention."""
    assert [certain for _, certain in named(question)] == [False]


@pytest.mark.parametrize(
    "question",
    ["Who made a fortune in 1929?", "Why was the house wired?", "On the verge of war?", "What is Wiredness?", ""],
)
def test_words_are_no_names(question: str) -> None:
    """A word in small letters, or inside another, is no source."""
    assert named(question) == []


def test_what_is_said_of_one_is_said_of_all() -> None:
    """In a list of sources all are certain when one is."""
    assert named("What was reported by Wired, Fortune and The Verge?") == [
        ("Wired", True),
        ("Fortune", True),
        ("The Verge", True),
    ]


def test_a_head_stands_for_all_its_sources() -> None:
    """A name that several sources share limits to all of them."""
    (mention,) = sources("According to FOX News, is coffee healthy?", FACETS)
    assert mention.filter == Filter(("FOX News - Health", "FOX News - Travel"))


@pytest.mark.parametrize(
    ("question", "since", "until", "certain"),
    [
        ("What did articles published in November 2023 say?", "2023-11-01", "2023-11-30", True),
        ("What was reported on October 7, 2023?", "2023-10-07", "2023-10-07", True),
        ("The report of 7 October 2023 on ports?", "2023-10-07", "2023-10-07", True),
        ("Which story from October 13th, 2023 names it?", "2023-10-13", "2023-10-13", True),
        ("What was published on 2023-10-07?", "2023-10-07", "2023-10-07", True),
        ("Who won in November 2023?", "2023-11-01", "2023-11-30", False),
    ],
)
def test_days_and_months(question: str, since: str, until: str, certain: bool) -> None:
    """A day or month is a mention, certain where something was published then."""
    (mention,) = dates(question, FACETS)
    assert (mention.filter, mention.certain) == (Filter((), since, until), certain)


@pytest.mark.parametrize(
    ("question", "limits"),
    [
        ("What was reported after October 7, 2023?", Filter((), "2023-10-07", None)),
        ("What was published since May 2023?", Filter((), "2023-05-01", None)),
        ("What was published before October 7, 2023?", Filter((), None, "2023-10-07")),
        ("Which articles appeared until May 2023?", Filter((), None, "2023-05-31")),
    ],
)
def test_before_and_after(question: str, limits: Filter) -> None:
    """A day before or after which something appeared leaves the other side open."""
    (mention,) = dates(question, FACETS)
    assert mention.filter == limits


@pytest.mark.parametrize(
    "question",
    [
        "What was reported on October 7, 1973?",
        "What was published in May 2031?",
        "What was reported on February 30, 2023?",
        "What happened in 2023?",
        "May I ask what was reported?",
    ],
)
def test_no_such_days(question: str) -> None:
    """Days outside the collection's, days that never were, and bare years are no mentions."""
    assert dates(question, FACETS) == []


def test_the_latest_is_the_last_month() -> None:
    """The latest news is what was published in the thirty days before the newest article."""
    (mention,) = dates("What is the latest news about the harbour?", FACETS)
    assert mention.filter == Filter((), "2023-11-20")
    assert dates("Who came in at the latest?", FACETS) == []


def test_without_a_collection_nothing_is_named() -> None:
    """Where no article has a source or a date no question names one."""
    assert sources("According to The Verge?", Facets()) == []
    assert dates("the latest news published in May 2023", Facets()) == []


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Mentions lie inside any text, in order, and can be taken out of it."""
    for found in (sources(text, FACETS), dates(text, FACETS)):
        assert all(0 <= m.start < m.end <= len(text) for m in found)
        assert found == sorted(found, key=lambda m: m.start)
        assert len(without(text, found)) <= len(text) + len(found)
