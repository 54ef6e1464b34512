"""Fixed sets of scenes that anyone can make again: versioned, seeded, split by what they are made from.

A suite is data: how many scenes of each split, of which sizes, from which seed. The sources of a pack (scripts/
training_sources.py) are shared out by their names, so no photo and no thing is in two splits. The training split uses
what the bundled model was trained on; val and test share what it never saw.

Whoever changes what `make_scene` gives changes every suite: raise its version then (a test holds the labels).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.values import shape_to_json
from clipsym_core.data.synthesis.scene import Scene, SceneOptions, make_scene
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.errors import ConfigError, InputError
from clipsym_core.imaging import read_image

MANIFEST: Final = "suite.json"
SuiteSplit: TypeAlias = Literal["train", "val", "test"]
_DIGITS = 3
"""Decimals of a coordinate that count in the checksum, px."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of scenes.

    Attributes:
        version: another number, another set.
        counts: scenes of each split.
        sizes: (width, height), px, in turn.
    """

    name: str
    version: int
    seed: int
    counts: dict[SuiteSplit, int]
    sizes: tuple[tuple[int, int], ...]
    options: SceneOptions


SUITES: Final[dict[str, Suite]] = {
    "bench": Suite(
        "bench",
        1,
        2026,
        {"train": 1500, "val": 200, "test": 400},
        ((256, 256), (288, 216), (216, 288)),
        SceneOptions(imperfect=0.3),
    )
}


def load_sources(folder: Path, split: SuiteSplit) -> SourcePack:
    """The sources of one split of a suite.

    Raises:
        InputError: no pack there, or too little in it for this split.
    """
    if split == "train":
        return SourcePack.load(folder, "train")
    return SourcePack.load(folder, "val", keep=lambda name: held_out_split(name) == split)


def held_out_split(name: str) -> SuiteSplit:
    """Which half of the pack's held-out sources this one is in, by its name alone."""
    return "test" if zlib.crc32(f"suite/{name}".encode()) % 2 else "val"


def suite_scene(suite: Suite, pack: SourcePack, split: SuiteSplit, index: int) -> Scene:
    """Scene `index` of a split; depends on nothing but these."""
    rng = np.random.default_rng((suite.seed, list(suite.counts).index(split), index))
    return make_scene(pack, suite.sizes[index % len(suite.sizes)], rng, suite.options)


def suite_path(split: SuiteSplit, index: int) -> str:
    """Where a scene lies in the suite's folder."""
    return f"{split}/{index:05d}.png"


def checksum(pictures: Iterable[AnnotatedPicture]) -> str:
    """SHA-256 over paths, splits, pixels and labels (to 0.001 px), in the order of the paths.

    Raises:
        InputError: a picture is missing.
    """
    digest = hashlib.sha256()
    for picture in sorted(pictures, key=lambda p: p.path):
        if picture.file is None:
            raise InputError(f"The picture {picture.path} of the suite is missing.", remedy="Make the suite again.")
        shapes = [_rounded(shape_to_json(a.shape)) for a in picture.annotations]
        pixels = read_image(picture.file)
        head = [picture.path, picture.split, list(pixels.shape), shapes]
        digest.update(json.dumps(head, sort_keys=True).encode() + b"\n")
        digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()


def sources_checksum(folder: Path) -> str:
    """SHA-256 of a pack's two files.

    Raises:
        InputError: there is no pack.
    """
    digest = hashlib.sha256()
    try:
        for name in ("manifest.json", "blobs.bin"):
            digest.update((folder / name).read_bytes())
    except OSError as error:
        raise missing_sources(folder) from error
    return digest.hexdigest()


def find_suite(name: str) -> Suite:
    """A suite by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in SUITES:
        raise ConfigError(f"There is no suite '{name}'.", remedy=f"Known: {', '.join(SUITES)}.")
    return SUITES[name]


def missing_sources(folder: Path) -> InputError:
    """What to say where there is no pack."""
    return InputError(
        f"There are no training sources in {folder}.",
        "A suite is made from free pictures that are fetched, not shipped.",
        "In a checkout, run: python scripts/training_sources.py. Or give the pack's folder with --sources.",
    )


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DIGITS) + 0.0  # no negative zero
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
