"""What is searched for: a question as it was asked, or together with the one it leans on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError
from index.terms import content_words
from index.types import Filter
from qa.types import Answer, Question, SearchedFor, Turn
from qa.understanding import MAX_QUESTION, clean, leans, understand

BEFORE = "When did Finland join NATO?"


def turn(question: str = BEFORE, searched: str | None = None) -> Turn:
    """Return an earlier turn that was declined."""
    searched_for = SearchedFor(question, terms=tuple(dict.fromkeys(content_words(searched or question))))
    return Turn(question, Answer("id", "declined", question, searched_for, False, 0.1, None, (), ()))


@pytest.mark.parametrize(
    "question",
    [
        "What about Sweden?",
        "And Sweden?",
        "Sweden?",
        "Why?",
        "Why is that?",
        "Since when?",
        "In which year?",
        "When did it join?",
        "When did his country join the alliance?",
        "Which of them came first?",
        "Which one is older?",
        "Who supported it?",
        "Who opposed their membership?",
        "What did Stoltenberg say about it?",
        "What happened after that meeting?",
        "how often does it meet",
    ],
)
def test_a_question_that_points_outside_itself_leans(question: str) -> None:
    """A pronoun without a noun, "what about", a bare "why" or a bare name lean on the question before."""
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who is Jens Stoltenberg?",
        "Who is Zelenskyy?",
        "Is there a plan that NATO published?",
        "Has there ever been a summit in Riga?",
        "Who said that Ukraine will become a member?",
        "Why did Hungary block the commission?",
        "Which ally spends the biggest part of its economy on defence?",
        "When did Spain hold its referendum?",
        "What did Stoltenberg do before he came to NATO?",
        "Who paid for the summit and what did it cost?",
        "Is it safe to swim after lunch?",
        "How much does one tank cost?",
        "Did both Finland and Sweden apply?",
        "What happened this year?",
    ],
)
def test_a_question_that_names_what_it_is_about_stands_alone(question: str) -> None:
    """A pronoun that stands for a noun of the same question, and words that only join clauses, do not lean."""
    assert not leans(question)


def test_a_follow_up_carries_words_and_names_them() -> None:
    """A leaning question is searched for with words of the one before it, and those are named."""
    found = understand(Question("When did it join?", (turn("Who are the members?"), turn("Is Norway in the UN?"))))
    assert found.text == "When did it join?"
    assert found.carried == ("norway", "un")
    assert {"norway", "join"} <= set(found.terms)


def test_a_word_that_the_question_has_itself_is_not_carried() -> None:
    """Words of the question before that the new one repeats are its own."""
    assert understand(Question("What about Sweden and NATO?", (turn(),))).carried == ("finland", "join")


def test_what_was_carried_is_carried_on() -> None:
    """A chain of follow-ups goes back to the question that named the subject."""
    earlier = turn("When did it join?", f"{BEFORE} When did it join?")
    assert "finland" in understand(Question("And why?", (turn(), earlier))).carried


@pytest.mark.parametrize("turns", [(), (turn(),)])
def test_a_question_that_stands_alone_is_searched_for_as_it_is(turns: tuple[Turn, ...]) -> None:
    """Earlier turns add nothing to a question that does not lean on them, nor is there anything without them."""
    found = understand(Question("Who is Jens Stoltenberg?", turns))
    assert (found.text, found.carried) == ("Who is Jens Stoltenberg?", ())
    assert understand(Question("What about it?")).carried == ()


def test_limits_come_along() -> None:
    """Sources and dates set by the person are searched within."""
    found = understand(Question("ferry", filter=Filter(("Island Post",), "2020-01-01", "2020-12-31")))
    assert (found.sources, found.since, found.until) == (("Island Post",), "2020-01-01", "2020-12-31")


@pytest.mark.parametrize("text", ["", " \t\n", "\x00\x1b\x07", "\ufeff", "\ud83d"])
def test_an_empty_question_is_refused(text: str) -> None:
    """White space and control characters are no question."""
    with pytest.raises(QuestionError, match="empty"):
        clean(text)


def test_a_question_may_have_a_thousand_characters() -> None:
    """1,000 characters are read, one more is refused with both numbers."""
    assert clean("x" * MAX_QUESTION) == "x" * 1000
    with pytest.raises(QuestionError, match=r"1,001 .* 1,000"):
        clean("x" * 1001)


def test_control_characters_become_spaces() -> None:
    """What could move a terminal's cursor is gone; joiners that letters of some scripts need are kept."""
    assert clean(" what\x1b[2J\tdoes\u2028it\u202ecost\u200d? ") == "what [2J does it cost\u200d?"


@given(st.text(max_size=1100), st.lists(st.text(min_size=1, max_size=300), max_size=2))
def test_any_text_is_understood_or_refused(text: str, before: list[str]) -> None:
    """Whatever is typed, what is searched for is not longer than a question may be, or it is a QuestionError."""
    try:
        found = understand(Question(text, [turn(question) for question in before]))
    except QuestionError:
        return
    assert 0 < len(found.text) <= MAX_QUESTION
