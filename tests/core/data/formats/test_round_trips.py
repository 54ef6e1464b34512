"""Every format gives back what it was given; what it cannot hold is named in the report."""

from __future__ import annotations

import math
import re
import string
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clipsym_core.data.annotation import SPLITS, STATES, AnnotatedPicture, Annotation
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.formats.registry import get_format
from clipsym_core.data.report import Report
from clipsym_core.symmetry import (
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    axis_angle_difference,
)

few = hypothesis_settings(max_examples=15)
FULL = ("native", "labelme", "coco", "csv", "dendi")

coordinates = st.floats(-2000, 2000, allow_nan=False).map(lambda v: round(v, 6))
radii = st.floats(0.5, 900).map(lambda v: round(v, 6))
orders = st.sampled_from([0, 2, 3, 4, 5, 6, 7, 8, 12, 13, 29, 360])
points = st.tuples(coordinates, coordinates)


def axes(most: int = 5) -> st.SearchStrategy[ReflectionAxis]:
    several = st.lists(points, min_size=2, max_size=most).filter(lambda at: any(p != at[0] for p in at))
    return several.map(lambda at: ReflectionAxis(tuple(at)))


centers = st.builds(RotationCenter, coordinates, coordinates, orders)
ellipses = st.builds(
    ReflectionEllipse, coordinates, coordinates, radii, radii, st.floats(0, 179.99).map(lambda v: round(v, 4))
)
shapes = st.one_of(axes(), centers, ellipses)

json_scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | coordinates | st.text(max_size=8)
json_values = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
foreign_extras: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.just("othertool"), st.dictionaries(st.text(min_size=1, max_size=6), json_values, min_size=1, max_size=3)
)

suggestions = st.builds(
    Detection,
    shapes,
    st.floats(0, 1).map(lambda v: round(v, 4)),
    st.sampled_from(["clipsym-lite", "features"]),
    st.dictionaries(st.sampled_from(["heat", "contrast"]), coordinates, max_size=2),
)

_letters = string.ascii_letters + string.digits + " _-+()é漢ß"
names = (
    st.text(_letters, min_size=1, max_size=8)
    .map(lambda s: s.strip())
    # Windows reserves these, the last two with a digit, which a file's number may add.
    .filter(lambda s: s and not re.fullmatch(r"con|prn|aux|nul|(com|lpt)\d*", s.casefold()))
)
sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@st.composite
def pictures(draw: st.DrawFn, number: int = 0, *, shape: st.SearchStrategy[Any] = shapes) -> AnnotatedPicture:
    folders = draw(st.lists(names, max_size=2))
    path = "/".join([*folders, f"{draw(names)}{number}.png"])
    found = draw(st.lists(st.builds(Annotation, shape, foreign_extras), max_size=4))
    return AnnotatedPicture(
        path=path,
        size=draw(sizes),
        annotations=tuple(found),
        suggestions=tuple(draw(st.lists(suggestions, max_size=2))),
        state=draw(st.sampled_from(STATES)),
        group=draw(st.text(_letters, max_size=6)),
        split=draw(st.sampled_from(["", *SPLITS])),
        extra=draw(foreign_extras),
    )


@st.composite
def datasets(draw: st.DrawFn, *, shape: st.SearchStrategy[Any] = shapes) -> list[AnnotatedPicture]:
    """One to four records whose paths differ."""
    count = draw(st.integers(1, 4))
    return [draw(pictures(number, shape=shape)) for number in range(count)]


def there_and_back(
    pictures: list[AnnotatedPicture], name: str, *, file: str | None = None, options: WriteOptions | None = None
) -> tuple[list[AnnotatedPicture], Report, Report]:
    """The records after an export of annotations alone and an import, with both reports."""
    out, back = Report(), Report()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / (file or "out")
        options = replace(options or WriteOptions(), pictures="none")
        export(pictures, target, name, options=options, report=out, allow_empty=True)
        found = list(read_dataset(target, name, ReadOptions(require_pictures=False, state="none"), back))
    return found, out, back


def assert_close(a: Shape, b: Shape, tolerance: float = 1e-6) -> None:
    """The same shape; ellipses may name their semi-axes the other way round."""
    match a, b:
        case ReflectionAxis(), ReflectionAxis():
            assert len(a.points) == len(b.points)
            assert all(math.dist(p, q) <= tolerance for p, q in zip(a.points, b.points, strict=True))
        case RotationCenter(), RotationCenter():
            assert math.dist(a.point, b.point) <= tolerance
            assert a.order == b.order
        case ReflectionEllipse(), ReflectionEllipse():
            assert math.dist(a.center, b.center) <= tolerance
            assert (b.rx, b.ry) == pytest.approx((a.rx, a.ry), rel=tolerance, abs=tolerance)
            if abs(a.rx - a.ry) > 1e-3 * a.rx:
                assert axis_angle_difference(a.angle, b.angle) <= math.degrees(tolerance) * max(1.0, 1e3 / a.rx)
        case _:
            pytest.fail(f"{a} became {b}")


