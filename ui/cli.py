"""The command line: nouns in, lines out; results on standard output, progress and warnings on standard error.

Exit codes: 0 done (also when nothing was found), 1 something was refused or is wrong, 2 wrong usage, 130 Ctrl-C.
Heavy imports sit inside the commands, so that ``quoth --help`` is quick.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from index.index import Index
    from index.types import Article, Filter
    from qa.settings import Settings

_USAGE, _INTERRUPTED = 2, 130

app = typer.Typer(
    help="Ask your articles a question; the answer is quoted and cited, never written.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

feedback = typer.Typer(
    help="See what was said of answers, and make a collection of it.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(feedback, name="feedback")

IndexOption = Annotated[
    str | None, typer.Option("--index", metavar="DIR", help="Folder of the index; `demo` for the demo. [./quoth-index]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only articles of this source; may be repeated.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only articles published on or after this date.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Only articles published on or before this date.")
]
EverywhereOption = Annotated[
    bool, typer.Option("--everywhere", help="Search all articles, also where the question names a source or a date.")
]

ReaderOption = Annotated[
    str | None,
    typer.Option("--reader", metavar="NAME", help="`none` finds answers by similarity alone; or a weights file."),
]
StrictnessOption = Annotated[
    Literal["low", "normal", "high"] | None,
    typer.Option(help="How sure an answer must be: `low` answers more, `high` is wrong less often. [normal]"),
]


def main() -> None:
    """Run the command line; show an error of ours, or of the system, as one line instead of a traceback."""
    from index.errors import MeasureError, QuothError

    try:
        app(prog_name="quoth")
    except MeasureError as error:
        fail(str(error), _USAGE)
    except QuothError as error:
        fail(str(error))
    except OSError as error:  # a full disk, a folder that may not be written; typer ends quietly at a broken pipe
        fail(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo("quoth: stopped", err=True)
        raise


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end with an exit code."""
    typer.echo(f"quoth: {' '.join(message.split())}", err=True)
    raise SystemExit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"quoth {version('quoth')}")
        raise typer.Exit


