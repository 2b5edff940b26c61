"""Which questions a few words answer."""

import pytest

from qa.reader.forms import wants_short_answer

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
Tell me about the bridge"""


@pytest.mark.parametrize("question", SHORT.splitlines())
def test_names_numbers_and_places_are_short(question: str) -> None:
    """Questions for a name, a number, a date or a place want a short answer."""
    assert wants_short_answer(question)


@pytest.mark.parametrize("question", LONG.splitlines())
def test_reasons_and_orders_are_not(question: str) -> None:
    """Questions for reasons and ways, yes-or-no questions, orders and keywords do not."""
    assert not wants_short_answer(question)
