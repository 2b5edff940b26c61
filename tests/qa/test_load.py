"""Many people who ask at the same moment."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from index.errors import QuestionError
from index.index import Index
from qa.load import UNHURRIED, Line, lowered
from qa.pipeline import Pipeline
from qa.reader.base import Reading
from qa.reader.reading import DEPTH, FOUND
from qa.settings import Settings
from tests.toy import ToyEmbedder, ToyReader, article
from ui.render import to_json

TOWNS = ("Lund", "Hven", "Ystad", "Kivik", "Malmö", "Åhus", "Skanör", "Lomma", "Höör", "Eslöv")
UNSURE = FOUND / 2  # as an unsure reader is given all passages
QUESTIONS = [f"When was the harbour of {town} opened?" for town in TOWNS]


class HeldReader(ToyReader):
    """Notes how many passages it is given for each question, and reads the first only when it is let go."""

    def __init__(self) -> None:
        super().__init__("1932", sure=UNSURE)
        self.given: dict[str, int] = {}
        self.begun, self.go = Event(), Event()

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Wait where this is the first question, then read."""
        first = not self.given
        self.given[question] = self.given.get(question, 0) + len(passages)
        if first:
            self.begun.set()
            assert self.go.wait(30)
        return super().read(question, passages)


@pytest.fixture
def harbours() -> Index:
    """Return an index of ten articles, each of which answers one question."""
    index = Index.in_memory(ToyEmbedder())
    texts = {town: f"The harbour of {town} was opened in 1932. It rained in {town}." for town in TOWNS}
    index.add(article(town, text) for town, text in texts.items())
    return index


def pipeline_of(index: Index, reader: ToyReader | None) -> Pipeline:
    """Return a pipeline that answers whatever it finds."""
    return Pipeline(index, Settings(threshold=0), reader)


def until(people: int, line: Line) -> None:
    """Wait until so many people are in the line."""
    end = time.monotonic() + 30
    while len(line._people) < people and time.monotonic() < end:
        time.sleep(0.001)


def test_the_longer_the_line_the_less_is_read() -> None:
    """A few people have everything read; the depth then falls with every one of them, and never below one passage."""
    assert [lowered(DEPTH, people) for people in range(1, 14)] == [6] * 4 + [3] * 4 + [2] * 4 + [1]
    assert lowered(DEPTH, 1000) == 1
    assert lowered(DEPTH, 0) == DEPTH


def test_one_person_has_everything_read(harbours: Index) -> None:
    """Whoever asks alone gets the answer that ``examine`` gives, and is told of all the passages."""
    pipeline = pipeline_of(harbours, ToyReader("1932", sure=UNSURE))
    for question in QUESTIONS:
        answer, examined = pipeline.ask(question), pipeline.examine(question).answer
        assert answer.read == examined.read == DEPTH
        assert (answer.citations, answer.hits, answer.confidence) == (
            examined.citations,
            examined.hits,
            examined.confidence,
        )


def test_a_crowd_is_read_less_for_and_answered_in_turn(harbours: Index) -> None:
    """Of ten people who ask at once each gets an answer, and is told how many passages were read for it.

    The first came alone. Of the others the early ones leave most behind them, and the late ones found most before them.
    """
    reader = HeldReader()
    pipeline = pipeline_of(harbours, reader)
    with ThreadPoolExecutor(len(QUESTIONS)) as people:
        asked = [people.submit(pipeline.ask, QUESTIONS[0])]
        assert reader.begun.wait(30)
        for number, question in enumerate(QUESTIONS[1:], 2):
            asked.append(people.submit(pipeline.ask, question))
            until(number, pipeline._line)
        reader.go.set()
        answers = [future.result(30) for future in asked]
    assert [*reader.given] == QUESTIONS
    assert [answer.read for answer in answers] == [*reader.given.values()] == [6, 2, 3, 3, 3, 3, 3, 3, 2, 2]
    assert [answer.question for answer in answers] == QUESTIONS
    assert all(town in answer.citations[0].quote for town, answer in zip(TOWNS, answers, strict=True))
    assert pipeline.ask(QUESTIONS[0]).read == DEPTH


def test_two_people_at_once_get_what_each_would_alone(harbours: Index) -> None:
    """So few have everything read, and neither gets anything of the other's."""
    pipeline = pipeline_of(harbours, ToyReader("1932", sure=UNSURE))
    alone = {question: pipeline.ask(question) for question in QUESTIONS}
    with ThreadPoolExecutor(2) as people:
        for answer in people.map(pipeline.ask, QUESTIONS * 5):
            same = alone[answer.question]
            assert (answer.citations, answer.hits, answer.read) == (same.citations, same.hits, DEPTH)


def test_measuring_does_not_stand_in_the_line(harbours: Index) -> None:
    """``examine`` neither waits nor is read less for, however many people ask."""
    reader = HeldReader()
    pipeline = pipeline_of(harbours, reader)
    with ThreadPoolExecutor(len(QUESTIONS)) as people:
        asked = [people.submit(pipeline.ask, question) for question in QUESTIONS]
        assert reader.begun.wait(30)
        until(len(QUESTIONS), pipeline._line)
        assert pipeline.examine(QUESTIONS[0]).answer.read == DEPTH
        assert len(pipeline.retrieve(QUESTIONS[0])) == len(TOWNS)
        reader.go.set()
        assert all(future.result(30).answered for future in asked)


def test_two_questions_in_one_are_each_read_for(harbours: Index) -> None:
    """They share the depth, and ``read`` is what each of them got; in the longest line still one passage."""
    pipeline = pipeline_of(harbours, ToyReader("1932", sure=UNSURE))
    both = "When was the harbour of Lund opened and when was the harbour of Hven opened?"
    assert pipeline.ask(both).read == DEPTH // 2
    assert pipeline._examine(both, (), None, False, 1).answer.read == 1


def test_a_question_that_fails_lets_the_next_one_pass(harbours: Index) -> None:
    """Whoever cannot be answered leaves the line all the same."""
    pipeline = pipeline_of(harbours, None)
    for _ in range(UNHURRIED + 1):
        with pytest.raises(QuestionError):
            pipeline.ask("")
    assert not pipeline._line._people
    assert pipeline.ask(QUESTIONS[0]).answered


def test_the_json_tells_how_many_passages_were_read(harbours: Index) -> None:
    """It is a number beside the hits; 0 where there is no reader."""
    assert to_json(pipeline_of(harbours, ToyReader()).ask(QUESTIONS[0]))["read"] == DEPTH
    assert to_json(pipeline_of(harbours, None).ask(QUESTIONS[0]))["read"] == 0
