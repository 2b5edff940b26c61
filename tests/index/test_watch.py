"""Watching: what changes is taken up, once it has settled, whatever goes wrong in between."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from index.errors import IndexLocked
from index.index import Index
from index.refresh import Look, SourceSummary, refresh
from index.sources import Source, Sources
from index.turns import Turn
from index.watch import Watch
from index.web import Client, Visit
from index.web import Source as Found
from qa.pipeline import Pipeline
from tests.toy import ToyEmbedder, article

ADDED = "2026-11-27T09:00:00Z"


class Scene:
    """A folder that is watched, the index, and what was told and said."""

    def __init__(self, folder: Path) -> None:
        self.news = folder / "news"
        self.news.mkdir()
        self.index = Index.create(folder / "index", ToyEmbedder())
        self.told: list[SourceSummary] = []
        self.said: list[str] = []

    def connect(self, **fields: object) -> None:
        """Keep a source; without fields the folder."""
        source = Source(**{"address": str(self.news), "kind": "folder", "added": ADDED, **fields})  # type: ignore[arg-type]
        Sources(self.index).put(source, new=True)

    @contextmanager
    def watched(self, settle: float = 0.1) -> Iterator[None]:
        """Watch in a thread beside the block."""
        watch = Watch(self.index, lambda _: Client(), self.told.append, self.said.append, settle=settle)
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            yield
        finally:
            watch.stop()
            thread.join()

    def texts(self) -> set[str]:
        """Return the texts of the articles in the index."""
        found = (self.index.article(entry.doc_id) for entry in self.index.entries())
        return {article.text for article in found if article}


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a folder and an index, with glances that follow each other quickly."""
    monkeypatch.setattr("index.watch._STEP", 0.05)
    monkeypatch.setattr("index.stores.local.store._WAIT", 0.05)
    scene = Scene(tmp_path)
    with closing(scene.index):
        yield scene


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_folder_is_followed(scene: Scene) -> None:
    """What is there at first, what comes, changes, lies in new folders, goes, and comes back."""
    scene.connect(gone="remove")
    (scene.news / "a.txt").write_text("Amber one.")
    with scene.watched():
        until(lambda: scene.texts() == {"Amber one."})
        (scene.news / "a.txt").write_text("Amber two.")
        until(lambda: scene.texts() == {"Amber two."})
        inside = scene.news / "x" / "y"
        inside.mkdir(parents=True)
        (inside / "b.txt").write_text("Basalt.")
        (scene.news / "a.txt.tmp").write_text("passing")
        (scene.news / ".a.txt.swp").write_text("passing")
        until(lambda: scene.texts() == {"Amber two.", "Basalt."})
        (scene.news / "a.txt").unlink()
        until(lambda: scene.texts() == {"Basalt."})
        scene.news.rename(scene.news.with_name("away"))
        until(lambda: bool(scene.told[-1].failure))
        assert scene.texts() == {"Basalt."}
        (scene.news.with_name("away") / "c.txt").write_text("Cobalt.")
        scene.news.with_name("away").rename(scene.news)
        until(lambda: scene.texts() == {"Basalt.", "Cobalt."})
    assert scene.said == []
    assert not any(done.summary.refused for done in scene.told)


def test_a_file_that_still_grows_is_not_read(scene: Scene) -> None:
    """Several quick saves are one change, which is told once."""
    scene.connect()
    with scene.watched(settle=0.6):
        time.sleep(0.2)
        for count in range(1, 8):
            (scene.news / "a.txt").write_text("Amber. " * count)
            time.sleep(0.1)
        until(lambda: bool(scene.told))
    assert scene.texts() == {"Amber. " * 7}
    assert [len(done.summary.added) for done in scene.told] == [1]


def test_files_that_were_added_alone_are_followed(scene: Scene) -> None:
    """Each for itself, also where an editor puts a new file in its place, and one that comes back."""
    path = scene.news / "a.txt"
    path.write_text("Amber one.")
    scene.connect(kind="files")
    source = Sources(scene.index).all()[0]
    (scene.news / "b.txt").write_text("Basalt.")
    refresh(scene.index, source, None, None, Look(paths=[path], anew=True))
    with scene.watched():
        new = scene.news / "new"
        new.write_text("Amber two.")
        new.replace(path)
        until(lambda: scene.texts() == {"Amber two."})
        path.unlink()
        until(lambda: bool(Sources(scene.index).gone()))
        path.write_text("Amber three.")
        until(lambda: scene.texts() == {"Amber three."})
        until(lambda: not Sources(scene.index).gone())


