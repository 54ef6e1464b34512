"""What is in a dataset: counts, and its first pictures with their labels drawn."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from clipsym_core.data.preview import Preview, Sample
from clipsym_core.data.stats import Stats
from symviewer.model.words import plural
from symviewer.views.controls import text_label
from symviewer.views.translation import mark, tr

_ICON: Final = QSize(150, 112)
_KINDS: Final = {
    "axis": (mark("axis"), mark("axes")),
    "center": (mark("center"), mark("centers")),
    "ellipse": (mark("ellipse"), mark("ellipses")),
}


class Contents(QWidget):
    """A line or two of counts, and pictures below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = text_label(tr("What is in it"))
        self.samples = QListWidget()
        self.samples.setAccessibleName(tr("First pictures with their labels"))
        self.samples.setViewMode(QListView.ViewMode.IconMode)
        self.samples.setResizeMode(QListView.ResizeMode.Adjust)
        self.samples.setMovement(QListView.Movement.Static)
        self.samples.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.samples.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.samples.setIconSize(_ICON)
        self.samples.setGridSize(QSize(_ICON.width() + 12, _ICON.height() + 36))
        self.samples.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.samples.setMinimumHeight(_ICON.height() + 48)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.summary)
        layout.addWidget(self.samples, 1)

    def show_text(self, text: str) -> None:
        """A word instead of contents."""
        self.samples.clear()
        self.summary.setText(text)

    def show_preview(self, preview: Preview, title: str) -> None:
        """The contents, as far as they are known."""
        more = "" if preview.finished else tr(" so far, still reading …")
        self.summary.setText(f"{title}: {describe(preview.stats)}{more}")
        for sample in preview.samples[self.samples.count() :]:
            self.samples.addItem(_item(sample, self.devicePixelRatioF()))


def describe(stats: Stats) -> str:
    """The counts in words."""
    shapes = [plural(stats.shapes[kind], *words) for kind, words in _KINDS.items() if stats.shapes[kind]]
    text = f"{plural(stats.pictures, 'picture')}, {', '.join(shapes) or tr('no annotations')}"
    if stats.suggestions:
        text += f", {plural(stats.suggestions, 'suggestion')}"
    splits = [f"{stats.splits[name]:,} {name}" for name in ("train", "val", "test") if stats.splits[name]]
    if splits:
        text += f"; {', '.join(splits)}"
    unlabelled = stats.types["none"]
    if unlabelled and unlabelled < stats.pictures:
        text += tr("; {unlabelled:,} without annotations").format(unlabelled=unlabelled)
    return f"{text}."


def _item(sample: Sample, ratio: float) -> QListWidgetItem:
    height, width = sample.image.shape[:2]
    image = QImage(sample.image.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    pixmap = QPixmap.fromImage(image).scaled(
        _ICON * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixmap.setDevicePixelRatio(ratio)
    item = QListWidgetItem(QIcon(pixmap), sample.path.rpartition("/")[2])
    item.setToolTip(sample.path)
    return item
