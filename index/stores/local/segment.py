"""Vectors under ids, as FAISS holds them: in half precision, and where they are many, each also as a short code.

Few vectors are all compared with the question. Of many, the codes are: 4 bits for every three dimensions, which FAISS
scans an order of magnitude faster (product quantization: Jégou et al., 2011; in registers: André et al., 2015). What
comes out nearest is then compared exactly, so a score is always exact; only which vectors are compared is not.

A file of them is FAISS's own of the vectors, which can so be mapped; behind it their ids, the articles that they are
of, the codes (also as FAISS writes them, or nothing), and three numbers: how many vectors, how many bytes of codes, and
``_MARK``.
"""

import hashlib
import os
import weakref
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged

CODED = 100_000  # vectors from which on they have codes; a search among fewer goes through all of them
SPLIT = 10_000  # vectors from which on a search of all is shared between two threads
SAMPLE = 20_000  # vectors that the codes are fitted to, 16 at least
CANDIDATES = 10  # nearest by their codes that are compared exactly, for each one wanted, and how many at least:
LEAST = 1_000  # tests/benchmarks/scale.py measures how many of the nearest are among them

_BLOCK = 32  # vectors whose codes FAISS compares together
_MARK = int.from_bytes(b"quothvec", "little")
_BESIDE = ThreadPoolExecutor(os.cpu_count(), "dense")

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Nearest = list[tuple[int, float]]
Halves = NDArray[np.float16]


