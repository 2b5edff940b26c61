"""Another look at a source: what is new or changed there is added, what has not changed costs next to nothing.

What was there before and is gone is kept and marked, or removed, as the source's setting says. It counts as gone only
where that is certain: a folder that is missing or empty may be a disk that is not mounted, and of a page nobody but
its server can say so. What a person has removed from the index stays away until it is added again.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from index.articles import files, read
from index.articles.base import shown
from index.errors import SourceError
from index.index import Index, Progress
from index.sources import Counts, Seen, Source, Sources, held, is_passing, stamp
from index.stores.base import to_iso
from index.types import Article, Refusal, Summary
from index.web import PAGES, Client, Validators, Visit, visit

_AT_ONCE = 64  # articles that are added while nobody else can change the index
_SECONDS = 3.0  # after which fewer are, as they are where they are long
_CHARACTERS = 10_000_000

Item = Article | Refusal


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at a source.

    ``paths`` limits it to these files and folders. ``anew`` reads everything, also what has not changed and what a
    person has removed since, as ``add`` does. Files that have changed within the last ``settle`` seconds may be written
    still and are left for later, unless they were named. Unless ``thorough``, the pages of a feed that has not changed
    are left alone. ``turn`` is held whenever the index is changed, and once it is ``stopped`` nothing more is read.
    """

    paths: Sequence[Path] | None = None
    anew: bool = False
    settle: float = 0.0
    thorough: bool = True
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    stopped: Callable[[], bool] = lambda: False


LOOK = Look()


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """What a look at a source found; ``source`` is as it is kept now.

    ``passed`` articles did not have to be read, ``gone`` are the ids of those that were found gone. ``came_from`` says
    which file or page each doc_id of the summary came from, ``failure`` why the source could not be looked at, or not
    wholly, ``note`` what was left out of it. ``waiting`` files were left for later.
    """

    source: Source
    summary: Summary = Summary()
    passed: int = 0
    gone: tuple[str, ...] = ()
    came_from: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    note: str = ""
    waiting: int = 0


def refresh(
    index: Index, source: Source, client: Client | None = None, progress: Progress | None = None, look: Look = LOOK
) -> SourceSummary:
    """Look at a source and keep what is known of it then, if it is one of the index's.

    ``client`` is needed for sources on the web. What is wrong with the source becomes the summary's ``failure``;
    raises IndexLocked while somebody else writes to the index, and what ``Index.add`` raises.
    """
    done = examine(index, source, client, progress, look)
    with look.turn:
        Sources(index).put(done.source)
    return done


def examine(
    index: Index, source: Source, client: Client | None = None, progress: Progress | None = None, look: Look = LOOK
) -> SourceSummary:
    """Look at a source as ``refresh`` does, and leave it to others to keep what is known of it."""
    now = to_iso(time.time())
    try:
        if source.is_local:
            return _Files(index, source, now, look, progress).run()
        return _Pages(index, source, now, look, progress).run(client or Client())
    except SourceError as error:
        counts = replace(source.counts, new=0, changed=0, gone=0)
        return SourceSummary(replace(source, looked=now, failure=str(error), counts=counts), failure=str(error))


