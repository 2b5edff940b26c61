"""Sentences in order of how well they match a question."""

from dataclasses import replace

import pytest

from index.index import Index
from qa.confidence import Features
from qa.reader.reading import read
from qa.reader.similarity import _DATELINE, ANOTHER_YEAR, asks, candidates, features, whole
from tests.toy import ToyEmbedder, ToyReader, article


@pytest.fixture
def index() -> Index:
    """Return an index of three short articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add(
        [
            article("ferry", "The ferry costs 4 crowns. Dogs ride for nothing.", title="Ferry prices"),
            article("train", "The train costs 9 crowns. Bicycles ride for nothing.", title="Train prices"),
            article("bus", "Buses were late again."),
        ]
    )
    return index


def test_the_sentence_that_answers_comes_first(index: Index) -> None:
    """The sentence with the question's words leads, and scores fall."""
    ranked = candidates(index, "what does the train cost", index.search("what does the train cost"))
    assert ranked[0].text == "The train costs 9 crowns."
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)
    assert ranked[0].matched == pytest.approx(1)


def test_the_title_says_what_a_sentence_is_about(index: Index) -> None:
    """A word that only the title holds counts as matched, and no word counts twice."""
    (sentence,) = (c for c in candidates(index, "ferry dogs", index.search("ferry dogs")) if c.text.startswith("Dogs"))
    assert sentence.matched == pytest.approx(1)
    assert features([sentence]).matched <= 1


def test_of_a_topic_something_is_said() -> None:
    """What holds the topic and next to nothing beside comes after what speaks of it, though it is nearer."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "Ferry news! The ferry to Hven was sold to a rival in the spring.")])
    hits = index.search("ferry")
    assert candidates(index, "ferry", hits)[0].text == "Ferry news!"
    assert candidates(index, "ferry", hits, topic=True)[0].text.startswith("The ferry to Hven")


def test_a_question_answers_none() -> None:
    """A sentence that asks the same comes after those that say something."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "What does the train cost? It costs 9 crowns. “What does the train cost?” Nobody knows.")])
    ranked = candidates(index, "What does the train cost?", index.search("What does the train cost?"))
    assert [asks(c.text) for c in ranked] == [False, False, True, True]


FAQ = (
    "How much is a dog ticket on the ferry? Dogs ride for nothing. "
    "What happens if I lose a ferry ticket? A lost ferry ticket is 9 crowns. "
    "What is a ferry ticket? So what is it? It is whatever the sailor at the gate stamps. It lasts a day."
)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is a ferry ticket?", "It is whatever the sailor at the gate stamps."),
        ("ferry ticket", "It is whatever the sailor at the gate stamps."),
        ("What happens if I lose a ticket for the ferry?", "A lost ferry ticket is 9 crowns."),
        ("how much is a dog ticket on a ferry", "Dogs ride for nothing."),
    ],
)
def test_what_stands_behind_the_very_question_answers_it(question: str, first: str) -> None:
    """Of questions with answers the one that asks the same counts, and not one that asks more."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("faq", FAQ)])
    assert candidates(index, question, index.search(question))[0].text == first


def test_another_question_word_asks_another_thing() -> None:
    """What stands behind "Why did it sink?" does not answer when it did, and is no evidence that anything does."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "Why did the ferry sink? A storm raged. The ferry did sink in May.")])
    ranked = candidates(index, "When did the ferry sink?", index.search("When did the ferry sink?"))
    assert ranked[0].text == "The ferry did sink in May."
    lent = candidates(index, "Why did the ferry sink?", index.search("Why did the ferry sink?"))[0]
    assert (lent.text, lent.matched) == ("A storm raged.", 0)


def test_a_list_of_questions_answers_none_of_them() -> None:
    """What stands behind several questions in a row does not answer the first."""
    index = Index.in_memory(ToyEmbedder())
    index.add(
        [article("a", "What is a ferry ticket? Who is the sailor at the gate? It rained. A ferry ticket is blue.")]
    )
    ranked = candidates(index, "What is a ferry ticket?", index.search("What is a ferry ticket?"))
    assert ranked[0].text == "A ferry ticket is blue."


def test_an_article_that_is_gone_has_no_sentences(index: Index) -> None:
    """An article removed between search and reading is passed over."""
    hits = index.search("what does the train cost")
    index.remove(["train"])
    assert {c.article.doc_id for c in candidates(index, "what does the train cost", hits)} == {"ferry", "bus"}


def test_an_article_that_changed_has_no_sentences(index: Index) -> None:
    """An article replaced between search and reading is passed over: its old spans would quote other words."""
    hits = index.search("what does the train cost")
    index.add([article("train", "Of late the train runs hourly, and it costs nothing at all.", title="Train prices")])
    assert {c.article.doc_id for c in candidates(index, "what does the train cost", hits)} == {"ferry", "bus"}


def test_other_languages_do_not_make_a_question_look_unanswered(index: Index) -> None:
    """Stems of languages that the found article is not in take nothing from what it holds of the question."""
    question = "what do the trains to cities cost"
    before = candidates(index, question, index.search(question))[0]
    strangers = {"de": "Das Wetter bleibt kalt.", "fr": "Le temps reste froid.", "fi": "Sää pysyy kylmänä."}
    index.add([article(name, text, language=name) for name, text in strangers.items()])
    after = candidates(index, question, index.search(question))[0]
    assert before.text == after.text == "The train costs 9 crowns."
    assert after.matched == pytest.approx(before.matched, abs=0.1)


def test_a_question_without_content_words_has_no_matched_share(index: Index) -> None:
    """Function words match nothing, and nothing is divided by zero."""
    ranked = candidates(index, "who is it", index.search("who is it"))
    assert {c.matched for c in ranked} == {0.0}


