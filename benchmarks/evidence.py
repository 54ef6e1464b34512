"""Snap, score and one-click centers on photos with known transforms: accuracy and milliseconds a call on one core.

    python benchmarks/evidence.py [--photos FOLDER ...] [--pictures 120] [--seed 1]

Without --photos: the sample pictures that ship with the program and generated textures. The times are process CPU
time of one thread (median; the least of three calls in brackets), so other load on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from clipsym_core.evaluate.known_symmetry import (
    disturb,
    generated_texture,
    load_photos,
    mirrored_picture,
    moved_axis,
    turned_picture,
)
from clipsym_core.imaging import Pixels
from clipsym_core.inference.refine import analyse_center, score_axis, snap_axis, trim_axis
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import axis_angle_difference, line_offsets

SIZE = (640, 480)
ORDERS = (2, 3, 4, 5, 6, 7, 8, 10, 12)
LEAST_SCORE = 0.4
"""Score from which the program shows what one click found."""
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=None)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(args.seed)
    photos = _photos(args.photos, rng)
    print(f"{len(photos)} photos, {args.pictures} pictures each, seed {args.seed}")
    axes(rng, photos, args.pictures)
    for squash in (1.0, 0.8):
        centers(rng, photos, args.pictures, squash)
    anywhere(rng, photos, args.pictures)


def _photos(folders: list[Path] | None, rng: np.random.Generator) -> list[Pixels]:
    photos = load_photos(folders) if folders else load_photos([resource_path("samples")])
    if not folders:
        photos += [generated_texture(rng, SIZE) for _ in range(12)]
    return [cv2.resize(p, SIZE, interpolation=cv2.INTER_AREA) for p in photos]


def _pick(rng: np.random.Generator, photos: list[Pixels]) -> tuple[Pixels, Pixels]:
    i, j = rng.choice(len(photos), 2, replace=False)
    return photos[i], photos[j]


def _timed(call: Callable[[], T], times: list[float]) -> T:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        result = call()
        best = min(best, time.process_time() - start)
    times.append(1000 * best)
    return result


def axes(rng: np.random.Generator, photos: list[Pixels], count: int) -> None:
    """Strokes 15 degrees and 15 px off; the true axis scored against chance; ends 20-40 % too long or short."""
    angles, offsets, true_scores, chance, ends = [], [], [], [], []
    times: dict[str, list[float]] = {"snap": [], "score": [], "trim": []}
    for _ in range(count):
        known = mirrored_picture(rng, *_pick(rng, photos))
        image, axis = disturb(rng, known.image), known.axis
        stroke = moved_axis(axis, float(rng.choice([-15, 15])), float(rng.choice([-15, 15])))
        snapped = _timed(lambda: snap_axis(image, stroke), times["snap"]).axis  # noqa: B023
        angles.append(axis_angle_difference(snapped.angle, axis.angle))
        offsets.append(abs(float(line_offsets([axis.midpoint], snapped.start, snapped.end)[0])))
        true_scores.append(_timed(lambda: score_axis(image, axis), times["score"]).score)  # noqa: B023
        others = [moved_axis(axis, float(rng.uniform(25, 155)), float(rng.uniform(-60, 60))) for _ in range(5)]
        chance.append(max(score_axis(image, other).score for other in others))
        trimmed = _timed(lambda: trim_axis(image, axis), times["trim"])  # noqa: B023
        ends += [min(np.hypot(*np.subtract(p, q)) for q in axis.points) / axis.length for p in trimmed.points]
    right = np.mean((np.array(angles) <= 0.5) & (np.array(offsets) <= 1.0))
    print(f"snap from 15 deg, 15 px: within 0.5 deg and 1 px {right:.1%}; median {np.median(angles):.2f} deg, "
          f"{np.median(offsets):.2f} px")  # fmt: skip
    print(f"score: true axes {np.percentile(true_scores, 5):.2f} (5 %), {np.median(true_scores):.2f} (median); "
          f"best of 5 wrong ones {np.median(chance):.2f} (median), {np.percentile(chance, 95):.2f} (95 %)")  # fmt: skip
    print(f"trim: end point error / length {np.median(ends):.3f} (median), {np.percentile(ends, 90):.3f} (90 %)")
    for name, values in times.items():
        print(f"  {name}: {np.median(values):.1f} ms (most {np.max(values):.1f})")


def centers(rng: np.random.Generator, photos: list[Pixels], count: int, squash: float) -> None:
    """Clicks up to 6 px from the center; order, C or D, radius, axes."""
    order_right, kind_right, errors, axis_errors, radii = [], [], [], [], []
    times: list[float] = []
    for _ in range(count):
        order, dihedral = int(rng.choice(ORDERS)), bool(rng.integers(2))
        source, background = _pick(rng, photos)
        known = turned_picture(rng, source, background, order, dihedral=dihedral, squash=squash)
        image = disturb(rng, known.image)
        click = (known.center.x + float(rng.uniform(-6, 6)), known.center.y + float(rng.uniform(-6, 6)))
        found = _timed(lambda: analyse_center(image, click), times)  # noqa: B023
        order_right.append(found.center.order == order)
        kind_right.append(found.dihedral == dihedral)
        errors.append(float(np.hypot(found.center.x - known.center.x, found.center.y - known.center.y)))
        radii.append(found.radius / known.radius)
        if dihedral and found.axes and order_right[-1] and squash == 1.0:
            off = (found.axes[0].angle - known.phase) % (180 / order)
            axis_errors.append(min(off, 180 / order - off))
    print(f"center, squash {squash}: order right {np.mean(order_right):.1%}, C or D right {np.mean(kind_right):.1%}, "
          f"center error {np.median(errors):.2f} px (95 %: {np.percentile(errors, 95):.2f}), "
          f"radius {np.median(radii):.2f} of the true one")  # fmt: skip
    if axis_errors:
        print(f"  axis angles {np.median(axis_errors):.2f} deg (95 %: {np.percentile(axis_errors, 95):.2f})")
    print(f"  analyse_center: {np.median(times):.1f} ms (most {np.max(times):.1f})")


def anywhere(rng: np.random.Generator, photos: list[Pixels], count: int) -> None:
    """Clicks anywhere on untouched photos, which hardly ever hit a center: how often one is claimed all the same."""
    claims, times = [], list[float]()
    for _ in range(count):
        image = disturb(rng, photos[rng.integers(len(photos))])
        click = (float(rng.uniform(0.15, 0.85)) * SIZE[0], float(rng.uniform(0.15, 0.85)) * SIZE[1])
        found = _timed(lambda: analyse_center(image, click), times)  # noqa: B023
        claims.append(found.score >= LEAST_SCORE and not found.by_chance)
    print(f"clicks anywhere: {np.mean(claims):.1%} claimed")
    print(f"  analyse_center: {np.median(times):.1f} ms (most {np.max(times):.1f})")


if __name__ == "__main__":
    main()
