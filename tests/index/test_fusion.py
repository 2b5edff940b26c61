"""Fusion: scores as the formula says, ranks without gaps, the same from every store."""

import math
from collections.abc import Iterable
from dataclasses import astuple, replace
from itertools import chain, pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import (
    LEAST_SPREAD,
    LONG_TERMS,
    OTHER,
    SHORT_TERMS,
    Mixture,
    Query,
    Weights,
    Word,
    _lexical_evidence,
    search,
    spread_out,
)
from index.index import CONTEXT, Index
from index.terms import Fields, analyse, term_hashes
from index.types import Article, Filter, Hit
from tests.toy import ToyEmbedder

TEXTS = {
    "ferry": "The ferry to the island left at noon. It carried forty people and a piano.",
    "bridge": "The bridge to the island was closed by the storm. Cars waited for six hours.",
    "market": "Fish prices rose on the market. The ferry brought no fish that day.",
    "school": "The school teaches music. A piano was given by the town.",
}


def articles() -> list[Article]:
    """Return four short articles with sources and dates."""
    return [
        Article(doc_id=name, title=name.title(), text=text, source="Port Gazette", published=f"2024-05-0{day}")
        for day, (name, text) in enumerate(TEXTS.items(), 1)
    ]


@pytest.fixture(params=["memory", "folder"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    """Return an index of the articles on either store."""
    embedder = ToyEmbedder()
    made = Index.in_memory(embedder) if request.param == "memory" else Index.create(tmp_path / "index", embedder)
    made.add(articles())
    return made


def evidence(hit: Hit, question: str) -> Weights:
    """Compute each kind of evidence anew, with sets of words in place of arrays."""
    embedder = ToyEmbedder()
    vector = embedder.encode_question(question)
    sentences = [TEXTS[hit.passage.doc_id][s.start : s.end] for s in hit.passage.sentences]
    bodies = {name: set(analyse(text)) for name, text in TEXTS.items()}
    words = analyse(question)
    idf = {}
    for word in words:
        n = sum(word in body for body in bodies.values())
        idf[word] = math.log(1 + (len(TEXTS) - n + 0.5) / (n + 0.5))
    mass = sum(idf.values())

    def share(text: str) -> float:
        return sum(idf[word] for word in set(words) & set(analyse(f"{hit.title} {text}"))) / mass

    neighbours = {pair for text in [hit.title, *sentences] for pair in pairwise(analyse(text))}
    return Weights(
        sentence=max(float(row @ vector) for row in embedder.encode(sentences)),
        passage=float(embedder.encode([f"{hit.title}. {hit.text}"])[0] @ vector),
        coverage=share(hit.text),
        together=max(map(share, sentences)),
        pairs=sum(sum(idf[word] for word in pair) / 2 for pair in set(pairwise(words)) & neighbours) / mass,
    )


QUESTIONS = [
    "Who brought a piano with the ferry?",
    "island left at noon",
    "fish prices on the market in winter",
    "music",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_score_is_the_formula(index: Index, question: str) -> None:
    """A hit's score is the mean of its evidence, each kind weighing less the more it varies among the candidates."""
    hits = index.search(question, 10)
    rows = np.array([astuple(evidence(hit, question)) for hit in hits])
    assert len(rows) == len(TEXTS)
    weights = np.array(astuple(Mixture().short)) / (rows.std(axis=0) + LEAST_SPREAD)
    assert [hit.score for hit in hits] == pytest.approx(rows @ weights / weights.sum(), abs=2e-3)
    for hit in hits:
        assert hit.text == TEXTS[hit.passage.doc_id][hit.passage.start : hit.passage.end]


@pytest.mark.parametrize("name", Weights.__dataclass_fields__)
def test_each_kind_of_evidence_counts_by_itself(index: Index, name: str) -> None:
    """With one weight alone, scores are that evidence."""
    only = Weights(**{each: float(each == name) for each in Weights.__dataclass_fields__})
    index.weights = Mixture(only, only)
    for question in QUESTIONS:
        for hit in index.search(question, 10):
            assert hit.score == pytest.approx(getattr(evidence(hit, question), name), abs=2e-3)


def test_what_tells_the_candidates_apart_the_most_does_not_decide() -> None:
    """Evidence that varies ten times as much weighs a tenth, and evidence without variation is not divided by zero."""
    rows = np.array([[0.0, 0.1], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], np.float32)
    weights = spread_out(Weights(sentence=0.4, passage=0.4, coverage=0.2, together=0.0, pairs=0.0), rows)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] / weights[1] == pytest.approx((0.5 + LEAST_SPREAD) / (0.05 + LEAST_SPREAD))
    assert np.isfinite(weights).all()


@pytest.mark.parametrize("store", ["memory", "folder"])
def test_scores_do_not_depend_on_how_many_are_wanted(store: str, tmp_path: Path) -> None:
    """The best hits and their scores are the same whether ten or all passages are asked for."""
    index = Index.in_memory(ToyEmbedder()) if store == "memory" else Index.create(tmp_path / "index", ToyEmbedder())
    index.add(
        Article(doc_id=f"d{n}", title=f"Ship {n}", text=f"Ship {n} carries {n % 7} pianos. It left port {n % 11}.")
        for n in range(300)
    )
    few, many = (index.search("which ship carries 3 pianos to port 5", k) for k in (10, 300))
    assert len(many) == 300
    assert [(hit.passage, hit.score) for hit in few] == [(hit.passage, hit.score) for hit in many[:10]]


def test_context_counts_less(index: Index) -> None:
    """The words of the context are searched for as well, with less weight than the question's own."""
    alone = {hit.passage.doc_id: hit.score for hit in index.search("piano", 10)}
    leaning = {hit.passage.doc_id: hit.score for hit in index.search("piano", 10, context="ferry")}
    assert leaning["ferry"] - leaning["school"] > alone["ferry"] - alone["school"]
    assert leaning["market"] - leaning["bridge"] > alone["market"] - alone["bridge"]
    assert leaning["school"] > leaning["market"]  # which holds the context's word, not the question's
    assert 0 < CONTEXT < 1


@given(st.integers(0, 100))
def test_weights_sum_to_one(terms: int) -> None:
    """However long a question is, its weights sum to 1 and none is negative."""
    weights = Mixture().at(terms)
    values = [getattr(weights, name) for name in Weights.__dataclass_fields__]
    assert sum(values) == pytest.approx(1)
    assert min(values) >= 0


ASKED = [("ferry",), ("piano", "pian"), ("storm",), ("island", "storm")]
SEGMENT = st.lists(st.sampled_from(["ferry", "piano", "pian", "storm", "island", "other"]), max_size=4).map(tuple)
FIELDS = st.builds(Fields, st.lists(SEGMENT, max_size=4).map(tuple), SEGMENT, st.just(()), st.just(()))


@given(st.lists(st.none() | FIELDS, min_size=1, max_size=5), st.lists(st.sampled_from(ASKED), min_size=1, max_size=4))
def test_words_are_counted_passage_by_passage(passages: list[Fields | None], asked: list[Word]) -> None:
    """The arrays' way and the plain one agree, whatever is empty: titles, sentences, passages (None: one destroyed)."""
    words, pairs = list(dict.fromkeys(asked)), list(dict.fromkeys(pairwise(asked)))
    idf = {word: 1.0 + ASKED.index(word) for word in words}
    query = Query(np.zeros(3, np.float32), dict.fromkeys(words, 1.0), dict.fromkeys(pairs, 1.0))
    terms = [np.zeros(0, np.uint32) if fields is None else fields.hashes() for fields in passages]
    found = np.transpose(_lexical_evidence(terms, query, idf))
    mass = sum(idf.values())

    def share(held: Iterable[str]) -> float:
        return sum(idf[word] for word in words if not set(word).isdisjoint(held)) / mass

    for row, fields in zip(found, passages, strict=True):
        title, sentences = (fields.title, fields.sentences) if fields else ((), ())
        near = {pair for segment in (title, *sentences) for pair in pairwise(segment)}
        both = [pair for pair in pairs if not near.isdisjoint(product(*pair))]
        assert row[0] == pytest.approx(share([*title, *chain(*sentences)]), abs=1e-5)
        assert row[1] == pytest.approx(max((share([*title, *s]) for s in sentences), default=0.0), abs=1e-5)
        assert row[2] == pytest.approx(sum(idf[a] + idf[b] for a, b in both) / 2 / mass, abs=1e-5)


def test_length_moves_the_weights() -> None:
    """Short questions have the short ones' weights, long ones the long ones', and there is no jump between."""
    mixture = Mixture()
    assert mixture.at(1) == mixture.at(SHORT_TERMS) == mixture.short
    assert mixture.at(LONG_TERMS) == mixture.at(99) == mixture.long
    assert mixture.short.passage > mixture.at(SHORT_TERMS + 1).passage > mixture.long.passage


def test_ranks_count_from_one_and_scores_fall(index: Index) -> None:
    """Ranks are 1, 2, 3 ... and no score is higher than the one before it."""
    hits = index.search("the ferry to the island", 3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.passage.passage_id))


@pytest.mark.parametrize("store", ["memory", "folder"])
def test_as_many_passages_as_are_asked_for(store: str, tmp_path: Path) -> None:
    """Where there are k passages, k are found, also when the nearest vectors are those of a few long ones."""
    text = "\n\n".join(" ".join(f"Boat {n} of fleet {f} sails." for n in range(30)) for f in range(40))
    index = Index.in_memory(ToyEmbedder()) if store == "memory" else Index.create(tmp_path / "index", ToyEmbedder())
    index.add([Article(doc_id="fleet", title="", text=text)])
    passages = index.status().passages
    assert passages > 20
    assert [len(index.search("what is it", k)) for k in (1, passages, 1000)] == [1, passages, passages]


class EnglishEmbedder(ToyEmbedder):
    """A toy embedder that knows English alone."""

    languages = frozenset({"en"})


GERMAN = {
    "faehre": "Die Fähre nach der Insel fuhr am Mittag ab. Sie brachte ein Klavier mit.",
    "bruecke": "Die Brücke nach der Insel war wegen des Sturms zu. Autos warteten sechs Stunden.",
}


def in_two_languages(embedder: ToyEmbedder, english: str | None = "en") -> Index:
    """Return an index in memory of the English articles and two German ones."""
    index = Index.in_memory(embedder)
    german = [Article(doc_id=name, title=name, text=text, language="de") for name, text in GERMAN.items()]
    index.add([*(replace(article, language=english) for article in articles()), *german])
    return index


@pytest.mark.parametrize("english", ["en", None])
def test_words_decide_where_the_model_does_not_know_the_language(english: str | None) -> None:
    """German passages, and all passages for a German question, have weights of their own."""
    index = in_two_languages(EnglishEmbedder(), english)
    only = Weights(sentence=0.0, passage=0.0, coverage=0.0, together=0.0, pairs=1.0)  # no two words are neighbours here
    index.weights = replace(index.weights, unread=only)
    scores = {hit.passage.doc_id: hit.score for hit in index.search("Where is the Insel piano?", 10)}
    assert {doc_id for doc_id, score in scores.items() if score} == {"ferry", "bridge", "market", "school"}
    assert not any(hit.score for hit in index.search("Was ist mit der Fähre und dem Piano?", 10))


def test_a_model_of_many_languages_is_trusted_in_all() -> None:
    """Where the model knows all languages, those of the articles change no score."""
    known, unknown = in_two_languages(ToyEmbedder()), in_two_languages(EnglishEmbedder())
    known.weights = unknown.weights = Mixture(unread=Mixture().short)
    for question in QUESTIONS[:3]:  # the last one may be in any language
        theirs = {hit.passage.doc_id: hit.score for hit in unknown.search(question, 10)}
        for hit in known.search(question, 10):
            less = OTHER if hit.language == "de" else 1.0
            assert theirs[hit.passage.doc_id] == pytest.approx(less * hit.score, abs=1e-5)


def test_english_articles_are_ranked_as_ever() -> None:
    """Where all articles are in the model's language, what it does not know changes nothing."""
    plain, english = Index.in_memory(ToyEmbedder()), Index.in_memory(EnglishEmbedder())
    for index in (plain, english):
        index.add(articles())
    assert [plain.search(q, 10) for q in QUESTIONS] == [english.search(q, 10) for q in QUESTIONS]


def test_the_question_s_language_comes_first() -> None:
    """Of two articles with the same names, the one in the language of the question is found first."""
    index = Index.in_memory(EnglishEmbedder())
    index.add(
        [
            Article(
                doc_id="a", title="", text="Die Brücke von Hven war im Jahr 1932 von Ada Lund gebaut.", language="de"
            ),
            Article(doc_id="b", title="", text="The bridge of Hven was built in 1932 by Ada Lund.", language="en"),
        ]
    )
    assert [hit.language for hit in index.search("What was built by Ada Lund at Hven?")] == ["en", "de"]
    assert [hit.language for hit in index.search("Was wurde von Ada Lund auf Hven gebaut?")] == ["de", "en"]


@pytest.mark.parametrize("damaged", [False, True])
def test_hits_bring_the_terms_of_their_title_and_sentences(
    index: Index, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the hashes of what the analysis makes of each, even where the index has lost where one ends."""
    held = index.store.evidence
    if damaged:
        monkeypatch.setattr(
            index.store,
            "evidence",
            lambda *given: [replace(each, terms=each.terms[each.terms > 0]) for each in held(*given)],
        )
    for hit in index.search("Who gave the piano?"):
        text = TEXTS[hit.passage.doc_id]
        parts = [hit.title, *(text[s.start : s.end] for s in hit.passage.sentences)]
        assert [set(term_hashes(analyse(part)).tolist()) for part in parts] == list(hit.terms)


def test_limits_bind_both_legs(index: Index) -> None:
    """Nothing outside the dates is found, however well it matches."""
    hits = index.search("ferry island piano", 10, Filter(since="2024-05-02", until="2024-05-03"))
    assert {hit.passage.doc_id for hit in hits} == {"bridge", "market"}


def test_a_question_without_terms_is_searched_by_vector(index: Index) -> None:
    """A question of function words alone, and one of unknown words, still find something and score finitely."""
    for question in ("what is it", "zyx wvu"):
        assert all(math.isfinite(hit.score) for hit in index.search(question, 10))


def test_no_article_gives_no_hit() -> None:
    """An empty index finds nothing."""
    empty = Index.in_memory(ToyEmbedder())
    assert empty.search("ferry") == []
    vector = np.zeros(64, np.float32)
    assert search(empty.store, Query(vector, {}, {}), 5, Filter(), Mixture()) == []