class _Work:
    """What looks at files and at pages have in common: adding what is found, and telling what is gone."""

    def __init__(self, index: Index, source: Source, now: str, look: Look, progress: Progress | None) -> None:
        self.index = index
        self.source = source
        self.now = now
        self.look = look
        self.progress = progress
        self.seen = dict(source.seen)
        self.failure = ""
        self.came_from: dict[str, str] = {}  # origin -> the path or address as it was given
        self.refused: dict[str, list[str]] = {}  # page -> reasons
        self.lost: dict[str, str] = {}  # origin -> doc_id
        self._page_of: dict[str, str] = {}  # of each doc_id that was read
        self._parts: list[Summary] = []
        self._passed = 0

    def live(self, pages: Mapping[str, Seen]) -> dict[str, dict[str, str]]:
        """Return page -> origin -> doc_id of the articles that the index holds of these pages."""
        found: dict[str, dict[str, str]] = {}
        for page, origin, doc_id in held(self.index, pages):
            if origin not in self.source.missing:
                found.setdefault(page, {})[origin] = doc_id
        return found

    def take(self, page: str, given: str, item: Item) -> Iterator[Item]:
        """Yield an article or refusal that a page gave, unless there is nothing to do or to tell."""
        before = self.seen.get(page)
        if isinstance(item, Refusal):
            self.refused.setdefault(page, []).append(item.reason)
            if self.look.anew or before is None or before.reason != item.reason:
                yield item
        elif item.origin in self.came_from:
            reason = f"the id {item.doc_id!r} was given twice; the first one was taken, give each article its own"
            yield from self.take(page, given, Refusal(item.doc_id, reason))
        else:
            self.came_from[item.origin] = given
            self._page_of[item.doc_id] = page
            if not self._was_removed(item.origin, before, page):
                yield item

    def add(self, items: Iterable[Item]) -> None:
        """Add what was found, some at a time, so that whoever else changes the index need not wait for all."""
        items = iter(items)
        while some := list(_some(items)):
            with self.look.turn:
                done = self.index.add(some, progress=self.progress)
            for refusal in done.refused:
                if (page := self._page_of.get(refusal.given)) is not None:
                    self.refused.setdefault(page, []).append(refusal.reason)
            self._parts.append(done)

    def passed(self, articles: int) -> None:
        """Count articles that there was no need to read."""
        self._passed += articles
        if self.progress is not None and articles:
            self.progress("articles", articles)

    def ended(self, before: Mapping[str, Mapping[str, str]], note: str = "") -> SourceSummary:
        """Return the summary; ``before`` is what there was, as ``live`` gave it."""
        summary, missing = joined(self._parts), self._missing()
        if self.source.gone == "remove" and missing:
            with self.look.turn:
                self.index.remove(list(missing.values()))
            missing = {}
        counts = Counts(
            new=len(summary.added),
            changed=len(summary.replaced),
            unchanged=max(sum(map(len, before.values())) - len(summary.replaced) - len(self.lost), 0),
            gone=len(self.lost),
            failed=sum(bool(seen.reason) and (seen.origin or page) not in missing for page, seen in self.seen.items()),
        )
        since = {origin: self.source.missing.get(origin, self.now) for origin in missing}
        known = {"counts": counts, "failure": self.failure, "seen": self.seen, "missing": since}
        source = replace(self.source, looked=self.now, fetched=self.now, **known)  # type: ignore[arg-type]
        named = ((self.index.store.named(origin), given) for origin, given in self.came_from.items())
        came_from = {found[0]: given for found, given in named if found}
        return SourceSummary(source, summary, self._passed, tuple(self.lost.values()), came_from, self.failure, note)

    def _missing(self) -> dict[str, str]:
        """Return origin -> doc_id of what the index holds and the source does not, or no longer."""
        found = {}
        for origin in self.source.missing:
            known = self.index.store.named(origin) if origin not in self.came_from else None
            if known is not None:
                found[origin] = known[0]
        return {**found, **self.lost}

    def _was_removed(self, origin: str, before: Seen | None, page: str) -> bool:
        """Tell whether somebody has removed from the index what this page gave before."""
        if before is None or before.reason or self.look.anew or origin != (before.origin or page):
            return False
        return self.index.store.named(origin) is None


