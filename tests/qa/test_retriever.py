"""From what is searched for to hits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.types import Article, Filter, Hit
from qa.pipeline import Pipeline
from qa.retriever import retrieve
from qa.settings import Settings
from qa.types import Question, SearchedFor
from qa.understanding import understand
from tests.toy import ToyEmbedder

QUESTION = "Did the Wired article say that ferries are late, while the Fortune article blames the storm for it?"


@pytest.fixture
def index() -> Index:
    """Return an index of two sources that write of ferries and storms, one of them much more."""
    made = Index.in_memory(ToyEmbedder(), passage_tokens=12)
    texts = [
        ("wired-1", "Wired", "2023-10-04", "The ferries are late again. The ferries were late. Late ferries wait."),
        ("wired-2", "Wired", "2023-10-06", "A storm was late. The ferries were blamed for it. Ferries are late."),
        (
            "wired-3",
            "Wired",
            "2023-10-07",
            "It was said that ferries are late. The storm is to blame, an article said.",
        ),
        ("fortune", "Fortune", "2023-10-05", "Traders blame the weather. The harbour was closed. Prices rose."),
        ("times", "Harbour Times", "2023-10-05", "Ferries are late. The storm is to blame. An article said so."),
    ]
    made.add(
        Article(doc_id=doc_id, title=doc_id, text=text, source=source, published=day)
        for doc_id, source, day, text in texts
    )
    return made


def found(index: Index, question: str, k: int = 4, **options: bool) -> list[str]:
    """Return the articles of the hits for a question, in order."""
    searched_for = understand(Question(question, **options), index.facets())  # type: ignore[arg-type]
    return [hit.passage.doc_id for hit in retrieve(index, searched_for, k)]


def test_each_part_is_heard_early(index: Index) -> None:
    """Both sources are among the first two hits, though one of them matches far better."""
    assert "fortune" in found(index, QUESTION, 2)
    assert any(doc_id.startswith("wired") for doc_id in found(index, QUESTION, 2))
    assert "fortune" not in found(index, QUESTION, 2, everywhere=True)


def test_named_sources_are_limits(index: Index) -> None:
    """What another source wrote is not found, unless it is searched for everywhere."""
    assert "times" not in found(index, QUESTION, 50)
    assert "times" in found(index, QUESTION, 50, everywhere=True)


def test_ranks_are_whole_and_passages_distinct(index: Index) -> None:
    """However many parts there are, ranks count 1, 2, 3 ... and no passage comes twice."""
    hits = retrieve(index, understand(Question(QUESTION), index.facets()), 50)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.passage.passage_id for hit in hits}) == len(hits)


def test_what_was_never_published_is_not_found(index: Index) -> None:
    """Where a source published nothing on the day that the question names, nothing is found, but everywhere."""
    question = "What did the Fortune report published on October 6, 2023 say?"
    assert found(index, question) == []
    assert found(index, question, everywhere=True)


def test_a_day_limits_to_its_articles(index: Index) -> None:
    """A source and a day find what was published there then first."""
    assert found(index, "What did the Wired report published on October 6, 2023 say about ferries?")[0] == "wired-2"


def test_given_limits_hold_for_every_part(index: Index) -> None:
    """What the person who asks excludes stays out, whatever the question names."""
    searched_for = SearchedFor(QUESTION, parts=understand(Question(QUESTION), index.facets()).parts, until="2023-10-05")
    assert {hit.passage.doc_id for hit in retrieve(index, searched_for, 50)} == {"wired-1", "fortune"} | {"times"}
    given = understand(Question(QUESTION, filter=Filter(("Harbour Times",))), index.facets())
    assert {hit.passage.doc_id for hit in retrieve(index, given, 50)} == {"times"}


WIRE = (
    "The last ferry of the season left Hven on Sunday with forty people and a piano aboard, the harbour office said. "
    "Nobody expects another before the ice has gone, which took until the end of April in each of the last ten years."
)


def wired(*texts: str) -> Index:
    """Return an index of articles with these texts, and of one on the same matter in other words."""
    made = Index.in_memory(ToyEmbedder())
    made.add(Article(doc_id=f"copy-{n}", title=f"Paper {n}", text=text) for n, text in enumerate(texts))
    made.add([Article(doc_id="own", title="Own report", text="Our ferry will rest until the ice on the sound breaks.")])
    return made


def whole(index: Index, k: int) -> list[Hit]:
    """Return the hits for one question about the ferry."""
    return retrieve(index, understand(Question("When does the last ferry of the season leave Hven?")), k)


def test_copies_are_one_hit() -> None:
    """Ten papers' copies of one report, small changes included, are one hit, so that the second says something else."""
    texts = [WIRE, WIRE.replace("people", "passengers"), *[WIRE] * 8]
    first, second = whole(wired(*texts), 2)
    assert {hit.passage.doc_id for hit in first.versions} == {f"copy-{n}" for n in range(10)}
    assert {hit.rank for hit in first.versions} == {1}
    assert (second.passage.doc_id, second.rank, second.copies) == ("own", 2, ())


def test_other_numbers_are_no_copies() -> None:
    """Passages that differ in a number report different things, and stay apart."""
    hits = whole(wired(WIRE.replace("forty", "40"), WIRE.replace("forty", "41")), 3)
    assert [hit.copies for hit in hits] == [(), (), ()]


def test_copies_are_cited_together() -> None:
    """An answer quotes one of the copies and names the others beside it."""
    answer = Pipeline(wired(WIRE, WIRE, WIRE), Settings(threshold=0)).ask(
        "When does the last ferry of the season leave?"
    )
    cited = answer.citations[0]
    assert {cited.doc_id, *(also.doc_id for also in cited.also)} == {"copy-0", "copy-1", "copy-2"}


@given(st.lists(st.sampled_from([WIRE, WIRE.replace("a piano", "two pianos"), "The ferry rests.", "Ice."]), max_size=8))
def test_every_passage_is_found_once(texts: list[str]) -> None:
    """Whatever is a copy of what, every passage is a hit or a copy of one, once."""
    index = wired(*texts)
    hits = whole(index, 50)
    versions = [version.passage.passage_id for hit in hits for version in hit.versions]
    assert len(versions) == len(set(versions)) == index.status().passages
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
