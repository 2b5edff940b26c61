"""Archives and messages: files inside of files."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import archive, read
from index.index import Index
from index.types import Article, Refusal
from tests.index.articles.documents import pdf
from tests.toy import ToyEmbedder

TEXT = "The ferry came in the summer, and it stayed."


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """Write a zip of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def tarred(path: Path, members: Mapping[str, str | bytes], mode: str = "w") -> Path:
    """Write a tar of these members."""
    with tarfile.open(path, mode) as file:  # type: ignore[call-overload]
        for name, data in members.items():
            content = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


MEMBERS: Mapping[str, str | bytes] = {
    "notes.md": f"# Notes\n\n{TEXT}",
    "inner/report.pdf": pdf([[(50, 700, 10, TEXT)]], info={"Title": "The report"}),
    "inner/deep/rows.jsonl": '{"_id": "r1", "text": "One."}\n{"_id": "r2"}',
    "inner/picture.png": b"\x89PNG",
    ".hidden.txt": TEXT,
    ".git/config.txt": TEXT,
    "__MACOSX/._notes.md": TEXT,
}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz"])
def test_members(tmp_path: Path, name: str) -> None:
    """Each member is read as its own file would be, and named by its path in the archive."""
    path = tmp_path / name
    if name.endswith("zip"):
        zipped(path, MEMBERS)
    else:
        tarred(path, MEMBERS, "w" if name.endswith(".tar") else "w:gz")
    found = list(read(path))
    articles = [x for x in found if isinstance(x, Article)]
    assert [x.title for x in articles] == ["Notes", "The report", "rows"]
    assert [x.origin for x in articles] == [
        f"{path}!notes.md",
        f"{path}!inner/report.pdf",
        f"{path}!inner/deep/rows.jsonl#r1",
    ]
    assert [x.doc_id.rpartition("-")[0] for x in articles] == ["notes", "report", ""]
    assert articles[1].locators[0].fragment == "#page=1"
    refused = {x.given: x.reason for x in found if isinstance(x, Refusal)}
    assert set(refused) == {f"{path}/inner/deep/rows.jsonl:2", f"{path}/inner/picture.png"}
    assert "quoth-" not in " ".join(refused.values())


def test_an_archive_is_replaced_and_removed_as_any_file(tmp_path: Path) -> None:
    """A member that changed replaces its article, one that did not costs nothing, and both can be removed."""
    path = zipped(tmp_path / "a.zip", {"b/one.txt": TEXT, "b/two.txt": TEXT * 2})
    index = Index.in_memory(ToyEmbedder())
    added = index.add(read(path)).added
    assert len(added) == 2
    zipped(path, {"b/one.txt": TEXT, "b/two.txt": TEXT * 3})
    summary = index.add(read(path))
    assert (summary.unchanged, summary.replaced, summary.refused) == (added[:1], added[1:], ())
    assert index.remove(added) == list(added)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members are unpacked one by one up to the limits of one and of all; what came before stays."""
    path = zipped(tmp_path / "a.zip", {f"{i}.txt": f"{TEXT} {i}" for i in range(5)})
    monkeypatch.setattr(archive, "TOTAL", 100)
    found = list(read(path))
    assert [isinstance(x, Article) for x in found] == [True, True, True, False]
    assert isinstance(found[-1], Refusal)
    assert "the rest is left out" in found[-1].reason
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MEMBERS", 2)
    assert [isinstance(x, Article) for x in read(path)] == [True, True, False]
    monkeypatch.undo()
    monkeypatch.setattr("index.articles.base.LIMIT", 10)
    assert all(isinstance(x, Refusal) and x.given.startswith(f"{path}/") and "larger" in x.reason for x in read(path))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was unpacked is gone afterwards, also where nobody reads to the end, and nothing lies where a name says."""
    path = tarred(tmp_path / "a.tar.gz", {"a.txt": TEXT, "../../b.txt": TEXT, "c.txt": TEXT}, "w:gz")
    folder = tmp_path / "unpacked" / "here"
    folder.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    items = read(path)
    assert isinstance(next(items), Article)
    items.close()  # type: ignore[attr-defined]
    assert len(list(read(path))) == 3
    assert [x.name for x in tmp_path.rglob("*")] == ["a.tar.gz", "unpacked", "here"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.text(min_size=1, max_size=12).map(lambda x: f"{x}.txt"), st.text(max_size=9), max_size=4),
    st.data(),
)
def test_whatever_is_changed_in_an_archive(tmp_path: Path, members: dict[str, str], data: st.DataObject) -> None:
    """A zip or tar with wrong bytes anywhere gives whole articles, or refusals that name it."""
    for path, write in ((tmp_path / "a.zip", zipped), (tmp_path / "a.tar", tarred)):
        names = {name.replace("\0", "").encode("utf-8", "replace").decode(): text for name, text in members.items()}
        write(path, {name: text.encode("utf-8", "replace") for name, text in names.items()})
        content = bytearray(path.read_bytes())
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
            content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        for item in read(path):
            assert item.origin.startswith(f"{path}!") if isinstance(item, Article) else item.given.startswith(str(path))
