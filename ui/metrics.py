"""What is counted of the questions that are asked, in the page and through the API alike."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from qa.types import Answer


class Metrics:
    """Counts since the server started; nothing of what was asked is kept."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._questions = Counter("quoth_questions", "Questions that were answered or declined.", registry=registry)
        self._declined = Counter("quoth_declined", "Questions that the articles don't answer.", registry=registry)
        self._refused = Counter("quoth_refused", "Questions that were not looked at or failed.", registry=registry)
        self._seconds = Histogram(
            "quoth_answer_seconds",
            "Seconds from a question to its answer, waiting included.",
            buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60),
            registry=registry,
        )
        self._generation = Gauge("quoth_index_generation", "Changes of the index so far.", registry=registry)
        self._articles = Gauge("quoth_articles", "Articles in the index.", registry=registry)

    def answer(self, answer: Answer, seconds: float) -> None:
        """Count an answer."""
        self._questions.inc()
        self._seconds.observe(seconds)
        if not answer.answered:
            self._declined.inc()

    def refuse(self) -> None:
        """Count a question that got no answer."""
        self._refused.inc()

    def hold(self, generation: int, articles: int) -> None:
        """Note what the index holds by now."""
        self._generation.set(generation)
        self._articles.set(articles)

    def text(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        return generate_latest(self._registry)
