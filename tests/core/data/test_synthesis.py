from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.synthesis import (
    Cutout,
    MeasuredSymmetry,
    Photo,
    SceneOptions,
    SourcePack,
    make_scene,
    measure_symmetry,
    procedural_pack,
)
from clipsym_core.data.synthesis.bending import bend
from clipsym_core.data.synthesis.layouts import arrangement, whole_mirror
from clipsym_core.data.synthesis.mirrors import mirror_cutout, mirror_patch, near_symmetric
from clipsym_core.data.synthesis.photometric import photometric
from clipsym_core.data.synthesis.placement import Canvas, affine_at, clip_shapes, map_points, map_shapes, pose
from clipsym_core.data.synthesis.rosettes import copied_rosette, disc_or_ring, folded_rosette, regular_polygon
from clipsym_core.data.synthesis.things import Thing, chord
from clipsym_core.symmetry import (
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    quarter_turns,
    reflect_points,
)

PACK = procedural_pack(3)
SIDE = 96
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def premultiplied(rgba: np.ndarray) -> np.ndarray:
    values = rgba.astype(np.float32) / 255
    values[..., :3] *= values[..., 3:]
    return values


def mirrored_in(picture: np.ndarray, axis: ReflectionAxis) -> np.ndarray:
    """The picture mirrored in an axis, by asking for each pixel center where it comes from."""
    h, w = picture.shape[:2]
    xs, ys = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    source = reflect_points(np.column_stack([xs.ravel(), ys.ravel()]), axis.start, axis.end) - 0.5
    maps = source.reshape(h, w, 2).astype(np.float32)
    return cv2.remap(picture, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR)


def turned_about(picture: np.ndarray, center: RotationCenter, degrees: float) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((center.x - 0.5, center.y - 0.5), degrees, 1.0)
    return cv2.warpAffine(picture, matrix, picture.shape[1::-1])


