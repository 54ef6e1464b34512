"""Heatmaps of fixed pictures as the model learns: one column a picture, and a slider over time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QLabel, QListView, QListWidget, QListWidgetItem, QSlider, QVBoxLayout, QWidget

from clipsym_core.imaging import Pixels
from symviewer.model.training import RunProgress
from symviewer.services.training_service import TrainingService
from symviewer.views.translation import tr

_ICON: Final = QSize(140, 140)


class Previews(QWidget):
    """Follows the newest ones until a person moves the slider back."""

    def __init__(self, training: TrainingService) -> None:
        super().__init__()
        self._training = training
        self._folder: Path | None = None
        self._steps: list[int] = []
        self._wanted: tuple[str, ...] = ()
        self._progress: RunProgress | None = None
        self.label = QLabel(tr("Previews appear after the first validation."))
        self.label.setWordWrap(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Step of the previews"))
        self.slider.valueChanged.connect(lambda _value: self._show())
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Previews"))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setIconSize(_ICON)
        self.list.setGridSize(QSize(_ICON.width() + 8, _ICON.height() + 24))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.label)
        layout.addWidget(self.slider)
        layout.addWidget(self.list, 1)
        training.pictures_read.connect(self._on_pictures)

    def begin(self, folder: Path | None) -> None:
        """Another run."""
        self._folder, self._steps, self._wanted, self._progress = folder, [], (), None
        self.list.clear()
        self.slider.setRange(0, 0)
        self.slider.setEnabled(False)
        self.label.setText(tr("Previews appear after the first validation."))

    def show_progress(self, progress: RunProgress) -> None:
        """Show the newest, unless a person looks at older ones."""
        self._progress = progress
        steps = sorted({preview.step for previews in progress.previews.values() for preview in previews})
        if steps == self._steps:
            return
        follows = self.slider.value() == self.slider.maximum()
        self._steps = steps
        self.slider.setEnabled(len(steps) > 1)
        self.slider.setRange(0, max(0, len(steps) - 1))
        if follows:
            self.slider.setValue(self.slider.maximum())
        self._show()

    def _show(self) -> None:
        if self._progress is None or self._folder is None or not self._steps:
            return
        step = self._steps[self.slider.value()]
        chosen = {
            name: preview
            for name, previews in self._progress.previews.items()
            for preview in previews
            if preview.step <= step
        }
        epoch = max(preview.epoch for preview in chosen.values()) if chosen else 0.0
        self.label.setText(
            tr("Epoch {epoch:.1f}, step {step:,}. Orange: axes, blue: centers.").format(epoch=epoch, step=step)
        )
        wanted = tuple(preview.path for preview in chosen.values())
        if wanted != self._wanted:
            self._wanted = wanted
            self._training.read_pictures(self._folder, tuple(chosen), wanted)

    def _on_pictures(
        self, folder: Path, names: tuple[str, ...], paths: tuple[str, ...], pictures: list[Pixels]
    ) -> None:
        if folder != self._folder or paths != self._wanted:
            return
        self.list.clear()
        ratio = self.devicePixelRatioF()
        for name, pixels in zip(names, pictures, strict=True):
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            pixmap = QPixmap.fromImage(image).scaled(
                _ICON * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            pixmap.setDevicePixelRatio(ratio)
            item = QListWidgetItem(QIcon(pixmap), name.rpartition("/")[2])
            item.setToolTip(name)
            self.list.addItem(item)
