"""Spans -> citations, and the check that every quotation passes before anyone sees it."""

from collections.abc import Iterator

from index.errors import CitationError
from index.index import Index
from index.types import Article
from qa.types import Answer, Citation


def cite(number: int, article: Article, start: int, end: int, also: tuple[Citation, ...] = ()) -> Citation:
    """Make the citation of ``article.text[start:end]``; raises CitationError when there is no such span."""
    if not 0 <= start < end <= len(article.text):
        raise CitationError(
            f"the span {start}:{end} is not in article {article.doc_id!r}, which has {len(article.text)} characters"
        )
    return Citation(
        number=number,
        doc_id=article.doc_id,
        title=article.title,
        url=article.url,
        source=article.source,
        published=article.published,
        text_sha256=article.text_sha256,
        locator=article.locator_at(start),
        start=start,
        end=end,
        quote=article.text[start:end],
        also=also,
    )


def check(answer: Answer, index: Index) -> None:
    """Compare every quotation of an answer with the article it names.

    Raises CitationError naming the first that differs; nothing is ever repaired here.
    """
    for citation in _all(answer):
        article = index.article(citation.doc_id)
        if article is None:
            raise CitationError(f"citation {citation.number} names {citation.doc_id!r}, which the index does not hold")
        if article.text[citation.start : citation.end] != citation.quote or article.text_sha256 != citation.text_sha256:
            raise CitationError(
                f"citation {citation.number} differs from {citation.doc_id!r} at {citation.start}:{citation.end}; "
                "run `quoth verify` on the index"
            )
    highlight = answer.highlight
    if highlight is not None:
        first = answer.citations[0]
        inside = first.start <= highlight.start < highlight.end <= first.end
        if not inside or first.quote[highlight.start - first.start : highlight.end - first.start] != highlight.text:
            raise CitationError("the highlighted answer is not inside citation 1")


def _all(answer: Answer) -> Iterator[Citation]:
    for citation in answer.citations:
        yield citation
        yield from citation.also
