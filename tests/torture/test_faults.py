"""Full disks, flipped bytes, lost and foreign files, as a person meets them at the command line.

Whatever happens to the files of an index, every command ends with 0 or 1 and at most one sentence about it; no answer
quotes what no article says; and what is derived comes back, by itself or by what `quoth verify` says to do.
"""

import json
import logging
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from index.types import Article
from tests.index.test_index import close
from tests.torture import discard, share
from tests.toy import ToyEmbedder, article
from tests.ui.conftest import Result, Run

NAMES = ("amber", "basalt", "cobalt", "dolomite", "emery")
QUESTION = "How many parts has the cobalt report?"
INDEX = Path("quoth-index")
CATALOG = "catalog.sqlite"
ROOT = Path(__file__).parents[2]

log = logging.getLogger(__name__)


def written(name: str) -> Article:
    """Make an article with all that can be shown of it."""
    said = f"The {name} report has seven parts. It rained on {name}. Nobody read the end of {name}."
    return article(name, said, source="The Post", published="2023-07-11", url=f"https://post.example/{name}")


@pytest.fixture(scope="module")
def sound(place: Path) -> Path:
    """Make one index for all faults, of which one article was removed, to be copied."""
    folder = place / "sound"
    index = Index.create(folder, ToyEmbedder())
    index.add(map(written, NAMES))
    index.remove(["emery"])
    index.close()
    return folder


