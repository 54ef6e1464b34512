"""Actions of the menu View."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

VIEW: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "zoom_in", "Zoom &in", "View", ("Ctrl++", "Ctrl+="), "Show the picture larger.", "zoom-in", needs="picture"
    ),
    ActionSpec("zoom_out", "Zoom &out", "View", ("Ctrl+-",), "Show the picture smaller.", "zoom-out", needs="picture"),
    ActionSpec(
        "fit",
        "&Fit in window",
        "View",
        ("F",),
        "Show the whole picture.",
        "fit",
        short="Fit",
        toolbar=True,
        needs="picture",
    ),
    ActionSpec(
        "actual_size",
        "&Actual size",
        "View",
        ("Ctrl+0",),
        "Show the picture at 100 %: one pixel of the picture is one pixel of the screen.",
        "actual",
        short="100 %",
        toolbar=True,
        needs="picture",
    ),
    ActionSpec(
        "toggle_suggestions",
        "&Suggestions",
        "View",
        ("H",),
        "Show or hide the suggested axes, centers and ellipses.",
        "eye",
        short="Suggestions",
        toolbar=True,
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "toggle_labels",
        "Score &labels",
        "View",
        ("Shift+H",),
        "Show or hide the scores beside the suggestions.",
        checkable=True,
    ),
    ActionSpec(
        "toggle_heatmap",
        "&Heatmap",
        "View",
        ("O",),
        "Show or hide the heatmap of the network.",
        "heatmap",
        short="Heatmap",
        toolbar=True,
        checkable=True,
    ),
    ActionSpec(
        "switch_heatmap",
        "S&witch heatmap kind",
        "View",
        ("Shift+O",),
        "Change between the heatmap of mirror axes and the one of rotation centers.",
        "switch",
    ),
    ActionSpec(
        "theme_system",
        "As the &system",
        "View/Theme",
        (),
        "Light or dark as the system is set.",
        checkable=True,
        group="theme",
    ),
    ActionSpec("theme_light", "&Light", "View/Theme", (), "Dark text on light ground.", checkable=True, group="theme"),
    ActionSpec("theme_dark", "&Dark", "View/Theme", (), "Light text on dark ground.", checkable=True, group="theme"),
    ActionSpec("reset_layout", "&Reset panels", "View/Panels", (), "Put all panels back to where they were at first."),
)
