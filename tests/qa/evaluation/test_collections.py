"""Collections: what is read, and the error for everything that may be wrong with one."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import CollectionError
from index.index import Index
from qa.evaluation.collections import Query, load, occurrences
from tests.toy import ToyEmbedder


def append(path: Path, line: str) -> None:
    """Add one line to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def refusal(folder: Path, index: Index | None = None) -> str:
    """Return the message with which a collection is refused."""
    with pytest.raises(CollectionError) as caught:
        load(folder, index)
    return str(caught.value)


def test_all_parts_are_read(harbour: Path) -> None:
    """Documents, queries, judgements and evidence come as their files have them."""
    collection = load(harbour)
    assert (collection.name, collection.documents, len(collection.queries)) == ("harbour", 5, 6)
    assert collection.queries[2] == Query(
        query_id="q3",
        text="Does it sail at dusk?",
        answerable=True,
        earlier=("When does the ferry to Skell Island leave?",),
        rewrite="Does the ferry to Skell Island sail at dusk?",
    )
    assert collection.qrels["q4"] == {"fish": 1, "mole": 1}
    assert collection.qrels["q3"] == {"ferry": 2}


def test_evidence_spans_are_text(harbour: Path) -> None:
    """Every span of evidence holds its quote, white space aside, with and without a place given."""
    collection = load(harbour)
    texts = {article.doc_id: article.text for article in collection.articles or ()}
    pieces = [piece for pieces in collection.evidence.values() for piece in pieces]
    assert [piece.placed for piece in pieces] == [True, True, False, False]
    for piece in pieces:
        for start, end in piece.spans:
            assert texts[piece.doc_id][start:end].split() == piece.quote.split()


def test_texts_are_kept_character_for_character(folder: Path) -> None:
    """A text keeps its white space and its odd characters."""
    text = " \tTwo\r\nlines\u00a0and \u2028 one\n\n"
    append(folder / "corpus.jsonl", json.dumps({"_id": "odd", "title": "", "text": text}))
    collection = load(folder)
    assert collection.articles is not None
    assert collection.articles[-1].text == text


def test_an_index_may_hold_the_documents(folder: Path, index: Index) -> None:
    """Without corpus.jsonl the documents are those of the index that is given."""
    (folder / "corpus.jsonl").unlink()
    collection = load(folder, index)
    assert collection.articles is None
    assert collection.documents == 5
    assert collection.evidence == load(folder.parent / "harbour", index).evidence


def test_documents_are_needed(folder: Path) -> None:
    """Without corpus.jsonl and without an index the error asks for an index."""
    (folder / "corpus.jsonl").unlink()
    assert "give that index" in refusal(folder)


def test_an_empty_index_is_refused(harbour: Path) -> None:
    """An index without articles cannot be measured."""
    assert "holds no article" in refusal(harbour, Index.in_memory(ToyEmbedder()))


