"""What the pointer hits, as tables, and that nothing depends on the zoom but the size of handles on the screen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model.hit_test import Candidate, Hit, best_hit, hit_test, inside_band, next_under
from symviewer.model.picking import distance
from symviewer.model.shape_edit import ROTATE_DISTANCE, Part, handles
from tests.model.shapes_strategy import shapes

AXIS = ReflectionAxis(((100.0, 200.0), (300.0, 200.0)))
POLYLINE = ReflectionAxis(((0.0, 400.0), (100.0, 400.0), (100.0, 500.0)))
CENTER = RotationCenter(200.0, 200.0, 4)
ELLIPSE = ReflectionEllipse(500.0, 200.0, 100.0, 40.0, 90.0)


@pytest.mark.parametrize(
    ("shape", "selected", "locked", "point", "part", "index"),
    [
        # An axis, from end to end.
        (AXIS, False, False, (100.0, 200.0), Part.END, 0),
        (AXIS, False, False, (304.0, 203.0), Part.END, 1),
        (AXIS, False, False, (150.0, 207.0), Part.BODY, 0),
        (AXIS, False, False, (150.0, 209.0), None, 0),
        (AXIS, False, False, (200.0, 200.0), Part.BODY, 0),
        (AXIS, True, False, (200.0, 200.0), Part.MIDDLE, 0),
        (AXIS, False, False, (200.0, 200.0 - ROTATE_DISTANCE), None, 0),
        (AXIS, True, False, (200.0, 200.0 - ROTATE_DISTANCE), Part.ROTATE, 0),
        (AXIS, True, True, (100.0, 200.0), Part.BODY, 0),
        (AXIS, True, True, (200.0, 200.0 - ROTATE_DISTANCE), None, 0),
        # Every point of a polyline is an end; the middle lies half-way along it.
        (POLYLINE, False, False, (100.0, 400.0), Part.END, 1),
        (POLYLINE, False, False, (100.0, 450.0), Part.BODY, 0),
        (POLYLINE, False, False, (50.0, 450.0), None, 0),
        # A center is its middle, selected or not.
        (CENTER, False, False, (203.0, 204.0), Part.MIDDLE, 0),
        (CENTER, True, False, (200.0, 200.0), Part.MIDDLE, 0),
        (CENTER, False, True, (200.0, 200.0), Part.BODY, 0),
        (CENTER, False, False, (200.0, 209.0), None, 0),
        # The long semi-axis of this ellipse points up.
        (ELLIPSE, False, False, (500.0, 100.0), Part.END, 0),
        (ELLIPSE, False, False, (540.0, 200.0), Part.END, 1),
        (ELLIPSE, False, False, (500.0, 300.0), Part.END, 2),
        (ELLIPSE, False, False, (460.0, 200.0), Part.END, 3),
        (ELLIPSE, True, False, (500.0, 100.0 - ROTATE_DISTANCE), Part.ROTATE, 0),
        (ELLIPSE, True, False, (500.0, 200.0), Part.MIDDLE, 0),
        (ELLIPSE, False, False, (500.0, 200.0), Part.INSIDE, 0),
        (ELLIPSE, False, False, (500.0 + 40 * math.sqrt(0.5), 200.0 + 100 * math.sqrt(0.5)), Part.BODY, 0),
        (ELLIPSE, False, False, (545.0, 110.0), None, 0),
    ],
)
def test_parts(
    shape: ReflectionAxis, selected: bool, locked: bool, point: Point, part: Part | None, index: int
) -> None:
    hit = best_hit([Candidate("x", shape, selected, locked)], point, zoom=1.0)
    assert hit == (None if part is None else Hit("x", part, index))


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((100.0, 200.0), ["axis"]),
        ((200.0, 200.0), ["center", "axis"]),  # a middle before a body, although both lie exactly here
        ((300.0, 200.0), ["second", "axis"]),  # two ends at one place: the one drawn later
        ((300.0, 203.0), ["second", "axis"]),
        ((250.0, 203.0), ["axis"]),
    ],
)
def test_order_of_overlapping_shapes(point: Point, expected: list[str]) -> None:
    second = ReflectionAxis(((300.0, 200.0), (300.0, 400.0)))
    candidates = [Candidate("center", CENTER), Candidate("axis", AXIS), Candidate("second", second)]
    assert [hit.id for hit in hit_test(candidates, point, zoom=1.0)] == expected


def test_the_selected_shape_wins_at_equal_priority() -> None:
    below, above = Candidate("below", AXIS, selected=True), Candidate("above", AXIS)
    assert best_hit([below, above], (100.0, 200.0), zoom=1.0) == Hit("below", Part.END, 0)


def test_the_smaller_of_two_ellipses_is_meant_inside_both() -> None:
    large = ReflectionEllipse(0.0, 0.0, 300.0, 300.0)
    small = ReflectionEllipse(0.0, 0.0, 100.0, 100.0)
    for candidates in ([Candidate("l", large), Candidate("s", small)], [Candidate("s", small), Candidate("l", large)]):
        assert [hit.id for hit in hit_test(candidates, (20.0, 20.0), zoom=1.0)] == ["s", "l"]


def test_tab_goes_round_all_shapes_under_the_pointer() -> None:
    shapes = {"a": AXIS, "b": ReflectionAxis(((200.0, 100.0), (200.0, 300.0))), "c": CENTER, "far": POLYLINE}
    selected: str | None = None
    visited = []
    for _ in range(6):
        candidates = [Candidate(name, shape, name == selected) for name, shape in shapes.items()]
        hit = next_under(candidates, (201.0, 201.0), selected, zoom=1.0)
        assert hit is not None
        selected = hit.id
        visited.append(selected)
    assert set(visited[:3]) == {"a", "b", "c"}
    assert visited[3:] == visited[:3]
    assert next_under([Candidate("a", AXIS)], (0.0, 0.0), "a", zoom=1.0) is None


def test_rubber_band_takes_what_lies_inside_completely() -> None:
    candidates = [Candidate("axis", AXIS), Candidate("center", CENTER), Candidate("ellipse", ELLIPSE)]
    assert inside_band(candidates, (301.0, 201.0), (99.0, 199.0)) == ["axis", "center"]
    assert inside_band(candidates, (150.0, 150.0), (299.0, 250.0)) == ["center"]
    assert inside_band(candidates, (459.0, 99.0), (541.0, 301.0)) == ["ellipse"]
    assert inside_band(candidates, (461.0, 99.0), (541.0, 301.0)) == []


@given(shapes, st.floats(0.05, 20.0), st.booleans())
def test_every_handle_of_a_selected_shape_can_be_taken(shape: ReflectionAxis, zoom: float, far: bool) -> None:
    for handle in handles(shape, zoom):
        hit = best_hit([Candidate("x", shape, selected=True)], handle.point, zoom=zoom)
        assert hit is not None
        taken = {(h.part, h.index): h.point for h in handles(shape, zoom)}[hit.part, hit.index]
        assert math.dist(taken, handle.point) * zoom <= 8.0
        # Only where two handles lie on each other is it another one, and then one that goes first.
        assert list(Part).index(hit.part) <= list(Part).index(handle.part)


@given(shapes, st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 10.0))
def test_reach_is_measured_on_the_screen(shape: ReflectionAxis, dx: float, dy: float, zoom: float) -> None:
    x, y = handles(shape, 1.0)[0].point
    point = (x + dx / zoom, y + dy / zoom)
    away = distance(shape, point) * zoom
    hit = best_hit([Candidate("x", shape)], point, zoom=zoom)
    if away <= 7.9:
        assert hit is not None
    elif away >= 8.1 and not isinstance(shape, ReflectionEllipse):
        assert hit is None


@given(st.floats(0.5, 500.0), st.floats(0.5, 500.0), st.floats(0.0, 179.0), st.floats(-600, 600), st.floats(-600, 600))
def test_distance_to_an_ellipse(rx: float, ry: float, angle: float, x: float, y: float) -> None:
    ellipse = ReflectionEllipse(0.0, 0.0, rx, ry, angle)
    t = np.linspace(0.0, 2 * np.pi, 20_001)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    px, py = rx * np.cos(t), ry * np.sin(t)
    on_it = np.stack([px * c + py * s, -px * s + py * c], axis=1)
    expected = float(np.hypot(*(on_it - (x, y)).T).min())
    assert distance(ellipse, (x, y)) == pytest.approx(expected, abs=0.1, rel=0.01)