class _Files(_Work):
    """A look at a folder, or at files of one."""

    def run(self) -> SourceSummary:
        """Look at it; raises SourceError where the folder is not there, or holds nothing any more."""
        found = self._found()
        live = self.live({**self.seen, **dict.fromkeys(found, Seen())})
        for page in [page for page in self.seen if page not in found]:
            if self._is_looked_at(Path(page)) and self._is_gone(Path(page)):
                self.lost |= live.get(page, {})
                del self.seen[page]
        stamps = {page: stamp(path) for page, path in found.items()}
        changed = {page: path for page, path in found.items() if self._is_changed(page, stamps[page])}
        waiting = {page for page, path in changed.items() if self.look.paths is None and self._is_young(path)}
        changed = {page: path for page, path in changed.items() if page not in waiting}
        self.passed(sum(len(live.get(page, {})) for page in found if page not in changed))
        gave: dict[str, set[str]] = {}
        self.add(self._items(changed, gave))
        for page, origins in gave.items():
            reasons = self.refused.get(page, ())
            if os.path.lexists(changed[page]) and page != self.source.address:
                self.seen[page] = Seen(stamps[page], reason=reasons[0] if reasons else "")
            if origins and not reasons:
                self.lost |= {o: doc_id for o, doc_id in live.get(page, {}).items() if o not in origins}
        return replace(self.ended(live), waiting=len(waiting))

    def _found(self) -> dict[str, Path]:
        """Return the files to look at, by their absolute paths."""
        root = Path(self.source.address)
        listed = self.look.paths
        if listed is None:
            if self.seen and not root.is_dir():
                raise SourceError("the folder is not there; where it is on a disk or a network, connect it")
            pages = (*self.seen, *self.source.missing)
            listed = [root] if self.source.kind == "folder" else [Path(page) for page in pages]
        found = {shown(Path(os.path.realpath(path))): path for path in files(listed) if not is_passing(path)}
        if str(root) in found and self.source.kind == "folder":  # as it is where it cannot be listed, or is empty
            if self.seen:
                self._look_into(root)
            if self.seen or not self.look.anew:
                del found[str(root)]
        named = self.look.anew  # what was named by a person and is not there is told
        return {
            page: path for page, path in found.items() if os.path.lexists(path) or (named and page not in self.seen)
        }

    def _look_into(self, folder: Path) -> None:
        """Raise SourceError where a folder that should hold files cannot be listed or holds none."""
        named = "the folder" if str(folder) == self.source.address else f"the folder {folder}"
        try:
            empty = all(path.name.startswith(".") for path in folder.iterdir())
        except OSError as error:
            raise SourceError(f"{named} cannot be read: {error.strerror or error}; see who may read it") from error
        if empty:
            raise SourceError(
                f"{named} is empty, and articles came from it; where it is on a disk or a network, connect it, and "
                "where they are gone for good, remove the folder or `quoth sources forget` it"
            )

    @cached_property
    def _scope(self) -> set[Path] | None:
        paths = self.look.paths
        return None if paths is None else {Path(os.path.realpath(path)) for path in paths}

    def _is_looked_at(self, page: Path) -> bool:
        """Tell whether a file is among those that this look is limited to."""
        return self._scope is None or not self._scope.isdisjoint((page, *page.parents))

    def _is_changed(self, page: str, now: str) -> bool:
        before = self.seen.get(page)
        return self.look.anew or not now or before is None or before.stamp != now

    def _is_young(self, path: Path) -> bool:
        """Tell whether a file has changed a moment ago."""
        try:
            changed = path.lstat().st_ctime
        except OSError:
            return False
        return 0 <= time.time() - changed < self.look.settle

    def _is_gone(self, page: Path) -> bool:
        """Tell whether a file is gone for certain; where that is in doubt, say so."""
        try:
            page.lstat()
            return False
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            self.failure = f"{page} cannot be read: {error.strerror or error}; see who may read it"
            return False
        try:
            self._look_into(next(folder for folder in page.parents if folder.exists()))
        except SourceError as error:
            self.failure = str(error)
            return False
        return True

    def _items(self, changed: Mapping[str, Path], gave: dict[str, set[str]]) -> Iterator[Item]:
        """Read the files, and note in ``gave`` what origins each had."""
        for page, path in changed.items():
            if self.look.stopped():
                return
            origins = set()
            for item in read(path, prefix=self.source.prefix):
                if isinstance(item, Article):
                    origins.add(item.origin)
                yield from self.take(page, shown(path), item)
            gave[page] = origins


