"""What happens on the evaluation page, without a browser."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

import seeds
from index.index import Index, Progress
from qa.evaluation import results
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Turn
from tests.toy import ToyEmbedder
from ui import cli
from ui.chat import evaluation
from ui.chat.base import Desk, Options
from ui.chat.evaluation import OWN, WRITTEN, Kept, Page
from ui.demo import articles
from ui.lobby import Lobby
from ui.texts import ENGLISH

DEMO = "The demo questions"
VISITOR = gr.Request(session_hash="visitor")


def loaded(answerer: object) -> Desk:
    """Return a desk with a pipeline that is loaded."""
    ready: Future[Any] = Future()
    ready.set_result(answerer)
    return Desk(ready, Options())


def built(page: Page) -> gr.Blocks:
    """Build a page inside a loop, as the server does: elsewhere Gradio opens several loops and closes none of them.

    In a thread of its own, because a browser's loop may be running in this one.
    """

    async def build() -> gr.Blocks:
        blocks: gr.Blocks = gr.Blocks(analytics_enabled=False)
        with blocks:
            page.build(blocks)
        return blocks

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, build()).result()


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """Return a pipeline on the demo articles with the toy embedder."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles())
    return Pipeline(index, Settings())


@pytest.fixture
def page(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Return a page that is built, whose files are made in a folder of this test's own."""
    made = Page(loaded(pipeline), {DEMO: seeds.questions()}, ENGLISH)
    built(made)
    monkeypatch.setattr(made.result_file, "GRADIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield made
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("quoth-")] == []


def measured(page: Page, what: str = DEMO, most: int | None = 6, kept: tuple[Kept, ...] = (), **given: Any) -> Any:
    """Run an evaluation; return what changes on the page."""
    chosen = {"seed": 0, "files": None} | given
    return page.measure(what, most, chosen["seed"], chosen["files"], kept, VISITOR)


def said(page: Page, updates: dict[Any, Any]) -> str:
    """Return the sentence beneath the buttons."""
    return str(updates[page.status])


def test_a_run_shows_the_report_and_offers_its_files(page: Page) -> None:
    """The table, the charts and the questions are there; the files hold the result and a whole page."""
    updates = measured(page)
    assert "6 questions were asked" in said(page, updates)
    html = updates[page.report]
    assert 'class="measures"' in html
    assert "<svg" in html
    assert "<html" not in html
    figures, report = (Path(updates[button]["value"]) for button in (page.result_file, page.page_file))
    assert results.read(figures) == updates[page.kept][0].result
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert page.running == {}


def test_questions_are_written_from_the_open_articles(page: Page) -> None:
    """As many as asked for at most, the same for the same seed, and named by it."""
    first, second = (measured(page, WRITTEN, 10, seed=3)[page.kept][0] for _ in range(2))
    assert 0 < len(first.result.questions) <= 10
    assert [q.text for q in first.result.questions] == [q.text for q in second.result.questions]
    assert first.name.startswith("1. Written questions, seed 3, ")


def test_questions_of_ones_own_are_asked_of_the_open_articles(page: Page) -> None:
    """Uploaded files are a collection whose documents are the index's."""
    files = [str(seeds.questions() / name) for name in ("queries.jsonl", "evidence.jsonl", "qrels/test.tsv")]
    (kept,) = measured(page, OWN, files=files)[page.kept]
    assert (kept.result.collection.documents, len(kept.result.questions)) == (17, 6)


def test_a_collection_that_is_not_limited_compares_with_the_command_line(page: Page) -> None:
    """A limit that leaves nothing out is none, so that `quoth evaluate` without one gives the same settings."""
    assert measured(page, most=126)[page.kept][0].result.settings["limit"] is None
    assert measured(page)[page.kept][0].result.settings["limit"] == 6


@pytest.mark.parametrize("most", [None, 0, -1, 501, 10**20])
def test_the_number_of_questions_is_limited(page: Page, most: int | None) -> None:
    """The server decides, whatever a browser sends."""
    assert "The number of questions must be 1 to 500" in said(page, measured(page, most=most))


def test_a_seed_that_no_name_could_hold_is_refused(page: Page) -> None:
    """A seed has at most ten digits."""
    assert "The seed must be between" in said(page, measured(page, WRITTEN, seed=10**400))


def test_earlier_turns_count_as_questions(page: Page, tmp_path: Path) -> None:
    """One question with a thousand turns before it is a thousand questions."""
    turns = ", ".join(['"Why?"'] * 1000)
    (tmp_path / "queries.jsonl").write_text(f'{{"_id": "q1", "text": "Why?", "user_turns": [{turns}]}}', "utf-8")
    doc_id = page.desk.result().index.entries()[0].doc_id
    (tmp_path / "qrels.tsv").write_text(f"q1\t{doc_id}\t1\n", "utf-8")
    updates = measured(page, OWN, files=[str(tmp_path / "queries.jsonl"), str(tmp_path / "qrels.tsv")])
    assert "With their earlier turns these are 1,000 questions" in said(page, updates)


def test_an_error_names_files_as_the_visitor_knows_them(page: Page, tmp_path: Path) -> None:
    """The row that is wrong is named, the server's folders are not, and markup in it is text."""
    (tmp_path / "queries.jsonl").write_text('{"_id": "<b>", "text": 3}\n{"text": ["<b>"]}', "utf-8")
    (tmp_path / "qrels.tsv").write_text("q1\tx\t1\n", "utf-8")
    updates = measured(page, OWN, files=[str(tmp_path / "queries.jsonl"), str(tmp_path / "qrels.tsv")])
    assert "uploaded-questions/queries.jsonl:2" in said(page, updates)
    assert str(tmp_path) not in said(page, updates)
    assert "<b>" not in said(page, updates)
    assert updates[page.run]["interactive"] is True
    assert page.report not in updates


def test_a_run_can_be_stopped_even_while_it_waits(page: Page) -> None:
    """Stop before its turn ends it at the first question; the next run is not touched."""
    page.begin(VISITOR)
    page.halt(VISITOR)
    assert "Stopped" in said(page, measured(page))
    page.begin(VISITOR)
    assert "were asked" in said(page, measured(page))


def test_a_visitor_stops_only_what_is_theirs(page: Page) -> None:
    """Another session's stop, and one of a page without a run, change nothing."""
    page.begin(VISITOR)
    page.halt(gr.Request(session_hash="other"))
    page.leave(gr.Request(session_hash="third"))
    assert "were asked" in said(page, measured(page))


def test_a_page_that_is_closed_ends_its_run(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends at the question it is at."""
    asked = []

    def evaluate(*given: object, progress: Progress, **options: object) -> None:
        for _ in range(5):
            asked.append(1)
            page.leave(VISITOR)
            progress("questions", 1)

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    page.begin(VISITOR)
    assert "Stopped" in said(page, measured(page))
    assert len(asked) == 1
    assert page.running == {}


def test_results_are_kept_to_compare_the_last_two_chosen(page: Page) -> None:
    """Six at most; their numbers go on."""
    kept: tuple[Kept, ...] = ()
    for _ in range(8):
        updates = measured(page, most=2, kept=kept)
        kept = updates[page.kept]
    assert [one.name.partition(".")[0] for one in kept] == ["3", "4", "5", "6", "7", "8"]
    assert (updates[page.a]["value"], updates[page.b]["value"]) == (kept[-2].name, kept[-1].name)
    assert "What changed" in page.compare(kept[0].name, kept[1].name, kept)


def test_an_earlier_result_can_be_added_and_compared(page: Page, tmp_path: Path) -> None:
    """It becomes A, and the latest of this page B; a file that is none changes nothing but says why."""
    kept = measured(page)[page.kept]
    results.save(kept[0].result, tmp_path / "march.json")
    updates = page.keep(str(tmp_path / "march.json"), kept)
    added = updates[page.kept]
    assert (updates[page.a]["value"], updates[page.b]["value"]) == (added[1].name, added[0].name)
    assert "march.json" in added[1].name
    assert "No question changed" in page.compare(added[1].name, added[0].name, added)
    (tmp_path / "none.json").write_text("{}", "utf-8")
    refused = page.keep(str(tmp_path / "none.json"), kept)
    assert list(refused) == [page.difference]
    assert "none.json: is no result" in refused[page.difference]


def test_what_cannot_be_compared_says_why(page: Page) -> None:
    """Two of the same, none, and results of different questions give a sentence."""
    kept = measured(page)[page.kept]
    kept = measured(page, most=5, kept=kept)[page.kept]
    for a, b in ((None, None), (kept[0].name, kept[0].name), ("gone", kept[0].name)):
        assert "Choose two results" in page.compare(a, b, kept)
    assert "A and B are of different queries" in page.compare(kept[0].name, kept[1].name, kept)


def test_only_a_pipeline_can_be_measured() -> None:
    """Anything else that answers is told apart before it is asked."""

    class Other:
        def ask(self, question: str, turns: Sequence[Turn] = (), *, everywhere: bool = False) -> Answer:
            raise AssertionError

    page = Page(loaded(Other()), {DEMO: seeds.questions()}, ENGLISH)
    built(page)
    assert "cannot be measured" in said(page, measured(page))


def test_an_index_without_articles_is_said(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty index gives a sentence, not a traceback."""
    monkeypatch.setattr(page, "desk", loaded(Pipeline(Index.in_memory(ToyEmbedder()), Settings())))
    for what in (DEMO, WRITTEN):
        assert "holds no article" in said(page, measured(page, what))


def test_without_given_questions_those_written_come_first(pipeline: Pipeline) -> None:
    """The demo's questions are offered only where they are given."""
    page = Page(loaded(pipeline), {}, ENGLISH)
    built(page)
    assert [value for _, value in page.what.choices] == [WRITTEN, OWN]
    assert page.seed.visible is True
    assert page.choose(OWN)[page.own]["visible"] is True


def test_no_event_of_the_page_is_public(page: Page) -> None:
    """Nothing can be called by name, one evaluation runs at a time, and comparing counts as one."""
    blocks = built(page)
    functions = [f for f in blocks.fns.values() if f.name != "leave"]
    assert {f.api_visibility for f in functions} == {"private"}
    alone = [f for f in functions if f.name in ("measure", "compare")]
    assert {(f.concurrency_limit, f.concurrency_id) for f in alone} == {(1, "evaluation")}


@pytest.mark.parametrize(("setting", "offered"), [("true", [DEMO]), ("false", None)])
def test_the_tab_can_be_left_out(setting: str, offered: list[str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`evaluation_page` decides; the demo's own questions are offered with the demo."""
    given: list[Options] = []
    monkeypatch.setattr("ui.chat.server.serve", lambda *arguments, **named: given.append(arguments[2]))
    monkeypatch.setenv("QUOTH_EVALUATION_PAGE", setting)
    monkeypatch.setattr("ui.lobby.Lobby", lambda host, port, t: Lobby(host, 0, t))
    cli.serve(index="demo")
    measured = given[0].measured
    assert (None if measured is None else list(measured)) == offered
