"""The Log panel: what the program did and what went wrong, newest last."""

from __future__ import annotations

import logging

from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from symviewer.views.translation import tr

_LINES = 2000
_WARNING = QColor("#c77700")
_ERROR = QColor("#d5302a")


class LogPanel(QWidget):
    """Lines are appended from `LogBridge.line`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(_LINES)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("Log"))
        self.text.setPlaceholderText(tr("What the program does is noted here."))
        copy, clear = QPushButton(tr("Copy all")), QPushButton(tr("Clear"))
        copy.setAccessibleName(tr("Copy the log"))
        clear.setAccessibleName(tr("Clear the log"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        clear.clicked.connect(self.text.clear)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(copy)
        buttons.addWidget(clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.text)
        layout.addLayout(buttons)

    def append(self, level: int, text: str) -> None:
        """Add a record."""
        form = QTextCharFormat()
        if level >= logging.WARNING:
            form.setForeground(_ERROR if level >= logging.ERROR else _WARNING)
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertText(text, form)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())
