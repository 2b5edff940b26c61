"""An index -> questions about its own articles, without any language model, so that anyone can measure on their own.

A sentence gives up a name, a number or a date and becomes the question that asks for it (``wording.py``). What passes
the filters stands alone, is answered by one article only, and is not given away by single words. Some questions are
made unanswerable: another name or year of the same kind stands in the place of theirs.
"""

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path

from index.errors import CollectionError
from index.index import Index, Progress
from index.sentences import split
from index.stores.base import Entry, Found, Scored
from index.terms import analyse, fold
from index.types import Filter
from qa.evaluation import names
from qa.evaluation.clauses import CAPITAL, MONTH, NAME
from qa.evaluation.wording import drafts

MOST = 10_000
PER_ARTICLE = 5
UNANSWERABLE = 0.2
"""Share of the questions that no article answers."""

_ASKING = frozenset(analyse("many much year percentage since"))  # say what is asked, not about what
_HOLDS = 0.6  # of a question's idf, in a sentence that answers it as well
_MEETS = 0.5  # of the rest's idf, in a passage that may answer a question with another name
_AHEAD = 1.2  # times the score of the next passage: ahead by a clear margin
_ALIKE = 0.6  # Jaccard similarity of two questions' terms
_DEEP = 30  # passages looked at
_TRIES = 20  # names put in place of another
_SPEECH = "said|says|told|tells|added|argued|argues|believes|thinks|announced|explained|insisted|wrote|claimed|warned"
_SPEAKER = re.compile(rf"\b({NAME})(?:, [^,.]{{3,60}},)? (?:also |later |has |had )?(?:{_SPEECH})\b")
_PERSON = re.compile(rf"\b{CAPITAL}(?: {CAPITAL})+")
_NAMED = re.compile(rf"(?<=\s)(?:the )?{NAME}")
_BARE = re.compile(r"(?:(?:an?|the|its|their|his|her) )?[^\W\d_A-Z]+(?:-[^\W\d_A-Z]+)*")
_MONTHS = re.compile(rf"{MONTH}(?: \d+)?")
_YEARS = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer, the span at ``start`` of an article, and the sentence that it was made of.

    An unanswerable one has neither; its ``doc_id`` is None.
    """

    text: str
    kind: str
    answer: str = ""
    doc_id: str | None = None
    start: int = 0
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The questions of an index's ``articles``, made of so many fit sentences.

    ``dropped`` counts by reason the questions that were left out.
    """

    questions: tuple[Question, ...]
    articles: int
    sentences: int
    dropped: Mapping[str, int]


class Words:
    """What the articles' own use of words tells: which are names, whose they are, and which names can speak."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._seen: Counter[str] = Counter()
        self._speakers: set[str] = set()
        self._people: set[str] = set()
        for text in texts:
            self._seen.update(re.findall(r"(?<=[\w,] )[^\W\d_]+", text))
            self._speakers |= {found[1].removeprefix("The ") for found in _SPEAKER.finditer(text)}
            found = [match.group() for match in _PERSON.finditer(text)]
            people = {*found, *(name.split(" ", 1)[1] for name in found)}  # "Then Anna Berg"
            self._people |= {part for x in people if names.is_person(x) for part in (x, x.split()[-1])}
        # "But Amazon says"
        self._speakers |= {x.split(" ", 1)[-1] for x in self._speakers if self.is_name(x.split()[0]) is False}

    def is_name(self, word: str) -> bool | None:
        """Tell whether a word is a name when it is capitalized; None where it is as often one as not."""
        word = re.split(r"['’.-]", word)[0]
        capital, lower = self._seen[word], self._seen[word.lower()]
        return None if capital == lower else capital > lower

    def is_person(self, name: str) -> bool:
        """Tell whether a name, or the last word of one, is a person's."""
        return name in self._people

    def speaks(self, name: str) -> bool:
        """Tell whether somebody of this name says something."""
        return name in self._speakers


