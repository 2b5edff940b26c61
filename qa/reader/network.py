"""The trained reader: the embedded MiniLM's layers, trained on, with one linear head over its tokens.

A question and a passage go in as one sequence, ``[CLS] question [SEP] title. passage [SEP]``. Each token of the passage
comes out with a logit for beginning and one for ending the answer, and ``[CLS]`` with those for "no answer here"
(Devlin et al., 2019, section 4.3). The word, position and type embeddings are the base model's own and stay as they
are, so that the weights file holds the layers and the head only, in bfloat16. How they were made: ``train.py``; what
they are good for: ``MODEL_CARD.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import SINGLE, computes_bfloat16, embedded_folder, file_sha256
from index.errors import ModelError
from qa.reader.base import Reader, Reading
from qa.reader.folds import Folded, questions

TRAINED = "trained"
"""The name of the reader that is shipped."""

NONE = "none"
"""The name for no reader at all."""

WEIGHTS = Path(__file__).parent / "weights.safetensors"
SHA256 = "a668ee9bfe0f2f06a056c0cee4c8e9a50a539bac9dee415a2959f1088c19fba9"

QUESTION_TOKENS = 64
TITLE_TOKENS = 24
TOKENS = 384  # of a sequence; what is longer loses the end of its passage


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question and a passage as token ids; from ``second`` on they are the title's and the passage's, and those from
    ``first`` to ``last`` (excluded) the passage's alone, with ``offsets`` into its text."""

    ids: list[int]
    second: int
    first: int
    last: int
    offsets: list[tuple[int, int]]