class _Pages(_Work):
    """A look at a page, a feed or a sitemap."""

    def run(self, client: Client) -> SourceSummary:
        """Look at it; raises SourceError where its address cannot be read."""
        source, live = self.source, self.live(self.seen)
        found = visit(
            source.address,
            client,
            known={page: Validators(seen.etag, seen.modified) for page, seen in self.seen.items() if self._asks(page)},
            prefix=source.prefix,
            kind=source.kind if source.added else None,  # type: ignore[arg-type]
            limit=source.limit or PAGES,
            thorough=self.look.thorough,
        )
        if self.progress is not None:
            self.progress("listed", found.pages)
        visited: dict[str, Seen] = {}
        self.source = replace(source, kind=found.kind)
        self.add(self._items(found.visits, live, visited))
        for page, seen in visited.items():
            reasons = self.refused.get(page)
            self.seen[page] = replace(seen, reason=reasons[0]) if reasons else seen
        if found.kind != "page" and found.pages > 1:  # what it no longer lists is not asked for again
            self.seen = {page: seen for page, seen in self.seen.items() if page in visited or page in live}
        return self.ended(live, found.note)

    def _asks(self, page: str) -> bool:
        """Tell whether it is enough to hear that a page has not changed."""
        seen = self.seen[page]
        if seen.reason and not (seen.etag or seen.modified):
            return False
        return not self.look.anew or self.index.store.named(seen.origin or page) is not None

    def _items(
        self, visits: Iterator[Visit], live: Mapping[str, Mapping[str, str]], visited: dict[str, Seen]
    ) -> Iterator[Item]:
        """Go through the visits, and note in ``visited`` what is known of each page then."""
        for now in visits:
            if self.look.stopped():
                return
            page, before = now.address, self.seen.get(now.address, Seen())
            origin = now.origin or (before.origin or page)
            said = now.validators if now.validators != Validators() else Validators(before.etag, before.modified)
            seen = Seen(etag=said.etag, modified=said.modified, origin="" if origin == page else origin)
            if now.outcome == "fetched" and now.item is not None and origin not in self.came_from:
                yield from self.take(page, page, now.item)
            elif now.outcome == "unchanged":
                self.came_from[origin] = page
                self.passed(1)
                seen = replace(seen, reason="" if page in live else before.reason)
            elif now.outcome in ("gone", "refused"):
                yield from self._nothing(now, live.get(page, {}))
                if now.outcome == "gone":
                    seen = Seen(origin=before.origin)
            visited[page] = seen

    def _nothing(self, now: Visit, live: Mapping[str, str]) -> Iterator[Item]:
        """Yield why nothing was read of a page, unless its article is gone, which is told as such."""
        if now.address == self.source.address and (now.outcome == "refused" or self.source.kind != "page"):
            raise SourceError(now.reason)
        refusal = Refusal(now.address, now.reason)
        if now.outcome == "gone" and live:
            self.lost |= live
            self.refused.setdefault(now.address, []).append(now.reason)
            self.passed(1)
        else:
            yield from self.take(now.address, now.address, refusal)


def _some(items: Iterator[Item]) -> Iterator[Item]:
    """Yield as many of the items as are added at once."""
    until, size = time.monotonic() + _SECONDS, 0
    for count, item in enumerate(items, 1):
        yield item
        size += len(item.text) if isinstance(item, Article) else 0
        if count >= _AT_ONCE or size >= _CHARACTERS or time.monotonic() > until:
            return


def joined(parts: Sequence[Summary]) -> Summary:
    """Return the summaries of several additions as one."""
    return Summary(
        added=tuple(chain(*(part.added for part in parts))),
        replaced=tuple(chain(*(part.replaced for part in parts))),
        unchanged=tuple(chain(*(part.unchanged for part in parts))),
        refused=tuple(chain(*(part.refused for part in parts))),
        sentences=sum(part.sentences for part in parts),
        passages=sum(part.passages for part in parts),
        notes=tuple(chain(*(part.notes for part in parts))),
    )
