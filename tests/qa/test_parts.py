"""What a question is taken apart into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.stores.base import Facets
from index.types import Filter
from qa.parts import MOST, take_apart
from qa.types import Part, SearchedFor

FACETS = Facets(("en",), ("Fortune", "The Verge", "Wired"), "2023-03-01", "2023-12-20")


def test_a_short_question_stays_whole() -> None:
    """A question that names no source and asks for one thing has no parts and no limits."""
    assert take_apart("Who opened the bridge, and when?", Filter(), FACETS) == ((), Filter())


def test_each_source_gets_the_clause_that_speaks_of_it() -> None:
    """Clauses before "as reported by" belong to the source after them."""
    parts, limits = take_apart(
        "Which company sold its ferries in the spring, as reported by Fortune, and raised the price of tickets, "
        "as reported by The Verge?",
        Filter(),
        FACETS,
    )
    assert [part.filter for part in parts] == [Filter(("Fortune",)), Filter(("The Verge",))]
    assert "sold its ferries" in parts[0].text
    assert "price of tickets" in parts[1].text
    assert limits == Filter(("Fortune", "The Verge"))


def test_a_source_at_the_front_takes_what_follows() -> None:
    """Where the question begins with a source its clauses follow it."""
    parts, _ = take_apart(
        "Does the Wired article say that ferries are late, while the Fortune article blames the storm?",
        Filter(),
        FACETS,
    )
    assert [(part.filter.sources, "late" in part.text, "storm" in part.text) for part in parts] == [
        (("Wired",), True, False),
        (("Fortune",), False, True),
    ]


def test_what_is_said_of_a_list_is_asked_of_each() -> None:
    """Sources that stand in one list get the same words."""
    parts, _ = take_apart("Who raised the price of tickets, as reported by both Fortune and Wired?", Filter(), FACETS)
    assert [part.filter.sources for part in parts] == [("Fortune",), ("Wired",)]
    assert parts[0].text == parts[1].text


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("According to Wired, when was it built, and who paid?", "when was it built, and who paid?"),
        ("When was the ferry built according to the Wired?", "When was the ferry built?"),
        ("When, as reported by “Wired”, was the ferry built?", "When was the ferry built?"),
        ("Per Wired, who paid?", "who paid?"),
        ("Which Wired report on ferries names a captain?", "Which report on ferries names a captain?"),
        ("What did Wired write on ferries?", "What did it write on ferries?"),
        ("Which ferry does Wired's guide name?", "Which ferry does its guide name?"),
        ("What did the minister say on 7 July 2023?", "What did the minister say on 7 July 2023?"),
        ("According to Wired, what was said on 7 July 2023?", "what was said on 7 July 2023?"),
        ("Who bought The Verge?", "Who bought The Verge?"),
    ],
)
def test_a_question_within_one_limit_is_one_question(question: str, asks: str) -> None:
    """Words that only say where to look are no part of what is asked, and nothing else is left out."""
    parts, _ = take_apart(question, Filter(), FACETS)
    searched_for = SearchedFor(question, parts=parts)
    assert (searched_for.several, searched_for.asks) == (False, asks)
    assert parts[0].filter


def test_long_clauses_about_one_source_are_apart() -> None:
    """What a long question asks of one source is searched for clause by clause, within that source."""
    parts, _ = take_apart(
        "Which company closed its harbour office after the storm of the century, bought three new ferries from a "
        "rival, and promised the people of the islands cheaper winter tickets, according to Fortune?",
        Filter(),
        FACETS,
    )
    assert len(parts) == 3
    assert {part.filter for part in parts} == {Filter(("Fortune",))}


def test_a_date_goes_with_its_source() -> None:
    """A source and a day in one clause limit the same part; the whole spans all days."""
    parts, limits = take_apart(
        "Did the Wired report published on October 4, 2023 and the Wired report published on October 6, 2023 agree?",
        Filter(),
        FACETS,
    )
    assert [part.filter for part in parts] == [
        Filter(("Wired",), "2023-10-04", "2023-10-04"),
        Filter(("Wired",), "2023-10-06", "2023-10-06"),
    ]
    assert limits == Filter(("Wired",), "2023-10-04", "2023-10-06")


def test_an_uncertain_mention_limits_nothing() -> None:
    """A name that may be the subject is searched for with its limit and without, and the whole has none."""
    parts, limits = take_apart("Who bought The Verge?", Filter(), FACETS)
    assert parts[0].filter == Filter(("The Verge",))
    assert parts[-1] == Part("Who bought The Verge?")
    assert limits == Filter()


def test_a_certain_source_limits_beside_an_uncertain_one() -> None:
    """Where one source is certain, what is found is from those that are named, the uncertain one's part included."""
    parts, limits = take_apart("According to Wired, who bought The Verge?", Filter(), FACETS)
    assert limits == Filter(("Wired", "The Verge"))
    assert parts[-1] == Part("According to Wired, who bought The Verge?")


