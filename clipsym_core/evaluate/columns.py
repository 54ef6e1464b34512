"""The columns and charts that compare models: the same in the terminal, in the HTML report and in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from clipsym_core.evaluate.report import ConsistencyPart, ModelReport, PixelPart, RankedPart

Value: TypeAlias = Callable[[ModelReport], float | None]
Style: TypeAlias = Literal["percent", "small", "count", "speed"]
WithCurve: TypeAlias = Callable[[ModelReport], PixelPart | RankedPart | None]

CHARTS: Final[tuple[tuple[str, WithCurve], ...]] = (
    ("Reflection heatmap", lambda m: m.heatmaps.reflection),
    ("Rotation heatmap", lambda m: m.heatmaps.rotation),
    ("Axes, drawn", lambda m: m.drawn.reflection),
    ("Centers, drawn", lambda m: m.drawn.rotation),
    ("Axes by their end points", lambda m: m.axes),
    ("Centers by their places", lambda m: None if m.centers is None else m.centers.places),
)
"""Curves of precision over recall, each with its title."""


_HEAT, _DRAWN, _FUSED, _AXES, _CENTERS, _TURNED, _COST = (
    "Heatmaps", "Drawn shapes", "Fused maps", "Axes", "Centers", "Turned by ±45°", "Cost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a model.

    Attributes:
        title, group: what stands above it.
        help: one sentence.
        value: None where it has no meaning.
        style: percent (0.665 -> 66.5), small (3 digits), count (3.3 M), speed (1.5).
        higher: whether more is better; None where neither is.
        summary: whether it is among the few that are shown first.
    """

    group: str
    title: str
    help: str
    value: Value
    style: Style = "percent"
    higher: bool | None = True
    summary: bool = False

    def text(self, model: ModelReport) -> str:
        """The number for people, a dash where there is none."""
        return shown(self.value(model), self.style)

    def best(self, models: Sequence[ModelReport]) -> float | None:
        """The best value among several models; None where there is nothing to compare, or not of the same thing: of
        turned pictures, a network's heatmaps are judged, and drawn shapes where there is no network."""
        if self.group == _TURNED and len({m.turned.of for m in models if m.turned is not None}) > 1:
            return None
        values = [value for m in models if (value := self.value(m)) is not None]
        if self.higher is None or len(values) < 2:
            return None
        return max(values) if self.higher else min(values)


def shown(value: float | None, style: Style) -> str:
    """A number for people, in the style of a column."""
    if value is None:
        return "–"
    if style == "percent":
        return f"{100.0 * value:.1f}"
    if style == "small":
        return f"{value:.2g}" if value < 0.01 else f"{value:.3f}"
    if style == "speed":
        return f"{value:.2f}" if value < 10 else f"{value:.0f}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}" if value < 100 * size else f"{value / size:.0f} {letter}"
    return f"{value:.0f}"


def _f1(part: PixelPart | None) -> float | None:
    return None if part is None else part.f1


def _robust(model: ModelReport, kind: Literal["reflection", "rotation"]) -> float | None:
    return None if model.turned is None else _f1(getattr(model.turned.robustness, kind))


def _consistency(kind: Literal["reflection", "rotation"], name: str) -> Value:
    def value(model: ModelReport) -> float | None:
        part: ConsistencyPart | None = None if model.turned is None else getattr(model.turned, f"{kind}_consistency")
        return None if part is None else float(getattr(part, name))

    return value


