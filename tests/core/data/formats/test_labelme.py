"""labelme: labels as people write them, ellipses as people draw them, foreign shapes and keys kept."""

from __future__ import annotations

import base64
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.formats.ellipses import extremes, from_corners, from_extremes, from_rim, rim
from clipsym_core.data.formats.values import BadValue
from clipsym_core.data.report import Report
from clipsym_core.symmetry import ReflectionEllipse, RotationCenter, axis_angle_difference

_NO_PICTURE = base64.b64encode(b"no picture").decode()
READ, WRITE = ReadOptions(require_pictures=False), WriteOptions(pictures="none")


def load(root: Path, shapes: list[dict[str, Any]], **more: Any) -> tuple[Any, Report]:
    root.mkdir(exist_ok=True)
    data = {"shapes": shapes, "imagePath": "a.png", "imageWidth": 64, "imageHeight": 48} | more
    (root / "a.json").write_text(json.dumps(data))
    report = Report()
    (picture,) = read_dataset(root, "labelme", READ, report)
    return picture, report


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ({"label": "rotation-4"}, 4),
        ({"label": "rotation_12"}, 12),
        ({"label": "rot 6"}, 6),
        ({"label": "C4"}, 4),
        ({"label": "5-fold"}, 5),
        ({"label": "center (order 3)"}, 3),
        ({"label": "center", "attributes": {"order": 8}}, 8),
        ({"label": "center", "description": "order: 7"}, 7),
        ({"label": "rotation-0"}, 0),
    ],
)
def test_the_order_of_a_point(tmp_path: Path, shape: dict[str, Any], order: int) -> None:
    picture, report = load(tmp_path / "in", [shape | {"shape_type": "point", "points": [[5, 6]]}])
    assert picture.shapes == (RotationCenter(5, 6, order),)
    assert not report.entries
    export([picture], tmp_path / "out", "labelme", options=WRITE)
    (again,) = read_dataset(tmp_path / "out", "labelme", READ)
    assert again == picture
    (written,) = json.loads((tmp_path / "out/a.json").read_text())["shapes"]
    assert written["label"] == shape["label"]  # as the person wrote it


def test_a_point_without_an_order_is_reported(tmp_path: Path) -> None:
    picture, report = load(tmp_path / "in", [{"label": "center", "shape_type": "point", "points": [[5, 6]]}])
    assert not picture.shapes
    assert "label it rotation-N" in report.of("skipped")[0].message


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("circle", [[30, 20], [30, 30]]),
        ("rectangle", [[20, 10], [40, 30]]),
        ("oriented_rectangle", [[20, 10], [40, 10], [40, 30], [20, 30]]),
        ("polygon", [[20, 10], [40, 10], [40, 30], [20, 30]]),
        ("polygon", [[30 + 10 * math.cos(t), 20 + 10 * math.sin(t)] for t in range(9)]),
    ],
)
def test_a_disc_in_every_form(tmp_path: Path, kind: str, points: list[list[float]]) -> None:
    picture, _ = load(tmp_path / "in", [{"label": "reflection-circle", "shape_type": kind, "points": points}])
    (disc,) = picture.ellipses
    assert (disc.cx, disc.cy, disc.rx, disc.ry) == pytest.approx((30, 20, 10, 10))
    picture, report = load(tmp_path / "in", [{"label": "person", "shape_type": kind, "points": points}])
    assert not picture.shapes
    assert "no symmetry" in report.of("note")[0].message


def test_foreign_shapes_flags_and_keys_come_back(tmp_path: Path) -> None:
    person = {"label": "person", "shape_type": "polygon", "points": [[0, 0], [5, 0], [5, 5]], "group_id": 3,
              "description": "x", "flags": {"a": True}, "mask": None}  # fmt: skip
    axis = {"label": "my axis", "shape_type": "line", "points": [[0, 0], [5, 0]], "group_id": 7, "flags": {"b": False},
            "description": "", "difficult": True}  # fmt: skip
    picture, _ = load(tmp_path / "in", [person, axis], version="4.5.6", flags={"night": True}, lineColor=[1, 2])
    export([picture], tmp_path / "out", "labelme", options=WRITE)
    written = json.loads((tmp_path / "out/a.json").read_text())
    assert sorted(written["shapes"], key=lambda s: s["label"]) == [axis, person]
    assert (written["version"], written["flags"], written["lineColor"]) == ("4.5.6", {"night": True}, [1, 2])
    export([picture], tmp_path / "native", "native", options=WRITE)  # and through another format
    (again,) = read_dataset(tmp_path / "native", "native", READ)
    assert again.extra == picture.extra


