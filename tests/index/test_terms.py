"""Terms: what text becomes before it is indexed and searched."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import terms
from index.languages import LETTERS, function_words
from index.terms import (
    MAX_TERM,
    Fields,
    analyse,
    asked_in,
    content_words,
    fold,
    passage_terms,
    question_words,
    term_hashes,
)
from index.types import Passage, Sentence
from tests.toy import article


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        ("The leaders met in Vilnius.", "en", ["leader", "met", "vilnius"]),
        ("Leaders' meetings, leader's meeting", None, ["leader", "meet", "leader", "meet"]),
        ("U.S. and U.K. troops; the US", "en", ["us", "uk", "troop", "us"]),
        ("1,000,000 people, 3.5 percent, 1,2", "en", ["1000000", "peopl", "3.5", "percent", "1,2"]),
        ("Ménage à trois: NAÏVE", "en", ["menag", "troi", "naiv"]),
        ("Häuser und Straßen", "de", ["haus", "strass"]),
        ("Naciones e información de las NACIONES", "es", ["nacion", "inform", "nacion"]),
        ("Новый договор подписали в новых странах", "ru", ["нов", "договор", "подписа", "нов", "стран"]),
        ("L'accord qu’elle signe aujourd'hui", "fr", ["accord", "sign", "aujourdhui"]),
        ("L'accordo dell’acqua", "it", ["accord", "acqua"]),
        ("L'accord dell'acqua", "en", ["laccord", "dellacqua"]),
        ("O'Neil's and O'Neil", "en", ["oneil", "oneil"]),
        ("2007’s album, the 1990's and 1990s", "en", ["2007", "album", "1990", "1990s"]),
        ("En by har en havn", "da", ["by", "havn"]),
        ("Мости через Дніпро", "uk", ["мости", "дніпро"]),
        ("हिन्दी समाचार", "ne", ["हिन", "समाचार"]),
        ("でんわ", "ja", ["でん", "んわ"]),
        ("한국어", "ko", ["한국", "국어"]),
        ("ภาษา", "th", ["ภา", "าษ", "ษา"]),
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
    assert content_words("Die Brücke, welche er baute", "de") == ["brücke", "baute"]
    assert content_words("Die Hard", "en") == ["die", "hard"]


@pytest.mark.parametrize(
    "language", ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "nb", "pl", "uk", "ru"]
)
def test_all_function_words_are_known(language: str) -> None:
    """Every word of a language's list is one to the analysis, whatever its accents, and the list is no stub."""
    words = function_words(language)
    assert len(words) >= 70
    assert content_words(" ".join(words), language) == []
    assert content_words(" ".join(words).upper(), language) == []


def test_a_question_has_a_stem_for_each_language() -> None:
    """A question's words keep their order, and each has its stems in all languages, those that are the same once."""
    assert question_words("treaties treaties", ["en"]) == [("treati",), ("treati",)]
    assert question_words("Häuser treaties", ["en", "de", None]) == [("hauser", "haus"), ("treati",)]
    assert question_words("treaties") == [("treati",)]


def test_a_question_loses_the_function_words_of_its_own_language() -> None:
    """Where articles are in several languages, "die" is an article in German questions and a verb in English ones."""
    languages = ["en", "de"]
    assert question_words("Wie lang ist die Brücke?", languages) == [("lang",), ("bruck",)]
    assert question_words("Where did he die?", languages) == [("die",)]
    assert question_words("Die Hard", ["en"]) == [("die",), ("hard",)]


@pytest.mark.parametrize(
    ("question", "languages", "asked"),
    [
        ("Wie lang ist die Brücke?", ["en", "de", "fr"], ("de",)),
        ("How long is the bridge?", ["en", "de", None], ("en",)),
        ("Quelle est la longueur du pont ?", ["en", "de", "fr"], ("fr",)),
        ("Яка довжина мосту?", ["ru", "uk"], ("uk",)),
        ("Super Bowl 50", ["en", "de"], ("de", "en")),
        ("Wie lang ist die Brücke?", [None], ("en",)),
        ("Why?", [], ()),
    ],
)
def test_the_language_of_a_question(question: str, languages: list[str | None], asked: tuple[str, ...]) -> None:
    """A question is in that of the collection's languages of which it holds most function words, or in any."""
    assert asked_in(question, languages) == asked


@given(st.text(), st.sampled_from(sorted(LETTERS)))
def test_a_question_has_as_many_words_in_any_language(text: str, language: str) -> None:
    """Text is cut into the same words in all languages, so that each word has one stem in each."""
    assert all(question_words(text, ["xx", language, "en"]))


def test_fields_of_a_passage() -> None:
    """A passage has the terms of each of its sentences, and of its article's title, source and date."""
    given_article = article(
        "d",
        "Ships sailed. Storms came. Ships returned.",
        title="Sea News",
        source="The Post",
        published="2023-07-01T10:00:00Z",
    )
    sentences = [Sentence("d", 0, 13), Sentence("d", 14, 26), Sentence("d", 27, 42)]
    passages = [Passage("d#0", "d", 0, 26, tuple(sentences[:2])), Passage("d#1", "d", 27, 42, tuple(sentences[2:]))]
    first, second = passage_terms(given_article, passages)
    assert first.sentences == (("ship", "sail"), ("storm", "came"))
    assert (first.body, second.body) == (("ship", "sail", "storm", "came"), ("ship", "return"))
    assert (first.title, first.source, first.date) == (("sea", "news"), ("post",), ("2023", "juli", "1"))
    assert second.title == first.title


def test_hashes_of_a_passage() -> None:
    """The hashes are those of the title's terms, then of each sentence's in order, a 0 before each sentence."""
    fields = Fields((("ship", "sail", "ship"), (), ("storm",)), ("sea",), ("post",), ())
    ship, sail, storm, sea = term_hashes(["ship", "sail", "storm", "sea"])
    assert fields.hashes().tolist() == [sea, 0, ship, sail, ship, 0, 0, storm]
    assert fields.hashes().dtype == np.uint32
    assert ship == zlib.crc32(b"ship")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_no_term_has_the_hash_0(terms: list[str]) -> None:
    """Every term has a hash, and none is the separator, not even that of the empty string, whose CRC is 0."""
    hashes = term_hashes([*terms, ""])
    assert len(hashes) == len(terms) + 1
    assert hashes.all()


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


@given(st.text(alphabet="aB.,'s3é ’‘“”–—…\u00a0"))
def test_marks_of_print_change_no_term(text: str) -> None:
    """A text has the same terms whether its quotation marks and dashes are those of print or of a typewriter."""
    printed = terms._WORD.findall(terms._folded(text, "").lower())
    typed = terms._WORD.findall(terms._folded(terms._plain(text), "").lower())
    assert typed == [word.replace("’", "'") for word in printed]