def assert_same(before: AnnotatedPicture, after: AnnotatedPicture, *, exact: bool) -> None:
    fields = ("path", "size", "state", "group", "split", "extra", "suggestions")
    assert {f: getattr(after, f) for f in fields} == {f: getattr(before, f) for f in fields}
    assert [dict(a.extra) for a in after.annotations] == [dict(a.extra) for a in before.annotations]
    if exact:
        assert after.shapes == before.shapes
    else:
        assert len(after.shapes) == len(before.shapes)
        for a, b in zip(before.shapes, after.shapes, strict=True):
            assert_close(a, b)


@few
@given(datasets())
@pytest.mark.parametrize("name", FULL)
def test_formats_that_hold_everything_give_back_the_very_same(name: str, pictures: list[AnnotatedPicture]) -> None:
    found, out, back = there_and_back(pictures, name)
    by_path = {p.path: p for p in found}
    assert not back.entries
    assert len(found) == len(pictures)
    for picture in pictures:
        assert_same(picture, by_path[picture.path], exact=name in ("native", "csv", "coco"))
    assert not out.of("lost")
    assert not out.of("skipped")


@few
@given(datasets())
@pytest.mark.parametrize(("name", "file"), [("csv", "table.csv"), ("coco", "all.json")])
def test_one_file(name: str, file: str, pictures: list[AnnotatedPicture]) -> None:
    pictures = [replace(p, split="") for p in pictures]
    found, _, back = there_and_back(pictures, name, file=file)
    assert not back.entries
    assert [p.path for p in found] == [p.path for p in pictures]


@few
@given(datasets(shape=ellipses))
def test_labelme_ellipses_as_polygons(pictures: list[AnnotatedPicture]) -> None:
    found, _, back = there_and_back(pictures, "labelme", options=WriteOptions(ellipses="polygon"))
    assert not back.entries
    shapes_after = {p.path: p.shapes for p in found}
    for picture in pictures:
        for a, b in zip(picture.shapes, shapes_after[picture.path], strict=True):
            assert isinstance(a, ReflectionEllipse)
            if 0.02 < a.rx / a.ry < 50:  # a sliver's rim, fitted far from the origin, loses digits
                assert_close(a, b, 1e-4)


def expected_axes(picture: AnnotatedPicture) -> list[ReflectionAxis]:
    """What a format of straight axes can hold of a record."""
    segments = [(p, q) for a in picture.axes for p, q in zip(a.points, a.points[1:], strict=False) if p != q]
    return [ReflectionAxis(s) for s in segments]


@few
@given(datasets())
@pytest.mark.parametrize("name", ["sdrw", "nyu", "ldrs"])
def test_formats_of_straight_axes(name: str, pictures: list[AnnotatedPicture]) -> None:
    usable = [p for p in pictures if expected_axes(p)]
    if not usable:
        return
    found, out, back = there_and_back(pictures, name)
    assert not back.entries
    held = [p for p in found if p.axes]
    key = lambda axes: sorted(a.points for a in axes)  # noqa: E731
    assert sorted(key(p.axes) for p in held) == sorted(key(expected_axes(p)) for p in usable)
    told = " ".join(e.message for e in out.entries)
    assert ("a rotation center" in told) == any(p.centers for p in pictures)
    assert ("an ellipse" in told) == any(p.ellipses for p in pictures)
    assert ("bent axis" in told) == any(not a.is_straight for p in pictures for a in p.axes)
    if name != "ldrs":
        assert ("the group" in told) == any(p.group for p in pictures)
        assert ("suggestions" in told) == any(p.suggestions for p in pictures)
        assert len(out.of("skipped")) == len(pictures) - len(usable)
    if name != "nyu":
        assert {p.split for p in found} <= {"train", "val", "test"}


@few
@given(datasets())
def test_detections(pictures: list[AnnotatedPicture]) -> None:
    pictures = [p for p in pictures if p.suggestions or not p.annotations]
    if not pictures:
        return
    found, out, back = there_and_back(pictures, "detections")
    assert not back.entries
    for before, after in zip(pictures, found, strict=True):
        assert (after.path, after.size) == (before.path, before.size)
        assert sorted(d.score for d in after.suggestions) == sorted(d.score for d in before.suggestions)
    told = " ".join(e.message for e in out.of("lost"))
    assert ("a mirror axis" in told) == any(p.axes for p in pictures)
    assert ("evidence" in told) == any(d.evidence for p in pictures for d in p.suggestions)


@few
@given(datasets(), st.sampled_from(FULL), st.sampled_from(FULL))
def test_records_survive_one_format_after_the_other(pictures: list[AnnotatedPicture], first: str, second: str) -> None:
    once, _, _ = there_and_back(pictures, first)
    twice, _, back = there_and_back(once, second)
    assert not back.entries
    by_path = {p.path: p for p in twice}
    for picture in once:
        assert_same(picture, by_path[picture.path], exact=False)


def test_every_format_is_tried() -> None:
    tried = {*FULL, "sdrw", "nyu", "ldrs", "detections", "iccv2017", "targets", "overlays", "project", "shards"}
    from clipsym_core.data.formats.registry import format_names

    assert set(format_names()) == tried
    assert {n for n in tried if not get_format(n).readable} == {"targets", "overlays", "shards"}
