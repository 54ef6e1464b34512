"""Whole conversions: nothing half-written, nothing silently empty, pictures upright and unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import Cancelled, Choice, convert, export, read_dataset
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.formats.registry import format_names, get_format, guess_format
from clipsym_core.data.report import Report
from clipsym_core.data.splits import SplitPlan
from clipsym_core.data.stats import gather
from clipsym_core.data.targets import render_targets
from clipsym_core.errors import InputError
from clipsym_core.imaging import read_image
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter

AXIS, CENTER = Annotation(ReflectionAxis(((5.0, 2.0), (20.0, 22.0)))), Annotation(RotationCenter(12.0, 9.0, 4))
SIZE = (32, 24)


def photo(file: Path, size: tuple[int, int] = SIZE, **options: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (size[1], size[0], 3), np.uint8)).save(file, **options)  # type: ignore[arg-type]
    return file


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A native dataset of three pictures, one of them without shapes."""
    shapes = {"a/one.png": (AXIS, CENTER), "a/two.jpg": (AXIS,), "three.png": ()}
    records = [
        AnnotatedPicture(path, SIZE, found, state="verified", file=photo(tmp_path / "in" / path))
        for path, found in shapes.items()
    ]
    export(records, tmp_path / "source", "native")
    return tmp_path / "source"


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    "name", [n for n in format_names(writable=True) if n not in ("sdrw", "nyu", "iccv2017", "detections")]
)
def test_pictures_are_copied_byte_by_byte(tmp_path: Path, source: Path, name: str) -> None:
    report = convert(source, tmp_path / "out", source_format=None, target_format=name)
    assert report.written == 3
    assert not report.of("skipped")
    if not get_format(name).readable:
        return
    for picture in read_dataset(tmp_path / "out", name):
        assert picture.file is not None
        (original,) = (tmp_path / "in").rglob(f"{picture.file.stem.removeprefix('a_').removesuffix('_0')}.*")
        if original.suffix == picture.file.suffix:
            assert picture.file.read_bytes() == original.read_bytes()


def test_the_format_is_recognized(tmp_path: Path, source: Path) -> None:
    for name in format_names(readable=True):
        if name not in ("detections", "project"):
            convert(source, tmp_path / name, source_format=None, target_format=name)
            assert guess_format(tmp_path / name).name == name


def test_links(tmp_path: Path, source: Path) -> None:
    convert(source, tmp_path / "out", source_format=None, target_format="csv", write=WriteOptions(pictures="link"))
    assert (tmp_path / "out/three.png").samefile(source / "three.png")


def test_pictures_with_an_exif_rotation_are_written_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = photo(tmp_path / "in/turned.jpg", (24, 32), exif=exif, quality=95)
    picture = AnnotatedPicture("turned.jpg", (32, 24), (AXIS,), file=file)
    report = export([picture], tmp_path / "out", "dendi")
    with Image.open(tmp_path / "out/symmetry/turned.jpg") as written:
        assert written.size == (32, 24)  # a loader that knows nothing of EXIF sees the annotated picture
    assert "upright" in report.of("changed")[0].message
    difference = np.abs(read_image(file).astype(int) - read_image(tmp_path / "out/symmetry/turned.jpg"))
    assert difference.mean() < 3


def test_pictures_change_their_format_where_it_is_asked_for(tmp_path: Path, source: Path) -> None:
    report = convert(source, tmp_path / "out", source_format=None, target_format="nyu")
    with Image.open(tmp_path / "out/S/I002.png") as written:
        assert written.format == "PNG"
    assert np.array_equal(read_image(tmp_path / "out/S/I002.png"), read_image(source / "a/two.jpg"))
    assert any("written again as png" in e.message for e in report.of("changed"))


# -- all or nothing ---------------------------------------------------------------------------------------------------


def failing(records: list[AnnotatedPicture]) -> Iterator[AnnotatedPicture]:
    yield from records
    raise RuntimeError("power cut")


@pytest.mark.parametrize("name", format_names(writable=True))
def test_a_failure_leaves_nothing_behind(tmp_path: Path, source: Path, name: str) -> None:
    records = [p for p in read_dataset(source) if p.axes]
    with pytest.raises(RuntimeError, match="power cut"):
        export(failing(records), tmp_path / "out", name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "source"]


def test_cancel_leaves_nothing_behind(tmp_path: Path, source: Path) -> None:
    with pytest.raises(Cancelled):
        convert(source, tmp_path / "out", source_format=None, target_format="csv", progress=lambda n: n < 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "source"]


