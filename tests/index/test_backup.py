"""Backups: whole, checked, in place at once, and without what was removed."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from index import backup as backup_module
from index.backup import FILE, Copied, back_up, restore
from index.errors import IndexDamaged, IndexError_, IndexLocked, IndexMissing
from index.index import Index
from index.stores.local.dense import Dense
from tests.toy import ToyEmbedder, article

ROOT = Path(__file__).parents[2]
NAMES = ["amber", "basalt", "cobalt", "dolomite", "emery"]


def nothing(*_: object) -> None:
    """Do nothing."""


def backed_up(source: Path, folder: Path) -> Copied:
    """Make a backup with nothing beside the index."""
    return back_up(source, folder, nothing, nothing)


def found(folder: Path, question: str = "the cobalt report") -> list[tuple[str, float]]:
    """Open an index, see that it is whole, and return passage ids and scores for a question."""
    with closing(Index.open(folder, ToyEmbedder())) as index:
        assert index.verify() == []
        return [(hit.passage.passage_id, round(hit.score, 5)) for hit in index.search(question)]


def read_everything(folder: Path) -> bytes:
    """Return the bytes of all files of a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an index."""
    with closing(Index.create(tmp_path / "index", ToyEmbedder())) as index:
        index.add([article(name, source="The Post", published="2023-07-11") for name in NAMES])
    return tmp_path / "index"


def test_a_backup_is_an_index(folder: Path, tmp_path: Path) -> None:
    """It opens, passes its check read-only too, finds the same, and nothing was embedded for it."""
    assert backed_up(folder, tmp_path / "new" / "backup").articles == 5
    copy = tmp_path / "new" / "backup"
    with closing(Index.open(copy, read_only=True)) as index:
        assert index.verify() == []
    assert found(copy) == found(folder)
    assert [path.name for path in copy.parent.iterdir()] == ["backup"]


def test_what_was_removed_is_not_in_it(folder: Path, tmp_path: Path) -> None:
    """Neither what was removed within the ten minutes, which the index itself can still undo, nor an old version."""
    with closing(Index.open(folder, ToyEmbedder())) as index:
        index.remove(["cobalt"])
        index.add([article("basalt", "Another text. It is newer.")])
    assert backed_up(folder, tmp_path / "backup").articles == 4
    data = read_everything(tmp_path / "backup")
    assert b"Then amber ended" in data
    assert b"Then cobalt ended" not in data
    assert b"Then basalt ended" not in data
    with closing(Index.open(tmp_path / "backup", ToyEmbedder())) as index:
        assert index.removed() == []
    with closing(Index.open(folder, ToyEmbedder())) as index:
        assert index.restore(["cobalt"]) == ["cobalt"]


WRITER = textwrap.dedent(
    """
    import sys
    from index import index
    from tests.toy import ToyEmbedder, article

    index.COMMIT_ARTICLES = 2
    opened = index.Index.open(sys.argv[1], ToyEmbedder())
    given = (article(f"d{i}", f"Sentence {i} is here. " * (i % 9 + 1)) for i in range(10**6))
    while True:
        opened.add([next(given) for _ in range(8)])
        sys.stdout.write(".")
        sys.stdout.flush()
    """
)


def test_beside_a_writer(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process adds, each backup is whole: what was committed at one moment, no article in part."""
    monkeypatch.setattr("index.stores.local.catalog._PAGES", 1)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert writer.stdout is not None
        assert writer.stdout.read(1) == b"."
        made = [backed_up(folder, tmp_path / f"backup{i}") for i in range(3)]
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert made[0].articles < made[2].articles
    for i, copied in enumerate(made):
        with closing(Index.open(tmp_path / f"backup{i}", ToyEmbedder())) as index:
            assert index.verify() == []
            held = {entry.doc_id for entry in index.entries()} - set(NAMES)
            assert held == {f"d{n}" for n in range(copied.articles - len(NAMES))}
    assert found(folder)


