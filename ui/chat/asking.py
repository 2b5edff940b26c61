"""The view where people ask: the conversation on the left, the articles that it quotes on the right."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from index.errors import QuothError
from index.types import Filter
from qa.types import Turn
from qa.understanding import MAX_QUESTION, clean
from ui import conversation
from ui.chat import source
from ui.chat.base import AT_ONCE, EVENT, SLOT, Desk, Views, chosen, part, sentence, stamped, token
from ui.chat.judging import Judge
from ui.chat.talk import Answered, Notice, Talk
from ui.html import menu_html, safe, to_html
from ui.http.problems import Problems
from ui.http.rates import UNLIMITED, Rate, client
from ui.texts import Texts

SOON = 5  # seconds after which one may ask again who has too many questions waiting
WAITING = 30  # questions that may wait in the pipeline's line; each holds one of Gradio's 40 threads


class Page:
    """What stands in the view and what happens there; a conversation lives in its visitor's session."""

    def __init__(self, desk: Desk, judge: Judge | None, t: Texts, views: Views = "all", rate: Rate = UNLIMITED) -> None:
        self.desk = desk
        self.judge = judge
        self.t = t
        self.views = views
        self.rate = rate
        # Those who only ask need not know where on the server something went wrong.
        self.tell: Callable[[QuothError], str] = Problems(desk.options).told if views == "ask" else str

    def build(self, blocks: gr.Blocks) -> None:
        """Put the view into the tab that is open."""
        t, title = self.t, self.desk.options.title
        self.talk = talk = gr.State(Talk())
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
            # As many as may wait: they form one line in the pipeline, which reads less the longer it is.
            asked(
                self.answer, [box, talk], [box, log, said], concurrency_limit=WAITING, concurrency_id="ask", **EVENT
            ).failure(self.fail, [talk], [log, said], queue=False, **EVENT)
        for cited in (log.cite, self.pane.cite):
            cited(self.show_article, [talk], [self.pane], **AT_ONCE)
        for shown in (masthead.shelf, self.pane.shelf, blocks.load):
            shown(self.show_list, [talk], [self.pane], **AT_ONCE)
        blocks.load(self.show_examples, None, [welcome], queue=False, **EVENT)
        masthead.store(self.save, [talk], [saved], queue=False, **EVENT)
        masthead.fresh(self.begin, [talk], [log, said], queue=False, **EVENT)
        log.judge(self.say, [talk], [log, said], **AT_ONCE)

    def answer(
        self, typed: str, talk: Talk, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Any, str, str]]:
        """Show a question, typed or chosen, as one that waits; then its answer, or why there is none."""
        t, data = self.t, chosen(event)
        given = data.get("question")
        question = " ".join((given if isinstance(given, str) else typed).split())
        if not question:
            hint = t("type_first")
            yield "", self.log(talk, hint), _told(hint)
            return
        who = client(request.request.scope) if request.request else ""
        with self.desk.places.taken(who) as free:
            if seconds := self.rate.count(who) if free else SOON:
                hint = t("asked_too_often", seconds)
                yield gr.skip(), self.log(talk, hint), _told(hint)
                return
            wait = t("searching") if self.desk.done() else t("loading")
            before = talk.turns()
            epoch = talk.wait(question[:MAX_QUESTION], wait)
            yield "", self.log(talk), _told(wait)
            asked = self._asked(question, before, talk, data, epoch)
        yield gr.skip(), self.log(talk), self._announced(asked)

    def _asked(
        self, question: str, before: tuple[Turn, ...], talk: Talk, data: Mapping[str, Any], epoch: int
    ) -> Answered | Notice:
        """Ask a question that waits, and put what came of it in its place."""
        shown = question[:MAX_QUESTION]
        asked: Answered | Notice
        try:
            asked = self._ask(question, before, talk, data)
        except QuothError as error:
            self.desk.metrics.refuse()
            asked = Notice(shown, self.tell(error))
        except Exception:
            self.desk.metrics.refuse()
            talk.end(epoch, Notice(shown, self.t("failed")))
            raise
        talk.end(epoch, asked)
        return asked

    def fail(self, talk: Talk) -> tuple[str, str]:
        """Show what there is after an error that is none of ours; the server's log says which."""
        return self.log(talk), _told(self.t("failed"))

    def show_article(self, talk: Talk, event: gr.EventData) -> str:
        """Show an article at the words that were chosen."""
        data = chosen(event)
        return stamped(data.get("stamp"), self._article(talk, data))

    def _article(self, talk: Talk, data: Mapping[str, Any]) -> str:
        """Return an article; which words were chosen is read from the browser, so it is checked."""
        doc_id, answer = str(data.get("doc", "")), str(data.get("answer", ""))
        asked = talk.find(answer)
        pipeline = asked.by if asked else self.desk.result()
        try:
            article = pipeline.index.article(doc_id)
        except QuothError as error:
            return source.notice_html(sentence(self.tell(error)), self.t)
        if article is None:
            return source.notice_html(self.t("article_gone"), self.t)
        cited = source.offset(data.get("start"), article), source.offset(data.get("end"), article)
        quoted = talk.citations(answer)
        shown = [c for c in quoted if (c.doc_id, c.start, c.end) == (article.doc_id, *cited)]
        if any(c.text_sha256 != article.text_sha256 for c in shown):
            return source.notice_html(self.t("article_changed", title=article.title), self.t)
        at = None if data.get("at") is None else source.offset(data["at"], article)
        talk.opened = doc_id
        return source.article_html(article, cited, quoted, at, answer, t=self.t)

    def show_list(self, talk: Talk, event: gr.EventData) -> str:
        """Show the list of articles, as soon as they are loaded."""
        return stamped(chosen(event).get("stamp"), self._list(talk))

    def _list(self, talk: Talk) -> str:
        talk.opened = ""
        try:
            return source.list_html(self.desk.result().index.entries(), self.t)
        except QuothError as error:
            return source.notice_html(sentence(self.tell(error)), self.t)

    def refresh(self, talk: Talk) -> Any:
        """Show the list anew after the articles were changed, unless the visitor reads one of them."""
        try:
            if talk.opened and self.desk.result().index.article(talk.opened):
                return gr.skip()
        except QuothError:
            return gr.skip()
        return self._list(talk)

    def show_examples(self) -> str:
        """Show examples of questions, as soon as they are known."""
        try:
            return self._welcome_html(self.desk.examples())
        except QuothError:  # the list of articles says what is wrong
            return self._welcome_html(())

    def begin(self, talk: Talk) -> tuple[str, str]:
        """Begin a new conversation."""
        talk.begin()
        return self.log(talk), ""

    def save(self, talk: Talk, event: gr.EventData) -> str:
        """Return the conversation as a file that the browser saves, in the form that was chosen."""
        form = str(chosen(event).get("form"))
        answers = [turn.answer for turn in talk.turns()]
        if form not in conversation.FORMS or not answers:
            return ""
        words = safe(conversation.written(answers, form))
        return (
            f'<pre data-file="conversation.{form}" data-type="{conversation.FORMS[form]}" '
            f'data-made="{token()}">{words}</pre>'
        )

    def say(self, talk: Talk, event: gr.EventData) -> tuple[str, str]:
        """Keep what the visitor says of an answer."""
        data = chosen(event)
        asked = talk.find(str(data.get("answer", "")))
        if self.judge is None or asked is None:
            return self.log(talk), ""
        try:
            row = self.judge.judged(asked, data)
        except QuothError as error:
            return self.log(talk, sentence(self.tell(error))), _told(sentence(self.tell(error)))
        talk.say(asked.answer.id, row)
        return self.log(talk), _told(self.t("kept") if row else self.t("taken_back"))

    def log(self, talk: Talk, hint: str = "") -> str:
        """Return the conversation as HTML, with the questions that wait for their answers."""
        stamp = talk.stamp()  # before anything is read, so that what has a later one is never older
        parts = [_turn_html(asked.question, self._reply_html(asked, talk)) for asked in talk.asked]
        parts += [_turn_html(question, f'<p class="wait">{safe(words)}</p>') for question, words in talk.waiting]
        if hint:
            parts.append(f'<p class="hint">{safe(hint)}</p>')
        return stamped(stamp, "".join(parts))

    def _ask(self, question: str, before: tuple[Turn, ...], talk: Talk, data: Mapping[str, Any]) -> Answered:
        began = time.perf_counter()
        clean(question)  # before anyone waits for the model
        pipeline = self.desk.result()
        generation = pipeline.index.store.generation
        again = talk.find(str(data.get("answer", ""))) if "without" in data else None
        if again is None:
            answer = pipeline.ask(question, before, everywhere=data.get("everywhere") is True)
        else:
            limits, before = _without(again, data["without"], data.get("value"))
            answer = pipeline.ask(again.answer.question, before, limits, everywhere=True)
        self.desk.metrics.answer(answer, time.perf_counter() - began)
        return Answered(question, answer, before, pipeline, generation)

    def _announced(self, asked: Answered | Notice) -> str:
        """Return what a screen reader says of an answer: how many quotations there are, and the first."""
        if isinstance(asked, Notice):
            return _told(sentence(asked.message))
        answer = asked.answer
        if not answer.citations:
            return _told(self.t("declined") if answer.kind == "declined" else answer.message)
        return _told(self.t("announced", len(answer.citations), words=answer.citations[0].quote))

    def _masthead_html(self, title: str) -> str:
        t = self.t
        forms = {"html": t("save_html"), "md": t("save_md"), "json": t("save_json")}
        items = "".join(
            f'<button type="button" data-store="{form}">{safe(name)}</button>' for form, name in forms.items()
        )
        button = f'<form method="post" action="logout"><button>{safe(t("log_out"))}</button></form>'
        leave = button if self.views == "admin" else ""
        return (
            f"<header><h1>{safe(title)}</h1><nav>{menu_html('', t('save'), items, 'menu save')}"
            f'<button type="button" data-fresh aria-label="{safe(t("new_conversation"))}">{safe(t("new"))}</button>'
            f'<button type="button" class="to-articles" data-shelf>{safe(t("articles_button"))}</button>'
            f"{leave}</nav></header>"
        )

    def _welcome_html(self, examples: Any) -> str:
        t = self.t
        items = "".join(
            f'<li><button type="button" data-ask="{safe(q)}" dir="auto">{safe(q)}</button></li>' for q in examples
        )
        listed = f'<p class="aside">{safe(t("for_example"))}</p><ul class="choices">{items}</ul>' if items else ""
        return f'<div class="welcome"><h2>{safe(t("welcome"))}</h2><p>{safe(t("welcome_more"))}</p>{listed}</div>'

    def _reply_html(self, asked: Answered | Notice, talk: Talk) -> str:
        if isinstance(asked, Notice):
            return f'<p class="notice">{safe(sentence(asked.message))}</p>'
        answer = asked.answer
        parts = [to_html(answer, self.t)]
        if answer.searched_for.named:
            question = safe(answer.question)
            lift = f'<button type="button" data-ask="{question}" data-everywhere>{safe(self.t("everywhere"))}</button>'
            parts.append(f'<p class="lift">{lift}</p>')
        if self.judge is not None and answer.kind in ("answer", "declined"):
            parts.append(self.judge.html(answer, talk.rows.get(answer.id)))
        return "".join(parts)


def _without(again: Answered, what: Any, value: Any) -> tuple[Filter, tuple[Turn, ...]]:
    """Return the limits and the turns of a question that is asked again without one of them.

    What is left of the limits is given as such, so those that the question names are not found in it again.
    """
    searched = again.answer.searched_for
    limits = Filter(tuple(s for s in searched.sources if (what, value) != ("source", s)))
    if what != "days":
        limits = Filter(limits.sources, searched.since, searched.until)
    return limits, again.before if searched.carried and what != "carried" else ()


def _turn_html(question: str, reply: str) -> str:
    return f'<section class="turn"><h2 class="question" dir="auto">{safe(question)}</h2>{reply}</section>'


def _told(words: str) -> str:
    """Return words for a screen reader, which says them again although they are those it said last."""
    return f'<span data-told="{token()}">{safe(words)}</span>'
