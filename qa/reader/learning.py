"""How a network learns to read: examples as tokens, the loss, the steps, and what it then thinks of them.

Needs PyTorch, transformers and tokenizers alone, so that it runs on a machine that has a GPU and little else.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from index.embedding import file_sha256
from qa.reader.network import Encoded, padded

Logits = NDArray[np.float16]
"""What a network makes of one example: (tokens, 2), how well the answer begins and ends at each."""


@dataclass(frozen=True, slots=True)
class Item:
    """An example as tokens: ``places`` (n, 2) are the first and last tokens of its answers, none where it has none.

    Any part of a ``loose`` answer may be the answer.
    """

    encoded: Encoded
    places: tuple[tuple[int, int], ...] = ()
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """How one round is trained: peak learning rate, share of the steps that lead up to it, tokens of a batch.

    ``taught`` is the share of the loss that follows a teacher, where there is one.
    """

    rate: float
    passes: int = 1
    warm: float = 0.06
    tokens: int = 8192
    pool: int = 4096  # examples that are sorted by length together
    decay: float = 0.01
    seed: int = 0
    taught: float = 0.8


def fit(module: Any, items: Sequence[Item], how: Round, log: TextIO, taught: Sequence[Logits] | None = None) -> None:
    """Train the layers and the head on the device that they are on; the embeddings stay as they are.

    The loss of an example is the negative log probability that the answer begins at one of the places where it is known
    to begin, and the same of its end, averaged: at ``[CLS]`` where there is none. With a teacher's logits it is for the
    greater part the divergence from the teacher's probabilities (Hinton et al., 2015).
    """
    import torch

    torch.manual_seed(how.seed)
    for name, parameter in module.named_parameters():
        parameter.requires_grad = _is_trained(name)
    trained = [p for p in module.parameters() if p.requires_grad]
    device = trained[0].device
    optimizer = torch.optim.AdamW(trained, lr=how.rate, weight_decay=how.decay, betas=(0.9, 0.98), fused=True)
    planned = list(batches([len(item.encoded.ids) for item in items], how))
    warm, began = how.warm * len(planned), time.perf_counter()
    total, counted = torch.zeros((), device=device), 0
    module.train()
    for step, batch in enumerate(planned):
        share = min(1.0, (step + 1) / warm) * (1 - max(0.0, step - warm) / (len(planned) - warm))
        for group in optimizer.param_groups:
            group["lr"] = how.rate * share
        logits = _asked(module, [items[i].encoded for i in batch], device)
        known = [taught[i] for i in batch] if taught is not None else None
        loss = _loss(logits.float(), [items[i] for i in batch], known, how.taught)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        total, counted = total + loss.detach(), counted + 1
        if (step + 1) % 50 == 0 or step + 1 == len(planned):
            row = {"step": step + 1, "of": len(planned), "loss": round(float(total) / counted, 4)}
            log.write(json.dumps(row | {"seconds": round(time.perf_counter() - began)}) + "\n")
            log.flush()
            total, counted = torch.zeros((), device=device), 0
    module.eval()


def logits_of(module: Any, items: Sequence[Item], tokens: int = 32768) -> list[Logits]:
    """Return the module's logits for each item."""
    import torch

    device = next(module.parameters()).device
    found: dict[int, Logits] = {}
    once = Round(rate=0, tokens=tokens, pool=len(items) or 1)
    module.eval()
    with torch.inference_mode():
        for batch in batches([len(item.encoded.ids) for item in items], once):
            logits = _asked(module, [items[i].encoded for i in batch], device)
            rows = logits.to(torch.float16).cpu().numpy()
            found |= {i: row[: len(items[i].encoded.ids)].copy() for i, row in zip(batch, rows, strict=True)}
    return [found[i] for i in range(len(items))]


