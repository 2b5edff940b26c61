"""The view of the articles themselves: list, search and open them, add files, remove with undo, see what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr

from index.errors import QuothError
from index.index import Index
from index.sources import Sources
from index.stores.base import Entry
from ui.additions import Addition, add, left_out
from ui.chat import shelf, source
from ui.chat.base import AT_ONCE, EVENT, SLOT, Desk, chosen, part, sentence, stamped
from ui.texts import Texts
from ui.visits import add_address, look_again, nothing_at

PAGE = 50  # articles that are listed at first, and more at each wish
ORDERS = ("latest", "changed", "title", "longest")

Updates = dict[Any, Any]
"""What Gradio shall change: a component and its new value."""


@dataclass(frozen=True, slots=True)
class Look:
    """How much of the list a visitor sees, since when it must have changed, when the visitor was last here, and which
    article is open."""

    length: int = PAGE
    since: str = ""
    last: str = ""
    opened: str = ""


class Page:
    """What stands in the view and what happens there; what a visitor looks for lives in the visitor's session."""

    def __init__(self, desk: Desk, t: Texts) -> None:
        self.desk = desk
        self.t = t

    def build(self, tab: gr.Tab) -> list[Any]:
        """Put the view into the tab that is open, and return the events after which other lists are out of date."""
        t = self.t
        self.look = gr.State(Look())
        with gr.Row(elem_id="library", elem_classes="view"):
            with gr.Column(elem_id="shelf"):
                self.facts = part(shelf.facts_html(None, t), "facts")
                self._build_adding()
                self.gone = part("", "gone", f'<div role="status">{SLOT}</div>')
                self._build_filters()
                self.listing = part("", "listing")
            with gr.Column(elem_id="reader"):
                self.reader = part(source.waiting_html(t("open_hint"), t), "opened")
        filters = [self.query, self.origin, self.order, self.look]
        everything = [self.facts, self.adding, self.sources, self.origin, self.gone, self.listing]
        here = [self.look, self.reader, *everything]
        # The list comes last, for what is in the filters by then: they may be filled before the rest is there.
        seen = tab.select(self.enter, [self.origin, self.look], everything[:-1], queue=False, **EVENT)
        seen.then(self.find, filters, [self.listing], queue=False, **EVENT)
        for changed in (self.query.change, self.origin.change, self.order.change):
            changed(self.find, filters, [self.listing], queue=False, trigger_mode="always_last", **EVENT)
        for turned in (self.listing.more, self.listing.everything, self.facts.since):
            turned(self.turn, filters, [*filters, self.listing], queue=False, **EVENT)
        for opened in (self.listing.cite, self.reader.cite):
            opened(self.open, [self.look], [self.look, self.reader], **AT_ONCE)
        self.reader.shelf(self.close, [self.look], [self.look, self.reader], **AT_ONCE)
        self.facts.visit(self.visit, [self.look], [self.look, self.facts], queue=False, **EVENT)
        alone: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "library", **EVENT}
        added = [
            # What lies there once the files before it are added is taken next.
            self.files.upload(self.add, [self.files], [self.files, self.added], trigger_mode="always_last", **alone),
            *(go(self.visit_address, [self.address], [self.address, self.added], **alone) for go in self.going),
            self.sources.again(self.look_again, None, [self.added], **alone),
        ]
        moved = [
            *(event.then(self.show, filters, everything, queue=False, **EVENT) for event in added),
            self.sources.forget(self.forget, filters, everything, queue=False, **EVENT),
            self.listing.drop(self.remove, filters, here, queue=False, **EVENT),
            self.gone.back(self.restore, filters, here, queue=False, **EVENT),
        ]
        for event in (*added, *moved):
            event.failure(self.fail, None, [self.added], queue=False, **EVENT)
        return moved

    def _build_adding(self) -> None:
        with gr.Column(visible=False, elem_id="adding") as self.adding:
            self.files = gr.File(
                label=self.t("add_files"),
                file_count="multiple",
                height=120,
                elem_id="files",
            )
            with gr.Row(elem_id="address"):
                self.address = gr.Textbox(
                    label=self.t("add_address"), placeholder="https://", max_lines=1, min_width=160, scale=4
                )
                go = gr.Button(self.t("add"), min_width=90, scale=1)
            self.going = (self.address.submit, go.click)
            self.sources = part("", "sources")
        self.added = part("", "added")

    def _build_filters(self) -> None:
        t = self.t
        orders = [(t(f"by_{order}"), order) for order in ORDERS]
        with gr.Row(elem_id="filters"):
            self.query = gr.Textbox(label=t("find"), placeholder=t("find_hint"), max_lines=1, min_width=160, scale=3)
            self.origin = gr.Dropdown([(t("all_sources"), "")], value="", label=t("source"), min_width=140, scale=2)
            self.order = gr.Dropdown(orders, value=ORDERS[0], label=t("order"), min_width=140, scale=2)

    def show(self, query: str, origin: str, order: str, look: Look) -> Updates:
        """Show what the collection holds, as soon as it is loaded."""
        try:
            return self._shown(query, origin, order, look)
        except QuothError as error:
            return {self.facts: shelf.notice_html(sentence(str(error)))}

    def enter(self, origin: str, look: Look) -> Updates:
        """Show what stands around the list."""
        try:
            return self._around(self.desk.result().index.entries(), origin, look)
        except QuothError as error:
            return {self.facts: shelf.notice_html(sentence(str(error)))}

    def fail(self) -> str:
        """Say so after an error that is none of ours; the server's log says which."""
        return shelf.notice_html(self.t("failed"))

    def find(self, query: str, origin: str, order: str, look: Look) -> str:
        """List the articles that match."""
        try:
            return self._listing(self.desk.result().index.entries(), query, origin, order, look)
        except QuothError as error:
            return shelf.notice_html(sentence(str(error)))

    def turn(self, query: str, origin: str, order: str, look: Look, event: gr.EventData) -> tuple[Any, ...]:
        """List more of the articles that match, those changed since a moment only, or all of them again."""
        data = chosen(event)
        if "since" in data:
            query, origin, order, look = "", "", "changed", replace(look, since=str(data["since"]), length=PAGE)
        elif "more" in data:
            look = replace(look, length=look.length + PAGE)
        else:
            query, origin, look = "", "", replace(look, since="", length=PAGE)
        return query, origin, order, look, self.find(query, origin, order, look)

    def visit(self, look: Look, event: gr.EventData) -> tuple[Look, str]:
        """Show what changed since the visitor was last here; when that was, the browser says."""
        look = replace(look, last=str(chosen(event).get("last") or ""))
        try:
            return look, self._facts(look)
        except QuothError as error:
            return look, shelf.notice_html(sentence(str(error)))

    def open(self, look: Look, event: gr.EventData) -> tuple[Look, str]:
        """Show an article."""
        data = chosen(event)
        look, shown = self._opened(look, data)
        return look, stamped(data.get("stamp"), shown)

    def _opened(self, look: Look, data: Mapping[str, Any]) -> tuple[Look, str]:
        doc_id = str(data.get("doc", ""))
        try:
            article = self.desk.result().index.article(doc_id)
        except QuothError as error:
            return look, source.notice_html(sentence(str(error)), self.t)
        if article is None:
            return look, source.notice_html(self.t("article_gone"), self.t)
        shown = source.article_html(article, (0, 0), (), source.offset(data.get("at"), article), t=self.t)
        return replace(look, opened=doc_id), shown

    def close(self, look: Look, event: gr.EventData) -> tuple[Look, str]:
        """Put the article away."""
        look, shown = self._closed(look)
        return look, stamped(chosen(event).get("stamp"), shown)

    def _closed(self, look: Look) -> tuple[Look, str]:
        return replace(look, opened=""), source.waiting_html(self.t("open_hint"), self.t)

    def add(self, files: Sequence[str] | None) -> Iterator[Updates]:
        """Add files, showing how far each is, then what became of it."""
        given = [Path(file) for file in files or ()]
        try:
            if not given or not self.desk.editable():
                yield {self.files: None}
                return
            state: Sequence[Addition] = [Addition(path.name) for path in given]
            yield {self.files: None, self.added: shelf.additions_html(state, self.t)}
            first = self.desk.closed()
            # The demo gives way to articles only, not to files that hold none.
            if first and (refused := left_out(given)) is not None:
                yield {self.added: shelf.additions_html(refused, self.t)}
                return
            index = self.desk.open_own().index
            for state in add(index, given, self.desk.turn):
                yield {self.added: shelf.additions_html(state, self.t)}
            moved = index.status().folder if first else ""
            yield {self.added: shelf.additions_html(state, self.t, moved)}
        except QuothError as error:
            yield {self.added: shelf.notice_html(sentence(str(error)))}

    def visit_address(self, address: str) -> Iterator[Updates]:
        """Add what is at an address on the web: a page, or the pages of a feed or sitemap."""
        try:
            if not self.desk.editable():
                yield {self.added: shelf.notice_html(self.t("not_editable"))}
                return
            yield {self.added: shelf.additions_html([Addition(address.strip())], self.t)}
            first = self.desk.closed()
            if first and (refused := nothing_at(address)) is not None:
                yield {self.added: shelf.additions_html(refused, self.t)}
                return
            index = self._own_index()
            state: Sequence[Addition] = ()
            for state in add_address(index, address, self.desk.turn):
                yield {self.added: shelf.additions_html(state, self.t)}
            moved = index.status().folder if first else ""
            kept = address if any(addition.problem for addition in state) else ""
            yield {self.address: kept, self.added: shelf.additions_html(state, self.t, moved)}
        except QuothError as error:
            yield {self.added: shelf.notice_html(sentence(str(error)))}

    def look_again(self, event: gr.EventData) -> Iterator[str]:
        """Look at a source again, or at all of them."""
        try:
            if not self._open():
                yield shelf.notice_html(self.t("not_editable"))
                return
            index, address = self._own_index(), str(chosen(event).get("source", ""))
            looked = [source for source in Sources(index).all() if address in ("", source.address)]
            for state in look_again(index, looked, self.desk.turn):
                yield shelf.additions_html(state, self.t)
        except QuothError as error:
            yield shelf.notice_html(sentence(str(error)))

    def forget(self, query: str, origin: str, order: str, look: Look, event: gr.EventData) -> Updates:
        """Look at a source no longer; its articles stay."""
        try:
            if self._open():
                known = Sources(self._own_index())
                with self.desk.turn:
                    known.forget(known.find(str(chosen(event).get("source", ""))))
            return self._shown(query, origin, order, look)
        except QuothError as error:
            return {self.gone: shelf.notice_html(sentence(str(error)))}

    def _own_index(self) -> Index:
        """Return the index that visitors change; a desk's own protocol says what the page asks of it, which is less."""
        return cast(Index, self.desk.open_own().index)

    def remove(self, query: str, origin: str, order: str, look: Look, event: gr.EventData) -> Updates:
        """Hide an article; for ten minutes it can be brought back."""
        return self._changed("remove", query, origin, order, look, str(chosen(event).get("doc", "")))

    def restore(self, query: str, origin: str, order: str, look: Look, event: gr.EventData) -> Updates:
        """Bring an article back."""
        return self._changed("restore", query, origin, order, look, str(chosen(event).get("doc", "")))

    def _changed(self, what: str, query: str, origin: str, order: str, look: Look, doc_id: str) -> Updates:
        """Remove or restore an article, and show what there is, or what went wrong."""
        note, updates = "", {}
        try:
            index = self.desk.result().index
            if not self.desk.options.editable:
                note = self.t("not_editable")
            else:
                with self.desk.turn:
                    found = index.remove([doc_id]) if what == "remove" else index.restore([doc_id])
                note = "" if found else self.t("article_gone")
            if what == "remove" and look.opened == doc_id and not note:
                look, closed = self._closed(look)
                updates = {self.look: look, self.reader: closed}
            return {**self._shown(query, origin, order, look, note), **updates}
        except QuothError as error:
            return {self.gone: shelf.notice_html(sentence(str(error)))}

    def _shown(self, query: str, origin: str, order: str, look: Look, note: str = "") -> Updates:
        entries = self.desk.result().index.entries()
        around = self._around(entries, origin, look, note)
        return {**around, self.listing: self._listing(entries, query, around[self.origin]["value"], order, look)}

    def _around(self, entries: Sequence[Entry], origin: str, look: Look, note: str = "") -> Updates:
        index, editable = self.desk.result().index, self.desk.editable()
        names = sorted({entry.source for entry in entries if entry.source}, key=str.casefold)
        origin = origin if origin in names else ""
        return {
            self.facts: self._facts(look),
            self.adding: gr.update(visible=editable),
            self.sources: shelf.sources_html(Sources(self._own_index()).all(), self.t) if self._open() else "",
            self.origin: gr.update(choices=[(self.t("all_sources"), ""), *((n, n) for n in names)], value=origin),
            self.gone: shelf.gone_html(index.removed() if editable else (), self.t, note),
        }

    def _facts(self, look: Look) -> str:
        index = self.desk.result().index
        return shelf.facts_html(index.status(), self.t, index.changes(), look.last, editable=self._open())

    def _listing(self, entries: Sequence[Entry], query: str, origin: str, order: str, look: Look) -> str:
        found = matching(entries, query or "", origin or "", order, look.since)
        return shelf.listing_html(found, len(entries), look.length, self.t, since=look.since, editable=self._open())

    def _open(self) -> bool:
        """Tell whether visitors can change the articles that are listed."""
        return self.desk.options.editable and self.desk.result().index.writable


def matching(entries: Sequence[Entry], query: str, origin: str, order: str, since: str = "") -> list[Entry]:
    """Return the articles whose title, source and date hold every word of a query, in one of ``ORDERS``.

    ``origin`` is the one source wanted, "" for all; ``since`` leaves out what was last changed before.
    """
    words = query.casefold().split()
    found = [
        entry
        for entry in entries
        if (not origin or entry.source == origin)
        and (not since or (entry.changed or "") > since)
        and all(word in _words(entry) for word in words)
    ]
    if order == "title":
        return sorted(found, key=lambda entry: entry.title.casefold())
    if order == "longest":
        return sorted(found, key=lambda entry: -entry.characters)
    if order == "changed":
        return sorted(found, key=lambda entry: entry.changed or "", reverse=True)
    return sorted(found, key=lambda entry: entry.published or "", reverse=True)


def _words(entry: Entry) -> str:
    return f"{entry.title} {entry.source or ''} {entry.published or ''} {entry.doc_id}".casefold()
