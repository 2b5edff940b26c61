"""The form of a question: whether a name, a number, a date or a short phrase would answer it."""

import re

from index.terms import content_words
from qa.dates import DATE

# Whatever stands before it ("In which year", "To whom", "so what"), the first question word decides.
_ASKS = re.compile(
    r"\b(?P<short>who|whom|whose|when|where|which"
    r"|how\s+(?:many|much|long|old|far|tall|high|big|large|often|fast|deep|heavy|wide|late|early|soon|hot|cold|likely)"
    r"|what(?:['’]s)?)\b|\b(?P<long>why|how)\b",
    re.IGNORECASE,
)
# What is asked for by these takes a sentence: "What happened ...", "what does it mean", "what is the difference".
_AT_LENGTH = re.compile(
    r"\bwhat(?:['’]s)?\s+(?:happen(?:s|ed)|(?:is|are|was|were)\s+(?:the\s+)?(?:difference|purpose|meaning|reason|point|"
    r"consequences?|effects?|impact|role|relationship)s?)\b|\bhow\s+come\b|\bwhat\b.*\b(?:mean|say|said|think|thought|do|"
    r"does|like)\s*\??$",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"^\W*(?:(?:and|but|so|or|well|ok)\W+)?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|"
    r"may|might|must|isn['’]?t|aren['’]?t|wasn['’]?t|weren['’]?t|don['’]?t|doesn['’]?t|didn['’]?t|hasn['’]?t|haven['’]?t|"
    r"hadn['’]?t|can['’]?t|couldn['’]?t|won['’]?t|wouldn['’]?t|shouldn['’]?t)\b",
    re.IGNORECASE,
)


_ARTICLES = (
    r"(?:articles?|stor(?:y|ies)|reports?|documents?|docs|texts?|papers?|files?|pages?|sources?|collection|news)"
)
_SAID = r"(?:said|written|reported|published|told|known)"
_ABOUT = r"(?:about|on|regarding|concerning)"
# "What do the articles say about ...", "what is written about ...", "tell me about ...", "is there anything about ...",
# "information on ...". Whoever else says something ("the minister") is part of what is asked.
_NAMES_A_TOPIC = re.compile(
    rf"^\W*(?:(?:so|and|but|ok|please)\W+)?(?:"
    rf"what\s+(?:do|does|did|have|has)\s+(?:(?:the|these|this|your|my|our|all)\s+)*(?:{_ARTICLES}|it|you)\s+"
    rf"(?:have\s+to\s+)?(?:says?|said|tell(?:\s+(?:me|us))?|write|written|report(?:ed)?|publish(?:ed)?|know)\s+{_ABOUT}"
    rf"|what(?:['’]s|\s+(?:is|are|was|were|has\s+been|have\s+been))\s+{_SAID}\s+(?:(?:here|there)\s+)?{_ABOUT}"
    r"|(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:tell|give|show|find)\s+(?:me|us)\s+(?:(?:some|any|all|the|more)\s+)?"
    r"(?:(?:everything|anything|something|information|info|facts|details|news)\s+)?(?:about|regarding)"
    rf"|(?:(?:is|was)\s+there\s+|(?:do|have)\s+you\s+(?:have\s+|got\s+|know\s+)?|(?:do|does)\s+(?:the|these)\s+{_ARTICLES}"
    rf"\s+(?:say|have)\s+)?(?:anything|something)\s+(?:(?:new|else|here|there|{_SAID})\s+)?{_ABOUT}"
    rf"|(?:(?:any|some)\s+)?(?:information|info|facts|details|news)\s+{_ABOUT}"
    r")\s+(?P<topic>\w.*?)[\s?!.]*$"
    r"|^\W*what(?:\s+else)?\s+(?:happened|took\s+place|occurred|went\s+on|was\s+going\s+on)\s+(?:(?:on|in|during)\s+)?"
    rf"(?P<date>{DATE.pattern})[\s?!.]*$",
    re.IGNORECASE,
)

_QUESTION_WORD = r"(?:who|whom|whose|when|where|why|how|which|what)"
_JOINED = re.compile(rf"\?+ (?=\w)|[,;]? and (?={_QUESTION_WORD}\b)")  # no name: "the band Rock and Who"
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must)\b|^(?:who|what) \w+",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\w[ ,]+(?:that|who|whom|whose|which)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:who|whom|whose|which) (?:is|was|are|were|has|had|have|also)\b")
FEW = 2  # content words that are a topic and no question
MOST = 2  # questions that are read for by themselves


def asked(text: str) -> tuple[str, ...]:
    """Return the questions that a text asks one after the other: "When was it built, and who paid?" asks two.

    One that asks more than two, or whose parts are no questions ("How many men and how many women died?", "a man who
    ... and who ..."), is left as it is. White space must be single blanks.
    """
    parts = [part.strip() for part in _JOINED.split(text) if part.strip()]
    questions = 1 < len(parts) <= MOST and all(is_question(part) and _VERB.search(part) for part in parts)
    if not questions or (_RELATIVE.search(parts[0]) and _GOES_ON.match(parts[1])):
        return (text,)
    return tuple(parts)


def topic(text: str, *, bare: bool = True) -> str:
    """Return what a text wants to be told about, "" where it asks something of it.

    With ``bare`` a word or two that ask nothing are a topic themselves: "Lake Vänern". "Tell me about how it was built"
    asks something.
    """
    if found := _NAMES_A_TOPIC.match(text):
        named = found["topic"] or found["date"]
        return "" if re.match(rf"(?:{_QUESTION_WORD}|whether|if)\b", named) else named
    return text.rstrip(" ?!.") if bare and 0 < len(content_words(text)) <= FEW and not is_question(text) else ""


def is_question(text: str) -> bool:
    """Tell whether a text asks, with a question word or as "Did ...?"; claims, orders and keywords do not."""
    return bool(_YES_NO.match(text) or question_word(text))


def question_word(text: str) -> str:
    """Return the first question word of a text, "" for none."""
    found = re.search(rf"\b{_QUESTION_WORD}\b", text, re.IGNORECASE)
    return found[0].lower() if found else ""


def wants_short_answer(question: str) -> bool:
    """Tell whether the question asks for something that a few words can say: not "Did ...?", "Why ...?" or an order."""
    if _YES_NO.match(question) or _AT_LENGTH.search(question):
        return False
    first = _ASKS.search(question)
    return bool(first and first["short"])