class Segment:
    """Vectors with their ids, each of which can be hidden and shown again (``open``); no id is given twice.

    ``articles`` are the rows of the articles that they are of.
    """

    def __init__(self, flat: Any, ids: Ids, articles: Ids, codes: Any = None, file: BinaryIO | None = None) -> None:
        """Hold an index of vectors, the id and the article of each, maybe an index of their codes, and the file."""
        self._flat, self._codes = flat, codes
        self._file = None if file is None or not hasattr(os, "pread") else os.dup(file.fileno())
        if self._file is not None:
            weakref.finalize(self, os.close, self._file)
        self.open: Mask = np.zeros(0, bool)
        self._name(ids, articles)

    @classmethod
    def empty(cls, dimension: int) -> "Segment":
        """Make a segment in memory, to which vectors are added."""
        return cls(_flat(dimension), np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def write(
        cls, path: Path, dimension: int, vectors: Iterable[tuple[int, Ids, Halves]], sample: Halves | None = None
    ) -> str:
        """Write a file of articles' vectors with their ids, on the disk when the call returns; return its sha256.

        With a ``sample`` of the vectors, 16 at least, each one is given a code.
        """
        parts, codes = [np.zeros((2, 0), np.int64)], None if sample is None else _codes(dimension, sample)
        with path.open("w+b") as file:
            file.write(_header(dimension, 0))
            for article, ids, rows in vectors:
                file.write(np.ascontiguousarray(rows, np.float16).tobytes())
                parts.append(np.stack([ids, np.full(len(ids), article)]))
                if codes is not None and len(rows):  # FAISS would crash over none
                    codes.add(rows.astype(np.float32))
            named = np.concatenate(parts, axis=1)
            coded = b"" if codes is None else faiss.serialize_index(codes).tobytes()
            file.write(named.astype("<i8").tobytes() + coded + _end(named.shape[1], len(coded)))
            file.seek(0)
            file.write(_header(dimension, named.shape[1]))
            file.flush()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return digest

    @classmethod
    def read(cls, path: Path, dimension: int) -> "Segment":
        """Map the vectors of a file, and read the rest; raises IndexDamaged where it is not as ``write`` makes it.

        The file must not change as long as the segment is used.
        """
        try:
            while True:
                with path.open("rb") as file:
                    found = cls._opened(file, path, dimension)
                    if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                        return found  # and not half of it, and half of one renamed into its place meanwhile
        except (OSError, RuntimeError, MemoryError, ValueError) as error:
            raise IndexDamaged(f"{path} cannot be read as vectors of {dimension} dimensions ({error})") from error

    @classmethod
    def _opened(cls, file: BinaryIO, path: Path, dimension: int) -> "Segment":
        """Return what the open file at a path holds; raises ValueError where that is not as ``write`` makes it."""
        count, coded = _sizes(file.read(len(_header(dimension, 0))), _tail(file), dimension)
        file.seek(len(_header(dimension, count)) + 2 * dimension * count)
        ids, articles = np.frombuffer(file.read(16 * count), "<i8").astype(np.int64).reshape(2, count)
        # FAISS maps a file without a look at its size, so the header must be known to be right.
        flat = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        codes = faiss.deserialize_index(np.frombuffer(file.read(coded), np.uint8)) if coded else None
        if codes is not None and not _are_codes(codes, dimension, count):
            raise ValueError("its codes are not those of its vectors")
        return cls(flat, ids, articles, codes, file if coded else None)

    def __len__(self) -> int:
        """Return the number of vectors, hidden ones too."""
        return len(self.open)

    @property
    def coded(self) -> bool:
        """Tell whether the vectors have codes."""
        return self._codes is not None

    def ids(self) -> Ids:
        """Return the ids that are not hidden, ascending."""
        return np.asarray(self._sorted[self.open[self._order]])

    def add(self, ids: Ids, articles: Ids, vectors: Halves) -> None:
        """Add vectors of articles under new ids to a segment in memory."""
        self._flat.add(vectors.astype(np.float32))
        self._name(np.concatenate([self._ids, ids]), np.concatenate([self._articles, articles]))

    def of(self, articles: Ids) -> Mask:
        """Return which places hold vectors of these articles, which are given in ascending order."""
        if not len(articles):
            return np.zeros(len(self), bool)
        near = np.minimum(np.searchsorted(articles, self._articles), len(articles) - 1)
        return np.asarray(articles[near] == self._articles)

    def places(self, ids: Ids) -> Ids:
        """Return the place of each id, -1 for one that is not here."""
        if not len(self._sorted):
            return np.full(len(ids), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, ids), len(self._sorted) - 1)
        return np.where(self._sorted[at] == ids, self._order[at], -1)

    def products(self, places: Ids, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner products of a vector with those at these places, in their order: shape (len(places),)."""
        found = np.zeros(len(places), np.float32)
        if len(places):
            # FAISS multiplies half floats as they are; NumPy would take four times as long to make floats of them.
            beside = _flat(self._flat.d)
            beside.add_sa_codes(self._bytes(places))
            with _one_thread():
                scores, at = beside.search(np.ascontiguousarray(vector, np.float32).reshape(1, -1), len(places))
            found[at[at >= 0]] = scores[at >= 0]
        return found

    def _bytes(self, places: Ids) -> NDArray[np.uint8]:
        """Return the vectors at these places as the file has them: shape (len(places), 2 * dimension)."""
        if self._file is None:
            return self._halves[places].view(np.uint8)
        # Through the mapping, which brings in 16 pages for one, all of the file would soon be counted to this process.
        order = np.argsort(places)
        ascending, size = places[order], 2 * self._flat.d
        starts = np.flatnonzero(np.diff(ascending, prepend=-2) != 1)  # of runs that lie one after the other
        lengths = np.diff(starts, append=len(ascending)) * size
        offsets = ascending[starts] * size + len(_header(self._flat.d, 0))
        runs = zip(lengths.tolist(), offsets.tolist(), strict=True)
        data = b"".join([os.pread(self._file, length, offset) for length, offset in runs])
        rows = np.empty((len(places), size), np.uint8)
        rows[order] = np.frombuffer(data, np.uint8).reshape(rows.shape)
        return rows

    def search(self, vector: NDArray[np.float32], k: int, admitted: Mask | None = None) -> Nearest:
        """Return the ids of the ``k`` nearest vectors with their inner products, best first, ties by id.

        ``admitted`` tells for each place whether it may be found, where it is not hidden.
        """
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        mask = self.open if admitted is None else self.open & admitted
        count = int(np.count_nonzero(mask))
        if not count:
            return []
        wanted = max(LEAST, CANDIDATES * k)
        if self._codes is None or count < max(CODED, wanted):
            found = self._compare_all(query, k, mask)
        else:
            places = self._candidates(query, wanted, mask, count)
            scores = self.products(places, vector)
            best = np.lexsort((self._ids[places], -scores))[:k]
            found = list(zip(self._ids[places[best]].tolist(), scores[best].tolist(), strict=True))
        return sorted(found, key=lambda x: (-x[1], x[0]))[:k]

    def _candidates(self, query: NDArray[np.float32], wanted: int, mask: Mask, count: int) -> Ids:
        """Return the places of the ``wanted`` vectors in the mask that are nearest by their codes.

        FAISS cannot leave out any in a scan of codes. So more are asked for, by how many of all are in the mask, and
        again more where those near the question are fewer than elsewhere.
        """
        asked = wanted * len(mask) // count
        while True:
            asked = min(asked, len(mask))
            with _one_thread():
                places = self._codes.search(query, asked)[1][0]
            places = places[places >= 0]
            places = places[mask[places]][:wanted]
            if len(places) == wanted or asked == len(mask):
                return np.asarray(places, np.int64)
            asked *= 4

    def _compare_all(self, query: NDArray[np.float32], k: int, mask: Mask) -> Nearest:
        """Compare every vector of the mask; two threads share many."""
        middle = len(mask) // 2 if len(mask) >= SPLIT else len(mask)
        other = _BESIDE.submit(self._compare, query, k, mask, middle, len(mask)) if middle < len(mask) else None
        return self._compare(query, k, mask, 0, middle) + (other.result() if other else [])

    def _compare(self, query: NDArray[np.float32], k: int, mask: Mask, start: int, stop: int) -> Nearest:
        """Return the ids of the ``k`` nearest vectors of a stretch of the mask, with their inner products."""
        inside = np.zeros(len(mask), bool)
        inside[start:stop] = mask[start:stop]
        if not inside.any():
            return []
        bits = np.packbits(inside, bitorder="little")
        selector = None if inside.all() else faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        with _one_thread():
            scores, places = self._flat.search(query, min(k, len(mask)), params=parameters)
        return [(int(self._ids[p]), float(s)) for p, s in zip(places[0], scores[0], strict=True) if p >= 0]

    def _name(self, ids: Ids, articles: Ids) -> None:
        """Note the id and the article of each vector; those that are new are not hidden."""
        self._ids, self._articles = ids, articles
        self._order = np.argsort(ids)
        self._sorted = ids[self._order]
        self._halves = _halves(self._flat)
        self.open = np.concatenate([self.open, np.ones(len(ids) - len(self.open), bool)])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS compute on one thread: OpenMP's spin, and where one must wait for a processor all take much longer.

    What this thread has set is PyTorch's number of threads, too.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _flat(dimension: int) -> Any:
    return faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)


def _codes(dimension: int, sample: Halves) -> Any:
    """Return an index that codes vectors as it suits those of the sample."""
    codes = faiss.IndexPQFastScan(dimension, _parts(dimension), 4, faiss.METRIC_INNER_PRODUCT, _BLOCK)
    codes.pq.cp.min_points_per_centroid = 1  # it would warn of fewer than 39
    with _one_thread():  # so that the same vectors always give the same codes
        codes.train(sample.astype(np.float32))
    return codes


def _parts(dimension: int) -> int:
    """Return how many codes of 4 bits stand for a vector: one for every three dimensions, where these divide so."""
    return next(dimension // each for each in (3, 2, 1) if dimension % each == 0)


def _halves(flat: Any) -> Halves:
    """Return FAISS's own memory of the vectors, which lasts as long as ``flat`` and until something is added."""
    if not flat.ntotal:
        return np.zeros((0, flat.d), np.float16)
    return np.asarray(faiss.rev_swig_ptr(flat.codes.data(), flat.codes.size()).view(np.float16).reshape(-1, flat.d))


def _header(dimension: int, count: int) -> bytes:
    """Return what FAISS writes before so many vectors: their number is in it twice."""
    empty = faiss.serialize_index(_flat(dimension)).tobytes()
    return empty[:8] + np.int64(count).tobytes() + empty[16:-8] + np.int64(2 * dimension * count).tobytes()


def _end(count: int, coded: int) -> bytes:
    return np.array([count, coded, _MARK], "<i8").tobytes()


def _sizes(header: bytes, tail: tuple[int, bytes], dimension: int) -> tuple[int, int]:
    """Return the number of vectors and the bytes of codes that a file holds.

    ``header`` is its beginning, and ``tail`` its length and its end. Raises ValueError where these do not agree.
    """
    length, end = tail
    if len(end) != len(_end(0, 0)):
        raise ValueError("it is too short")
    count, coded, mark = np.frombuffer(end, "<i8").tolist()
    if mark != _MARK or min(count, coded) < 0:
        raise ValueError("it does not end as it should")
    if length != len(header) + (2 * dimension + 16) * count + coded + len(end) or header != _header(dimension, count):
        raise ValueError("it is not of the length that it names, or of other vectors")
    return count, coded


def _tail(file: BinaryIO) -> tuple[int, bytes]:
    """Return the length of a file and what it ends with."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - len(_end(0, 0))))
    return length, file.read()


def _are_codes(codes: Any, dimension: int, count: int) -> bool:
    """Tell whether these are codes of so many vectors: FAISS would read past the end of others."""
    parts = _parts(dimension)
    even = parts + parts % 2
    return (
        type(codes) is faiss.IndexPQFastScan
        and codes.is_trained
        and codes.metric_type == faiss.METRIC_INNER_PRODUCT
        and codes.ntotal == count
        and {codes.d, codes.pq.d} == {dimension}
        and {codes.M, codes.pq.M} == {parts}
        and {codes.M2} == {even}
        and {codes.nbits, codes.pq.nbits} == {4}
        and {codes.ksub, codes.pq.ksub} == {16}
        and codes.pq.dsub * parts == dimension
        and codes.pq.centroids.size() == 16 * dimension
        and (codes.bbs, codes.qbs, codes.implem) == (_BLOCK, 0, 0)
        and codes.ntotal2 == -(-count // _BLOCK) * _BLOCK  # type: ignore[attr-defined]
        and codes.codes.size() == codes.ntotal2 * even // 2  # type: ignore[attr-defined]
    )
