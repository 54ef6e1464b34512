"""The heatmap over the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from symviewer.model.colormaps import colorize
from symviewer.model.heatmaps import HeatmapPair
from symviewer.model.overlay import Overlay


class HeatmapItem(QGraphicsItem):
    """A heatmap stretched over the picture; colored once for each change, painted smoothly at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF()
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._image = QImage()

    def show_heatmap(self, pair: HeatmapPair | None, overlay: Overlay, size: tuple[int, int] | None) -> None:
        """Show what the overlay asks for over a picture of `size`, or nothing."""
        self.prepareGeometryChange()
        self._rect = QRectF(0, 0, *size) if size else QRectF()
        self.setVisible(pair is not None and overlay.heatmap != "off" and size is not None)
        self._image, self._pixels = QImage(), None
        if pair is None or overlay.heatmap == "off":
            return
        values = pair.of(overlay.heatmap)
        self._pixels = colorize(values, colormap=overlay.colormap, low=overlay.low, high=overlay.high)
        height, width = values.shape
        self._image = QImage(
            self._pixels.data, width, height, self._pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied
        )
        self.setOpacity(overlay.opacity)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._rect, self._image)
