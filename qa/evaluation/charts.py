"""Data -> charts: each a whole SVG that scales, is read aloud by its title and description, and follows the theme.

Words and lines take the colour of the text around them; ``--chart-1``, ``--chart-2`` and ``--chart-paper`` may be set
by a page, and without them stand middle tones that show on light and on dark. Nothing is told by colour alone.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qa.evaluation.intervals import Score
from qa.evaluation.markup import text

Point = tuple[float, float]

_WIDTH = 360  # about a phone's, so that words stay readable there
_LEFT, _RIGHT, _TOP, _FLOOR = 40, 348, 26, 34  # of the plot; the last is the space below it
_ROW = 14  # height of a line of words
_FIRST, _SECOND, _PAPER = "var(--chart-1, #3d7db8)", "var(--chart-2, #c4573d)", "var(--chart-paper, transparent)"
_FAINT, _DASHED = 'opacity=".16"', 'stroke-dasharray="4 3" opacity=".7"'
_HALO = f' paint-order="stroke" stroke="{_PAPER}" stroke-width="3"'


def percent(value: float) -> str:
    """Return a share, 0..1, in per cent, with a decimal where it has one."""
    return f"{100 * value:.1f}".removesuffix(".0") + "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One direction of a chart: its name, its ends, the values marked on it and how they are written."""

    name: str
    low: float = 0
    high: float = 1
    ticks: tuple[float, ...] = (0, 0.2, 0.4, 0.6, 0.8, 1)
    written: Callable[[float], str] = "{:g}".format
    log: bool = False

    def part(self, value: float) -> float:
        """Return where a value stands: 0 at the low end, 1 at the high end, never beyond them."""
        value, low, high = (math.log(x) if self.log else x for x in (value, self.low, self.high))
        return min(1, max(0, (value - low) / (high - low)))


def up_to(name: str, high: float, written: Callable[[float], str] = "{:,g}".format, finest: float = 0) -> Axis:
    """Return an axis from 0 to the first round value not below ``high``; its ticks are at least ``finest`` apart."""
    step = nice_step(max(high / 4, finest))
    count = max(1, math.ceil(high / step - 1e-9))
    return Axis(name=name, high=count * step, ticks=tuple(step * i for i in range(count + 1)), written=written)


def nice_step(least: float) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten that is not below ``least``; 1 for nothing."""
    if least <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a chart that is worth words."""

    x: float
    y: float
    words: str


def line_chart(
    points: Sequence[Point],
    x: Axis,
    y: Axis,
    *,
    title: str,
    description: str,
    marks: Sequence[Mark] = (),
    level: Mark | None = None,
    line: Mark | None = None,
    dots: bool = False,
) -> str:
    """Draw y as a function of x; ``dots`` shows the points themselves.

    The words of ``marks`` stand under their points, those of ``level`` on a dashed line at its y, those of ``line``
    above a dashed line at its x.
    """
    top = _TOP + (_ROW if line else 0)
    bottom = top + 190

    def place(point: Point) -> Point:
        return _across(x, point[0]), bottom - (bottom - top) * y.part(point[1])

    places = [place(point) for point in points]
    body = [_words(0, 11, y.name)]
    for tick in y.ticks:
        _, height = place((x.low, tick))
        body.append(_rung(height, y.written(tick), _FAINT if tick > y.low else ""))
    if level:
        _, height = place((level.x, level.y))
        body.append(_line(_LEFT, height, _RIGHT, height, _DASHED))
        body.append(_words(_LEFT + 6, height - 5, level.words))
    body.append(_curve(places))
    if dots:
        body += [_dot(px, py, _FIRST, 3) for px, py in places]
    for mark in marks:
        px, py = place((mark.x, mark.y))
        left = px < _RIGHT - 40
        under = py + 20 if py + 24 < bottom else py - 9
        body.append(_words(px + (6 if left else 3), under, mark.words, "start" if left else "end", bold=True))
        body.append(_dot(px, py, _FIRST, 4.5))
    if line:
        px, py = place((line.x, line.y))
        body += [_upright(px, _TOP, bottom, line.words), _dot(px, py, _SECOND, 4.5)]
    return _svg(bottom + _FLOOR, title, description, [*body, *_bottom(x, bottom)])