class Encoder:
    """Texts -> token ids, with the base model's own tokenizer."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._cls, self._sep, self._stop = map(self._id, ("[CLS]", "[SEP]", "."))

    def __call__(self, items: Sequence[tuple[str, str, str]]) -> list[Encoded]:
        """Encode (question, title, passage) each; no sequence is over 384 tokens."""
        texts = list(dict.fromkeys(text for item in items for text in item))
        known = dict(zip(texts, self._tokenizer.encode_batch(texts, add_special_tokens=False), strict=True))
        return [self._joined(*(known[text] for text in item)) for item in items]

    def _id(self, token: str) -> int:
        return int(self._tokenizer.token_to_id(token))

    def _joined(self, question: Any, title: Any, passage: Any) -> Encoded:
        ids: list[int] = [self._cls, *question.ids[:QUESTION_TOKENS], self._sep]
        second = len(ids)
        if title.ids:
            ids += [*title.ids[:TITLE_TOKENS], self._stop]
        first = len(ids)
        ids += passage.ids[: TOKENS - first - 1]
        return Encoded([*ids, self._sep], second, first, len(ids), passage.offsets[: len(ids) - first])


class Network:
    """Reads with the weights of a file; in bfloat16 where the processor is faster with it."""

    languages: frozenset[str] | None = frozenset({"en"})  # of its training

    def __init__(self, weights: Path = WEIGHTS, sha256: str | None = SHA256) -> None:
        import torch

        folder = embedded_folder()
        self._encode = Encoder(folder)
        dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
        self._module = load(weights, sha256, folder).to(dtype).eval()
        self._read = lru_cache(maxsize=8)(self._read_all)  # an evaluation asks twice: for the answer and the ranking

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return the reading of each passage, given as its article's title and its own text."""
        return self._read(question, tuple(passages))

    def _read_all(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        return list(SINGLE.map(self._read_one, self._encode([(question, *passage) for passage in passages])))

    def _read_one(self, encoded: Encoded) -> Reading:
        import torch

        with torch.inference_mode():
            return _reading(encoded, self._module(*padded([encoded])).float().numpy()[0])


def load_reader(name: str) -> Reader | None:
    """Load the shipped reader, "trained", or another one's weights file by its path; for "none" there is none.

    A folder holds one weights file for each fold of the questions that they are to be measured on.

    Raises ModelError when the file is missing, is damaged or holds something else.
    """
    if name == NONE:
        return None
    if name == TRAINED:
        return _shipped()
    path = Path(name).expanduser()
    if path.is_dir():
        folds = questions(path)
        readers = [Network(path / f"fold{n}.safetensors", None) for n in range(max(folds.values(), default=0) + 1)]
        return Folded(readers, folds)
    if not path.is_file():
        raise ModelError(
            f"the reader {name!r} is neither {TRAINED!r} nor 'none' nor a weights file (.safetensors) on this machine"
        )
    return Network(path, None)


@lru_cache(maxsize=1)
def _shipped() -> Network:
    return Network()


def load(weights: Path, sha256: str | None, folder: Path) -> Any:
    """Return the torch module with these weights and the base model's embeddings; raises ModelError."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _check(weights, sha256)
    try:
        state = embeddings(folder) | {name: tensor.float() for name, tensor in load_file(weights).items()}
        with torch.device("meta"):
            module = make(folder)
        module.load_state_dict(state, assign=True)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise ModelError(f"the reader's weights {weights} cannot be used ({error}); {_way_out(weights)}") from error
    positions = module.bert.embeddings
    positions.position_ids = torch.arange(positions.position_embeddings.num_embeddings)[None]
    positions.token_type_ids = torch.zeros_like(positions.position_ids)
    return module


def make(folder: Path) -> Any:
    """Return the network as a torch module, its parameters not yet trained."""
    import torch
    from transformers import BertConfig, BertModel

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
            config._attn_implementation = "sdpa"
            self.bert = BertModel(config, add_pooling_layer=False)
            self.head = torch.nn.Linear(config.hidden_size, 2)

        def forward(self, ids: Any, types: Any, mask: Any) -> Any:
            """Return logits (sequences, tokens, 2)."""
            seen = None if bool(mask.all()) else mask
            states = self.bert(input_ids=ids, token_type_ids=types, attention_mask=seen).last_hidden_state
            return self.head(states)

    return Module()


def from_base(folder: Path) -> Any:
    """Return the network as training begins with it: the base model's layers, and a head that knows nothing."""
    import torch
    from safetensors.torch import load_file

    torch.manual_seed(0)
    module = make(folder)
    torch.nn.init.normal_(module.head.weight, std=0.02)
    torch.nn.init.zeros_(module.head.bias)
    base = {f"bert.{name}": tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    own = module.state_dict()
    module.load_state_dict({name: base.get(name, tensor) for name, tensor in own.items()})
    return module


def embeddings(folder: Path) -> dict[str, Any]:
    """Return the base model's embeddings under the network's names."""
    from safetensors.torch import load_file

    base = load_file(folder / "model.safetensors")
    return {f"bert.{name}": tensor.float() for name, tensor in base.items() if _kept(name)}


def _kept(name: str) -> bool:
    return name.startswith("embeddings.") and not name.endswith("_ids")


def padded(sequences: Sequence[Encoded]) -> tuple[Any, Any, Any]:
    """Return token ids, types and mask, each (sequences, longest)."""
    import torch

    length = max(len(s.ids) for s in sequences)
    ids, types, mask = (np.zeros((len(sequences), length), np.int64) for _ in range(3))
    for row, s in enumerate(sequences):
        size = len(s.ids)
        ids[row, :size], types[row, s.second : size], mask[row, :size] = s.ids, 1, 1
    return torch.from_numpy(ids), torch.from_numpy(types), torch.from_numpy(mask)


def _reading(encoded: Encoded, logits: Any) -> Reading:
    own = logits[encoded.first : encoded.last]
    offsets = np.array(encoded.offsets, np.int64).reshape(-1, 2)
    return Reading(offsets, own[:, 0], own[:, 1], float(logits[0].sum()))


def _check(weights: Path, sha256: str | None) -> None:
    if not weights.is_file():
        raise ModelError(f"the reader's weights {weights} are missing; {_way_out(weights)}")
    if sha256 is not None and (actual := file_sha256(weights)) != sha256:
        raise ModelError(
            f"{weights} has sha256 {actual}, expected {sha256}: the file is damaged or was changed; {_way_out(weights)}"
        )


def _way_out(weights: Path) -> str:
    again = "install Quoth again" if weights == WEIGHTS else "give another weights file"
    return f'{again}, or set reader = "none"'
