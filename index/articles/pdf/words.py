"""Words that the end of a line cut in two."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_LONGEST = 100  # letters of a word
_HYPHENS = ("-", "\u2010", "\u00ad")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
# A word that begins with one of these keeps its hyphen, unless the document has it without one.
_FIRST = frozenset("all anti cross ex half high long low non post pre quasi self semi short so vice well".split())


class Words:
    """The words of a document, which say how one is written that a line's end cut in two."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts = Counter(word.casefold() for line in lines for word in _WORD.findall(line))

    def joined(self, before: str, after: str) -> tuple[str, str]:
        """Return the end of a line and the begin of the next one so that they can be put together as they are."""
        before, after = before.rstrip(), after.lstrip()
        if not before.endswith(_HYPHENS) or before[:-1].endswith((" ", *_HYPHENS)) or len(before) < 2:
            wide = before[-1:] and after[:1] and _is_wide(before[-1]) and _is_wide(after[0])
            return before, after if wide else f" {after}"
        if before.endswith("\u00ad") or (after[:1].islower() and not self._hyphenated(before[:-1], after)):
            return before[:-1], after
        return (before, after) if after[:1].isalnum() else (before, f" {after}")

    def _hyphenated(self, before: str, after: str) -> bool:
        """Tell whether a word that is cut into these two has a hyphen there."""
        left, right = _LAST.search(before[-_LONGEST:]), _WORD.match(after)
        if left is None or right is None:
            return True
        first, second = left[0].casefold(), right[0].casefold()
        whole, parted = self._counts[first + second], self._counts[f"{first}-{second}"]
        return parted > whole if parted != whole else first in _FIRST


def _is_wide(character: str) -> bool:
    """Tell whether it is written without spaces between words, as in Chinese and Japanese."""
    return unicodedata.east_asian_width(character) in ("W", "F")
