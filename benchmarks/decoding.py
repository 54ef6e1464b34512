"""How well axes are read from heatmaps: our decoder beside two simple ones, on synthetic maps with known axes.

    python benchmarks/decoding.py                 # held-out seeds (the default), 50 maps a family
    python benchmarks/decoding.py --seeds tuning  # the seeds that parameters were chosen on

The maps imitate a network's: bands, blur, weak amplitudes, wobble, gaps, noise, blobs (clipsym_core.evaluate.heatmaps).
An axis counts as found when both end points lie within 2.5 % of the diagonal; "strict" is 9 px instead of 14.7.
The simple decoders get the threshold that is best on the tuning seeds. Times are process CPU time of one thread,
the least of three calls a map.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.evaluate.heatmaps import FAMILIES, HeatmapScene, make_heatmap
from clipsym_core.evaluate.metrics import AxisMetric
from clipsym_core.inference.axes import decode_axes
from clipsym_core.symmetry import Detection, ReflectionAxis

SEEDS = {"tuning": (1, 2, 3), "held-out": (1001, 1002, 1003, 1004, 1005)}
SIZE = 416
TOLERANCE = 0.025
STRICT = 9.0 / math.hypot(SIZE, SIZE)
BAR_MEAN, BAR_CLASS = 0.88, 0.80

Map = npt.NDArray[np.float32]
Decoder = Callable[[Map], list[Detection]]


def components_and_pca(heat: Map, threshold: float) -> list[Detection]:
    """Each connected region above a threshold is one axis: its principal direction and extent."""
    # Closing joins what gaps have cut, as generously as does not join parallel axes.
    mask = cv2.morphologyEx((heat > threshold).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] < 60:
            continue
        rows, columns = np.nonzero(labels == k)
        points = np.stack([columns, rows], axis=1) + 0.5
        middle = points.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov((points - middle).T))
        along = (points - middle) @ vectors[:, 1]
        a, b = (middle + t * vectors[:, 1] for t in np.quantile(along, [0.01, 0.99]))
        if math.dist(a, b) >= 20.0:
            found.append(
                Detection(ReflectionAxis((tuple(a), tuple(b))), float(heat[rows, columns].mean()), "components")
            )
    return found


def opencv_segments(heat: Map, threshold: float) -> list[Detection]:
    """Thinned by local maxima, then OpenCV's probabilistic Hough transform."""
    smooth = cv2.GaussianBlur(heat, (0, 0), 1.5)
    across = np.maximum(cv2.dilate(smooth, np.ones((1, 5), np.uint8)), 0), cv2.dilate(smooth, np.ones((5, 1), np.uint8))
    ridge = ((smooth >= across[0]) | (smooth >= across[1])) & (smooth > threshold)
    lines = cv2.HoughLinesP(ridge.astype(np.uint8) * 255, 1, np.pi / 180, 30, minLineLength=20, maxLineGap=20)
    found = []
    for x0, y0, x1, y1 in [] if lines is None else lines.reshape(-1, 4):
        n = max(abs(x1 - x0), abs(y1 - y0)) + 1
        score = smooth[np.linspace(y0, y1, n).round().astype(int), np.linspace(x0, x1, n).round().astype(int)].mean()
        axis = ReflectionAxis(((x0 + 0.5, y0 + 0.5), (x1 + 0.5, y1 + 0.5)))
        found.append(Detection(axis, min(float(score), 1.0), "opencv"))
    return found


def scenes(seeds: tuple[int, ...], count: int) -> Iterator[tuple[str, list[HeatmapScene]]]:
    for number, family in enumerate(FAMILIES):
        made = []
        for seed in seeds:
            rng = np.random.default_rng([seed, number])
            made += [make_heatmap(family, rng, size=SIZE) for _ in range(math.ceil(count / len(seeds)))]
        yield family, made[:count]


def decode(decoder: Decoder, made: list[HeatmapScene], repeats: int = 1) -> tuple[list[list[Detection]], list[float]]:
    """What a decoder finds on each map, and the least CPU time, s, of some repeats on it."""
    found, seconds = [], []
    for scene in made:
        spent = []
        for _ in range(repeats):
            start = time.process_time()
            result = decoder(scene.heatmap)
            spent.append(time.process_time() - start)
        found.append(result)
        seconds.append(min(spent))
    return found, seconds


def f1(found: list[list[Detection]], made: list[HeatmapScene], tolerance: float) -> float:
    """Axis F1 with every proposal kept."""
    metric = AxisMetric(tolerance)
    for detections, scene in zip(found, made, strict=True):
        metric.update(detections, scene.axes, (SIZE, SIZE))
    return metric.result(threshold=0.0).f1


def best_threshold(decoder: Callable[[Map, float], list[Detection]], count: int) -> float:
    """The threshold with the best mean F1 on the tuning seeds."""
    tuning = list(scenes(SEEDS["tuning"], count))

    def mean_f1(threshold: float) -> float:
        return float(np.mean([f1(decode(lambda h: decoder(h, threshold), m)[0], m, TOLERANCE) for _, m in tuning]))

    return max((0.15, 0.2, 0.25, 0.3, 0.35, 0.4), key=mean_f1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", choices=list(SEEDS), default="held-out")
    parser.add_argument("--count", type=int, default=50, help="maps a family")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)

    baselines = {"components + PCA": components_and_pca, "ridge + cv2.HoughLinesP": opencv_segments}
    decoders: dict[str, Decoder] = {"clipsym decode_axes": decode_axes}
    for name, simple in baselines.items():
        threshold = best_threshold(simple, 30)
        decoders[f"{name} (t={threshold:.2f})"] = lambda h, f=simple, t=threshold: f(h, t)  # type: ignore[misc]

    made = list(scenes(SEEDS[arguments.seeds], arguments.count))
    decode_axes(made[0][1][0].heatmap)  # first calls load tables
    print(f"{arguments.seeds} seeds {SEEDS[arguments.seeds]}, {arguments.count} maps of {SIZE} px each; F1 (strict F1)")
    print(f"{'':34s}" + "".join(f"{f:>15s}" for f in FAMILIES) + f"{'mean':>15s}   ms median / 95 % / max")
    for name, decoder in decoders.items():
        results, strict, seconds = [], [], []
        for _, family_scenes in made:
            found, spent = decode(decoder, family_scenes, repeats=3)
            results.append(f1(found, family_scenes, TOLERANCE))
            strict.append(f1(found, family_scenes, STRICT))
            seconds += spent
        cells = [
            f"{f:.3f} ({s:.3f})" for f, s in zip([*results, np.mean(results)], [*strict, np.mean(strict)], strict=True)
        ]
        ms = np.quantile(seconds, [0.5, 0.95, 1.0]) * 1e3
        print(f"{name:34s}" + "".join(f"{c:>15s}" for c in cells) + "   " + " / ".join(f"{v:.1f}" for v in ms))
        if decoder is decode_axes:
            reached = np.mean(results) >= BAR_MEAN and min(results) >= BAR_CLASS
            verdict = f"bar (mean {BAR_MEAN}, every family {BAR_CLASS}): {'reached' if reached else 'NOT reached'}"
    print(verdict)


if __name__ == "__main__":
    main()
