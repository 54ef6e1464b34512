"""A row of the file list: thumbnail, name, what is known, the disagreement, and a dot that tells the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clipsym_core.video.address import frame_address
from symviewer.model.picture_order import RowState
from symviewer.model.pictures import Picture
from symviewer.views.panels.file_list_model import FileRow, RowRole, state_words
from symviewer.views.panels.state_dot import SIZE, draw_dot
from symviewer.views.translation import tr

_THUMB: Final = 52
_SPACE: Final = 8


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
        row: FileRow = index.data(RowRole)
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
        left, right = thumb.right() + _SPACE + 2, rect.right() - _SPACE
        metrics = QFontMetrics(painter.font())
        middle, height = rect.center().y(), metrics.height()
        dot = QPointF(right - SIZE / 2, middle - height / 2)
        first = QRect(left, middle - height - 1, round(right - SIZE - 8) - left, height)
        # Files differ at both ends of their names, frames at the beginning.
        is_frame = frame_address(row.picture.path) is not None
        mode = Qt.TextElideMode.ElideRight if is_frame else Qt.TextElideMode.ElideMiddle
        self._line(painter, ink, first, row.picture.name, mode)
        second = QRect(left, middle + 2, right - left, height)
        if row.entry is not None and row.entry.disagreement is not None:
            number = f"±{row.entry.disagreement:.2f}"
            painter.setPen(faint)
            painter.drawText(second, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
            second.setRight(right - metrics.horizontalAdvance(number) - 6)
        self._line(painter, faint, second, self._second_line(row), Qt.TextElideMode.ElideRight)
        draw_dot(painter, dot, row.state, on_highlight=selected)
        painter.restore()

    def _second_line(self, row: FileRow) -> str:
        if row.state not in (RowState.SUGGESTED, RowState.VERIFIED):
            return state_words()[row.state]
        kept = row.entry.annotations if row.entry else 0
        # What is left of the suggestions on a picture that somebody has finished is of no interest any more.
        finished = row.state is RowState.VERIFIED and kept > 0
        shown = 0 if finished else self._shown_count(row.picture)
        parts = [tr("{count} annotated").format(count=kept)] if kept else []
        parts += [tr("{count} suggested").format(count=shown)] if shown else []
        if not parts and row.entry is not None and row.entry.suggestions:
            return tr("{count} hidden").format(count=row.entry.suggestions)
        return ", ".join(parts) or tr("Nothing found")

    @staticmethod
    def _line(painter: QPainter, color: QColor, rect: QRect, text: str, elide: Qt.TextElideMode) -> None:
        painter.setPen(color)
        shown = QFontMetrics(painter.font()).elidedText(text, elide, rect.width())
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
