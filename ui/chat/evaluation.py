"""The evaluation page: questions asked of the open index, what came of them, and what changed since an earlier run.

One evaluation runs at a time, on at most 500 questions. What a visitor's runs found lives in the visitor's session;
files are made in temporary folders only.
"""

import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr

from index.errors import CollectionError, QuothError, SettingsError
from index.index import Index, Progress
from qa.evaluation import collections, questions, report, results
from qa.evaluation.comparison import compare
from qa.evaluation.evaluation import evaluate
from qa.evaluation.results import Result
from qa.feedback import Feedback, save
from qa.pipeline import Pipeline
from ui.chat import differences, uploads
from ui.chat.base import EVENT, SLOT, Desk, part
from ui.texts import Texts

MOST = 500  # questions that one run asks
KEPT = 6  # results that a page keeps
_SEEDS = 10**9

WRITTEN, OWN, KEPT_ROWS = "written", "own", "kept"

_PROGRESS = gr.Progress()
_ALONE: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "evaluation", "api_visibility": "private"}

Updates = dict[Any, Any]
"""What Gradio shall change: a component and its new value."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A result and what the page calls it."""

    name: str
    result: Result


class _Stopped(Exception):
    """The visitor does not want to wait for this run any longer."""


def style() -> str:
    """Return the style sheet of reports, for those on this page only."""
    return f"#evaluation .report {{\n{report.style()}\n}}\n"


