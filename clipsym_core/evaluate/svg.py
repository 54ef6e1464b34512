"""Precision over recall as inline SVG: a square chart with grid, lines of equal F1, and the best point of each curve.

Colors are CSS variables of the page (--ink, --faint, --m0 ...), so that one drawing serves light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from clipsym_core.evaluate.report import Curve

COLORS = 7
"""Colors of models on a page; further models start again with broken lines."""

_SIDE, _LEFT, _TOP, _BOTTOM, _RIGHT = 240, 34, 26, 30, 10
_LEVELS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve with the place of its model on the page, and (recall, precision) of its best F1."""

    index: int
    name: str
    curve: Curve
    best: tuple[float, float]


def curves_svg(title: str, lines: Sequence[Line]) -> str:
    """One chart, 284 x 296, for an HTML page (a file of its own needs the SVG name space on its first tag)."""
    parts = [
        f'<svg class="chart" viewBox="0 0 {_SIDE + _LEFT + _RIGHT} {_SIDE + _TOP + _BOTTOM}" role="img" '
        f'aria-label="{escape(title)}: precision over recall">',
        f'<text x="{_LEFT}" y="15" class="title" fill="var(--ink)" font-size="13">{escape(title)}</text>',
        *_grid(),
        *(_line(line) for line in lines),
        "</svg>",
    ]
    return "".join(parts)


def key_svg(index: int) -> str:
    """A short piece of a model's line, for legends."""
    return f'<svg class="key" viewBox="0 0 26 10"><path d="M1 5H25" {_stroke(index)}/></svg>'


def _x(recall: float) -> float:
    return _LEFT + recall * _SIDE


def _y(precision: float) -> float:
    return _TOP + (1.0 - precision) * _SIDE


def _grid() -> list[str]:
    faint = 'stroke="var(--faint)" stroke-width="1" fill="none"'
    parts = [f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" {faint}/>']
    for level in _LEVELS:
        points = []
        for step in range(101):
            recall = step / 100
            if 2 * recall > level:
                precision = level * recall / (2 * recall - level)
                if precision <= 1.0:
                    points.append(f"{_x(recall):.1f},{_y(precision):.1f}")
        parts.append(f'<polyline points="{" ".join(points)}" {faint} stroke-dasharray="2 3"/>')
        at = level / (2 - level)
        label = f'<text x="{_x(1) - 2:.1f}" y="{_y(at) - 3:.1f}" text-anchor="end" class="tick" '
        parts.append(f'{label}fill="var(--quiet)" font-size="9">F1 {level:g}</text>')
    for tick in (0.0, 0.5, 1.0):
        text = f'class="tick" fill="var(--quiet)" font-size="10">{tick:g}</text>'
        parts.append(f'<text x="{_x(tick):.1f}" y="{_y(0) + 13:.1f}" text-anchor="middle" {text}')
        parts.append(f'<text x="{_LEFT - 5}" y="{_y(tick) + 3.5:.1f}" text-anchor="end" {text}')
    word = 'class="tick" fill="var(--quiet)" font-size="10" text-anchor="middle"'
    parts.append(f'<text x="{_x(0.5):.1f}" y="{_y(0) + 26:.1f}" {word}>recall</text>')
    middle = f"{_LEFT - 22:.1f} {_y(0.5):.1f}"
    parts.append(f'<text transform="translate({middle}) rotate(-90)" {word}>precision</text>')
    return parts


def _line(line: Line) -> str:
    # A threshold that nothing reaches has neither precision nor recall.
    pairs = [(r, p) for r, p in zip(line.curve.recall, line.curve.precision, strict=True) if r or p]
    if not pairs:
        return ""
    points = " ".join(f"{_x(r):.1f},{_y(p):.1f}" for r, p in pairs)
    recall, precision = line.best
    color = f"var(--m{line.index % COLORS})"
    return (
        f'<g><title>{escape(line.name)}</title><polyline points="{points}" fill="none" {_stroke(line.index)}/>'
        f'<circle cx="{_x(recall):.1f}" cy="{_y(precision):.1f}" r="3.6" fill="{color}"/></g>'
    )


def _stroke(index: int) -> str:
    dash = ' stroke-dasharray="5 3"' if index >= COLORS else ""
    return f'stroke="var(--m{index % COLORS})" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"{dash}'
