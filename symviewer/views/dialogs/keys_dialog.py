"""Shortcuts to the person's taste: several keys an action, recorded by pressing them, conflicts caught."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.files import write_atomic
from symviewer.model.action_sheet import menus
from symviewer.model.action_spec import SCOPES, ActionSpec
from symviewer.model.actions_table import ACTIONS, BY_ID
from symviewer.model.keymap import RESERVED, KeyMap, parse_keymap
from symviewer.model.translating import mark
from symviewer.model.workspace import Workspace
from symviewer.views.controls import button, text_label
from symviewer.views.dialogs.shortcuts_dialog import native
from symviewer.views.translation import tr

_ID: Final = Qt.ItemDataRole.UserRole
_FILTER: Final = mark("JSON (*.json)")


class KeysDialog(QDialog):
    """Each change counts at once; the settings keep only what differs from the table of actions."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setWindowTitle(tr("Change shortcuts"))
        self.resize(680, 560)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find an action or a key"))
        self.search.setAccessibleName(tr("Find an action or a key"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._show_rows())
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([tr("Action"), tr("Keys"), tr("Works")])
        self.tree.setAccessibleName(tr("Actions"))
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self.tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.tree.currentItemChanged.connect(lambda _now, _before: self._show_action())
        self.keys = QListWidget()
        self.keys.setAccessibleName(tr("Keys of this action"))
        self.keys.setMaximumHeight(76)
        self.keys.currentRowChanged.connect(lambda _row: self._refresh())
        self.record = QKeySequenceEdit()
        self.record.setMaximumSequenceLength(1)
        self.record.setClearButtonEnabled(True)
        self.record.setAccessibleName(tr("Press the new key here"))
        self.record.keySequenceChanged.connect(lambda _keys: self._refresh())
        self.name = QLabel()
        self.message = text_label(tr("Message"))
        self.add = button(tr("&Add key"), self._add)
        self.remove = button(tr("&Remove key"), self._remove)
        self.restore = button(tr("Restore &this"), self._restore, tr("The key that the action had at first."))
        self.restore_all = button(tr("Restore a&ll"), self._restore_all, tr("All keys as they were at first."))
        self.take = button(tr("&Import…"), self._import, tr("Take the shortcuts of a file."))
        self.give = button(tr("&Export…"), self._export, tr("Write your changes to a file, for another computer."))
        self.shut = button(tr("&Close"), self.close)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._lay_out()
        self._fill()
        workspace.settings_changed.connect(lambda _settings: self._show_rows())
        self._show_rows()
        self.tree.setCurrentItem(self._items[ACTIONS[0].id])

    def _lay_out(self) -> None:
        recording = QHBoxLayout()
        recording.addWidget(QLabel(tr("New key:")))
        recording.addWidget(self.record, 1)
        for part in (self.add, self.remove, self.restore):
            recording.addWidget(part)
        bottom = QHBoxLayout()
        for part in (self.restore_all, self.take, self.give):
            bottom.addWidget(part)
        bottom.addStretch(1)
        bottom.addWidget(self.shut)
        layout = QVBoxLayout(self)
        for part in (self.search, self.tree, self.name, self.keys):
            layout.addWidget(part)
        layout.addLayout(recording)
        layout.addWidget(self.message)
        layout.addLayout(bottom)

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def _keymap(self) -> KeyMap:
        return KeyMap(self._workspace.settings.shortcuts)

    @property
    def _spec(self) -> ActionSpec | None:
        item = self.tree.currentItem()
        return BY_ID.get(item.data(0, _ID)) if item is not None else None

    @property
    def _pressed(self) -> str:
        return self.record.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _fill(self) -> None:
        for menu in menus():
            top = QTreeWidgetItem(self.tree, [tr(menu)])
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for spec in ACTIONS:
                if spec.menu.split("/")[0] == menu:
                    item = QTreeWidgetItem(top, [tr(spec.title), "", tr(SCOPES[spec.scope])])
                    item.setData(0, _ID, spec.id)
                    item.setToolTip(0, tr(spec.tip))
                    self._items[spec.id] = item
            top.setExpanded(True)

    def _show_rows(self) -> None:
        keymap, text = self._keymap, self.search.text().strip().casefold()
        for id, item in self._items.items():
            spec = BY_ID[id]
            keys = native(keymap.keys(spec))
            font = QFont(self.tree.font())
            font.setBold(keymap.is_changed(spec))
            item.setFont(1, font)
            item.setText(1, keys)
            item.setHidden(text not in item.text(0).casefold() and text not in keys.casefold())
        for place in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(place)
            top.setHidden(all(top.child(row).isHidden() for row in range(top.childCount())))
        self._show_action()

    def _show_action(self) -> None:
        spec = self._spec
        self.keys.clear()
        self.name.setText(f"<b>{tr(spec.title)}</b>: {tr(spec.tip)}" if spec else "")
        for key in self._keymap.keys(spec) if spec else ():
            self.keys.addItem(native((key,)))
        if self.keys.count():
            self.keys.setCurrentRow(0)
        self._refresh()

    def _refresh(self) -> None:
        spec, key, keymap = self._spec, self._pressed, self._keymap
        users = keymap.users(key, spec) if spec and key else []
        there = bool(spec and key in keymap.keys(spec))
        self.message.setText(self._message(key, users, there=there))
        self.add.setText(tr("&Take it over") if users else tr("&Add key"))
        self.add.setEnabled(bool(spec and key) and key not in RESERVED and not there)
        self.remove.setEnabled(bool(spec) and self.keys.currentRow() >= 0)
        self.restore.setEnabled(bool(spec and keymap.is_changed(spec)))
        self.restore_all.setEnabled(bool(keymap.changes))
        self.give.setEnabled(bool(keymap.changes))

    def _message(self, key: str, users: list[ActionSpec], *, there: bool) -> str:
        shown = native((key,))
        if not key:
            return tr("Click into the field and press the new key.")
        if key in RESERVED:
            return tr("{key} cannot be changed: it {what}.").format(key=shown, what=tr(RESERVED[key]))
        if there:
            return tr("{key} is a key of this action already.").format(key=shown)
        if users:
            names = ", ".join(f"“{tr(user.title)}” ({tr(SCOPES[user.scope])})" for user in users)
            return tr("{key} is the key of {names}. Taking it over leaves that without it.").format(
                key=shown, names=names
            )
        return tr("{key} is free.").format(key=shown)

    # -- changes ------------------------------------------------------------------------------------------------------

    def _set(self, keymap: KeyMap) -> None:
        self._workspace.settings = self._workspace.settings.changed(shortcuts=dict(keymap.changes))

    def _add(self) -> None:
        spec, key = self._spec, self._pressed
        if spec is not None and key:
            self.record.clear()
            self._set(self._keymap.with_key(spec, key))

    def _remove(self) -> None:
        spec, row = self._spec, self.keys.currentRow()
        if spec is not None and row >= 0:
            keys = self._keymap.keys(spec)
            self._set(self._keymap.with_keys(spec, keys[:row] + keys[row + 1 :]))

    def _restore(self) -> None:
        if self._spec is not None:
            self._set(self._keymap.restored(self._spec))

    def _restore_all(self) -> None:
        self._set(KeyMap())

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Import shortcuts"), "", tr(_FILTER))
        if path:
            self.read(Path(path))

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Export shortcuts"), "symviewer-shortcuts.json", tr(_FILTER))
        if path:
            self.write(Path(path))

    def read(self, path: Path) -> None:
        """Take the shortcuts of a file; says what is wrong with it."""
        try:
            keymap, unknown = parse_keymap(path.read_text(encoding="utf-8"))
            for key in (key for keys in keymap.changes.values() for key in keys):
                if QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) != key:
                    raise ValueError(f"{key!r} is no key.")
        except (OSError, ValueError) as error:
            self.message.setText(tr("{name} cannot be used: {why}").format(name=path.name, why=error))
            return
        self._set(keymap)
        left = tr(" Left out, not known here: {names}.").format(names=", ".join(unknown)) if unknown else ""
        self.message.setText(tr("The shortcuts of {name} are in use.").format(name=path.name) + left)

    def write(self, path: Path) -> None:
        """Write the changes to a file; says so when that fails."""
        try:
            write_atomic(path, self._keymap.to_text().encode())
        except OSError as error:
            self.message.setText(tr("{name} cannot be written: {why}").format(name=path.name, why=error.strerror))
        else:
            self.message.setText(tr("Written to {name}.").format(name=path.name))
