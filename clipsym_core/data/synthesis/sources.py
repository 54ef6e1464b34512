"""What scenes are made from: photos and cut-outs, read from a packed folder or made by formula.

A pack is a folder with `manifest.json` (one entry a picture: name, kind, split, package, licence, offset, length, and
symmetries) and `blobs.bin` (the encoded pictures, one behind the other). `scripts/training_sources.py` writes one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.measure import MeasuredSymmetry
from clipsym_core.data.synthesis.procedural import procedural_cutout, procedural_photo
from clipsym_core.errors import InputError, reason_of
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Point

FORMAT = "symviewer-sources/1"
VALIDATION_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture [H, W, 3] without symmetry to speak of, or with what a person marked, in its pixels: axes,
    centers (x, y, order)."""

    pixels: Pixels
    axes: tuple[tuple[Point, Point], ...] = ()
    centers: tuple[tuple[float, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cutout:
    """A thing [H, W, 4] with alpha, and its own symmetry where it has one."""

    rgba: npt.NDArray[np.uint8]
    symmetry: MeasuredSymmetry

    @property
    def is_flat(self) -> bool:
        """Whether it has one color, like most icons, and may be given another."""
        inside = self.rgba[::3, ::3, :3][self.rgba[::3, ::3, 3] > 127]
        return len(inside) == 0 or float(inside.std(axis=0).max()) < 12


@dataclass(slots=True)
class SourcePack:
    """Decoded sources of one split.

    Attributes:
        photos: backgrounds and texture.
        marked: photos with axes or centers marked by a person.
        cutouts: things without a symmetry of their own.
        symmetric: things with one.
        doubtful: things in which a person might or might not see a symmetry; they serve in parts, never as they are.
    """

    photos: Sequence[Photo]
    cutouts: Sequence[Cutout]
    symmetric: Sequence[Cutout] = ()
    marked: Sequence[Photo] = ()
    names: Sequence[str] = field(default_factory=tuple)
    doubtful: Sequence[Cutout] = ()

    @classmethod
    def load(cls, folder: str | Path, split: str, *, keep: Callable[[str], bool] | None = None) -> SourcePack:
        """Every source of `split` ("train" or "val") of the pack in `folder`, decoded.

        Args:
            keep: asked with a source's name whether it takes part; None takes all.

        Raises:
            InputError: no pack there, another format, or a split with too little in it.
        """
        folder = Path(folder)
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            blobs = (folder / "blobs.bin").read_bytes()
        except (OSError, ValueError) as error:
            raise InputError(
                f"Cannot read the training sources in {folder}.",
                f"{reason_of(error)}.",
                "Run scripts/training_sources.py.",
            ) from error
        if manifest.get("format") != FORMAT:
            raise InputError(f"{folder} holds {manifest.get('format')!r}.", f"Expected {FORMAT}.", "Make it again.")
        photos: list[Photo] = []
        marked: list[Photo] = []
        cutouts: list[Cutout] = []
        symmetric: list[Cutout] = []
        doubtful: list[Cutout] = []
        names: list[str] = []
        for entry in manifest["sources"]:
            if entry["split"] != split or (keep is not None and not keep(entry["name"])):
                continue
            names.append(entry["name"])
            data = blobs[entry["offset"] : entry["offset"] + entry["length"]]
            if entry["kind"] == "photo":
                photo = _photo(data, entry)
                (marked if photo.axes or photo.centers else photos).append(photo)
            else:
                cutout = _cutout(data, entry)
                has_one = bool(cutout.symmetry.axes) or cutout.symmetry.order != 1
                (doubtful if entry.get("doubtful") else symmetric if has_one else cutouts).append(cutout)
        if not photos or not cutouts:
            raise InputError(f"The pack in {folder} has no photos or no cut-outs for {split!r}.")
        return cls(photos, cutouts, symmetric, marked, names, doubtful)


def split_of(name: str) -> str:
    """ "train" or "val" for a source, by its name alone, so that it never changes sides."""
    return "val" if zlib.crc32(name.encode()) % 1000 < VALIDATION_SHARE * 1000 else "train"


def procedural_pack(seed: int = 0, *, photos: int = 12, cutouts: int = 24) -> SourcePack:
    """Sources made by formula alone: for tests, and for `clipsym synth` without downloads."""
    rng = np.random.default_rng(seed)
    none = MeasuredSymmetry((0.5, 0.5), (), 1, 1.0)
    return SourcePack(
        photos=[Photo(procedural_photo(rng, 320)) for _ in range(photos)],
        cutouts=[Cutout(procedural_cutout(rng, 128), none) for _ in range(cutouts)],
    )


def source_pack(folder: Path | None, split: str) -> SourcePack:
    """The pack in `folder`, or textures and shapes by formula; others for "val" than for "train".

    Raises:
        InputError: as `SourcePack.load`.
    """
    return SourcePack.load(folder, split) if folder is not None else procedural_pack(0 if split == "train" else 1)


def _photo(data: bytes, entry: dict[str, Any]) -> Photo:
    pixels = _decode(data, entry["name"])[..., 2::-1]
    h, w = pixels.shape[:2]
    axes = tuple(((x0 * w, y0 * h), (x1 * w, y1 * h)) for x0, y0, x1, y1 in entry.get("axes", ()))
    centers = tuple((x * w, y * h, int(order)) for x, y, order in entry.get("centers", ()))
    return Photo(np.ascontiguousarray(pixels), axes, centers)


def _cutout(data: bytes, entry: dict[str, Any]) -> Cutout:
    raw = _decode(data, entry["name"])
    if raw.shape[2] == 3:  # WebP drops an alpha that is opaque everywhere
        raw = np.dstack([raw, np.full(raw.shape[:2], 255, np.uint8)])
    rgba = np.ascontiguousarray(raw[..., [2, 1, 0, 3]])
    s = entry["symmetry"]
    symmetry = MeasuredSymmetry((s["center"][0], s["center"][1]), tuple(s["axes"]), s["order"], s["score"])
    return Cutout(rgba, symmetry)


def _decode(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.ndim != 3:
        raise InputError(f"The source {name} in the pack cannot be decoded.", remedy="Make the pack again.")
    return np.asarray(decoded, np.uint8)
