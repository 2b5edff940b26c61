"""Addresses and sources that are looked at while someone watches: how far each is, and what became of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from index.errors import QuothError, SourceError
from index.index import Index, Progress
from index.refresh import Look, SourceSummary, refresh
from index.sources import Source, Sources
from index.turns import Turn
from index.types import Note
from index.web import Client, is_address, visit
from ui.additions import Addition, Work, untold
from ui.sources import Clients, add_source, plans


def add_address(index: Index, address: str, turn: AbstractContextManager[object]) -> Iterator[tuple[Addition, ...]]:
    """Add what is at an address on the web, and remember it as a source; yield as ``additions.add`` does.

    Raises SourceError where it is no address.
    """
    (plan,) = plans([_checked(address)], Sources(index).all())

    def add(clients: Clients, progress: Progress, look: Look) -> SourceSummary:
        return add_source(index, plan, clients, progress, look)

    return _Looks(index, [(plan.source.address, add)], turn).watched()


def look_again(
    index: Index, sources: Sequence[Source], turn: AbstractContextManager[object]
) -> Iterator[tuple[Addition, ...]]:
    """Look at sources again; yield as ``additions.add`` does."""

    def again(source: Source, clients: Clients, progress: Progress, look: Look) -> SourceSummary:
        return refresh(index, source, clients.of(source), progress, look)

    return _Looks(index, [(source.address, partial(again, source)) for source in sources], turn).watched()


def nothing_at(address: str) -> tuple[Addition, ...] | None:
    """Return why an address is left out, or None as soon as an article is found there; raises SourceError as above."""
    given = _checked(address)
    with Client() as client:
        found = visit(given, client, limit=1)
        for seen in found.visits:
            if seen.item is not None:
                return None
            reason = seen.reason
    return (Addition(given, "done", problem=reason),)


def _checked(address: str) -> str:
    given = address.strip()
    if not is_address(given):
        named = f": {given}" if given else ""
        raise SourceError(f"not an address on the web{named}; give one that begins with https:// or http://")
    return given


Job = Callable[[Clients, Progress, Look], SourceSummary]


class _Looks(Work):
    """Looks at sources, one after another."""

    def __init__(self, index: Index, jobs: Sequence[tuple[str, Job]], turn: AbstractContextManager[object]) -> None:
        super().__init__([Addition(name) for name, _ in jobs])
        self.jobs = [job for _, job in jobs]
        self.look = Look(turn=Turn(index, lock=turn))

    def do(self, number: int) -> None:
        """Look at one."""
        try:
            with Clients() as clients:
                done = self.jobs[number](clients, partial(self.report, number), self.look)
            told = (*done.summary.notes, *([Note("", done.note)] if done.note else []))
            summary = replace(done.summary, notes=told)
            self.set(number, summary=summary, problem=untold(done.failure), gone=len(done.gone), same=done.passed)
        except (QuothError, OSError) as error:
            self.set(number, problem=untold(str(error)))
