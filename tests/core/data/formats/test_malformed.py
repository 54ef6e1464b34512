"""Broken input: each fault is reported with its file and place, and the rest goes in."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.formats.matfile import write_mat
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter

NAN = float("nan")
Json = dict[str, Any]


def read(root: Path, name: str, **options: Any) -> tuple[list[AnnotatedPicture], Report]:
    report = Report()
    return list(read_dataset(root, name, ReadOptions(**options), report)), report


def picture(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 40)).save(path)
    return path


# -- one picture a JSON file: native, labelme, DENDI, LDRS ------------------------------------------------------------


def native(name: str) -> Json:
    return {
        "format": "clipsym-annotation/1", "picture": name, "width": 64, "height": 48, "state": "verified",
        "shapes": [{"type": "axis", "points": [[1, 2], [3, 4]]}, {"type": "center", "x": 5, "y": 6, "order": 4}],
    }  # fmt: skip


def labelme(name: str) -> Json:
    return {
        "version": "5.5.0", "imagePath": name, "imageWidth": 64, "imageHeight": 48, "imageData": None, "flags": {},
        "shapes": [
            {"label": "reflection", "shape_type": "line", "points": [[1, 2], [3, 4]]},
            {"label": "rotation-4", "shape_type": "point", "points": [[5, 6]]},
        ],
    }  # fmt: skip


def dendi(name: str) -> Json:
    return {
        "figures": [
            {"label": "reflection", "shape": {"type": "polyline", "coordinates": [[1, 2], [3, 4]]}},
            {"label": "rotation-polygon", "shape": {"coordinates": [[5, 6]]}, "attributes": [{"value": 4}]},
        ]
    }


def ldrs(name: str) -> Json:
    return {
        "imageWidth": 64, "imageHeight": 48,
        "shapes": [{"label": "a", "points": [[1, 2], [3, 4]]}, {"label": "a", "points": [[5, 6], [7, 9]]}],
    }  # fmt: skip


JSON_FORMATS: dict[str, tuple[Callable[[str], Json], str, str]] = {
    # format: (a good file for a picture, where the file of NAME.png lies, where the picture lies)
    "native": (native, "{}.png.sym.json", "{}.png"),
    "labelme": (labelme, "{}.json", "{}.png"),
    "dendi": (dendi, "symmetry/{}.png.json", "symmetry/{}.png"),
    "ldrs": (ldrs, "train/{}.json", "train/{}.png"),
}


def dataset(root: Path, name: str, text: bytes) -> tuple[str, int]:
    """A good picture "good" and one "bad" whose file holds `text`; returns the bad file's name and the good shapes."""
    make, file, image = JSON_FORMATS[name]
    for stem in ("good", "bad"):
        picture(root / image.format(stem))
    (root / file.format("good")).write_text(json.dumps(make("good.png")))
    (root / file.format("bad")).write_bytes(text)
    return file.format("bad"), 2


