"""A score, the order of a center and a lock beside a shape: the same size on the screen at every zoom."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from symviewer.views.colors import LABEL_GROUND

_PADDING: Final = 5.0
_GAP: Final = 7.0
_LOCK: Final = 13.0
"""Width of the lock glyph with its space, px."""


def label_font() -> QFont:
    """The font of what is written on the picture."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * 0.95)
    font.setWeight(QFont.Weight.DemiBold)
    return font


class LabelItem(QGraphicsItem):
    """A rounded label with an optional round badge in front, set off from its anchor in a direction.

    Args:
        text: the score, empty for none.
        badge: the order of a center, empty for none.
        color: of the shape.
        outward: unit vector on the screen along which the label stands off from the anchor.
        away: how much further than usual, px of the screen.
        parent: of the item.
        locked: with a lock behind the text.
    """

    def __init__(
        self,
        text: str,
        badge: str,
        color: QColor,
        outward: QPointF,
        away: float,
        parent: QGraphicsItem | None = None,
        *,
        locked: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._text, self._badge, self._color, self._locked = text, badge, color, locked
        self._font = label_font()
        metrics = QFontMetricsF(self._font)
        height = metrics.height() + 4
        self._badge_width = max(height, metrics.horizontalAdvance(badge) + 2 * _PADDING) if badge else 0.0
        self._text_width = metrics.horizontalAdvance(text) + 2 * _PADDING if text else 0.0
        width = self._badge_width + self._text_width + (_LOCK + _PADDING if locked else 0.0)
        away += abs(outward.x()) * width / 2 + abs(outward.y()) * height / 2 + _GAP
        center = QPointF(outward.x() * away, outward.y() * away)
        self._rect = QRectF(center.x() - width / 2, center.y() - height / 2, width, height)
        self._strong = False

    def set_strong(self, strong: bool) -> None:
        """Drawn with a rim, for the selected shape."""
        self._strong = strong
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._rect.height() / 2
        painter.setPen(QPen(Qt.GlobalColor.white, 1.6) if self._strong else Qt.PenStyle.NoPen)
        painter.setBrush(LABEL_GROUND)
        painter.drawRoundedRect(self._rect, radius, radius)
        painter.setFont(self._font)
        rest = QRectF(self._rect)
        if self._badge:
            disc = QRectF(rest.left(), rest.top(), self._badge_width, rest.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._color)
            painter.drawRoundedRect(disc.adjusted(1.5, 1.5, -1.5, -1.5), radius, radius)
            painter.setPen(QColor("#10141b"))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, self._badge)
            rest.setLeft(disc.right())
        color = self._color.lighter(120)
        if self._text:
            painter.setPen(color)
            rest.setWidth(self._text_width)
            painter.drawText(rest, Qt.AlignmentFlag.AlignCenter, self._text)
            rest.moveLeft(rest.right())
        if self._locked:
            _lock(painter, QPointF(rest.left() + _PADDING + 4.0, rest.center().y()), color)


def _lock(painter: QPainter, center: QPointF, color: QColor) -> None:
    x, y = center.x(), center.y()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 1.5))
    painter.drawArc(QRectF(x - 2.6, y - 5.8, 5.2, 7.0), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(x - 4.2, y - 1.6, 8.4, 6.6), 1.2, 1.2)