@pytest.fixture
def quoth(run: Run, sound: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that runs ``quoth`` in a folder with a copy of the index, and a file to add."""
    monkeypatch.setenv("QUOTH_THRESHOLD", "0")
    folder = place / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    renew(sound)
    Path("flint.txt").write_text("The flint report has two parts. It snowed on flint.", encoding="utf-8")
    yield run
    discard(folder)


def renew(sound: Path) -> None:
    """Put a sound copy of the index in its place."""
    discard(INDEX)
    shutil.copytree(sound, INDEX)


def decent(result: Result, *, lines: int = 1) -> Result:
    """Return a result, having checked that it is that of a command which did something or said in a line why not."""
    assert result.code in (0, 1), result
    assert "Traceback" not in result.out + result.err
    if result.code and not result.out:
        assert result.err.startswith("quoth: "), result
        assert result.err.count("\n") <= lines, result
    return result


def ask(quoth: Run) -> list[str]:
    """Ask; return the quotations, having checked that each, and all that is shown of it, is what was added."""
    result = decent(quoth("ask", QUESTION, "--json"))
    if result.code:
        return []
    quoted = []
    citations = result.json()["citations"]
    assert isinstance(citations, list)
    for citation in citations:
        given = written(citation["doc_id"])
        assert citation["doc_id"] in NAMES[:4], "it was removed"
        assert given.text[citation["start"] : citation["end"]] == citation["quote"]
        shown = [citation[name] for name in ("title", "url", "source", "published")]
        assert shown == [given.title, given.url, given.source, given.published]
        quoted.append(citation["quote"])
    return quoted


def problems(quoth: Run) -> list[str]:
    """Verify; return what is named, having checked that each line says what to do."""
    result = decent(quoth("verify", "--json"))
    if not result.out:
        return [result.err]
    found = result.json()["problems"]
    assert isinstance(found, list)
    assert bool(found) == bool(result.code)
    assert all(re.search(r"; (delete .*|.*add the articles? again.*|see that .*)", line) for line in found), found
    return found


def files(folder: Path) -> list[str]:
    """Return the files of an index that hold anything."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    return sorted(str(path.relative_to(folder)) for path in paths)


def kinds(folder: Path) -> dict[str, str]:
    """Return one file's name for each kind; Tantivy's names are numbers."""
    return {Path(name).suffix if "lexical" in name and "meta" not in name else name: name for name in files(folder)}


LEXICAL = ("lexical/meta.json", ".del", ".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term")
KINDS = (CATALOG, "manifest.json", "dense.faiss", *LEXICAL)


def renewed(path: Path, data: bytes | bytearray) -> None:
    """Put other bytes in a file's place: cut in place, it is a bus error to whoever has it mapped still."""
    path.unlink()
    path.write_bytes(data)


def flip(path: Path, offset: int) -> None:
    """Flip all bits of one byte of a file."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    renewed(path, data)


def places(size: int, kind: str) -> list[int]:
    """Return where bytes are flipped: in the header, the middle and the end, and somewhere."""
    chance = random.Random(kind)
    more = share(300, 15) if kind == CATALOG else share(20, 0)
    return [4, size // 2, size - 1, *(chance.randrange(size) for _ in range(more))]


def test_every_kind_of_file_is_tried(sound: Path) -> None:
    """The index has a file of each kind that is damaged below, and no other but locks and Tantivy's list of files."""
    assert kinds(sound).keys() - {"lexical/.managed.json", ".json"} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_flipped_bytes(quoth: Run, sound: Path, kind: str) -> None:
    """Whichever byte of an index is flipped, no command fails but in a sentence, and no answer is wrong.

    A flipped byte in a derived part is named by verifying; the next addition, or what verifying says to do, mends it.
    """
    name = kinds(sound)[kind]
    expected = ask(quoth)
    for number, offset in enumerate(places((sound / name).stat().st_size, kind)):
        renew(sound)
        flip(INDEX / name, offset)
        named = problems(quoth)
        answer = ask(quoth)
        if number % 3 == 0:
            decent(quoth("search", QUESTION, "--json"))
            decent(quoth("status"))
        decent(quoth("add", "flint.txt"))
        if kind == CATALOG:
            assert named or answer == expected, offset
            continue
        assert any(name.partition("/")[0] in line for line in named), (offset, named)
        for line in problems(quoth):
            remove(line.partition("; delete ")[2].partition(", and")[0])
        assert (ask(quoth), problems(quoth)) == (expected, []), offset


def remove(path: str) -> None:
    """Delete a file or a folder, as a person is told to."""
    shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("damage", ["gone", "torn"])
def test_lost_and_torn_files(quoth: Run, sound: Path, kind: str, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    """A derived file that is gone or torn is made again from the catalog by the first command that needs it."""
    expected = ask(quoth)
    path = INDEX / kinds(sound)[kind]
    data = path.read_bytes()
    if damage == "torn":
        renewed(path, data[: len(data) // 2])
    else:
        path.unlink()
    caplog.clear()
    assert any(path.parts[1] in line for line in problems(quoth))
    assert ask(quoth) == expected
    decent(quoth("add", "flint.txt"))
    assert problems(quoth) == []
    told = [record.message for record in caplog.records if "what it held is taken from the catalog" in record.message]
    assert any(path.parts[1] in line for line in told), told


def test_a_repair_is_told(quoth: Run) -> None:
    """What had to be made anew is told in a line on standard error, whatever else a command does."""
    renewed(INDEX / "dense.faiss", b"")
    command = [sys.executable, "-c", "from ui.cli import main; main()", "status", "--index", str(INDEX.absolute())]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    assert re.fullmatch(r".*dense\.faiss cannot be used \(.*\); what it held is taken from the catalog\n", told)
    assert problems(quoth) == []


@pytest.mark.parametrize("size", [0, 10, 100, 4096, 20000])
def test_truncated_catalog(quoth: Run, size: int) -> None:
    """A catalog that was cut off is named by every command, with what to do, and nothing is written over it."""
    path = INDEX / CATALOG
    path.write_bytes(path.read_bytes()[:size])
    for command in (["ask", QUESTION], ["search", QUESTION], ["status"], ["add", "flint.txt"]):
        result = decent(quoth(*command))
        assert result.code == 1
        assert CATALOG in result.err
        assert "add the articles again" in result.err
    assert "add the articles again" in problems(quoth)[0]
    assert path.stat().st_size == size


def test_lost_catalog(quoth: Run) -> None:
    """Without its catalog a folder is no index, and nothing is put between the other files."""
    (INDEX / CATALOG).unlink()
    for command in (["ask", QUESTION], ["search", QUESTION], ["status"], ["verify"], ["add", "flint.txt"]):
        result = decent(quoth(*command))
        assert result.code == 1
        assert "no index" in result.err
    assert not (INDEX / CATALOG).exists()


WRITER = """
import os, sys
from index.index import Index
from tests.toy import ToyEmbedder
from tests.torture.test_faults import written
index = Index.open(sys.argv[1], ToyEmbedder())
index.add([written("galena")])
os._exit(0)  # the log stays beside the catalog
"""


@pytest.fixture(scope="module")
def logged(sound: Path, place: Path) -> Path:
    """Make an index whose catalog has a log beside it, as its writer never closed it."""
    folder = Path(shutil.copytree(sound, place / "logged"))
    subprocess.run([sys.executable, "-c", WRITER, str(folder)], check=True, cwd=ROOT)
    assert (folder / f"{CATALOG}-wal").stat().st_size
    return folder


@pytest.mark.parametrize("name", ["-wal", "-shm"])
@pytest.mark.parametrize("damage", ["gone", "empty", "head", "middle", "end"])
def test_damaged_log(quoth: Run, logged: Path, name: str, damage: str) -> None:
    """With its log lost or damaged the catalog is whole as it was before, or as it is with what the log held.

    Its index beside it (-shm) is never missed. Of a lost log the derived parts tell, and are made anew.
    """
    renew(logged)
    path = INDEX / f"{CATALOG}{name}"
    size = path.stat().st_size
    if damage == "gone":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        flip(path, {"head": 9, "middle": size // 2, "end": size - 5}[damage])
    assert ask(quoth)
    entries = quoth("status", "--json").json()["entries"]
    assert isinstance(entries, list)
    held = {entry["doc_id"] for entry in entries}
    assert held - {"galena"} == set(NAMES[:4])
    assert name == "-wal" or "galena" in held
    assert problems(quoth) == []
    decent(quoth("add", "flint.txt"))
    assert problems(quoth) == []


def test_manifest_of_a_later_version(quoth: Run) -> None:
    """A manifest that a later version wrote is named by verifying; the catalog, which is of this one, is believed."""
    path = INDEX / "manifest.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 3'))
    expected = ask(quoth)
    assert expected
    path.write_text(path.read_text().replace('"format": 2', '"format": 3'))
    assert "format 3" in problems(quoth)[0]
    assert ask(quoth) == expected
    assert problems(quoth) == []


def test_index_of_a_later_version(quoth: Run) -> None:
    """An index that a later version wrote is refused with both numbers, and left as it is."""
    index = Index.open(INDEX, ToyEmbedder())
    index.store._catalog._db.execute("UPDATE settings SET value = '3' WHERE key = 'format'")  # type: ignore[attr-defined]
    index.close()
    for command in (["ask", QUESTION], ["status"], ["verify"], ["add", "flint.txt"]):
        result = decent(quoth(*command))
        assert result.code == 1
        assert "format 3" in result.err + result.out


def test_another_embedder(quoth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another embedder than the index was made with, asking and adding name both and what to do."""
    monkeypatch.setattr("index.index.load_embedder", lambda model="": ToyEmbedder(32))
    before = {name: (INDEX / name).read_bytes() for name in files(INDEX)}
    for command in (["ask", QUESTION], ["search", QUESTION], ["add", "flint.txt"]):
        result = decent(quoth(*command))
        assert result.code == 1
        assert "was made with the embedder 'toy'" in result.err
        assert "add the articles to a new index" in result.err
    assert decent(quoth("status")).code == 0
    assert problems(quoth) == []
    assert before == {name: (INDEX / name).read_bytes() for name in files(INDEX)}


# Disks that are full or may not be written


class Disk:
    """A small disk that can be filled and write-protected; where none may be mounted, what comes nearest to it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder, self._patch = folder, monkeypatch
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        self.mounted = made.returncode == 0
        if not self.mounted:
            log.warning("no disk may be mounted (%s): limits of this process stand in", made.stderr.strip())

    def fill(self, room: int) -> None:
        """Leave so many bytes to write, or without a disk of its own so many at the end of any file."""
        if self.mounted:
            free = os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize
            (self.folder / "filler").write_bytes(bytes(max(free - room, 0)))
        else:
            longest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            resource.setrlimit(resource.RLIMIT_FSIZE, (longest + room, resource.RLIM_INFINITY))

    def free(self) -> None:
        """Give all room back."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        (self.folder / "filler").unlink(missing_ok=True)

    def protect(self) -> None:
        """Let nothing be written any more."""
        if self.mounted:
            command = ["mount", "-o", "remount,ro", str(self.folder)]
            waited = time.monotonic()
            # It is busy for as long as threads that are ending hold files of it that are deleted.
            while subprocess.run(command, capture_output=True, check=False).returncode:
                assert time.monotonic() - waited < 20, "the disk stays busy"
                time.sleep(0.05)
        else:
            close(self.folder, self._patch)

    def release(self) -> None:
        """Take the disk away; Tantivy's threads may still hold files of it."""
        if not self.mounted:
            self.free()
        else:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(quoth: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Return a disk with the index on it, which ``quoth`` uses."""
    disk = Disk(Path("disk").absolute(), monkeypatch)
    try:
        shutil.move(INDEX, disk.folder / INDEX)
        monkeypatch.setenv("QUOTH_INDEX", str(disk.folder / INDEX))
        yield disk
    finally:
        disk.release()


def ids(quoth: Run) -> set[str]:
    """Return the ids of the articles."""
    entries = quoth("status", "--json").json()["entries"]
    assert isinstance(entries, list)
    return {entry["doc_id"] for entry in entries}


@pytest.mark.parametrize("room", [0, 5_000, 20_000, 40_000, 60_000, 80_000, 120_000, 160_000, 200_000, 300_000])
def test_full_disk(quoth: Run, disk: Disk, room: int) -> None:
    """A disk that is full at any point of an addition costs that addition at most: it says so, and questions go on.

    With room again the index is whole, and what was refused is added.
    """
    rows = [{"_id": f"row{i}", "text": f"The row{i} report has {i} parts. " * 20} for i in range(60)]
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    expected = ask(quoth)
    assert expected
    disk.fill(room)
    added = decent(quoth("add", "rows.jsonl"))
    assert added.code == 0 or "the disk has room" in added.err
    assert ask(quoth) in ([], expected)
    decent(quoth("verify"))
    disk.free()
    assert ask(quoth) == expected
    assert problems(quoth) == []
    assert ids(quoth) in (set(NAMES[:4]), {*NAMES[:4], *(row["_id"] for row in rows)})
    assert decent(quoth("add", "rows.jsonl")).code == 0
    assert ids(quoth) == {*NAMES[:4], *(row["_id"] for row in rows)}
    assert problems(quoth) == []


@pytest.mark.parametrize("lost", [None, "dense.faiss", "lexical", "manifest.json"])
def test_write_protected_disk(quoth: Run, disk: Disk, lost: str | None) -> None:
    """A disk that may not be written is asked as any other, also without derived parts, and refuses changes."""
    expected = ask(quoth)
    if lost:
        remove(str(disk.folder / INDEX / lost))
    disk.protect()
    assert ask(quoth) == expected
    assert bool(problems(quoth)) == bool(lost)
    assert ids(quoth) == set(NAMES[:4])
    for command in (["add", "flint.txt"], ["remove", "amber"]):
        result = decent(quoth(*command))
        assert result.code == 1
        assert "read-only" in result.err


@pytest.mark.parametrize("lost", [None, "-shm", "-wal"])
def test_write_protected_log(quoth: Run, disk: Disk, logged: Path, lost: str | None) -> None:
    """What a writer left in its log is found on a write-protected disk too, or a sentence says what to do."""
    discard(disk.folder / INDEX)
    shutil.copytree(logged, disk.folder / INDEX)
    if lost:
        (disk.folder / INDEX / f"{CATALOG}{lost}").unlink()
    disk.protect()
    result = decent(quoth("status", "--json"))
    if result.code:
        assert CATALOG in result.err
        assert "copy" in result.err
    else:
        assert ask(quoth)
        assert ids(quoth) - {"galena"} == set(NAMES[:4])
        assert ("galena" in ids(quoth)) == (lost != "-wal")
