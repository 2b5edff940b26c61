"""A result -> one HTML page that anyone can read: no script, nothing fetched, every word of the articles escaped."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from qa.confidence import WITH_READER, WITHOUT_READER
from qa.evaluation import charts, curves
from qa.evaluation.cases import cases
from qa.evaluation.charts import Mark, percent
from qa.evaluation.intervals import Score, average, interval
from qa.evaluation.markup import ends, figure, number, table, text
from qa.evaluation.meanings import meaning
from qa.evaluation.measures import ALWAYS, DEFAULT
from qa.evaluation.results import Asked, Result
from qa.reader.network import NONE
from qa.settings import Settings

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_KEY = ("nDCG@10", "R@10", "Hits@4", "AnswerInQuote@1", "AUROC")
_BREAKDOWN = ("nDCG@10", "Hits@4", "AnswerInQuote@1", "Declined", "R@10", "QuoteF1")
_DRAWN = 4  # measures of those that get a chart
_TYPES = 20  # types of questions shown, at most
_DEPTHS = (1, 2, 3, 4, 5, 10, 15, 20, 30, 50, 75, 100)
_BINS = 20
_SIDES = (("answerable", True), ("not answerable", False))


def render(result: Result) -> str:
    """Return the page; sections that the result has no values for are left out."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{text(result.collection.name)}: what Quoth measured</title><style>\n{style()}</style></head>\n"
        f"<body><main>{body(result)}</main></body></html>\n"
    )


def style() -> str:
    """Return the style sheet of ``body``."""
    return files("qa.evaluation").joinpath("report.css").read_text(encoding="utf-8")


def body(result: Result) -> str:
    """Return what stands on the page, for a page of one's own."""
    sections = [
        ("Measures", _measures(result)),
        ("Kinds of questions", _kinds(result)),
        ("Ranking", _ranking(result)),
        ("Knowing when the articles don’t say", _confidence(result)),
        ("Time", _time(result)),
        ("What went wrong", cases(result)),
    ]
    kept = [(f"s{place}", title, part) for place, (title, part) in enumerate(sections, 1) if part]
    links = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in kept)
    parts = "".join(f'<section id="{key}"><h2>{title}</h2>{part}</section>' for key, title, part in kept)
    return f'{_headline(result)}<nav aria-label="Sections"><ul>{links}</ul></nav>{parts}'


def _headline(result: Result) -> str:
    measured, times = result.collection, result.ms_per_question
    of = f"{measured.queries:,} questions, {measured.documents:,} documents"
    by = f"the run {text(result.run.name)}" if result.run else "Quoth"
    keys = [(name, number(score.mean), ends(score)) for name in _KEY if (score := result.measures.get(name))]
    if times:
        keys.append(("median time", f"{times.p50:.0f}<small> ms</small>", f"95% within {times.p95:.0f} ms"))
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}<span>{more}</span></dd></div>" for name, value, more in keys)
    facts = {"Commit": result.commit or "not from a checkout", "Collection": f"sha256 {measured.sha256}"}
    for name, named in (("Embedder", result.embedder), ("Run", result.run)):
        if named:
            facts[name] = f"{named.name}, sha256 {named.sha256}"
    settings = {name: value for name, value in result.settings.items() if (name, value) != ("index", None)}
    facts |= {name.replace("_", " ").capitalize(): _setting(value) for name, value in settings.items()}
    rows = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts.items())
    return (
        f'<header><p class="kicker">What {by} finds, quotes and declines</p><h1>{text(measured.name)}</h1><p>{of}</p>'
        f'<dl class="keys">{tiles}</dl>'
        f'<p class="again"><span>To repeat it</span><code>{text(_command(result))}</code></p>'
        f'<details><summary>Commit, hashes and settings</summary><dl class="facts">{rows}</dl></details></header>'
    )


