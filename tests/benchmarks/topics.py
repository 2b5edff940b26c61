"""How often a question that stands alone is found when it is asked behind another, about something else.

    python -m tests.benchmarks.topics FOLDER [--reader none] [--limit N]

Each answerable question of a collection in BEIR's layout is asked alone, and behind one about another article: the one
half the collection away. What is understood the same way is not searched for again.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from index.embedding import load_embedder
from qa.evaluation.cache import cached_index
from qa.evaluation.collections import Collection, Query, load
from qa.evaluation.runs import ranking
from qa.pipeline import Pipeline
from qa.settings import load as load_settings
from qa.types import Question, Turn
from qa.understanding import understand


def behind(queries: Sequence[Query], collection: Collection) -> list[tuple[Query, Query]]:
    """Return each question with one that no article of its own answers."""
    half = len(queries) // 2
    pairs = []
    for i, query in enumerate(queries):
        following = (queries[(i + half + n) % len(queries)] for n in range(len(queries)))
        own = collection.qrels[query.query_id].keys()
        other = next((q for q in following if not own & collection.qrels[q.query_id].keys()), None)
        if other is not None:
            pairs.append((query, other))
    return pairs


def found(pipeline: Pipeline, query: Query, turns: Sequence[Turn], collection: Collection) -> bool:
    """Tell whether the first article is one that answers."""
    first = ranking(pipeline.retrieve(query.text, turns))[:1]
    return any(collection.qrels[query.query_id].get(doc_id, 0) > 0 for doc_id in first)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.topics", description=__doc__)
    parser.add_argument("folder", type=Path, help="a collection in BEIR's layout")
    parser.add_argument("--reader", help="the reader, as in the settings")
    parser.add_argument("--limit", type=int, help="only the first so many questions")
    given = parser.parse_args(arguments)
    settings, collection = load_settings(reader=given.reader), load(given.folder)
    queries = [q for q in collection.queries if q.answerable is not False and q.query_id in collection.qrels]
    pairs = behind(queries[: given.limit], collection)
    index = cached_index(collection, load_embedder(settings.model), tokens=settings.passage_tokens)
    pipeline, alone, after, otherwise = Pipeline(index, settings), 0, 0, []
    for query, other in pairs:
        turns = pipeline.turns([other.text], query.text)
        before = understand(Question(query.text), index.facets())
        same = understand(Question(query.text, turns), index.facets()) == before
        first = found(pipeline, query, (), collection)
        alone += first
        after += first if same else found(pipeline, query, turns, collection)
        if not same:
            otherwise.append(query.text)
    sys.stdout.write(
        f"{len(pairs):,} questions, R@1 alone {alone / len(pairs):.4f}, behind another {after / len(pairs):.4f}; "
        f"{len(otherwise)} understood otherwise\n" + "".join(f"  {text}\n" for text in otherwise)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
