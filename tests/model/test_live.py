"""The readings and the governor of live mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symviewer.model.live import SIDES, Governor, LiveStats, Rate, input_size


def test_a_rate_is_counted_over_the_last_seconds():
    rate = Rate()
    assert rate.value() == 0.0
    for k in range(100):
        rate.add(0.1 * k)
    assert rate.value() == pytest.approx(10.0)
    rate.add(60.0)
    assert rate.value() == 0.0  # what was before counts no more


def test_the_governor_settles_where_a_detection_takes_the_time_that_it_may():
    """Time that grows with the area of the input: it ends at the largest side that fits, and stays there."""
    governor = Governor(seconds=0.1)

    def seconds(side):
        return 0.16 * (side / 256) ** 2

    sides = []
    for _ in range(400):
        governor.took(seconds(governor.side))
        sides.append(governor.side)
    assert set(sides[50:]) == {192}
    assert seconds(192) <= 0.1


@given(st.lists(st.floats(0, 1), max_size=200))
def test_the_governor_stays_within_its_sides(times):
    governor = Governor()
    for seconds in times:
        governor.took(seconds)
        assert governor.side in SIDES


@given(st.integers(16, 8000), st.integers(16, 8000), st.sampled_from(SIDES))
def test_inputs_fit_every_tower_and_about_the_picture(width, height, side):
    w, h = input_size((width, height), side)
    assert w % 32 == h % 32 == 0
    assert min(w, h) >= 32
    assert max(w, h) == side
    assert abs(w / side - width / max(width, height)) <= 32 / side
    assert abs(h / side - height / max(width, height)) <= 32 / side


def test_the_line_of_readings():
    text = LiveStats(frames=29.7, age=0.023, dropped=4, detections=11.25, side=256).text
    assert text == "30 fps  ·  age 23 ms  ·  dropped 4  ·  11.2 detections/s  ·  input 256 px"
    assert "input" not in LiveStats().text
