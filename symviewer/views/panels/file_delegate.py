"""A row of the file list: thumbnail, name, what is known, and a dot whose color and form tell the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from symviewer.model.pictures import Picture, PictureState
from symviewer.model.words import plural
from symviewer.views.colors import STATES
from symviewer.views.panels.file_list_model import PictureRole, status_text

_THUMB: Final = 52
_SPACE: Final = 8
_DOT: Final = 11.0


class FileDelegate(QStyledItemDelegate):
    """Paints rows; `shown_count(picture)` tells how many of its suggestions the overlay shows."""

    def __init__(self, shown_count: Callable[[Picture], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown_count = shown_count

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, _THUMB + _SPACE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        picture: Picture = index.data(PictureRole)
        rect: QRect = option.rect  # type: ignore[attr-defined]  # missing in the stubs
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        selected = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(QRectF(rect).adjusted(3, 1, -3, -1), 5, 5)
        thumb = QRect(rect.left() + _SPACE, rect.top() + _SPACE // 2, _THUMB, _THUMB)
        self._thumbnail(painter, thumb, index.data(Qt.ItemDataRole.DecorationRole), palette)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        faint = ink if selected else palette.color(QPalette.ColorRole.PlaceholderText)
        left, right = thumb.right() + _SPACE + 2, rect.right() - _SPACE - round(_DOT) - 8
        metrics = QFontMetrics(painter.font())
        middle = rect.center().y()
        height, width = metrics.height(), right - left
        self._line(painter, ink, QRect(left, middle - height - 1, width, height), picture.name)
        self._line(painter, faint, QRect(left, middle + 2, width, height), self._second_line(picture))
        _dot(painter, QPointF(rect.right() - _SPACE - _DOT / 2 - 2, middle), picture.state, on_highlight=selected)
        painter.restore()

    def _second_line(self, picture: Picture) -> str:
        if picture.state is PictureState.DONE:
            return plural(self._shown_count(picture), "suggestion")
        return status_text(picture)

    @staticmethod
    def _line(painter: QPainter, color: QColor, rect: QRect, text: str) -> None:
        painter.setPen(color)
        shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    @staticmethod
    def _thumbnail(painter: QPainter, rect: QRect, pixmap: QPixmap | None, palette: QPalette) -> None:
        if pixmap is None or pixmap.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
            painter.drawRoundedRect(rect, 4, 4)
            return
        size = pixmap.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(rect.center())
        painter.drawPixmap(target, pixmap)


def _dot(painter: QPainter, center: QPointF, state: PictureState, *, on_highlight: bool) -> None:
    """Hollow = waiting, half = being looked at, full = done, full with a cross = broken: form as well as color."""
    color = STATES[state]
    radius = _DOT / 2
    if on_highlight:  # a pale ring keeps the dot apart from the highlight
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(center, radius + 2, radius + 2)
    painter.setPen(QPen(color, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush if state in (PictureState.WAITING, PictureState.DETECTING) else color)
    painter.drawEllipse(center, radius - 0.9, radius - 0.9)
    if state is PictureState.DETECTING:
        painter.setBrush(color)
        box = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
        painter.drawPie(box, 90 * 16, -180 * 16)
    elif state is PictureState.FAILED:
        painter.setPen(QPen(QColor("#ffffff"), 1.6))
        arm = radius * 0.4
        painter.drawLine(center + QPointF(-arm, -arm), center + QPointF(arm, arm))
        painter.drawLine(center + QPointF(-arm, arm), center + QPointF(arm, -arm))
