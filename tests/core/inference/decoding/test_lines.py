from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.inference.decoding.hough import LineVotes
from clipsym_core.inference.decoding.lines import Line, positions, sample_strip, segment_between
from clipsym_core.inference.decoding.ridges import agrees, orientation, ridge_field

coordinate = st.floats(-50, 50)


def line(angle: float, x: float = 30.0, y: float = 20.0) -> Line:
    return Line(x, y, math.cos(math.radians(angle)), math.sin(math.radians(angle)))


@given(angle=st.floats(0, 360), t=coordinate, o=coordinate)
def test_position_and_offset_undo_point(angle: float, t: float, o: float) -> None:
    here = line(angle)
    assert here.position(here.point(t, o)) == pytest.approx(t, abs=1e-9)
    assert here.offset(here.point(t, o)) == pytest.approx(o, abs=1e-9)


@given(angle=st.floats(0, 360), slope=st.floats(-1, 1), shift=coordinate, t=coordinate)
def test_a_turned_line_is_the_line_of_its_equation(angle: float, slope: float, shift: float, t: float) -> None:
    turned = line(angle).turned(slope, shift)
    assert turned.offset(line(angle).point(t, shift + slope * t)) == pytest.approx(0.0, abs=1e-9)
    assert math.hypot(turned.ux, turned.uy) == pytest.approx(1.0)


@given(angle=st.floats(0, 360), near=st.tuples(coordinate, coordinate))
def test_anchoring_keeps_the_line(angle: float, near: tuple[float, float]) -> None:
    anchored = line(angle).anchored(near)
    assert line(angle).offset((anchored.x, anchored.y)) == pytest.approx(0.0, abs=1e-9)
    assert anchored.position(near) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (line(0), (-30, 70)),
        (line(90), (-20, 40)),
        (line(0, y=70), (0, 0)),
        (Line(0, 0, math.sqrt(0.5), math.sqrt(0.5)), (0, 60 * math.sqrt(2))),
    ],
)
def test_span(here: Line, expected: tuple[float, float]) -> None:
    assert here.span(100, 60) == pytest.approx(expected)


def test_positions_read_the_same_both_ways() -> None:
    assert positions(-2.2, 3.7).tolist() == [-1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    assert (-positions(-3.7, 2.2)[::-1]).tolist() == positions(-2.2, 3.7).tolist()


def test_segment_between() -> None:
    segment = segment_between((10, 20), (40, 60))
    assert segment.length == pytest.approx(50)
    assert segment.ends[0] == pytest.approx((10, 20))
    assert segment.ends[1] == pytest.approx((40, 60))
    with pytest.raises(ValueError):
        segment_between((1, 1), (1, 1))


def test_strips_sample_between_pixel_centers() -> None:
    rows, columns = np.indices((40, 60), dtype=np.float32)
    ramp = 2.0 * (columns + 0.5) + 3.0 * (rows + 0.5)
    here = line(30)
    t = positions(-10, 10)
    strip = sample_strip(ramp, here, t, 4)
    x, y = here.point(float(t[3]), -4.0)
    assert strip.shape == (len(t), 9)
    assert strip[3, 0] == pytest.approx(2 * x + 3 * y, abs=0.2)


def test_outside_strips_repeat_the_edge() -> None:
    ramp = np.repeat(np.arange(60, dtype=np.float32)[None], 40, axis=0)
    strip = sample_strip(ramp, line(90, x=59.5), positions(-5, 5), 3)
    assert sorted(set(strip[0].tolist())) == [56.0, 57.0, 58.0, 59.0]


def test_orientation_is_that_of_the_ridge() -> None:
    rows, columns = np.indices((80, 80), dtype=np.float32)
    for angle in (0.0, 30.0, 90.0, 135.0):
        here = line(angle, 40, 40)
        nx, ny = here.normal
        distance = (columns + 0.5 - 40) * nx + (rows + 0.5 - 40) * ny
        field = ridge_field(np.exp(-(distance**2) / 18).astype(np.float32), smoothing=1.2, integration=3.0)
        measured, coherence = orientation(field.maps[40, 40])
        assert abs((measured - angle + 90) % 180 - 90) < 1.0
        assert coherence > 0.8
        tensor = field.maps[40:41, 40]
        assert agrees(tensor, here.ux, here.uy, gate=15, coherence=0.3).all()
        other = line(angle + 40)
        assert not agrees(tensor, other.ux, other.uy, gate=15, coherence=0.3).any()


def votes_of_two_lines() -> LineVotes:
    """40 pixels on y = 30 and 25 on x = 70, on a map of 100 x 80."""
    x = np.concatenate([np.arange(20, 60) + 0.5, np.full(25, 70.0)]).astype(np.float32)
    y = np.concatenate([np.full(40, 30.0), np.arange(40, 65) + 0.5]).astype(np.float32)
    angle = np.concatenate([np.zeros(40), np.full(25, 90.0)]).astype(np.float32)
    return LineVotes(x, y, np.ones(65, np.float32), angle, np.ones(65, np.bool_), (100, 80), 12)


def test_the_strongest_line_comes_first_and_goes_with_its_votes() -> None:
    votes = votes_of_two_lines()
    first, strength = votes.strongest()
    assert first.offset((40.0, 30.0)) == pytest.approx(0.0, abs=0.6)
    assert abs(first.uy) < 0.02
    votes.take_back(np.arange(65) < 40)
    second, weaker = votes.strongest()
    assert second.offset((70.0, 50.0)) == pytest.approx(0.0, abs=0.6)
    assert abs(second.ux) < 0.02
    assert weaker < strength
    votes.take_back(np.ones(65, np.bool_))
    assert votes.strongest()[1] == pytest.approx(0.0, abs=1e-3)


def test_a_discarded_line_is_not_proposed_again() -> None:
    votes = votes_of_two_lines()
    votes.discard(votes.strongest()[0], angles=14)
    assert abs(votes.strongest()[0].ux) < 0.02


def test_votes_can_be_taken_back_only_once() -> None:
    votes = votes_of_two_lines()
    chosen = np.arange(65) >= 40
    votes.take_back(chosen)
    _, before = votes.strongest()
    votes.take_back(chosen)
    assert votes.strongest()[1] == before
