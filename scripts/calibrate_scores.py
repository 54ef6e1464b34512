"""Fit the logistic behind the scores of proposals on labelled scenes; writes resources/score_calibration.json.

    python scripts/calibrate_scores.py --sources training_sources --model clipsym-lite [--scenes 320]

Scenes are drawn from the "train" split of the source pack (`scripts/training_sources.py` makes one), with seeds apart
from those of training; figures are printed for the "val" split, which neither training nor this fit has seen. With
`--model` all four entries are fitted in one pass over the scenes; without it only those for features alone, and those
"... with network" are kept. About 0.75 s of one core for a scene, a quarter more scenes for the figures: five minutes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
from pathlib import Path

import cv2
import numpy as np

from clipsym_core.data.synthesis import SceneOptions, SourcePack, make_scene
from clipsym_core.imaging import Pixels
from clipsym_core.inference.calibration import FILE
from clipsym_core.inference.calibration_samples import Sample, scene_samples
from clipsym_core.inference.logistic import fit_logistic
from clipsym_core.symmetry import Shape

AXIS = ("mirror", "intensity", "peak", "texture", "evidence", "length", "aspect", "variety", "central", "pairs")
HEAT = ("heat", "coverage", "contrast")
CENTER = ("radius", "evidence")
"""Turning and mirroring are left out: tiny rings anywhere agree with themselves, so high values there speak of nothing
unless the evidence, which sums them over area, is high as well."""
SIZES = ((512, 384), (384, 512), (448, 448), (640, 426))
SEED = 555_000_111
IMPERFECT = 0.5
"""Share of nearly symmetric things: on exact copies alone the pixels would be trusted more than photos deserve."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder of a source pack")
    parser.add_argument("--scenes", type=int, default=320)
    parser.add_argument("--model", default=None, help="name or file of a checkpoint; fits the entries with network too")
    parser.add_argument("--only", choices=("axis", "center"), default=None, help="fit one kind and keep the other")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "resources" / FILE)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    table = json.loads(args.out.read_text()) if args.out.exists() else {"kinds": {}}
    kinds = table["kinds"]
    for split, count in (("train", args.scenes), ("val", max(args.scenes // 4, 20))):
        samples = _collect(SourcePack.load(args.sources, split), split, count, args.model)
        samples = {kind: rows for kind, rows in samples.items() if args.only is None or kind.startswith(args.only)}
        for kind, rows in samples.items():
            names = _names(kind)
            if split == "train":
                kinds[kind] = fit_logistic([s.measures for s in rows], [s.right for s in rows], names)
            else:
                kinds[kind]["held_out"] = _figures(kinds[kind], rows)
                print(kind, {n: t["weight"] for n, t in kinds[kind]["terms"].items()}, kinds[kind]["held_out"])
    made = {
        "script": "scripts/calibrate_scores.py",
        "date": datetime.date.today().isoformat(),
        "scenes": args.scenes,
        "seed": SEED,
        "model": args.model or "none",
        "data": "synthetic scenes of clipsym_core.data.synthesis, train split; held-out figures on the val split",
    }
    for part in ("features",) if args.model is None else ("features", "with network"):
        table.setdefault("provenance", {})[part] = made
    args.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _names(kind: str) -> tuple[str, ...]:
    base = CENTER if kind.startswith("center") else AXIS
    if not kind.endswith("with network"):
        return base
    return (*base, "heat") if kind.startswith("center") else (*base, *HEAT)


def _collect(pack: SourcePack, split: str, count: int, model: str | None) -> dict[str, list[Sample]]:
    detector = None
    if model is not None:
        from clipsym_core.inference.detector import SymmetryDetector

        detector = SymmetryDetector.load(model, device="cpu")
    samples: dict[str, list[Sample]] = {}
    for index in range(count):
        rng = np.random.default_rng([SEED, 7, index])
        for kind, rows in scene_samples(*_scene(pack, split, index), rng, detector).items():
            samples.setdefault(kind, []).extend(rows)
    return samples


def _scene(pack: SourcePack, split: str, index: int) -> tuple[Pixels, tuple[Shape, ...]]:
    rng = np.random.default_rng([SEED, int(split == "val"), index])
    scene = make_scene(pack, SIZES[index % len(SIZES)], rng, SceneOptions(imperfect=IMPERFECT))
    return scene.image, scene.shapes


def _figures(entry: dict, rows: list[Sample]) -> dict[str, float]:  # type: ignore[type-arg]
    """Log loss, that of the base rate, and the area under the ROC curve."""
    scores = []
    for row in rows:
        total = entry["bias"]
        for name, t in entry["terms"].items():
            total += t["weight"] * (min(max(row.measures[name], t["low"]), t["high"]) - t["mean"]) / t["spread"]
        scores.append(1 / (1 + math.exp(-total)))
    p = np.clip(np.array(scores), 1e-6, 1 - 1e-6)
    y = np.array([row.right for row in rows], dtype=float)
    base = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    ranks = np.argsort(np.argsort(p)) + 1
    right = y.sum()
    auc = (ranks[y > 0].sum() - right * (right + 1) / 2) / max(right * (len(y) - right), 1)
    loss = float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    floor = float(-(base * math.log(base) + (1 - base) * math.log(1 - base)))
    return {"log_loss": round(loss, 4), "base_rate_loss": round(floor, 4), "auc": round(float(auc), 4), "n": len(rows)}


if __name__ == "__main__":
    main()
