"""Sources: what is kept of them, where, and that nothing else depends on it."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.backup import back_up
from index.errors import IndexLocked, SourceError
from index.index import Index
from index.sources import FILE, Counts, Seen, Source, Sources, is_passing, load, stamp
from tests.toy import ToyEmbedder, article

FOLDER = Source(
    address="/news",
    kind="folder",
    gone="remove",
    every=60,
    added="2026-11-27T09:00:00Z",
    fetched="2026-11-27T09:00:01Z",
    counts=Counts(new=2, failed=1),
    seen={"/news/a.txt": Seen("9-1-1-1"), "/news/b.png": Seen("3-1-1-2", reason="not a format")},
    missing={"/news/c.txt": "2026-11-27T10:00:00Z"},
)
FEED = Source(
    address="https://example.org/feed",
    kind="feed",
    limit=50,
    allow_private=True,
    failure="it cannot be reached",
    seen={"https://example.org/1?x": Seen(etag='"1"', modified="Fri", origin="https://example.org/1")},
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Make an index."""
    return Index.create(tmp_path / "index", ToyEmbedder())


def test_what_is_kept_is_found_again(index: Index, tmp_path: Path) -> None:
    """Another process reads the same sources, in the order in which they were added."""
    for source in (FOLDER, FEED):
        Sources(index).put(source, new=True)
    with closing(Index.open(tmp_path / "index", ToyEmbedder(), read_only=True)) as other:
        assert Sources(other).all() == [FOLDER, FEED]
    assert json.loads((tmp_path / "index" / FILE).read_text())["format"] == 1


def test_a_source_that_was_forgotten_stays_so(index: Index) -> None:
    """What a look found of it is kept no more, unless it is added anew."""
    sources = Sources(index)
    sources.put(FOLDER, new=True)
    sources.forget([FOLDER])
    sources.put(replace(FOLDER, failure="x"))
    assert sources.all() == []


def test_folders_and_files_of_them_are_two_sources(index: Index) -> None:
    """A page that turns out to be a feed is still the same source; a folder and files in it are not."""
    sources = Sources(index)
    files = replace(FOLDER, kind="files", seen={})
    for source in (FOLDER, files, replace(FEED, kind="page"), FEED):
        sources.put(source, new=True)
    assert sources.all() == [FOLDER, files, FEED]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b'{"format": 2, "sources": []}',
                                  b'{"format": 1, "sources": [{"address": 3, "kind": "folder"}]}',
                                  b'{"format": 1, "sources": [{"address": "a", "kind": "moon"}]}',
                                  b'{"format": 1, "sources": [{"address": "a", "kind": "page", "every": 0}]}',
                                  ])  # fmt: skip
def test_a_damaged_file_costs_the_sources_and_nothing_else(
    index: Index, tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, the index works, and the next source begins a new file beside the damaged one."""
    index.add([article("amber")])
    path = tmp_path / "index" / FILE
    path.write_bytes(data)
    sources = Sources(index)
    assert sources.all() == []
    assert "no article is lost" in caplog.text
    assert "no article is lost" in (sources.damage() or "")
    with closing(Index.open(tmp_path / "index", ToyEmbedder())) as again:
        assert again.verify() == []
        assert again.search("amber")
    sources.put(FOLDER, new=True)
    assert sources.all() == [FOLDER]
    assert sources.damage() is None
    assert path.with_suffix(".damaged").read_bytes() == data


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_stands_in_the_file_is_one_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Anything but sources is a SourceError of one line."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"^.+$"):
        load(path)


def test_a_torn_write_is_not_seen(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails, the file is as it was."""
    sources = Sources(index)
    sources.put(FOLDER, new=True)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            sources.put(FEED, new=True)
    assert Sources(index).all() == [FOLDER]


def test_only_one_writes_at_a_time(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes to the index, no source can be kept."""
    monkeypatch.setattr("index.stores.local.store._WAIT", 0.05)
    with closing(Index.open(tmp_path / "index", ToyEmbedder())) as other, index.store.writing():
        sources = Sources(other)
        with pytest.raises(IndexLocked):
            sources.put(FOLDER, new=True)


def test_an_index_in_memory_has_sources_too() -> None:
    """They live as long as it does, and are written nowhere."""
    sources = Sources(Index.in_memory(ToyEmbedder()))
    sources.put(FOLDER, new=True)
    assert sources.all() == [FOLDER]


def test_sources_are_found_by_what_was_added(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the path or address as it was given; any other is refused and told what there is."""
    monkeypatch.chdir(tmp_path)
    source = replace(FOLDER, address=str(tmp_path / "news"))
    sources = Sources(index)
    sources.put(source, new=True)
    assert sources.find("news") == [source]
    with pytest.raises(SourceError, match=r"other is no source.*news"):
        sources.find("other")


def test_a_backup_holds_the_sources(index: Index, tmp_path: Path) -> None:
    """They are copied with the articles, and damaged ones are left out."""
    Sources(index).put(FOLDER, new=True)
    back_up(tmp_path / "index", tmp_path / "copy", lambda _: None, lambda *_: None)
    assert load(tmp_path / "copy" / FILE) == (FOLDER,)
    (tmp_path / "index" / FILE).write_text("{")
    back_up(tmp_path / "index", tmp_path / "other", lambda _: None, lambda *_: None)
    assert not (tmp_path / "other" / FILE).exists()


def test_a_folder_covers_what_a_look_at_it_would_read(tmp_path: Path) -> None:
    """Not what is hidden, what editors keep while they work, or what lies in an index."""
    source = Source(address=str(tmp_path), kind="folder")
    inside = tmp_path / "index"
    inside.mkdir()
    for name in ("catalog.sqlite", "manifest.json"):
        (inside / name).touch()
    for name, covered in {
        "a.txt": True, "x/y/a.txt": True, ".git/a.txt": False, "x/.a.txt.swp": False, "a.txt~": False,
        "~$a.docx": False, "index/catalog.sqlite-wal": False, "index/x/y": False, "a.pdf.crdownload": False,
    }.items():  # fmt: skip
        assert source.covers(tmp_path / name) is covered, name
    assert not source.covers(tmp_path.parent / "b.txt")


def test_what_passes_is_known_by_its_name() -> None:
    """Files of editors, office programs and downloads are passed over."""
    passing = ["a.txt~", ".a.swp", "#a.md#", "~$report.docx", "b.tmp", "c.part", "d.PARTIAL"]
    assert all(map(is_passing, map(Path, passing)))
    assert not any(map(is_passing, map(Path, ["a.txt", "part.md", "tmp", "lock.txt", "a~b.md", "#1.md"])))


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    """Also when size and time of change are put back; what is no file has none."""
    import os

    path = tmp_path / "a.txt"
    path.write_text("one")
    before, status = stamp(path), path.stat()
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert stamp(path) not in ("", before)
    (tmp_path / "link.txt").symlink_to(path)
    assert [stamp(tmp_path / name) for name in ("none", "link.txt", ".")] == ["", "", ""]
