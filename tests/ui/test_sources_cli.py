"""`quoth add` of all kinds of sources, `refresh`, `watch`, `sources`, and what `status` says of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.errors import SourceError
from index.index import Index
from index.sources import Source
from index.web import Client
from tests.index.test_watch import until
from tests.index.web.conftest import Answer, Site
from tests.toy import ToyEmbedder
from tests.ui.conftest import Run
from ui.sources import Wishes, plans, seconds, watching

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>One</title><link>{0}/one</link></item><item><title>Two</title><link>{0}/two</link></item></channel></rss>"""


def page(title: str, text: str) -> bytes:
    """Return a page with an article."""
    body = f"<p>{text} It was said in the harbour on a cold and windy morning, and many people came to hear it.</p>"
    article = f"<article><h1>{title}</h1>{body}</article>"
    article = f"<article><h1>{title}</h1>{body}</article>"
    return f"<html lang=en><head><title>{title}</title></head><body>{article}</body></html>".encode()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a site with a feed of two pages, which need not be asked slowly."""
    monkeypatch.setattr("ui.sources.Client", partial(Client, delay=0.0))
    site = Site()
    feed = FEED.format(site.url("")).encode()
    site.pages = {
        "/feed": Answer(feed, "application/rss+xml"),
        "/one": Answer(page("One", "The ferry to Hven costs 4 crowns."), headers={"ETag": '"1"'}),
        "/two": Answer(page("Two", "The mayor of Lund is called Ida."), headers={"ETag": '"2"'}),
    }
    yield site
    site.close()


@pytest.fixture
def news(run: Run) -> Run:
    """Return the same, with a folder of two files in the index."""
    Path("news").mkdir()
    Path("news/ferry.txt").write_text("The ferry to Hven costs 4 crowns.")
    Path("news/train.txt").write_text("The train to Lund was late.")
    assert run("add", "news").code == 0
    return run


def sources(run: Run) -> list[dict[str, Any]]:
    """Return the sources as JSON values."""
    found: Any = run("sources", "--json").json()["sources"]
    return list(found)


def test_a_folder_is_remembered_and_refreshed(news: Run) -> None:
    """Each change has a line, what is unchanged is only counted, and what is gone is said, shown and kept."""
    assert news("refresh").out == (
        "quoth-index: 0 added, 0 replaced, 2 unchanged, 0 left out (0 sentences in 0 passages)\n"
    )
    Path("news/train.txt").unlink()
    Path("news/ferry.txt").write_text("The ferry to Hven costs 5 crowns.")
    Path("news/lift.txt").write_text("The lift is new.")
    result = news("refresh", "news")
    lines = result.out.splitlines()
    assert (result.code, [line.split()[0] for line in lines[:-1]]) == (0, ["added", "replaced", "gone"])
    assert lines[-1].startswith("quoth-index: 1 added, 1 replaced, 0 unchanged, 1 gone, 0 left out")
    status = news("status").out
    assert f"{Path('news').resolve()} (folder)" in status
    assert "1 new, 1 changed, 0 unchanged, 1 gone, 0 failed; 1 kept that is gone from it" in status
    told: Any = news("status", "--json").json()
    assert [entry["doc_id"][:5] for entry in told["entries"] if entry["gone"]] == ["train"]
    (source,) = told["sources"]
    assert (source["counts"]["gone"], [row["doc_id"][:5] for row in source["missing"]]) == (1, ["train"])
    assert source["fetched"].endswith("Z")


def test_what_is_gone_can_be_removed(news: Run) -> None:
    """As soon as the setting says so, which is changed by adding the source once more."""
    news("add", "news", "--gone", "remove")
    Path("news/train.txt").unlink()
    assert "; removed" in news("refresh").out
    assert "1 articles" in news("status").out


def test_a_source_that_fails_stops_no_other(news: Run) -> None:
    """It is said and the exit code is 1, the rest is refreshed, and nothing of it is gone."""
    Path("more").mkdir()
    Path("more/lift.txt").write_text("The lift is old.")
    news("add", "more")
    Path("news").rename("away")
    Path("more/lift.txt").write_text("The lift is new.")
    result = news("refresh")
    assert result.code == 1
    assert "left out   " in result.out
    assert "the folder is not there" in result.out
    assert "1 replaced, 0 unchanged, 1 left out" in result.out
    assert "failed 20" in news("status").out
    refused: Any = news("refresh", "--json").json()["refused"]
    assert [Path(row["given"]).name for row in refused] == ["news"]
    Path("away").rename("news")
    assert news("refresh").code == 0


def test_files_are_one_source_for_each_folder(news: Run) -> None:
    """What lies in a folder that is a source belongs to that, and one that is added later takes files in."""
    Path("more").mkdir()
    for name in ("a", "b", "c"):
        Path(f"more/{name}.txt").write_text(f"The {name} is here.")
    news("add", "news/ferry.txt", "more/a.txt")
    news("add", "more/b.txt")
    assert [(Path(source["address"]).name, source["kind"]) for source in sources(news)] == [
        ("news", "folder"),
        ("more", "files"),
    ]
    Path("more/c.txt").write_text("The c has changed.")
    assert "0 added, 0 replaced, 4 unchanged" in news("refresh").out
    news("add", "more")
    assert [source["kind"] for source in sources(news)] == ["folder", "folder"]


def test_files_and_addresses_in_one_command(news: Run, site: Site) -> None:
    """Each in its way; the next time nothing is fetched that has not changed."""
    Path("lift.txt").write_text("The lift is new.")
    result = news("add", "lift.txt", site.url("/feed"), "--allow-private")
    assert result.out.splitlines()[-1].startswith("quoth-index: 3 added, 0 replaced, 0 unchanged, 0 left out")
    assert f"added      {site.url('/one')}" in result.out
    (feed,) = (source for source in sources(news) if source["kind"] == "feed")
    assert (feed["address"], feed["allow_private"], feed["counts"]["new"]) == (site.url("/feed"), True, 2)
    site.pages["/two"] = Answer(page("Two", "The mayor of Lund is called Eva."), headers={"ETag": '"3"'})
    result = news("refresh", site.url("/feed"))
    assert result.out.splitlines()[-1].startswith("quoth-index: 0 added, 1 replaced, 1 unchanged, 0 left out")
    assert "called Eva" in news("ask", "Who is the mayor of Lund?").out
    site.pages["/two"] = Answer(status=410)
    assert "it is no longer at" in news("refresh", site.url("/feed")).out


def test_an_address_in_one_s_own_network_is_refused(news: Run, site: Site) -> None:
    """Unless that is allowed; what cannot be read is not remembered."""
    result = news("add", site.url("/one"))
    assert (result.code, result.out.count("left out   "), site.asked) == (1, 1, [])
    assert "--allow-private" in result.out
    assert [source["kind"] for source in sources(news)] == ["folder"]


def test_a_feed_s_pages_can_be_limited(run: Run, site: Site) -> None:
    """--limit is remembered with the source, and so is how often it is looked at."""
    run("add", site.url("/feed"), "--allow-private", "--limit", "1", "--every", "30m")
    assert [(source["limit"], source["every"], source["counts"]["new"]) for source in sources(run)] == [(1, 1800, 1)]


def test_sources_are_listed_and_forgotten(news: Run) -> None:
    """The articles stay, or are removed too."""
    assert str(Path("news").resolve()) in news("sources").out
    Path("lift.txt").write_text("The lift is new.")
    news("add", "lift.txt")
    assert news("sources", "forget", "news").out == f"forgot     {Path('news').resolve()}\n"
    assert "3 articles" in news("status").out
    assert "removed    lift" in news("sources", "forget", ".", "--remove").out
    assert "2 articles" in news("status").out
    assert "there are no sources" in news("sources").err
    assert "has no sources" in news("refresh").err
    result = news("refresh", "nowhere")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "nowhere is no source of this index" in result.err


@pytest.mark.parametrize("every", ["soon", "0m", "5", "1w", "-1h", ""])
def test_a_time_that_is_none_is_one_line(news: Run, every: str) -> None:
    """It says how one is written, and nothing is added."""
    result = news("add", "news", "--every", f"{every}x")
    assert (result.code, result.out) == (1, "")
    assert "30m, 2h or 1d" in result.err


def test_times_between_looks() -> None:
    """Minutes, hours and days."""
    assert [seconds(given) for given in ("1m", "2h", "1d", " 3H ")] == [60, 7200, 86_400, 10_800]
    with pytest.raises(SourceError):
        seconds("")


def test_damaged_sources_are_named_by_verify(news: Run) -> None:
    """The articles are asked as before."""
    Path("quoth-index/sources.json").write_text("{")
    result = news("verify")
    assert (result.code, result.out.count("\n")) == (1, 1)
    assert "sources.json is damaged" in result.out
    assert "4 crowns" in news("ask", "What does the ferry to Hven cost?").out
    assert news("add", "news").code == 0
    assert news("verify").code == 0


def test_what_is_given_becomes_plans(tmp_path: Path) -> None:
    """An address is known by its scheme; a path below a folder that is given too is read with it."""
    (tmp_path / "news").mkdir()
    (tmp_path / "news/a.txt").touch()
    given = [str(tmp_path / name) for name in ("news/a.txt", "news", "b.txt")]
    found = plans([*given, "https://x.example/", "https://x.example/"], [], Wishes(gone="remove"))
    assert [(plan.source.kind, plan.source.gone, len(plan.paths)) for plan in found] == [
        ("folder", "remove", 2),
        ("files", "remove", 1),
        ("page", "remove", 0),
    ]
    known = [Source(address="https://x.example/", kind="feed", every=60)]
    assert [plan.source for plan in plans(["https://x.example/"], known)] == known
    assert [plan.source.kind for plan in plans(["ftp://x.example/a"], [])] == ["page"]


def test_watch_tells_every_change(news: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each, until Ctrl-C, which is no failure."""
    monkeypatch.setattr("index.watch._STEP", 0.05)
    monkeypatch.setattr("index.watch.SETTLE", 0.05)

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    Path("news/train.txt").write_text("The train to Lund was early.")
    monkeypatch.setattr("index.watch.Watch._has_settled", interrupted)
    threading.Timer(1.0, lambda: Path("news/ferry.txt").write_text("The ferry is free.")).start()
    result = news("watch")
    assert result.code == 0
    assert result.out.startswith(f"replaced   {Path('news/train.txt').resolve()}  train")
    assert result.err.count("\n") == 1


def test_a_server_can_watch_too(news: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes is said, and the index that answers has it; whoever changes articles meanwhile is waited for."""
    monkeypatch.setattr("index.watch._STEP", 0.05)
    monkeypatch.setattr("index.watch.SETTLE", 0.05)
    turn, said = threading.Lock(), list[str]()
    with closing(Index.open("quoth-index", ToyEmbedder())) as index, watching(index, said.append, turn):
        with turn:
            Path("news/lift.txt").write_text("The lift is new.")
            time.sleep(0.5)
            assert (len(index.entries()), said) == (2, [])
        until(lambda: len(said) == 1)
        assert said[0].startswith("added      ")
        assert len(index.entries()) == 3
