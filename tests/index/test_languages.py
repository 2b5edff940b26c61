"""Languages: what a text is in, when that is not said, and what is believed of what is said."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.articles.base import Draft, build
from index.languages import detect, function_words, recorded

GOLDEN = Path(__file__).parent.parent / "golden" / "languages.txt"
TEXTS = {line[:2]: line[3:] for line in GOLDEN.read_text("utf-8").splitlines() if not line.startswith("%")}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_is_enough(language: str) -> None:
    """The language of a long sentence is known."""
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Oslo",
        "The harbour was opened.",
        "Der Hafen wurde 1932 eröffnet, und viele kamen.",
        "1932 1933 1934 " * 20,
        "Name Date Score Rank Total " * 2 + "Name Datum Punkte Rang Summe " * 2,
        "Lorem ipsum ... !!! ??? 12:30 13:45 @@ ## " * 5,
        "xq zvk wqj " * 20,
    ],
)
def test_no_language_is_guessed(text: str) -> None:
    """What is too short, in no language or in several has none."""
    assert detect(text) is None


def test_a_text_in_two_languages_has_none() -> None:
    """A long text that begins in one language and goes on in another has none."""
    assert detect((TEXTS["en"] + "\n") * 30 + (TEXTS["de"] + "\n") * 60) is None
    assert detect((TEXTS["de"] + "\n") * 90) == "de"


def test_what_is_said_is_believed_unless_the_text_surely_says_otherwise() -> None:
    """Metadata decide on short texts and between languages that are nearly alike; a text in quite another decides."""
    assert recorded("de", "Hafen 1932") == "de"
    assert recorded(None, TEXTS["de"]) == "de"
    assert recorded("de", TEXTS["de"]) == "de"
    assert recorded("en", TEXTS["de"]) == "de"
    assert recorded("nn", TEXTS["sv"].replace("och", "og")) in {"nn", "sv"}
    assert (
        recorded("bs", "Stara luka otvorena je u proljeće 1932. godine i bila je najveća u cijeloj zemlji do rata.")
        == "bs"
    )
    assert recorded(None, "Hafen 1932") is None


def test_articles_are_built_with_their_language() -> None:
    """An article has the language of its metadata, or that of its text, or none."""

    def language(text: str, **fields: object) -> str | None:
        return build(Draft(given="a", text=text, fields=fields), stem="a", origin="/a").language

    assert language(TEXTS["uk"]) == "uk"
    assert language(TEXTS["uk"], language="uk-UA") == "uk"
    assert language(TEXTS["uk"], language="en") == "uk"
    assert language("Short.", lang="pl") == "pl"
    assert language("Short.") is None


def test_threads_find_the_same() -> None:
    """However many threads ask at once, each text has its language."""
    texts = list(TEXTS.values()) * 5
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, texts)) == [*TEXTS] * 5


def test_the_detector_is_loaded_when_it_is_needed() -> None:
    """Neither importing the module nor judging what is short loads the detector."""
    code = "import sys\nfrom index.languages import detect\ndetect('short')\nassert 'py3langid' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_function_words_of_an_unknown_language() -> None:
    """A language without a list has no function words, and one that is not known has those of English."""
    assert function_words("fi") == frozenset()
    assert function_words(None) == function_words("en")
    assert function_words("nb") == function_words("no")
