"""Turn ``questions.yaml`` and ``conversations.yaml`` in ``seeds/`` into the collections in BEIR's layout beside them.

Run it after an article, a question or a conversation was changed: ``python -m tests.seeds.build_questions``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from index.articles import markdown
from index.errors import CollectionError
from seeds import articles, conversations, questions

Row = Mapping[str, Any]
"""One question or conversation as it was written, or one row of an output file."""


def doc_id(name: str) -> str:
    """Return the id that the built-in demo index gives to the article in the file ``name``."""
    return f"{Path(name).stem}-{hashlib.sha256(f'seeds:{name}'.encode()).hexdigest()[:6]}"


def article_texts(folder: Path) -> dict[str, str]:
    """Return the plain text of each Markdown file in ``folder``, by file stem."""
    return {path.stem: next(markdown.read(path)).text for path in sorted(folder.glob("*.md"))}


def second_turns(written: Sequence[Row]) -> list[Row]:
    """Return the questions, each that comes after another with the turns of both."""
    texts = {question["id"]: question["text"] for question in written}
    return [
        {**question, "user_turns": [texts[question["after"]], question["text"]]} if "after" in question else question
        for question in written
    ]


def all_turns(written: Sequence[Row]) -> list[Row]:
    """Return each turn of the conversations as a question that holds the turns up to and including it."""
    rows: list[Row] = []
    for conversation in written:
        turns = conversation["turns"]
        for number, turn in enumerate(turns, start=1):
            place = {
                "id": f"{conversation['id']}-{number}",
                "type": conversation["type"] if number == len(turns) else "question",
                "user_turns": [said["text"] for said in turns[:number]],
                "rewrite": turn.get("rewrite", turn["text"]),
                "turn": number,
            }
            rows.append({**turn, **place})
    return rows


def evidence_rows(written: Sequence[Row], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one row per quotation, its offsets being half-open and in code points.

    Raises:
        CollectionError: a quotation does not occur exactly once in the article it names.
    """
    rows = []
    for question in written:
        for evidence in question.get("evidence", ()):
            stem, quote = evidence["article"], evidence["quote"]
            count = texts[stem].count(quote)
            if count != 1:
                reason = f"the quotation occurs {count} times in {stem}.md, expected once; correct it: {quote!r}"
                raise CollectionError(f"question {question['id']}: {reason}")
            start = texts[stem].index(quote)
            span = {"quote": quote, "start": start, "end": start + len(quote)}
            rows.append({"query_id": question["id"], "doc_id": doc_id(f"{stem}.md"), **span})
    return rows


def query_rows(written: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one row per question; a turn of a conversation also holds its turns and its self-contained form."""
    return [
        {
            "_id": question["id"],
            "text": question["text"],
            "answerable": "evidence" in question,
            "answers": question.get("answers", []),
            "type": question["type"],
            **{name: question[name] for name in ("user_turns", "rewrite", "turn") if name in question},
        }
        for question in written
    ]


def built(written: Sequence[Row], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the content of each output file, by its path inside the collection's folder."""
    evidence = evidence_rows(written, texts)
    judged = dict.fromkeys((row["query_id"], row["doc_id"]) for row in evidence)
    qrels = ["query-id\tcorpus-id\tscore", *(f"{query}\t{doc}\t1" for query, doc in judged)]
    return {
        "queries.jsonl": _lines(json.dumps(row, ensure_ascii=False) for row in query_rows(written)),
        "evidence.jsonl": _lines(json.dumps(row, ensure_ascii=False) for row in evidence),
        "qrels/test.tsv": _lines(qrels),
    }


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def read_questions() -> list[Row]:
    """Return the questions as they were written, ready to be built."""
    return second_turns(yaml.safe_load((questions() / "questions.yaml").read_text(encoding="utf-8")))


def read_conversations() -> list[Row]:
    """Return the turns of the conversations as they were written, ready to be built."""
    return all_turns(yaml.safe_load((conversations() / "conversations.yaml").read_text(encoding="utf-8")))


def main() -> None:
    """Write the three files of both collections anew."""
    texts = article_texts(articles())
    for folder, written in ((questions(), read_questions()), (conversations(), read_conversations())):
        for name, content in built(written, texts).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
