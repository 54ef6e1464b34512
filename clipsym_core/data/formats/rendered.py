"""Rendered output, for programs that want pixels and for people who want to look: export only.

    targets    NAME.reflection.png and NAME.rotation.png (8-bit grey, 255 = 1.0), or NAME.npz with float16 arrays
               `reflection` and `rotation`; at the size of the picture, or letterboxed to one size
    overlays   NAME.png: the picture with its shapes drawn on it

NAME is the path of the picture without its suffix, with -2, -3 ... where two pictures differ in the suffix alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import ClassVar, NoReturn

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.base import Format, ReadOptions, WriteOptions
from clipsym_core.data.pictures import Names
from clipsym_core.data.report import Report
from clipsym_core.data.targets import CHANNELS, TargetStyle, field_targets, render_targets
from clipsym_core.errors import InputError
from clipsym_core.files import write_atomic
from clipsym_core.imaging import Letterbox, Map, Pixels
from clipsym_core.overlay import draw_detections
from clipsym_core.symmetry import Detection
from clipsym_core.video.pool import read_picture

_MAX_TARGET = 64_000_000
"""Largest target map, px: two of them as float32 are half a gigabyte."""


def _not_readable(name: str) -> NoReturn:
    raise InputError(
        f"{name} cannot be imported.",
        "Pixels hold no shapes.",
        "Import the annotations that they were made from, or let clipsym detect find shapes in the pictures.",
    )


class TargetsFormat(Format):
    """Heatmaps as a network is trained towards them."""

    name: ClassVar = "targets"
    title: ClassVar = "rendered heatmaps (PNG or npz)"
    layout: ClassVar = "a/b.reflection.png and a/b.rotation.png, or a/b.npz"
    holds: ClassVar = frozenset({"axis", "polyline", "center", "ellipse", "negative", "unsplit", "path"})
    readable: ClassVar = False

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        _not_readable(f"The heatmaps in {source}")

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        names = Names()
        for picture in pictures:
            maps = targets_of(picture, options)
            stem = target / names.take(str(PurePosixPath(picture.path).with_suffix("")))
            stem.parent.mkdir(parents=True, exist_ok=True)
            if options.target_file == "npz":
                buffer = io.BytesIO()
                arrays = dict(zip(CHANNELS, maps.astype(np.float16), strict=True))
                np.savez_compressed(buffer, allow_pickle=False, **arrays)
                write_atomic(stem.with_name(f"{stem.name}.npz"), buffer.getvalue())
                continue
            for channel, grey in zip(CHANNELS, maps, strict=True):
                _write_png(stem.with_name(f"{stem.name}.{channel}.png"), np.rint(grey * 255.0).astype(np.uint8))


def targets_of(picture: AnnotatedPicture, options: WriteOptions) -> Map:
    """Target maps [2, h, w] of a picture, at its size or letterboxed to `options.size`; padding is 0.

    Raises:
        InputError: the size of the picture is not known, or the maps would be too large.
    """
    if picture.size is None:
        raise InputError(
            f"The size of {picture.path} is not known.", remedy="Put the picture where the annotations name it."
        )
    canvas = options.size or picture.size
    if canvas[0] * canvas[1] > _MAX_TARGET:
        raise InputError(f"Maps of {canvas[0]} x {canvas[1]} px are too large.", remedy="Give a smaller --size.")
    if options.field_targets:
        if options.size is not None:
            raise InputError("The field's targets are drawn at the size of the picture.", remedy="Leave out --size.")
        return field_targets(picture.shapes, canvas)
    box = Letterbox(picture.size, canvas)
    maps = render_targets(
        (shape.transformed(box.matrix) for shape in picture.shapes), canvas, TargetStyle(ellipses="fill")
    )
    maps[:, ~box.valid()] = 0.0
    return maps


class OverlaysFormat(Format):
    """Pictures with their shapes drawn on them."""

    name: ClassVar = "overlays"
    title: ClassVar = "pictures with the shapes drawn (PNG)"
    layout: ClassVar = "a/b.png"
    holds: ClassVar = frozenset({"axis", "polyline", "center", "ellipse", "negative", "unsplit", "suggestions", "path"})
    readable: ClassVar = False
    needs_pictures: ClassVar = True

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        _not_readable(f"The overlays in {source}")

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        names = Names()
        for picture in pictures:
            if picture.file is None:
                raise InputError(f"The picture {picture.path} is missing.", remedy="Overlays need the pictures.")
            name = names.take(str(PurePosixPath(picture.path).with_suffix(".png")))
            _write_png(target / name, overlay_of(picture, read_picture(picture.file))[..., ::-1])


def overlay_of(picture: AnnotatedPicture, image: Pixels) -> Pixels:
    """The picture with its annotations drawn, and its suggestions with their scores."""
    drawn = draw_detections(image, [Detection(s, 1.0, "annotation") for s in picture.shapes], scores=False)
    return draw_detections(drawn, picture.suggestions) if picture.suggestions else drawn


def _write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    # Not cv2.imwrite, which cannot write to folders with letters outside the code page on Windows.
    ok, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not ok:
        raise InputError(f"Cannot encode {path}.")
    write_atomic(path, data.tobytes())
