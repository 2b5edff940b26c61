"""What is searched for: a question as it was asked, or together with the one it leans on."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError
from index.stores.base import Facets
from index.terms import content_words
from index.types import Filter
from qa.dates import ago, names
from qa.leaning import leans, needs_more, weight
from qa.types import Answer, Citation, Highlight, Question, SearchedFor, Turn
from qa.understanding import MAX_QUESTION, clean, understand

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
        "was it their first time?",
        "When was it sold to Lund?",
        "When was it given to the state?",
        "What is the biggest risk?",
        "What were the main causes?",
        "which is more important",
        "Which is older?",
        "Is there one that costs more than the others?",
        "Tell me more about the last option",
        "Is it true what you said about France?",
        "I meant for a relative who died",
        "Why does Germany keep doing this?",
        "How come?",
        "the same for Sweden",
        "no, I meant Sweden",
        "What happened next?",
        "give me an example",
        "compared to last year?",
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
        "What is the West Bank?",
        "what is the arrest rate",
        "what is water",
        "What are the main threats to NATO?",
        "What was the first case of the plague?",
        "Who was the first president of Estonia?",
    ],
)
def test_a_question_that_names_what_it_is_about_stands_alone(question: str) -> None:
    """A pronoun that stands for a noun of the same question, and words that only join clauses, do not lean."""
    assert not leans(question)


def test_a_follow_up_carries_words_and_names_them() -> None:
    """A leaning question is searched for with words of the one before it, and those are named."""
    found = understand(Question("When was that?", (turn("Who are the members?"), turn("Is Norway in the UN?"))))
    assert found.text == "When was that?"
    assert found.carried == ("norway", "un")
    assert {"norway", "un"} <= set(found.terms)


def test_a_word_that_the_question_has_itself_is_not_carried() -> None:
    """Words of the question before that the new one repeats are its own."""
    assert understand(Question("What about the NATO one?", (turn(),))).carried == ("finland", "join")


def test_what_says_little_leans_on_what_was_asked_before() -> None:
    """Common words alone, without a name, are not all that is meant; how common they are the articles tell."""

    def searched(question: str, says: float) -> tuple[str, ...]:
        return understand(Question(question, (turn(),)), says=lambda text: says).carried

    assert searched("minimum amount", 0.5) == ("finland", "join", "nato")
    assert searched("minimum amount", 0.9) == searched("minimum of Sweden", 0.5) == ()
    assert searched("What is inflation?", 0.5) == ()


def test_a_question_that_says_enough_carries_nothing() -> None:
    """However many words it takes, what a question says itself leaves room for less of what was asked before."""
    question = Question("What did they say about it?", (turn(),))
    assert understand(question, says=lambda text: 2.4).carried
    assert not understand(question, says=lambda text: 2.6).carried
    assert weight(0.0) > weight(1.0) > weight(2.4) > weight(2.6) == 0


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


def said(question: str, quote: str = "", short: str = "") -> Turn:
    """Return a turn whose answer quotes a sentence, with a short answer marked in it."""
    cited = (Citation(1, "a", "A", None, None, None, "", None, 0, len(quote), quote),) if quote else ()
    found = understand(Question(question))
    marked = Highlight(quote.index(short), quote.index(short) + len(short), short) if short else None
    return Turn(question, Answer("", "answer", question, found, bool(quote), 0.9, marked, cited, ()))


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        (said("What does Sweden bring to the alliance?"), "When did it join?", "When did Sweden join?"),
        (
            said("Which country joined in 2023?", "It was Finland.", "Finland"),
            "Where is its army?",
            "Where is Finland's army?",
        ),
        (said("Who is Jens Stoltenberg?"), "What did he do before?", "What did Jens Stoltenberg do before?"),
        (said("Who travelled?", "Prime Minister Ulf Ek travelled."), "Who is he?", "Who is Ulf Ek?"),
        (said("When did Finland join NATO?"), "What about Sweden?", "When did Sweden join NATO?"),
        (said("How many did Britain train?"), "and Canada?", "How many did Canada train?"),
        (said("Where did NATO meet in June 2022?"), "And in 2008?", "Where did NATO meet in 2008?"),
        (said("What is a Membership Action Plan?"), "Who signed it?", "Who signed it?"),
        (said("Who are the members?"), "When did they join?", "When did they join?"),
        (said("Why did Finland join?"), "Was it likely to rain?", "Was it likely to rain?"),
        (said("Who led it?", "It was led by General Ek.", "General Ek"), "Where is his staff?", "Where is Ek's staff?"),
        (
            said("Who is the mayor?", "Ann Ek met President Orban.", "Ann Ek"),
            "When did she resign?",
            "When did Ann Ek resign?",
        ),
        (said("Where is Volvo based?", "It is in Sweden.", "Sweden"), "Who owns it?", "Who owns it?"),
        (said("Where is Volvo based?", "It is in Sweden.", "Sweden"), "When was it sold?", "When was Volvo sold?"),
        (said("What happened in Lund?"), "Who spoke there?", "Who spoke in Lund?"),
        (said("Where did he go?", "He went to Oslo.", "Oslo"), "Who was met there?", "Who was met in Oslo?"),
        (said("What did NATO say in May 2022?"), "Who spoke there?", "Who spoke there?"),
        (said("Which guests came from Japan?"), "Was it their first visit?", "Was it their first visit?"),
        (said("When did the Finnish fleet sail?"), "and the Danish one?", "When did the Danish fleet sail?"),
        (said("when did greece join"), "n spain", "when did spain join"),
        (said("when did greece join"), "and Spain?", "when did Spain join"),
        (said("who are the members"), "and Spain?", "and Spain?"),
        (said("who are the members"), "and why", "and why"),
        (said("When was Hven sold?"), "And why?", "why was Hven sold?"),
        (said("Was Norway invited in 2008?"), "Why?", "Why was Norway invited in 2008?"),
        (said("Was Norway invited in 2008?"), "Why not?", "Why wasn't Norway invited in 2008?"),
        (said("Who was invited?"), "Why not?", "Why not?"),
        (said("How many points did Everton lose?"), "Why?", "Why did Everton lose points?"),
        (said("How many people were hurt in Lund?"), "When?", "When were people hurt in Lund?"),
        (said("How much money was Lund given?"), "by whom", "by whom was Lund given money?"),
        (said("What is the code for Hven?"), "and for Lund?", "What is the code for Lund?"),
        (said("When is Hven lit in the Netherlands?"), "And in Norway?", "When is Hven lit in Norway?"),
        (said("What is the Eagles' record?"), "And the Chiefs?", "What is the Chiefs' record?"),
        (said("What is the power of a Warlock?"), "and a Bard?", "What is the power of a Bard?"),
        (said("When did Hven open?"), "and in May?", "and in May?"),
        (said("Who won Game 2 of the series?"), "What about game 1?", "Who won game 1 of the series?"),
        (said("Who won Game 2?"), "And set 1?", "And set 1?"),
        (said("How many Danish ships did Lund buy?"), "and Oslo?", "How many Danish ships did Oslo buy?"),
        (said("When did Finland join?"), "Sorry, I meant Norway", "When did Norway join?"),
        (said("When did Finland join?"), "same for Oslo and Lund", "When did Oslo and Lund join?"),
        (said("What did the summit decide?"), "In which city?", "In which city did the summit decide?"),
        (said("Is Ann Ek back?"), "How far did she run?", "How far did Ann Ek run?"),
        (said("Which book does Ann Ek like?"), "What is it about?", "What is the book about?"),
        (said("what party does ek lead"), "When was it founded?", "When was the party founded?"),
        (said("Which book did Ek like?", "It is Hven.", "Hven"), "What does it cost?", "What does Hven cost?"),
        (said("What year did NATO expand?"), "Why did it expand?", "Why did NATO expand?"),
        (said("What became of Ann Ek's ferry?"), "What did it cost?", "What did it cost?"),
        (said("Where did the drivers meet?"), "How long did it last?", "How long did it last?"),
        (said("Who scored the winning goal?"), "How late was it?", "How late was the winning goal?"),
        (said("Who is Ek?", "General Manager Bo Ek left.", "Bo Ek"), "Where is he?", "Where is Bo Ek?"),
        (said("In which town was Hven sold?"), "Since when?", "Since when was Hven sold?"),
    ],
)
def test_a_question_is_put_as_it_would_stand_alone(before: Turn, question: str, resolved: str) -> None:
    """What a pronoun or "and Canada?" stands for is put in its place where that is plain, and nowhere else."""
    assert understand(Question(question, (before,))).text == resolved


def test_what_an_answer_named_is_carried() -> None:
    """A question that says "that" may mean the short answer, or the names that were quoted."""
    named = said("Who went there?", "Mr. Ek met Viktor Orban in Budapest.")
    assert {"viktor", "orban", "budapest"} <= set(understand(Question("When was that?", (named,))).carried)
    short = said("When was the pledge made?", "It was made on May 4, 2014.", "May 4, 2014")
    assert "2014" in understand(Question("Anything before that?", (short,))).carried


def test_what_they_were_they_still_are() -> None:
    """What one question meant by "their" is carried on where the next one says "they", however much that one says."""
    first = said("Who scored for Manchester against Chelsea?")
    searched_for = understand(Question("What was their xG?", (first,)))
    second = Turn("What was their xG?", replace(said("What was their xG?").answer, searched_for=searched_for))
    for question, carried in (("How many shots did they have?", True), ("How many shots is that?", False)):
        found = understand(Question(question, (first, second)), says=lambda text: 1.0)
        assert ("manchester" in found.carried) == carried


def test_he_is_the_person_who_was_last_spoken_of() -> None:
    """Whatever was asked in between, and then nothing of that is carried over."""
    turns = (said("Who is Rob Bauer?"), said("What is the Defence Production Action Plan for?"))
    found = understand(Question("And what did he warn of?", turns))
    assert (found.text, found.carried) == ("And what did Rob Bauer warn of?", ())


def test_a_date_takes_the_place_of_a_date() -> None:
    """A question with a date of its own does not carry the one before."""
    found = understand(Question("What was that in 2008?", (said("What did NATO say in June 2022?"),)))
    assert not {"june", "2022"} & set(found.carried)


@pytest.mark.parametrize(
    "question",
    [
        "Is there an article in the treaty that lets a member leave it?",
        "When Ukraine joined the Partnership for Peace, was it the first in there?",
        "What year was it when the Soviet Union occupied Lithuania?",
        "And how did Beijing's mission to the European Union react to the communique?",
        "What did Bosnia have to settle before it could enter the plan?",
        "What is septicemia?",
        "who were the dadaists and what did they do",
    ],
)
def test_a_change_of_topic_carries_nothing(question: str) -> None:
    """A question that holds what its own pronouns stand for is searched for as it was asked."""
    found = understand(Question(question, (said("When did Finland join NATO?", "In 2023, Finland joined."),)))
    assert (found.text, found.carried, found.near) == (question, (), ())


def test_it_is_what_was_last_spoken_of() -> None:
    """Also where the question in between named nothing, or asked for a person."""
    turns = (said("When was the ferry to Hven built?"), said("Who owned it?", "Anna Ek owned it.", "Anna Ek"))
    assert understand(Question("When was it sold?", turns)).text == "When was the ferry to Hven sold?"


def test_no_question_grows_beyond_what_may_be_asked() -> None:
    """However often "it" stands in it, and whatever that is."""
    before = turn(f"Where is {' '.join(['Ek'] * 300)}?")
    found = understand(Question("does it " * 120, (before,)))
    assert max(len(found.text), len(found.likely)) <= MAX_QUESTION


def test_it_stays_what_it_was() -> None:
    """What one question called "it" is what the next one calls so, whatever else that one named."""
    turns = (said("What is a Hven Pass?"), said("Did Finland buy it?"))
    assert understand(Question("What does it cost?", turns)).text == "What does Hven Pass cost?"


def test_what_a_pronoun_likely_stands_for_is_read_for() -> None:
    """Where that is not plain the words are carried, and the reader is asked the likeliest question."""
    found = understand(Question("Who founded it?", (said("When was Telnet sold?"),)))
    assert (found.text, found.carried, found.likely) == (
        "Who founded it?",
        ("telnet", "sold"),
        "Who founded Telnet?",
    )
    assert understand(Question("When did it move?", (said("When was Telnet sold?"),))).likely == ""


def test_a_part_is_likely_one_of_what_was_spoken_of() -> None:
    """ "The length?" and "length of the course" are read for as whole questions."""
    before = said("What is Operation Orbital?")
    assert understand(Question("The length?", (before,))).likely == "What is the length of Operation Orbital?"
    found = understand(Question("length of the course", (before,)))
    assert found.likely == "What is the length of the course of Operation Orbital?"
    assert understand(Question("Any others?", (before,))).likely == ""


def test_the_same_question_of_another_carries_nothing() -> None:
    """What stands in another's place leaves none of its words behind."""
    found = understand(Question("n spain", (said("when did greece join"),)))
    assert (found.terms, found.carried) == (("spain", "join"), ())


