"""A sentence -> its main clause: subject, finite verb and the rest; whatever is not surely one is refused.

There is no grammar of English here. A clause is taken only from sentences whose shape leaves little doubt: the subject
holds a name or a number, the verb is known, and nothing but the main clause is left when what follows it is cut off.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.evaluation.names import HEADS, is_place, names_person
from qa.evaluation.verbs import ONLY_PAST, PARTICIPLES, PAST, SPEAKS, THIRD, is_reporting

AUXILIARIES = frozenset("was were is are has have had will".split())
MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Aug|Sept?|Oct|Nov|Dec)\.)"
)
_UPPER = "A-ZÀ-ÖØ-ÞĀĆČĐĒĞĪİŁŌŚŞŠŪŹŻŽ"
CAPITAL = rf"(?:[{_UPPER}][\w’'&.-]*[\w&]|[{_UPPER}])(?<!['’]s)"
NameTest = Callable[[str], bool | None]
"""Tells whether a capitalized word that begins a sentence is a name; None where nobody knows."""

_LINK = r"(?:(?:of the|of|de la|de|la|von|van der|van|der|al|bin|&) )?"
NAME = rf"{CAPITAL}(?: {_LINK}(?:{CAPITAL}|\d{{1,3}}(?![\w.,]))){{0,9}}"
"""A run of at most ten capitalized words; never a possessive."""

_LENGTH = range(5, 46)  # words
# What no sentence may hold, and what the clause itself may not hold.
_REFUSED = re.compile(r"[?!\[\]{}|*#@<>_~\n\t]|\.\.|…|https?|www\.")
_UNFIT = re.compile(
    r"[\"“”«»„:]|[‘`]|(?<!\w)'|'(?!\w)(?<!s')|n['’]t\b|['’](?:re|ve|ll|d|m)\b"
    r"|\b(?:I|we|our|ours|you|your|my|me|he|she|it|they|him|his|her|hers|them|himself|herself|itself|its|their"
    r"|themselves|not|never|nor|neither|cannot|none|nobody)\b"
    r"|\b(?:next|this|these|those|such|here|there|now|today|yesterday|tomorrow|tonight|ago|earlier|later|too|as well"
    r"|also|further|again|latter|above|below|another|others?|same|respectively|once again|et al|e\.g|i\.e|so-called)\b"
    r"|\b(?:last|next|previous|following|past|coming) (?:year|month|week|season|summer|spring|fall|autumn|winter|night"
    r"|day|decade|century|game|match|round|episode|few|several|two|three|four|five|six|seven|ten)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
    re.IGNORECASE,
)
# "The company" leans on what came before it; "the company of" and "the company that" may stand alone.
_LEANING = re.compile(
    r"\b(?:[Tt]he|[Bb]oth|[Ee]ach|[Ee]ither) (?:[a-z]\w* )?(?:company|companies|film"
    r"|movie|book|show|series|deal|game|match|team|club|group|band|song|album|study|report|country|city|state|area|region|site|project|plan|agreement|case"
    r"|decision|move|time|day|month|year|period|event|man|woman|men|women|pair|duo|couple|brothers|sisters|family"
    r"|firm|device|product|phone|app|service|platform|tool|system|law|bill|act|order|office|position|post|role|title|author"
    r"|authors|singer|actor|player|striker|defender|midfielder|coach|manager|judge|jury|court|trial|building|bridge"
    r"|church|school|college|university|party|government|president|minister|king|queen|emperor|army|forces|troops|war"
    r"|battle|siege|conflict|attack|incident|accident|storm|fire|crisis|treaty|conference|summit|meeting|vote|process"
    r"|proposal|policy|program|programme|campaign|race|tournament|competition|season|episode|article|text|term|word|name"
    r"|concept|idea|theory|model|method|problem|issue|change|effect|result|results|latter|first|second|third|one|ones"
    r"|rest|people|players|teams|sides|members|companies|brand|store|retailer|industry|market|board|council|committee"
    r"|commission|agency|ministry|department|organization|organisation|institution|museum|station|line|network|road"
    r"|river|island|lake|valley|mountain|line-up|lineup|items?|data|figures?|number|amount|disease|virus|drug|vaccine"
    r"|union|alliance|bloc|league|dynasty|empire|kingdom|colony|province|village|town|district|capital|drive|half|quarter|play|night|weekend|score)"
    r"(?= (?:in|on|at|for|with|by|from|to|as|and|or|after|before|during|until|was|were|is|are|had|has|into|against|over"
    r"|through|under|since|between|about|within|when|while|because)\b|[,.]|$)",
)
_OPENING = re.compile(
    r"(?:However|Moreover|Furthermore|Additionally|Also|Meanwhile|Indeed|Nevertheless|Nonetheless|Consequently|Therefore"
    r"|Thus|Notably|Specifically|Overall|Historically|Unfortunately|Similarly|As a result|In addition|In fact"
    r"|For example|For instance|In particular), (?P<rest>.+)|(?:And|But|Yet) (?P<after>[^,].+)",
    re.DOTALL,
)
_LEAD = re.compile(
    r"(?P<lead>(?:In|On|At|During|After|Before|Since|From|Under|By|Until|Between|Following)"
    r" [^,]+?(?: \d{1,2}, \d{4})?(?:, (?:\d{4}))?), (?=\w)"
)
# What may be left out before a subject.
_BEFORE = re.compile(
    r"(?:With|To|Because|Although|Though|While|When|After|Before|As|According|Despite|In|On|At|By|From|Since|For|During"
    r"|Under|[A-Z][a-z]+ing|Later|Today|Soon|Eventually|Originally|Initially|Finally|Subsequently)"
    r" [^,]*, (?=(?:the )?[A-Z])"
)
_LEAD_YEAR = re.compile(rf"(?P<lead>In (?:{MONTH} )?(?:1\d|20)\d\d) (?=(?:the )?[A-Z])")
_ADVERB = r"(?:also|first|later|soon|still|even|just|then|once|[a-z]+ly)"
# Adverbs that lean on what was said before, or say nothing in a question.
_IDLE = frozenset(
    "also later soon still even just then once eventually subsequently finally previously recently "
    "consequently only".split()
)
_FINITE = re.compile(rf"\s(?:(?P<adverb>{_ADVERB})\s)?(?P<verb>[a-z]+)(?=\s)(?:\s(?P<after>{_ADVERB})(?=\s))?")
_APPOSITION = re.compile(
    r", (?P<noun>(?:an?|the|one of|founder|author|chief|former|co-founder|CEO|president|director|who|which|whose"
    r"|born|led|built|known|written|[a-z]+ed|\d\d)\b[^,]*"
    r"(?:, [A-Z][^,]*)?),(?= [a-z])"
)
_ROLES = "founder author chief co-founder CEO president director".split()
_PAREN = re.compile(r" \([^()]*\)")
_NUMBER_WORD = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
ABOUT = (
    "(?:(?:more than|less than|fewer than|at least|at most|up to|as many as|about|around|over|nearly|almost|roughly"
    "|approximately|some|an estimated) )?"
)
NUMBER = (
    rf"(?:\d[\d,]*(?:\.\d+)?(?: (?:thousand|million|billion|trillion))?|(?:{'|'.join(_NUMBER_WORD.split())})(?:-\w+)?)"
)
_SAYING = re.compile(
    rf"(?:The )?(?P<name>{NAME})(?:, [^,]*,)? (?:also |later |has |had )?"
    r"(?P<verb>said|says|argued|argues|believes|claimed|warned|announced|suggested|predicted|thinks|confirmed)"
    r" (?P<said>(?!to |in |on |at |by |of |about |with |for |and )[^,()]+(?:, [^,()]+)?)\."
)
_TAIL_WORDS = frozenset(
    """
    which who whose whom where when while but although though because including with as after before since until so then
    making according particularly especially mostly mainly primarily partly despite due thanks following alongside
    along during whereas leaving giving causing becoming killing allowing leading creating resulting joining
    """.split()
)
_SUBORDINATES = frozenset("because when while although though after before until since unless whereas as".split())
_RELATIVES = frozenset("that which who whom whose where what how whether if why than".split())
_CONJUNCTIONS = frozenset("and but or".split())
_MODALS = frozenset("would could can may might must should did does do".split())
_TOKEN = re.compile(r"[$€£\w](?:[\w%’'&.-]|,(?=\d\d\d))*|[,(;—]|(?<= )(?:--?|–)(?= )")
_DANGLING = frozenset("of in for at on from to and the a an by with as or but between than into over under".split())
_NO_SUBJECT = frozenset(
    """
    A An Some Many Several Most Few All Both Each Every One No Any What When While If As With According By For To
    Because Although Though Despite In On At From After Before During Since Until Under Over Unlike Like Among Amid
    Besides Through Throughout Within Without Where How Why Whether That Which Even Only Just Other More Less Much Such
    Between Against Along Around Across About Above Instead Later Then So Yet Or Nor Perhaps Maybe Today Once
    His Her Its Their Our My Your This These Those Soon Shortly Early Late Closely Also Still Often Sometimes Usually
    Currently Now Never Not Next Last Two-thirds Half Part Because Neither Either Whatever Whoever Rather Ever Since
    """.split()
)
_ODD = frozenset(
    "later so never not just only even be been being or by such it he she they we you his her its their".split()
)
_PREPOSITIONS = frozenset("of in for at on from to and & between against with near under".split())


@dataclass(frozen=True, slots=True)
class Clause:
    """A main clause of ``text``, its offsets being into it.

    ``lead`` is an adverbial before the subject, "" for none, as it reads inside a sentence. ``noun`` is what the
    subject is said to be between commas. ``verb`` is the finite verb; ``base`` is its base form, "" where it is an
    auxiliary, which a question puts before the subject. ``rest`` is the span after the verb, up to where something
    else than the main clause follows.
    """

    text: str
    lead: str
    lead_start: int
    subject: str
    subject_start: int
    noun: str
    adverb: str
    verb: str
    base: str
    rest: tuple[int, int]

    @property
    def rest_text(self) -> str:
        """Return the text after the verb."""
        return self.text[slice(*self.rest)]

    @property
    def is_past(self) -> bool:
        """Tell whether the verb is a past form that a question puts after "did"."""
        return self.verb in PAST and bool(self.base)

    @property
    def names_subject(self) -> bool:
        """Tell whether the subject is a name and nothing else."""
        return bool(re.fullmatch(rf"(?:[Tt]he )?{NAME}(?: and {NAME})?", self.subject))

    @property
    def is_passive(self) -> bool:
        """Tell whether something is said to be done to the subject."""
        return bool(self.participle) and (self.verb in ("was", "were", "is", "are") or "been " in self.rest_text)

    @property
    def participle(self) -> str:
        """Return the past participle that follows an auxiliary, "" where none does."""
        word = re.match(rf"(?:been )?(?:{_ADVERB} )?([a-z]+)", self.rest_text)
        return word[1] if word and not self.base and word[1] in PARTICIPLES else ""


def clause(text: str, is_name: NameTest) -> Clause | None:
    """Return the main clause of a sentence, None where its shape is in doubt.

    ``is_name`` tells whether a capitalized word that begins the sentence is a name, and not an ordinary word.
    """
    if len(text.split()) not in _LENGTH or text[-1] != "." or not (text[0].isupper() or text[0].isdigit()):
        return None
    if _REFUSED.search(text) or _is_heading(text):
        return None
    opening = _OPENING.fullmatch(text)
    begin = max(opening.start("rest"), opening.start("after")) if opening else 0
    lead, lead_start = "", begin
    found = _LEAD.match(text, begin) or _LEAD_YEAR.match(text, begin)
    if found and len(found["lead"].split()) < 10 and not any(map(_is_finite, found["lead"].split())):
        lead, begin = found["lead"][0].lower() + found["lead"][1:], found.end()
    elif found := _BEFORE.match(text, begin):
        begin = found.end()
    parts = _appositive(text, begin) or _plain(text, begin)
    if not parts:
        return None
    subject, noun, verb = parts
    named = _subject(_PAREN.sub("", subject), verb["verb"], is_name)
    end = _rest_end(text, verb.end())
    if not named or end < 0:
        return None
    base = _base(verb["verb"], text[verb.end() : end].split())
    kept = f"{named} {verb['verb']}{text[verb.end() : end]}"
    if re.search(r" and (?:[A-Z]|[$€£]?\d)[\w.,]* (?:at|to|with|in|from|by|for|million|billion|percent|per)\b", kept):
        return None  # "France was put at 2 percent and Germany at 1": a verb left out
    if base is None or any(found.search(part) for found in (_UNFIT, _LEANING) for part in (kept, lead, noun)):
        return None
    # "became extremely dark": after a verb that goes to the end, its adverb stays where it is.
    start = verb.end("verb" if base else 0) + 1
    adverb = verb["adverb"] or (not base and verb["after"]) or ""
    return Clause(
        text, lead, lead_start, named, begin, noun, "" if adverb in _IDLE else adverb, verb["verb"], base,
        (min(start, end), end),
    )  # fmt: skip


def saying(text: str, is_name: NameTest) -> Clause | None:
    """Return "Somebody said that ..." as a clause, with all that was said as its rest, or None."""
    found = _SAYING.fullmatch(text)
    if not found or len(text.split()) not in _LENGTH or _REFUSED.search(text) or _is_heading(text):
        return None
    name, said = found["name"], found["said"]
    if is_name(name.split()[0]) is False or any(
        fault.search(part) for fault in (_UNFIT, _LEANING) for part in (name, said)
    ):
        return None
    return Clause(text, "", 0, name, found.start("name"), "", "", found["verb"], "say", found.span("said"))


def _is_heading(text: str) -> bool:
    words = [word for word in text.split() if word[0].isalpha()]
    return sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _is_finite(word: str) -> bool:
    return word in AUXILIARIES or word in ONLY_PAST or word in _MODALS


def _appositive(text: str, begin: int) -> tuple[str, str, re.Match[str]] | None:
    """Return subject, what it is said to be, and verb of "X, the mayor of Lund, was ..."."""
    found = _APPOSITION.search(text, begin)
    if not found or "," in text[begin : found.start()]:
        return None
    verb = _FINITE.match(text, found.end())
    if not verb or not _is_verb(text, verb):
        return None
    noun = found["noun"] if re.match(rf"(?:the|{'|'.join(_ROLES)}) ", found["noun"]) else ""
    return text[begin : found.start()], noun, verb


def _plain(text: str, begin: int) -> tuple[str, str, re.Match[str]] | None:
    """Return subject, "" and verb, the first that can be one."""
    for verb in _words(text, begin):
        if _is_verb(text, verb):
            return text[begin : verb.start()], "", verb
    return None


def _words(text: str, begin: int) -> Iterator[re.Match[str]]:
    for space in re.finditer(r"\s", text[begin:]):
        if found := _FINITE.match(text, begin + space.start()):
            yield found


def _is_verb(text: str, found: re.Match[str]) -> bool:
    word = found["verb"]
    if word in AUXILIARIES or word in PAST:
        return True
    return word in THIRD and bool(re.match(rf" (?:in )?(?:an?|the|{ABOUT}{NUMBER}) ", text[found.end("verb") :]))


def _base(verb: str, after: list[str]) -> str | None:
    """Return a verb's base form, "" for an auxiliary, None for one that no question can be made with."""
    following = [word for word in after if not re.fullmatch(_ADVERB, word)][:1]
    if verb in ("has", "have", "had"):
        if following in ([], ["to"]):
            return None
        return "" if following[0] in PARTICIPLES or following == ["been"] else "have"
    if verb in AUXILIARIES:
        return "" if following else None
    base = PAST.get(verb) or THIRD[verb]
    # "The film directed by" goes on with the verb that counts.
    return None if base == "do" or is_reporting(base) or following in (["by"], ["that"]) else base