def _command(result: Result) -> str:
    """Return the command that gives this result again, run in the folder that holds the collection."""
    given = result.settings
    fitted = WITHOUT_READER if given.get("reader") == NONE else WITH_READER
    usual = {name: field.default for name, field in Settings.model_fields.items()}
    usual["threshold"] = fitted.thresholds["normal"]
    named = {
        name: given[name]
        for name in ("passage_tokens", "reader", "hits", "quotes", "threshold")
        if given.get(name, usual[name]) != usual[name]
    }
    if result.embedder and result.embedder.name != usual["model"]:
        named["model"] = result.embedder.name
    words = ["quoth", "evaluate", result.collection.name]
    if given.get("index"):
        words += ["--index", str(given["index"])]
    if result.run:
        words += ["--run", result.run.name]
    if given.get("query_field", "text") != "text":
        words += ["--query-field", str(given["query_field"])]
    if given.get("limit") is not None:
        words += ["--limit", str(given["limit"])]
    for name in result.measures:
        if name not in (*DEFAULT, *ALWAYS):
            words += ["--measure", name]
    variables = [f"QUOTH_{name.upper()}={shlex.quote(str(value))}" for name, value in named.items()]
    return " ".join([*variables, shlex.join(words)])


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_setting(part)}" for name, part in value.items())
    return "all" if value is None else value if isinstance(value, str) else json.dumps(value)


def _measures(result: Result) -> str:
    if not result.measures:
        return ""
    groups: dict[str, list[str]] = {}
    for name, score in result.measures.items():
        known = meaning(name)
        better = " <em>↓ lower is better</em>" if known.better == "lower" else ""
        said = f"<small>{known.words}{better}</small>"
        bar = charts.interval_bar(score) if score.low >= 0 and score.high <= 1 else ""
        count = f"{len(own):,}" if (own := result.per_query.get(name)) else ""
        groups.setdefault(known.of, []).append(
            f'<tr><th scope="row">{text(name)}{said}</th><td>{number(score.mean)}<small>{ends(score)}</small></td>'
            f'<td class="bar">{bar}</td><td>{count}</td></tr>'
        )
    bodies = "".join(
        f'<tbody><tr class="group"><th scope="rowgroup" colspan="4">{kind}</th></tr>{"".join(rows)}</tbody>'
        for kind, rows in groups.items()
    )
    return (
        "<p>Each is the mean over its questions; the interval holds 95% of the means of 1,000 resamples of them.</p>"
        '<table class="measures"><thead><tr><th scope="col">Measure</th><th scope="col">Mean and interval</th>'
        '<th scope="col" class="bar"><span aria-hidden="true">0</span><span aria-hidden="true">1</span></th>'
        f'<th scope="col">Questions</th></tr></thead>{bodies}</table>'
    )


def _kinds(result: Result) -> str:
    groups = _groups(result.questions)
    names = [name for name in _BREAKDOWN if result.per_query.get(name)]
    if len(groups) < 2 or not names:
        return ""
    scores = {name: [_score(result.per_query[name], asked) for _, asked in groups] for name in names}
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{text(group)}</th><td>{len(asked):,}</td>'
        + "".join(_cell(scores[name][i], len(asked)) for name in names)
        + "</tr>"
        for i, (group, asked) in enumerate(groups)
    )
    drawn = []
    for name in names[:_DRAWN]:
        lines = [(group, found[0]) for (group, _), found in zip(groups, scores[name], strict=True) if found]
        if len(lines) > 1:
            title = f"{name} by kind of question"
            said = "; ".join(f"{group} {score.mean:.3f} ({ends(score)})" for group, score in lines)
            svg = charts.intervals_chart(lines, charts.Axis(name=name), title=title, description=said)
            drawn.append(figure(name, svg, meaning(name).words))
    return (
        f'<div class="grid">{"".join(drawn)}</div>'
        '<div class="wide" role="region" aria-label="Measures by kind of question" tabindex="0">'
        f'<table class="kinds"><thead><tr><th scope="col">Questions</th><th scope="col">n</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="note">Mean and 95% interval; n where a measure is not of all of these questions.</p>'
    )


