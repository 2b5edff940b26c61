"""The index: articles go in, hits come out; it joins splitting, embedding, storing and searching."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import fusion
from index.embedding import DEFAULT_MODEL, Embedder, Vectors, languages_of, load_embedder, windows
from index.errors import EmbedderMismatch, IndexDamaged, IndexMissing
from index.fusion import Word
from index.languages import DEFAULT
from index.passages import PASSAGE_TOKENS, cut_sentences, make_passages
from index.spelling import LANGUAGES, is_word, may_be_misspelt, meant
from index.stores.base import Change, Entry, Facets, Record, Removed, Store
from index.stores.exact import ExactStore
from index.stores.local import LocalStore
from index.stores.local.manifest import Manifest
from index.terms import analyse, asked_in, question_words
from index.types import Article, Filter, Hit, Note, Passage, Refusal, Sentence, Summary

COMMIT_ARTICLES = 64
COMMIT_SECONDS = 5.0
CONTEXT = 0.6
COPIES = 20  # of one article that are asked for
_SLICE = 240  # passages encoded between two reports of progress

Progress = Callable[[str, int], None]
"""Called as ``progress(stage, count)`` with so many more of "articles" read, sentences "cut" from an article that is
to be added, "sentences" encoded, and articles whose "terms" were indexed. All that is cut is encoded later on.
"""


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """The number of articles in one language (None: not known), and whether the embedding model knows it."""

    code: str | None
    articles: int
    known: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and what it was made with; ``generation`` counts its committed changes.

    ``method`` says how the nearest vectors are looked for, which depends on how many there are. ``copies`` are articles
    that hold another's text, or nearly so, each text's first not counted.
    """

    folder: str
    articles: int
    sentences: int
    passages: int
    bytes: int
    embedder: str
    embedder_sha256: str
    dimension: int
    passage_tokens: int
    generation: int
    method: str
    copies: int = 0
    languages: tuple[LanguageCount, ...] = ()


