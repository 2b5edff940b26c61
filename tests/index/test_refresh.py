"""Another look at sources: what is taken up, what is left alone, and what counts as gone."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.index import Index
from index.refresh import Look, SourceSummary, examine
from index.sources import Source
from index.web import Client, Kind, Validators, Visit
from index.web import Source as Found
from tests.toy import CountingEmbedder, article

ANEW = Look(anew=True)


class Desk:
    """A folder of news, an index, and the source between them."""

    def __init__(self, folder: Path) -> None:
        self.news = folder / "news"
        self.news.mkdir()
        self.embedder = CountingEmbedder()
        self.index = Index.in_memory(self.embedder)
        self.source = Source(address=str(self.news), kind="folder", added="2026-11-27T09:00:00Z")

    def write(self, **texts: str) -> None:
        """Write files; a name's "_" stands for its dot."""
        for name, text in texts.items():
            (self.news / name.replace("_", ".")).write_text(text, encoding="utf-8")

    def look(self, look: Look = Look()) -> SourceSummary:  # noqa: B008 - frozen
        """Look at the source as it was left."""
        done = examine(self.index, self.source, None, None, look)
        self.source = done.source
        return done

    def alter(self, **fields: object) -> None:
        """Change the source."""
        self.source = replace(self.source, **fields)  # type: ignore[arg-type]

    def texts(self) -> set[str]:
        """Return the texts of the articles in the index."""
        found = (self.index.article(entry.doc_id) for entry in self.index.entries())
        return {article.text for article in found if article}

    def doc_id(self, stem: str) -> str:
        """Return the id of the article of a file."""
        return next(entry.doc_id for entry in self.index.entries() if entry.doc_id.startswith(stem))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a folder with two files that were added."""
    desk = Desk(tmp_path)
    desk.write(amber_txt="Amber is old.", basalt_txt="Basalt is dark.")
    assert len(desk.look().summary.added) == 2
    return desk


def counts(done: SourceSummary) -> tuple[int, int, int, int, int]:
    """Return new, changed, unchanged, gone, failed."""
    found = done.source.counts
    return found.new, found.changed, found.unchanged, found.gone, found.failed


# folders


def test_what_has_not_changed_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a file is opened nor a sentence embedded nor an article written."""
    generation, encoded = desk.index.store.generation, len(desk.embedder.encoded)
    monkeypatch.setattr("index.refresh.read", lambda *_, **__: pytest.fail("a file was read"))
    done = desk.look()
    assert (counts(done), done.passed) == ((0, 0, 2, 0, 0), 2)
    assert (desk.index.store.generation, len(desk.embedder.encoded)) == (generation, encoded)


def test_new_and_changed_files_are_taken_up(desk: Desk) -> None:
    """A changed article keeps its id, and the summary says which file each came from."""
    before = desk.doc_id("amber")
    desk.write(amber_txt="Amber is very old.", cobalt_txt="Cobalt is blue.")
    done = desk.look()
    assert counts(done) == (1, 1, 1, 0, 0)
    assert done.summary.replaced == (before,)
    assert done.came_from[before] == str(desk.news / "amber.txt")
    assert desk.texts() == {"Amber is very old.", "Basalt is dark.", "Cobalt is blue."}


def test_what_is_gone_is_kept_and_marked(desk: Desk) -> None:
    """It is told once, marked since then, and no longer marked when it is back."""
    doc_id = desk.doc_id("amber")
    (desk.news / "amber.txt").unlink()
    assert desk.look().gone == (doc_id,)
    assert [Path(origin).name for origin in desk.source.missing] == ["amber.txt"]
    assert desk.index.article(doc_id) is not None
    done = desk.look()
    assert (done.gone, counts(done)) == ((), (0, 0, 1, 0, 0))
    desk.write(amber_txt="Amber is old.")
    done = desk.look()
    assert (done.summary.unchanged, done.source.missing) == ((doc_id,), {})


def test_what_is_gone_is_removed_where_that_is_wished(desk: Desk) -> None:
    """Also what was marked before; it can be brought back for ten minutes, as all that is removed."""
    (desk.news / "amber.txt").unlink()
    desk.look()
    desk.alter(gone="remove")
    desk.look()
    assert desk.texts() == {"Basalt is dark."}
    assert [removed.entry.title for removed in desk.index.removed()] == ["amber"]
    assert desk.source.missing == {}


def gone_folder(news: Path) -> None:
    """Take the folder away."""
    news.rename(news.with_name("away"))