@pytest.mark.parametrize(
    "text",
    ["It ended.", "Did it?", "He said “so.”", "它结束了。", "यह समाप्त हुआ।", "ختم؟", "It lists:", "「終わった。」"],
)
def test_a_whole_sentence_ends_like_one(text: str) -> None:
    """Full stops of any script, with the closing quotation marks behind them, end a sentence."""
    assert whole(text)


@pytest.mark.parametrize(
    "dateline", ["OSLO, May 4, 2023 — ", "VILNIUS – ", "WASHINGTON (AP) — ", "NEW YORK, N.Y., May 4 — ", ""]
)
def test_a_dateline_holds_no_answer(dateline: str) -> None:
    """The day on which something was written is never taken for the day on which it happened."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", f"{dateline}The bridge to Hven was opened on May 2 by the king.")])
    hits = index.search("When was the bridge opened?")
    readings = read(ToyReader("May 4", "NEW", "OSLO", "May 2", sure=5), "When was the bridge opened?", hits)
    (sentence,) = candidates(index, "When was the bridge opened?", hits, readings=readings)
    assert sentence.answer is not None
    assert sentence.article.text[sentence.answer.start : sentence.answer.end] == "May 2"
    assert sentence.answer.score == 5


class EnglishEmbedder(ToyEmbedder):
    """A toy embedder that knows English alone."""

    languages = frozenset({"en"})


class EnglishReader(ToyReader):
    """A toy reader that reads English alone."""

    languages = frozenset({"en"})


@pytest.mark.parametrize("embedder", [ToyEmbedder(), EnglishEmbedder()])
def test_a_reader_reads_only_its_languages(embedder: ToyEmbedder) -> None:
    """Passages in another language are not read, whatever the embedder knows, and neither is anything for a question
    in a language that the embedder does not know."""
    index = Index.in_memory(embedder)
    index.add(
        [
            article("a", "The bridge to Hven was opened in 1932.", language="en"),
            article("b", "Die Brücke nach Hven wurde 1932 eröffnet.", language="de"),
        ]
    )
    reader = EnglishReader("1932")
    english, german = "When was the bridge to Hven opened?", "Wann wurde die Brücke nach Hven eröffnet?"
    assert [*read(reader, english, index.search(english))] == ["a#0"]
    assert [*read(reader, german, index.search(german))] == (["a#0"] if embedder.languages is None else [])
    assert len(read(ToyReader("1932"), german, index.search(german))) == 2


def test_cosines_in_unknown_languages_say_nothing() -> None:
    """Where the embedder does not know the language, sentences are ordered, and trusted, by their words alone."""
    index = Index.in_memory(EnglishEmbedder())
    index.add([article("b", "Die Brücke nach Hven wurde 1932 eröffnet. Im Hafen liegt Eis.", language="de")])
    question = "Wann wurde die Brücke nach Hven eröffnet?"
    ranked = candidates(index, question, index.search(question))
    assert ranked[0].text == "Die Brücke nach Hven wurde 1932 eröffnet."
    assert not any(c.known for c in ranked)
    flipped = [replace(hit, cosines=tuple(-x for x in hit.cosines)) for hit in index.search(question)]
    assert [c.score for c in candidates(index, question, flipped)] == [c.score for c in ranked]
    assert features(ranked, read=True) == Features(None, 1.0)


@pytest.mark.parametrize(
    "sentence",
    [
        "NASA, founded in 1958, runs it — and more.",
        "OPEC, created in Baghdad in 1958 - a cartel.",
        "A" + " " * 50_000 + "1958.",
    ],
)
def test_a_sentence_that_begins_in_capitals_is_no_dateline(sentence: str) -> None:
    """Only names and numbers stand in a dateline; nothing takes long to tell."""
    assert not (found := _DATELINE.match(sentence)) or "1958" not in found.group()


@pytest.mark.parametrize("text", ["Ferry prices", "Photo by A. Smith", "4 crowns", "• dogs", "Read more »"])
def test_a_heading_is_not_whole(text: str) -> None:
    """A short text without a mark at its end is a heading, caption or scrap."""
    assert not whole(text)


def test_a_line_of_a_list_leads_where_a_reader_finds_the_answer_in_it() -> None:
    """Without one it comes after all whole sentences, as a heading does whatever is found in it."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("pump", "Sizes of pumps\n\nWeight: 6.2 kg\nColour: green\n\nPumps of this size run in ponds.")])
    question = "What is the weight of pumps of this size?"
    hits = index.search(question)
    assert candidates(index, question, hits)[0].text == "Pumps of this size run in ponds."
    for found, first in (("6.2 kg", "Weight: 6.2 kg"), ("Sizes", "Pumps of this size run in ponds.")):
        readings = read(ToyReader(found), question, hits)
        assert candidates(index, question, hits, readings=readings)[0].text == first


def test_a_reader_is_less_sure_of_another_year() -> None:
    """Of a sentence that is of other years than asked, where neither its title nor what precedes it is of that one."""
    index = Index.in_memory(ToyEmbedder())
    index.add(
        [article("cup", "Lund won the cup in 1991. Oslo won it in 1992. It was the cup of 1993. Hven won in 1994.")]
    )
    question = "Who won the cup in 1993?"
    readings = read(ToyReader("Lund", "Oslo", "Hven"), question, index.search(question))
    sure = {c.text[:4]: c.sure for c in candidates(index, question, index.search(question), readings=readings)}
    assert sure["Lund"] == sure["Oslo"]
    assert sure["Hven"] == pytest.approx((sure["Lund"] or 0) + ANOTHER_YEAR)
