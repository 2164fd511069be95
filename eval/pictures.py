"""Pictures: small charts as SVG, drawn from numbers alone, readable in light and dark and by a screen reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 44
_ROW = 22
"""Pixels a bar takes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its interval."""

    name: str
    value: float
    """From 0 to 1; in a panel, any number from 0."""
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one kind, a row each, None where there is no figure; drawn from 0 to the longest."""

    name: str
    bars: Sequence[Bar | None]
    form: str
    """How a value is written, as `format` takes it."""


def curve(points: Sequence[Sequence[float]], *, title: str, x: str, y: str, diagonal: bool = False) -> str:
    """Draw a line through points from 0 to 1 on both axes.

    Args:
        points: each begins with its two coordinates; a third number, when there is one, sets the size of its dot.
        title: what the picture shows, for a screen reader.
        x: what the horizontal axis means.
        y: what the vertical axis means.
        diagonal: draw the line on which both are equal.
    """
    if not points:
        return _nothing(title)
    largest = max((point[2] for point in points if len(point) > 2), default=1.0)
    path = " ".join(f"{'L' if number else 'M'}{_x(p[0]):.1f} {_y(p[1]):.1f}" for number, p in enumerate(points))
    dots = "".join(
        f'<circle class="dot" cx="{_x(p[0]):.1f}" cy="{_y(p[1]):.1f}" r="{2 + 5 * (p[2] / largest) ** 0.5:.1f}">'
        f"<title>{p[0]:.2f}, {p[1]:.2f}, n {p[2]:g}</title></circle>"
        for p in points
        if len(p) > 2
    )
    line = f'<line class="guide" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>' if diagonal else ""
    return _frame(title, x, y, f'{line}<path class="line" d="{path}"/>{dots}')