def histogram(
    edges: Sequence[float],
    above: Sequence[float],
    below: Sequence[float] | None,
    x: Axis,
    y: Axis,
    *,
    names: tuple[str, str] = ("", ""),
    lines: Sequence[tuple[float, str]] = (),
    title: str,
    description: str,
) -> str:
    """Draw bars upwards and, for a second group, hollow ones downwards, on one scale; ``lines`` are (x, words).

    ``edges`` are one more than the bars. ``names`` are those of the two groups.
    """
    top = _TOP + _ROW * (len(lines) + bool(names[0])) - 6
    tall = 150.0 if below is None else 105.0
    middle = top + tall
    bottom = middle + (0 if below is None else tall)
    body = []
    for sign in (-1, 1) if below is not None else (-1,):
        for tick in y.ticks:
            body.append(_rung(middle + sign * tall * y.part(tick), y.written(tick), _FAINT))
    body.append(_words(0, 11, y.name))
    fills = (f'fill="{_FIRST}"', f'fill="{_SECOND}" fill-opacity=".28" stroke="{_SECOND}"')
    for values, fill, sign in ((above, fills[0], -1), (below or (), fills[1], 1)):
        for low, high, value in zip(edges, edges[1:], values, strict=False):
            size, left = tall * y.part(value), _across(x, low) + 1
            start = middle - size if sign < 0 else middle
            if size:
                body.append(
                    f'<rect x="{left:.1f}" y="{start:.1f}" width="{_across(x, high) - left - 1:.1f}" '
                    f'height="{size:.1f}" {fill}/>'
                )
    body.append(_line(_LEFT, middle, _RIGHT, middle))
    for i, (value, said) in enumerate(lines):
        body.append(_upright(_across(x, value), _TOP + _ROW * i, bottom, said))
    if names[0]:
        body.append(_words(_LEFT + 4, top - 4, names[0]))
    if names[1]:
        body.append(_words(_LEFT + 4, bottom + 11, names[1]))
        bottom += 14
    body += _bottom(x, bottom)
    return _svg(bottom + _FLOOR, title, description, body)


def intervals_chart(rows: Sequence[tuple[str, Score]], x: Axis, *, title: str, description: str) -> str:
    """Draw a mean and its 95% interval for each name, one under the other; the first also as a line through all."""
    row, left, right = 22, 118, _WIDTH - 46
    bottom = row * len(rows) + 6

    def across(value: float) -> float:
        return left + (right - left) * x.part(value)

    body = [_line(across(tick), 4, across(tick), bottom, _FAINT) for tick in x.ticks]
    body.append(_line(across(rows[0][1].mean), 4, across(rows[0][1].mean), bottom, _DASHED))
    for i, (name, score) in enumerate(rows):
        place = row * i + row / 2 + 4
        cut = name if len(name) <= 17 else name[:16] + "…"
        body.append(_words(left - 8, place + 4, cut, "end", bold=not i))
        body.append(
            f'<path d="M{across(score.low):.1f} {place}H{across(score.high):.1f}" stroke="{_FIRST}" stroke-width="6" '
            f'stroke-opacity=".4"/>'
        )
        body.append(_dot(across(score.mean), place, _FIRST, 4))
        body.append(_words(_WIDTH - 2, place + 4, f"{score.mean:.3f}", "end", bold=not i))
    body += [_words(across(tick), bottom + 14, x.written(tick), "middle") for tick in x.ticks]
    return _svg(bottom + 20, title, description, body)


def interval_bar(score: Score) -> str:
    """Draw a mean and its interval between 0 and 1, to stand in a line of a table that says them in figures."""
    low, mean, high = (100 * min(1, max(0, value)) for value in (score.low, score.mean, score.high))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="12" overflow="visible" aria-hidden="true">'
        '<g stroke="currentColor" opacity=".35"><path d="M0 2V10"/><line x2="100%" y1="6" y2="6"/>'
        '<line x1="100%" x2="100%" y1="2" y2="10"/></g>'
        f'<line x1="{low:.1f}%" x2="{high:.1f}%" y1="6" y2="6" stroke="{_FIRST}" stroke-width="6" stroke-opacity=".4"/>'
        f'<circle cx="{mean:.1f}%" cy="6" r="4" fill="{_FIRST}" stroke="{_PAPER}"/></svg>'
    )


def _across(x: Axis, value: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * x.part(value)


def _rung(height: float, words: str, more: str) -> str:
    return _line(_LEFT, height, _RIGHT, height, more) + _words(_LEFT - 6, height + 4, words, "end")


def _curve(places: Iterable[Point]) -> str:
    thinned = {round(x, 1): y for x, y in places}  # no more points than can be seen
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in thinned.items())
    return f'<path d="{path}" fill="none" stroke="{_FIRST}" stroke-width="2" stroke-linejoin="round"/>'


def _upright(x: float, y: float, bottom: float, words: str) -> str:
    """Draw a dashed line down from words at ``y``, which stand over it as far as there is room."""
    half = 3.8 * len(words)  # a little wider than bold letters are
    middle = min(max(x, half), _WIDTH - half)
    return _line(x, y + 4, x, bottom, _DASHED) + _words(middle, y, words, "middle", bold=True)


def _bottom(x: Axis, bottom: float) -> list[str]:
    ticks = [_words(_across(x, tick), bottom + 15, x.written(tick), "middle") for tick in x.ticks]
    return [*ticks, _words((_LEFT + _RIGHT) / 2, bottom + 30, x.name, "middle")]


def _line(x1: float, y1: float, x2: float, y2: float, more: str = "") -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="currentColor" {more}/>'


def _dot(x: float, y: float, colour: str, radius: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" stroke="{_PAPER}"/>'


def _words(x: float, y: float, words: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}{_HALO}>{text(words)}</text>'


def _svg(height: float, title: str, description: str, body: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="currentColor" style="max-width:34rem">'
        f"<title>{text(title)}</title><desc>{text(description)}</desc>{''.join(body)}</svg>"
    )
