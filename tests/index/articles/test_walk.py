"""Walking over files and folders."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index.articles import READERS, files, read, walk
from index.types import Article, Refusal


def outcome(item: Article | Refusal) -> str:
    """Return an article's title, or a refusal's reason."""
    return item.title if isinstance(item, Article) else item.reason


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with good, bad and hidden files."""
    for name, data in {
        "b.txt": b"Text.",
        "a/deep/z.md": b"# Zed\n",
        "a/broken.txt": b"\xff\xff",
        "a/y.text": b"More text.",
        "c.png": b"\x89PNG",
        ".hidden.txt": b"secret",
        ".git/x.txt": b"secret",
    }.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tree"


def test_a_bad_file_stops_nothing(tree: Path) -> None:
    """A folder is read in sorted order without hidden files, and bad files are refused in their places."""
    found = [outcome(x) for x in walk([tree])]
    assert [x[:20] for x in found] == ["not UTF-8 at byte 0;", "Zed", "y", "b", "not a format Quoth r"]


def test_files_counts_everything(tree: Path) -> None:
    """Each listed file has an outcome of its own, and a file named twice is read once."""
    listed = files([tree, tree / "b.txt", tree / "a"])
    assert [x.name for x in listed] == ["broken.txt", "z.md", "y.text", "b.txt", "c.png"]
    assert all(len(list(read(x))) == 1 for x in listed)


def test_missing_and_empty(tmp_path: Path) -> None:
    """A missing path and a folder without files are refused."""
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    (tmp_path / "empty" / "inner" / ".keep").touch()
    missing, empty = [outcome(x) for x in walk([tmp_path / "no.txt", tmp_path / "empty"])]
    assert "no such file" in missing
    assert "without files" in empty


def test_hidden_file_given(tree: Path) -> None:
    """A hidden file that is named itself is read."""
    assert [outcome(x) for x in walk([tree / ".hidden.txt"])] == [".hidden"]


def test_links(tree: Path) -> None:
    """Links that lead in circles, nowhere or to folders end in refusals, never in a loop."""
    (tree / "a" / "loop").symlink_to(tree)
    (tree / "a" / "nowhere.txt").symlink_to(tree / "gone.txt")
    (tree / "a" / "self.txt").symlink_to(tree / "a" / "self.txt")
    (tree / "twin.txt").symlink_to(tree / "b.txt")
    refused = {Path(x.given).name: x.reason for x in walk([tree]) if isinstance(x, Refusal)}
    assert set(refused) == {"loop", "nowhere.txt", "self.txt", "broken.txt", "c.png"}
    assert "link to a folder" in refused["loop"]
    assert sum(isinstance(x, Article) for x in walk([tree])) == 3


def test_links_out_of_the_folder(tree: Path, tmp_path: Path) -> None:
    """A file elsewhere is not read through a link in a folder, only where it or the link itself is named."""
    (tmp_path / "secret.txt").write_text("Secret.", encoding="utf-8")
    (tree / "a" / "0.txt").symlink_to(tmp_path / "secret.txt")
    (tree / "a" / "1.txt").symlink_to("../b.txt")
    refused = {Path(x.given).name: x.reason for x in walk([tree]) if isinstance(x, Refusal)}
    assert refused["0.txt"] == "a link to a file elsewhere; name that file"
    assert "1.txt" not in refused
    assert [outcome(x) for x in walk([tree]) if isinstance(x, Article)] == ["Zed", "y", "b"]
    for named in ([tree / "a" / "0.txt"], [tree, tmp_path / "secret.txt"], [tmp_path / "secret.txt", tree]):
        assert "Secret." in [x.text for x in walk(named) if isinstance(x, Article)]
        assert not [x for x in walk(named) if isinstance(x, Refusal) and "elsewhere" in x.reason]


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/self/environ"])
def test_devices(tmp_path: Path, target: str) -> None:
    """What is no file on a disk is refused, whether a link to it lies in a folder or is named."""
    (tmp_path / "a.txt").symlink_to(target)
    (in_folder,) = walk([tmp_path])
    assert isinstance(in_folder, Refusal)
    if target.startswith("/dev"):
        (named,) = walk([tmp_path / "a.txt"])
        assert isinstance(named, Refusal)


def test_names_that_could_deceive(tmp_path: Path) -> None:
    """A name with line breaks, escapes or marks of direction gives an id and a title without them."""
    for name in ("a\nb.txt", "c\u202egnp.txt", "d\x1b[2J.txt", "-e.txt", "..txt.txt"):
        (tmp_path / name).write_text("Text.", encoding="utf-8")
    found = [x for x in walk([tmp_path / "a\nb.txt", tmp_path / "..txt.txt", tmp_path]) if isinstance(x, Article)]
    assert len(found) == 5
    assert all((x.doc_id + x.title).isprintable() and not any(c.isspace() for c in x.doc_id) for x in found)


