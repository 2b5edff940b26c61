"""The chat page: questions and their quotations on the left, the articles they stand in on the right."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import gradio as gr

from index.errors import QuothError
from index.stores.base import Entry
from index.types import Article
from qa.types import Answer, Citation, Turn
from qa.understanding import clean
from ui import conversation
from ui.chat import evaluation, source
from ui.render import to_html

TURNS = 50  # questions and answers that a page keeps

_LOADING = "Loading the articles and the language model. The first answer takes a moment longer."
_SEARCHING = "Looking through the articles…"
_EVENT: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


class Articles(Protocol):
    """What the page asks of an index."""

    def article(self, doc_id: str) -> Article | None:
        """Return an article with its text, or None."""

    def entries(self) -> Sequence[Entry]:
        """Return all articles without their texts."""


class Answerer(Protocol):
    """What the page asks of a pipeline."""

    @property
    def index(self) -> Articles:
        """Return the articles that are quoted."""

    def ask(self, question: str, turns: Sequence[Turn] = (), *, everywhere: bool = False) -> Answer:
        """Answer a question after earlier turns, oldest first; ``everywhere`` lifts the limits that it names."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A question that got no answer, and the sentence that says why."""

    question: str
    message: str


Talk = tuple[Turn | Notice, ...]


def build(
    answerer: Future[Answerer],
    examples: Sequence[str] = (),
    title: str = "Quoth",
    measured: Mapping[str, Path] | None = None,
) -> gr.Blocks:
    """Build the page for a pipeline that is loaded or still loading; the page shows which.

    ``measured`` are folders with questions about the articles, by name, for a tab that evaluates; None leaves it out.
    """
    # What visitors upload and are given to download is deleted after an hour.
    blocks: gr.Blocks = gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600))
    blocks.queue(api_open=False)  # nobody gets past the limits on how much runs at once
    with blocks:
        if measured is None:
            _build_chat(_Page(answerer, examples), title, blocks)
            return blocks
        with gr.Tabs(elem_id="views"):
            with gr.Tab("Ask", render_children=True):
                _build_chat(_Page(answerer, examples), title, blocks)
            with gr.Tab("Evaluate", render_children=True):
                evaluation.Page(answerer, measured).build(blocks)
    return blocks


def _build_chat(page: "_Page", title: str, blocks: gr.Blocks) -> None:
    script = _read("script.js")
    talk = gr.State(())
    with gr.Row(elem_id="quoth"):
        with gr.Column(elem_id="talk"):
            masthead = _html(_masthead_html(title), script, "masthead")
            log = _html(page.log(()), script, "log", f'<div role="log" aria-label="Conversation">{_SLOT}</div>')
            box = gr.Textbox(
                placeholder="Ask the articles a question",
                label="Your question",
                show_label=False,
                container=False,
                max_lines=6,
                submit_btn="Ask",
                autofocus=True,
                elem_id="question",
            )
            saved = _html("", script, "saved")
        with gr.Column(elem_id="pane"):
            pane = _html(source.waiting_html(_LOADING), script, "source")
    # An event of our own name cannot be given to gr.on in this version of Gradio, so each is bound by itself.
    for asked in (box.submit, log.pose):
        asked(page.answer, [box, talk], [box, talk, log], concurrency_limit=4, **_EVENT)
    for chosen in (log.cite, pane.cite):
        chosen(page.show_article, [talk], [pane], queue=False, **_EVENT)
    for shown in (masthead.shelf, pane.shelf, blocks.load):
        shown(page.show_list, None, [pane], queue=False, **_EVENT)
    masthead.store(page.save, [talk], [saved], queue=False, **_EVENT)
    masthead.fresh(page.begin, None, [talk, log], queue=False, **_EVENT)


def appearance() -> dict[str, Any]:
    """Return what Gradio takes when the page is mounted: its look, and nothing of Gradio's own around it."""
    return {
        "theme": gr.themes.Base(font=_SANS, font_mono=_MONO),
        "css": _read("style.css"),
        "head": f"<style>{evaluation.style()}</style>",  # as it is: Gradio rewrites what it gets as css
        "footer_links": [],
        "run_history": False,
    }


