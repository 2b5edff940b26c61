"""Terms: what text becomes before it is indexed and searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import MAX_TERM, STOP_WORDS, analyse, content_words, fold, passage_terms, question_terms
from tests.toy import article


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        ("The leaders met in Vilnius.", "en", ["leader", "met", "vilnius"]),
        ("Leaders' meetings, leader's meeting", None, ["leader", "meet", "leader", "meet"]),
        ("U.S. and U.K. troops; the US", "en", ["us", "uk", "troop", "us"]),
        ("1,000,000 people, 3.5 percent, 1,2", "en", ["1000000", "peopl", "3.5", "percent", "1,2"]),
        ("Ménage à trois: NAÏVE", "en", ["menag", "troi", "naiv"]),
        ("Häuser und Straßen", "de", ["haus", "und", "strass"]),
        ("don’t don't", "en", ["dont", "dont"]),
        ("東京湾の港", "ja", ["東京", "京湾", "湾の", "の港"]),
        ("港", "ja", ["港"]),
        ("snake_case e-mail a+b", "en", ["snake", "case", "e", "mail", "b"]),
        ("?! ... — “”", "en", []),
        ("", "en", []),
        ("not the most first", "en", ["not", "most", "first"]),
        ("unknown languages stay", "xx", ["unknown", "languages", "stay"]),
    ],
)
def test_terms_of_a_text(text: str, language: str | None, terms: list[str]) -> None:
    """A text becomes exactly these terms."""
    assert analyse(text, language) == terms


def test_function_words_are_dropped() -> None:
    """A question's function words are not searched for."""
    assert content_words("What was the treaty about, according to whom?") == ["treaty"]
    assert content_words(" ".join(STOP_WORDS)) == []


def test_question_terms_are_distinct_and_in_every_language() -> None:
    """A question is analysed in each language of the collection, and each term is given once."""
    assert question_terms("treaties treaties", ["en"]) == ["treati"]
    assert question_terms("Häuser treaties", ["en", "de", None]) == ["hauser", "treati", "haus"]
    assert question_terms("treaties") == ["treati"]


def test_fields_of_a_passage() -> None:
    """A passage has the terms of its span, and of its article's title, source and date."""
    given_article = article(
        "d", "Ships sailed. Storms came.", title="Sea News", source="The Post", published="2023-07-01T10:00:00Z"
    )
    first, second = passage_terms(given_article, [(0, 13), (14, 26)])
    assert (first.body, second.body) == (("ship", "sail"), ("storm", "came"))
    assert (first.title, first.source, first.date) == (("sea", "news"), ("post",), ("2023", "juli", "1"))
    assert second.title == first.title


@given(st.text(), st.sampled_from([None, "en", "de", "fr", "ru", "ja", "tr", "xx"]))
def test_terms_are_plain_words(text: str, language: str | None) -> None:
    """Whatever the text, every term is a short word without white space, as Tantivy's tokenizer expects."""
    for term in analyse(text, language):
        assert 0 < len(term) <= MAX_TERM
        assert term.split() == [term]


@given(st.text())
def test_capitals_and_accents_do_not_matter(text: str) -> None:
    """Folding what is folded changes nothing, so articles and questions meet however they were written."""
    assert fold(fold(text)) == fold(text)
    assert analyse(fold(text)) == analyse(fold(fold(text)))
