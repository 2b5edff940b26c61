"""Measure which copies of articles are found, and what is taken for a copy that is none.

``python -m tests.benchmarks.duplicates CORPUS.jsonl``. Each article gets one edited copy: in a share of its sentences
words are replaced, or the sentence is rewritten (another article's stands in its place) or deleted, or one is inserted
after it, each as likely; or the text is cut after half of its sentences. All are written into a catalog, and the pairs
that it counts as one story are compared with those that were made. Then come texts that look like copies and are none.
Written is a table; pairs of real articles that count as one story are named, to be looked at.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from index.articles import read
from index.sentences import split
from index.stores.base import Record
from index.stores.local.catalog import Catalog
from index.types import Article
from tests.benchmarks.variants import swapped

SHARES = (0.05, 0.10, 0.20, 0.30)
WORDS = 0.3  # replaced of a sentence
_COPY = "~copy"
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")

Sentences = list[str]
Made = Callable[[Sentences, Sentences, random.Random], Sentences]
"""An article's sentences and another's -> those of a text like the first."""


def edited(share: float) -> Made:
    """Return what edits a share of the sentences, one at least."""

    def edit(own: Sentences, other: Sentences, chance: random.Random) -> Sentences:
        chosen = set(chance.sample(range(len(own)), max(1, round(share * len(own)))))
        return [piece for i, s in enumerate(own) for piece in (changed(s, other, chance) if i in chosen else [s])]

    return edit


def changed(sentence: str, other: Sentences, chance: random.Random) -> Sentences:
    """Return what becomes of an edited sentence."""
    kind = chance.choice(("words", "rewrite", "delete", "insert"))
    if kind == "delete":
        return []
    if kind != "words":
        return [chance.choice(other)] if kind == "rewrite" else [sentence, chance.choice(other)]
    words, pool = sentence.split(" "), " ".join(other).split()
    for i in chance.sample(range(len(words)), max(1, round(WORDS * len(words)))):
        words[i] = chance.choice(pool)
    return [" ".join(words)]


def cut(own: Sentences, other: Sentences, chance: random.Random) -> Sentences:
    """Keep the first half."""
    return own[: max(1, len(own) // 2)]


def updated(own: Sentences, other: Sentences, chance: random.Random) -> Sentences:
    """Repeat the end of the first article as background to other news: a third of the new text."""
    background = min(len(own), len(other)) // 3
    return [*other[: 2 * background], *own[len(own) - background :]]


def quoting(own: Sentences, other: Sentences, chance: random.Random) -> Sentences:
    """Quote the first article at one go in another, at length: a quarter of the new text."""
    length = min(len(own), len(other)) // 3
    start = chance.randrange(len(own) - length + 1)
    return [*other[:3], *own[start : start + length], *other[3:]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make copies of the articles of a corpus and print what is found of them."""
    parser = argparse.ArgumentParser(description="Measure which copies of articles are found.")
    parser.add_argument("corpus", type=Path, help="articles as JSON Lines")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    articles = [item for item in read(given.corpus) if isinstance(item, Article)]
    pieces = {a.doc_id: [a.text[s.start : s.end] for s in split(a.doc_id, a.text)] for a in articles}
    began = time.perf_counter()
    real, _ = stories(articles)
    each = 1000 * (time.perf_counter() - began) / len(articles)
    titles = {a.doc_id: a.title for a in articles}
    lines = [f"{len(articles)} articles, {each:.1f} ms each", "real articles that count as one story:"]
    lines += [f"  {a} {titles[a]!r} = {b} {titles[b]!r}" for a, b in sorted(real)]
    lines += ["", "| what was made | copies found | pairs found | of them wrong | precision |", "|---|---|---|---|---|"]
    total = np.zeros(2, int)
    for name, make in {**{f"{100 * s:.0f}% edited": edited(s) for s in SHARES}, "first half": cut}.items():
        found, wrong = measured(articles, pieces, make, real, given.seed)
        total += (found + wrong, wrong) if name in ("5% edited", "10% edited", "20% edited") else (0, 0)
        told = f"{found / len(articles):.3f} | {found + wrong} | {wrong} | {found / max(found + wrong, 1):.4f}"
        lines.append(f"| {name} | {told} |")
    lines += [f"precision over 5, 10 and 20%: {1 - total[1] / total[0]:.4f}", ""]
    lines += ["| no copies | taken for one |", "|---|---|"]
    known = defaultdict(list)
    for name in (name for a in articles for name in _NAME.findall(a.text)):
        known[len(name)].append(name)

    def template(own: Sentences, other: Sentences, chance: random.Random) -> Sentences:
        return [swapped(sentence, known, chance) for sentence in own]

    others = {
        "the same with other names and numbers": template,
        "a third repeated as background": updated,
        "a quarter quoted at one go": quoting,
    }
    for name, make in others.items():
        lines.append(f"| {name} | {measured(articles, pieces, make, real, given.seed)[0]} |")
    sys.stdout.write("\n".join(lines) + "\n")


def measured(
    articles: Sequence[Article], pieces: dict[str, Sentences], make: Made, real: set[tuple[str, str]], seed: int
) -> tuple[int, int]:
    """Return how many articles are one story with what was made of them, and how many other pairs are.

    Pairs that count as one story without any copies are left out, and what was made of them.
    """
    chance = random.Random(seed)
    ids = [article.doc_id for article in articles]
    made = []
    for i, article in enumerate(articles):
        other = pieces[ids[i - 1 - chance.randrange(len(ids) - 1)]]
        text = " ".join(make(pieces[article.doc_id], other, chance))
        made.append(replace(article, doc_id=article.doc_id + _COPY, origin=article.origin + _COPY, text=text))
    found, wrong = 0, 0
    for a, b in stories([*articles, *made])[0]:
        originals = a.removesuffix(_COPY), b.removesuffix(_COPY)
        if originals[0] == originals[1]:
            found += 1
        elif tuple(sorted(originals)) not in real:
            wrong += 1
    return found, wrong


def stories(articles: Sequence[Article]) -> tuple[set[tuple[str, str]], int]:
    """Return the pairs of articles that a catalog counts as one story, and the bytes that it takes."""
    with tempfile.TemporaryDirectory() as name:
        catalog = Catalog.create(Path(name), {})
        nothing = np.zeros((0, 1), np.float16)
        for i in range(0, len(articles), 64):
            catalog.write([Record(article, (), (), nothing) for article in articles[i : i + 64]])
        together = {tuple(sorted([a.doc_id, *catalog.stories.copies(a.doc_id, len(articles))])) for a in articles}
        catalog.close()
        size = sum(path.stat().st_size for path in Path(name).iterdir())
    return {(a, b) for group in together for a, b in combinations(group, 2)}, size


if __name__ == "__main__":
    main()
