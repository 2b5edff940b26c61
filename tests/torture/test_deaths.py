"""Sudden death at any moment of a write: what was acknowledged is kept, and nothing is kept in part."""

import json
import logging
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from index.index import Index
from index.types import Filter
from tests.torture import DEATHS, discard, writer
from tests.torture.writer import SCRIPT, STORE, Death, State
from tests.toy import ToyEmbedder, article

log = logging.getLogger(__name__)

# Every function of the store that writes, or that joins what was written when an index is opened.
AIMS = (
    "catalog.write catalog._insert catalog._insert_vectors catalog._replace catalog._record catalog._transaction "
    "catalog.remove catalog.restore catalog.purge catalog.close catalog.__init__ dense.build dense._vectors "
    "dense.refresh dense.open lexical.bring_up lexical.build lexical._add lexical._discard lexical._open "
    "lexical.refresh lexical.sha256 lexical.close manifest.save manifest.load store.writing store.write store.remove "
    "store.restore store._bring_up store._bring_up_lexical store._open_parts store._open_dense store._open_lexical "
    "store._load_manifest store._notice store.close"
).split()


@dataclass(slots=True)
class Toll:
    """How often which death was died, and during which commit."""

    lines: dict[str, int] = field(default_factory=dict)
    size: int = 0
    seconds: float = 0.0
    ways: Counter[str] = field(default_factory=Counter)
    commits: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def toll(base: Path, place: Path, processes: ForkServerContext) -> Iterator[Toll]:
    """Play the script twice without dying, to learn what there is to die of; log at the end how it went."""
    toll = Toll()
    for death in (Death(), Death(size=1 << 40)):
        folder = Path(shutil.copytree(base, place / "alive"))
        began = time.monotonic()
        process = _started(processes, folder, death)
        process.join()
        assert process.exitcode == 0
        toll.seconds = time.monotonic() - began
        toll.lines = toll.lines or json.loads((place / "alive.json").read_text())
        toll.size = max(path.stat().st_size for path in folder.rglob("*"))
        assert len((place / "alive.acks").read_bytes()) == len(SCRIPT)
        discard(folder)
        (place / "alive.acks").unlink()
    yield toll
    for title, counted in (("died", toll.ways), ("during", toll.commits), ("found", toll.kept)):
        log.info("%s: %s", title, ", ".join(f"{name} {n}" for name, n in sorted(counted.items())))


def _started(processes: ForkServerContext, folder: Path, death: Death) -> BaseProcess:
    process = processes.Process(target=writer.write, args=(folder, folder.with_suffix(".acks"), death))
    process.start()
    return process


def _died(processes: ForkServerContext, folder: Path, death: Death) -> tuple[int, int]:
    """Let a process play the script and die; return how many commits it acknowledged, and its exit code."""
    acknowledged = folder.with_suffix(".acks")
    process = _started(processes, folder, death)
    if death.timed:
        while not acknowledged.exists() and process.is_alive():
            time.sleep(0.001)
        time.sleep(death.timed)
        with suppress(ProcessLookupError):
            process.kill()
    process.join()
    code = process.exitcode
    process.close()
    assert code is not None
    return len(acknowledged.read_bytes()) if acknowledged.exists() else 0, code


