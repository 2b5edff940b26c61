"""Files that are added while someone watches."""

import json
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from index.errors import IndexLocked
from index.index import Index, Progress
from index.types import Article, Refusal, Summary
from tests.toy import ToyEmbedder
from ui.additions import Addition, add, left_out


def added(index: Index, *paths: Path) -> tuple[Addition, ...]:
    """Add files and return what became of them."""
    *_, last = add(index, paths, threading.Lock())
    return last


def test_each_file_has_its_verdict(tmp_path: Path) -> None:
    """Good files are added, the bad parts of others are named by file and line, and the rest goes on."""
    rows = [{"_id": f"row{n}", "text": f"Row {n} says something."} for n in range(100)]
    (tmp_path / "rows.jsonl").write_text("\n".join([*map(json.dumps, rows), "no json"]))
    (tmp_path / "a.md").write_text("# One\n\nThe mill closed in 1931.")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "photo.png").write_bytes(b"x")
    index = Index.in_memory(ToyEmbedder())
    found = added(index, *(tmp_path / name for name in ("rows.jsonl", "a.md", "empty.txt", "photo.png")))
    assert [len(one.summary.added) for one in found] == [100, 1, 0, 0]
    assert [len(one.summary.refused) for one in found] == [1, 0, 1, 1]
    assert [refusal.given for one in found for refusal in one.summary.refused] == [
        *("rows.jsonl:101", "empty.txt", "photo.png")
    ]
    assert {(one.state, one.share) for one in found} == {("done", 1.0)}
    assert index.status().articles == 101


def test_a_name_is_an_identity(tmp_path: Path) -> None:
    """The same file costs nothing, another of its name replaces it, and of two in one go the second is left out."""
    index = Index.in_memory(ToyEmbedder())
    one, two = tmp_path / "one" / "a.txt", tmp_path / "two" / "a.txt"
    for path, text in ((one, "The mill closed."), (two, "The mill opened again.")):
        path.parent.mkdir()
        path.write_text(text)
    assert added(index, one)[0].summary.added
    assert added(index, one)[0].summary.unchanged
    assert added(index, two)[0].summary.replaced
    first, second = added(index, one, two)
    assert first.summary.replaced
    assert "the same name" in second.problem


def test_whose_id_it_is_stays_untold(tmp_path: Path) -> None:
    """An id that belongs to another article is refused without naming the place that one came from."""
    index = Index.in_memory(ToyEmbedder())
    for folder in ("private", "uploaded"):
        (tmp_path / folder).mkdir()
        name = f"{folder}.jsonl"
        (tmp_path / folder / name).write_text(json.dumps({"_id": "x", "text": f"The {folder} one."}))
    assert added(index, tmp_path / "private" / "private.jsonl")[0].summary.added
    (refusal,) = added(index, tmp_path / "uploaded" / "uploaded.jsonl")[0].summary.refused
    assert refusal.reason == "the id 'x' already belongs to another article; give this one another id"


def test_an_error_is_told_where_it_happens(tmp_path: Path) -> None:
    """What cannot be written is told by the file; the others have their turn."""

    class Locked(Index):
        def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
            raise IndexLocked("someone else is writing")

    (tmp_path / "a.txt").write_text("The mill closed.")
    (found,) = added(Locked(Index.in_memory(ToyEmbedder()).store, ToyEmbedder()), tmp_path / "a.txt")
    assert (found.state, found.problem) == ("done", "someone else is writing")


def test_others_have_their_turn_between(tmp_path: Path) -> None:
    """Whoever waits to change the index gets in before a long file is done."""
    rows = [json.dumps({"_id": f"row{n}", "text": f"Row {n} says something."}) for n in range(400)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    index, turn = Index.in_memory(ToyEmbedder()), threading.Lock()
    states = add(index, [tmp_path / "rows.jsonl"], turn)
    seen = []

    def interrupt() -> None:
        with turn:
            seen.append(index.status().articles)

    thread = threading.Thread(target=interrupt)
    first = next(states)
    thread.start()
    *_, last = [first, *states]
    thread.join()
    assert len(last[0].summary.added) == 400
    assert seen[0] <= 400


@pytest.mark.parametrize(("texts", "expected"), [(["", " "], 2), (["", "A text."], None)])
def test_files_without_articles_are_known_beforehand(tmp_path: Path, texts: list[str], expected: int | None) -> None:
    """Only where no file holds an article is it said why each is left out."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(text)
    found = left_out(paths)
    assert (None if found is None else len(found)) == expected
    assert all(one.summary.refused for one in found or ())


def test_the_share_grows_with_articles_and_sentences() -> None:
    """Of ten articles half read, of their sentences half encoded: a quarter is done."""
    assert Addition("a", "adding", total=10, articles=5, cut=8, encoded=4).share == 0.25
    assert Addition("a").share == 0.0
    assert Addition("a", "done").share == 1.0
