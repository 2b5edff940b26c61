"""`quoth questions`, `quoth compare` and `quoth feedback`: what measuring is done with, and what comes of it.

Heavy imports sit inside the commands, so that ``quoth --help`` is quick.
"""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ui.options import IndexOption, JsonOption, fail, opened, settings, write_json

feedback = typer.Typer(
    help="See what was said of answers, and make a collection of it.", no_args_is_help=True, rich_markup_mode=None
)


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
    chosen = settings(index)
    with opened(chosen, read_only=True) as articles, evaluation_bar() as report:
        written = write(articles, n, seed=seed, progress=report)
    save(written.questions, out)
    if json_:
        write_json(written_to_json(written, str(out)))
    else:
        command = shlex.join(["quoth", "evaluate", str(out), "--index", str(chosen.index)])
        typer.echo(f"{out}: {len(written.questions):,} questions; `{command}`")
    typer.echo(written_to_text(written, n), err=True)


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
        write_json(to_json(comparison))
    else:
        typer.echo(comparison_to_text(comparison, a, b))
    if regressed:
        fail(f"{b} is significantly worse than {a} in {', '.join(regressed)}")


@feedback.command("list")
def list_feedback(index: IndexOption = None) -> None:
    """Show what was said of which answer."""
    from qa.feedback import Feedback, place
    from ui.feedback_cli import nothing_said, rows_to_text

    chosen = settings(index)
    kept = Feedback(place(chosen, chosen.index))
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

    chosen = settings(index)
    kept = Feedback(place(chosen, chosen.index))
    rows = kept.rows()
    if not rows:
        typer.echo(nothing_said(kept), err=True)
    if out is None:
        for row in rows:
            write_json(to_json(row))
        return
    with opened(chosen, read_only=True) as articles:
        exported = save(rows, articles, out)
    if json_:
        write_json(exported_to_json(exported, out))
    else:
        typer.echo(exported_to_text(exported, out, chosen.index))
    if exported.left_out:
        typer.echo(left_out_to_text(exported), err=True)
        raise SystemExit(1)
