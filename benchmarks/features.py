"""Proposals without a network beside PyPI's imgsym (its `xfeatures` detector) on the same pictures.

    python benchmarks/features.py [--photos FOLDER ...] [--pictures 60] [--seed 1] [--imgsym-python PYTHON]

One known axis a picture (pieces of photos mirrored in it, laid on other photos, then lit, blurred and compressed). An
axis is right by the competition rule: angle < 10 degrees, middle within 0.2 x the true length. Times are process CPU
time of one thread. imgsym is a benchmark-only dependency: `pip install imgsym==0.1.0`, here or into an environment of
its own whose interpreter is named with --imgsym-python (pictures go over as PNG files).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypeAlias

# Before numpy is loaded, here and in theirs: a second thread of its matrix products waits busily, which counts as work.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import cv2
import numpy as np

from clipsym_core.evaluate.known_symmetry import (
    MirroredPicture,
    disturb,
    generated_texture,
    load_photos,
    mirrored_picture,
)
from clipsym_core.inference.calibrating.samples import is_right
from clipsym_core.inference.features import propose
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import ReflectionAxis

SIZE = (640, 480)
MOST = 6

Found: TypeAlias = "list[tuple[ReflectionAxis, ...]]"
"""Axes of one picture, best first, each in all its readings."""

_THEIRS = """
import json, sys, time
import cv2, imgsym, numpy as np
cv2.setNumThreads(1)
out = []
for path in sys.argv[1:]:
    image = cv2.imread(path)
    start = time.process_time()
    try:
        angles, middles, lengths, _ = imgsym.detect_axes(image, "xfeatures", max_axes=6)
        rows = np.c_[np.ravel(angles), np.reshape(middles, (-1, 2)), np.ravel(lengths)].tolist()
    except (ValueError, IndexError, cv2.error) as error:
        print(path, repr(error), file=sys.stderr)
        rows = []
    out.append({"rows": rows, "seconds": time.process_time() - start})
json.dump(out, sys.stdout)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=None)
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--imgsym-python", default=None, help="interpreter of an environment that has imgsym")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(args.seed)
    photos = load_photos(args.photos) if args.photos else load_photos([resource_path("samples")])
    photos = [cv2.resize(p, SIZE, interpolation=cv2.INTER_AREA) for p in photos]
    if not args.photos:
        photos += [generated_texture(rng, SIZE) for _ in range(12)]
    pictures = []
    for _ in range(args.pictures):
        i, j = rng.choice(len(photos), 2, replace=False)
        known = mirrored_picture(rng, photos[i], photos[j])
        pictures.append(MirroredPicture(disturb(rng, known.image), known.axis))
    ours = _ours(pictures)
    _print("ours", pictures, *ours)
    theirs = _theirs(pictures, args.imgsym_python)
    if theirs is not None:
        _print("imgsym xfeatures", pictures, *theirs)
        ratio = np.median(np.array(ours[1]) / np.array(theirs[1]))
        print(f"time of ours over theirs, median over pictures: {ratio:.2f}")


def _ours(pictures: list[MirroredPicture]) -> tuple[list[Found], list[float]]:
    found: list[Found] = []
    seconds = []
    for picture in pictures:
        start = time.process_time()
        proposals = propose(picture.image, limit=MOST, centers=False)
        seconds.append(time.process_time() - start)
        found.append([(d.shape,) for d in proposals if isinstance(d.shape, ReflectionAxis)])
    return found, seconds


def _theirs(pictures: list[MirroredPicture], python: str | None) -> tuple[list[Found], list[float]] | None:
    if python is None:
        if importlib.util.find_spec("imgsym") is None:
            print("imgsym is not installed: pip install imgsym==0.1.0, or name an interpreter with --imgsym-python.")
            return None
        python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i}.png") for i in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            cv2.imwrite(path, picture.image[:, :, ::-1])
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            [python, "-c", _THEIRS, *paths], stdout=subprocess.PIPE, env=environment, check=True, text=True
        )
    rows = json.loads(done.stdout)
    return [[_segments(r) for r in row["rows"]] for row in rows], [row["seconds"] for row in rows]


def _segments(row: list[float]) -> tuple[ReflectionAxis, ...]:
    """imgsym's (angle, middle, length) read both ways, y down and y up; either may be right, in its favor."""
    angle, x, y, length = row
    half = max(length, 1.0) / 2
    dx, dy = half * math.cos(angle), half * math.sin(angle)
    return ReflectionAxis(((x - dx, y - dy), (x + dx, y + dy))), ReflectionAxis(((x - dx, y + dy), (x + dx, y - dy)))


def _print(name: str, pictures: list[MirroredPicture], found: list[Found], seconds: list[float]) -> None:
    hits = [
        [any(is_right(a, [p.axis]) for a in readings) for readings in f] for f, p in zip(found, pictures, strict=True)
    ]
    first, some = np.mean([h[:1] == [True] for h in hits]), np.mean([any(h) for h in hits])
    print(
        f"{name}: first axis right {first:.1%}, one of up to {MOST} right {some:.1%}, "
        f"{1000 * np.median(seconds):.0f} ms a picture (median), {1000 * np.mean(seconds):.0f} ms (mean)"
    )


if __name__ == "__main__":
    main()
