"""The dense part: the nearest vectors by exact scores, however many there are and whatever was removed meanwhile."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.stores.base import Record
from index.stores.local import LocalStore, segment
from index.stores.local.dense import FILE, PASSAGES, Dense
from index.stores.local.manifest import Manifest
from index.stores.local.segment import Segment
from index.types import Article, Filter, Passage, Sentence

DIMENSION = 24
ARTICLES, SENTENCES = 60, 9
TOLERANCE = 1e-6


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a few hundred vectors for many."""
    monkeypatch.setattr(segment, "CODED", 300)
    monkeypatch.setattr(segment, "SAMPLE", 100)
    monkeypatch.setattr(segment, "LEAST", 150)
    monkeypatch.setattr(segment, "CANDIDATES", 6)


def unit(rows: int, seed: int = 0, dimension: int = DIMENSION) -> NDArray[np.float16]:
    """Return random unit vectors."""
    made = np.random.default_rng(seed).standard_normal((rows, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file of vectors may lie."""
    return tmp_path / FILE


def coded(path: Path, vectors: NDArray[np.float16], ids: NDArray[np.int64] | None = None) -> Segment:
    """Return a segment of these vectors with codes, which was written and read."""
    parts = np.array_split(np.arange(len(vectors)), 7)
    named = np.arange(len(vectors)) if ids is None else ids
    sample = unit(500, dimension=vectors.shape[1])
    Segment.write(path, vectors.shape[1], [(i, named[part], vectors[part]) for i, part in enumerate(parts)], sample)
    return Segment.read(path, vectors.shape[1])


def record(number: int, source: str = "The Post") -> Record:
    """Return an article of nine sentences in three passages, with random vectors."""
    doc_id = f"d{number}"
    text = "".join(f"s{i:03} " for i in range(SENTENCES))
    sentences = tuple(Sentence(doc_id, 5 * i, 5 * i + 4) for i in range(SENTENCES))
    passages = tuple(
        Passage(f"{doc_id}#{i}", doc_id, 15 * i, 15 * i + 14, sentences[3 * i : 3 * i + 3]) for i in range(3)
    )
    article = Article(doc_id=doc_id, title="", text=text, source=source, origin=f"o{number}")
    return Record(article, sentences, passages, unit(SENTENCES + len(passages), number))


def made(folder: Path) -> LocalStore:
    """Return a store of sixty articles, every tenth one from the Gazette."""
    store = LocalStore.create(folder, Manifest("toy", "0" * 64, DIMENSION, 120))
    store.write([record(i, "The Gazette" if i % 10 == 0 else "The Post") for i in range(ARTICLES)])
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """Yield a store whose vectors have codes."""
    opened = made(tmp_path / "index")
    yield opened
    opened.close()


def live(store: LocalStore, limits: Filter = Filter()) -> dict[int, NDArray[np.float32]]:  # noqa: B008
    """Return the vectors that a search may find, by their ids, as the catalog has them."""
    catalog = store._catalog
    rows = catalog.rows_of(catalog.admitted(limits))
    return {
        id_: vector.astype(np.float32)
        for article, (sentences, passages) in rows.items()
        for id_, vector in zip(
            [*sentences, *(row + PASSAGES for row in passages)], catalog.vectors(article), strict=True
        )
    }


def search(store: LocalStore, question: NDArray[np.float32], limits: Filter = Filter()) -> list[tuple[int, float]]:  # noqa: B008
    """Return the ten nearest vectors."""
    store.dense(question, 1, Filter())  # which takes up what was written
    return store._dense.search(question, 10, store._catalog, limits)


def check(store: LocalStore, limits: Filter = Filter(), least: float = 0.9, questions: int = 20) -> None:  # noqa: B008
    """Check that what is found may be, that its scores are exact, and that it is nearly all of the nearest."""
    vectors, found, hits = live(store, limits), 0, 0
    for question in unit(questions, 99).astype(np.float32):
        nearest = search(store, question, limits)
        assert {i for i, _ in nearest} <= vectors.keys()
        assert [s for _, s in nearest] == pytest.approx([vectors[i] @ question for i, _ in nearest], abs=TOLERANCE)
        assert nearest == sorted(nearest, key=lambda x: (-x[1], x[0]))
        tenth = sorted((v @ question for v in vectors.values()), reverse=True)[:10]
        assert len(nearest) == len(tenth)
        found += sum(score >= tenth[-1] - TOLERANCE for _, score in nearest)
        hits += len(tenth)
    assert found >= least * hits


# A segment


@pytest.mark.parametrize("dimension", [24, 64, 25, 7])
def test_codes_find_nearly_all_of_the_nearest(path: Path, dimension: int) -> None:
    """Of a thousand vectors the ten nearest are nearly all found, with their exact scores."""
    vectors, questions = unit(1000, 1, dimension), unit(50, 2, dimension).astype(np.float32)
    one = coded(path, vectors)
    scores = questions @ vectors.astype(np.float32).T
    shares = []
    for question, exact in zip(questions, scores, strict=True):
        found = one.search(question, 10)
        assert [score for _, score in found] == pytest.approx([exact[i] for i, _ in found], abs=TOLERANCE)
        shares.append(np.mean([score >= np.sort(exact)[-10] - TOLERANCE for _, score in found]))
    assert np.mean(shares) >= 0.97


@settings(max_examples=30)
@given(st.data())
def test_only_what_is_shown_and_admitted_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is hidden, and whatever is admitted, a search finds as much of the rest as it is asked for."""
    vectors = unit(1000, 3)
    ids = np.random.default_rng(3).permutation(5000)[:1000]
    one = coded(tmp_path_factory.getbasetemp() / FILE, vectors, ids)
    chance = np.random.default_rng(data.draw(st.integers(0, 99)))
    one.open[:] = chance.random(1000) < data.draw(st.floats(0, 1))
    admitted = chance.random(1000) < data.draw(st.floats(0, 1)) if data.draw(st.booleans()) else None
    k, mask = data.draw(st.integers(1, 1200)), one.open if admitted is None else one.open & admitted
    question = unit(1, 4)[0].astype(np.float32)
    found = one.search(question, k, admitted)
    assert len(found) == len({i for i, _ in found}) == min(k, np.count_nonzero(mask))
    assert {i for i, _ in found} <= set(ids[mask].tolist())
    places = one.places(np.array([i for i, _ in found], np.int64))
    assert [score for _, score in found] == pytest.approx(vectors[places] @ question, abs=TOLERANCE)
    assert one.products(places, question) == pytest.approx(vectors[places] @ question, abs=TOLERANCE)


def test_nearest_that_are_hidden_are_looked_past(path: Path) -> None:
    """Where the hundreds that are nearest to a question are all hidden, the next ones are found in their place."""
    vectors = unit(2000, 5)
    one, question = coded(path, vectors), vectors[0].astype(np.float32)
    scores = vectors.astype(np.float32) @ question
    order = np.argsort(-scores)
    one.open[order[:1000]] = False
    found = one.search(question, 10)
    assert not {i for i, _ in found} & set(order[:1000].tolist())
    assert min(score for _, score in found) >= scores[order[1010]] - 0.05  # codes do not tell so near ones apart


def test_few_admitted_are_compared_exactly(path: Path) -> None:
    """Among so few that they need no codes, exactly the nearest are found."""
    vectors = unit(2000, 6)
    one, admitted = coded(path, vectors), np.random.default_rng(6).random(2000) < 0.1
    for question in unit(10, 7).astype(np.float32):
        exact = np.where(admitted, vectors.astype(np.float32) @ question, -2)
        assert [i for i, _ in one.search(question, 10, admitted)] == np.argsort(-exact)[:10].tolist()


def test_a_search_leaves_the_threads_of_others(path: Path) -> None:
    """FAISS and PyTorch have one setting between them, which is as it was once a question is answered."""
    one, question, before = coded(path, unit(1000, 8)), unit(1, 9)[0].astype(np.float32), faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        one.search(question, 10)
        one.products(np.arange(5), question)
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)


def test_no_vectors() -> None:
    """A segment without vectors finds nothing."""
    one = Segment.empty(DIMENSION)
    assert one.search(unit(1)[0].astype(np.float32), 5) == []
    assert one.places(np.array([1, 2])).tolist() == [-1, -1]
    assert len(one) == len(one.ids()) == 0


def test_equal_vectors_make_equal_files(tmp_path: Path) -> None:
    """The codes of the same vectors are always the same, to the byte."""
    for name in ("one", "two"):
        coded(tmp_path / name, unit(500))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("count", [0, 1, 31, 32, 500])
@pytest.mark.parametrize("sample", [None, unit(500)], ids=["flat", "coded"])
def test_what_was_written_is_read(path: Path, count: int, sample: NDArray[np.float16] | None) -> None:
    """A segment that was written and read finds what one in memory finds, and its vectors stay in the file."""
    before = Segment.empty(DIMENSION)
    before.add(np.arange(count) + 7, np.zeros(count, np.int64), unit(count))
    digest = Segment.write(path, DIMENSION, [(0, np.arange(count) + 7, unit(count))], sample)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    after = Segment.read(path, DIMENSION)
    assert after.coded == (sample is not None)
    assert not after._flat.codes.is_owned
    for question in unit(5, 8).astype(np.float32):
        one, other = (each.search(question, 10) for each in (before, after))
        # Fewer than there are candidates are all compared exactly, coded or not.
        if count < 60 or sample is None:
            assert one == other
        assert len(one) == len(other)
    assert np.array_equal(after.ids(), before.ids())


def test_header_is_what_faiss_writes(tmp_path: Path) -> None:
    """A file begins as FAISS writes an index of its vectors, to the byte."""
    index = segment._flat(DIMENSION)
    index.add(unit(40).astype(np.float32))
    faiss.write_index(index, str(tmp_path / "faiss"))
    coded(tmp_path / "ours", unit(40))
    theirs = (tmp_path / "faiss").read_bytes()
    assert (tmp_path / "ours").read_bytes().startswith(theirs)


@pytest.mark.parametrize("sample", [None, unit(500)], ids=["flat", "coded"])
def test_file_cut_anywhere_is_named_damaged(path: Path, sample: NDArray[np.float16] | None) -> None:
    """A file that ends too early, or too late, is not read, wherever it ends."""
    Segment.write(path, DIMENSION, [(0, np.arange(40), unit(40))], sample)
    whole = path.read_bytes()
    sizes = [*range(0, 120), *range(120, len(whole), 11), *range(len(whole) - 60, len(whole))]
    for data in (*(whole[:size] for size in sizes), whole[1:], whole + b"\0", whole + whole[-24:]):
        path.write_bytes(data)
        with pytest.raises(IndexDamaged, match=FILE):
            Segment.read(path, DIMENSION)


def test_flipped_bits_never_lead_a_search_astray(path: Path) -> None:
    """Whatever bit flips in a file, it is named damaged, or a search stays within the file."""
    coded(path, unit(40), np.arange(40) * 3)
    whole = path.read_bytes()
    vectors = range(len(segment._header(DIMENSION, 40)), len(whole) - 24 - len(codes(40)))
    refused = 0
    for at in range(len(whole)):
        if at in vectors and at % 200:
            continue  # any number is as good there
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        path.write_bytes(data)
        try:
            one = Segment.read(path, DIMENSION)
        except IndexDamaged:
            refused += 1
            continue
        one.search(unit(1)[0].astype(np.float32), 10)
        one.search(unit(1)[0].astype(np.float32), 1, one.of(np.arange(5)))
        one.products(one.places(np.arange(0, 120, 3)[:1]), unit(1)[0].astype(np.float32))
    assert refused > 100


def codes(
    count: int = 400, parts: int = DIMENSION // 3, block: int = 32, metric: int = faiss.METRIC_INNER_PRODUCT
) -> bytes:
    """Return the codes of so many vectors as FAISS writes them; by default as ours are."""
    return serialized(faiss.IndexPQFastScan(DIMENSION, parts, 4, metric, block), count)


def serialized(index: faiss.Index, count: int = 400) -> bytes:
    """Return an index of so many vectors as FAISS writes it."""
    index.train(unit(640).astype(np.float32))
    index.add(unit(count).astype(np.float32))
    return bytes(faiss.serialize_index(index))


FOREIGN = {
    "fewer": lambda: codes(399),
    "finer": lambda: codes(parts=DIMENSION // 2),
    "larger blocks": lambda: codes(block=64),
    "other metric": lambda: codes(metric=faiss.METRIC_L2),
    "slow": lambda: serialized(faiss.IndexPQ(DIMENSION, 8, 4, faiss.METRIC_INNER_PRODUCT)),
    "none": lambda: serialized(faiss.IndexFlatIP(DIMENSION)),
    "no index": lambda: b"quoth" * 100,
    "cut": lambda: codes()[:-8],
}


def assemble(path: Path, coded_: bytes, count: int = 400) -> None:
    """Write a file of vectors with these codes."""
    vectors, ids = unit(count).tobytes(), np.arange(2 * count).tobytes()
    path.write_bytes(segment._header(DIMENSION, count) + vectors + ids + coded_ + segment._end(count, len(coded_)))


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_codes_are_named_damaged(path: Path, name: str) -> None:
    """Codes that are not of the vectors, or not as we make them, are named damaged."""
    assemble(path, codes())
    assert Segment.read(path, DIMENSION).coded
    assemble(path, FOREIGN[name]())
    with pytest.raises(IndexDamaged, match=f"{FILE} cannot be read as vectors of {DIMENSION} dimensions"):
        Segment.read(path, DIMENSION)


def test_file_replaced_while_it_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another file is renamed into its place while one is read, all that is held is of the new one."""
    coded(path, unit(400, 1))
    newer = path.with_name("newer")
    expected = coded(newer, unit(400, 2), np.arange(400) * 2)
    read = faiss.read_index

    def slow(name: str, flags: int) -> faiss.Index:
        if newer.exists():
            newer.replace(path)
        return read(name, flags)

    monkeypatch.setattr(faiss, "read_index", slow)
    one, question = Segment.read(path, DIMENSION), unit(1)[0].astype(np.float32)
    assert one.search(question, 10) == expected.search(question, 10)


def test_vectors_of_another_dimension_are_named_damaged(path: Path) -> None:
    """A file of vectors of another dimension is named damaged."""
    coded(path, unit(48))
    with pytest.raises(IndexDamaged, match="as vectors of 12 dimensions"):
        Segment.read(path, 12)


# The dense part of a store


def test_many_vectors_are_given_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a number of vectors on they have codes, and the store says so; below it they have none."""
    store = made(tmp_path / "many")
    assert store._dense._base.coded
    assert store.method().startswith("the codes of 720 vectors")
    store.close()
    monkeypatch.setattr(segment, "CODED", 1000)
    store = made(tmp_path / "few")
    assert not store._dense._base.coded
    assert store.method() == "all of 720 vectors exactly, as there were fewer than 1,000"
    store.close()


@pytest.mark.parametrize("limits", [Filter(), Filter(sources=("The Post",)), Filter(sources=("The Gazette",))])
def test_codes_serve_a_store(store: LocalStore, limits: Filter) -> None:
    """Limited or not, what is found is admitted, exactly scored, and nearly all of the nearest."""
    check(store, limits, 1.0 if "The Gazette" in limits.sources else 0.9)
    assert store._dense.problems(store._catalog) == []


def test_codes_agree_after_reopening(store: LocalStore, tmp_path: Path) -> None:
    """A store that is opened again finds the same."""
    questions = unit(10, 11).astype(np.float32)
    before = [search(store, question) for question in questions]
    other = LocalStore(tmp_path / "index", read_only=True)
    assert [search(other, question) for question in questions] == before
    other.close()


STEPS = st.lists(st.tuples(st.sampled_from(["write", "remove", "restore", "now"]), st.integers(0, 70)), max_size=6)


@settings(max_examples=8)
@given(STEPS, st.booleans())
def test_any_changes_are_taken_up(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], slow: bool
) -> None:
    """Whatever is written, removed and restored, who wrote it and who has it open find what is there, and no more."""
    folder = tmp_path_factory.mktemp("changes") / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.stores.local.dense.MERGE_SHARE", 0.9 if slow else 0.02)
        writer = made(folder)
        reader = LocalStore(folder, read_only=True)
        for step, number in steps:
            if step == "write":
                writer.write([record(number)])
            elif step == "restore":
                writer.restore([f"d{number}"])
            else:
                writer.remove([f"d{number}"], now=step == "now")
            check(reader, questions=4)
        check(writer)
        for each in (writer, reader):
            assert each._dense.problems(each._catalog) == []
            each.close()
        again = LocalStore(folder)
        check(again)
        assert list(again._dense.problems(again._catalog)) == []
        again.close()


def test_only_what_is_new_is_read(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking up one article reads the vectors of that article alone."""
    monkeypatch.setattr("index.stores.local.dense.MERGE_SHARE", 0.9)
    read: list[int] = []
    vectors = store._catalog.vectors

    def reading(row: int) -> NDArray[np.float16]:
        read.append(row)
        return vectors(row)

    monkeypatch.setattr(store._catalog, "vectors", reading)
    store.write([record(100)])
    store.write([record(101)])
    search(store, unit(1)[0].astype(np.float32))
    assert len(read) == 2
    check(store)


def test_restored_article_is_shown_again_without_reading_it(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that is removed and restored, from the base or beside it, is found under its one id again."""
    monkeypatch.setattr("index.stores.local.dense.MERGE_SHARE", 0.9)
    store.write([record(100)])
    for doc_id in ("d7", "d100"):
        question = unit(1, int(doc_id[1:]))[0].astype(np.float32)
        first = search(store, question)[0]
        assert first[1] == pytest.approx(1, abs=1e-3)
        store.remove([doc_id])
        assert search(store, question)[0][0] != first[0]
        store.restore([doc_id])
        assert search(store, question)[0] == first
    check(store)


def test_destroyed_article_is_found_nowhere(store: LocalStore, tmp_path: Path) -> None:
    """Who had read a young article finds it no more once it was destroyed by another."""
    store.write([record(100)])
    reader = LocalStore(tmp_path / "index", read_only=True)
    question = unit(1, 100)[0].astype(np.float32)
    first = search(reader, question)[0][0]
    store.remove(["d100"], now=True)
    assert first not in {i for i, _ in search(reader, question)}
    assert reader._dense.products(np.array([first]), question).tolist() == [0]
    reader.close()


def test_replaced_article_is_found_by_its_new_vectors(store: LocalStore) -> None:
    """An article that is added again is found by the new vectors and not by the old ones."""
    question = unit(1, 7)[0].astype(np.float32)
    assert search(store, question)[0][1] == pytest.approx(1, abs=1e-3)
    store.write([replace(record(7), vectors=unit(SENTENCES + 3, 1234))])
    assert search(store, question)[0][1] < 0.99
    check(store)


def test_damaged_vectors_do_not_keep_codes_from_being_made(store: LocalStore, tmp_path: Path) -> None:
    """Articles whose vectors are damaged are left out, and named, when codes are made of the others."""
    store._catalog._db.execute("UPDATE vectors SET rows = zeroblob(length(rows)) WHERE article % 5 = 0")
    dense, _ = Dense.build(tmp_path / "index", store._catalog, DIMENSION)
    assert dense._base.coded
    assert dense.damaged == list(range(5, ARTICLES + 1, 5))
    assert dense.live == 12 * (ARTICLES - 12)
