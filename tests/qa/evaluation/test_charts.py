"""Charts: whole, well-formed and readable without seeing them, whatever the numbers and the names."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.charts import (
    Axis,
    Mark,
    histogram,
    interval_bar,
    intervals_chart,
    line_chart,
    nice_step,
    percent,
    up_to,
)
from qa.evaluation.intervals import Score

SVG = "{http://www.w3.org/2000/svg}"
SHARE = Axis(name="Share")
shares = st.floats(0, 1)


def drawn(svg: str) -> ElementTree.Element:
    """Return a chart as elements, checked to be whole and described, with every number in it a number."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.get("viewBox", "").startswith("0 0 360 ")
    assert not [v for element in root.iter() for v in element.attrib.values() if re.search("nan|inf|None", v)]
    return root


def words(root: ElementTree.Element) -> list[str]:
    """Return what a chart says."""
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=30), st.text(max_size=30))
def test_a_line_goes_through_its_points(points: list[tuple[float, float]], name: str) -> None:
    """Any points and any words make a whole chart, which stays inside its frame."""
    points = sorted(points)
    svg = line_chart(points, SHARE, SHARE, title=name, description=name, marks=[Mark(*points[0], name)], dots=True)
    root = drawn(svg)
    assert len(list(root.iter(f"{SVG}circle"))) == len(points) + 1
    assert all(40 <= float(dot.get("cx", "")) <= 348 for dot in root.iter(f"{SVG}circle"))


def test_a_line_has_no_more_points_than_can_be_seen() -> None:
    """A curve of 10,000 points takes no more room than one of some thousands."""
    points = [(i / 10_000, i / 10_000) for i in range(10_001)]
    assert len(line_chart(points, SHARE, SHARE, title="t", description="d")) < 50_000


def test_what_is_marked_is_said() -> None:
    """Marks, the level and the line carry their words."""
    svg = line_chart(
        [(0, 0), (1, 1)],
        SHARE,
        SHARE,
        title="t",
        description="d",
        marks=[Mark(0.5, 0.5, "half")],
        level=Mark(0, 0.8, "chance"),
        line=Mark(0.3, 0.3, "here"),
    )
    assert {"half", "chance", "here"} <= set(words(drawn(svg)))


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=20), st.booleans())
def test_a_histogram_has_a_bar_for_every_value(values: list[tuple[float, float]], mirrored: bool) -> None:
    """Each value above 0 is a bar: of the first group above the middle, of the second below it and hollow."""
    above, below = ([pair[side] for pair in values] for side in (0, 1))
    edges = [i / len(values) for i in range(len(values) + 1)]
    svg = histogram(edges, above, below if mirrored else None, SHARE, SHARE, title="t", description="d")
    bars = [(float(bar.get("y", "")), bar.get("fill-opacity")) for bar in drawn(svg).iter(f"{SVG}rect")]
    assert len(bars) == sum(value > 0 for value in (above + below if mirrored else above))
    solid, hollow = ([y for y, opacity in bars if (opacity is None) is is_so] for is_so in (True, False))
    assert not solid or not hollow or max(solid) <= min(hollow)


def test_groups_are_named() -> None:
    """Two groups and the lines through them are told by words, not by colour alone."""
    svg = histogram(
        [0, 0.5, 1],
        [1, 0],
        [0, 1],
        SHARE,
        SHARE,
        names=("ours", "theirs"),
        lines=[(0.4, "here")],
        title="t",
        description="d",
    )
    assert {"ours", "theirs", "here"} <= set(words(drawn(svg)))


@given(st.lists(st.tuples(st.text(max_size=40), shares), min_size=1, max_size=8))
def test_intervals_say_their_means(rows: list[tuple[str, float]]) -> None:
    """Each name has its mean beside it; a long name is cut, so that it does not leave the chart."""
    svg = intervals_chart(
        [(name, Score(mean, mean / 2, mean)) for name, mean in rows], SHARE, title="t", description="d"
    )
    said = words(drawn(svg))
    assert all(f"{mean:.3f}" in said for _, mean in rows)
    assert all(len(text) <= 17 for text in said)


def test_an_interval_bar_is_well_formed() -> None:
    """The small bar is an image of its own, hidden from screen readers, since the figures stand beside it."""
    root = ElementTree.fromstring(interval_bar(Score(0.5, 0.4, 0.6)))
    assert root.get("aria-hidden") == "true"
    assert [dot.get("cx") for dot in root.iter(f"{SVG}circle")] == ["50.0%"]


@given(st.floats(1e-6, 1e9))
def test_axes_end_at_round_numbers(high: float) -> None:
    """An axis reaches what it is made for, in at most five steps of 1, 2 or 5 times a power of ten."""
    axis = up_to("Time", high)
    assert axis.ticks[0] == 0
    assert high <= axis.high * (1 + 1e-9) < high * 2.6
    assert 2 <= len(axis.ticks) <= 6
    assert f"{axis.ticks[1]:e}"[0] in "125"


def test_an_axis_counts_in_whole_numbers() -> None:
    """Where halves make no sense, none are marked."""
    assert up_to("Questions", 2, finest=1).ticks == (0, 1, 2)
    assert nice_step(0) == 1


@pytest.mark.parametrize(("value", "part"), [(1, 0), (10, 0.5), (100, 1), (1000, 1)])
def test_an_axis_may_be_logarithmic(value: float, part: float) -> None:
    """Equal ratios take equal room; beyond the ends is at the ends."""
    assert Axis(name="k", low=1, high=100, log=True).part(value) == pytest.approx(part)


def test_percent_has_a_decimal_where_it_is_needed() -> None:
    """Whole numbers stand alone."""
    assert (percent(0.2), percent(0.075), percent(1)) == ("20%", "7.5%", "100%")
