"""A question that leaves out most of the one before it -> the whole question: "And Canada?", "in 2008?", "Why?"."""

import re

from index.terms import MONTHS, content_words
from qa.leaning import OPENS
from qa.pronouns import NAME, VERB
from qa.reader.forms import is_question, topic

# "The Hungarian one", after a question about "the Finnish parliament".
_ONE = re.compile(rf"the ({NAME}) ones?")
_KIND = re.compile(rf"\b(?:the|an?|which|what) (?P<name>{NAME})(?= [a-z])")
# "Why?" after "When was it built?" or "Was it built?", but not after "Who built it?"; "Why not?" after the second.
_BARE = re.compile(
    r"(?:\W*(?:and|but|so)\b)?\W*"
    r"(?P<word>why|when|where|how|since when|until when|(?:in|at|on) (?:which|what) [a-z]+|by whom)"
    r"(?P<not>(?<=why) not)?\W*",
    re.IGNORECASE,
)
# "Why?" after "How many points did Everton lose?", or "How many people were there?".
_HOW_MANY = re.compile(rf"\W*how (?:many|much) (?P<what>\w+(?: \w+)?) (?P<verb>{VERB}) (?P<rest>.+)", re.IGNORECASE)
_INVERTED = re.compile(
    r"(?:did|does|do) |\w+ (?:the|an?|he|she|it|they|we|you|his|her|its|their|(?-i:[A-Z])\w*)\b", re.I
)
_YES_OR_NO = re.compile(rf"(?!(?:will|can)\b)(?P<verb>{VERB}) (?=\w)", re.IGNORECASE)
_ASKED = re.compile(rf"\W*(?:(?:\w+ )?(?:when|where|why|how|which|what)\b(?: \w+){{0,3}}? )?(?={VERB} )", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]+")
_ASKED_OF = re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had|will|can) (?P<word>[^\W\d]+)")
# "And Canada?", and "for Canada?" after a question that has "for" before a name.
_OTHER = re.compile(
    rf"(?:(?P<of>in|at|for|from|to|with|by|on|of|about) )?(?P<new>(?:the |an? )?(?!(?i:{'|'.join(MONTHS)})\b){NAME}"
    rf"(?:(?:,|,? and|,? or) (?:the )?{NAME})*)"
)
# It stands for Britain in "How many Ukrainian soldiers did Britain train?", for what is named first in others.
_OLD = rf"(?P<old>(?:(?:the|an?) )?{NAME})"
_SUBJECT, _FIRST = re.compile(rf"\b{VERB} {_OLD}"), re.compile(rf"(?<=[\w,;:'’.] ){_OLD}")
_THING = re.compile(r"[^\W_][\w'’-]*(?: [\w'’-]+){0,3}")
_NUMBERED = re.compile(r"(?:the )?(?P<kind>[a-z]+) \d+", re.IGNORECASE)
_WHEN = re.compile(
    r"(?:in|on|by|since|until|before|after|during) (?:the )?"
    rf"(?:(?:{'|'.join(MONTHS)}) )?(?:\d{{1,2}},? )?(?:19|20)\d\d",
    re.IGNORECASE,
)


def completed(text: str, last: str) -> str:
    """Return the last question with another name, number or date in it, "And Canada?", "sorry, I meant Canada", "and
    the Hungarian one", "what about game 1?", "in 2008?", or with another question word, "Why?".

    Where the last question is written small it is "n montenegro", after "when did greece join". Returns "" for any
    other question.
    """
    if bare := _BARE.fullmatch(text):
        return _with_word(bare["word"], last, negated=bool(bare["not"]))
    opening = OPENS.match(text)
    new = text[opening.end() if opening else 0 :].strip(" ,?!.")
    if (date := _WHEN.fullmatch(new)) and (old := _WHEN.search(last)):
        return f"{last[: old.start()]}{date[0]}{last[old.end() :]}"
    return _with_other(new, last) if opening else ""


def _with_word(word: str, last: str, *, negated: bool) -> str:
    """Return the last question with another question word, "why", and as "why not?" means it with ``negated``."""
    if negated:
        asked = _YES_OR_NO.match(last)
        return f"{word} {asked['verb'].lower()}n't {last[asked.end() :]}" if asked else ""
    if many := _HOW_MANY.match(last):
        verb, rest = many["verb"].lower(), many["rest"].rstrip(" ?")
        of_them = f"{rest} {many['what']}" if _INVERTED.match(f"{verb} {rest}") else f"{many['what']} {rest}"
        return f"{word} {verb} {of_them}?"
    asked = _ASKED.match(last)
    return f"{word} {last[asked.end() :][:1].lower()}{last[asked.end() + 1 :]}" if asked else ""


def _with_other(new: str, last: str) -> str:
    """Return the last question with what is ``new`` in the place of its like."""
    if (about := topic(last)) and _THING.fullmatch(new) and not is_question(new):
        return f"{last[: last.rindex(about)]}{new}{last[last.rindex(about) + len(about) :]}"
    if one := _ONE.fullmatch(new):
        kind = _KIND.search(last)
        return f"{last[: kind.start('name')]}{one[1]}{last[kind.end('name') :]}" if kind else ""
    if numbered := _NUMBERED.fullmatch(new):
        old = re.search(rf"\b{numbered['kind']} \d+\b", last, re.IGNORECASE)
        return f"{last[: old.start()]}{new}{last[old.end() :]}" if old else ""
    if name := _OTHER.fullmatch(new):
        of = rf"\b{name['of']} {_OLD}"
        named = re.search(of, last) if name["of"] else _SUBJECT.search(last) or _FIRST.search(last)
        if named:
            return f"{last[: named.start('old')]}{name['new']}{last[named.end('old') :]}"
    small = last[1:].islower() and _WORD.fullmatch(new) and content_words(new)
    of_it = _ASKED_OF.search(last) if small else None
    if of_it and content_words(of_it["word"]):
        return f"{last[: of_it.start('word')]}{new}{last[of_it.end('word') :]}"
    return ""
