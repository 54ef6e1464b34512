"""Votes of pixels and of key points."""

from __future__ import annotations

import numpy as np
import pytest

from clipsym_core.evaluate.known_symmetry import generated_texture
from clipsym_core.inference.pixels.canvas import make_canvas
from clipsym_core.inference.proposals.keypoints import find_keypoints, mirrored_descriptors
from clipsym_core.inference.proposals.mirror_votes import WORKING_SIDE, mirror_votes
from clipsym_core.symmetry import axis_angle_difference


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
