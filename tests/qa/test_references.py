"""What refers to a quotation is answered from it; what is no question gets a reply in the interface's own words."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.types import Article
from qa.phrases import phrases, plain
from qa.pipeline import Pipeline
from qa.references import reference, refers
from qa.settings import Settings
from qa.types import Answer, Turn
from tests.toy import ToyEmbedder

TODAY = date(2024, 5, 15)
FERRY = Article(
    doc_id="ferry",
    title="The ferry",
    text="The ferry to Hven was built in 1931. Mr. Ek owned it for years. It was sold in 1960. A museum shows it now.",
    source="Island Post",
    published="2024-05-13",
)
OTHER = Article(
    doc_id="ships",
    title="Ships of the sound",
    text="In 1931, it is said, a ferry to Hven was built by a widow. Others came later.",
    published="2020-03-01",
)
UNDATED = Article(doc_id="mill", title="The mill", text="The mill stands on the hill of Backa.")


@pytest.fixture
def pipeline() -> Pipeline:
    """Return a pipeline on three articles, on a Wednesday in May."""
    index = Index.in_memory(ToyEmbedder())
    index.add([FERRY, OTHER, UNDATED])
    return Pipeline(index, Settings(threshold=0.0, reader="none", quotes=1), today=lambda: TODAY)


def after(pipeline: Pipeline, *questions: str) -> Answer:
    """Return the answer to the last of these questions, asked one after the other."""
    turns: tuple[Turn, ...] = ()
    for question in questions:
        answer = pipeline.ask(question, turns)
        turns = (*turns, Turn(question, answer))
    return answer


def after_answer(pipeline: Pipeline, answer: Answer, question: str) -> Answer:
    """Return the answer to a question after another answer."""
    return pipeline.ask(question, [Turn(answer.question, answer)])


BUILT = "When was the ferry to Hven built?"


@pytest.mark.parametrize(
    ("question", "notice", "quote"),
    [
        ("tell me more", "follows", "Mr. Ek owned it for years. It was sold in 1960. A museum shows it now."),
        ("What comes after that?", "follows", "Mr. Ek owned it for years. It was sold in 1960. A museum shows it now."),
        ("What comes before that?", "nothing_precedes", "The ferry to Hven was built in 1931."),
        ("[1]?", "shown", "The ferry to Hven was built in 1931."),
        ("Show me the source.", "shown", "The ferry to Hven was built in 1931."),
        ("When was that written?", "dated", "The ferry to Hven was built in 1931."),
    ],
)
def test_a_reference_is_answered_from_the_quotation(pipeline: Pipeline, question: str, notice: str, quote: str) -> None:
    """What follows, what comes before, where it stands and when it was written."""
    first = pipeline.ask(BUILT)
    assert first.citations[0].quote == "The ferry to Hven was built in 1931."
    answer = pipeline.ask(question, [Turn(BUILT, first)])
    assert (answer.kind, answer.notice, answer.citations[0].quote) == ("answer", notice, quote)
    assert answer.id not in ("", first.id)


def test_references_go_on_from_each_other(pipeline: Pipeline) -> None:
    """More, and then no more; and back."""
    assert after(pipeline, BUILT, "more", "more").notice == "nothing_follows"
    assert after(pipeline, BUILT, "more", "what comes before that?").citations[0].quote.endswith("built in 1931.")


def test_who_said_it_is_shown_with_who_is_named_before_it(pipeline: Pipeline) -> None:
    """A quotation without a name brings the sentence that has one."""
    answer = after(pipeline, "When was it sold, the ferry, in 1960?", "Who said that?")
    assert answer.citations[0].quote == "Mr. Ek owned it for years. It was sold in 1960."


def test_who_wrote_a_book_is_a_question() -> None:
    """Who wrote the article is asked of anything else."""
    index = Index.in_memory(ToyEmbedder())
    index.add([Article(doc_id="b", title="Books", text="The book Steerswoman is deep. The mill is old."), UNDATED])
    asked = Pipeline(index, Settings(threshold=0.0, reader="none", quotes=1))
    assert reference("Who wrote it?", asked.ask("How deep is the book Steerswoman?")) is None
    assert reference("Who wrote it?", asked.ask("Where does the mill of Backa stand?")) is not None


def test_another_source_is_looked_for(pipeline: Pipeline) -> None:
    """It is another article's sentence that says so; where there is none, that is said."""
    answer = after(pipeline, BUILT, "Is there another source?")
    assert (answer.notice, answer.citations[0].doc_id) == ("elsewhere", "ships")
    answer = after(pipeline, "Where does the mill of Backa stand?", "Who else says so?")
    assert (answer.notice, answer.citations[0].doc_id) == ("only_here", "mill")


def test_an_article_without_a_date_has_none(pipeline: Pipeline) -> None:
    """No date is made up for it."""
    assert after(pipeline, "Where does the mill of Backa stand?", "How old is that?").notice == "undated"


