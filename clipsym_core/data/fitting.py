"""What a format cannot hold is taken out of a record before it is written, and named in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, kind_of
from clipsym_core.data.formats.base import Feature, Format
from clipsym_core.data.report import Report
from clipsym_core.data.stats import Stats
from clipsym_core.symmetry import ReflectionAxis

_NAMES: Mapping[Feature, str] = {
    "center": "a rotation center", "ellipse": "an ellipse", "axis": "a mirror axis", "state": "the state",
    "group": "the group", "split": "the split", "size": "the size of the picture", "extra": "keys of other formats",
    "suggestions": "suggestions",
}  # fmt: skip


def unheld(stats: Stats, target: Format) -> list[str]:
    """What of these counts `target` has no place for, in words; what `fit` will report."""
    counts: dict[Feature, tuple[int, str]] = {
        "axis": (stats.shapes["axis"], "mirror axes"),
        "center": (stats.shapes["center"], "rotation centers"),
        "ellipse": (stats.shapes["ellipse"], "ellipses"),
        "suggestions": (stats.suggestions, "suggestions"),
        "negative": (stats.types["none"], "pictures without shapes"),
    }
    words = [f"{count:,} {name}" for feature, (count, name) in counts.items() if count and feature not in target.holds]
    if "axis" in target.holds and "polyline" not in target.holds and stats.bent:
        words.append(f"{stats.bent:,} bent axes, which become straight ones")
    return words


def fit(picture: AnnotatedPicture, target: Format, report: Report) -> AnnotatedPicture | None:
    """The part of a record that `target` can hold; None, reported, where nothing is left of it to write.

    The report says `lost` for what is left out, `changed` for what becomes something else (a bent axis its segments,
    a picture without a split a training picture), `skipped` for a whole picture.
    """

    def lose(feature: Feature) -> None:
        report.lost(picture.path, "", f"{target.name} cannot hold {_NAMES[feature]}.")

    had = bool(picture.annotations)
    annotations: list[Annotation] = []
    for a in picture.annotations:
        if kind_of(a.shape) not in target.holds:
            lose(kind_of(a.shape))
        elif isinstance(a.shape, ReflectionAxis) and not a.shape.is_straight and "polyline" not in target.holds:
            report.changed(picture.path, "", f"{target.name} cannot hold a bent axis; each segment became an axis.")
            annotations += [Annotation(ReflectionAxis((p, q)), a.extra) for p, q in pairwise(a.shape.points) if p != q]
        else:
            annotations.append(a)
    fitted = replace(picture, annotations=tuple(annotations))
    if "extra" not in target.holds and (fitted.extra or any(a.extra for a in annotations)):
        lose("extra")
        fitted = replace(fitted, extra={}, annotations=tuple(Annotation(a.shape) for a in annotations))
    if "suggestions" not in target.holds and fitted.suggestions:
        lose("suggestions")
        fitted = replace(fitted, suggestions=())
    if "group" not in target.holds and fitted.group:
        lose("group")
        fitted = replace(fitted, group="")
    # Formats of annotations that do not say hold what people checked: "verified" goes without saying there.
    implied = "none" if "suggestions" in target.holds else "verified"
    if "state" not in target.holds and fitted.state != implied:
        lose("state")
    if "split" not in target.holds and fitted.split:
        lose("split")
        fitted = replace(fitted, split="")
    if "unsplit" not in target.holds and "split" in target.holds and not fitted.split:
        report.changed(picture.path, "", f"{target.name} needs a split; the picture is in train.")
        fitted = replace(fitted, split="train")
    if fitted.annotations or fitted.suggestions:
        return fitted
    if had:  # written without its shapes, it would pass for a picture without symmetry
        report.skipped(picture.path, "", f"{target.name} can hold none of its shapes.")
        return None
    if "negative" not in target.holds:
        report.skipped(picture.path, "", f"{target.name} cannot hold a picture without shapes.")
        return None
    return fitted
