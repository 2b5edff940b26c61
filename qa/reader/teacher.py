"""The reader's teacher: MPNet, eight times its size, trained on the same examples and never shipped.

all-mpnet-base-v2 has MiniLM's vocabulary under other numbers, so that both read the same tokens at the same places and
one can be taught the other's logits token by token.
"""

from pathlib import Path
from typing import Any

from index.embedding import file_sha256
from index.errors import ModelError

MODEL = "all-mpnet-base-v2"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"

_ALIKE = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>", "[UNK]": "[UNK]"}


def make(folder: Path, vocabulary: Path, sha256: str | None = SHA256) -> Any:
    """Return a torch module that is called as the reader's is, with the ids of ``vocabulary`` (a tokenizer.json).

    Raises ModelError when the folder does not hold the published model.
    """
    import torch
    from transformers import MPNetConfig, MPNetModel

    weights = folder / "model.safetensors"
    if not weights.is_file() or (sha256 is not None and file_sha256(weights) != sha256):
        raise ModelError(f"{folder} does not hold the published {MODEL}; give its folder, as its hub has it")
    torch.manual_seed(0)
    config = MPNetConfig.from_pretrained(folder)

    class Teacher(torch.nn.Module):
        numbers: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.bert = MPNetModel(config, add_pooling_layer=False)
            self.head = torch.nn.Linear(config.hidden_size, 2)
            self.register_buffer("numbers", torch.tensor(_numbers(folder, vocabulary)), persistent=False)

        def forward(self, ids: Any, types: Any, mask: Any) -> Any:
            """Return logits (sequences, tokens, 2)."""
            return self.head(self.bert(input_ids=self.numbers[ids], attention_mask=mask).last_hidden_state)

    module = Teacher()
    torch.nn.init.normal_(module.head.weight, std=0.02)
    torch.nn.init.zeros_(module.head.bias)
    return _filled(module, weights)


def _filled(module: Any, weights: Path) -> Any:
    from safetensors.torch import load_file

    base = {f"bert.{name}": tensor.float() for name, tensor in load_file(weights).items()}
    own = module.state_dict()
    module.load_state_dict({name: base.get(name, tensor) for name, tensor in own.items()})
    return module


def _numbers(folder: Path, vocabulary: Path) -> list[int]:
    """Return the teacher's number of each token of the reader."""
    from tokenizers import Tokenizer

    theirs = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    ours = Tokenizer.from_file(str(vocabulary)).get_vocab()
    unknown = theirs["[UNK]"]
    return [theirs.get(_ALIKE.get(token, token), unknown) for token in sorted(ours, key=lambda token: ours[token])]
