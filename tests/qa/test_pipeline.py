"""From a question to an answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import QuestionError
from index.index import Index
from index.types import Filter
from qa.pipeline import CLOSEST, DECLINED, Pipeline
from qa.reader.quotes import MAX_CHARACTERS
from qa.settings import Settings
from qa.types import Answer, Turn
from qa.understanding import MAX_QUESTION
from tests.toy import ToyEmbedder, ToyReader, article

FERRY = article(
    "ferry",
    "Ferry prices\n\nThe ferry to Hven costs 4 crowns. Dogs ride for nothing.",
    title="Ferry prices",
    source="Island Post",
    published="2020-03-09",
)
COPY = article("copy", "To Hven the ferry costs 4 crowns.", source="Courier", published="2021-01-02")
TRAIN = article("train", "The train to Lund was late. Nobody knew why it was late. It rained.")


@pytest.fixture
def index() -> Index:
    """Return an index of three short articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add([FERRY, COPY, TRAIN])
    return index


def test_an_answer_quotes_and_cites(index: Index) -> None:
    """The answering sentence is quoted, the other article that says the same stands beside it."""
    answer = Pipeline(index, Settings(threshold=0.3)).ask("What does the ferry to Hven cost?")
    assert (answer.kind, answer.answered, answer.message) == ("answer", True, "")
    first = answer.citations[0]
    assert "4 crowns" in first.quote
    assert {first.doc_id, *(c.doc_id for c in first.also)} == {"ferry", "copy"}
    assert answer.highlight is None
    assert answer.searched_for.terms == ("ferry", "hven", "cost")


def test_below_the_threshold_nothing_is_answered(index: Index) -> None:
    """A declined answer holds no citation; it says so and offers the closest passages."""
    answer = Pipeline(index, Settings(threshold=1)).ask("What does the ferry to Hven cost?")
    assert (answer.kind, answer.answered, answer.citations, answer.message) == ("declined", False, (), DECLINED)
    assert 0 < len(answer.hits) <= CLOSEST
    assert answer.confidence < 1


def test_an_empty_index_declines() -> None:
    """Without articles nothing is answered, whatever the threshold."""
    answer = Pipeline(Index.in_memory(ToyEmbedder()), Settings(threshold=0)).ask("Anything?")
    assert (answer.kind, answer.hits, answer.confidence < 0.5) == ("declined", (), True)


def test_settings_limit_quotations_and_hits(index: Index) -> None:
    """At most so many quotations are given and so many passages looked at."""
    answer = Pipeline(index, Settings(threshold=0, quotes=1, hits=2)).ask("What was late, the train or the ferry?")
    assert len(answer.citations) == 1
    assert len(answer.hits) == 2


def test_limits_are_kept_and_told(index: Index) -> None:
    """Only articles within the limits are quoted, and the answer says what they were."""
    pipeline = Pipeline(index, Settings(threshold=0))
    answer = pipeline.ask("What does the ferry to Hven cost?", limits=Filter(("courier",), "2021-01-01"))
    assert {c.doc_id for c in answer.citations} == {"copy"}
    assert {h.passage.doc_id for h in answer.hits} == {"copy"}
    assert (answer.searched_for.sources, answer.searched_for.since) == (("courier",), "2021-01-01")
    assert pipeline.ask("ferry", limits=Filter(until="1999-12-31")).hits == ()


def test_a_follow_up_is_answered_with_what_it_leans_on(index: Index) -> None:
    """A question that names nothing is searched for with the one before it; one that stands alone is not."""
    pipeline = Pipeline(index, Settings(threshold=0))
    first = Turn("What about the train to Lund?", pipeline.ask("What about the train to Lund?"))
    answer = pipeline.ask("Why was it late?", [first])
    assert (answer.question, answer.searched_for.text) == ("Why was it late?", "Why was the train to Lund late?")
    assert {"train", "lund"} <= set(pipeline.ask("Why?", [first]).searched_for.carried)
    assert answer.citations[0].doc_id == "train"
    alone = pipeline.ask("What does the ferry to Hven cost?", [first])
    assert alone.searched_for.carried == ()
    assert alone.citations == pipeline.ask("What does the ferry to Hven cost?").citations


