"""Languages: which one a text is in, and what the analysis of its words must know of it.

A language is an ISO 639-1 code, "en"; None, not known, is read as English.
"""

from functools import cache
from pathlib import Path
from typing import Any

DEFAULT = "en"

# Of a text to be judged: its beginning, and of a long one also its middle, since it may begin in another language.
_SAMPLE = 2000
# Judged by their first 80, 120, ... 2,000 characters and with this certainty, none of some 13,000 English and German
# paragraphs was taken for another language; by 60 or with .95 a few were. Bytes, as a Chinese character says more.
_LEAST = 80
_CERTAIN = 0.97
_VARIETIES = {"ary": "ar", "arz": "ar", "pcm": "en", "wuu": "zh", "yue": "zh"}

# Codes that stand for the same written language or for one that a detector cannot tell from it: what a text says of
# itself is believed against these.
_KIN = [
    {"no", "nb", "nn", "da"},
    {"hr", "bs", "sr", "sh", "me", "sl"},
    {"id", "ms", "jv", "su"},
    {"cs", "sk"},
    {"bg", "mk"},
    {"pt", "gl", "es", "ca"},
    {"hi", "mr", "ne", "sa"},
    {"zh", "ja"},
    {"fa", "ps", "ur", "ar"},
    {"he", "iw", "yi"},
    {"tl", "fil"},
]

# Letters with accents that the stemmer of a language knows; elsewhere they are read without.
LETTERS = {
    "ca": "àçèéíïòóúü", "cs": "áčďéěíňóřšťúůýž", "da": "å", "de": "äöü", "eo": "ĉĝĥĵŝŭ", "es": "áéíóúüñ",
    "et": "äöüõšž", "eu": "ñ", "fi": "äöå", "fr": "âàçëéêèïîôûùü", "ga": "áéíóú", "hu": "áéíóöúüőű",
    "it": "àèéìíòóùú", "lt": "ąčęėįšųūž", "nl": "äëïöüáéíóúè", "no": "å", "nb": "å", "pl": "ąćęńóśźż",
    "pt": "áâãàçéêíóôõúü", "ro": "ăâîșşțţ", "ru": "йё", "sr": "čćžšđ", "sv": "äåö", "tr": "çğöşü",
}  # fmt: skip

# What may stand before an apostrophe and is a word of its own: l'accord, qu'elle.
ELISIONS = {
    "ca": frozenset("d l m n s t".split()),
    "fr": frozenset("c d j l m n s t qu jusqu lorsqu puisqu quoiqu".split()),
    "it": frozenset("c d l m s t v n un all dall dell nell sull coll quest quell dov com".split()),
    "pt": frozenset("d".split()),
}

_FILE = Path(__file__).with_name("function_words.txt")
_ALIKE = {"nb": "no", "nn": "no"}


def detect(text: str) -> str | None:
    """Return the language of ``text`` where it is sure; None for a short text, or one in several languages.

    The same text always gives the same language, in any thread.
    """
    found = _judged(text[:_SAMPLE])
    if found and len(text) > 3 * _SAMPLE:
        middle = len(text) // 2
        return found if _judged(text[middle : middle + _SAMPLE]) == found else None
    return found


def recorded(given: str | None, text: str) -> str | None:
    """Return the language of a text that is said to be in ``given``: that, unless it is surely in quite another one.

    Pages often name the language of what they were made with, not of what stands in them.
    """
    found = detect(text)
    if given is None or found is None or any({given, found} <= kin for kin in _KIN):
        return given or found
    return found


@cache
def function_words(language: str | None) -> frozenset[str]:
    """Return the words of a language that say nothing of what a text is about; none where we know none."""
    return _lists().get(_ALIKE.get(language or DEFAULT, language or DEFAULT), frozenset())


@cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, list[str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        content = f" {line} ".partition(" # ")[0].split()
        if content and content[0].startswith("["):
            lists[content[0].strip("[]")] = words = []
        elif content:
            words += content
    return {code: frozenset(words) for code, words in lists.items()}


def _judged(text: str) -> str | None:
    if len(text.encode("utf-8", "surrogatepass")) < _LEAST:
        return None
    certainty: dict[str, float] = {}
    for code, share in _identifier().rank(text):
        code = _VARIETIES.get(code, code)
        certainty[code] = certainty.get(code, 0.0) + share
    best = max(certainty, key=certainty.__getitem__)
    return best if certainty[best] >= _CERTAIN and len(best) == 2 else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a second to load, which only adding needs

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
