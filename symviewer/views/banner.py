"""A strip above the picture for what a person must know while working: read-only, or not saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from symviewer.model.saving import Saving
from symviewer.views.icons import draw
from symviewer.views.translation import tr

_ICON_PX = 18
_GROUND, _INK = QColor("#ffe08a"), QColor("#2b2300")
"""The same in light and dark: it is to be seen. Contrast 12 : 1."""


class Banner(QFrame):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        icon = QLabel()
        ratio = self.devicePixelRatioF()
        pixmap = draw("warning", round(_ICON_PX * ratio), _INK.name())
        pixmap.setDevicePixelRatio(ratio)
        icon.setPixmap(pixmap)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 5, 10, 5)
        layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        palette = self.palette()
        for role, color in ((QPalette.ColorRole.Window, _GROUND), (QPalette.ColorRole.WindowText, _INK)):
            palette.setColor(role, color)
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self.setAccessibleName(tr("Notice about the project"))
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_saving(self, saving: Saving) -> None:
        """Say what is wrong with saving, if anything is."""
        self._text.setText(saving.banner)
        self.setAccessibleDescription(saving.banner)
        self.setVisible(bool(saving.banner))