def test_the_web_is_looked_at_when_its_time_has_come(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of an hour ago at once, one that has just been looked at later, and a fault ends nothing."""
    asked: list[str] = []

    def visit(address: str, client: Client, **_: object) -> Found:
        asked.append(address)
        if len(asked) == 1:
            raise RuntimeError("a fault of ours")
        made = article("page", "A page.", origin=address)
        visits = [Visit(address=address, outcome="fetched", item=made, origin=address)]
        return Found(address=address, kind="page", pages=1, visits=iter(visits))

    monkeypatch.setattr("index.refresh.visit", visit)
    monkeypatch.setattr("index.watch._AGAIN", 0.1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    scene.connect(address="https://example.org/old", kind="page", looked=ADDED)
    scene.connect(address="https://example.org/new", kind="page", looked=now)
    with scene.watched():
        until(lambda: scene.texts() == {"A page."})
    assert asked == ["https://example.org/old"] * 2
    assert scene.said == ["a fault of ours"]


def test_a_source_that_is_added_meanwhile_is_watched(scene: Scene) -> None:
    """By whatever process."""
    with scene.watched():
        (scene.news / "a.txt").write_text("Amber.")
        time.sleep(0.2)
        scene.connect()
        until(lambda: scene.texts() == {"Amber."})
        (scene.news / "b.txt").write_text("Basalt.")
        until(lambda: scene.texts() == {"Amber.", "Basalt."})


def test_somebody_else_s_writing_is_waited_for(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, and what has changed meanwhile is taken up."""
    monkeypatch.setattr("index.watch._AGAIN", 0.1)
    scene.connect()
    with closing(Index.open(tmp_path / "index", ToyEmbedder())) as other, scene.watched():
        with other.store.writing():
            (scene.news / "a.txt").write_text("Amber.")
            until(lambda: bool(scene.said))
            time.sleep(0.3)
        (scene.news / "b.txt").write_text("Basalt.")
        until(lambda: scene.texts() == {"Amber.", "Basalt."})
    assert len(scene.said) == 1
    assert "someone else is writing to the index" in scene.said[0]


def test_a_refresh_by_somebody_else_is_seen_at_once(scene: Scene, tmp_path: Path) -> None:
    """A pipeline that is running finds the new article, and a changed one as it is now, under the same id."""
    scene.connect()
    (scene.news / "a.txt").write_text("The ferry to Hven costs 4 crowns.")
    refresh(scene.index, Sources(scene.index).all()[0])
    pipeline = Pipeline(scene.index)
    before = pipeline.retrieve("What does the ferry cost?")[0]
    (scene.news / "a.txt").write_text("The ferry to Hven costs 9 crowns.")
    (scene.news / "b.txt").write_text("The mayor of Lund is called Ida.")
    with closing(Index.open(tmp_path / "index", ToyEmbedder())) as other:
        refresh(other, Sources(other).all()[0])
    hit = pipeline.retrieve("What does the ferry cost?")[0]
    assert (hit.text, hit.passage.doc_id) == ("The ferry to Hven costs 9 crowns.", before.passage.doc_id)
    assert pipeline.retrieve("Who is the mayor of Lund?")[0].text == "The mayor of Lund is called Ida."


# turns


def test_a_turn_waits_and_says_so(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and no longer than it has patience; a turn can be taken within one's own."""
    monkeypatch.setattr("index.turns._PAUSE", 0.01)
    turn = Turn(scene.index, scene.said.append, patience=0.2)
    with closing(Index.open(tmp_path / "index", ToyEmbedder())) as other:
        with other.store.writing(), pytest.raises(IndexLocked), turn:
            pass
        assert [said.partition(" ")[0] for said in scene.said] == ["someone"]
        with turn, turn:
            scene.index.add([article("amber")])
        with turn:
            assert scene.index.article("amber") is not None
