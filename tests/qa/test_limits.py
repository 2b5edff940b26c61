"""Limits on sources and dates as a person types them."""

import pytest

from index.errors import FilterError
from index.index import Index
from index.types import Filter
from qa.limits import limits
from tests.toy import ToyEmbedder, article


@pytest.fixture
def index() -> Index:
    """Return an index with two sources and an article without one."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", source="Island Post"), article("b", source="Courier"), article("c")])
    return index


def test_sources_are_found_whatever_their_case(index: Index) -> None:
    """A source is named as the articles spell it."""
    assert limits(index, ["island post", "COURIER"], None, None) == Filter(("Island Post", "Courier"))


def test_an_unknown_source_is_refused_with_the_known_ones(index: Index) -> None:
    """The error names what was given and what there is."""
    with pytest.raises(FilterError, match=r"'Times'.*Courier, Island Post"):
        limits(index, ["Times"], None, None)
    with pytest.raises(FilterError, match="no article names a source"):
        limits(Index.in_memory(ToyEmbedder()), ["Times"], None, None)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2023-07-11", "2023-07-12", ("2023-07-11", "2023-07-12")),
        ("2024-2", "2024-2", ("2024-02-01", "2024-02-29")),
        ("2023", "2023", ("2023-01-01", "2023-12-31")),
        (" 2023 ", None, ("2023-01-01", None)),
        (None, "", (None, None)),
    ],
)
def test_a_part_of_a_date_is_its_first_or_last_day(
    index: Index, since: str | None, until: str | None, expected: tuple[str | None, str | None]
) -> None:
    """A month or year begins with its first day and ends with its last."""
    found = limits(index, [], since, until)
    assert (found.since, found.until) == expected


@pytest.mark.parametrize("text", ["tomorrow", "2023-13", "2023-02-30", "11.07.2023", "0000", "2023-7-", "２０２３-99"])
def test_what_is_no_date_is_refused(index: Index, text: str) -> None:
    """The error repeats what was given and shows a date."""
    for since, until in ((text, None), (None, text)):
        with pytest.raises(FilterError, match="2023-07-11"):
            limits(index, [], since, until)


def test_dates_in_the_wrong_order_are_refused(index: Index) -> None:
    """Nothing can be published after its last day."""
    with pytest.raises(FilterError, match="earlier date"):
        limits(index, [], "2023-08", "2023-07")
