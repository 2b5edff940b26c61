"""The command line: nouns in, lines out; results on standard output, progress and warnings on standard error.

Exit codes: 0 done (also when nothing was found), 1 something was refused or is wrong, 2 wrong usage, 130 Ctrl-C.
Heavy imports sit inside the commands, so that ``quoth --help`` is quick.
"""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui import measuring_cli, sources_cli
from ui.options import IndexOption, JsonOption, fail
from ui.options import opened as _opened
from ui.options import settings as _settings
from ui.options import write_json as _write_json

if TYPE_CHECKING:
    from index.index import Index
    from index.types import Filter

_USAGE, _INTERRUPTED = 2, 130

app = typer.Typer(
    help="Ask your articles a question; the answer is quoted and cited, never written.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(measuring_cli.feedback, name="feedback")

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
    watch: Annotated[
        bool, typer.Option("--watch", help="Also keep the articles as their sources are, as `quoth watch` does.")
    ] = False,
) -> None:
    """Open the chat page. Without any index it shows the demo collection, until articles are added to it."""
    from contextlib import closing

    from ui.lobby import Lobby
    from ui.texts import load

    said = {"host": host, "port": port, "reader": reader, "strictness": strictness, "language": language}
    said["root_path"] = root_path
    settings = _settings(index, **said, public=public or None)
    if settings.public:
        from ui.http.public import terms

        terms(settings)  # refused while something is unsafe, before anybody can come
    with closing(Lobby(settings.host, settings.port, load(settings.language))) as lobby:
        lobby.receive()  # whoever comes while the rest is imported is told so
        from ui.serving import serve

        serve(settings, lobby, lambda said: typer.echo(said, err=True), named=index is not None, watched=watch)


app.command()(sources_cli.add)
app.command()(sources_cli.refresh)
app.command()(sources_cli.watch)
app.add_typer(sources_cli.sources, name="sources")


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

    from index.sources import Sources
    from ui.languages import languages_to_text
    from ui.sources_text import source_to_json, sources_to_text

    with _opened(_settings(index)) as opened:
        state, entries, connected = opened.status(), opened.entries(), Sources(opened)
        kept, gone = connected.all(), connected.gone()
        if json_:
            rows = [{**asdict(entry), "gone": gone.get(entry.doc_id)} for entry in entries]
            _write_json({**asdict(state), "entries": rows, "sources": [source_to_json(x, opened) for x in kept]})
            return
    typer.echo(
        f"{state.folder}: {state.articles:,} articles, {state.sentences:,} sentences, {state.passages:,} passages, "
        f"{state.bytes / 1e6:,.1f} MB\n"
        f"embedder {state.embedder} ({state.dimension} dimensions, sha256 {state.embedder_sha256[:12]}), "
        f"passages of at most {state.passage_tokens} tokens, generation {state.generation}\n"
        f"a question's vector is compared with {state.method}"
    )
    for line in languages_to_text(state):
        typer.echo(line)
    if state.copies:
        many = f"{state.copies:,} articles are copies of others"
        typer.echo("1 article is a copy of another" if state.copies == 1 else many)
    sources: dict[str, int] = {}
    for entry in entries:
        sources[entry.source or "(no source)"] = sources.get(entry.source or "(no source)", 0) + 1
    for name, count in sorted(sources.items(), key=lambda x: (-x[1], x[0]))[:20]:
        typer.echo(f"{count:7,}  {name}")
    for line in sources_to_text(kept):
        typer.echo(line)


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
    from index.sources import Sources

    if conversation is not None:
        _verify_conversation(conversation, index, json_)
        return
    try:
        with _opened(_settings(index), read_only=True) as opened:
            problems, articles = opened.verify(), opened.status().articles
            problems += filter(None, [Sources(opened).damage()])
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
    turns: Annotated[
        bool,
        typer.Option("--turns", help="Measure first and later turns of conversations (`user_turns`) apart as well."),
    ] = False,
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
    if run is not None and (write_run is not None or query_field != "text" or turns):
        raise typer.BadParameter("a run is measured as it is, without --write-run, --query-field and --turns")

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
                turns=turns,
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


app.command()(measuring_cli.questions)
app.command()(measuring_cli.compare)


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
