"""Misspelt words of a question and what they are meant for."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.spelling import is_word, may_be_misspelt, meant
from tests.toy import ToyEmbedder, article


class PiecesEmbedder(ToyEmbedder):
    """A toy embedder that has only "zorant" as a whole."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return twice the number of words of each text."""
        return [1 if text == "zorant" else 2 * len(text.split()) for text in texts]


@pytest.fixture(scope="module")
def index() -> Index:
    """Return an index of two articles."""
    index = Index.in_memory(PiecesEmbedder())
    index.add(
        [
            article(
                "a", "Finland joined the alliance at its summit in Vilnius. The secretary gave a base of knowledge."
            ),
            article("b", "Boats were counted: what else? Xoran, Zoranth and Zelenskyy received a government."),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("typed", "meant_for"),
    [
        ("when did finlnad join", "when did finland join"),  # exchanged
        ("how far is Vilnus?", "how far is Vilnius?"),  # left out
        ("the summmit's secretery", "the summit's secretary"),  # added, and taken for another
        ("waht joined", "what joined"),
        ("Who is Zelensky?", "Who is Zelenskyy?"),
        ("Goverment of Lund", "Government of Lund"),
    ],
)
def test_what_is_misspelt_is_put_as_the_articles_have_it(index: Index, typed: str, meant_for: str) -> None:
    """With the capital that it was typed with."""
    assert index.spelled(typed) == meant_for


@pytest.mark.parametrize(
    "question",
    [
        "When did Finland join the summit?",  # all of it is held
        "How do I bake bread?",  # a word, if none of the articles'
        "who is zorant",  # the model knows it
        "who is xylyx",  # nothing is near
        'Who is "Zelensky"?',
        "see Vilnus-Club, vilnus.example, @vilnus and /srv/vilnus",
        "dont VILNUS FinlNad",
        "who is xorn",  # too short for a name
        "who is zorunth",  # another letter in a name
        "",
    ],
)
def test_what_may_be_right_stays(index: Index, question: str) -> None:
    """Words that the language has, what is quoted, and names that are only somewhat alike."""
    assert index.spelled(question) == question


@given(st.text(max_size=80))
def test_any_text_is_taken(index: Index, text: str) -> None:
    """Whatever is typed, nothing but words is replaced."""
    changed = index.spelled(text)
    assert sum(map(str.isalpha, changed)) <= sum(map(str.isalpha, text)) + len(may_be_misspelt(text))
    assert index.spelled(f'"{text.replace(chr(34), "")}"') == f'"{text.replace(chr(34), "")}"'


def test_words_are_those_of_a_language() -> None:
    """What is a mistake in one may be a word of another."""
    assert is_word("Government", "en")
    assert not is_word("goverment", "en")
    assert is_word("Regierung", "de")
    assert "regierung" in meant("Regieung", "de")
