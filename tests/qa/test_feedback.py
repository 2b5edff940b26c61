"""What people say of answers: what is kept and what is not, what it tells, and the collection that it makes."""

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from index.errors import CollectionError, FeedbackError
from index.index import Index
from index.types import Filter, Hit, Passage
from qa.evaluation.collections import load
from qa.evaluation.evaluation import evaluate
from qa.feedback import MAX_COMMENT, REASONS, Expected, Feedback, LeftOut, Row, expected, place, save, to_json
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Citation, Highlight, SearchedFor
from tests.toy import ToyEmbedder, article

FERRY = "It rained. The ferry to Hven costs 4 crowns. Nobody minded."
COPY = "We heard that the ferry to Hven costs 4 crowns now."
TRAIN = "The train to Lund was late. A bus came instead."
HOSTILE = "What\x00 \x1b[2J\ud800 costs\u202e 4'); DROP TABLE answers; -- <b>?"
SETTINGS = Settings(reader="none", threshold=0.3)


@pytest.fixture
def index() -> Index:
    """Return an index of three articles; two of them say the same."""
    made = Index.in_memory(ToyEmbedder())
    made.add(article(name, text) for name, text in (("ferry", FERRY), ("copy", COPY), ("train", TRAIN)))
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Feedback:
    """Return feedback whose file and folder are not there yet."""
    return Feedback(tmp_path / "new" / "feedback.sqlite")


def cited(index: Index, doc_id: str, words: str, *also: Citation) -> Citation:
    """Return a citation of the words of an article."""
    found = index.article(doc_id)
    assert found is not None
    start = found.text.index(words)
    return Citation(
        1, doc_id, found.title, None, None, None, found.text_sha256, None, start, start + len(words), words, also
    )


def hit(index: Index, doc_id: str) -> Hit:
    """Return an article as one passage that was found."""
    found = index.article(doc_id)
    assert found is not None
    return Hit(Passage(f"{doc_id}#0", doc_id, 0, len(found.text), ()), 0.5, 1, found.title, found.text)


def answered(index: Index, answer_id: str = "one") -> Answer:
    """Return an answer with a quotation that stands in two articles, and a short answer in it."""
    also = cited(index, "copy", "the ferry to Hven costs 4 crowns now")
    first = cited(index, "ferry", "The ferry to Hven costs 4 crowns.", also)
    at = FERRY.index("4 crowns")
    return Answer(
        id=answer_id,
        kind="answer",
        question="What does the ferry cost?",
        searched_for=SearchedFor("What does the ferry cost?", ("ferry", "cost")),
        answered=True,
        confidence=0.75,
        highlight=Highlight(at, at + 8, "4 crowns"),
        citations=(first,),
        hits=tuple(hit(index, name) for name in ("ferry", "copy", "train", "ferry")),
    )


def declined(index: Index, answer_id: str = "two", **searched: Any) -> Answer:
    """Return an answer that says that the articles don't say."""
    return replace(
        answered(index, answer_id),
        kind="declined",
        question="Who drove the bus?",
        searched_for=SearchedFor("Who drove the bus?", ("drove", "bus"), **searched),
        answered=False,
        highlight=None,
        citations=(),
        hits=(hit(index, "train"),),
    )


def said(kept: Feedback, answer: Answer, verdict: str, *reasons: str) -> Row:
    """Record a verdict and return its row."""
    kept.record(answer, verdict, reasons)
    row = kept.get(answer.id)
    assert row is not None
    return row


# what is kept


