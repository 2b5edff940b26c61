"""The same story twice: which texts are copies, and how stores keep track of them."""

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.duplicates import LOOKED_AT, SCHEME, SHORT, Sketch, nearest
from index.index import Index
from index.stores.base import Store
from index.stores.exact import ExactStore
from index.stores.local.stories import CREATE, Stories
from tests.index.test_stores import local, records
from tests.toy import ToyEmbedder, article

WORDS = [a + b for a in "ba be bi bo bu da de di do du ka ke ki ko ku".split() for b in "lan mer nit sol tur".split()]
NOTES = [
    "The ferry to Hven costs 4 crowns.",
    "The ferry to Hven costs 5 crowns.",
    "The ferry to Ven costs 4 crowns.",
    "The bridge to Hven was closed on Monday after a truck hit it; nobody was hurt, police in Lund said.",
    "The bridge to Hven was closed on Friday after a truck hit it; nobody was hurt, police in Lund said.",
]
GOLDEN = (6074828335594510462, -476525977147266410)
REPORT = (
    "{0} said on {1} that net sales in the {2} quarter rose to {3} million euros from {4} million a year earlier. "
    "Analysts polled by {5} had expected {6} million. Operating profit came in at {7} million, and the margin was {8} "
    "percent. The chief executive, {9}, said that demand in {10} had been strong, but that costs weighed on them. "
    "The company kept its forecast for the year and will pay a dividend of {11} euros a share. Shares in {0} rose {12} "
    "percent in early trading in {13}, and had gained {14} percent since January."
)


def story(seed: int, sentences: int = 30) -> list[str]:
    """Return sentences of words that mean nothing, with a number in every third."""
    chance = random.Random(seed)
    made = []
    for i in range(sentences):
        words = [chance.choice(WORDS) for _ in range(chance.randint(8, 16))]
        made.append(
            " ".join([words[0].capitalize(), *words[1:], *([str(chance.randint(2, 999))] * (i % 3 == 0))]) + "."
        )
    return made


def bands_meet(one: Sketch, other: Sketch) -> bool:
    """Tell whether two texts would be compared."""
    return not set(one.bands).isdisjoint(other.bands)


# Two texts


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(30, 60), st.randoms(use_true_random=False))
def test_an_edited_text_is_a_copy(seed: int, length: int, chance: random.Random) -> None:
    """A text of which every tenth sentence was replaced, deleted or put elsewhere is met and is a copy."""
    own, other = story(seed, length), story(seed + 1, length)
    edited = list(own)
    for i in sorted(chance.sample(range(length), length // 10), reverse=True):
        kind = chance.choice(("replaced", "deleted", "inserted"))
        edited[i : i + 1] = {"replaced": [other[i]], "deleted": [], "inserted": [own[i], other[i]]}[kind]
    one, two = Sketch(" ".join(own)), Sketch(" ".join(edited))
    assert bands_meet(one, two)
    assert one.copies(two)
    assert two.copies(one)


@settings(max_examples=25)
@given(st.text(max_size=200), st.text(max_size=200))
def test_being_a_copy_is_mutual(one: str, other: str) -> None:
    """Whatever two texts hold, neither is a copy of the other alone, and each with words is one of itself."""
    a, b = Sketch(one), Sketch(other)
    assert a.copies(b) == b.copies(a)
    assert a.copies(a) == bool(len(a.shingles)) == bool(a.bands)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace(" ", "\n"),
        lambda text: re.sub(r"(\w+)\.", r"“\1”.", text),
        lambda text: text.replace(". ", " – "),
    ],
)
def test_typography_does_not_count(change: Callable[[str], str]) -> None:
    """Case, line breaks and punctuation make no other text."""
    text = " ".join(story(1))
    assert Sketch(text).bands == Sketch(change(text)).bands


def test_the_first_half_is_a_copy() -> None:
    """A text that was cut short is a copy, its first fifth is none."""
    own = story(3, 40)
    whole, half, fifth = (Sketch(" ".join(own[:n])) for n in (40, 20, 8))
    assert bands_meet(whole, half)
    assert whole.copies(half)
    assert not whole.copies(fifth)


