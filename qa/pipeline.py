"""The whole system in order: question -> what is searched for -> hits -> sentences -> quotations -> answer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from index.index import Index
from index.types import Filter, Hit, Sentence
from qa.citations import check
from qa.confidence import THRESHOLD, Features, confidence
from qa.reader.quotes import choose
from qa.reader.similarity import candidates, features
from qa.retriever import retrieve
from qa.settings import Settings, load
from qa.types import Answer, Question, SearchedFor, Turn
from qa.understanding import understand

DECLINED = "The articles don't say."
CLOSEST = 3  # passages offered when there is no answer


@dataclass(frozen=True, slots=True)
class Examination:
    """An answer and how it came about: its confidence's features, and all sentences looked at, best first."""

    answer: Answer
    features: Features
    sentences: tuple[Sentence, ...]


class Pipeline:
    """Answers questions from one index, in quotations."""

    def __init__(self, index: Index, settings: Settings | None = None) -> None:
        self.index = index
        self.settings = settings or load()

    def ask(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Answer:
        """Answer a question, the earlier turns (oldest first) and the limits on sources and dates being given.

        With ``everywhere``, sources and dates that the question names are not taken as limits.

        Every quotation is checked against its article before it is returned. Raises QuestionError for a question
        that cannot be asked, and CitationError if a quotation were wrong.
        """
        return self.examine(question, turns, limits, everywhere=everywhere).answer

    def examine(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Examination:
        """Answer a question and return, beside the answer, what it was chosen from and its confidence computed from."""
        searched_for = self._understand(question, turns, limits, everywhere)
        hits = retrieve(self.index, searched_for, self.settings.hits)
        ranked = candidates(self.index, searched_for.text, hits, " ".join(searched_for.carried))
        evidence = features(ranked)
        sure = confidence(evidence)
        threshold = THRESHOLD if self.settings.threshold is None else self.settings.threshold
        answered = bool(ranked and searched_for.terms) and sure >= threshold
        answer = Answer(
            id=uuid.uuid4().hex,
            kind="answer" if answered else "declined",
            question=searched_for.text,
            searched_for=searched_for,
            answered=answered,
            confidence=sure,
            highlight=None,
            citations=choose(ranked, self.settings.quotes) if answered else (),
            hits=tuple(hits if answered else hits[:CLOSEST]),
            message="" if answered else DECLINED,
        )
        check(answer, self.index)
        return Examination(answer, evidence, tuple(candidate.sentence for candidate in ranked))

    def retrieve(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        limits: Filter | None = None,
        k: int = 10,
        *,
        everywhere: bool = False,
    ) -> list[Hit]:
        """Return the ``k`` best passages for a question, understood as ``ask`` understands it."""
        return retrieve(self.index, self._understand(question, turns, limits, everywhere), k)

    def _understand(self, question: str, turns: Sequence[Turn], limits: Filter | None, everywhere: bool) -> SearchedFor:
        return understand(Question(question, turns, limits or Filter(), everywhere), self.index.facets())
