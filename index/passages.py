"""Sentences -> passages: windows of whole sentences, as long as the embedder's tokens allow.

Passages do not overlap and never cross articles. Their ids, ``"<doc_id>#<n>"``, count from 0 in reading order.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from index.embedding import Embedder
from index.types import Article, Passage, Sentence

PASSAGE_TOKENS = 220

_CLAUSE_MARK = re.compile(r"[,;:–—)\]،、，；：](?=\s)|[、，；：]|\s[-–—](?=\s)")
_SPACE = re.compile(r"\s+")


def cut_sentences(
    article: Article, sentences: Sequence[Sentence], embedder: Embedder, limit: int = PASSAGE_TOKENS
) -> tuple[list[Sentence], list[int]]:
    """Cut every sentence over ``limit`` tokens at its last clause mark or space before the limit.

    Returns the sentences and their token counts, in reading order.
    """
    counts = embedder.count_tokens([article.text[s.start : s.end] for s in sentences])
    pieces: list[Sentence] = []
    sizes: list[int] = []
    for sentence, count in zip(sentences, counts, strict=True):
        if count <= limit:
            pieces.append(sentence)
            sizes.append(count)
            continue
        parts = list(_cut(article, sentence, embedder, limit))
        pieces.extend(parts)
        sizes.extend(embedder.count_tokens([article.text[p.start : p.end] for p in parts]))
    return pieces, sizes


def make_passages(
    doc_id: str, sentences: Sequence[Sentence], counts: Sequence[int], limit: int = PASSAGE_TOKENS
) -> tuple[Passage, ...]:
    """Group consecutive sentences into passages of at most ``limit`` tokens (one sentence at least)."""
    passages: list[Passage] = []
    window: list[Sentence] = []
    tokens = 0
    for sentence, count in zip(sentences, counts, strict=True):
        if window and tokens + count > limit:
            passages.append(_passage(doc_id, len(passages), window))
            window, tokens = [], 0
        window.append(sentence)
        tokens += count
    if window:
        passages.append(_passage(doc_id, len(passages), window))
    return tuple(passages)


def _passage(doc_id: str, number: int, window: Sequence[Sentence]) -> Passage:
    return Passage(f"{doc_id}#{number}", doc_id, window[0].start, window[-1].end, tuple(window))


def _cut(article: Article, sentence: Sentence, embedder: Embedder, limit: int) -> Iterator[Sentence]:
    """Yield the pieces of one over-long sentence; only white space between pieces is lost."""
    text = article.text[sentence.start : sentence.end]
    ends = embedder.token_ends(text)
    start = 0
    while True:
        first = bisect_right(ends, start)  # tokens that end at or before the start belong to earlier pieces
        if len(ends) - first <= limit:
            break
        stop = _stop(text, start, ends[first + limit - 1])
        yield Sentence(sentence.doc_id, sentence.start + start, sentence.start + start + len(text[start:stop].rstrip()))
        space = _SPACE.match(text, stop)
        start = space.end() if space else stop
    if start < len(text):
        yield Sentence(sentence.doc_id, sentence.start + start, sentence.end)


def _stop(text: str, start: int, limit: int) -> int:
    """Return where to cut ``text[start:]`` so that the piece ends at or before ``limit``, not near its beginning."""
    earliest = start + (limit - start) // 2
    marks = [m.end() for m in _CLAUSE_MARK.finditer(text, earliest, limit)]
    if marks:
        return marks[-1]
    spaces = [m.start() for m in _SPACE.finditer(text, start + 1, min(limit + 1, len(text)))]
    return spaces[-1] if spaces else limit
