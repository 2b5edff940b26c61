"""Visits: an address is told apart, and its pages are looked at one after the other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from index.errors import AddressClosed, ArticleError
from index.types import Article
from index.web import feeds, pages, sitemaps
from index.web.base import Kind, Source, Validators, Visit
from index.web.client import Client, Response
from index.web.kinds import told, unpacked
from index.web.listings import Entry, Listing

NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """How addresses are visited; see ``index.web.visit``."""

    client: Client
    known: Mapping[str, Validators]
    prefix: str
    kind: Kind | None
    limit: int
    thorough: bool
    progress: Callable[[int], None] | None

    def source(self, address: str) -> Source:
        """Look at an address and tell what is there."""
        # What lists pages is wanted even if it has not changed: they may have.
        asks = self.kind in (None, "page") or (self.kind == "feed" and not self.thorough)
        validators = Validators()
        try:
            response = self.client.get(address, self.known.get(address) if asks else None)
            if response.status != 200:
                return self._single(_without(address, response))
            validators = response.validators
            data = unpacked(response)
            holds = told(response, data)
            if holds in ("feed", "json feed"):
                listing = feeds.read(response, data, self.limit, is_json=holds == "json feed")
            elif holds == "sitemap":
                listing = sitemaps.read(response, data, self.client, self.limit, self.progress)
            else:
                article = pages.read(response, data, holds, prefix=self.prefix)
                return self._single(_fetched(address, response, article), "page")
        except ArticleError as error:
            return self._single(_refused(address, error, validators))
        if holds == "sitemap":
            return self._listed("sitemap", address, listing, response)
        return self._listed("feed", address, listing, response)

    def _single(self, visit: Visit, kind: Kind | None = None) -> Source:
        return Source(address=visit.address, kind=kind or self.kind or "page", pages=1, visits=iter([visit]))

    def _listed(self, kind: Kind, address: str, listing: Listing, response: Response) -> Source:
        entries = [entry for entry in listing.entries if entry.address not in (address, str(response.address))]
        if kind == "sitemap":
            listed = {address, *(entry.address for entry in entries)}
            entries += [Entry(address=known, fields={}) for known in self.known if known not in listed]
        visits = self._visits(address, entries, listing, response)
        count = len(entries) + len(listing.failed)
        return Source(address=address, kind=kind, pages=count, visits=visits, note=listing.note)

    def _visits(self, address: str, entries: list[Entry], listing: Listing, response: Response) -> Iterator[Visit]:
        """Visit the pages of a list, and last the list itself: its validators count once no page failed."""
        failed = bool(listing.failed)
        origins: dict[str, str] = {}
        yield from listing.failed
        for entry in entries:
            visit = self._visit(entry, response)
            if visit.item is not None and visit.origin in origins:
                reason = f"is the same page as {origins[visit.origin]}"
                visit = Visit(
                    address=visit.address,
                    outcome="unchanged",
                    validators=visit.validators,
                    origin=visit.origin,
                    reason=reason,
                )
            origins.setdefault(visit.origin, visit.address)
            failed = failed or visit.outcome == "refused"
            yield visit
        yield Visit(address=address, outcome="fetched", validators=Validators() if failed else response.validators)

    def _visit(self, entry: Entry, source: Response) -> Visit:
        if not entry.is_linked:
            return self._from_list(entry, source, ArticleError(entry.address, "has no page, nor a text in its feed"))
        try:
            response = self.client.get(entry.address, self.known.get(entry.address))
        except AddressClosed as error:
            return self._from_list(entry, source, error)
        except ArticleError as error:  # which may pass: until then what was read before is better
            return (
                _refused(entry.address, error) if entry.address in self.known else self._from_list(entry, source, error)
            )
        if response.status != 200:
            return _without(entry.address, response)
        try:
            data = unpacked(response)
            holds = told(response, data)
            if holds in ("feed", "json feed", "sitemap"):
                raise ArticleError(entry.address, "is a list of pages itself, and no page; add it by its own address")
            return _fetched(entry.address, response, pages.read(response, data, holds, prefix=self.prefix, entry=entry))
        except ArticleError as error:
            return self._from_list(entry, source, error, response.validators)

    def _from_list(
        self, entry: Entry, source: Response, failure: ArticleError, validators: Validators = NO_VALIDATORS
    ) -> Visit:
        """Make do with what a feed itself holds of a page that cannot be read, and say so."""
        if not entry.content:
            return _refused(entry.address, failure, validators)
        note = f"the page {failure.reason}; this is the text in its feed" if entry.is_linked else ""
        try:
            article = pages.from_entry(entry, source.address, prefix=self.prefix, note=note)
        except ArticleError as error:
            return _refused(entry.address, failure if entry.is_linked else error, validators)
        return Visit(address=entry.address, outcome="fetched", item=article, origin=article.origin, reason=note)


def _fetched(address: str, response: Response, article: Article) -> Visit:
    return Visit(
        address=address, outcome="fetched", validators=response.validators, item=article, origin=article.origin
    )


def _without(address: str, response: Response) -> Visit:
    """Return the visit to an address that answered without a page."""
    if response.status == 304:
        return Visit(address=address, outcome="unchanged", validators=response.validators)
    reason = f"is not there (it answered {response.status}); see whether its site has it elsewhere"
    return Visit(address=address, outcome="gone", reason=reason)


def _refused(address: str, error: ArticleError, validators: Validators = NO_VALIDATORS) -> Visit:
    return Visit(address=address, outcome="refused", reason=error.reason, validators=validators)
