"""Where the two sides of the selected axis differ, over the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from symviewer.model.axis_evidence import AxisScore
from symviewer.model.colormaps import colorize

_LOW, _HIGH = 0.12, 1.0
_COLORMAP = "magma"


class DifferenceItem(QGraphicsItem):
    """Glows where a pixel differs from its mirror image; colored once for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF()
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._image = QImage()
        self.setZValue(2)
        self.hide()

    def show_difference(self, evidence: AxisScore | None, size: tuple[int, int] | None) -> None:
        """Show the difference of an answer over a picture of `size`, or nothing."""
        self.prepareGeometryChange()
        difference = evidence.difference if evidence else None
        self._rect = QRectF(0, 0, *size) if size else QRectF()
        self._image, self._pixels = QImage(), None
        if difference is not None:
            self._pixels = colorize(difference, colormap=_COLORMAP, low=_LOW, high=_HIGH)
            height, width = difference.shape
            form = QImage.Format.Format_ARGB32_Premultiplied
            self._image = QImage(self._pixels.data, width, height, self._pixels.strides[0], form)
        self.setVisible(difference is not None)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect

    def draw(self, painter: QPainter) -> None:
        """Paint in pixels of the picture."""
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(0.85)
            painter.drawImage(self._rect, self._image)
            painter.setOpacity(1.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        self.draw(painter)
