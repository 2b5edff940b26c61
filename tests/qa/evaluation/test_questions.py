"""Questions written from an index: their spans, what is left out, and the folder they make."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.errors import CollectionError
from index.index import Index
from index.terms import analyse
from qa.evaluation import questions
from qa.evaluation.collections import load
from qa.evaluation.questions import Question, Words, Written, check_folder, save, write
from tests.toy import ToyEmbedder, article

TOWNS = ("London", "Paris", "Berlin", "Vienna", "Madrid", "Lisbon", "Prague", "Warsaw")
PEOPLE = ("Anna Berg", "Maria Holm", "Peter Lind", "Karl Ek", "Eva Dahl", "Martin Ros", "Hugo Falk", "Sofia Alm")
THINGS = ("harbour", "library", "theatre", "tramway", "brewery", "hospital", "orchard", "lighthouse")


def town(number: int) -> str:
    """Return an article's text about one of the towns."""
    name, person, thing = TOWNS[number], PEOPLE[number], THINGS[number]
    return (
        f"The {name} {thing} was opened in {1901 + number} by the widow of a merchant from Denmark. It rained. "
        f"{person} designed the first wooden {thing} of {name} for a rich merchant. People in {name} like it. "
        f"The {name} {thing} has {40 + number} rooms with a view of the sea. He said so, and nobody from {name} minded."
    )


def indexed(texts: Sequence[str], **fields: str) -> Index:
    """Return an index in memory of these texts."""
    index = Index.in_memory(ToyEmbedder())
    index.add(article(f"a{number}", text, **fields) for number, text in enumerate(texts))
    return index


@pytest.fixture
def towns() -> Index:
    """Return an index of eight articles that give three questions each."""
    return indexed([town(number) for number in range(len(TOWNS))])


def answerable(written: Written) -> list[Question]:
    """Return the questions that have an answer."""
    return [question for question in written.questions if question.doc_id is not None]


# what is written


def test_every_answer_is_a_span_of_its_article(towns: Index) -> None:
    """The answer stands at its place, within the sentence that was asked about, and not in the question."""
    for question in answerable(write(towns, 20)):
        assert question.doc_id is not None
        found = towns.article(question.doc_id)
        assert found is not None
        assert found.text[question.start : question.start + len(question.answer)] == question.answer
        assert question.answer in question.sentence
        assert set(analyse(question.answer)).isdisjoint(analyse(question.text))


def test_the_same_seed_gives_the_same_questions(towns: Index) -> None:
    """The index and the seed decide everything; another seed gives others."""
    assert write(towns, 12, seed=3) == write(towns, 12, seed=3)
    assert write(towns, 12, seed=3) != write(towns, 12, seed=4)


def test_questions_are_spread_over_articles_and_kinds(towns: Index) -> None:
    """Nobody gets a second question before everybody has one, and more than one kind is asked for."""
    asked = answerable(write(towns, 10))
    assert len(asked) == len({question.doc_id for question in asked}) == len(TOWNS)
    assert len({question.kind for question in asked}) > 1


@pytest.mark.parametrize("n", range(1, 19))
def test_as_many_as_are_wanted(towns: Index, n: int) -> None:
    """While the articles give enough there are exactly as many questions as were asked for."""
    assert len(write(towns, n).questions) == n


def test_a_bare_noun_is_no_answer() -> None:
    """What a bare noun answers is not asked: "What did the queen visit?" is answered by more than "centre"."""
    made = write(indexed([*map(town, range(8)), "Queen Silvia of Sweden visited a centre in October 2021."]), 100)
    assert all(len(question.answer.split()) > 1 for question in answerable(made) if question.kind == "what")
    assert made.dropped["are answered by a bare noun"] > 0


def test_one_question_a_sentence(towns: Index) -> None:
    """A sentence that answers several questions is asked about once."""
    sentences = [question.sentence for question in answerable(write(towns, 100))]
    assert len(sentences) == len(set(sentences))


def test_a_fifth_is_unanswerable(towns: Index) -> None:
    """Of twenty questions, four name something that no passage holds with the rest."""
    written = write(towns, 20)
    null = [question for question in written.questions if question.doc_id is None]
    assert len(answerable(written)) == 16
    assert 0 < len(null) <= 4
    texts = [town(number) for number in range(len(TOWNS))]
    for question in null:
        assert question.answer == ""
        assert not any(set(analyse(question.text)) <= set(analyse(text)) for text in texts)


def test_no_more_than_the_articles_give(towns: Index) -> None:
    """Where articles give fewer questions than asked for, all of them are written and the rest is counted."""
    written = write(towns, 1000)
    assert 0 < len(written.questions) < 1000
    assert written.articles == len(TOWNS)
    assert written.sentences > 0


