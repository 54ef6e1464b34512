"""Readings of the table of actions: menus, the sheet of shortcuts and its document."""

from __future__ import annotations

from collections.abc import Iterator

from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions_table import ACTIONS, GESTURES
from symviewer.model.keymap import KeyMap


def menus() -> list[str]:
    """The top-level menus in order."""
    return list(dict.fromkeys(spec.menu.split("/")[0] for spec in ACTIONS if spec.menu))


def sheet(keymap: KeyMap | None = None) -> Iterator[tuple[str, list[tuple[ActionSpec, tuple[str, ...]]]]]:
    """Menu by menu, the actions that have a shortcut, with their keys."""
    keymap = keymap or KeyMap()
    for menu in menus():
        found = [(spec, keymap.keys(spec)) for spec in ACTIONS if spec.menu.split("/")[0] == menu]
        actions = [(spec, keys) for spec, keys in found if keys]
        if actions:
            yield menu, actions


def shortcuts_markdown() -> str:
    """The text of docs/shortcuts.md."""
    lines = [
        "# Shortcuts",
        "",
        "Made from the table of actions by `python scripts/make_shortcuts_doc.py`; a test keeps it in step.",
        "The same list, with your own changes (Help, Change shortcuts), is in the program under F1. On macOS, Ctrl is",
        "the Command key.",
    ]
    for menu, actions in sheet():
        lines += ["", f"## {menu}", "", "| Keys | Action | What it does |", "| --- | --- | --- |"]
        lines += [f"| {_keys(keys)} | {spec.title} | {spec.tip} |" for spec, keys in actions]
    lines += ["", "## Mouse on the picture", "", "| Gesture | What it does |", "| --- | --- |"]
    lines += [f"| {gesture} | {meaning} |" for gesture, meaning in GESTURES]
    return "\n".join(lines) + "\n"


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
