"""A misspelt word of a question -> the words that may be meant.

What a language's words are is told by the lists of pyspellchecker, which also makes the words that are one mistake away
(Norvig's corrector, 2007).
"""

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

LANGUAGES = frozenset({"de", "en", "es", "fr", "it", "nl", "pt"})
"""Those with a list of words, as ISO 639-1 codes."""
LEAST, LEAST_OF_NAME = 5, 6  # letters of a word and a name, since short ones are often near to others

# A word of four letters at least, all small or with a capital, and nothing else at its sides.
_WORD = re.compile(r"(?<![\w'’.@/&-])[^\W\d_]{4,}(?![\w’&-]|'(?!s\b)|[.@/]\w)")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]")
_WITHOUT_MARK = frozenset("dont wont isnt didnt doesnt wasnt arent havent theres whats whos thats lets".split())
# Letters that are taken for each other, or lie side by side on a keyboard.
_ALIKE = ("aeiouy", "ckqsxz", "bpvfw", "dt", "mn", "gj", "rl")
_KEYS = frozenset(pair for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for pair in pairwise(row))


def may_be_misspelt(question: str) -> list[re.Match[str]]:
    """Return the words of a question that could be misspelt: none that is quoted, short, or part of something else."""
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    return [
        word
        for word in _WORD.finditer(question)
        if word[0][1:].islower()
        and word[0].lower() not in _WITHOUT_MARK
        and not any(start < word.start() < end for start, end in quoted)
    ]


def is_word(word: str, language: str) -> bool:
    """Tell whether a language has a word."""
    return word.lower() in _words(language)


def meant(word: str, language: str) -> list[str]:
    """Return what a misspelt word may be meant for, all in small letters.

    A letter was left out, added, exchanged with its neighbour or taken for one that is like it, but not the first. In
    what is short, and in names, which are no words of the language or have a capital, less may be wrong.
    """
    typed = word.lower()
    near = (other for other in _words(language).edit_distance_1(typed) if other[:1] == typed[:1] and other != typed)
    own = (other for other in near if other.isascii() or language != "en")
    return sorted(other for other in own if _is_likely(word, other, language))


def _is_likely(word: str, other: str, language: str) -> bool:
    typed = word.lower()
    wrong = [(a, b) for a, b in zip(typed, other, strict=True) if a != b] if len(typed) == len(other) else []
    if len(wrong) == 2:  # exchanged
        return True
    if len(other) < (LEAST if is_word(other, language) and typed == word else LEAST_OF_NAME):
        return False
    return not wrong or (is_word(other, language) and _are_alike(*wrong[0]))


def _are_alike(a: str, b: str) -> bool:
    return any(a in letters and b in letters for letters in _ALIKE) or bool({(a, b), (b, a)} & _KEYS)


@cache
def _words(language: str) -> "SpellChecker":
    from spellchecker import SpellChecker  # its list takes .3 s and 40 MB, and most questions need none

    return SpellChecker(language)
