"""The picture on the canvas, painted from the level of its pyramid that fits the zoom."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from symviewer.model.heatmaps import PictureImage


class ImageItem(QGraphicsItem):
    """Covers [0, W] x [0, H] of the scene: one scene unit is one pixel of the picture, pixel centers at + 0.5."""

    def __init__(self) -> None:
        super().__init__()
        self._image: PictureImage | None = None
        self._levels: list[QImage] = []
        self._rect = QRectF()
        # Without this, Qt paints whole items; with it, only the exposed part of a huge picture is touched.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def show_image(self, image: PictureImage | None) -> None:
        """Show this picture, or nothing."""
        self.prepareGeometryChange()
        # The QImages look into numpy's memory: self._image keeps that alive for as long as they are.
        old, self._image = self._image, image
        self._levels = []
        if image is not None:
            for level in image.levels:
                height, width, channels = level.shape
                form = QImage.Format.Format_RGB32 if channels == 4 else QImage.Format.Format_RGB888
                self._levels.append(QImage(level.data, width, height, level.strides[0], form))
            self._rect = QRectF(0, 0, *image.size)
        else:
            self._rect = QRectF()
        del old
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._levels:
            return
        exposed = option.exposedRect.intersected(self._rect)  # type: ignore[attr-defined]  # missing in the stubs
        if exposed.isEmpty():
            return
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        scale *= painter.device().devicePixelRatio() if painter.device() else 1.0
        level = self._level_for(scale)
        sx, sy = level.width() / self._rect.width(), level.height() / self._rect.height()
        # Single pixels stay sharp squares when they are looked at closely.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 4)
        # Two pixels more on each side, so that smoothing has no seam where only a part is painted again.
        grown = exposed.adjusted(-2 / sx, -2 / sy, 2 / sx, 2 / sy).intersected(self._rect)
        source = QRectF(grown.x() * sx, grown.y() * sy, grown.width() * sx, grown.height() * sy)
        painter.drawImage(grown, level, source)

    def _level_for(self, scale: float) -> QImage:
        chosen = self._levels[0]
        for level in self._levels[1:]:
            if level.width() < scale * self._rect.width():
                break
            chosen = level
        return chosen
