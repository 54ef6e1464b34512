"""A slider for a number in [0, 1] with a spin box beside it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSlider, QWidget


class LabelledSlider(QWidget):
    """Signal: `changed(value)`, only when a person changes it."""

    changed = Signal(float)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setMinimumWidth(60)
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(tip)
        self.spin = fraction_box(name, tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.spin)
        self.slider.valueChanged.connect(lambda value: self._on_change(value / 100))
        self.spin.valueChanged.connect(self._on_change)

    @property
    def value(self) -> float:
        return self.spin.value()

    def set_value(self, value: float) -> None:
        """Show a value without announcing it."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setValue(round(value * 100))
            self.spin.setValue(value)

    def _on_change(self, value: float) -> None:
        self.set_value(value)
        self.changed.emit(self.spin.value())


def fraction_box(name: str, tip: str) -> QDoubleSpinBox:
    """A spin box for a number in [0, 1]."""
    box = QDoubleSpinBox()
    box.setRange(0.0, 1.0)
    box.setSingleStep(0.05)
    box.setDecimals(2)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
