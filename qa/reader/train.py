"""Trains the reader: question collections -> the weights file, in two rounds.

    python -m qa.reader.train DATA OUT [--fold N]

DATA holds the collections named below, in BEIR's layout, those of the first round in its folder ``train``. That round
learns to find answers, on the three collections of SquadShifts; the second goes on from there on questions that people
wrote to have no answer, and on questions typed into a search engine, with a part of the first round's beside them so
that it is not forgotten. OUT gets ``first.safetensors``, ``weights.safetensors`` (or ``fold0.safetensors``: trained
without the articles of fold 0, to be measured on them) and a log of each; a first round that is there already is not
run again. Seeds are fixed.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from index.embedding import embedded_folder, file_sha256
from qa.reader.examples import Collection, Document, Example, examples
from qa.reader.folds import QUESTIONS
from qa.reader.forms import asked
from qa.reader.network import Encoded, Encoder, from_base, load, padded
from qa.understanding import clean

FIRST = ("squadshifts_new_wiki", "squadshifts_reddit", "squadshifts_amazon_reviews")
SECOND = ("squad2_dev", "qed_dev", "clapnq_half")

# How many examples of each kind are made of a question, in the mean.
_OF_PARAGRAPHS = {"answer": 0.75, "changed": 0.3, "without": 0.12, "retrieved": 0.28}
_OF_OPINIONS = {"answer": 0.62, "changed": 0.25, "without": 0.12, "retrieved": 0.15}
_AGAIN = {"answer": 0.6, "changed": 0.25, "without": 0.12, "retrieved": 0.25}
_SECOND = {
    "squad2_dev": {"answer": 1.0, "changed": 0.25, "without": 0.2, "retrieved": 0.45, "unanswerable": 1.0},
    "qed_dev": {"answer": 1.0, "changed": 0.35, "without": 0.4, "retrieved": 1.0},
    "clapnq_half": {"answer": 1.0, "changed": 0.3, "without": 0.5, "retrieved": 2.0, "unanswerable": 1.0},
}


@dataclass(frozen=True, slots=True)
class Round:
    """How one round is trained: peak learning rate, share of the steps that lead up to it, tokens of a batch."""

    rate: float
    warm: float = 0.06
    tokens: int = 4096
    pool: int = 2048  # examples that are sorted by length together
    decay: float = 0.01
    seed: int = 0


FIRST_ROUND = Round(rate=1.6e-4)
SECOND_ROUND = Round(rate=1e-4, seed=3)
REPLAYED = 4000  # examples of the first round's kind in the second


def first_examples(data: Path) -> list[Example]:
    """Make the examples of the first round: of paragraphs twice, of opinions once."""
    rng = random.Random(7)
    made: list[Example] = []
    for name in FIRST:
        encyclopedia = name == FIRST[0]  # the others' titles are all alike
        collection = Collection(data / "train" / name, titled=encyclopedia)
        for _ in range(2 if encyclopedia else 1):
            made += examples(collection, rng, _OF_PARAGRAPHS if encyclopedia else _OF_OPINIONS, short=0.6)
    rng.shuffle(made)
    return made


def second_examples(data: Path, fold: int | None) -> list[Example]:
    """Make the examples of the second round, without those of the articles of ``fold``."""
    rng = random.Random(11)
    made: list[Example] = []
    for name in SECOND:
        collection = Collection(data / name)
        keep = _outside(collection.folds(), fold)
        for _ in range(3 if name == "clapnq_half" else 2):
            made += examples(collection, rng, _SECOND[name], short=0.35, keep=keep)
    again: list[Example] = []
    for name in FIRST:
        collection = Collection(data / "train" / name, titled=name == FIRST[0])
        again += examples(collection, rng, _AGAIN, short=0.5)
    made += rng.sample(again, min(REPLAYED, len(again)))
    rng.shuffle(made)
    return made


def _outside(folds: Mapping[str, int], fold: int | None) -> Callable[[Document], bool]:
    return lambda document: fold is None or folds.get(document.doc_id) != fold


def folds(data: Path) -> dict[str, int]:
    """Return the fold of each question of the second round, and of each question that is asked in one with another."""
    found: dict[str, int] = {}
    for name in SECOND:
        collection = Collection(data / name)
        dealt = collection.folds()
        for query in collection.queries:
            for doc_id in query.documents():
                if doc_id in dealt:
                    text = clean(query.text)
                    found |= dict.fromkeys([text, *asked(text)], dealt[doc_id])
    return found


def train(module: Any, encoded: Sequence[Encoded], made: Sequence[Example], how: Round, log: TextIO) -> None:
    """Train the layers and the head; the embeddings stay as they are.

    The loss of an example is the negative log probability that the answer begins at one of the places where it is known
    to begin, and the same of its end, averaged: at ``[CLS]`` where there is none.
    """
    import torch

    torch.manual_seed(how.seed)
    for parameter in module.bert.embeddings.parameters():
        parameter.requires_grad = False
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=how.rate, weight_decay=how.decay, betas=(0.9, 0.98), fused=True)
    planned = list(batches([len(e.ids) for e in encoded], how))
    warm, began, losses = how.warm * len(planned), time.perf_counter(), []
    module.train()
    for step, batch in enumerate(planned):
        share = min(1.0, (step + 1) / warm) * (1 - max(0.0, step - warm) / (len(planned) - warm))
        for group in optimizer.param_groups:
            group["lr"] = how.rate * share
        loss = _loss(module, [encoded[i] for i in batch], [made[i] for i in batch])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0 or step + 1 == len(planned):
            row = {"step": step + 1, "of": len(planned), "loss": round(sum(losses) / len(losses), 4)}
            log.write(json.dumps(row | {"seconds": round(time.perf_counter() - began)}) + "\n")
            log.flush()
            losses = []
    module.eval()


def batches(lengths: Sequence[int], how: Round) -> Iterator[list[int]]:
    """Yield batches of examples of like length, in an order that the seed decides."""
    rng, order = random.Random(how.seed), list(range(len(lengths)))
    rng.shuffle(order)
    for first in range(0, len(order), how.pool):
        made: list[list[int]] = [[]]
        for i in sorted(order[first : first + how.pool], key=lambda i: lengths[i]):
            if made[-1] and lengths[i] * (len(made[-1]) + 1) > how.tokens:
                made.append([])
            made[-1].append(i)
        rng.shuffle(made)
        yield from made


def _loss(module: Any, encoded: Sequence[Encoded], made: Sequence[Example]) -> Any:
    import torch

    logits = module(*padded(encoded))
    allowed = torch.zeros(logits.shape[:2], dtype=torch.bool)
    gold = torch.zeros_like(logits, dtype=torch.bool)
    for row, (e, example) in enumerate(zip(encoded, made, strict=True)):
        allowed[row, 0] = True
        allowed[row, e.first : e.last] = True
        places = [place for span in example.answers if (place := _tokens(e, span))]
        for first, last in places:
            within = slice(first, last + 1)
            gold[row, within if example.loose else first, 0] = True
            gold[row, within if example.loose else last, 1] = True
        if not places:
            gold[row, 0] = True
    logits = logits.masked_fill(~allowed[..., None], -1e4)
    right = torch.logsumexp(logits.masked_fill(~gold, -1e4), 1)
    return (torch.logsumexp(logits, 1) - right).mean()


def _tokens(encoded: Encoded, span: tuple[int, int]) -> tuple[int, int] | None:
    """Return the first and last token of a span of the passage; None when it was cut off."""
    inside = [k for k, (start, end) in enumerate(encoded.offsets) if end > span[0] and start < span[1]]
    return (encoded.first + inside[0], encoded.first + inside[-1]) if inside else None


def save(module: Any, path: Path) -> str:
    """Write the trained tensors as bfloat16; return the file's SHA-256."""
    import torch
    from safetensors.torch import save_file

    tensors = {
        name: tensor.to(torch.bfloat16).contiguous()
        for name, tensor in module.state_dict().items()
        if not name.startswith("bert.embeddings.")
    }
    save_file(tensors, path)
    return file_sha256(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.train", description="Train the reader.")
    parser.add_argument("data", type=Path, help="folder of the collections")
    parser.add_argument("out", type=Path, help="folder for the weights")
    parser.add_argument("--fold", type=int, choices=(0, 1), help="leave the articles of this fold out")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / QUESTIONS).write_text(json.dumps(folds(given.data), ensure_ascii=False, indent=0), encoding="utf-8")
    first = given.out / "first.safetensors"
    if not first.exists():
        _round(first_examples(given.data), None, FIRST_ROUND, first)
    last = given.out / ("weights.safetensors" if given.fold is None else f"fold{given.fold}.safetensors")
    digest = _round(second_examples(given.data, given.fold), first, SECOND_ROUND, last)
    sys.stdout.write(f'{last}\nSHA256 = "{digest}"\n')
    return 0


def _round(made: Sequence[Example], start: Path | None, how: Round, out: Path) -> str:
    """Train on from ``start``, or from the embedded model; return the SHA-256 of what was written."""
    folder = embedded_folder()
    module = load(start, None, folder) if start else from_base(folder)
    encoded = Encoder(folder)([(e.question, e.title, e.text) for e in made])
    with out.with_suffix(".log.jsonl").open("w") as log:
        kinds = dict(Counter(example.kind for example in made))
        log.write(json.dumps({"examples": len(made), "kinds": kinds, **asdict(how)}) + "\n")
        train(module, encoded, made, how, log)
        digest = save(module, out)
        log.write(json.dumps({"file": out.name, "sha256": digest}) + "\n")
    return digest


if __name__ == "__main__":
    sys.exit(main())
