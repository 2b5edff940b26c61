"""What people are told of how articles were read, and where their dates come from."""

from pathlib import Path

import pytest

from index.articles import walk
from index.index import Index
from index.types import Article, Note, Summary
from tests.toy import ToyEmbedder
from ui.additions import Addition
from ui.chat.shelf import additions_html
from ui.chat.source import article_html
from ui.progress import outcomes, summary_to_json
from ui.texts import ENGLISH, load


def test_an_encoding_that_was_found_out_is_said_once(tmp_path: Path) -> None:
    """Adding a file says in which encoding it was read, adding it again does not, and the article is the same."""
    path = tmp_path / "a.txt"
    path.write_bytes("Das Café heißt „Süd“ und hat viele Stühle. Über der Tür hängt ein Schild.".encode("cp1252"))
    index = Index.open(tmp_path / "index", create=True, embedder=ToyEmbedder())
    added = index.add(walk([path]))
    (note,) = added.notes
    assert note.doc_id == added.added[0]
    assert note.text.startswith("read as windows-1252, ")
    assert f"note       {path}: read as windows-1252, " in "\n".join(outcomes(added, {note.doc_id: str(path)}))
    assert summary_to_json(added)["notes"] == ({"doc_id": note.doc_id, "text": note.text},)
    again = index.add(walk([path]))
    assert (again.unchanged, again.notes) == (added.added, ())
    index.close()


def test_the_page_says_it_too() -> None:
    """The verdict on a file has what is to be known of it, once for all of its articles."""
    summary = Summary(("x", "y"), notes=(Note("x", "read as <KOI8-U>"), Note("y", "read as <KOI8-U>")))
    assert additions_html([Addition("a.txt", "done", summary=summary)], ENGLISH).count("read as &lt;KOI8-U&gt;") == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("front matter", "date from its front matter"),
        ("document properties", "date from the document&#x27;s properties"),
        ("column <b>", "date from the column &lt;b&gt;"),
        ("somewhere <else>", "date from somewhere &lt;else&gt;"),
    ],
)
def test_where_a_date_is_from(place: str, words: str) -> None:
    """An article's date stands beside the place where it was found, whatever that is."""
    article = Article(doc_id="a", title="A", text="Words.", published="2023-07-11", published_from=place)
    html = article_html(article, (0, 0), (), None, t=ENGLISH)
    assert words in html.replace("&#39;", "&#x27;")
    assert "дата — " in article_html(article, (0, 0), (), None, t=load("uk"))


def test_no_date_is_from_nowhere() -> None:
    """Of an article without a date nothing is said."""
    article = Article(doc_id="a", title="A", text="Words.")
    assert "date from" not in article_html(article, (0, 0), (), None, t=ENGLISH)
