"""Actions of the menu Review."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

REVIEW: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "next_unverified",
        "&Next to review",
        "Review",
        ("N",),
        "Go to the next picture that is not verified, in the order of the list.",
        needs="pictures",
    ),
    ActionSpec(
        "previous_unverified",
        "&Previous to review",
        "Review",
        ("Shift+N",),
        "Go to the previous picture that is not verified.",
        needs="pictures",
    ),
    ActionSpec(
        "toggle_verified",
        "&Verified",
        "Review",
        ("M",),
        "Mark this picture as verified, or take that back.",
        "verified",
        short="Verified",
        toolbar=True,
        needs="pictures",
    ),
    ActionSpec(
        "detect_range",
        "&Detect in many pictures…",
        "Review",
        ("Ctrl+Shift+I",),
        "Look for symmetries in all pictures, or in those that are not verified; one step for undo.",
        separator=True,
        needs="pictures",
    ),
    ActionSpec(
        "measure_disagreement",
        "&Measure disagreement",
        "Review",
        ("Ctrl+Shift+M",),
        "Find out, in the background, about which pictures the model contradicts itself; pressed again, it pauses.",
        needs="pictures",
    ),
)
