"""What the API takes and what it gives, field by field: the first is checked, both are documented."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from qa.feedback import MAX_COMMENT
from qa.types import Kind, Notice
from qa.understanding import MAX_QUESTION

MAX_TURNS = 20
MAX_SOURCES = 100
MAX_HITS = 100
DATE = "ISO 8601, as 2023-07-11, 2023-07 or 2023."

Id = str | int
"""An article's id as it is given; a number stands for its digits, as in a file of JSON Lines."""


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Asked(_Taken):
    """A question and what is needed to understand it."""

    # How long it is, is for the pipeline to judge, whose sentence says more.
    question: str = Field(
        description="What is asked.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION},
        examples=["What did they sign?"],
    )
    turns: list[str] = Field(
        default=[], max_length=MAX_TURNS, description="The questions before it, the oldest first.", examples=[[]]
    )
    sources: list[str] = Field(
        default=[], max_length=MAX_SOURCES, description="Only articles of these sources.", examples=[[]]
    )
    since: str | None = Field(default=None, description=f"Only articles from then on; {DATE}", examples=[None])
    until: str | None = Field(default=None, description=f"Only articles until then; {DATE}", examples=[None])
    everywhere: bool = Field(default=False, description="Sources and dates that the question names are no limits.")


class Verdict(_Taken):
    """What is said of an answer; ``id`` is that of the answer."""

    id: str = Field(max_length=100)
    verdict: Literal["up", "down"]
    reasons: list[Literal["wrong", "incomplete", "should_have_answered", "should_have_declined", "outdated"]] = Field(
        default=[], max_length=5, description="What is wrong, where the verdict is down."
    )
    comment: str = Field(default="", max_length=MAX_COMMENT)


class NewArticle(_Taken):
    """An article to be added, as a row of JSON Lines."""

    id: Id = Field(alias="_id", description="Visible characters without spaces; adding it again replaces the article.")
    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: str | None = Field(default=None, description=DATE)
    authors: list[str] | str | None = None
    language: str | None = Field(default=None, description="Two letters, as en.")

    @field_validator("id")
    @classmethod
    def _named(cls, given: Id) -> str:
        if given == "":
            raise ValueError("it is empty; give the article an id")
        return str(given)


class HitGiven(BaseModel):
    """A passage that was found."""

    passage_id: str
    doc_id: str
    title: str
    start: int
    end: int
    text: str
    score: float
    rank: int


class Found(BaseModel):
    """Passages, the best first."""

    schema_: Literal[1] = Field(alias="schema")
    question: str
    hits: list[HitGiven]


class PartGiven(BaseModel):
    """A part of a question that was searched for by itself."""

    text: str
    sources: list[str]
    since: str | None
    until: str | None


class SearchedForGiven(BaseModel):
    """What was searched for; ``carried`` came from earlier questions."""

    text: str
    terms: list[str]
    sources: list[str]
    since: str | None
    until: str | None
    carried: list[str]
    named: bool
    parts: list[PartGiven]


class HighlightGiven(BaseModel):
    """The short answer, in the offsets of the article of citation 1."""

    start: int
    end: int
    text: str


class PlaceGiven(BaseModel):
    """A place that a reader knows by name."""

    label: str
    fragment: str


class QuotedGiven(BaseModel):
    """A quotation: characters ``start`` to ``end`` of the text whose hash is given."""

    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    text_sha256: str
    locator: PlaceGiven | None
    start: int
    end: int
    quote: str


class CitationGiven(QuotedGiven):
    """A numbered quotation; ``also`` say the same."""

    number: int
    also: list[QuotedGiven]


class ListedGiven(BaseModel):
    """An article in an answer that lists some."""

    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None


class AnswerGiven(BaseModel):
    """What the articles say, in quotations, or that they don't say."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    kind: Kind
    question: str
    searched_for: SearchedForGiven
    answered: bool
    confidence: float
    highlight: HighlightGiven | None
    citations: list[CitationGiven]
    hits: list[HitGiven]
    read: int
    articles: list[ListedGiven]
    choices: list[str]
    message: str
    notice: Notice | None


class EntryGiven(BaseModel):
    """An article in a list."""

    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    language: str | None
    sentences: int
    characters: int
    changed: str | None


class Listed(BaseModel):
    """Some of the articles; ``total`` is how many there are of which these are some."""

    schema_: Literal[1] = Field(alias="schema")
    total: int
    articles: list[EntryGiven]


class LocatorGiven(PlaceGiven):
    """A place from ``start`` on."""

    start: int


class CitedGiven(BaseModel):
    """A span of a text, in code points."""

    start: int
    end: int
    quote: str
    locator: PlaceGiven | None


class ArticleGiven(BaseModel):
    """An article with its text; ``cited`` is there where a span was asked for."""

    schema_: Literal[1] = Field(alias="schema")
    doc_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    language: str | None
    authors: list[str]
    locators: list[LocatorGiven]
    text: str
    text_sha256: str
    cited: CitedGiven | None = None


class RefusalGiven(BaseModel):
    """What was left out and why."""

    given: str
    reason: str


class NoteGiven(BaseModel):
    """What is to be known of how an article was read."""

    doc_id: str
    text: str


class SummaryGiven(BaseModel):
    """What became of the articles, by their ids."""

    schema_: Literal[1] = Field(alias="schema")
    added: list[str]
    replaced: list[str]
    unchanged: list[str]
    refused: list[RefusalGiven]
    sentences: int
    passages: int
    notes: list[NoteGiven]


class RemovedGiven(BaseModel):
    """The ids of articles that were removed."""

    schema_: Literal[1] = Field(alias="schema")
    removed: list[str]


class Kept(BaseModel):
    """What was said of an answer is kept."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    verdict: str
    reasons: list[str]


class Health(BaseModel):
    """Whether questions can be answered."""

    status: Literal["ready", "loading", "failed"]
