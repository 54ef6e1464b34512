"""Two pictures of the same thing, one over the other, with a line between them that can be dragged."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from clipsym_core.imaging import Pixels
from symviewer.views.translation import tr

_MARGIN: Final = 6.0
_STEP: Final = 0.02


class WipeView(QWidget):
    """`moved(place)`: where the line is, 0 left to 1 right. The first picture is on its left."""

    moved = Signal(float)

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self._names = (left, right)
        self._images: tuple[QImage | None, QImage | None] = (None, None)
        self._kept: tuple[Pixels | None, Pixels | None] = (None, None)
        self._place = 0.5
        self.setAccessibleName(tr("{left} and {right}").format(left=left, right=right))
        self.setAccessibleDescription(tr("Left and right arrow keys move the line between the two pictures."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)

    def sizeHint(self) -> QSize:
        return QSize(560, 420)

    @property
    def place(self) -> float:
        """Where the line is, in [0, 1]."""
        return self._place

    def show_pictures(self, left: Pixels | None, right: Pixels | None) -> None:
        """Show two pictures [h, w, 3] of one size; None leaves a side empty."""
        self._kept = (left, right)  # a QImage does not own the pixels
        self._images = (_image(left), _image(right))
        self.update()

    def set_place(self, place: float) -> None:
        """Move the line."""
        place = min(1.0, max(0.0, place))
        if place != self._place:
            self._place = place
            self.moved.emit(place)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = self._frame()
        line = frame.left() + self._place * frame.width()
        sides = (
            QRectF(frame.left(), frame.top(), line - frame.left(), frame.height()),
            QRectF(line, frame.top(), frame.right() - line, frame.height()),
        )
        for image, side in zip(self._images, sides, strict=True):
            if image is None:
                painter.fillRect(side, self.palette().color(QPalette.ColorRole.Mid))
                continue
            painter.setClipRect(side)
            painter.drawImage(frame, image)
        painter.setClipping(False)
        if any(image is not None for image in self._images):
            painter.setPen(QPen(QColor("#ffffff"), 3))
            painter.drawLine(QPointF(line, frame.top()), QPointF(line, frame.bottom()))
            painter.setPen(QPen(QColor("#14141c"), 1))
            painter.drawLine(QPointF(line, frame.top()), QPointF(line, frame.bottom()))
            self._write_names(painter, frame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._follow(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._follow(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.set_place(self._place + step)

    def _follow(self, position: QPointF) -> None:
        frame = self._frame()
        self.set_place((position.x() - frame.left()) / max(1.0, frame.width()))

    def _frame(self) -> QRectF:
        """Where the pictures are drawn: as large as they fit, in the middle."""
        image = next((image for image in self._images if image is not None), None)
        if image is None:
            return QRectF(self.rect())
        scale = min(self.width() / image.width(), self.height() / image.height())
        width, height = image.width() * scale, image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _write_names(self, painter: QPainter, frame: QRectF) -> None:
        metrics = painter.fontMetrics()
        for name, right in zip(self._names, (False, True), strict=True):
            width, height = metrics.horizontalAdvance(name) + 2 * _MARGIN, metrics.height() + _MARGIN
            x = frame.right() - width - _MARGIN if right else frame.left() + _MARGIN
            box = QRectF(x, frame.top() + _MARGIN, width, height)
            painter.fillRect(box, QColor(20, 20, 28, 190))
            painter.setPen(QColor("#ffffff"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def _image(pixels: Pixels | None) -> QImage | None:
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