def test_the_catalog_is_copied_as_it_was_at_first(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed between two pages is not in the copy, and does not begin it again."""
    monkeypatch.setattr("index.stores.local.catalog._PAGES", 1)
    stages: list[str] = []

    def write(stage: str, count: int) -> None:
        if stage == "% copied" and len(stages) < 3:
            with closing(Index.open(folder, ToyEmbedder())) as index:
                index.add([article(f"later{len(stages)}")])
        stages.append(stage)

    assert back_up(folder, tmp_path / "backup", nothing, write).articles == 5
    assert set(stages) == {"% copied", "derived", "checked"}
    assert len(found(folder, "later0 later1 later2")) == 8


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("step", ["Dense.build", "_flush", "also"])
def test_torn(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    """Stopped at any step, a backup leaves nothing behind, and an older one as it was."""

    def stop(*_: object) -> None:
        raise error

    backed_up(folder, tmp_path / "old")
    before = found(tmp_path / "old")
    also = stop if step == "also" else nothing
    if step != "also":
        monkeypatch.setattr(Dense if step == "Dense.build" else backup_module, step.rpartition(".")[2], stop)
    for name in ("old", "new"):
        with pytest.raises((KeyboardInterrupt, OSError, IndexError_), match=r"No space|^$"):
            back_up(folder, tmp_path / name, also, nothing)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "old"]
    assert found(tmp_path / "old") == before


def test_stopped_between_the_two_renames(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older backup comes back where the new one cannot take its place."""
    backed_up(folder, tmp_path / "backup")
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="Input"):
            backed_up(folder, tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "index"]
    assert found(tmp_path / "backup") == found(folder)


def test_an_older_backup_is_replaced(folder: Path, tmp_path: Path) -> None:
    """A backup that nobody changed makes room for the next, also through a link, and where it was opened since."""
    backed_up(folder, tmp_path / "backup")
    (tmp_path / "link").symlink_to(tmp_path / "backup")
    found(tmp_path / "backup")
    with closing(Index.open(folder, ToyEmbedder())) as index:
        index.add([article("feldspar")])
    assert backed_up(folder, tmp_path / "link").articles == 6
    assert len(found(tmp_path / "backup")) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "index", "link"]


def test_what_is_no_backup_is_left_alone(folder: Path, tmp_path: Path) -> None:
    """Other files, another index, a backup that was added to, and one with something beside it are refused."""
    backed_up(folder, tmp_path / "added")
    with closing(Index.open(tmp_path / "added", ToyEmbedder())) as index:
        index.add([article("feldspar")])
    backed_up(folder, tmp_path / "beside")
    (tmp_path / "beside" / "notes.txt").touch()
    shutil.copytree(folder, tmp_path / "other")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").touch()
    (tmp_path / "file").touch()
    for name, words in {
        "added": "not just a backup",
        "beside": "not just a backup",
        "other": "not just a backup",
        "files": r"a\.txt and not just a backup; give an empty or a new folder",
        "file": "is a file",
        "index": "in one another",
        "index/inside": "in one another",
        ".": "in one another",
    }.items():
        before = read_everything(tmp_path)
        with pytest.raises(IndexError_, match=words):
            backed_up(folder, tmp_path / name)
        assert read_everything(tmp_path) == before
    (tmp_path / "empty").mkdir()
    backed_up(folder, tmp_path / "empty")
    assert found(tmp_path / "empty") == found(folder)


