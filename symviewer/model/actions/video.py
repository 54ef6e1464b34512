"""Actions of the menu Video."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

VIDEO: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("video_play", "&Play", "Video", ("Ctrl+Space",), "Play the video, or stop it.", "play", checkable=True),
    ActionSpec(
        "video_previous_mark",
        "Pre&vious key frame",
        "Video",
        ("Ctrl+Left",),
        "Go to the annotated frame before this one.",
        "key-previous",
        separator=True,
    ),
    ActionSpec(
        "video_next_mark",
        "Ne&xt key frame",
        "Video",
        ("Ctrl+Right",),
        "Go to the annotated frame after this one.",
        "key-next",
    ),
    ActionSpec(
        "video_copy",
        "&Copy from the last key frame",
        "Video",
        ("Ctrl+Shift+K",),
        "Put the annotations of the annotated frame before this one on this frame, too.",
        "copy",
        separator=True,
    ),
    ActionSpec(
        "video_interpolate",
        "&Interpolate between key frames",
        "Video",
        ("Ctrl+Alt+K",),
        "Fill the frames between the annotated frames around this one with axes and centers that move evenly.",
        "switch",
    ),
    ActionSpec(
        "video_follow_on",
        "&Follow forward",
        "Video",
        ("Ctrl+Shift+Right",),
        "Follow the annotations of this frame through the next frames; they become suggestions there.",
        "next",
    ),
    ActionSpec(
        "video_follow_back",
        "Follow &backward",
        "Video",
        ("Ctrl+Shift+Left",),
        "Follow the annotations of this frame through the frames before it; they become suggestions there.",
        "previous",
    ),
    ActionSpec(
        "video_overlay",
        "&Save the video with its shapes…",
        "Video",
        (),
        "Write the video with annotations (or suggestions) drawn on each frame.",
        "save",
        separator=True,
    ),
)
