"""A score, and for a center its order, beside a suggestion: the same size on the screen at every zoom."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from symviewer.views.colors import LABEL_GROUND

_PADDING: Final = 5.0
_GAP: Final = 7.0


class LabelItem(QGraphicsItem):
    """A rounded label with an optional round badge in front, set off from its anchor in a direction.

    Args:
        text: the score.
        badge: the order of a center, empty for none.
        color: of the suggestion.
        outward: unit vector on the screen along which the label stands off from the anchor.
        away: how much further than usual, px of the screen.
    """

    def __init__(
        self, text: str, badge: str, color: QColor, outward: QPointF, away: float, parent: QGraphicsItem
    ) -> None:
        super().__init__(parent)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._text, self._badge, self._color = text, badge, color
        self._font = QFont(QApplication.font())
        self._font.setPointSizeF(self._font.pointSizeF() * 0.95)
        self._font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetricsF(self._font)
        height = metrics.height() + 4
        self._badge_width = max(height, metrics.horizontalAdvance(badge) + 2 * _PADDING) if badge else 0.0
        width = self._badge_width + metrics.horizontalAdvance(text) + 2 * _PADDING
        away += abs(outward.x()) * width / 2 + abs(outward.y()) * height / 2 + _GAP
        center = QPointF(outward.x() * away, outward.y() * away)
        self._rect = QRectF(center.x() - width / 2, center.y() - height / 2, width, height)
        self._strong = False

    def set_strong(self, strong: bool) -> None:
        """Drawn with a rim, for the selected suggestion."""
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
        painter.setPen(self._color.lighter(120))
        painter.drawText(rest, Qt.AlignmentFlag.AlignCenter, self._text)
