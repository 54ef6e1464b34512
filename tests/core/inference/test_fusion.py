"""Proposals of the network and of the pixels in one list."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from clipsym_core.evaluate.known_symmetry import generated_texture, turned_picture
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.features import propose
from clipsym_core.inference.fusion import fuse
from clipsym_core.inference.scoring.overlap import same_axis
from clipsym_core.inference.scoring.stars import reconcile
from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from tests.core.inference.known import SIZE, mirrored


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