def test_what_names_no_quotation_that_there_is_is_a_question(pipeline: Pipeline) -> None:
    """A number without its quotation, no answer before, or more words than a reference has."""
    assert after(pipeline, BUILT, "[4]").notice is None
    assert reference("tell me more", None) is None
    first = pipeline.ask(BUILT)
    for question in ("Tell me more about Sweden", "the second summit", "When was it founded?", "that"):
        assert reference(question, first) is None, question


def test_an_article_that_changed_meanwhile_is_asked_anew(pipeline: Pipeline) -> None:
    """Nothing is quoted from a text that is no longer there."""
    first = pipeline.ask(BUILT)
    pipeline.index.remove(["ferry"])
    answer = pipeline.ask("[1]", [Turn(BUILT, first)])
    assert "ferry" not in {citation.doc_id for citation in answer.citations}
    also = replace(first, citations=(replace(first.citations[0], doc_id="mill", also=first.citations),))
    assert after_answer(pipeline, also, "Is there another source?").notice is None


@pytest.mark.parametrize(
    ("said", "notice"),
    [
        ("Hi!", "greeting"),
        ("hello there", "greeting"),
        ("Thank you so much!", "thanks"),
        ("OK, thanks a lot", "thanks"),
        ("What can you do?", "help"),
        ("How does this work?", "help"),
        ("Which articles do you have?", "articles"),
        ("list all the sources", "articles"),
        ("What's new since Monday?", "new"),
        ("anything new this week?", "new"),
        ("which articles were published since 2020?", "new"),
    ],
)
def test_what_is_no_question_gets_a_reply(pipeline: Pipeline, said: str, notice: str) -> None:
    """It quotes nothing, and lists articles where these were asked for."""
    answer = pipeline.ask(said)
    assert (answer.notice, answer.answered, answer.citations) == (notice, False, ())
    assert bool(answer.articles) == (notice in ("articles", "new"))


def test_what_is_new_is_what_appeared_since_then(pipeline: Pipeline) -> None:
    """With its day, the latest first; what has no date appeared when it was added."""
    answer = pipeline.ask("What's new since Monday?")
    assert [article.doc_id for article in answer.articles][-1] == "ferry"
    assert answer.searched_for.since == "2024-05-13"
    assert "ships" not in {article.doc_id for article in answer.articles}
    pipeline.index.remove(["mill"])
    answer = pipeline.ask("What was published yesterday?")
    assert (answer.notice, [article.doc_id for article in answer.articles]) == ("nothing_new", ["ferry", "ships"])
    pipeline.index.remove(["ferry", "ships"])
    assert (pipeline.ask("What's new?").notice, pipeline.ask("list the articles").kind) == ("none", "notice")


@pytest.mark.parametrize(
    "question",
    ["Thanks, and when was it built?", "Great Britain", "hello kitty", "What is NATO?", "Good decisions", "new York"],
)
def test_a_question_is_no_greeting(pipeline: Pipeline, question: str) -> None:
    """Only what is said as a whole is taken for one."""
    assert pipeline.ask(question).notice is None


def test_it_means_quoth_at_the_beginning_only(pipeline: Pipeline) -> None:
    """After a question "How does it work?" is about what was asked."""
    assert pipeline.ask("How does it work?").notice == "help"
    assert after(pipeline, BUILT, "How does it work?").notice is None


def test_too_little_is_asked_back(pipeline: Pipeline) -> None:
    """An opening that leans on nothing is offered with what the articles could make of it; a choice is answered."""
    answer = pipeline.ask("When was it built?")
    assert (answer.kind, answer.answered, answer.citations) == ("clarify", False, ())
    assert "When was it built? — The ferry" in answer.choices
    assert pipeline.ask(answer.choices[0]).citations
    assert after(pipeline, BUILT, "Why?").kind != "clarify"


def test_turns_that_are_only_known_as_questions_are_answered_where_need_be(pipeline: Pipeline) -> None:
    """What a client sends is enough for "more" after "more", and costs no search where nothing refers to an answer."""
    turns = pipeline.turns([BUILT, "tell me more"], "more")
    assert [bool(turn.answer.citations) for turn in turns] == [True, True]
    assert pipeline.ask("more", turns).notice == "nothing_follows"
    turns = pipeline.turns([BUILT, "Where does the mill stand?"], "Who owned the ferry to Hven in 1960?")
    assert [bool(turn.answer.citations) for turn in turns] == [False, False]


@given(st.text(max_size=60))
def test_anything_may_be_said(said: str) -> None:
    """No words break the patterns, however they are written."""
    refers(said)
    assert plain(plain(said)) == plain(said)


def test_phrases_are_read_as_they_are_written() -> None:
    """Alternatives, what may be missing, and slots; and nothing but the whole."""
    pattern = phrases("show|tell me (the) {thing}", thing="source/next one")
    assert all(pattern.fullmatch(said) for said in ("show me source", "tell me the next one", "show me the source"))
    assert not any(pattern.fullmatch(said) for said in ("show me", "show me sources", "showme source", "me the source"))
