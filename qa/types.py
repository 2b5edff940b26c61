"""The values that qa hands out: questions, citations and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.types import Filter, Hit, Locator, Sentence

Kind = Literal["answer", "declined", "articles", "clarify", "notice"]
Notice = Literal[
    "greeting",
    "thanks",
    "help",
    "articles",
    "new",
    "nothing_new",
    "none",
    "clarify",
    "shown",
    "follows",
    "precedes",
    "nothing_follows",
    "nothing_precedes",
    "dated",
    "undated",
    "elsewhere",
    "only_here",
    "partly",
    "unquoted",
]
"""What an answer says in the interface's own words; see ``qa.replies`` and ``qa.references``."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quotation: a verbatim span of one article and what a reader needs to find it there.

    ``quote == article.text[start:end]``, always; ``text_sha256`` is the hash of that article's text.
    ``also`` holds quotations of other articles that say the same, under the same number.
    """

    number: int
    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    text_sha256: str
    locator: Locator | None
    start: int
    end: int
    quote: str
    also: tuple["Citation", ...] = ()


@dataclass(frozen=True, slots=True)
class Highlight:
    """The short answer: a span, in the article's offsets, inside citation 1."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question that is searched for by itself, within the limits that it names."""

    text: str
    filter: Filter = Filter()


@dataclass(frozen=True, slots=True)
class SearchedFor:
    """What was searched for on the user's behalf; ``carried`` came from earlier turns.

    ``sources``, ``since`` and ``until`` limit the whole search; ``named`` are those that the question itself named, and
    ``kept`` those that stay for the questions after it. ``parts`` are what the question was taken apart into, ``near``
    what was quoted in the answers that the question leans on. ``text`` is the question, with what "it" or "and Canada?"
    stand for in their place; ``likely`` is that with all
    that they may well stand for, "" where it is the same. ``about`` is the topic of a question that only names one
    ("what do the articles say about ..."), "" of any other.
    """

    text: str
    terms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    carried: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    named: Filter = Filter()
    kept: Filter = Filter()
    near: tuple[Sentence, ...] = ()
    likely: str = ""
    about: str = ""

    @property
    def several(self) -> bool:
        """Tell whether several things were asked for, or something of several sources or times.

        One that is searched for within a limit that may be none, and without, is one thing all the same.
        """
        limited = sum(bool(part.filter) for part in self.parts)
        return limited > 1 or len(self.parts) - limited > 1

    @property
    def asks(self) -> str:
        """Return what is asked, without the words that only say where to look, or that something be told."""
        return self.about or (self.parts[0].text if self.parts and not self.several else self.text)


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in an answer that lists some."""

    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say, in quotations, or that they don't say (``answered`` is False).

    ``message`` is in the interface's own words; ``notice`` says what it is, so that it can be said in another language.
    ``left_open`` is the question, of two that were asked at once, to which no answer was found, or the sources that a
    question names and of which nothing is quoted.
    ``read`` is the number of the hits that the reader read for a question, the most where two were asked at once: fewer
    while many people ask, and where the very first hold an answer; 0 without a reader.
    """

    id: str
    kind: Kind
    question: str
    searched_for: SearchedFor
    answered: bool
    confidence: float
    highlight: Highlight | None
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    message: str = ""
    articles: tuple[Listed, ...] = ()
    choices: tuple[str, ...] = ()
    read: int = 0
    notice: Notice | None = None
    left_open: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and its answer."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the turns before it (oldest first) and the limits set by the person who asks.

    ``everywhere`` says that sources and dates which the question names are no limits.
    """

    text: str
    turns: Sequence[Turn] = ()
    filter: Filter = Filter()
    everywhere: bool = False
