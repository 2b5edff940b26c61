"""What is no question to the articles: greetings, thanks, what Quoth is, which articles there are, what is new.

The replies are the interface's own words, visibly no quotations. A message is taken for one of these only as a whole:
"thanks, and when was it signed?" is a question.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from index.index import Index
from index.stores.base import Entry
from index.types import Hit
from qa.dates import ago
from qa.phrases import phrases, plain
from qa.types import Answer, Listed, Notice, SearchedFor

CHOICES = 4  # articles that a question may be about
LISTED = 20  # articles that a reply names

NOTICES: dict[Notice, str] = {
    "greeting": "Hello. Ask what you want to know; the articles answer in their own words.",
    "thanks": "You're welcome. Ask on whenever you like.",
    "help": "Ask a question, and you get the sentences of the articles that answer it, each with its place, or you are "
    "told that the articles don't say. A question can lean on the one before it, name a source or a date, or ask for "
    "a list of the articles.",
    "articles": "These are the articles, the latest first.",
    "new": "This has appeared since {day}.",
    "nothing_new": "Nothing has appeared since {day}. These are the latest articles.",
    "none": "There are no articles yet.",
    "clarify": "That leaves open what it is about. Name it, or choose:",
}
"""What each reply says, in English."""

_MUCH = (
    "so much/so/very much/a lot/really/again/then/now/there/all/everyone/everybody/quoth/for now/that is|was/it is|was/"
)
_MUCH += "helpful/enough/great/good/nice/you/for that|this|it/for the|your help|answer|answers/to you/please"
_THANKS = "thanks/thank you/thx/cheers/many thanks/great/perfect/nice/cool/wonderful/excellent/awesome/ok/okay/alright/"
_THANKS += "all right/good/got it/i see/understood/bye/goodbye/see you/good night"
_GREETING = "hi/hello/hey/hiya/howdy/greetings/good morning|day|afternoon|evening/how are you"
_YOU = "you/this/it/quoth/this thing|tool|page|chat|bot|site"
_ARTICLES = "article/articles/document/documents/text/texts/story/stories/source/sources/file/files/report/reports"
_HAVE = (
    "do|can you have|know|search|read/have you got/are there/are here/are in here|it/can i search|read/is|are in here"
)
_NEW = "new/added/published/changed/new here"
_SOME = "what/anything/something/is anything/is there anything/are there any"
_KINDS: dict[Notice, re.Pattern[str]] = {
    "greeting": phrases("{greeting} ({much}) ({much}) ({much})", greeting=_GREETING, much=_MUCH),
    "thanks": phrases("{thanks} ({thanks}) ({much}) ({much}) ({much})", thanks=_THANKS, much=_MUCH),
    "help": phrases(
        "help (me) (please)",
        "who|what are|is {you}",
        "what can you|i|it|this do|ask (you|me) (here|about)",
        "what do|should|can i do|ask (you) (here)",
        "how do|does|can|should i|you|it|this work",
        "how do|can|should i use {you}",
        "how does {you} work",
        "what is this for",
        you=_YOU,
    ),
    "articles": phrases(
        "which|what {articles} ({have})",
        "how many {articles} {have}",
        "which|what are the|your {articles}",
        "list|show (me) (all) (the|your) {articles}",
        "(all) (the) {articles}",
        "what do you have (here)",
        "what is there|here",
        "what is in here",
        "what is in the collection|index|library",
        articles=_ARTICLES,
        have=_HAVE,
    ),
    "new": phrases(
        "{some} is|was|were|has (been) {new}",
        "{some} {new}",
        "{some} (has) changed",
        "what|which {articles} is|are|was|were|has|have (been) {new}",
        "(any) new {articles}",
        some=_SOME,
        new=_NEW,
        articles=_ARTICLES,
    ),
}
_IT = re.compile(r"\b(?:it|this)\b")
_THEN = re.compile(r" (?:(?:since|from|in|after) (?P<since>.+)|(?P<then>today|yesterday|(?:this|last) \w+))$")


def reply(question: str, index: Index, today: date, *, opening: bool = True) -> Answer | None:
    """Return the reply to what is no question to the articles; None for a question to them.

    "How does it work?" asks about Quoth only as the ``opening`` of a conversation.
    """
    said = plain(question)
    for kind in ("greeting", "thanks", "help", "articles"):
        if _KINDS[kind].fullmatch(said) and (opening or kind != "help" or not _IT.search(said)):
            return _listed(question, index) if kind == "articles" else notice(question, kind)
    when = _THEN.search(said)
    if not _KINDS["new"].fullmatch(said[: when.start()] if when else said):
        return None
    since = ago(when["since"] or when["then"], today) if when else (today - timedelta(days=7)).isoformat()
    return _listed(question, index, since) if since else None


def notice(question: str, kind: Notice) -> Answer:
    """Return an answer in the interface's own words."""
    return Answer("", "notice", question, SearchedFor(question), False, 0.0, None, (), (), NOTICES[kind], notice=kind)


def clarify(question: str, hits: Sequence[Hit]) -> Answer | None:
    """Ask what a question is about, and offer it about the articles that were found for it; None where none were."""
    titles = list(dict.fromkeys(" ".join(hit.title.split()) for hit in hits))[:CHOICES]
    if not titles:
        return None
    choices = tuple(f"{question} — {title}" for title in titles)
    said = NOTICES["clarify"]
    return Answer(
        "",
        "clarify",
        question,
        SearchedFor(question),
        False,
        0.0,
        None,
        (),
        (),
        said,
        choices=choices,
        notice="clarify",
    )


def _listed(question: str, index: Index, since: str | None = None) -> Answer:
    """List the latest articles, or those that have appeared since a day."""
    entries = sorted(index.entries(), key=_day, reverse=True)
    fresh = [entry for entry in entries if _day(entry) >= since] if since else entries
    kind: Notice = "none" if not entries else "articles" if not since else "new" if fresh else "nothing_new"
    shown = (fresh or entries)[:LISTED]
    return Answer(
        "",
        "articles" if shown else "notice",
        question,
        SearchedFor(question, since=since),
        False,
        0.0,
        None,
        (),
        (),
        message=NOTICES[kind].format(day=since),
        articles=tuple(Listed(e.doc_id, e.title, e.url, e.source, e.published) for e in shown),
        notice=kind,
    )


def _day(entry: Entry) -> str:
    """Return when an article appeared: when it was published, or else when it was added."""
    return (entry.published or entry.changed or "")[:10]