def test_a_template_filled_twice_is_no_copy() -> None:
    """Two reports of one form with other names and numbers are two, the same one with a sentence more is one."""
    known = "Alvar Monday first 120 98 Courier 118 14 8.2 Berg Norway 0.40 3 Oslo 11"
    other = "Brimo Tuesday third 310 325 Ledger 300 41 12.5 Lind Poland 1.15 7 Lund 29"
    one, two = (REPORT.format(*given.split()) for given in (known, other))
    assert len(one.split()) > SHORT
    assert not Sketch(one).copies(Sketch(two))
    assert Sketch(one).copies(Sketch(f"{one} Its rivals report next week, and the market awaits them."))


@pytest.mark.parametrize("first", range(len(NOTES)))
@pytest.mark.parametrize("second", range(len(NOTES)))
def test_short_notes_differ_in_one_word(first: int, second: int) -> None:
    """Of texts of a line none is a copy of another that differs in a number, a name or a day."""
    assert Sketch(NOTES[first]).copies(Sketch(NOTES[second])) == (first == second)


def test_a_speech_quoted_at_length_is_no_copy() -> None:
    """An article that quotes a quarter of another at one go tells another story."""
    speech = story(5, 40)
    report = [*story(6, 5), *speech[10:20], *story(7, 15)]
    assert not Sketch(" ".join(speech)).copies(Sketch(" ".join(report)))


def test_scripts_without_spaces_are_compared() -> None:
    """In Chinese and Japanese runs of letters are compared, not of what stands between two marks."""
    text = "".join(chr(0x4E00 + i * 37 % 2000) + "。" * (i % 15 == 14) for i in range(300))
    assert Sketch(text).copies(Sketch(text[:100] + "新聞" + text[102:]))
    assert not Sketch(text).copies(Sketch(text[::-1]))


def test_signatures_are_the_same_everywhere() -> None:
    """What is kept on disk depends on no machine, no process and no release: else the scheme's number must change."""
    assert SCHEME == 2001
    assert Sketch(" ".join(story(1))).bands[:2] == GOLDEN


