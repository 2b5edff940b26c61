"""What the reader tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.articles import read
from index.types import Article, Refusal

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Path:
    """Return the folder of the golden files."""
    return GOLDEN


@pytest.fixture
def article(tmp_path: Path) -> Callable[[str, bytes], Article]:
    """Return a function that writes a file and reads the one article in it."""

    def write(name: str, data: bytes) -> Article:
        path = tmp_path / name
        path.write_bytes(data)
        (found,) = read(path)
        assert isinstance(found, Article), found
        return found

    return write


@pytest.fixture
def reason(tmp_path: Path) -> Callable[[str, bytes], str]:
    """Return a function that writes a file and returns why it is refused."""

    def write(name: str, data: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        (found,) = read(path)
        assert isinstance(found, Refusal), found
        assert found.given.startswith(str(path))
        return found.reason

    return write