class _Page:
    """What happens on the page; it keeps nothing of a conversation, which lives in the visitor's session."""

    def __init__(self, answerer: Future[Answerer], examples: Sequence[str]) -> None:
        self.answerer = answerer
        self.examples = examples

    def answer(self, typed: str, talk: Talk, event: gr.EventData) -> Iterator[tuple[Any, Any, str]]:
        """Show a question, typed or chosen, as one that waits; then its answer, or why there is none."""
        data = event._data if isinstance(event._data, dict) else {}
        chosen = data.get("question")
        question = " ".join((chosen if isinstance(chosen, str) else typed).split())
        if not question:
            yield "", gr.skip(), self.log(talk, hint="Type a question first.")
            return
        yield "", gr.skip(), self.log(talk, question, _SEARCHING if self.answerer.done() else _LOADING)
        turn: Turn | Notice
        try:
            turn = self._ask(question, talk, everywhere=data.get("everywhere") is True)
        except QuothError as error:
            turn = Notice(question, str(error))
        talk = (*talk, turn)[-TURNS:]
        yield gr.skip(), talk, self.log(talk)

    def show_article(self, talk: Talk, event: gr.EventData) -> str:
        """Show an article at the words that were chosen; what they are is read from the browser, so it is checked."""
        data = event._data if isinstance(event._data, dict) else {}
        try:
            article = self.answerer.result().index.article(str(data.get("doc", "")))
        except QuothError as error:
            return source.notice_html(str(error))
        if article is None:
            return source.notice_html("This article is no longer in the collection.")
        cited = _offset(data.get("start"), article), _offset(data.get("end"), article)
        answer = str(data.get("answer", ""))
        quoted = _citations(talk, answer)
        shown = [c for c in quoted if (c.doc_id, c.start, c.end) == (article.doc_id, *cited)]
        if any(c.text_sha256 != article.text_sha256 for c in shown):
            return source.notice_html(
                f"“{article.title}” has changed since it was quoted. Ask again to be shown its present words."
            )
        at = None if data.get("at") is None else _offset(data["at"], article)
        return source.article_html(article, cited, quoted, at, secrets.token_hex(4), answer)

    def show_list(self) -> str:
        """Show the list of articles, as soon as they are loaded."""
        try:
            return source.list_html(self.answerer.result().index.entries())
        except QuothError as error:
            return source.notice_html(str(error))

    def begin(self) -> tuple[Talk, str]:
        """Begin a new conversation."""
        return (), self.log(())

    def save(self, talk: Talk, event: gr.EventData) -> str:
        """Return the conversation as a file that the browser saves, in the form that was chosen."""
        data = event._data if isinstance(event._data, dict) else {}
        form = str(data.get("form"))
        answers = [turn.answer for turn in talk if isinstance(turn, Turn)]
        if form not in conversation.FORMS or not answers:
            return ""
        text = escape(conversation.written(answers, form))
        return (
            f'<pre data-file="conversation.{form}" data-type="{conversation.FORMS[form]}" '
            f'data-made="{secrets.token_hex(4)}">{text}</pre>'
        )

    def log(self, talk: Talk, question: str = "", wait: str = "", hint: str = "") -> str:
        """Return the conversation as HTML, with the question that waits for its answer."""
        parts = [_turn_html(turn.question, _reply_html(turn)) for turn in talk]
        if question:
            parts.append(_turn_html(question, f'<p class="wait">{escape(wait)}</p>'))
        if not parts:
            parts.append(self._welcome_html())
        if hint:
            parts.append(f'<p class="hint">{escape(hint)}</p>')
        return "".join(parts)

    def _ask(self, question: str, talk: Talk, *, everywhere: bool) -> Turn:
        clean(question)  # before anyone waits for the model
        turns = [turn for turn in talk if isinstance(turn, Turn)]
        return Turn(question, self.answerer.result().ask(question, turns, everywhere=everywhere))

    def _welcome_html(self) -> str:
        items = "".join(
            f'<li><button type="button" data-ask="{escape(q)}">{escape(q)}</button></li>' for q in self.examples
        )
        lead = (
            '<div class="welcome"><h2>Ask. The articles answer in their own words.</h2>'
            "<p>Each answer is a quotation that you can check where it stands. "
            "When the articles don't say, you are told so.</p>"
        )
        return (
            f'{lead}<p class="aside">For example</p><ul class="choices">{items}</ul></div>'
            if items
            else f"{lead}</div>"
        )


_SLOT = "${value}"
_SAVE = (
    '<details class="menu save"><summary>Save</summary><span class="items">'
    '<button type="button" data-store="html">Web page</button><button type="button" data-store="md">Markdown</button>'
    '<button type="button" data-store="json">JSON, to verify</button></span></details>'
)


def _html(value: str, script: str, name: str, template: str = _SLOT) -> Any:
    """Return a part of the page; Gradio learns the names of its events from the script, so it is not typed."""
    return gr.HTML(value, html_template=template, js_on_load=script, apply_default_css=False, elem_id=name)


def _masthead_html(title: str) -> str:
    return (
        f"<header><h1>{escape(title)}</h1><nav>{_SAVE}"
        '<button type="button" data-fresh>New<span> conversation</span></button>'
        '<button type="button" class="to-articles" data-shelf>Articles</button></nav></header>'
    )


def _turn_html(question: str, reply: str) -> str:
    return f'<section class="turn"><h2 class="question" dir="auto">{escape(question)}</h2>{reply}</section>'


def _reply_html(turn: Turn | Notice) -> str:
    if isinstance(turn, Notice):
        return f'<p class="notice">{escape(_sentence(turn.message))}</p>'
    if not turn.answer.searched_for.named:
        return to_html(turn.answer)
    question = escape(turn.answer.question)
    lift = f'<button type="button" data-ask="{question}" data-everywhere>Search all articles instead</button>'
    return f'{to_html(turn.answer)}<p class="lift">{lift}</p>'


def _sentence(message: str) -> str:
    """Give a message of an error the capital and the full stop of a sentence."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")


def _citations(talk: Talk, answer_id: str) -> list[Citation]:
    """Return all quotations of one answer, those of other articles that say the same included."""
    answers = [turn.answer for turn in talk if isinstance(turn, Turn) and turn.answer.id == answer_id]
    return [quoted for answer in answers for c in answer.citations for quoted in (c, *c.also)]


def _offset(given: object, article: Article) -> int:
    return min(max(given, 0), len(article.text)) if isinstance(given, int) else 0


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