def empty_folder(news: Path) -> None:
    """Leave the folder as an unmounted disk does."""
    gone_folder(news)
    news.mkdir()
    (news / ".hidden").touch()


def file_instead(news: Path) -> None:
    """Put a file in the folder's place."""
    gone_folder(news)
    news.write_text("A file.")


@pytest.mark.parametrize("setting", ["keep", "remove"])
@pytest.mark.parametrize("away", [gone_folder, empty_folder, file_instead])
def test_a_folder_that_is_not_there_has_not_lost_its_articles(
    desk: Desk, away: Callable[[Path], None], setting: str
) -> None:
    """It fails with a sentence, nothing counts as gone, and when it is back all is as before."""
    desk.alter(gone=setting)
    away(desk.news)
    done = desk.look()
    assert done.failure.startswith("the folder ")
    assert (done.gone, done.source.missing, len(desk.texts())) == ((), {}, 2)
    assert done.source.fetched is not None
    shutil.rmtree(desk.news) if desk.news.is_dir() else desk.news.unlink(missing_ok=True)
    desk.news.with_name("away").rename(desk.news)
    done = desk.look()
    assert (done.failure, done.source.failure, counts(done)) == ("", "", (0, 0, 2, 0, 0))


def test_a_folder_may_be_empty_at_first(tmp_path: Path) -> None:
    """Whoever adds it is told so, and from then on it waits for its first file in silence."""
    desk = Desk(tmp_path)
    assert len(desk.look(ANEW).summary.refused) == 1
    done = desk.look()
    assert (done.failure, done.summary.refused, counts(done)) == ("", (), (0, 0, 0, 0, 0))
    desk.write(amber_txt="Amber is old.")
    assert counts(desk.look()) == (1, 0, 0, 0, 0)


def test_an_empty_folder_inside_is_in_doubt_too(desk: Desk) -> None:
    """Its files count as gone only once it is gone as well; the rest is looked at meanwhile."""
    inside = desk.news / "disk"
    inside.mkdir()
    (inside / "cobalt.txt").write_text("Cobalt is blue.")
    desk.look()
    (inside / "cobalt.txt").unlink()
    desk.write(amber_txt="Amber is older.")
    done = desk.look()
    assert str(inside) in done.failure
    assert counts(done) == (0, 1, 2, 0, 0)
    inside.rmdir()
    done = desk.look()
    assert (done.failure, counts(done)) == ("", (0, 0, 2, 1, 0))


def test_what_cannot_be_read_is_told_once(desk: Desk) -> None:
    """Until it changes; it is counted meanwhile, and an article of before is kept."""
    desk.write(picture_png="x", amber_txt="  ")
    done = desk.look()
    assert [Path(refusal.given).name for refusal in done.summary.refused] == ["amber.txt", "picture.png"]
    assert counts(done) == (0, 0, 2, 0, 2)
    done = desk.look()
    assert (done.summary.refused, counts(done)) == ((), (0, 0, 2, 0, 2))
    assert [refusal.given for refusal in desk.look(ANEW).summary.refused]
    desk.write(amber_txt="Amber is mended.")
    assert counts(desk.look()) == (0, 1, 1, 0, 1)


def test_what_a_person_removed_stays_away(desk: Desk) -> None:
    """Also when its file changes, until it is added again."""
    desk.index.remove([desk.doc_id("amber")])
    desk.write(amber_txt="Amber is new.")
    assert counts(desk.look()) == (0, 0, 1, 0, 0)
    assert counts(desk.look(ANEW)) == (1, 0, 1, 0, 0)


def test_rows_come_and_go_with_their_file(desk: Desk) -> None:
    """Of a file that holds many articles each row is one; a file that has become unreadable has lost none."""
    one, two = '{"_id": "r1", "text": "One row."}\n', '{"_id": "r2", "text": "Two rows."}\n'
    desk.write(rows_jsonl=one + two)
    desk.look()
    desk.write(rows_jsonl=one + "no json\n")
    assert counts(desk.look()) == (0, 0, 4, 0, 1)
    desk.write(rows_jsonl="")
    assert desk.look().gone == ()
    desk.write(rows_jsonl=one)
    assert desk.look().gone == ("r2",)
    (desk.news / "rows.jsonl").unlink()
    assert desk.look().gone == ("r1",)


