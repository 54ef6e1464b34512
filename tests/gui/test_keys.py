"""Shortcuts changed in the dialog: recorded, in force at once, in the sheet, kept, restored, exported."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from symviewer.model.actions_table import ACTIONS
from symviewer.views.dialogs.keys_dialog import KeysDialog
from symviewer.views.dialogs.shortcuts_dialog import ShortcutsDialog


@pytest.fixture
def dialog(app) -> KeysDialog:
    app.window.actions_by_id["change_shortcuts"].trigger()
    return app.window._dialogs[KeysDialog]


def choose(dialog: KeysDialog, id: str) -> None:
    dialog.tree.setCurrentItem(dialog._items[id])


def record(dialog: KeysDialog, qtbot, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    dialog.record.setFocus()
    qtbot.keyClick(dialog.record, key, modifier)


def test_keys_of_the_table_are_in_the_form_that_is_recorded():
    for spec in ACTIONS:
        for key in spec.shortcuts:
            assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


def test_a_free_key_is_added_and_works_at_once(app, dialog, qtbot):
    choose(dialog, "next_picture")
    record(dialog, qtbot, Qt.Key.Key_F9)
    assert "F9 is free" in dialog.message.text()
    dialog.add.click()
    assert dialog._items["next_picture"].text(1) == "D, PgDown, F9"
    assert app.session.workspace.settings.shortcuts == {"next_picture": ("D", "PgDown", "F9")}
    dialog.close()
    app.window.activateWindow()
    qtbot.waitUntil(app.window.isActiveWindow)
    app.window.canvas.setFocus()
    qtbot.keyClick(app.window.canvas, Qt.Key.Key_F9)
    assert app.session.workspace.pictures.current == 1
    app.window.actions_by_id["shortcuts"].trigger()
    assert "F9" in app.window._dialogs[ShortcutsDialog].text.toPlainText()


def test_a_key_in_use_names_its_action_and_can_be_taken_over(app, dialog, qtbot):
    choose(dialog, "next_picture")
    record(dialog, qtbot, Qt.Key.Key_F)
    assert "F is the key of “Fit in window” (everywhere in the window)" in dialog.message.text()
    assert dialog.add.text().replace("&", "") == "Take it over"
    dialog.add.click()
    assert app.window.actions_by_id["fit"].shortcuts() == []
    assert "(" not in app.window.actions_by_id["fit"].toolTip()
    choose(dialog, "fit")
    dialog.restore.click()
    assert [key.toString() for key in app.window.actions_by_id["fit"].shortcuts()] == ["F"]
    assert app.session.workspace.settings.shortcuts == {}


def test_a_reserved_key_cannot_be_given(dialog, qtbot):
    choose(dialog, "fit")
    record(dialog, qtbot, Qt.Key.Key_Space)
    assert "moves the picture" in dialog.message.text()
    assert not dialog.add.isEnabled()


def test_a_key_is_removed_and_all_are_restored(app, dialog):
    choose(dialog, "next_picture")
    dialog.keys.setCurrentRow(0)
    dialog.remove.click()
    assert app.session.workspace.settings.shortcuts == {"next_picture": ("PgDown",)}
    assert dialog._items["next_picture"].font(1).bold()
    dialog.restore_all.click()
    assert app.session.workspace.settings.shortcuts == {}
    assert not dialog.restore_all.isEnabled()


def test_changes_are_kept_and_go_through_a_file(app, dialog, qtbot, start, pictures, tmp_path):
    choose(dialog, "fit")
    record(dialog, qtbot, Qt.Key.Key_F8)
    dialog.add.click()
    dialog.write(tmp_path / "keys.json")
    app.close()
    again = start(pictures[0])
    assert [key.toString() for key in again.window.actions_by_id["fit"].shortcuts()] == ["F", "F8"]
    again.window.actions_by_id["change_shortcuts"].trigger()
    other = again.window._dialogs[KeysDialog]
    other.restore_all.click()
    other.read(tmp_path / "keys.json")
    assert again.session.workspace.settings.shortcuts == {"fit": ("F", "F8")}
    (tmp_path / "keys.json").write_text("nonsense")
    other.read(tmp_path / "keys.json")
    assert "no JSON" in other.message.text()
    assert again.session.workspace.settings.shortcuts == {"fit": ("F", "F8")}


def test_the_list_is_searched_by_name_and_by_key(dialog):
    dialog.search.setText("undo")
    assert [id for id, item in dialog._items.items() if not item.isHidden()] == ["undo"]
    dialog.search.setText("ctrl+u")
    assert "open_folder" in [id for id, item in dialog._items.items() if not item.isHidden()]