@pytest.mark.parametrize("name", ["queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """A file that must be there is named; judgements must be there only without evidence."""
    (folder / "evidence.jsonl").unlink()
    (folder / name).unlink()
    assert f"{name}: there is no such file" in refusal(folder)


@pytest.mark.parametrize("name", ["queries.jsonl", "qrels/test.tsv", "corpus.jsonl", "evidence.jsonl"])
def test_an_empty_file_is_refused(folder: Path, name: str) -> None:
    """A file without queries, judgements, evidence or documents is refused by name."""
    (folder / name).write_text("")
    assert f"{name}: is empty" in refusal(folder)


def test_the_only_qrels_are_taken(folder: Path) -> None:
    """A single file of judgements is taken whatever its name."""
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert len(load(folder).qrels) == 4


def test_ambiguous_qrels_are_refused(folder: Path) -> None:
    """Of two files of judgements neither is taken unless one is test.tsv."""
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tlight\t1\n")
    assert "dev.tsv, train.tsv" in refusal(folder)
    (folder / "qrels" / "dev.tsv").rename(folder / "qrels" / "test.tsv")
    assert len(load(folder).qrels) == 4


def test_qrels_may_lack_their_header(folder: Path) -> None:
    """Judgements count from the first line where there is no header."""
    (folder / "qrels" / "test.tsv").write_text("q1\tlight\t1\n")
    assert load(folder).qrels == {"q1": {"light": 1}}


@pytest.mark.parametrize("name", ["test.tsv", "test.qrels", "mine.txt"])
def test_qrels_may_be_trecs(folder: Path, name: str) -> None:
    """Four columns between white space are query, iteration, document and relevance, whatever the file's ending."""
    expected = load(folder).qrels
    (folder / "qrels" / "test.tsv").unlink()
    rows = [f"{q} 0\t{d}   {r}\n" for q, judged in expected.items() for d, r in judged.items()]
    (folder / "qrels" / name).write_text("".join(rows))
    assert load(folder).qrels == expected


def test_one_qrels_of_the_same_name_is_kept(folder: Path) -> None:
    """Of test.tsv and test.qrels neither is taken."""
    (folder / "qrels" / "test.qrels").write_text("q1 0 light 1\n")
    assert "holds test.qrels, test.tsv" in refusal(folder)


def test_evidence_stands_for_qrels(folder: Path) -> None:
    """Without judgements the documents with evidence are relevant, except to queries that are not answerable."""
    (folder / "qrels" / "test.tsv").unlink()
    append(folder / "evidence.jsonl", '{"query_id": "q5", "doc_id": "tide", "quote": "The tide"}')
    ones = {"q1": {"light": 1}, "q2": {"ferry": 1}, "q3": {"ferry": 1}, "q4": {"fish": 1}}
    assert load(folder).qrels == ones


def test_evidence_may_be_a_place_alone(folder: Path) -> None:
    """Evidence with a start and an end needs no quote."""
    append(folder / "evidence.jsonl", '{"query_id": "q4", "doc_id": "tide", "start": 4, "end": 8}')
    piece = load(folder).evidence["q4"][1]
    assert (piece.quote, piece.spans, piece.placed) == ("tide", ((4, 8),), True)


def test_the_kind_of_a_query_is_kept(folder: Path) -> None:
    """A query may say of what type it is."""
    append(folder / "queries.jsonl", '{"_id": "x", "text": "Why?", "type": "why"}')
    assert [query.type for query in load(folder).queries[-2:]] == [None, "why"]


@pytest.mark.parametrize(
    ("name", "line", "number", "reason"),
    [
        ("queries.jsonl", "{", 7, "not valid JSON"),
        ("queries.jsonl", "[1]", 7, "must be a JSON object; this is a list"),
        ("queries.jsonl", '{"text": "Why?"}', 7, "`_id` must be a string"),
        ("queries.jsonl", '{"_id": "x", "text": " "}', 7, "`text` must be a string that is not empty"),
        ("queries.jsonl", '{"_id": "x", "text": "Why?", "answerable": "no"}', 7, "`answerable` must be true or false"),
        ("queries.jsonl", '{"_id": "x", "text": "Why?", "answers": "no"}', 7, "`answers` must be a list of strings"),
        ("queries.jsonl", '{"_id": "x", "text": "Why?", "user_turns": ["How?"]}', 7, "the last of `user_turns`"),
        ("queries.jsonl", '{"_id": "x", "text": "Why?", "rewrite": []}', 7, "`rewrite` must be a string"),
        ("queries.jsonl", '{"_id": "x", "text": "Why?", "type": 1.5}', 7, "`type` must be a string"),
        ("queries.jsonl", '{"_id": "x", "text": 5}', 7, "`text` must be a string"),
        ("queries.jsonl", '{"_id": "x", "text": "Why \\ud800?"}', 7, "`text` holds half a character"),
        (
            "queries.jsonl",
            '{"_id": "x", "text": "Why?", "answers": ["\\ud800"]}',
            7,
            "`answers` holds half a character",
        ),
        ("queries.jsonl", '{"_id": "q1", "text": "Why?"}', 7, "the id 'q1' was already used by"),
        ("corpus.jsonl", '{"_id": "tide", "text": "Again."}', 6, "the id 'tide' was already used by"),
        ("corpus.jsonl", '{"_id": "x"}', 6, "the row has no text"),
        ("qrels/test.tsv", "q1 light 1", 7, "this row has 1 between tabs and 3 between white space"),
        ("qrels/test.tsv", "q1 0 tide much", 7, "the score must be a whole number; it is 'much'"),
        ("qrels/test.tsv", "q1\ttide\t1.5", 7, "the score must be a whole number; it is '1.5'"),
        ("qrels/test.tsv", "q1 0 tide 3000000000", 7, "the score must be at most 1,000,000; it is '3000000000'"),
        ("qrels/test.tsv", f"q1 0 tide {'9' * 5000}", 7, "the score must be at most 1,000,000"),
        ("qrels/test.tsv", "q1\tlight\t0", 7, "query 'q1' and document 'light' were already judged"),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide"}', 5, "`quote` must be a string"),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide", "quote": "Ebb."}', 5, "the quote is not in document"),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide", "quote": "tide", "end": 8}', 5, "there is no `start`"),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide", "quote": 1932}', 5, "`quote` must be a string"),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide", "start": 3}', 5, "`quote` must be a string"),
        (
            "evidence.jsonl",
            '{"query_id": "q1", "doc_id": "tide", "start": 80, "end": 200}',
            5,
            "no words stand at 80:200 of document 'tide', which has 90 characters",
        ),
        ("evidence.jsonl", '{"query_id": "q1", "doc_id": "tide", "start": 5, "end": 5}', 5, "no words stand at 5:5"),
        (
            "evidence.jsonl",
            '{"query_id": "q1", "doc_id": "tide", "quote": "The tide", "start": 1}',
            5,
            "the quote is not at 1 of document 'tide'",
        ),
        (
            "evidence.jsonl",
            '{"query_id": "q1", "doc_id": "tide", "quote": "The tide", "start": 0, "end": 11}',
            5,
            "`end` is 11, but the quote at 0 ends at 8",
        ),
        (
            "evidence.jsonl",
            '{"query_id": "q1", "doc_id": "tide", "quote": "The tide", "start": -1}',
            5,
            "`start` must be an offset",
        ),
    ],
)
def test_a_malformed_row_is_named(folder: Path, name: str, line: str, number: int, reason: str) -> None:
    """A row that cannot be used is named by its file and line, with the reason."""
    append(folder / name, line)
    message = refusal(folder)
    assert f"{Path(name).name}:{number}: " in message
    assert reason in message