def test_a_greeting_in_between_is_leaped_over() -> None:
    """What was asked before it is still what is spoken of."""
    thanks = Turn("Thanks", Answer("", "notice", "Thanks", SearchedFor("Thanks"), False, 0, None, (), ()))
    found = understand(Question("When did it join?", (said("What does Sweden bring?"), thanks)))
    assert found.text == "When did Sweden join?"


def test_only_one_source_stays_until_it_is_dropped() -> None:
    """ "Only The Verge" asks the last question again, and limits those after it, whatever they are about."""
    facets = Facets(sources=("The Verge", "Wired"))
    first = understand(Question("Who bought Twitter?"), facets)
    turn = Turn("Who bought Twitter?", Answer("", "answer", "", first, True, 0.9, None, (), ()))
    found = understand(Question("only The Verge please", (turn,)), facets)
    assert (found.text, found.sources, found.kept) == ("Who bought Twitter?", ("The Verge",), Filter(("The Verge",)))
    kept = Turn("", Answer("", "answer", "", found, True, 0.9, None, (), ()))
    assert understand(Question("Where is Apple's new office?", (kept,)), facets).sources == ("The Verge",)
    assert understand(Question("Where is Apple's office?", (kept,), everywhere=True), facets).sources == ()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("today", "2024-05-15"),
        ("yesterday", "2024-05-14"),
        ("Monday", "2024-05-13"),
        ("last wednesday", "2024-05-08"),
        ("this week", "2024-05-13"),
        ("last week", "2024-05-06"),
        ("this month", "2024-05-01"),
        ("last month", "2024-04-01"),
        ("in the last two weeks", "2024-05-01"),
        ("3 days ago", "2024-05-12"),
        ("last year", "2023-01-01"),
        ("May 2023", "2023-05-01"),
        ("2020", "2020-01-01"),
        ("2024-02-30", None),
        ("whenever", None),
    ],
)
def test_days_are_counted_from_today(words: str, first: str | None) -> None:
    """What begins on its own begins there; what is counted is counted back."""
    assert ago(words, date(2024, 5, 15)) == first


