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


@pytest.mark.parametrize("length", [1, 2, 7, 20])
def test_states_are_the_librarys(length: int) -> None:
    """For rows of any length the states are those of the library's model."""
    import torch

    model = make()
    ids = torch.randint(0, 50, (1, length), generator=torch.Generator().manual_seed(length))
    with torch.inference_mode():
        expected = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        found = Bert(model)({"input_ids": ids})["token_embeddings"]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_it_is_used_only_for_what_it_computes() -> None:
    """A model with another activation, or of another kind, is left to the library."""
    from transformers import DistilBertConfig, DistilBertModel

    assert computes(make())
    assert not computes(make(hidden_act="relu"))
    assert not computes(make(is_decoder=True))
    assert not computes(DistilBertModel(DistilBertConfig(n_layers=1, dim=12, n_heads=2, hidden_dim=8, vocab_size=9)))