def test_progress_is_told(towns: Index) -> None:
    """Every article looked at and every question written is reported."""
    told: list[tuple[str, int]] = []
    written = write(towns, 10, progress=lambda stage, count: told.append((stage, count)))
    assert told.count(("questions", 1)) == len(written.questions)
    assert told.count(("articles", 1)) == len(TOWNS)


# what is left out


def test_a_question_that_another_article_answers_is_left_out() -> None:
    """Of an article that stands in the index twice, nothing is asked."""
    with pytest.raises(CollectionError, match="answered by another article"):
        write(indexed([town(0), town(0), town(0) + " More was said."]), 10)


def test_a_question_that_leans_on_its_article_is_left_out() -> None:
    """A question with nothing but one short name to go by is not asked."""
    with pytest.raises(CollectionError, match="lean on their article"):
        write(indexed(["People call it Tessaro. Tessaro was founded in 1987."]), 10)


def test_a_question_that_single_words_give_away_is_left_out() -> None:
    """Where half of a question's words each find its passage alone, it measures nothing."""
    text = "Anna Berg painted a turquoise zeppelin over Gothenburg."
    with pytest.raises(CollectionError, match="found by a single word"):
        write(indexed([text]), 10)


def test_near_duplicates_are_asked_once() -> None:
    """Two questions that share most of their words are one."""
    texts = [
        f"The old Hven bridge near the village of Lund was closed in {year} after the great flood."
        for year in (1900, 1950)
    ]
    others = [town(number) for number in range(3)]
    asked = [q.text for q in answerable(write(indexed([*texts, *others]), 50)) if "Hven" in q.text]
    assert len(asked) <= 1


# errors


@pytest.mark.parametrize("n", [0, -1, 10_001])
def test_a_number_out_of_range_is_refused(towns: Index, n: int) -> None:
    """The number of questions is 1 to 10,000."""
    with pytest.raises(CollectionError, match=f"1 to 10,000; it is {n}"):
        write(towns, n)


def test_an_empty_index_is_refused() -> None:
    """Without articles there is nothing to ask."""
    with pytest.raises(CollectionError, match="holds no article"):
        write(indexed([]), 10)


def test_only_english_is_asked_about() -> None:
    """An index without an English article is an error that names its languages; an unknown language passes."""
    index = indexed(["Lund hat einen Hafen."], language="de")
    index.add([article("b", "Lund har en hamn.", language="sv")])
    with pytest.raises(CollectionError, match="no article is in English, only in de, sv"):
        write(index, 10)
    assert write(indexed([town(number) for number in range(4)], language="en-GB"), 4).questions


def test_articles_that_give_nothing_are_an_error() -> None:
    """The error counts the articles and says what became of their sentences."""
    with pytest.raises(CollectionError, match="no question can be written from the 1 articles: no sentence fits"):
        write(indexed(["It rained. He said so."]), 10)


# the folder


def test_the_folder_is_a_collection(towns: Index, tmp_path: Path) -> None:
    """What is written loads as a collection of the index: queries, judgements and placed evidence."""
    written = write(towns, 20)
    save(written.questions, tmp_path / "made" / "questions")
    collection = load(tmp_path / "made" / "questions", towns)
    asked = {question.text: question for question in written.questions}
    assert [query.text for query in collection.queries] == list(asked)
    for query in collection.queries:
        question = asked[query.text]
        assert query.answerable == (question.doc_id is not None)
        assert query.answers == ((question.answer,) if question.doc_id else ())
        assert (query.query_id in collection.qrels) == (query.query_id in collection.evidence) == query.answerable
    rows = [json.loads(line) for line in (tmp_path / "made/questions/queries.jsonl").read_text("utf-8").splitlines()]
    assert {row["type"] for row in rows} <= {"who", "what", "when", "where", "number"}


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten: neither a file nor a folder that is not empty; an empty one is fine."""
    check_folder(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    check_folder(tmp_path / "empty")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match="is a file"):
        save([], tmp_path / "file")
    with pytest.raises(CollectionError, match="is not empty"):
        save([], tmp_path)


# words


def test_words_learn_from_the_articles() -> None:
    """Names are told from words by how they are written elsewhere, people and groups by what they do."""
    words = Words(
        [
            "The old mill of Tessaro burned.",
            "But Norrbank said no, but late. Yesterday Anna Berg sang, and Ulla Strand says so.",
        ]
    )
    assert words.is_name("Tessaro") is True
    assert words.is_name("Mill") is False
    assert words.is_name("Zeppelin") is None
    assert words.speaks("Norrbank")
    assert not words.is_person("Norrbank")
    assert words.is_person("Anna Berg")
    assert words.is_person("Berg")
    assert words.speaks("Ulla Strand")
    assert not words.speaks("Tessaro")


def test_the_limits_are_stated() -> None:
    """At most five questions an article, a fifth unanswerable."""
    assert (questions.PER_ARTICLE, questions.UNANSWERABLE) == (5, 0.2)
