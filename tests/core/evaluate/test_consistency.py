from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from clipsym_core.errors import InputError
from clipsym_core.evaluate.consistency import ConsistencyMetric, turn_about_center, valid_after, warp
from clipsym_core.evaluate.metrics import measure_consistency, measure_robustness, truth_mask
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, quarter_turns, transform_points

Pixels = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


def line_picture(size: tuple[int, int] = (160, 120)) -> tuple[Pixels, list[ReflectionAxis]]:
    """A white line on black: its heatmap can simply be the picture."""
    axis = ReflectionAxis(((50.5, 40.5), (110.5, 80.5)))
    mask = truth_mask([axis], size, "reflection")
    return np.repeat(mask[..., None].astype(np.uint8) * 255, 3, axis=2), [axis]


def brightness(image: Pixels) -> Map:
    return np.asarray(image[..., 0].astype(np.float32) / 255.0)


def left_bright(image: Pixels) -> Map:
    """A model that does not care for the picture: it is not equivariant at all."""
    heat = np.zeros(image.shape[:2], dtype=np.float32)
    heat[:, : image.shape[1] // 3] = 0.9
    return heat


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_turning_by_quarters_is_rot90(k: int) -> None:
    image = np.random.default_rng(0).random((50, 50)).astype(np.float32)
    matrix = turn_about_center((50, 50), 90.0 * k)
    assert matrix == pytest.approx(quarter_turns((50, 50), k), abs=1e-9)
    assert warp(image, matrix) == pytest.approx(np.rot90(image, k), abs=1e-5)


def test_points_move_with_the_pixels() -> None:
    image = np.zeros((120, 160), dtype=np.float32)
    image[30, 100] = 1.0
    image = cv2.GaussianBlur(image, (0, 0), 3.0)
    matrix = turn_about_center((160, 120), 27.0)
    turned = warp(image, matrix)
    row, column = np.unravel_index(int(turned.argmax()), turned.shape)
    ((x, y),) = transform_points([(100.5, 30.5)], matrix)
    assert (column + 0.5, row + 0.5) == pytest.approx((x, y), abs=0.8)
    assert y < 90  # counter-clockwise: what is right of the center goes up
    assert valid_after((160, 120), matrix)[60, 80]
    assert not valid_after((160, 120), matrix)[0, 0]


def test_an_equivariant_model_is_consistent_and_another_is_not() -> None:
    images = [cv2.GaussianBlur(np.random.default_rng(i).integers(0, 256, (80, 90, 3)).astype(np.uint8), (0, 0), 4.0)
              for i in range(4)]  # fmt: skip
    good, bad = measure_consistency(brightness, images), measure_consistency(left_bright, images)
    assert good.pairs == bad.pairs == 4
    assert good.mean_square < 1e-4 < 1e-2 < bad.mean_square
    assert good.relative_l2 < 0.02 < 0.3 < bad.relative_l2
    assert good.one_minus_f1 < 0.02 < 0.1 < bad.one_minus_f1


def test_consistency_by_hand() -> None:
    metric = ConsistencyMetric(thresholds=3, radius=0)
    a, b = np.array([[0.0, 0.6, 1.0]]), np.array([[0.0, 1.0, 0.6]])
    metric.update(a, b, np.array([[True, True, False]]))
    result = metric.result()
    assert result.mean_square == pytest.approx(0.16 / 2)
    assert result.relative_l2 == pytest.approx(0.4)
    assert result.one_minus_f1 == pytest.approx(1 - (1 + 1 + 0) / 3)  # thresholds 1/4, 1/2, 3/4


def test_no_pairs_is_perfect_agreement() -> None:
    result = ConsistencyMetric().result()
    assert (result.mean_square, result.relative_l2, result.one_minus_f1, result.pairs) == (0.0, 0.0, 0.0, 0)


def test_robustness_turns_the_truth_along() -> None:
    samples = [line_picture() for _ in range(5)]
    assert measure_robustness(brightness, samples, seed=1).f1 > 0.9
    assert measure_robustness(lambda image: brightness(samples[0][0]), samples, seed=1).f1 < 0.7


def test_robustness_refuses_maps_of_another_size() -> None:
    with pytest.raises(InputError):
        measure_robustness(lambda image: np.zeros((5, 5), np.float32), [line_picture()])


def test_truth_masks() -> None:
    shapes = [
        ReflectionAxis(((2.5, 3.5), (12.5, 3.5))),
        ReflectionEllipse(30, 20, 10, 5, 90),
        RotationCenter(5.9, 7.2, 4),
        RotationCenter(-3, 4, 2),
    ]
    reflection, rotation = truth_mask(shapes, (50, 40), "reflection"), truth_mask(shapes, (50, 40), "rotation")
    assert reflection[3, 2:13].all()
    assert not reflection[2].any()
    assert reflection[:5].sum() == 11
    assert reflection[11, 29]
    assert reflection[28, 30]
    assert not reflection[20, 37]
    assert reflection[20, 26:34].all()
    assert np.argwhere(rotation).tolist() == [[7, 5]]
