"""A conversation that several things happen to at once, and the desk that answers it."""

import copy
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from index.errors import IndexError_
from index.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.toy import ToyEmbedder
from ui.chat.base import Answerer, Desk, Options
from ui.chat.talk import TURNS, Answered, Notice, Talk


def pipeline() -> Pipeline:
    """Return a pipeline without articles."""
    return Pipeline(Index.in_memory(ToyEmbedder()), Settings())


def loaded(answerer: object) -> Future[Any]:
    """Return a pipeline that is loaded."""
    ready: Future[Any] = Future()
    ready.set_result(answerer)
    return ready


def answered(question: str) -> Answered:
    """Return a question that was declined."""
    by = pipeline()
    return Answered(question, by.ask(question), (), by, 1)


def test_two_questions_at_once_both_come_through() -> None:
    """Each answer takes the place of its own question, whichever comes first."""
    talk = Talk()
    first, second = talk.wait("One?", "wait"), talk.wait("Two?", "wait")
    talk.end(second, answered("Two?"))
    assert [question for question, _ in talk.waiting] == ["One?"]
    talk.end(first, answered("One?"))
    assert [one.question for one in talk.asked] == ["Two?", "One?"]
    assert talk.waiting == ()


def test_an_answer_to_a_conversation_that_is_over_is_dropped() -> None:
    """After a new beginning nothing of the old comes back."""
    talk = Talk()
    epoch = talk.wait("One?", "wait")
    talk.begin()
    talk.end(epoch, answered("One?"))
    assert (talk.asked, talk.waiting, talk.rows) == ((), (), {})


def test_verdicts_and_turns_are_found_by_the_answer() -> None:
    """Notices are no turns; what is said of an answer is taken back with None."""
    talk = Talk()
    one = answered("One?")
    talk.end(talk.wait("One?", ""), one)
    talk.end(talk.wait("Two?", ""), Notice("Two?", "no"))
    assert [turn.question for turn in talk.turns()] == ["One?"]
    assert talk.find(one.answer.id) is one
    assert talk.find("other") is None
    assert talk.citations("other") == []
    talk.say(one.answer.id, "row")  # type: ignore[arg-type]
    assert list(talk.rows) == [one.answer.id]
    talk.say(one.answer.id, None)
    assert talk.rows == {}


def test_a_conversation_has_an_end_and_belongs_to_one_visitor() -> None:
    """Only the latest turns are kept, and a copy is a new conversation."""
    talk = Talk()
    for number in range(TURNS + 5):
        talk.end(talk.wait(str(number), ""), Notice(str(number), ""))
    assert talk.asked[0].question == "5"
    assert copy.deepcopy(talk).asked == ()


def test_the_desk_moves_once_and_knows_whose_verdicts_are_whose(tmp_path: Path) -> None:
    """Articles that cannot be changed give way to the visitor's own; answers of before keep their file."""

    class Closed(Index):
        writable = False

    before = Pipeline(Closed(Index.in_memory(ToyEmbedder()).store, ToyEmbedder()), Settings())
    own = pipeline()
    options = Options(editable=True, feedback=tmp_path / "demo", own_feedback=tmp_path / "own")
    desk = Desk(loaded(before), options, own=lambda _: own)
    assert desk.closed()
    assert desk.editable()
    assert desk.feedback(before) == tmp_path / "demo"
    assert desk.open_own() is own
    assert desk.open_own() is own
    assert (desk.moved, desk.closed()) == (True, False)
    assert desk.feedback(before) == tmp_path / "demo"
    assert desk.feedback(own) == tmp_path / "own"


def test_an_error_of_the_system_is_one_that_a_visitor_is_told() -> None:
    """A folder that cannot be made gives a sentence."""
    broken: Future[Any] = Future()
    broken.set_exception(NotADirectoryError(20, "Not a directory", "/x/y"))
    with pytest.raises(IndexError_, match="/x/y: Not a directory"):
        Desk(broken, Options()).result()

    def own(before: Answerer) -> Answerer:
        raise FileExistsError(17, "File exists", "quoth-index")

    class Closed(Index):
        writable = False

    closed = Pipeline(Closed(Index.in_memory(ToyEmbedder()).store, ToyEmbedder()), Settings())
    with pytest.raises(IndexError_, match="quoth-index: File exists"):
        Desk(loaded(closed), Options(editable=True), own=own).open_own()


def test_examples_are_looked_for_once_for_each_state_of_the_articles() -> None:
    """Those that are given come first; others are looked for again only after the articles changed."""
    asked: list[int] = []

    def suggest(answerer: Answerer) -> list[str]:
        asked.append(1)
        return ["Who?"]

    given = Desk(loaded(pipeline()), Options(examples=("When?",)), suggest=suggest)
    assert given.examples() == ("When?",)
    own = pipeline()
    desk = Desk(loaded(own), Options(), suggest=suggest)
    assert [desk.examples(), desk.examples()] == [["Who?"], ["Who?"]]
    assert len(asked) == 1
    own.index.store.remove([])
    assert Desk(loaded(own), Options()).examples() == ()
