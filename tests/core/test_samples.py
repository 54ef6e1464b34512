"""The sample pictures: there, small, labelled exactly, and what the script draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from clipsym_core.data.formats.registry import guess_format
from clipsym_core.data.samples import sample_records
from clipsym_core.imaging import read_image
from clipsym_core.inference.refine import score_axis
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter

SAMPLES = resource_path("samples")
Kind = TypeVar("Kind", ReflectionAxis, RotationCenter, ReflectionEllipse)
RECORDS = {record.path: record for record in sample_records()}


def shapes(name: str, kind: type[Kind]) -> list[Kind]:
    return [shape for shape in RECORDS[name].shapes if isinstance(shape, kind)]


def test_the_folder_is_a_dataset_that_the_program_knows_by_itself() -> None:
    assert guess_format(SAMPLES).name == "csv"


def test_every_picture_has_labels_and_every_label_a_picture() -> None:
    assert sorted(RECORDS) == sorted(path.name for path in SAMPLES.glob("*.jpg"))
    assert len(RECORDS) >= 8


@pytest.mark.parametrize("name", RECORDS)
def test_a_sample_is_small_and_its_labels_lie_in_it(name: str) -> None:
    record = RECORDS[name]
    assert record.size is not None
    w, h = record.size
    assert read_image(SAMPLES / name).shape == (h, w, 3)
    assert (SAMPLES / name).stat().st_size < 300_000
    points = [p for axis in shapes(name, ReflectionAxis) for p in axis.points]
    points += [(c.x, c.y) for c in shapes(name, RotationCenter)]
    points += [(e.cx, e.cy) for e in shapes(name, ReflectionEllipse)]
    for x, y in points:
        assert 0 <= x <= w
        assert 0 <= y <= h


def test_the_kinds_that_people_care_about_are_there() -> None:
    axes = {name: len(shapes(name, ReflectionAxis)) for name in RECORDS}
    orders = {c.order for name in RECORDS for c in shapes(name, RotationCenter)}
    assert {1, 10, 12} <= set(axes.values())
    assert {0, 2, 4, 5, 6, 10, 12} <= orders
    assert any(shapes(name, ReflectionEllipse) for name in RECORDS)
    assert [type(shape) for shape in RECORDS["windmill.jpg"].shapes] == [RotationCenter]
    assert RECORDS["dunes.jpg"].shapes == ()


@pytest.mark.parametrize("name", [name for name in RECORDS if shapes(name, ReflectionAxis)])
def test_the_pixels_agree_with_the_labelled_axes_and_not_with_axes_beside_them(name: str) -> None:
    image = read_image(SAMPLES / name)
    labelled, beside = [], []
    for axis in shapes(name, ReflectionAxis):
        (ax, ay), (bx, by) = axis.points
        length = np.hypot(bx - ax, by - ay)
        nx, ny = 25 * (ay - by) / length, 25 * (bx - ax) / length
        labelled.append(score_axis(image, ReflectionAxis(((ax, ay), (bx, by)))).score)
        beside.append(score_axis(image, ReflectionAxis(((ax + nx, ay + ny), (bx + nx, by + ny)))).score)
    assert np.median(labelled) > np.median(beside) + 0.2


def test_the_script_draws_what_is_shipped(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "make_samples.py"
    subprocess.run([sys.executable, script, "--only", "windmill", "--out", tmp_path], check=True, capture_output=True)
    drawn, shipped = read_image(tmp_path / "windmill.jpg"), read_image(SAMPLES / "windmill.jpg")
    assert np.abs(drawn.astype(int) - shipped).mean() < 1.0  # other versions of OpenCV round otherwise
