"""The texts of the page, one file per language: ``texts("asked")``, ``texts("articles", 3)``.

A text is plain, never markup; whoever shows it escapes it. A language is complete when it has the keys of English, with
the forms that its plural rules ask for; a test holds every file to that. What the articles say is never translated.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from babel.units import format_unit

LANGUAGES = {"en": "en_GB", "uk": "uk"}
"""The languages that there is a file of, and the locale that each counts and names its days by."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language."""

    language: str
    entries: Mapping[str, str | Mapping[str, str]]

    def __call__(self, key: str, count: int | None = None, /, **values: object) -> str:
        """Return a text with its ``{placeholders}`` filled in; ``{n}`` is ``count``, which also chooses the form."""
        entry = self.entries[key]
        if count is not None:
            values["n"] = self.number(count)
        if isinstance(entry, Mapping):
            entry = entry[self.locale.plural_form(count or 0)]
        return entry.format(**values)

    @property
    def locale(self) -> Locale:
        """Return how this language counts and names its days."""
        return Locale.parse(LANGUAGES[self.language])

    @property
    def direction(self) -> str:
        """Return "ltr" or "rtl"."""
        return str(self.locale.text_direction)

    def number(self, value: int) -> str:
        """Return a whole number with its thousands set apart."""
        return str(format_decimal(value, locale=self.locale))

    def size(self, count: int) -> str:
        """Return a number of bytes in megabytes."""
        return str(format_unit(round(count / 1e6, 1), "megabyte", "short", locale=self.locale))

    def day(self, published: str | None) -> str:
        """Return an ISO 8601 date or date-time as a day, and anything else as it is."""
        if not published:
            return ""
        try:
            found = date.fromisoformat(published[:10])
        except ValueError:
            return published
        return str(format_date(found, "long", locale=self.locale))

    def moment(self, at: str) -> str:
        """Return an ISO 8601 date-time as day and time where this runs."""
        try:
            found = datetime.fromisoformat(at)
        except ValueError:
            return at
        local = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone()
        return str(format_datetime(local, "d MMMM y, HH:mm", locale=self.locale))


@cache
def load(language: str) -> Texts:
    """Return the texts of one of ``LANGUAGES``."""
    with (files(__package__) / f"{language}.toml").open("rb") as file:
        return Texts(language, tomllib.load(file))


ENGLISH = load("en")
