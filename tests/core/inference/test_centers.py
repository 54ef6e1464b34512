from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.inference.centers import CenterDecoding, CenterPeak, decode_centers
from clipsym_core.symmetry import mirror_left_right, quarter_turns, transform_points

Map = npt.NDArray[np.float32]


def flat_disc(x: float, y: float, size: tuple[int, int] = (416, 320), *, radius: float = 4.0, heat: float = 0.9) -> Map:
    """A disc with a flat top and a soft rim, as networks are trained on; size is (width, height)."""
    rows, columns = np.indices(size[::-1])
    distance = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    return (heat * np.clip(radius + 1.5 - distance, 0.0, 1.5) / 1.5).astype(np.float32)


def scene(seed: int) -> tuple[Map, list[tuple[float, float]]]:
    rng = np.random.default_rng(seed)
    points: list[tuple[float, float]] = []
    while len(points) < 5:
        p = (float(rng.uniform(20, 396)), float(rng.uniform(20, 300)))
        if all(math.dist(p, q) > 40 for q in points):
            points.append(p)
    heat = np.maximum.reduce([flat_disc(*p, heat=float(rng.uniform(0.5, 0.95))) for p in points])
    return np.clip(heat + rng.normal(0, 0.02, heat.shape), 0, 1).astype(np.float32), points


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_every_disc_is_one_center_to_half_a_pixel(seed: int) -> None:
    heat, points = scene(seed)
    found = decode_centers(heat)
    assert len(found) == len(points)
    for p in points:
        assert min(math.dist(p, c.point) for c in found) < 0.5


@pytest.mark.parametrize("radius", [2.0, 5.0, 9.0, 14.0])
def test_a_plateau_is_one_center(radius: float) -> None:
    (center,) = decode_centers(flat_disc(200.3, 151.8, radius=radius))
    assert center.point == pytest.approx((200.3, 151.8), abs=0.3)


def test_two_close_discs_stay_two() -> None:
    heat = np.maximum(flat_disc(200.0, 150.0), flat_disc(216.0, 150.0, heat=0.7))
    first, second = decode_centers(heat)
    assert first.point == pytest.approx((200.0, 150.0), abs=0.5)
    assert second.point == pytest.approx((216.0, 150.0), abs=0.5)
    assert first.score > second.score


@given(seed=st.integers(0, 10**6), turns=st.integers(0, 3), mirrored=st.booleans())
@settings(max_examples=15, deadline=None)
def test_quarter_turns_and_mirrors_move_the_centers_along(seed: int, turns: int, mirrored: bool) -> None:
    heat, _ = scene(seed)
    matrix = quarter_turns(heat.shape[::-1], turns)
    moved = np.rot90(heat, turns)
    if mirrored:
        matrix = mirror_left_right(moved.shape[::-1]) @ matrix
        moved = moved[:, ::-1]
    expected = transform_points([c.point for c in decode_centers(heat)], matrix)
    found = np.array([c.point for c in decode_centers(np.ascontiguousarray(moved))])
    assert found == pytest.approx(expected, abs=0.05)


def test_the_map_may_have_any_size() -> None:
    heat = cv2.resize(flat_disc(100.0, 80.0), (832, 640), interpolation=cv2.INTER_LINEAR)
    (center,) = decode_centers(heat)
    assert center.point == pytest.approx((200.0, 160.0), abs=1.0)
    (center,) = decode_centers(cv2.resize(flat_disc(100.0, 80.0), (104, 80), interpolation=cv2.INTER_AREA))
    assert center.point == pytest.approx((25.0, 20.0), abs=0.3)


def test_invalid_places_hold_no_centers() -> None:
    heat = np.maximum(flat_disc(100.0, 100.0), flat_disc(300.0, 200.0))
    valid = np.ones(heat.shape, dtype=np.bool_)
    valid[:, 250:] = False
    (center,) = decode_centers(heat, valid=valid)
    assert center.point == pytest.approx((100.0, 100.0), abs=0.3)


def test_nothing_hot_no_centers() -> None:
    assert decode_centers(np.full((100, 120), 0.1, dtype=np.float32)) == []
    assert decode_centers(flat_disc(50.0, 50.0, heat=0.5), params=CenterDecoding(threshold=0.6)) == []


def test_what_is_hot_everywhere_is_no_center() -> None:
    assert decode_centers(np.full((416, 416), 0.9, dtype=np.float32)) == []
    in_warm_place = np.maximum(flat_disc(200.0, 150.0, heat=0.9), flat_disc(200.0, 150.0, radius=80.0, heat=0.4))
    (center,) = decode_centers(in_warm_place)
    assert center.score == pytest.approx(0.5, abs=0.1)
    assert center.score < decode_centers(flat_disc(200.0, 150.0, heat=0.9))[0].score - 0.3


def test_heat_is_counted_from_the_ground_of_the_map() -> None:
    disc = flat_disc(200.0, 150.0, heat=0.9)
    (center,), (raised,) = decode_centers(disc), decode_centers(0.3 + 0.7 * disc)
    assert raised.score == pytest.approx(center.score, abs=1e-3)
    assert raised.point == pytest.approx(center.point, abs=1e-3)


@pytest.mark.parametrize(
    "bad",
    [np.zeros((3, 4, 5), np.float32), np.full((9, 9), np.nan, np.float32), np.full((9, 9), 2.0, np.float32),
     np.zeros((0, 9), np.float32)],
)  # fmt: skip
def test_bad_maps_are_refused(bad: Map) -> None:
    with pytest.raises(InputError):
        decode_centers(bad)


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError):
        decode_centers(np.zeros((9, 9), np.float32), valid=np.ones((9, 8), np.bool_))


def test_a_peak_knows_its_point() -> None:
    assert CenterPeak(1.0, 2.0, 0.5).point == (1.0, 2.0)
