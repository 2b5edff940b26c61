"""What the terminal shows while articles are added or questions measured, and when it is done."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

from rich.cells import set_cell_size
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
from qa.evaluation.comparison import Change, Comparison, Difference
from qa.evaluation.intervals import Score
from qa.evaluation.meanings import meaning
from qa.evaluation.questions import Written
from qa.evaluation.results import Found, Result

_WIDTH = 120
_ROWS = (".jsonl", ".csv", ".tsv")
_HIT = (_WIDTH - 6) // 2  # columns of a passage: two stand side by side
_TITLE = 24  # characters of its article's title
_OUTCOMES = ("added", "replaced", "unchanged")


def count_articles(paths: Sequence[Path]) -> int:
    """Return about how many articles the files hold: a file of rows one a line, any other file one."""
    return sum(_lines(path) if path.suffix.lower() in _ROWS and _is_own(path) else 1 for path in paths)


@contextmanager
def progress_bar(articles: int) -> Iterator[Report]:
    """Show progress on standard error and yield what to report it to; without a terminal nothing is drawn.

    What is "listed" meanwhile comes on top of the ``articles``.
    """
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
        listed, cut, sentences, terms = articles, 0, 0, None

        def report(stage: str, count: int) -> None:
            nonlocal listed, cut, sentences, terms
            if stage == "articles":
                bar.advance(reading, count)
            elif stage == "listed":
                listed += count
                bar.update(reading, total=listed)
            elif stage in ("cut", "sentences"):
                cut += count if stage == "cut" else 0
                sentences += count if stage == "sentences" else 0
                bar.update(reading, detail=f"{sentences:,} of {cut:,} sentences embedded")
            elif stage == "terms":
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
            if stage == "cut":  # the same sentences are counted again when they are embedded
                return
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=None)
            bar.advance(tasks[stage], count)

        yield report


def measures_to_text(result: Result) -> str:
    """Return the measures as a table, with the bounds of their 95% intervals."""
    measured, times = result.collection, result.ms_per_question
    by = f", run {result.run.name}" if result.run else ""
    lines = [f"{measured.name}: {measured.queries:,} questions, {measured.documents:,} documents{by}"]
    lines += _without_value(result)
    lines += _scores(result.measures)
    if times is not None:
        lines.append(f"  {'ms per question':22} {times.p50:8.1f}   (p50; p95 {times.p95:.1f})")
    for turns, measures in result.turns.items():
        lines += [f"{turns} turns:", *(_scores(measures) or ["  none"])]
    return "\n".join(map(printable, lines))


def _scores(measures: Mapping[str, Score]) -> list[str]:
    return [f"  {name:22} {score.mean:8.4f}   {score.low:.4f} .. {score.high:.4f}" for name, score in measures.items()]


def _without_value(result: Result) -> list[str]:
    """Say how many judged questions count 0 whatever was retrieved, and how many because nothing was."""
    judged = set().union(*(result.per_query[name] for name in result.per_query if name.startswith("nDCG")))
    asked = [question for question in result.questions if question.query_id in judged]
    counts = {
        "are judged without any relevant document": sum(not question.wanted for question in asked),
        "are not in the run" if result.run else "found nothing": sum(not question.found for question in asked),
    }
    return [
        f"  {count:,} of the {len(asked):,} judged questions {why} and count 0"
        for why, count in counts.items()
        if count
    ]


def comparison_to_text(comparison: Comparison, a: Path, b: Path) -> str:
    """Return what changed as a table, and the questions that changed most with their best passages."""
    lines = [f"A  {a}: {comparison.a}", f"B  {b}: {comparison.b}", ""]
    lines.append(f"  {'':22} {'A':>9} {'B':>9} {'B - A':>9}   95% interval             p")
    lines += map(_difference, comparison.differences)
    lines += ["", "Each p is of its measure alone: of twenty measures that did not change, one has p < .05 by chance."]
    valued = meaning(comparison.by).better is not None
    for title, changes in (
        ("does better by" if valued else "has more of", comparison.better),
        ("does worse by" if valued else "has less of", comparison.worse),
    ):
        if changes:
            lines += ["", f"The questions that B {title} {comparison.by} (* marks what is relevant)"]
        for change in changes:
            lines += _change(change)
    return "\n".join(printable(line).rstrip() for line in lines)


def _difference(found: Difference) -> str:
    by = found.difference
    verdict = "differs" if meaning(found.measure).better is None else "worse" if found.regressed else "better"
    p = "" if found.p is None else f"{found.p:.4f}"
    return (
        f"  {found.measure:22} {found.a:9.4f} {found.b:9.4f} {by.mean:+9.4f}   {by.low:+9.4f} .. {by.high:+9.4f} {p:>8}"
        f"  {verdict if found.significant else ''}"
    )


def _change(change: Change) -> list[str]:
    lines = ["", _cell(f"  {change.query_id}  {change.a:.4f} -> {change.b:.4f}  {change.text}", _WIDTH)]
    lines.append(f"    {_cell('A', _HIT)}  B")
    for before, after in zip_longest(change.before, change.after):
        lines.append(f"    {_cell(_hit(before), _HIT)}  {_cell(_hit(after), _HIT)}")
    return lines


def _hit(found: Found | None) -> str:
    if found is None:
        return ""
    return f"{found.rank} {'*' if found.relevant else ' '} {(found.title or found.doc_id)[:_TITLE]}: {found.text}"


def _cell(text: str, width: int) -> str:
    """Return one line of exactly ``width`` columns, cut where it is longer."""
    return set_cell_size(printable(re.sub(r"\s", " ", text)), width)


def written_to_text(written: Written, wanted: int) -> str:
    """Return what questions were written and left out, and why there are fewer than wanted."""
    answerable = sum(question.doc_id is not None for question in written.questions)
    lines = [
        f"{answerable:,} answerable and {len(written.questions) - answerable:,} unanswerable questions "
        f"from {written.articles:,} articles; {written.sentences:,} of their sentences were fit to be asked about",
        *(f"{count:7,}  left out: they {reason}" for reason, count in written.dropped.items()),
    ]
    if len(written.questions) < wanted:
        lines.append(f"these are all that the articles give, not {wanted:,}; more articles give more")
    return "\n".join(lines)


def written_to_json(written: Written, folder: str) -> dict[str, object]:
    """Return the same as JSON values; the questions themselves are in the folder."""
    answerable = sum(question.doc_id is not None for question in written.questions)
    return {
        "folder": folder,
        "answerable": answerable,
        "unanswerable": len(written.questions) - answerable,
        "articles": written.articles,
        "sentences": written.sentences,
        "left_out": dict(written.dropped),
    }


def outcomes(summary: Summary, files: Mapping[str, str], *, unchanged: bool = True) -> list[str]:
    """Return a line for every file, without those that are not even ``unchanged`` if need be, and everything left out.

    ``files`` says which file each doc_id came from.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for what in _OUTCOMES if unchanged else _OUTCOMES[:2]:
        for doc_id in getattr(summary, what):
            rows.setdefault((files.get(doc_id, doc_id), what), []).append(doc_id)
    lines = [
        printable(f"{what:10} {file}  {ids[0] if len(ids) == 1 else f'{len(ids):,} articles'}")
        for (file, what), ids in rows.items()
    ]
    lines += [printable(f"note       {files.get(note.doc_id, note.doc_id)}: {note.text}") for note in summary.notes]
    return lines + [printable(f"left out   {refusal.given}: {refusal.reason}") for refusal in summary.refused]


def summary_to_json(summary: Summary) -> dict[str, object]:
    """Return the summary as JSON values."""
    return {"schema": 1, **asdict(summary)}


def printable(line: str) -> str:
    """Return a line without what words of others could do to a terminal: control characters and line breaks."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _is_own(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()  # what a link leads to is not read


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) or 1
    except OSError:  # its reader says why it cannot be read
        return 1