def _death(number: int, toll: Toll) -> Death:
    """Choose a death: of ten, six at a line of the store, two at a write of a file and two at any moment."""
    chance = random.Random(number)
    if not number:  # thirty would else come upon the beginning of a removal by chance only
        return Death("store.remove", 1)
    if number % 10 < 6:
        function = AIMS[(number // 10 * 6 + number % 10) * 7 % len(AIMS)]
        return Death(function, chance.randint(1, toll.lines[function]))
    if number % 10 < 8:
        return Death(size=chance.randint(1 << 10, toll.size))
    return Death(timed=chance.uniform(0.001, toll.seconds))


def held(index: Index) -> State:
    """Return the version of each article that an index holds, each of which is whole and found by both legs."""
    state = {}
    for entry in index.entries():
        article = index.article(entry.doc_id)
        assert article is not None
        version = next(v for v in range(4) if writer.made(entry.doc_id, v).sha256 == article.sha256)
        assert entry.sentences == 5
        state[entry.doc_id] = version
        by_words = index.store.lexical([writer.word(entry.doc_id, version)], 20, Filter())
        sentence = article.text[: article.text.index(".") + 1]
        by_vector = index.store.dense(ToyEmbedder().encode([sentence])[0], 1, Filter())
        for scored in (by_words, by_vector):
            found = index.store.found([x.row for x in scored])
            assert {f.passage.doc_id for f in found} == {entry.doc_id}
            assert found[0].text == article.text
        assert by_vector[0].score > 0.99
    return state


def destroyed(commits: int) -> set[str]:
    """Return the words of all that was destroyed by the first commits of the script, or the last of them that does."""
    states, gone = writer.states(), set[str]()
    for number, commit in enumerate(SCRIPT[:commits], 1):
        if commit.kind == "destroy":
            before = {pair for state in states[:number] for pair in state.items()}
            gone = {writer.word(*pair) for pair in before - states[number].items()}
    return gone


def left(folder: Path, words: set[str]) -> list[str]:
    """Return the words that stand in any file of a folder."""
    data = [path.read_bytes().lower() for path in folder.rglob("*") if path.is_file()]
    return [word for word in words if any(word.encode() in one for one in data)]


def test_every_function_that_writes_is_aimed_at(toll: Toll) -> None:
    """The script runs every function that deaths are aimed at."""
    assert set(AIMS) <= toll.lines.keys(), STORE


@pytest.mark.parametrize("number", range(DEATHS))
def test_sudden_death(number: int, base: Path, place: Path, processes: ForkServerContext, toll: Toll) -> None:
    """Whenever a writer dies, the index holds what the acknowledged commits made, and the next commit wholly or not.

    It does so opened for reading as it lies there, and opened for writing, when verifying finds it whole; and it can
    be written again. Of what was destroyed with ``--now`` no file holds a word.
    """
    folder = Path(shutil.copytree(base, place / f"death{number}"))
    death = _death(number, toll)
    acknowledged, code = _died(processes, folder, death)
    assert code in (0, -signal.SIGKILL, -signal.SIGXFSZ), death
    assert code or death.timed, f"the process outlived {death}"
    assert left(folder, destroyed(acknowledged)) == []

    states = writer.states()[acknowledged : acknowledged + 2]
    reader = Index.open(folder, ToyEmbedder(), read_only=True)
    found = held(reader)
    problems = reader.verify()
    reader.close()
    assert found in states, (death, acknowledged)
    assert all(line.startswith(("dense.faiss", "lexical/", "manifest.json", str(folder))) for line in problems)

    index = Index.open(folder, ToyEmbedder())
    assert index.verify() == [], (death, acknowledged)
    assert held(index) == found
    restorable = {removed.entry.doc_id for removed in index.removed()}
    index.add([article("zenith")])
    assert index.search("zenith")[0].passage.doc_id == "zenith"
    assert index.verify() == []
    index.close()
    following = SCRIPT[acknowledged] if acknowledged < len(SCRIPT) else None
    if following and following.kind == "destroy" and not restorable & set(following.names) and found == states[-1]:
        assert left(folder, destroyed(acknowledged + 1)) == []

    way = death.function or ("a write" if death.size else "a moment") if code else "not"
    toll.ways[way] += 1
    toll.commits[following.kind if following else "closing"] += 1
    toll.kept["as acknowledged" if found == states[0] else "with the next commit"] += 1
    discard(folder)


def test_deaths_were_spread(toll: Toll) -> None:
    """Deaths came in every way and during every kind of commit, before and after it was made."""
    assert {"a write", "a moment"} < toll.ways.keys()
    assert toll.commits.keys() >= {"add", "remove", "destroy", "restore", "derive"}
    assert len(toll.kept) == 2
