"""Text -> terms: the one analysis that articles and questions both go through before BM25.

Lower-case, join acronyms and digit groups, drop function words, stem (Snowball), fold accents: all in the language of
the article; of scripts that write no spaces, pairs of characters. The lexical engines receive the finished terms and
never look at text themselves.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, compress

import numpy as np
import Stemmer
from numpy.typing import NDArray

from index.languages import DEFAULT, ELISIONS, LETTERS, function_words
from index.types import Article, Passage

ANALYSIS = 2
"""Counts the ways in which terms were made so far: an index that holds those of another has them made anew."""

MAX_TERM = 100  # characters; longer "words" are data, and Tantivy has a limit of its own

# Vowel signs of the scripts from Devanagari to Khmer, which belong to their words but are no letters to Python.
_SIGNS = "".join(
    sign
    for sign in map(chr, [*range(0x0900, 0x1100), *range(0x1780, 0x17D4)])
    if unicodedata.category(sign) in {"Mc", "Mn"} and not unicodedata.combining(sign)
)
_LETTERS = rf"[^\W\d_]+(?:[{_SIGNS}]+[^\W_]*)*"
_WORD = re.compile(rf"(?:[^\W\d_]\.){{2,}}|\d+(?:[.,]\d+)+|[^\W_]+(?:[{_SIGNS}]+[^\W_]*)*(?:['’]{_LETTERS})*")
_ASCII_WORD = re.compile(r"(?:[a-z]\.){2,}|\d+(?:[.,]\d+)+|[a-z\d]+(?:'[a-z]+)*")  # the same, faster
# Scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese; and Korean, which joins much.
_UNSPACED = re.compile(
    r"[\u0e01-\u0ecf\u1000-\u1049\u1780-\u17d3\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+"
)
_VOICED = "\u3099\u309a"  # marks that make another sound, and are no accents
# Apostrophes join words; all other marks stand between them.
_PRINTED = (("’", "'"), ("‘", " "), ("“", " "), ("”", " "), ("–", " "), ("—", " "), ("…", "..."), ("\u00a0", " "))
_DIGIT_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

_STEMMERS = {
    "ar": "arabic", "bs": "serbian", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hr": "serbian", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
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
    return _stemmed(content_words(text, language), language)


def content_words(text: str, language: str | None = None) -> list[str]:
    """Return the words of ``text`` without its language's function words, not stemmed."""
    functions = _functions(language)
    return [word for word in _words(text, language) if word not in functions]


def question_words(text: str, languages: Iterable[str | None] = ()) -> list[tuple[str, ...]]:
    """Return the words of a question in order, each as its distinct stems in the collection's languages.

    Function words are left out: those of the languages that it is asked in.
    """
    codes = list(dict.fromkeys(language or DEFAULT for language in languages)) or [DEFAULT]
    words = {code: list(_words(text, code)) for code in codes}
    asked = _most_functions(words)
    kept = [not any(words[code][i] in _functions(code) for code in asked) for i in range(len(words[codes[0]]))]
    stems = [_stemmed(list(compress(words[code], kept)), code) for code in codes]
    return [tuple(dict.fromkeys(forms)) for forms in zip(*stems, strict=True)]


def asked_in(text: str, languages: Iterable[str | None]) -> tuple[str, ...]:
    """Return the languages, of these, that a question may be in: those of which it holds the most function words."""
    return _most_functions({code: list(_words(text, code)) for code in {each or DEFAULT for each in languages}})


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
    kept = [c for c in decomposed if not unicodedata.combining(c) or c in _VOICED]
    return unicodedata.normalize("NFC", "".join(kept))


_fold_letter = lru_cache(maxsize=4096)(fold)


@cache
def _functions(language: str | None) -> frozenset[str]:
    """Return the function words of a language as ``_words`` yields them."""
    return frozenset(word for given in function_words(language) for word in _words(given, language))


def _most_functions(words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the languages of which the words, cut as each language has it, hold the most function words."""
    counts = {code: sum(word in _functions(code) for word in own) for code, own in words.items()}
    return tuple(code for code, count in sorted(counts.items()) if count == max(counts.values()))


def _stemmed(words: list[str], language: str | None) -> list[str]:
    """Return the stem of each word, without accents: a stemmer knows endings by theirs."""
    code = language or DEFAULT
    name = _STEMMERS.get(code)
    if name is not None and name in Stemmer.algorithms():
        # A stemmer keeps a cache that threads must not share, and making one costs microseconds.
        words = Stemmer.Stemmer(name).stemWords(words)
    return [word if word.isascii() else fold(word) for word in words] if code in LETTERS else words


def _words(text: str, language: str | None) -> Iterator[str]:
    """Yield the words of a text, lower-case, with those accents alone that its language's stemmer knows."""
    code = language or DEFAULT
    elisions = ELISIONS.get(code, frozenset())
    text = _plain(text)
    found = _ASCII_WORD.findall(text.lower()) if text.isascii() else _WORD.findall(_folded(text, LETTERS.get(code, "")))
    for word in found:
        if "'" in word or "’" in word:
            word = _joined(word.replace("’", "'").removesuffix("'s"), elisions)
        if word[0].isdigit():
            word = word.replace(",", "") if _DIGIT_GROUPS.fullmatch(word) else word
        elif "." in word:
            word = word.replace(".", "")
        if _UNSPACED.match(word):
            yield from _bigrams(word)
        else:
            yield word[:MAX_TERM]


def _joined(word: str, elisions: frozenset[str]) -> str:
    """Return a word with apostrophes as one, "don't" as "dont", without what was elided before it."""
    *before, last = word.split("'")
    return last if before and "".join(before) in elisions else "".join((*before, last))


def _plain(text: str) -> str:
    """Return a text with the marks of print as a typewriter has them: most texts then need no folding."""
    if not text.isascii():
        for mark, plain in _PRINTED:
            text = text.replace(mark, plain)
    return text


def _folded(text: str, letters: str) -> str:
    """Return ``text`` as ``fold`` does, but for these letters, which keep their accents."""
    if text.isascii():
        return text
    if not letters:
        return fold(text)
    return "".join(c if c in letters else _fold_letter(c) for c in unicodedata.normalize("NFC", text).casefold())


def _bigrams(word: str) -> Iterator[str]:
    """Cut a run of a script that writes no spaces into overlapping pairs, as Lucene's CJK analyser does."""
    if len(word) == 1:
        yield word
    for i in range(len(word) - 1):
        yield word[i : i + 2]
