"""The dot that tells the state of a picture: each state has a form of its own, so that no color needs to be told."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from symviewer.model.picture_order import RowState
from symviewer.views.colors import STATES

SIZE: Final = 12.0
_WHITE: Final = QColor("#ffffff")


def draw_dot(painter: QPainter, center: QPointF, state: RowState, *, on_highlight: bool = False) -> None:
    """Ring = not looked at, half disc = being looked at, diamond = to be reviewed, disc with a tick = verified, square
    with a cross = cannot be read."""
    color = STATES[state]
    radius = SIZE / 2
    if on_highlight:  # a pale ground keeps the dot apart from the highlight
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_WHITE)
        painter.drawEllipse(center, radius + 2.5, radius + 2.5)
    painter.setPen(QPen(color, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush if state in (RowState.NONE, RowState.LOOKING) else color)
    inner = radius - 0.9
    if state is RowState.SUGGESTED:
        corners = ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([center + QPointF(x, y) for x, y in corners]))
    elif state is RowState.FAILED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(_box(center, radius - 0.5), 1.5, 1.5)
        painter.setPen(QPen(_WHITE, 1.8))
        arm = radius * 0.45
        painter.drawLine(center + QPointF(-arm, -arm), center + QPointF(arm, arm))
        painter.drawLine(center + QPointF(-arm, arm), center + QPointF(arm, -arm))
    else:
        painter.drawEllipse(center, inner, inner)
    if state is RowState.LOOKING:
        painter.setBrush(color)
        painter.drawPie(_box(center, inner), 90 * 16, -180 * 16)
    elif state is RowState.VERIFIED:
        painter.setPen(QPen(_WHITE, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        tick = ((-0.45, 0.05), (-0.1, 0.4), (0.45, -0.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([center + QPointF(x * radius, y * radius) for x, y in tick]))


def _box(center: QPointF, radius: float) -> QRectF:
    return QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
