"""The view where people ask: the conversation on the left, the articles that it quotes on the right."""

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from index.errors import QuothError
from index.types import Article, Filter
from qa.feedback import Row
from qa.types import Answer, Citation, Turn
from qa.understanding import clean
from ui import conversation
from ui.chat import source
from ui.chat.base import EVENT, SLOT, Desk, Notice, Talk, chosen, part, sentence, token
from ui.chat.judging import Judge
from ui.html import menu_html, safe, to_html
from ui.texts import Texts

TURNS = 50  # questions and answers that a page keeps

Rows = Mapping[str, Row]
"""What the visitor has said of answers, by their ids."""


class Page:
    """What stands in the view and what happens there; a conversation lives in its visitor's session."""

    def __init__(self, desk: Desk, judge: Judge | None, t: Texts) -> None:
        self.desk = desk
        self.judge = judge
        self.t = t

    def build(self, blocks: gr.Blocks) -> None:
        """Put the view into the tab that is open."""
        t, title = self.t, self.desk.options.title
        talk, rows = gr.State(()), gr.State({})
        with gr.Row(elem_id="quoth", elem_classes="view"):
            with gr.Column(elem_id="talk"):
                masthead = part(self._masthead_html(title), "masthead")
                welcome = part(self._welcome_html(()), "welcome")
                label = safe(t("conversation"))
                log = part("", "log", f'<div role="log" aria-live="off" aria-label="{label}">{SLOT}</div>')
                said = part("", "announced", f'<div class="unseen" role="status">{SLOT}</div>', script="")
                box = gr.Textbox(
                    placeholder=t("placeholder"),
                    label=t("your_question"),
                    show_label=False,
                    container=False,
                    max_lines=6,
                    submit_btn=t("ask"),
                    autofocus=True,
                    elem_id="question",
                )
                saved = part("", "saved")
            with gr.Column(elem_id="pane"):
                self.pane = part(source.waiting_html(t("loading"), t), "source")
        # An event of our own name cannot be given to gr.on in this version of Gradio, so each is bound by itself.
        for asked in (box.submit, log.pose, welcome.pose):
            asked(self.answer, [box, talk, rows], [box, talk, log, said], concurrency_limit=4, **EVENT)
        for cited in (log.cite, self.pane.cite):
            cited(self.show_article, [talk], [self.pane], queue=False, **EVENT)
        for shown in (masthead.shelf, self.pane.shelf, blocks.load):
            shown(self.show_list, None, [self.pane], queue=False, **EVENT)
        blocks.load(self.show_examples, None, [welcome], queue=False, **EVENT)
        masthead.store(self.save, [talk], [saved], queue=False, **EVENT)
        masthead.fresh(self.begin, None, [talk, rows, log, said], queue=False, **EVENT)
        log.judge(self.say, [talk, rows], [rows, log, said], queue=False, **EVENT)

    def answer(self, typed: str, talk: Talk, rows: Rows, event: gr.EventData) -> Iterator[tuple[Any, Any, str, str]]:
        """Show a question, typed or chosen, as one that waits; then its answer, or why there is none."""
        t, data = self.t, chosen(event)
        given = data.get("question")
        question = " ".join((given if isinstance(given, str) else typed).split())
        if not question:
            hint = t("type_first")
            yield "", gr.skip(), self.log(talk, rows, hint=hint), hint
            return
        wait = t("searching") if self.desk.done() else t("loading")
        yield "", gr.skip(), self.log(talk, rows, question, wait), wait
        turn: Turn | Notice
        try:
            turn = self._ask(question, talk, data)
        except QuothError as error:
            turn = Notice(question, str(error))
        talk = (*talk, turn)[-TURNS:]
        yield gr.skip(), talk, self.log(talk, rows), self._announced(turn)

    def show_article(self, talk: Talk, event: gr.EventData) -> str:
        """Show an article at the words that were chosen; what they are is read from the browser, so it is checked."""
        data = chosen(event)
        try:
            article = self.desk.result().index.article(str(data.get("doc", "")))
        except QuothError as error:
            return source.notice_html(sentence(str(error)), self.t)
        if article is None:
            return source.notice_html(self.t("article_gone"), self.t)
        cited = _offset(data.get("start"), article), _offset(data.get("end"), article)
        answer = str(data.get("answer", ""))
        quoted = _citations(talk, answer)
        shown = [c for c in quoted if (c.doc_id, c.start, c.end) == (article.doc_id, *cited)]
        if any(c.text_sha256 != article.text_sha256 for c in shown):
            return source.notice_html(self.t("article_changed", title=article.title), self.t)
        at = None if data.get("at") is None else _offset(data["at"], article)
        return source.article_html(article, cited, quoted, at, token(), answer, t=self.t)

    def show_list(self) -> str:
        """Show the list of articles, as soon as they are loaded."""
        try:
            return source.list_html(self.desk.result().index.entries(), self.t)
        except QuothError as error:
            return source.notice_html(sentence(str(error)), self.t)

    def show_examples(self) -> Iterator[str]:
        """Show examples of questions, as soon as they are known."""
        try:
            yield self._welcome_html(self.desk.examples())
        except QuothError:  # the list of articles says what is wrong
            yield self._welcome_html(())

    def begin(self) -> tuple[Talk, Rows, str, str]:
        """Begin a new conversation."""
        return (), {}, "", ""

    def save(self, talk: Talk, event: gr.EventData) -> str:
        """Return the conversation as a file that the browser saves, in the form that was chosen."""
        form = str(chosen(event).get("form"))
        answers = [turn.answer for turn in talk if isinstance(turn, Turn)]
        if form not in conversation.FORMS or not answers:
            return ""
        text = safe(conversation.written(answers, form))
        return (
            f'<pre data-file="conversation.{form}" data-type="{conversation.FORMS[form]}" '
            f'data-made="{token()}">{text}</pre>'
        )

    def say(self, talk: Talk, rows: Rows, event: gr.EventData) -> tuple[Rows, str, str]:
        """Keep what the visitor says of an answer."""
        data = chosen(event)
        place = _turn(talk, str(data.get("answer", "")))
        if self.judge is None or place is None:
            return rows, self.log(talk, rows), ""
        earlier = [turn.question for turn in talk[:place]]
        turn = talk[place]
        assert isinstance(turn, Turn)
        try:
            row = self.judge.judged(turn.answer, rows.get(turn.answer.id), earlier, data, self.desk.result())
        except QuothError as error:
            return rows, self.log(talk, rows, hint=sentence(str(error))), sentence(str(error))
        rows = {**rows, turn.answer.id: row} if row else {k: v for k, v in rows.items() if k != turn.answer.id}
        return rows, self.log(talk, rows), self.judge.announced(row)

    def log(self, talk: Talk, rows: Rows, question: str = "", wait: str = "", hint: str = "") -> str:
        """Return the conversation as HTML, with the question that waits for its answer."""
        parts = [_turn_html(turn.question, self._reply_html(turn, rows)) for turn in talk]
        if question:
            parts.append(_turn_html(question, f'<p class="wait">{safe(wait)}</p>'))
        if hint:
            parts.append(f'<p class="hint">{safe(hint)}</p>')
        return "".join(parts)

    def _ask(self, question: str, talk: Talk, data: Mapping[str, Any]) -> Turn:
        clean(question)  # before anyone waits for the model
        pipeline = self.desk.result()
        place = _turn(talk, str(data.get("answer", ""))) if "without" in data else None
        if place is None:
            turns = [turn for turn in talk if isinstance(turn, Turn)]
            return Turn(question, pipeline.ask(question, turns, everywhere=data.get("everywhere") is True))
        again = talk[place]
        assert isinstance(again, Turn)
        searched, without = again.answer.searched_for, (data["without"], data.get("value"))
        # What is left of the limits is given as such, so those that the question names are not found in it again.
        limits = Filter(tuple(s for s in searched.sources if without != ("source", s)))
        if without[0] != "days":
            limits = Filter(limits.sources, searched.since, searched.until)
        leans = bool(searched.carried) and without[0] != "carried"
        turns = [turn for turn in talk[:place] if isinstance(turn, Turn)] if leans else []
        return Turn(question, pipeline.ask(again.answer.question, turns, limits, everywhere=True))

    def _announced(self, turn: Turn | Notice) -> str:
        """Return what a screen reader says of an answer: how many quotations there are, and the first."""
        if isinstance(turn, Notice):
            return safe(sentence(turn.message))
        answer = turn.answer
        if not answer.citations:
            return safe(self.t("declined") if answer.kind == "declined" else answer.message)
        return safe(self.t("announced", len(answer.citations), words=answer.citations[0].quote))

    def _masthead_html(self, title: str) -> str:
        t = self.t
        forms = {"html": t("save_html"), "md": t("save_md"), "json": t("save_json")}
        items = "".join(
            f'<button type="button" data-store="{form}">{safe(name)}</button>' for form, name in forms.items()
        )
        return (
            f"<header><h1>{safe(title)}</h1><nav>{menu_html('', t('save'), items, 'menu save')}"
            f'<button type="button" data-fresh aria-label="{safe(t("new_conversation"))}">{safe(t("new"))}</button>'
            f'<button type="button" class="to-articles" data-shelf>{safe(t("articles_button"))}</button>'
            "</nav></header>"
        )

    def _welcome_html(self, examples: Any) -> str:
        t = self.t
        items = "".join(
            f'<li><button type="button" data-ask="{safe(q)}" dir="auto">{safe(q)}</button></li>' for q in examples
        )
        listed = f'<p class="aside">{safe(t("for_example"))}</p><ul class="choices">{items}</ul>' if items else ""
        return f'<div class="welcome"><h2>{safe(t("welcome"))}</h2><p>{safe(t("welcome_more"))}</p>{listed}</div>'

    def _reply_html(self, turn: Turn | Notice, rows: Rows) -> str:
        if isinstance(turn, Notice):
            return f'<p class="notice">{safe(sentence(turn.message))}</p>'
        parts = [to_html(turn.answer, self.t)]
        if turn.answer.searched_for.named:
            question = safe(turn.answer.question)
            lift = f'<button type="button" data-ask="{question}" data-everywhere>{safe(self.t("everywhere"))}</button>'
            parts.append(f'<p class="lift">{lift}</p>')
        if self.judge is not None:
            parts.append(self.judge.html(turn.answer, rows.get(turn.answer.id)))
        return "".join(parts)


def _turn_html(question: str, reply: str) -> str:
    return f'<section class="turn"><h2 class="question" dir="auto">{safe(question)}</h2>{reply}</section>'


def _turn(talk: Talk, answer_id: str) -> int | None:
    """Return the place of an answer in the conversation, or None."""
    return next((i for i, t in enumerate(talk) if isinstance(t, Turn) and t.answer.id == answer_id), None)


def _citations(talk: Talk, answer_id: str) -> list[Citation]:
    """Return all quotations of one answer, those of other articles that say the same included."""
    answers: list[Answer] = [turn.answer for turn in talk if isinstance(turn, Turn) and turn.answer.id == answer_id]
    return [quoted for answer in answers for c in answer.citations for quoted in (c, *c.also)]


def _offset(given: object, article: Article) -> int:
    return min(max(given, 0), len(article.text)) if isinstance(given, int) else 0
