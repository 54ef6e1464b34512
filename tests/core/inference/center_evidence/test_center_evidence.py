"""One click on a center: order, C or D, axes, radius; stars completed."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.evaluate.known_symmetry import TurnedPicture, disturb, generated_texture, turned_picture
from clipsym_core.imaging import Pixels, read_image
from clipsym_core.inference.center_evidence.concentric import ring_center
from clipsym_core.inference.center_evidence.polar import polar_features
from clipsym_core.inference.pixels.canvas import make_canvas
from clipsym_core.inference.refine import analyse_center, complete_star
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import (
    CONTINUOUS,
    ReflectionAxis,
    RotationCenter,
    axis_angle_difference,
    direction,
    mirror_left_right,
    quarter_turns,
    transform_points,
)

SIZE = (360, 300)


def wheel(seed: int, order: int, *, dihedral: bool, squash: float = 1.0) -> TurnedPicture:
    rng = np.random.default_rng(seed)
    source, background = generated_texture(rng, SIZE), generated_texture(rng, SIZE)
    return turned_picture(rng, source, background, order, dihedral=dihedral, squash=squash)


def disc(radius: float, *, size: int = 200) -> Pixels:
    image = np.full((size, size, 3), 60, np.uint8)
    cv2.circle(image, (size // 2, size // 2), round(radius), (200, 180, 90), -1, cv2.LINE_AA)
    return image


@pytest.mark.parametrize("order", [2, 3, 4, 5, 6, 8, 12])
@pytest.mark.parametrize("dihedral", [False, True])
def test_one_click_tells_order_and_kind(order: int, dihedral: bool) -> None:
    known = wheel(order, order, dihedral=dihedral)
    image = disturb(np.random.default_rng(order), known.image)
    found = analyse_center(image, (known.center.x + 3.0, known.center.y - 2.0))
    assert found.center.order == order
    assert found.dihedral == dihedral
    assert math.dist(found.center.point, known.center.point) < 1.0
    assert len(found.axes) == (order if dihedral else 0)


def test_the_radius_is_found() -> None:
    ratios = []
    for seed in range(7):
        known = wheel(seed + 30, 5, dihedral=True)
        found = analyse_center(known.image, known.center.point)
        assert not found.by_chance
        ratios.append(found.radius / known.radius)
    assert np.median(ratios) == pytest.approx(1.0, abs=0.1)


def test_what_noise_turns_into_by_chance_is_marked() -> None:
    found = [
        analyse_center(np.random.default_rng(seed).integers(0, 255, (120, 160, 3), np.uint8), (80.0, 60.0))
        for seed in range(8)
    ]
    assert [f.score for f in found if f.score > 0.5 and not f.by_chance] == []


def test_all_mirror_axes_are_in_place() -> None:
    known = wheel(5, 5, dihedral=True)
    found = analyse_center(known.image, known.center.point)
    for k in range(5):
        wanted = known.phase + 36.0 * k
        assert min(axis_angle_difference(axis.angle, wanted) for axis in found.axes) < 0.5
    for axis in found.axes:
        assert axis.midpoint == pytest.approx(found.center.point)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 3), st.booleans(), st.sampled_from([3, 4, 5, 6]), st.integers(0, 20), st.sampled_from([1.0, 0.75])
)
def test_analysis_commutes_with_quarter_turns_and_mirroring(
    turns: int, mirror: bool, order: int, seed: int, squash: float
) -> None:
    known = wheel(seed, order, dihedral=True, squash=squash)
    size = (known.image.shape[1], known.image.shape[0])
    image, matrix = known.image, np.eye(3)
    if mirror:
        image, matrix = image[:, ::-1], mirror_left_right(size)
    image, matrix = np.ascontiguousarray(np.rot90(image, turns)), quarter_turns(size, turns) @ matrix
    here = analyse_center(known.image, known.center.point)
    there = analyse_center(image, known.center.transformed(matrix).point)
    assert there.center.order == here.center.order
    assert there.center.point == pytest.approx(here.center.transformed(matrix).point, abs=0.3)
    assert there.score == pytest.approx(here.score, abs=0.03)


def test_a_flat_disc_is_continuous() -> None:
    found = analyse_center(disc(60), (102.0, 99.0))
    assert found.center.order == CONTINUOUS
    assert found.dihedral
    assert found.axes == ()
    assert found.center.point == pytest.approx((100.5, 100.5), abs=0.7)


def test_a_tilted_wheel_is_read_through_its_tilt() -> None:
    right = 0
    for seed in range(5):
        known = wheel(seed + 100, 6, dihedral=True, squash=0.75)
        found = analyse_center(known.image, known.center.point)
        right += found.center.order == 6
        if found.center.order == 6:
            ratio = min(found.outline.rx, found.outline.ry) / max(found.outline.rx, found.outline.ry)
            assert ratio == pytest.approx(0.75, abs=0.06)
    assert right >= 4


@pytest.mark.parametrize("order", [3, 5, 7])
def test_a_tilted_wheel_of_odd_order_is_found_although_nothing_turns_there(order: int) -> None:
    known = wheel(order + 40, order, dihedral=False, squash=0.72)
    found = analyse_center(known.image, (known.center.x + 3.0, known.center.y + 2.0))
    assert (found.center.order, found.dihedral) == (order, False)
    assert math.dist(found.center.point, known.center.point) < 1.0
    assert min(found.outline.rx, found.outline.ry) / max(found.outline.rx, found.outline.ry) == pytest.approx(
        0.72, abs=0.05
    )


def test_a_tilted_pattern_of_order_two_keeps_its_axes() -> None:
    """They are skew then: conjugate diameters of the outline, each mirrored along the other."""
    known = wheel(8, 2, dihedral=True, squash=0.75)
    found = analyse_center(known.image, known.center.point)
    assert (found.center.order, found.dihedral, len(found.axes)) == (2, True, 2)
    cyclic = wheel(8, 2, dihedral=False, squash=0.75)
    assert not analyse_center(cyclic.image, cyclic.center.point).dihedral


def test_a_pattern_that_only_colors_tell_is_read() -> None:
    """Red and green sectors of one grey."""
    y, x = np.mgrid[:200, :200] - 99.5
    turns = np.arctan2(-y, x) / (2 * np.pi)
    red = (np.floor(turns * 14) % 2 == 0) & (np.hypot(x, y) < 80)
    green = (np.floor(turns * 14) % 2 == 1) & (np.hypot(x, y) < 80)
    image = np.full((200, 200, 3), 105, np.uint8)
    image[red], image[green] = (200, 77, 0), (60, 149, 0)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    assert abs(int(grey[red].mean()) - int(grey[green].mean())) <= 1
    found = analyse_center(image, (101.0, 98.0))
    assert (found.center.order, found.dihedral) == (7, True)
    assert found.center.point == pytest.approx((100.0, 100.0), abs=0.5)


def test_what_lies_around_a_disc_does_not_change_what_is_on_it() -> None:
    """Stripes of any contrast beside a faint pattern, the same pattern on one grey."""
    known = wheel(21, 6, dihedral=False)
    y, x = np.mgrid[: known.image.shape[0], : known.image.shape[1]] + 0.5
    inside = (np.hypot(x - known.center.x, y - known.center.y) < known.radius)[..., None]
    faint = 128 + 0.2 * (known.image.astype(np.float64) - 128)
    for around in (np.full(x.shape, 128.0), 250.0 * (x // 23 % 2), 250.0 * (y // 31 % 2)):
        image = np.where(inside, faint, around[..., None]).astype(np.uint8)
        found = analyse_center(image, (known.center.x - 2.0, known.center.y + 2.0))
        assert (found.center.order, found.dihedral) == (6, False)


def test_anywhere_on_a_texture_nothing_is_claimed() -> None:
    rng = np.random.default_rng(77)
    claims = []
    for _ in range(12):
        image = generated_texture(rng, SIZE)
        found = analyse_center(image, (float(rng.uniform(80, 280)), float(rng.uniform(60, 240))))
        claims.append(found.score >= 0.4 and not found.by_chance)
    assert sum(claims) <= 2


def test_a_picture_without_anything_gives_a_center_with_no_score() -> None:
    found = analyse_center(np.full((90, 120, 3), 128, np.uint8), (60.0, 45.0))
    assert 0.0 <= found.score <= 0.1


def test_clicks_at_the_border_and_on_tiny_pictures_do_not_fail() -> None:
    image = generated_texture(np.random.default_rng(0), (60, 40))
    for point in ((0.0, 0.0), (60.0, 40.0), (30.0, 0.0)):
        assert 0.0 <= analyse_center(image, point).score <= 1.0
    assert 0.0 <= analyse_center(image[:3, :2], (1.0, 1.0)).score <= 1.0


def test_wrong_clicks_are_refused() -> None:
    image = disc(30)
    with pytest.raises(InputError, match="off the picture"):
        analyse_center(image, (250.0, 20.0))
    with pytest.raises(InputError, match="radius"):
        analyse_center(image, (100.0, 100.0), radius=0.0)


def diameter(center: RotationCenter, angle: float, half: float) -> ReflectionAxis:
    dx, dy = direction(angle)
    return ReflectionAxis(((center.x - half * dx, center.y - half * dy), (center.x + half * dx, center.y + half * dy)))


@given(st.integers(2, 12), st.floats(0, 180), st.floats(5, 80))
def test_one_axis_completes_a_star(order: int, angle: float, half: float) -> None:
    center = RotationCenter(50.0, 40.0, order)
    given_axis = diameter(center, angle, half)
    star = complete_star(center, [given_axis])
    assert len(star) == order
    assert star[0] == given_axis
    for k, axis in enumerate(star):
        assert axis_angle_difference(axis.angle, angle + 180.0 * k / order) < 1e-6
        assert axis.length == pytest.approx(2 * half)


def test_known_axes_keep_their_end_points_in_a_star() -> None:
    center = RotationCenter(0.0, 0.0, 3)
    axes = [diameter(center, 0.0, 10.0), diameter(center, 61.0, 14.0)]
    star = complete_star(center, axes)
    assert set(axes) <= set(star)
    assert len(star) == 3


def test_stars_that_cannot_be_completed_say_why() -> None:
    with pytest.raises(InputError, match="continuous"):
        complete_star(RotationCenter(0.0, 0.0, 0), [ReflectionAxis(((0.0, 0.0), (1.0, 0.0)))])
    with pytest.raises(InputError, match="at least one"):
        complete_star(RotationCenter(0.0, 0.0, 3), [])


@pytest.mark.parametrize("turns", [0, 1])
def test_concentric_rings_are_continuous_and_centered_wherever_they_are_clicked(turns: int) -> None:
    """Seen from beside their center rings wave twice around; that is no half turn."""
    plate = np.ascontiguousarray(np.rot90(read_image(resource_path("samples") / "plate.jpg"), turns))
    (center,) = transform_points([(398.0, 308.0)], quarter_turns((820, 620), turns))
    rng = np.random.default_rng(11)
    for _ in range(6):
        click = center + rng.uniform(-8, 8, 2)
        found = analyse_center(plate, (float(click[0]), float(click[1])))
        assert found.center.order == CONTINUOUS
        assert math.dist(found.center.point, center) < 1.0
        assert found.radius == pytest.approx(232, rel=0.06)


def test_edges_that_run_around_nothing_have_no_ring_center() -> None:
    stripes = np.repeat((np.arange(120) % 20 > 9).astype(np.uint8)[None] * 200, 90, axis=0)
    canvas = make_canvas(np.dstack([stripes] * 3), color=True)
    assert ring_center(canvas, polar_features(canvas, 9.0, grain=0.7), (60.0, 45.0), 40.0, 8.0) is None
    flat = make_canvas(np.full((90, 120, 3), 99, np.uint8), color=True)
    assert ring_center(flat, polar_features(flat, 9.0, grain=0.7), (60.0, 45.0), 40.0, 8.0) is None
