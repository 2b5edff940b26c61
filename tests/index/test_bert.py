"""The encoder of questions computes what the library's model does."""

from typing import Any

import pytest

from index.bert import Bert, computes

pytestmark = pytest.mark.model


def make(**changed: Any) -> Any:
    """Make a small model whose numbers are random."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    given: dict[str, Any] = {"vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4}
    config = BertConfig(**given, intermediate_size=40, max_position_embeddings=20, **changed)
    model: Any = BertModel(config, add_pooling_layer=False)
    model.eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def compare(model: Any, expected: Any, length: int) -> None:
    """See that the states are those that the library's model ``expected`` has."""
    import torch

    ids = torch.randint(0, 50, (1, length), generator=torch.Generator().manual_seed(length))
    with torch.inference_mode():
        states = expected(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        found = Bert(model)({"input_ids": ids})["token_embeddings"]
    torch.testing.assert_close(found, states, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("length", [1, 2, 7, 20])
def test_states_are_the_librarys(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For rows of any length the states are those of the library's model, where the processor has no half precision."""
    import torch

    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", _unsupported, raising=False)
    model = make()
    compare(model, model, length)


def test_numbers_too_large_for_half_precision_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix with a number over 65,504 is multiplied as it is."""
    import torch

    packed = []
    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", lambda w, b: packed.append(w), raising=False)
    model = make()
    for layer in model.encoder.layer:
        layer.intermediate.dense.weight.data[0, 0] = 70_000
    Bert(model)
    assert [tuple(weight.shape) for weight in packed] == [(72, 24), (24, 24), (24, 40)] * 3


@pytest.mark.parametrize("length", [1, 2, 7, 20])
def test_only_the_matrices_are_halved(length: int) -> None:
    """The states are those of a library's model whose matrices are rounded to half precision, and nothing else."""
    import torch

    if not _halves():
        pytest.skip("neither this processor nor this build of torch multiplies with matrices in half precision")
    model = make()
    rounded = make()
    for module in rounded.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.data = module.weight.data.half().float()
    compare(model, rounded, length)


def _unsupported(*_: Any) -> Any:
    raise RuntimeError("Didn't find engine for operation quantized::linear_prepack_fp16")


def _halves() -> bool:
    import torch

    try:
        torch.ops.quantized.linear_prepack_fp16(torch.ones(4, 4), torch.zeros(4))
    except (AttributeError, RuntimeError):
        return False
    return True


def test_it_is_used_only_for_what_it_computes() -> None:
    """A model with another activation, or of another kind, is left to the library."""
    from transformers import DistilBertConfig, DistilBertModel

    assert computes(make())
    assert not computes(make(hidden_act="relu"))
    assert not computes(make(is_decoder=True))
    assert not computes(DistilBertModel(DistilBertConfig(n_layers=1, dim=12, n_heads=2, hidden_dim=8, vocab_size=9)))
