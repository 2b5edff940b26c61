"""The languages of articles, as the command line and the page tell them."""

from dataclasses import replace

from index.index import LanguageCount, Status
from ui.chat.shelf import facts_html
from ui.languages import languages_to_text
from ui.texts import ENGLISH, load


def test_languages_that_the_model_does_not_know_are_named() -> None:
    """The page and the command line say which articles are found by words alone, and what to set; otherwise nothing."""
    known = Status("", 3, 9, 3, 0, "toy", "0" * 64, 8, 100, 1, "", languages=(LanguageCount("en", 3, True),))
    more = (
        *known.languages,
        LanguageCount("de", 2, False),
        LanguageCount(None, 1, True),
        LanguageCount("tlh", 1, False),
    )
    mixed = replace(known, languages=more)
    assert "the embedding model does not know" not in facts_html(known, ENGLISH)
    assert "Articles in German, tlh are found by their words" in facts_html(mixed, ENGLISH)
    assert "німецька" in facts_html(mixed, load("uk"))
    assert [*languages_to_text(known)] == ["languages: English 3"]
    first, second = languages_to_text(mixed)
    assert first == "languages: English 3, German 2, not known 1, tlh 1"
    assert second.startswith("the embedding model toy does not know German, tlh: ")
    assert "`model`" in second
    assert [*languages_to_text(replace(known, languages=()))] == []
