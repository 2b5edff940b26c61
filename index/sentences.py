"""Find the sentences of an article.

A text is taken apart in three steps: its lines are joined to blocks that no sentence may cross; in every block
each mark that can end a sentence is judged, a full stop after a word by Punkt; what lies between two ends,
without the white space around it, is a sentence. Every step is linear in the length of the text.

Punkt: Kiss and Strunk, "Unsupervised multilingual sentence boundary detection", Computational Linguistics 32 (2006).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer, PunktTrainer

from index.languages import DEFAULT, ELISIONS
from index.punkt import Lists, shipped
from index.types import Sentence

Span = tuple[int, int]

# Widths (in characters) that programs wrap text at, and the length below which a line of unwrapped text is short.
_WRAPPED = range(40, 121)
_SHORT = 100

_LATIN_MARKS = ".!?…‽؟।॥۔։።။។"
_WIDE_MARKS = "。｡！？"
_CLOSERS = "\"')\\]}”’»›」』】）〉》"
_OPENERS = "\"'(\\[{“‘«‹„‚»›「『【（〈《`¿¡"

# A mark with the marks and closing quotes or brackets that belong to it. “ and its like close a quotation („so.“)
# unless a word follows; ". . ." and "? !" are one mark; tokenized text has its closing quotes apart. What follows is
# optional, so nothing is ever given back. (No possessive groups: Python before 3.11.5 loses its place in them.)
_MARK = re.compile(
    rf"[{_LATIN_MARKS}{_WIDE_MARKS}](?:[{_LATIN_MARKS}{_WIDE_MARKS}{_CLOSERS}]|[“‘«‹](?!\w))*"
    rf"(?:[ \u00a0][.!?](?![\w.])[{_CLOSERS}]*+)*(?:\s(?:''|[”»)\]])(?!\S))*"
)
# What follows a mark: white space, what opens a sentence (quotes, brackets, dashes), the first word.
_NEXT = re.compile(rf"(\s*+)[{_OPENERS}\s$€£#@*_–—-]*+(\w{{0,30}}\.?)")
_INNER = re.compile(r"[,;:.!?)](?!\w)")
_LAST_WORD = re.compile(r"[\w.&°'’-]+\Z")
_LOOK_BACK = 40
_DOTTED = re.compile(r"(?:.*-)?(?:[^\W\d_]\.)+[^\W\d_]")
_INITIAL = re.compile(r"\w\.")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_GLUED = re.compile(r"[\"'“‘«„]?([^\W\d_]+)(?=[\s,’'?!])")
_CHUNK_EDGES = "\"'()[]“”‘’„«»-–—"
_KANA = re.compile(r"[\u3041-\u3096]")

# Punkt's marks for a word that was seen inside a sentence in lower case, and capitalized.
_SEEN_LOWER, _SEEN_CAPITAL = 1 << 5, 1 << 2
_AN_ABBREVIATION, _A_NAME = "etc", "Xx"  # stand for any

_QUOTED = " \t>"  # indentation, and the marks before quoted lines of e-mail
_BULLET = r"[•◦▪▫■□●○‣⁃➤►✓✔]"
_NUMBER = r"\(?(?:\d{1,2}|[A-Za-z]|[ivxIVX]{2,4})(?:\.\)|[.)])"
_ITEM = re.compile(rf"\s*(?:{_BULLET}|(?:[-*+]|\#{{1,6}})\s|(?P<number>{_NUMBER})\s|(?P<dash>[–—])\s)")
_ITEM_ALONE = re.compile(rf"(?:[-–—*+]\s+|{_BULLET}\s*)?{_NUMBER}")
_BULLET_INSIDE = re.compile(rf"(?<=\s){_BULLET}")
_NUMBER_INSIDE = re.compile(r"(?<!\S)(?:(\d{1,2})|([a-z]))(\.\)|[.)])(?=\s)")


class Punkt:
    """Punkt with word lists of our own, asked about one full stop at a time."""

    def __init__(self, lists: Lists, language: str = DEFAULT) -> None:
        self.lists = lists
        self.elisions = ELISIONS.get(language, frozenset[str]())
        # English and German lists are long enough to tell where a sentence begins in lower case, as some do.
        self.begins_with_capital = language not in {"en", "de"}
        parameters = PunktParameters()
        parameters.abbrev_types.update(lists.abbreviations)
        parameters.sent_starters.update(lists.sentence_starters)
        parameters.collocations.update(tuple(pair.split()) for pair in lists.collocations)
        for word in lists.sentence_starters:
            parameters.add_ortho_context(word, _SEEN_LOWER)
        self._tokenizer = PunktSentenceTokenizer(parameters)
        self.is_end = lru_cache(maxsize=1 << 14)(self._is_end)

    def word(self, chunk: str) -> str:
        """Return the word before a mark without what was elided before it: "art" of "l'art"."""
        elided, apostrophe, word = chunk.replace("’", "'").partition("'")
        return word if apostrophe and elided.lower() in self.elisions else chunk

    def _is_end(self, before: str, after: str) -> bool:
        """Tell whether a full stop between these words (``after`` is "" if no word follows) ends a sentence."""
        if _DOTTED.fullmatch(before):
            before = _AN_ABBREVIATION
        if _INITIAL.fullmatch(after):
            after = ""  # "A." is not the article
        return bool(self._tokenizer.text_contains_sentbreak(f"{before}. {after or _A_NAME}"))


@cache
def _punkt(language: str) -> Punkt:
    return Punkt(shipped(language), language)


def learn(texts: Iterable[str]) -> Lists:
    """Train Punkt on texts and return the words it learned, without what is no plain word or looks like a name."""
    trainer = PunktTrainer()
    for text in texts:
        trainer.train(text, finalize=False)
    learned = trainer.get_params()
    return Lists(
        abbreviations=frozenset(x for x in learned.abbrev_types if x.isalpha() and 1 < len(x) < 6),
        collocations=frozenset(" ".join(pair) for pair in learned.collocations),
        sentence_starters=frozenset(
            x for x in learned.sent_starters if x.isalpha() and not learned.ortho_context[x] & _SEEN_CAPITAL
        ),
    )


def split(doc_id: str, text: str, language: str | None = None) -> tuple[Sentence, ...]:
    """Return the sentences of ``text``, in order.

    Together they hold every character but white space, none begins or ends with white space, and none crosses a blank
    line. ``language`` is an ISO 639-1 code, None is read as English; a language without word lists of its own is split
    wherever a full stop, after no abbreviation that many languages have, is followed by a capital.
    """
    punkt = _punkt((language or "en")[:2].lower())
    found: list[Sentence] = []
    for start, end in _blocks(text):
        block = text[start:end]
        begin = 0
        for cut in _cuts(block, punkt):
            part = block[begin:cut]
            left = begin + len(part) - len(part.lstrip())
            if stripped := len(part.strip()):
                found.append(Sentence(doc_id, start + left, start + left + stripped))
            begin = cut
    return tuple(found)


# Lines to blocks


def _blocks(text: str) -> Iterator[Span]:
    """Join lines to spans that hold whole sentences: a blank line ends one, a line break only where it must."""
    paragraphs = list(_paragraphs(text))
    wrapped = _is_wrapped(text, paragraphs)
    for lines in paragraphs:
        width = _width(lines)
        begin = lines[0][0]
        for line, following in pairwise(lines):
            if _line_ends(text, line, following, width if wrapped else 0):
                yield begin, line[1]
                begin = following[0]
        yield begin, lines[-1][1]


def _paragraphs(text: str) -> Iterator[list[Span]]:
    """Yield the lines of each paragraph, white space at their ends left out."""
    lines: list[Span] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if length := len(line.rstrip()):
            lines.append((start, start + length))
        elif lines:
            yield lines
            lines = []
        start += len(line)
    if lines:
        yield lines


def _width(lines: list[Span]) -> int:
    """Return the width that the lines may be wrapped at, 0 if they cannot be wrapped lines."""
    width = max(end - start for start, end in lines)
    return width if width in _WRAPPED else 0


def _is_full(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether the next line's first word would not have fitted into the line: so a program wraps."""
    word = text[following[0] : following[0] + width + 1].split(maxsplit=1)[0]
    return line[1] - line[0] + 1 + len(word) > width


