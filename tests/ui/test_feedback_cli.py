"""``quoth feedback``: what it writes where, and its exit codes."""

import json
from pathlib import Path

import pytest

from index.index import Index
from qa.feedback import Feedback
from qa.pipeline import Pipeline
from tests.toy import ToyEmbedder, article
from tests.ui.conftest import Result, Run

FERRY = "The ferry to Hven costs 4 crowns. It rained."
HEVEA = "The rubber tree grows in Brazil."
FOLDER = Path("quoth-index")


@pytest.fixture
def run(run: Run) -> Run:
    """Return a function that runs ``quoth feedback`` with the toy embedder and an index of two articles."""
    index = Index.create(FOLDER, ToyEmbedder())
    index.add([article("ferry", FERRY), article("hevea", HEVEA)])
    index.close()

    def quoth(*arguments: str, group: str = "feedback") -> Result:
        return run(group, *arguments)

    return quoth


@pytest.fixture
def kept(run: Run) -> Feedback:
    """Return feedback on two right answers, both in use, and one that was wrong."""
    feedback = Feedback(FOLDER / "feedback.sqlite")
    index = Index.open(FOLDER, ToyEmbedder())
    pipeline = Pipeline(index)
    for question in ("What does the ferry to Hven cost?", "Where does the rubber tree grow?"):
        answer = pipeline.ask(question)
        feedback.record(answer, "up", settings=pipeline.settings)
        feedback.use(answer.id)
    wrong = pipeline.ask("What\x1b[2J does it cost in <b>Brazil</b>?")
    feedback.record(wrong, "down", ["incomplete"], comment="\x1b[2Jall wrong")
    index.close()
    return feedback


def remove(*doc_ids: str) -> None:
    """Remove articles from the index."""
    index = Index.open(FOLDER, ToyEmbedder())
    index.remove(doc_ids)
    index.close()


@pytest.mark.parametrize("arguments", [[], ["sing"], ["export", "a"], ["list", "--loud"]])
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str]) -> None:
    """A command or option that does not exist is wrong usage."""
    result = run(*arguments)
    assert result.code == 2
    assert "Usage: quoth feedback" in result.out + result.err


def test_every_command_explains_itself(run: Run) -> None:
    """The list of commands holds each with a whole sentence."""
    listed = run("--help")
    assert listed.code == 0
    for command in ("list", "export"):
        assert run(command, "--help").code == 0
        (line,) = (x for x in listed.out.splitlines() if x.strip().startswith(f"{command} "))
        assert line.endswith(".")
        assert not line.endswith("...")
    assert "feedback" in run(group="--help").out


@pytest.mark.parametrize("command", ["list", "export"])
def test_nothing_said_is_told_and_makes_no_file(run: Run, command: str) -> None:
    """Without feedback standard output stays empty, and the file that was looked for is named."""
    result = run(command)
    assert (result.code, result.out) == (0, "")
    assert "quoth-index/feedback.sqlite holds nothing" in result.err
    assert not (FOLDER / "feedback.sqlite").exists()


def test_the_table(run: Run, kept: Feedback) -> None:
    """Time, verdict, reasons, use and question stand in a line each, free of control characters."""
    result = run("list")
    assert result.code == 0
    heading, *lines = result.out.splitlines()
    assert heading.split() == ["time", "reasons", "used", "question"]
    assert [line.split()[1:3] for line in lines] == [["up", "yes"], ["up", "yes"], ["down", "incomplete"]]
    assert lines[0].endswith("What does the ferry to Hven cost?")
    assert "\x1b" not in result.out


def test_every_row_is_a_line_of_json(run: Run, kept: Feedback) -> None:
    """All fields are there, also of rows that are not in use, and no words of an article."""
    result = run("export")
    assert result.code == 0
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["verdict"] for row in rows] == ["up", "up", "down"]
    assert rows[0]["citations"][0]["doc_id"] == "ferry"
    assert rows[0]["settings"]["threshold"] == 0.3
    assert rows[2]["comment"] == "[2Jall wrong"
    assert "crowns" not in result.out
    assert "\x1b" not in result.out
    assert run("export", "--json").out == result.out


def test_the_setting_names_the_file(run: Run, kept: Feedback, monkeypatch: pytest.MonkeyPatch) -> None:
    """QUOTH_FEEDBACK and quoth.toml go before the folder of the index."""
    kept.path.rename("elsewhere.sqlite")
    assert run("export").out == ""
    monkeypatch.setenv("QUOTH_FEEDBACK", "elsewhere.sqlite")
    assert len(run("export").out.splitlines()) == 3
    monkeypatch.delenv("QUOTH_FEEDBACK")
    Path("quoth.toml").write_text('feedback = "elsewhere.sqlite"', encoding="utf-8")
    assert len(run("export").out.splitlines()) == 3


def test_a_collection_is_written_and_measured(run: Run, kept: Feedback) -> None:
    """The line on standard output names the command that measures on it, and it does."""
    result = run("export", "--out", "kept")
    assert (result.code, result.err) == (0, "")
    assert result.out == "kept: 2 questions; `quoth evaluate kept --index quoth-index`\n"
    measured = run("kept", "--index", "quoth-index", "--json", group="evaluate")
    assert measured.code == 0
    assert json.loads(measured.out)["measures"]["RR@10"]["mean"] == 1


def test_what_is_left_out_is_named(run: Run, kept: Feedback) -> None:
    """It stands on standard error with the reason, and the exit code is 1; the rest is written."""
    remove("hevea")
    result = run("export", "--out", "kept")
    assert result.code == 1
    assert result.out.startswith("kept: 1 questions, 1 left out; ")
    assert "Where does the rubber tree grow?" in result.err
    assert "the index does not hold 'hevea'" in result.err
    result = run("export", "--out", "again", "--json")
    assert (result.code, json.loads(result.out)["questions"]) == (1, 1)
    assert [row["reason"] for row in json.loads(result.out)["left_out"]] == ["the index does not hold 'hevea'"]


def test_nothing_left_writes_nothing(run: Run, kept: Feedback) -> None:
    """Where every row lost its article the line says so."""
    kept.unuse(kept.rows()[0].answer_id)
    remove("hevea")
    result = run("export", "--out", "kept")
    assert (result.code, result.out) == (1, "kept: not written, no question is left, 1 left out\n")
    assert not Path("kept").exists()


def test_no_marked_row_is_one_line(run: Run, kept: Feedback) -> None:
    """The error says what to do; so it does where nothing was said at all."""
    for row in kept.rows():
        kept.unuse(row.answer_id)
    result = run("export", "--out", "kept")
    assert (result.code, result.out) == (1, "")
    assert "no row is marked for use" in result.err
    assert not Path("kept").exists()


def test_a_folder_with_files_is_left_alone(run: Run, kept: Feedback) -> None:
    """Nothing is overwritten."""
    result = run("export", "--out", "quoth-index")
    assert (result.code, result.out) == (1, "")
    assert "is not empty" in result.err
    assert result.err.count("\n") == 1


def test_a_damaged_file_is_one_line(run: Run, kept: Feedback) -> None:
    """Garbage is an error that names the file."""
    kept.path.write_bytes(b"garbage" * 1000)
    for command in (["list"], ["export"], ["export", "--out", "kept"]):
        result = run(*command)
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith("quoth: quoth-index/feedback.sqlite cannot be read as feedback")
        assert result.err.count("\n") == 1
