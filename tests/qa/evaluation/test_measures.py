"""Measures: equal to ir_measures' and to what a person computes."""

import math
from collections.abc import Sequence
from itertools import pairwise

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from index.errors import MeasureError
from index.types import Hit, Passage, Sentence
from qa.evaluation import measures
from qa.evaluation.collections import Evidence, Query
from qa.evaluation.runs import Outcome
from qa.types import Answer, Citation, SearchedFor

DOCS = [f"d{i}" for i in range(30)]


def hit(doc_id: str, start: int, text: str) -> Hit:
    """Return a hit whose passage starts at ``start``."""
    passage = Passage(f"{doc_id}#{start}", doc_id, start, start + len(text), ())
    return Hit(passage, 1.0, 1, "", text)


def citation(doc_id: str, start: int, end: int, also: tuple[Citation, ...] = ()) -> Citation:
    """Return a citation of a span."""
    return Citation(1, doc_id, "", None, None, None, "", None, start, end, "x" * (end - start), also)


def answer(*citations: Citation, confidence: float = 0.5) -> Answer:
    """Return an answer of these citations, declined where there is none."""
    kind = "answer" if citations else "declined"
    return Answer("", kind, "", SearchedFor(""), bool(citations), confidence, None, citations, ())  # type: ignore[arg-type]


def evidence(doc_id: str, start: int, end: int) -> Evidence:
    """Return a piece of evidence in its place."""
    return Evidence("q", doc_id, "x" * (end - start), ((start, end),), placed=True)


def outcome(query_id: str, given: Answer, answerable: bool | None = None) -> Outcome:
    """Return the outcome of a query."""
    return Outcome(Query(query_id=query_id, text="?", answerable=answerable), (), (), given, (), 1.0)


def quoted(given: Answer, pieces: Sequence[Evidence]) -> dict[str, float]:
    """Return precision, recall and F1 of an answer's characters."""
    return measures.overlap(given, pieces).measures()


def quote_f1(given: Answer, pieces: Sequence[Evidence]) -> float:
    """Return F1 of an answer's characters."""
    return quoted(given, pieces)["QuoteF1"]


def test_the_default_measures_are_chosen() -> None:
    """Without names the default measures are computed, and naming one of them or one without a cutoff adds none."""
    chosen = measures.choose()
    assert tuple(map(str, chosen.articles)) == measures.DEFAULT[:6]
    assert measures.choose(["R@5", "Hits@4", "QuoteF1", "AUROC", "AnswerInQuote@3"]) == chosen


def test_measures_may_be_added() -> None:
    """Those of ir_measures and ours are added at any cutoff that is ranked."""
    chosen = measures.choose(["P@5", "AP", "nDCG@100", "EvidenceRecall@5", "Hits@1", "AnswerInQuote@2"])
    assert [str(measure) for measure in chosen.articles[6:]] == ["P@5", "AP", "nDCG@100"]
    assert chosen.evidence[5:] == (("EvidenceRecall", 5), ("Hits", 1))
    assert chosen.answers == (1, 3, 2)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *((name, "is unknown") for name in ("", "Foo", "Foo@3", "P", "P@x", "P(", " P@5", "P@5@6", "quotef1", "ERR@5")),
        *((name, "from 1 to 100") for name in ("nDCG@101", "P@0")),
        *(
            (name, "from 1 to 10")
            for name in ("Hits", "Hits@0", "Hits@11", "Hits@05", "AnswerInQuote@x", "AllEvidence@-1")
        ),
    ],
)
def test_an_unknown_measure_is_refused(name: str, reason: str) -> None:
    """A name or cutoff that cannot be computed is an error that says what can."""
    with pytest.raises(MeasureError, match=reason):
        measures.choose([name])


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.tuples(
            st.dictionaries(st.sampled_from(DOCS), st.integers(0, 3), min_size=1, max_size=8),
            st.lists(st.sampled_from(DOCS), unique=True),
        ),
        min_size=1,
    )
)
def test_article_measures_agree_with_ir_measures(drawn: dict[str, tuple[dict[str, int], list[str]]]) -> None:
    """Per-query values and means are ir_measures' own to 1e-9, missing queries included."""
    qrels = {query_id: judged for query_id, (judged, _) in drawn.items()}
    rankings = {query_id: ranked for query_id, (_, ranked) in drawn.items() if ranked}
    values = measures.of_articles(qrels, rankings)
    expected = ir_measures.calc_aggregate(
        [nDCG @ 10, R @ 1, R @ 5, R @ 10, R @ 100, RR @ 10],
        [Qrel(q, d, r) for q, judged in qrels.items() for d, r in judged.items()],
        [ScoredDoc(q, d, 1 / (i + 1)) for q, ranked in rankings.items() for i, d in enumerate(ranked)],
    )
    assert list(values) == ["nDCG@10", "R@1", "R@5", "R@10", "R@100", "RR@10"]
    for measure, mean in expected.items():
        assert set(values[str(measure)]) == set(qrels)
        assert np.mean(list(values[str(measure)].values())) == pytest.approx(mean, abs=1e-9)