def test_a_row_holds_everything_that_made_the_answer(kept: Feedback, index: Index) -> None:
    """Verdict, reasons in their order, question, places, hashes, settings and the index's state come back."""
    answer = answered(index)
    kept.record(
        answer,
        "down",
        ["outdated", "wrong"],
        earlier=["Is there a ferry?"],
        settings=SETTINGS,
        comment="  It is\n5. ",
        embedder="toy",
        generation=7,
    )
    row = kept.get("one")
    assert row is not None
    assert [row] == kept.rows()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row.time)
    assert (row.verdict, row.reasons, row.comment) == ("down", ("wrong", "outdated"), "It is 5.")
    assert (row.question, row.earlier) == ("What does the ferry cost?", ("Is there a ferry?",))
    assert (row.kind, row.answered, row.confidence) == ("answer", True, 0.75)
    assert row.searched_for == answer.searched_for
    (first,) = row.citations
    assert (first.doc_id, first.start, first.text_sha256) == ("ferry", 11, answer.citations[0].text_sha256)
    assert [other.doc_id for other in first.also] == ["copy"]
    assert row.highlight == (answer.highlight and (answer.highlight.start, answer.highlight.end))
    assert [(near.doc_id, near.start, near.end) for near in row.hits] == [
        ("ferry", 0, len(FERRY)), ("copy", 0, len(COPY)), ("train", 0, len(TRAIN))
    ]  # fmt: skip
    assert row.settings is not None
    assert (row.settings.reader, row.settings.threshold, row.settings.hits) == ("none", 0.3, 10)
    assert (row.embedder, row.generation, row.use, row.gold) == ("toy", 7, False, None)
    with pytest.raises(FrozenInstanceError):
        row.use = True  # type: ignore[misc]


def test_no_words_of_an_article_are_kept(kept: Feedback, index: Index) -> None:
    """Neither a quotation, nor a passage, nor a title stands in the file or in what is exported."""
    row = said(kept, answered(index), "up")
    kept.use("one")
    written = kept.path.read_bytes() + json.dumps(to_json(row)).encode()
    for words in (b"crowns", b"Nobody minded", b"On ferry", b"Lund"):
        assert words not in written


def test_the_json_of_what_was_searched_for_is_that_of_an_answer(kept: Feedback, index: Index) -> None:
    """The page's JSON of an answer and that of a row say it in the same form."""
    from ui.render import to_json as answer_json

    answer = declined(index, sources=("Post",), since="2020-01-01", named=Filter(("Post",), "2020-01-01"))
    row = said(kept, answer, "down", "should_have_answered")
    assert json.loads(json.dumps(to_json(row)))["searched_for"] == answer_json(answer)["searched_for"]


def test_recording_again_replaces(kept: Feedback, index: Index) -> None:
    """There is one row an answer, with what was said last."""
    said(kept, answered(index), "up")
    row = said(kept, answered(index), "down", "wrong")
    assert kept.rows() == [row]
    assert row.verdict == "down"


def test_what_was_chosen_stays_while_it_means_the_same(kept: Feedback, index: Index) -> None:
    """One more reason leaves a row in use; another verdict, or the loss of the reason it rests on, does not."""
    said(kept, answered(index), "down", "should_have_declined")
    kept.use("one")
    assert said(kept, answered(index), "down", "should_have_declined", "wrong").use
    assert not said(kept, answered(index), "down", "wrong").use
    kept.use("one", ("train", 0, 27))
    assert said(kept, answered(index), "down", "wrong", "outdated").gold == ("train", 0, 27)
    row = said(kept, answered(index), "up")
    assert (row.use, row.gold) == (False, None)


def test_what_is_forgotten_is_gone_from_the_file(kept: Feedback, index: Index) -> None:
    """A thumb that is taken back leaves nothing of the question on the disk; forgetting twice does no harm."""
    said(kept, answered(index), "up")
    said(kept, declined(index), "up")
    kept.forget("one")
    kept.forget("one")
    assert kept.get("one") is None
    assert [row.answer_id for row in kept.rows()] == ["two"]
    assert b"What does the ferry" not in b"".join(path.read_bytes() for path in kept.path.parent.iterdir())


def test_hostile_text_is_kept_as_text(kept: Feedback, index: Index) -> None:
    """Control and half characters go, anything else stays as it was written."""
    answer = replace(answered(index), question=HOSTILE)
    kept.record(answer, "down", ["wrong"], comment=HOSTILE, earlier=[HOSTILE])
    (row,) = kept.rows()
    assert row.question == row.comment == row.earlier[0] == "What [2J costs 4'); DROP TABLE answers; -- <b>?"


