"""Detections drawn on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from clipsym_core.errors import InputError
from clipsym_core.overlay import AXIS_COLOR, CENTER_COLOR, ELLIPSE_COLOR, blend_heatmap, draw_detections
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

GREY = np.full((240, 320, 3), 128, np.uint8)


def drawn(shape: Shape, *, scores: bool = False) -> np.ndarray:
    return draw_detections(GREY, [Detection(shape, 0.5, "m")], scores=scores)


def places(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Pixel centers [N, 2] of about this color."""
    y, x = np.nonzero(np.abs(picture.astype(int) - color).max(-1) < 40)
    return np.column_stack([x, y]) + 0.5


def test_the_picture_itself_is_left_alone() -> None:
    before = GREY.copy()
    drawn(ReflectionAxis(((10, 10), (300, 200))))
    np.testing.assert_array_equal(GREY, before)


def test_an_axis_lies_where_it_says_to_a_fraction_of_a_pixel() -> None:
    line = places(drawn(ReflectionAxis(((160.5, 20), (160.5, 220)))), AXIS_COLOR)
    middle = line[(line[:, 1] > 40) & (line[:, 1] < 200)]
    assert len(middle) > 100
    assert abs(middle[:, 0].mean() - 160.5) < 0.3


def test_an_axis_that_leaves_the_picture_is_cut_at_its_border() -> None:
    line = places(drawn(ReflectionAxis(((-5000.0, 120.5), (9000.0, 120.5)))), AXIS_COLOR)
    assert line[:, 0].min() < 2
    assert line[:, 0].max() > 318
    assert np.abs(line[:, 1] - 120.5).max() < 2


def test_every_part_of_a_polyline_is_drawn() -> None:
    line = places(drawn(ReflectionAxis(((40, 40), (160, 200), (280, 40)))), AXIS_COLOR)
    for x, y in ((100, 120), (220, 120)):
        assert np.hypot(*(line - (x, y)).T).min() < 2


@pytest.mark.parametrize("order", [0, 2, 5, 12])
def test_a_center_is_a_badge_with_its_order(order: int) -> None:
    picture = drawn(RotationCenter(100, 90, order))
    badge = places(picture, CENTER_COLOR)
    assert np.abs((badge.min(0) + badge.max(0)) / 2 - (100, 90)).max() < 1
    other = drawn(RotationCenter(100, 90, 3))
    assert np.abs(picture.astype(int) - other).max() > 60  # the sign on it differs


def test_an_ellipse_passes_through_the_ends_of_its_semi_axes() -> None:
    rim = places(drawn(ReflectionEllipse(160, 120, 90, 40, 30)), ELLIPSE_COLOR)
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    for end in ((160 + 90 * c, 120 - 90 * s), (160 - 90 * c, 120 + 90 * s), (160 + 40 * s, 120 + 40 * c)):
        assert np.hypot(*(rim - end).T).min() < 2


def test_scores_are_written_and_stay_in_the_picture() -> None:
    shape = ReflectionAxis(((318.0, 2.0), (200.0, 200.0)))
    with_score, without = drawn(shape, scores=True), drawn(shape)
    changed = np.abs(with_score.astype(int) - without).max(-1) > 0
    assert changed.sum() > 40
    assert changed[:40, 280:].sum() == changed.sum()


@pytest.mark.parametrize("size", [(1, 1), (7, 900), (1500, 1200)])
def test_any_size_of_picture_can_be_drawn_on(size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    shapes = (ReflectionAxis(((0, 0), (9, 9))), RotationCenter(1, 1, 0), ReflectionEllipse(1, 1, 5, 5))
    assert draw_detections(picture, [Detection(s, 1.0, "m") for s in shapes]).shape == picture.shape


def test_a_heatmap_glows_where_it_is_hot_and_leaves_the_rest() -> None:
    heat = np.zeros((240, 320), np.float32)
    heat[:, 200:] = 1
    blended = blend_heatmap(GREY, heat, color=(255, 0, 0), opacity=0.5)
    np.testing.assert_array_equal(blended[:, :200], GREY[:, :200])
    assert blended[0, 250].tolist() == [192, 64, 64]


def test_a_heatmap_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="one size"):
        blend_heatmap(GREY, np.zeros((10, 10), np.float32))
