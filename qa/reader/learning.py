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

from index.embedding import computes_bfloat16, file_sha256
from qa.reader.network import Encoded, padded

Logits = NDArray[np.float16]
"""What a network makes of one example: (tokens, 2), how well the answer begins and ends at each."""


@dataclass(frozen=True, slots=True)
class Item:
    """An example as tokens: ``places`` (n, 2) are the first and last tokens of its answers, none where it has none.

    Any part of a ``loose`` answer may be the answer. What is learnt of those with the same number of a ``question``,
    from 0 on, is also which of them has the answer.
    """

    encoded: Encoded
    places: tuple[tuple[int, int], ...] = ()
    loose: bool = False
    question: int = -1


@dataclass(frozen=True, slots=True)
class Round:
    """How one round is trained: peak learning rate, share of the steps that lead up to it, tokens of a batch.

    ``taught`` is the share of the loss that follows a teacher, where there is one; ``without`` is how much an example
    without an answer counts beside one that has it; ``compared`` is the weight of the loss over a question's passages.
    """

    rate: float
    passes: int = 1
    warm: float = 0.06
    tokens: int = 8192
    pool: int = 4096  # examples, or questions, that are sorted by length together
    decay: float = 0.01
    seed: int = 0
    taught: float = 0.8
    without: float = 1.0
    compared: float = 0.0


def fit(
    module: Any,
    items: Sequence[Item],
    how: Round,
    log: TextIO,
    taught: Sequence[Logits | None] | None = None,
) -> None:
    """Train the layers and the head on the device that they are on; the embeddings stay as they are.

    The loss of an example is the negative log probability that the answer begins at one of the places where it is known
    to begin, and the same of its end, averaged: at ``[CLS]`` where there is none. Where a teacher's logits are given it
    is for the greater part the divergence from the teacher's probabilities (Hinton et al., 2015). To that comes the
    negative log probability of the passages that answer a question among all of its passages, by how much likelier an
    answer is in each than none (a softmax over them: Cao et al., 2007).
    """
    import torch

    torch.manual_seed(how.seed)
    for name, parameter in module.named_parameters():
        parameter.requires_grad = _is_trained(name)
    trained = [p for p in module.parameters() if p.requires_grad]
    device = trained[0].device
    optimizer = torch.optim.AdamW(trained, lr=how.rate, weight_decay=how.decay, betas=(0.9, 0.98), fused=True)
    planned = list(batches([len(item.encoded.ids) for item in items], how, [item.question for item in items]))
    warm, began = how.warm * len(planned), time.perf_counter()
    total, counted = torch.zeros((), device=device), 0
    module.train()
    for step, batch in enumerate(planned):
        share = min(1.0, (step + 1) / warm) * (1 - max(0.0, step - warm) / (len(planned) - warm))
        for group in optimizer.param_groups:
            group["lr"] = how.rate * share
        logits = _asked(module, [items[i].encoded for i in batch], device)
        known = [taught[i] for i in batch] if taught is not None else None
        loss = _loss(logits.float(), [items[i] for i in batch], known, how)
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


def batches(lengths: Sequence[int], how: Round, questions: Sequence[int] = ()) -> Iterator[list[int]]:
    """Yield batches of examples of like length, in an order that the seed decides, each example once a pass.

    Those of the same of the ``questions``, from 0 on, are in one batch.
    """
    rng, together = random.Random(how.seed), dict[int, list[int]]()
    for i, question in enumerate(questions or [-1] * len(lengths)):
        together.setdefault(question if question >= 0 else -1 - i, []).append(i)
    order = list(together.values())
    for _ in range(how.passes):
        rng.shuffle(order)
        for first in range(0, len(order), how.pool):
            made: list[list[int]] = [[]]
            for group in sorted(order[first : first + how.pool], key=lambda group: max(lengths[i] for i in group)):
                longest = max(lengths[i] for i in group)
                if made[-1] and longest * (len(made[-1]) + len(group)) > how.tokens:
                    made.append([])
                made[-1] += group
            rng.shuffle(made)
            yield from made


def _asked(module: Any, sequences: Sequence[Encoded], device: Any) -> Any:
    """Return the module's logits for a batch, computed in bfloat16 on a GPU and where the processor is faster so."""
    import torch

    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" or computes_bfloat16()):
        return module(*(tensor.to(device) for tensor in padded(sequences)))


def _is_trained(name: str) -> bool:
    """Tell whether a parameter is trained and kept: all are but the embeddings, which are the base model's own."""
    return ".embeddings." not in name


def _loss(logits: Any, items: Sequence[Item], taught: Sequence[Logits | None] | None, how: Round) -> Any:
    import torch

    allowed, gold = _marked(items, logits.shape[1])
    there = torch.from_numpy(allowed).to(logits.device)[..., None]
    logits = logits.masked_fill(~there, -1e4)
    right = torch.logsumexp(logits.masked_fill(~torch.from_numpy(gold).to(logits.device), -1e4), 1)
    loss = (torch.logsumexp(logits, 1) - right).mean(1)
    if taught is not None:
        theirs = np.zeros((*allowed.shape, 2), np.float16)
        for row, known in enumerate(taught):
            if known is not None:
                theirs[row, : len(known)] = known
        probable = torch.softmax(torch.from_numpy(theirs).to(logits.device).float().masked_fill(~there, -1e4), 1)
        followed = -(probable * torch.log_softmax(logits, 1)).sum(1).mean(1)
        share = torch.tensor([0.0 if known is None else how.taught for known in taught], device=logits.device)
        loss = share * followed + (1 - share) * loss
    weights = torch.tensor([1.0 if item.places else how.without for item in items], device=logits.device)
    mean = (weights * loss).sum() / weights.sum()
    return mean + how.compared * _compared(logits, items) if how.compared else mean


def _compared(logits: Any, items: Sequence[Item]) -> Any:
    """Return the mean over the questions of the loss that says which of its passages answers each."""
    import torch

    answers = torch.logsumexp(logits[:, 1:], 1).sum(1) - logits[:, 0].sum(1)
    rows: dict[int, list[int]] = {}
    for row, item in enumerate(items):
        rows.setdefault(item.question, []).append(row)
    losses = []
    for question, own in rows.items():
        right = [row for row in own if items[row].places]
        if question >= 0 and right and len(right) < len(own):
            losses.append(torch.logsumexp(answers[own], 0) - torch.logsumexp(answers[right], 0))
    return torch.stack(losses).mean() if losses else torch.zeros((), device=logits.device)


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
    questions = np.array([item.question for item in items], np.int32)
    np.savez(path, ids=ids, marks=marks, places=places.reshape(-1, 4), questions=questions)


def kept(path: Path) -> list[Item]:
    """Read items that ``keep`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        ids, marks, places, questions = file["ids"], file["marks"], file["places"], file["questions"].tolist()
    answers: dict[int, list[tuple[int, int]]] = {}
    loose = {n: bool(flag) for n, *_, flag in places.tolist()}
    for n, first, last, _ in places.tolist():
        answers.setdefault(n, []).append((first, last))
    ends = np.cumsum(marks[:, 0], dtype=np.int64)
    items: list[Item] = []
    for n, (size, second, first, last) in enumerate(marks.tolist()):
        encoded = Encoded(ids[ends[n] - size : ends[n]].tolist(), second, first, last, [])
        items.append(Item(encoded, tuple(answers.get(n, ())), loose.get(n, False), questions[n]))
    return items
