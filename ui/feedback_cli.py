"""What `quoth feedback` shows of what was said: a table, and what became of a collection."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from qa.feedback import Exported, Feedback, Row
from ui.progress import printable

_REASONS = 22  # columns
_QUESTION = 100  # characters


def rows_to_text(rows: Sequence[Row]) -> str:
    """Return a table of the rows, one a line, oldest first."""
    lines = [f"{'time':20}  {'':4}  {'reasons':{_REASONS}}  {'used':4}  question"]
    for row in rows:
        reasons = ", ".join(row.reasons)
        question = row.question if len(row.question) <= _QUESTION else f"{row.question[:_QUESTION]}…"
        lines.append(
            f"{row.time:20}  {row.verdict:4}  {reasons:{_REASONS}}  {'yes' if row.use else 'no':4}  {question}"
        )
    return "\n".join(map(printable, lines))


def nothing_said(kept: Feedback) -> str:
    """Say that there are no rows, and where they would be."""
    return printable(f"quoth: {kept.path} holds nothing: nobody has said anything of an answer yet")


def exported_to_text(exported: Exported, folder: Path, index: Path) -> str:
    """Return how many questions a collection has, and the command that measures on it."""
    left_out = f", {len(exported.left_out):,} left out" if exported.left_out else ""
    if not exported.questions:
        return printable(f"{folder}: not written, no question is left{left_out}")
    command = shlex.join(["quoth", "evaluate", str(folder), "--index", str(index)])
    return printable(f"{folder}: {exported.questions:,} questions{left_out}; `{command}`")


def exported_to_json(exported: Exported, folder: Path) -> dict[str, object]:
    """Return the same for programs, with every row that was left out."""
    left_out = [asdict(row) for row in exported.left_out]
    return {"folder": str(folder), "questions": exported.questions, "left_out": left_out}


def left_out_to_text(exported: Exported) -> str:
    """Return a line for each row that was left out, with the reason."""
    return "\n".join(
        printable(f"left out   {row.question} ({row.answer_id}): {row.reason}") for row in exported.left_out
    )
