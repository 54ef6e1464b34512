"""Tracked symmetries on a frame: dashed lines with a dark casing, as suggestions are drawn, with number and score."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QTransform

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter
from clipsym_core.tracking.tracker import Tracked
from symviewer.model import words
from symviewer.views.colors import CASING, LABEL_GROUND, of_shape

_LINE: Final = 2.4
_CASING: Final = 4.8
_DASH: Final = (5.0, 1.9)
_MARK: Final = 8.0
_PADDING: Final = 5.0
_RIM_POINTS: Final = 64


def paint_track(painter: QPainter, tracked: Tracked, to_screen: QTransform, *, labelled: bool) -> None:
    """Draw one track; `to_screen` takes pixels of the frame to those of the painter."""
    shape = tracked.detection.shape
    color = of_shape(shape)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    anchor, outward = QPointF(), QPointF(0.85, -0.53)
    if isinstance(shape, RotationCenter):
        anchor = _mapped(to_screen, shape.point)
        for pen in (QPen(CASING, _CASING), QPen(color, _LINE)):
            painter.setPen(pen)
            painter.drawEllipse(anchor, _MARK, _MARK)
            painter.drawLine(anchor - QPointF(_MARK, 0), anchor + QPointF(_MARK, 0))
            painter.drawLine(anchor - QPointF(0, _MARK), anchor + QPointF(0, _MARK))
    else:
        points = shape.points if isinstance(shape, ReflectionAxis) else _rim(shape)
        line = QPolygonF([_mapped(to_screen, point) for point in points])
        dashed = QPen(color, _LINE)
        dashed.setDashPattern(_DASH)
        for pen in (QPen(CASING, _CASING), dashed):
            painter.setPen(pen)
            painter.drawPolyline(line)
        ends = [line.at(i) for i in range(line.count())]
        anchor = min(ends, key=lambda p: (round(p.y()), p.x()))
        if isinstance(shape, ReflectionAxis):
            inner = ends[1] if anchor == ends[0] else ends[-2]
            outward = _unit(inner, anchor)
    if labelled:
        _paint_label(painter, tracked, anchor, outward, color)


def _paint_label(painter: QPainter, tracked: Tracked, anchor: QPointF, outward: QPointF, color: QColor) -> None:
    badge = words.order(tracked.detection.shape)
    text = f"{badge + '  ' if badge else ''}{words.score(tracked.detection.score)}  #{tracked.number}"
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 2 * _PADDING, metrics.height() + 2
    away = abs(outward.x()) * width / 2 + abs(outward.y()) * height / 2 + _MARK + 2
    middle = anchor + outward * away
    rect = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(LABEL_GROUND)
    painter.drawRoundedRect(rect, height / 2, height / 2)
    painter.setPen(color.lighter(120))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _mapped(to_screen: QTransform, point: Point) -> QPointF:
    return to_screen.map(QPointF(*point))


def _rim(ellipse: ReflectionEllipse) -> list[Point]:
    c, s = math.cos(math.radians(ellipse.angle)), math.sin(math.radians(ellipse.angle))
    points = []
    for i in range(_RIM_POINTS + 1):
        t = 2 * math.pi * i / _RIM_POINTS
        u, v = ellipse.rx * math.cos(t), ellipse.ry * math.sin(t)
        points.append((ellipse.cx + u * c - v * s, ellipse.cy - u * s - v * c))
    return points


def _unit(a: QPointF, b: QPointF) -> QPointF:
    length = math.hypot(b.x() - a.x(), b.y() - a.y())
    return (b - a) / length if length else QPointF(0.0, -1.0)
