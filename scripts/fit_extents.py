"""Fit the odds by which the ends of an axis are settled (`clipsym_core.inference.axis_evidence.extent`); prints them.

    python scripts/fit_extents.py --sources training_sources --photos FOLDER LABELS [--scenes 40]

Every place of a candidate's line is an example: it lies between the ends of a marked axis on the same line, or not.
Examples come from the best candidate of each photo and the five best of each scene; photos and scenes count alike. The
three numbers go into the module by hand: they are shares of heat and length and stay from checkpoint to checkpoint.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from clipsym_core.data.synthesis import SceneOptions, SourcePack, make_scene
from clipsym_core.evaluate.photo_labels import load_photo_labels
from clipsym_core.imaging import Pixels, read_image
from clipsym_core.inference.axis_evidence.extent import Profile
from clipsym_core.inference.calibrating.logistic import fit_logistic
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.inference.features import propose
from clipsym_core.inference.pixels.canonical import canonical_lay
from clipsym_core.inference.scoring.overlap import same_axis
from clipsym_core.inference.second_look import SecondLook
from clipsym_core.symmetry import ReflectionAxis, axis_angle_difference, line_offsets

SIZES = ((512, 384), (384, 512), (448, 448), (640, 426))
SEED = 4711
IMPERFECT = 0.5
"""Share of nearly symmetric things, as in the fit of the scores."""
_ANGLE, _APART, _COMMON = 10.0, 0.1, 0.2
"""A candidate lies on the line of a marked axis: degrees, shares of the marked length, share of the shorter."""
NAMES = ("warmth", "depth")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder of a source pack")
    parser.add_argument("--photos", type=Path, nargs=2, action="append", default=[], metavar=("FOLDER", "LABELS"))
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--model", default="clipsym-lite")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    detector = SymmetryDetector.load(args.model, device="cpu")
    photos = [
        line
        for folder, labels in args.photos
        for name, label in load_photo_labels(labels).items()
        for line in lines(detector, read_image(folder / name), label.dominant, 1)
    ]
    pack = SourcePack.load(args.sources, "train")
    scenes = []
    for index in range(args.scenes):
        rng = np.random.default_rng((SEED, 0, index))
        scene = make_scene(pack, SIZES[index % len(SIZES)], rng, SceneOptions(imperfect=IMPERFECT))
        scenes += list(lines(detector, scene.image, [s for s in scene.shapes if isinstance(s, ReflectionAxis)], 5))
    rows, labels_of, weights = [], [], []
    for part in (photos, scenes):
        for found, first, last in part:
            rows += [{"warmth": w, "depth": d} for w, d in zip(found.warmth, found.depth, strict=True)]
            labels_of += [bool(first <= place <= last) for place in found.places]
            weights += [1 / len(part)] * len(found.places)
    entry = fit_logistic(rows, labels_of, NAMES, weights=weights, ridge=1e-3)
    shares = {name: term["weight"] / term["spread"] for name, term in entry["terms"].items()}
    bias = entry["bias"] - sum(share * entry["terms"][name]["mean"] for name, share in shares.items())
    print(f"{len(photos)} lines of photos, {len(scenes)} of scenes: bias {bias:.2f}, "
          + ", ".join(f"{name} {share:.2f}" for name, share in shares.items()))  # fmt: skip


def lines(
    detector: SymmetryDetector, image: Pixels, truth: Sequence[ReflectionAxis], most: int
) -> Iterator[tuple[Profile, float, float]]:
    """Of the `most` best candidates those on the line of a marked axis: their profiles, and where that axis runs."""
    marked = [axis for axis in truth if axis.start != axis.end]
    if not marked:
        return
    lay, heatmaps = canonical_lay(image), detector.heatmaps(image)
    look = SecondLook(detector, lay.apply(image), lay, heatmaps)
    kept: list[ReflectionAxis] = []
    candidates = detector.axis_candidates(image, heatmaps, features=propose(image), settled=False)
    for d in sorted(candidates, key=lambda d: -d.score):
        axis = d.shape
        if len(kept) < most and isinstance(axis, ReflectionAxis) and axis.is_straight:
            kept += [] if any(same_axis(axis, other) for other in kept) else [axis]
    for axis in kept:
        for true in marked:
            first, last = run_on(axis, true)
            common = min(last, axis.length / 2) - max(first, -axis.length / 2)
            if (
                axis_angle_difference(axis.angle, true.angle) < _ANGLE
                and abs(float(line_offsets([true.midpoint], axis.start, axis.end)[0])) < _APART * true.length
                and common > _COMMON * min(axis.length, true.length)
            ):
                yield look.profile(axis.transformed(lay.matrix)), first, last
                break


def run_on(axis: ReflectionAxis, true: ReflectionAxis) -> tuple[float, float]:
    """Where `true` begins and ends, px along `axis` from its middle."""
    (x, y), start, end = axis.midpoint, np.array(axis.start), np.array(axis.end)
    ends = (np.array([true.start, true.end]) - (x, y)) @ ((end - start) / axis.length)
    return float(ends.min()), float(ends.max())


if __name__ == "__main__":
    main()
