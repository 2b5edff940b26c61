"""Sentences: the golden cases, and what holds for every text."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.punkt import FOLDER, LANGUAGES, OTHER, Lists, shipped, train, written
from index.sentences import learn, split

GOLDEN = Path(__file__).parent.parent / "golden" / "sentences.txt"
ESCAPES = {r"\n": "\n", r"\r": "\r", r"\t": "\t"}


def golden_cases() -> list[tuple[str, str]]:
    """Read (language, marked text) pairs."""
    cases = []
    language = ""
    for line in GOLDEN.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and len(line) == 4:
            language = line[1:3]
        elif line and not line.startswith("%"):
            for escape, character in ESCAPES.items():
                line = line.replace(escape, character)
            cases.append((language, line))
    return cases


def parts(text: str, language: str | None = None) -> list[str]:
    """Return the texts of the sentences."""
    return [text[s.start : s.end] for s in split("d", text, language)]


@pytest.mark.parametrize(("language", "marked"), golden_cases())
def test_golden_case(language: str, marked: str) -> None:
    """A golden text is split where it is marked and nowhere else."""
    assert parts(marked.replace("¦", ""), language) == [part.strip() for part in marked.split("¦")]


def test_golden_cases_are_many() -> None:
    """At least 80 golden cases are there, so that none is lost to a mistake in reading them."""
    assert len(golden_cases()) >= 80


MARKS = ".!?… \n\t\u00a0\u2028\x1c\0\"'“”„«»()[]。」と؟।-•#>\ud800\udfff\ufeff"
WORDS = "1. 2. a) U.S. Mr. J. etc. He the However said 3.5 👩‍👩‍👧 e\u0301 שלום".split()
pieces = st.sampled_from([*MARKS, *WORDS, "\r\n", "\n\n", "x" * 70, "word " * 14])
texts = st.one_of(st.text(), st.lists(pieces, max_size=60).map("".join))


@given(texts)
@example("")
@example(" \n\t\u2028 ")
@example("\ud83d\ude00 \ud83d. He")
def test_sentences_cover_the_text(text: str) -> None:
    """In order, the sentences hold every character but white space, exactly once, and have none at their ends."""
    position = 0
    for sentence in split("d", text):
        assert not text[position : sentence.start].strip()
        assert position <= sentence.start < sentence.end
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
        position = sentence.end
    assert not text[position:].strip()


@given(texts, texts)
def test_no_sentence_crosses_a_blank_line(first: str, second: str) -> None:
    """A blank line ends a sentence, whatever stands before and after it."""
    text = f"{first}\n\n{second}"
    assert not any(s.start < len(first) and s.end > len(first) + 2 for s in split("d", text))


@given(st.lists(st.sampled_from("the old harbour of a small town was built long ago by hand".split()), min_size=30))
def test_wrapping_does_not_matter(words: list[str]) -> None:
    """A sentence that a program wrapped at any usual width is still one sentence."""
    for width in (60, 72, 80):
        lines = [""]
        for word in [*words, "end."]:
            if len(lines[-1]) + 1 + len(word) > width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
        assert len(split("d", "\n".join(lines))) == 1


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\u2003\t\r\n"])
def test_empty_text_has_no_sentences(text: str) -> None:
    """White space alone has no sentences."""
    assert split("d", text) == ()


def test_sentences_name_their_article() -> None:
    """Every sentence carries the id it was given."""
    assert {sentence.doc_id for sentence in split("harbour", "One. Two.")} == {"harbour"}


@pytest.mark.parametrize("language", [None, "", "en-GB", "fr", "zz", "DE_at"])
def test_any_language_is_read(language: str | None) -> None:
    """A language without lists of its own is read with those for any other; a region is ignored."""
    assert parts("One came. Two left.", language) == ["One came.", "Two left."]


HOSTILE = [
    "x",
    ".",
    ". ",
    "a.",
    ".\"'",
    " ",
    "(",
    ". (",
    "“.",
    '. " ',
    " •",
    "a ., ",
    '.a"B',
    "\n ",
    "word ",
    "1) ",
    "。」",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear(unit: str) -> None:
    """Eight times the text takes nowhere near sixty-four times as long, whatever it repeats."""

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        split("d", text)
        return time.process_time() - start

    seconds(1000)
    small = min(seconds(25_000) for _ in range(3))
    assert min(seconds(200_000) for _ in range(2)) < 24 * small + 0.5  # wide, since machines are noisy


def test_long_line_without_an_end_is_one_sentence() -> None:
    """A single line of 1 MB without a full stop is one sentence."""
    assert len(split("d", "word " * 200_000)) == 1


@pytest.mark.parametrize("name", [*sorted(LANGUAGES.values()), OTHER])
def test_lists_are_reproducible(name: str, tmp_path: Path) -> None:
    """The lists that are shipped are what the command makes from what is in the repository."""
    made = tmp_path / "lists.txt"
    train.main(["--language", name, "--out", str(made)])
    assert made.read_text("utf-8") == (FOLDER / f"{name}.txt").read_text("utf-8")
    assert Lists.parse(made.read_text("utf-8")) == written(name)


@pytest.mark.parametrize("language", [*LANGUAGES, "cs"])
def test_no_sentence_begins_in_lower_case(language: str) -> None:
    """A full stop before a word in lower case ends no sentence, except in English and German, whose lists tell."""
    text = "Xx mmm. yyy zzz. Ååå bbb."
    assert len(parts(text, language)) == (3 if language in {"en", "de"} else 2)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_word_is_in_a_list_by_mistake(language: str) -> None:
    """No abbreviation that may end a sentence is a single letter, as initials are known by their form."""
    assert not [word for word in shipped(language).abbreviations if len(word) == 1]


def test_lists_survive_writing() -> None:
    """Lists that are written and read again are the same."""
    assert Lists.parse(shipped("en").format()) == shipped("en")


def test_learning_finds_abbreviations() -> None:
    """Punkt learns an abbreviation from texts that use it, and no ordinary word."""
    text = "By day the walk took one hr. or so. At night, so they say, it took two hr. by day. "
    assert learn([text] * 40).abbreviations == {"hr"}


def test_nltk_has_one_importer() -> None:
    """Only one module of the project imports NLTK."""
    root = FOLDER.parent.parent
    files = [path for room in ("index", "qa", "ui", "seeds") for path in (root / room).rglob("*.py")]
    importers = [path for path in files if "nltk" in path.read_text("utf-8") and "import" in path.read_text("utf-8")]
    assert [path.relative_to(root).as_posix() for path in importers] == ["index/sentences.py"]
