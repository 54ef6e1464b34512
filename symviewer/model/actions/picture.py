"""Actions of the menu Picture."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

PICTURE: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "previous_picture",
        "&Previous picture",
        "Picture",
        ("A", "PgUp"),
        "Go to the previous picture.",
        "previous",
        short="Previous",
        toolbar=True,
        needs="pictures",
    ),
    ActionSpec(
        "next_picture",
        "&Next picture",
        "Picture",
        ("D", "PgDown"),
        "Go to the next picture of the list.",
        "next",
        short="Next",
        toolbar=True,
        needs="pictures",
    ),
    ActionSpec(
        "first_picture",
        "&First picture",
        "Picture",
        ("Ctrl+Home",),
        "Go to the first picture of the list.",
        needs="pictures",
    ),
    ActionSpec(
        "last_picture",
        "&Last picture",
        "Picture",
        ("Ctrl+End",),
        "Go to the last picture of the list.",
        needs="pictures",
    ),
    ActionSpec(
        "find_picture",
        "Find &in list",
        "Picture",
        ("Ctrl+F",),
        "Type a part of a file name to shorten the file list.",
        separator=True,
    ),
    ActionSpec(
        "trash_picture",
        "&Move file to the trash…",
        "Picture",
        ("Ctrl+Del",),
        "Move the file of this picture to the trash of the system; its annotations come back with it.",
        separator=True,
        needs="pictures",
    ),
)