@app.callback()
def quoth(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Ask your articles a question. The answer is quoted and cited, never written."""


@app.command()
def serve(
    index: IndexOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [7860]")] = None,
    reader: ReaderOption = None,
    strictness: StrictnessOption = None,
    language: Annotated[
        Literal["en", "uk"] | None, typer.Option(help="Language of the page, not of the articles. [en]")
    ] = None,
    root_path: Annotated[
        str | None, typer.Option(metavar="PATH", help="Path below which a proxy shows the page, as /quoth.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Serve on the internet; refused while something is unsafe, and says what.")
    ] = False,
) -> None:
    """Open the chat page. Without any index it shows the demo collection, until articles are added to it."""
    import seeds
    from qa.feedback import place
    from qa.pipeline import Pipeline
    from qa.suggestions import suggest
    from ui.chat.base import Options
    from ui.chat.server import serve as run
    from ui.demo import NAME, open_demo
    from ui.http.access import access
    from ui.http.public import WAITING, terms
    from ui.http.rates import Places
    from ui.texts import load

    said = {"host": host, "port": port, "reader": reader, "strictness": strictness, "language": language}
    said["root_path"] = root_path
    settings = _settings(index, **said, public=public or None)
    agreed = terms(settings)
    if demo := str(settings.index) == NAME or (index is None and not settings.index.exists()):
        own_folder = settings.index if str(settings.index) != NAME else _settings(None).index
        settings = settings.model_copy(update={"index": Path(NAME)})
    given = {load(settings.language)("demo_questions"): seeds.questions()} if demo else {}
    options = Options(
        language=settings.language,
        examples=seeds.EXAMPLES if demo else (),
        measured=given if settings.evaluation_page else None,
        editable=settings.visitors_may_edit or settings.public,  # by the administrator, in a page of their own
        feedback=place(settings, settings.index),
        own_feedback=place(settings.model_copy(update={"index": own_folder}), own_folder) if demo else None,
        origins=settings.origins or (),
    )

    # The demo's index may have to be built first, another only has to be opened: what is wrong with it is said here.
    own = None if demo else _open(settings)

    def pipeline() -> Pipeline:
        opened = own or open_demo()
        opened.embedder.encode_question("warm up")  # loads the model, so that the first person need not wait
        return Pipeline(opened, settings)

    def opened_own(before: Pipeline) -> Pipeline:
        changed = settings.model_copy(update={"index": own_folder})
        return Pipeline(_open(changed, create=True), changed, before.reader)

    def announce(address: str) -> None:
        shown = "the demo collection" if demo else settings.index
        typer.echo(f"Quoth answers from {shown} on {address} (Ctrl-C ends it)", err=True)
        if settings.public:
            typer.echo(f"The articles are kept and measured at {address}admin/, with the admin_token", err=True)

    places = Places(WAITING) if settings.public else None
    replacing = {"own": opened_own if demo else None, "suggest": suggest, "places": places}
    run(pipeline, settings.host, settings.port, options, access(settings), agreed, announce=announce, **replacing)


@app.command()
def add(
    paths: Annotated[
        list[Path],
        # What cannot be read is named in the summary; typer would stop at it.
        typer.Argument(metavar="PATH", readable=False, help="Files and folders: text, Markdown, HTML, JSONL."),
    ],
    index: IndexOption = None,
    prefix: Annotated[str, typer.Option(help="Put NAME- before every id, for ids that are taken.")] = "",
    json_: JsonOption = False,
) -> None:
    """Add articles. Unchanged ones cost nothing, changed ones are replaced."""
    from index.articles import files, read
    from index.types import Refusal
    from ui.progress import count_articles, progress_bar, summary_to_json, summary_to_text

    settings = _settings(index)
    found = files(paths)
    came_from: dict[str, str] = {}

    def items() -> "Iterator[Article | Refusal]":
        for path in found:
            for item in read(path, prefix=prefix):
                if not isinstance(item, Refusal):
                    came_from[item.origin] = str(path)
                yield item

    with _opened(settings, create=True) as opened, progress_bar(count_articles(found)) as report:
        summary = opened.add(items(), progress=report)
        known = opened.store.known()
        came_from = {known[origin][0]: path for origin, path in came_from.items() if origin in known}
    if json_:
        _write_json(summary_to_json(summary))
    else:
        typer.echo(summary_to_text(summary, str(settings.index), came_from))
    if summary.refused:
        raise SystemExit(1)


@app.command()
def remove(
    doc_ids: Annotated[list[str], typer.Argument(metavar="DOC_ID", help="Ids, as `quoth status --json` lists them.")],
    index: IndexOption = None,
    now: Annotated[
        bool, typer.Option("--now", help="Destroy text and vectors at once, without the ten minutes.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Remove articles. They are hidden at once, and destroyed when the index is next opened after ten minutes."""
    with _opened(_settings(index)) as opened:
        removed = opened.remove(doc_ids, now=now)
    unknown = [doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id not in removed]
    if json_:
        _write_json({"removed": removed, "unknown": unknown})
    else:
        for doc_id in removed:
            typer.echo(f"removed    {doc_id}")
    for doc_id in unknown:
        typer.echo(f"quoth: there is no article {doc_id!r}; `quoth status --json` lists the ids", err=True)
    if unknown:
        raise SystemExit(1)


@app.command()
def ask(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="A question; - reads them from standard input, one a line.")
    ],
    index: IndexOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    everywhere: EverywhereOption = False,
    reader: ReaderOption = None,
    strictness: StrictnessOption = None,
    json_: JsonOption = False,
) -> None:
    """Answer a question in quotations."""
    from qa.pipeline import Pipeline
    from ui.render import to_json, to_text

    settings = _settings(index, reader=reader, strictness=strictness)
    with _opened(settings) as opened:
        pipeline, within = Pipeline(opened, settings), _limits(opened, source, since, until)
        if question == "-":
            _each_line(lambda line: to_json(pipeline.ask(line, limits=within, everywhere=everywhere)))
            return
        answer = pipeline.ask(question, limits=within, everywhere=everywhere)
    if json_:
        _write_json(to_json(answer))
    else:
        typer.echo(to_text(answer), nl=False)


