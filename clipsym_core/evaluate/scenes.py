"""Quality on synthetic scenes whose sources training never saw: pixel max F1 of both heatmaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from clipsym_core.data.scene_dataset import SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SourcePack
from clipsym_core.data.targets import CHANNELS, TargetStyle
from clipsym_core.evaluate.pixel import PixelMetric

SEED = 987_654_321
"""First part of the seed of every held-out scene; far from those of training."""


def truth_style(side: int) -> TargetStyle:
    """Thin truth for a canvas of `side` px: the pixels whose center lies within 0.5 px of an axis, 0.75 px of a center.

    (Within 0.5 px of a center there is sometimes no pixel at all.)
    """
    return TargetStyle(profile="band", axis=0.5 / side, center=0.75 / side)


def true_pixels(drawn: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which pixels of a drawn truth count. An axis in the middle between two rows of pixels, as that of a picture which
    is symmetric to its own middle, covers half of each: both do."""
    return np.asarray(drawn > 0.49)


@torch.no_grad()
def held_out_scores(
    model: nn.Module, pack: SourcePack, *, scenes: int = 96, side: int = 256, batch: int = 8, turns: int = 0
) -> dict[str, float]:
    """Max F1 (5 px dilation, one threshold for all scenes) and its threshold for each channel.

    Args:
        turns: quarter turns applied to every picture before the model, undone on its heatmaps.
    """
    recipe = SceneRecipe(side=side, seed=SEED, turns=False, style=truth_style(side))
    device = next(model.parameters()).device
    metrics = {name: PixelMetric() for name in CHANNELS}
    was_training = model.training
    model.eval()
    for start in range(0, scenes, batch):
        samples = [scene_sample(pack, recipe, index) for index in range(start, min(start + batch, scenes))]
        pictures = np.stack([np.rot90(image, turns) for image, _, _ in samples])
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(255).to(device)
        heat = torch.sigmoid(model(images)).cpu().numpy()
        for row, (_, truth, valid) in zip(heat, samples, strict=True):
            for channel, name in enumerate(CHANNELS):
                found = np.ascontiguousarray(np.rot90(row[channel], -turns))
                metrics[name].update(found, true_pixels(truth[channel]), valid[0] > 0.5)
    model.train(was_training)
    scores = {name: metric.result() for name, metric in metrics.items()}
    result = {f"{name}_f1": round(float(score.f1), 4) for name, score in scores.items()}
    return result | {f"{name}_threshold": round(float(score.threshold), 4) for name, score in scores.items()}
