"""Measure a checkpoint on synthetic scenes from sources that training never saw; prints JSON for the model card.

    python scripts/evaluate_lite.py [--model FILE] [--sources training_sources] [--scenes 300]

Pixel max F1: the field's metric (truth and prediction dilated by 5 px, best threshold for the set), at network size.
"decoded" scores the axes and centers that the detector reports, drawn one pixel wide with their scores, so that it can
be compared with proposals made without a network.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from clipsym_core.data.scene_dataset import SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SceneOptions, SourcePack, make_scene
from clipsym_core.evaluate.pixel import PixelMetric
from clipsym_core.evaluate.scenes import SEED, held_out_scores, truth_style
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.raster import Kind, fused_map, score_map, truth_mask
from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape

ROOT = Path(__file__).resolve().parent.parent
SIZE = (384, 288)
"""(width, height) of the scenes that are judged as pictures."""
SHAPES: tuple[tuple[Kind, type[Shape]], ...] = (("reflection", ReflectionAxis), ("rotation", RotationCenter))
KINDS = {
    "whole picture mirrored": SceneOptions(empty=0, whole=1),
    "real photos with marked axes": SceneOptions(empty=0, whole=0, marked=1),
    "single and several things": SceneOptions(empty=0, whole=0, marked=0, grouped=0),
    "rows, rings, nested": SceneOptions(empty=0, whole=0, marked=0, grouped=1),
}


def by_kind(model: torch.nn.Module, pack: SourcePack, side: int, scenes: int) -> dict[str, dict[str, float]]:
    """Heatmap max F1 on scenes of one kind at a time."""
    found = {}
    for name, options in KINDS.items():
        recipe = SceneRecipe(side=side, seed=SEED + 1, turns=False, style=truth_style(side), options=options)
        metrics = [PixelMetric(), PixelMetric()]
        for index in range(scenes):
            image, truth, valid = scene_sample(pack, recipe, index)
            with torch.no_grad():
                batch = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
                heat = torch.sigmoid(model(batch))[0].numpy()
            for channel, metric in enumerate(metrics):
                metric.update(heat[channel], truth[channel] > 0.5, valid[0] > 0.5)
        found[name] = {"reflection": metrics[0].result().f1, "rotation": metrics[1].result().f1}
    return found


def decoded(detector: SymmetryDetector, pack: SourcePack, scenes: int) -> dict[str, dict[str, float]]:
    """Max F1 of decoded axes and centers: by the network, by features alone, by both; and of fused maps."""
    result = {}
    for source in ("network", "features", "both"):
        drawn, fused = ({kind: PixelMetric() for kind, _ in SHAPES} for _ in range(2))
        for index in range(scenes):
            scene = make_scene(pack, SIZE, np.random.default_rng((SEED + 2, index)))
            found = detector.detect(scene.image, proposals=source, threshold=0.0)
            for kind, shape in SHAPES:
                truth = truth_mask([s for s in scene.shapes if isinstance(s, shape)], SIZE, kind)
                shapes = [d for d in found.detections if isinstance(d.shape, shape)]
                drawn[kind].update(score_map(shapes, SIZE, kind), truth)
                fused[kind].update(fused_map(found.restored(kind), shapes, SIZE, kind), truth)
        for name, metrics in ((source, drawn), (f"{source}, fused maps", fused)):
            result[name] = {kind: metric.result().f1 for kind, metric in metrics.items()}
    return result


def restored(path: Path, pack: SourcePack, scenes: int) -> dict[str, dict[str, float]]:
    """Max F1 of heatmaps brought back to the size of the picture: for other network sizes, averaged views, and for
    pictures that are shown turned by quarters."""

    def scores(side: int, *, views: int = 1, turns: int = 0, one: bool = False) -> dict[str, float]:
        detector = SymmetryDetector.load(path, device="cpu", size=(side, side), views=views)
        return map_scores(detector, pack, scenes, turns, one=one)

    result = {"320 px": scores(320), "320 px, one look": scores(320, one=True)}
    result |= {f"320 px, turned by {90 * turns} degrees": scores(320, turns=turns) for turns in (1, 2, 3)}
    return result | {"256 px": scores(256), "256 px, 4 views": scores(256, views=4)}


def map_scores(detector: SymmetryDetector, pack: SourcePack, scenes: int, turns: int, *, one: bool) -> dict[str, float]:
    """Max F1 of the detector's heatmaps of pictures shown turned by quarters; `one`: of its own look alone."""
    metrics = {kind: PixelMetric() for kind, _ in SHAPES}
    for index in range(scenes):
        scene = make_scene(pack, SIZE, np.random.default_rng((SEED + 2, index)))
        shown = np.ascontiguousarray(np.rot90(scene.image, turns))
        heatmaps = detector.heatmaps(shown, size=detector.size if one else None)
        for kind, shape in SHAPES:
            truth = truth_mask([s for s in scene.shapes if isinstance(s, shape)], SIZE, kind)
            metrics[kind].update(np.ascontiguousarray(np.rot90(heatmaps.restored(kind), -turns)), truth)
    return {kind: metric.result().f1 for kind, metric in metrics.items()}


def false_alarms(detector: SymmetryDetector, pack: SourcePack, scenes: int) -> dict[str, float]:
    """Axes above the default threshold on pictures without symmetry."""
    counts = []
    for index in range(scenes):
        scene = make_scene(pack, SIZE, np.random.default_rng((SEED + 3, index)), SceneOptions(empty=1.0))
        found = detector.detect(scene.image).detections
        counts.append(sum(isinstance(d.shape, ReflectionAxis) for d in found))
    return {"pictures": scenes, "share with at most one": float(np.mean(np.array(counts) <= 1)),
            "share with none": float(np.mean(np.array(counts) == 0)), "mean": float(np.mean(counts))}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "resources" / "checkpoints" / "clipsym-lite.safetensors")
    parser.add_argument("--sources", type=Path, default=ROOT / "training_sources")
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--decode-scenes", type=int, default=100)
    parser.add_argument("--side", type=int, default=256)
    args = parser.parse_args()
    torch.set_num_threads(1)
    pack = SourcePack.load(args.sources, "val")
    loaded = load_checkpoint(args.model)
    report: dict[str, object] = {"model": args.model.name, "sha256": loaded.metadata.sha256, "side": args.side,
                                 "scenes": args.scenes, "held-out sources": len(pack.names)}  # fmt: skip
    report["held out"] = held_out_scores(loaded.model, pack, scenes=args.scenes, side=args.side)
    report["turned by quarters"] = [
        held_out_scores(loaded.model, pack, scenes=args.scenes, side=args.side, turns=k) for k in (1, 2, 3)
    ]
    report["by kind"] = by_kind(loaded.model, pack, args.side, max(1, args.scenes // 4))
    detector = SymmetryDetector.load(args.model, device="cpu")
    report["at picture size"] = restored(args.model, pack, args.decode_scenes)
    report["decoded"] = decoded(detector, pack, args.decode_scenes)
    report["false alarms"] = false_alarms(detector, pack, args.decode_scenes)
    print(json.dumps(report, indent=1, default=lambda x: round(float(x), 4)))


if __name__ == "__main__":
    main()
