"""What the terminal shows while articles are added, and when it is done."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from index.index import Progress as Report
from index.types import Summary
from qa.evaluation.evaluation import Result


def count_articles(paths: Sequence[Path]) -> int:
    """Return about how many articles the files hold: a JSON Lines file one a line, any other file one."""
    return sum(_lines(path) if path.suffix.lower() == ".jsonl" and path.is_file() else 1 for path in paths)


@contextmanager
def progress_bar(articles: int) -> Iterator[Report]:
    """Show progress on standard error and yield what to report it to; without a terminal nothing is drawn."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        reading = bar.add_task("articles", total=articles, detail="")
        sentences, terms = 0, None

        def report(stage: str, count: int) -> None:
            nonlocal sentences, terms
            if stage == "articles":
                bar.advance(reading, count)
            elif stage == "sentences":
                sentences += count
                bar.update(reading, detail=f"{sentences:,} sentences embedded")
            else:
                if terms is None:
                    terms = bar.add_task("words", total=None, detail="")
                bar.advance(terms, count)

        yield report


@contextmanager
def evaluation_bar() -> Iterator[Report]:
    """Show on standard error how many articles, sentences and questions an evaluation has behind it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, count: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=None)
            bar.advance(tasks[stage], count)

        yield report


def measures_to_text(result: Result) -> str:
    """Return the measures as a table, with the bounds of their 95% intervals."""
    lines = [f"{result.collection}: {result.queries:,} questions, {result.documents:,} documents"]
    lines += [
        f"  {name:22} {score.mean:8.4f}   {score.low:.4f} .. {score.high:.4f}"
        for name, score in result.measures.items()
    ]
    lines.append(f"  {'ms per question':22} {result.p50:8.1f}   (p50; p95 {result.p95:.1f})")
    return "\n".join(lines)


def summary_to_text(summary: Summary, folder: str, files: Mapping[str, str]) -> str:
    """Return a line for every file and everything left out, and one that counts them.

    ``files`` says which file each doc_id came from.
    """
    outcomes = [(what, doc_id) for what in ("added", "replaced", "unchanged") for doc_id in getattr(summary, what)]
    rows: dict[tuple[str, str], list[str]] = {}
    for what, doc_id in outcomes:
        rows.setdefault((files.get(doc_id, doc_id), what), []).append(doc_id)
    lines = [
        _shown(f"{what:10} {file}  {ids[0] if len(ids) == 1 else f'{len(ids):,} articles'}")
        for (file, what), ids in rows.items()
    ]
    lines += [_shown(f"left out   {refusal.given}: {refusal.reason}") for refusal in summary.refused]
    counts = ", ".join(f"{len(getattr(summary, what)):,} {what}" for what in ("added", "replaced", "unchanged"))
    lines.append(
        f"{folder}: {counts}, {len(summary.refused):,} left out "
        f"({summary.sentences:,} sentences in {summary.passages:,} passages)"
    )
    return "\n".join(lines)


def summary_to_json(summary: Summary) -> dict[str, object]:
    """Return the summary as JSON values."""
    return {"schema": 1, **asdict(summary)}


def _shown(line: str) -> str:
    """Return a line without what a file's name could do to a terminal: control characters and line breaks."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) or 1
    except OSError:  # its reader says why it cannot be read
        return 1
