"""Measure how fast articles are added: against bare encoding, against the model's ceiling, against the usual call.

``python -m tests.benchmarks.adding [FILE ...] [--sentences N] [--rounds N]``. The articles of the files (the demo's
where none is given, as often as needed, each time with another title) are added to an index in a temporary folder. In
the same run, in turn, so that what else the machine does falls on all alike:

- "add" is all that ``quoth add`` does once the model is loaded: read, cut, encode, write, build;
- "encode" is the encoding of the same passages alone;
- "usual" is sentence-transformers' own call on the same sentences, one by one, with its defaults, float32 among them;
- "same" is that call with the numbers that Quoth computes in, bfloat16 where the processor is faster with it;
- the ceiling is what the processor could encode if it did nothing but the 10.6 million multiplications, and as many
  additions, that a token takes, at the rate of the large matrix products that the model is made of.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from index.articles import walk
from index.embedding import SentenceTransformerEmbedder, computes_bfloat16, embedded_folder, load_embedder, windows
from index.index import Index
from index.types import Article
from qa.evaluation.evaluation import commit
from ui.demo import articles as demo

PER_TOKEN = 2 * 10.6e6  # operations: the numbers in the model's layers, each multiplied and added once
_WIDTH, _ROWS = (384, 1536), 4096
_LAPS = 12


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure how fast articles are added.")
    parser.add_argument("files", nargs="*", type=Path, help="articles [the demo's]")
    parser.add_argument("--sentences", type=int, default=3000, help="sentences that are added in each round [3000]")
    parser.add_argument("--rounds", type=int, default=3, help="rounds [3]")
    given = parser.parse_args(arguments)
    from sentence_transformers import SentenceTransformer

    embedder = load_embedder()
    taken = taken_up(given.files, given.sentences, embedder)
    passages = [window for article in taken for window in windows(article, cut(embedder, article))]
    sentences = [window.text[start:end] for window in passages for start, end in window.spans]
    tokens = sum(embedder.count_tokens([f"{window.title}. {window.text}" for window in passages]))
    embedder.encode_passages(passages[:8])  # warm
    laps: dict[str, list[float]] = {"add": [], "encode": [], "usual": [], "same": [], "rate": []}
    usual = SentenceTransformer(str(embedded_folder()), device="cpu", local_files_only=True)
    for _ in range(given.rounds):
        laps["rate"].append(rate())
        laps["encode"].append(seconds(lambda: embedder.encode_passages(passages)))
        laps["add"].append(seconds(lambda: added(embedder, taken)))
        laps["usual"].append(seconds(lambda: usual.encode(sentences)))
        laps["same"].append(seconds(lambda: embedder._model.encode(sentences)))
    tell(laps, len(sentences), tokens)


def taken_up(files: Sequence[Path], sentences: int, embedder: SentenceTransformerEmbedder) -> list[Article]:
    """Return articles that hold so many sentences together."""
    found: list[Article] = []
    held = 0
    for lap in count():
        for item in walk(files) if files else demo():
            if not isinstance(item, Article):
                continue
            again = replace(item, doc_id=f"{item.doc_id}-{lap}", title=f"{item.title} ({lap})", origin=f"{lap}")
            found.append(replace(again, origin=again.doc_id))
            held += sum(len(passage.sentences) for passage in cut(embedder, found[-1]))
            if held >= sentences:
                return found
    return found


def cut(embedder: SentenceTransformerEmbedder, article: Article) -> Any:
    """Return the passages of an article."""
    return Index.in_memory(embedder).cut(article)[2]


def added(embedder: SentenceTransformerEmbedder, articles: Sequence[Article]) -> None:
    """Add articles to a new index."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index.create(Path(folder) / "index", embedder)
        index.add(articles)
        index.close()


def rate() -> float:
    """Return the operations a second of products as large as the model's, in the numbers that it computes in."""
    import torch

    dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
    layer = torch.nn.Linear(*_WIDTH, dtype=dtype)
    rows = torch.ones(_ROWS, _WIDTH[0], dtype=dtype)
    with torch.inference_mode():
        best = min(seconds(lambda: layer(rows)) for _ in range(_LAPS))
    return 2 * _ROWS * float(np.prod(_WIDTH)) / best


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def tell(laps: dict[str, list[float]], sentences: int, tokens: int) -> None:
    """Print what was measured: medians, and of the ratios the medians of the rounds."""

    def ratio(one: str, other: str) -> float:
        return median(a / b for a, b in zip(laps[one], laps[other], strict=True))

    ceiling = median(laps["rate"]) / PER_TOKEN
    share = median(
        tokens / encode / (rate / PER_TOKEN) for encode, rate in zip(laps["encode"], laps["rate"], strict=True)
    )
    told = [
        *lines(laps, sentences, tokens, ceiling),
        f"encoding reaches {share:.0%} of the ceiling",
        f"add takes {ratio('add', 'encode'):.2f} times as long as encoding alone",
        f"sentence-transformers' call takes {ratio('usual', 'encode'):.2f} times as long as encoding",
        f"with the same numbers it takes {ratio('same', 'encode'):.2f} times as long",
    ]
    sys.stdout.write("\n".join(told) + "\n")


def lines(laps: dict[str, list[float]], sentences: int, tokens: int, ceiling: float) -> Iterator[str]:
    """Yield a line for each thing that was measured."""
    yield f"commit {commit()}: {sentences:,} sentences, {tokens:,} tokens with titles, ceiling {ceiling:,.0f} tokens/s"
    for name in ("encode", "add", "usual", "same"):
        took = median(laps[name])
        yield f"{name:8} {took:7.1f} s {sentences / took:8,.0f} sentences/s"


if __name__ == "__main__":
    main()
