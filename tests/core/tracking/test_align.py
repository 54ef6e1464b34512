"""Going downhill in the pixels: back to the known truth from wherever motion leaves a shape."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.synthesis.moving import MovingScene
from clipsym_core.inference.axis_evidence.snap import score_axis
from clipsym_core.symmetry import ReflectionAxis, RotationCenter, axis_angle_difference, direction, line_offsets
from clipsym_core.tracking.align import AlignedAxis, align_axis, align_center
from clipsym_core.tracking.motion import Seen

SCENE = MovingScene((480, 360)).at(0.8)
GREY = Seen.of(SCENE.image).grey
AXES = [s for s in SCENE.shapes if isinstance(s, ReflectionAxis)]
(CENTER,) = (s for s in SCENE.shapes if isinstance(s, RotationCenter))
RADIUS = 55.0


def moved(axis, turn, offset, longer=1.0):
    """Turned about its middle, then moved sideways by px."""
    ux, uy = direction(axis.angle + turn)
    x, y = axis.midpoint[0] - uy * offset, axis.midpoint[1] + ux * offset
    half = 0.5 * longer * axis.length
    return ReflectionAxis(((x - half * ux, y - half * uy), (x + half * ux, y + half * uy)))


@given(which=st.integers(0, len(AXES) - 1), turn=st.floats(-6, 6), offset=st.floats(-4, 4), longer=st.floats(0.8, 1.3))
@settings(max_examples=60, deadline=None)
def test_an_axis_goes_back_to_where_it_is(which, turn, offset, longer):
    true = AXES[which]
    start = moved(true, turn, offset, longer)
    aligned = align_axis(GREY, start)
    assert axis_angle_difference(aligned.axis.angle, true.angle) < 0.1
    assert abs(float(line_offsets([aligned.axis.midpoint], true.start, true.end)[0])) < 0.2
    assert aligned.axis.length == pytest.approx(start.length)
    assert aligned.evidence == pytest.approx(score_axis(SCENE.image, aligned.axis).score, abs=0.03)


@given(x=st.floats(-1, 1), y=st.floats(-1, 1), radius=st.floats(0.7, 1.3))
@settings(max_examples=60, deadline=None)
def test_a_center_goes_back_to_where_it_is(x, y, radius):
    aligned = align_center(GREY, RotationCenter(CENTER.x + 4 * x, CENTER.y + 4 * y, 5), radius * RADIUS)
    assert math.dist(aligned.center.point, CENTER.point) < 0.2
    assert aligned.center.order == 5
    assert aligned.evidence > 0.8


def test_another_order_has_less_evidence():
    five, four = (align_center(GREY, RotationCenter(*CENTER.point, n), RADIUS).evidence for n in (5, 4))
    assert four < 0.3 < 0.8 < five


def test_rings_are_found_from_beside_their_center():
    picture = np.full((240, 320), 90, np.uint8)
    for radius, grey in ((80, 200), (55, 40), (30, 160), (12, 20)):
        cv2.circle(picture, (160 * 16, 120 * 16), radius * 16, grey, cv2.FILLED, cv2.LINE_AA, 4)
    aligned = align_center(picture, RotationCenter(165.0, 117.0, 0), 85.0)
    assert math.dist(aligned.center.point, (160.5, 120.5)) < 0.3
    assert aligned.evidence > 0.9


def test_what_lies_partly_off_the_picture_is_still_put_right():
    """The butterfly cut along its wing tips: what cannot be seen says nothing."""
    true = AXES[0]
    left = max(int(true.midpoint[0] - 0.35 * true.length), 0)
    here = true.transformed([[1.0, 0.0, -left], [0.0, 1.0, 0.0]])
    aligned = align_axis(np.ascontiguousarray(GREY[:, left:]), moved(here, 3.0, 2.0))
    assert axis_angle_difference(aligned.axis.angle, true.angle) < 0.2
    assert aligned.evidence > 0.8


@pytest.mark.parametrize("kind", ["flat", "noise"])
def test_nothing_there_is_no_evidence(kind):
    picture = np.full((200, 200), 128, np.uint8)
    if kind == "noise":
        picture = np.random.default_rng(3).integers(0, 255, (200, 200), np.uint8)
    assert align_axis(picture, ReflectionAxis(((60, 40), (120, 160)))).evidence < 0.25
    assert align_center(picture, RotationCenter(100, 100, 6), 60.0).evidence < 0.2


def test_off_the_picture_nothing_moves():
    axis, center = ReflectionAxis(((900, 900), (990, 990))), RotationCenter(-400, -400, 3)
    assert align_axis(GREY, axis) == AlignedAxis(axis, 0.0)
    assert align_center(GREY, center, 50.0).center == center
    assert align_center(GREY, center, 50.0).evidence == 0.0