def test_a_misspelt_question_is_answered_as_it_is_meant(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was typed stays the question, and what was searched for is told; no question grows too long by it."""
    monkeypatch.setattr(Index, "spelled", lambda self, question: question.replace("fery", "ferry"))
    asked = Pipeline(index, Settings(threshold=0, reader="none"))
    answer = asked.ask("How much is the fery?")
    assert (answer.question, answer.searched_for.text) == ("How much is the fery?", "How much is the ferry?")
    assert asked.retrieve("fery") == asked.retrieve("ferry")
    long = f"fery {'a' * (MAX_QUESTION - 5)}"
    assert asked.ask(long).searched_for.text == long


def test_questions_alone_are_enough_to_lean_on(index: Index) -> None:
    """Turns whose questions were only understood carry over what answered ones do, also from further back."""
    pipeline = Pipeline(index, Settings(threshold=0))
    questions = ["What about the train to Lund?", "Why was it late?", "And when was that?"]
    answered: list[Turn] = []
    for number, question in enumerate(questions):
        turns = pipeline.turns(questions[:number], question)
        assert [turn.question for turn in turns] == questions[:number]
        answer = pipeline.ask(question, answered)
        alone = pipeline.ask(question, turns).searched_for
        assert replace(alone, near=()) == replace(answer.searched_for, near=())
        answered.append(Turn(question, answer))
    assert {"train", "lund"} <= set(answered[-1].answer.searched_for.carried)
    with pytest.raises(QuestionError):
        pipeline.turns([" "])


def test_what_becomes_known_is_told(index: Index) -> None:
    """What was searched for, the hits and the answer are told in that order, also where the answer is declined."""
    for threshold in (0, 1):
        known: list[object] = []
        answer = Pipeline(index, Settings(threshold=threshold)).ask(
            "What does the ferry to Hven cost?", told=known.append
        )
        assert known[0] == answer.searched_for
        assert known[1][: len(answer.hits)] == answer.hits  # type: ignore[index]
        assert known[2:] == [answer]


def test_the_same_question_has_the_same_answer(index: Index) -> None:
    """Only the answer's id differs between two asks."""
    pipeline = Pipeline(index, Settings())
    one, two = pipeline.ask("late train"), pipeline.ask("late train")
    assert one.id != two.id
    assert (one.citations, one.hits, one.confidence) == (two.citations, two.hits, two.confidence)


def test_passages_are_found_as_for_an_answer(index: Index) -> None:
    """``retrieve`` returns the passages that an answer looks at."""
    pipeline = Pipeline(index, Settings(threshold=0))
    assert tuple(pipeline.retrieve("late train", k=10)) == pipeline.ask("late train").hits
    assert len(pipeline.retrieve("late train", k=1)) == 1


@pytest.mark.parametrize("question", ["", " ", "\x00", "x" * 1001])
def test_what_cannot_be_asked_is_refused(index: Index, question: str) -> None:
    """An empty or over-long question is a QuestionError from both ways in."""
    pipeline = Pipeline(index, Settings())
    for way in (pipeline.ask, pipeline.retrieve):
        with pytest.raises(QuestionError):
            way(question)


@pytest.mark.parametrize(
    "question",
    ["the of and", "🚢", "SELECT * FROM articles;", 'title:(a OR "b" [x TO *', "渡轮多少钱？", "\u202eferry"],
)
def test_odd_questions_are_only_questions(index: Index, question: str) -> None:
    """Stop words, emoji, query languages and other scripts are answered or declined like any other."""
    assert Pipeline(index, Settings()).ask(question).kind in {"answer", "declined"}


BRIDGE = article(
    "bridge",
    "The bridge to Hven is long. It was opened in 1932 by the king. Anna Berg drew the bridge to Hven. She was young.",
)


@pytest.fixture
def bridges(index: Index) -> Index:
    """Return the index with an article more."""
    index.add([BRIDGE])
    return index


def test_the_sentence_that_holds_the_answer_leads(bridges: Index) -> None:
    """What the reader finds comes first and is highlighted, though others hold more of the question's words."""
    pipeline = Pipeline(bridges, Settings(threshold=0), ToyReader("1932"))
    answer = pipeline.ask("When did the bridge to Hven open?")
    assert answer.highlight is not None
    assert answer.highlight.text == "1932"
    assert "1932" in answer.citations[0].quote
    assert answer.hits[0].passage.doc_id == "bridge"
    assert Pipeline(bridges, Settings(threshold=0)).ask("When did the bridge to Hven open?").highlight is None


def test_only_a_question_for_a_few_words_has_a_highlight(bridges: Index) -> None:
    """Nothing is highlighted where a sentence is asked for, or where the reader is not sure."""
    sure, unsure = ToyReader("1932"), ToyReader("1932", sure=-1)
    assert Pipeline(bridges, Settings(threshold=0), sure).ask("Why did the bridge to Hven open?").highlight is None
    assert Pipeline(bridges, Settings(threshold=0), unsure).ask("When did the bridge to Hven open?").highlight is None


def test_a_quotation_that_begins_with_a_pronoun_brings_the_sentence_before(bridges: Index) -> None:
    """ "It was opened ..." is quoted with what "it" is."""
    answer = Pipeline(bridges, Settings(threshold=0, quotes=1), ToyReader("1932")).ask("When was Hven's bridge opened?")
    assert answer.citations[0].quote == "The bridge to Hven is long. It was opened in 1932 by the king."


def test_two_questions_in_one_have_an_answer_each(bridges: Index) -> None:
    """The reader is asked both, and what answers the second is quoted too."""
    reader = ToyReader("when: 1932", "who: Anna Berg")
    answer = Pipeline(bridges, Settings(threshold=0), reader).ask("When was the bridge to Hven opened and who drew it?")
    assert reader.asked == ["When was the bridge to Hven opened", "who drew it? bridge hven opened"]
    quoted = " ".join(citation.quote for citation in answer.citations)
    assert "1932" in quoted
    assert "Anna Berg" in quoted


def test_two_questions_in_one_are_searched_for_by_themselves(bridges: Index) -> None:
    """Each is answered from what was found for it alone, however little the two have in common."""
    bridges.add([article("school", "The school has a piano. Nobody plays it.")])
    pipeline = Pipeline(bridges, Settings(threshold=0, hits=1), ToyReader("when: 1932", "who: Nobody"))
    answer = pipeline.ask("When was the bridge to Hven opened, and who plays the piano of the school?")
    assert {citation.doc_id for citation in answer.citations} == {"bridge", "school"}
    within = pipeline.ask("According to the Courier, when was the bridge opened, and what does the ferry cost?")
    assert {hit.passage.doc_id for hit in within.hits} == {"copy"}
    assert [(hit.rank, hit.passage.doc_id) for hit in answer.hits] == [(1, "bridge"), (2, "school")]


def test_within_one_source_the_reader_is_asked_what_is_asked(bridges: Index) -> None:
    """ "According to ..." limits what is read and is no part of the question; the answer is marked as ever."""
    bridges.add([article("old", "The bridge to Hven was opened in 1911.", source="Courier")])
    reader = ToyReader("1911", "1932")
    answer = Pipeline(bridges, Settings(threshold=0), reader).ask(
        "According to the Courier, when did Hven's bridge open?"
    )
    assert reader.asked == ["when did Hven's bridge open?"]
    assert {citation.doc_id for citation in answer.citations} == {"old"}
    assert answer.highlight is not None
    assert answer.highlight.text == "1911"


def test_a_topic_is_searched_for_and_not_read(bridges: Index) -> None:
    """Who wants to be told about something gets what speaks of it, which holds no answer for a reader to find."""
    reader = ToyReader("1932", sure=-1)
    pipeline = Pipeline(bridges, Settings(), reader)
    answer = pipeline.ask("What do the articles say about the bridge to Hven?")
    assert answer.answered
    assert {citation.doc_id for citation in answer.citations} == {"bridge"}
    assert (reader.asked, answer.read) == ([], 0)
    assert answer.citations == Pipeline(bridges, Settings(reader="none")).ask(answer.question).citations
    assert not pipeline.ask("What do the articles say about penguins?").answered
    turn = Turn(answer.question, answer)
    assert pipeline.ask("And the ferry?", [turn]).searched_for.about == "the ferry"


def test_each_source_that_a_question_names_is_quoted(bridges: Index) -> None:
    """What comes nearest to a part of a question is quoted for it, however unsure the reader is."""
    bridges.add([article("harbour", "In spring the harbour was shut. Nobody was told.", source="Courier")])
    pipeline = Pipeline(bridges, Settings(threshold=0), ToyReader("4 crowns", sure=-1))
    answer = pipeline.ask(
        "Did the Island Post say what the ferry to Hven costs, and the Courier that the harbour was shut?"
    )
    assert [part.filter.sources for part in answer.searched_for.parts[:2]] == [("Island Post",), ("Courier",)]
    quoted = {citation.doc_id: citation.quote for citation in answer.citations}
    assert "4 crowns" in quoted["ferry"]
    assert quoted["harbour"] == "In spring the harbour was shut."
    assert answer.notice is None


def test_of_a_source_that_says_nothing_of_it_nothing_is_quoted(bridges: Index) -> None:
    """That a question names a source is no reason to quote what has little to do with the question."""
    bridges.add([article("weather", "It rained all day. A dog was seen.", source="Courier")])
    pipeline = Pipeline(bridges, Settings(threshold=0), ToyReader("4 crowns", sure=-1))
    answer = pipeline.ask(
        "Did the Island Post say what the ferry to Hven costs, and the Courier that a king was crowned?"
    )
    assert "weather" not in {citation.doc_id for citation in answer.citations}
    assert answer.notice is None  # the names may be those of other things


def test_a_source_that_is_surely_meant_and_not_quoted_is_named(bridges: Index) -> None:
    """The answer says of which of the sources that the question names it quotes nothing, beside others or by itself."""
    bridges.add([article("weather", "It rained all day. A dog was seen.", source="Herald")])
    pipeline = Pipeline(bridges, Settings(threshold=0), ToyReader("4 crowns", sure=-1))
    answer = pipeline.ask("According to the Island Post and the Courier, what does the ferry to Hven cost?")
    assert {answer.citations[0].source, answer.citations[0].also[0].source} == {"Island Post", "Courier"}
    assert answer.notice is None
    answer = pipeline.ask("According to the Island Post and the Herald, what does the ferry to Hven cost?")
    assert (answer.notice, answer.left_open) == ("unquoted", "Herald")
    assert answer.message == "Nothing was found to quote from: Herald"
    assert pipeline.ask(answer.question, everywhere=True).notice is None


def test_passages_are_reordered_but_never_lost(bridges: Index) -> None:
    """The reader changes the order of hits, not which there are; their ranks count from 1."""
    pipeline = Pipeline(bridges, Settings(threshold=0), ToyReader("Nobody"))
    found = pipeline.retrieve("the ferry or the train", k=10)
    plain = Pipeline(bridges, Settings(threshold=0)).retrieve("the ferry or the train", k=10)
    assert {hit.passage for hit in found} == {hit.passage for hit in plain}
    assert [hit.rank for hit in found] == [*range(1, len(found) + 1)]
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def verbatim(answer: Answer, index: Index) -> bool:
    """Tell whether every quotation is the text of its article at its offsets."""
    for citation in [*answer.citations, *(other for c in answer.citations for other in c.also)]:
        source = index.article(citation.doc_id)
        if source is None or citation.quote != source.text[citation.start : citation.end] or not citation.quote:
            return False
    return True


LINES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
BODIES = st.one_of(
    LINES, st.lists(st.sampled_from(["The ferry", " is late. ", "\n\n", "4", "e\u0301", "🚢! "])).map("".join)
)


@settings(max_examples=60)
@given(st.one_of(st.text(), st.just("Is the ferry late?")), st.lists(BODIES, max_size=3), st.booleans())
def test_quotations_are_verbatim_whatever_the_texts(question: str, texts: list[str], again: bool) -> None:
    """For any question and articles, quotations are exact spans, and nothing but a QuestionError is raised."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article(f"d{n}", text) for n, text in enumerate(texts)])
    pipeline = Pipeline(index, Settings(threshold=0), ToyReader("ferry", "4") if again else None)
    try:
        answer = pipeline.ask(question)
        answer = pipeline.ask(question, [Turn(question, answer)]) if again else answer
    except QuestionError:
        return
    assert verbatim(answer, index)
    assert all(len(c.quote) <= MAX_CHARACTERS for c in answer.citations)
    assert answer.answered == bool(answer.citations)


@pytest.mark.parametrize(
    ("question", "left_open"),
    [
        (
            "What does the ferry to Hven cost, and who painted the lighthouse of Ystad?",
            "who painted the lighthouse of Ystad?",
        ),
        (
            "Who painted the lighthouse of Ystad and what does the ferry to Hven cost?",
            "Who painted the lighthouse of Ystad?",
        ),
        ("What does the ferry to Hven cost, and who rides for nothing?", ""),
    ],
)
def test_of_two_questions_the_one_that_is_left_open_is_named(index: Index, question: str, left_open: str) -> None:
    """Only what answers the other is quoted, with its short answer, whichever comes first."""
    answer = Pipeline(index, Settings(), ToyReader("what: 4 crowns", "who rides: Dogs")).ask(question)
    assert answer.answered
    assert answer.left_open == left_open
    assert (answer.notice, left_open in answer.message) == ("partly" if left_open else None, True)
    assert "4 crowns" in answer.citations[0].quote
    assert answer.highlight is not None
    assert answer.highlight.text == "4 crowns"
    assert any("Dogs" in citation.quote for citation in answer.citations) is not bool(left_open)