def test_an_id_that_is_given_twice_is_refused_wherever_it_stands(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though articles are added some at a time, the first one wins."""
    monkeypatch.setattr("index.refresh._AT_ONCE", 1)
    row = '{"_id": "r1", "text": "One row.", "_origin": "/elsewhere/r1.txt"}\n'
    desk.write(rows_jsonl=row, sheet_jsonl=row.replace("One", "Another"))
    done = desk.look()
    assert (done.summary.added, [refusal.given for refusal in done.summary.refused]) == (("r1",), ["r1"])
    assert "One row." in desk.texts()


def test_a_file_that_changes_while_it_is_read_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen of it is from before it was read."""
    from index.articles import read

    def slowly(path: Path, prefix: str) -> Iterator[object]:
        items = list(read(path, prefix=prefix))
        desk.write(amber_txt="Amber is complete.")
        yield from items

    desk.write(amber_txt="Amber is")
    with monkeypatch.context() as patch:
        patch.setattr("index.refresh.read", slowly)
        desk.look()
    assert "Amber is" in desk.texts()
    desk.look()
    assert "Amber is complete." in desk.texts()


def test_a_look_can_be_limited(desk: Desk) -> None:
    """Only the paths named are looked at, and only they can be gone."""
    (desk.news / "amber.txt").unlink()
    desk.write(basalt_txt="Basalt is darker.", cobalt_txt="Cobalt is blue.")
    done = desk.look(Look(paths=[desk.news / "cobalt.txt", desk.news / "none.txt"]))
    assert (counts(done), done.summary.refused) == ((1, 0, 2, 0, 0), ())
    assert counts(desk.look(Look(paths=[desk.news / "amber.txt"])))[3] == 1


def test_files_that_were_added_alone_stay_alone(tmp_path: Path) -> None:
    """What lies beside them is not looked at; one that is gone and comes back is taken up."""
    desk = Desk(tmp_path)
    desk.write(amber_txt="Amber is old.", basalt_txt="Basalt is dark.")
    desk.alter(kind="files")
    assert counts(desk.look(Look(paths=[desk.news / "amber.txt"], anew=True))) == (1, 0, 0, 0, 0)
    (desk.news / "amber.txt").unlink()
    assert counts(desk.look()) == (0, 0, 0, 1, 0)
    desk.write(amber_txt="Amber is back.")
    assert desk.look().summary.replaced
    assert desk.texts() == {"Amber is back."}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["One.", "Two."]), min_size=1), max_size=3))
def test_the_index_is_what_the_folder_is(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, str]]
) -> None:
    """However files come, change and go, a look makes the articles those of the files, if what is gone is removed."""
    desk = Desk(tmp_path_factory.mktemp("any"))
    desk.alter(gone="remove")
    for state in states:
        for path in desk.news.iterdir():
            if path.stem not in state:
                path.unlink()
        desk.write(**{f"{name}_txt": f"{name}: {text}" for name, text in state.items()})
        desk.look()
        assert desk.texts() == {f"{name}: {text}" for name, text in state.items()}


# the web


class Web:
    """Pages that a server would send; ``gone`` and ``refused`` are addresses for which it has none."""

    def __init__(self, kind: Kind, address: str, **pages: str) -> None:
        self.kind, self.address, self.pages = kind, address, pages
        self.gone: set[str] = set()
        self.refused: set[str] = set()
        self.fetched: list[str] = []

    def visit(self, address: str, client: Client, **wishes: object) -> Found:
        """Visit all pages, as ``index.web.visit`` does."""
        known = wishes["known"]
        assert isinstance(known, dict)
        listed = [address] if self.kind == "page" else [*self.pages]
        visits = [self._visit(page, known.get(page)) for page in listed]
        if address in self.refused:
            visits = [Visit(address=address, outcome="refused", reason="it cannot be reached")]
        elif self.kind != "page":
            visits.append(Visit(address=address, outcome="fetched", validators=Validators("list")))
        return Found(address=address, kind=self.kind, pages=len(visits), visits=iter(visits))

    def _visit(self, page: str, known: Validators | None) -> Visit:
        text = self.pages.get(page, "")
        if page in self.gone:
            return Visit(address=page, outcome="gone", reason="its server says that it is gone (404)")
        if page in self.refused:
            return Visit(address=page, outcome="refused", reason="it cannot be reached")
        if known is not None and known.etag == text:
            return Visit(address=page, outcome="unchanged", validators=known)
        self.fetched.append(page)
        made = article(f"{page}-1", text, origin=f"https://example.org/{page}")
        return Visit(address=page, outcome="fetched", validators=Validators(text), item=made, origin=made.origin)