GOOD = {name: json.dumps(make("bad.png")).encode() for name, (make, _, _) in JSON_FORMATS.items()}
WHOLE_FILE = {
    "empty": (lambda good: b"", "empty"),
    "truncated": (lambda good: good[: len(good) // 2], "Not JSON"),
    "a list": (lambda good: b"[1, 2]", "Expected an object"),
    "a text": (lambda good: b'"figures"', "Expected an object"),
    "latin-1": (lambda good: good[:-1] + ', "note": "Å"}'.encode("latin-1"), "UTF-8"),
    "binary": (lambda good: bytes(range(256)), "Not JSON|UTF|Expected"),
    "nested too deeply": (lambda good: b'{"a":' * 100_000, "nested too deeply|Not JSON"),
    "a number of 10,000 digits": (lambda good: b'{"shapes": [' + b"9" * 10_000 + b"]}", "Not JSON|Expected|missing"),
}


@pytest.mark.parametrize("fault", WHOLE_FILE)
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_broken_files_are_named_and_the_rest_goes_in(tmp_path: Path, name: str, fault: str) -> None:
    damage, message = WHOLE_FILE[fault]
    bad, shapes = dataset(tmp_path, name, damage(GOOD[name]))
    found, report = read(tmp_path, name)
    assert [len(p.annotations) for p in found] == [shapes]
    entries = [e for e in report.of("skipped") if e.file == bad]
    assert entries
    assert re.search(message, entries[0].message)


def with_shape(name: str, change: Callable[[Json], Any]) -> bytes:
    """The bad file with its first shape changed."""
    data = json.loads(GOOD[name])
    shapes = data["figures" if name == "dendi" else "shapes"]
    shapes[0] = change(shapes[0])
    return json.dumps(data).encode()


def set_points(value: Any) -> Callable[[Json], Json]:
    def change(shape: Json) -> Json:
        if "shape" in shape:
            return shape | {"shape": shape["shape"] | {"coordinates": value}}
        return shape | {"points": value}

    return change


ONE_SHAPE = {
    "NaN": (set_points([[NAN, 2], [3, 4]]), "not finite"),
    "infinity": (set_points([[1, float("inf")], [3, 4]]), "not finite"),
    "huge": (set_points([[1, 1e30], [3, 4]]), "beyond"),
    "text for a number": (set_points([["left", 2], [3, 4]]), "not a number"),
    "true for a number": (set_points([[True, 2], [3, 4]]), "true or false"),
    "one point": (set_points([[1, 2]]), "at least"),
    "no point": (set_points([]), "at least"),
    "points at one place": (set_points([[1, 2], [1, 2]]), "two different points"),
    "three numbers a point": (set_points([[1, 2, 3], [3, 4, 5]]), "two numbers"),
    "points are an object": (set_points({"x": 1}), "Expected a list"),
    "nothing for points": (set_points(None), "Expected a list"),
    "the shape is a list": (lambda shape: [1, 2], "Expected an object"),
    "the shape is nothing": (lambda shape: None, "Expected an object"),
}


@pytest.mark.parametrize("fault", ONE_SHAPE)
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_broken_shapes_are_named_and_the_rest_goes_in(tmp_path: Path, name: str, fault: str) -> None:
    change, message = ONE_SHAPE[fault]
    bad, shapes = dataset(tmp_path, name, with_shape(name, change))
    found, report = read(tmp_path, name)
    assert sorted(len(p.annotations) for p in found) == [shapes - 1, shapes]
    (entry,) = report.of("skipped")
    assert entry.file == bad
    assert entry.place.startswith(("figures[0]", "shapes[0]"))
    assert message in entry.message


@pytest.mark.parametrize("order", [1, -3, 2.5, "many", None, True, [4]])
@pytest.mark.parametrize("name", ["native", "dendi"])
def test_impossible_orders(tmp_path: Path, name: str, order: object) -> None:
    data = json.loads(GOOD[name])
    if name == "native":
        data["shapes"][1]["order"] = order
    else:
        data["figures"][1]["attributes"] = [{"value": order}]
    bad, _ = dataset(tmp_path, name, json.dumps(data).encode())
    found, report = read(tmp_path, name)
    if name == "dendi" and order == -3:  # the field has negative orders and takes their absolute value
        assert not report.entries
        return
    assert sorted(len(p.annotations) for p in found) == [1, 2]
    assert [e.file for e in report.of("skipped")] == [bad]


@pytest.mark.parametrize(
    "path",
    ["../out.png", "a/../../out.png", "/etc/passwd", "C:\\Windows\\a.png", "..\\..\\out.png", "", " ", "a\0b.png",
     "nul", "bad.png:stream", 7, None, ["bad.png"], "x" * 300],
)  # fmt: skip
@pytest.mark.parametrize("name", ["native", "labelme"])
def test_paths_that_leave_the_dataset_are_refused(tmp_path: Path, name: str, path: object) -> None:
    picture(tmp_path / "out.png")
    root = tmp_path / "data"
    key = "picture" if name == "native" else "imagePath"
    bad, _ = dataset(root, name, json.dumps(json.loads(GOOD[name]) | {key: path}).encode())
    found, report = read(root, name, require_pictures=False)
    assert [p.path for p in found] == ["good.png"]
    (entry,) = report.of("skipped")
    assert (entry.file, entry.place) == (bad, key)


def test_labelme_may_name_a_picture_in_a_folder_beside_it(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.json").write_text(json.dumps(labelme("..\\images\\a.png")))
    found, report = read(tmp_path, "labelme")
    assert [p.path for p in found] == ["images/a.png"]
    assert not report.entries


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_missing_pictures(tmp_path: Path, name: str) -> None:
    bad, _ = dataset(tmp_path, name, GOOD[name])
    (tmp_path / JSON_FORMATS[name][2].format("bad")).unlink()
    found, report = read(tmp_path, name)
    assert len(found) == 1
    assert [e.file for e in report.of("skipped")] == [bad]
    assert "missing" in report.of("skipped")[0].message
    assert len(read(tmp_path, name, require_pictures=False)[0]) == 2


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_pictures_that_are_none(tmp_path: Path, name: str) -> None:
    bad, _ = dataset(tmp_path, name, GOOD[name])
    (tmp_path / JSON_FORMATS[name][2].format("bad")).write_bytes(b"not a picture")
    found, report = read(tmp_path, name)
    assert len(found) == 1
    assert [e.file for e in report.of("skipped")] == [bad]


@pytest.mark.parametrize("name", ["native", "labelme", "ldrs"])
def test_pictures_of_another_size(tmp_path: Path, name: str) -> None:
    dataset(tmp_path, name, GOOD[name])
    picture(tmp_path / JSON_FORMATS[name][2].format("bad"), (48, 64))
    found, report = read(tmp_path, name)
    assert len(found) == 1
    assert "EXIF" in report.of("skipped")[0].message


def test_a_second_record_for_a_picture(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(labelme("a.png")))
    found, report = read(tmp_path, "labelme")
    assert len(found) == 1
    assert "twice" in report.of("skipped")[0].message


def test_faults_beside_the_shapes_do_not_cost_the_picture(tmp_path: Path) -> None:
    odd = native("bad.png") | {"state": "perhaps", "split": 5, "group": ["x"], "extra": 3, "suggestions": [{"type": 1}]}
    dataset(tmp_path, "native", json.dumps(odd).encode())
    found, report = read(tmp_path, "native")
    assert [len(p.annotations) for p in found] == [2, 2]
    assert {e.place for e in report.of("skipped")} == {"state", "split", "group", "extra", "suggestions[0].type"}


def test_not_a_number_in_keys_that_survive_becomes_null(tmp_path: Path) -> None:
    odd = labelme("bad.png") | {"zoom": NAN}
    dataset(tmp_path, "labelme", json.dumps(odd).encode())
    found, report = read(tmp_path, "labelme")
    assert found[0].extra == {"labelme": {"zoom": None}}
    assert [e.place for e in report.of("changed")] == [".zoom"]


# -- COCO, CSV, detections: many pictures a file ----------------------------------------------------------------------


def many(root: Path, name: str, count: int = 3) -> Path:
    """An export of `count` pictures "0.png" ... with an axis and a center each, as one file."""
    shapes = (Annotation(ReflectionAxis(((1, 2), (3, 4)))), Annotation(RotationCenter(5, 6, 4)))
    found = tuple(Detection(a.shape, 0.5, "m") for a in shapes)
    records = [
        AnnotatedPicture(
            f"{i}.png",
            (64, 48),
            () if name == "detections" else shapes,
            found if name == "detections" else (),
            state="verified",
            file=picture(root / "in" / f"{i}.png"),
        )
        for i in range(count)
    ]
    export(records, root / "out", name, options=WriteOptions())
    return next(f for f in (root / "out").iterdir() if f.suffix in (".json", ".csv"))


@pytest.mark.parametrize("name", ["coco", "detections"])
def test_a_truncated_file_gives_what_comes_before_its_end(tmp_path: Path, name: str) -> None:
    file = many(tmp_path, name, 40)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    found, report = read(file.parent, name)
    assert 5 < len(found) <= 40
    assert any("ends too early" in e.message and e.place.startswith("line") for e in report.of("skipped"))


COCO_FAULTS: dict[str, tuple[str, str, str]] = {
    # fault: (text in the file, what it becomes, part of the message)
    "NaN": ('"keypoints": [1.0,', '"keypoints": [NaN,', "not finite"),
    "no JSON inside balanced brackets": ('"keypoints": [1.0,', '"keypoints": [one,', "Not JSON"),
    "unknown picture": ('"image_id": 2,', '"image_id": 77,', "id 77, is not in the file"),
    "second picture of an id": ('{"id": 3,', '{"id": 2,', "second picture"),
    "path outside": ('"file_name": "1.png"', '"file_name": "../1.png"', "leaves the dataset"),
    "missing picture": ('"file_name": "1.png"', '"file_name": "9.png"', "missing"),
    "size is text": ('"width": 64', '"width": "wide"', "not a number"),
    "no order": ('"order": 4', '"fold": 4', "needs its order"),
    "not annotated": ('"keypoints": [1.0, 2.0, 2', '"keypoints": [0, 0, 0', "visibility 0"),
    "a person": ('"keypoints": [1.0,', '"keypoints": [9, 9, 2, 1.0,', "Expected two points"),
    "wrong type": ('"keypoints": [1.0,', '"keypoints": {"a": 1}, "was": [1.0,', "Expected a list"),
}


@pytest.mark.parametrize("fault", COCO_FAULTS)
def test_coco(tmp_path: Path, fault: str) -> None:
    before, after, message = COCO_FAULTS[fault]
    file = many(tmp_path, "coco")
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    found, report = read(file.parent, "coco")
    assert len(found) >= 2
    assert sum(len(p.annotations) for p in found) >= 3
    entries = [e for e in report.of("skipped") if message in e.message]
    assert entries
    assert all(e.file == file.name and e.place for e in entries)


CSV_FAULTS: dict[str, tuple[bytes, bytes, str]] = {
    "NaN": (b"1.0 2.0;", b"nan 2.0;", "not finite"),
    "huge": (b"1.0 2.0;", b"1e300 2.0;", "beyond"),
    "text": (b"1.0 2.0;", b"left 2.0;", "not a number"),
    "one number": (b"1.0 2.0;", b"1.0;", "Expected"),
    "unknown kind": (b"axis", b"bend", "Expected axis, center or ellipse"),
    "too few columns": (b"\n1.png,64,48,verified,", b"\n1.png,64,", "columns"),
    "not UTF-8": (b"\n1.png", b"\n\xe4.png", "not UTF-8"),
    "path outside": (b"\n1.png", b"\n../1.png", "leaves the dataset"),
    "missing picture": (b"\n1.png", b"\n9.png", "missing"),
    "order 1": (b"center,5.0 6.0,4", b"center,5.0 6.0,1", "order"),
    "broken quotes": (b"\n1.png", b'\n"1"x.png', "Not CSV"),
    "another state": (b"\n1.png,64,48,verified", b"\n1.png,64,48,maybe", "unknown|differs"),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_csv(tmp_path: Path, fault: str) -> None:
    before, after, message = CSV_FAULTS[fault]
    file = many(tmp_path, "csv")
    data = file.read_bytes()
    assert before in data
    file.write_bytes(data.replace(before, after, 1))
    found, report = read(file.parent, "csv")
    assert len(found) >= 2
    assert sum(len(p.annotations) for p in found) >= 5
    assert {e.file for e in report.of("skipped")} == {file.name}
    assert report.of("skipped")[0].place.startswith("line ")
    assert re.search(message, report.of("skipped")[0].message)


def test_csv_without_its_columns(tmp_path: Path) -> None:
    (tmp_path / "annotations.csv").write_text("name;x;y\na.png;1;2\n")
    found, report = read(tmp_path, "csv")
    assert not found
    assert report.of("skipped")[0].place == "line 1"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"score":0.5', '"score":1.5', "less than or equal"),
        ('"order":4', '"order":1', "order"),
        ('"x":5.0', '"x":NaN', "finite"),
        ('"file":"1.png"', '"file":"../1.png"', "leaves"),
        ('"error":null', '"error":"It is broken."', "It is broken."),
        ('"axes":[', '"axes":7,"was":[', "Expected a list"),
    ],
)
def test_detections(tmp_path: Path, before: str, after: str, message: str) -> None:
    file = many(tmp_path, "detections")
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    found, report = read(file.parent, "detections")
    assert len(found) >= 2
    (entry,) = report.of("skipped")
    assert entry.place.startswith("images[")
    assert message in entry.message


# -- MAT and text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "too short"),
        (b"no MAT file" * 30, "not a MAT file"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 600, "7.3"),
        (write_mat({"segments": np.ones((2, 2))})[:-8], "too early"),
        (write_mat({"other": np.ones((2, 2))}), "No axis"),
        (write_mat({"segments": np.ones((2, 2))}), "two different points|No axis"),
        (write_mat({"segments": np.full((2, 2), NAN)}), "No axis"),
        (write_mat({"segments": np.ones((3, 3))}), "No axis"),
        (write_mat({"segments": "text"}), "No axis"),
    ],
)
def test_nyu(tmp_path: Path, data: bytes, message: str) -> None:
    for name in ("I001", "I002"):
        picture(tmp_path / f"S/{name}.png")
    (tmp_path / "S/I001.mat").write_bytes(data)
    (tmp_path / "S/I002.mat").write_bytes(write_mat({"segments": np.array([[1.0, 2], [3, 4]])}))
    found, report = read(tmp_path, "nyu")
    assert [p.path for p in found] == ["S/I002.png"]
    assert {e.file for e in report.of("skipped")} == {"S/I001.mat"}
    assert re.search(message, " ".join(e.message for e in report.of("skipped")))


