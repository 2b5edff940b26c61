"""The trained reader, with its own weights."""

from pathlib import Path

import pytest

from index.errors import ModelError
from qa.reader.base import Reader
from qa.reader.network import SHA256, TOKENS, WEIGHTS, Network, load_reader

pytestmark = pytest.mark.model

ROLLO = ("Normans", "The Normans came from the north. Rollo led them to the Seine in 911. They stayed.")
FERRY = ("Ferry prices", "The ferry to Hven costs 4 crowns. Dogs ride for nothing.")


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Load the shipped reader."""
    found = load_reader("trained")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who led the Normans to the Seine?", "Rollo"),
        ("who led the normans to the seine", "Rollo"),
        ("When did the Normans come to the Seine?", "911"),
    ],
)
def test_the_answer_is_found(reader: Reader, question: str, answer: str) -> None:
    """The likeliest span is the answer, whether the question is typed with care or not."""
    (reading,) = reader.read(question, [ROLLO])
    best = reading.best()
    assert best is not None
    assert answer in ROLLO[1][best.start : best.end]
    assert best.score > 0


def test_the_answer_is_found_where_a_pronoun_leaves_open_whose(reader: Reader) -> None:
    """ "They" may be anyone: the answer is found, if not sure, and surer than in a passage about something else."""
    right, wrong = (reading.best() for reading in reader.read("When did they come to the Seine?", [ROLLO, FERRY]))
    assert right is not None
    assert wrong is not None
    assert ROLLO[1][right.start : right.end] == "911"
    assert right.score > wrong.score + 4


def test_the_right_passage_is_surer(reader: Reader) -> None:
    """A passage about something else is less likely to hold the answer."""
    right, wrong = (reading.best() for reading in reader.read("What does the ferry to Hven cost?", [FERRY, ROLLO]))
    assert right is not None
    assert wrong is not None
    assert right.score > wrong.score


def test_a_passage_reads_the_same_beside_any_other(reader: Reader) -> None:
    """Each passage is read by itself."""
    alone = reader.read("Who led the Normans?", [ROLLO])[0]
    beside = reader.read("Who led the Normans?", [FERRY, ROLLO, ("", "Word " * 300)])[1]
    assert alone.starts.tolist() == beside.starts.tolist()
    assert alone.null == beside.null


@pytest.mark.parametrize("text", ["", " ", "🚢", "x" * 5000, "word " * 2000, "e\u0301" * 50])
def test_any_text_can_be_read(reader: Reader, text: str) -> None:
    """Empty, odd and over-long passages have readings whose spans lie within them."""
    (reading,) = reader.read("q " * 400, [("t " * 200, text)])
    assert len(reading.starts) <= TOKENS
    best = reading.best()
    assert best is None or 0 <= best.start < best.end <= len(text)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    """The error names the file and the way out."""
    with pytest.raises(ModelError, match=r"gone\.safetensors are missing; give another weights file"):
        Network(tmp_path / "gone.safetensors")
    with pytest.raises(ModelError, match="neither 'trained' nor 'none' nor a weights file"):
        load_reader("best")
    assert load_reader("none") is None


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    """One flipped byte is noticed, and so is a file that holds something else."""
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    flipped = tmp_path / "weights.safetensors"
    flipped.write_bytes(data)
    with pytest.raises(ModelError, match=f"expected {SHA256}"):
        Network(flipped)
    flipped.write_bytes(b"not weights at all")
    with pytest.raises(ModelError, match="cannot be used"):
        load_reader(str(flipped))
    assert WEIGHTS.stat().st_size < 25_000_000
