"""The whole system in order: question -> what is searched for -> hits -> sentences -> quotations -> answer.

The reader takes part twice: passages that it finds an answer in come first, and in them the sentences that hold it.
"""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from index.errors import CitationError
from index.index import Index
from index.terms import content_words
from index.types import Filter, Hit, Sentence
from qa import references, replies
from qa.citations import check, cite
from qa.confidence import Features, confidence
from qa.copies import joined, moved
from qa.leaning import leans, needs_more
from qa.load import Line, lowered
from qa.reader.base import Reader
from qa.reader.forms import asked
from qa.reader.network import load_reader
from qa.reader.quotes import choose, highlight, interleaved
from qa.reader.reading import DEPTH, FIRST, Readings, read, rerank
from qa.reader.similarity import PARTS, READ, Candidate, candidates, features, further
from qa.retriever import in_turn, retrieve
from qa.settings import Settings, load
from qa.types import Answer, Citation, Part, Question, SearchedFor, Turn
from qa.understanding import clean, understand

DECLINED = "The articles don't say."
PARTLY = "No answer was found to: {question}"
UNQUOTED = "Nothing was found to quote from: {sources}"
CLOSEST = 3  # passages offered when there is no answer
HITS = 10  # passages looked at for articles that a question may be about, or that say the same as another
SAME, SAME_WORDS = 0.65, 0.5  # cosine and share of the words from which on it says the same
AGAIN = 3  # times that a question is answered anew when the articles change meanwhile

Told = Callable[[SearchedFor | tuple[Hit, ...] | Answer], object]
"""Called with what was searched for, then with the hits, then with the answer, each as soon as it is known."""