def _cell(found: tuple[Score, int] | None, of: int) -> str:
    if not found:
        return "<td></td>"
    score, count = found
    part = f" <small>n {count:,}</small>" if count < of else ""
    return f"<td>{number(score.mean)}<small>{ends(score)}</small>{part}</td>"


def _groups(questions: Sequence[Asked]) -> list[tuple[str, list[Asked]]]:
    """Return all questions and their kinds: those with and without an answer, then the types, largest first."""
    kinds: dict[str, list[Asked]] = {}
    for asked in questions:
        if asked.type is not None:
            kinds.setdefault(asked.type, []).append(asked)
    types = sorted(kinds.items(), key=lambda kind: -len(kind[1]))[:_TYPES] if len(kinds) > 1 else []
    sides = [(name, [q for q in questions if q.answerable is is_so]) for name, is_so in _SIDES]
    both = sides if all(asked for _, asked in sides) else []
    return [("all", list(questions)), *both, *types]


def _score(values: Mapping[str, float], asked: Iterable[Asked]) -> tuple[Score, int] | None:
    own = [values[question.query_id] for question in asked if question.query_id in values]
    return (interval(average, np.array(own)), len(own)) if own else None


def _ranking(result: Result) -> str:
    recall, precision = curves.recall_by_depth(result), curves.precision_by_recall(result)
    if not recall:
        return ""
    share = charts.Axis(name="Recall")
    first, tenth, last = recall[0], recall[9], recall[-1]
    depth = charts.Axis(name="Articles looked at (k)", low=1, high=100, ticks=(1, 2, 5, 10, 20, 50, 100), log=True)
    by_depth = charts.line_chart(
        recall,
        depth,
        share,
        title="Recall by depth",
        description=f"Recall is {first[1]:.3f} at the first article, {tenth[1]:.3f} at 10 and {last[1]:.3f} at 100.",
        marks=[Mark(*point, f"{point[1]:.3f}") for point in (first, tenth, last)],
    )
    by_recall = charts.line_chart(
        precision,
        share,
        charts.Axis(name="Precision"),
        title="Precision by recall",
        description="; ".join(f"precision {p:.3f} at recall {r:.1f}" for r, p in precision),
        dots=True,
    )
    rows = [(f"{k}", f"{recall[k - 1][1]:.3f}") for k in _DEPTHS]
    source = (
        "Interpolated at 11 levels of recall, averaged over the questions: Manning, Raghavan and Schütze, "
        "<cite>Introduction to Information Retrieval</cite> (2008), chapter 8."
    )
    return (
        '<div class="grid">'
        + figure(
            "Recall by depth", by_depth, "Share of the relevant articles among the first k.", ("k", "recall"), rows
        )
        + figure(
            "Precision by recall",
            by_recall,
            source,
            ("recall", "precision"),
            [(f"{r:.1f}", f"{p:.3f}") for r, p in precision],
        )
        + "</div>"
    )


def _confidence(result: Result) -> str:
    asked = [q for q in result.questions if q.answerable is not None and q.confidence is not None]
    yes, no = ([q for q in asked if q.answerable is is_so] for _, is_so in _SIDES)
    if not yes or not no:
        return ""
    answered = [sum(q.answered is True for q in side) for side in (yes, no)]
    rows = [
        (name, f"{len(side):,}", f"{count:,} ({percent(count / len(side))})", f"{len(side) - count:,}")
        for (name, _), side, count in zip(_SIDES, (yes, no), answered, strict=True)
    ]
    threshold = result.settings.get("threshold")
    return (
        table(("questions", "n", "answered", "declined"), rows)
        + '<div class="grid">'
        + _risk(asked, threshold)
        + _confidences(yes, no, threshold)
        + "</div>"
    )


