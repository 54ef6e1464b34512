"""Small controls with names for screen readers, as all panels and dialogs want them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from symviewer.views.translation import tr


def button(text: str, on_click: Callable[[], object], tip: str = "") -> QPushButton:
    """A button that is never pressed by Enter in a text field."""
    made = QPushButton(text)
    made.setAccessibleName(text.replace("&", "").rstrip("…"))
    made.setToolTip(tip)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: on_click())
    return made


def combo(name: str, items: Mapping[object, str], on_choice: Callable[[], object], tip: str = "") -> QComboBox:
    """A list to choose from: data -> text."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(14)
    for data, text in items.items():
        made.addItem(tr(text), data)
    made.currentIndexChanged.connect(lambda _index: on_choice())
    return made


def choose(box: QComboBox, data: object) -> None:
    """Choose an entry by its data without telling anybody."""
    with QSignalBlocker(box):
        box.setCurrentIndex(max(0, box.findData(data)))


def check(text: str, on_toggle: Callable[[], object], tip: str = "", *, on: bool = False) -> QCheckBox:
    """A box to check."""
    made = QCheckBox(text)
    made.setAccessibleName(text)
    made.setToolTip(tip)
    made.setChecked(on)
    made.toggled.connect(lambda _on: on_toggle())
    return made


def text_label(name: str = "") -> QLabel:
    """Plain text over several lines that can be copied."""
    made = QLabel()
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if name:
        made.setAccessibleName(name)
    return made
