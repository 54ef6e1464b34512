"""The form clipsym-detections/1, which later tools rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.formats.detections import DetectionsFile, ImageRecord, read_detections
from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter

FOUND = (
    Detection(RotationCenter(3.25, 4.5, 0), 0.4, "m"),
    Detection(ReflectionAxis(((1, 2), (30.12345, 40), (50, 60))), 0.25, "m"),
    Detection(ReflectionAxis(((0.5, 0.5), (10, 10))), 0.75, "m"),
    Detection(ReflectionEllipse(5, 6, 7, 8, 135), 1.0, "m"),
)
FILE = DetectionsFile(
    model="clipsym-lite",
    images=(
        ImageRecord.found("folder/a.jpg", (640, 480), FOUND),
        ImageRecord.failed("broken.png", "It is empty."),
    ),
)


def test_the_form_is_pinned_to_the_letter() -> None:
    assert FILE.to_json() == (
        '{"format":"clipsym-detections/1","model":"clipsym-lite","images":[\n'
        '{"file":"folder/a.jpg","width":640,"height":480,'
        '"axes":[{"points":[[0.5,0.5],[10.0,10.0]],"score":0.75},'
        '{"points":[[1.0,2.0],[30.123,40.0],[50.0,60.0]],"score":0.25}],'
        '"centers":[{"x":3.25,"y":4.5,"order":0,"score":0.4}],'
        '"ellipses":[{"cx":5.0,"cy":6.0,"rx":7.0,"ry":8.0,"angle":135.0,"score":1.0}],"error":null},\n'
        '{"file":"broken.png","width":null,"height":null,"axes":[],"centers":[],"ellipses":[],"error":"It is empty."}\n'
        "]}\n"
    )


def test_a_file_without_pictures_is_json_too() -> None:
    assert json.loads(DetectionsFile(model="m", images=()).to_json()) == {
        "format": "clipsym-detections/1",
        "model": "m",
        "images": [],
    }


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text(FILE.to_json(), encoding="utf-8")
    assert read_detections(tmp_path / "out.json") == FILE


def test_records_become_detections_again_best_first() -> None:
    again = FILE.images[0].detections("m")
    assert [d.score for d in again] == [1.0, 0.75, 0.4, 0.25]
    assert again[0] == FOUND[3]
    assert again[2] == FOUND[0]


number = st.floats(-1e5, 1e5, allow_nan=False)


@given(st.lists(st.tuples(number, number), min_size=2, max_size=5, unique=True), st.floats(0, 1))
def test_rounding_moves_a_point_by_less_than_a_thousandth_of_a_pixel(
    points: list[tuple[float, float]], score: float
) -> None:
    record = ImageRecord.found("a", (1, 1), (Detection(ReflectionAxis(tuple(points)), score, "m"),))
    for (x, y), (u, v) in zip(points, record.axes[0].points, strict=True):
        assert abs(x - u) <= 0.00051
        assert abs(y - v) <= 0.00051
    assert abs(record.axes[0].score - score) <= 0.000051


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("no json", "the file"),
        ('{"format": "clipsym-detections/2", "model": "m", "images": []}', "format"),
        ('{"format": "clipsym-detections/1", "model": "m", "images": [{"file": "a"}]}', "images.0.width"),
        (FILE.to_json().replace('"score":0.75', '"score":1.75'), "images.0.axes.0.score"),
        (FILE.to_json().replace('"order":0', '"orders":0'), "images.0.centers.0.order"),
        (FILE.to_json().replace("3.25", "NaN"), "images.0.centers.0.x"),
    ],
    ids=["text", "version", "missing", "score", "name", "nan"],
)
def test_what_is_not_of_this_form_is_refused_with_the_place(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_detections(path)
    assert caught.value.why.startswith(where)
    assert str(path) in caught.value.what


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_detections(tmp_path / "none.json")
