"""A BERT encoder for one short text, computed straight from its weights.

A question has a dozen tokens, which cost little but reading the weights. What a framework does around them then takes a
third of the time: here it is left out, the three projections of attention are one, and all matrices are read in half
precision, which is half of the reading.
"""

from collections.abc import Callable, Mapping
from typing import Any

_LAYER = "encoder.layer.{}."
_MOST = 65_504  # in half precision


class Bert:
    """Computes what a ``BertModel`` of transformers does for a single row of tokens, without padding.

    Everything is computed in float32; only the matrices are kept in half precision where the processor can widen them
    as it multiplies: the vectors of 400 questions had a cosine of at least 1 - 2e-7 with those of float32.
    """

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
            rows = projection(states).view(count, 3, self._heads, width // self._heads)
            query, key, value = rows.permute(1, 2, 0, 3)[:, None]
            mixed = functional.scaled_dot_product_attention(query, key, value)[0].transpose(0, 1).reshape(count, width)
            states = normed(output(mixed) + states, after)
            wide = functional.gelu(inner(states))
            states = normed(outer(wide) + states, last)
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


def _layer(state: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    import torch

    inputs = [_pair(state, f"{name}attention.self.{part}") for part in ("query", "key", "value")]
    weights, biases = (torch.cat(parts) for parts in zip(*inputs, strict=True))
    return (
        _multiplying(weights, biases),
        _linear(state, f"{name}attention.output.dense"),
        _pair(state, f"{name}attention.output.LayerNorm"),
        _linear(state, f"{name}intermediate.dense"),
        _linear(state, f"{name}output.dense"),
        _pair(state, f"{name}output.LayerNorm"),
    )


def _pair(state: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    return state[f"{name}.weight"], state[f"{name}.bias"]


def _linear(state: Mapping[str, Any], name: str) -> Callable[[Any], Any]:
    return _multiplying(*_pair(state, name))


def _multiplying(weight: Any, bias: Any) -> Callable[[Any], Any]:
    """Return what multiplies rows with a matrix and adds a bias."""
    import torch

    if weight.abs().max() <= _MOST:
        try:
            packed = torch.ops.quantized.linear_prepack_fp16(weight.contiguous(), bias)
            return lambda rows: torch.ops.quantized.linear_dynamic_fp16(rows, packed)
        except (AttributeError, RuntimeError):  # not every processor, or build of torch, has it
            pass
    columns = by_columns(weight)
    return lambda rows: torch.nn.functional.linear(rows, columns, bias)


def by_columns(matrix: Any) -> Any:
    """Return a matrix that is laid out by columns, which is faster to multiply a few rows with."""
    return matrix.t().contiguous().t()