def test_an_export_never_mixes_with_older_files(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        convert(source, out, source_format=None, target_format="csv")
    assert tree(out) == ["mine.txt"]
    convert(source, out, source_format=None, target_format="csv", overwrite=True)
    assert "mine.txt" not in tree(out)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_failed_overwrite_keeps_the_old_export(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    convert(source, out, source_format=None, target_format="csv")
    before = tree(out)
    with pytest.raises(RuntimeError):
        export(failing(list(read_dataset(source))), out, "coco", overwrite=True)
    assert tree(out) == before


@pytest.mark.parametrize(("name", "file"), [("csv", "all.csv"), ("coco", "all.json"), ("detections", "all.json")])
def test_one_file(tmp_path: Path, source: Path, name: str, file: str) -> None:
    records = [AnnotatedPicture("a.png", SIZE, (AXIS,), (Detection(CENTER.shape, 0.5, "m"),))]
    options = WriteOptions(pictures="none")
    export(records, tmp_path / file, name, options=options)
    assert (tmp_path / file).is_file()
    with pytest.raises(InputError, match="exists"):
        export(records, tmp_path / file, name, options=options)
    export(records, tmp_path / file, name, options=options, overwrite=True)
    found = list(read_dataset(tmp_path / file, None, ReadOptions(require_pictures=False)))
    assert [p.path for p in found] == ["a.png"]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([file, "in", "source"])


def test_the_source_is_never_replaced(tmp_path: Path, source: Path) -> None:
    before = tree(source)
    (picture,) = source.rglob("one.png")
    assert picture.parent != source
    for target in (source, tmp_path, picture.parent):
        with pytest.raises(InputError, match="replace what it reads"):
            convert(source, target, source_format=None, target_format="csv", overwrite=True)
    assert tree(source) == before


# -- never silently empty ---------------------------------------------------------------------------------------------


def test_an_export_without_any_shape_is_an_error(tmp_path: Path) -> None:
    empty = [AnnotatedPicture("a.png", SIZE, state="verified", file=photo(tmp_path / "in/a.png"))]
    with pytest.raises(InputError, match="not a single shape"):
        export(empty, tmp_path / "out", "coco")
    assert not (tmp_path / "out").exists()
    export(empty, tmp_path / "out", "coco", allow_empty=True)
    assert json.loads((tmp_path / "out/annotations.json").read_text())["annotations"] == []


def test_an_export_of_shapes_that_the_format_cannot_hold_is_an_error(tmp_path: Path) -> None:
    centers = [AnnotatedPicture("a.png", SIZE, (CENTER,), file=photo(tmp_path / "in/a.png"))]
    report = Report()
    with pytest.raises(InputError, match="no picture could be written"):
        export(centers, tmp_path / "out", "sdrw", report=report)
    assert any("a rotation center" in e.message for e in report.of("lost"))
    assert not (tmp_path / "out").exists()


def test_an_export_of_nothing_is_an_error(tmp_path: Path) -> None:
    for name in format_names(writable=True):
        with pytest.raises(InputError, match="Nothing was exported"):
            export([], tmp_path / "out", name, allow_empty=True)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_its_shapes_never_passes_for_one_without_symmetry(tmp_path: Path) -> None:
    records = [
        AnnotatedPicture("a.png", SIZE, (CENTER,), split="train"),
        AnnotatedPicture("b.png", SIZE, (AXIS,), split="train"),
    ]
    report = export(records, tmp_path / "out", "ldrs", options=WriteOptions(pictures="none"))
    assert report.written == 1
    assert report.of("skipped")[0].file == "a.png"


def test_a_picture_that_is_missing_is_skipped(tmp_path: Path, source: Path) -> None:
    (source / "a/one.png").unlink()
    report = convert(source, tmp_path / "out", source_format=None, target_format="coco")
    assert report.written == 2
    assert [e.file for e in report.of("skipped")] == ["a/one.png.sym.json"]


@pytest.mark.parametrize("name", ["targets", "overlays"])
def test_pixels_cannot_be_imported(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be imported"):
        list(read_dataset(tmp_path, name))


@pytest.mark.parametrize("name", format_names(readable=True))
def test_a_folder_without_the_format(tmp_path: Path, name: str) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError):
            list(read_dataset(place, name))


def test_links_in_a_circle(tmp_path: Path, source: Path) -> None:
    (source / "a/up").symlink_to(source, target_is_directory=True)
    assert len(list(read_dataset(source))) == 3


# -- choices ----------------------------------------------------------------------------------------------------------


def test_suggestions_become_annotations_only_on_request(tmp_path: Path) -> None:
    found = (Detection(AXIS.shape, 0.9, "m"), Detection(CENTER.shape, 0.3, "m"))
    export([AnnotatedPicture("a.png", SIZE, suggestions=found)], tmp_path / "det.json", "detections")
    read = ReadOptions(require_pictures=False)
    write = WriteOptions(pictures="none")
    with pytest.raises(InputError, match="Nothing was exported"):
        convert(tmp_path / "det.json", tmp_path / "out", source_format=None, target_format="iccv2017", read=read)
    report = convert(
        tmp_path / "det.json", tmp_path / "out", source_format=None, target_format="dendi", read=read, write=write,
        choice=Choice(accept=0.5),
    )  # fmt: skip
    assert dict(report.shapes) == {"axis": 1}
    assert report.suggestions == 0


def test_only_pictures_of_a_state(tmp_path: Path, source: Path) -> None:
    with pytest.raises(InputError, match="no picture could be written"):
        convert(source, tmp_path / "out", source_format=None, target_format="csv",
                choice=Choice(states=frozenset({"suggested"})))  # fmt: skip


@pytest.mark.parametrize("balanced", [False, True])
def test_splits_are_given_and_kept(tmp_path: Path, source: Path, balanced: bool) -> None:
    choice = Choice(plan=SplitPlan((0, 1, 0)), balanced=balanced)
    convert(source, tmp_path / "one", source_format=None, target_format="native", choice=choice)
    assert {p.split for p in read_dataset(tmp_path / "one")} == {"val"}
    choice = Choice(plan=SplitPlan((1, 0, 0)), balanced=balanced)
    convert(tmp_path / "one", tmp_path / "two", source_format=None, target_format="coco", choice=choice)
    assert {p.split for p in read_dataset(tmp_path / "two")} == {"val"}
    choice = Choice(plan=SplitPlan((1, 0, 0)), balanced=balanced, resplit=True)
    convert(tmp_path / "one", tmp_path / "three", source_format=None, target_format="csv", choice=choice)
    assert {p.split for p in read_dataset(tmp_path / "three")} == {"train"}


# -- rendered ---------------------------------------------------------------------------------------------------------


def test_rendered_targets(tmp_path: Path, source: Path) -> None:
    convert(source, tmp_path / "png", source_format=None, target_format="targets")
    assert tree(tmp_path / "png") == [
        f"{stem}.{kind}.png" for stem in ("a/one", "a/two", "three") for kind in ("reflection", "rotation")
    ]
    with Image.open(tmp_path / "png/a/one.reflection.png") as opened:
        grey = np.asarray(opened)
    assert np.abs(grey - 255.0 * render_targets([AXIS.shape], SIZE)[0]).max() <= 0.51
    options = WriteOptions(target_file="npz", size=(64, 64))
    convert(source, tmp_path / "npz", source_format=None, target_format="targets", write=options)
    with np.load(tmp_path / "npz/a/one.npz") as arrays:
        assert arrays["rotation"].shape == (64, 64)
        assert arrays["rotation"].max() > 0.7
        assert not arrays["reflection"][:8].any()  # 32 x 24 letterboxed into a square: padding above
    options = WriteOptions(field_targets=True)
    convert(source, tmp_path / "field", source_format=None, target_format="targets", write=options)
    with Image.open(tmp_path / "field/a/one.rotation.png") as opened:
        assert np.asarray(opened)[9, 12] == 255


def test_overlays(tmp_path: Path, source: Path) -> None:
    convert(source, tmp_path / "out", source_format=None, target_format="overlays")
    drawn, plain = read_image(tmp_path / "out/a/one.png"), read_image(source / "a/one.png")
    assert (drawn != plain).any()
    assert np.array_equal(read_image(tmp_path / "out/three.png"), read_image(source / "three.png"))


def test_stats(source: Path) -> None:
    stats = gather(read_dataset(source))
    assert (stats.pictures, dict(stats.shapes), dict(stats.orders)) == (3, {"axis": 2, "center": 1}, {4: 1})
    assert dict(stats.types) == {"axis+center": 1, "axis": 1, "none": 1}
    assert (stats.missing, stats.smallest, stats.outside) == (0, SIZE, 0)
    json.dumps(stats.to_json())


def test_ellipses_lie_where_labelme_draws_their_box(tmp_path: Path) -> None:
    disc = ReflectionEllipse(16, 12, 10, 5, 30)
    export([AnnotatedPicture("a.png", SIZE, (Annotation(disc),))], tmp_path / "o", "labelme",
           options=WriteOptions(pictures="none"))  # fmt: skip
    (shape,) = json.loads((tmp_path / "o/a.json").read_text())["shapes"]
    at = np.array(shape["points"])
    assert shape["shape_type"] == "oriented_rectangle"
    np.testing.assert_allclose(at.mean(axis=0), (16, 12))
    side = at[1] - at[0]
    assert np.hypot(*side) == pytest.approx(20)
    assert np.degrees(np.arctan2(-side[1], side[0])) == pytest.approx(30)  # counter-clockwise, y down