def write(index: Index, n: int, *, seed: int = 0, progress: Progress | None = None) -> Written:
    """Write up to ``n`` questions, the same for the same index and seed.

    A fifth of them is unanswerable; the answerable ones are spread over sources, articles and kinds, at most five an
    article. ``progress`` is called with "articles" and "questions". Raises CollectionError where ``n`` is out of range,
    and where the index gives no question at all.
    """
    if not 1 <= n <= MOST:
        raise CollectionError(f"the number of questions must be 1 to {MOST:,}; it is {n}")
    entries = index.entries()
    if not entries:
        raise CollectionError("the index holds no article; add some with `quoth add`")
    english = [entry for entry in entries if (entry.language or "en")[:2].lower() == "en"]
    if not english:
        found = ", ".join(sorted({entry.language or "" for entry in entries}))
        raise CollectionError(f"no article is in English, only in {found}; questions can only be written in English")
    writer = _Writer(index, english, random.Random(seed), progress or (lambda stage, count: None))
    wanted = max(n - round(n * UNANSWERABLE), 1)
    answerable = writer.answerable(wanted)
    share = n - wanted if len(answerable) == wanted else round(len(answerable) * UNANSWERABLE / (1 - UNANSWERABLE))
    unanswerable = writer.unanswerable(answerable, share)
    if not answerable:
        dropped = ", ".join(f"{count} {reason}" for reason, count in writer.dropped.items()) or "no sentence fits"
        raise CollectionError(f"no question can be written from the {len(english):,} articles: {dropped}; add more")
    questions = [*answerable, *unanswerable]
    writer.random.shuffle(questions)
    return Written(tuple(questions), len(english), writer.sentences, dict(writer.dropped))