def _subject(subject: str, verb: str, is_name: NameTest) -> str:
    """Return the subject as it reads inside a question, "" where it is not surely one."""
    words = subject.split()
    folded = [word.lower() for word in words]
    inner = subject[0].lower() + subject[1:]
    counted = re.match(rf"{ABOUT}{NUMBER}(?:%| percent| per cent)? ", inner)
    checked = inner[counted.end() :] if counted else subject
    if (
        not words
        or len(words) > 12
        or re.search(r"[,()%$—–:]| [a-z]+s (?:an?|the) ", checked)
        or checked.endswith(("'s", "’s", " to", " of", " in"))
    ):
        return ""
    # "The film directed by X was": before an auxiliary a participle can only belong to the subject.
    verbal = set() if verb in AUXILIARIES else {w for w in words[1:] if w in PARTICIPLES or w.endswith(("ing", "ed"))}
    if verbal or not (_MODALS | SPEAKS | _ODD | _RELATIVES | _SUBORDINATES).isdisjoint(checked.lower().split()):
        return ""
    if counted:
        return inner
    if words[0] in _NO_SUBJECT or folded[0] in PAST or folded[0] in PARTICIPLES:
        return ""
    following = words[1] if len(words) > 1 else ""
    known = is_name(words[0])
    if words[0] == "The":
        # Without a name, it takes more than "the treaty" to be understood.
        return inner if any(word[0].isupper() for word in words[1:]) or ("of" in words[2:-1] and len(words) > 4) else ""
    if known is False:
        named = any(word[0].isupper() for word in words[1:]) and folded[0] not in HEADS and following != "and"
        return inner if named and (following[0].islower() or names_person(folded[0])) else ""
    return subject if known or following[:1].isupper() else ""


