"""What `quoth backup`, `quoth restore` and `quoth export` do, and what they say of it."""

import os
import secrets
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from index import backup
from index.articles import jsonl
from index.errors import IndexDamaged, IndexError_
from index.index import Index, Progress
from qa.feedback import FILE, Feedback, place
from qa.settings import Settings
from ui.demo import NAME, open_demo
from ui.progress import printable


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made; ``feedback`` tells whether there was any."""

    folder: str
    articles: int
    generation: int
    feedback: bool


@dataclass(frozen=True, slots=True)
class PutBack:
    """An index that was put back; ``kept`` is where the one before lies.

    ``feedback_left`` is the file of feedback, outside the index, that was there and stayed as it was.
    """

    folder: str
    backup: str
    articles: int
    generation: int
    feedback: bool
    feedback_left: str | None
    kept: str | None


@dataclass(frozen=True, slots=True)
class Exported:
    """Articles that were written as rows, and a sentence for each that was not."""

    file: str
    articles: int
    left_out: tuple[str, ...]


def back_up(settings: Settings, folder: Path, progress: Progress) -> BackedUp:
    """Copy the index of the settings, and the feedback on it wherever it is kept."""
    source = settings.index
    if str(source) == NAME:
        demo = open_demo()
        source = Path(demo.status().folder)
        demo.close()
    feedback, copied = Feedback(place(settings, settings.index)), False

    def also(partial: Path) -> None:
        nonlocal copied
        copied = feedback.copy(partial / FILE)

    made = backup.back_up(source, folder, also, progress)
    return BackedUp(folder=str(folder), articles=made.articles, generation=made.generation, feedback=copied)


def put_back(settings: Settings, folder: Path, progress: Progress, *, replace: bool) -> PutBack:
    """Put a backup into the folder of the settings, and its feedback where that is kept, if there is none."""
    target = settings.index
    if str(target) == NAME:
        raise IndexError_("the demo collection comes with Quoth and is not put back; name a folder with --index")
    kept_in, said, copied = place(settings, target), Feedback(folder / FILE), False
    inside = kept_in == target / FILE
    left = not inside and kept_in.exists()

    def also(partial: Path) -> None:
        nonlocal copied
        if inside:
            copied = said.copy(partial / FILE)

    made = backup.restore(folder, target, also, progress, replace=replace)
    if not inside and not left:
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        copied = said.copy(kept_in)
    return PutBack(
        folder=str(target),
        backup=str(folder),
        articles=made.articles,
        generation=made.generation,
        feedback=copied,
        feedback_left=str(kept_in) if left else None,
        kept=_beside(target, made.kept) if made.kept else None,
    )


def _beside(target: Path, kept: Path) -> str:
    """Name a folder as the one beside it was named, unless that was a link."""
    return str(kept if target.is_symlink() else target.with_name(kept.name))


def export(index: Index, file: str, progress: Progress) -> Exported:
    """Write the articles to a new file, or to standard output for "-"; one whose text is damaged is left out.

    Raises IndexError_ where the file is there already, or cannot be made.
    """
    left_out, count = [], 0
    with _new(file) as out:
        for entry in index.entries():
            try:
                article = index.article(entry.doc_id)
            except IndexDamaged as error:
                left_out.append(printable(str(error)))
                continue
            if article is not None:  # it may have been removed meanwhile
                out.write(f"{jsonl.written(article)}\n".encode())
                count += 1
                progress("articles", 1)
    return Exported(file=file, articles=count, left_out=tuple(left_out))


@contextmanager
def _new(file: str) -> Iterator[BinaryIO]:
    """Open a file that takes its name when it is whole."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    if path.exists():
        raise IndexError_(f"{file} is there already; name a new file, or remove that one first")
    if not path.parent.is_dir():
        raise IndexError_(f"there is no folder {path.parent} for {path.name}; make it first")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def backed_up_to_text(done: BackedUp) -> str:
    """Return a line that says what a backup holds, and how it is put back."""
    feedback = ", what readers said" if done.feedback else ""
    command = shlex.join(["quoth", "restore", done.folder])
    return printable(f"{done.folder}: {done.articles:,} articles{feedback}; `{command}` puts it back")


def put_back_to_text(done: PutBack) -> str:
    """Return what was put back, and what was kept of what was there before."""
    feedback = ", what readers said" if done.feedback else ""
    lines = [f"{done.folder}: {done.articles:,} articles{feedback} from {done.backup}"]
    if done.kept:
        lines.append(f"kept       {done.kept}: the index that was there; restart what serves it")
    if done.feedback_left:
        lines.append(f"left       {done.feedback_left}: what readers said since; the backup's is {FILE} in it")
    return "\n".join(map(printable, lines))


def exported_to_text(done: Exported) -> str:
    """Return how many articles were written, and how they are added again."""
    command = shlex.join(["quoth", "add", done.file, "--index", "DIR"])
    return printable(f"{done.file}: {done.articles:,} articles; `{command}` adds them to another index")
