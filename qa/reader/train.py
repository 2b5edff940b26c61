"""Trains the reader: question collections -> the weights file, in three rounds, two of them after a larger teacher.

    python -m qa.reader.train DATA OUT --teacher MPNET [--fold N]

DATA holds the collections named below, in BEIR's layout, those of the first round in its folder ``train``. That round
learns to find answers, on the three collections of SquadShifts; the second goes on from there on questions that people
wrote to have no answer, and on questions typed into a search engine, with a part of the first round's beside them so
that it is not forgotten. MPNET, the folder of all-mpnet-base-v2, is trained on the examples of each of these rounds
first, and the reader then learns from what it thinks of them. The third goes on from there, without it, on the
questions that were written for this in ``questions/``, whose articles are in DATA's folder ``asked``: the passages are
those that Quoth cuts and retrieves, and compared with one another. Of the second round's examples a part is beside
them, on which what the reader thought before is kept.

OUT gets a file of each step: the examples as tokens (``.npz``), the teacher's and the reader's weights, and a log of
each. What is there already is not made again, so the examples can be made on one machine and the rest run on another
that has a GPU, PyTorch and transformers and little else. With ``--fold N`` the articles of fold N are left out, and the
weights (``foldN.safetensors`` in place of ``weights.safetensors``) can be measured on them. Seeds are fixed.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.embedding import embedded_folder, file_sha256
from qa.reader.folds import QUESTIONS
from qa.reader.learning import Item, Logits, Round, fit, keep, kept, logits_of, save
from qa.reader.network import Encoder, from_base

if TYPE_CHECKING:
    from qa.reader.examples import Document, Example

FIRST = ("squadshifts_new_wiki", "squadshifts_reddit", "squadshifts_amazon_reviews")
SECOND = ("squad2_dev", "qed_dev", "clapnq_half")
THIRD = ("docs", "help", "news", "pages", "posts", "abstracts", "wiki", "own")

# How many examples of each kind are made of a question, in the mean.
_OF_PARAGRAPHS = {"answer": 0.75, "changed": 0.3, "without": 0.12, "retrieved": 0.28}
_OF_OPINIONS = {"answer": 0.62, "changed": 0.25, "without": 0.12, "retrieved": 0.15}
_AGAIN = {"answer": 0.6, "changed": 0.25, "without": 0.12, "retrieved": 0.25}
_SECOND = {
    "squad2_dev": {"answer": 1.0, "changed": 0.25, "without": 0.2, "retrieved": 0.45, "unanswerable": 1.0},
    "qed_dev": {"answer": 1.0, "changed": 0.35, "without": 0.4, "retrieved": 1.0},
    "clapnq_half": {"answer": 1.0, "changed": 0.3, "without": 0.5, "retrieved": 2.0, "unanswerable": 1.0},
}

FOLDS = 4
DRAWS = {"first": (7, 17, 27), "second": (11, 21)}  # seeds: examples are drawn anew so many times
REPLAYED = 4000  # examples of the first round's kind in each draw of the second
KEPT = 10000  # examples of the second round in the third

TEACHER = {"first": Round(rate=4e-5), "second": Round(rate=2.5e-5, seed=3)}
READER = {"first": Round(rate=2.5e-4, passes=4), "second": Round(rate=1.5e-4, seed=3)}
LAST = Round(rate=1e-4, seed=1, taught=0.7, without=0.5, compared=0.5)


def first_examples(data: Path) -> "list[Example]":
    """Make the examples of the first round: of paragraphs twice a draw, of opinions once."""
    from qa.reader.examples import Collection, examples

    collections = {name: Collection(data / "train" / name, titled=name == FIRST[0]) for name in FIRST}
    made: list[Example] = []
    for seed in DRAWS["first"]:
        rng = random.Random(seed)
        for name, collection in collections.items():
            encyclopedia = name == FIRST[0]  # the others' titles are all alike
            for _ in range(2 if encyclopedia else 1):
                made += examples(collection, rng, _OF_PARAGRAPHS if encyclopedia else _OF_OPINIONS, short=0.6)
    return made


def second_examples(data: Path, fold: int | None) -> "list[Example]":
    """Make the examples of the second round, without those of the articles of ``fold``."""
    from qa.reader.examples import Collection, examples

    collections = {name: Collection(data / name) for name in SECOND}
    older = {name: Collection(data / "train" / name, titled=name == FIRST[0]) for name in FIRST}
    made: list[Example] = []
    for seed in DRAWS["second"]:
        rng = random.Random(seed)
        for name, collection in collections.items():
            keep = _outside(collection.folds(FOLDS), fold)
            for _ in range(3 if name == "clapnq_half" else 2):
                made += examples(collection, rng, _SECOND[name], short=0.35, keep=keep)
        again = [e for collection in older.values() for e in examples(collection, rng, _AGAIN, short=0.5)]
        made += rng.sample(again, min(REPLAYED, len(again)))
    return made


def third_items(data: Path, base: Path) -> list[Item]:
    """Make the examples of the third round as tokens, those of a question with its number."""
    from index.embedding import load_embedder
    from index.passages import PASSAGE_TOKENS
    from qa.evaluation.cache import cached_index
    from qa.evaluation.collections import load
    from qa.reader.asked import Maker, asked

    groups: list[list[Example]] = []
    for name in THIRD:
        folder = data / "asked" / name
        index = cached_index(load(folder), load_embedder(), tokens=PASSAGE_TOKENS)
        groups += Maker(index, random.Random(1)).examples(asked(folder))
    numbers = [number for number, group in enumerate(groups) for _ in group]
    made = items([example for group in groups for example in group], base)
    return [replace(item, question=number) for item, number in zip(made, numbers, strict=True)]


def _outside(folds: Mapping[str, int], fold: int | None) -> "Callable[[Document], bool]":
    return lambda document: fold is None or folds.get(document.doc_id) != fold


def folds(data: Path) -> dict[str, int]:
    """Return the fold of each question of the second round, and of each question that is asked in one with another."""
    from qa.reader.examples import Collection
    from qa.reader.forms import asked
    from qa.understanding import clean

    found: dict[str, int] = {}
    for name in SECOND:
        collection = Collection(data / name)
        dealt = collection.folds(FOLDS)
        for query in collection.queries:
            for doc_id in query.documents():
                if doc_id in dealt:
                    text = clean(query.text)
                    found |= dict.fromkeys([text, *asked(text)], dealt[doc_id])
    return found


def items(made: "Iterable[Example]", folder: Path) -> list[Item]:
    """Return the examples as tokens."""
    made = list(made)
    encoded = Encoder(folder)([(e.question, e.title, e.text) for e in made])
    return [
        Item(e, tuple(place for span in example.answers if (place := _tokens(e, span))), example.loose)
        for e, example in zip(encoded, made, strict=True)
    ]


def _tokens(encoded: Any, span: tuple[int, int]) -> tuple[int, int] | None:
    """Return the first and last token of a span of the passage; None when it was cut off."""
    inside = [k for k, (start, end) in enumerate(encoded.offsets) if end > span[0] and start < span[1]]
    return (encoded.first + inside[0], encoded.first + inside[-1]) if inside else None


class Course:
    """The steps from examples to weights, each with its files in ``out``; those that are there are not made again.

    A step is "first", "second" or "weights", the third; with a fold, whose articles are left out of the second,
    "second-foldN" and "foldN". ``teacher`` and ``base`` are the folders of the models that they begin with.
    """

    def __init__(self, data: Path, out: Path, teacher: Path, base: Path, device: str, fold: int | None) -> None:
        self._data, self._out, self._teacher, self._base, self._device = data, out, teacher, base, device
        self._fold = fold
        self.steps = ("first", "second", "weights") if fold is None else ("first", f"second-fold{fold}", f"fold{fold}")

    def reader(self, step: str) -> Any:
        """Return the reader of a step, trained."""
        if step != self.steps[-1]:
            return self._trained(partial(from_base, self._base), step, "", READER)
        path = self._out / f"{step}.safetensors"
        if path.exists():
            return _loaded(from_base(self._base).to(self._device), path)
        module = self.reader(self.steps[1])
        older = random.Random(0).sample(made := self.examples(self.steps[1]), min(KEPT, len(made)))
        newer = self.examples("third")
        self._fit(module, [*newer, *older], LAST, path, [*[None] * len(newer), *logits_of(module, older)])
        return _loaded(module, path)

    def teacher(self, step: str) -> Any:
        """Return the teacher of a step, trained."""
        from qa.reader.teacher import make

        return self._trained(partial(make, self._teacher, self._base / "tokenizer.json"), step, "teacher-", TEACHER)

    def examples(self, step: str) -> list[Item]:
        """Return the examples of a step."""
        path = self._out / f"{step}.npz"
        if not path.exists():
            if step == "third":
                made = third_items(self._data, self._base)
            else:
                first = step == "first"
                made = items(
                    first_examples(self._data) if first else second_examples(self._data, self._fold), self._base
                )
            keep(made, path)
        return kept(path)

    def _trained(self, untrained: Callable[[], Any], step: str, prefix: str, rounds: Mapping[str, Round]) -> Any:
        path = self._out / f"{prefix}{step}.safetensors"
        if path.exists() or step == "first":
            module = untrained().to(self._device)
        else:
            module = self.reader("first") if rounds is READER else self.teacher("first")
        if not path.exists():
            made = self.examples(step)
            taught = logits_of(self.teacher(step), made) if rounds is READER else None
            self._fit(module, made, rounds["first" if step == "first" else "second"], path, taught)
        return _loaded(module, path)

    def _fit(
        self, module: Any, made: Sequence[Item], how: Round, path: Path, taught: Sequence[Logits | None] | None
    ) -> None:
        with path.with_suffix(".log.jsonl").open("w") as log:
            log.write(json.dumps({"examples": len(made), **asdict(how)}) + "\n")
            fit(module, made, how, log, taught)
            log.write(json.dumps({"file": path.name, "sha256": save(module, path)}) + "\n")


def _loaded(module: Any, path: Path) -> Any:
    """Return the module with the weights of a file."""
    from safetensors.torch import load_file

    module.load_state_dict(load_file(path), strict=False)
    return module


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    import torch

    parser = argparse.ArgumentParser(prog="python -m qa.reader.train", description="Train the reader.")
    parser.add_argument("data", type=Path, help="folder of the collections")
    parser.add_argument("out", type=Path, help="folder for the weights")
    parser.add_argument("--teacher", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="leave the articles of this fold out")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    if not (questions := given.out / QUESTIONS).exists():
        questions.write_text(json.dumps(folds(given.data), ensure_ascii=False, indent=0), encoding="utf-8")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.enable_cudnn_sdp(False)  # it plans attention anew for every shape of a batch: six times as slow
    course = Course(given.data, given.out, given.teacher, embedded_folder(), device, given.fold)
    course.reader(course.steps[-1])
    weights = given.out / f"{course.steps[-1]}.safetensors"
    sys.stdout.write(f'{weights}\nSHA256 = "{file_sha256(weights)}"\n')
    return 0


if __name__ == "__main__":
    sys.exit(main())
