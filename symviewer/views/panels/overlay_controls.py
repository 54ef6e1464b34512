"""Threshold and heatmap: what is drawn over the picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, QSize
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.colormaps import COLORMAPS, color_table
from symviewer.model.overlay import HeatmapKind, Overlay
from symviewer.model.translating import mark
from symviewer.model.workspace import Workspace
from symviewer.views.panels.labelled_slider import LabelledSlider, fraction_box
from symviewer.views.translation import tr

_KINDS: dict[HeatmapKind, tuple[str, str]] = {
    "off": (mark("Off"), mark("No heatmap")),
    "reflection": (mark("Axes"), mark("Heatmap of mirror axes")),
    "rotation": (mark("Centers"), mark("Heatmap of rotation centers")),
}
_LEAST_RANGE = 0.02
# Fusion shows a checked button by a shade alone; here it must be seen at a glance.
_SEGMENT = (
    "QPushButton { padding: 4px 8px; border: 1px solid palette(mid); background: palette(button); }"
    "QPushButton:checked { background: palette(highlight); color: palette(highlighted-text); }"
    "QPushButton:focus { border: 1px solid palette(accent); }"
)


class OverlayControls(QWidget):
    """Shows and changes the overlay of the workspace; the network is never asked again by it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.threshold = LabelledSlider(tr("Threshold"), tr("Suggestions with a smaller score are hidden."))
        self.threshold.changed.connect(lambda value: workspace.change_overlay(threshold=value))
        self._kinds = {
            name: _check(
                text,
                tr("Show {what}.").format(what=text.lower()),
                lambda on, name=name: workspace.change_overlay(**{name: on}),
            )
            for name, text in (("axes", tr("Axes")), ("centers", tr("Centers")), ("ellipses", tr("Ellipses")))
        }
        self.heatmap_buttons = self._heatmap_buttons()
        self.colormap = _colormap_box()
        self.colormap.currentTextChanged.connect(lambda name: workspace.change_overlay(colormap=name))
        self.opacity = LabelledSlider(tr("Opacity of the heatmap"), tr("How much the heatmap covers the picture."))
        self.opacity.changed.connect(lambda value: workspace.change_overlay(opacity=value))
        self.low = fraction_box(tr("Range from"), tr("Values below are transparent."))
        self.low.valueChanged.connect(self._on_low)
        self.high = fraction_box(tr("Range to"), tr("Values above get the last color."))
        self.high.valueChanged.connect(self._on_high)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._suggestions_group())
        layout.addWidget(self._heatmap_group())
        workspace.overlay_changed.connect(self._show)
        self._show(workspace.overlay)

    def _suggestions_group(self) -> QGroupBox:
        group = QGroupBox(tr("Suggestions shown"))
        form = QFormLayout(group)
        form.addRow(tr("Threshold"), self.threshold)
        row = QHBoxLayout()
        for box in self._kinds.values():
            row.addWidget(box)
        row.addStretch()
        form.addRow(tr("Kinds"), row)
        return group

    def _heatmap_group(self) -> QGroupBox:
        group = QGroupBox(tr("Heatmap"))
        form = QFormLayout(group)
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in self.heatmap_buttons.buttons():
            row.addWidget(button)
        form.addRow(tr("Show"), row)
        form.addRow(tr("Colors"), self.colormap)
        form.addRow(tr("Opacity"), self.opacity)
        ends = QHBoxLayout()
        ends.addWidget(self.low)
        ends.addWidget(QLabel(tr("to")))
        ends.addWidget(self.high)
        ends.addStretch()
        form.addRow(tr("Range"), ends)
        return group

    def _heatmap_buttons(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for kind, (text, tip) in ((kind, map(tr, words)) for kind, words in _KINDS.items()):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setStyleSheet(_SEGMENT)
            button.setToolTip(tip + ".")
            button.setAccessibleName(tip)
            button.setObjectName(f"heatmap_{kind}")
            button.clicked.connect(lambda _checked, kind=kind: self._workspace.change_overlay(heatmap=kind))
            group.addButton(button)
        return group

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            # A style sheet takes the palette's colors once, when it is set.
            for button in self.heatmap_buttons.buttons():
                button.setStyleSheet("")
                button.setStyleSheet(_SEGMENT)

    def _on_low(self, value: float) -> None:
        low = min(value, 1.0 - _LEAST_RANGE)
        self._workspace.change_overlay(low=low, high=max(self._workspace.overlay.high, low + _LEAST_RANGE))
        self._show(self._workspace.overlay)

    def _on_high(self, value: float) -> None:
        high = max(value, _LEAST_RANGE)
        self._workspace.change_overlay(high=high, low=min(self._workspace.overlay.low, high - _LEAST_RANGE))
        self._show(self._workspace.overlay)

    def _show(self, overlay: Overlay) -> None:
        self.threshold.set_value(overlay.threshold)
        self.opacity.set_value(overlay.opacity)
        for spin, value in ((self.low, overlay.low), (self.high, overlay.high)):
            with QSignalBlocker(spin):
                spin.setValue(value)
        for name, box in self._kinds.items():
            with QSignalBlocker(box):
                box.setChecked(getattr(overlay, name))
        for button in self.heatmap_buttons.buttons():
            button.setChecked(button.objectName() == f"heatmap_{overlay.heatmap}")
        with QSignalBlocker(self.colormap):
            self.colormap.setCurrentText(overlay.colormap)


def _check(text: str, tip: str, on_change: object) -> QCheckBox:
    box = QCheckBox(text)
    box.setToolTip(tip)
    box.setAccessibleName(tr("Show {what}").format(what=text.lower()))
    box.toggled.connect(on_change)
    return box


def _colormap_box() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(tr("Colors of the heatmap"))
    box.setToolTip(tr("Colormaps that color-blind people can read, too."))
    size = QSize(64, 12)
    box.setIconSize(size)
    for name in COLORMAPS:
        row = color_table(name)[None].repeat(size.height(), axis=0).copy()
        image = QImage(row.data, 256, size.height(), row.strides[0], QImage.Format.Format_RGB888)
        box.addItem(QIcon(QPixmap.fromImage(image.scaled(size * 2))), name)
    return box
