"""The F1 sheet: all shortcuts as they are at present, from the table of actions."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from symviewer.model.action_sheet import sheet
from symviewer.model.actions_table import GESTURES
from symviewer.model.keymap import KeyMap
from symviewer.model.workspace import Workspace
from symviewer.views.translation import tr


class ShortcutsDialog(QDialog):
    """A table to read; Escape closes it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Shortcuts"))
        self.resize(640, 600)
        self._workspace = workspace
        self.text = QTextBrowser()
        self.text.setAccessibleName(tr("Shortcuts"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName(tr("Close"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        workspace.settings_changed.connect(lambda _settings: self._show())
        self._show()

    def _show(self) -> None:
        keymap = KeyMap(self._workspace.settings.shortcuts)
        parts = []
        for menu, actions in sheet(keymap):
            rows = "".join(_row(native(keys), tr(spec.title), tr(spec.tip)) for spec, keys in actions)
            parts.append(f"<h3>{escape(tr(menu))}</h3><table cellpadding='3' width='100%'>{rows}</table>")
        rows = "".join(_row(tr(gesture), tr(meaning), "") for gesture, meaning in GESTURES)
        title = escape(tr("Mouse on the picture"))
        parts.append(f"<h3>{title}</h3><table cellpadding='3' width='100%'>{rows}</table>")
        self.text.setHtml("".join(parts))


def native(keys: tuple[str, ...]) -> str:
    """Keys as they are called on this system."""
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def _row(keys: str, title: str, tip: str) -> str:
    return (
        f"<tr><td width='24%'><b>{escape(keys)}</b></td><td width='26%'>{escape(title)}</td>"
        f"<td width='50%'>{escape(tip)}</td></tr>"
    )
