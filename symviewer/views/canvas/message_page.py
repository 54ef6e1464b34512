"""What the middle of the window says when there is no picture to show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from symviewer.views.icons import draw


class MessagePage(QWidget):
    """An icon, a title, a sentence, and buttons for what can be done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "samples"
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QHBoxLayout()
        for label in (self._title, self._text):
            label.setWordWrap(True)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for part in (self._icon, self._title, self._text):
            layout.addWidget(part)
        layout.addLayout(self._buttons)
        layout.addStretch(3)

    def show_message(self, icon_name: str, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """Show this. `title` is also what screen readers announce."""
        self._icon_name = icon_name
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        while item := self._buttons.takeAt(0):
            if widget := item.widget():
                widget.hide()  # it is drawn until it is deleted
                widget.deleteLater()
        self._buttons.addStretch()
        for action in actions:
            button = QPushButton(action.icon(), action.text())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(action.text().replace("&", "").rstrip("…"))
            button.clicked.connect(action.trigger)
            self._buttons.addWidget(button)
        self._buttons.addStretch()
        self.refresh_icon()

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def text(self) -> str:
        return self._text.text()

    def refresh_icon(self) -> None:
        """Draw the icon in the colors of the present palette."""
        ratio = self.devicePixelRatioF()
        color = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        pixmap = draw(self._icon_name, round(64 * ratio), color)
        pixmap.setDevicePixelRatio(ratio)
        self._icon.setPixmap(pixmap)