def test_an_event_s_day_is_no_limit_beside_a_certain_source() -> None:
    """The source limits the whole; the day on which something happened only a part of it."""
    text = "According to Wired, what did the minister say on 7 July 2023?"
    parts, limits = take_apart(text, Filter(), FACETS)
    assert limits == Filter(("Wired",))
    assert [part.filter for part in parts] == [Filter(("Wired",), "2023-07-07", "2023-07-07"), Filter()]


def test_a_certain_day_limits_beside_an_uncertain_one() -> None:
    """What was published limits the whole, what happened does not."""
    text = "What did articles published before May 2023 say about events after June 2023?"
    _, limits = take_apart(text, Filter(), FACETS)
    assert limits == Filter((), None, "2023-04-30")


def test_an_uncertain_name_stays_in_the_text() -> None:
    """What may be asked about is searched for as well; only what says where to look is taken out."""
    parts, _ = take_apart("According to Wired, did Fortune buy a ferry?", Filter(), FACETS)
    assert all("Fortune" in part.text for part in parts if "Wired" in part.filter.sources)
    assert all("Wired" not in part.text for part in parts if part.filter)


def test_the_day_of_a_source_s_report() -> None:
    """A day on which a certain source's report was published is certain, whatever the report is on."""
    _, limits = take_apart("Which Wired report on ferries published on October 6, 2023 names it?", Filter(), FACETS)
    assert limits == Filter(("Wired",), "2023-10-06", "2023-10-06")


def test_each_source_keeps_its_own_day() -> None:
    """Two sources with a day each make two parts; a day that they share goes with both."""
    parts, _ = take_apart("What did Wired publish on 3 May 2023 and Fortune on 9 June 2023?", Filter(), FACETS)
    wanted = [Filter(("Wired",), "2023-05-03", "2023-05-03"), Filter(("Fortune",), "2023-06-09", "2023-06-09")]
    assert [part.filter for part in parts if part.filter] == wanted
    parts, _ = take_apart("What was reported by Wired and Fortune on 9 June 2023?", Filter(), FACETS)
    assert [(part.filter.sources, part.filter.since) for part in parts] == [
        (("Wired",), "2023-06-09"),
        (("Fortune",), "2023-06-09"),
    ]


def test_no_source_is_lost() -> None:
    """However many sources a question names, all are among the limits and each is searched."""
    papers = tuple(f"Paper{letter}" for letter in "ABCDEFGHIJ")
    text = f"Who won, according to {', '.join(papers[:-1])} and {papers[-1]}?"
    parts, limits = take_apart(text, Filter(), Facets(("en",), papers, "2023-03-01", "2023-12-20"))
    assert limits == Filter(papers)
    assert len(parts) == MOST
    assert [source for part in parts for source in part.filter.sources] == list(papers)


def test_each_source_comes_before_a_second_clause() -> None:
    """Where a long question could fill all parts with one source's clauses, the others have theirs all the same."""
    clauses = [f"built the number {n} harbour crane of the northern islands" for n in ("one", "two", "three", "four")]
    text = f"Which company {', '.join(clauses)}, and sold tickets, as reported by Fortune, The Verge, and Wired?"
    parts, limits = take_apart(text, Filter(), FACETS)
    assert len(parts) <= MOST
    assert {part.filter.sources[0] for part in parts} == set(limits.sources) == {"Fortune", "The Verge", "Wired"}


def test_limits_that_were_given_are_not_read_again() -> None:
    """Where the person has chosen sources those that the question names do not count."""
    assert take_apart("What did the Wired article say?", Filter(("Fortune",)), FACETS) == ((), Filter())


def test_a_long_question_is_taken_apart_by_clauses() -> None:
    """Without sources a question of many words has a part for each clause that can stand alone."""
    parts, limits = take_apart(
        "Which company closed its harbour office after the storm of the century, bought three new ferries from a "
        "rival, and promised the people of the islands cheaper winter tickets?",
        Filter(),
        FACETS,
    )
    assert len(parts) == 3
    assert all(not part.filter for part in parts)
    assert limits == Filter()


WORDS = st.sampled_from(["Wired", "The Verge", "article", "reported by", "October 4, 2023", ",", "and", "ferry", "x"])


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)))
def test_any_question(text: str) -> None:
    """Every question gives a few parts, each with words to search for when the question has any."""
    parts, _ = take_apart(text, Filter(), FACETS)
    assert len(parts) <= MOST + 1
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("limits", [Filter(("Wired",)), Filter((), "2023-04-01")])
def test_given_and_named_limits_meet(limits: Filter) -> None:
    """What is given on one side leaves the other side to the question."""
    _, named = take_apart("What did the Wired article of October 4, 2023 say?", limits, FACETS)
    assert bool(named.sources) != bool(limits.sources)
    assert bool(named.since) != bool(limits.since)
