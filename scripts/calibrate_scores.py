"""Fit the logistic behind the scores of proposals on labelled scenes and photos (resources/score_calibration.json).

    python scripts/calibrate_scores.py --sources training_sources --model clipsym-lite \\
        --photos FOLDER benchmarks/cq100_labels.json [--photos FOLDER LABELS] [--scenes 320] [--keep samples.json]

Scenes are drawn from the "train" split of the source pack (`scripts/training_sources.py` makes one), with seeds apart
from those of training; figures are printed for the "val" split, which neither training nor this fit has seen. With
`--model` all entries are fitted in one pass over the scenes; without it only those for features alone, and the others
are kept. Photos (labelled as in `clipsym_core.evaluate.photo_labels`) count in the entries of axes with network; the
figures for photos are those of a fit that has not seen the photo (12 folds): among them in how many of those with one
dominant axis that axis has the highest score. `--keep` writes what was measured, or reads it where the file exists.
About 1.5 s of one core for a scene or a photo; a quarter more scenes are made for the figures.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import multiprocessing
import zlib
from collections.abc import Set
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import torch

from clipsym_core.data.synthesis import SceneOptions, SourcePack, make_scene
from clipsym_core.evaluate.photo_labels import PhotoLabel, load_photo_labels
from clipsym_core.imaging import Pixels, read_image
from clipsym_core.inference.calibrating.logistic import fit_logistic
from clipsym_core.inference.calibrating.samples import Sample, axis_samples, scene_samples
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.inference.features import propose
from clipsym_core.inference.scoring.calibration import FILE, score_with
from clipsym_core.symmetry import Shape

AXIS = ("mirror", "intensity", "peak", "texture", "evidence", "length", "aspect", "variety", "central", "pairs")
HEAT = ("heat", "coverage", "contrast")
LOOK = ("near", "far", "farther", "deep", "deep_peak", "middle", "middle_peak", "fine", "fine_peak")
CENTER = ("radius", "evidence")
"""Turning and mirroring are left out: tiny rings anywhere agree with themselves, so high values there speak of nothing
unless the evidence, which sums them over area, is high as well."""
SIZES = ((512, 384), (384, 512), (448, 448), (640, 426))
SEED = 555_000_111
IMPERFECT = 0.5
"""Share of nearly symmetric things: on exact copies alone the pixels would be trusted more than photos deserve."""
PHOTOS = {"axis with network": 0.6, "axis looked at": 0.6}
"""Weight of all photos together, that of all scenes being the rest. Proposals of pixels alone are also asked about
parts of pictures: what is usual in whole photos made them worse there (90 % to 85 % in benchmarks/features.py)."""
RIDGE = 20.0
FOLDS = 12

Samples: TypeAlias = "dict[str, dict[str, list[Sample]]]"
"""Picture -> kind of score -> samples. Names of scenes begin with their split."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder of a source pack")
    parser.add_argument("--scenes", type=int, default=320)
    parser.add_argument("--model", default=None, help="name or file of a checkpoint; fits the entries with network too")
    parser.add_argument("--photos", type=Path, nargs=2, action="append", default=[], metavar=("FOLDER", "LABELS"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="file of samples, written or, where it exists, read")
    parser.add_argument("--only", choices=("axis", "center"), default=None, help="fit one kind and keep the other")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "resources" / FILE)
    args = parser.parse_args()
    if args.keep is not None and args.keep.exists():
        samples = _read(args.keep)
    else:
        samples = _collect(args)
        if args.keep is not None:
            args.keep.write_text(json.dumps(samples, default=asdict))
    labels = {name: label for _, file in args.photos for name, label in load_photo_labels(file).items()}
    dominant = {name for name, label in labels.items() if label.kind == "dominant"}
    table = json.loads(args.out.read_text()) if args.out.exists() else {"kinds": {}}
    for kind in sorted({kind for found in samples.values() for kind in found}):
        if args.only is None or kind.startswith(args.only):
            table["kinds"][kind] = entry = _entry(samples, kind, dominant)
            weights = {n: t["weight"] for n, t in entry["terms"].items()}
            print(kind, weights, entry["held_out"], entry.get("photos", {}), sep="\n  ")
    photos = sum(not name.startswith(("train/", "val/")) for name in samples)
    made = {
        "script": "scripts/calibrate_scores.py",
        "date": datetime.date.today().isoformat(),
        "scenes": args.scenes,
        "photos": photos,
        "seed": SEED,
        "model": args.model or "none",
        "data": "synthetic scenes of clipsym_core.data.synthesis, train split, and photos labelled by eye; held-out "
        "figures on the val split, those of photos by folds",
    }
    for part in ("features",) if args.model is None else ("features", "with network"):
        table.setdefault("provenance", {})[part] = made
    args.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _entry(samples: Samples, kind: str, dominant: Set[str]) -> dict[str, Any]:
    """The fit on scenes and photos, with its figures on held-out scenes, and on photos by folds; `dominant` are the
    photos with one dominant axis."""

    def rows(begins: tuple[str, ...]) -> list[Sample]:
        return [s for name, found in samples.items() if name.startswith(begins) for s in found.get(kind, ())]

    scenes = rows(("train/",))
    photos = {n: found[kind] for n, found in samples.items() if not n.startswith(("train/", "val/")) and kind in found}
    entry = _fit(scenes, [s for found in photos.values() for s in found], kind)
    entry["held_out"] = _figures([score_with(entry, s.measures) for s in rows(("val/",))], rows(("val/",)))
    if photos:
        scores, judged, first = [], [], {}
        for fold in range(FOLDS):
            own = [n for n in photos if zlib.crc32(n.encode()) % FOLDS == fold]
            part = _fit(scenes, [s for n, found in photos.items() if n not in own for s in found], kind)
            for name in own:
                given = [score_with(part, s.measures) for s in photos[name]]
                judged += photos[name]
                scores += given
                if name in dominant:
                    first[name] = bool(given) and photos[name][int(np.argmax(given))].right
        entry["photos"] = _figures(scores, judged) | {"reliability": _reliability(scores, judged)}
        if first:
            entry["photos"]["dominant_first"] = [sum(first.values()), len(first)]
            print(kind, "the dominant axis is not first in:", *sorted(n for n, right in first.items() if not right))
    return entry