@app.command()
def search(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="A question; - reads them from standard input, one a line.")
    ],
    index: IndexOption = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Passages to show.")] = 10,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    everywhere: EverywhereOption = False,
    reader: ReaderOption = None,
    json_: JsonOption = False,
) -> None:
    """Show the best passages for a question, with their scores."""
    from qa.pipeline import Pipeline
    from ui.render import hit_to_json, hits_to_text

    settings = _settings(index, reader=reader)
    with _opened(settings) as opened:
        pipeline, within = Pipeline(opened, settings), _limits(opened, source, since, until)

        def found(text: str) -> dict[str, object]:
            hits = pipeline.retrieve(text, limits=within, k=k, everywhere=everywhere)
            return {"schema": 1, "question": text, "hits": [hit_to_json(hit) for hit in hits]}

        if question == "-":
            _each_line(found)
        elif json_:
            _write_json(found(question))
        else:
            hits = pipeline.retrieve(question, limits=within, k=k, everywhere=everywhere)
            typer.echo(hits_to_text(hits), nl=False)


@app.command()
def status(index: IndexOption = None, json_: JsonOption = False) -> None:
    """Show what an index holds and what it was made with."""
    from dataclasses import asdict

    with _opened(_settings(index)) as opened:
        state, entries = opened.status(), opened.entries()
    if json_:
        _write_json({**asdict(state), "entries": [asdict(entry) for entry in entries]})
        return
    typer.echo(
        f"{state.folder}: {state.articles:,} articles, {state.sentences:,} sentences, {state.passages:,} passages, "
        f"{state.bytes / 1e6:,.1f} MB\n"
        f"embedder {state.embedder} ({state.dimension} dimensions, sha256 {state.embedder_sha256[:12]}), "
        f"passages of at most {state.passage_tokens} tokens, generation {state.generation}\n"
        f"a question's vector is compared with {state.method}"
    )
    sources: dict[str, int] = {}
    for entry in entries:
        sources[entry.source or "(no source)"] = sources.get(entry.source or "(no source)", 0) + 1
    for name, count in sorted(sources.items(), key=lambda x: (-x[1], x[0]))[:20]:
        typer.echo(f"{count:7,}  {name}")