def _risk(asked: Sequence[Asked], threshold: float | None) -> str:
    points = curves.risk_by_coverage(asked)
    everything = points[-1][1]
    above = sum(q.confidence is not None and threshold is not None and q.confidence >= threshold for q in asked)
    line = None
    if threshold is not None and above:
        coverage, risk = points[above - 1]
        line = Mark(coverage, risk, f"threshold {threshold:g}: {percent(coverage)} answered, {percent(risk)} wrongly")
    svg = charts.line_chart(
        points,
        charts.Axis(name="Coverage", written=percent),
        charts.up_to("Risk", max(risk for _, risk in points), percent),
        title="Risk by coverage",
        description=f"{line.words + '; ' if line else ''}with every question answered, {percent(everything)} wrongly.",
        level=Mark(0, everything, f"answering everything: {percent(everything)}"),
        line=line,
    )
    note = "Answering the most confident questions first: how many are answered, and what share of those has no answer."
    tenths = [points[max(1, round(len(points) * i / 10)) - 1] for i in range(1, 11)]
    rows = [(percent(coverage), f"{100 * risk:.1f}%") for coverage, risk in tenths]
    return figure("Risk by coverage", svg, note, ("coverage", "risk"), rows)


def _confidences(yes: Sequence[Asked], no: Sequence[Asked], threshold: float | None) -> str:
    edges = [i / _BINS for i in range(_BINS + 1)]
    counts = [np.histogram([q.confidence or 0 for q in side], edges)[0] for side in (yes, no)]
    shares = [count / count.sum() for count in counts]
    names = (f"answerable ({len(yes):,})", f"not answerable ({len(no):,})")
    svg = charts.histogram(
        edges,
        shares[0].tolist(),
        shares[1].tolist(),
        charts.Axis(name="Confidence"),
        charts.up_to("Share of its kind", float(max(map(max, shares))), percent),
        names=names,
        lines=[] if threshold is None else [(threshold, f"threshold {threshold:g}")],
        title="Confidence of answerable and other questions",
        description=f"Median {_median(yes):.2f} of those {names[0]}, {_median(no):.2f} of those {names[1]}.",
    )
    note = "Solid bars upwards: questions that the articles answer. Hollow bars downwards: the others."
    rows = [
        (f"{low:.2f} to {high:.2f}", str(a), str(b)) for low, high, a, b in zip(edges, edges[1:], *counts, strict=False)
    ]
    return figure("Confidence", svg, note, ("confidence", "answerable", "not answerable"), rows)


def _median(asked: Sequence[Asked]) -> float:
    return float(np.median([q.confidence or 0 for q in asked]))


def _time(result: Result) -> str:
    times = [q.milliseconds for q in result.questions if q.milliseconds is not None]
    if not times or not result.ms_per_question:
        return ""
    p50, p95 = result.ms_per_question.p50, result.ms_per_question.p95
    x = charts.up_to("Milliseconds per question", 1.25 * p95)
    edges = [x.high * i / _BINS for i in range(_BINS + 1)]
    slower = sum(time > x.high for time in times)
    counts = np.histogram(np.minimum(times, x.high), edges)[0]
    rest = f" {slower:,} took longer, up to {max(times):,.0f} ms; the last bar holds them too." if slower else ""
    svg = charts.histogram(
        edges,
        counts.tolist(),
        None,
        x,
        charts.up_to("Questions", float(counts.max()), finest=1),
        lines=[(p50, f"half within {p50:.0f} ms"), (p95, f"95% within {p95:.0f} ms")],
        title="Time per question",
        description=f"Half of the questions take up to {p50:.1f} ms, 95% up to {p95:.1f} ms.{rest}",
    )
    note = f"From the question to the answer, one at a time, the model loaded.{rest}"
    rows = [(f"{low:g} to {high:g}", f"{n:,}") for low, high, n in zip(edges, edges[1:], counts, strict=False)]
    return f'<div class="grid">{figure("Time per question", svg, note, ("milliseconds", "questions"), rows)}</div>'
