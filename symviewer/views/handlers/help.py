"""What the actions of the menu Help do."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from symviewer.views.dialogs.keys_dialog import KeysDialog
from symviewer.views.dialogs.shortcuts_dialog import ShortcutsDialog
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr


class HelpHandlers(HandlerGroup):
    """About the program."""

    def shortcuts(self) -> None:
        self._window.show_dialog(ShortcutsDialog, lambda: ShortcutsDialog(self._workspace, self._window))

    def change_shortcuts(self) -> None:
        self._window.show_dialog(KeysDialog, lambda: KeysDialog(self._workspace, self._window))

    def guide(self) -> None:
        self._window.open_guide()

    def doctor(self) -> None:
        self._window.show_doctor()

    def log_folder(self) -> None:
        folder = self._window.logs.folder
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._window.status.notice(tr("The log files are in {folder}").format(folder=folder))
