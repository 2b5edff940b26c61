"""A reader for questions of its training."""

from pathlib import Path

import pytest

from index.errors import ModelError
from qa.reader.folds import QUESTIONS, Folded, questions
from tests.toy import ToyReader


def test_each_question_is_read_by_its_folds_reader() -> None:
    """Questions of no fold go to the first."""
    first, second = ToyReader(), ToyReader()
    reader = Folded([first, second], {"a": 1, "b": 0})
    for question in ("a", "b", "c"):
        reader.read(question, [])
    assert (first.asked, second.asked) == (["b", "c"], ["a"])


def test_the_questions_of_a_folder(tmp_path: Path) -> None:
    """The file maps questions to folds; one that is missing or malformed is named, with what to give instead."""
    with pytest.raises(ModelError, match="give a weights file"):
        questions(tmp_path)
    for text in ("", "[]", '{"a": "x"}', '{"a": null}'):
        (tmp_path / QUESTIONS).write_text(text)
        with pytest.raises(ModelError, match=QUESTIONS):
            questions(tmp_path)
    (tmp_path / QUESTIONS).write_text('{"a": 1}')
    assert questions(tmp_path) == {"a": 1}
