"""What is unzipped is what was zipped, however it is cut up on the way."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.web.bodies import collected, start, unzipped

ZEROS = st.sampled_from([0, 1, 1 << 20, (1 << 20) + 1, 2 << 20]).map(bytes)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes into pieces."""
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=200) | ZEROS, min_size=1, max_size=3), st.lists(st.integers(0, 10_000)))
def test_unzipped(parts: list[bytes], places: list[int]) -> None:
    """Gzip files that follow one another give all that is in them, in whatever pieces they come."""
    zipped = b"".join(gzip.compress(part) for part in parts)
    assert collected(unzipped(cut(zipped, places), "a"), "a") == b"".join(parts)


@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=200), st.integers(1, 1000), st.lists(st.integers(0, 1000), max_size=5))
def test_cut_off(data: bytes, missing: int, places: list[int]) -> None:
    """A gzip file whose end is missing is refused."""
    zipped = gzip.compress(data)
    broken = zipped[: -(missing % (len(zipped) - 2)) or -1]
    with pytest.raises(ArticleError, match="cut off"):
        collected(unzipped(cut(broken, places), "a"), "a")


@given(st.binary(max_size=100), st.integers(1, 120), st.lists(st.integers(0, 100)))
def test_start(data: bytes, most: int, places: list[int]) -> None:
    """The start of an answer is its first bytes."""
    assert start(cut(data, places), most) == data[:most]


def test_collected_has_an_end() -> None:
    """One byte more than there may be is refused."""
    assert collected([b"ab", b"c"], "a", most=3) == b"abc"
    with pytest.raises(ArticleError, match="larger than"):
        collected([b"ab", b"cd"], "a", most=3)
