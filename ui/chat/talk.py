"""What one visitor has asked, in the visitor's session: whatever happens there changes the same conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from qa.feedback import Feedback, Row
from qa.pipeline import Pipeline
from qa.types import Answer, Citation, Turn
from ui.chat.base import Answerer

TURNS = 50  # questions and answers that a page keeps


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and its answer.

    ``before`` are the turns that it could lean on; ``by`` is the pipeline that answered, when its index had the
    ``generation``.
    """

    question: str
    answer: Answer
    before: tuple[Turn, ...]
    by: Answerer
    generation: int

    def record(self, feedback: Feedback, verdict: str, reasons: Sequence[str] = (), comment: str = "") -> None:
        """Keep what is said of the answer, with what made it; raises FeedbackError where it cannot be kept."""
        feedback.record(
            self.answer,
            verdict,
            reasons,
            earlier=[turn.question for turn in self.before],
            settings=self.by.settings if isinstance(self.by, Pipeline) else None,
            comment=comment,
            embedder=self.by.index.status().embedder,
            generation=self.generation,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """A question that got no answer, and the sentence that says why."""

    question: str
    message: str


class Talk:
    """A conversation: what was asked, which questions wait, what was said of answers, and which article is open.

    A visitor may do several things at once: ask while an answer is on its way, judge another, begin anew. So each of
    them changes this one object, and what comes too late for the conversation that it belongs to is dropped.
    """

    def __init__(self) -> None:
        self.asked: tuple[Answered | Notice, ...] = ()
        self.waiting: tuple[tuple[str, str], ...] = ()
        self.rows: dict[str, Row] = {}
        self.opened = ""
        self._lock = Lock()
        self._epoch = 0
        self._stamp = 0

    def __deepcopy__(self, memo: object) -> "Talk":
        """Begin a conversation for another visitor; Gradio copies what a page starts with."""
        return Talk()

    def stamp(self) -> int:
        """Return a number above all earlier ones, to tell what is shown from what was shown before."""
        with self._lock:
            self._stamp += 1
            return self._stamp

    def wait(self, question: str, words: str) -> int:
        """Show a question as one that waits, and return what its answer must be ended with."""
        with self._lock:
            self.waiting = (*self.waiting, (question, words))
            return self._epoch

    def end(self, epoch: int, asked: Answered | Notice) -> None:
        """Put what came of a question in the place where it waited, unless the visitor has begun anew since."""
        with self._lock:
            if epoch != self._epoch:
                return
            left = list(self.waiting)
            place = next((i for i, (question, _) in enumerate(left) if question == asked.question), None)
            if place is not None:
                del left[place]
            self.waiting = tuple(left)
            self.asked = (*self.asked, asked)[-TURNS:]

    def begin(self) -> None:
        """Forget everything."""
        with self._lock:
            self._epoch += 1
            self.asked, self.waiting, self.rows = (), (), {}

    def say(self, answer_id: str, row: Row | None) -> None:
        """Take up what is now said of an answer."""
        with self._lock:
            others = {key: value for key, value in self.rows.items() if key != answer_id}
            self.rows = {**others, answer_id: row} if row else others

    def turns(self) -> tuple[Turn, ...]:
        """Return the questions that were answered, oldest first."""
        return tuple(Turn(one.question, one.answer) for one in self.asked if isinstance(one, Answered))

    def find(self, answer_id: str) -> Answered | None:
        """Return the question that an answer was given to."""
        return next((x for x in self.asked if isinstance(x, Answered) and x.answer.id == answer_id), None)

    def citations(self, answer_id: str) -> list[Citation]:
        """Return all quotations of an answer, those of other articles that say the same included."""
        found = self.find(answer_id)
        return [quoted for c in found.answer.citations for quoted in (c, *c.also)] if found else []
