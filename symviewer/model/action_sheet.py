"""Readings of the table of actions: menus, conflicts of shortcuts, the sheet of shortcuts and its document."""

from __future__ import annotations

from collections.abc import Iterator

from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions_table import ACTIONS, GESTURES


def menus() -> list[str]:
    """The top-level menus in order."""
    return list(dict.fromkeys(spec.menu.split("/")[0] for spec in ACTIONS if spec.menu))


def conflicts() -> list[tuple[str, str, str]]:
    """(shortcut, action, action) for shortcuts given twice where both actions can be meant.

    A key of the window must be unique everywhere; two other scopes may share one.
    """
    found = []
    seen: list[tuple[str, ActionSpec]] = []
    for spec in ACTIONS:
        for shortcut in spec.shortcuts:
            for other_shortcut, other in seen:
                shared = spec.scope == other.scope or "window" in (spec.scope, other.scope)
                if shortcut == other_shortcut and shared:
                    found.append((shortcut, other.id, spec.id))
            seen.append((shortcut, spec))
    return found


def sheet() -> Iterator[tuple[str, list[ActionSpec]]]:
    """Menu by menu, the actions that have a shortcut."""
    for menu in menus():
        actions = [spec for spec in ACTIONS if spec.menu.split("/")[0] == menu and spec.shortcuts]
        if actions:
            yield menu, actions


def shortcuts_markdown() -> str:
    """The text of docs/shortcuts.md."""
    lines = [
        "# Shortcuts",
        "",
        "Made from the table of actions by `python scripts/make_shortcuts_doc.py`; a test keeps it in step.",
        "The same list is in the program under F1. On macOS, Ctrl is the Command key.",
    ]
    for menu, actions in sheet():
        lines += ["", f"## {menu}", "", "| Keys | Action | What it does |", "| --- | --- | --- |"]
        lines += [f"| {_keys(spec)} | {spec.title} | {spec.tip} |" for spec in actions]
    lines += ["", "## Mouse on the picture", "", "| Gesture | What it does |", "| --- | --- |"]
    lines += [f"| {gesture} | {meaning} |" for gesture, meaning in GESTURES]
    return "\n".join(lines) + "\n"


def _keys(spec: ActionSpec) -> str:
    return ", ".join(f"`{shortcut}`" for shortcut in spec.shortcuts)