def _fit(scenes: list[Sample], photos: list[Sample], kind: str) -> dict[str, Any]:
    """The logistic, on scenes and photos weighted by `PHOTOS`."""
    share = PHOTOS.get(kind, 0.0) if photos else 0.0
    parts = [(part, own) for part, own in ((scenes, 1 - share), (photos, share)) if part and own > 0]
    every = [s for part, _ in parts for s in part]
    weights = [own * len(every) / len(part) for part, own in parts for _ in part]
    names = _names(kind)
    return fit_logistic([s.measures for s in every], [s.right for s in every], names, weights=weights, ridge=RIDGE)


def _names(kind: str) -> tuple[str, ...]:
    base = CENTER if kind.startswith("center") else AXIS
    if kind.endswith("looked at"):
        return (*base, *HEAT, *LOOK)
    if not kind.endswith("with network"):
        return base
    return (*base, "heat") if kind.startswith("center") else (*base, *HEAT)


def _collect(args: argparse.Namespace) -> Samples:
    """Samples of all photos and scenes, in `args.processes` processes."""
    tasks: list[tuple[str, Path | None, PhotoLabel | None]] = []
    for folder, labels in args.photos:
        for name, label in load_photo_labels(labels).items():
            if label.kind != "unclear":
                tasks.append((name, folder / name, label))
    for split, count in (("train", args.scenes), ("val", max(args.scenes // 4, 20))):
        tasks += [(f"{split}/{index}", None, None) for index in range(count)]
    begin = (args.sources, args.model)
    if args.processes == 1:
        _prepare(*begin)
        return dict(map(_measured, tasks))
    with multiprocessing.get_context("spawn").Pool(args.processes, _prepare, begin) as pool:
        return dict(pool.imap(_measured, tasks, chunksize=4))


_worker: dict[str, Any] = {}
"""What a process keeps between pictures: its detector (or None) and its source packs."""


def _prepare(sources: Path, model: str | None) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _worker["detector"] = None if model is None else SymmetryDetector.load(model, device="cpu")
    _worker.update({split: SourcePack.load(sources, split) for split in ("train", "val")})


def _measured(task: tuple[str, Path | None, PhotoLabel | None]) -> tuple[str, dict[str, list[Sample]]]:
    name, photo, label = task
    if photo is not None and label is not None:
        image = read_image(photo)
        return name, axis_samples(image, label.is_marked, propose(image), _worker["detector"])
    split, index = name.split("/")
    rng = np.random.default_rng([SEED, 7, int(index)])
    return name, scene_samples(*_scene(_worker[split], split, int(index)), rng, _worker["detector"])


def _scene(pack: SourcePack, split: str, index: int) -> tuple[Pixels, tuple[Shape, ...]]:
    rng = np.random.default_rng([SEED, int(split == "val"), index])
    scene = make_scene(pack, SIZES[index % len(SIZES)], rng, SceneOptions(imperfect=IMPERFECT))
    return scene.image, scene.shapes


def _read(path: Path) -> Samples:
    kept = json.loads(path.read_text())
    return {name: {k: [Sample(**row) for row in rows] for k, rows in found.items()} for name, found in kept.items()}


def _figures(scores: list[float], rows: list[Sample]) -> dict[str, Any]:
    """Log loss, that of the base rate, and the area under the ROC curve."""
    p = np.clip(np.array(scores), 1e-6, 1 - 1e-6)
    y = np.array([row.right for row in rows], dtype=float)
    base = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    ranks = np.argsort(np.argsort(p)) + 1
    right = y.sum()
    auc = (ranks[y > 0].sum() - right * (right + 1) / 2) / max(right * (len(y) - right), 1)
    loss = float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    floor = float(-(base * math.log(base) + (1 - base) * math.log(1 - base)))
    return {"log_loss": round(loss, 4), "base_rate_loss": round(floor, 4), "auc": round(float(auc), 4), "n": len(rows)}


def _reliability(scores: list[float], rows: list[Sample]) -> list[list[float]]:
    """For scores by fifths of 0..1: mean score, share that is right, number."""
    p, y = np.array(scores), np.array([row.right for row in rows], dtype=float)
    bins = np.minimum((p * 5).astype(int), 4)
    return [
        [round(float(p[bins == b].mean()), 3), round(float(y[bins == b].mean()), 3), int((bins == b).sum())]
        for b in range(5)
        if (bins == b).any()
    ]


if __name__ == "__main__":
    main()
