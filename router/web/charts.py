"""Charts as SVG: figures in, text out, everything escaped; colours are the style sheet's, by class.

A chart is as wide as a phone (360) and grows with the screen. Its title and description say what it shows to
those who do not see it; the numbers stand in a table below each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from adapters.text import cut
from router.web.visible import visible

WIDTH = 360
_ROW = 36
_BAR = 14
_HEIGHT = 140
_TOP, _BOTTOM, _LEFT, _RIGHT = 12, 116, 34, 352
_LONGEST_LABEL = 28
_MOST_DOTS = 31


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with a darker part of it, such as a p90 with its median.

    Parameters:
      shown: the values in words, beside the label.
    """

    label: str
    whole: float
    part: float
    shown: str


def bars(name: str, title: str, description: str, rows: Sequence[Bar]) -> Markup:
    """Return horizontal bars, one below the other.

    Parameters:
      name: what its ids begin with, unlike any other chart's of the screen.
    """
    most = max((row.whole for row in rows), default=0) or 1
    drawn = Markup("").join(_bar(number, row, most) for number, row in enumerate(rows))
    return _svg(name, title, description, len(rows) * _ROW, drawn)


def line(name: str, title: str, description: str, points: Sequence[tuple[str, int]]) -> Markup:
    """Return one line through points at even distances, from nothing to the highest of them.

    Parameters:
      name: as for `bars`.
      points: what each is called, and its value, 0 or more; at least one.
    """
    most = max(value for _, value in points) or 1
    step = (_RIGHT - _LEFT) / max(len(points) - 1, 1)
    places = [
        (f"{_LEFT + number * step:.1f}", f"{_BOTTOM - value / most * (_BOTTOM - _TOP):.1f}")
        for number, (_, value) in enumerate(points)
    ]
    drawn = [
        _rule(_TOP),
        _rule(_BOTTOM),
        _text(_LEFT - 4, _TOP + 4, most, "end"),
        _text(_LEFT - 4, _BOTTOM + 4, 0, "end"),
        _text(_LEFT, _HEIGHT - 6, points[0][0], "start"),
        Markup('<polyline class="line" points="{}"/>').format(" ".join(f"{x},{y}" for x, y in places)),
    ]
    if len(points) > 1:
        drawn.append(_text(_RIGHT, _HEIGHT - 6, points[-1][0], "end"))
    if len(points) <= _MOST_DOTS:
        drawn += [Markup('<circle class="dot" cx="{}" cy="{}" r="2.5"/>').format(x, y) for x, y in places]
    return _svg(name, title, description, _HEIGHT, Markup("").join(drawn))


def _bar(number: int, row: Bar, most: float) -> Markup:
    top = number * _ROW
    return Markup("").join(
        [
            _text(0, top + 12, cut(visible(row.label), _LONGEST_LABEL), "start"),
            _text(WIDTH, top + 12, row.shown, "end"),
            _rect("whole", top + 17, row.whole / most),
            _rect("part", top + 17, min(row.part, row.whole) / most),
        ]
    )


def _rect(kind: str, top: int, share: float) -> Markup:
    return Markup('<rect class="{}" x="0" y="{}" width="{}" height="{}"/>').format(
        kind, top, f"{share * WIDTH:.1f}", _BAR
    )


def _rule(y: int) -> Markup:
    return Markup('<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, _RIGHT, y, y)


def _text(x: int, y: int, text: object, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, visible(str(text)))


def _svg(name: str, title: str, description: str, height: int, drawn: Markup) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-desc">{description}</desc><g aria-hidden="true">{drawn}</g></svg>'
    ).format(
        width=WIDTH,
        height=height,
        name=name,
        title=visible(title),
        description=visible(description),
        drawn=drawn,
    )
