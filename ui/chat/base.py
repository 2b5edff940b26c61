"""What the views of the page share: what they answer from, what they may show, and how a part is made."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Protocol

import gradio as gr

from index.errors import IndexError_
from index.index import Progress, Status
from index.stores.base import Change, Entry, Removed, Store
from index.types import Article, Filter, Refusal, Summary
from qa.types import Answer, Turn
from ui.http.rates import Places
from ui.metrics import Metrics

EVENT: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

AT_ONCE: dict[str, Any] = {"queue": False, "trigger_mode": "multiple", **EVENT}
"""An event that does not wait for what comes of the one before, and may overtake it. Otherwise Gradio drops it, or with
"always_last" does again what the first one said."""

SLOT = "${value}"

Views = Literal["all", "admin", "ask"]
"""Which views a page has: all, all and a way to log out, or the one for asking."""


class Articles(Protocol):
    """What the page asks of an index."""

    @property
    def store(self) -> Store:
        """Return what the index keeps its articles in."""

    @property
    def writable(self) -> bool:
        """Tell whether articles can be added."""

    def article(self, doc_id: str) -> Article | None:
        """Return an article with its text, or None."""

    def entries(self) -> Sequence[Entry]:
        """Return all articles without their texts."""

    def status(self) -> Status:
        """Return what the index holds."""

    def changes(self, since: str | None = None) -> Sequence[Change]:
        """Return what was written, newest first."""

    def removed(self) -> Sequence[Removed]:
        """Return the articles that can be brought back."""

    def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
        """Add articles."""

    def remove(self, doc_ids: Sequence[str]) -> Sequence[str]:
        """Hide articles and return the ids that were found."""

    def restore(self, doc_ids: Sequence[str]) -> Sequence[str]:
        """Bring articles back and return their ids."""


class Answerer(Protocol):
    """What the page asks of a pipeline."""

    @property
    def index(self) -> Articles:
        """Return the articles that are quoted."""

    def ask(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Answer:
        """Answer a question after earlier turns, oldest first; ``everywhere`` lifts the limits that it names."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a page shows and lets its visitors do.

    ``measured`` are folders with questions about the articles, by name, for the view that evaluates; None leaves it
    out. ``feedback`` is the file that verdicts are kept in, ``own_feedback`` the one for the visitor's own articles
    where they take the place of others; None leaves verdicts out. Only where it is ``editable`` can visitors add and
    remove articles. ``origins`` are the sites that may have the widget in their pages.
    """

    title: str = "Quoth"
    language: str = "en"
    examples: Sequence[str] = ()
    measured: Mapping[str, Path] | None = None
    editable: bool = False
    feedback: Path | None = None
    own_feedback: Path | None = None
    origins: Sequence[str] = ()


class Desk:
    """What the page answers from: a pipeline that is loaded or still loading, and the one that may take its place.

    Where its articles cannot be changed, ``own`` opens others that can, once the first one is added. ``suggest`` finds
    examples of questions that the articles answer, where none are given. Whoever changes the articles holds ``turn``,
    the given one where others of this process change them too, and who asks has one of the ``places`` in the line.
    """

    def __init__(
        self,
        loading: Future[Answerer],
        options: Options,
        *,
        own: Callable[[Answerer], Answerer] | None = None,
        suggest: Callable[[Answerer], Sequence[str]] | None = None,
        places: Places | None = None,
        turn: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.options = options
        self.metrics = Metrics()
        self.places = places or Places(None)
        self.moved = False
        self.turn = turn or Lock()
        self._loading = loading
        self._own = own
        self._suggest = suggest
        self._opening, self._thinking = Lock(), Lock()
        self._suggested: tuple[int, Sequence[str]] | None = None

    def done(self) -> bool:
        """Tell whether the pipeline is loaded."""
        return self._loading.done()

    def result(self) -> Answerer:
        """Return the pipeline, as soon as it is loaded."""
        with _of_the_system():
            return self._loading.result()

    def editable(self) -> bool:
        """Tell whether visitors can add articles, here or to those that would take their place."""
        return self.options.editable and (self._own is not None or self.result().index.writable)

    def closed(self) -> bool:
        """Tell whether others must be opened before articles can be added."""
        return self._own is not None and not self.result().index.writable

    def open_own(self) -> Answerer:
        """Return a pipeline whose articles can be changed, opening it where this one's cannot."""
        with self._opening, _of_the_system():
            if self._own is not None and self.closed():
                opened: Future[Answerer] = Future()
                opened.set_result(self._own(self.result()))
                self._loading, self.moved = opened, True
            return self.result()

    def feedback(self, by: Answerer) -> Path | None:
        """Return the file for verdicts on answers of a pipeline."""
        own = self.moved and by is self.result()
        return (own and self.options.own_feedback) or self.options.feedback

    def examples(self) -> Sequence[str]:
        """Return questions that the articles answer; those that are not given are looked for once the first time.

        Nobody waits while they are looked for but the one for whom they are.
        """
        if self.options.examples and not self.moved:
            return self.options.examples
        if self._suggest is None or not self._thinking.acquire(blocking=False):
            return ()
        try:
            present = self.result()
            generation = present.index.store.generation
            if self._suggested is None or self._suggested[0] != generation:
                self._suggested = generation, self._suggest(present)
            return self._suggested[1]
        finally:
            self._thinking.release()


@contextmanager
def _of_the_system() -> Iterator[None]:
    """Turn an error of the system into one that a visitor is told."""
    try:
        yield
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        raise IndexError_(f"{named}{error.strerror or error}; see that the folder may be written") from error


def part(value: str, name: str, template: str = SLOT, script: str | None = None) -> Any:
    """Return a part of the page; Gradio learns the names of its events from the script, so it is not typed."""
    js = read("copy.js") + read("script.js") if script is None else script or None
    return gr.HTML(value, html_template=template, js_on_load=js, apply_default_css=False, elem_id=name)


def chosen(event: gr.EventData) -> dict[str, Any]:
    """Return what the browser says was chosen; whatever it is must be checked."""
    return event._data if isinstance(event._data, dict) else {}


def stamped(stamp: object, shown: str) -> str:
    """Return what is shown with a number; the browser then shows nothing with a lower one."""
    return f'<span hidden data-stamp="{stamp}"></span>{shown}' if isinstance(stamp, int | float) else shown


def sentence(message: str) -> str:
    """Give a message of an error the capital and the full stop of a sentence."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")


def token() -> str:
    """Return letters that no one can guess, so that what is shown anew differs from what was shown before."""
    return secrets.token_hex(4)


def read(name: str) -> str:
    """Return a file of this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")
