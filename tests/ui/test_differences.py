"""What a visitor sees of a comparison."""

import re
from dataclasses import replace

from qa.evaluation.comparison import compare
from tests.qa.evaluation.results import found, full, question, result
from ui.chat.differences import to_html

HOSTILE = "<script>alert(1)</script>"


def text(html: str) -> str:
    """Return the words of a page, one space between them."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_measure_has_both_means_the_difference_its_interval_and_p() -> None:
    """A measure that became worse in all of eight questions says so, in words and not by colour alone."""
    ids = [f"q{n}" for n in range(8)]
    asked = [question(query_id, found=(found(),)) for query_id in ids]
    a = result(*asked, per_query={"nDCG@10": dict.fromkeys(ids, 0.75)})
    b = result(*asked, per_query={"nDCG@10": dict.fromkeys(ids, 0.5)})
    said = text(to_html(compare(a, b), "1. before", "2. after"))
    assert re.search(
        r"nDCG@10 how high .* in the top 10 0\.750 → 0\.500 worse -0\.250 -0\.250 – -0\.250 p = 0\.0\d\d", said
    )
    assert "B does worse by nDCG@10" in said
    assert "B does better" not in said
    assert said.startswith("What changed A 1. before")


def test_equal_results_say_that_nothing_changed() -> None:
    """Then there is no list of questions."""
    assert "No question changed by nDCG@10" in text(to_html(compare(full(), full()), "a", "b"))


def test_what_results_hold_is_text() -> None:
    """Questions, titles, passages, names and measures are escaped, wherever they come from."""
    asked = question("q1", text=HOSTILE, found=(found(title=HOSTILE, text=HOSTILE),))
    a = result(asked, per_query={HOSTILE: {"q1": 0.0}})
    b = replace(result(asked, per_query={HOSTILE: {"q1": 1.0}}), embedder=replace(full().embedder, name=HOSTILE))  # type: ignore[type-var]
    html = to_html(compare(a, b), HOSTILE, HOSTILE)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 9
