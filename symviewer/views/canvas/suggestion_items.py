"""Suggestions on the canvas: dashed lines with a dark casing, one item a shape, rebuilt from the workspace."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from clipsym_core.symmetry import Detection, Point, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import words
from symviewer.views.canvas.label_item import LabelItem
from symviewer.views.colors import CASING, SELECTED, of_shape

_LINE: Final = 2.4
_CASING: Final = 4.8
_DASH: Final = (5.0, 1.9)
_MARK: Final = 8.0
"""Radius of a center's mark and half length of an axis' end bars, px of the screen."""


class SuggestionItem(QGraphicsItem):
    """One suggestion. Lines keep their width on the screen; `set_zoom` tells how large a screen pixel is."""

    def __init__(self, suggestion: Detection, *, labelled: bool) -> None:
        super().__init__()
        self.suggestion = suggestion
        self._color = of_shape(suggestion.shape)
        self._path = _path(suggestion)
        self._pixel = 1.0
        self._strong = False
        self._label: LabelItem | None = None
        if labelled:
            anchor, outward = _anchor(suggestion)
            badge = words.order(suggestion.shape)
            away = _MARK + 2 if badge else 0.0
            self._label = LabelItem(words.score(suggestion.score), badge, self._color, outward, away, self)
            self._label.setPos(anchor)
        # The best ones are on top, and centers above the lines that cross them, also above a selected line.
        self.setZValue(10 + suggestion.score + (100 if isinstance(suggestion.shape, RotationCenter) else 0))
        self.setToolTip(words.describe(suggestion))

    def set_zoom(self, pixel: float) -> None:
        """`pixel`: size of a pixel of the screen in pixels of the picture."""
        if pixel != self._pixel:
            self.prepareGeometryChange()
            self._pixel = pixel

    def set_strong(self, strong: bool) -> None:
        """Drawn as the selected one."""
        if strong != self._strong:
            self._strong = strong
            self.setZValue(self.zValue() + (50 if strong else -50))
            if self._label:
                self._label.set_strong(strong)
            self.update()

    def boundingRect(self) -> QRectF:
        margin = (_MARK + 8) * self._pixel
        return self._path.boundingRect().adjusted(-margin, -margin, margin, margin)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Cosmetic pens count the pixels of the device: twice as many on a screen of 200 % scale.
        ratio = painter.device().devicePixelRatioF()
        line = (_LINE + 0.8 if self._strong else _LINE) * ratio
        if self._strong:
            self._stroke(painter, _pen(CASING, 8.2 * ratio))
            self._stroke(painter, _pen(SELECTED, 6.0 * ratio))
        else:
            self._stroke(painter, _pen(CASING, _CASING * ratio))
        dashed = _pen(self._color, line)
        dashed.setDashPattern(_DASH)
        self._stroke(painter, dashed, marks=False)
        self._marks(painter, _pen(self._color, line))

    def _stroke(self, painter: QPainter, pen: QPen, *, marks: bool = True) -> None:
        if not isinstance(self.suggestion.shape, RotationCenter):
            painter.strokePath(self._path, pen)
        if marks:
            self._marks(painter, pen)

    def _marks(self, painter: QPainter, pen: QPen) -> None:
        """The parts that are as large on the screen at every zoom: end bars of an axis, cross and ring of a center."""
        shape = self.suggestion.shape
        painter.setPen(pen)
        if isinstance(shape, ReflectionAxis):
            for end, inner in ((shape.points[0], shape.points[1]), (shape.points[-1], shape.points[-2])):
                ux, uy = _unit(inner, end)
                half = 0.7 * _MARK * self._pixel
                painter.drawLine(
                    QPointF(end[0] - uy * half, end[1] + ux * half), QPointF(end[0] + uy * half, end[1] - ux * half)
                )
            return
        point = shape.point if isinstance(shape, RotationCenter) else shape.center
        x, y = point
        arm = (_MARK if isinstance(shape, RotationCenter) else 0.5 * _MARK) * self._pixel
        painter.drawLine(QPointF(x - arm, y), QPointF(x + arm, y))
        painter.drawLine(QPointF(x, y - arm), QPointF(x, y + arm))
        if isinstance(shape, RotationCenter):
            painter.drawEllipse(QPointF(x, y), arm, arm)


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _path(suggestion: Detection) -> QPainterPath:
    shape = suggestion.shape
    path = QPainterPath()
    if isinstance(shape, ReflectionAxis):
        path.moveTo(*shape.points[0])
        for point in shape.points[1:]:
            path.lineTo(*point)
    elif isinstance(shape, RotationCenter):
        path.addRect(shape.x, shape.y, 0, 0)
    else:
        # 64 segments are smooth at any size that fits a screen; angles count counter-clockwise, y points down.
        points = [_on_ellipse(shape, 2 * math.pi * i / 64) for i in range(65)]
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
    return path


def _anchor(suggestion: Detection) -> tuple[QPointF, QPointF]:
    """Where the label stands, and the direction in which it stands off."""
    shape = suggestion.shape
    if isinstance(shape, ReflectionAxis):
        first, last = (shape.points[0], shape.points[1]), (shape.points[-1], shape.points[-2])
        end, inner = min(first, last, key=lambda pair: (round(pair[0][1]), pair[0][0]))  # the upper end
        return QPointF(*end), QPointF(*_unit(inner, end))
    if isinstance(shape, RotationCenter):
        return QPointF(shape.x, shape.y), QPointF(0.85, -0.53)
    top = min((_on_ellipse(shape, 2 * math.pi * i / 64) for i in range(64)), key=lambda p: p[1])
    return QPointF(*top), QPointF(0.0, -1.0)


def _on_ellipse(shape: ReflectionEllipse, t: float) -> Point:
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    u, v = shape.rx * math.cos(t), shape.ry * math.sin(t)
    return (shape.cx + u * c - v * s, shape.cy - u * s - v * c)


def _unit(a: Point, b: Point) -> Point:
    length = math.dist(a, b)
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length else (0.0, -1.0)
