"""The sample pictures that ship with the program, with their exact shapes."""

from __future__ import annotations

import json

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.formats.values import shape_from_json
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import Shape

_KINDS = {"axes": "axis", "centers": "center", "ellipses": "ellipse"}


def sample_records() -> list[AnnotatedPicture]:
    """All of them, in the order of their file.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    labels = resource_path("samples", "labels.json")
    records = []
    for image in json.loads(labels.read_text(encoding="utf-8"))["images"]:
        shapes: list[Shape] = [
            shape_from_json({**value, "type": kind}, image["file"])
            for key, kind in _KINDS.items()
            for value in image[key]
        ]
        records.append(
            AnnotatedPicture(
                image["file"], (image["width"], image["height"]), tuple(map(Annotation, shapes)), state="verified",
                file=labels.parent / image["file"],
            )
        )  # fmt: skip
    return records
