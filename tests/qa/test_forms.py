"""Which questions a few words answer."""

import pytest

from qa.reader.forms import asked, topic, wants_short_answer

SHORT = """Who won the race?
To whom was the letter sent?
In which year did the bridge open?
when did the bridge open
where is hven
How many people live there?
how old was she
What is the capital of Sweden?
what's the name of the ferry
And who paid for it?
The bridge opened in which year?
Whose idea was it?"""

LONG = """Why was the train late?
How does the lock work?
Did the ferry leave?
is the bridge open
Can dogs ride for nothing?
What happened in 2008?
What is the difference between a ferry and a boat?
What did the minister say?
Explain the delay
List the threats
ferry prices
what are the new glasses like
Tell me about the bridge"""


@pytest.mark.parametrize("question", SHORT.splitlines())
def test_names_numbers_and_places_are_short(question: str) -> None:
    """Questions for a name, a number, a date or a place want a short answer."""
    assert wants_short_answer(question)


@pytest.mark.parametrize("question", LONG.splitlines())
def test_reasons_and_orders_are_not(question: str) -> None:
    """Questions for reasons and ways, yes-or-no questions, orders and keywords do not."""
    assert not wants_short_answer(question)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("When was it built, and who paid?", 2),
        ("When was it built, and who paid for it?", 2),
        ("Who led them and when did they come?", 2),
        ("What is nginx and what is it used for", 2),
        ("Is it open? When does it close?", 2),
        ("How many men and how many women died?", 1),
        ("Which countries and which cities were hit?", 1),
        ("On what day and what time did it happen?", 1),
        ("When did the band Rock and Who tour?", 1),
        ("Who is the man that led FTX, and who is also accused of fraud?", 1),
        ("Which company that makes phones was fined and which was not?", 1),
        ("When was it built and who paid for it and why did it fall?", 1),
        ("Why?", 1),
        ("and", 1),
    ],
)
def test_two_questions_in_one(text: str, parts: int) -> None:
    """Two whole questions are taken apart; clauses, lists and names are not."""
    assert len(asked(text)) == parts
    if parts == 1:
        assert asked(text) == (text,)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("What do the articles say about Lake Vänern?", "Lake Vänern"),
        ("what does it say about the deposit", "the deposit"),
        ("What is written about China?", "China"),
        ("What's known about the old bridge", "the old bridge"),
        ("Tell me more about Iceland.", "Iceland"),
        ("Can you tell me something about ferries?", "ferries"),
        ("Is there anything new on the strike?", "the strike"),
        ("anything about penguins?", "penguins"),
        ("Do the articles say anything about taxes?", "taxes"),
        ("information on refunds", "refunds"),
        ("Tell me about how the bridge was built", ""),
        ("What is written about whether it was safe?", ""),
        ("Tell me about WHO guidelines", "WHO guidelines"),
        ("What happened on 12 July 2023?", "12 July 2023"),
        ("what else was going on in July 2023", "July 2023"),
        ("What happened to the ferry on 12 July 2023?", ""),
        ("What happened in Oslo?", ""),
        ("What did the minister say about taxes?", ""),
        ("What do they say about the design?", ""),
        ("What do the articles say?", ""),
        ("show me on a map where Ecuador is", ""),
        ("Who told the king about the bridge?", ""),
        ("What is China?", ""),
        ("China?", "China"),
        ("the old bridge", "the old bridge"),
        ("old bridge opening year", ""),
        ("Why?", ""),
        ("is it", ""),
    ],
)
def test_some_only_name_a_topic(text: str, about: str) -> None:
    """Whoever wants to be told about something asks nothing of it; who asks what a person said does."""
    assert topic(text) == about


def test_a_word_or_two_may_lean_on_what_came_before() -> None:
    """Where they do, they are no topic; what names one in so many words is."""
    assert topic("the cost?", bare=False) == ""
    assert topic("anything about the cost?", bare=False) == "the cost"
