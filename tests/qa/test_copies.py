"""Copies of the articles that an answer quotes: which one leads, and which are named beside it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import IndexDamaged
from index.index import Index
from index.types import Article, Filter
from qa.citations import cite
from qa.copies import counterpart, joined, moved
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Highlight, Part, SearchedFor
from tests.toy import ToyEmbedder, ToyReader, article

BRIDGE = (
    "The council of Lomma voted on Tuesday to build a bridge over the river. It will cost 40 million crowns, the mayor "
    "said. Work is to begin in April. The old ferry, which has carried people across since 1931, will stop then. Its "
    "captain, Greta Holm, said that she would miss the mornings on the water. Shopkeepers over there had asked "
    "for a bridge for years. The opposition called it too dear and voted against it. A survey found that two of three "
    "people in the town want it. The bridge will be open to bicycles and buses, but not to cars."
)
COST = "It will cost 40 million crowns, the mayor said."
ASKED = "What will the bridge of Lomma cost?"
EVERYTHING = SearchedFor(ASKED)


def paper(name: str, published: str | None, text: str = BRIDGE) -> Article:
    """Return the article as one paper printed it."""
    return replace(article(name, text, source=name.title(), title="A bridge for Lomma"), published=published)


def indexed(*articles: Article) -> Index:
    """Return an index of these articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles)
    return index


PAPERS = [
    paper("courier", "2023-05-04"),
    paper("ledger", "2023-05-02", f"LOMMA — {BRIDGE}".replace("It will cost", "\nIt will  cost")),
    paper("post", "2023-05-03", BRIDGE.replace("40 million", "45 million")),
    paper("echo", None, BRIDGE.partition(" The opposition")[0]),
    article("harbour", "The harbour of Lomma was dredged in March. That cost 3 million crowns."),
]


@pytest.fixture(scope="module")
def index() -> Index:
    """Return an index of what four papers made of one report, and of another article."""
    return indexed(*PAPERS)


# Where a quotation stands in another article


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("It is safe.", "It is safe.", "It is safe."),
        ("It is safe.", "Calm down. It\nis  safe. Really.", "It\nis  safe."),
        ("“It is safe,” she said.", 'Calm down.\n"It is safe," she said.', '"It is safe," she said.'),
        ("He left - at last.", "Home: He left—at last.", "He left—at last."),
        ("Well... yes.", "Well… yes.", "Well… yes."),
        ("It is safe.", "“It is safe.”", "It is safe."),
        ("It is safe.", "LUND, May 4 — It is safe.", "It is safe."),
        ("It is safe.", "“Calm.” It is safe.", "It is safe."),
        ("It is safe.", "He denied that: it is safe.", None),
        ("Maria said no.", "Aunt Maria said no.", None),
        ("It is safe.", "It is safer.", None),
        ("It is safe.", "It is safe, he said.", None),
        ("It cost 4", "It cost 40 crowns.", None),
        ("It cost $5.", "It cost €5.", None),
        ("It rose 3.5 percent.", "It rose 3,5 percent.", None),
        ("(It is safe.", "It is safe.", None),
    ],
)
def test_a_quotation_is_found_word_for_word(quote: str, text: str, expected: str | None) -> None:
    """Marks and line breaks may differ, words and what is beside them may not, and no part of a sentence is taken."""
    span = counterpart(quote, article("copy", text))
    assert (span and text[slice(*span)]) == expected


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_what_is_found_is_a_span(quote: str, text: str) -> None:
    """Whatever is looked for, what is found lies in the text and has the same letters in the same order."""
    if span := counterpart(quote, article("copy", text)):
        found = text[slice(*span)]
        assert [c for c in found if c.isalnum()] == [c for c in quote if c.isalnum()]
        assert 0 <= span[0] < span[1] <= len(text)


def test_looking_for_a_quotation_takes_no_time() -> None:
    """Marks without end, which a hostile text may hold, are gone through once."""
    assert counterpart("- " * 200 + "a.", article("copy", "- " * 20_000 + "b.")) is None


# Which one leads, and which are named


def test_the_first_published_leads(index: Index) -> None:
    """The earliest copy is cited, those that hold the sentence are beside it, one that changed it is not."""
    start = BRIDGE.index(COST)
    [cited] = joined([cite(1, PAPERS[0], start, start + len(COST))], index, EVERYTHING)
    assert (cited.doc_id, cited.quote) == ("ledger", COST.replace("will ", "will  "))
    assert [(c.doc_id, c.number, c.quote, c.also) for c in cited.also] == [
        ("courier", 1, COST, ()),
        ("echo", 1, COST, ()),
    ]


