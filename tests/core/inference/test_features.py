"""Proposals without a network, their fusion with a network's, and the calibrated score."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.errors import ConfigError, InputError
from clipsym_core.evaluate.known_symmetry import disturb, generated_texture, mirrored_picture, turned_picture
from clipsym_core.imaging import Pixels, read_image
from clipsym_core.inference.calibrating.logistic import fit_logistic
from clipsym_core.inference.calibrating.samples import is_right
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.features import propose
from clipsym_core.inference.fusion import fuse
from clipsym_core.inference.pixels.canonical import canonical_lay
from clipsym_core.inference.pixels.canvas import make_canvas
from clipsym_core.inference.proposals.keypoints import find_keypoints, mirrored_descriptors
from clipsym_core.inference.proposals.mirror_votes import WORKING_SIDE, mirror_votes
from clipsym_core.inference.scoring.calibration import FILE, score_measures
from clipsym_core.inference.scoring.overlap import same_axis
from clipsym_core.inference.scoring.stars import reconcile
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import (
    CONTINUOUS,
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    axis_angle_difference,
    mirror_left_right,
    quarter_turns,
    transform_points,
)

SIZE = (320, 240)


def mirrored(seed: int) -> tuple[Pixels, ReflectionAxis]:
    rng = np.random.default_rng(seed)
    known = mirrored_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE))
    return disturb(rng, known.image), known.axis


def first_axis(detections: list[Detection]) -> ReflectionAxis:
    return next(d.shape for d in detections if isinstance(d.shape, ReflectionAxis))


def test_the_dominant_axis_is_found_first() -> None:
    right = 0
    for seed in range(10):
        image, axis = mirrored(seed)
        right += is_right(first_axis(propose(image, centers=False)), [axis])
    assert right >= 9


def test_a_center_is_found_without_a_click() -> None:
    right = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        known = turned_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE), 5, dihedral=False)
        centers = [d.shape for d in propose(known.image) if isinstance(d.shape, RotationCenter)]
        right += any(math.dist(c.point, known.center.point) < 3 and c.order == 5 for c in centers)
    assert right >= 4


def eight_ways(image: Pixels) -> list[tuple[Pixels, Any]]:
    """Quarter turns and mirror images of a picture, each with its map of points."""
    h, w = image.shape[:2]
    ways = []
    for mirrored_first in (False, True):
        flip = mirror_left_right((w, h)) if mirrored_first else np.eye(3)
        start = image[:, ::-1] if mirrored_first else image
        ways += [(np.ascontiguousarray(np.rot90(start, k)), quarter_turns((w, h), k) @ flip) for k in range(4)]
    return ways


def assert_same(found: list[Detection], expected: list[Detection]) -> None:
    """The same shapes in the same order, to a millionth of a pixel."""
    assert len(found) == len(expected) > 0
    for a, b in zip(found, expected, strict=True):
        assert type(a.shape) is type(b.shape)
        assert a.score == pytest.approx(b.score, abs=1e-9)
        if isinstance(a.shape, ReflectionAxis) and isinstance(b.shape, ReflectionAxis):
            np.testing.assert_allclose(a.shape.points, b.shape.points, atol=1e-6)
        elif isinstance(a.shape, RotationCenter) and isinstance(b.shape, RotationCenter):
            np.testing.assert_allclose(a.shape.point, b.shape.point, atol=1e-6)
            assert a.shape.order == b.shape.order


def test_proposals_commute_with_quarter_turns_and_mirrors() -> None:
    """All eight ways, with and without a box, axes and centers: the same but for rounding."""
    image, _ = mirrored(4)
    here = propose(image)
    box = (20.0, 30.0, 260.0, 200.0)
    inside = propose(image, box=box, centers=False)
    for turned, matrix in eight_ways(image)[1:]:
        assert_same(propose(turned), [d.transformed(matrix) for d in here])
        corners = transform_points([box[:2], box[2:]], matrix)
        there = (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
        assert_same(propose(turned, box=there, centers=False), [d.transformed(matrix) for d in inside])


@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_way_of_a_picture_is_laid_down_as_one(shape: tuple[int, int], seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    laid = canonical_lay(image).apply(image)
    for turned, _ in eight_ways(image):
        lay = canonical_lay(turned)
        assert np.array_equal(lay.apply(turned), laid)
        point = np.array([[1.25, 0.5]])
        np.testing.assert_array_equal(transform_points(transform_points(point, lay.matrix), lay.inverse), point)
    # The map is that of the pixels.
    marked = np.zeros((*shape, 3), np.uint8)
    marked[0, -1] = 255
    lay = canonical_lay(image)
    (y,), (x,) = np.nonzero(lay.apply(marked)[..., 0])
    np.testing.assert_allclose(transform_points([(shape[1] - 0.5, 0.5)], lay.matrix), [(x + 0.5, y + 0.5)])


def test_a_box_keeps_the_search_inside_it() -> None:
    image, axis = mirrored(2)
    wide = np.concatenate([generated_texture(np.random.default_rng(9), SIZE), image], axis=1)
    box = (float(SIZE[0]), 0.0, 2.0 * SIZE[0], float(SIZE[1]))
    found = first_axis(propose(wide, box=box, centers=False))
    moved = ReflectionAxis(tuple((x + SIZE[0], y) for x, y in axis.points))
    assert is_right(found, [moved])
    with pytest.raises(InputError, match="does not touch"):
        propose(wide, box=(900.0, 0.0, 950.0, 40.0))


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (9, 5), (64, 64)])
def test_tiny_and_flat_pictures_give_no_confident_proposal(shape: tuple[int, int]) -> None:
    assert all(d.score < 0.5 for d in propose(np.full((*shape, 3), 77, np.uint8)))


def test_proposals_are_the_same_every_time() -> None:
    image, _ = mirrored(6)
    assert [d.shape for d in propose(image)] == [d.shape for d in propose(image)]


def test_votes_of_a_mirrored_picture_lie_on_its_middle() -> None:
    half = generated_texture(np.random.default_rng(1), (101, 140))
    image = np.ascontiguousarray(np.hstack([half, half[:, ::-1]]))
    vote = mirror_votes(make_canvas(image, max_side=WORKING_SIDE))[0]
    assert vote.middle[0] == pytest.approx(101.0, abs=1.5)
    assert axis_angle_difference(vote.angle, 90.0) < 0.1


def test_mirrored_descriptors_are_those_of_the_mirrored_picture() -> None:
    image = generated_texture(np.random.default_rng(5), (200, 160))
    keys = find_keypoints(make_canvas(image))
    other = find_keypoints(make_canvas(np.ascontiguousarray(image[:, ::-1])))
    turned = mirrored_descriptors(keys.descriptors)
    likeness, plain = [], []
    for place, mine, straight in zip(keys.places, turned, keys.descriptors, strict=True):
        near = np.hypot(*(other.places - [200 - place[0], place[1]]).T) < 0.7
        if near.any():
            likeness.append(float((other.descriptors[near] @ mine).max()))
            plain.append(float((other.descriptors[near] @ straight).max()))
    assert len(likeness) > 20
    assert np.median(likeness) > 0.95 > np.median(plain)


# -- fusion -----------------------------------------------------------------------------------------------------------


def test_what_both_saw_is_one_detection_with_the_evidence_of_both() -> None:
    image, axis = mirrored(1)
    network = [Detection(axis, 0.7, "lite", {"heat": 0.7, "coverage": 0.9, "contrast": 0.5})]
    fused = fuse(image, network, propose(image, centers=False))
    same = [d for d in fused if isinstance(d.shape, ReflectionAxis) and same_axis(d.shape, axis)]
    assert len(same) == 1
    assert same[0].source == "lite"
    assert {"heat", "coverage", "mirror", "pairs"} <= set(same[0].evidence)
    assert [d.score for d in fused] == sorted((d.score for d in fused), reverse=True)


def test_heat_raises_the_score_of_an_axis() -> None:
    image, axis = mirrored(1)
    scores = []
    for heat in (0.15, 0.9):
        network = [Detection(axis, heat, "lite", {"heat": heat, "coverage": heat, "contrast": 0.4})]
        scores.append(fuse(image, network, [])[0].score)
    assert scores[1] > scores[0]


def test_a_sure_star_gets_all_its_axes() -> None:
    rng = np.random.default_rng(3)
    known = turned_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE), 4, dihedral=True)
    center = Detection(known.center, 0.95, "lite", {"heat": 0.95})
    fused = fuse(known.image, [center], [])
    axes = [d for d in fused if isinstance(d.shape, ReflectionAxis)]
    found = [d for d in fused if isinstance(d.shape, RotationCenter)]
    assert [d.shape.order for d in found] == [4]
    assert len(axes) == 4
    assert all(d.evidence["star"] == 1.0 for d in axes)


def test_axes_of_a_star_score_by_how_well_each_is_there() -> None:
    rng = np.random.default_rng(3)
    known = turned_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE), 4, dihedral=True)
    analysis = analyse_center(known.image, known.center.point)
    assert (analysis.center.order, analysis.dihedral) == (4, True)
    matches = dict(zip(analysis.axes, (0.8, 0.4, 0.0, -0.2), strict=True))

    def measured(axis: Detection) -> Detection:
        assert isinstance(axis.shape, ReflectionAxis)
        return replace(axis, evidence={"mirror": matches[axis.shape]}, score=0.05)

    center = Detection(analysis.center, 0.9, "features", {})
    axes = reconcile([(center, analysis)], [], measured)
    assert [round(d.score, 6) for d in axes] == [0.9, 0.45, 0.05, 0.05]
    assert all(d.evidence["star"] == 1.0 for d in axes)
    # In a picture, all of them are on the pixels.
    fused = fuse(known.image, [], [center])
    stars = [d for d in fused if d.evidence.get("star") == 1.0 and isinstance(d.shape, ReflectionAxis)]
    assert len(stars) == 4
    assert all("mirror" in d.evidence for d in stars)


def test_an_axis_that_contradicts_a_sure_center_is_marked() -> None:
    rng = np.random.default_rng(3)
    known = turned_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE), 4, dihedral=False)
    x, y = known.center.point
    axis = ReflectionAxis(((x - known.radius, y), (x + known.radius, y)))
    fused = fuse(known.image, [Detection(known.center, 0.95, "lite", {"heat": 0.95}), Detection(axis, 0.5, "lite")], [])
    (marked,) = [d for d in fused if isinstance(d.shape, ReflectionAxis)]
    assert marked.evidence["star"] == 0.0


def test_ellipses_and_bent_axes_pass_through_and_repetitions_merge() -> None:
    image, _ = mirrored(1)
    ellipse = ReflectionEllipse(100.0, 100.0, 30.0, 20.0)
    bent = ReflectionAxis(((10.0, 10.0), (60.0, 20.0), (90.0, 60.0)))
    network = [Detection(ellipse, 0.6, "lite"), Detection(ellipse, 0.4, "lite"), Detection(bent, 0.3, "lite")]
    fused = fuse(image, network, [])
    assert sorted((d.score for d in fused), reverse=True) == [0.6, 0.3]
    assert fuse(image, [], []) == []


# -- calibration ------------------------------------------------------------------------------------------------------


def test_the_shipped_calibration_says_where_it_comes_from() -> None:
    table = json.loads(resource_path(FILE).read_text(encoding="utf-8"))
    assert set(table["kinds"]) == {"axis", "axis with network", "axis looked at", "center", "center with network"}
    assert {"features", "with network"} <= set(table["provenance"])
    for kind, entry in table["kinds"].items():
        assert 0 < score_measures(kind, {}) < 1
        assert entry["held_out"]["log_loss"] < entry["held_out"]["base_rate_loss"]


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ConfigError, match="sphere"):
        score_measures("sphere", {})


def test_the_logistic_finds_the_odds_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    y = rng.random(4000) < 1 / (1 + np.exp(-(0.5 + 2.0 * x)))
    entry = fit_logistic([{"x": float(v)} for v in x], y.tolist(), ["x"])
    assert entry["terms"]["x"]["weight"] == pytest.approx(2.0, abs=0.25)
    assert entry["bias"] == pytest.approx(0.5, abs=0.15)
    with pytest.raises(ValueError, match="right and wrong"):
        fit_logistic([{"x": 1.0}], [True], ["x"])


def test_a_weight_of_two_counts_like_the_row_given_twice() -> None:
    rows = [{"x": float(v)} for v in (-2, -1, -0.5, 0.5, 1, 2)]
    right = [False, False, True, False, True, True]
    twice = fit_logistic(rows + rows, right + right, ["x"])
    weighted = fit_logistic(rows, right, ["x"], weights=[2.0] * 6)
    plain = fit_logistic(rows, right, ["x"])
    assert weighted["bias"] == pytest.approx(twice["bias"], abs=0.02)
    assert weighted["terms"]["x"]["weight"] == pytest.approx(twice["terms"]["x"]["weight"], abs=0.02)
    assert plain["terms"]["x"]["weight"] < weighted["terms"]["x"]["weight"]


@pytest.mark.parametrize("name", ["rosette.jpg", "tiles.jpg"])
def test_axes_end_where_the_picture_ends(name):
    image = read_image(resource_path("samples", name))
    h, w = image.shape[:2]
    axes = [d.shape for d in propose(image) if isinstance(d.shape, ReflectionAxis)]
    assert axes
    beyond = [p for axis in axes for p in axis.points if not (-5 <= p[0] <= w + 5 and -5 <= p[1] <= h + 5)]
    assert beyond == []


def test_a_center_of_order_0_brings_its_disc():
    y, x = np.mgrid[0:240, 0:320] + 0.5
    ground = np.random.default_rng(0).uniform(0, 255, (15, 20)).repeat(16, axis=0).repeat(16, axis=1)
    grey = np.where(np.hypot(x - 170, y - 110) < 70, 220, ground)
    image = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    network = [Detection(RotationCenter(168.0, 112.0, CONTINUOUS), 0.8, "net", {"heat": 0.8})]
    ellipses = [d for d in fuse(image, network, []) if isinstance(d.shape, ReflectionEllipse)]
    assert len(ellipses) == 1
    shape = ellipses[0].shape
    assert isinstance(shape, ReflectionEllipse)
    assert math.dist(shape.center, (170, 110)) < 2
    assert shape.rx == shape.ry == pytest.approx(70, rel=0.2)
