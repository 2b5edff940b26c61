"""The values that travel through the house: articles, sentences, passages and hits.

Every value is frozen. A span is a half-open pair of code-point offsets into ``Article.text``,
so ``article.text[start:end]`` is always the exact text that a span names.
"""

import hashlib
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Locator:
    """A place that a reader knows by name, from ``start`` on: ``Locator(1042, "p. 3", "#page=3")``."""

    start: int
    label: str
    fragment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One text and what is known of it; ``text`` is never changed after it was read.

    ``published`` is an ISO 8601 date or date-time, ``published_from`` says where it was found.
    ``origin`` (absolute path or canonical URL, with a row id where one file holds many articles) is
    the article's identity between two runs of ``add``; it is never shown publicly. ``note`` is what its reader has to
    say to whoever adds it; it is not kept.
    """

    doc_id: str
    title: str
    text: str
    url: str | None = None
    source: str | None = None
    published: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    published_from: str | None = None
    locators: tuple[Locator, ...] = ()
    origin: str = ""
    note: str = field(default="", compare=False)

    @property
    def text_sha256(self) -> str:
        """Hash the text alone (UTF-8), so that anyone holding the article can check a citation."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def sha256(self) -> str:
        """Hash the text and all metadata: equal hashes mean that nothing needs to be added again."""
        fields = [
            self.title,
            self.url,
            self.source,
            self.published,
            self.language,
            self.authors,
            [(x.start, x.label, x.fragment) for x in self.locators],
        ]
        digest = hashlib.sha256(repr(fields).encode("utf-8", "surrogatepass"))
        digest.update(self.text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def locator_at(self, offset: int) -> Locator | None:
        """Return the last locator that starts at or before ``offset``, or None."""
        found = None
        for locator in self.locators:
            if locator.start > offset:
                break
            found = locator
        return found


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """A span of one article; its text is ``article.text[start:end]``."""

    doc_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A window of whole, consecutive sentences of one article, named ``"<doc_id>#<n>"``."""

    passage_id: str
    doc_id: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, rank 1 being the best, with its text and its article's title and language.

    ``cosines`` are those of its sentences with the question, which say little unless it is ``known``: the embedding
    model knows both languages. ``terms`` are the hashes of the title's terms and of each sentence's; see
    ``terms.term_hashes``. ``copies`` say the same in nearly the same words, in other places; they stand in no list of
    hits themselves, and have the rank of this one.
    """

    passage: Passage
    score: float
    rank: int
    title: str
    text: str
    cosines: tuple[float, ...] = ()
    terms: tuple[frozenset[int], ...] = ()
    copies: tuple["Hit", ...] = ()
    language: str | None = None
    known: bool = True

    @property
    def versions(self) -> tuple["Hit", ...]:
        """Return this hit and its copies."""
        return (self, *self.copies)

    def at(self, rank: int) -> "Hit":
        """Return this hit, and its copies, at another rank."""
        return replace(self, rank=rank, copies=tuple(replace(copy, rank=rank) for copy in self.copies))


@dataclass(frozen=True, slots=True)
class Filter:
    """Limits on what may be found: any of ``sources`` (exact names, case ignored), published within
    ``since``..``until`` (ISO 8601 dates, both inclusive). An empty filter admits everything; an
    article without a source or date is admitted only where that part is not limited.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is limited."""
        return bool(self.sources or self.since or self.until)

    def admits(self, source: str | None, published: str | None) -> bool:
        """Tell whether an article of this source and date may be found."""
        if self.sources and (source or "").casefold() not in {s.casefold() for s in self.sources}:
            return False
        if not (self.since or self.until):
            return True
        if published is None:
            return False
        day = published[:10]
        return (self.since or "") <= day and day <= (self.until or "9999-12-31")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was given and left out: what it was and why."""

    given: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of an article that was added: how it was read."""

    doc_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What an ``add`` did, article by article (``doc_id``s), what it left out, and what is to be known of it."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    sentences: int = 0
    passages: int = 0
    notes: tuple[Note, ...] = ()
