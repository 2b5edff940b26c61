"""The command line: what it writes where, and its exit codes."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import Window
from tests.qa.evaluation.conftest import HARBOUR
from tests.qa.evaluation.test_questions import town
from tests.toy import ToyEmbedder
from tests.ui.conftest import Result, Run
from ui.cli import app

FERRY = "---\ntitle: Ferry prices\nsource: Island Post\ndate: 2020-03-09\n---\nThe ferry to Hven costs 4 crowns.\n"
SCRAPS = {
    "empty.txt": b"",
    "latin.txt": "café".encode("latin-1"),
    "picture.png": b"\x89PNG",
    "rows.jsonl": b'{"_id": "r1", "text": "The train is late."}\nno json\n{"_id": "r2"}\n',
    "broken.md": b"---\ntitle: [\n---\nText.\n",
    "odd\n\x1b[2J.txt": b"",
}


@pytest.fixture
def filled(run: Run) -> Run:
    """Return the same, with two articles in ./quoth-index."""
    Path("news").mkdir()
    Path("news/ferry.md").write_text(FERRY, encoding="utf-8")
    Path("news/train.txt").write_text("The train to Lund was late. It rained.", encoding="utf-8")
    assert run("add", "news").code == 0
    return run


def ids(run: Run) -> list[str]:
    """Return the ids of the articles in the index."""
    entries = run("status", "--json").json()["entries"]
    assert isinstance(entries, list)
    return [entry["doc_id"] for entry in entries]


def one_line_error(result: Result) -> str:
    """Return the error of a command that failed, having checked that it is one line and stdout is empty."""
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("quoth: ")
    assert result.err.count("\n") == 1
    return result.err


# wrong usage


@pytest.mark.parametrize(
    "arguments",
    [[], ["sing"], ["ask"], ["ask", "a", "b"], ["ask", "--loud", "a"], ["add"], ["remove"], ["search", "a", "-k", "0"],
     ["search", "a", "-k", "many"], ["evaluate"],
     ["questions"], ["questions", "--out", "q", "-n", "0"], ["evaluate", "f", "--run", "r", "--write-run", "w"],
     ["evaluate", "f", "--run", "r", "--turns"],
     ["compare", "a"], ["serve", "--port", "http"]],
)  # fmt: skip
def test_wrong_usage_exits_with_2(run: Run, arguments: Sequence[str]) -> None:
    """A command, argument or option that does not exist or fit is wrong usage, told on standard error."""
    result = run(*arguments)
    assert result.code == 2
    assert "Usage: quoth" in result.out + result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    """``--help`` of every command exits with 0, and its first sentence fits into the list of commands."""
    assert run(command, "--help").code == 0
    (line,) = (x for x in run("--help").out.splitlines() if x.strip().startswith(f"{command} "))
    assert line.endswith(".")
    assert not line.endswith("...")


# errors


@pytest.mark.parametrize("command", [["ask", "a"], ["search", "a"], ["status"], ["verify"], ["remove", "a"]])
@pytest.mark.parametrize("json_", [[], ["--json"]])
def test_a_missing_index_is_one_line(run: Run, command: list[str], json_: list[str]) -> None:
    """Without an index a command names the folder and how to make one, and makes nothing."""
    assert "nowhere holds no index" in one_line_error(run(*command, "--index", "nowhere", *json_))
    assert not Path("nowhere").exists()


def test_an_index_that_is_a_file_is_one_line(run: Run) -> None:
    """A file in the index's place is an error of the system, told in a line and left alone."""
    Path("file").write_text("mine", encoding="utf-8")
    Path("a.txt").write_text("The ferry is late.", encoding="utf-8")
    one_line_error(run("ask", "a", "--index", "file"))
    for folder in ("file", "file/inside"):
        assert "file" in one_line_error(run("add", "a.txt", "--index", folder))
    assert Path("file").read_text(encoding="utf-8") == "mine"


