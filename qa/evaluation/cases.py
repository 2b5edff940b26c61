"""The questions that went worst, each with what was retrieved beside what was wanted, as HTML."""

from collections.abc import Callable, Sequence

from qa.evaluation.markup import text
from qa.evaluation.meanings import meaning
from qa.evaluation.results import EXCERPT, Asked, Found, Result, Wanted

WORST = 20  # questions shown that have the lowest values
MISJUDGED = 10  # questions shown that were wrongly answered, and that were wrongly declined

_RELEVANT = '<b class="good">✓<span class="unseen"> relevant:</span></b> '


def cases(result: Result) -> str:
    """Return the questions with the lowest values, the wrongly answered and the wrongly declined ones."""
    names = [name for name in ("nDCG@10", *result.per_query) if meaning(name).better == "higher"]
    values = next((result.per_query[name] for name in names if result.per_query.get(name)), {})
    name = next((name for name in names if result.per_query.get(name)), "")
    low = [question for question in result.questions if values.get(question.query_id, 1) < 1]
    low.sort(key=lambda question: values[question.query_id])
    sure = [question for question in result.questions if question.confidence is not None]
    bold = [question for question in sure if question.answerable is False and question.answered]
    shy = [question for question in sure if question.answerable and question.answered is False]
    bold.sort(key=_confidence, reverse=True)
    shy.sort(key=_confidence)
    return (
        _list(f"Lowest {name}", name, low[:WORST], len(low), lambda question: f"{values[question.query_id]:.3f}")
        + _list("Answered, though the articles hold no answer", "confidence", bold[:MISJUDGED], len(bold), _percent)
        + _list("Declined, though the articles hold the answer", "confidence", shy[:MISJUDGED], len(shy), _percent)
    )


def _confidence(question: Asked) -> float:
    return question.confidence or 0


def _percent(question: Asked) -> str:
    return f"{_confidence(question):.2f}"


def _list(title: str, value: str, shown: Sequence[Asked], of: int, valued: Callable[[Asked], str]) -> str:
    if not shown:
        return ""
    count = f"{len(shown)} of {of:,}" if len(shown) < of else f"{of:,}"
    items = "".join(f"<li>{_case(question, valued(question))}</li>" for question in shown)
    return f'<h3>{text(title)} <small>{count}, with their {text(value)}</small></h3><ol class="cases">{items}</ol>'


def _case(question: Asked, value: str) -> str:
    kind = f"<small>{text(question.type)}</small>" if question.type else ""
    line = f'<b>{value}</b><span dir="auto">{text(question.text)}</span>{kind}'
    wanted, retrieved = _wanted(question.wanted, question.answerable), found("Retrieved", question.found)
    if not question.found and not question.wanted:
        return f'<div class="line">{line}</div>'
    return f'<details><summary class="line">{line}</summary><div class="pair">{wanted}{retrieved}</div></details>'


def _wanted(wanted: Sequence[Wanted], answerable: bool | None) -> str:
    articles: dict[str, list[Wanted]] = {}
    for piece in wanted:
        articles.setdefault(piece.doc_id, []).append(piece)
    items = []
    for doc_id, pieces in articles.items():
        rank = pieces[0].rank
        place = "not in the first 100" if rank is None else f"came as number {rank}"
        quotes = "".join(f'<blockquote dir="auto">{_excerpt(p.quote)}</blockquote>' for p in pieces if p.quote)
        items.append(f"<li>{_named(pieces[0].title or doc_id, place)}{quotes}</li>")
    nothing = "<p>No article: none holds the answer.</p>" if answerable is False else "<p>No article is judged.</p>"
    return f"<div><h4>Wanted</h4>{'<ul>' + ''.join(items) + '</ul>' if items else nothing}</div>"


def found(title: str, hits: Sequence[Found]) -> str:
    """Return passages under a title as HTML; nothing where there are none."""
    items = "".join(
        f"<li>{_named(hit.title or hit.doc_id, f'{hit.score:.3f}', _RELEVANT if hit.relevant else '')}"
        f'<p dir="auto">{_excerpt(hit.text)}</p></li>'
        for hit in hits
    )
    return f"<div><h4>{text(title)}</h4><ol>{items}</ol></div>" if items else ""


def _named(title: str, said: str, mark: str = "") -> str:
    return f'<p class="named">{mark}<cite dir="auto">{text(title)}</cite> <small>{text(said)}</small></p>'


def _excerpt(words: str) -> str:
    return text(words.rstrip() + "…" if len(words) >= EXCERPT else words)
