"""Whether a person has annotated a symmetry already, so that it need not be suggested again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clipsym_core.inference.scoring.overlap import same_axis, same_center, same_ellipse
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model.annotation import Annotation

CENTER_REACH: Final = 8.0
"""Pixels within which two centers are one."""


def is_covered(shape: Shape, annotations: Iterable[Annotation]) -> bool:
    """Whether one of the annotations is the same symmetry, by the rules that merge the proposals of detectors."""
    return any(_is_same(shape, annotation.shape) for annotation in annotations)


def _is_same(a: Shape, b: Shape) -> bool:
    if isinstance(a, ReflectionAxis) and isinstance(b, ReflectionAxis):
        return same_axis(a, b)
    if isinstance(a, RotationCenter) and isinstance(b, RotationCenter):
        return same_center(a, b, CENTER_REACH)
    return isinstance(a, ReflectionEllipse) and isinstance(b, ReflectionEllipse) and same_ellipse(a, b)
