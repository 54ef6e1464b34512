"""Actions of the menu Help."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

HELP: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("shortcuts", "&Shortcuts", "Help", ("F1",), "List all shortcuts.", "help"),
    ActionSpec(
        "change_shortcuts",
        "&Change shortcuts…",
        "Help",
        ("Ctrl+F1",),
        "Give actions other keys, by pressing them.",
    ),
    ActionSpec("guide", "&Guide", "Help", (), "How to use the program, with pictures."),
    ActionSpec(
        "doctor",
        "&About and diagnosis",
        "Help",
        (),
        "Versions, devices, folders, and what to do about what is wrong.",
        "info",
    ),
    ActionSpec("log_folder", "Open log &folder", "Help", (), "Open the folder that holds the log files."),
)
