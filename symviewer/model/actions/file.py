"""Actions of the menu File."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

FILE: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "open_files",
        "&Open pictures…",
        "File",
        ("Ctrl+O",),
        "Open one or more pictures. One picture lists its whole folder.",
        "image",
        short="Open",
        toolbar=True,
    ),
    ActionSpec(
        "open_folder",
        "Open &folder…",
        "File",
        ("Ctrl+U",),
        "Open all pictures of a folder and its subfolders.",
        "folder",
        short="Folder",
        toolbar=True,
    ),
    ActionSpec(
        "open_samples",
        "&Sample pictures",
        "File",
        ("Ctrl+Shift+U",),
        "Open the pictures that come with the program.",
        "samples",
    ),
    ActionSpec(
        "import_dataset",
        "&Import annotations…",
        "File",
        ("Ctrl+Alt+I",),
        "Take the annotations of another program, or of a colleague, into a project.",
        "import",
        separator=True,
    ),
    ActionSpec(
        "export_dataset",
        "&Export annotations…",
        "File",
        ("Ctrl+E",),
        "Write the annotations in a form that other programs read: COCO, DENDI, labelme and others.",
        "export",
        needs="pictures",
    ),
    ActionSpec(
        "save_view",
        "Save the &view as picture…",
        "File",
        ("Ctrl+Shift+S",),
        "Save the picture with everything drawn on it as a PNG file.",
        "save",
        separator=True,
        needs="picture",
    ),
    ActionSpec(
        "quit", "&Quit", "File", ("Ctrl+Q",), "Close the program. Settings and window layout are kept.", separator=True
    ),
)
