"""Scoring, snapping and trimming axes on pictures whose axis is known."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.evaluate.known_symmetry import disturb, generated_texture, mirrored_picture, moved_axis
from clipsym_core.imaging import Pixels
from clipsym_core.inference.refine import score_axis, snap_axis, trim_axis
from clipsym_core.symmetry import (
    ReflectionAxis,
    axis_angle_difference,
    line_offsets,
    mirror_left_right,
    quarter_turns,
)

SIZE = (240, 200)


def picture(seed: int) -> tuple[Pixels, ReflectionAxis]:
    rng = np.random.default_rng(seed)
    known = mirrored_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE))
    return known.image, known.axis


@pytest.fixture(scope="module")
def known() -> tuple[Pixels, ReflectionAxis]:
    return picture(3)


def turned(image: Pixels, axis: ReflectionAxis, turns: int, mirror: bool) -> tuple[Pixels, ReflectionAxis]:
    size = (image.shape[1], image.shape[0])
    if mirror:
        image, axis = image[:, ::-1], axis.transformed(mirror_left_right(size))
    image, axis = np.rot90(image, turns), axis.transformed(quarter_turns(size, turns))
    return np.ascontiguousarray(image), axis


def test_a_true_axis_scores_high_and_wrong_ones_low(known: tuple[Pixels, ReflectionAxis]) -> None:
    image, axis = known
    assert score_axis(image, axis).score > 0.8
    assert max(score_axis(image, moved_axis(axis, turn, 0)).score for turn in (30, 60, 90, 120, 150)) < 0.5


@pytest.mark.parametrize("lit", [(0.4, 0), (1.0, 40), (0.7, -30)])
def test_exposure_and_one_sided_light_change_the_score_little(
    known: tuple[Pixels, ReflectionAxis], lit: tuple[float, int]
) -> None:
    image, axis = known
    ramp = np.linspace(0.7, 1.3, image.shape[1])[None, :, None]
    changed = np.clip(image * lit[0] * ramp + lit[1], 0, 255).astype(np.uint8)
    assert score_axis(changed, axis).score > score_axis(image, axis).score - 0.15


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 3), st.booleans(), st.integers(0, 40))
def test_scores_commute_with_turning_and_mirroring_the_picture(turns: int, mirror: bool, seed: int) -> None:
    image, axis = picture(seed)
    other = turned(image, moved_axis(axis, 4.0, 3.0), turns, mirror)
    assert score_axis(*other).score == pytest.approx(score_axis(image, moved_axis(axis, 4.0, 3.0)).score, abs=0.01)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 3), st.booleans(), st.integers(0, 40))
def test_snapping_commutes_with_turning_and_mirroring_the_picture(turns: int, mirror: bool, seed: int) -> None:
    image, axis = picture(seed)
    stroke = moved_axis(axis, 3.0, 4.0)
    here = snap_axis(image, stroke, turn=8, reach=8).axis
    there = snap_axis(*turned(image, stroke, turns, mirror), turn=8, reach=8).axis
    expected = turned(image, here, turns, mirror)[1]
    assert axis_angle_difference(there.angle, expected.angle) < 0.1
    assert np.abs(line_offsets(there.points, expected.start, expected.end)).max() < 0.3


def test_strokes_15_degrees_and_15_px_off_snap_onto_the_axis() -> None:
    right = 0
    for seed in range(10):
        image, axis = picture(seed + 50)
        image = disturb(np.random.default_rng(seed), image)
        stroke = moved_axis(axis, 15.0 if seed % 2 else -15.0, 15.0 if seed % 3 else -15.0)
        snapped = snap_axis(image, stroke).axis
        turn = axis_angle_difference(snapped.angle, axis.angle)
        right += turn < 0.5 and abs(float(line_offsets([axis.midpoint], snapped.start, snapped.end)[0])) < 1.0
        assert turn < 1.0
        assert snapped.length == pytest.approx(axis.length)
    assert right >= 9


def test_an_axis_between_pixels_is_found_between_pixels() -> None:
    """The axis of a picture that is its own mirror image lies at exactly half its width, odd or even."""
    for width in (160, 161):
        half = generated_texture(np.random.default_rng(width), (81, 120))
        image = np.ascontiguousarray(np.hstack([half[:, : width - width // 2], half[:, : width // 2][:, ::-1]]))
        axis = ReflectionAxis(((width / 2 + 3, 10.0), (width / 2 + 4, 110.0)))
        snapped = snap_axis(image, axis).axis
        assert np.array([p[0] for p in snapped.points]) == pytest.approx(width / 2, abs=0.1)


def test_trimming_finds_the_ends_of_the_mirrored_part() -> None:
    errors = []
    for seed in range(8):
        image, axis = picture(seed + 20)
        (ax, ay), (bx, by) = axis.start, axis.end
        longer = ReflectionAxis(((ax - 0.3 * (bx - ax), ay - 0.3 * (by - ay)), (bx, by)))
        ends = trim_axis(image, longer, extend=0.0).points
        errors.append(math.dist(ends[0], axis.start) / axis.length)
    assert np.median(errors) < 0.15


def test_trimming_keeps_an_axis_without_evidence() -> None:
    axis = ReflectionAxis(((20.0, 50.0), (90.0, 50.0)))
    assert trim_axis(np.full((100, 100, 3), 128, np.uint8), axis) == axis


def test_flat_pictures_score_nothing() -> None:
    image = np.full((100, 120, 3), 90, np.uint8)
    evidence = score_axis(image, ReflectionAxis(((60.0, 10.0), (60.0, 90.0))))
    assert evidence.score < 0.01


def test_an_axis_off_the_picture_stays_and_scores_nothing(known: tuple[Pixels, ReflectionAxis]) -> None:
    image, _ = known
    far = ReflectionAxis(((900.0, 900.0), (950.0, 900.0)))
    assert snap_axis(image, far).axis == far
    assert score_axis(image, far).score == 0.0
    assert trim_axis(image, far) == far


def test_a_polyline_is_scored_piece_by_piece(known: tuple[Pixels, ReflectionAxis]) -> None:
    image, axis = known
    bent = ReflectionAxis((axis.start, axis.midpoint, axis.end))
    assert score_axis(image, bent).score > 0.6
    with pytest.raises(InputError, match="straight"):
        snap_axis(image, bent)
    with pytest.raises(InputError, match="straight"):
        trim_axis(image, bent)


def test_pictures_of_the_wrong_form_are_refused() -> None:
    axis = ReflectionAxis(((0.0, 0.0), (5.0, 5.0)))
    for wrong in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros((0, 8, 3), np.uint8)):
        with pytest.raises(InputError):
            score_axis(wrong, axis)  # type: ignore[arg-type]


def test_large_pictures_are_worked_on_at_a_bounded_size(known: tuple[Pixels, ReflectionAxis]) -> None:
    image, axis = known
    large = cv2.resize(image, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    grown = ReflectionAxis(tuple((8 * x, 8 * y) for x, y in axis.points))
    snapped = snap_axis(large, moved_axis(grown, 5.0, 40.0)).axis
    assert axis_angle_difference(snapped.angle, grown.angle) < 0.5
    assert abs(float(line_offsets([grown.midpoint], snapped.start, snapped.end)[0])) < 3.0