@app.command()
def verify(
    index: IndexOption = None,
    conversation: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check the quotations of a conversation, saved as JSON, instead."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Check every hash, span and derived part, or a conversation. Exit code 1 names what is wrong."""
    from index.errors import IndexError_, IndexMissing

    if conversation is not None:
        _verify_conversation(conversation, index, json_)
        return
    try:
        with _opened(_settings(index), read_only=True) as opened:
            problems, articles = opened.verify(), opened.status().articles
    except IndexMissing:
        raise
    except IndexError_ as error:  # so damaged that it cannot be opened
        problems, articles = [str(error)], 0
    _tell_problems(problems, {"articles": articles}, f"{articles:,} articles", json_)


def _verify_conversation(path: Path, index: str | None, json_: bool) -> None:
    """Check that the quotations of a saved conversation stand in their articles."""
    from ui.conversation import problems, quotations, read

    answers = read(path)
    with _opened(_settings(index), read_only=True) as opened:
        found = problems(answers, opened)
    counts = {"answers": len(answers), "quotations": quotations(answers)}
    _tell_problems(found, counts, f"{counts['quotations']:,} quotations in {counts['answers']:,} answers", json_)


def _tell_problems(problems: list[str], counts: dict[str, int], checked: str, json_: bool) -> None:
    """Write what is wrong, a line each, or that nothing is; end with exit code 1 when something is."""
    if json_:
        _write_json({**counts, "problems": problems})
    else:
        for line in problems or [f"all is well: {checked}"]:
            typer.echo(line)
    if problems:
        raise SystemExit(1)


@app.command()
def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="New folder, or one that holds an older backup, which is replaced.")
    ],
    index: IndexOption = None,
    json_: JsonOption = False,
) -> None:
    """Copy an index and what readers said of it, also while in use."""
    from dataclasses import asdict

    from ui.backup_cli import back_up, backed_up_to_text
    from ui.progress import evaluation_bar

    with evaluation_bar() as report:
        done = back_up(_settings(index), folder, report)
    _write_json(asdict(done)) if json_ else typer.echo(backed_up_to_text(done))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, or any other index.")],
    index: IndexOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where there is an index already, which is kept beside.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Check a backup and put it back."""
    from dataclasses import asdict

    from ui.backup_cli import put_back, put_back_to_text
    from ui.progress import evaluation_bar

    with evaluation_bar() as report:
        done = put_back(_settings(index), folder, report, replace=replace)
    _write_json(asdict(done)) if json_ else typer.echo(put_back_to_text(done))


@app.command()
def export(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="New file; - writes to standard output.", show_default=False)
    ] = "-",
    index: IndexOption = None,
    json_: JsonOption = False,
) -> None:
    """Write all articles as JSON Lines, for `quoth add`."""
    from dataclasses import asdict

    from ui.backup_cli import export as exported
    from ui.backup_cli import exported_to_text
    from ui.progress import evaluation_bar

    with _opened(_settings(index), read_only=True) as opened, evaluation_bar() as report:
        done = exported(opened, file, report)
    if file != "-":
        _write_json(asdict(done)) if json_ else typer.echo(exported_to_text(done))
    for problem in done.left_out:
        typer.echo(f"quoth: {problem}", err=True)
    if done.left_out:
        raise SystemExit(1)


@app.command()
def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="A collection in BEIR's layout: queries.jsonl, qrels/, corpus.jsonl."),
    ],
    index: Annotated[
        str | None, typer.Option("--index", help="Take the documents from this index instead of corpus.jsonl.")
    ] = None,
    query_field: Annotated[
        Literal["text", "alone", "rewrite"],
        typer.Option(help="What to ask: `text` after its earlier turns, `alone` without, or its `rewrite`."),
    ] = "text",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first questions.")] = None,
    measure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="One more measure, such as P@5 or Hits@1; may be repeated.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Measure this run in TREC's format instead of Quoth.")
    ] = None,
    write_run: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write Quoth's ranking of articles in TREC's format.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the JSON, with every question's values, to this file.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write a page with charts and the worst questions to this file."),
    ] = None,
    reader: ReaderOption = None,
    strictness: StrictnessOption = None,
    json_: JsonOption = False,
) -> None:
    """Measure retrieval and answers on a collection."""
    if run is not None and (write_run is not None or query_field != "text"):
        raise typer.BadParameter("a run is measured as it is, without --write-run and --query-field")

    from qa.evaluation.evaluation import evaluate as measured
    from qa.evaluation.evaluation import evaluate_run
    from qa.evaluation.report import render
    from qa.evaluation.results import save, to_json
    from ui.progress import evaluation_bar, measures_to_text

    _check_folders({"--out": out, "--write-run": write_run, "--report": page})
    settings, extra = _settings(index, reader=reader, strictness=strictness), measure or ()
    with _opened(settings, read_only=True) if index else nullcontext() as documents, evaluation_bar() as report:
        if run is not None:
            result = evaluate_run(folder, run, documents, limit=limit, extra=extra)
        else:
            result = measured(
                folder,
                documents,
                query_field=query_field,
                limit=limit,
                extra=extra,
                run_out=write_run,
                settings=settings,
                progress=report,
            )
    if json_:
        _write_json(to_json(result))
    else:
        typer.echo(measures_to_text(result))
    if out is not None:
        save(result, out)
    if page is not None:
        page.write_text(render(result), encoding="utf-8")


@app.command()
def questions(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder for the collection.")],
    index: IndexOption = None,
    n: Annotated[int, typer.Option("-n", min=1, max=10_000, help="Questions to write, at most.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed gives other questions.")] = 0,
    json_: JsonOption = False,
) -> None:
    """Write questions from your own articles, for `quoth evaluate`."""
    from qa.evaluation.questions import check_folder, save, write
    from ui.progress import evaluation_bar, written_to_json, written_to_text

    check_folder(out)
    settings = _settings(index)
    with _opened(settings, read_only=True) as opened, evaluation_bar() as report:
        written = write(opened, n, seed=seed, progress=report)
    save(written.questions, out)
    if json_:
        _write_json(written_to_json(written, str(out)))
    else:
        command = shlex.join(["quoth", "evaluate", str(out), "--index", str(settings.index)])
        typer.echo(f"{out}: {len(written.questions):,} questions; `{command}`")
    typer.echo(written_to_text(written, n), err=True)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A.json", help="A result of `quoth evaluate --out`.")],
    b: Annotated[Path, typer.Argument(metavar="B.json", help="Another, of the same collection and questions.")],
    by: Annotated[
        str | None, typer.Option(metavar="MEASURE", help="What the questions shown changed most in. [nDCG@10]")
    ] = None,
    fail_on_regression: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE", help="Exit with 1 if B is significantly worse in it; may be repeated."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Compare two results, question by question."""
    from qa.evaluation.comparison import compare as compared
    from qa.evaluation.comparison import to_json
    from qa.evaluation.results import read
    from ui.progress import comparison_to_text

    comparison = compared(read(a), read(b), by)
    regressed = [name for name in fail_on_regression or () if comparison.regressed(name)]
    if json_:
        _write_json(to_json(comparison))
    else:
        typer.echo(comparison_to_text(comparison, a, b))
    if regressed:
        fail(f"{b} is significantly worse than {a} in {', '.join(regressed)}")