def test_two_pictures_of_one_name(tmp_path: Path) -> None:
    picture, _ = load(tmp_path / "in", [{"label": "a", "shape_type": "line", "points": [[0, 0], [5, 0]]}])
    report = export([picture, replace(picture, path="a.jpg")], tmp_path / "out", "labelme", options=WRITE)
    assert sorted(p.path for p in read_dataset(tmp_path / "out", "labelme", READ)) == ["a.jpg", "a.png"]
    assert "a-2.json" in report.of("changed")[0].message


ellipses = st.builds(
    ReflectionEllipse, st.floats(-500, 500), st.floats(-500, 500), st.floats(5, 300), st.floats(5, 300),
    st.floats(0, 179.9),
)  # fmt: skip


@given(ellipses)
def test_four_and_five_extreme_points(shape: ReflectionEllipse) -> None:
    up, down, left, right = extremes(shape)
    for at in ((up, down, left, right), (shape.center, up, down, left, right)):
        found = from_extremes(at, "")
        assert (found.cx, found.cy, found.rx, found.ry) == pytest.approx((shape.cx, shape.cy, shape.rx, shape.ry))
        assert axis_angle_difference(found.angle, shape.angle) < 1e-6


@given(ellipses, st.integers(6, 40))
def test_points_on_a_rim(shape: ReflectionEllipse, count: int) -> None:
    found = from_rim(rim(shape, count), "")
    assert (found.cx, found.cy, found.rx, found.ry) == pytest.approx(
        (shape.cx, shape.cy, shape.rx, shape.ry), rel=1e-4, abs=1e-4
    )


@pytest.mark.parametrize(
    "at",
    [
        [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)],
        [(0, 0)] * 6,
        [(0, 0), (1, 1), (2, 4), (3, 9), (-1, 1), (-2, 4)],
        [(1, 1), (2, 0.5), (4, 0.25), (-1, -1), (-2, -0.5), (-4, -0.25)],
        [(0, 0), (4, 0), (4, 3), (1, 3)],
        [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 2)],
    ],
)
def test_polygons_that_are_no_ellipse(at: list[tuple[float, float]]) -> None:
    with pytest.raises(BadValue):
        from_rim(at, "shapes[0].points")


def test_corners_without_area() -> None:
    with pytest.raises(BadValue, match="no area"):
        from_corners([(0, 0), (0, 0), (1, 1), (1, 1)], "")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def picture_bytes(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 200, 30)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_an_embedded_picture_stands_in_for_a_missing_one(tmp_path: Path, monkeypatch, kind: str, suffix: str) -> None:
    monkeypatch.setenv("SYMVIEWER_HOME", str(tmp_path / "home"))
    content = picture_bytes(kind)
    line = {"label": "reflection", "shape_type": "line", "points": [[5, 6], [5, 40]]}
    picture, report = load(tmp_path / "in", [line], imagePath="C:\\else\\where.bmp", imageData=_text(content))
    assert picture.path == f"a{suffix}"
    assert picture.file.read_bytes() == content
    assert any("embedded picture is taken" in entry.message for entry in report.entries)
    export([picture], tmp_path / "out", "native")
    (again,) = read_dataset(tmp_path / "out", "native")
    assert again.shapes == picture.shapes
    assert again.file.read_bytes() == content


@pytest.mark.parametrize(
    ("data", "says"),
    [("%%%", "cannot be read"), (_NO_PICTURE, "cannot be read"), (7, "no text"), ("SMALL", "32 x 24")],
)
def test_a_bad_embedded_picture_is_reported(tmp_path: Path, monkeypatch, data: object, says: str) -> None:
    monkeypatch.setenv("SYMVIEWER_HOME", str(tmp_path / "home"))
    if data == "SMALL":
        buffer = io.BytesIO()
        Image.new("RGB", (32, 24)).save(buffer, "PNG")
        data = _text(buffer.getvalue())
    (tmp_path / "a.json").write_text(
        json.dumps({"shapes": [], "imagePath": "a.png", "imageWidth": 64, "imageHeight": 48, "imageData": data})
    )
    report = Report()
    assert not list(read_dataset(tmp_path, "labelme", ReadOptions(), report))
    (entry,) = report.entries
    assert entry.place == "imageData"
    assert says in entry.message


def test_a_picture_that_is_there_is_preferred_to_the_embedded_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture_bytes("PNG"))
    picture, report = load(tmp_path, [], imageData=_text(picture_bytes("JPEG")))
    assert picture.file == tmp_path / "a.png"
    assert not report.entries
