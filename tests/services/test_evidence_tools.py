"""What the pixels tell about a click, a drag and an axis: on drawn scenes whose symmetry is known."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.services.evidence_tools import (
    Proposals,
    find_star,
    mirror_difference,
    propose,
    score,
    snap,
    snap_near,
)

MIDDLE = (160.0, 120.0)


@pytest.fixture(scope="module")
def flower() -> np.ndarray:
    """Five petals around the middle of a picture of 320 x 240 px."""
    pixels = np.full((240, 320, 3), 235, np.uint8)
    for k in range(5):
        angle = -math.pi / 2 + 2 * math.pi * k / 5
        at = (round(MIDDLE[0] - 0.5 + 55 * math.cos(angle)), round(MIDDLE[1] - 0.5 + 55 * math.sin(angle)))
        cv2.ellipse(pixels, at, (34, 14), math.degrees(angle), 0, 360, (190, 60, 90), -1, cv2.LINE_AA)
        cv2.circle(pixels, at, 6, (250, 220, 60), -1, cv2.LINE_AA)
    return pixels


def test_one_click_gives_center_order_and_axes(flower):
    star = find_star(flower, (MIDDLE[0] + 3, MIDDLE[1] - 2))
    assert star.center.order == 5
    assert math.dist(star.center.point, MIDDLE) < 1.5
    assert len(star.axes) == 5
    assert star.text == "Center of order 5 with 5 mirror axes"


@pytest.mark.parametrize("seed", range(8))
def test_where_nothing_turns_the_click_stays(flower, seed):
    noise = np.random.default_rng(seed).integers(0, 255, flower.shape, np.uint8)
    star = find_star(noise, MIDDLE)
    assert star.center is None
    assert star.axes == ()
    with pytest.raises(InputError, match="No rotation symmetry"):
        snap(noise, RotationCenter(*MIDDLE, 4))


def test_outside_and_ellipses_are_refused(flower):
    with pytest.raises(InputError, match="outside"):
        find_star(flower, (-5.0, 10.0))
    with pytest.raises(InputError, match="outside"):
        propose(flower, (10.0, 500.0))
    with pytest.raises(InputError, match="ellipse"):
        snap(flower, ReflectionEllipse(100, 100, 20, 10))


def test_axes_and_centers_snap(flower):
    axis, text = snap(flower, ReflectionAxis(((166.0, 30.0), (153.0, 210.0))))
    assert max(abs(x - MIDDLE[0]) for x, _ in axis.points) < 1.5
    assert "mirror match" in text
    center, _ = snap(flower, RotationCenter(162.0, 118.0, 2))
    assert center.order == 5


def test_a_drag_is_pulled_only_by_evidence_that_is_near(flower):
    stroke = ReflectionAxis(((163.0, 40.0), (162.0, 200.0)))
    assert snap_near(flower, stroke, 10.0).start[0] == pytest.approx(160, abs=2)
    empty = np.full_like(flower, 200)
    assert snap_near(empty, stroke, 10.0) is None
    assert snap_near(flower, RotationCenter(500.0, 10.0, 2), 10.0) is None
    assert snap_near(flower, ReflectionEllipse(100, 100, 20, 10), 10.0) is None


def test_the_difference_is_dark_on_a_mirror_axis_and_bright_beside_it(flower):
    good = ReflectionAxis(((160.0, 20.0), (160.0, 220.0)))
    beside = ReflectionAxis(((190.0, 20.0), (190.0, 220.0)))
    assert mirror_difference(flower, good).shape == (240, 320)
    assert mirror_difference(flower, good).mean() < 0.01
    assert mirror_difference(flower, beside).mean() > 0.1
    found = score("f.png", flower, good, difference=True)
    assert found.score > 0.9
    assert found.difference is not None
    assert score("f.png", flower, good, difference=False).difference is None


def test_the_difference_is_symmetric_itself_and_bounded_in_size():
    wide = np.random.default_rng(1).integers(0, 255, (400, 1600, 3), np.uint8)
    shown = mirror_difference(wide, ReflectionAxis(((800.0, 0.0), (800.0, 400.0))))
    assert shown.shape == (160, 640)
    assert shown[:, 330:390].min() >= 0.0 < shown[:, 330:390].mean()
    assert shown[:, :230].max() == 0.0  # farther away than half the length of the axis
    assert np.allclose(shown, shown[:, ::-1], atol=0.02)
    assert shown.max() <= 1.0


def test_what_is_suggested_already_is_not_proposed_again():
    def axis(x: float, score: float) -> Detection:
        return Detection(ReflectionAxis(((x, 0.0), (x, 100.0))), score, "features")

    near, far = Detection(RotationCenter(51.0, 50.0, 6), 0.7, "f"), Detection(RotationCenter(90.0, 50.0, 6), 0.7, "f")
    found = Proposals((axis(50.0, 0.5), axis(20.0, 0.4), near, far), "", 4.0)
    known = (axis(50.5, 0.9), Detection(RotationCenter(50.0, 50.0, 5), 0.6, "net"))
    assert found.unknown(known) == (axis(20.0, 0.4), far)
