"""Synthetic scenes as network input: letterboxed pictures, targets, masks; scene i is the same at every run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from clipsym_core.data.synthesis import SceneOptions, SourcePack, make_scene
from clipsym_core.data.targets import TargetStyle, render_targets
from clipsym_core.imaging import Letterbox
from clipsym_core.symmetry import mirror_left_right, quarter_turns


@dataclass(frozen=True, slots=True)
class SceneRecipe:
    """How training samples are made.

    Attributes:
        side: of the square canvas, px.
        seed: first part of every scene's seed; the second is the scene's index.
        oblong: share of scenes with an aspect ratio other than 1, letterboxed.
        turns: whether samples are turned by quarter turns and mirrored at random.
        style: of the targets.
        options: of the scenes.
    """

    side: int = 192
    seed: int = 0
    oblong: float = 0.5
    turns: bool = True
    style: TargetStyle = field(default_factory=TargetStyle)
    options: SceneOptions = field(default_factory=SceneOptions)


class SceneDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Scenes start .. start + count - 1 of an endless, reproducible sequence.

    An item is (picture float32 [3, S, S] in 0..1, targets float32 [2, S, S], valid float32 [1, S, S]).
    """

    def __init__(self, pack: SourcePack, recipe: SceneRecipe, *, start: int, count: int) -> None:
        self.pack, self.recipe, self.start, self.count = pack, recipe, start, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        if not 0 <= index < self.count:
            raise IndexError(index)
        image, target, valid = scene_sample(self.pack, self.recipe, self.start + index)
        picture = np.ascontiguousarray(image.transpose(2, 0, 1))
        return torch.from_numpy(picture).float() / 255.0, torch.from_numpy(target), torch.from_numpy(valid)


def scene_sample(pack: SourcePack, recipe: SceneRecipe, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Scene `index`: picture uint8 [S, S, 3], targets float32 [2, S, S], valid float32 [1, S, S]."""
    rng = np.random.default_rng((recipe.seed, index))
    side = recipe.side
    size = (side, side)
    if rng.random() < recipe.oblong:
        other = max(48, round(side * float(rng.uniform(0.55, 0.95))))
        size = (side, other) if rng.random() < 0.5 else (other, side)
    scene = make_scene(pack, size, rng, recipe.options)
    letterbox = Letterbox(size, (side, side))
    image = letterbox.apply(scene.image)
    valid = letterbox.valid()
    matrix = letterbox.matrix
    if recipe.turns:
        k = int(rng.integers(4))
        image, valid = np.rot90(image, k), np.rot90(valid, k)
        matrix = quarter_turns((side, side), k) @ matrix
        if rng.random() < 0.5:
            image, valid = image[:, ::-1], valid[:, ::-1]
            matrix = mirror_left_right((side, side)) @ matrix
    shapes = [shape.transformed(matrix) for shape in scene.shapes]
    targets = render_targets(shapes, (side, side), recipe.style)
    valid_map = np.ascontiguousarray(valid[None], dtype=np.float32)
    return np.ascontiguousarray(image, dtype=np.uint8), targets, valid_map
