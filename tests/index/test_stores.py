"""The stores: each keeps what the protocol promises, and all agree with the exact one on ids and scores."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding import windows
from index.index import Index
from index.stores.base import GONE, UNDO_SECONDS, Boosts, Entry, Record, Scored, Store
from index.stores.exact import ExactStore, stored_length
from index.stores.local import LocalStore
from index.stores.local.manifest import Manifest
from index.terms import analyse, question_words, term_hashes
from index.types import Article, Filter
from tests.toy import ToyEmbedder, article

EMBEDDER = ToyEmbedder()
PASSAGE_TOKENS = 120
ALL = 10_000
TOLERANCE = 1e-5

LONG = " ".join(f"Clause {i} of the treaty binds party {i % 5} and harbour {i % 3}." for i in range(60))
ARTICLES = [
    article("harbour", LONG, title="The harbour treaty", source="The Post", published="2023-07-11", language="en"),
    article("treaty", "Treaty treaty treaty. " * 30, title="Treaty", source="Daily Post", published="2023-08-02"),
    article("hafen", "Die Häfen wurden geschlossen. Der Vertrag gilt.", language="de", published="2022-01-31"),
    article("july", "A storm hit the harbour in July 2023.", source="The Post"),
    article("odd", "Naïve café — “U.S.” deals, 1,000,000 tonnes!\n\n東京は港です。", title="?! (AND) title:odd"),
    article("kilo", " ".join(["harbour"] * 47 + ["pier"] * 53) + "."),
]
QUESTIONS = ["harbour treaty", "party 3 clause 17", "Post July 2023", "Häfen Vertrag", "東京 cafe US 1000000", "absent"]
FILTERS = [
    Filter(),
    Filter(sources=("the post",)),
    Filter(since="2023-01-01"),
    Filter(until="2022-12-31"),
    Filter(sources=("The Post", "Daily Post"), since="2023-07-11", until="2023-07-11"),
    Filter(sources=("nobody",)),
]
BOOSTS = [Boosts(), Boosts(title=3, source=0.25, date=2), Boosts(title=0, source=0, date=0)]


def records(articles: Sequence[Article]) -> list[Record]:
    """Split and embed articles as an index does."""
    index = Index.in_memory(EMBEDDER, passage_tokens=PASSAGE_TOKENS)
    made = []
    for given_article in articles:
        _, sentences, passages = index.cut(given_article)
        rows = EMBEDDER.encode_passages(windows(given_article, passages))
        vectors = np.concatenate([*(r[1:] for r in rows), *(r[:1] for r in rows)]).astype(np.float16)
        made.append(Record(given_article, sentences, passages, vectors))
    return made


def local(folder: Path) -> LocalStore:
    """Make an empty local store."""
    return LocalStore.create(folder, Manifest(EMBEDDER.name, EMBEDDER.sha256, EMBEDDER.dimension, PASSAGE_TOKENS))


@pytest.fixture(params=["exact", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Yield an empty store of each kind."""
    made: Store = ExactStore() if request.param == "exact" else local(tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Yield an exact and a local store of the same articles, each written in one go."""
    stores = ExactStore(), local(tmp_path / "index")
    for made in stores:
        made.write(records(ARTICLES))
    yield stores
    stores[1].close()


def named(store: Store, scored: Sequence[Scored]) -> dict[str, float]:
    """Return passage_id -> score in the order given."""
    ids = [found.passage.passage_id for found in store.found([s.row for s in scored])]
    return dict(zip(ids, (s.score for s in scored), strict=True))


def assert_equal(one: dict[str, float], other: dict[str, float]) -> None:
    """Assert the same ids, the same scores, and the same order but for scores that are equal."""
    assert other == pytest.approx(one, rel=TOLERANCE, abs=TOLERANCE)
    for scores in (one, other):
        in_order = [scores[passage_id] for passage_id in one]
        assert all(a >= b - 2 * TOLERANCE * max(1, a) for a, b in pairwise(in_order))


def stems(question: str, languages: Sequence[str | None] = ()) -> list[str]:
    """Return every stem of a question's words, each once."""
    return list(dict.fromkeys(chain(*question_words(question, languages))))


def undated(store: Store) -> list[Entry]:
    """Return the entries without when they were changed, which may be another second in another store."""
    return [replace(entry, changed=None) for entry in store.entries()]


def assert_agree(one: Store, other: Store, questions: Sequence[str] = QUESTIONS) -> None:
    """Assert that two stores give the same answers to everything."""
    assert undated(one) == undated(other)
    assert one.known() == other.known()
    assert one.facets() == other.facets()
    assert one.counts() == other.counts()
    assert one.copied() == other.copied()
    for entry in one.entries():
        assert one.copies(entry.doc_id, ALL) == other.copies(entry.doc_id, ALL)
    for question in questions:
        terms = stems(question, one.facets().languages)
        vector = EMBEDDER.encode_question(question)
        assert one.frequencies(terms) == other.frequencies(terms)
        for limits in FILTERS:
            dense = [named(s, s.dense(vector, ALL, limits)) for s in (one, other)]
            assert_equal(*dense)
            for boosts in BOOSTS:
                assert_equal(*(named(s, s.lexical(terms, ALL, limits, boosts)) for s in (one, other)))
    rows = [[s.row for s in store.dense(vector, ALL, Filter())] for store in (one, other)]
    found = [sorted(s.found(r), key=lambda f: f.passage.passage_id) for s, r in zip((one, other), rows, strict=True)]
    assert [replace(f, row=0) for f in found[0]] == [replace(f, row=0) for f in found[1]]
    kept = [s.evidence([f.row for f in fs], vector) for s, fs in zip((one, other), found, strict=True)]
    for ours, theirs in zip(*kept, strict=True):
        np.testing.assert_array_equal(ours.terms, theirs.terms)
        np.testing.assert_allclose(ours.products, theirs.products, atol=1e-6)
        assert (ours.terms.dtype, ours.language) == (theirs.terms.dtype, theirs.language)


# What every store promises


def test_article_comes_back_as_it_was_given(store: Store) -> None:
    """An article is returned equal to what was written, and None for an id that is not there."""
    store.write(records(ARTICLES))
    assert [store.article(a.doc_id) for a in ARTICLES] == ARTICLES
    assert store.article("nobody") is None


def test_found_holds_the_passages_of_the_articles(store: Store) -> None:
    """A passage is found with its ids, spans, sentences, title and text, in the order of the rows asked for."""
    made = records(ARTICLES)
    store.write(made)
    passages = {p.passage_id: (p, r.article) for r in made for p in r.passages}
    rows = [s.row for s in store.dense(EMBEDDER.encode_question("harbour"), ALL, Filter())]
    found = store.found(rows[::-1])
    assert [f.row for f in found] == rows[::-1]
    assert len(found) == len(passages)
    for one in found:
        passage, its_article = passages[one.passage.passage_id]
        assert one.passage == passage
        assert one.text == its_article.text[passage.start : passage.end]
        assert one.title == its_article.title


def test_products_are_with_the_vectors_of_the_passage(store: Store) -> None:
    """Each passage's products are with the row written for it, then with those written for its sentences."""
    made = records(ARTICLES[:1])[0]
    store.write([made])
    rows = [s.row for s in store.dense(EMBEDDER.encode_question("harbour"), ALL, Filter())]
    assert len(rows) == len(made.passages) > 2
    question = EMBEDDER.encode_question("Which ferry leaves the harbour?")
    for row, evidence in zip(rows, store.evidence(rows, question), strict=True):
        passage = store.found([row])[0].passage
        first = made.sentences.index(passage.sentences[0])
        own = made.vectors[len(made.sentences) + made.passages.index(passage)]
        expected = np.array([own, *made.vectors[first : first + len(passage.sentences)]], np.float32)
        np.testing.assert_allclose(evidence.products, expected @ question, atol=1e-6)


def test_terms_are_those_of_the_text(store: Store) -> None:
    """Each passage's terms are the hashes of its title's, then of each of its sentences', behind zeros."""
    store.write(records(ARTICLES[2:4]))
    rows = [s.row for s in store.dense(EMBEDDER.encode_question("harbour"), ALL, Filter())]
    evidence = store.evidence(rows, np.zeros(EMBEDDER.dimension, np.float32))
    terms = {f.passage.doc_id: each.terms for f, each in zip(store.found(rows), evidence, strict=True)}
    expected = ["On hafen", "Die Häfen wurden geschlossen.", "Der Vertrag gilt."]
    parts = np.split(terms["hafen"], np.flatnonzero(terms["hafen"] == 0))
    assert [part[part > 0].tolist() for part in parts] == [term_hashes(analyse(t, "de")).tolist() for t in expected]
    assert np.count_nonzero(terms["july"] == 0) == 1


def test_languages_are_those_of_the_articles(store: Store) -> None:
    """Each passage has its article's language, and the articles of each are counted, those removed left out."""
    store.write(records([article("a", language="en"), article("b", language="de"), article("c", language="de")]))
    store.write(records([article("d"), article("e", language="uk")]))
    store.remove(["e"])
    assert store.languages() == [("de", 2), (None, 1), ("en", 1)]
    rows = [s.row for s in store.dense(EMBEDDER.encode_question("report"), ALL, Filter())]
    found = store.found(rows)
    vector = np.ones(EMBEDDER.dimension, np.float32)
    assert [f.language for f in found] == [each.language for each in store.evidence(rows, vector)]
    assert {(f.passage.doc_id, f.language) for f in found} == {("a", "en"), ("b", "de"), ("c", "de"), ("d", None)}


def test_dense_finds_by_passages_and_by_sentences(store: Store) -> None:
    """A passage is proposed both by what only one sentence says and by what only all of it together says."""
    words = "amber basalt cobalt dolomite emery".split()
    texts = {"scattered": ". ".join(word.title() for word in words) + ".", "other": "Flint is a stone. " * 5}
    store.write(records([article(name, text, title="") for name, text in texts.items()]))
    whole = named(store, store.dense(EMBEDDER.encode_question(" ".join(words)), 1, Filter()))
    assert whole == {"scattered#0": pytest.approx(1, abs=1e-3)}
    best = named(store, store.dense(EMBEDDER.encode_question("cobalt"), 2, Filter()))
    assert best["scattered#0"] == pytest.approx(1, abs=1e-3)


def test_writing_again_replaces(store: Store) -> None:
    """A record with a doc_id that is there takes its place in every search."""
    store.write(records(ARTICLES))
    store.write(records([replace(ARTICLES[0], text="Now it is about lighthouses.", source="New")]))
    assert store.counts()[0] == len(ARTICLES)
    assert list(named(store, store.lexical(["lighthous"], ALL, Filter(), Boosts()))) == ["harbour#0"]
    claus = store.lexical(["claus"], ALL, Filter(), Boosts())
    assert not store.found([s.row for s in claus])
    assert store.known()["/articles/harbour.txt"][0] == "harbour"


def test_removed_articles_are_hidden_and_come_back(store: Store) -> None:
    """Removing hides an article from every method at once, and restoring brings everything back."""
    store.write(records(ARTICLES))
    vector, terms = EMBEDDER.encode_question("harbour"), ["harbour", "treati"]
    row = store.lexical(["claus"], 1, Filter(), Boosts())[0].row
    before = named(store, store.dense(vector, ALL, Filter())), store.counts(), undated(store)
    store.remove(["harbour", "nobody"])
    assert store.article("harbour") is None
    assert "harbour" not in {e.doc_id for e in store.entries()} | {doc_id for doc_id, _ in store.known().values()}
    assert store.counts()[0] == len(ARTICLES) - 1
    assert not store.found([row])
    for scored in (store.dense(vector, ALL, Filter()), store.lexical(terms, ALL, Filter(), Boosts())):
        assert not [name for name in named(store, scored) if name.startswith("harbour")]
    assert store.restore(["harbour"]) == ["harbour"]
    assert store.article("harbour") == ARTICLES[0]
    assert (named(store, store.dense(vector, ALL, Filter())), store.counts(), undated(store)) == before
    assert "harbour#0" in named(store, store.lexical(terms, ALL, Filter(), Boosts()))


def test_removed_now_does_not_come_back(store: Store) -> None:
    """What was removed for good, and what had been removed before, cannot be restored."""
    store.write(records(ARTICLES))
    store.remove(["july"])
    store.remove(["harbour"], now=True)
    assert store.removed() == []
    assert store.restore(["harbour", "july"]) == []
    assert store.article("harbour") is None
    assert store.article("july") is None


def test_restoring_does_not_undo_a_later_add(store: Store) -> None:
    """An article that was removed and added again with another text keeps the later text when restored."""
    store.write(records(ARTICLES))
    store.remove(["july"])
    later = replace(ARTICLES[3], text="Calm weather.")
    store.write(records([later]))
    assert store.restore(["july"]) == []
    assert store.article("july") == later
    assert store.counts()[0] == len(ARTICLES)


@pytest.mark.parametrize("now", [False, True])
def test_rows_that_are_gone_do_no_harm(store: Store, now: bool) -> None:
    """Rows of an article that is gone are left out of what is found, and their products are zeros, their terms none."""
    store.write(records(ARTICLES))
    rows = [s.row for s in store.dense(EMBEDDER.encode_question("harbour"), ALL, Filter())]
    store.remove(["harbour"], now=now)
    evidence = store.evidence(rows, np.ones(EMBEDDER.dimension, np.float32))
    assert all(len(each.products) >= 2 for each in evidence)
    live = {f.row for f in store.found(rows)}
    assert live == {r for r, each in zip(rows, evidence, strict=True) if each.products.any()}
    assert live == {r for r, each in zip(rows, evidence, strict=True) if len(each.terms)}
    assert 0 < len(live) < len(rows)


def test_empty_store(store: Store) -> None:
    """An empty store answers everything with nothing."""
    assert store.dense(EMBEDDER.encode_question("harbour"), 5, Filter()) == []
    assert store.lexical(["harbour"], 5, Filter(), Boosts()) == []
    assert store.found([1]) == []
    question = EMBEDDER.encode_question("harbour")
    assert store.evidence([], question) == []
    assert store.evidence([1], question)[0] is GONE
    assert store.counts() == (0, 0, 0)
    assert store.frequencies(["harbour"]) == (0, [0])
    assert list(store.entries()) == []
    assert list(store.problems()) == []


def test_no_terms_find_nothing(store: Store) -> None:
    """Without terms the lexical search returns nothing, however long the list asked for."""
    store.write(records(ARTICLES))
    assert store.lexical([], 5, Filter(), Boosts()) == []


# What changed, and what can be undone

BEGIN = 1795597923.75  # 2026-11-25T09:12:03Z and three quarters


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have all the stores' times come from a clock that stands still."""
    made = Clock()
    monkeypatch.setattr(time, "time", made)
    return made


def changes(store: Store, since: str | None = None) -> list[tuple[str, int, int, int, int]]:
    """Return time of day, added, replaced, removed and restored of each change."""
    return [(c.at[11:], c.added, c.replaced, c.removed, c.restored) for c in store.changes(since)]


def changed(store: Store) -> dict[str, str | None]:
    """Return doc_id -> when it was changed."""
    return {entry.doc_id: entry.changed for entry in store.entries()}


def removed(store: Store) -> list[str]:
    """Return the ids of the removed articles."""
    return [one.entry.doc_id for one in store.removed()]


def test_changes_are_told_newest_first(store: Store, clock: Clock) -> None:
    """Each write is one change with its counts; writes that change no article are none."""
    assert store.changes() == []
    store.write(records(ARTICLES[:2]))
    for minute in (
        lambda: store.write(records([replace(ARTICLES[0], title="Another"), *ARTICLES[2:]])),
        lambda: store.remove(["july", "treaty", "july", "nobody"]),
        lambda: store.restore(["treaty", "nobody", "harbour"]),
        lambda: store.remove(["odd"], now=True),
        lambda: store.remove(["nobody"]),
        lambda: store.remove([], now=True),
        lambda: store.restore(["july", "harbour"]),
        lambda: store.restore([]),
        lambda: store.write([]),
    ):
        clock.now += 60
        minute()
    assert store.changes()[-1].at == "2026-11-25T09:12:03Z"
    assert changes(store) == [
        ("09:16:03Z", 0, 0, 1, 0),
        ("09:15:03Z", 0, 0, 0, 1),
        ("09:14:03Z", 0, 0, 2, 0),
        ("09:13:03Z", 4, 1, 0, 0),
        ("09:12:03Z", 2, 0, 0, 0),
    ]


def test_changes_since(store: Store, clock: Clock) -> None:
    """Changes at the given second and after it are told; the time may be of any zone, or a day."""
    for record in records(ARTICLES[:3]):
        store.write([record])
        clock.now += 1
    assert len(changes(store, "2026-11-25T09:12:03Z")) == 3
    assert changes(store, "2026-11-25T10:12:04+01:00") == changes(store, "2026-11-25T09:12:04")
    assert [at for at, *_ in changes(store, "2026-11-25T09:12:04Z")] == ["09:12:05Z", "09:12:04Z"]
    assert changes(store, store.changes()[0].at) == changes(store)[:1]
    assert changes(store, "2026-11-25T09:12:06Z") == changes(store, "2026-11-26") == []
    assert len(changes(store, "2026-11-25")) == 3
    with pytest.raises(ValueError, match="yesterday"):
        store.changes("yesterday")


def test_no_more_changes_than_promised_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ones are told; an article keeps the time of its change though that is no longer among them."""
    for module in ("exact", "local.catalog"):
        monkeypatch.setattr(f"index.stores.{module}.HISTORY", 2)
    for record in records(ARTICLES[:4]):
        store.write([record])
    store.remove(["treaty"])
    assert [(c.added, c.removed) for c in store.changes()] == [(0, 1), (1, 0)]
    assert changed(store)["harbour"]


def test_entries_say_when_they_were_changed(store: Store, clock: Clock) -> None:
    """An article has the time at which it was last added, replaced or restored."""
    store.write(records(ARTICLES[:3]))
    clock.now += 60
    store.write(records([replace(ARTICLES[1], title="Another")]))
    clock.now += 60
    store.remove(["hafen"])
    assert store.removed()[0].entry.changed == "2026-11-25T09:12:03Z"
    clock.now += 60
    store.restore(["hafen"])
    assert changed(store) == {
        "harbour": "2026-11-25T09:12:03Z",
        "treaty": "2026-11-25T09:13:03Z",
        "hafen": "2026-11-25T09:15:03Z",
    }


def test_removed_are_told_until_they_are_restored(store: Store, clock: Clock) -> None:
    """The last removed comes first, as the entry that it was, with the time until which it can be restored."""
    store.write(records(ARTICLES))
    entries = {entry.doc_id: entry for entry in store.entries()}
    store.remove(["treaty", "harbour"])
    clock.now += 60
    store.remove(["odd"])
    assert [(one.entry, one.until) for one in store.removed()] == [
        (entries["odd"], "2026-11-25T09:23:03Z"),
        (entries["harbour"], "2026-11-25T09:22:03Z"),
        (entries["treaty"], "2026-11-25T09:22:03Z"),
    ]
    assert store.restore(["treaty", "nobody", "odd", "treaty", "july"]) == ["treaty", "odd"]
    assert removed(store) == ["harbour"]
    store.remove(["odd"], now=True)
    assert removed(store) == []
    assert store.restore(["harbour", "odd"]) == []


def test_removed_are_told_for_as_long_as_can_be_undone(store: Store, clock: Clock) -> None:
    """Ten minutes after its removal an article is no longer told and does not come back, written since or not."""
    store.write(records(ARTICLES))
    store.remove(["treaty"])
    clock.now += UNDO_SECONDS - 1
    store.remove(["odd"])
    assert removed(store) == ["odd", "treaty"]
    clock.now += 1
    assert removed(store) == ["odd"]
    assert store.restore(["treaty", "odd"]) == ["odd"]
    clock.now -= 1
    assert removed(store) == []
    assert store.restore(["treaty"]) == []


def test_removed_under_an_id_that_lives_again_are_not_told(store: Store) -> None:
    """What was removed or replaced before stays hidden; of what was removed twice the later one comes back."""
    texts = [replace(ARTICLES[3], text=f"Storm number {i}.") for i in range(4)]
    store.write(records([texts[0]]))
    store.remove(["july"])
    for text in texts[1:3]:
        store.write(records([text]))
        assert removed(store) == []
    store.remove(["july"])
    assert removed(store) == ["july"]
    assert store.restore(["july"]) == ["july"]
    assert store.article("july") == texts[2]
    store.remove(["july"])
    store.write(records([texts[3]]))
    assert store.restore(["july"]) == []
    store.remove(["july"])
    store.remove(["july"])
    assert store.restore(["july"]) == ["july"]
    assert store.article("july") == texts[3]
    assert removed(store) == []
    assert store.counts()[0] == 1


def test_stores_are_writable(store: Store) -> None:
    """A store that was made to be written says so."""
    assert store.writable


def test_articles_are_known_by_origin_and_by_id(store: Store) -> None:
    """An origin leads to the id and the hash of its article, and an id to its origin, until it is removed."""
    store.write(records([ARTICLES[3]]))
    one = ARTICLES[3]
    assert store.named(one.origin) == store.known()[one.origin] == (one.doc_id, one.sha256)
    assert store.origin(one.doc_id) == one.origin
    store.remove([one.doc_id])
    assert store.named(one.origin) is None
    assert store.origin(one.doc_id) is None


def test_stores_say_how_they_look(store: Store) -> None:
    """Of few vectors all are compared, and the store says so."""
    store.write(records([ARTICLES[3]]))
    assert store.method().startswith("all ")


# Agreement with the exact store


def test_stores_agree(pair: tuple[Store, Store]) -> None:
    """Both stores give equal ids and scores for every question, filter and boost."""
    assert_agree(*pair)


def test_a_search_of_two_threads_agrees(pair: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that is shared between two threads finds what the exact store finds, limited or not."""
    monkeypatch.setattr("index.stores.local.segment.SPLIT", 2)
    assert_agree(*pair)


def test_stores_agree_on_short_lists(pair: tuple[Store, Store]) -> None:
    """Cut to a few, both stores return the same best passages."""
    for k in (1, 2, 3):
        for question in ("party 3 clause 17", "storm July"):
            terms, vector = stems(question), EMBEDDER.encode_question(question)
            assert_equal(*(named(s, s.lexical(terms, k, Filter(), Boosts())) for s in pair))
            dense = [[s.score for s in store.dense(vector, k, Filter())] for store in pair]
            # Where sentences are equally near, which of them are left out is not promised.
            assert dense[0][0] == pytest.approx(dense[1][0], abs=TOLERANCE)
            assert max(map(len, dense)) <= k


def test_repeated_terms_of_a_question_count_once(pair: tuple[Store, Store]) -> None:
    """A term given twice scores as if given once."""
    for made in pair:
        once, twice = (made.lexical(terms, ALL, Filter(), Boosts()) for terms in (["harbour"], ["harbour"] * 2))
        assert once == twice


def test_long_passages_use_one_byte_lengths() -> None:
    """Field lengths are exact to 40 and then rounded down to four significant bits."""
    assert [stored_length(n) for n in (0, 1, 39, 40, 41, 42, 100, 111, 112, 1000)] == [
        0, 1, 39, 40, 40, 42, 96, 104, 112, 984,
    ]  # fmt: skip


def test_stores_agree_when_written_in_parts(tmp_path: Path) -> None:
    """Articles written one at a time score as if they had been written together."""
    exact, parts = ExactStore(), local(tmp_path / "index")
    for record in records(ARTICLES):
        exact.write([record])
        parts.write([record])
    assert_agree(exact, parts)
    parts.close()


def test_stores_agree_after_removals_once_merged(pair: tuple[Store, Store]) -> None:
    """After articles are replaced and destroyed, both stores score as if those had never been there.

    Tantivy's own merges would only estimate the average lengths, from the one-byte ones; the local store makes its
    lexical part anew instead.
    """
    for made in pair:
        made.write(records([replace(ARTICLES[3], text="Harbour walls were mended. Nobody sailed.")]))
        made.remove(["treaty"], now=True)
    assert_agree(*pair)


def test_stores_agree_after_reopening(pair: tuple[Store, Store], tmp_path: Path) -> None:
    """A local store that was closed and opened again gives the same answers."""
    pair[1].close()
    reopened = LocalStore(tmp_path / "index")
    assert_agree(pair[0], reopened)
    reopened.close()


WORDS = st.sampled_from(
    (
        "harbour treaty Treaty's storm storms naïve U.S. 1,000 3.5 the of"
        " Straße 東京湾 don't e\u0301t\u00e9 ﬁx ½ İ 👩‍👩‍👧 _"
    ).split()
)
TEXTS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=120).map(" ".join),
    st.lists(st.lists(WORDS, min_size=1, max_size=8).map(lambda w: " ".join(w) + "."), min_size=1, max_size=40).map(
        " ".join
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60),
)
MADE = st.builds(
    lambda text, title, source, published, language: Article(
        doc_id="", title=title, text=text, source=source, published=published, language=language
    ),
    TEXTS.filter(str.strip),
    st.lists(WORDS, max_size=5).map(" ".join),
    st.sampled_from([None, "The Post", "Daily Post", "東京"]),
    st.sampled_from([None, "2023-07-11", "2022-01-31T10:00:00"]),
    st.sampled_from([None, "en", "de", "ja", "xx"]),
)


@settings(max_examples=10)
@given(st.lists(MADE, min_size=1, max_size=6), st.lists(WORDS, max_size=6).map(" ".join))
def test_stores_agree_on_any_collection(articles: list[Article], question: str) -> None:
    """Whatever the articles hold, both stores give equal ids and scores."""
    made = records([replace(a, doc_id=f"d{i}", origin=f"o{i}") for i, a in enumerate(articles)])
    with tempfile.TemporaryDirectory() as folder:
        exact, on_disk = ExactStore(), local(Path(folder))
        exact.write(made)
        on_disk.write(made)
        assert_agree(exact, on_disk, [question, articles[0].text[:40]])
        assert list(on_disk.problems()) == []
        on_disk.close()