@feedback.command("list")
def list_feedback(index: IndexOption = None) -> None:
    """Show what was said of which answer."""
    from qa.feedback import Feedback, place
    from ui.feedback_cli import nothing_said, rows_to_text

    settings = _settings(index)
    kept = Feedback(place(settings, settings.index))
    rows = kept.rows()
    typer.echo(rows_to_text(rows) if rows else nothing_said(kept), err=not rows)


@feedback.command("export")
def export_feedback(
    index: IndexOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="New folder for a collection of the rows marked for use.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Write the rows as lines of JSON, or as a collection."""
    from qa.feedback import Feedback, place, save, to_json
    from ui.feedback_cli import exported_to_json, exported_to_text, left_out_to_text, nothing_said

    settings = _settings(index)
    kept = Feedback(place(settings, settings.index))
    rows = kept.rows()
    if not rows:
        typer.echo(nothing_said(kept), err=True)
    if out is None:
        for row in rows:
            _write_json(to_json(row))
        return
    with _opened(settings, read_only=True) as opened:
        exported = save(rows, opened, out)
    if json_:
        _write_json(exported_to_json(exported, out))
    else:
        typer.echo(exported_to_text(exported, out, settings.index))
    if exported.left_out:
        typer.echo(left_out_to_text(exported), err=True)
        raise SystemExit(1)


def _check_folders(files: dict[str, Path | None]) -> None:
    """End with an error, before anything is computed, where a file could not be written."""
    given = {option: path for option, path in files.items() if path is not None}
    for option, path in given.items():
        if path.is_dir():
            fail(f"{option} {path}: is a folder; name a file")
        if not path.parent.is_dir():
            fail(f"{option} {path}: there is no folder {path.parent}; make it first")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            fail(f"{option} {path}: may not be written; name another file")
    places = [path.resolve() for path in given.values() if path.is_file() or not path.exists()]
    if len(set(places)) < len(places):
        fail(f"{' and '.join(given)} name the same file; give each its own")


@contextmanager
def _opened(settings: "Settings", *, create: bool = False, read_only: bool = False) -> "Iterator[Index]":
    opened = _open(settings, create=create, read_only=read_only)
    try:
        yield opened
    finally:
        opened.close()


def _open(settings: "Settings", *, create: bool = False, read_only: bool = False) -> "Index":
    from index.index import Index
    from ui.demo import NAME, open_demo

    if str(settings.index) == NAME:
        return open_demo()
    return Index.open(
        settings.index, create=create, read_only=read_only, model=settings.model, tokens=settings.passage_tokens
    )


def _settings(index: str | None, **flags: object) -> "Settings":
    from qa.settings import load

    return load(index=index, **flags)


def _limits(opened: "Index", sources: list[str] | None, since: str | None, until: str | None) -> "Filter":
    from qa.limits import limits

    return limits(opened, sources or (), since, until)


def _each_line(answer: Callable[[str], dict[str, object]]) -> None:
    """Write one JSON line for each line of standard input; exit code 1 when any was refused."""
    from index.errors import QuothError

    refused = False
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        try:
            row = answer(line)
        except QuothError as error:
            row, refused = {"question": line, "error": str(error)}, True
        _write_json(row)
        sys.stdout.flush()
    if refused:
        raise SystemExit(1)


def _write_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