def test_today_is_a_day_or_the_present() -> None:
    """Where articles still come in it is the day; in an archive it may be both, and "today's market" is the present."""
    archive, fresh = Facets(first="2020-01-01", last="2023-07-12"), Facets(first="2020-01-01", last="2024-05-10")
    today = date(2024, 5, 15)

    def since(text: str, facets: Facets) -> str | None:
        return understand(Question(text), facets, today).since

    assert since("What did the bank decide today?", fresh) == "2024-05-15"
    assert since("Where does the bank stand today?", archive) is None
    assert since("Which decade is like today's market?", fresh) is None
    assert since("What is in today's news of the bank?", fresh) == "2024-05-15"
    assert since("What is today's top story?", fresh) == "2024-05-15"


@pytest.mark.parametrize(
    ("text", "day", "told"),
    [
        ("It was signed on July 12, 2023.", "12 July 2023", True),
        ("It was signed on the 12th of July.", "July 12, 2023", True),
        ("It was signed on July 12, 2022.", "12 July 2023", False),
        ("It was signed on December 12, 2023.", "12 July 2023", False),
        ("It was signed in July 2023.", "12 July 2023", False),
        ("It was signed on July 12.", "July 2023", True),
        ("It may be signed in 2023.", "May 2023", False),
        ("The Mayor resigned.", "May 2023", False),
        ("It was signed on 2023-07-12.", "12 July 2023", True),
        ("It was signed on 2023-07-13.", "12 July 2023", False),
        ("It was signed on 2023-07-13.", "July 2023", True),
        ("It was signed.", "the old bridge", True),
    ],
)
def test_what_happened_on_a_day_names_it(text: str, day: str, told: bool) -> None:
    """Month and day are there, in whatever order, and no other year; what is no day is named by everything."""
    assert names(text, day) is told


def test_yesterday_is_before_the_newest_article_of_an_archive() -> None:
    """In a collection that is kept up to date it is before today; the limit says which."""
    archive, fresh = Facets(first="2020-01-01", last="2023-07-12"), Facets(first="2020-01-01", last="2024-05-10")
    today, question = date(2024, 5, 15), Question("What did Stoltenberg say yesterday?")
    assert understand(question, archive, today).since == "2023-07-11"
    assert understand(question, fresh, today).since == "2024-05-14"


@pytest.mark.parametrize(
    ("question", "more"),
    [
        ("Why?", True),
        ("How did it end?", True),
        ("What is that?", True),
        ("When was it built?", True),
        ("What is septicemia?", False),
        ("Who won?", False),
        ("who were the dadaists and what did they do", False),
        ("ferry", False),
        ("the of and", False),
        ("How did it end in Bucharest?", False),
        ("\U0001f6a2", False),
    ],
)
def test_what_an_opening_must_say(question: str, more: bool) -> None:
    """One that points at something unnamed, or only asks why, is asked back; few words alone are no reason."""
    assert needs_more(question) == more