FEED = "https://example.org/feed"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """Return a feed of two pages in place of the web."""
    web = Web("feed", FEED, one="One page.", two="Two pages.")
    monkeypatch.setattr("index.refresh.visit", web.visit)
    return web


@pytest.fixture
def feed(tmp_path: Path, web: Web) -> Desk:
    """Return an index, and the feed as its source."""
    desk = Desk(tmp_path)
    desk.alter(kind="feed", address=FEED)
    return desk


def test_pages_that_have_not_changed_are_not_fetched(feed: Desk, web: Web) -> None:
    """What the server said of a version is sent back to it the next time."""
    assert counts(feed.look()) == (2, 0, 0, 0, 0)
    web.pages["two"] = "Two pages, changed."
    done = feed.look()
    assert (counts(done), done.passed, web.fetched) == ((0, 1, 1, 0, 0), 1, ["one", "two", "two"])
    assert done.came_from == {"one-1": "one", "two-1": "two"}


def test_only_a_server_can_say_that_a_page_is_gone(feed: Desk, web: Web) -> None:
    """What a feed no longer lists has only grown old, what cannot be reached is still there."""
    feed.look()
    del web.pages["one"]
    web.refused.add("two")
    done = feed.look()
    assert (done.gone, [refusal.given for refusal in done.summary.refused]) == ((), ["two"])
    assert feed.look().summary.refused == ()
    web.refused.clear()
    web.gone.add("two")
    assert feed.look().gone == ("two-1",)
    assert list(feed.source.missing) == ["https://example.org/two"]
    done = feed.look()
    assert (done.gone, done.summary.refused, done.source.counts.failed) == ((), (), 0)
    web.gone.clear()
    feed.look()
    assert feed.source.missing == {}


def test_a_list_that_cannot_be_read_fails_as_a_whole(feed: Desk, web: Web) -> None:
    """Nothing of it is gone, and when it can be read again nothing is fetched twice."""
    feed.look()
    web.refused.add(FEED)
    done = feed.look()
    assert (done.failure, done.source.failure) == ("it cannot be reached", "it cannot be reached")
    web.refused.clear()
    done = feed.look()
    assert (done.failure, web.fetched) == ("", ["one", "two"])


def test_a_page_that_a_person_removed_stays_away(feed: Desk, web: Web) -> None:
    """Also when it changes, until it is added again, though its server would not send it."""
    feed.look()
    feed.index.remove(["one-1"])
    feed.look()
    web.pages["one"] = "One page, changed."
    feed.look()
    assert [entry.doc_id for entry in feed.index.entries()] == ["two-1"]
    assert feed.look(ANEW).summary.added == ("one-1",)


def test_two_addresses_of_one_page_are_one_article(feed: Desk, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is passed over without a word."""
    visits = [
        Visit(
            address=page,
            outcome="fetched",
            item=article("one-1", "One page.", origin="https://x/1"),
            origin="https://x/1",
        )
        for page in ("https://x/1", "https://x/1?from=feed")
    ]
    found = Found(address=FEED, kind="feed", pages=2, visits=iter(visits))
    monkeypatch.setattr("index.refresh.visit", lambda *_, **__: found)
    done = feed.look()
    assert (counts(done), done.summary.refused) == ((1, 0, 0, 0, 0), ())


def test_it_can_be_stopped(feed: Desk, web: Web) -> None:
    """Between two pages; what was read is kept, and the rest is read the next time."""
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 1

    assert len(feed.look(Look(stopped=stopped)).summary.added) == 1
    assert len(feed.look().summary.added) == 1


def test_progress_counts_what_is_listed_and_what_is_behind(feed: Desk, web: Web) -> None:
    """Pages that have not changed are behind as well."""
    feed.look()
    heard: list[tuple[str, int]] = []
    examine(feed.index, feed.source, Client(), lambda stage, count: heard.append((stage, count)))
    assert heard == [("listed", 3), ("articles", 1), ("articles", 1)]


def test_an_article_of_another_origin_is_refused_as_ever(feed: Desk, web: Web) -> None:
    """A page whose id belongs to a file is told with the remedy, and is read again the next time."""
    feed.index.add([article("one-1")])
    done = feed.look()
    assert "--prefix" in done.summary.refused[0].reason
    assert counts(done) == (1, 0, 0, 0, 1)
