"""Calibration: the fit finds what made the data, collections weigh the same, the command prints what to copy."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.errors import CollectionError
from index.index import Index
from index.types import Article
from qa.confidence import WITH_READER, WITHOUT_READER
from qa.evaluation import calibration
from qa.evaluation.calibration import (
    Examples,
    Fit,
    calibration_error,
    examine,
    fit,
    fitted,
    is_fitted,
    main,
    report,
    scaled,
    table,
    thresholds,
)
from qa.settings import Settings
from tests.toy import ToyEmbedder, ToyReader


def drawn(name: str, size: int, bias: float) -> Examples:
    """Return examples whose answerability follows a known logistic function: weights 4 and 2."""
    generator = np.random.default_rng(size)
    features = generator.random((size, 2))
    chances = 1 / (1 + np.exp(-(features @ np.array([4.0, 2.0]) + bias)))
    answerable = generator.random(size) < chances
    return Examples(name, features, answerable, answerable & (features[:, 0] > 0.2), np.arange(size) % 2 == 0)


def test_the_fit_finds_the_function() -> None:
    """Weights and bias come out as those that the data was drawn from."""
    examples = drawn("a", 20_000, -3.0)
    found = fit([(examples.features, examples.answerable)])
    assert (*found.weights, found.bias) == pytest.approx((4, 2, -3), abs=0.15)
    assert found(examples.features).mean() == pytest.approx(examples.answerable.mean(), abs=0.01)


def test_collections_weigh_the_same() -> None:
    """Repeating the queries of one collection changes nothing of what tells questions apart."""
    small, large = drawn("a", 200, -3.0), drawn("b", 300, -1.5)
    again = (np.concatenate([large.features] * 5), np.concatenate([large.answerable] * 5))
    once = fit([(small.features, small.answerable), (large.features, large.answerable)])
    often = fit([(small.features, small.answerable), again])
    assert (*once.weights, once.bias) == pytest.approx((*often.weights, often.bias), abs=1e-3)


def test_a_collection_of_another_scale_keeps_its_own_intercept() -> None:
    """A collection with other odds changes the bias and not what tells its questions apart."""
    one, other = drawn("a", 20_000, -4.0), drawn("b", 20_001, -1.0)
    assert fit([(x.features, x.answerable) for x in (one, other)]).weights == pytest.approx((4, 2), abs=0.25)


def test_scaling_gives_probabilities() -> None:
    """A function whose margins are three times too large, and moved, is brought back."""
    examples = drawn("a", 20_000, -3.0)
    found = scaled(Fit((12.0, 6.0), -7.5), [(examples.features, examples.answerable)])
    assert (*found.weights, found.bias) == pytest.approx((4, 2, -3), abs=0.15)
    assert calibration_error(found(examples.features), examples.answerable) < 0.02


def test_the_calibration_error_by_hand() -> None:
    """Two bins: one right half the time at .9, one never right at .1; each holds half of the queries."""
    confidences, right = np.array([0.95, 0.85, 0.05, 0.15]), np.array([True, False, False, False])
    assert calibration_error(confidences, right, bins=2) == pytest.approx((0.4 + 0.1) / 2)


def test_the_threshold_is_the_lowest_that_will_do() -> None:
    """Where every threshold between two gaps is as good, the lowest is taken."""
    features = np.array([[-3.0], [-2.5], [2.5], [3.0]] * 2)
    flags = features[:, 0] > 0
    twice, both = np.concatenate([features, features]), np.concatenate([flags, flags])
    examples = Examples("a", twice, both, both, np.arange(16) < 8)
    found = thresholds([examples], Fit((1.0,), 0.0))
    assert found == {"low": 0.08, "normal": 0.08, "high": 0.08}


def test_strictness_trades_one_mistake_for_the_other() -> None:
    """A laxer threshold answers nine of ten queries with an answer, a stricter one declines nine of ten without."""
    examples = drawn("a", 20_000, -3.0)
    found = fit([(examples.features, examples.answerable)])
    chosen = thresholds([examples], found)
    assert chosen["low"] < chosen["normal"] < chosen["high"]
    confidences = found(examples.features)
    assert (confidences[examples.answerable] >= chosen["low"]).mean() == pytest.approx(0.9, abs=0.03)
    assert (confidences[~examples.answerable] < chosen["high"]).mean() == pytest.approx(0.9, abs=0.03)


def test_kinds_that_can_be_told_apart_give_finite_weights() -> None:
    """Separable data does not drive the weights to infinity."""
    found = fit([(np.array([[0.0], [0.1], [0.9], [1.0]]), np.array([False, False, True, True]))])
    assert 1 < found.weights[0] < 1000


def test_one_kind_is_refused() -> None:
    """Queries that are all answerable cannot be fitted."""
    with pytest.raises(CollectionError, match="both kinds"):
        fit([(np.ones((3, 1)), np.ones(3, bool))])


def test_the_table_by_hand() -> None:
    """At a threshold of 0.5 two of four are answered, one of them rightly."""
    rows = {
        row.threshold: row
        for row in table(
            np.array([0.8, 0.7, 0.3, 0.2]), np.array([True, False, True, False]), np.zeros(4, bool), np.full(4, 0.25)
        )
    }
    half = rows[0.5]
    assert half.first_right == 0
    assert (half.answered, half.precision, half.answerable_answered, half.unanswerable_declined) == (0.5,) * 4
    assert np.isnan(rows[0.9].precision)


def test_about_half_is_fitted() -> None:
    """The halves are about as large, and a query is always in the same one."""
    chosen = [is_fitted(f"q{i}") for i in range(2000)]
    assert 0.45 < np.mean(chosen) < 0.55
    assert chosen == [is_fitted(f"q{i}") for i in range(2000)]


def test_examples_hold_the_pipelines_features(harbour: Path, index: Index) -> None:
    """Every query that says whether it is answerable is an example, with one column per weight."""
    examples = examine(harbour, index, Settings())
    assert examples.features.shape == (6, len(WITHOUT_READER.weights))
    assert examples.answerable.tolist() == [True] * 4 + [False] * 2


def test_only_queries_that_the_reader_judges_are_examples(
    harbour: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reader, a question in parts among the queries is left out: its confidence has other features."""
    monkeypatch.setattr("qa.pipeline.load_reader", lambda name: ToyReader())
    harbour = Path(shutil.copytree(harbour, tmp_path / "harbour"))  # the others' stays as it is
    lines = (harbour / "queries.jsonl").read_text().splitlines()
    index.add(Article(doc_id=name, title="", text="The ferry is late.", source=name) for name in ("Wired", "Fortune"))
    asked = "Does the Wired article say that ferries are late, while the Fortune article blames the storm?"
    row = json.loads(lines[0]) | {"text": asked}
    (harbour / "queries.jsonl").write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n")
    examples = examine(harbour, index, Settings())
    assert examples.features.shape[1] == len(WITH_READER.weights)
    assert len(examples.features) == len(examples.right) == len(examples.fitted) < len(lines)