def save(questions: Sequence[Question], folder: Path) -> None:
    """Write questions as a collection in BEIR's layout, without ``corpus.jsonl``; see ``check_folder``."""
    check_folder(folder)
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    queries, evidence, qrels = [], [], ["query-id\tcorpus-id\tscore"]
    for number, question in enumerate(questions, 1):
        query_id = f"q{number:0{len(str(len(questions)))}}"
        row = {"_id": query_id, "text": question.text, "type": question.kind}
        if question.doc_id is None:
            queries.append({**row, "answerable": False})
            continue
        queries.append({**row, "answerable": True, "answers": [question.answer]})
        quoted = {"query_id": query_id, "doc_id": question.doc_id, "quote": question.answer, "start": question.start}
        evidence.append(quoted)
        qrels.append(f"{query_id}\t{question.doc_id}\t1")
    for name, rows in (("queries", queries), ("evidence", evidence)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")


def check_folder(folder: Path) -> None:
    """Raise CollectionError unless ``folder`` is empty or not there yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "is not empty" if folder.is_dir() else "is a file"
        raise CollectionError(f"{folder}: {what}; name a folder that is new or empty, nothing is overwritten")


@dataclass(slots=True)
class _Writer:
    """Writes questions from one index and counts what it leaves out."""

    index: Index
    entries: Sequence[Entry]
    random: random.Random
    report: Progress
    dropped: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    words: Words = field(init=False)
    _asked: list[frozenset[str]] = field(default_factory=list)
    _names: dict[str, dict[str, None]] = field(default_factory=dict)
    _held: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words = Words(self._text(entry.doc_id) for entry in self.entries)

    def answerable(self, n: int) -> list[Question]:
        """Return up to ``n`` questions: one of every article, then another of every article, and so on."""
        chosen: list[Question] = []
        kinds: Counter[str] = Counter()
        waiting: dict[str, list[Question]] = {}
        order = self._spread()
        for turn in range(PER_ARTICLE):
            for entry in order:
                if len(chosen) == n:
                    return chosen
                if turn == 0:
                    waiting[entry.doc_id] = self._candidates(entry.doc_id)
                if question := self._next(waiting[entry.doc_id], kinds):
                    chosen.append(question)
                    kinds[question.kind] += 1
                    self.report("questions", 1)
        return chosen

    def unanswerable(self, answerable: Sequence[Question], n: int) -> list[Question]:
        """Return up to ``n`` of the questions with another name or year, so that no passage may answer them."""
        made: list[Question] = []
        for question in self.random.sample(answerable, len(answerable)):
            if len(made) < n and (text := self._swapped(question)):
                made.append(Question(text, question.kind))
                self._asked.append(frozenset(_topic(text)))
                self.report("questions", 1)
        return made

    def _text(self, doc_id: str) -> str:
        article = self.index.article(doc_id)
        return article.text if article else ""

    def _spread(self) -> list[Entry]:
        """Return the articles in random order, one source after the other."""
        sources: dict[str | None, list[Entry]] = {}
        for entry in self.random.sample(self.entries, len(self.entries)):
            sources.setdefault(entry.source, []).append(entry)
        return [entry for row in zip_longest(*sources.values()) for entry in row if entry]

    def _candidates(self, doc_id: str) -> list[Question]:
        """Return every question that an article's sentences give, in random order."""
        text = self._text(doc_id)
        self.report("articles", 1)
        found: list[Question] = []
        for span in split(doc_id, text, "en"):
            sentence = text[span.start : span.end]
            for draft in drafts(sentence, self.words):
                answer = sentence[draft.start : draft.end]
                found.append(Question(draft.text, draft.kind, answer, doc_id, span.start + draft.start, sentence))
                for name in chain(_NAMED.findall(draft.text), _YEARS.findall(sentence)):
                    self._names.setdefault(self._kind(name), {})[name] = None
        self.sentences += len({question.sentence for question in found})
        return self.random.sample(found, len(found))

    def _next(self, candidates: list[Question], kinds: Counter[str]) -> Question | None:
        """Take the first good question of the rarest kind out of the list, with the others of its sentence."""
        candidates.sort(key=lambda question: kinds[question.kind])
        while candidates:
            question = candidates.pop(0)
            if reason := self._reason(question):
                self.dropped[reason] += 1
                continue
            candidates[:] = [other for other in candidates if other.sentence != question.sentence]
            self._asked.append(frozenset(_topic(question.text)))
            return question
        return None

    def _reason(self, question: Question) -> str:
        """Say why a question is left out, "" where it is good."""
        topic = _topic(question.text)
        if not set(analyse(question.answer)).isdisjoint(set(topic) - {*analyse(names.kind(question.answer))}):
            return "name their answer"
        if question.kind == "what" and _BARE.fullmatch(question.answer):
            return "are answered by a bare noun"
        if not self._stands_alone(question.text, topic):
            return "lean on their article"
        if any(len(asked.intersection(topic)) > _ALIKE * len(asked.union(topic)) for asked in self._asked):
            return "repeat another"
        if self._answered_elsewhere(question, topic):
            return "are answered by another article"
        if self._given_away(question, topic):
            return "are found by a single word"
        return ""

    def _stands_alone(self, text: str, topic: Sequence[str]) -> bool:
        """Tell whether a question can be understood without its article.

        It holds three content words, with a name of two of them, four with a name of one, or four rare ones.
        """
        named = [name for name in _NAMED.findall(text) if not _MONTHS.fullmatch(name)]
        if len(topic) < (3 if any(" " in name.removeprefix("the ") for name in named) else 4):
            return False
        passages, frequencies = self.index.frequencies(topic)
        rare = sum(0 < count <= max(2, passages // 100) for count in frequencies)
        return rare > 3 or bool(named)

    def _answered_elsewhere(self, question: Question, topic: Sequence[str]) -> bool:
        """Tell whether a sentence of another article holds the answer and most of what is asked."""
        weights = self._weights(topic)
        answer = re.compile(rf"(?<!\w){re.escape(fold(question.answer))}(?!\w)")
        for found in self._found([*topic, *analyse(question.answer)], _DEEP):
            if found.passage.doc_id == question.doc_id:
                continue
            for sentence in found.passage.sentences:
                text = found.text[sentence.start - found.passage.start : sentence.end - found.passage.start]
                if answer.search(fold(text)) and _share(weights, f"{found.title} {text}") >= _HOLDS:
                    return True
        return False

    def _given_away(self, question: Question, topic: Sequence[str]) -> bool:
        """Tell whether half of a question's words find the passage, each of them alone and by a clear margin."""
        return 2 * sum(self._finds(term, question) for term in topic) >= len(topic)

    def _finds(self, term: str, question: Question) -> bool:
        best = self._lexical([term], 2)
        if not best or (len(best) > 1 and best[0].score < _AHEAD * best[1].score):
            return False
        (passage,) = (found.passage for found in self.index.store.found([best[0].row]))
        return passage.doc_id == question.doc_id and passage.start <= question.start < passage.end

    def _swapped(self, question: Question) -> str:
        """Return a question with another name or year in place of one of its own, "" where none will do."""
        own = dict.fromkeys(_NAMED.findall(question.text))
        years = dict.fromkeys(_YEARS.findall(question.text))  # the last resort: the event is in the articles
        for old in [*self.random.sample([*own], len(own)), *years]:
            if not self._kind(old) or f" and {old}" in question.text or f"{old} and " in question.text:
                continue
            pool = [name for name in self._names.get(self._kind(old), {}) if name not in question.sentence]
            for new in self.random.sample(pool, min(len(pool), _TRIES)):
                text = re.sub(rf"(?<!\w){re.escape(old)}(?![\w$])", new, question.text)
                if text != question.text and not self._may_be_answered(text, new):
                    del self._names[self._kind(new)][new]  # each is used once
                    return text
        return ""

    def _may_be_answered(self, text: str, new: str) -> bool:
        """Tell whether a passage of an article that holds the new name holds half of the rest too."""
        topic = _topic(text)
        added = set(analyse(new))
        rest = self._weights([term for term in topic if term not in added])
        if not any(rest.values()):
            return True
        return any(
            added <= self._terms(found.passage.doc_id) and _share(rest, f"{found.title} {found.text}") >= _MEETS
            for found in self._found(topic, _DEEP)
        )

    def _terms(self, doc_id: str) -> frozenset[str]:
        if doc_id not in self._held:
            self._held[doc_id] = frozenset(analyse(self._text(doc_id)))
        return self._held[doc_id]

    def _kind(self, name: str) -> str:
        """Return what a name may be replaced by: names of the same kind; "" where nobody knows."""
        if _YEARS.fullmatch(name):
            return "year"
        bare = name.removeprefix("the ")
        if name in names.WITH_ARTICLE:
            return ""  # its "the" stands elsewhere
        known = names.kind(bare)
        if known in ("", "group", "person"):
            mixed = re.fullmatch(r"[A-Z]\w*[a-z]\w*[A-Z]\w*", bare)  # OpenAI, DeepMind
            people = self.words.is_person(bare)
            known = ("person" if " " in bare else "surname") if people else "mixed" if mixed else ""
        return f"the {known}" if known and bare != name else known

    def _weights(self, terms: Sequence[str]) -> dict[str, float]:
        """Return the idf of every term that the articles hold."""
        passages, frequencies = self.index.frequencies(terms)
        return {t: math.log(1 + passages / count) for t, count in zip(terms, frequencies, strict=True) if count}

    def _lexical(self, terms: Sequence[str], k: int) -> list[Scored]:
        return self.index.store.lexical(terms, k, Filter())

    def _found(self, terms: Sequence[str], k: int) -> list[Found]:
        return self.index.store.found([scored.row for scored in self._lexical(terms, k)])


def _topic(text: str) -> list[str]:
    """Return the distinct terms of a question without those that say what is asked for."""
    return [term for term in dict.fromkeys(analyse(text)) if term not in _ASKING]


def _share(weights: Mapping[str, float], text: str) -> float:
    """Return the share of the weights whose terms are in the text."""
    terms = set(analyse(text))
    return sum(weight for term, weight in weights.items() if term in terms) / max(sum(weights.values()), 1e-9)
