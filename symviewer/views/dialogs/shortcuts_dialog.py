"""The F1 sheet: all shortcuts, from the table of actions."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from symviewer.model.action_sheet import sheet
from symviewer.model.actions_table import GESTURES


class ShortcutsDialog(QDialog):
    """A table to read; Escape closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.resize(640, 600)
        self.text = QTextBrowser()
        self.text.setAccessibleName("Shortcuts")
        self.text.setHtml(_html())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName("Close")
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)


def _html() -> str:
    parts = []
    for menu, actions in sheet():
        rows = "".join(_row(_keys(spec.shortcuts), spec.title, spec.tip) for spec in actions)
        parts.append(f"<h3>{escape(menu)}</h3><table cellpadding='3' width='100%'>{rows}</table>")
    rows = "".join(_row(escape(gesture), meaning, "") for gesture, meaning in GESTURES)
    parts.append(f"<h3>Mouse on the picture</h3><table cellpadding='3' width='100%'>{rows}</table>")
    return "".join(parts)


def _row(keys: str, title: str, tip: str) -> str:
    return (
        f"<tr><td width='24%'><b>{keys}</b></td><td width='26%'>{escape(title)}</td>"
        f"<td width='50%'>{escape(tip)}</td></tr>"
    )


def _keys(shortcuts: tuple[str, ...]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(escape(QKeySequence(shortcut).toString(native)) for shortcut in shortcuts)
