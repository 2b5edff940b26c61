"""The index: adding, adding again, removing, several readers and one writer, folders that cannot be written."""

import hashlib
import math
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import index as index_module
from index.errors import EmbedderMismatch, IndexDamaged, IndexError_, IndexLocked, IndexMissing
from index.index import Index, LanguageCount
from index.stores.local import store as store_module
from index.terms import analyse, term_hashes
from index.types import Article, Filter, Hit, Refusal
from tests.toy import CountingEmbedder, ToyEmbedder, article

NAMES = ["amber", "basalt", "cobalt", "dolomite"]
SECRET = "Zyzzyva beetles signed the quillwort accord in Vaduz."
SECRETS = [f"Zyzzyva{i} beetles signed quillwort{i} accords." for i in range(9)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an index of four articles and return its folder."""
    path = tmp_path / "index"
    made = Index.create(path, ToyEmbedder())
    made.add([article(name, source="The Post", published=f"2023-0{i}-01") for i, name in enumerate(NAMES, 1)])
    made.close()
    return path


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    """Open the index of four articles."""
    opened = Index.open(folder, ToyEmbedder())
    yield opened
    opened.close()


def ids(hits: list[Hit]) -> list[str]:
    """Return the doc_ids of hits."""
    return [hit.passage.doc_id for hit in hits]


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Return every file of a folder with its time of change and hash."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def holds(folder: Path, *needles: bytes) -> list[str]:
    """Return the files of a folder that hold any of these bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


# Adding


def test_search_finds_what_was_added(index: Index) -> None:
    """The best hit is the article that holds the question's word; its text is the article's own."""
    hit = index.search("the cobalt report")[0]
    found = index.article("cobalt")
    assert found is not None
    assert (hit.passage.passage_id, hit.rank, hit.title) == ("cobalt#0", 1, "On cobalt")
    assert hit.text == found.text[hit.passage.start : hit.passage.end]
    assert index.verify() == []


def test_adding_again_changes_nothing(folder: Path) -> None:
    """The same articles added again are reported unchanged, embed nothing and leave the generation alone."""
    embedder = CountingEmbedder()
    opened = Index.open(folder, embedder)
    before = opened.status().generation
    again = [article(name, source="The Post", published=f"2023-0{i}-01") for i, name in enumerate(NAMES, 1)]
    summary = opened.add(again)
    assert summary.unchanged == tuple(NAMES)
    assert summary.added == summary.replaced == ()
    assert opened.status().generation == before
    assert embedder.encoded == []
    opened.close()


def test_changed_article_is_replaced_everywhere_and_keeps_its_id(index: Index) -> None:
    """An article of a known origin replaces the former one in every search, under the former id."""
    changed = replace(article("renamed", "A zeppelin flew."), origin="/articles/cobalt.txt")
    summary = index.add([changed])
    assert summary.replaced == ("cobalt",)
    assert index.article("renamed") is None
    assert [found.doc_id for found in index.entries()] == NAMES
    assert index.search("zeppelin")[0].text == "A zeppelin flew."
    assert index.frequencies(["cobalt", "zeppelin"])[1] == [0, 1]
    assert all("cobalt" not in hit.text for hit in index.search("cobalt"))


def test_rare_words_weigh_more() -> None:
    """A word's weight is BM25's idf, by its most frequent stem; one that no passage holds weighs the most."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "The ferry costs 4 crowns."), article("b", "It cost 9 crowns."), article("c", "No bus.")])
    weights = index.idf([("crown",), ("ferri",), ("zeppelin",), ("ferri", "crown")])
    assert weights[("crown",)] == weights[("ferri", "crown")] < weights[("ferri",)] < weights[("zeppelin",)]
    assert weights[("crown",)] == pytest.approx(math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)))


def test_a_text_says_as_much_as_its_words_are_rare() -> None:
    """What one passage alone holds says 1, what many hold less, a word that is repeated counts once."""
    index = Index.in_memory(ToyEmbedder())
    assert index.says("zeppelin") > 0
    index.add([article("a", "The ferry costs 4 crowns."), article("b", "It cost 9 crowns."), article("c", "No bus.")])
    assert index.says("the ferry") == index.says("ferry, ferry?") == pytest.approx(1.0)
    assert 0 == index.says("is it?") < index.says("crowns") < 1 < index.says("zeppelin")


def test_a_word_has_the_stems_that_are_held() -> None:
    """Of a word's stems in the collection's languages those count that a passage holds, or the first if none is."""
    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "The houses are old."), article("b", "Die Häuser sind alt.", language="de")])
    assert index.words("Häuser houses castles") == [("haus",), ("hous",), ("castl",)]


def test_changed_metadata_replaces_too(index: Index) -> None:
    """A new date alone makes an article new."""
    assert index.add([article("amber", source="The Post", published="2024-05-05")]).replaced == ("amber",)
    assert ids(index.search("report", limits=Filter(since="2024-01-01"))) == ["amber"]


def test_id_of_another_origin_is_refused(index: Index) -> None:
    """An id that belongs to an article from elsewhere is refused; the refusal names both and the way out."""
    summary = index.add([replace(article("amber"), origin="/elsewhere/amber.txt")])
    assert summary.added == summary.replaced == ()
    reason = summary.refused[0].reason
    assert "/articles/amber.txt" in reason
    assert "/elsewhere/amber.txt" in reason
    assert "--prefix" in reason
    assert index.add([replace(article("new-amber"), origin="/elsewhere/amber.txt")]).added == ("new-amber",)


def test_id_given_twice_is_refused(index: Index) -> None:
    """Of two articles with one id in one run the first is taken and the second refused, whatever their origins."""
    twice = [article("emery"), article("emery", "Another text."), replace(article("emery"), origin="/other.txt")]
    summary = index.add(twice)
    assert summary.added == ("emery",)
    assert [refusal.given for refusal in summary.refused] == ["emery", "emery"]
    found = index.article("emery")
    assert found is not None
    assert found.text == twice[0].text


@pytest.mark.parametrize(
    "refused",
    [
        article("bad", " \n\t\u00a0\u2028 "),
        article("bad", "Before\0after."),
        article("bad", "A lone \ud800 surrogate."),
        article("bad", title="A lone \udfff surrogate"),
        article("bad", source="\ud800"),
        article("bad", url="https://example.org/\0"),
        replace(article("bad"), authors=("\udc80",)),
        article("bad id"),
        article("bad\u200bid\n"),
        article("", "Text."),
        article("bad", published="2023"),
        article("bad", published="20230711"),
        article("bad", published="2023-13-01"),
        article("bad", published="yesterday"),
    ],
    ids=ascii,
)
def test_refused_articles(index: Index, refused: Article) -> None:
    """What cannot be kept is refused with a reason, and the articles beside it are added."""
    summary = index.add([article("emery"), refused, article("flint")])
    assert summary.added == ("emery", "flint")
    assert [refusal.given for refusal in summary.refused] == [refused.doc_id]
    assert len(summary.refused[0].reason) > 20
    assert index.verify() == []


def test_refusals_of_readers_are_passed_on(index: Index) -> None:
    """What a reader refused is in the summary."""
    refusal = Refusal("a.pdf", "not a format")
    assert index.add([refusal]).refused == (refusal,)


def test_progress_counts_everything(tmp_path: Path) -> None:
    """Progress adds up to the articles, the sentences, cut and encoded, and the articles whose terms were indexed."""
    counts: dict[str, int] = {}
    made = Index.create(tmp_path / "index", ToyEmbedder())

    def report(stage: str, count: int) -> None:
        counts[stage] = counts.get(stage, 0) + count

    made.add([article(name) for name in NAMES], progress=report)
    assert counts == {"articles": 4, "cut": 12, "sentences": 12, "terms": 4}
    made.close()


def test_sentences_are_reported_as_they_are_cut() -> None:
    """All that is cut is encoded later; what is unchanged, refused or without a sentence is not reported as cut."""
    made = Index.in_memory(ToyEmbedder(), passage_tokens=8)
    made.add([article("amber")])
    told: list[tuple[str, int]] = []
    long = article("long", "Of all the words here, none ends a sentence, so it is cut. One more.")
    given: list[Article | Refusal] = [article("amber"), article("empty", " "), long, article("basalt")]
    given.insert(3, Refusal("a.pdf", "not a format"))
    made.add(given, progress=lambda stage, count: told.append((stage, count)))
    cut, encoded = ([count for stage, count in told if stage == which] for which in ("cut", "sentences"))
    assert len(cut) == 2
    assert cut[0] > 2
    assert sum(cut) == sum(encoded) == sum(entry.sentences for entry in made.entries() if entry.doc_id != "amber")
    assert told.index(("sentences", sum(encoded))) > max(at for at, (stage, _) in enumerate(told) if stage == "cut")


def test_another_embedder_is_refused(folder: Path) -> None:
    """Opening with another embedder raises an error that names both."""
    other = ToyEmbedder(32)
    other.name = "other"
    with pytest.raises(EmbedderMismatch, match=r"'toy'.*'other'"):
        Index.open(folder, other)


def test_missing_index(tmp_path: Path) -> None:
    """A folder without an index is named, and nothing is made in it."""
    with pytest.raises(IndexMissing, match="nothing-here"):
        Index.open(tmp_path / "nothing-here", ToyEmbedder())
    assert list(tmp_path.iterdir()) == []


def test_index_is_not_made_over_another(folder: Path) -> None:
    """Making an index where one is raises, and the one there is left as it was."""
    with pytest.raises(IndexError_, match="already holds"):
        Index.create(folder, ToyEmbedder(32))
    with Index.open(folder, ToyEmbedder()).store.writing():
        pass


# Removing


def test_removed_is_hidden_from_every_leg(index: Index) -> None:
    """A removed article is in no search, list, count or statistic from that moment on; restoring brings it back."""
    before = index.search("cobalt report", 20), index.status().articles, index.frequencies(["cobalt"])
    assert index.remove(["cobalt", "nobody"]) == ["cobalt"]
    assert index.article("cobalt") is None
    assert "cobalt" not in ids(index.search("cobalt report", 20))
    assert "cobalt" not in ids(index.search("what about that?", 20))
    assert index.frequencies(["cobalt"])[1] == [0]
    assert index.status().articles == 3
    assert index.restore(["nobody", "cobalt", "cobalt", "amber"]) == ["cobalt"]
    after = index.search("cobalt report", 20), index.status().articles, index.frequencies(["cobalt"])
    assert ids(after[0]) == ids(before[0])
    assert after[1:] == before[1:]
    assert index.verify() == []


def secret_bytes() -> list[bytes]:
    """Return the bytes that would betray the secret article: its sentences, their terms, and the vectors of it all."""
    vectors = ToyEmbedder().encode([*SECRETS, "On secret. " + " ".join(SECRETS)]).astype(np.float16)
    texts = [s.split()[0].encode() for s in SECRETS]
    terms = [term_hashes(analyse(s)).astype("<u4").tobytes() for s in SECRETS]
    return [*texts, *terms, *(v.tobytes() for v in vectors)]


def test_removed_now_is_destroyed(index: Index, folder: Path) -> None:
    """After a removal for good no file of the folder holds a removed sentence or its vectors."""
    index.add([article("secret", " ".join(SECRETS)), article("emery", LONG_TEXT)])
    assert all(holds(folder, needle) for needle in secret_bytes())
    assert all("dense.faiss" in holds(folder, needle) for needle in secret_bytes()[18:])
    index.remove(["secret"], now=True)
    assert holds(folder, *secret_bytes()) == []
    assert index.verify() == []
    assert index.search("zyzzyva1 beetles quillwort1")[0].passage.doc_id != "secret"


LONG_TEXT = " ".join(f"Plain sentence {i} about emery wheels." for i in range(200))


def test_removed_longer_than_ten_minutes_ago_is_destroyed_by_the_next_write(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was removed is restorable for ten minutes; the first write after that destroys it."""
    index.add([article("secret", " ".join(SECRETS))])
    index.remove(["secret"])
    index.add([article("emery")])
    assert holds(folder, *secret_bytes())
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    index.add([article("flint")])
    assert holds(folder, *secret_bytes()) == []
    assert index.removed() == []
    assert index.restore(["secret"]) == []
    assert index.article("secret") is None
    assert index.verify() == []


def test_replaced_text_is_destroyed_by_the_next_merge(index: Index, folder: Path) -> None:
    """The former text of a replaced article is gone when the parts are next merged."""
    index.add([article("secret", " ".join(SECRETS))])
    index.add([article("secret", "Nothing to see.")])  # more than 5% of this index, so it is merged at once
    assert holds(folder, *secret_bytes()) == []


def test_nothing_of_many_small_removed_articles_is_left(tmp_path: Path) -> None:
    """However SQLite packed and moved the rows, no removed text stays in a corner of a page."""
    made = Index.create(tmp_path / "index", ToyEmbedder())
    made.add([article(f"n{i}", f"Secret{i}x lies here. " * (1 + i * 7 % 23)) for i in range(150)])
    gone = [f"n{i}" for i in range(150) if i % 3]
    made.remove(gone[:50])
    made.add([article(f"m{i}", f"Filler{i} " * 40) for i in range(40)])
    made.remove(gone[50:], now=True)
    assert holds(tmp_path, *(f"Secret{name[1:]}x".encode() for name in gone)) == []
    assert holds(tmp_path, b"Secret3x")
    assert made.verify() == []
    made.close()


# Readers and writers


def test_reader_sees_what_a_writer_does(index: Index, folder: Path) -> None:
    """A reader opened before sees what another adds, replaces, removes and destroys, without opening again."""
    reader = Index.open(folder, ToyEmbedder())
    writer = index
    writer.add([article("emery"), article("amber", "Amber is now jet.")])
    assert ids(reader.search("emery"))[0] == "emery"
    assert reader.search("jet", 1)[0].text == "Amber is now jet."
    assert reader.frequencies(["emeri", "jet"])[1] == [1, 1]
    writer.remove(["emery"])
    assert "emery" not in ids(reader.search("emery", 20))
    writer.restore(["emery"])
    assert ids(reader.search("emery"))[0] == "emery"
    writer.remove(["emery", "basalt"], now=True)
    assert {"emery", "basalt"}.isdisjoint(ids(reader.search("emery basalt", 20)))
    assert reader.status().articles == 3
    assert reader.verify() == []
    assert ids(reader.search("cobalt", 20)) == ids(writer.search("cobalt", 20))
    reader.close()


def test_read_only_reader_sees_what_a_writer_does(index: Index, folder: Path) -> None:
    """Opened read-only in a folder that others write to, an index keeps up with them."""
    reader = Index.open(folder, ToyEmbedder(), read_only=True)
    index.add([article("emery")])
    index.remove(["amber"], now=True)
    assert ids(reader.search("emery"))[0] == "emery"
    assert "amber" not in ids(reader.search("amber", 20))
    with pytest.raises(IndexLocked, match="read-only"):
        reader.add([article("flint")])
    reader.close()


def test_second_writer_is_told_to_wait(index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one writes, another writer gets a clear error and readers go on."""
    monkeypatch.setattr(store_module, "_WAIT", 0.05)
    other = Index.open(folder, ToyEmbedder())
    with index.store.writing():
        with pytest.raises(IndexLocked, match=r"writing to the index in .*index; wait"):
            other.add([article("emery")])
        assert ids(other.search("cobalt"))[0] == "cobalt"
        late = Index.open(folder, ToyEmbedder())
        assert ids(late.search("cobalt"))[0] == "cobalt"
        late.close()
    assert other.add([article("emery")]).added == ("emery",)
    other.close()


def test_searching_while_adding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that search while another adds, replaces and removes never fail and never see half an article."""
    monkeypatch.setattr(index_module, "COMMIT_ARTICLES", 1)
    shared = Index.open(folder, ToyEmbedder())
    apart = Index.open(folder, ToyEmbedder())
    texts = {v: " ".join(f"Gneiss{v} block {i} was cut." for i in range(150)) for v in (1, 2)}
    stop, wrong = threading.Event(), []

    def read(reader: Index) -> None:
        while not stop.is_set():
            try:
                for hit in reader.search("gneiss1 gneiss2 cobalt block", 50):
                    if hit.passage.doc_id.startswith("rock"):
                        spans = [t[hit.passage.start : hit.passage.end] for t in texts.values()]
                        if hit.text not in spans:
                            wrong.append(f"{hit.passage} {hit.text[:40]}")
                rows = [s.row for s in reader.store.lexical(["gneiss1", "gneiss2"], 500, Filter())]
                numbers: dict[str, set[str]] = {}
                for found in reader.store.found(rows):
                    numbers.setdefault(found.passage.doc_id, set()).add(found.passage.passage_id)
                wrong.extend(f"{doc_id}: {seen}" for doc_id, seen in numbers.items() if len(seen) != 4)
                reader.frequencies(["gneiss1"])
            except Exception as error:  # noqa: BLE001
                wrong.append(repr(error))
                return

    threads = [threading.Thread(target=read, args=(reader,)) for reader in (shared, shared, apart)]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 2.5
    for round_ in range(100):
        if time.monotonic() > ends:
            break
        shared.add([article(f"rock{i}", texts[1 + round_ % 2]) for i in range(3)])
        shared.remove([f"rock{round_ % 3}"], now=round_ % 2 == 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert shared.verify() == []
    shared.close()
    apart.close()


# Folders that cannot be written


@pytest.fixture
def closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an index folder of which the operating system says that it cannot be written."""
    close(folder, monkeypatch)
    return folder


def close(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the operating system say that the folder cannot be written."""
    access = os.access

    def no_writing(path: os.PathLike[str], mode: int, **options: bool) -> bool:
        return not (mode & os.W_OK and folder in (Path(path), *Path(path).parents)) and access(path, mode, **options)

    monkeypatch.setattr(os, "access", no_writing)


def test_folder_that_cannot_be_written(closed: Path) -> None:
    """Such a folder is searched like any other, refuses additions, and nothing in it is touched."""
    before = state(closed)
    opened = Index.open(closed, ToyEmbedder())
    assert ids(opened.search("cobalt"))[0] == "cobalt"
    assert opened.verify() == []
    with pytest.raises(IndexLocked, match=r"read-only.*--index"):
        opened.add([article("emery")])
    with pytest.raises(IndexLocked, match="read-only"):
        opened.remove(["amber"])
    opened.close()
    assert state(closed) == before


@pytest.mark.parametrize("lost", ["dense.faiss", "lexical", "manifest.json"])
def test_parts_missing_where_nothing_can_be_written(closed: Path, lost: str) -> None:
    """A derived part that is missing there is derived in memory, with the same hits."""
    whole = Index.open(closed, ToyEmbedder())
    expected = [(hit.passage, round(hit.score, 5)) for hit in whole.search("the cobalt report")]
    whole.close()
    path = closed / lost
    path.rename(closed.parent / "elsewhere")
    before = state(closed)
    opened = Index.open(closed, ToyEmbedder())
    assert [(hit.passage, round(hit.score, 5)) for hit in opened.search("the cobalt report")] == expected
    assert opened.verify() != []
    opened.close()
    assert state(closed) == before


def test_a_lock_file_made_while_closing_is_no_error(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing succeeds though the folder of links is not empty, as when Tantivy's threads still lock it."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(links))
    opened = Index.open(closed, ToyEmbedder())
    assert opened.search("the cobalt report")
    assert list(links.iterdir())

    def busy(path: str, **options: object) -> None:
        raise OSError(39, "Directory not empty", path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", busy)
        opened.close()


def test_folder_that_only_others_can_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write a folder sees what one who may has just added and removed there."""
    writer = Index.open(folder, ToyEmbedder())
    with monkeypatch.context() as patch:
        close(folder, patch)
        early = Index.open(folder, ToyEmbedder())
    writer.add([article("emery")])
    writer.remove(["amber"])
    close(folder, monkeypatch)
    late = Index.open(folder, ToyEmbedder())
    assert set(ids(late.search("emery amber", 20))) == {"emery", "basalt", "cobalt", "dolomite"}
    for opened in (early, late, writer):
        opened.close()


def test_parts_behind_where_nothing_can_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles committed just before a crash are found by both searches though the parts cannot be brought up."""
    writer = Index.open(folder, ToyEmbedder())
    monkeypatch.setattr(type(writer.store), "_bring_up", lambda store, progress: None)
    writer.add([article("emery")])
    writer.close()
    opened = Index.open(folder, ToyEmbedder(), read_only=True)
    assert opened.search("emery")[0].passage.doc_id == "emery"
    (row,) = (scored.row for scored in opened.store.lexical(["emeri"], 1, Filter()))
    assert opened.store.found([row])[0].passage.doc_id == "emery"
    opened.close()


# Opening again


@settings(max_examples=6)
@given(
    st.lists(
        st.lists(
            st.sampled_from("amber basalt the of storm. Rain! U.S. 3.5\n\n東京".split(" ")), min_size=1, max_size=30
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["storm over amber", "東京 basalt", "U.S. rain 3.5"]),
)
def test_saved_and_opened_gives_equal_hits(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], question: str
) -> None:
    """Hits before closing, after opening again and from the exact store are equal."""
    folder = tmp_path_factory.mktemp("index")
    articles = [article(f"d{i}", " ".join(words)) for i, words in enumerate(texts)]
    made, exact = Index.create(folder, ToyEmbedder()), Index.in_memory(ToyEmbedder())
    for one in (made, exact):
        one.add(articles)
    before = made.search(question)
    made.close()
    opened = Index.open(folder, ToyEmbedder())
    assert opened.search(question) == before
    scores = {hit.passage.passage_id: hit.score for hit in exact.search(question)}
    assert {hit.passage.passage_id: hit.score for hit in before} == pytest.approx(scores, abs=1e-5)
    opened.close()


def test_damaged_text_is_mended_by_adding_again(index: Index) -> None:
    """An article whose text was damaged is not called unchanged: adding it again puts it right."""
    index.store._catalog._db.execute("UPDATE texts SET text = replace(text, 'cobalt', 'copper')")  # type: ignore[attr-defined]
    with pytest.raises(IndexDamaged, match="cobalt"):
        index.article("cobalt")
    given = article("cobalt", source="The Post", published="2023-03-01")
    assert index.add([given]).replaced == ("cobalt",)
    assert index.article("cobalt") == given


@pytest.mark.parametrize("name", ["manifest.json", "dense.faiss", "lexical"])
def test_other_files_are_not_written_over(tmp_path: Path, name: str) -> None:
    """An index is not made in a folder that holds anything else, even under the names of ours."""
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(IndexMissing, match="holds other files"):
        Index.open(tmp_path, ToyEmbedder(), create=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_history_outlives_closing_and_a_reader_sees_it(index: Index, folder: Path) -> None:
    """What was done is told by whoever opens the folder next, and by a reader that was open before."""
    reader = Index.open(folder, ToyEmbedder(), read_only=True)
    index.remove(["amber", "cobalt"])
    counts = [(c.added, c.replaced, c.removed, c.restored) for c in reader.changes()]
    assert counts == [(0, 0, 2, 0), (4, 0, 0, 0)]
    assert [removed.entry.title for removed in reader.removed()] == ["On amber", "On cobalt"]
    index.close()
    again = Index.open(folder, ToyEmbedder())
    assert (again.changes(), again.removed()) == (reader.changes(), reader.removed())
    assert (again.writable, reader.writable) == (True, False)
    for opened in (reader, again):
        opened.close()


def test_folder_that_cannot_be_written_is_not_writable(closed: Path) -> None:
    """What the operating system forbids is said before anything is added."""
    opened = Index.open(closed, ToyEmbedder())
    assert not opened.writable
    opened.close()


@pytest.fixture
def older(folder: Path) -> Path:
    """Make an index folder whose catalog is older than the table of changes."""
    with sqlite3.connect(folder / "catalog.sqlite") as catalog:
        catalog.execute("DROP TABLE changes")
    catalog.close()
    return folder


@pytest.mark.parametrize("forbidden", [False, True])
def test_older_catalog_that_is_only_read_has_no_history(
    older: Path, monkeypatch: pytest.MonkeyPatch, forbidden: bool
) -> None:
    """Whether nothing is to be written or nothing can be, all else is told and the catalog stays as it was."""
    if forbidden:
        close(older, monkeypatch)
    before = state(older)["catalog.sqlite"]
    opened = Index.open(older, ToyEmbedder(), read_only=not forbidden)
    assert not opened.writable
    assert opened.changes() == opened.changes("2020-01-01") == []
    assert opened.removed() == []
    assert [(entry.doc_id, entry.changed) for entry in opened.entries()] == [(name, None) for name in NAMES]
    assert opened.search("cobalt report")[0].passage.doc_id == "cobalt"
    assert opened.verify() == []
    opened.close()
    assert state(older)["catalog.sqlite"] == before


def test_older_catalog_gets_a_history_when_it_is_written(older: Path) -> None:
    """From then on changes are told, also to a reader that was open before; what came earlier stays unknown."""
    reader = Index.open(older, ToyEmbedder(), read_only=True)
    writer = Index.open(older, ToyEmbedder())
    assert writer.changes() == []
    writer.add([article("emery")])
    writer.remove(["amber"])
    for opened in (reader, writer):
        changes = opened.changes()
        assert [(c.added, c.removed) for c in changes] == [(0, 1), (1, 0)]
        known = {entry.doc_id: entry.changed for entry in opened.entries()}
        assert known == {"basalt": None, "cobalt": None, "dolomite": None, "emery": changes[1].at}
        assert opened.removed()[0].entry.changed is None
        assert opened.verify() == []
        opened.close()


def test_history_keeps_no_title(index: Index, folder: Path) -> None:
    """When an article was removed for good its title and id are nowhere, though that it was is told."""
    title = "Zyzzyva quillwort"
    index.add([article("secretid", "Nothing to see here.", title=title, origin="secretplace")])
    index.remove(["secretid"])
    assert index.removed()[0].entry.title == title
    index.restore(["secretid"])
    assert holds(folder, title.encode())
    index.remove(["secretid"], now=True)
    index.add([article("emery")])
    assert [(c.added, c.removed, c.restored) for c in index.changes()] == [
        (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (4, 0, 0),
    ]  # fmt: skip
    assert index.removed() == []
    assert holds(folder, title.encode(), b"secretid", b"secretplace", b"zyzzyva") == []


def test_mending_and_destroying_are_no_changes(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history tells what people did with articles, not what the index does to keep its promises."""
    index.remove(["amber"])
    before = index.changes()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    index.remove([], now=True)
    index.store.mend(2, index.store._catalog.vectors(2))  # type: ignore[attr-defined]
    assert index.status().generation > len(before) + 1
    assert index.changes() == before


def test_a_damaged_time_is_left_out(index: Index) -> None:
    """A time in the catalog that is none is not told, and all else is."""
    index.remove(["amber"])
    for at in (1e300, -1e300):
        index.store._catalog._db.execute("UPDATE changes SET at = ? WHERE generation = 2", (at,))  # type: ignore[attr-defined]
        assert [change.removed for change in index.changes()] == [1]
        assert [entry.doc_id for entry in index.entries()] == ["basalt", "cobalt", "dolomite"]
    index.store._catalog._db.execute("UPDATE articles SET removed_at = 1e300 WHERE removed_at IS NOT NULL")  # type: ignore[attr-defined]
    assert index.removed() == []


def test_what_was_removed_is_destroyed_when_next_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes after a removal opening the index for writing destroys the text, without any other write."""
    index = Index.create(tmp_path / "index", ToyEmbedder())
    index.add(
        [Article(doc_id="a", title="A", text="The xylophone is secret."), Article(doc_id="b", title="B", text="Stay.")]
    )
    index.remove(["a"])
    index.close()
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    Index.open(tmp_path / "index", ToyEmbedder()).close()
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file()]
    assert not any(b"xylophone" in path.read_bytes() for path in files)


def test_verify_names_a_passage_that_is_off(tmp_path: Path) -> None:
    """A passage that does not begin and end with its sentences is named."""
    index = Index.create(tmp_path / "index", ToyEmbedder())
    index.add([Article(doc_id="a", title="A", text="One is here. Two is there.")])
    index.close()
    with sqlite3.connect(tmp_path / "index" / "catalog.sqlite") as catalog:
        catalog.execute('UPDATE passages SET "end" = "end" + 5')
    catalog.close()
    opened = Index.open(tmp_path / "index", ToyEmbedder(), read_only=True)
    assert any("passage" in line for line in opened.verify())
    opened.close()


def test_the_status_counts_languages() -> None:
    """The articles of each language are counted, and those that the embedder does not know are marked."""
    embedder = ToyEmbedder()
    embedder.languages = frozenset({"en"})
    index = Index.in_memory(embedder)
    index.add([article("a", language="en"), article("b", language="de"), article("c", language="de"), article("d")])
    expected = (LanguageCount("de", 2, False), LanguageCount(None, 1, True), LanguageCount("en", 1, True))
    assert index.status().languages == expected