def test_article_measures_by_hand() -> None:
    """The second of two relevant articles at rank 3, and a judged query that found nothing."""
    values = measures.of_articles({"a": {"x": 1, "y": 1}, "b": {"x": 1}}, {"a": ["u", "v", "y"]})
    assert values["RR@10"] == {"a": pytest.approx(1 / 3), "b": 0.0}
    assert values["R@5"] == {"a": 0.5, "b": 0.0}
    assert values["nDCG@10"] == {"a": pytest.approx(0.5 / (1 + 1 / math.log2(3))), "b": 0.0}


def test_queries_without_judgements_do_not_count() -> None:
    """A ranking of a query that nobody judged changes nothing."""
    assert measures.of_articles({"a": {"x": 1}}, {"a": ["x"], "z": ["x"]})["R@1"] == {"a": 1.0}


@given(st.lists(st.sampled_from(DOCS), unique=True, min_size=2))
def test_scores_fall_strictly(ranked: list[str]) -> None:
    """The scores handed over keep the order and never tie."""
    run = measures.scored({"q": ranked})
    assert [scored.doc_id for scored in run] == ranked
    assert all(earlier.score > later.score for earlier, later in pairwise(run))


def test_evidence_measures_by_hand() -> None:
    """Two pieces of evidence, one at rank 3 and one at rank 5; of another query's, one at rank 11."""
    blank = hit("z", 0, "nothing")
    first, second = evidence("a", 10, 20), evidence("b", 0, 5)
    hits = {
        "p": (blank, blank, hit("a", 10, "x" * 10), blank, hit("b", 0, "x" * 9)),
        "q": (*[blank] * 10, hit("a", 10, "x" * 10)),
        "r": (blank, blank, blank, blank, hit("b", 0, "x" * 9)),
    }
    values = measures.of_evidence({"p": (first, second), "q": (first,), "r": (first, second), "s": (first,)}, hits)
    assert values == {
        "Hits@4": {"p": 1, "q": 0, "r": 0, "s": 0},
        "Hits@10": {"p": 1, "q": 0, "r": 1, "s": 0},
        "HitMRR@10": {"p": 1 / 3, "q": 0, "r": 1 / 5, "s": 0},
        "EvidenceRecall@10": {"p": 1, "q": 0, "r": 0.5, "s": 0},
        "AllEvidence@10": {"p": 1, "q": 0, "r": 0, "s": 0},
    }


def test_evidence_measures_at_other_cutoffs() -> None:
    """One piece at rank 2 and one at rank 3: both count from the third passage on."""
    blank, first, second = hit("z", 0, "nothing"), evidence("a", 10, 20), evidence("b", 0, 5)
    hits = {"q": (blank, hit("a", 10, "x" * 10), hit("b", 0, "x" * 9))}
    names = ["Hits@1", "HitMRR@1", "HitMRR@2", "EvidenceRecall@2", "EvidenceRecall@3", "AllEvidence@2", "AllEvidence@3"]
    values = measures.of_evidence({"q": (first, second)}, hits, measures.choose(names))
    assert [values[name]["q"] for name in names] == [0, 0, 1 / 2, 1 / 2, 1, 0, 1]