def test_earlier_questions_are_the_last_twenty_that_could_be_asked(kept: Feedback, index: Index) -> None:
    """One that was refused was never part of the conversation."""
    kept.record(answered(index), "up", earlier=[*(f"Question {n}?" for n in range(30)), "", "a" * 2000])
    (row,) = kept.rows()
    assert row.earlier == tuple(f"Question {n}?" for n in range(10, 30))


@pytest.mark.parametrize(
    ("verdict", "reasons", "comment", "told"),
    [
        ("sideways", (), "", "up or down"),
        ("down", ("ugly",), "", "incomplete, should_have_answered"),
        ("up", ("wrong",), "", "verdict is down"),
        ("down", (), "a" * (MAX_COMMENT + 1), "2,001 characters, at most 2,000"),
    ],
)
def test_what_cannot_be_said_is_refused(
    kept: Feedback, index: Index, verdict: str, reasons: Sequence[str], comment: str, told: str
) -> None:
    """The error says what there is, and nothing is kept."""
    with pytest.raises(FeedbackError, match=told):
        kept.record(answered(index), verdict, reasons, comment=comment)
    assert not kept.path.parent.exists()


def test_every_reason_and_a_full_comment_are_kept(kept: Feedback, index: Index) -> None:
    """The longest comment fits."""
    kept.record(answered(index), "down", REASONS, comment="ї" * MAX_COMMENT)
    (row,) = kept.rows()
    assert (row.reasons, len(row.comment)) == (REASONS, MAX_COMMENT)


# the file


def test_reading_makes_no_file(kept: Feedback) -> None:
    """Without a file there are no rows, nothing to take back and nothing to use."""
    assert kept.rows() == []
    assert kept.get("one") is None
    kept.forget("one")
    for change in (kept.use, kept.unuse):
        with pytest.raises(FeedbackError, match="nothing was said of the answer 'one'"):
            change("one")
    assert not kept.path.parent.exists()


def test_an_empty_file_is_filled(kept: Feedback, index: Index) -> None:
    """A file that was made and not written, as a crash may leave it, is as good as none."""
    kept.path.parent.mkdir()
    kept.path.touch()
    assert kept.rows() == []
    assert said(kept, answered(index), "up")


@pytest.mark.parametrize("act", [lambda kept, answer: kept.rows(), lambda kept, answer: kept.record(answer, "up")])
def test_garbage_is_named_and_left_alone(kept: Feedback, index: Index, act: Callable[[Feedback, Answer], None]) -> None:
    """A file that is no database is an error that names it and what to do."""
    kept.path.parent.mkdir()
    kept.path.write_bytes(b"garbage, and not a little of it" * 100)
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite cannot be read as feedback .* move it away"):
        act(kept, answered(index))
    assert kept.path.read_bytes() == b"garbage, and not a little of it" * 100


@pytest.mark.parametrize("version", [0, 1])
def test_a_catalog_is_never_taken_for_feedback(kept: Feedback, index: Index, version: int) -> None:
    """Another program's database is left as it is, down to its journal."""
    kept.path.parent.mkdir()
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("CREATE TABLE articles (id INTEGER)")
        db.execute(f"PRAGMA user_version={version}")
        db.commit()
    before = kept.path.read_bytes()
    with pytest.raises(FeedbackError, match="another program's file"):
        kept.record(answered(index), "up")
    assert kept.path.read_bytes() == before


def test_another_version_is_named(kept: Feedback, index: Index) -> None:
    """A file of a later version is not read as if it were of this one."""
    said(kept, answered(index), "up")
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("PRAGMA user_version=9")
    for act in (kept.rows, lambda: kept.record(answered(index), "up")):
        with pytest.raises(FeedbackError, match="has version 9 of its schema, this version reads 1"):
            act()


@pytest.mark.parametrize("row", ["no json", "{}", None, b"\xff", '{"answer_id": "one"}'])
def test_a_damaged_row_is_an_error(kept: Feedback, index: Index, row: object) -> None:
    """What was changed from outside is told, not guessed at."""
    said(kept, answered(index), "up")
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("UPDATE answers SET row = coalesce(?, 7)", (row,))
        db.commit()
    with pytest.raises(FeedbackError, match="a row of it is damaged"):
        kept.rows()