def _rest_end(text: str, start: int) -> int:
    """Return where the main clause ends, -1 where that is in doubt."""
    stop = len(text) - (0 if re.search(r"\b[A-Z]\.[A-Z]\.$", text) else 1)
    joint = -1
    end = stop
    for token in _TOKEN.finditer(text, start, stop):
        word = token.group()
        if word in ";—–-" or word == "--":
            end = token.start()
            break
        if word == "(":
            if not re.match(rf"[^()]*\)(?:[,.;]| (?:{'|'.join(_PREPOSITIONS)}) )", text[token.end() :]):
                return -1
            end = token.start()
            break
        if word == ",":
            if _belongs(text, token.start()):
                continue
            if not _can_cut(text[token.end() : stop].split()):
                return -1
            end = token.start()
            break
        if word == "and" and " between " in text[start : token.start()]:
            continue
        if word in _CONJUNCTIONS and _goes_on(text[token.end() : stop].split()):
            end = token.start()
            break
        if word in _CONJUNCTIONS or (word in _SUBORDINATES and token.start() > start + 1):
            joint = token.start()
        elif word in _RELATIVES and not re.search(
            r"\b(?:more|less|fewer|rather|other|later|earlier) $", text[: token.start()]
        ):
            return -1
        elif _is_finite(word) or (joint > 0 and word.endswith("ed")):
            if joint < 0:
                return -1
            end = joint
            break
    end = start + len(text[start:end].rstrip())
    last = text[start:end].split()[-1:]
    return -1 if last and last[0].lower() in _DANGLING else end