class Index:
    """A collection of articles that can be searched."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder | Callable[[], Embedder],
        *,
        passage_tokens: int = PASSAGE_TOKENS,
        weights: fusion.Mixture | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self.store = store
        self._manifest = manifest
        self.passage_tokens = passage_tokens
        self.weights = weights or fusion.Mixture()
        self._given = embedder

    @classmethod
    def create(cls, folder: str | Path, embedder: Embedder | None = None, *, tokens: int = PASSAGE_TOKENS) -> "Index":
        """Make an empty index in ``folder`` and open it; the default embedder is the embedded model."""
        chosen = embedder or load_embedder()
        manifest = Manifest(chosen.name, chosen.sha256, chosen.dimension, tokens)
        return cls(LocalStore.create(Path(folder), manifest), chosen, passage_tokens=tokens, manifest=manifest)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        embedder: Embedder | None = None,
        *,
        create: bool = False,
        read_only: bool = False,
        model: str = DEFAULT_MODEL,
        tokens: int = PASSAGE_TOKENS,
    ) -> "Index":
        """Open the index in ``folder``, or with ``create`` make one where there is none.

        The embedder named in the manifest is loaded when it is first needed, unless one is given or ``model`` names
        another than the default. ``model`` and ``tokens`` are what a new index is made with. Raises IndexMissing,
        IndexDamaged, IndexVersion, and EmbedderMismatch when the embedder is not the one that the index was made with.
        """
        try:
            store = LocalStore(Path(folder), read_only=read_only)
        except IndexMissing:
            if not create:
                raise
            return cls.create(folder, embedder or load_embedder(model), tokens=tokens)
        try:
            return cls._opened(store, embedder, model)
        except BaseException:
            store.close()
            raise

    @classmethod
    def _opened(cls, store: LocalStore, embedder: Embedder | None, model: str) -> "Index":
        manifest = store.manifest

        def load() -> Embedder:
            loaded = embedder or load_embedder(manifest.embedder if model == DEFAULT_MODEL else model)
            if (loaded.sha256, loaded.dimension) != (manifest.embedder_sha256, manifest.dimension):
                raise EmbedderMismatch(
                    f"the index in {store.folder} was made with the embedder {manifest.embedder!r} (sha256 "
                    f"{manifest.embedder_sha256[:12]}), not with {loaded.name!r} (sha256 {loaded.sha256[:12]}); set "
                    f"`model` to the first, or add the articles to a new index"
                )
            return loaded

        if embedder is not None:
            load()
        opened = cls(store, load, passage_tokens=manifest.passage_tokens, manifest=manifest)
        opened._mend()
        return opened

    @classmethod
    def in_memory(cls, embedder: Embedder, **options: int) -> "Index":
        """Make an empty index that lives in memory and searches exactly."""
        return cls(ExactStore(), embedder, **options)  # type: ignore[arg-type]

    @cached_property
    def embedder(self) -> Embedder:
        """Load the embedder on first use."""
        return self._given() if callable(self._given) else self._given

    def add(self, items: Iterable[Article | Refusal], *, progress: Progress | None = None) -> Summary:
        """Add articles; each replaces the one of the same origin, and one that is unchanged costs nothing.

        An article is kept wholly or not at all; what is committed stays when this is interrupted, and the next run
        goes on from there. Refusals, the readers' and our own, are passed on in the summary.
        """
        report = progress or (lambda stage, count: None)
        with self.store.writing(lambda done, total: report("terms", 1)):
            batch = _Batch(self, report)
            for item in items:
                if isinstance(item, Refusal):
                    batch.refused.append(item)
                else:
                    batch.take(item)
                report("articles", 1)
            batch.commit()
        self._mend()
        return batch.summary()

    def remove(self, doc_ids: Sequence[str], *, now: bool = False) -> list[str]:
        """Hide articles from every search at once and return the ids that were found.

        They can be restored for ten minutes, after which the next write or opening for writing destroys them; ``now``
        does so at once.
        """
        found = [doc_id for doc_id in dict.fromkeys(doc_ids) if self.store.origin(doc_id) is not None]
        if found or now:
            self.store.remove(found, now=now)
        return found

    def restore(self, doc_ids: Sequence[str]) -> list[str]:
        """Bring back articles that were removed less than ten minutes ago, and return the ids of those brought back."""
        return self.store.restore(doc_ids)

    def removed(self) -> list[Removed]:
        """Return the articles that ``restore`` would bring back, the last removed first."""
        return self.store.removed()

    def changes(self, since: str | None = None) -> list[Change]:
        """Return the last committed writes, the latest first; ``since`` as in ``Store.changes``."""
        return self.store.changes(since)

    @property
    def writable(self) -> bool:
        """Tell whether articles can be added and removed."""
        return self.store.writable

    def article(self, doc_id: str) -> Article | None:
        """Return an article with its text, or None where the index has none of that id."""
        return self.store.article(doc_id)

    def copies(self, doc_id: str, limit: int = COPIES) -> list[str]:
        """Return the ids of other articles with nearly the same text, the earliest published first."""
        return self.store.copies(doc_id, limit)

    def entries(self) -> list[Entry]:
        """Return all articles without their texts, in order of doc_id."""
        return list(self.store.entries())

    def search(
        self, text: str, k: int = 10, limits: Filter | None = None, *, context: str = "", weight: float = CONTEXT
    ) -> list[Hit]:
        """Return the ``k`` best passages for ``text``, rank 1 first.

        ``context`` is what a question leans on, or is a part of: its terms and its vector are mixed in with a
        ``weight``.
        """
        query = fusion.Query(self._vector(text), *self._words_and_pairs(text), *self._unread_and_other(text))
        if context:
            vector = query.vector + weight * self._vector(context)
            words, pairs = dict(query.words), dict(query.pairs)
            more, more_pairs = self._words_and_pairs(context)
            for word, own in more.items():
                words[word] = words.get(word, 0.0) + weight * own
            for pair, own in more_pairs.items():
                pairs[pair] = pairs.get(pair, 0.0) + weight * own
            vector /= np.linalg.norm(vector)
            query = replace(query, vector=np.asarray(vector, np.float32), words=words, pairs=pairs)
        return fusion.search(self.store, query, k, limits or Filter(), self.weights)

    def facets(self) -> Facets:
        """Return what the articles can be told apart by: languages, sources and dates."""
        return self.store.facets()

    def words(self, text: str) -> list[Word]:
        """Return the words of a question in order, each as its stems in the collection's languages that passages hold.

        Where none is held it is the first. Were all counted, each for itself, one article in another language would
        make half of every question look unanswered.
        """
        words = question_words(text, self.store.facets().languages)
        several = list(dict.fromkeys(stem for word in words if len(word) > 1 for stem in word))
        counts = self.frequencies(several)[1] if several else []
        held = {stem for stem, count in zip(several, counts, strict=True) if count}
        return [tuple(stem for stem in word if stem in held) or word[:1] for word in words]

    def idf(self, words: Iterable[Word]) -> dict[Word, float]:
        """Return the idf of each word; see ``fusion.idf``."""
        return fusion.idf(self.store, words)

    def says(self, text: str) -> float:
        """Return how much a text says: the idf of its words, in that of a word which one passage alone holds."""
        return sum(self.idf(set(self.words(text))).values()) / fusion.rarest(self.store)

    def spelled(self, question: str) -> str:
        """Return a question in which words that are misspelt stand as the articles have them.

        A word may be misspelt where neither the articles nor the question's language have it, and the embedding model
        has it only in pieces, unless it is quoted. Of the words that may be meant, that which most passages hold is.
        """
        stems = [stem for forms in self.words(question) for stem in forms]
        if all(self.frequencies(stems)[1]):
            return question
        language, *others = asked_in(question, self.store.facets().languages) or (DEFAULT,)
        if others or language not in LANGUAGES:
            return question
        parts, end = [], 0
        for word in may_be_misspelt(question):
            if found := self._meant(word[0], language):
                parts += [question[end : word.start()], found.capitalize() if word[0][0].isupper() else found]
                end = word.end()
        return "".join([*parts, question[end:]])

    def frequencies(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """Return the number of passages, and of those that hold each term."""
        return self.store.frequencies(terms)

    def verify(self) -> list[str]:
        """Check every hash, span and derived part; return what is wrong, a line each."""
        return list(self.store.problems())

    def status(self) -> Status:
        """Return what the index holds and what it was made with; the embedder of an index on disk is not loaded."""
        folder, size, generation = self.store.place()
        made = self._manifest or Manifest(
            self.embedder.name, self.embedder.sha256, self.embedder.dimension, self.passage_tokens
        )
        return Status(
            folder,
            *self.store.counts(),
            bytes=size,
            embedder=made.embedder,
            embedder_sha256=made.embedder_sha256,
            dimension=made.dimension,
            passage_tokens=made.passage_tokens,
            generation=generation,
            method=self.store.method(),
            copies=self.store.copied(),
            languages=self._languages(made.embedder_sha256),
        )

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def cut(self, article: Article) -> tuple[Article, tuple[Sentence, ...], tuple[Passage, ...]]:
        """Cut an article into sentences and passages."""
        from index.sentences import split  # NLTK takes a second to import, and only adding needs it

        sentences = split(article.doc_id, article.text, article.language)
        pieces, counts = cut_sentences(article, sentences, self.embedder, self.passage_tokens)
        return article, tuple(pieces), make_passages(article.doc_id, pieces, counts, self.passage_tokens)

    @cached_property
    def _vector(self) -> Callable[[str], Vectors]:
        """Encode a question, remembering the last ones: what one leans on, or is part of, is asked for again."""
        return lru_cache(maxsize=64)(self.embedder.encode_question)

    def _languages(self, sha256: str) -> tuple[LanguageCount, ...]:
        """Count the articles of each language; of an embedder on disk it is known by its hash what it knows."""
        known = languages_of(sha256) if self._manifest else self.embedder.languages
        return tuple(
            LanguageCount(code, count, known is None or (code or DEFAULT) in known)
            for code, count in self.store.languages()
        )

    def _unread_and_other(self, question: str) -> tuple[frozenset[str | None], frozenset[str | None]]:
        """Return the languages of articles of which a question's vector says little, and those that are not its own."""
        known, languages = self.embedder.languages, frozenset(self.store.facets().languages)
        unread = frozenset(code for code in languages if known is not None and (code or DEFAULT) not in known)
        if known is None or not unread:
            return frozenset(), frozenset()
        asked = asked_in(question, languages)
        # Where the model does not know the question's language, its vector says as little of any article.
        return languages if known.isdisjoint(asked) else unread, languages.difference(asked, {None})

    def _words_and_pairs(self, text: str) -> tuple[dict[Word, float], dict[tuple[Word, Word], float]]:
        """Return the words of a question and the pairs of neighbours among them, each with the weight 1."""
        words = self.words(text)
        return dict.fromkeys(words, 1.0), dict.fromkeys(pairwise(words), 1.0)

    def _meant(self, word: str, language: str) -> str:
        """Return the word of the articles that a misspelt one stands for, "" where it may be right or none is near."""
        held = [stem for forms in self.words(word) for stem in forms]
        if not held or any(self.frequencies(held)[1]) or self.embedder.count_tokens([word.lower()]) == [1]:
            return ""
        if is_word(word, language):
            return ""
        near = {other: analyse(other, language) for other in meant(word, language)}
        total, counts = self.frequencies([stem for stems in near.values() for stem in stems])
        held_by = iter(counts)  # a function word, which has no stem, is in all
        known = [(is_word(o, language), next(held_by) if stems else total, o) for o, stems in near.items()]
        known = [each for each in known if each[1]]
        return max(known)[2] if known else ""

    def _mend(self) -> None:
        """Embed again the articles whose vectors were found damaged."""
        for row, article, passages in self.store.damaged():
            self.store.mend(row, _rows(self.embedder.encode_passages(windows(article, passages))))