def test_evidence_in_its_place_must_be_whole_and_there() -> None:
    """Evidence whose place is known is answered only by a passage that holds all of that place."""
    hits = [hit("a", 10, "x" * 9), hit("a", 11, "x" * 30), hit("b", 10, "x" * 10), hit("a", 0, "x" * 20)]
    assert measures.answered([evidence("a", 10, 20)], hits).tolist() == [[False, False, False, True]]


def test_evidence_without_a_place_may_be_anywhere() -> None:
    """Evidence without a place is answered by any passage with its words, white space aside."""
    piece = Evidence("q", "a", "grey  granite\nwalls", ((0, 18),), placed=False)
    hits = [hit("b", 7, "Of grey granite walls."), hit("a", 0, "grey granite"), hit("c", 0, "greygranitewalls")]
    assert measures.answered([piece], hits).tolist() == [[True, False, True]]


def test_quote_f1_by_hand() -> None:
    """Ten characters quoted, of which five are among the twenty of the evidence: 2 * 5 / 30."""
    assert quote_f1(answer(citation("a", 0, 10)), [evidence("a", 5, 25)]) == pytest.approx(1 / 3)


def test_quote_precision_and_recall_by_hand() -> None:
    """Ten characters quoted, of which five are among the twenty of the evidence."""
    values = quoted(answer(citation("a", 0, 10)), [evidence("a", 5, 25)])
    assert values == {"QuotePrecision": 5 / 10, "QuoteRecall": 5 / 20, "QuoteF1": 10 / 30}
    assert quoted(answer(), [evidence("a", 5, 25)]) == {"QuoteRecall": 0, "QuoteF1": 0}


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
def test_quote_f1_is_the_harmonic_mean(start: int, length: int, other: int, gold: int) -> None:
    """F1 is the harmonic mean of precision and recall, all three between 0 and 1."""
    values = quoted(answer(citation("a", start, start + length)), [evidence("a", other, other + gold)])
    precision, recall, f1 = (values[name] for name in ("QuotePrecision", "QuoteRecall", "QuoteF1"))
    assert 0 <= f1 <= 1
    assert f1 * (precision + recall) == pytest.approx(2 * precision * recall)


def test_quote_f1_counts_overlapping_quotes_once() -> None:
    """Characters quoted twice, or in two pieces of evidence, count once."""
    given_ = answer(citation("a", 0, 10), citation("a", 5, 10))
    assert quote_f1(given_, [evidence("a", 0, 10), evidence("a", 0, 5)]) == 1


def test_quote_f1_is_of_the_same_article() -> None:
    """The same offsets in another article, and an answer that was declined, are worth nothing."""
    assert quote_f1(answer(citation("b", 0, 10)), [evidence("a", 0, 10)]) == 0
    assert quote_f1(answer(), [evidence("a", 0, 10)]) == 0


def test_quote_f1_takes_the_best_place() -> None:
    """Evidence that stands in two places, and a number that cites two articles, count where they meet."""
    piece = Evidence("q", "a", "x" * 10, ((0, 10), (50, 60)), placed=False)
    assert quote_f1(answer(citation("a", 50, 60)), [piece]) == 1
    assert quote_f1(answer(citation("b", 0, 10, (citation("a", 50, 60),))), [piece]) == 1