def test_nothing_to_back_up(tmp_path: Path) -> None:
    """A folder without an index is named, and none is made."""
    with pytest.raises(IndexMissing, match="holds no index"):
        backed_up(tmp_path / "nowhere", tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_index_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    """What does not pass the check is named, and no backup is left that nobody could use."""
    data = (folder / "catalog.sqlite").read_bytes()
    (folder / "catalog.sqlite").write_bytes(data.replace(b"Then cobalt ended", b"Then cobalt bnded"))
    with pytest.raises(IndexDamaged, match="'cobalt': its text"):
        backed_up(folder, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_derived_parts_need_not_be_whole(folder: Path, tmp_path: Path) -> None:
    """A backup is made of the catalog alone, so a damaged part of the index does no harm to it."""
    (folder / "dense.faiss").write_bytes(b"x")
    shutil.rmtree(folder / "lexical")
    backed_up(folder, tmp_path / "backup")
    assert found(tmp_path / "backup") == found(folder)


def test_an_index_that_may_only_be_read(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is backed up too, and nothing is written into its folder."""
    access, names = os.access, sorted(folder.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: folder not in [path, *Path(path).parents] and access(path, mode))
        backed_up(folder, tmp_path / "backup")
    assert sorted(folder.iterdir()) == names
    assert found(tmp_path / "backup") == found(folder)


# Putting back


def restored(source: Path, folder: Path, *, replace: bool = False) -> Copied:
    """Put a backup back with nothing beside the index."""
    return restore(source, folder, nothing, nothing, replace=replace)


def test_a_backup_is_put_back(folder: Path, tmp_path: Path) -> None:
    """Where there is no index, the one put back is equal, and is no backup itself."""
    backed_up(folder, tmp_path / "backup")
    expected = found(folder)
    shutil.rmtree(folder)
    assert restored(tmp_path / "backup", folder) == Copied(5, 2)
    assert found(folder) == expected
    assert not (folder / FILE).exists()
    assert found(tmp_path / "backup") == expected


def test_an_index_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    """An index that is there stays, unless it is to be replaced; then it is kept beside. Other files stay anyway."""
    backed_up(folder, tmp_path / "backup")
    with closing(Index.open(folder, ToyEmbedder())) as index:
        index.add([article("feldspar")])
    with pytest.raises(IndexError_, match=r"holds an index already; .* --replace"):
        restored(tmp_path / "backup", folder)
    assert len(found(folder)) == 6
    kept = restored(tmp_path / "backup", folder, replace=True).kept
    assert kept is not None
    assert kept.parent == tmp_path
    assert (len(found(folder)), len(found(kept))) == (5, 6)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").touch()
    with pytest.raises(IndexError_, match=r"a\.txt and no index"):
        restored(tmp_path / "backup", tmp_path / "files", replace=True)


@pytest.mark.parametrize("part", ["catalog.sqlite", "text", "gone"])
def test_a_damaged_backup_is_not_put_back(folder: Path, tmp_path: Path, part: str) -> None:
    """It is checked before anything is changed, and everything stays as it was."""
    backed_up(folder, tmp_path / "backup")
    path = tmp_path / "backup" / "catalog.sqlite"
    data = path.read_bytes()
    if part == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-4096] if part != "text" else data.replace(b"Then cobalt ended", b"Then cobalt bnded"))
    with pytest.raises((IndexDamaged, IndexMissing, IndexError_)):
        restored(tmp_path / "backup", folder, replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "index"]
    assert len(found(folder)) == 5


def test_not_while_somebody_writes(folder: Path, tmp_path: Path) -> None:
    """An index is not replaced while another process adds to it."""
    backed_up(folder, tmp_path / "backup")
    index = Index.open(folder, ToyEmbedder())
    with index.store.writing(), pytest.raises(IndexLocked, match="someone else is writing"):
        restored(tmp_path / "backup", folder, replace=True)
    index.close()
    assert len(found(folder)) == 5


def test_whoever_had_it_open_reads_on_and_writes_no_more(folder: Path, tmp_path: Path) -> None:
    """A server goes on with the index that it opened, and cannot write into the one that took its place."""
    with closing(Index.open(folder, ToyEmbedder())) as index:
        index.add([article("feldspar")])
    backed_up(folder, tmp_path / "backup")
    served = Index.open(folder, ToyEmbedder())
    served.remove(["amber"])
    before = [hit.passage.passage_id for hit in served.search("the cobalt report")]
    restored(tmp_path / "backup", folder, replace=True)
    assert [hit.passage.passage_id for hit in served.search("the cobalt report")] == before
    assert served.frequencies(["amber"]) == (5, [0])
    with pytest.raises(IndexLocked, match="was replaced since it was opened"):
        served.add([article("galena")])
    served.close()
    assert len(found(folder)) == 6


def test_what_marks_a_backup(folder: Path, tmp_path: Path) -> None:
    """One file says when it was made and what it holds, for people too."""
    backed_up(folder, tmp_path / "backup")
    made = json.loads((tmp_path / "backup" / FILE).read_text(encoding="utf-8"))
    assert made["made"].endswith("Z")
    assert (made["articles"], made["generation"]) == (5, 2)
    assert made["files"] == ["backup.json", "catalog.sqlite", "dense.faiss", "lexical", "manifest.json"]
