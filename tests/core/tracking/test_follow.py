"""Following on real pixels: the demo scene, whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.synthesis.moving import MovingScene
from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter, axis_angle_difference, line_offsets
from clipsym_core.tracking.follow import Known, follow
from clipsym_core.tracking.live import LiveTracks, take_step, unexplained
from clipsym_core.tracking.motion import Seen, motions
from clipsym_core.tracking.passes import VideoPass

SCENE = MovingScene((480, 360))


def error(shape, truth):
    """Degrees and px to the nearest true shape of the kind."""
    if isinstance(shape, RotationCenter):
        return 0.0, min(math.dist(shape.point, s.point) for s in truth if isinstance(s, RotationCenter))
    pairs = (
        (axis_angle_difference(shape.angle, s.angle), abs(float(line_offsets([shape.midpoint], s.start, s.end)[0])))
        for s in truth
        if isinstance(s, ReflectionAxis) and math.dist(shape.midpoint, s.midpoint) < 60
    )
    return min(pairs, key=sum)


def test_the_scene_is_what_it_says():
    first, again, later = SCENE.at(1.0), SCENE.at(1.0), SCENE.at(1.4)
    assert np.array_equal(first.image, again.image)
    assert not np.array_equal(first.image, later.image)
    axes = [s for s in first.shapes if isinstance(s, ReflectionAxis)]
    (center,) = (s for s in first.shapes if isinstance(s, RotationCenter))
    assert len(axes) == 6
    assert center.order == 5
    assert axis_angle_difference(axes[0].angle, 38.0 + 90.0) < 0.01  # 20 degrees, and 18 a second
    with pytest.raises(InputError, match="64 px"):
        MovingScene((63, 100))


@pytest.mark.parametrize("gap", [1 / 30, 0.2, 0.5])
def test_shapes_are_followed_without_drift(gap):
    first = SCENE.at(0.0)
    seen = Seen.of(first.image)
    known = [Known(n, shape, seen) for n, shape in enumerate(first.shapes)]
    for k in range(1, 8):
        scene = SCENE.at(k * gap)
        now = Seen.of(scene.image)
        followed = follow(scene.image, now, known)
        assert all(f.shape is not None for f in followed)
        for f in followed:
            degrees, pixels = error(f.shape, scene.shapes)
            assert degrees < 0.5
            assert pixels < 1.0
        known = [Known(f.number, f.shape, now, f.radius) for f in followed]


def test_a_long_way_is_pieced_together_from_pictures_in_between():
    """Three seconds, in which the butterfly turns by 54 degrees: too far for one step."""
    first, last = SCENE.at(0.0), SCENE.at(3.0)
    via = tuple(Seen.of(SCENE.at(0.3 * k).image) for k in range(1, 10))
    shape = first.shapes[0]
    (followed,) = follow(last.image, Seen.of(last.image), [Known(1, shape, Seen.of(first.image), via=via)])
    degrees, pixels = error(followed.shape, last.shapes[:1])
    assert degrees < 0.5
    assert pixels < 1.0


def test_what_is_covered_is_lost():
    first = SCENE.at(0.0)
    empty = np.full_like(first.image, 90)
    seen, now = Seen.of(first.image), Seen.of(empty)
    assert all(f.shape is None for f in follow(empty, now, [Known(n, s, seen) for n, s in enumerate(first.shapes)]))


def test_motion_between_pictures_of_two_sizes_is_refused():
    first, other = SCENE.at(0.0), MovingScene((320, 240)).at(0.0)
    with pytest.raises(InputError, match="different sizes"):
        motions(Seen.of(first.image), Seen.of(other.image), [(first.shapes[0], None)])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=9), st.floats(0.02, 0.4))
@settings(max_examples=12, deadline=None)
def test_shapes_move_together_as_they_do_alone(which, gap):
    first, later = SCENE.at(0.3), SCENE.at(0.3 + gap)
    before, now = Seen.of(first.image), Seen.of(later.image)
    radii = {1: 60.0}  # the center's
    shapes = [(first.shapes[i], radii.get(i)) for i in which]
    # one that lies beside the picture has no corners, and those after it still get their own
    beside = len(shapes) // 2
    shapes.insert(beside, (RotationCenter(-300.0, -300.0, 4), None))
    for i, ((shape, radius), together) in enumerate(zip(shapes, motions(before, now, shapes), strict=True)):
        (alone,) = motions(before, now, [(shape, radius)])
        assert (together is None) == (alone is None) == (i == beside)
        if alone is not None:
            np.testing.assert_allclose(together, alone, atol=1e-6)


def test_what_is_searched_for_in_vain_waits_longer_each_time_and_goes_with_the_pixels():
    """An axis where there is no symmetry: 6 s of steps in which it may be searched for."""
    scene = SCENE.at(0.0)
    tracks = LiveTracks(SCENE.size, checks=1)
    wrong = ReflectionAxis(((150.0, 40.0), (330.0, 330.0)))
    for _ in range(2):  # one that was seen once ends at once when it cannot be found
        tracks.looked([Detection(wrong, 0.9, "wrong")], 0.0, Seen.of(scene.image))
    searched = []
    for k in range(1, 60):
        t = 0.1 * k
        wanted = tracks.wanted()
        step = take_step(scene.image, t, wanted)
        assert not any(f.checked and f.shape is not None for f in step.followed)
        searched += [t for known in wanted if known.exact]
        tracks.stepped(step)
    assert tracks.tracker.numbers == (1,)
    pauses = np.diff(searched)
    assert len(searched) >= 4
    assert (np.diff(pauses) > -0.15).all()
    assert pauses[-1] > 1.5


def test_live_tracks_stay_on_the_truth_with_late_looks():
    """Looks come 0.5 s late, one check of the pixels a step: within 2 degrees and 3 px at every moment in between."""
    tracks = LiveTracks(SCENE.size, checks=1)
    pending = None
    worst = [0.0, 0.0]
    for k in range(60):
        t = 0.1 * k
        scene = SCENE.at(t)
        if pending is None:
            pending = (t, scene, Seen.of(scene.image))
        elif t - pending[0] >= 0.5:
            tracks.looked([Detection(s, 0.8, "truth") for s in pending[1].shapes], pending[0], pending[2])
            pending = None
        tracks.stepped(take_step(scene.image, t, tracks.wanted()))
        if t > 1.0:
            for ahead in (0.0, 0.05):
                truth = SCENE.at(t + ahead).shapes
                shown = tracks.tracker.shown(t + ahead)
                assert len(shown) == len(truth) == 7
                for tracked in shown:
                    worst = [max(w, e) for w, e in zip(worst, error(tracked.detection.shape, truth), strict=True)]
    assert worst[0] < 2.0
    assert worst[1] < 3.0
    assert tracks.tracker.numbers == tuple(range(1, 8))  # each shape is one track throughout


def test_a_look_that_finds_one_thing_twice_is_taken_in():
    tracks = LiveTracks(SCENE.size)
    scene = SCENE.at(0.0)
    twice = [Detection(scene.shapes[0], 0.8, "truth"), Detection(scene.shapes[0], 0.7, "truth")]
    tracks.looked(twice, 0.0, Seen.of(scene.image))
    assert [known.number for known in tracks.wanted()] == [1]


def test_heat_that_no_shape_explains():
    reflection, rotation = np.zeros((96, 128), np.float32), np.zeros((96, 128), np.float32)
    assert unexplained(reflection, rotation, [], (640, 480)) == 0.0
    reflection[10:80, 30:34] = 0.9
    assert unexplained(reflection, rotation, [], (640, 480)) == 1.0
    axis = ReflectionAxis(((160, 60), (160, 390)))
    assert unexplained(reflection, rotation, [axis], (640, 480)) == 0.0
    rotation[60:64, 100:104] = 0.8
    assert 0.0 < unexplained(reflection, rotation, [axis], (640, 480)) < 0.1
    assert unexplained(reflection, rotation, [axis, RotationCenter(510, 310, 4)], (640, 480)) == 0.0


def test_a_pass_keeps_numbers_and_reports_only_what_is_there():
    looks = []

    def look(pixels):
        looks.append(len(looks))
        return [Detection(s, 0.9, "truth") for s in SCENE.at(0.1 * 4 * (len(looks) - 1)).shapes]

    through = VideoPass(look, every=4)
    for k in range(10):
        scene = SCENE.at(0.1 * k)
        found = through.next(scene.image, 0.1 * k)
        assert {t.number for t in found} == set(range(1, 8))
        for tracked in found:
            degrees, pixels = error(tracked.detection.shape, scene.shapes)
            assert degrees < 1.0
            assert pixels < 1.5
    assert len(looks) == 3
    assert through.next(np.full_like(scene.image, 90), 1.0) == ()
    with pytest.raises(InputError):
        VideoPass(look, every=0)