@pytest.mark.parametrize(
    "searched_for",
    [
        SearchedFor(ASKED, sources=("Courier",)),
        SearchedFor(ASKED, since="2023-05-03"),
        SearchedFor(ASKED, parts=(Part("cost", Filter(("courier",))),)),
    ],
)
def test_what_was_asked_for_leads(index: Index, searched_for: SearchedFor) -> None:
    """A copy of the source or of the days that were asked for stays before an earlier one."""
    start = BRIDGE.index(COST)
    [cited] = joined([cite(1, PAPERS[0], start, start + len(COST))], index, searched_for)
    assert cited.doc_id == "courier"
    assert {c.doc_id for c in cited.also} == {"ledger", "echo"}


def test_a_part_of_a_quotation_is_named(index: Index) -> None:
    """A copy that holds one sentence of a quotation of two is beside it with that sentence, and does not lead."""
    start, end = BRIDGE.index(COST), BRIDGE.index(" The old ferry")
    [cited] = joined([cite(1, PAPERS[0], start, end)], index, EVERYTHING)
    assert cited.doc_id == "ledger"
    assert {c.doc_id: c.quote for c in cited.also}["post"] == "Work is to begin in April."


def test_copies_of_one_day_are_named_in_the_same_order_whichever_was_added_first() -> None:
    """Who exports a collection and adds it to a new index gets the same answers, in the order of the ids where no date
    decides."""
    papers = [paper(name, None) for name in ("courier", "ledger", "post", "echo")]
    answers = [
        Pipeline(indexed(*each)).ask(ASKED).citations for each in (papers, papers[::-1], papers[2:] + papers[:2])
    ]
    assert answers[0] == answers[1] == answers[2]
    assert [c.doc_id for c in (*answers[0], *answers[0][0].also)] == ["courier", "echo", "ledger", "post"]


def test_what_has_no_copies_stays_as_it_is(index: Index) -> None:
    """A quotation of an article that stands alone is not touched."""
    citations = [cite(1, PAPERS[-1], 0, 42, also=(cite(1, PAPERS[0], 0, 20),))]
    assert joined(citations, index, EVERYTHING) == tuple(citations)


def test_two_quotations_do_not_come_to_overlap() -> None:
    """The first published copy does not lead where it is quoted already at that place."""
    index = indexed(paper("late", "2023-05-04"), paper("early", "2023-05-02"))
    late, early = (index.article(name) for name in ("late", "early"))
    assert late
    assert early
    citations = joined([cite(1, early, 0, 72), cite(2, late, 0, 72)], index, EVERYTHING)
    assert [c.doc_id for c in citations] == ["early", "late"]


def test_a_damaged_copy_is_left_out(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy whose text is withheld is not named, the others are."""
    whole = index.article

    def withheld(doc_id: str) -> Article | None:
        if doc_id == "ledger":
            raise IndexDamaged("withheld")
        return whole(doc_id) if doc_id != "echo" else None

    monkeypatch.setattr(index, "article", withheld)
    start = BRIDGE.index("Work is")
    [cited] = joined([cite(1, PAPERS[0], start, start + 26)], index, EVERYTHING)
    assert (cited.doc_id, [c.doc_id for c in cited.also]) == ("post", ["courier"])


def test_the_short_answer_moves_with_its_quotation() -> None:
    """It keeps its words in the copy that leads, nearest to where they stood; other words are not marked."""
    old, new = article("old", "A 7 or 7."), article("new", "Now: A “7” or 7.")
    before, after = cite(1, old, 0, 9), cite(1, new, 5, 16)
    assert moved(Highlight(7, 8, "7"), before, after) == Highlight(14, 15, "7")
    assert moved(Highlight(0, 3, "A 7"), before, after) is None
    assert moved(Highlight(7, 8, "7"), before, before) == Highlight(7, 8, "7")
    assert moved(None, before, after) is None


# In an answer


def test_an_answer_names_copies_that_were_not_found(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the search finds one copy alone, the answer is cited from the first published, with the others beside."""
    searched = index.search

    def only_courier(*args: object, **kwargs: object) -> object:
        return [hit for hit in searched(*args, **kwargs) if hit.passage.doc_id == "courier"]  # type: ignore[arg-type]

    monkeypatch.setattr(index, "search", only_courier)
    asking = Pipeline(index, Settings(threshold=0.0), ToyReader("40 million crowns"))
    answer = asking.ask("How much will the bridge cost?")
    first = answer.citations[0]
    assert first.doc_id == "ledger"
    assert {c.doc_id for c in first.also} >= {"courier", "echo"}
    assert answer.highlight
    assert first.quote[answer.highlight.start - first.start : answer.highlight.end - first.start] == "40 million crowns"


def test_an_answer_is_led_by_the_source_that_was_asked_for(index: Index) -> None:
    """Limited to one source, the answer cites that one and names the others beside it."""
    answer = Pipeline(index, Settings(threshold=0.0)).ask(ASKED, limits=Filter(sources=("Courier",)))
    assert {c.doc_id for c in answer.citations} == {"courier"}
    assert "ledger" in {c.doc_id for c in answer.citations[0].also}