def test_what_is_shown_by_hand() -> None:
    """Characters are of answered queries, declining of all, and of each kind where it is known."""
    outcomes = [
        outcome("a", answer(citation("d", 0, 10), citation("d", 20, 50)), answerable=True),
        outcome("b", answer(), answerable=True),
        outcome("c", answer(), answerable=False),
        outcome("d", answer(citation("d", 0, 5))),
    ]
    assert measures.of_answers(outcomes, {"a": [evidence("d", 20, 50)]}) == {
        "Declined": {"a": 0, "b": 1, "c": 1, "d": 0},
        "DeclinedAnswerable": {"a": 0, "b": 1},
        "DeclinedUnanswerable": {"c": 1},
        "AnswerInQuote@1": {"a": 0},
        "AnswerInQuote@3": {"a": 0},
        "CharactersPerQuote": {"a": 20, "d": 5},
        "CharactersPerAnswer": {"a": 40, "d": 5},
        "QuotePrecision": {"a": 30 / 40},
        "QuoteRecall": {"a": 1},
        "QuoteF1": {"a": 60 / 70},
    }


def test_auroc_by_hand() -> None:
    """Of the four pairs two are right, one is tied and one is wrong."""
    confidences = np.array([0.9, 0.4, 0.4, 0.6])
    answerable = np.array([True, True, False, False])
    assert measures.auroc(confidences, answerable) == pytest.approx(2.5 / 4)
    assert math.isnan(measures.auroc(confidences, np.ones(4, bool)))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=20))
def test_auroc_counts_pairs(drawn: list[tuple[int, bool]]) -> None:
    """The area is the share of pairs in the right order, ties counting half."""
    pairs = [(p > n) + (p == n) / 2 for p, good in drawn for n, other in drawn if good and not other]
    area = measures.auroc(np.array([c for c, _ in drawn], float), np.array([g for _, g in drawn]))
    assert area == pytest.approx(np.mean(pairs)) if pairs else math.isnan(area)


def test_aurc_by_hand() -> None:
    """Right, wrong, right: the risks are 0, 1/2 and 1/3; tied, each of the last two counts half a mistake."""
    answerable = np.array([True, False, True])
    assert measures.aurc(np.array([0.9, 0.8, 0.7]), answerable) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert measures.aurc(np.array([0.9, 0.7, 0.7]), answerable) == pytest.approx((0 + 0.5 / 2 + 1 / 3) / 3)


@given(st.permutations([(0.9, True), (0.9, False), (0.5, True), (0.5, False), (0.1, False)]))
def test_aurc_does_not_depend_on_order(drawn: list[tuple[float, bool]]) -> None:
    """Queries may come in any order, tied ones too."""
    area = measures.aurc(np.array([c for c, _ in drawn]), np.array([g for _, g in drawn]))
    assert area == pytest.approx((1 / 2 + 1 / 2 + 1.5 / 3 + 2 / 4 + 3 / 5) / 5)


@pytest.mark.parametrize(
    ("sentence", "text", "held"),
    [
        (Sentence("d", 0, 20), "It left on Monday.", True),  # overlaps the evidence
        (Sentence("d", 50, 70), "It left on MONDAY.", True),  # holds the answer in the right document
        (Sentence("d", 50, 70), "It left on Friday.", False),
        (Sentence("e", 0, 20), "It left on Monday.", False),  # another document
    ],
)
def test_a_sentence_holds_the_answer(sentence: Sentence, text: str, held: bool) -> None:
    """A sentence counts in a document with evidence, where it overlaps that or has an answer in it, in any case."""
    query = Query(query_id="q", text="?", answers=("Monday",))
    assert measures.holds_answer(sentence, text, query, [evidence("d", 5, 12)]) is held


def test_answer_in_quote_looks_at_the_first_sentences() -> None:
    """The second sentence counts for @3 and not for @1, though nothing was answered; yes and no are left out."""
    sentences = ((Sentence("d", 30, 40), "Nothing."), (Sentence("d", 5, 12), "Monday."))
    asked = Outcome(Query(query_id="q", text="?", answers=("Monday",)), (), (), answer(), sentences, 1.0)
    plain = Outcome(Query(query_id="p", text="?", answers=("Yes",)), (), (), answer(), sentences, 1.0)
    values = measures.of_answers([asked, plain], {"q": [evidence("d", 5, 12)], "p": [evidence("d", 5, 12)]})
    assert (values["AnswerInQuote@1"], values["AnswerInQuote@3"]) == ({"q": 0.0}, {"q": 1.0})