def _is_wrapped(text: str, paragraphs: list[list[Span]]) -> bool:
    """Tell whether line breaks were set by width: full lines more often lead to lower case than to capitals."""
    lower = capital = 0
    for lines in paragraphs:
        if not (width := _width(lines)):
            continue
        for line, following in pairwise(lines):
            first = text[following[0] : following[1]].lstrip(_QUOTED)[:1]
            if not first.isalpha() or not _is_full(text, line, following, width):
                continue
            lower += not first.isupper()
            capital += first.isupper() and text[line[1] - 1].isalnum()
    return 0 < lower >= capital


def _line_ends(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether the line break between two lines ends a sentence; ``width`` is 0 where lines are not wrapped."""
    if not width and min(line[1] - line[0], following[1] - following[0]) < _SHORT:
        return True
    before, after = text[line[0] : line[1]], text[following[0] : following[1]]
    full = bool(width) and _is_full(text, line, following, width)
    item = _ITEM.match(after)
    by_chance = full and item and (item["number"] or item["dash"]) and before[-1] not in _LATIN_MARKS + ":;"
    if item and not by_chance:  # "... at the age of / 25. Then" is no list
        return True
    if before.startswith("#") or not _has_word(before) or not _has_word(after):
        return True
    if width:
        return not full and not after.lstrip(_QUOTED)[:1].islower()
    return bool(_ITEM.match(before))


def _has_word(line: str) -> bool:
    return any(map(str.isalnum, line))


# Sentences in a block


def _cuts(block: str, punkt: Punkt) -> Iterator[int]:
    """Yield the offsets at which the block is cut, rising, the last being its length."""
    begin = 0
    rest = next((i for i in range(len(block) - 1, -1, -1) if block[i].isalnum()), 0)  # no word from here on
    for item in [*_items(block), len(block)]:
        for mark in _MARK.finditer(block, begin, min(item, rest)):
            if cut := _end(block, mark, begin, punkt):
                yield cut
                begin = cut
        yield item
        begin = item


def _items(block: str) -> list[int]:
    """Find where more list items start inside of one: at bullets if it starts with a bullet, at 2., 3., ... after 1."""
    if not (opening := _ITEM.match(block)):
        return []
    if not opening["number"]:
        return [match.start() for match in _BULLET_INSIDE.finditer(block)]
    starts: list[int] = []
    expected: tuple[int, str] | None = None
    for match in _NUMBER_INSIDE.finditer(block, opening.start("number")):
        number = int(match[1]) if match[1] else ord(match[2])
        if match.start() == opening.start("number"):
            expected = number + 1, match[3]
        elif (number, match[3]) == expected:
            starts.append(match.start())
            expected = number + 1, match[3]
    return starts


def _end(block: str, mark: re.Match[str], begin: int, punkt: Punkt) -> int:
    """Return where the sentence from ``begin`` on ends if it ends with this mark, 0 if it goes on."""
    tail, end = mark.group(), mark.end()
    if not tail.isascii() and any(wide in tail for wide in _WIDE_MARKS):
        # Japanese goes on after a quotation: 「...。」と
        return 0 if tail[-1] not in _WIDE_MARKS and _KANA.match(block, end) else end
    following = _NEXT.match(block, end)
    assert following is not None  # everything in it is optional
    gap, after = following.groups()
    if not gap:
        return _glued_end(block, mark, begin, punkt)
    before = _LAST_WORD.search(block, max(begin, mark.start() - _LOOK_BACK), mark.start())
    if _goes_on(block, mark, begin, before, following, punkt):
        return 0
    if before and tail.rstrip(")]") == "." and not punkt.is_end(punkt.word(before.group()), after):
        return 0
    apart = end + len(gap)
    if block.startswith('"', apart) and block[apart + 1 : apart + 2].strip() == "" and block.count('"', begin, end) % 2:
        return apart + 1  # tokenized text: this quotation mark closes
    return end


def _goes_on(
    block: str, mark: re.Match[str], begin: int, before: re.Match[str] | None, following: re.Match[str], punkt: Punkt
) -> bool:
    """Tell whether the sentence goes on after the mark whatever Punkt thinks of the word before it."""
    tail, after = mark.group(), following[2]
    any_mark = punkt.begins_with_capital or tail != "." or before is None
    if any_mark and after[:1].islower() and not _CAMEL.match(after):
        return True  # "What?" he asked; Yahoo! in; well ... no; tokenized: . html
    if _INNER.match(block, following.start(2)):
        return True
    if mark.end() - begin < _LOOK_BACK and _ITEM_ALONE.fullmatch(block[begin : mark.end()].strip()):
        return True  # the "2." of a list item
    word = punkt.word(before.group()) if before else ""
    if not punkt.lists.never_final.isdisjoint((word, word + tail)):
        return True
    ellipsis = tail.startswith(("..", ". .", "…"))
    return ellipsis and (after == "I" or block[mark.start() - 1 : mark.start()] in {"[", "("})


def _glued_end(block: str, mark: re.Match[str], begin: int, punkt: Punkt) -> int:
    """Return where the sentence ends if the white space after its mark was lost: "he said.However, ..."; else 0."""
    following = _GLUED.match(block, mark.end())
    words = block[max(begin, mark.start() - _LOOK_BACK) : mark.start()].split()
    chunk = words[-1].strip(_CHUNK_EDGES) if words else ""
    if not following or not (following[1].istitle() or following[1] == "I"):
        return 0
    known = following[1].lower() in punkt.lists.sentence_starters
    safe = chunk.isalpha() and chunk.islower() and min(len(chunk), len(following[1])) > 3
    if not (safe or (known and len(chunk) > 1 and chunk.isalnum()) or mark.group()[-1] in "”’»"):
        return 0
    if mark.group()[-1] == '"' and block.count('"', begin, mark.end()) % 2:
        return mark.end() - 1  # it opens the next sentence
    return mark.end()
