"""The local store when things go wrong: interruptions, sudden death, missing and damaged files."""

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import index as index_module
from index.embedding import Window
from index.errors import IndexDamaged, IndexError_, IndexVersion
from index.index import Index
from index.stores.local import lexical as lexical_module
from index.stores.local import store as store_module
from index.stores.local.dense import Dense
from index.stores.local.lexical import Lexical
from index.stores.local.manifest import Manifest
from index.terms import term_hashes
from tests.toy import CountingEmbedder, ToyEmbedder, article

ROOT = Path(__file__).parents[2]
NAMES = ["amber", "basalt", "cobalt", "dolomite", "emery"]
QUESTION = "the cobalt report"
Hits = list[tuple[str, float]]


def hits(index: Index) -> Hits:
    """Return passage ids and scores for a question."""
    return [(hit.passage.passage_id, round(hit.score, 5)) for hit in index.search(QUESTION)]


def reopened(folder: Path) -> tuple[Hits, list[str]]:
    """Open an index, and return what it finds and what verifying it says."""
    index = Index.open(folder, ToyEmbedder())
    try:
        return hits(index), index.verify()
    finally:
        index.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one index for all tests, to be copied."""
    folder = tmp_path_factory.mktemp("built") / "index"
    index = Index.create(folder, ToyEmbedder())
    index.add([article(name, source="The Post", published="2023-07-11") for name in NAMES])
    index.close()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """Copy the index."""
    return Path(shutil.copytree(built, tmp_path / "index"))


@pytest.fixture
def expected(built: Path) -> Hits:
    """Return what is found in the undamaged index."""
    return reopened(built)[0]


# Interruptions


class _Interrupted(CountingEmbedder):
    """An embedder during whose n-th call Ctrl-C is pressed."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = calls

    def encode_passages(self, passages: Sequence[Window]) -> list[NDArray[np.float32]]:
        self._calls -= 1
        if self._calls == 0:
            raise KeyboardInterrupt
        return super().encode_passages(passages)


def test_interrupted_add_keeps_what_was_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves a whole index of what was committed; the next run embeds only the rest."""
    monkeypatch.setattr(index_module, "COMMIT_ARTICLES", 4)
    articles = [article(f"d{i}") for i in range(20)]
    first = _Interrupted(3)
    index = Index.create(tmp_path / "index", first)
    with pytest.raises(KeyboardInterrupt):
        index.add(articles)
    assert [entry.doc_id for entry in index.entries()] == sorted(a.doc_id for a in articles[:8])
    assert index.verify() == []
    assert index.search("d7")[0].passage.doc_id == "d7"
    index.close()

    second = CountingEmbedder()
    index = Index.open(tmp_path / "index", second)
    assert index.verify() == []
    summary = index.add(articles)
    assert (len(summary.unchanged), len(summary.added)) == (8, 12)
    assert len(second.encoded) == 12
    assert not set(first.encoded) & set(second.encoded)
    assert index.status().articles == 20
    assert index.verify() == []
    index.close()


CHILD = textwrap.dedent(
    """
    import sys
    from index import index
    from tests.toy import ToyEmbedder, article

    index.COMMIT_ARTICLES = 3
    opened = index.Index.open(sys.argv[1], ToyEmbedder(), create=True)
    given = (article(f"d{i}", f"Sentence {i} is here. " * (i % 9 + 1)) for i in range(int(sys.argv[2]), 10**6))
    written = opened.store.write
    def write(records):
        written(records)
        sys.stdout.write(records[-1].article.doc_id + "\\n")
        sys.stdout.flush()
    opened.store.write = write
    while True:
        opened.add([next(given) for _ in range(9)])
    """
)


def test_killed_while_adding(tmp_path: Path) -> None:
    """Killed at any moment, an index opens whole: what was acknowledged is there, and no article is there in part."""
    folder = tmp_path / "index"
    start = 0
    for lines in (2, 7):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder), str(start)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(lines)]
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.close()
        child.wait()
        index = Index.open(folder, ToyEmbedder())
        assert index.verify() == []
        held = {entry.doc_id for entry in index.entries()}
        assert set(acknowledged) <= held
        assert held == {f"d{i}" for i in range(len(held))}
        for doc_id in held:
            found = index.article(doc_id)
            assert found is not None
            assert found.text == f"Sentence {doc_id[1:]} is here. " * (int(doc_id[1:]) % 9 + 1)
        assert index.search(f"sentence {acknowledged[-1][1:]}")[0].passage.doc_id == acknowledged[-1]
        index.close()
        start = len(held)


@pytest.mark.parametrize("step", [(Lexical, "build"), (Lexical, "bring_up"), (Dense, "build")], ids=str)
def test_stopped_while_destroying(folder: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str]) -> None:
    """Stopped between destroying an article and making the parts anew, an index opens without a trace of it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    index = Index.open(folder, ToyEmbedder())
    with monkeypatch.context() as patch:
        patch.setattr(*step, stop)
        with pytest.raises(KeyboardInterrupt):
            index.remove(["cobalt"], now=True)
    index.close()
    index = Index.open(folder, ToyEmbedder())
    assert index.verify() == []
    assert index.frequencies(["cobalt"]) == (4, [0])
    assert "cobalt" not in [hit.passage.doc_id for hit in index.search("cobalt", 20)]
    index.close()


