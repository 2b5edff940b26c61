"""A BERT encoder for one short text, computed straight from its weights.

A question has a dozen tokens, which cost little but reading the weights. What a framework does around them then takes a
third of the time: here it is left out, the three projections of attention are one, and all matrices are laid out by
columns.
"""

from collections.abc import Mapping
from typing import Any

_LAYER = "encoder.layer.{}."


class Bert:
    """Computes what a ``BertModel`` of transformers does for a single row of tokens, without padding, in float32."""

    def __init__(self, model: Any) -> None:
        state = {name: tensor.detach().float() for name, tensor in model.state_dict().items()}
        self._heads: int = model.config.num_attention_heads
        self._epsilon: float = model.config.layer_norm_eps
        self._words = state["embeddings.word_embeddings.weight"]
        # All tokens are of the first type.
        types = state["embeddings.token_type_embeddings.weight"][0]
        self._positions = state["embeddings.position_embeddings.weight"] + types
        self._norm = _pair(state, "embeddings.LayerNorm")
        self._layers = [_layer(state, _LAYER.format(n)) for n in range(model.config.num_hidden_layers)]

    def __call__(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Return the states of the tokens ``input_ids``, shape (1, tokens), as ``token_embeddings``: float32, shape
        (1, tokens, dimension)."""
        from torch.nn import functional

        (ids,) = features["input_ids"]
        count, width = len(ids), self._words.shape[1]

        def normed(rows: Any, norm: tuple[Any, Any]) -> Any:
            return functional.layer_norm(rows, (width,), *norm, self._epsilon)

        states = normed(self._words[ids] + self._positions[:count], self._norm)
        for projection, output, after, inner, outer, last in self._layers:
            rows = functional.linear(states, *projection).view(count, 3, self._heads, width // self._heads)
            query, key, value = rows.permute(1, 2, 0, 3)[:, None]
            mixed = functional.scaled_dot_product_attention(query, key, value)[0].transpose(0, 1).reshape(count, width)
            states = normed(functional.linear(mixed, *output) + states, after)
            wide = functional.gelu(functional.linear(states, *inner))
            states = normed(functional.linear(wide, *outer) + states, last)
        return {"token_embeddings": states[None]}


def computes(model: Any) -> bool:
    """Tell whether a model is what ``Bert`` computes: some encoders have the name and another inside."""
    config = model.config
    return (
        type(model).__name__ == "BertModel"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", None) in (None, "absolute")
        and not getattr(config, "is_decoder", False)
    )


def _layer(state: Mapping[str, Any], name: str) -> tuple[tuple[Any, Any], ...]:
    import torch

    inputs = [_pair(state, f"{name}attention.self.{part}") for part in ("query", "key", "value")]
    weights, biases = (torch.cat(parts) for parts in zip(*inputs, strict=True))
    return (
        (by_columns(weights), biases),
        _linear(state, f"{name}attention.output.dense"),
        _pair(state, f"{name}attention.output.LayerNorm"),
        _linear(state, f"{name}intermediate.dense"),
        _linear(state, f"{name}output.dense"),
        _pair(state, f"{name}output.LayerNorm"),
    )


def _pair(state: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    return state[f"{name}.weight"], state[f"{name}.bias"]


def _linear(state: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    weight, bias = _pair(state, name)
    return by_columns(weight), bias


def by_columns(matrix: Any) -> Any:
    """Return a matrix that is laid out by columns, which is faster to multiply a few rows with."""
    return matrix.t().contiguous().t()
