"""Which articles tell the same story twice: copies of one text, cut short or lightly edited.

Texts are compared as sets of shingles, runs of a few words, whatever their case, punctuation and line breaks (Broder,
On the Resemblance and Containment of Documents, 1997). Which texts to compare at all, MinHash tells without reading
any: those that share a band of their signatures (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3).
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cached_property

import numpy as np
import rensa
from numpy.typing import NDArray

VERSION = 1  # of what follows: signatures made in another way are made anew

SHINGLE = 5  # words
# A pair with a share s of its shingles in common meets in one of the bands with the probability 1 - (1 - s^3)^32: .99
# where half of each text is the other's, .03 where a tenth is.
BANDS = 32
ROWS = 3
SCHEME = 1000 * int(rensa.RMinHash.ALGORITHM_VERSION) + VERSION

COPIED = 0.6  # share of the shorter text's shingles that the other has too
CUT = 0.35  # share of the longer text's length that the shorter one has
# A template filled with other names and numbers keeps many of its shingles, a text that was edited most of its facts.
SAME_FACTS = 0.7
VERBATIM = 0.95  # share of the shingles from which on facts are not looked at
# In fewer words than that one number is the news: hardly anything may differ, and no fact.
SHORT = 60
COPIED_SHORT = 0.8

LOOKED_AT = 500_000  # characters of a text; longer ones are told apart by less
SEED = 1

# Scripts that write no spaces between words, of which each letter is taken for one.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
# What is no part of a word.
_MARKS = "“”„‟‘’‚‛′″«»‹›–—‐‑‒―•·¡¿。、「」『』〈〉《》・"
_ASCII_MARKS = bytes(c if c > 127 or chr(c).isalnum() else 32 for c in range(256))
# A number, or a word with a capital that does not begin a sentence; the capitals of Latin, Greek and Cyrillic.
_FACT = re.compile(r"\d+(?:[.,:]\d+)*|(?<=[\w,;] )[A-Z\u00c0-\u00de\u0391-\u03ab\u0400-\u042f]\w*")
# Odd numbers of 64 bits that have nothing to do with one another, one for each word of a shingle.
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64
)


class Sketch:
    """What one text is compared by."""

    def __init__(self, text: str) -> None:
        self._text = text[:LOOKED_AT]
        self._words = words(self._text)

    @cached_property
    def shingles(self) -> NDArray[np.uint64]:
        """Return the hashes of the text's shingles, ascending, each once; a text of fewer words is one shingle."""
        own = self._words if len(self._words) > SHINGLE else [b" ".join(self._words)] * bool(self._words)
        hashes = np.array(list(map(zlib.crc32, own)), np.uint64)
        count = len(own) - SHINGLE + 1
        if count > 1:
            hashes = np.add.reduce([hashes[i : i + count] * factor for i, factor in enumerate(_FACTORS)])
        ordered = np.sort(hashes ^ (hashes >> np.uint64(32)))
        return np.asarray(ordered[np.insert(ordered[1:] != ordered[:-1], 0, [True] * bool(own))], np.uint64)

    @cached_property
    def bands(self) -> tuple[int, ...]:
        """Return a signed 64-bit number for each band of the signature; none for a text without words."""
        if not len(self.shingles):
            return ()
        ends = [0, len(self.shingles)]
        made = rensa.RMinHash.digest_matrix_from_flat_token_hashes(self.shingles, ends, BANDS * ROWS, SEED)
        rows = np.array(made.to_rows()[0], np.uint64).reshape(BANDS, ROWS)
        numbers = (np.arange(1, BANDS + 1, dtype=np.uint64)[:, None] * _FACTORS[0] + rows) * _FACTORS[1:][:ROWS]
        return tuple(map(int, np.bitwise_xor.reduce(numbers ^ (numbers >> np.uint64(29)), axis=1).astype(np.int64)))

    @cached_property
    def facts(self) -> frozenset[str]:
        """Return the numbers and names of the text."""
        return frozenset(_FACT.findall(self._text))

    def copies(self, other: "Sketch") -> bool:
        """Tell whether one of two texts is a copy of the other, cut short or lightly edited."""
        shorter, longer = sorted((self, other), key=lambda x: len(x.shingles))
        size = len(shorter.shingles)
        if not size or size < CUT * len(longer.shingles):
            return False
        common = len(np.intersect1d(shorter.shingles, longer.shingles, assume_unique=True))
        if min(len(self._words), len(other._words)) < SHORT:
            return common >= COPIED_SHORT * size and self.facts == other.facts
        if common < COPIED * size or common >= VERBATIM * size:
            return common >= COPIED * size
        return len(self.facts & other.facts) >= SAME_FACTS * min(len(self.facts), len(other.facts))


def words(text: str) -> list[bytes]:
    """Return the words of a text in UTF-8, case and typography aside."""
    # By the means of C throughout: one pattern for words would take several times as long.
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        for mark in _MARKS:
            folded = folded.replace(mark, " ")
        folded = folded if folded.isascii() else _UNSPACED.sub(r" \g<0> ", folded)
    return folded.encode("utf-8", "surrogatepass").translate(_ASCII_MARKS).split()


def nearest(shared: Iterable[tuple[int, int]], limit: int) -> list[int]:
    """Return one article of each of the ``limit`` stories that share the most bands with a text, the nearest first.

    ``shared``: an article and its story for each band that they share. Of a story that many tell, one that shares the
    most bands is compared.
    """
    counts: dict[tuple[int, int], int] = {}
    for pair in shared:
        counts[pair] = counts.get(pair, 0) + 1
    best: dict[int, int] = {}
    for article, story in sorted(counts, key=lambda pair: (-counts[pair], pair)):
        best.setdefault(story, article)
    return [*best.values()][:limit]