def test_queries_that_do_not_say_are_refused(folder: Path, index: Index) -> None:
    """A collection that does not know what is answerable cannot calibrate."""
    text = (folder / "queries.jsonl").read_text()
    (folder / "queries.jsonl").write_text(re.sub(r'"answerable": \w+, |, "answerable": \w+', "", text))
    with pytest.raises(CollectionError, match="answerable"):
        examine(folder, index, Settings())


def test_the_report_is_of_the_other_half() -> None:
    """The report holds the lines to copy and the AUROC of every collection's other half."""
    examples = [drawn("a", 200, -3.0), drawn("b", 300, -1.5)]
    written = report(examples, fitted(examples))
    line = (
        r"Fitted\(\(-?\d+\.\d{3}, -?\d+\.\d{3}\), -?\d+\.\d{3}, \{'low': 0\.\d+, 'normal': 0\.\d+, 'high': 0\.\d+\}\)\n"
    )
    assert re.match(line, written)
    assert "a: 100 queries" in written
    assert "b: 150 queries" in written
    assert len(written.splitlines()) >= 16


def test_the_command_prints_and_refuses(
    harbour: Path, folder: Path, index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints a report and exits with 0, or one sentence on stderr and exits with 1."""
    monkeypatch.setattr(calibration, "load_embedder", lambda model: ToyEmbedder())
    monkeypatch.setattr(calibration, "cached_index", lambda collection, embedder, tokens: index)
    monkeypatch.setattr(index, "close", lambda: None)
    monkeypatch.setattr(calibration, "is_fitted", lambda query_id: query_id in ("q1", "q2", "q5"))
    assert main([str(harbour)]) == 0
    assert "Fitted((" in capsys.readouterr().out
    (folder / "corpus.jsonl").unlink()
    assert main([str(folder)]) == 1
    assert "give that index" in capsys.readouterr().err


def test_more_evidence_never_counts_against_an_answer() -> None:
    """A feature that is higher where there is no answer gets no weight, in place of a negative one."""
    rng = np.random.default_rng(4)
    answerable = rng.random(400) < 0.5
    features = np.stack([rng.random(400) + answerable, rng.random(400) - 0.5 * answerable], axis=1)
    found = fit([(features, answerable)])
    assert found.weights[0] > 0
    assert found.weights[1] == 0