def lines(names: Sequence[str], series: Mapping[str, Sequence[float]], *, title: str, x: str, y: str) -> str:
    """Draw a line a series over named places, evenly apart; each stands with its name and the number at its end.

    Args:
        names: of the places, from left to right.
        series: a number from 0 for each place, by the name of the line.
        title: what the picture shows, for a screen reader.
        x: what the horizontal axis means.
        y: what the vertical axis means, with its unit.
    """
    if not names or not series:
        return _nothing(title)
    left, width, height = _LEFT, 620, _HEIGHT
    right, bottom = width - 190, height - _BOTTOM
    top = max(max(values) for values in series.values()) or 1.0

    def place(number: int, value: float) -> tuple[float, float]:
        across = left + (right - left) * (number / max(1, len(names) - 1))
        return across, bottom - (bottom - _TOP) * value / top

    drawn = "".join(
        f'<path class="grid" d="M{left} {place(0, at * top)[1]:.1f}H{right}"/>'
        f'<text class="tick" x="{left - 6}" y="{place(0, at * top)[1] + 4:.1f}" text-anchor="end">'
        f"{_number(at * top)}</text>"
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    drawn += "".join(
        f'<text class="tick" x="{place(number, 0)[0]:.1f}" y="{bottom + 16}" text-anchor="middle">{escape(name)}</text>'
        for number, name in enumerate(names)
    )
    lowest = bottom + 15.0
    for number, (name, values) in enumerate(sorted(series.items(), key=lambda each: each[1][-1])):
        points = [place(*each) for each in enumerate(values)]
        path = " ".join(f"{'L' if each else 'M'}{across:.1f} {down:.1f}" for each, (across, down) in enumerate(points))
        lowest = min(points[-1][1] + 4, lowest - 15)  # so that no two names lie on each other
        drawn += (
            f'<path class="line" stroke-dasharray="{f"6 {2 * number}" if number else "none"}" d="{path}"/>'
            f'<text x="{right + 8}" y="{lowest:.1f}">{escape(name)}: {_number(values[-1])}</text>'
        )
    middle = (_TOP + bottom) / 2
    drawn += (
        f'<text x="{(left + right) / 2}" y="{height - 6}" text-anchor="middle">{escape(x)}</text>'
        f'<text x="13" y="{middle}" text-anchor="middle" transform="rotate(-90 13 {middle})">{escape(y)}</text>'
    )
    return _svg(title, width, height, drawn)


def bars(rows: Sequence[Bar], *, title: str) -> str:
    """Draw one horizontal bar a row, with its 95 % interval and how many it rests on."""
    if not rows:
        return _nothing(title)
    left, width, height = 200, 560, len(rows) * _ROW + 30
    scale = width - left - 90
    parts = []
    for number, row in enumerate(rows):
        y = number * _ROW + 4
        low, high = left + row.low * scale, left + row.high * scale
        parts.append(
            f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(row.name)}</text>'
            f'<rect class="bar" x="{left}" y="{y}" width="{max(0.5, row.value * scale):.1f}" height="14"/>'
            f'<path class="whisker" d="M{low:.1f} {y + 7}H{high:.1f}M{low:.1f} {y + 3}v8M{high:.1f} {y + 3}v8"/>'
            f'<text x="{left + scale + 8}" y="{y + 12}">{100 * row.value:.0f} % of {row.n}</text>'
        )
    ticks = "".join(
        f'<text class="tick" x="{left + at * scale:.1f}" y="{height - 8}" text-anchor="middle">{100 * at:.0f}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    return _svg(title, width, height, "".join(parts) + ticks)


def panels(names: Sequence[str], drawn: Sequence[Panel], *, title: str) -> str:
    """Draw named rows of bars, a panel beside the other, each bar with its value and its interval.

    Args:
        names: what each row is called.
        drawn: the panels, each with a bar a name.
        title: what the picture shows, for a screen reader.
    """
    if not names or not drawn:
        return _nothing(title)
    left, across, scale = 170, 210, 140
    parts = [
        f'<text x="{left - 8}" y="{(number + 1) * _ROW + 12}" text-anchor="end">{escape(name)}</text>'
        for number, name in enumerate(names)
    ]
    for column, panel in enumerate(drawn):
        x = left + column * across
        top = max((bar.high for bar in panel.bars if bar), default=0.0) or 1.0
        parts.append(f'<text class="tick" x="{x}" y="14">{escape(panel.name)}</text>')
        for number, bar in enumerate(panel.bars):
            if bar is None:
                continue
            y, value, low, high = (number + 1) * _ROW, *(each / top * scale for each in (bar.value, bar.low, bar.high))
            parts.append(f'<rect class="bar" x="{x}" y="{y}" width="{max(0.5, value):.1f}" height="14"/>')
            if high > low:
                ends = f"M{x + low:.1f} {y + 3}v8M{x + high:.1f} {y + 3}v8"
                parts.append(f'<path class="whisker" d="M{x + low:.1f} {y + 7}H{x + high:.1f}{ends}"/>')
            parts.append(f'<text x="{x + max(value, high) + 6:.1f}" y="{y + 12}">{bar.value:{panel.form}}</text>')
    return _svg(title, left + len(drawn) * across, (len(names) + 1) * _ROW + 8, "".join(parts))


def histogram(values: Sequence[float], *, title: str, x: str, bins: int = 30) -> str:
    """Draw how many of the values lie where, up to their 99th percentile; the rest is counted in the last bar."""
    if not values:
        return _nothing(title)
    top = sorted(values)[int(0.99 * (len(values) - 1))] or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(value / top * bins))] += 1
    step = (_WIDTH - _LEFT - _RIGHT) / bins
    drawn = "".join(
        f'<rect class="bar" x="{_LEFT + number * step + 0.5:.1f}" y="{_y(count / max(counts)):.1f}"'
        f' width="{step - 1:.1f}" height="{_y(0) - _y(count / max(counts)):.1f}">'
        f"<title>{number * top / bins:.1f} to {(number + 1) * top / bins:.1f}: {count}</title></rect>"
        for number, count in enumerate(counts)
    )
    return _frame(title, x, "questions", drawn, top=top, most=max(counts))


def _frame(title: str, x: str, y: str, inside: str, *, top: float = 1.0, most: float = 1.0) -> str:
    grid = "".join(
        f'<path class="grid" d="M{_LEFT} {_y(at):.1f}H{_WIDTH - _RIGHT}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{_y(at) + 4:.1f}" text-anchor="end">{_number(at * most)}</text>'
        f'<text class="tick" x="{_x(at):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
        f"{_number(at * top)}</text>"
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    names = (
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>'
        f'<text x="13" y="{middle}" text-anchor="middle" transform="rotate(-90 13 {middle})">{escape(y)}</text>'
    )
    return _svg(title, _WIDTH, _HEIGHT, grid + inside + names)


def _svg(title: str, width: int, height: int, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="chart"'
        f' style="max-width:{width}px"><title>{escape(title)}</title>{_STYLE}{inside}</svg>'
    )


_STYLE = (
    "<style>.chart text{font:12px system-ui,sans-serif;fill:currentColor}.chart .tick{opacity:.7}"
    ".chart .grid{stroke:currentColor;opacity:.14}.chart .line{fill:none;stroke:#0a7f6f;stroke-width:2}"
    ".chart .bar,.chart .dot{fill:#0a7f6f;fill-opacity:.75}.chart .guide{stroke:currentColor;stroke-dasharray:4 4;"
    "opacity:.5}.chart .whisker{fill:none;stroke:currentColor;stroke-width:1.2}</style>"
)


def _nothing(title: str) -> str:
    return f"<p>{escape(title)}: nothing to draw.</p>"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