def test_iccv2017(tmp_path: Path) -> None:
    folder = tmp_path / "reflection_training/ref_s"
    for i in range(4):
        picture(folder / f"refs_00{i}.jpg")
    (folder / "label_refs.txt").write_bytes(b"1,2,3,4\n1,2,nan,4\n1 2 3\n 5 6 7 8 \n\n")
    found, report = read(tmp_path, "iccv2017")
    assert [p.path[-5:] for p in found] == ["0.jpg", "3.jpg"]
    assert [e.place for e in report.of("skipped")] == ["line 2", "line 3"]
    (folder / "label_refs.txt").write_bytes(b"1,2,3,4\n")
    found, report = read(tmp_path, "iccv2017")
    assert not found
    assert "1 lines for 4 pictures" in report.of("skipped")[0].message


# -- anything at all --------------------------------------------------------------------------------------------------


@hypothesis_settings(max_examples=100)
@given(st.data())
def test_damaged_files_never_raise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A good file of any format with a piece replaced: read, or reported, but never an exception."""
    name = data.draw(st.sampled_from(SEED_NAMES))
    where, good = seeds()[name]
    at = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 40))
    piece = data.draw(
        st.binary(max_size=12) | st.sampled_from([b"{", b"[", b'"', b"NaN", b"1e999", b"null", b"-", b","])
    )
    root = tmp_path_factory.mktemp("damaged")
    file = root / where
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(good[:at] + piece + good[at + length :])
    report = Report()
    try:
        list(read_dataset(root, name, ReadOptions(require_pictures=False), report))
    finally:
        file.unlink()


SEED_NAMES = ("native", "labelme", "coco", "csv", "dendi", "ldrs", "nyu", "sdrw", "detections")


@cache
def seeds() -> dict[str, tuple[str, bytes]]:
    shapes = (Annotation(ReflectionAxis(((1, 2), (3, 4)))), Annotation(RotationCenter(5, 6, 4), {"dendi": {"id": 3}}))
    one = AnnotatedPicture("a.png", (64, 48), shapes[:1], (Detection(shapes[1].shape, 0.5, "m"),), "verified")
    two = AnnotatedPicture("b.png", (64, 48), shapes, state="verified", group="g", extra={"x": {"y": 1}})
    found: dict[str, tuple[str, bytes]] = {}
    for name in SEED_NAMES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "out"
            export([one, two], root, name, options=WriteOptions(pictures="none"))
            file = next(f for f in sorted(root.rglob("*")) if f.suffix in (".json", ".csv", ".mat"))
            found[name] = (file.relative_to(root).as_posix(), file.read_bytes())
    return found
