"""A question and the turns before it -> what is searched for.

A question that stands alone is searched for as it was asked. One that leans on what came before is put as it would
stand alone, where that is plain, and searched for together with words that it means without saying them, which weigh
less than its own; both are named, so that they can be shown. Sources and dates that a question names limit what is
searched, and one that asks for several things is taken apart.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from index.errors import QuestionError
from index.stores.base import Facets
from index.terms import content_words
from index.types import Filter, Sentence
from qa.antecedents import MAX_BACK
from qa.ellipsis import completed
from qa.leaning import ENOUGH, MAX_CARRIED, Says, carried, leans, resolved, says_little
from qa.mentions import sources
from qa.parts import take_apart
from qa.reader.forms import topic
from qa.types import Question, SearchedFor

MAX_QUESTION = 1000  # characters
_NO_FACETS = Facets()
_ONLY = re.compile(r"\W*(?:(?:and|but|now) )?(?:only|just)\b(?: (?:in|from|by|according to|what))?", re.IGNORECASE)


def _each_word_alike(text: str) -> float:
    return 0.8 * len(content_words(text))


def understand(
    question: Question,
    facets: Facets = _NO_FACETS,
    today: date | None = None,
    says: Says = _each_word_alike,
    spelled: Callable[[str], str] = str,
) -> SearchedFor:
    """Return what to search for among articles of these ``facets``; raises QuestionError for an empty or over-long one.

    Sources and dates that the question names, where the articles have them, are limits unless it is to be searched
    for everywhere. "Only The Verge" asks the question before it again within a limit that stays. ``says`` returns how
    much a text says to these articles, as ``Index.says`` does; without it every content word says alike. ``spelled``
    puts right what is misspelt, as ``Index.spelled`` does.
    """
    typed = clean(question.text)
    text = _short(spelled(typed), typed)
    before = [turn.answer for turn in question.turns if turn.answer.searched_for.terms]  # and not a greeting
    last = before[-1].searched_for if before else None
    if last and (only := _only(text, facets)):
        return replace(last, sources=only.sources, named=Filter(), kept=only)
    kept = last.kept if last and not question.everywhere else Filter()
    limits = question.filter or kept
    leaning = bool(before) and leans(text)
    little = bool(before) and not leaning and says_little(text, says(text))
    again = completed(text, before[-1].searched_for.text) if leaning else ""
    whole = _short(again or (resolved(text, before) if leaning else text), text)
    own = tuple(dict.fromkeys(content_words(whole)))
    meant: tuple[str, ...] = ()
    if little or (leaning and says(whole) < ENOUGH):
        # What asks the last question again carries only what that carried itself.
        words = _carried_on(before[-1].searched_for) if again else carried(text, before, says)
        meant = tuple(dict.fromkeys(word for word in words if word not in own))[:MAX_CARRIED]
    quoted = [citation for answer in before[-MAX_BACK:] for citation in answer.citations] if leaning else []
    likely = _short(resolved(text, before, likely=True), whole) if meant else whole
    parts, named = take_apart(whole, limits, _NO_FACETS if question.everywhere else facets, today)
    found = SearchedFor(
        text=whole,
        terms=own + meant,
        sources=limits.sources or named.sources,
        since=limits.since or named.since,
        until=limits.until or named.until,
        carried=meant,
        parts=parts,
        named=named,
        kept=kept,
        near=tuple(Sentence(c.doc_id, c.start, c.end) for c in quoted),
        likely=likely if likely != whole else "",
    )
    about = topic(found.likely or found.asks, bare=not (leaning or meant))
    return found if found.several else replace(found, about=about)


def _short(made: str, text: str) -> str:
    """Return a question that was made of ``text``, unless it is longer than any may be."""
    return made if len(made) <= MAX_QUESTION else text


def _carried_on(last: SearchedFor) -> list[str]:
    """Return the words that a question was searched for beside its own."""
    own = content_words(last.text)
    return [word for word in last.terms if word not in own]


def _only(text: str, facets: Facets) -> Filter | None:
    """Return the limit that a message consists of: "only The Verge", "just the BBC please"."""
    found = sources(text, facets) if _ONLY.match(text) else []
    if len(found) != 1:
        return None
    rest = _ONLY.sub("", text[: found[0].start], count=1) + text[found[0].end :]
    return found[0].filter if not content_words(rest) else None


def clean(text: str) -> str:
    """Return a question without control characters and surrounding space; raises QuestionError."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" or c in "\u200c\u200d" else " " for c in text)
    question = " ".join(kept.split())
    if not question:
        raise QuestionError("the question is empty; ask for something that the articles may say")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {MAX_QUESTION:,} can be asked; shorten it"
        )
    return question
