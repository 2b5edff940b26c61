"""A conversation as a file: JSON, Markdown or a page of HTML, and the check of one that was saved as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from index.errors import ConversationError
from index.types import Article
from qa.types import Answer
from ui.html import to_html
from ui.render import SCHEMA, heading, to_json, to_markdown

TITLE = "A conversation with Quoth"
FORMS = {"json": "application/json", "md": "text/markdown", "html": "text/html"}
"""The forms by the ending of their files, and the media type of each."""


class Articles(Protocol):
    """What a check asks of an index."""

    def article(self, doc_id: str) -> Article | None:
        """Return an article with its text, or None."""


def written(answers: Sequence[Answer], form: str) -> str:
    """Return the answers, oldest first, in one of ``FORMS``; only that of JSON can be checked afterwards."""
    if form == "json":
        values = {"schema": SCHEMA, "kind": "conversation", "answers": [to_json(answer) for answer in answers]}
        return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return _markdown(answers) if form == "md" else _html(answers)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the answers of a file that was saved as JSON, or of one answer's; raises ConversationError for another."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConversationError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConversationError(f"{path} is no JSON ({error}); give a conversation that was saved as JSON") from error
    except RecursionError as error:
        raise ConversationError(f"{path} is nested too deeply; give a conversation that was saved as JSON") from error
    answers = found.get("answers", [found]) if isinstance(found, dict) else None
    if not isinstance(answers, list) or not all(isinstance(a, dict) and "citations" in a for a in answers):
        raise ConversationError(
            f"{path} holds no conversation; give one that the page, or `quoth ask --json`, has saved"
        )
    if (schema := found.get("schema")) != SCHEMA:
        raise ConversationError(
            f"{path} has schema {schema!r}, this version reads {SCHEMA}; use the version that saved it"
        )
    return answers


def quotations(answers: Sequence[Mapping[str, Any]]) -> int:
    """Return the number of quotations, those of other articles that say the same included."""
    return sum(1 for answer in answers for _ in _quotations(answer))


def problems(answers: Sequence[Mapping[str, Any]], articles: Articles) -> list[str]:
    """Compare every quotation with the article that it names; return a sentence for each that does not stand there.

    So does one from an earlier version of the article, even if its words are still the same.
    """
    found = []
    for number, answer in enumerate(answers, 1):
        told = [_problem(quotation, articles) for quotation in _quotations(answer)]
        told.append(_highlighted(answer))
        found += [f"answer {number}: {problem}" for problem in told if problem]
    return found


def _quotations(answer: Mapping[str, Any]) -> Iterator[Any]:
    citations = answer["citations"]
    for citation in citations if isinstance(citations, list) else [citations]:
        yield citation
        also = citation.get("also") if isinstance(citation, dict) else None
        yield from also if isinstance(also, list) else []


def _problem(citation: Any, articles: Articles) -> str | None:
    doc_id, quote, span = _text(citation, "doc_id"), _text(citation, "quote"), _span(citation)
    if not doc_id or not quote or span is None:
        return f"a citation lacks its doc_id, start, end or quote: {citation!r:.60}"
    article, place = articles.article(doc_id), "{}:{}".format(*span)
    if article is None:
        return f"the index does not hold {doc_id!r}"
    stands, held = article.text[span[0] : span[1]] == quote, _text(citation, "text_sha256")
    if article.text_sha256 == held:
        return None if stands else f"{doc_id!r} does not hold the words quoted from {place}: “{quote:.60}”"
    earlier = f"{doc_id!r} was quoted from an earlier version of the article"
    if (at := span[0] if stands else article.text.find(quote)) < 0:
        return f"{earlier}; the words from {place} no longer stand in it: “{quote:.60}”"
    where = "still stand there" if stands else f"now stand at {at}:{at + len(quote)}"
    return f"{earlier}; the words from {place} {where}"


def _highlighted(answer: Mapping[str, Any]) -> str | None:
    """Say so where the short answer does not stand in the first quotation."""
    marked = answer.get("highlight")
    if marked is None:
        return None
    first = next(_quotations(answer), None)
    inner, outer = _span(marked), _span(first)
    if inner and outer and outer[0] <= inner[0]:
        start, end = inner[0] - outer[0], inner[1] - outer[0]
        if _text(first, "quote")[start:end] == _text(marked, "text"):
            return None
    return "the short answer does not stand in the first quotation"


def _span(row: Any) -> tuple[int, int] | None:
    start, end = (row.get(name) if isinstance(row, dict) else None for name in ("start", "end"))
    return (start, end) if isinstance(start, int) and isinstance(end, int) and 0 <= start < end else None


def _text(row: Any, name: str) -> str:
    found = row.get(name) if isinstance(row, dict) else None
    return found if isinstance(found, str) else ""


def _markdown(answers: Sequence[Answer]) -> str:
    parts = [f"# {TITLE}\n"]
    for answer in answers:
        parts += [f"{heading(answer.question)}\n", to_markdown(answer)]
    return "\n".join(parts)


def _html(answers: Sequence[Answer]) -> str:
    turns = "".join(
        f'<section><h2 dir="auto">{escape(answer.question)}</h2>{to_html(answer, alone=True)}</section>'
        for answer in answers
    )
    style = (files(__package__) / "conversation.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{TITLE}</title><style>{style}</style><main><h1>{TITLE}</h1>{turns}</main></html>\n"
    )
