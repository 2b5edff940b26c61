"""The pieces of HTML that a report is made of; whatever comes from a result goes through ``text``."""

import re
from collections.abc import Sequence
from html import escape

from qa.evaluation.intervals import Score

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text(value: str) -> str:
    """Return words as HTML, whatever they hold; what no page may hold becomes the replacement character."""
    return escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value))


def number(value: float) -> str:
    """Return a share with three decimals, and anything larger as a whole number."""
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:,.0f}"


def ends(score: Score) -> str:
    """Return the ends of an interval."""
    return f"{number(score.low)} – {number(score.high)}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of words and figures, of which the first column names the row."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{text(first)}</th>{"".join(f"<td>{text(value)}</td>" for value in others)}</tr>'
        for first, *others in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def figure(title: str, svg: str, note: str, head: Sequence[str] = (), rows: Sequence[Sequence[str]] = ()) -> str:
    """Return a chart with its title, a note in HTML, and its figures in a table to open."""
    figures = f"<details><summary>The figures</summary>{table(head, rows)}</details>" if rows else ""
    return f"<figure><figcaption><h3>{text(title)}</h3><p>{note}</p></figcaption>{svg}{figures}</figure>"
