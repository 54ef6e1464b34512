"""SDRW, NYU, LDRS and ICCV 2017 as other people read them: with scipy, by the names that their loaders make."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, Split
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.formats.matfile import Struct, struct_column, write_mat
from clipsym_core.data.formats.registry import guess_format
from clipsym_core.data.report import Report
from clipsym_core.symmetry import ReflectionAxis

SIZE = (32, 24)
Rows = list[tuple[float, float, float, float]]


def rows_of(picture: AnnotatedPicture) -> Rows:
    return [(*a.start, *a.end) for a in picture.axes]


def make(folder: Path, name: str, axes: int, split: Split, suffix: str = ".jpg") -> AnnotatedPicture:
    file = folder / f"{name}{suffix}"
    rng = np.random.default_rng(len(list(folder.iterdir())))
    Image.fromarray(rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)).save(file)
    shapes = [ReflectionAxis(tuple((float(x), float(y)) for x, y in rng.uniform(0, 24, (2, 2)))) for _ in range(axes)]
    return AnnotatedPicture(
        file.name, SIZE, tuple(Annotation(s) for s in shapes), state="verified", split=split, file=file
    )


@pytest.fixture
def pictures(tmp_path: Path) -> list[AnnotatedPicture]:
    folder = tmp_path / "in"
    folder.mkdir()
    names = [f"p{i}" for i in range(7)] + ["sons", "jason", "json"]
    found = [make(folder, name, 1, "test") for name in names]
    found += [make(folder, f"q{i}", 2 + i, "test") for i in range(3)]
    found += [make(folder, f"r{i}", 1 + i % 2, "train") for i in range(4)]
    found.append(make(folder, "s0", 3, "val", ".png"))
    return found


def by_axes(pairs: list[tuple[Path, Rows]]) -> dict[tuple[tuple[float, ...], ...], Path]:
    """Pictures by their axes, after a look that each file is there and a picture."""
    for path, _ in pairs:
        with Image.open(path) as opened:
            assert opened.size == SIZE
    return {tuple(sorted(map(tuple, rows))): path for path, rows in pairs}


def expected(pictures: list[AnnotatedPicture]) -> set[tuple[tuple[float, ...], ...]]:
    return {tuple(sorted(rows_of(p))) for p in pictures}


def test_sdrw_test_set(tmp_path: Path, pictures: list[AnnotatedPicture]) -> None:
    export(pictures, tmp_path / "SDRW", "sdrw")
    truth = scipy.io.loadmat(str(tmp_path / "SDRW/reflectionTestGt2013.mat"))
    found: dict[Path, Rows] = {}
    for variable, folder in (("gtS", "single_testing"), ("gtM", "multiple_testing")):
        table = truth[variable]
        paths = [tmp_path / "SDRW/reflection_testing" / folder / row[0][0].strip() for row in table[0][0][0]]
        # What the public loaders do to the competition's names, whatever they are.
        for index in (5,) if variable == "gtS" else (0, 1):
            paths[index] = paths[index].with_suffix(".png")
        for path, row in zip(paths, table[0][0][1], strict=True):
            found.setdefault(path, []).append(tuple(float(v) for v in row))
    wanted = [p for p in pictures if p.split != "train"]
    assert set(by_axes(list(found.items()))) == expected(wanted)


def test_sdrw_training_set(tmp_path: Path, pictures: list[AnnotatedPicture]) -> None:
    export(pictures, tmp_path / "SDRW", "sdrw")
    root = tmp_path / "SDRW/reflection_training"
    found: list[tuple[Path, Rows]] = []
    for kind in ("single", "multiple"):
        table = scipy.io.loadmat(str(root / f"{kind}GT_training/{kind}GT_training.mat"))["gt"]
        for name, axes in zip(table["name"], table["ax"], strict=True):
            rows: Rows = [tuple(float(v) for v in row) for row in axes[0]]  # type: ignore[misc]
            found.append((root / f"{kind}_training" / name[0][0].strip(), rows))
    assert set(by_axes(found)) == expected([p for p in pictures if p.split == "train"])


def test_nyu(tmp_path: Path, pictures: list[AnnotatedPicture]) -> None:
    report = export(pictures, tmp_path / "NYU", "nyu")
    found: list[tuple[Path, Rows]] = []
    for part, count in (("S", 12), ("M", 6)):
        for i in range(1, count + 1):
            stem = tmp_path / "NYU" / part / f"I{i:03d}"
            segments = scipy.io.loadmat(str(stem) + ".mat")["segments"][0]
            found.append((stem.with_suffix(".png"), [tuple(float(v) for v in s.ravel()) for s in segments]))
    assert set(by_axes(found)) == expected(pictures)
    assert "want 176 pictures in S" in report.of("note")[0].message


def test_ldrs(tmp_path: Path, pictures: list[AnnotatedPicture]) -> None:
    export(pictures, tmp_path / "LDRS", "ldrs")
    found: list[tuple[Path, Rows]] = []
    for split in ("train", "val", "test"):
        for file in (tmp_path / "LDRS" / split).iterdir():
            if ".json" in file.name:
                shapes = json.loads(file.read_text())["shapes"]
                rows: Rows = [(*s["points"][0], *s["points"][1]) for s in shapes]
                found.append((Path(str(file).rstrip(".json") + ".jpg"), rows))  # as they do
    assert set(by_axes(found)) == expected(pictures)


def test_iccv2017(tmp_path: Path, pictures: list[AnnotatedPicture]) -> None:
    export(pictures, tmp_path / "out", "iccv2017")
    found: list[tuple[Path, Rows]] = []
    for folder in (tmp_path / "out").rglob("ref_s"):
        images = sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png"))
        lines = (folder / "label_refs.txt").read_text().split()
        rows = [tuple(float(v) for v in line.split(",")) for line in lines]
        found += [(image, [row]) for image, row in zip(images, rows, strict=True)]  # type: ignore[list-item]
    assert set(by_axes(found)) == expected([p for p in pictures if len(p.axes) == 1])
    report = Report()
    back = list(read_dataset(tmp_path / "out", None, None, report))
    assert not report.entries
    assert {tuple(sorted(rows_of(p))) for p in back} == expected(pictures)
    assert {p.split for p in back} == {"train", "test"}


@pytest.mark.parametrize("name", ["sdrw", "nyu", "ldrs"])
def test_our_own_reading(tmp_path: Path, pictures: list[AnnotatedPicture], name: str) -> None:
    export(pictures, tmp_path / name.upper(), name)
    for place in (tmp_path / name.upper(), tmp_path):  # also from the folder that holds all of the sets
        assert guess_format(place).name == name
    report = Report()
    back = list(read_dataset(tmp_path / name.upper(), None, None, report))
    assert not report.entries
    assert {tuple(sorted(rows_of(p))) for p in back} == expected(pictures)
    assert all(p.size == SIZE and p.file is not None for p in back)


def test_sdrw_finds_pictures_whose_suffix_differs_and_names_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "reflection_training/single_training"
    folder.mkdir(parents=True)
    Image.new("RGB", SIZE).save(folder / "a.png")
    gt = struct_column(("name", "ax"), [{"name": "a.jpg ", "ax": np.array([[1.0, 2, 3, 4]])}])
    (folder.parent / "singleGT_training").mkdir()
    (folder.parent / "singleGT_training/singleGT_training.mat").write_bytes(write_mat({"gt": gt}))
    (picture,) = read_dataset(tmp_path, "sdrw")
    assert picture.path == "reflection_training/single_training/a.png"


def test_sdrw_reports_rows_that_do_not_fit(tmp_path: Path) -> None:
    names = struct_column(("name", "ax"), [{"name": "a.jpg", "ax": np.ones((1, 3))}])
    folder = tmp_path / "reflection_training/singleGT_training"
    folder.mkdir(parents=True)
    (folder / "singleGT_training.mat").write_bytes(write_mat({"gt": names}))
    broken = Struct((1, 1), ("name", "ax"), ({"name": "x", "ax": np.ones((2, 4))},))
    (tmp_path / "reflectionTestGt2013.mat").write_bytes(write_mat({"gtS": broken}))
    report = Report()
    assert not list(read_dataset(tmp_path, "sdrw", None, report))
    assert {(e.file.rpartition("/")[2], e.place) for e in report.of("skipped")} == {
        ("singleGT_training.mat", "gt(1).ax"), ("reflectionTestGt2013.mat", "gtS"), ("reflectionTestGt2013.mat", "gtM"),
    }  # fmt: skip