class Page:
    """What stands in the tab and what happens there.

    ``given`` are folders with questions about the index that is open at first, by the names that visitors choose them
    by.
    """

    def __init__(self, desk: Desk, given: Mapping[str, Path], t: Texts) -> None:
        self.desk = desk
        self.given = given
        self.t = t
        self.running: dict[str, Event] = {}  # by session: set once the visitor wants its run to stop

    def build(self, blocks: gr.Blocks) -> None:
        """Put the page into the tab that is open."""
        t, self.kept = self.t, gr.State(())
        with gr.Column(elem_id="evaluation"):
            self._build_form()
            with gr.Tabs(elem_id="findings") as self.findings:
                with gr.Tab(t("result"), id="result", render_children=True):
                    with gr.Row(elem_classes="buttons"):
                        self.page_file = gr.DownloadButton(t("download_report"), visible=False, size="sm")
                        self.result_file = gr.DownloadButton(t("download_result"), visible=False, size="sm")
                    self.report = part(_paragraph(t("nothing_measured")), "report", script="")
                with gr.Tab(t("compare"), id="compare", render_children=True):
                    self._build_comparison()
        chosen = [self.what, self.most, self.seed, self.files, self.kept]
        controls = [self.run, self.stop, self.status]
        self.run.click(self.begin, None, controls, queue=False, **EVENT).then(
            self.measure, chosen, list(self._outputs()), show_progress_on=[self.status], **_ALONE
        ).failure(self.fail, None, controls, queue=False, **EVENT)
        self.stop.click(self.halt, None, [self.stop], queue=False, **EVENT)
        self.what.change(self.choose, [self.what], [self.seed, self.own], queue=False, **EVENT)
        self.add.upload(self.keep, [self.add, self.kept], list(self._choices()), queue=False, **EVENT)
        self.ask.click(
            self.compare, [self.a, self.b, self.kept], [self.difference], show_progress_on=[self.difference], **_ALONE
        )
        blocks.unload(self.leave)

    def _build_form(self) -> None:
        t = self.t
        head = f"<header><h1>{escape(t('evaluate_title'))}</h1><p>{escape(t('evaluate_more'))}</p></header>"
        gr.HTML(head, apply_default_css=False)
        choices = [(name, name) for name in self.given]
        choices += [(t("written_questions"), WRITTEN), (t("own_questions"), OWN)]
        choices += [(t("kept_questions"), KEPT_ROWS)] if self.desk.options.feedback is not None else []
        first = choices[0][1]
        self.what = gr.Radio(choices, value=first, label=t("measure_with"), elem_id="what")
        with gr.Column(visible=False, elem_id="own") as self.own:
            gr.HTML(f"<p>{escape(t('own_files'))}</p>", apply_default_css=False)
            self.files = gr.File(
                label=t("files"), file_count="multiple", file_types=[".jsonl", ".tsv", ".qrels", ".zip"], height=150
            )
        with gr.Row(elem_classes="buttons"):
            self.most = gr.Number(200, label=t("at_most", MOST), precision=0, min_width=130)
            self.seed = gr.Number(0, label=t("seed"), precision=0, min_width=130, visible=first == WRITTEN)
        with gr.Row(elem_classes="buttons"):
            self.run = gr.Button(t("measure"), variant="primary", elem_id="run", min_width=130)
            self.stop = gr.Button(t("stop"), visible=False, min_width=130)
        self.status = part("", "status", f'<div role="status">{SLOT}</div>', script="")

    def _build_comparison(self) -> None:
        t = self.t
        with gr.Row(elem_classes="buttons"):
            self.a = gr.Dropdown([], label=t("earlier_result"), min_width=240)
            self.b = gr.Dropdown([], label=t("later_result"), min_width=240)
        with gr.Row(elem_classes="buttons"):
            self.ask = gr.Button(t("compare"), variant="primary", min_width=130)
            self.add = gr.UploadButton(t("add_result"), file_types=[".json"], min_width=130)
        empty = _paragraph(t("compare_more"))
        self.difference = part(empty, "difference", f'<div role="status">{SLOT}</div>', script="")

    def choose(self, what: str) -> Updates:
        """Show what the kind of questions needs to know."""
        return {self.seed: gr.update(visible=what == WRITTEN), self.own: gr.update(visible=what == OWN)}

    def begin(self, request: gr.Request) -> Updates:
        """Note that a run begins, which may have to wait for those of others."""
        self.running[str(request.session_hash)] = Event()
        return {
            self.run: gr.update(interactive=False),
            self.stop: gr.update(visible=True, interactive=True, value=self.t("stop")),
            self.status: "",
        }

    def halt(self, request: gr.Request) -> Updates:
        """Let the visitor's run end after the question it is at."""
        if running := self.running.get(str(request.session_hash)):
            running.set()
        return {self.stop: gr.update(interactive=False, value=self.t("stopping"))}

    def leave(self, request: gr.Request) -> None:
        """End the run of a visitor who is gone."""
        if running := self.running.pop(str(request.session_hash), None):
            running.set()

    def fail(self) -> Updates:
        """Make the page ready again after an error that is none of ours; the server's log says which."""
        return {**self._ready(), self.status: notice_html(self.t("run_failed"))}

    def measure(
        self,
        what: str,
        most: int | None,
        seed: int | None,
        files: Sequence[str] | None,
        kept: tuple[Kept, ...],
        request: gr.Request,
        progress: gr.Progress = _PROGRESS,
    ) -> Updates:
        """Run an evaluation and show what it found, or why there is nothing to show."""
        session = str(request.session_hash)
        stopped = self.running.setdefault(session, Event())

        def reported(words: str, total: int | None = None) -> Progress:
            done = 0

            def report(stage: str, count: int) -> None:
                nonlocal done
                if stopped.is_set():
                    raise _Stopped
                done += count
                progress((min(done, total or done), total), desc=words, unit="questions" if total else stage)

            return report

        try:
            result = self._measured(what, most, seed or 0, files or (), reported)
        except _Stopped:
            return {**self._ready(), self.status: _paragraph(self.t("stopped"), "said")}
        except QuothError as error:
            return {**self._ready(), self.status: notice_html(str(error))}
        finally:
            self.running.pop(session, None)
        progress(None, desc=self.t("drawing"))
        return {
            **self._ready(),
            **self._shown(result),
            **self._chosen(_with(kept, self._named(self._name(what, seed, result), result), result)),
        }

    def keep(self, file: str, kept: tuple[Kept, ...]) -> Updates:
        """Take an earlier result from a file."""
        try:
            result = uploads.read_result(file)
            return self._chosen(_with(kept, self._named(Path(file).name, result), result), latest=False)
        except QuothError as error:
            return {self.difference: notice_html(str(error))}

    def compare(self, a: str | None, b: str | None, kept: tuple[Kept, ...]) -> str:
        """Show what changed from one result to another."""
        known = {one.name: one.result for one in kept}
        if a not in known or b not in known or a == b:
            return notice_html(self.t("choose_two"))
        try:
            found = differences.to_html(compare(known[a], known[b]), a, b)
            return f'<div class="report" lang="en" dir="ltr">{found}</div>'
        except QuothError as error:
            return notice_html(str(error))

    def _measured(
        self,
        what: str,
        most: int | None,
        seed: int,
        files: Sequence[str],
        reported: Callable[..., Progress],
    ) -> Result:
        if most is None or not 1 <= most <= MOST:
            raise CollectionError(f"the number of questions must be 1 to {MOST}; it is {most}")
        if abs(seed) > _SEEDS:
            raise CollectionError(f"the seed must be between -{_SEEDS:,} and {_SEEDS:,}; it is {seed}")
        pipeline = self.desk.result()
        if not isinstance(pipeline, Pipeline):
            raise SettingsError("what answers here is not Quoth's own pipeline, so it cannot be measured")
        with tempfile.TemporaryDirectory(prefix="quoth-", ignore_cleanup_errors=True) as made:
            try:
                folder = self._collection(what, most, seed, files, pipeline.index, Path(made), reported)
                limit, count = _limit(folder, pipeline.index, most)
                report = reported(self.t("asking"), count)
                return evaluate(folder, pipeline.index, limit=limit, settings=pipeline.settings, progress=report)
            except QuothError as error:  # files are named as the visitor knows them
                raise CollectionError(str(error).replace(f"{made}/", "")) from error

    def _collection(
        self,
        what: str,
        most: int,
        seed: int,
        files: Sequence[str],
        index: Index,
        made: Path,
        reported: Callable[..., Progress],
    ) -> Path:
        if what in self.given and self.desk.moved:
            raise CollectionError(self.t("not_of_these"))
        if what in self.given:
            return self.given[what]
        if what == OWN:
            return uploads.unpack(files, made)
        if what == KEPT_ROWS:
            return self._kept_rows(index, made / "kept-questions")
        folder = made / f"written-questions-{most}-{seed}"
        questions.save(
            questions.write(index, most, seed=seed, progress=reported(self.t("writing_questions"))).questions, folder
        )
        return folder

    def _kept_rows(self, index: Index, folder: Path) -> Path:
        """Write the questions that visitors kept as a collection."""
        path = self.desk.feedback(self.desk.result())
        rows = [row for row in Feedback(path).rows() if row.use] if path is not None else []
        if not rows:
            raise CollectionError(self.t("none_kept"))
        exported = save(rows, index, folder)
        if not exported.questions:
            raise CollectionError(self.t("none_stands"))
        return folder

    def _name(self, what: str, seed: int | None, result: Result) -> str:
        if what == WRITTEN:
            return self.t("written_seed", seed=seed or 0)
        if what == KEPT_ROWS:
            return self.t("kept_questions")
        return what if what in self.given else result.collection.name

    def _named(self, name: str, result: Result) -> str:
        return f"{name}, {self.t('n_questions', len(result.questions))}"

    def _ready(self) -> Updates:
        return {self.run: gr.update(interactive=True), self.stop: gr.update(visible=False)}

    def _shown(self, result: Result) -> Updates:
        name = f"{result.collection.name}-{(result.commit or 'quoth')[:9]}"
        folder = Path(self.result_file.GRADIO_CACHE) / secrets.token_hex(16)
        folder.mkdir(parents=True)
        figures, page = folder / f"{name}.json", folder / f"{name}.html"
        results.save(result, figures)
        page.write_text(report.render(result), encoding="utf-8")
        return {
            self.status: _paragraph(self.t("asked", len(result.questions)), "said"),
            self.report: f'<div class="report" lang="en" dir="ltr">{report.body(result)}</div>',
            self.result_file: gr.update(value=figures, visible=True),
            self.page_file: gr.update(value=page, visible=True),
            self.findings: gr.update(selected="result"),
        }

    def _chosen(self, kept: tuple[Kept, ...], *, latest: bool = True) -> Updates:
        """Offer the results that are kept: the last two, or one that was added as the earlier one."""
        names = [one.name for one in kept]
        a, b = (names[-2:-1], names[-1:]) if latest or len(names) < 2 else (names[-1:], names[-2:-1])
        return {
            self.kept: kept,
            self.a: gr.update(choices=names, value=a[0] if a else None),
            self.b: gr.update(choices=names, value=b[0] if b else None),
        }

    def _choices(self) -> tuple[Any, ...]:
        return self.kept, self.a, self.b, self.difference

    def _outputs(self) -> tuple[Any, ...]:
        shown = self.status, self.report, self.result_file, self.page_file, self.findings
        return self.run, self.stop, *shown, *self._choices()


def notice_html(message: str) -> str:
    """Return a message of an error as a sentence; one that begins with the name of a file keeps it as it is."""
    end = "" if message.endswith((".", "!", "?")) else "."
    begin = message[:1] if "." in message.partition(" ")[0] else message[:1].upper()
    return f'<p class="said notice">{escape(begin + message[1:] + end)}</p>'


def _paragraph(words: str, kind: str = "empty") -> str:
    return f'<p class="{kind}">{escape(words)}</p>'


def _limit(folder: Path, index: Index, most: int) -> tuple[int | None, int]:
    """Return to how many questions a collection must be limited, if it must, and how many that are."""
    every = collections.load(folder, index).queries
    queries = every[:most]
    asked = sum(1 + len(query.earlier) for query in queries)
    if asked > MOST:
        raise CollectionError(f"with their earlier turns these are {asked:,} questions, at most {MOST} are asked")
    return None if len(queries) == len(every) else most, len(queries)


def _with(kept: Sequence[Kept], name: str, result: Result) -> tuple[Kept, ...]:
    number = int(kept[-1].name.partition(".")[0]) + 1 if kept else 1
    return (*kept, Kept(f"{number}. {name}", result))[-KEPT:]
