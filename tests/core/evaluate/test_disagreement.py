"""0 for a model that turns with the picture, larger for one that does not, whatever way the picture lies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from clipsym_core.evaluate.disagreement import (
    VIEWS,
    Disagreement,
    heat_spread,
    measure_disagreement,
    shape_spread,
)
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter

Pixels = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


def scene(height: int = 200, width: int = 260) -> Pixels:
    """One bright line and one bright disc on black: a stub reads its heatmaps off the colors."""
    y, x = np.mgrid[:height, :width] + 0.5
    line = np.exp(-(((x - 120 - 0.2 * (y - 100)) / 3.0) ** 2)) * (abs(y - 100) < 80)
    disc = np.exp(-(((x - 200) ** 2 + (y - 60) ** 2) / 20.0))
    picture = np.stack([line, disc, np.zeros_like(line)], axis=-1)
    return np.asarray((255 * picture).round(), dtype=np.uint8)


def equivariant(image: Pixels) -> Map:
    return np.ascontiguousarray(image[..., :2].transpose(2, 0, 1).astype(np.float32) / 255.0)


def shifted(image: Pixels) -> Map:
    """Everything 12 px too far right, however the picture lies."""
    return np.ascontiguousarray(np.roll(equivariant(image), 12, axis=2))


def upright_only(image: Pixels) -> Map:
    """Sees lines only where they stand."""
    maps = equivariant(image)
    across, along = np.abs(np.diff(maps[0], axis=1)).sum(), np.abs(np.diff(maps[0], axis=0)).sum()
    maps[0] *= np.float32(across > along)
    return maps


def blind(image: Pixels) -> Map:
    """Sees nothing; its noise stays below 0.4 %."""
    noise = np.random.default_rng(image.shape[0]).random((2, *image.shape[:2])) * 0.004
    return noise.astype(np.float32)


def test_an_equivariant_model_does_not_contradict_itself() -> None:
    assert measure_disagreement(equivariant, scene()) == Disagreement(0.0, pytest.approx(0.0, abs=0.01))


def test_the_worse_the_model_the_larger_the_number() -> None:
    values = [measure_disagreement(model, scene()).value for model in (equivariant, blind, shifted, upright_only)]
    assert values[0] < 0.01
    assert values[1] < 0.1
    assert values[2] > 0.3
    assert values[3] > 0.3


def test_turning_the_picture_changes_nothing() -> None:
    values = [
        measure_disagreement(shifted, np.ascontiguousarray(view)).value
        for view in (scene(), np.rot90(scene()), scene()[:, ::-1], np.rot90(scene(), 2))
    ]
    assert values == pytest.approx([values[0]] * 4, abs=0.02)


def test_maps_of_another_shape_for_a_lying_picture_are_compared_too() -> None:
    def anisotropic(image: Pixels) -> Map:
        return np.ascontiguousarray(equivariant(image)[:, ::2] if image.shape[0] > image.shape[1] else
                                    equivariant(image))  # fmt: skip

    found = measure_disagreement(anisotropic, scene())
    assert 0.0 < found.heat < 0.3
    assert found.shapes < 0.3


def test_it_can_be_ended_between_two_views() -> None:
    calls = []

    def stop() -> None:
        if len(calls) == 3:
            raise InterruptedError

    def model(image: Pixels) -> Map:
        calls.append(1)
        return equivariant(image)

    with pytest.raises(InterruptedError):
        measure_disagreement(model, scene(), between=stop)
    assert len(calls) == 3 < VIEWS


@pytest.mark.parametrize(("hot", "expected"), [(0, 0.0), (4, 1.0), (8, 0.0), (1, 2 * np.sqrt(7 / 64))])
def test_spread_of_heat_by_hand(hot: int, expected: float) -> None:
    """A pixel that is fully hot in some of the views."""
    maps = np.zeros((8, 2, 10, 10), dtype=np.float32)
    maps[:hot, 0, 3:6, 3:6] = 1.0
    assert heat_spread(maps) == pytest.approx(expected, abs=1e-6)


def test_spread_of_shapes_by_hand() -> None:
    axis = ReflectionAxis(((10.0, 10.0), (10.0, 90.0)))
    moved = ReflectionAxis(((17.0, 90.0), (17.0, 10.0)))
    size = (80, 60)  # reach: 10 px
    one, other = [Detection(axis, 0.8, "m")], [Detection(moved, 0.4, "m")]
    assert shape_spread([one, one], size) == 0.0
    assert shape_spread([[], []], size) == 0.0
    assert shape_spread([one, []], size) == 1.0
    assert shape_spread([one, other], size) == pytest.approx(1 - 2 * 0.4 * 0.3 / 1.2)
    center = [Detection(RotationCenter(10.0, 50.0, 0), 0.8, "m")]
    assert shape_spread([one, center], size) == 1.0
    assert shape_spread([one, one, []], size) == pytest.approx(2 / 3)
    assert shape_spread([one], size) == 0.0
