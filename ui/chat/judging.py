"""What stands beneath an answer for its reader's verdict, and the keeping of what is said there."""

from collections.abc import Mapping, Sequence
from typing import Any

from qa.feedback import Feedback, Row, expected
from qa.pipeline import Pipeline
from qa.types import Answer
from ui.chat.base import Answerer
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
    """Keeps what readers say of answers in its own file, and shows it."""

    def __init__(self, feedback: Feedback, t: Texts) -> None:
        self.feedback = feedback
        self.t = t

    def judged(
        self, answer: Answer, row: Row | None, earlier: Sequence[str], data: Mapping[str, Any], pipeline: Answerer
    ) -> Row | None:
        """Do what was clicked and return what is now said of the answer; raises FeedbackError where it is not kept."""
        if "verdict" in data:
            self._thumb(answer, row, earlier, str(data["verdict"]), pipeline)
        elif row is not None and "reason" in data:
            reason = str(data["reason"])
            left = tuple(r for r in row.reasons if r != reason)
            self._record(answer, row.verdict, left if reason in row.reasons else (*left, reason), earlier, pipeline)
        elif row is not None and "gold" in data:
            self._choose(answer, row, data["gold"])
        elif row is not None and "use" in data:
            if row.use:
                self.feedback.unuse(answer.id)
            else:
                self.feedback.use(answer.id)
        return self.feedback.get(answer.id)

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

    def announced(self, row: Row | None) -> str:
        """Return what a screen reader says after a verdict."""
        return safe(self.t("kept") if row else self.t("taken_back"))

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

    def _thumb(self, answer: Answer, row: Row | None, earlier: Sequence[str], verdict: str, pipeline: Answerer) -> None:
        if row is not None and row.verdict == verdict:
            self.feedback.forget(answer.id)
            return
        reasons = (_MISSED,) if verdict == "down" and not answer.answered else ()
        self._record(answer, verdict, reasons, earlier, pipeline)

    def _record(
        self, answer: Answer, verdict: str, reasons: Sequence[str], earlier: Sequence[str], pipeline: Answerer
    ) -> None:
        state = pipeline.index.status()
        settings = pipeline.settings if isinstance(pipeline, Pipeline) else None
        self.feedback.record(
            answer,
            verdict,
            reasons,
            earlier=earlier,
            settings=settings,
            embedder=state.embedder,
            generation=state.generation,
        )

    def _choose(self, answer: Answer, row: Row, number: object) -> None:
        hits = closest(answer)
        if not isinstance(number, int) or not 0 <= number < len(hits):
            return
        passage = hits[number].passage
        gold = (passage.doc_id, passage.start, passage.end)
        if row.gold == gold:
            self.feedback.unuse(answer.id)
        else:
            self.feedback.use(answer.id, gold)


def _button(data: str, words: str, pressed: bool, kind: str, label: str = "") -> str:
    named = f' aria-label="{safe(label)}" title="{safe(label)}"' if label else ""
    return (
        f'<button type="button" class="{kind}" {data} aria-pressed="{"true" if pressed else "false"}"{named}>'
        f"{words}</button>"
    )