@dataclass(slots=True)
class _Batch:
    """Articles on their way into the store, committed every 64 articles or about every five seconds."""

    index: Index
    report: Progress
    refused: list[Refusal] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    sentences: int = 0
    passages: int = 0
    notes: list[Note] = field(default_factory=list)
    _pending: list[tuple[Article, tuple[Sentence, ...], tuple[Passage, ...]]] = field(default_factory=list)
    _rate: float = 200.0  # sentences per second, measured as it goes
    _origins: dict[str, str] = field(default_factory=dict)  # of what was taken, by doc_id
    _seen: set[str] = field(default_factory=set)

    def take(self, article: Article) -> None:
        """Take up an article, unless it is unchanged or cannot be added."""
        article = replace(article, origin=article.origin or f"id:{article.doc_id}")
        known = self.index.store.named(article.origin)
        reason = self._reason(article, known[0] if known else article.doc_id)
        if reason:
            self.refused.append(Refusal(article.doc_id, reason))
            return
        self._seen.add(article.origin)
        if known is not None:
            article = replace(article, doc_id=known[0])
            if article.sha256 == known[1] and self._is_whole(article.doc_id):
                self.unchanged.append(article.doc_id)
                return
        parts = self.index.cut(article)
        if not parts[1]:
            self.refused.append(Refusal(article.doc_id, "it holds no sentence: nothing but white space"))
            return
        self.report("cut", len(parts[1]))
        self._origins[article.doc_id] = article.origin
        (self.added if known is None else self.replaced).append(article.doc_id)
        if article.note:
            self.notes.append(Note(article.doc_id, article.note))
        self._pending.append(parts)
        waiting = sum(len(sentences) for _, sentences, _ in self._pending)
        if len(self._pending) >= COMMIT_ARTICLES or waiting >= self._rate * COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Embed what is pending and write it in one transaction."""
        if not self._pending:
            return
        given = [window for article, _, passages in self._pending for window in windows(article, passages)]
        began = time.perf_counter()
        vectors: list[Vectors] = []
        for i in range(0, len(given), _SLICE):
            vectors += self.index.embedder.encode_passages(given[i : i + _SLICE])
            self.report("sentences", sum(len(window.spans) for window in given[i : i + _SLICE]))
        encoded = sum(len(window.spans) for window in given)
        self._rate = max(encoded / max(time.perf_counter() - began, 1e-9), 1.0)
        made, records = iter(vectors), []
        for article, sentences, passages in self._pending:
            records.append(Record(article, sentences, passages, _rows(list(islice(made, len(passages))))))
            self.sentences += len(sentences)
            self.passages += len(passages)
        self.index.store.write(records)
        self._pending = []

    def summary(self) -> Summary:
        """Return what was done."""
        return Summary(
            tuple(self.added),
            tuple(self.replaced),
            tuple(self.unchanged),
            tuple(self.refused),
            self.sentences,
            self.passages,
            tuple(self.notes),
        )

    def _is_whole(self, doc_id: str) -> bool:
        """Tell whether the text that the store holds is still the one that was added."""
        try:
            return self.index.store.article(doc_id) is not None
        except IndexDamaged:
            return False

    def _reason(self, article: Article, doc_id: str) -> str | None:
        """Say why an article cannot be added under ``doc_id``, or return None when it can."""
        if article.origin in self._seen:
            return f"the id {article.doc_id!r} was given twice; the first one was taken, give each article its own"
        owner = self._origins.get(doc_id) or self.index.store.origin(doc_id) or article.origin
        if owner != article.origin:
            return (
                f"the id {doc_id!r} already belongs to an article from {owner}, "
                f"this one is from {article.origin}; add it with --prefix NAME to give it another id"
            )
        if not doc_id or any(c.isspace() or not c.isprintable() for c in doc_id):
            return f"the id {doc_id!r} is empty or holds white space or control characters; give it another"
        if not _is_text(article):
            return "its text or metadata hold NUL characters or lone surrogates, which are not text; save it as UTF-8"
        if article.published is not None and not _is_date(article.published):
            return f"its date {article.published!r} is not an ISO 8601 date such as 2023-07-11; correct or omit it"
        return None


def _rows(vectors: Sequence[Vectors]) -> NDArray[np.float16]:
    """Return the vectors of an article's passages as a record keeps them."""
    return np.concatenate([*(rows[1:] for rows in vectors), *(rows[:1] for rows in vectors)]).astype(np.float16)


def _is_text(article: Article) -> bool:
    labels = [part for x in article.locators for part in (x.label, x.fragment)]
    given = (article.title, article.url, article.source, article.language, article.published_from, article.origin)
    everything = "".join([article.text, *filter(None, given), *article.authors, *labels])
    try:
        everything.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in everything


def _is_date(published: str) -> bool:
    try:
        return date.fromisoformat(published[:10]).isoformat() == published[:10]
    except ValueError:
        return False