COLUMNS: Final[tuple[Column, ...]] = (
    Column(_HEAT, "Reflection F1", "The field's pixel metric on the reflection heatmap, best threshold.",
           lambda m: _f1(m.heatmaps.reflection), summary=True),
    Column(_HEAT, "Rotation F1", "The same on the rotation heatmap.", lambda m: _f1(m.heatmaps.rotation), summary=True),
    Column(_HEAT, "Reflection F1, undilated", "The reflection heatmap without dilating it first.",
           lambda m: _f1(m.undilated.reflection)),
    Column(_HEAT, "Rotation F1, undilated", "The rotation heatmap without dilating it first.",
           lambda m: _f1(m.undilated.rotation)),
    Column(_DRAWN, "Reflection F1", "The pixel metric on decoded axes and ellipses, drawn with their scores.",
           lambda m: _f1(m.drawn.reflection), summary=True),
    Column(_DRAWN, "Rotation F1", "The pixel metric on decoded centers.",
           lambda m: _f1(m.drawn.rotation), summary=True),
    Column(_FUSED, "Reflection F1", "The pixel metric on the mean of heatmap and drawn shapes.",
           lambda m: _f1(m.fused.reflection)),
    Column(_FUSED, "Rotation F1", "The same for rotation.", lambda m: _f1(m.fused.rotation)),
    Column(_AXES, "F1", "End points within 2.5 % of the diagonal, at the best threshold.",
           lambda m: None if m.axes is None else m.axes.f1, summary=True),
    Column(_AXES, "AP", "Average precision of axes over 101 recalls.",
           lambda m: None if m.axes is None else m.axes.average_precision),
    Column(_AXES, "F1 as shown", "At the threshold from which shapes are shown.",
           lambda m: None if m.axes is None else m.axes.shown_f1),
    Column(_AXES, "Dominant", "Pictures with one true axis whose best axis is right (angle < 10°).",
           lambda m: None if m.dominant is None else m.dominant.right),
    Column(_CENTERS, "AP", "Average precision of places within 2.5 % of the longer side.",
           lambda m: None if m.centers is None else m.centers.places.average_precision, summary=True),
    Column(_CENTERS, "F1", "At the best threshold.", lambda m: None if m.centers is None else m.centers.places.f1),
    Column(_CENTERS, "AP with order", "A center with the wrong order is a miss.",
           lambda m: None if m.centers is None else m.centers.with_order_average_precision),
    Column(_CENTERS, "Orders right", "Share of right orders among the centers that hit.",
           lambda m: None if m.centers is None else m.centers.order_accuracy),
    Column(_TURNED, "Reflection F1", "Robustness: pixel F1 on turned pictures; of drawn shapes without a network.",
           lambda m: _robust(m, "reflection"), summary=True),
    Column(_TURNED, "Rotation F1", "Robustness of the rotation map.", lambda m: _robust(m, "rotation")),
    Column(_TURNED, "Consistency", "Reflection: relative L2 distance of f(turned) and turned f; 0 is best.",
           _consistency("reflection", "relative_l2"), "small", False, summary=True),
    Column(_TURNED, "mean square", "Reflection: mean squared difference; 0 is best.",
           _consistency("reflection", "mean_square"), "small", False),
    Column(_TURNED, "1 − F1", "Reflection: 1 − mean F1 of both maps; 0 is best.",
           _consistency("reflection", "one_minus_f1"), "small", False),
    Column(_TURNED, "Consistency (rotation)", "Rotation: relative L2 distance; 0 is best.",
           _consistency("rotation", "relative_l2"), "small", False),
    Column(_COST, "Parameters", "Of the network.", lambda m: m.cost.parameters, "count", None, summary=True),
    Column(_COST, "Multiply-adds", "For one picture at the network's input size.", lambda m: m.cost.multiply_adds,
           "count", None, summary=True),
    Column(_COST, "Pictures / s", "Whole pictures to shapes, one at a time, on this machine.",
           lambda m: m.cost.images_per_second, "speed", None, summary=True),
)  # fmt: skip


def columns_of(models: Sequence[ModelReport], *, summary: bool = False) -> list[Column]:
    """The columns in which at least one of the models has a value."""
    chosen = [c for c in COLUMNS if c.summary or not summary]
    return [c for c in chosen if any(c.value(m) is not None for m in models)]
