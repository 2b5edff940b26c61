"""The languages of an index's articles, as a person is told them."""

from collections.abc import Iterator

from babel import Locale
from babel.core import UnknownLocaleError

from index.index import Status

MODELS = "paraphrase-multilingual-MiniLM-L12-v2, multilingual-e5-small"
"""Embedding models of many languages, for those who look for one."""


def language_name(code: str | None, locale: Locale | str = "en") -> str:
    """Return a language's name in the language of ``locale``, or its code where that has none for it."""
    if code is None:
        return "not known"
    try:
        return Locale.parse(code).get_language_name(locale) or code
    except (UnknownLocaleError, ValueError):
        return code


def languages_to_text(status: Status) -> Iterator[str]:
    """Yield a line with the languages of the articles, and one on those that the embedding model does not know."""
    if not status.languages:
        return
    yield "languages: " + ", ".join(f"{language_name(x.code)} {x.articles:,}" for x in status.languages)
    if unknown := [language_name(x.code) for x in status.languages if not x.known]:
        yield (
            f"the embedding model {status.embedder} does not know {', '.join(unknown)}: such articles are found by "
            "their words, hardly by what they mean, and no reader looks for answers in them; for a new index, name the "
            f"folder of a model of many languages (such as {MODELS}) in the setting `model`"
        )