def test_bytes_that_are_not_utf8_are_named(folder: Path) -> None:
    """A line in another encoding is named, not guessed at."""
    with (folder / "queries.jsonl").open("ab") as file:
        file.write(b'{"_id": "x", "text": "caf\xe9"}\n')
    assert "queries.jsonl:7: not UTF-8 at byte 25" in refusal(folder)


def test_many_bad_rows_are_counted(folder: Path) -> None:
    """Of many bad rows the first five are spelled out and the others counted."""
    for _ in range(8):
        append(folder / "queries.jsonl", "{}")
    lines = refusal(folder).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "and 3 more like these"


@pytest.mark.parametrize(("kind", "row"), [("queries", "x{}\tlight\t1"), ("documents", "q1\tx{}\t1")])
def test_unknown_names_in_qrels_are_counted(folder: Path, kind: str, row: str) -> None:
    """Judgements of queries or documents that do not exist are refused: how many, and the first few."""
    for number in range(7):
        append(folder / "qrels" / "test.tsv", row.format(number))
    message = refusal(folder)
    assert f"names {kind} that are not in" in message
    assert "7 (x0, x1, x2, x3, x4, ...)" in message


@pytest.mark.parametrize(("kind", "row"), [("queries", ("x", "tide")), ("documents", ("q1", "x"))])
def test_unknown_names_in_evidence_are_counted(folder: Path, kind: str, row: tuple[str, str]) -> None:
    """Evidence for a query or in a document that does not exist is refused."""
    append(folder / "evidence.jsonl", json.dumps({"query_id": row[0], "doc_id": row[1], "quote": "The tide"}))
    assert f"evidence.jsonl: names {kind} that are not in" in refusal(folder)


def test_evidence_that_stands_twice_counts_once(folder: Path) -> None:
    """A row of evidence that is repeated is one piece of evidence."""
    last = (folder / "evidence.jsonl").read_text().splitlines()[-1]
    append(folder / "evidence.jsonl", last)
    assert len(load(folder).evidence["q4"]) == 1


def test_the_space_after_a_sentence_may_be_in_its_end(folder: Path) -> None:
    """An ``end`` that counts white space after the quote names the same place."""
    row = {"query_id": "q5", "doc_id": "tide", "quote": "The tide", "start": 0, "end": 9}
    append(folder / "evidence.jsonl", json.dumps(row))
    assert load(folder).evidence["q5"][0].spans == ((0, 8),)


def test_the_hash_changes_with_any_file(folder: Path) -> None:
    """Another byte in any file is another collection."""
    hashes = {load(folder).sha256}
    for name in ("corpus.jsonl", "queries.jsonl", "evidence.jsonl", "qrels/test.tsv"):
        append(folder / name, "")
        hashes.add(load(folder).sha256)
    assert len(hashes) == 5


@given(st.text(alphabet="ab \n.*(", max_size=30), st.text(alphabet="ab \n.*(", min_size=1, max_size=4))
def test_occurrences_hold_the_quote(text: str, quote: str) -> None:
    """Every occurrence holds the quote, white space aside, and a quote that is there is found."""
    if not quote.strip():
        return
    spans = occurrences(quote, text)
    for start, end in spans:
        assert "".join(text[start:end].split()) == "".join(quote.split())
    assert bool(spans) == ("".join(quote.split()) in "".join(text.split()))


def test_qrels_of_another_suffix_are_not_passed_over(folder: Path) -> None:
    """A folder of judgements without a file that can be read is an error, though there is evidence."""
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "test.csv")
    assert "qrels: holds no judgements" in refusal(folder)
    (folder / "qrels" / "test.csv").rename(folder / "qrels" / "test.TSV")
    load(folder)


def test_qrels_must_find_something_relevant(folder: Path) -> None:
    """Judgements that are all 0 or less would make every measure 0, and are an error."""
    (folder / "qrels" / "test.tsv").write_text("q1 0 tide 0\nq1 0 light -1\n")
    assert "judges no document relevant" in refusal(folder)


@given(st.text(alphabet="ab \n", max_size=12), st.text(alphabet="ab ", min_size=1, max_size=4).filter(str.strip))
def test_occurrences_are_those_that_a_pattern_finds(text: str, quote: str) -> None:
    """Places of a quote are found as by a pattern that lets white space stand anywhere between its characters."""
    pattern = r"\s*".join(c for c in quote if not c.isspace())
    assert occurrences(quote, text) == tuple(found.span() for found in re.finditer(pattern, text))
