"""Actions of the menu Live."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

LIVE: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "live_demo",
        "&Demo camera",
        "Live",
        ("Ctrl+Shift+L",),
        "Show symmetries live on a moving scene that comes with the program.",
        "camera",
    ),
    ActionSpec(
        "live_open",
        "&Open camera or stream…",
        "Live",
        ("Ctrl+L",),
        "Choose a camera, a stream address, a video file or a folder, and show symmetries on it live.",
        "camera",
    ),
    ActionSpec(
        "live_freeze",
        "&Freeze",
        "Live",
        ("Ctrl+F5",),
        "Hold the live picture, or let it go on.",
        "pause",
        short="Freeze",
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "live_snapshot",
        "&Snapshot into the project",
        "Live",
        ("F5",),
        "Keep this frame as a picture of the project, with its shapes as suggestions.",
        "snapshot",
        short="Snapshot",
    ),
    ActionSpec(
        "live_record",
        "&Record with overlay…",
        "Live",
        ("Ctrl+R",),
        "Write what you see, shapes included, to a video file; again to stop.",
        "record",
        short="Record overlay",
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "live_record_plain",
        "Record the &picture…",
        "Live",
        ("Ctrl+Shift+R",),
        "Write the frames without shapes to a video file; again to stop.",
        "record",
        short="Record picture",
        checkable=True,
    ),
    ActionSpec(
        "live_smoothing",
        "S&moothing",
        "Live",
        (),
        "Move shapes smoothly between detections; off: show each as it was measured last.",
        "",
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "live_retry", "R&etry", "Live", (), "Open the live source again.", "retry", short="Retry", separator=True
    ),
    ActionSpec(
        "live_close",
        "&Close live mode",
        "Live",
        ("Ctrl+W",),
        "Close the live source and go back to the pictures.",
        "stop",
        short="Close",
    ),
)
