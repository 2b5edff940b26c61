"""A comparison -> HTML in the classes of a report: what changed, how sure that is, and the questions side by side."""

from collections.abc import Sequence

from qa.evaluation.cases import found
from qa.evaluation.comparison import Change, Comparison, Difference
from qa.evaluation.markup import number, text
from qa.evaluation.meanings import meaning


def to_html(comparison: Comparison, a: str, b: str) -> str:
    """Return the table of differences and the questions that changed most; ``a`` and ``b`` name the two results."""
    rows = "".join(map(_row, comparison.differences))
    better = _changes(f"B does better by {comparison.by}", comparison.better)
    worse = _changes(f"B does worse by {comparison.by}", comparison.worse)
    named = "".join(
        f"<div><dt>{letter}</dt><dd>{text(name)}<br>{text(made)}</dd></div>"
        for letter, name, made in (("A", a, comparison.a), ("B", b, comparison.b))
    )
    return (
        f'<header><h2>What changed</h2><dl class="facts">{named}</dl></header>'
        '<table class="differences"><thead><tr><th scope="col">Measure</th><th scope="col">A → B</th>'
        '<th scope="col">B − A, interval and p</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        '<p class="note">Intervals hold 95% of the differences of 1,000 resamples of the questions. Each p is of its '
        "measure alone, by the paired randomization test: of twenty measures that did not change, one has p &lt; .05 "
        "by chance. Where there is no p, an interval that leaves out 0 tells.</p>"
        + (better + worse or f"<h3>No question changed by {text(comparison.by)}</h3>")
    )


def _row(difference: Difference) -> str:
    change, known = difference.difference, meaning(difference.measure)
    p = "" if difference.p is None else f"<small>p {_p(difference.p)}</small>"
    lower = " <em>↓ lower is better</em>" if difference.lower_is_better else ""
    return (
        f'<tr><th scope="row">{text(difference.measure)}<small>{known.words}{lower}</small></th>'
        f"<td>{number(difference.a)} → {number(difference.b)}</td><td>{_verdict(difference)} {_signed(change.mean)}"
        f"<small>{_signed(change.low)} – {_signed(change.high)}</small>{p}</td></tr>"
    )


def _verdict(difference: Difference) -> str:
    if not difference.significant:
        return ""
    if meaning(difference.measure).better is None:
        return "<strong>differs</strong>"
    return '<strong class="bad">worse</strong>' if difference.regressed else '<strong class="good">better</strong>'


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "&lt; .001"


def _signed(value: float) -> str:
    return f"{value:+.3f}" if abs(value) <= 1 else f"{value:+,.0f}"


def _changes(title: str, changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    items = "".join(
        f'<li><details><summary class="line"><b>{number(change.a)} → {number(change.b)}</b>'
        f'<span dir="auto">{text(change.text)}</span></summary>'
        f'<div class="pair even">{found("A", change.before)}{found("B", change.after)}</div></details></li>'
        for change in changes
    )
    return f'<h3>{text(title)} <small>{len(changes)}</small></h3><ol class="cases compared">{items}</ol>'
