"""``quoth backup``, ``quoth restore`` and ``quoth export``: what they write where, and their exit codes."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import jsonl, read
from index.articles.base import Draft, build
from index.errors import ArticleError
from index.index import Index
from index.types import Article, Locator
from qa.feedback import Feedback
from qa.pipeline import Pipeline
from tests.toy import ToyEmbedder, article
from tests.ui.conftest import Run
from ui.backup_cli import export

FERRY = "The ferry to Hven costs 4 crowns. It rained."
HEVEA = "The rubber tree grows in Brazil."
QUESTION = "What does the ferry to Hven cost?"
FOLDER = Path("quoth-index")


@pytest.fixture
def run(run: Run) -> Run:
    """Return a function that runs ``quoth`` with the toy embedder and an index of two articles, one verdict on it."""
    with closing(Index.create(FOLDER, ToyEmbedder())) as index:
        index.add([article("ferry", FERRY), article("hevea", HEVEA, origin="/notes/trees.md")])
        Feedback(FOLDER / "feedback.sqlite").record(Pipeline(index).ask(QUESTION), "up")
    return run


def said(path: Path) -> list[str]:
    """Return the questions that feedback holds."""
    return [row.question for row in Feedback(path).rows()]


@pytest.mark.parametrize("arguments", [["backup"], ["restore"], ["backup", "a", "b"], ["export", "a", "b"]])
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str]) -> None:
    """A folder is needed, and no more than one."""
    assert run(*arguments).code == 2


def test_there_and_back(run: Run) -> None:
    """A backup answers as the index does, and is put back with what readers said; each line names the next command."""
    made = run("backup", "kept")
    assert (made.code, made.err) == (0, "")
    assert made.out == "kept: 2 articles, what readers said; `quoth restore kept` puts it back\n"
    answer = run("ask", QUESTION, "--json").json()
    for _ in range(2):
        asked = run("ask", QUESTION, "--json", "--index", "kept").json()
        assert {**asked, "id": 0} == {**answer, "id": 0}
    assert run("verify", "--index", "kept").code == 0
    shutil.rmtree(FOLDER)
    back = run("restore", "kept")
    assert (back.code, back.err) == (0, "")
    assert back.out == "quoth-index: 2 articles, what readers said from kept\n"
    assert {**run("ask", QUESTION, "--json").json(), "id": 0} == {**answer, "id": 0}
    assert said(FOLDER / "feedback.sqlite") == said(Path("kept/feedback.sqlite")) == [QUESTION]


def test_json(run: Run) -> None:
    """All three tell programs what they did."""
    assert run("backup", "kept", "--json").json() == {
        "folder": "kept", "articles": 2, "generation": 2, "feedback": True
    }  # fmt: skip
    back = run("restore", "kept", "--replace", "--json").json()
    assert str(back.pop("kept")).startswith("quoth-index.before-2")
    assert back == {
        "folder": "quoth-index", "backup": "kept", "articles": 2, "generation": 2, "feedback": True,
        "feedback_left": None,
    }  # fmt: skip
    assert run("export", "a.jsonl", "--json").json() == {"file": "a.jsonl", "articles": 2, "left_out": []}


def test_an_index_is_kept(run: Run) -> None:
    """Nothing is overwritten without --replace, and with it the line says where the index before lies."""
    run("backup", "kept")
    run("remove", "hevea")
    refused = run("restore", "kept")
    assert (refused.code, refused.out) == (1, "")
    assert "quoth-index holds an index already" in refused.err
    replaced = run("restore", "kept", "--replace")
    assert replaced.code == 0
    (before,) = Path().glob("quoth-index.before-*")
    assert f"kept       {before}: the index that was there; restart what serves it" in replaced.out
    assert (run("status", "--json").json()["articles"], before.is_dir()) == (2, True)
    assert run("status", "--json", "--index", str(before)).json()["articles"] == 1


def test_feedback_elsewhere(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Feedback in a file that the setting names goes with a backup, and is put back where there is none by then."""
    (FOLDER / "feedback.sqlite").rename("said.sqlite")
    monkeypatch.setenv("QUOTH_FEEDBACK", "said.sqlite")
    run("backup", "kept")
    assert said(Path("kept/feedback.sqlite")) == [QUESTION]
    left = run("restore", "kept", "--index", "other")
    assert "left       said.sqlite: what readers said since" in left.out
    Path("said.sqlite").unlink()
    assert "left" not in run("restore", "kept", "--index", "another").out
    assert said(Path("said.sqlite")) == [QUESTION]
    assert not Path("another/feedback.sqlite").exists()


def test_nothing_said_is_no_file(run: Run) -> None:
    """Without feedback none is made."""
    (FOLDER / "feedback.sqlite").unlink()
    assert run("backup", "kept").out == "kept: 2 articles; `quoth restore kept` puts it back\n"
    assert not Path("kept/feedback.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backup", "kept", "--index", "nowhere"], "nowhere holds no index"),
        (["backup", "quoth-index/kept"], "lie in one another"),
        (["restore", "nowhere", "--index", "new"], "nowhere holds no index"),
        (["restore", "quoth-index", "--index", "demo"], "demo collection comes with Quoth"),
        (["export", "a.jsonl", "--index", "nowhere"], "nowhere holds no index"),
        (["export", "there/is/none.jsonl"], "there is no folder there/is"),
        (["export", "quoth-index"], "is there already"),
    ],
)
def test_refused(run: Run, arguments: list[str], words: str) -> None:
    """What cannot be done is one line on standard error, exit code 1, and nothing new in the folder."""
    result = run(*arguments)
    assert (result.code, result.out) == (1, "")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["quoth-index"]


