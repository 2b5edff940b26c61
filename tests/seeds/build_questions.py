"""Turn ``seeds/questions/questions.yaml`` into the collection in BEIR's layout that lies beside it.

Run it after an article or a question was changed: ``python -m tests.seeds.build_questions``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from index.articles import markdown
from index.errors import CollectionError
from seeds import articles, questions

Row = Mapping[str, Any]
"""One question as it was written, or one row of an output file."""


def doc_id(name: str) -> str:
    """Return the id that the built-in demo index gives to the article in the file ``name``."""
    return f"{Path(name).stem}-{hashlib.sha256(f'seeds:{name}'.encode()).hexdigest()[:6]}"


def article_texts(folder: Path) -> dict[str, str]:
    """Return the plain text of each Markdown file in ``folder``, by file stem."""
    return {path.stem: next(markdown.read(path)).text for path in sorted(folder.glob("*.md"))}


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
                raise CollectionError(f"questions.yaml, {question['id']}: {reason}")
            start = texts[stem].index(quote)
            span = {"quote": quote, "start": start, "end": start + len(quote)}
            rows.append({"query_id": question["id"], "doc_id": doc_id(f"{stem}.md"), **span})
    return rows


def query_rows(written: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one row per question; a second turn also holds both turns and its self-contained form."""
    texts = {question["id"]: question["text"] for question in written}
    rows = []
    for question in written:
        row = {
            "_id": question["id"],
            "text": question["text"],
            "answerable": "evidence" in question,
            "answers": question.get("answers", []),
            "type": question["type"],
        }
        if "after" in question:
            row |= {"user_turns": [texts[question["after"]], question["text"]], "rewrite": question["rewrite"]}
        rows.append(row)
    return rows


def built(written: Sequence[Row], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the content of each output file, by its path inside the questions' folder."""
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


def main() -> None:
    """Write the three files anew."""
    folder = questions()
    written = yaml.safe_load((folder / "questions.yaml").read_text(encoding="utf-8"))
    for name, content in built(written, article_texts(articles())).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
