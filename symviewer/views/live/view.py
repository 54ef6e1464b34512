"""The newest frame, as large as there is room, with what is followed on it and a line of readings."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from symviewer.model.live import LiveStats
from symviewer.model.overlay import Overlay
from symviewer.services.live.live_service import Shown
from symviewer.views.colors import LABEL_GROUND
from symviewer.views.live.painting import paint_track
from symviewer.views.translation import tr

_MARGIN: Final = 12.0
_READING: Final = QColor("#e8ecf2")


class LiveView(QWidget):
    """Signal: `painted()` each time that a frame is on the screen."""

    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Live picture"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._shown: Shown | None = None
        self._image = QImage()
        self._overlay = Overlay()
        self._stats = LiveStats()
        self._title = self._banner = ""
        self._ground = QColor("#121417")

    def set_ground(self, color: QColor) -> None:
        """Color around the frame."""
        self._ground = color
        self.update()

    def show_frame(self, shown: Shown | None, overlay: Overlay, stats: LiveStats) -> None:
        """Show a frame with its tracks, or nothing."""
        self._overlay, self._stats = overlay, stats
        if shown is None:
            self._shown, self._image = None, QImage()
        else:
            pixels = shown.frame.pixels
            height, width = pixels.shape[:2]
            # The QImage looks into numpy's memory: self._shown keeps that alive for as long as it is.
            self._image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)
            self._shown = shown
        self.update()

    def set_title(self, text: str) -> None:
        """What is shown, and which model looks at it: before the readings."""
        self._title = text
        self.setAccessibleDescription(text)
        self.update()

    def show_banner(self, text: str) -> None:
        """A word over the frame, such as "Frozen"; empty for none."""
        self._banner = text
        self.update()

    def to_screen(self) -> QTransform:
        """From pixels of the frame to those of the widget."""
        if self._image.isNull():
            return QTransform()
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        left = (self.width() - scale * self._image.width()) / 2
        top = (self.height() - scale * self._image.height()) / 2
        return QTransform(scale, 0, 0, scale, left, top)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ground)
        if self._shown is not None:
            transform = self.to_screen()
            # Twice as fast as smooth scaling, and the next frame is there in no time.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, transform.m11() < 1.0)
            frame = transform.mapRect(QRectF(self._image.rect()))
            painter.drawImage(frame, self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(frame)
            for tracked in reversed(self._shown.tracks):  # the best on top
                if self._overlay.shows(tracked.detection):
                    paint_track(painter, tracked, transform, labelled=self._overlay.labels)
            painter.setClipping(False)
            self._paint_line(painter, f"{self._title}  ·  {self._stats.text}", QPointF(_MARGIN, _MARGIN))
        if self._banner:
            width = QFontMetricsF(painter.font()).horizontalAdvance(self._banner) + 2 * _MARGIN
            self._paint_line(painter, self._banner, QPointF((self.width() - width) / 2, self.height() - 48.0))
        painter.end()
        self.painted.emit()

    def _paint_line(self, painter: QPainter, text: str, corner: QPointF) -> None:
        room = QRectF(0.0, 0.0, self.width() - corner.x() - 3 * _MARGIN, self.height())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        needed = QFontMetricsF(painter.font()).boundingRect(room, flags, text)
        rect = QRectF(corner.x(), corner.y(), needed.width() + 2 * _MARGIN, needed.height() + 8)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LABEL_GROUND)
        painter.drawRoundedRect(rect, 6, 6)
        painter.setPen(_READING)
        inside = QRectF(rect.left() + _MARGIN, rect.top() + 4, room.width(), needed.height() + 1)
        painter.drawText(inside, flags, text)
