"""How shapes are drawn: lines with a dark casing that keep their width on the screen. Pure painting, no state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model.shape_edit import Part, handles, middle
from symviewer.views.colors import CASING, SELECTED, SNAPPED, of_shape

LINE: Final = 2.4
CASING_WIDTH: Final = 4.8
DASH: Final = (5.0, 1.9)
MARK: Final = 8.0
"""Radius of a center's mark and half length of an axis' end bars, px of the screen."""
HANDLE: Final = 4.5
"""Half side of a handle, px of the screen."""
MARGIN: Final = MARK + 8.0
"""Screen px around its points that a shape paints on at most, handles apart."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one shape is drawn: `dashed` suggestions, solid annotations; `strong` with a rim, of another color where it
    is `snapped`."""

    dashed: bool = False
    strong: bool = False
    snapped: bool = False


def path_of(shape: Shape) -> QPainterPath:
    """The line of a shape in pixels of the picture; a center's is its point."""
    path = QPainterPath()
    if isinstance(shape, RotationCenter):
        path.addRect(shape.x, shape.y, 0, 0)
        return path
    if isinstance(shape, ReflectionAxis):
        points = list(shape.points)
    else:
        # 64 segments are smooth at any size that fits a screen.
        points = [on_ellipse(shape, 2 * math.pi * i / 64) for i in range(65)]
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    return path


def paint_shape(painter: QPainter, shape: Shape, path: QPainterPath, look: Look, pixel: float) -> None:
    """Draw a shape; `pixel`: size of a pixel of the screen in pixels of the picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Cosmetic pens count the pixels of the device: twice as many on a screen of 200 % scale.
    ratio = painter.device().devicePixelRatioF()
    line = (LINE + 0.8 if look.strong else LINE) * ratio
    color = of_shape(shape)
    if look.strong:
        _stroke(painter, shape, path, pen(CASING, 8.2 * ratio), pixel)
        _stroke(painter, shape, path, pen(SNAPPED if look.snapped else SELECTED, 6.0 * ratio), pixel)
    else:
        _stroke(painter, shape, path, pen(CASING, CASING_WIDTH * ratio), pixel)
    top = pen(color, line)
    if look.dashed and not isinstance(shape, RotationCenter):
        top.setDashPattern(DASH)
        painter.strokePath(path, top)
        _marks(painter, shape, pen(color, line), pixel)
    else:
        _stroke(painter, shape, path, top, pixel, dashed=look.dashed)


def paint_handles(painter: QPainter, shape: Shape, pixel: float, active: tuple[Part, int] | None = None) -> None:
    """Draw where a shape can be taken; the `active` handle filled, the one that arrows move."""
    if isinstance(shape, RotationCenter):
        return  # the center is its own handle
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ratio = painter.device().devicePixelRatioF()
    color = of_shape(shape)
    side = HANDLE * pixel
    center = QPointF(*middle(shape))
    for handle in handles(shape, 1.0 / pixel):
        point = QPointF(*handle.point)
        is_active = active == (handle.part, handle.index)
        if handle.part is Part.ROTATE:
            base = center if isinstance(shape, ReflectionAxis) else _ellipse_base(shape, handle.point)
            painter.setPen(pen(CASING, 3.0 * ratio))
            painter.drawLine(base, point)
            painter.setPen(pen(SELECTED, 1.4 * ratio))
            painter.drawLine(base, point)
        painter.setPen(pen(QColor("#10141b"), 1.4 * ratio))
        painter.setBrush(color if is_active else SELECTED)
        box = QRectF(point.x() - side, point.y() - side, 2 * side, 2 * side)
        if handle.part is Part.END:
            painter.drawRect(box)
        elif handle.part is Part.ROTATE:
            painter.drawEllipse(point, side, side)
        else:
            painter.drawPolygon(
                [point + QPointF(x * 1.3 * side, y * 1.3 * side) for x, y in ((0, -1), (1, 0), (0, 1), (-1, 0))]
            )
    painter.setBrush(Qt.BrushStyle.NoBrush)


def anchor(shape: Shape) -> tuple[QPointF, QPointF]:
    """Where the label stands, and the direction in which it stands off."""
    if isinstance(shape, ReflectionAxis):
        first, last = (shape.points[0], shape.points[1]), (shape.points[-1], shape.points[-2])
        end, inner = min(first, last, key=lambda pair: (round(pair[0][1]), pair[0][0]))  # the upper end
        return QPointF(*end), QPointF(*_unit(inner, end))
    if isinstance(shape, RotationCenter):
        return QPointF(shape.x, shape.y), QPointF(0.85, -0.53)
    top = min((on_ellipse(shape, 2 * math.pi * i / 64) for i in range(64)), key=lambda p: p[1])
    return QPointF(*top), QPointF(0.0, -1.0)


def on_ellipse(shape: ReflectionEllipse, t: float) -> Point:
    """A point of an ellipse. Angles count counter-clockwise, y points down."""
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    u, v = shape.rx * math.cos(t), shape.ry * math.sin(t)
    return (shape.cx + u * c - v * s, shape.cy - u * s - v * c)


def pen(color: QColor, width: float) -> QPen:
    """A pen of a width in pixels of the device, whatever the zoom."""
    made = QPen(color, width)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def _stroke(
    painter: QPainter, shape: Shape, path: QPainterPath, stroke: QPen, pixel: float, *, dashed: bool = False
) -> None:
    if not isinstance(shape, RotationCenter):
        painter.strokePath(path, stroke)
    _marks(painter, shape, stroke, pixel, dashed=dashed)


def _marks(painter: QPainter, shape: Shape, stroke: QPen, pixel: float, *, dashed: bool = False) -> None:
    painter.setPen(stroke)
    if isinstance(shape, ReflectionAxis):
        for end, inner in ((shape.points[0], shape.points[1]), (shape.points[-1], shape.points[-2])):
            ux, uy = _unit(inner, end)
            half = 0.7 * MARK * pixel
            painter.drawLine(
                QPointF(end[0] - uy * half, end[1] + ux * half), QPointF(end[0] + uy * half, end[1] - ux * half)
            )
        return
    x, y = shape.point if isinstance(shape, RotationCenter) else shape.center
    arm = (MARK if isinstance(shape, RotationCenter) else 0.5 * MARK) * pixel
    painter.drawLine(QPointF(x - arm, y), QPointF(x + arm, y))
    painter.drawLine(QPointF(x, y - arm), QPointF(x, y + arm))
    if isinstance(shape, RotationCenter):
        if dashed:
            broken = QPen(stroke)
            broken.setDashPattern((2.2, 1.3))
            painter.setPen(broken)
        painter.drawEllipse(QPointF(x, y), arm, arm)


def _ellipse_base(shape: ReflectionEllipse, rotate: Point) -> QPointF:
    """Where the stem of the rotate handle leaves the ellipse."""
    dx, dy = rotate[0] - shape.cx, rotate[1] - shape.cy
    part = shape.rx / math.hypot(dx, dy)
    return QPointF(shape.cx + part * dx, shape.cy + part * dy)


def _unit(a: Point, b: Point) -> Point:
    length = math.dist(a, b)
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length else (0.0, -1.0)
