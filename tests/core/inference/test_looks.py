"""Several looks at one picture: the maps say what shows near and from afar."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipsym_core.errors import ConfigError
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.model.checkpoint import LoadedModel
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import Preprocessing, preset
from clipsym_core.model.metadata import CheckpointMetadata

PICTURE = np.random.default_rng(0).integers(0, 256, (90, 150, 3), dtype=np.uint8)


def detector(*looks: float, outputs: tuple[str, ...] = ("reflection", "rotation")) -> SymmetryDetector:
    config = preset("clipsym-lite").replaced(preprocessing={"size": (256, 256), "looks": looks}, outputs=outputs)
    torch.manual_seed(0)
    model = CLIPSym.from_config(config)
    model.set_text_embeddings(torch.randn(8, 384))
    torch.nn.init.zeros_(model.upsampler.head.bias)  # around one half, not all near zero
    loaded = LoadedModel(model.eval(), config, CheckpointMetadata(config))
    return SymmetryDetector.of(loaded, "random", device=torch.device("cpu"), precision="fp32")


def test_the_maps_are_the_geometric_mean_of_the_looks() -> None:
    several = detector(1.0, 1.5, 0.26)
    own, near, far = (several.heatmaps(PICTURE, size=(side, side)) for side in (256, 384, 64))
    maps = several.heatmaps(PICTURE)
    boxes = [own.letterbox.place(look.letterbox.crop(look.reflection)) for look in (near, far)]
    valid = own.letterbox.valid()
    wanted = np.cbrt(own.reflection.astype(np.float64) * boxes[0] * boxes[1])
    np.testing.assert_allclose(maps.reflection[valid], wanted[valid], atol=2e-3)
    assert maps.reflection[~valid].max() == 0
    placed = own.letterbox.place(near.letterbox.crop(near.rotation))
    of_two = np.sqrt(own.rotation.astype(np.float64) * placed)
    np.testing.assert_allclose(maps.rotation[valid], of_two[valid], atol=2e-3)
    assert maps.rotation[~valid].max() == 0
    assert np.abs(maps.rotation - own.rotation).max() > 0.01
    assert np.abs(maps.reflection - own.reflection).max() > 0.01


def test_smaller_looks_have_no_part_in_the_rotation_map() -> None:
    several = detector(1.0, 0.4)
    np.testing.assert_array_equal(
        several.heatmaps(PICTURE).rotation, several.heatmaps(PICTURE, size=(256, 256)).rotation
    )


def test_a_map_that_the_network_has_no_output_for_stays_zero() -> None:
    maps = detector(1.0, 1.5, outputs=("reflection",)).heatmaps(PICTURE)
    assert maps.rotation.max() == 0
    assert maps.reflection.max() > 0.1


def test_one_look_is_the_network_as_it_is() -> None:
    one = detector(1.0)
    alone = one.heatmaps(PICTURE, size=(256, 256))
    np.testing.assert_array_equal(one.heatmaps(PICTURE).reflection, alone.reflection)


def test_looks_are_whole_steps_and_never_too_small() -> None:
    assert detector(1.0, 0.4).look_size(0.4) == (96, 96)
    assert detector(1.0, 1.4).look_size(1.4) == (352, 352)
    assert detector(1.0).look_size(0.01) == (64, 64)


@pytest.mark.parametrize("looks", [(), (0.5, 1.0), (1.0, 0.0), (1.0, 2.5)])
def test_looks_begin_with_the_canvas_and_stay_in_bounds(looks: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError):
        Preprocessing(looks=looks)