# Export


def test_export_and_add(run: Run) -> None:
    """An export makes the same articles in a new index, and changes nothing where they came from."""
    assert run("export", "all.jsonl").out.startswith("all.jsonl: 2 articles; `quoth add all.jsonl --index DIR`")
    assert run("export").out == run("export", "-").out == Path("all.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in Path("all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["_id"], row["_origin"]) for row in rows] == [
        ("ferry", "/articles/ferry.txt"),
        ("hevea", "/notes/trees.md"),
    ]
    assert run("add", "all.jsonl", "--json").json()["unchanged"] == ["ferry", "hevea"]
    assert run("add", "all.jsonl", "--index", "copy", "--json").json()["added"] == ["ferry", "hevea"]
    assert run("export", "--index", "copy").out == run("export").out
    again, first = (run("ask", QUESTION, "--json", "--index", name).json() for name in ("copy", "quoth-index"))
    assert {**again, "id": 0} == {**first, "id": 0}


def test_a_file_is_not_overwritten(run: Run) -> None:
    """A file that is there stays as it was."""
    Path("a.jsonl").write_text("mine", encoding="utf-8")
    assert run("export", "a.jsonl").code == 1
    assert Path("a.jsonl").read_text(encoding="utf-8") == "mine"


def test_a_damaged_article_is_left_out(run: Run) -> None:
    """It is named, the rest is written, and the exit code is 1."""
    data = (FOLDER / "catalog.sqlite").read_bytes()
    (FOLDER / "catalog.sqlite").write_bytes(data.replace(b"grows in Brazil", b"grows in Brasil"))
    result = run("export")
    assert (result.code, len(result.out.splitlines())) == (1, 1)
    assert "'hevea' is damaged" in result.err


def test_an_upload_has_its_own_origin(run: Run, tmp_path: Path) -> None:
    """A file that comes from elsewhere cannot say that its rows are articles of another one."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"_id": "x", "text": "New.", "_origin": "/notes/trees.md"}\n', encoding="utf-8")
    (found,) = read(path, origin="upload:a.jsonl")
    assert isinstance(found, Article)
    assert found.origin == "upload:a.jsonl#x"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": WORDS,
        "url": st.one_of(WORDS, WORDS.map(lambda given: f"https://example.org/{given}")),
        "source": WORDS,
        "published": st.one_of(
            WORDS, st.datetimes().map(str), st.dates().map(str), st.just("2023-07-11T10:00:00+00:00:30")
        ),
        "language": st.one_of(WORDS, st.sampled_from(["en", "de-AT", "UK"])),
        "authors": st.one_of(WORDS, st.lists(WORDS, max_size=3)),
    },
)
ORIGINS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@st.composite
def collections(draw: st.DrawFn) -> list[Article]:
    """Return articles as the readers make them, of any text and metadata."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        text = draw(
            st.one_of(st.just(FERRY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
        )
        starts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
        draft = Draft(
            given="x",
            text=text,
            fields=draw(FIELDS),
            found_in=draw(st.sampled_from(["", "row", "front matter", "page"])),
            row=draw(st.sampled_from([None, f"row{number}", f"../{number}#;"])),
            origin=draw(st.one_of(st.none(), ORIGINS.map(f"{{}}{number}".format))),
            locators=tuple(Locator(start, f"p. {start}", draw(st.sampled_from(["", "#page=3"]))) for start in starts),
        )
        try:
            made.append(build(draft, stem=f"stem{number}", origin=f"/a/{number}\n.txt"))
        except ArticleError:
            continue
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(collections())
def test_any_collection_makes_the_round(tmp_path: Path, articles: list[Article]) -> None:
    """Exported, added to a new index and exported again, a collection is the same byte for byte, and so are answers."""
    index = Index.in_memory(ToyEmbedder())
    index.add(articles)
    path, again = tmp_path / "a.jsonl", tmp_path / "again.jsonl"
    for made in (path, again):
        made.unlink(missing_ok=True)
    export(index, str(path), lambda stage, count: None)
    copy = Index.in_memory(ToyEmbedder())
    summary = copy.add(read(path))
    assert summary.refused == ()
    export(copy, str(again), lambda stage, count: None)
    assert again.read_bytes() == path.read_bytes()
    for entry in index.entries():
        assert copy.article(entry.doc_id) == index.article(entry.doc_id)
    if summary.added:
        answers = [Pipeline(made).ask(QUESTION) for made in (index, copy)]
        assert answers[0].citations == answers[1].citations
        assert [hit.passage for hit in answers[0].hits] == [hit.passage for hit in answers[1].hits]
    assert set(index.add(read(path)).unchanged) == {entry.doc_id for entry in index.entries()}


def test_bad_locators_are_left_out(tmp_path: Path) -> None:
    """Places out of the text, without a name, or that lead elsewhere are not taken over."""
    rows = [
        *({"start": -1, "label": "a"}, {"start": 5, "label": "a"}, {"start": True, "label": "a"}, {"start": 1}, 7, []),
        {"start": 3, "label": "late", "fragment": "@evil.example"},
        {"start": 1, "label": "p. 1", "fragment": "#page=1"},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"_id": "a", "text": "text", "locators": rows}), encoding="utf-8")
    (found,) = read(path)
    assert isinstance(found, Article)
    assert found.locators == (Locator(1, "p. 1", "#page=1"), Locator(3, "late"))
    assert "\n" not in jsonl.written(found)
