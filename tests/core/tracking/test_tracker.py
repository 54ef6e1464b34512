"""Tracks: numbers stay, motion is smooth, what is gone ends; the filter against what it is made for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.symmetry import (
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    axis_angle_difference,
    direction,
)
from clipsym_core.tracking.kalman import ConstantVelocity
from clipsym_core.tracking.matching import match
from clipsym_core.tracking.pose import distance, to_shape, to_vector
from clipsym_core.tracking.tracker import Measurement, Tracker, TrackingOptions

SIZE = (640, 480)
coordinates = st.floats(0, 640)
angles = st.floats(0, 179.99)


def axis(x, y, angle, half=80.0):
    ux, uy = direction(angle)
    return ReflectionAxis(((x - ux * half, y - uy * half), (x + ux * half, y + uy * half)))


def found(shape, score=0.8):
    return Detection(shape, score, "test")


class TestFilter:
    @given(
        start=st.floats(-100, 100),
        speed=st.floats(-200, 200),
        steps=st.lists(st.floats(0.01, 0.3), min_size=30, max_size=40),
    )
    def test_an_even_motion_is_found_and_foretold(self, start, speed, steps):
        moments = np.cumsum(steps)
        kalman = ConstantVelocity(np.array([start]), np.array([1.0]), np.array([50.0]), 0.0)
        for t in moments:
            kalman.update(np.array([start + speed * t]), float(t))
        ahead = float(moments[-1]) + 0.2
        assert kalman.velocity[0] == pytest.approx(speed, abs=0.05 * abs(speed) + 1e-6)
        assert kalman.at(ahead)[0] == pytest.approx(start + speed * ahead, abs=0.02 * abs(speed) + 1e-6)

    def test_noise_is_smoothed(self):
        random = np.random.default_rng(1)
        kalman = ConstantVelocity(np.zeros(1), np.ones(1), np.full(1, 2.0), 0.0)
        raw, smooth = [], []
        for k in range(1, 200):
            measured = float(random.normal())
            kalman.update(np.array([measured]), 0.05 * k)
            raw.append(measured)
            smooth.append(float(kalman.position[0]))
        assert np.std(smooth[20:]) < 0.6 * np.std(raw[20:])

    def test_a_late_measurement_does_not_turn_time_back(self):
        kalman = ConstantVelocity(np.zeros(1), np.ones(1), np.full(1, 10.0), 0.0)
        for k in range(1, 20):
            kalman.update(np.array([10.0 * k]), 0.1 * k)
        kalman.update(np.array([100.0]), 1.0)
        assert kalman.seconds == pytest.approx(1.9)
        assert kalman.at(1.9)[0] == pytest.approx(190.0, abs=1.0)

    @pytest.mark.parametrize(("noise", "acceleration"), [([0.0], [1.0]), ([1.0], [-1.0]), ([1.0, 1.0], [1.0])])
    def test_what_makes_no_sense_is_refused(self, noise, acceleration):
        with pytest.raises(ValueError, match=r"Shapes differ|must be positive"):
            ConstantVelocity(np.zeros(1), np.array(noise), np.array(acceleration), 0.0)


class TestPose:
    @given(coordinates, coordinates, angles, st.floats(1, 300))
    def test_an_axis_is_its_numbers(self, x, y, angle, half):
        shape = axis(x, y, angle, half)
        assert distance(to_shape(to_vector(shape), shape), shape) < 1e-6

    @given(coordinates, coordinates, angles, st.floats(-720, 720))
    def test_angles_unwrap_to_the_nearest(self, x, y, angle, near):
        vector = to_vector(axis(x, y, angle), np.array([0.0, 0.0, near, 1.0]))
        assert abs(vector[2] - near) <= 90.0 + 1e-6
        assert axis_angle_difference(vector[2], angle) < 1e-6

    @given(coordinates, coordinates, angles, angles)
    def test_distance_is_even_handed_and_zero_at_home(self, x, y, a, b):
        one, other = axis(x, y, a), axis(y, x, b)
        assert distance(one, one) < 1e-9
        assert distance(one, other) == distance(other, one)

    def test_the_angle_of_something_round_is_kept(self):
        vector = to_vector(ReflectionEllipse(0, 0, 50, 49, 80.0), np.array([0, 0, 10.0, 50, 49]))
        assert vector[2] == 10.0

    def test_other_kinds_are_infinitely_far(self):
        center, line = RotationCenter(5, 5, 3), axis(5, 5, 0)
        bent = ReflectionAxis(((0, 0), (1, 1), (5, 0)))
        assert distance(center, line) == distance(line, bent) == math.inf


@given(
    st.lists(st.tuples(coordinates, coordinates), max_size=6), st.lists(st.tuples(coordinates, coordinates), max_size=6)
)
def test_matching_takes_each_once_nearest_first_within_the_gate(known, new):
    a = [RotationCenter(x, y, 3) for x, y in known]
    b = [RotationCenter(x, y, 3) for x, y in new]
    pairs = match(a, b, 100.0)
    apart = [distance(a[i], b[j]) for i, j in pairs]
    assert apart == sorted(apart)
    assert all(d <= 100.0 for d in apart)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    # Nothing that was left could still be paired.
    left = [distance(p, q) for i, p in enumerate(a) for j, q in enumerate(b)
            if i not in {i for i, _ in pairs} and j not in {j for _, j in pairs}]  # fmt: skip
    assert all(d > 100.0 for d in left)


class TestTracks:
    def run(self, tracker, truth, seconds=3.0, rate=10.0, noise=0.5, seed=0):
        """Looks every half second, measurements in between; gives the last moment."""
        random = np.random.default_rng(seed)
        for k in range(int(seconds * rate)):
            t = k / rate
            shapes = [self.jitter(shape, random, noise) for shape in truth(t)]
            if k % 5 == 0:
                tracker.looked([found(shape) for shape in shapes], t)
            else:
                near = {n.number: n.detection.shape for n in tracker.at(t)}
                tracker.measured(
                    [Measurement(n, min(shapes, key=lambda s, n=n: distance(s, near[n]))) for n in near], t
                )
        return (int(seconds * rate) - 1) / rate

    @staticmethod
    def jitter(shape, random, noise):
        if isinstance(shape, RotationCenter):
            return RotationCenter(shape.x + random.normal(0, noise), shape.y + random.normal(0, noise), shape.order)
        moved = tuple((x + random.normal(0, noise), y + random.normal(0, noise)) for x, y in shape.points)
        return ReflectionAxis(moved)

    def test_numbers_stay_while_two_axes_turn_and_a_center_moves(self):
        def truth(t):
            return [
                axis(200 + 30 * t, 200, 25 * t),
                axis(450, 300 - 20 * t, 90 - 15 * t),
                RotationCenter(300, 100 + 40 * t, 5),
            ]

        tracker = Tracker(SIZE)
        end = self.run(tracker, truth)
        for ahead in (0.0, 0.1):
            shown = tracker.shown(end + ahead)
            assert {t.number for t in shown} == {1, 2, 3}
            for tracked in shown:
                shape = tracked.detection.shape
                nearest = min(truth(end + ahead), key=lambda s, shape=shape: distance(s, shape))
                assert distance(nearest, shape) < 3.0
                if isinstance(shape, ReflectionAxis):
                    assert axis_angle_difference(shape.angle, nearest.angle) < 1.5

    def test_an_angle_goes_through_180_degrees_in_one_track(self):
        tracker = Tracker(SIZE)
        end = self.run(tracker, lambda t: [axis(300, 200, (150 + 30 * t) % 180)], noise=0.1)
        (tracked,) = tracker.shown(end + 0.05)
        assert tracked.number == 1
        assert axis_angle_difference(tracked.detection.shape.angle, (150 + 30 * (end + 0.05)) % 180) < 1.0

    def test_without_smoothing_a_track_is_what_was_measured_last(self):
        tracker = Tracker(SIZE, TrackingOptions(smoothing=False))
        end = self.run(tracker, lambda t: [axis(200 + 30 * t, 200, 25 * t)], noise=0.0)
        (tracked,) = tracker.shown(end + 0.1)
        assert distance(tracked.detection.shape, axis(200 + 30 * end, 200, 25 * end)) < 1e-6

    def test_a_track_is_shown_when_it_was_seen_twice_and_ends_unseen(self):
        tracker = Tracker(SIZE)
        (number,) = tracker.looked([found(axis(100, 100, 30))], 0.0)
        assert tracker.shown(0.0) == []
        tracker.measured([Measurement(number, axis(100, 100, 31))], 0.1)
        assert [t.number for t in tracker.shown(0.1)] == [number]
        tracker.measured([Measurement(number, None)], 0.5)
        assert len(tracker) == 1
        tracker.measured([], 0.1 + tracker.options.keep + 0.01)
        assert len(tracker) == 0

    def test_one_that_cannot_be_found_again_at_once_is_dropped(self):
        tracker = Tracker(SIZE)
        (number,) = tracker.looked([found(axis(100, 100, 30))], 0.0)
        tracker.measured([Measurement(number, None)], 0.1)
        assert len(tracker) == 0

    def test_what_looks_never_find_again_ends_however_well_it_is_followed(self):
        tracker = Tracker(SIZE)
        (number,) = tracker.looked([found(axis(100, 100, 30))], 0.0)
        for k in range(1, 40):
            tracker.measured([Measurement(number, axis(100, 100, 30))], 0.1 * k)
            if k % 10 == 0:
                tracker.looked([], 0.1 * k - 0.05)
        assert len(tracker) == 0

    def test_a_look_at_the_past_finds_the_track_where_it_was(self):
        tracker = Tracker(SIZE)
        tracker.looked([found(RotationCenter(100, 100, 4), 0.6)], 0.0)
        for k in range(1, 11):
            tracker.measured([Measurement(1, RotationCenter(100 + 20 * k, 100, 4))], 0.1 * k)
        assert tracker.looked([found(RotationCenter(140, 100, 4), 1.0)], 0.2) == []
        (tracked,) = tracker.shown(1.0)
        assert tracked.number == 1
        assert tracked.detection.score == pytest.approx(0.8)  # half way to the new score
        assert tracked.detection.shape.x == pytest.approx(300, abs=3)  # where it is now

    def test_two_tracks_on_one_thing_become_the_older(self):
        tracker = Tracker(SIZE)
        first, second = tracker.looked([found(axis(100, 100, 30)), found(axis(180, 100, 30))], 0.0)
        tracker.measured([Measurement(first, axis(100, 100, 30)), Measurement(second, axis(100, 100, 30.2))], 0.1)
        assert tracker.numbers == (first,)

    def test_one_thing_found_twice_in_a_look_is_one_track(self):
        tracker = Tracker(SIZE)
        assert tracker.looked([found(axis(100, 100, 30)), found(axis(100, 100, 30.1))], 0.0) == [1]
        assert tracker.numbers == (1,)

    def test_bent_axes_are_left_out(self):
        tracker = Tracker(SIZE)
        assert tracker.looked([found(ReflectionAxis(((0, 0), (50, 10), (90, 60))))], 0.0) == []

    @given(st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=25))
    @settings(max_examples=40)
    def test_any_order_of_news_leaves_a_sound_state(self, news):
        """Late looks, early measurements, nothing at all: no exception, and only numbers that were given."""
        tracker = Tracker(SIZE)
        begun = set()
        for looks, t in news:
            if looks:
                begun |= set(tracker.looked([found(axis(100, 100, 20 * t)), found(RotationCenter(99, 99, 2))], t))
            else:
                shapes = {n.number: n.detection.shape for n in tracker.at(t)}
                moved = {n: axis(100, 100, 20 * t) if isinstance(s, ReflectionAxis) else s for n, s in shapes.items()}
                tracker.measured([Measurement(n, s) for n, s in moved.items() if n % 2], t)
            assert set(tracker.numbers) <= begun
            tracker.at(t)