def batches(lengths: Sequence[int], how: Round) -> Iterator[list[int]]:
    """Yield batches of examples of like length, in an order that the seed decides, each example once a pass."""
    rng, order = random.Random(how.seed), list(range(len(lengths)))
    for _ in range(how.passes):
        rng.shuffle(order)
        for first in range(0, len(order), how.pool):
            made: list[list[int]] = [[]]
            for i in sorted(order[first : first + how.pool], key=lambda i: lengths[i]):
                if made[-1] and lengths[i] * (len(made[-1]) + 1) > how.tokens:
                    made.append([])
                made[-1].append(i)
            rng.shuffle(made)
            yield from made


def _asked(module: Any, sequences: Sequence[Encoded], device: Any) -> Any:
    """Return the module's logits for a batch; on a GPU they are computed in bfloat16."""
    import torch

    with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
        return module(*(tensor.to(device) for tensor in padded(sequences)))


def _is_trained(name: str) -> bool:
    """Tell whether a parameter is trained and kept: all are but the embeddings, which are the base model's own."""
    return ".embeddings." not in name


def _loss(logits: Any, items: Sequence[Item], taught: Sequence[Logits] | None, share: float) -> Any:
    import torch

    allowed, gold = _marked(items, logits.shape[1])
    there = torch.from_numpy(allowed).to(logits.device)[..., None]
    logits = logits.masked_fill(~there, -1e4)
    right = torch.logsumexp(logits.masked_fill(~torch.from_numpy(gold).to(logits.device), -1e4), 1)
    loss = (torch.logsumexp(logits, 1) - right).mean()
    if taught is None:
        return loss
    theirs = np.zeros((*allowed.shape, 2), np.float16)
    for row, known in enumerate(taught):
        theirs[row, : len(known)] = known
    probable = torch.softmax(torch.from_numpy(theirs).to(logits.device).float().masked_fill(~there, -1e4), 1)
    followed = -(probable * torch.log_softmax(logits, 1)).sum(1).mean()
    return share * followed + (1 - share) * loss


def _marked(items: Sequence[Item], length: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tokens may begin or end an answer, (items, tokens), and which do, (items, tokens, 2)."""
    allowed = np.zeros((len(items), length), np.bool_)
    gold = np.zeros((len(items), length, 2), np.bool_)
    for row, item in enumerate(items):
        allowed[row, 0] = True
        allowed[row, item.encoded.first : item.encoded.last] = True
        for first, last in item.places:
            within = slice(first, last + 1)
            gold[row, within if item.loose else first, 0] = True
            gold[row, within if item.loose else last, 1] = True
        if not item.places:
            gold[row, 0] = True
    return allowed, gold


def save(module: Any, path: Path) -> str:
    """Write the trained tensors as bfloat16; return the file's SHA-256."""
    import torch
    from safetensors.torch import save_file

    tensors = {
        name: tensor.to("cpu", torch.bfloat16).contiguous()
        for name, tensor in module.state_dict().items()
        if _is_trained(name)
    }
    save_file(tensors, path)
    return file_sha256(path)


def keep(items: Sequence[Item], path: Path) -> None:
    """Write items to a file of NumPy's arrays, without the offsets of their tokens."""
    ids = np.concatenate([np.array(item.encoded.ids, np.uint16) for item in items])
    marks = np.array([(len(e.ids), e.second, e.first, e.last) for e in (i.encoded for i in items)], np.int16)
    places = np.array([(n, *place, item.loose) for n, item in enumerate(items) for place in item.places], np.int32)
    np.savez(path, ids=ids, marks=marks, places=places.reshape(-1, 4))


def kept(path: Path) -> list[Item]:
    """Read items that ``keep`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        ids, marks, places = file["ids"], file["marks"], file["places"]
    answers: dict[int, list[tuple[int, int]]] = {}
    loose = {n: bool(flag) for n, *_, flag in places.tolist()}
    for n, first, last, _ in places.tolist():
        answers.setdefault(n, []).append((first, last))
    ends = np.cumsum(marks[:, 0], dtype=np.int64)
    items: list[Item] = []
    for n, (size, second, first, last) in enumerate(marks.tolist()):
        encoded = Encoded(ids[ends[n] - size : ends[n]].tolist(), second, first, last, [])
        items.append(Item(encoded, tuple(answers.get(n, ())), loose.get(n, False)))
    return items