def test_a_file_that_goes_while_it_is_read(tmp_path: Path) -> None:
    """A file that was listed and is gone is refused; the rest goes on."""
    (tmp_path / "a.txt").touch()
    listed = files([tmp_path])
    (tmp_path / "a.txt").unlink()
    (gone,) = read(listed[0])
    assert "no such file" in outcome(gone)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    """Rows are read up to where the file ended when it was opened, or one that is written to would have no end."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"_id": "0", "text": "x"}\n{"_id": "1", "text": "x"}\n', encoding="utf-8")
    count = 0
    for item in read(path):
        assert isinstance(item, Article)
        with path.open("a", encoding="utf-8") as file:
            file.write(f'{{"_id": "more{count}", "text": "{"x" * 100_000}"}}\n')
        count += 1
    assert count == 2


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    """Rows that were cut off are not there, and nothing is raised."""
    path = tmp_path / "a.jsonl"
    rows = (f'{{"_id": "{i}", "text": "{"x" * 100_000}"}}\n' for i in range(50))
    path.write_text("".join(rows), encoding="utf-8")
    reading = read(path)
    next(reading)
    os.truncate(path, 250_000)
    rest = list(reading)
    assert len(rest) < 49


def test_a_linked_folder_given(tree: Path, tmp_path: Path) -> None:
    """A link to a folder that is named itself is followed."""
    (tmp_path / "link").symlink_to(tree)
    assert len(list(walk([tmp_path / "link"]))) == 5


def test_no_permission(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be opened and a folder that may not be listed are refused."""

    def guarded(allowed: Callable[..., object]) -> Callable[..., object]:
        def method(path: Path, *args: object) -> object:
            if path.name in ("b.txt", "deep"):
                raise PermissionError(13, "Permission denied", str(path))
            return allowed(path, *args)

        return method

    monkeypatch.setattr(Path, "open", guarded(Path.open))
    monkeypatch.setattr(Path, "iterdir", guarded(Path.iterdir))
    refused = {Path(x.given).name: x.reason for x in walk([tree]) if isinstance(x, Refusal)}
    assert refused["b.txt"] == refused["deep"] == "cannot be read: Permission denied; see who may read it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes exist on POSIX systems only")
def test_pipe(tmp_path: Path) -> None:
    """A named pipe is refused instead of waited for."""
    os.mkfifo(tmp_path / "pipe.txt")
    assert [outcome(x) for x in walk([tmp_path])] == ["neither a file nor a folder; name a file"]


def test_undecodable_name(tmp_path: Path) -> None:
    """A file name that is not UTF-8 gives an id, a title and an origin that can be stored."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    try:
        path.write_text("Text.", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (found,) = read(path)
    assert isinstance(found, Article)
    (found.doc_id + found.title + found.origin).encode()


def test_origin(tree: Path) -> None:
    """An id hangs on the origin alone, which is the absolute path unless it is given."""
    (own,) = read(tree / "b.txt")
    (given,) = read(tree / "b.txt", origin="seeds:b.txt")
    assert isinstance(own, Article)
    assert isinstance(given, Article)
    assert own.origin == str((tree / "b.txt").resolve())
    assert given.doc_id == "b-" + hashlib.sha256(b"seeds:b.txt").hexdigest()[:6] != own.doc_id
    assert given.origin == "seeds:b.txt"


def test_prefix(tree: Path) -> None:
    """A prefix comes before every id and leaves the origin alone; one with white space is refused."""
    (found,) = walk([tree / "b.txt"], prefix="mine")
    (plain,) = walk([tree / "b.txt"])
    assert isinstance(found, Article)
    assert isinstance(plain, Article)
    assert (found.doc_id, found.origin) == (f"mine-{plain.doc_id}", plain.origin)
    (refused,) = walk([tree / "b.txt"], prefix="my own")
    assert "white space" in outcome(refused)


def test_endings() -> None:
    """Every ending is lower-case and starts with a dot."""
    assert all(ending == ending.lower() and ending.startswith(".") for ending in READERS)


def test_an_index_in_the_folder_is_passed_over(tree: Path) -> None:
    """A folder that holds an index of ours is made of articles already, and is not read."""
    for name in ("catalog.sqlite", "manifest.json", "dense.faiss"):
        (tree / "quoth-index").mkdir(exist_ok=True)
        (tree / "quoth-index" / name).write_bytes(b"x")
    assert not [path for path in files([tree]) if "quoth-index" in path.parts]
