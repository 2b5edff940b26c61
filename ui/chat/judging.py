"""What stands beneath an answer for its reader's verdict, and the keeping of what is said there."""

from collections.abc import Mapping
from typing import Any

from qa.feedback import VERDICTS, Feedback, Row, Span, expected
from qa.types import Answer
from ui.chat.base import Desk
from ui.chat.talk import Answered
from ui.html import safe
from ui.render import closest, excerpt
from ui.texts import Texts

_OF_ANSWERS = ("wrong", "incomplete", "should_have_declined", "outdated")
_MISSED = "should_have_answered"  # the one thing that can be wrong about declining
_WORDS = 50  # characters of a passage, to tell it from the others
_THUMB = (
    '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false"><path fill="none" '
    'stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" d="M6.5 9 9.7 2.6c1.3 0 2 .8 2 2.100L11.200 7.700'
    'h4.600a1.600 1.600 0 0 1 1.600 1.900l-1.200 6a1.900 1.900 0 0 1-1.900 1.500H6.500zM6.500 9H3v8.100h3.500z"/></svg>'
)


class Judge:
    """Keeps what readers say of answers, each beside the articles that answered, and shows it."""

    def __init__(self, desk: Desk, t: Texts) -> None:
        self.desk = desk
        self.t = t

    def judged(self, asked: Answered, data: Mapping[str, Any]) -> Row | None:
        """Do what was clicked and return what is now said of the answer; raises FeedbackError where it is not kept.

        What the browser sends is the state that is wished for, so that a click that comes twice changes nothing.
        """
        path = self.desk.feedback(asked.by)
        if path is None:
            return None
        feedback, answer, wished = Feedback(path), asked.answer, data.get("on") is True
        row = feedback.get(answer.id)
        if data.get("verdict") in VERDICTS:
            self._thumb(feedback, asked, row, str(data["verdict"]), wished)
        elif row is not None and "reason" in data:
            reason = str(data["reason"])
            reasons = [*(r for r in row.reasons if r != reason), *([reason] if wished else [])]
            asked.record(feedback, row.verdict, reasons)
        elif row is not None and not wished and ("gold" in data or "use" in data):
            feedback.unuse(answer.id)
        elif row is not None and "gold" in data:
            feedback.use(answer.id, _passage(answer, data["gold"]))
        elif row is not None and "use" in data:
            feedback.use(answer.id)
        return feedback.get(answer.id)

    def html(self, answer: Answer, row: Row | None) -> str:
        """Return the thumbs, and once one is chosen what can be said besides."""
        t = self.t
        verdict = row.verdict if row else None
        thumbs = "".join(
            _button(f'data-verdict="{v}"', _THUMB, verdict == v, f"thumb {v}", t(v)) for v in ("up", "down")
        )
        parts = [f'<span class="thumbs">{thumbs}</span>']
        if row is not None:
            parts.append(self._more(answer, row))
        return (
            f'<div class="judge" role="group" aria-label="{safe(t("verdict"))}" data-answer="{safe(answer.id)}">'
            f"{''.join(parts)}</div>"
        )

    def _more(self, answer: Answer, row: Row) -> str:
        t, parts = self.t, []
        if row.verdict == "down" and answer.answered:
            tags = "".join(_button(f'data-reason="{r}"', safe(t(r)), r in row.reasons, "tag") for r in _OF_ANSWERS)
            parts.append(f'<span class="tags">{tags}</span>')
        elif row.verdict == "down" and (hits := closest(answer)):
            spans = [(hit.passage.doc_id, hit.passage.start, hit.passage.end) for hit in hits]
            tags = "".join(
                _button(f'data-gold="{n}"', f"<bdi>{safe(excerpt(hit.text, _WORDS))}</bdi>", row.gold == span, "tag")
                for n, (hit, span) in enumerate(zip(hits, spans, strict=True))
            )
            parts.append(f'<span class="tags">{safe(t("which_answers"))} {tags}</span>')
        if expected(row) is not None:
            parts.append(_button("data-use", safe(t("in_use" if row.use else "use")), row.use, "tag"))
        parts.append(f'<span class="kept">{safe(t("kept"))}</span>')
        return "".join(parts)

    def _thumb(self, feedback: Feedback, asked: Answered, row: Row | None, verdict: str, wished: bool) -> None:
        if not wished:
            feedback.forget(asked.answer.id)
        elif row is None or row.verdict != verdict:
            missed = verdict == "down" and not asked.answer.answered
            asked.record(feedback, verdict, (_MISSED,) if missed else ())


def _passage(answer: Answer, number: object) -> Span | None:
    """Return one of the closest passages by its number, which a browser gave."""
    hits = closest(answer)
    if not isinstance(number, int) or not 0 <= number < len(hits):
        return None
    passage = hits[number].passage
    return passage.doc_id, passage.start, passage.end


def _button(data: str, words: str, pressed: bool, kind: str, label: str = "") -> str:
    named = f' aria-label="{safe(label)}" title="{safe(label)}"' if label else ""
    return (
        f'<button type="button" class="{kind}" {data} aria-pressed="{"true" if pressed else "false"}"{named}>'
        f"{words}</button>"
    )
