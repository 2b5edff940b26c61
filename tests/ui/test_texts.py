"""The texts of the page, in every language."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import ui
from qa.types import Notice
from ui.texts import ENGLISH, LANGUAGES, Texts, load

USED = re.compile(r"""\bt\(\s*f?["']([a-z_]+)(?:\{\w+\})?["']""")
MADE = {
    *("by_latest", "by_changed", "by_title", "by_longest"),
    *("n_added", "n_replaced", "n_removed", "n_restored", "n_unchanged", "n_refused", "n_gone"),
    *("kind_folder", "kind_files", "kind_page", "kind_feed", "kind_sitemap"),
    *("up", "down", "wrong", "incomplete", "should_have_declined", "outdated", "use", "in_use"),
    *(f"dated_{place}" for place in ("front_matter", "properties", "pdf", "meta", "data", "time", "url", "header")),
    *("dated_feed", "dated_row", "dated_request"),
    *("mode_panel", "mode_inline", "mode_frame", "theme_auto", "theme_light", "theme_dark"),
    *(f"notice_{notice}" for notice in get_args(Notice)),
    *("demo_questions", "cut_before", "cut_after", "show_earlier", "show_later"),
}


def forms(entry: str | Mapping[str, str]) -> Mapping[str, str]:
    """Return the forms of an entry, by their plural."""
    return entry if isinstance(entry, Mapping) else {"": entry}


def placeholders(entry: str | Mapping[str, str]) -> set[str]:
    """Return the names that the forms of an entry have filled in."""
    return {name for form in forms(entry).values() for _, name, _, _ in Formatter().parse(form) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_complete(language: str) -> None:
    """Each has the keys of English with the same placeholders, and every form that its plurals ask for."""
    texts = load(language)
    assert texts.entries.keys() == ENGLISH.entries.keys()
    for key, entry in texts.entries.items():
        assert placeholders(entry) == placeholders(ENGLISH.entries[key]), key
        assert isinstance(entry, str) == isinstance(ENGLISH.entries[key], str), key
        assert all(form.strip() for form in forms(entry).values()), key
        if not isinstance(entry, str):
            assert entry.keys() == {*texts.locale.plural_form.tags, "other"}, key


def test_every_text_is_used_and_every_used_one_is_there() -> None:
    """The files hold neither more nor less than the page asks for."""
    sources = Path(ui.__file__).parent.rglob("*.py")
    used = {key for path in sources for key in USED.findall(path.read_text(encoding="utf-8"))}
    assert {key for key in used if not key.endswith("_")} | MADE == ENGLISH.entries.keys()


def test_numbers_days_and_plurals_are_those_of_the_language() -> None:
    """The plural follows the number; days are named; what is no day stays as it is."""
    uk = load("uk")
    assert [uk("articles", n) for n in (1, 2, 5, 21, 112)] == [
        *("1 стаття", "2 статті", "5 статей", "21 стаття", "112 статей")
    ]
    assert [ENGLISH("articles", n) for n in (1, 2, 12_345)] == ["1 article", "2 articles", "12,345 articles"]
    assert uk.day("2023-04-05") == "5 квітня 2023\u202fр."
    days = ("2023-04-05", "2023-04-05T10:00:00Z", "2023", "soon", None)
    assert [ENGLISH.day(day) for day in days] == ["5 April 2023", "5 April 2023", "2023", "soon", ""]
    assert ENGLISH.size(1_234_567) == "1.2 MB"
    assert ENGLISH.moment("soon") == "soon"


def test_what_is_filled_in_is_not_read_as_a_text() -> None:
    """Braces in a title are no placeholders."""
    assert Texts("en", {"x": "about {title}"})("x", title="{n} {title}") == "about {n} {title}"