def _belongs(text: str, comma: int) -> bool:
    """Tell whether a comma is part of a date or of a place's name."""
    if re.search(rf"{MONTH} \d{{1,2}}$", text[:comma]):
        return bool(re.match(r", \d{4}\b", text[comma:]))
    place = re.match(rf", ({NAME}|D\.C\.)(?=[,.]|$| in| on| at)", text[comma:])
    return bool(place and is_place(place[1]) and re.search(r"[A-Z][\w’'-]*$", text[:comma]))


def _can_cut(after: list[str]) -> bool:
    """Tell whether what follows a comma may be left out: anything but the next item of a list."""
    if not after:
        return False
    first, more = after[0], [word.strip(",") for word in after[1:]]
    if first in _CONJUNCTIONS:
        return any(_is_finite(word) or word in PAST for word in more)
    if first.endswith("ing"):
        return not after[0].endswith(",") and more[:1] != ["and"]
    if first in ("a", "an", "the", "one") or re.match(NUMBER, first):
        return "and" not in more and "or" not in more
    return first in _TAIL_WORDS or first in _PREPOSITIONS


def _goes_on(after: list[str]) -> bool:
    """Tell whether a second verb of the same subject follows a conjunction."""
    words = [word for word in after[:2] if not re.fullmatch(_ADVERB, word)]
    return bool(words) and (_is_finite(words[0]) or words[0] in PAST or words[0].endswith("ed"))
