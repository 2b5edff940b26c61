"""The demo collection's index, and with the real model what it and articles like it are answered."""

from pathlib import Path

import pytest

import seeds
from index.embedding import load_embedder
from index.errors import IndexLocked
from index.index import Index
from qa.evaluation.collections import load
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.toy import CountingEmbedder, ToyEmbedder, article
from ui.demo import articles, open_demo

# Two reports of one event, in words of our own.
FIRST = (
    "VILNIUS - Foreign ministers of the alliance arrived on Monday for a meeting of two days.\n\n"
    "Officials said that NATO is dropping the requirement that Ukraine complete a Membership Action Plan before it can "
    "be admitted. The decision shortens the road to membership from two steps to one.\n\n"
    "Rain kept most of the crowds away from the old town. Hotels had been full for weeks."
)
SECOND = (
    "NATO has dropped a requirement on Ukraine's road to membership: Kyiv need not go through a Membership Action "
    "Plan, as other candidates had to. Diplomats called it a signal to Moscow.\n\n"
    "Germany announced another package of ammunition and air defence. The summit ends on Wednesday."
)


def test_the_demo_is_built_once(tmp_path: Path) -> None:
    """The second opening finds the index that the first one built, and embeds nothing."""
    embedder = CountingEmbedder()
    open_demo(embedder, cache=tmp_path).close()
    embedded = len(embedder.encoded)
    again = open_demo(embedder, cache=tmp_path)
    assert len(again.entries()) == len(list(seeds.articles().glob("*.md")))
    assert len(embedder.encoded) == embedded > 0
    assert len(list(tmp_path.iterdir())) == 1
    again.close()


def test_the_demo_cannot_be_changed(tmp_path: Path) -> None:
    """Adding to it and removing from it is refused."""
    demo = open_demo(ToyEmbedder(), cache=tmp_path)
    for change in (lambda: demo.add([article("a")]), lambda: demo.remove([demo.entries()[0].doc_id])):
        with pytest.raises(IndexLocked, match="read-only"):
            change()
    demo.close()


def test_a_damaged_demo_is_built_again(tmp_path: Path) -> None:
    """A cache that was damaged is thrown away and made anew."""
    open_demo(ToyEmbedder(), cache=tmp_path).close()
    (catalog,) = tmp_path.glob("*/catalog.sqlite")
    catalog.write_bytes(b"garbage")
    demo = open_demo(ToyEmbedder(), cache=tmp_path)
    assert demo.verify() == []
    demo.close()


def test_another_embedder_has_a_demo_of_its_own(tmp_path: Path) -> None:
    """Indexes of two embedders stand beside each other."""
    open_demo(ToyEmbedder(64), cache=tmp_path).close()
    open_demo(ToyEmbedder(32), cache=tmp_path).close()
    assert len(list(tmp_path.iterdir())) == 2


