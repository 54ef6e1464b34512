from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from clipsym_core.data.scene_dataset import SceneRecipe, scene_sample
from clipsym_core.data.synthesis import procedural_pack
from clipsym_core.evaluate.scenes import SEED, held_out_scores, true_pixels, truth_style

PACK = procedural_pack(4, photos=3, cutouts=5)
SIDE, SCENES = 96, 10


class KnowsTheAnswer(nn.Module):
    """Recognises each scene, turned or not, and gives its truth, turned alike."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))
        recipe = SceneRecipe(side=SIDE, seed=SEED, turns=False, style=truth_style(SIDE))
        self.answers = {}
        for index in range(SCENES):
            image, truth, _ = scene_sample(PACK, recipe, index)
            self.answers[np.rot90(image, turns).tobytes()] = np.rot90(truth, turns, axes=(1, 2)).copy()

    def forward(self, images: Tensor) -> Tensor:
        pictures = (images * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
        found = np.stack([self.answers[picture.tobytes()] for picture in pictures])
        return torch.from_numpy(true_pixels(found) * 20.0 - 10.0)


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_perfect_model_scores_one_turned_or_not(turns):
    scores = held_out_scores(KnowsTheAnswer(turns), PACK, scenes=SCENES, side=SIDE, batch=3, turns=turns)
    assert scores["reflection_f1"] == 1.0
    assert scores["rotation_f1"] == 1.0


def test_a_blind_model_scores_low_and_keeps_its_mode():
    class Blind(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(2, 1, 1))

        def forward(self, images: Tensor) -> Tensor:
            return self.bias.expand(len(images), 2, *images.shape[-2:])

    model = Blind().train()
    scores = held_out_scores(model, PACK, scenes=SCENES, side=SIDE)
    assert scores["rotation_f1"] < 0.2
    assert model.training