@pytest.mark.parametrize("saved", [0, 1])
def test_stopped_before_the_manifest_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch, saved: int) -> None:
    """Stopped when a part was renamed into its place and the manifest still names the old one, nothing is amiss."""
    save, times = Manifest.save, iter(range(9))

    def stop(manifest: Manifest, place: Path) -> None:
        if next(times) >= saved:
            raise KeyboardInterrupt
        save(manifest, place)

    index = Index.open(folder, ToyEmbedder())
    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            index.remove(["amber", "emery"])
    index.close()
    found, problems = reopened(folder)
    assert problems == []
    assert {passage_id for passage_id, _ in found} == {"cobalt#0", "basalt#0", "dolomite#0"}


def test_writers_in_turn(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two that hold an index open and write in turn leave it whole, and nothing is taken for damaged."""
    one, other = Index.open(folder, ToyEmbedder()), Index.open(folder, ToyEmbedder())
    for number in range(3):
        for index in (one, other):
            index.add([article(f"flint{number}{index is one}")])
            index.remove(["amber", f"flint{number - 1}{index is one}"], now=number == 1)
            assert one.verify() == []
    assert caplog.records == []
    one.close()
    other.close()
    assert reopened(folder)[1] == []


# Missing and damaged derived parts


def files(folder: Path) -> list[str]:
    """Return the derived files of an index folder."""
    paths = [p for p in folder.rglob("*") if p.is_file() and "lock" not in p.name and not p.name.startswith("catalog")]
    return sorted(str(p.relative_to(folder)) for p in paths)


def copied(folder: Path, place: Path) -> Path:
    """Copy an index to a new folder in ``place``; Tantivy's threads may go on for a while in one that was closed."""
    return Path(shutil.copytree(folder, place / f"copy{len(list(place.iterdir()))}"))


DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda data: None,
    "empty": lambda data: b"",
    "half": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "zeros": lambda data: bytes(len(data)),
    "garbage": lambda data: random.Random(1).randbytes(len(data)),
    "long": lambda data: data + b"more",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_part(folder: Path, expected: Hits, damage: str, tmp_path: Path) -> None:
    """Whichever derived file is lost or torn, opening derives it again, or verifying names it; hits stay the same."""
    for name in files(folder):
        copy = copied(folder, tmp_path)
        path = copy / name
        data = DAMAGE[damage](path.read_bytes())
        path.unlink()
        if data is not None:
            path.write_bytes(data)
        found, problems = reopened(copy)
        assert found == expected, name
        assert all(name.partition("/")[0] in problem for problem in problems), (name, problems)
        # Positions are not kept, so a search never opens their file: the one damage that only its hash shows.
        assert not problems or name.endswith((".pos", ".json", ".faiss", ".store", ".fieldnorm")), (name, problems)


@pytest.mark.parametrize("lost", ["dense.faiss", "lexical", "manifest.json"])
def test_lost_part_is_derived_without_embedding(folder: Path, expected: Hits, lost: str) -> None:
    """A part that is gone altogether is made again from the catalog, and nothing is embedded for it."""
    path = folder / lost
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    embedder = CountingEmbedder()
    index = Index.open(folder, embedder)
    assert embedder.encoded == []
    assert index.verify() == []
    assert hits(index) == expected
    assert path.exists()
    index.close()
    assert reopened(folder) == (expected, [])


def test_changed_schema_of_the_lexical_part(folder: Path, expected: Hits) -> None:
    """A lexical part with other fields than ours is made anew."""
    path = folder / "lexical" / "meta.json"
    path.write_text(path.read_text().replace('"title"', '"tytle"'))
    assert reopened(folder) == (expected, [])


def test_plain_file_in_place_of_the_lexical_part(folder: Path, expected: Hits) -> None:
    """A file where the lexical folder should be is replaced."""
    shutil.rmtree(folder / "lexical")
    (folder / "lexical").write_bytes(b"not a folder")
    assert reopened(folder) == (expected, [])


def test_flipped_bits_never_crash(folder: Path, tmp_path: Path) -> None:
    """A single bit flipped anywhere in the derived parts is mended on opening or named by verifying."""
    chance = random.Random(7)
    sound = {name: (folder / name).read_bytes() for name in files(folder)}
    for name in [*sound, *["manifest.json"] * 8]:
        copy = copied(folder, tmp_path)
        data = bytearray(sound[name])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (copy / name).write_bytes(data)
        index = Index.open(copy, ToyEmbedder())
        problems = index.verify()
        assert all(name.partition("/")[0] in p or name == "manifest.json" for p in problems), (name, problems)
        assert index.search(QUESTION)
        index.frequencies(["cobalt"])
        index.add([article("flint")])
        assert index.search("flint")[0].passage.doc_id == "flint"
        index.close()


@pytest.mark.parametrize("suffix", ["idx", "term", "fast", "fieldnorm"])
def test_damaged_files_are_not_written_on(folder: Path, suffix: str, caplog: pytest.LogCaptureFixture) -> None:
    """A lexical part that was damaged behind our back is made anew by the next write: Tantivy would end the process."""
    (path,) = (folder / "lexical").glob(f"*.{suffix}")
    before = path.stat()
    data = path.read_bytes()
    path.write_bytes(data[:4] + bytes(len(data) // 2 - 4) + data[len(data) // 2 :])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    index = Index.open(folder, ToyEmbedder())
    index.remove(["amber"])
    assert index.verify() == []
    assert hits(index)[0][0] == "cobalt#0"
    index.close()
    assert [r for r in caplog.records if "lexical" in r.message and "taken from the catalog" in r.message]


class PanicException(BaseException):
    """What a panic in Rust looks like from here."""


@pytest.mark.parametrize("error", [PanicException("mid > len"), ValueError("corrupt"), OSError("gone"), KeyError(0)])
def test_lexical_part_that_fails_in_a_search(
    folder: Path, expected: Hits, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """When Tantivy fails or panics over a file while searching, the terms are found in memory instead."""

    class Failing:
        num_docs = 5

        def search(self, *_: object, **__: object) -> None:
            raise error

    index = Index.open(folder, ToyEmbedder())
    monkeypatch.setattr(index.store._lexical, "_searcher", Failing())  # type: ignore[attr-defined]
    assert hits(index) == expected
    monkeypatch.setattr(index.store._lexical, "_searcher", Failing())  # type: ignore[attr-defined]
    assert index.frequencies(["cobalt"]) == (5, [1])
    index.add([article("flint")])
    assert index.verify() == []
    index.close()


def test_interruption_is_not_taken_for_damage() -> None:
    """Ctrl-C inside Tantivy stays Ctrl-C."""
    with pytest.raises(KeyboardInterrupt), lexical_module._damage(None):
        raise KeyboardInterrupt


# The catalog


@pytest.mark.parametrize("damage", ["empty", "half", "zeros", "garbage"])
def test_damaged_catalog(folder: Path, damage: str) -> None:
    """A catalog that is no catalog is named, with what to do."""
    path = folder / "catalog.sqlite"
    path.write_bytes(DAMAGE[damage](path.read_bytes()) or b"")
    with pytest.raises(IndexDamaged, match=r"catalog\.sqlite .*add the articles again"):
        Index.open(folder, ToyEmbedder()).verify()
    with pytest.raises(IndexDamaged, match=r"catalog\.sqlite .*add the articles again"):
        Index.open(folder, ToyEmbedder(), read_only=True).verify()


def test_flipped_bits_in_the_catalog_are_reported(folder: Path, tmp_path: Path) -> None:
    """Whatever bit flips in the catalog, every failure is one of ours."""
    chance = random.Random(3)
    sound = (folder / "catalog.sqlite").read_bytes()
    silent = 0
    for _ in range(40):
        copy = copied(folder, tmp_path)
        data = bytearray(sound)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (copy / "catalog.sqlite").write_bytes(data)
        with suppress(IndexError_):
            silent += not reopened(copy)[1]
    assert silent  # much of a page is empty


def flip(folder: Path, needle: bytes) -> None:
    """Flip one bit of some bytes of the catalog."""
    path = folder / "catalog.sqlite"
    data = bytearray(path.read_bytes())
    at = data.index(needle) + len(needle) // 2
    data[at] ^= 1
    path.write_bytes(data)


def vector_bytes(text: str) -> bytes:
    """Return the bytes that the catalog keeps of a sentence's vector."""
    return ToyEmbedder().encode([text]).astype(np.float16).tobytes()


@pytest.mark.parametrize("read_only", [False, True])
def test_damaged_vectors_while_the_base_is_whole(folder: Path, expected: Hits, read_only: bool) -> None:
    """A damaged vector in the catalog is named by verifying, while searches go on with the base's copy of it."""
    flip(folder, vector_bytes("It named cobalt twice."))
    index = Index.open(folder, ToyEmbedder(), read_only=read_only)
    assert hits(index) == expected
    assert [p for p in index.verify() if "'cobalt'" in p and "vectors" in p]
    index.close()


def test_damaged_vectors_are_embedded_again(folder: Path, expected: Hits) -> None:
    """Vectors found damaged when they are read are embedded again, and only those; all is well then."""
    flip(folder, vector_bytes("It named cobalt twice."))
    (folder / "dense.faiss").unlink()
    embedder = CountingEmbedder()
    index = Index.open(folder, embedder)
    assert [(window.title, window.text) for window in embedder.encoded] == [("On cobalt", article("cobalt").text)]
    assert hits(index) == expected
    assert index.verify() == []
    index.close()
    assert reopened(folder) == (expected, [])


def test_damaged_vectors_that_nobody_mended(folder: Path, expected: Hits) -> None:
    """A store that cannot embed finds damaged articles by their terms, and whoever can embed mends them later."""
    flip(folder, vector_bytes("It named cobalt twice."))
    (folder / "dense.faiss").unlink()
    store = store_module.LocalStore(folder)
    assert [(a.doc_id, p[0].passage_id) for _, a, p in store.damaged()] == [("cobalt", "cobalt#0")]
    assert len(list(store.problems())) == 2
    store.close()
    reader = Index.open(folder, ToyEmbedder(), read_only=True)
    assert "cobalt" in [hit.passage.doc_id for hit in reader.search(QUESTION)]
    reader.close()
    assert reopened(folder) == (expected, [])


def test_damaged_vectors_found_by_a_merge(folder: Path) -> None:
    """Vectors found damaged while an addition merges the base are embedded again at the end of it."""
    index = Index.open(folder, ToyEmbedder())
    index.store._catalog._db.execute("UPDATE vectors SET rows = zeroblob(length(rows)) WHERE article = 3")  # type: ignore[attr-defined]
    index.add([article("flint")])
    assert index.verify() == []
    assert index.search(QUESTION)[0].passage.doc_id == "cobalt"
    index.close()


@pytest.mark.parametrize("replacement", [b"cobult", b"cob\xffl\xc3"])
def test_damaged_text_is_withheld_and_named(folder: Path, replacement: bytes) -> None:
    """An article whose text was changed on disk is withheld and named; searches still find all others."""
    path = folder / "catalog.sqlite"
    data = path.read_bytes()
    sentence = b"It named cobalt twice."
    assert data.count(sentence) == 1
    path.write_bytes(data.replace(sentence, sentence.replace(b"cobalt", replacement)))
    index = Index.open(folder, ToyEmbedder())
    with pytest.raises(IndexDamaged, match=r"'cobalt'.*add the article again"):
        index.article("cobalt")
    assert [p for p in index.verify() if "'cobalt'" in p]
    found = [hit.passage.doc_id for hit in index.search("cobalt report basalt emery", 20)]
    assert "cobalt" not in found
    assert {"basalt", "emery"} <= set(found)
    assert index.add([article("cobalt", source="The Post", published="2023-07-11")]).replaced == ("cobalt",)
    assert index.verify() == []
    index.close()
    shutil.rmtree(folder / "lexical")
    assert reopened(folder)[1] == []


@pytest.mark.parametrize("changed", [(b"On cobalt", b"On cobult"), (b"[][]", b"[]x]")])
def test_changed_metadata_is_withheld_and_named(folder: Path, changed: tuple[bytes, bytes]) -> None:
    """Articles whose title or locators were changed on disk are shown to nobody, and named by verifying."""
    path = folder / "catalog.sqlite"
    data = path.read_bytes()
    assert changed[0] in data
    path.write_bytes(data.replace(*changed))
    shutil.rmtree(folder / "lexical")  # what is derived of them anew does no harm
    index = Index.open(folder, ToyEmbedder())
    assert [p for p in index.verify() if "'cobalt'" in p]
    assert "cobalt" not in [hit.passage.doc_id for hit in index.search("cobalt", 20)]
    with pytest.raises(IndexDamaged, match=r"'cobalt'.*add the article again"):
        index.article("cobalt")
    index.add([article(name, source="The Post", published="2023-07-11") for name in NAMES])
    assert index.verify() == []
    index.close()


@pytest.mark.parametrize("other", [1, 3])
def test_another_format_is_refused(folder: Path, other: int) -> None:
    """An index of an older or a later format is refused with both format numbers and what to do."""
    index = Index.open(folder, ToyEmbedder())
    index.store._catalog._db.execute(f"UPDATE settings SET value = '{other}' WHERE key = 'format'")  # type: ignore[attr-defined]
    index.close()
    with pytest.raises(IndexVersion, match=rf"format {other}.*format 2.*add the articles to a new index"):
        Index.open(folder, ToyEmbedder())


def test_damaged_terms_are_named(folder: Path) -> None:
    """Verifying names an article whose terms were changed on disk, and searches go on."""
    flip(folder, term_hashes(["cobalt", "report"]).astype("<u4").tobytes())
    index = Index.open(folder, ToyEmbedder())
    assert [p for p in index.verify() if "'cobalt'" in p and "terms" in p]
    assert index.search(QUESTION)[0].passage.doc_id == "cobalt"
    index.close()


def test_terms_of_an_earlier_analysis_are_made_anew(folder: Path, expected: Hits) -> None:
    """An index that was written when text was analysed otherwise finds what it should, without embedding anything."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db:
        db.execute("UPDATE passages SET terms = ?", (term_hashes(["before"]).tobytes(),))
        db.execute("DELETE FROM meta WHERE key = 'analysis'")
        db.commit()
    embedder = CountingEmbedder()
    index = Index.open(folder, embedder, read_only=True)
    assert index.verify()  # nothing is written into what is only read
    index.close()
    index = Index.open(folder, embedder)
    assert (hits(index), index.verify(), embedder.encoded) == (expected, [], [])
    generation = index.status().generation
    index.close()
    assert reopened(folder) == (expected, [])
    index = Index.open(folder, embedder)
    assert index.status().generation == generation
    index.close()


def test_damaged_ranges_are_not_followed(folder: Path) -> None:
    """A passage whose range of sentences was damaged has no vectors, however long the range became."""
    index = Index.open(folder, ToyEmbedder())
    index.store._catalog._db.execute("UPDATE passages SET last = last + (1 << 50) WHERE id = 3")  # type: ignore[attr-defined]
    vector = np.ones(index.embedder.dimension, np.float32)
    assert [each.products.any() for each in index.store.evidence([2, 3], vector)] == [True, False]
    index.close()


def test_a_damaged_count_of_sentences_keeps_no_question_from_its_answer(folder: Path) -> None:
    """Passages whose articles have lost how many sentences they have are found by their words."""
    index = Index.open(folder, ToyEmbedder())
    index.store._catalog._db.execute("UPDATE articles SET sentences = 1")  # type: ignore[attr-defined]
    found = index.search("cobalt", 20)
    assert found
    assert all(len(hit.cosines) == len(hit.passage.sentences) for hit in found)
    index.close()


def test_older_copy_of_the_catalog(folder: Path, built: Path) -> None:
    """Put back from an older copy, the catalog is believed and the younger parts are made anew."""
    index = Index.open(folder, ToyEmbedder())
    index.add([article("flint"), article("galena")])
    index.close()
    shutil.copy(built / "catalog.sqlite", folder / "catalog.sqlite")
    index = Index.open(folder, ToyEmbedder())
    assert index.verify() == []
    assert "flint" not in [hit.passage.doc_id for hit in index.search("flint", 20)]
    index.add([article("garnet")])
    assert index.search("garnet")[0].passage.doc_id == "garnet"
    index.close()


def test_disk_full(folder: Path, expected: Hits) -> None:
    """A write that finds no room raises one of our errors and leaves the index as it was."""
    index = Index.open(folder, ToyEmbedder())
    pages = index.store._catalog._db.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
    index.store._catalog._db.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]
    with pytest.raises(IndexError_, match="full"):
        index.add([article("big", "A long text. " * 5000)])
    assert hits(index) == expected
    assert index.verify() == []
    index.close()


def test_every_file_is_as_before_after_opening(folder: Path) -> None:
    """Opening, searching and closing a whole index changes none of its files."""

    def state() -> dict[str, str]:
        names = [*files(folder), "catalog.sqlite"]
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}

    before = state()
    reopened(folder)
    assert state() == before
