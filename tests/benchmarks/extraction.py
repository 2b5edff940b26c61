"""How much of an article is found on real pages, and how much else with it.

``python -m tests.benchmarks.extraction FOLDER`` prints a table for a folder as scrapinghub/article-extraction-benchmark
has it: ``ground-truth.json`` ({ID: {"articleBody": ...}}) and ``html/ID.html.gz``. ``--cuts`` lists, page by page, the
lines that Quoth leaves out of what trafilatura finds, to be read by a person.
"""

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import trafilatura

from index.articles import html
from index.errors import ArticleError

Extract = Callable[[bytes], str]
Counts = Counter[tuple[str, ...]]


def quoth(page: bytes) -> str:
    """Return what Quoth reads."""
    with suppress(ArticleError):
        return html.page(page, "page").text
    return ""


def trafilatura_with(**options: Any) -> Extract:
    """Return trafilatura's own extraction, without comments as Quoth calls it."""
    return lambda page: trafilatura.extract(page, include_comments=False, **options) or ""


EXTRACTIONS: Mapping[str, Extract] = {
    "trafilatura": trafilatura_with(),
    "trafilatura, favor_precision": trafilatura_with(favor_precision=True),
    "trafilatura, favor_recall": trafilatura_with(favor_recall=True),
    "trafilatura, include_tables=False": trafilatura_with(include_tables=False),
    "trafilatura, fast": trafilatura_with(fast=True),
    "trafilatura, deduplicate": trafilatura_with(deduplicate=True),
    "Quoth": quoth,
}


def grams(text: str, n: int) -> Counts:
    """Return how often each run of n words occurs; a shorter text is one run."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1)) if words)


def measures(texts: list[tuple[str, str]], n: int) -> tuple[float, float, float]:
    """Return precision, recall and F1 of (article, found) texts, every page with the same weight (as the benchmark)."""
    right = wrong = missed = 0.0
    for article, found in texts:
        gold, got = grams(article, n), grams(found, n)
        parts = ((gold & got).total(), (got - gold).total(), (gold - got).total())
        whole = sum(parts) or 1
        right, wrong, missed = right + parts[0] / whole, wrong + parts[1] / whole, missed + parts[2] / whole
    precision, recall = right / (right + wrong), right / (right + missed)
    return precision, recall, 2 * precision * recall / (precision + recall)


def main() -> None:
    """Measure every extraction on a folder of pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cuts", action="store_true")
    arguments = parser.parse_args()
    truth = json.loads((arguments.folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = {name: gzip.decompress((arguments.folder / "html" / f"{name}.html.gz").read_bytes()) for name in truth}
    if arguments.cuts:
        list_cuts(pages)
        return
    sys.stdout.write(
        "| | 4 words: precision | recall | F1 | 1 word: precision | recall | F1 |\n|---|---|---|---|---|---|---|\n"
    )
    for name, extract in EXTRACTIONS.items():
        texts = [(truth[page]["articleBody"], extract(pages[page])) for page in pages]
        values = [f"{value:.4f}" for n in (4, 1) for value in measures(texts, n)]
        sys.stdout.write(f"| {name} | {' | '.join(values)} |\n")
        sys.stdout.flush()


def list_cuts(pages: Mapping[str, bytes]) -> None:
    """Print the lines of each page that trafilatura finds and Quoth leaves out."""
    for name, page in pages.items():
        kept = {line.strip() for line in quoth(page).splitlines()}
        found = EXTRACTIONS["trafilatura"](page)
        cut = [line for line in (part.strip("- ") for part in found.splitlines()) if line and line not in kept]
        sys.stdout.write("".join([f"{name}\n", *(f"    {line[:150]}\n" for line in cut)]))


if __name__ == "__main__":
    main()
