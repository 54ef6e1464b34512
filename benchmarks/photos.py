"""Real photos with labels by eye: is the dominant axis first, and what passes the default threshold?

    python benchmarks/photos.py FOLDER [--labels benchmarks/cq100_labels.json] [--proposals network|features|both]
        [--views 1] [--model clipsym-lite]

The dominant axis is right by the competition's rule (angle under 10 degrees, middles closer than 0.2 x the shorter
length); a photo with a star takes any axis through its center. Pixel max F1 is that of the field (both maps dilated by
5 px), of the reflection heatmap, of the drawn axes and of both in one map. Figures are given for two halves, split by
file name: methods are tuned on the first (and scores are fitted on both, so `scripts/calibrate_scores.py` gives figures
by folds).
"""

from __future__ import annotations

import argparse
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch

from clipsym_core.evaluate.metrics import PixelMetric, score_map, truth_mask
from clipsym_core.evaluate.photo_labels import PhotoLabel, load_photo_labels
from clipsym_core.imaging import read_image
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.symmetry import Detection, ReflectionAxis

LABELS = Path(__file__).parent / "cq100_labels.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """One photo: its label, the detections of any score, best first, and the seconds of one core it took."""

    name: str
    label: PhotoLabel
    axes: tuple[Detection, ...]
    seconds: float

    @property
    def rank(self) -> int | None:
        """Place of the first right axis, from 1; None where there is none."""
        ranks = (i for i, d in enumerate(self.axes, 1) if _judged(self.label, d))
        return next(ranks, None)

    def above(self, threshold: float) -> list[Detection]:
        return [d for d in self.axes if d.score >= threshold]


def half(name: str) -> str:
    """To which half a photo belongs."""
    return "tune" if zlib.crc32(name.encode()) % 2 else "held back"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--proposals", choices=("network", "features", "both"), default="both")
    parser.add_argument("--views", type=int, choices=(1, 4, 8), default=1)
    parser.add_argument("--model", default="clipsym-lite")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    detector = SymmetryDetector.load(args.model, device="cpu", views=args.views)
    heat, drawn, fused = PixelMetric(), PixelMetric(), PixelMetric()
    seen = []
    for name, label in load_photo_labels(args.labels).items():
        if label.kind == "unclear":
            continue
        image = read_image(args.folder / name)
        start = time.process_time()
        result = detector.detect(image, proposals=args.proposals, threshold=0.0)
        seconds = time.process_time() - start
        axes = tuple(d for d in result.detections if isinstance(d.shape, ReflectionAxis))
        seen.append(Seen(name, label, axes, seconds))
        if label.kind == "dominant":
            truth = truth_mask(label.all_axes(), result.size, "reflection")
            drawn.update(score_map(axes, result.size, "reflection"), truth)
            fused.update(result.fused("reflection"), truth)
            if result.heatmaps is not None:
                heat.update(result.heatmaps.restored("reflection"), truth)
    for part in ("tune", "held back", "all"):
        _report(part, [s for s in seen if part in ("all", half(s.name))], detector.default_threshold)
    scores = {"heatmap": heat, "drawn axes": drawn, "fused map": fused}
    print("pixel max F1:", ", ".join(f"{name} {metric.result().f1:.3f}" for name, metric in scores.items()))
    print(f"seconds of one core for a photo, median: {sorted(s.seconds for s in seen)[len(seen) // 2]:.2f}")


def _judged(label: PhotoLabel, detection: Detection) -> bool:
    return isinstance(detection.shape, ReflectionAxis) and label.is_dominant(detection.shape)


def _report(part: str, seen: list[Seen], threshold: float) -> None:
    dominant = [s for s in seen if s.label.kind == "dominant"]
    none = [s for s in seen if s.label.kind == "none"]
    right = [s for s in dominant if s.rank == 1]
    shown = [d for s in dominant for d in s.above(threshold)]
    good = sum(
        isinstance(d.shape, ReflectionAxis) and s.label.is_marked(d.shape) for s in dominant for d in s.above(threshold)
    )
    found = sum(any(_judged(s.label, d) for d in s.above(threshold)) for s in dominant)
    alarms = [len(s.above(threshold)) for s in none]
    print(f"{part}: dominant axis first in {len(right)} of {len(dominant)}, somewhere in "
          f"{sum(s.rank is not None for s in dominant)}; at the threshold {threshold} found in {found}, "
          f"{good} of {len(shown)} axes right; photos without symmetry: {sum(a == 0 for a in alarms)} of {len(alarms)} "
          f"without an axis, {sum(a <= 1 for a in alarms)} with at most one")  # fmt: skip
    if part == "all":
        for s in dominant:
            if s.rank != 1:
                best = f"{s.axes[0].score:.2f}" if s.axes else "nothing"
                print(f"  wrong: {s.name}, first has {best}, right one at place {s.rank} of {len(s.axes)}")
        for s in none:
            if s.above(threshold):
                print(f"  false: {s.name}, {[round(d.score, 2) for d in s.above(threshold)]}")


if __name__ == "__main__":
    main()
