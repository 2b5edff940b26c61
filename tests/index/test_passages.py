"""Passages: cutting over-long sentences, and grouping sentences into windows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.passages import PASSAGE_TOKENS, cut_sentences, make_passages
from index.sentences import split
from index.types import Article, Passage, Sentence
from tests.toy import ToyEmbedder, article


class LetterEmbedder(ToyEmbedder):
    """A toy embedder whose tokens are characters, as those of scripts without spaces are."""

    def count_tokens(self, texts: list[str]) -> list[int]:  # type: ignore[override]
        """Return the number of characters but white space of each text."""
        return [len("".join(text.split())) for text in texts]

    def token_ends(self, text: str) -> list[int]:
        """Return the offset at which each character ends."""
        return [i + 1 for i, character in enumerate(text) if not character.isspace()]


EMBEDDERS = {"words": ToyEmbedder(), "letters": LetterEmbedder()}
HOSTILE = {
    "no spaces": "x" * 5_000,
    "10,000 words": "word " * 9_999 + "word",
    "clauses": "some words of a clause, " * 2_000 + "end",
    "CJK": "東京湾の港は、" * 900 + "終",
    "emoji": "👩‍👩‍👧‍👦🎉" * 700,
    "combining": "e\u0301" * 3_000,
    "spaces": ("a" + "\u00a0 \t" * 40) * 300 + "b",
    "marks": ",;:" * 2_000,
}


def cut(text: str, embedder: ToyEmbedder, limit: int) -> tuple[Article, list[Sentence], list[int]]:
    """Cut a whole text as if it were one sentence."""
    given_article = article("d", text)
    whole = [Sentence("d", 0, len(text))]
    return given_article, *cut_sentences(given_article, whole, embedder, limit)


def check_cut(text: str, embedder: ToyEmbedder, limit: int) -> None:
    """Check that the pieces lose only white space and respect the limit."""
    given_article, pieces, counts = cut(text, embedder, limit)
    parts = [given_article.text[p.start : p.end] for p in pieces]
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part and part == part.strip() for part in parts)
    assert [p.start for p in pieces] == sorted(p.start for p in pieces)
    assert counts == embedder.count_tokens(parts)
    assert max(counts) <= limit


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tokens", EMBEDDERS)
def test_hostile_sentences_are_cut(name: str, tokens: str) -> None:
    """Pieces of an endless sentence lose nothing but white space and are within the limit."""
    check_cut(HOSTILE[name], EMBEDDERS[tokens], PASSAGE_TOKENS)


@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from(["a", "bb,", "東京", "、", " ", "\n", "👩‍👧", "—", "c" * 9])).map("".join)
    )
    .map(str.strip)
    .filter(bool),
    st.integers(1, 7),
    st.sampled_from(sorted(EMBEDDERS)),
)
def test_cutting_any_text(text: str, limit: int, tokens: str) -> None:
    """Whatever is cut, nothing but white space is lost and the limit is kept."""
    check_cut(text, EMBEDDERS[tokens], limit)


def test_sentence_within_the_limit_is_left_alone() -> None:
    """A sentence of exactly the limit is not cut, one of a token more is."""
    for words, pieces in ((5, 1), (6, 2)):
        assert len(cut(" ".join("abcdef"[:words]), ToyEmbedder(), 5)[1]) == pieces


def test_cut_falls_on_a_clause_mark_where_there_is_one() -> None:
    """A long sentence is cut after the last comma before the limit, otherwise at the last space."""
    given_article, pieces, _ = cut("one two three, four five six seven eight", ToyEmbedder(), 5)
    assert [given_article.text[p.start : p.end] for p in pieces] == ["one two three,", "four five six seven eight"]
    given_article, pieces, _ = cut("one two three four five six seven", ToyEmbedder(), 5)
    assert [given_article.text[p.start : p.end] for p in pieces] == ["one two three four five", "six seven"]


def made(text: str, limit: int) -> tuple[tuple[Sentence, ...], tuple[Passage, ...]]:
    """Split a text into sentences and passages as the index does."""
    return Index.in_memory(ToyEmbedder(), passage_tokens=limit).cut(article("d", text))[1:]


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from("One two. Three! Four? 5.5 U.S. \n\n • - 東京。 a, b; c".split(" "))).map(" ".join),
    ),
    st.sampled_from([1, 3, 10, PASSAGE_TOKENS]),
)
def test_every_sentence_lies_in_exactly_one_passage(text: str, limit: int) -> None:
    """Passages hold all sentences once, in order, with ids counted from 0, and are within the limit."""
    sentences, passages = made(text, limit)
    assert [s for p in passages for s in p.sentences] == list(sentences)
    assert [int(p.passage_id.rpartition("#")[2]) for p in passages] == list(range(len(passages)))
    for passage in passages:
        assert passage.doc_id == "d"
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        words = ToyEmbedder().count_tokens([text[s.start : s.end] for s in passage.sentences])
        assert sum(words) <= limit
    assert "".join("".join(text[s.start : s.end] for s in sentences).split()) == "".join(text.split())
    # No passage could have taken its successor's first sentence.
    for one, following in pairwise(passages):
        taken = [*one.sentences, following.sentences[0]]
        assert sum(ToyEmbedder().count_tokens([text[s.start : s.end] for s in taken])) > limit


def test_passage_ids() -> None:
    """A passage is named by its article and its number."""
    sentences = split("d", "One two. Three four. Five six.")
    passages = make_passages("d", sentences, [2, 2, 2], 4)
    assert [(p.passage_id, len(p.sentences)) for p in passages] == [("d#0", 2), ("d#1", 1)]
    assert make_passages("d", [], []) == ()