def test_an_empty_index_name_is_refused(run: Run) -> None:
    """``--index ""`` does not fill the current folder."""
    Path("a.txt").write_text("The ferry is late.", encoding="utf-8")
    assert "empty" in one_line_error(run("add", "a.txt", "--index", ""))
    assert [path.name for path in Path().iterdir()] == ["a.txt"]


def test_a_wrong_setting_is_one_line(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown key, a wrong value or no TOML stops every command with the reason."""
    for text, named in (("hit = 3", "hit:"), ("hits = 0", "hits:"), ("hits =", "TOML")):
        Path("quoth.toml").write_text(text, encoding="utf-8")
        assert named in one_line_error(filled("ask", "ferry", "--json"))
    Path("quoth.toml").unlink()
    monkeypatch.setenv("QUOTH_HITS", "several")
    assert "'several'" in one_line_error(filled("status"))


def test_the_index_can_be_set(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """QUOTH_INDEX names the index, and --index wins over it."""
    monkeypatch.setenv("QUOTH_INDEX", "elsewhere")
    assert "elsewhere" in one_line_error(filled("status"))
    assert filled("status", "--index", "quoth-index").code == 0


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (["--source", "Times"], "Island Post"),
        (["--since", "tomorrow"], "2023-07-11"),
        (["--since", "2021", "--until", "2020"], "earlier"),
    ],
)
def test_wrong_limits_are_one_line(filled: Run, limits: list[str], named: str) -> None:
    """An unknown source or date is refused with what would be right."""
    for command in ("ask", "search"):
        assert named in one_line_error(filled(command, "ferry", *limits))


@pytest.mark.parametrize("question", ["", " \t", "x" * 1001])
def test_what_is_no_question_is_one_line(filled: Run, question: str) -> None:
    """An empty or over-long question exits with 1."""
    assert "question" in one_line_error(filled("ask", question))


def test_a_broken_pipe_ends_quietly() -> None:
    """Where nobody reads the output, as behind ``| head``, there is no traceback."""
    code = "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1); from ui.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


# add and remove


def test_add_gives_every_file_a_line(run: Run) -> None:
    """What is added and what is left out is listed with its reason, and the exit code is 1."""
    Path("mixed").mkdir()
    for name, data in SCRAPS.items():
        (Path("mixed") / name).write_bytes(data)
    result = run("add", "mixed", "missing.txt")
    lines = result.out.splitlines()
    assert result.code == 1
    assert f"added      {Path('mixed/rows.jsonl')}  r1" in lines
    assert len([line for line in lines if line.startswith("left out   ")]) == 8
    assert all(line.isprintable() for line in lines)
    assert lines[-1].startswith("quoth-index: 1 added, 0 replaced, 0 unchanged, 8 left out")


def test_a_file_that_may_not_be_read_stops_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission is named in the summary and the rest is added."""
    opened = Path.open

    def forbidding(path: Path, *arguments: str, **options: str) -> object:
        if path.name == "secret.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    Path("secret.jsonl").write_bytes(b"")
    Path("a.txt").write_text("The ferry is late.", encoding="utf-8")
    monkeypatch.setattr(Path, "open", forbidding)
    result = run("add", "secret.jsonl", "a.txt")
    assert "left out   secret.jsonl: cannot be read: Permission denied" in result.out
    assert "1 added" in result.out


def test_add_in_json(run: Run) -> None:
    """With --json the summary is one JSON value."""
    Path("a.txt").write_text("The ferry is late.", encoding="utf-8")
    Path("b.txt").write_text("", encoding="utf-8")
    result = run("add", "a.txt", "b.txt", "--json")
    assert (result.code, result.err) == (1, "")
    summary = result.json()
    assert len(summary["added"]) == 1  # type: ignore[arg-type]
    assert summary["refused"] == [{"given": "b.txt", "reason": "empty: there is no text in it"}]


def test_adding_again_replaces_only_what_changed(filled: Run) -> None:
    """An unchanged file costs nothing, a changed one keeps its id."""
    before = ids(filled)
    Path("news/train.txt").write_text("The train to Lund was early.", encoding="utf-8")
    assert "0 added, 1 replaced, 1 unchanged, 0 left out" in filled("add", "news").out
    assert ids(filled) == before
    assert "was early" in filled("ask", "Was the train to Lund early?").out


def test_a_prefix_makes_other_ids(filled: Run) -> None:
    """--prefix is put before the ids of new articles."""
    Path("rows.jsonl").write_bytes(SCRAPS["rows.jsonl"])
    filled("add", "rows.jsonl", "--prefix", "mine")
    assert "mine-r1" in ids(filled)


def test_ctrl_c_keeps_what_is_done(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C exits with 130; what was committed stays, and the next run goes on from there."""

    class Interrupted(ToyEmbedder):
        """A toy embedder that is interrupted in its second batch."""

        batches = 0

        def encode_passages(self, passages: Sequence[Window]) -> list[NDArray[np.float32]]:
            """Return rows once."""
            self.batches += 1
            if self.batches == 2:
                raise KeyboardInterrupt
            return super().encode_passages(passages)

    rows = [json.dumps({"_id": f"r{n}", "text": f"Train {n} was late."}) for n in range(70)]
    Path("rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    embedder = Interrupted()
    monkeypatch.setattr("index.index.load_embedder", lambda model="": embedder)
    result = run("add", "rows.jsonl")
    assert (result.code, result.out, result.err) == (130, "", "quoth: stopped\n")
    assert len(ids(run)) == 64
    assert "6 added, 0 replaced, 64 unchanged" in run("add", "rows.jsonl").out
    assert run("verify").code == 0


@pytest.mark.parametrize("now", [[], ["--now"]])
def test_remove(filled: Run, now: list[str]) -> None:
    """A removed article is not found again; an unknown id is named and the exit code is 1."""
    ferry, train = ids(filled)
    result = filled("remove", ferry, "nobody", ferry, *now)
    assert (result.code, result.out) == (1, f"removed    {ferry}\n")
    assert "'nobody'" in result.err
    assert ids(filled) == [train]
    assert "4 crowns" not in filled("ask", "What does the ferry to Hven cost?").out
    assert filled("remove", train, "--json", *now).json() == {"removed": [train], "unknown": []}


# ask and search


def test_ask_quotes_and_cites(filled: Run) -> None:
    """The answer is a quotation with its article, source and date."""
    result = filled("ask", "What does the ferry to Hven cost?")
    assert result.code == 0
    assert result.err == ""
    assert "[1] “The ferry to Hven costs 4 crowns.”" in result.out
    assert "Ferry prices · Island Post · 9 March 2020" in result.out


def test_ask_in_json(filled: Run) -> None:
    """With --json the answer is one JSON value and nothing else is on standard output."""
    answer = filled("ask", "What does the ferry to Hven cost?", "--json").json()
    assert (answer["schema"], answer["kind"], answer["answered"]) == (1, "answer", True)
    citations = answer["citations"]
    assert isinstance(citations, list)
    assert citations[0]["quote"] == "The ferry to Hven costs 4 crowns."


def test_declining_is_no_error(filled: Run) -> None:
    """Exit code 0, and the closest passages."""
    result = filled("ask", "Zebras quarrelling underwater")
    assert result.code == 0
    assert result.out.startswith("The articles don't say.")


def test_limits_are_searched_within(filled: Run) -> None:
    """Only articles of the source and dates are found, and the answer says so."""
    result = filled("ask", "ferry", "--source", "island post", "--since", "2020", "--until", "2020-03")
    assert result.out.startswith("Searched for: ferry · in Island Post · since 1 January 2020 · until 31 March 2020")
    assert filled("search", "train", "--source", "Island Post", "--json").json()["hits"] != []
    assert filled("search", "ferry", "--since", "2021").out == "No passage was found.\n"


def test_search_shows_passages(filled: Run) -> None:
    """The best passages come with rank and score, as many as asked for."""
    assert filled("search", "ferry", "-k", "1").out.startswith("  1. ")
    hits = filled("search", "ferry", "--json").json()["hits"]
    assert isinstance(hits, list)
    assert [hit["rank"] for hit in hits] == [1, 2]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_line_of_json_for_every_line(filled: Run, command: str) -> None:
    """Whatever is in a line, one JSON line comes out for it; a refused one says why and the exit code is 1."""
    lines = [
        b"ferry", b"", b"  ", b"caf\xe9 \xff", b"x" * 1000, b"x" * 1001, b"word " * 100_000, "🚢".encode(), b"\x00\x1b",
        "a\u2028b\u0085c".encode(), b'title:"( OR', b"the of and", b"-", b"ends with CR\r",
    ]  # fmt: skip
    result = filled(command, "-", stdin=b"\n".join(lines))
    rows = [json.loads(line) for line in result.out.split("\n")[:-1]]
    assert (result.code, result.err, len(rows)) == (1, "", len(lines))
    assert [n for n, row in enumerate(rows) if "error" in row] == [1, 2, 5, 6, 8]
    assert all(set(row) == {"question", "error"} for row in rows if "error" in row)
    assert rows[-1]["question"] == "ends with CR"


@pytest.mark.parametrize("command", ["ask", "search"])
def test_no_lines_no_output(filled: Run, command: str) -> None:
    """Empty input is no error, and lines that were all answered exit with 0."""
    assert filled(command, "-") == Result(0, "", "")
    assert filled(command, "-", "--json", stdin=b"ferry\ntrain\n").code == 0


@pytest.mark.parametrize("question", ["the of and", "🚢", "SELECT * FROM", "x" * 1000, "\x1b[2Jferry", "渡轮多少钱？"])
def test_odd_questions_are_only_questions(filled: Run, question: str) -> None:
    """Stop words, emoji, query languages, controls and other scripts are answered or declined."""
    result = filled("ask", question)
    assert result.code == 0
    assert "\x1b" not in result.out


# status and verify


def test_status(filled: Run) -> None:
    """It counts articles, names the embedder and lists the sources."""
    result = filled("status")
    assert result.out.startswith("quoth-index: 2 articles, 3 sentences, 2 passages")
    assert "embedder toy" in result.out
    assert "1  Island Post" in result.out
    assert filled("status", "--json").json()["articles"] == 2


def test_status_counts_copies(filled: Run) -> None:
    """It says how many articles are copies of others, and nothing where none is."""
    for number in (1, 2, 3):
        Path(f"copy{number}.txt").write_text("The bridge to Hven was closed on Monday. A truck had hit it.")
        assert filled("add", f"copy{number}.txt").code == 0
        told = {1: [], 2: ["1 article is a copy of another"], 3: ["2 articles are copies of others"]}[number]
        assert [
            line for line in filled("status").out.splitlines() if " of another" in line or " of others" in line
        ] == told
        assert filled("status", "--json").json()["copies"] == number - 1


def test_verify_says_all_is_well(filled: Run) -> None:
    """A whole index exits with 0."""
    assert filled("verify") == Result(0, "all is well: 2 articles\n", "")
    assert filled("verify", "--json").json() == {"articles": 2, "problems": []}


def test_verify_checks_a_conversation(filled: Run, tmp_path: Path) -> None:
    """What `ask --json` wrote holds; a forged quotation is named and exits with 1, and so does a file of none."""
    saved = tmp_path / "saved.json"
    saved.write_text(filled("ask", "What does the ferry to Hven cost?", "--json").out)
    assert filled("verify", "--conversation", str(saved)) == Result(0, "all is well: 1 quotations in 1 answers\n", "")
    saved.write_text(saved.read_text().replace("costs 4 crowns", "costs 5 crowns"))
    result = filled("verify", "--conversation", str(saved))
    assert (result.code, result.err) == (1, "")
    assert "does not hold the words quoted from" in result.out
    found = filled("verify", "--conversation", str(saved), "--json").json()
    assert (found["answers"], found["quotations"]) == (1, 1)
    assert found["problems"]
    saved.write_text("{}")
    assert "holds no conversation" in filled("verify", "--conversation", str(saved)).err


@pytest.mark.parametrize(
    ("file", "data"),
    [("catalog.sqlite", b"garbage"), ("catalog.sqlite", b""), ("dense.faiss", b"x"), ("manifest.json", b"{")],
)
def test_verify_names_what_is_damaged(filled: Run, file: str, data: bytes) -> None:
    """Damage exits with 1 and names the file, also where the index cannot be opened and in JSON."""
    (Path("quoth-index") / file).write_bytes(data)
    text, values = filled("verify"), filled("verify", "--json")
    assert (text.code, values.code, text.err + values.err) == (1, 1, "")
    assert file in text.out
    assert any(file in problem for problem in values.json()["problems"])  # type: ignore[attr-defined]


def test_a_garbage_catalog_stops_other_commands(filled: Run) -> None:
    """Without its truth an index answers nothing, and says what to do."""
    Path("quoth-index/catalog.sqlite").write_bytes(b"garbage")
    for command in (["ask", "ferry"], ["status"], ["add", "news"], ["remove", "x"]):
        assert "catalog.sqlite" in one_line_error(filled(*command))


# evaluate and compare, and the model itself


@pytest.fixture
def harbour(run: Run) -> Run:
    """Return the same, with the index of a small collection in ./quoth-index and the collection in ./harbour."""
    shutil.copytree(HARBOUR, "harbour")
    assert run("add", "harbour/corpus.jsonl").code == 0
    return run


def evaluated(run: Run, *arguments: str) -> Result:
    """Evaluate the small collection on its index."""
    return run("evaluate", "harbour", "--index", "quoth-index", *arguments)


def test_questions_are_written_and_measured(run: Run) -> None:
    """The command writes a collection that evaluate takes, says what it left out, and overwrites nothing."""
    rows = [json.dumps({"_id": f"a{number}", "title": "", "text": town(number)}) for number in range(8)]
    Path("towns.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assert run("add", "towns.jsonl").code == 0
    result = run("questions", "--out", "asked", "-n", "50")
    assert result.code == 0
    assert result.out.endswith(" questions; `quoth evaluate asked --index quoth-index`\n")
    assert "answerable questions from 8 articles" in result.err
    assert "these are all that the articles give, not 50" in result.err
    assert run("evaluate", "asked", "--index", "quoth-index").code == 0
    assert "is not empty" in one_line_error(run("questions", "--out", "asked"))
    values = run("questions", "--out", "more", "-n", "2", "--json").json()
    assert (values["folder"], values["answerable"]) == ("more", 2)


def test_questions_need_articles(run: Run) -> None:
    """Without an index, or sentences to ask about, the error says so and no folder is made."""
    assert "holds no index" in one_line_error(run("questions", "--out", "asked"))
    Path("a.txt").write_text("It rained.", encoding="utf-8")
    assert run("add", "a.txt").code == 0
    assert "no sentence fits" in one_line_error(run("questions", "--out", "asked"))
    assert not Path("asked").exists()


def test_evaluate_shows_measures(harbour: Run) -> None:
    """The measures come as a table and as JSON, those that were named among them."""
    lines = evaluated(harbour, "--measure", "P@1", "--measure", "Hits@1").out.splitlines()
    assert lines[0] == "harbour: 6 questions, 5 documents"
    assert {"nDCG@10", "P@1", "Hits@1", "AUROC"} <= {line.split()[0] for line in lines}
    values = evaluated(harbour, "--json", "--limit", "2").json()
    assert values["collection"]["queries"] == len(values["questions"]) == 2  # type: ignore[arg-type,index]


def test_evaluate_measures_turns_apart(harbour: Run) -> None:
    """The measures of first and of later turns come beneath those of all."""
    lines = evaluated(harbour, "--turns").out.splitlines()
    assert lines.index("first turns:") < lines.index("later turns:")
    assert sum(line.split()[0] == "nDCG@10" for line in lines) == 3


def test_evaluate_writes_and_reads_runs(harbour: Run) -> None:
    """The ranking that is written measures the same as a run, without an index; its time is nobody's."""
    assert evaluated(harbour, "--write-run", "quoth.trec", "--out", "a.json").code == 0
    result = harbour("evaluate", "harbour", "--run", "quoth.trec", "--out", "b.json")
    assert result.out.splitlines()[0] == "harbour: 6 questions, 5 documents, run quoth.trec"
    assert "ms per question" not in result.out
    a, b = (json.loads(Path(name).read_text(encoding="utf-8")) for name in ("a.json", "b.json"))
    assert b["per_query"] == {name: a["per_query"][name] for name in b["per_query"]}


@pytest.mark.parametrize("option", ["--out", "--write-run"])
def test_evaluate_checks_its_files_first(harbour: Run, option: str) -> None:
    """A file in no folder is refused before anything is measured."""
    assert f"{option} {Path('no/where')}: there is no folder no" in one_line_error(
        evaluated(harbour, option, "no/where")
    )


def test_evaluate_names_files_that_cannot_be_written(harbour: Run) -> None:
    """A folder, one file for two things, and a file without permission are refused before anything is measured."""
    for given in ("", "harbour"):
        assert "is a folder; name a file" in one_line_error(evaluated(harbour, "--out", given))
    assert "name the same file" in one_line_error(evaluated(harbour, "--out", "x", "--report", "./x"))
    assert not Path("x").exists()


def test_evaluate_keeps_links_and_pipes(harbour: Run) -> None:
    """A link goes on pointing to its file, which gets the result."""
    Path("target.json").write_text("old", encoding="utf-8")
    Path("link.json").symlink_to("target.json")
    assert evaluated(harbour, "--out", "link.json").code == 0
    assert Path("link.json").is_symlink()
    assert json.loads(Path("target.json").read_text(encoding="utf-8"))["collection"]["name"] == "harbour"


def test_a_run_s_gaps_are_said(harbour: Run) -> None:
    """How many judged questions a run lacks is said; where it lacks all of them, or a measure, it is refused."""
    Path("some.trec").write_text("q1 Q0 light 1 1 x\n", encoding="utf-8")
    lines = harbour("evaluate", "harbour", "--run", "some.trec").out.splitlines()
    assert lines[1] == "  3 of the 4 judged questions are not in the run and count 0"
    asked = ("evaluate", "harbour", "--run", "some.trec", "--measure")
    assert "a run ranks documents, so it has no Hits@5" in harbour(*asked, "Hits@5").err
    assert "counts documents that are not relevant" in harbour(*asked, "P(rel=0)@5").err
    Path("none.trec").write_text("q6 Q0 light 1 1 x\n", encoding="utf-8")
    assert "has none of the 4 queries" in one_line_error(harbour("evaluate", "harbour", "--run", "none.trec"))


def test_an_unknown_measure_is_wrong_usage(harbour: Run) -> None:
    """A measure that cannot be computed, or is in no result, exits with 2 and says what there is."""
    result = evaluated(harbour, "--measure", "Foo@3")
    assert (result.code, result.out) == (2, "")
    assert "'Foo@3' is unknown" in result.err
    evaluated(harbour, "--out", "a.json")
    for option in ("--by", "--fail-on-regression"):
        result = harbour("compare", "a.json", "a.json", option, "Foo@3")
        assert (result.code, result.out) == (2, "")
        assert "nDCG@10" in result.err


def test_compare_shows_what_changed(harbour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has every measure, the questions that changed most follow, nothing is wider than 120 columns."""
    evaluated(harbour, "--out", "a.json")
    monkeypatch.setenv("QUOTH_THRESHOLD", "1")
    evaluated(harbour, "--out", "b.json")
    result = harbour("compare", "a.json", "b.json", "--by", "DeclinedAnswerable")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert lines[0].startswith("A  a.json: toy")
    assert [line.split()[4:] for line in lines if line.startswith("  nDCG@10")] == [
        ["+0.0000", "..", "+0.0000", "1.0000"]
    ]
    assert "The questions that B does worse by DeclinedAnswerable (* marks what is relevant)" in lines
    assert any(line.startswith("  q1  0.0000 -> 1.0000  When was the lighthouse built?") for line in lines)
    assert any(line.count("1 * The lighthouse: The lighthouse was built in 1871") == 2 for line in lines)
    assert max(map(len, lines)) <= 120
    assert harbour("compare", "a.json", "b.json", "--json").json()["by"] == "nDCG@10"


def test_compare_fails_on_a_regression(harbour: Run) -> None:
    """A significant loss in a measure that was named exits with 1; any other change and a gain with 0."""
    evaluated(harbour, "--out", "a.json")
    values = json.loads(Path("a.json").read_text(encoding="utf-8"))
    queries = [{**values["questions"][0], "query_id": f"q{i}"} for i in range(9)]
    for name, value in (("worse.json", 0), ("better.json", 1)):
        per_query = {"R@1": {f"q{i}": value for i in range(9)}}
        Path(name).write_text(json.dumps({**values, "questions": queries, "per_query": per_query}), encoding="utf-8")
    lost = harbour("compare", "better.json", "worse.json", "--fail-on-regression", "R@1")
    assert lost.code == 1
    assert lost.err == "quoth: worse.json is significantly worse than better.json in R@1\n"
    assert "worse" in lost.out
    assert harbour("compare", "worse.json", "better.json", "--fail-on-regression", "R@1").code == 0
    assert harbour("compare", "better.json", "worse.json").code == 0


def test_compare_names_what_is_wrong(harbour: Run) -> None:
    """A file that is no result, and results of different questions, are one line."""
    evaluated(harbour, "--out", "a.json")
    evaluated(harbour, "--out", "b.json", "--limit", "3")
    assert "only A has 3 (q4, q5, q6)" in one_line_error(harbour("compare", "a.json", "b.json"))
    assert "is no result" in one_line_error(harbour("compare", "a.json", "harbour/queries.jsonl"))
    values = Path("a.json").read_text(encoding="utf-8")
    for bad in ("NaN", "Infinity", "1e308"):
        Path("bad.json").write_text(
            re.sub(r'"nDCG@10":\{"q1":[^,}]*', f'"nDCG@10":{{"q1":{bad}', values), encoding="utf-8"
        )
        assert "is no result of `quoth evaluate --out`: per_query.nDCG@10.q1" in one_line_error(
            harbour("compare", "a.json", "bad.json")
        )
    assert "nowhere.json" in one_line_error(harbour("compare", "nowhere.json", "a.json", "--json"))


def test_evaluate_names_what_is_missing(run: Run) -> None:
    """A folder that is no collection is one line, in JSON too."""
    assert "queries.jsonl" in one_line_error(run("evaluate", "nowhere"))
    assert "queries.jsonl" in one_line_error(run("evaluate", "nowhere", "--json"))


def test_evaluate_writes_a_report(run: Run) -> None:
    """The page stands where it was asked for; a folder that does not exist is refused before anything is measured."""
    harbour = Path(__file__).parents[1] / "qa" / "evaluation" / "golden" / "harbour"
    run("add", str(harbour / "corpus.jsonl"))
    arguments = ("evaluate", str(harbour), "--index", "quoth-index", "--report")
    assert run(*arguments, "page.html").code == 0
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "there is no folder" in one_line_error(run(*arguments, "nowhere/page.html"))


@pytest.mark.model
def test_it_runs_as_a_program(tmp_path: Path) -> None:
    """``quoth add`` and ``quoth ask`` work in processes of their own, with the real model."""
    (tmp_path / "ferry.md").write_text(FERRY, encoding="utf-8")
    code = "from ui.cli import main; main()"
    for arguments in (["add", "ferry.md", "--json"], ["ask", "What does the ferry cost?", "--json"]):
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**_environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert (done.returncode, done.stderr) == (0, "")
        found = json.loads(done.stdout)
    assert found["citations"][0]["quote"] == "The ferry to Hven costs 4 crowns."


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("QUOTH_")}
