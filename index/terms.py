"""Text -> terms: the one analysis that articles and questions both go through before BM25.

Lower-case, fold accents, join acronyms and digit groups, drop English function words, stem (Snowball).
The lexical engines receive the finished terms and never look at text themselves.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import Stemmer
from numpy.typing import NDArray

from index.types import Article, Passage

MAX_TERM = 100  # characters; longer "words" are data, and Tantivy has a limit of its own

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_DIGIT_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

# Function words only: a word that can carry the point of a question (not, most, first) stays in.
# "us" is absent because it is also what "U.S." becomes.
STOP_WORDS = frozenset(
    """
    a about am an and any are as at be because been being but by can could did do does doing done for from
    had has have having he her hers him his how i if in into is it its itself me my of on or our ours
    she should so some such than that the their theirs them then there these they this those through to
    was we were what when where which while who whom whose why will with would you your yours
    according also tell please
    """.split()
)

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

MONTHS = tuple("january february march april may june july august september october november december".split())


@dataclass(frozen=True, slots=True)
class Fields:
    """The terms of one passage, field by field, its body sentence by sentence; repeated terms are repeated."""

    sentences: tuple[tuple[str, ...], ...]
    title: tuple[str, ...]
    source: tuple[str, ...]
    date: tuple[str, ...]

    @property
    def body(self) -> tuple[str, ...]:
        """Return the terms of all sentences."""
        return tuple(chain(*self.sentences))

    def hashes(self) -> NDArray[np.uint32]:
        """Return the hashes of the title's terms and of each sentence's in turn, a 0 before each sentence."""
        zero = np.zeros(1, np.uint32)
        parts = [part for terms in self.sentences for part in (zero, term_hashes(terms))]
        return np.concatenate([term_hashes(self.title), *parts])


def analyse(text: str, language: str | None = None) -> list[str]:
    """Return the terms of ``text`` in order; ``language`` is a two-letter code, English when unknown."""
    words = content_words(text)
    name = _STEMMERS.get(language or "en")
    if name is None or name not in Stemmer.algorithms():
        return words
    # A stemmer keeps a cache that threads must not share, and making one costs microseconds.
    stems: list[str] = Stemmer.Stemmer(name).stemWords(words)
    return stems


def content_words(text: str) -> list[str]:
    """Return the words of ``text``, folded but not stemmed, without function words."""
    return [word for word in _words(text) if word not in STOP_WORDS]


def question_words(text: str, languages: Iterable[str | None] = ()) -> list[tuple[str, ...]]:
    """Return the words of a question in order, each as its distinct stems in the collection's languages."""
    stems = [analyse(text, language) for language in dict.fromkeys([*languages] or [None])]
    return [tuple(dict.fromkeys(forms)) for forms in zip(*stems, strict=True)]


def metadata_terms(article: Article) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the terms of an article's title, source and date; a date is year, month name and day."""
    date: tuple[str, ...] = ()
    if article.published:
        year, month, day = article.published[:10].split("-")
        date = tuple(analyse(f"{year} {MONTHS[int(month) - 1]} {int(day)}"))
    language = article.language
    return tuple(analyse(article.title, language)), tuple(analyse(article.source or "", language)), date


def passage_terms(article: Article, passages: Iterable[Passage]) -> Iterator[Fields]:
    """Yield the terms of each passage of ``article`` together with those of its metadata."""
    title, source, date = metadata_terms(article)
    for passage in passages:
        sentences = tuple(tuple(analyse(article.text[s.start : s.end], article.language)) for s in passage.sentences)
        yield Fields(sentences, title, source, date)


def term_hashes(terms: Sequence[str]) -> NDArray[np.uint32]:
    """Return the CRC-32 of each term, 1 where it is 0, so that 0 can separate terms."""
    return np.fromiter((zlib.crc32(term.encode()) or 1 for term in terms), np.uint32, len(terms))


def fold(text: str) -> str:
    """Return ``text`` case-folded and without combining marks, for matching only."""
    # Decomposed first: what stands for several letters, like ℠, only then has capitals to fold.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text if text.isascii() else fold(text)):
        word = match.group().lower()
        if word[0].isdigit():
            word = word.replace(",", "") if _DIGIT_GROUPS.fullmatch(word) else word
        elif "." in word:
            word = word.replace(".", "")
        elif word.endswith(("'s", "’s")):
            word = word[:-2]
        else:
            word = word.replace("'", "").replace("’", "")
        if _CJK.match(word):
            yield from _bigrams(word)
        else:
            yield word[:MAX_TERM]


def _bigrams(word: str) -> Iterator[str]:
    """Cut a run of a script that writes no spaces into overlapping pairs, as Lucene's CJK analyser does."""
    if len(word) == 1:
        yield word
    for i in range(len(word) - 1):
        yield word[i : i + 2]