def unlikeness(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference, smoothed over the noise of resampling, as a share of the spread of the visible part."""
    a, b = cv2.GaussianBlur(a, (0, 0), 1.5), cv2.GaussianBlur(b, (0, 0), 1.5)
    seen = a[..., 3] > 0.1
    return float(np.abs(a - b)[seen].mean() / (a[seen].std() + 0.02))


# -- each maker tells the truth ---------------------------------------------------------------------------------------


@few
@given(seeds, st.sampled_from([mirror_cutout, mirror_patch]))
def test_mirror_things_are_symmetric_about_their_axis(seed, maker):
    thing = maker(PACK, rng_of(seed), SIDE)
    for shape in thing.shapes if thing else ():
        np.testing.assert_array_equal(thing.rgba, thing.rgba[:, ::-1])
        assert shape.angle == 90
        assert shape.midpoint[0] == SIDE / 2


@few
@given(seeds, st.sampled_from([folded_rosette, copied_rosette, regular_polygon, disc_or_ring]))
def test_rosettes_turn_into_themselves(seed, maker):
    thing = maker(PACK, rng_of(seed), SIDE)
    if thing is None:
        return
    (center,) = (s for s in thing.shapes if isinstance(s, RotationCenter))
    order = center.order or 7
    picture = premultiplied(thing.rgba)
    assert unlikeness(picture, turned_about(picture, center, 360 / order)) < 0.3
    axes = [s for s in thing.shapes if isinstance(s, ReflectionAxis)]
    assert len(axes) in (0, order)
    for axis in axes:
        assert unlikeness(picture, mirrored_in(picture, axis)) < 0.3
    if center.order == 0 or (center.order > 8 and maker is regular_polygon):
        assert any(isinstance(s, ReflectionEllipse) for s in thing.shapes)
        assert not axes


def test_the_measure_used_above_tells_symmetric_from_not():
    thing = folded_rosette(PACK, rng_of(8), SIDE)
    (center,) = (s for s in thing.shapes if isinstance(s, RotationCenter))
    picture = premultiplied(thing.rgba)
    moved = RotationCenter(center.x + 12, center.y, center.order)
    assert unlikeness(picture, turned_about(picture, moved, 360 / center.order)) > 0.3


@few
@given(seeds)
def test_distractors_carry_no_label(seed):
    assert near_symmetric(PACK, rng_of(seed), SIDE).shapes == ()


# -- labels move with the pixels --------------------------------------------------------------------------------------


@few
@given(seeds, st.floats(0, 360))
def test_a_placed_thing_is_symmetric_about_its_placed_axis(seed, turn):
    """Pose with an exact similarity: the label found in the scene is the axis of the pixels found there."""
    rng = rng_of(seed)
    thing = mirror_patch(PACK, rng, SIDE)
    canvas = Canvas(np.zeros((160, 160, 3), np.uint8))
    canvas.paste(thing, pose(thing, rng, (80.0, 78.0), 110.0, turn=turn))
    for axis in canvas.shapes():
        picture = canvas.image.astype(np.float32) / 255
        picture = np.dstack([picture, (canvas.image.max(axis=2) > 0).astype(np.float32)])
        assert unlikeness(picture, mirrored_in(picture, axis)) < 0.25


@few
@given(seeds)
def test_a_whole_mirror_is_symmetric_about_its_axis(seed):
    grain = cv2.GaussianBlur(rng_of(0).uniform(0, 255, (320, 320, 3)), (0, 0), 6)
    grain = (128 + (grain - grain.mean()) * 50 / grain.std()).clip(0, 255).astype(np.uint8)
    pack = SourcePack([Photo(grain)], PACK.cutouts)
    canvas = Canvas(np.zeros((128, 144, 3), np.uint8))
    whole_mirror(canvas, pack, rng_of(seed))
    (axis,) = canvas.shapes()
    picture = cv2.GaussianBlur(canvas.image.astype(np.float32), (0, 0), 2)
    inside = mirrored_in(np.ones((128, 144), np.float32), axis) > 0.99
    inside &= reflect_side(axis, 144, 128) > 0
    # one side may be darker (water), so it is the structure that is compared
    a, b = picture[inside].mean(axis=1), mirrored_in(picture, axis)[inside].mean(axis=1)
    assert np.corrcoef(a, b)[0, 1] > 0.8


@few
@given(seeds, st.booleans())
def test_an_arrangement_is_symmetric_about_its_axis(seed, with_middle):
    rng = rng_of(seed)
    canvas = Canvas(np.zeros((200, 208, 3), np.uint8))
    middle = mirror_patch(PACK, rng, 64) if with_middle else None
    arrangement(canvas, PACK, rng, middle)
    axis = canvas.scenery[0]
    picture = canvas.image.astype(np.float32) / 255
    picture = np.dstack([picture, (canvas.image.max(axis=2) > 0).astype(np.float32)])
    inside = mirrored_in(np.ones((200, 208), np.float32), axis) > 0.99
    there, mirrored = cv2.GaussianBlur(picture, (0, 0), 1.5), mirrored_in(cv2.GaussianBlur(picture, (0, 0), 1.5), axis)
    assert np.abs(there - mirrored)[inside].mean() < 0.06 * there[inside].mean()


def test_a_loose_arrangement_is_not_exact_and_keeps_its_axis():
    canvas, strict = (Canvas(np.zeros((200, 208, 3), np.uint8)) for _ in range(2))
    arrangement(canvas, PACK, rng_of(7), loose=0.06)
    arrangement(strict, PACK, rng_of(7))
    assert canvas.scenery[0].angle == strict.scenery[0].angle
    assert not np.array_equal(canvas.image, strict.image)


def test_scenes_can_be_arrangements():
    scene = make_scene(PACK, (128, 128), rng_of(1), SceneOptions(empty=0, whole=0, marked=0, grouped=0, arranged=1.0))
    assert any(isinstance(shape, ReflectionAxis) for shape in scene.shapes)


def reflect_side(axis: ReflectionAxis, w: int, h: int) -> np.ndarray:
    xs, ys = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    (x0, y0), (x1, y1) = axis.start, axis.end
    return (xs - x0) * (y1 - y0) - (ys - y0) * (x1 - x0)


@few
@given(seeds, st.floats(0, 0.1))
def test_perspective_moves_labels_with_pixels(seed, tilt):
    """A mark painted on the end of an axis is found where the mapped axis ends."""
    rng = rng_of(seed)
    rgba = np.zeros((80, 80, 4), np.uint8)
    for x, y in ((40, 12), (40, 68)):
        cv2.circle(rgba, (x * 16 - 8, y * 16 - 8), 3 * 16, (255, 255, 255, 255), -1, cv2.LINE_AA, shift=4)
    thing = Thing(rgba, (ReflectionAxis(((40, 12), (40, 68))),))
    canvas = Canvas(np.zeros((160, 160, 3), np.uint8))
    canvas.paste(thing, pose(thing, rng, (80, 80), 120, turn=float(rng.uniform(0, 360)), tilt=tilt))
    (axis,) = canvas.shapes()
    grey = canvas.image[..., 0].astype(np.float64)
    ys, xs = np.mgrid[0:160, 0:160] + 0.5
    for x, y in axis.points:
        near = grey * (np.hypot(xs - x, ys - y) < 9)
        assert near.sum() > 1000
        assert math.dist((x, y), ((near * xs).sum() / near.sum(), (near * ys).sum() / near.sum())) < 1.0


@few
@given(seeds)
def test_bending_moves_labels_with_pixels(seed):
    rng = rng_of(seed)
    image = np.zeros((120, 120, 3), np.uint8)
    spots = [(30.0, 40.0), (75.0, 90.0), (60.0, 20.0)]
    for x, y in spots:
        cv2.circle(image, (int(x * 16) - 8, int(y * 16) - 8), 3 * 16, (255, 255, 255), -1, cv2.LINE_AA, shift=4)
    shapes = tuple(RotationCenter(x, y, 3) for x, y in spots)
    bent, moved = bend(image, shapes, rng)
    ys, xs = np.mgrid[0:120, 0:120] + 0.5
    for shape in moved:
        near = bent[..., 0] * (np.hypot(xs - shape.x, ys - shape.y) < 8.0)
        found = ((near * xs).sum() / near.sum(), (near * ys).sum() / near.sum())
        assert math.dist(shape.point, found) < 1.0


def test_bending_makes_polylines():
    axis = ReflectionAxis(((10, 60), (110, 60)))
    _, (bent,) = bend(np.zeros((120, 120, 3), np.uint8), (axis,), rng_of(0))
    assert len(bent.points) == 9


def test_the_affine_map_touches_the_homography():
    matrix = np.array([[1.1, 0.1, 5], [-0.05, 0.9, 3], [1e-3, -5e-4, 1.0]])
    point = (30.0, 40.0)
    affine = affine_at(matrix, point)
    for dx, dy in ((0, 0), (1e-3, 0), (0, 1e-3)):
        p = np.array([[point[0] + dx, point[1] + dy]])
        np.testing.assert_allclose(map_points(p, matrix), map_points(p, affine), atol=1e-7)
    (ellipse,) = map_shapes((ReflectionEllipse(30, 40, 5, 5),), matrix)
    np.testing.assert_allclose(ellipse.center, map_points(np.array([point]), matrix)[0])


# -- the label rules --------------------------------------------------------------------------------------------------


def test_hidden_things_lose_their_labels():
    thing = Thing(np.full((40, 40, 4), 255, np.uint8), (RotationCenter(20, 20, 4),))
    cover = Thing(np.full((40, 40, 4), 255, np.uint8))
    for shift, expected in ((10.0, 0), (32.0, 1)):
        canvas = Canvas(np.zeros((100, 100, 3), np.uint8))
        canvas.paste(thing, pose(thing, rng_of(0), (50, 50), 40, turn=0))
        canvas.paste(cover, pose(cover, rng_of(0), (50 + shift, 50), 40, turn=0))
        assert len(canvas.shapes()) == expected


def test_a_thing_mostly_outside_loses_its_labels():
    thing = Thing(np.full((40, 40, 4), 255, np.uint8), (ReflectionAxis(((20, 0), (20, 40))),))
    canvas = Canvas(np.zeros((100, 100, 3), np.uint8))
    canvas.paste(thing, pose(thing, rng_of(0), (3, 50), 40, turn=0))
    assert canvas.shapes() == ()
    canvas.paste(thing, pose(thing, rng_of(0), (400, 50), 40, turn=0))
    assert len(canvas.placed) == 1


def test_short_and_outside_shapes_are_dropped():
    size = (100, 80)
    kept = ReflectionAxis(((10, 10), (60, 60)))
    dropped = [
        ReflectionAxis(((10, 10), (12, 11))),
        ReflectionAxis(((80, 40), (180, 40))),
        RotationCenter(-1, 5, 3),
        ReflectionEllipse(120, 5, 9, 9),
        ReflectionAxis(((50, 40), (150, 40), (250, 40))),
    ]
    assert clip_shapes([kept, *dropped], size) == (kept,)


def test_the_axis_reaches_over_the_whole_thing():
    alpha = np.zeros((60, 60), np.uint8)
    alpha[10:50, 20:40] = 255
    alpha[25:35, 25:60] = 0  # an opening on the axis, as in the letter C
    axis = chord(alpha, (30, 30), 0)
    np.testing.assert_allclose(axis.points, [(20, 30), (40, 30)])
    assert chord(np.zeros((60, 60), np.uint8), (30, 30), 0) is None


# -- measuring --------------------------------------------------------------------------------------------------------


@few
@given(st.sampled_from([3, 4, 5, 6, 8]), st.floats(0, 360), st.booleans())
def test_measured_order_and_axes_are_those_drawn(order, turn, cyclic):
    side = 160
    rgba = np.zeros((side, side, 4), np.uint8)
    rgba[..., :3] = (200, 60, 30)
    angles = np.radians(turn + np.arange(order) * 360 / order)
    for a in angles:
        tip = (side / 2 + 70 * math.cos(a), side / 2 - 70 * math.sin(a))
        lean = (side / 2 + 34 * math.cos(a + 0.9), side / 2 - 34 * math.sin(a + 0.9)) if cyclic else None
        base = [(side / 2 + 16 * math.cos(a + s), side / 2 - 16 * math.sin(a + s)) for s in (math.pi / 2, -math.pi / 2)]
        points = np.array([base[1], tip, *([lean] if lean else []), base[0]])
        cv2.fillPoly(rgba, [np.round(points * 16).astype(np.int32)], (200, 60, 30, 255), cv2.LINE_AA, 4)
    measured = measure_symmetry(rgba, min_overlap=0.9)
    assert measured.order == order
    assert len(measured.axes) == (0 if cyclic else order)
    for angle in measured.axes:
        nearest = min(abs((angle - turn - k * 180 / order + 90) % 180 - 90) for k in range(order))
        assert nearest < 2.0
    assert measured.center == pytest.approx((0.5, 0.5), abs=0.02)


def test_a_disc_is_continuous_and_a_blob_is_nothing():
    disc = np.zeros((100, 100, 4), np.uint8)
    cv2.circle(disc, (50, 50), 40, (10, 200, 90, 255), -1, cv2.LINE_AA)
    assert measure_symmetry(disc).order == 0
    blob = np.zeros((100, 100, 4), np.uint8)
    cv2.fillPoly(blob, [np.array([[10, 20], [90, 10], [60, 50], [70, 95], [30, 60]])], (9, 9, 9, 255))
    measured = measure_symmetry(blob, min_overlap=0.95)
    assert (measured.order, measured.axes) == (1, ())
    assert measure_symmetry(np.zeros((50, 50, 4), np.uint8)) == MeasuredSymmetry((0.5, 0.5), (), 1, 1.0)


# -- scenes -----------------------------------------------------------------------------------------------------------


@few
@given(seeds)
def test_the_same_seed_gives_the_same_scene(seed):
    a, b = (make_scene(PACK, (96, 80), rng_of(seed)) for _ in range(2))
    np.testing.assert_array_equal(a.image, b.image)
    assert a.shapes == b.shapes
    assert a.image.shape == (80, 96, 3)


def test_scenes_show_every_kind_of_label_at_every_angle():
    scenes = [make_scene(PACK, (96, 96), rng_of(seed)) for seed in range(150)]
    shapes = list(itertools.chain.from_iterable(scene.shapes for scene in scenes))
    assert {type(s) for s in shapes} == {ReflectionAxis, RotationCenter, ReflectionEllipse}
    angles = np.array([s.angle for s in shapes if isinstance(s, ReflectionAxis)])
    counts, _ = np.histogram(angles, bins=6, range=(0, 180))
    assert counts.min() > 0.4 * counts.mean(), "no direction is preferred"
    assert any(not scene.shapes for scene in scenes)


def test_empty_scenes_have_no_labels():
    options = SceneOptions(empty=1.0)
    assert all(make_scene(PACK, (64, 64), rng_of(seed), options).shapes == () for seed in range(12))


def test_marked_photos_keep_their_axes():
    photo = PACK.photos[0].pixels
    marked = Photo(photo, (((160.0, 20.0), (160.0, 300.0)),))
    pack = SourcePack(PACK.photos, PACK.cutouts, (), (marked,))
    scene = make_scene(pack, (128, 128), rng_of(1), SceneOptions(empty=0, whole=0, marked=1.0))
    (axis,) = scene.shapes
    assert isinstance(axis, ReflectionAxis)


def test_marked_photos_keep_their_centers_where_the_picture_shows_them():
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[90:111, 50:71] = 0  # a dark square around (60.5, 100.5)
    marked = Photo(pixels, (), ((60.5, 100.5, 4),))
    pack = SourcePack(PACK.photos, PACK.cutouts, (), (marked,))
    options = SceneOptions(empty=0, whole=0, marked=1.0, marked_tilt=0.05, photometric=0)
    for seed in range(8):
        scene = make_scene(pack, (128, 128), rng_of(seed), options)
        centers = [s for s in scene.shapes if isinstance(s, RotationCenter)]
        assert [c.order for c in centers] == [4]
        assert scene.image[int(centers[0].y), int(centers[0].x)].max() < 90


def test_scenes_without_tilt_draw_no_further_numbers():
    marked = Photo(PACK.photos[0].pixels, (((160.0, 20.0), (160.0, 300.0)),))
    pack = SourcePack(PACK.photos, PACK.cutouts, (), (marked,))
    flat, tilted = (
        make_scene(pack, (96, 96), rng_of(3), SceneOptions(empty=0, whole=0, marked=1.0, marked_tilt=tilt))
        for tilt in (0.0, 0.05)
    )
    plain = make_scene(pack, (96, 96), rng_of(3), SceneOptions(empty=0, whole=0, marked=1.0))
    np.testing.assert_array_equal(flat.image, plain.image)
    assert flat.shapes == plain.shapes
    assert flat.shapes != tilted.shapes


def test_natural_things_bring_their_measured_labels():
    disc = np.zeros((60, 60, 4), np.uint8)
    cv2.circle(disc, (30, 30), 28, (10, 200, 90, 255), -1)
    pack = SourcePack(PACK.photos, PACK.cutouts, (Cutout(disc, measure_symmetry(disc)),))
    orders = [s.order for k in range(60) for s in make_scene(pack, (96, 96), rng_of(k)).shapes
              if isinstance(s, RotationCenter)]  # fmt: skip
    assert orders.count(0) > 5


@few
@given(seeds)
def test_photometric_changes_keep_the_shape(seed):
    image = make_scene(PACK, (64, 48), rng_of(0)).image
    changed = photometric(image, rng_of(seed))
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8


def test_labels_turn_with_quarter_turns_of_the_scene():
    scene = make_scene(PACK, (96, 96), rng_of(5), SceneOptions(empty=0, whole=1.0, photometric=0))
    turned = [s.transformed(quarter_turns((96, 96), 1)) for s in scene.shapes]
    image = np.rot90(scene.image).astype(np.float32)
    for axis in turned:
        a = cv2.GaussianBlur(image, (0, 0), 2)
        b = mirrored_in(a, axis)
        inside = mirrored_in(np.ones((96, 96), np.float32), axis) > 0.99
        assert np.corrcoef(a[inside].ravel(), b[inside].ravel())[0, 1] > 0.7
