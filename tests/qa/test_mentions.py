"""The sources and dates that a question names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.stores.base import Facets
from index.types import Filter
from qa.dates import dates
from qa.mentions import sources, without

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
        ("What did the recent FOX News report about vaccines say?", "FOX News"),
        ("Which ports are closed, by sources such as Wired?", "Wired"),
        ("Which ports are closed, as described in a Wired long read?", "Wired"),
        ("What did Wired publish on ports?", "Wired"),
        ("Per Wired, which ports are closed?", "Wired"),
        ("according to the verge, what is the best phone?", "the verge"),
        ("ACCORDING TO WIRED, WHO WON?", "WIRED"),
        ("Who wrote for FORTUNE, says the FORTUNE report?", "FORTUNE"),
    ],
)
def test_what_was_written_there_is_certain(question: str, name: str) -> None:
    """A source that the question says wrote something is a certain mention."""
    assert (name, True) in named(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who bought The Verge?",
        "Is Wired older than the others?",
        "When was Fortune founded?",
        "Who owns FOX News?",
        "What did FOX News report to its owners?",
        "Which ferry was acquired by Fortune?",
        "Which host was fired by FOX News?",
        "What are the reports on Fortune about?",
        "How did Fortune handle the reported breach?",
        "Is Fortune mentioned in the poem?",
        "What did Fortune say to its readers?",
        "Which risks were highlighted by Fortune?",
        "What was discussed in Fortune all year?",
        "Which fund was described by Fortune Capital as risky?",
        "What was reported by Fortune Brands in the third quarter?",
        "According to the Fortune lawsuit, who lied?",
    ],
)
def test_a_bare_name_is_not_certain(question: str) -> None:
    """A source that may as well be what the question is about is no certain mention."""
    assert [certain for _, certain in named(question)] == [False]


@pytest.mark.parametrize(
    "question",
    [
        "Who made a fortune in 1929?",
        "Why was the house wired?",
        "On the verge of war?",
        "What is Wiredness?",
        "WHO MADE A FORTUNE?",
        "What did the Wıred article say?",
        "",
    ],
)
def test_words_are_no_names(question: str) -> None:
    """A word in small letters or among capitals, inside another, or spelt otherwise, is no source."""
    assert named(question) == []


def test_a_source_that_is_called_like_a_question() -> None:
    """A source whose name is a word that questions begin with is named only where something was written by it."""
    facets = Facets(("en",), ("Them", "Who"))
    assert sources("Who wrote Hamlet, and who told Them?", facets) == []
    (mention,) = sources("Which masks help, according to Who?", facets)
    assert mention.filter == Filter(("Who",))


def test_what_is_said_of_one_is_said_of_all() -> None:
    """In a list of sources all are certain when one is."""
    assert named("What was reported by Wired, Fortune and The Verge?") == [
        ("Wired", True),
        ("Fortune", True),
        ("The Verge", True),
    ]


def test_a_name_has_the_capitals_of_its_source() -> None:
    """Words that the source itself writes small need no capital, the others do."""
    facets = Facets(("en",), ("Harbour demo desk", "The Verge of Hven"))
    for question in ("Who left, according to the Harbour demo desk?", "What does the Verge of Hven article say?"):
        assert [mention.certain for mention in sources(question, facets)] == [True]
    assert sources("Who left the harbour demo desk?", facets) == []
    assert sources("What is on the verge of Hven?", facets) == []


def test_what_follows_according_to_is_no_list() -> None:
    """After "According to Wired," comes what Wired says, unless a comma ends a list."""
    assert named("According to Wired, Fortune was sold. To whom?") == [("Wired", True), ("Fortune", False)]
    everyone = [("Wired", True), ("Fortune", True), ("The Verge", True)]
    assert named("According to Wired, Fortune and The Verge, who won?") == everyone


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
        ("What does the October 7, 2023 article say?", "2023-10-07", "2023-10-07", True),
        ("What was published on Tuesday, 7 November 2023?", "2023-11-07", "2023-11-07", True),
        ("What was published on Nov. 7, 2023?", "2023-11-07", "2023-11-07", True),
        ("what was published in november 2023?", "2023-11-01", "2023-11-30", True),
        ("What profit did Apple report in August 2023?", "2023-08-01", "2023-08-31", False),
        ("Which albums were published in March 2023?", "2023-03-01", "2023-03-31", False),
        ("What did the jobs report from August 2023 show?", "2023-08-01", "2023-08-31", False),
        ("What did the minister's post of 5 July 2023 say?", "2023-07-05", "2023-07-05", False),
        ("Who won in November 2023?", "2023-11-01", "2023-11-30", False),
        ("What did the minister say on 7 July 2023?", "2023-07-07", "2023-07-07", False),
        ("Who claimed responsibility for the attack on 3 March 2023?", "2023-03-03", "2023-03-03", False),
        ("Who lived in the two-story house that burned down on 3 March 2023?", "2023-03-03", "2023-03-03", False),
    ],
)
def test_days_and_months(question: str, since: str, until: str, certain: bool) -> None:
    """A day or month is a mention, certain where something was published then."""
    (mention,) = dates(question, FACETS)
    assert (mention.filter, mention.certain) == (Filter((), since, until), certain)


@pytest.mark.parametrize(
    ("question", "limits"),
    [
        ("What was reported after October 7, 2023?", Filter((), "2023-10-08", None)),
        ("What was published after May 2023?", Filter((), "2023-06-01", None)),
        ("What was published after May 2031?", Filter((), "2031-06-01", None)),
        ("What was published since May 2023?", Filter((), "2023-05-01", None)),
        ("What was published before October 7, 2023?", Filter((), None, "2023-10-06")),
        ("What was published before May 2023?", Filter((), None, "2023-04-30")),
        ("Which articles appeared until May 2023?", Filter((), None, "2023-05-31")),
    ],
)
def test_before_and_after(question: str, limits: Filter) -> None:
    """A day before or after which something appeared leaves the other side open."""
    (mention,) = dates(question, FACETS)
    assert mention.filter == limits


@pytest.mark.parametrize(
    ("question", "limits", "certain"),
    [
        ("What was published between May 2023 and July 2023?", Filter((), "2023-05-01", "2023-07-31"), True),
        ("Which articles from 3 May 2023 to 9 June 2023 name it?", Filter((), "2023-05-03", "2023-06-09"), True),
        (
            "What did articles published from May 2023 until July 2023 say?",
            Filter((), "2023-05-01", "2023-07-31"),
            True,
        ),
        ("Who led between May 2023 and July 2023?", Filter((), "2023-05-01", "2023-07-31"), False),
        (
            "What was published after 1 July 2023 and before 1 August 2023?",
            Filter((), "2023-07-02", "2023-07-31"),
            True,
        ),
        ("What was published between May and July 2023?", Filter((), "2023-05-01", "2023-07-31"), True),
        ("What was published between 3 and 9 May 2023?", Filter((), "2023-05-03", "2023-05-09"), True),
        ("Who sailed from May 3 to May 9, 2023?", Filter((), "2023-05-03", "2023-05-09"), False),
        ("What was published between July 2023 and May 2023?", Filter((), "2023-05-01", "2023-07-31"), True),
        ("What was published no later than May 2023?", Filter((), None, "2023-05-31"), True),
        ("What was published on or after 3 May 2023?", Filter((), "2023-05-03", None), True),
        ("What was published not before May 2023?", Filter((), "2023-05-01", None), True),
        ("What was posted since May 2023, until 9 June 2023?", Filter((), "2023-05-01", "2023-06-09"), True),
    ],
)
def test_ranges(question: str, limits: Filter, certain: bool) -> None:
    """Two dates that bound one time are one mention."""
    (mention,) = dates(question, FACETS)
    assert (mention.filter, mention.certain) == (limits, certain)


def test_dates_at_the_end_of_time() -> None:
    """The first and the last day that can be written have no day before and after them."""
    facets = Facets(first="0001-01-01", last="9999-12-31")
    assert dates("What was published after 9999-12-31?", facets)[0].filter == Filter((), "9999-12-31")
    assert dates("What was published before 0001-01-01?", facets)[0].filter == Filter((), None, "0001-01-01")
    assert dates("the latest news", Facets(first="0001-01-01", last="0001-01-05"))[0].filter.since == "0001-01-05"


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
    question = "What is the latest news about the harbour?"
    (mention,) = dates(question, FACETS)
    assert mention.filter == Filter((), "2023-11-20")
    question_without_it = without(question, [mention])
    assert question_without_it == "What is the news about the harbour?"


@pytest.mark.parametrize(
    "question",
    [
        "Who came in at the latest?",
        "What was in the harbour's latest earnings report?",
        "What did the mayor say in her latest interview?",
        "Who wrote the latest news app?",
        "What was the latest news from 2022?",
    ],
)
def test_the_latest_of_something_is_no_time(question: str) -> None:
    """The latest report or interview of somebody may be of any age."""
    assert dates(question, FACETS) == []


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
