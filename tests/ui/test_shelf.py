"""The library as HTML."""

from index.stores.base import Entry
from index.types import Refusal, Summary
from ui.additions import Addition
from ui.chat.library import matching
from ui.chat.shelf import additions_html, facts_html, listing_html
from ui.texts import ENGLISH


def entry(number: int, title: str, source: str | None = None, published: str | None = None) -> Entry:
    """Return an article in a list."""
    return Entry(
        f"id{number}", title, None, source, published, None, number, number * 100, f"2026-01-0{number}T00:00:00Z"
    )


ENTRIES = [
    entry(1, "The mill", "Gazette", "2021-05-03"),
    entry(2, "the ferry", "Courier"),
    entry(3, "A pier", "Gazette"),
]


def test_every_word_must_be_found_and_the_order_is_as_wished() -> None:
    """Words are those of title, source, date and id; sources and changes limit; ties keep their order."""
    assert [e.title for e in matching(ENTRIES, "MILL gaz 2021", "", "latest")] == ["The mill"]
    assert matching(ENTRIES, "mill courier", "", "latest") == []
    assert [e.title for e in matching(ENTRIES, "", "Gazette", "title")] == ["A pier", "The mill"]
    assert [e.title for e in matching(ENTRIES, "", "", "longest")] == ["A pier", "the ferry", "The mill"]
    assert [e.title for e in matching(ENTRIES, "", "", "changed", "2026-01-01T00:00:00Z")] == ["A pier", "the ferry"]
    assert matching(ENTRIES, "", "", "latest")[0].title == "The mill"


def test_a_list_says_how_much_of_it_is_shown() -> None:
    """With fewer than all there is a way back, with more than the length a way on; only editors can remove."""
    html = listing_html(ENTRIES[:2], 3, 1, ENGLISH, editable=True)
    assert "2 of 3 articles" in html
    assert "data-everything" in html
    assert "data-more" in html
    assert html.count("data-drop") == 1
    assert "data-drop" not in listing_html(ENTRIES, 3, 9, ENGLISH)
    assert "Add some" in listing_html([], 0, 9, ENGLISH)


def test_a_file_says_what_was_added_and_what_was_not() -> None:
    """What was added stays told where the rest could not be; many reasons are counted."""
    refused = tuple(Refusal(f"a.jsonl:{n}", "not valid JSON") for n in range(8))
    html = additions_html(
        [Addition("a.jsonl", "done", summary=Summary(("x",), refused=refused), problem="full")], ENGLISH
    )
    assert "1 added, 8 left out · Left out: full" in html
    assert html.count("not valid JSON") == 5
    assert "and 3 more" in html
    assert "Done: 1 added, 9 left out." in html


def test_of_very_many_files_those_with_something_to_say_are_named() -> None:
    """Two hundred files do not fill the page."""
    good = [Addition(f"{n}.txt", "done", summary=Summary((str(n),))) for n in range(200)]
    bad = Addition("bad.txt", "done", summary=Summary(refused=(Refusal("bad.txt", "empty"),)))
    html = additions_html([*good, bad, Addition("last.txt", "adding"), Addition("wait.txt")], ENGLISH)
    assert html.count("<li") == 3
    assert "201 of 203 done" in html
    assert "bad.txt" in html
    assert "last.txt" in html
    assert html.count("bad.txt") == 1


def test_before_it_is_loaded_the_library_says_so() -> None:
    """The heading is there from the first moment."""
    assert "Loading the articles" in facts_html(None, ENGLISH)
