"""Many conversations at once: nothing of one reaches another."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from index.embedding import load_embedder
from index.index import Index
from index.terms import content_words
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Turn
from tests.toy import ToyEmbedder, ToyReader, article

PLACES = [
    first + second for first in ("Bel", "Dor", "Fal", "Gan", "Hol") for second in ("akra", "eniz", "imur", "opol")
]
PLACES += [
    first + second for first in ("Jas", "Kel", "Lom", "Mir", "Nov") for second in ("anta", "etho", "ivar", "ukos")
]
PLACES += [first + second for first in ("Pra", "Quo") for second in ("dell", "fess", "gorn", "hilm", "jark")]
ASKED = ("When was the {} bridge opened?", "Who built it?", "why?")


@pytest.fixture(scope="module")
def index() -> Index:
    """Return an index with an article for each of fifty places."""
    made = Index.in_memory(ToyEmbedder())
    made.add(
        article(place, f"The {place} bridge was opened in {1801 + i}. {place} built it because the river rose.")
        for i, place in enumerate(PLACES)
    )
    return made


def conversation(place: str) -> list[str]:
    """Return the questions that are asked about a place."""
    return [question.format(place) for question in ASKED]


def pipeline(index: Index) -> Pipeline:
    """Return a pipeline that nobody has asked yet, and that answers whatever it is asked."""
    return Pipeline(index, Settings(threshold=0, reader="none"))


def test_fifty_interleaved_conversations_never_mix(index: Index) -> None:
    """Each answer is the one that its conversation has alone, whoever asks in between, and names no other's place."""
    order = [place for place in PLACES for _ in ASKED]  # as often as it has turns, which are asked in their order
    random.Random(1).shuffle(order)
    shared, turns = pipeline(index), {place: list[Turn]() for place in PLACES}
    for place in order:
        question = conversation(place)[len(turns[place])]
        turns[place].append(Turn(question, shared.ask(question, tuple(turns[place]))))
    others = {word for place in PLACES for word in content_words(place)}
    assert len(others) == 50
    for place in PLACES:
        own, alone = pipeline(index), list[Turn]()
        for question in conversation(place):
            alone.append(Turn(question, own.ask(question, tuple(alone))))
        assert [without_id(turn.answer) for turn in turns[place]] == [without_id(turn.answer) for turn in alone]
        said = {word for turn in alone for word in turn.answer.searched_for.terms}
        assert said & others == set(content_words(place))


def test_people_who_ask_at_once_are_told_what_they_asked(index: Index) -> None:
    """Questions that come with those before them, as programs send them, are understood by these alone."""

    def last(place: str, asked: Pipeline) -> Answer:
        *earlier, question = conversation(place)
        return without_id(asked.ask(question, asked.turns(earlier, question)))

    shared, some = pipeline(index), PLACES[::5]
    with ThreadPoolExecutor(len(some)) as people:
        together = list(people.map(lambda place: last(place, shared), some))
    assert together == [last(place, pipeline(index)) for place in some]


def test_the_reader_is_asked_the_likeliest_question(index: Index) -> None:
    """Where words were carried for "it", the reader is asked about the name; where there is none, with the words."""
    reader = ToyReader()
    asked = Pipeline(index, Settings(threshold=0), reader)
    for question, read in (
        ("Who built it?", "Who built Belakra?"),
        ("How tall?", "How tall? belakra bridge opened"),
    ):
        asked.ask(question, asked.turns(["When was the Belakra bridge opened?"]))
        assert reader.asked[-1] == read


def without_id(answer: Answer) -> Answer:
    """Return an answer without what no two have in common."""
    return replace(answer, id="")


@pytest.mark.model
def test_what_was_quoted_does_not_come_before_what_answers() -> None:
    """The third question is put as it would stand alone, whose words the first quotation has, but not its answer."""
    index = Index.in_memory(load_embedder())
    index.add(
        [article("ferry", "The ferry to Hven was built in 1931. Anna Ek owned it for years. It was sold in 1960.")]
    )
    pipeline = Pipeline(index, Settings(threshold=0.0, reader="none", quotes=1))
    turns: tuple[Turn, ...] = ()
    for question in ("When was the ferry to Hven built?", "Who owned it?", "When was it sold?"):
        answer = pipeline.ask(question, turns)
        turns = (*turns, Turn(question, answer))
    assert answer.searched_for.text == "When was the ferry to Hven sold?"
    assert answer.citations[0].quote.endswith("It was sold in 1960.")