def test_demo_ids_do_not_depend_on_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same articles in another folder have the same ids, so that the questions' evidence finds them."""
    for path in seeds.articles().glob("*.md"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    here = [getattr(a, "doc_id", None) for a in articles()]
    monkeypatch.setattr("seeds.articles", lambda: tmp_path)
    assert [getattr(a, "doc_id", None) for a in articles()] == here
    assert None not in here


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return a pipeline over the demo collection, with the real model."""
    return Pipeline(open_demo(load_embedder(), cache=tmp_path_factory.mktemp("cache")), Settings(reader="trained"))


@pytest.mark.model
@pytest.mark.parametrize("question", seeds.EXAMPLES)
def test_every_example_is_answered(demo: Pipeline, question: str) -> None:
    """A visitor who asks an example gets the quotation that answers it, and gets it first."""
    collection = load(seeds.questions(), demo.index)
    (query,) = (q for q in collection.queries if q.text == question and not q.earlier)
    first = demo.ask(question).citations[0]
    pieces = [piece for piece in collection.evidence[query.query_id] if piece.doc_id == first.doc_id]
    assert any(start < first.end and first.start < end for piece in pieces for start, end in piece.spans)


@pytest.mark.model
def test_finland_joined_on_the_fourth_of_april(demo: Pipeline) -> None:
    """The first quotation of the README's example holds the date."""
    assert "April 4" in demo.ask("When did Finland join NATO?").citations[0].quote


@pytest.mark.model
def test_the_short_answer_is_marked(demo: Pipeline) -> None:
    """The README's other example has its distance marked, inside the first quotation."""
    answer = demo.ask("How far is Vilnius from Belarus?")
    assert answer.highlight is not None
    assert answer.highlight.text == "about 32 kilometres"
    assert answer.highlight.text in answer.citations[0].quote


@pytest.mark.model
def test_a_misspelt_question_is_answered(demo: Pipeline) -> None:
    """As the question is that was meant, and it is told which that was."""
    answer = demo.ask("how far is vilnus from belaris")
    assert answer.searched_for.text == "how far is vilnius from belarus"
    assert answer.highlight is not None
    assert answer.highlight.text == "about 32 kilometres"


@pytest.mark.model
@pytest.mark.parametrize("question", ["Which recipe makes the best sourdough bread?", "the of and", "🥖🥖"])
def test_what_the_articles_do_not_hold_is_declined(demo: Pipeline, question: str) -> None:
    """A question about something else, or about nothing, gets no quotation but the closest passages."""
    answer = demo.ask(question)
    assert not answer.answered
    assert answer.citations == ()
    assert answer.hits


SHEET = """The Belakra 3000 is a pump for gardens. It was introduced in spring 2021.

Specifications

Power: 750 W
Maximum flow: 12,500 litres per hour
Cable length: 10 m
Weight: 6.2 kg

Version 2.4 – 12 March 2024

New: mobile app for Android
Known problem: the app needs Android 11 or later

The pump must not run dry. If it does, the seal is damaged and the warranty ends.
"""


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How heavy is the pump?", "6.2 kg"),
        ("How long is the cable?", "10 m"),
        ("How much water does it pump per hour?", "12,500 litres"),
        ("Which Android version does the app need?", "Android 11 or later"),
        ("When was the Belakra 3000 introduced?", "spring 2021"),
        ("What colour is the pump?", None),
        ("Who is the CEO of Belakra?", None),
    ],
)
def test_the_lines_of_a_data_sheet_are_quoted(question: str, short: str | None) -> None:
    """Documentation says much in lists, where nothing ends like a sentence."""
    index = Index.in_memory(load_embedder())
    index.add([article("sheet", SHEET, title="Belakra 3000")])
    answer = Pipeline(index, Settings(reader="trained")).ask(question)
    assert (answer.highlight.text if answer.highlight else None) == short
    assert answer.answered == (short is not None)


@pytest.fixture(scope="module")
def reports() -> Pipeline:
    """Return a pipeline over two short reports, with the real model."""
    index = Index.in_memory(load_embedder())
    index.add(
        [
            article("first", FIRST, title="A hurdle is gone", source="Baltic Wire", published="2023-07-11"),
            article("second", SECOND, title="Kyiv's shorter road", source="Northern Post", published="2023-07-12"),
        ]
    )
    return Pipeline(index, Settings(reader="trained"))


@pytest.mark.model
def test_both_reports_are_quoted(reports: Pipeline) -> None:
    """The sentence that answers is quoted from each of two articles that say it in different words."""
    answer = reports.ask("What requirement is NATO dropping for Ukraine's membership?")
    quoted = [c for first in answer.citations for c in (first, *first.also)]
    for doc_id in ("first", "second"):
        assert any(c.doc_id == doc_id and "Membership Action Plan" in c.quote for c in quoted), doc_id


@pytest.mark.model
def test_what_the_reports_only_come_near_is_declined(reports: Pipeline) -> None:
    """A number that no article gives is not answered, though Germany is mentioned."""
    assert not reports.ask("How many tanks did Germany send?").answered