def test_very_long_texts_are_told_by_their_beginning() -> None:
    """Beyond half a million characters nothing is looked at, so that no text takes longer."""
    text = "harbour pier ferry quay mole dock " * (LOOKED_AT // 30)
    assert Sketch(text).bands == Sketch(text[:LOOKED_AT]).bands


def test_one_article_of_each_story_is_compared() -> None:
    """Of each story the article that shares most is looked at, and no more stories than allowed."""
    shared = [(1, 1), (2, 1), (2, 1), (3, 3), (3, 3), (3, 3), (4, 4)]
    assert nearest(shared, 2) == [3, 2]
    assert nearest(shared, 9) == [3, 2, 4]


# In a store


@pytest.fixture(params=["exact", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Yield a store of each kind with three copies, one of them cut, and another article."""
    made: Store = ExactStore() if request.param == "exact" else local(tmp_path / "index")
    own = story(1)
    write(made, "late", own, "2023-05-02")
    write(made, "cut", own[:16], None)
    write(made, "early", [*own[:4], *own[5:]], "2023-05-01T10:00:00Z")
    write(made, "other", story(2), "2023-04-30")
    yield made
    made.close()


def write(store: Store, doc_id: str, sentences: list[str], published: str | None = None) -> None:
    """Add an article of these sentences."""
    made = article(doc_id, " ".join(sentences))
    store.write(records([replace(made, published=published)]))


def test_copies_are_told_by_date(store: Store) -> None:
    """The earliest published comes first, what has no date last, and the article itself is none of its copies."""
    assert store.copies("late", 9) == ["early", "cut"]
    assert store.copies("cut", 9) == ["early", "late"]
    assert store.copies("cut", 1) == ["early"]
    assert store.copies("other", 9) == store.copies("nobody", 9) == []
    assert store.copied() == 2


def test_removed_copies_are_told_no_more(store: Store) -> None:
    """What is removed is no copy until it is restored, and the others stay together."""
    store.remove(["early"])
    assert (store.copies("late", 9), store.copies("early", 9), store.copied()) == (["cut"], [], 1)
    store.restore(["early"])
    assert (store.copies("late", 9), store.copied()) == (["early", "cut"], 2)
    store.remove(["late", "early"], now=True)
    assert (store.copies("cut", 9), store.copied()) == ([], 0)


def test_an_article_with_another_text_leaves(store: Store) -> None:
    """An article that is replaced is a copy by its new text alone."""
    write(store, "early", story(2))
    assert (store.copies("late", 9), store.copies("early", 9)) == (["cut"], ["other"])


def test_an_article_may_join_two_stories(store: Store) -> None:
    """Two halves have nothing in common until the whole is added."""
    own = story(9, 40)
    write(store, "first", own[:20])
    write(store, "second", own[20:])
    assert store.copies("first", 9) == []
    write(store, "whole", own)
    assert store.copies("first", 9) == ["second", "whole"]


# On disk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an index folder of two copies and another article."""
    index = Index.open(tmp_path / "index", ToyEmbedder(), create=True)
    index.add(
        [article("a", " ".join(story(1))), article("b", " ".join(story(1)[1:])), article("c", " ".join(story(2)))]
    )
    index.close()
    return tmp_path / "index"


def rows(folder: Path, sql: str) -> list[tuple[int, ...]]:
    """Run a statement on a catalog that nobody holds open."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db, db:
        return db.execute(sql).fetchall()


def test_an_older_catalog_learns_of_its_copies(folder: Path) -> None:
    """One without stories tells of none while it is only read, and of all once something is added."""
    for name in reversed(CREATE):
        rows(folder, f"DROP {'INDEX' if name.endswith('_of') else 'TABLE'} {name}")
    rows(folder, "DELETE FROM meta WHERE key = 'stories'")
    reader = Index.open(folder, ToyEmbedder(), read_only=True)
    assert (reader.copies("a"), reader.status().copies, reader.verify()) == ([], 0, [])
    writer = Index.open(folder, ToyEmbedder())
    assert (writer.copies("a"), writer.verify()) == ([], [])
    writer.add([article("d", " ".join(story(2)[:-1]))])
    for opened in (reader, writer):
        assert (opened.copies("a"), opened.copies("c"), opened.status().copies) == (["b"], ["d"], 2)
        assert opened.verify() == []
        opened.close()


def test_what_was_computed_otherwise_is_computed_again(folder: Path) -> None:
    """After a change of the scheme nothing of the old one is used."""
    rows(folder, "UPDATE meta SET value = 1 WHERE key = 'stories'")
    rows(folder, "UPDATE bands SET band = band + 1")
    with closing(Index.open(folder, ToyEmbedder())) as index:
        assert index.copies("a") == []
        index.add([article("d", "Nothing else.")])
        assert (index.copies("a"), index.verify()) == (["b"], [])


def test_many_old_articles_are_taken_up_in_turns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write takes up no more of an older catalog than it has time for."""
    monkeypatch.setattr("index.stores.local.stories._LATE", 1)
    rows(folder, "UPDATE meta SET value = 1 WHERE key = 'stories'")
    with closing(Index.open(folder, ToyEmbedder())) as index:
        told = []
        for name in "defg":
            index.add([article(name)])
            told.append(index.copies("a"))
    assert told == [[], ["b"], ["b"], ["b"]]
    assert rows(folder, "SELECT count(*) FROM stories") == [(7,)]


def test_nothing_that_would_find_a_removed_article_is_left(folder: Path) -> None:
    """A destroyed article's signature is overwritten with its text."""
    band = Sketch(" ".join(story(2))).bands[0].to_bytes(8, "big", signed=True)
    assert band in (folder / "catalog.sqlite").read_bytes()
    with closing(Index.open(folder, ToyEmbedder())) as index:
        index.remove(["c"], now=True)
    assert not any(band in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert rows(folder, "SELECT count(*) FROM stories") == [(2,)]


def test_verify_names_what_finds_no_copies(folder: Path) -> None:
    """A signature that is not the text's is named with its article, and mended by adding it anew."""
    rows(folder, "UPDATE bands SET band = band + 1 WHERE article = 1")
    with closing(Index.open(folder, ToyEmbedder())) as index:
        assert ["'a'" in problem for problem in index.verify()] == [True]
        index.remove(["a"], now=True)
        index.add([article("a", " ".join(story(1)))])
        assert (index.verify(), index.copies("a")) == ([], ["b"])


def test_an_article_is_kept_with_its_story_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the story cannot be found, nothing of the article stays."""

    def fail(stories: Stories, row: int) -> None:
        raise RuntimeError("stopped")

    with closing(Index.open(folder, ToyEmbedder())) as index, monkeypatch.context() as patch:
        patch.setattr(Stories, "place", fail)
        with pytest.raises(RuntimeError):
            index.add([article("d")])
        assert index.article("d") is None
        patch.undo()
        assert index.verify() == []


def test_status_counts_copies(folder: Path) -> None:
    """An index says how many of its articles are copies of others."""
    with closing(Index.open(folder, ToyEmbedder())) as index:
        assert index.status().copies == 1
