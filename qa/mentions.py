"""A question -> the sources that it names.

Only names of sources that the collection has are looked for: whole, without the part after a dash or a bar ("FOX News"
for "FOX News - Health"), and without "The". A mention is certain when the question says that something was written
there ("according to The Verge", "the Wired article"). Otherwise the name may as well be what the question is about:
"acquired by Yahoo", "discussed in NATO".
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.stores.base import Facets
from index.terms import content_words, fold
from index.types import Filter

NOUN = (
    r"(?:articles?|reports?|reviews?|stor(?:y|ies)|coverage|pieces?|posts?|blogs?|guides?|analys[ei]s|interviews?|"
    r"editorials?|columns?|publications?)"
)
"""What a source publishes."""

_DESCRIBED = r"(?:mentioned|discussed|described|detailed|highlighted|noted|reviewed|quoted|cited)"
_BY = re.compile(
    r"\b(?:according to|(?:as )?per|sources? (?:including|such as|like)|"
    rf"(?:(?:published|written|reported|covered)|as {_DESCRIBED}) (?:\w+ )?(?:by|in|on|from)|"
    rf"{NOUN} (?:\w+ )?(?:by|in|from))\s+(?:an? |the |both |articles? )*[\"'‘“]?$",
    re.IGNORECASE,
)
_ACCORDING = re.compile(r"^\W*according to\s+(?:the )?[\"'‘“]?$", re.IGNORECASE)
_DETERMINED = re.compile(
    r"(?:\b(?:the|an?|both|each|this|that|which|what|recent|latest)\s+[\"'‘“]?|[\"'‘“])$", re.IGNORECASE
)
_ADJECTIVES = r"(?:(?!(?:the|an?|its?|his|her|their|this|that|any|no|to|of|on|in|for|and|or)\b)[\w-]+ ){0,2}?"
_OWN = re.compile(rf"^[\"'’”]?['’]s?[\"'’”]?\s+{_ADJECTIVES}{NOUN}\b", re.IGNORECASE)  # Wired's latest report
_ITS = re.compile(rf"^[\"'’”]?\s+{_ADJECTIVES}{NOUN}\b", re.IGNORECASE)  # the Wired report
_ARTICLE = re.compile(r"^\s+(?:articles?|stor(?:y|ies)|editorials?)\b", re.IGNORECASE)  # where "report" may be a verb
WROTE = re.compile(r"^[\"'’”]?\s+(?:writes?|wrote|publish(?:es|ed)?)\b", re.IGNORECASE)
# The name is another's, or not of what was written: Yahoo Finance, Fortune 500, the Wired lawsuit.
_LONGER = re.compile(r"^ (?:\d|[A-Z]\w* (?!of\b|on\b)|(?:lawsuit|lawyers?|case|merger|deal)\b)")
_CHAINED = re.compile(r"^[\"'’”]?(?:,| and| or|, and|, or) (?:the |both )?[\"'‘“]?$")


@dataclass(frozen=True, slots=True)
class Mention:
    """The span of a question that names sources or a time, and what it limits an article to."""

    start: int
    end: int
    filter: Filter
    certain: bool


def sources(text: str, facets: Facets) -> list[Mention]:
    """Return where the question names sources, in order."""
    pattern, known = _names(facets.sources)
    if pattern is None:
        return []
    found: list[Mention] = []
    for m in pattern.finditer(text):
        by = bool(_BY.search(text[: m.start()]))
        named = known.get(_plain(m[0]))
        # A source may be called Time, or Who.
        if named and _as_a_name(m[0], text, by, named) and (by or content_words(m[0])):
            longer = bool(_LONGER.match(text[m.end() :])) and not _ITS.match(text[m.end() :])
            found.append(Mention(m.start(), m.end(), Filter(named), not longer and (by or _wrote(text, m))))
    return _chained(text, found)


def _chained(text: str, found: list[Mention]) -> list[Mention]:
    """Say of all names of a list what is said of one of them."""
    last = len(found) - 1
    for i in range(1, len(found)):
        between = text[found[i - 1].end : found[i].start]
        if not listed(between):
            continue
        if "," in between and _ACCORDING.match(text[: found[i - 1].start]):
            # "According to Wired, Fortune fell" has no list, "according to Wired, Fortune and Vox, who won" has one.
            end = next((j for j in range(i, last) if not listed(text[found[j].end : found[j + 1].start])), last)
            if not re.match(r"[\"'’”]?,", text[found[end].end :]):
                continue
        certain = found[i - 1].certain or found[i].certain
        found[i - 1], found[i] = replace(found[i - 1], certain=certain), replace(found[i], certain=certain)
    return found


def _as_a_name(name: str, text: str, by: bool, named: Sequence[str]) -> bool:
    """Tell whether a match has its sources' capitals; in a text of one case, whether something is by it."""
    if text.islower() or text.isupper():
        return by
    small = {"the", "of", "and", "for", *(word for source in named for word in source.split() if word[0].islower())}
    return any(c.isupper() for c in name) and not any(w[0].islower() and w not in small for w in name.split())


def _wrote(text: str, m: re.Match[str]) -> bool:
    """Tell whether what follows a name says that the source wrote it."""
    before, after = text[: m.start()], text[m.end() :]
    determined = m[0].startswith("the ") or _DETERMINED.search(before)
    return any(pattern.match(after) for pattern in (_OWN, WROTE, _ITS if determined else _ARTICLE))


def listed(between: str) -> bool:
    """Tell whether what stands between two mentions makes them items of one list, as "by The Verge and Wired" does."""
    return bool(_CHAINED.match(between))


def without(text: str, mentions: Iterable[Mention]) -> str:
    """Return the question without the words of these mentions."""
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return " ".join(text.split())


@lru_cache(maxsize=4)
def _names(known: tuple[str, ...]) -> tuple[re.Pattern[str] | None, dict[str, tuple[str, ...]]]:
    """Return a pattern of all names that the sources go by, the longest first, and the sources of each name."""
    found: dict[str, dict[str, None]] = {}
    shown: dict[str, None] = {}
    for source in known:
        head = re.split(r"\s+[-–—|]\s+|\s*\|\s*|:\s+", source)[0]
        for name in (
            source,
            head,
            re.sub(r"^the\s+", "", source, flags=re.I),
            re.sub(r"^the\s+", "", head, flags=re.I),
        ):
            if len(name) > 1:
                shown[name] = None
                found.setdefault(_plain(name), {})[source] = None
    if not shown:
        return None, {}
    names = sorted(shown, key=lambda name: -len(name))
    parts = (re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(name)) for name in names)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.I), {n: tuple(s) for n, s in found.items()}


def _plain(name: str) -> str:
    return " ".join(fold(name).split())