def test_a_folder_in_its_place_and_a_file_above_it_are_errors(tmp_path: Path, index: Index) -> None:
    """The system's own errors name the file too."""
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "feedback.sqlite"):
        with pytest.raises(FeedbackError, match=rf"{re.escape(str(path))} cannot be used"):
            Feedback(path).record(answered(index), "up")


def test_a_file_that_is_held_is_an_error(kept: Feedback, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer gives up after a short while; readers need not wait."""
    said(kept, answered(index), "up")
    monkeypatch.setattr("qa.feedback._BUSY", 0.01)
    with closing(sqlite3.connect(kept.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(FeedbackError, match="locked"):
            kept.record(declined(index), "up")
        assert len(kept.rows()) == 1
        db.execute("ROLLBACK")
    kept.record(declined(index), "up")


def test_threads_and_processes_record_at_once(kept: Feedback, index: Index) -> None:
    """Nothing is lost, and nobody fails, where the file is made and written from several sides."""
    answers = [answered(index, f"a{n}") for n in range(40)]
    failed: list[Exception] = []
    barrier = threading.Barrier(4)

    def record(number: int, own: Feedback) -> None:
        barrier.wait()
        try:
            for answer in answers[number::4]:
                own.record(answer, "up")
                own.use(answer.id)
                own.rows()
        except FeedbackError as error:
            failed.append(error)

    # Another object shares no lock, as another process would not.
    threads = [threading.Thread(target=record, args=(n, kept if n < 2 else Feedback(kept.path))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {row.answer_id for row in kept.rows() if row.use} == {answer.id for answer in answers}
    with closing(sqlite3.connect(kept.path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_where_it_is_kept(tmp_path: Path) -> None:
    """The setting decides, then the folder of the index; the demo's folder is a cache and not for that."""
    assert place(Settings(feedback=tmp_path / "f"), tmp_path) == tmp_path / "f"
    assert place(Settings(index=tmp_path), tmp_path) == tmp_path / "feedback.sqlite"
    demo = Settings(index=Path("demo"))
    assert place(demo, demo.index) == platformdirs.user_data_path("quoth") / "demo-feedback.sqlite"
    assert Settings(feedback=Path("~/f")).feedback == Path.home() / "f"
    with pytest.raises(ValueError, match="empty"):
        Settings(feedback="")


# what is right


def places(row: Row) -> list[tuple[str, int, int]]:
    """Return the places that are expected to answer a row's question."""
    known = expected(row)
    assert known is not None
    assert known.answerable
    return [(x.doc_id, x.start, x.end) for x in known.places]


def test_a_right_answer_is_gold(kept: Feedback, index: Index) -> None:
    """The short answer of citation 1 and the other articles' quotations are expected; without one, the quotation."""
    answer = answered(index)
    first, also = answer.citations[0], answer.citations[0].also[0]
    other = ("copy", also.start, also.end)
    assert answer.highlight is not None
    assert places(said(kept, answer, "up")) == [("ferry", answer.highlight.start, answer.highlight.end), other]
    whole = said(kept, replace(answer, highlight=None), "up")
    assert places(whole) == [("ferry", first.start, first.end), other]


@pytest.mark.parametrize(
    ("verdict", "reasons", "wanted"),
    [
        ("up", (), Expected(False)),
        ("down", (), None),
        ("down", ("should_have_answered",), None),
        ("down", ("should_have_declined",), Expected(False)),
    ],
)
def test_a_declined_answer(
    kept: Feedback, index: Index, verdict: str, reasons: Sequence[str], wanted: Expected | None
) -> None:
    """Where declining was right nothing answers; where it was wrong nothing is known yet."""
    assert expected(said(kept, declined(index), verdict, *reasons)) == wanted


@pytest.mark.parametrize("reason", ["wrong", "incomplete", "outdated"])
def test_a_wrong_answer_needs_a_passage(kept: Feedback, index: Index, reason: str) -> None:
    """Only the passage that was chosen says what would have been right."""
    assert expected(said(kept, answered(index), "down", reason)) is None
    with pytest.raises(FeedbackError, match=r"choose the passage that answers, or say that none does"):
        kept.use("one")
    kept.use("one", ("train", 0, 27))
    row = kept.get("one")
    assert row is not None
    assert row.use
    assert places(row) == [("train", 0, 27)]


def test_an_answer_that_should_have_been_none(kept: Feedback, index: Index) -> None:
    """Nothing is expected to answer, whatever else was wrong."""
    assert expected(said(kept, answered(index), "down", "wrong", "should_have_declined")) == Expected(False)


def test_a_missed_answer_is_the_passage_that_was_chosen(kept: Feedback, index: Index) -> None:
    """A passage makes the row usable; giving the row up forgets it."""
    said(kept, declined(index), "down", "should_have_answered")
    with pytest.raises(FeedbackError, match="choose the passage"):
        kept.use("two")
    kept.use("two", ("train", 0, len(TRAIN)))
    kept.use("two")
    row = kept.get("two")
    assert row is not None
    assert (row.use, row.gold) == (True, ("train", 0, len(TRAIN)))
    kept.unuse("two")
    row = kept.get("two")
    assert row is not None
    assert (row.use, row.gold, expected(row)) == (False, None, None)


@pytest.mark.parametrize("limits", [{"sources": ("Post",)}, {"since": "2020-01-01"}, {"until": "2020-01-01"}])
def test_declining_within_limits_says_nothing_of_the_rest(
    kept: Feedback, index: Index, limits: dict[str, str | tuple[str, ...]]
) -> None:
    """What only some of the articles don't say, others may; limits that the question names itself belong to it."""
    assert expected(said(kept, declined(index, "two", **limits), "up")) is None
    with pytest.raises(FeedbackError, match="within limits"):
        kept.use("two")
    named = Filter(**limits)  # type: ignore[arg-type]
    assert expected(said(kept, declined(index, "two", **limits, named=named), "up")) == Expected(False)


def test_a_reply_of_another_kind_cannot_be_used(kept: Feedback, index: Index) -> None:
    """A list of articles is neither an answer nor the word that there is none."""
    said(kept, replace(declined(index), kind="articles"), "up")
    with pytest.raises(FeedbackError, match="neither an answer nor"):
        kept.use("two")


@pytest.mark.parametrize(
    ("verdict", "reasons", "gold", "told"),
    [
        ("down", (), ("train", 5, 5), "lies in no passage"),
        ("down", (), ("train", -1, 5), "lies in no passage"),
        ("down", (), ("train", 0, 999), "lies in no passage"),
        ("down", (), ("nowhere", 0, 5), "lies in no passage"),
        ("up", (), ("train", 0, 5), "said to be right"),
        ("down", ("should_have_declined",), ("train", 0, 5), "said that no article answers"),
    ],
)
def test_a_passage_that_cannot_be_chosen(
    kept: Feedback, index: Index, verdict: str, reasons: Sequence[str], gold: tuple[str, int, int], told: str
) -> None:
    """It must lie in what was shown, and agree with the verdict; the row stays as it was."""
    before = said(kept, answered(index), verdict, *reasons)
    with pytest.raises(FeedbackError, match=told):
        kept.use("one", gold)
    assert kept.get("one") == before


# the collection


@pytest.fixture
def used(kept: Feedback, index: Index) -> list[Row]:
    """Return three rows in use, a right answer, a right declining and a chosen passage, and one that is not."""
    for answer, verdict in ((answered(index), "up"), (declined(index), "up"), (declined(index, "three"), "down")):
        kept.record(answer, verdict, earlier=["Is there a bus?"] if answer.id == "three" else ())
    kept.record(answered(index, "four"), "up")
    kept.use("one")
    kept.use("two")
    kept.use("three", ("train", 28, len(TRAIN)))
    return kept.rows()


def test_a_collection_can_be_loaded_and_measured(used: list[Row], index: Index, tmp_path: Path) -> None:
    """What is marked comes back as queries, earlier turns, judgements and evidence, and `evaluate` runs on it."""
    exported = save(used, index, tmp_path / "out")
    assert (exported.questions, exported.left_out) == (3, ())
    found = load(tmp_path / "out", index)
    assert [(q.query_id, q.answerable, q.answers, q.earlier) for q in found.queries] == [
        ("one", True, ("4 crowns",), ()),
        ("two", False, (), ()),
        ("three", True, (), ("Is there a bus?",)),
    ]
    assert found.qrels == {"one": {"ferry": 1, "copy": 1}, "three": {"train": 1}}
    assert [piece.quote for piece in found.evidence["one"]] == ["4 crowns", "the ferry to Hven costs 4 crowns now"]
    assert [(piece.quote, piece.placed) for piece in found.evidence["three"]] == [("A bus came instead.", True)]
    result = evaluate(tmp_path / "out", index, settings=SETTINGS)
    assert result.measures["R@10"].mean == 1
    assert {"DeclinedAnswerable", "DeclinedUnanswerable", "AUROC"} <= set(result.measures)


def test_answers_of_the_pipeline_make_a_collection(index: Index, kept: Feedback, tmp_path: Path) -> None:
    """What the system itself answers can be recorded, kept and measured, and is then found again."""
    pipeline = Pipeline(index, SETTINGS)
    answer = pipeline.ask("What does the ferry to Hven cost?")
    assert answer.answered
    kept.record(answer, "up", settings=pipeline.settings, generation=index.status().generation)
    kept.use(answer.id)
    assert save(kept.rows(), index, tmp_path / "out").questions == 1
    result = evaluate(tmp_path / "out", index, settings=SETTINGS)
    assert result.measures["RR@10"].mean == 1
    assert result.measures["AnswerInQuote@1"].mean == 1


def test_a_row_whose_words_are_gone_is_left_out_and_named(used: list[Row], index: Index, tmp_path: Path) -> None:
    """A removed article and a changed one take their rows with them; the others are written."""
    index.remove(["ferry"])
    exported = save(used, index, tmp_path / "removed")
    assert exported.left_out == (LeftOut("one", "What does the ferry cost?", "the index does not hold 'ferry'"),)
    assert (exported.questions, len(load(tmp_path / "removed", index).queries)) == (2, 2)
    index.add([article("ferry", FERRY), article("train", f"News. {TRAIN}")])
    exported = save(used, index, tmp_path / "changed")
    assert [(row.answer_id, row.reason) for row in exported.left_out] == [("three", "'train' has changed since")]


def test_a_chosen_passage_stands_while_its_own_words_do(used: list[Row], index: Index, tmp_path: Path) -> None:
    """Only the hash of the passage is known, so what follows it may change."""
    index.add([article("train", f"{TRAIN} It was full.")])
    assert save(used, index, tmp_path / "out").left_out == ()


def test_another_article_that_said_the_same_may_go(used: list[Row], index: Index, tmp_path: Path) -> None:
    """Citation 1 is enough."""
    index.remove(["copy"])
    assert save(used, index, tmp_path / "out").left_out == ()
    assert load(tmp_path / "out", index).qrels["one"] == {"ferry": 1}


def test_nothing_is_written_where_nothing_is_left(used: list[Row], index: Index, tmp_path: Path) -> None:
    """Rows that are all gone make no folder."""
    index.remove(["ferry"])
    exported = save(used[:1], index, tmp_path / "out")
    assert (exported.questions, len(exported.left_out)) == (0, 1)
    assert not (tmp_path / "out").exists()


def test_no_collection_without_a_row_in_use_or_an_answer(used: list[Row], index: Index, tmp_path: Path) -> None:
    """`quoth evaluate` could not read such a folder, so the error says what is missing."""
    with pytest.raises(FeedbackError, match="no row is marked"):
        save(used[3:], index, tmp_path / "out")
    with pytest.raises(FeedbackError, match="none of the 1 questions has an answer"):
        save(used[1:2], index, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(used: list[Row], index: Index, tmp_path: Path) -> None:
    """A folder with other files is left alone."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match="not empty"):
        save(used, index, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name != "new"] == ["mine.txt"]


def test_a_row_in_use_that_says_nothing_is_left_out(used: list[Row], index: Index, tmp_path: Path) -> None:
    """A row that was changed from outside is named with what it lacks."""
    exported = save([used[0], replace(used[2], gold=None)], index, tmp_path / "out")
    assert [row.reason for row in exported.left_out] == ["nothing says what is right; choose the passage that answers"]
