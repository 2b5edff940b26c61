"""The check that every quotation passes before anyone sees it."""

from dataclasses import replace

import pytest

from index.errors import CitationError
from index.index import Index
from index.types import Article, Locator
from qa.citations import check, cite
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Citation, Highlight, SearchedFor
from tests.toy import ToyEmbedder, article

FERRY = article("ferry", "The ferry costs 4 crowns. It leaves at noon.", source="Island Post", published="2020-03-09")
COPY = article("copy", "The ferry costs 4 crowns.")


@pytest.fixture
def index() -> Index:
    """Return an index of two articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add([FERRY, COPY])
    return index


def answer(*citations: Citation, highlight: Highlight | None = None) -> Answer:
    """Return an answer with these citations."""
    return Answer("id", "answer", "q", SearchedFor("q"), True, 0.9, highlight, citations, ())


def test_a_citation_says_where_it_stands() -> None:
    """A citation holds the span's text and what is known of the article."""
    placed = replace(FERRY, locators=(Locator(0, "p. 1", "#page=1"), Locator(26, "p. 2", "#page=2")))
    found = cite(2, placed, 26, 44)
    assert (found.number, found.quote, found.source, found.published) == (
        2, "It leaves at noon.", "Island Post", "2020-03-09",
    )  # fmt: skip
    assert (found.text_sha256, found.locator) == (FERRY.text_sha256, Locator(26, "p. 2", "#page=2"))


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 4), (0, 45), (45, 50)])
def test_a_span_outside_the_text_cannot_be_cited(start: int, end: int) -> None:
    """An empty, reversed or outlying span is an error."""
    with pytest.raises(CitationError, match="'ferry'"):
        cite(1, FERRY, start, end)


def test_true_citations_pass(index: Index) -> None:
    """Verbatim spans of the articles pass, with a highlight inside the first."""
    first = cite(1, FERRY, 0, 25, (cite(1, COPY, 0, 25),))
    check(answer(first, cite(2, FERRY, 26, 44), highlight=Highlight(16, 24, "4 crowns")), index)
    check(answer(), index)


TRUE = cite(1, FERRY, 0, 25)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(TRUE, quote="The ferry costs 5 crowns."),
        replace(TRUE, quote="the ferry costs 4 crowns."),
        replace(TRUE, start=1),
        replace(TRUE, text_sha256="0" * 64),
        replace(TRUE, doc_id="train"),
        replace(TRUE, also=(replace(cite(1, COPY, 0, 25), quote="The ferry costs 3 crowns."),)),
    ],
    ids=["word", "letter", "offset", "hash", "article", "also"],
)
def test_any_difference_is_an_error(index: Index, wrong: Citation) -> None:
    """One wrong character, offset, hash or name is refused and never repaired."""
    with pytest.raises(CitationError):
        check(answer(wrong), index)


@pytest.mark.parametrize(
    "highlight", [Highlight(16, 24, "5 crowns"), Highlight(26, 28, "It"), Highlight(3, 3, ""), Highlight(24, 27, ". I")]
)
def test_a_highlight_lies_inside_the_first_quotation(index: Index, highlight: Highlight) -> None:
    """A highlight that is not a part of quotation 1 is refused."""
    with pytest.raises(CitationError, match="highlight"):
        check(answer(TRUE, highlight=highlight), index)


class Changing(Index):
    """An index whose articles change between reading and checking, once or ``always``."""

    always = False
    reads = 0

    def article(self, doc_id: str) -> Article | None:
        """Return the article, another one from the third time on."""
        found = super().article(doc_id)
        self.reads += 1
        changed = self.reads % 3 == 0 if self.always else self.reads > 2
        return replace(found, text=found.text.upper()) if found and changed else found


def test_an_article_that_changed_meanwhile_is_asked_again(index: Index) -> None:
    """A quotation of what an article said a moment ago is not shown; what it says now is looked for."""
    changing = Changing(index.store, ToyEmbedder())
    answer = Pipeline(changing, Settings(threshold=0)).ask("what does the ferry cost")
    for citation in answer.citations:
        article = changing.article(citation.doc_id)
        assert article
        assert article.text[citation.start : citation.end] == citation.quote


def test_an_article_that_changes_all_the_time_is_an_error(index: Index) -> None:
    """After some tries it is given up, and nothing is shown."""
    changing = Changing(index.store, ToyEmbedder())
    changing.always = True
    with pytest.raises(CitationError, match="differs"):
        Pipeline(changing, Settings(threshold=0)).ask("what does the ferry cost")
