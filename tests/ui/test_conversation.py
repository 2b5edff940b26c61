"""A conversation as a file, and the check of one that was saved."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import ConversationError
from index.types import Article
from qa.citations import cite
from qa.types import Answer, Highlight
from tests.ui.test_render import ANSWER, DECLINED, HOSTILE
from ui.conversation import problems, quotations, read, written

FERRY = Article(
    doc_id="a",
    title="Ferry times",
    text="It leaves at noon.\r\nThe ferry costs 4 crowns. Nothing else does.",
    source="Post",
)
PIER = Article(doc_id="b", title="The pier", text="A ticket is 4 crowns.")


class Shelf:
    """The articles by their ids."""

    def __init__(self, *articles: Article) -> None:
        self.articles = {article.doc_id: article for article in articles}

    def article(self, doc_id: str) -> Article | None:
        """Return an article, or None."""
        return self.articles.get(doc_id)


@pytest.fixture
def answer() -> Answer:
    """Return an answer with two quotations, the second of which another article repeats."""
    other = cite(1, PIER, 0, 21)
    first = cite(1, FERRY, 20, 45, (other,))
    assert first.quote == "The ferry costs 4 crowns."
    return replace(ANSWER, citations=(first, cite(2, FERRY, 0, 18)), highlight=Highlight(36, 44, "4 crowns"))


def saved(tmp_path: Path, *answers: Answer) -> list[dict[str, Any]]:
    """Return what is read of answers that were saved."""
    path = tmp_path / "conversation.json"
    path.write_text(written(answers, "json"), encoding="utf-8", newline="")
    return read(path)


def test_what_was_saved_is_found_again(tmp_path: Path, answer: Answer) -> None:
    """A conversation that was saved as JSON holds, as long as its articles do not change."""
    found = saved(tmp_path, answer, DECLINED)
    assert (len(found), quotations(found)) == (2, 3)
    assert problems(found, Shelf(FERRY, PIER)) == []


def test_what_no_longer_stands_is_named(tmp_path: Path, answer: Answer) -> None:
    """A removed article, a changed one, and words that stand elsewhere now are told apart."""
    found = saved(tmp_path, DECLINED, answer)
    moved = replace(FERRY, text="News. " + FERRY.text)
    assert problems(found, Shelf(moved)) == [
        "answer 2: 'a' was quoted from an earlier version of the article; the words from 20:45 now stand at 26:51",
        "answer 2: the index does not hold 'b'",
        "answer 2: 'a' was quoted from an earlier version of the article; the words from 0:18 now stand at 6:24",
    ]
    assert problems(found, Shelf(replace(FERRY, text="Gone."), PIER))[0] == (
        "answer 2: 'a' was quoted from an earlier version of the article; the words from 20:45 no longer stand in it: "
        "“The ferry costs 4 crowns.”"
    )
    longer = problems(found, Shelf(replace(FERRY, text=FERRY.text + " More."), PIER))
    assert longer[0] == (
        "answer 2: 'a' was quoted from an earlier version of the article; the words from 20:45 still stand there"
    )


def test_words_that_never_stood_there_are_told_from_an_earlier_version(tmp_path: Path, answer: Answer) -> None:
    """Where the article is the very version that was quoted, another quotation is no change but a falsehood."""
    found = saved(tmp_path, answer)
    found[0]["citations"][0]["quote"] = "It leaves at noon."
    assert problems(found, Shelf(FERRY, PIER))[0] == (
        "answer 1: 'a' does not hold the words quoted from 20:45: “It leaves at noon.”"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quote", "The ferry costs 5 crowns."),
        ("start", 21),
        ("start", "20"),
        ("end", None),
        ("doc_id", 3),
        ("quote", ""),
    ],
)
def test_no_forged_quotation_passes(tmp_path: Path, answer: Answer, name: str, value: object) -> None:
    """Words, places and ids that were changed in the file are found, of whatever type they are."""
    found = saved(tmp_path, answer)
    found[0]["citations"][0][name] = value
    assert problems(found, Shelf(FERRY, PIER))


@pytest.mark.parametrize(
    "marked", ["4 crowns", {"start": 36, "end": 44, "text": "5 crowns"}, {"start": 0, "end": 8}, {}]
)
def test_no_forged_short_answer_passes(tmp_path: Path, answer: Answer, marked: object) -> None:
    """What is marked must stand in the first quotation."""
    found = saved(tmp_path, answer)
    found[0]["highlight"] = marked
    assert problems(found, Shelf(FERRY, PIER)) == ["answer 1: the short answer does not stand in the first quotation"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ("[]", "holds no conversation"),
        ('{"schema": 1, "answers": [3]}', "holds no conversation"),
        ('{"schema": 2, "answers": []}', "has schema 2, this version reads 1"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """A file that is none of ours gets a sentence that says so."""
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ConversationError, match=message):
        read(path)
    with pytest.raises(ConversationError, match="No such file"):
        read(tmp_path / "none.json")


def test_the_page_and_the_markdown_hold_every_quotation(answer: Answer) -> None:
    """Both forms name each question and quotation; the page has nothing to press and asks no one for anything."""
    hostile = replace(answer, question=HOSTILE)
    page, markdown = written((answer, hostile), "html"), written((answer, hostile), "md")
    assert page.startswith("<!doctype html>")
    assert page.count("The ferry costs <strong>4 crowns</strong>.") == 2
    assert not any(part in page for part in ("<button", "<script", "<img", "<link", "url(", "@import", "data-copy"))
    assert markdown.count("> The ferry costs **4 crowns**.") == 2
    assert "## What does the ferry cost?" in markdown
    assert "<img" not in markdown.replace("\\<", "")


def test_the_json_is_that_of_ask(answer: Answer) -> None:
    """Each answer stands as `quoth ask --json` writes it."""
    found = json.loads(written((answer,), "json"))
    assert list(found) == ["schema", "kind", "answers"]
    assert found["answers"][0]["citations"][0]["quote"] == "The ferry costs 4 crowns."