@dataclass(frozen=True, slots=True)
class Examination:
    """An answer and how it came about: its confidence's features, and all sentences looked at, best first."""

    answer: Answer
    features: Features
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One of the questions that are asked at once, the words that it leans on, and what was found for it and read."""

    question: str
    context: str
    hits: list[Hit]
    readings: Readings


class Pipeline:
    """Answers questions from one index, in quotations.

    The reader is the one that the settings name, unless another is given; ModelError is raised when it cannot be used.
    """

    def __init__(
        self,
        index: Index,
        settings: Settings | None = None,
        reader: Reader | None = None,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.index = index
        self._today = today
        self.settings = settings or load()
        self.reader = reader or load_reader(self.settings.reader)
        self._line = Line()

    def ask(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        limits: Filter | None = None,
        *,
        everywhere: bool = False,
        told: Told | None = None,
    ) -> Answer:
        """Answer a question, the earlier turns (oldest first) and the limits on sources and dates being given.

        With ``everywhere``, sources and dates that the question names are not taken as limits. ``told`` is called on
        the way, in this thread.

        Of those who ask at once one is answered at a time, in the order in which they came; while many wait the reader
        reads fewer passages, as the answer tells. Every quotation is checked against its article before it is returned.
        Raises QuestionError for a question that cannot be asked, and CitationError if a quotation were wrong.
        """
        with self._line.turn() as people:
            for _ in range(AGAIN):
                with suppress(CitationError):  # an article was changed or removed since it was found
                    return self._examine(question, turns, limits, everywhere, lowered(DEPTH, people), told).answer
            return self._examine(question, turns, limits, everywhere, lowered(DEPTH, people), told).answer

    def turns(self, questions: Sequence[str], coming: str = "") -> tuple[Turn, ...]:
        """Return the turns of a conversation (oldest first) of which only the questions are known.

        What a later question leans on is mostly what an earlier one was searched for, which takes no search to know;
        an earlier one is answered again only where the ``coming`` one may mean something in its answer. Raises
        QuestionError.
        """
        if not questions:
            return ()
        *earlier, last = questions
        refers_back = references.refers(coming)
        turns = self.turns(earlier, last if refers_back and references.refers(last) else "")
        if coming and (refers_back or leans(coming)):
            return (*turns, Turn(clean(last), self.ask(last, turns)))
        searched_for = self._understand(last, turns, None, False)
        answer = Answer("", "notice", searched_for.text, searched_for, False, 0.0, None, (), ())
        return (*turns, Turn(searched_for.text, answer))

    def examine(
        self, question: str, turns: Sequence[Turn] = (), limits: Filter | None = None, *, everywhere: bool = False
    ) -> Examination:
        """Answer a question and return, beside the answer, what it was chosen from and its confidence computed from.

        Whoever else asks meanwhile, as many passages are read as ever: what is measured depends on the question alone.
        """
        return self._examine(question, turns, limits, everywhere, DEPTH)

    def _examine(
        self,
        question: str,
        turns: Sequence[Turn],
        limits: Filter | None,
        everywhere: bool,
        depth: int,
        told: Told | None = None,
    ) -> Examination:
        tell = told or (lambda known: None)
        text = clean(question)
        if reply := self._reply(text, turns, limits):
            for known in (reply.searched_for, (), reply):
                tell(known)
            return Examination(reply, features(()), tuple(Sentence(c.doc_id, c.start, c.end) for c in reply.citations))
        searched_for = self._understand(text, turns, limits, everywhere)
        tell(searched_for)
        found = self._found(searched_for, self.settings.hits, depth)
        hits = in_turn([each.hits for each in found])
        tell(tuple(hits))
        lists = self._sentences(searched_for, found)
        read = self.reader is not None and not searched_for.about
        weigh = partial(features, read=read, parts=searched_for.several)
        said, unsaid = self._told_apart([weigh(ranked) for ranked in lists])
        ranked, leads = interleaved([lists[i] for i in said]), {lists[i][0].sentence for i in said if lists[i]}
        if searched_for.several:
            first = self._of_parts(searched_for.parts, found[0], ranked)
            leads = {candidate.sentence for candidate in first}
            ranked = [*first, *(candidate for candidate in ranked if candidate.sentence not in leads)]
        evidence = weigh(ranked)
        sure = confidence(evidence)
        answered = bool(ranked and searched_for.terms) and sure >= self._threshold(evidence)
        chosen = choose(ranked, self.settings.quotes, leads=leads) if answered else ()
        citations = joined(chosen, self.index, searched_for)
        questions = [each.question for each in found]
        short = highlight(questions[said[0]] if unsaid else searched_for.text, ranked[0], chosen[0]) if chosen else None
        open_ = questions[unsaid[0]].rstrip(" ?") + "?" if unsaid and answered else ""
        unquoted = "" if open_ else _unquoted(searched_for, citations)
        message = PARTLY.format(question=open_) if open_ else UNQUOTED.format(sources=unquoted) if unquoted else ""
        answer = Answer(
            id=uuid.uuid4().hex,
            kind="answer" if answered else "declined",
            question=text,
            searched_for=searched_for,
            answered=answered,
            confidence=sure,
            highlight=moved(short, chosen[0], citations[0]) if chosen else None,
            citations=citations,
            hits=tuple(hits if answered else hits[:CLOSEST]),
            message=message if answered else DECLINED,
            read=max(len(each.readings) for each in found),
            notice="partly" if open_ else "unquoted" if unquoted else None,
            left_open=open_ or unquoted,
        )
        check(answer, self.index)
        tell(answer)
        everything = interleaved([lists[i] for i in [*said, *unsaid]]) if unsaid else ranked
        return Examination(answer, evidence, tuple(candidate.sentence for candidate in everything))

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
        found = self._found(self._understand(question, turns, limits, everywhere), k, DEPTH)
        return in_turn([each.hits for each in found])[:k]

    def _reply(self, text: str, turns: Sequence[Turn], limits: Filter | None) -> Answer | None:
        """Return the answer to what is no question to the articles, or only to what an earlier answer quoted."""
        last = turns[-1].answer if turns else None
        given = references.reference(text, last)
        found = references.answer_from(text, given, last, self.index, self._elsewhere) if given and last else None
        found = found or replies.reply(text, self.index, self._today(), opening=not turns)
        if found is None and not turns and not limits and needs_more(text):
            found = replies.clarify(text, retrieve(self.index, self._understand(text, (), None, False), HITS))
        if found is None:
            return None
        answer = replace(found, id=uuid.uuid4().hex)
        check(answer, self.index)
        return answer

    def _elsewhere(self, cited: Citation) -> tuple[Citation, ...]:
        """Return the sentence of another article that comes nearest to saying what a quotation says, if one does."""
        hits = [hit for hit in self.index.search(cited.quote, HITS) if hit.passage.doc_id != cited.doc_id]
        near = [c for c in candidates(self.index, cited.quote, hits) if c.cosine >= SAME and c.matched >= SAME_WORDS]
        return tuple(cite(1, c.article, c.sentence.start, c.sentence.end) for c in near[:1])

    def _found(self, searched_for: SearchedFor, k: int, depth: int) -> list[_Found]:
        """Return the best passages for each question that is asked, and what the reader makes of the first.

        Two that are asked at once are searched for by themselves. ``depth`` passages are read in all, but at least one
        for each question.
        """
        questions = _questions(searched_for)
        each = max(1, depth // len(questions))
        found = []
        for text, context in questions:
            own = replace(searched_for, text=text, carried=tuple(context.split()), parts=(), about="")
            hits = retrieve(self.index, own if len(questions) > 1 else searched_for, k)
            # What is likely meant says in a sentence what the words that were carried say without one.
            whole = text if searched_for.likely else f"{text} {context}".strip()
            # What is said of one part is not all that was asked for.
            # Nothing answers a topic, and whatever speaks of it will do.
            reader = None if searched_for.about else self.reader
            readings = read(reader, whole, hits, each, first=each if searched_for.several else FIRST)
            # What was found for one part in another's article may answer it none the less: they keep their turns.
            ranked = hits if searched_for.several else rerank(whole, hits, readings)
            found.append(_Found(text, context, ranked, readings))
        return found

    def _sentences(self, searched_for: SearchedFor, found: Sequence[_Found]) -> list[list[Candidate]]:
        """Return the sentences of the hits, best first, for each question that is asked."""
        weights = PARTS if searched_for.several else READ
        of = partial(candidates, self.index, weights=weights, topic=bool(searched_for.about))
        lists = [of(each.question, each.hits, each.context, each.readings) for each in found]
        return [further(ranked, searched_for.near) for ranked in lists] if searched_for.near else lists

    def _of_parts(self, parts: Sequence[Part], found: _Found, ranked: Sequence[Candidate]) -> list[Candidate]:
        """Return, of the ranked sentences, the first and then the best for each part of a question, in its limits.

        What would not be taken for an answer to the whole by itself, however lax one is, is left out.
        """
        known = {candidate.sentence: candidate for candidate in ranked}
        leads = {candidate.sentence: candidate for candidate in ranked[:1]}
        of = partial(candidates, self.index, hits=found.hits, readings=found.readings, weights=PARTS)
        lists = {text: of(text) for text in {part.text for part in parts}}  # sources in a list share theirs
        for part in parts:
            own = (c for c in lists[part.text] if part.filter.admits(c.article.source, c.article.published))
            best = next((known.get(candidate.sentence) for candidate in own), None)
            if best and confidence(evidence := features([best], parts=True)) >= evidence.fitted.thresholds["low"]:
                leads.setdefault(best.sentence, best)
        return [*leads.values()]

    def _told_apart(self, evidence: Sequence[Features]) -> tuple[list[int], list[int]]:
        """Return which of the questions that are asked at once the articles answer, and which they don't.

        ``evidence`` is that for each. Where they answer none, all count as answered.
        """
        said = [i for i, each in enumerate(evidence) if confidence(each) >= self._threshold(each)]
        said = said or [*range(len(evidence))]
        return said, [i for i in range(len(evidence)) if i not in said]

    def _threshold(self, evidence: Features) -> float:
        given = self.settings.threshold
        return evidence.fitted.thresholds[self.settings.strictness] if given is None else given

    def _understand(self, question: str, turns: Sequence[Turn], limits: Filter | None, everywhere: bool) -> SearchedFor:
        asked = Question(question, turns, limits or Filter(), everywhere)
        return understand(asked, self.index.facets(), self._today(), self.index.says, self.index.spelled)


def _unquoted(searched_for: SearchedFor, citations: Sequence[Citation]) -> str:
    """Return the sources, of those that a question names, of which an answer quotes nothing; "" where there is none."""
    quoted = {each.source for citation in citations for each in (citation, *citation.also)}
    return ", ".join(source for source in searched_for.named.sources if citations and source not in quoted)


def _questions(searched_for: SearchedFor) -> list[tuple[str, str]]:
    """Return the questions that are asked at once, each with the words that it leans on: those carried over, and where
    it refers to the question before it that one's."""
    carried = " ".join(searched_for.carried)
    whole = searched_for.about or searched_for.likely or searched_for.asks
    questions = (whole,) if searched_for.several else asked(whole)
    before = ("", *questions[:-1])
    meant = [" ".join(content_words(last)) if leans(text) else "" for text, last in zip(questions, before, strict=True)]
    return [(text, f"{carried} {words}".strip()) for text, words in zip(questions, meant, strict=True)]
