"""What visitors upload: questions of their own and earlier results, taken only where they are nothing else."""

import io
import zipfile
from pathlib import Path

import pytest

from index.errors import CollectionError
from qa.evaluation import results
from tests.qa.evaluation.results import full
from ui.chat import uploads

FILES = {"queries.jsonl": b'{"_id": "q1", "text": "When?"}\n', "qrels/test.tsv": b"q1\td1\t1\n"}


def archive(
    folder: Path, files: dict[str, bytes], name: str = "harbour.zip", packed: int = zipfile.ZIP_DEFLATED
) -> Path:
    """Write a zip file."""
    with zipfile.ZipFile(folder / name, "w", packed) as zipped:
        for path, data in files.items():
            zipped.writestr(path, data)
    return folder / name


def loose(folder: Path, *names: str) -> list[str]:
    """Write files that hold their names."""
    (folder / "given").mkdir()
    paths = [folder / "given" / name for name in names]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    return [str(path) for path in paths]


def unpacked(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_single_files_become_a_collection(tmp_path: Path) -> None:
    """Questions, evidence and judgements of any name stand where a collection has them."""
    made = uploads.unpack(loose(tmp_path, "queries.jsonl", "evidence.jsonl", "dev.tsv"), tmp_path)
    assert unpacked(made) == {
        "evidence.jsonl": b"evidence.jsonl",
        "qrels/test.tsv": b"dev.tsv",
        "queries.jsonl": b"queries.jsonl",
    }


@pytest.mark.parametrize("prefix", ["", "harbour/", "../../", "/", "C:\\temp\\/"])
def test_an_archive_becomes_a_collection_whatever_its_folders(tmp_path: Path, prefix: str) -> None:
    """Only the last part of a name counts, so nothing is written outside the new folder."""
    (tmp_path / "in").mkdir()
    given = archive(tmp_path / "in", {prefix + name: data for name, data in FILES.items()} | {"__MACOSX/._x": b""})
    made = uploads.unpack([given], tmp_path / "out")
    assert made == tmp_path / "out" / "harbour"
    assert unpacked(made) == FILES
    assert unpacked(tmp_path).keys() == {"in/harbour.zip", "out/harbour/queries.jsonl", "out/harbour/qrels/test.tsv"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "no file was given"),
        (("queries.jsonl", "notes.docx"), "'notes.docx': is no file of a collection"),
        (("queries.jsonl", "corpus.jsonl"), "the documents are always those of the open index"),
        (("a.tsv", "b.tsv"), "'b.tsv': there is another test.tsv"),
        (("queries.jsonl", "a.zip"), "'a.zip': is no file of a collection"),
    ],
)
def test_any_other_file_is_refused_by_name(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    """What is no part of a collection, or is there twice, is named in the error."""
    with pytest.raises(CollectionError, match=said):
        uploads.unpack(loose(tmp_path, *names), tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip file that holds more than may be unpacked is refused, in one file or in many."""
    monkeypatch.setattr(uploads, "LARGEST", 100_000)
    for number, files in enumerate(
        ({"queries.jsonl": bytes(10**7)}, dict.fromkeys(("a.tsv", "queries.jsonl"), bytes(60_000)))
    ):
        with pytest.raises(CollectionError, match="in all"):
            uploads.unpack([archive(tmp_path, files)], tmp_path / str(number))


def test_a_zip_file_with_a_thousand_files_is_refused(tmp_path: Path) -> None:
    """The files are counted before any is read."""
    with pytest.raises(CollectionError, match="holds 1,000 files"):
        uploads.unpack([archive(tmp_path, {f"{n}.tsv": b"" for n in range(1000)})], tmp_path)


def test_a_large_zip_file_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its table of contents alone could be many times as large."""
    monkeypatch.setattr(uploads, "_ARCHIVE", 10)
    with pytest.raises(CollectionError, match=r"harbour\.zip: has more than"):
        uploads.unpack([archive(tmp_path, FILES)], tmp_path)


def test_what_is_no_plain_zip_file_is_refused(tmp_path: Path) -> None:
    """Damaged, encrypted and unusually packed ones give one sentence."""
    buffer = io.BytesIO(archive(tmp_path, FILES).read_bytes())
    whole = buffer.getvalue()
    encrypted = bytearray(whole)
    encrypted[whole.index(b"PK\x01\x02") + 8] |= 1
    torn = bytearray(whole)
    torn[30 + len("queries.jsonl")] ^= 0xFF
    lzma = archive(tmp_path, FILES, "l.zip", zipfile.ZIP_LZMA).read_bytes()
    for number, (data, said) in enumerate(
        (
            (bytearray(b"no zip"), "cannot be unpacked"),
            (torn, "cannot be unpacked"),
            (encrypted, "plain zip"),
            (bytearray(lzma), "plain zip"),
        )
    ):
        path = tmp_path / "bad.zip"
        path.write_bytes(bytes(data))
        with pytest.raises(CollectionError, match=said):
            uploads.unpack([path], tmp_path / str(number))


def test_an_earlier_result_is_read_back(tmp_path: Path) -> None:
    """A result that was downloaded equals the one that was kept."""
    results.save(full(), tmp_path / "a.json")
    assert uploads.read_result(tmp_path / "a.json") == full()


def test_a_file_that_is_no_result_is_named_without_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server keeps uploads is nobody's business; a result that is too large to compare is refused."""
    (tmp_path / "a.json").write_text('{"measures": 1}', encoding="utf-8")
    with pytest.raises(CollectionError, match=r"^a\.json: is no result"):
        uploads.read_result(tmp_path / "a.json")
    results.save(full(), tmp_path / "a.json")
    monkeypatch.setattr(uploads, "_VALUES", 30)
    with pytest.raises(CollectionError, match=r"^a\.json: holds more than 30 values"):
        uploads.read_result(tmp_path / "a.json")
    monkeypatch.setattr(uploads, "LARGEST", 30)
    with pytest.raises(CollectionError, match=r"^a\.json: has more than"):
        uploads.read_result(tmp_path / "a.json")
