"""The table of actions is sound, and docs/shortcuts.md is made from it."""

from __future__ import annotations

from pathlib import Path

from symviewer.model.action_sheet import menus, sheet, shortcuts_markdown
from symviewer.model.actions_table import ACTIONS, BY_ID
from symviewer.model.keymap import KeyMap

ROOT = Path(__file__).resolve().parents[2]


def test_ids_are_unique_and_every_action_says_what_it_does():
    assert len(BY_ID) == len(ACTIONS)
    for spec in ACTIONS:
        assert spec.tip.endswith("."), spec.id
        assert spec.menu, spec.id
        assert not spec.toolbar or (spec.icon and spec.short), spec.id


def test_no_shortcut_is_given_twice_where_both_actions_can_be_meant():
    assert list(KeyMap().conflicts()) == []


def test_menu_keys_are_unique_within_a_menu():
    for menu in {spec.menu for spec in ACTIONS}:
        marks = [spec.text[spec.text.index("&") + 1].lower() for spec in ACTIONS if spec.menu == menu]
        assert len(marks) == len(set(marks)), (menu, marks)


def test_every_icon_is_drawn():
    for spec in ACTIONS:
        if spec.icon:
            drawing = (ROOT / "resources" / "icons" / f"{spec.icon}.svg").read_text()
            assert "currentColor" in drawing


def test_menus_are_in_the_order_people_know():
    assert menus()[0] == "File"
    assert menus()[-1] == "Help"


def test_the_sheet_has_every_shortcut_once():
    listed = [spec.id for _, actions in sheet() for spec, _ in actions]
    assert sorted(listed) == sorted(spec.id for spec in ACTIONS if spec.shortcuts)


def test_the_document_is_in_step():
    written = (ROOT / "docs" / "shortcuts.md").read_text(encoding="utf-8")
    assert written == shortcuts_markdown(), "run: python scripts/make_shortcuts_doc.py"
