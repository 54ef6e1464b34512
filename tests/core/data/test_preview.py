"""A look at a dataset before it goes in or out, and the reports that tell of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import Choice, choose, convert
from clipsym_core.data.fitting import unheld
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import get_format
from clipsym_core.data.preview import SAMPLES, SIDE, draw_labels, look_through
from clipsym_core.data.report import Report
from clipsym_core.data.stats import gather
from clipsym_core.errors import InputError
from clipsym_core.overlay import AXIS_COLOR
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter

AXIS = Annotation(ReflectionAxis(((400.0, 0.0), (400.0, 600.0))))
FOUND = Detection(RotationCenter(100.0, 100.0, 4), 0.8, "m")


def record(folder: Path, name: str, *, drawn: bool = True, file: bool = True) -> AnnotatedPicture:
    path = folder / name
    if file:
        Image.new("RGB", (800, 600), (40, 60, 80)).save(path)
    return AnnotatedPicture(
        name, (800, 600), (AXIS,) if drawn else (), (FOUND,), "verified", group="g", file=path if file else None
    )


def test_counts_grow_and_the_first_labelled_pictures_are_drawn(tmp_path: Path) -> None:
    records = [record(tmp_path, f"{i}.png", drawn=i != 1) for i in range(SAMPLES + 3)]
    records[1] = AnnotatedPicture("1.png", (800, 600), file=records[1].file)
    *before, last = look_through(records, Report())
    assert all(not preview.finished for preview in before)
    assert [preview.stats.pictures for preview in before] == sorted({p.stats.pictures for p in before})
    assert last.finished
    assert last.stats == gather(records)
    assert last.stats.shapes == {"axis": SAMPLES + 2}
    assert [s.path for s in last.samples] == [r.path for r in records if r.annotations][:SAMPLES]


def test_labels_lie_where_they_are_in_the_small_picture(tmp_path: Path) -> None:
    picture = record(tmp_path, "a.png")
    image = draw_labels(np.zeros((600, 800, 3), np.uint8), picture)
    assert image.shape == (240, SIDE, 3)
    assert tuple(image[200, SIDE // 2]) == AXIS_COLOR
    assert tuple(image[200, SIDE // 4]) == (0, 0, 0)


def test_a_picture_that_cannot_be_drawn_is_told_and_counted(tmp_path: Path) -> None:
    good, broken = record(tmp_path, "a.png"), record(tmp_path, "b.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    report = Report()
    *_, last = look_through([broken, good, record(tmp_path, "c.png", file=False)], report)
    assert (last.stats.pictures, last.stats.missing) == (3, 1)
    assert [s.path for s in last.samples] == ["a.png"]
    assert [e.file for e in report.of("skipped")] == ["b.png"]


def test_suggestions_can_be_left_out(tmp_path: Path) -> None:
    picture = record(tmp_path, "a.png")
    (left_out,) = choose([picture], Choice(suggestions=False))
    assert (left_out.suggestions, left_out.shapes) == ((), picture.shapes)
    (accepted,) = choose([picture], Choice(suggestions=False, accept=0.5))
    assert accepted.shapes == (*picture.shapes, FOUND.shape)
    assert list(choose([picture], Choice())) == [picture]
    assert list(choose([picture], Choice(states=frozenset({"none"})))) == []
    unlooked = replace(picture, annotations=(), state="suggested")
    assert list(choose([unlooked, picture], Choice(labelled=True))) == [unlooked, picture]
    assert len(list(choose([unlooked, picture], Choice(labelled=True, suggestions=False)))) == 1


def test_what_a_format_has_no_place_for_is_known_before(tmp_path: Path) -> None:
    bent = Annotation(ReflectionAxis(((0.0, 0.0), (5.0, 5.0), (9.0, 0.0))))
    stats = gather([replace(record(tmp_path, "a.png"), annotations=(AXIS, bent, Annotation(FOUND.shape)))])
    assert unheld(stats, get_format("native")) == []
    assert unheld(stats, get_format("sdrw")) == [
        "1 rotation centers", "1 suggestions", "1 bent axes, which become straight ones"
    ]  # fmt: skip


def test_an_export_never_replaces_the_pictures_that_it_reads(tmp_path: Path) -> None:
    record(tmp_path, "a.png")
    csv = tmp_path.parent / f"{tmp_path.name}.csv"
    csv.write_text("file,kind,points\na.png,axis,1 2; 3 4\n")
    read = ReadOptions(images=tmp_path)
    for target in (tmp_path, tmp_path.parent):
        with pytest.raises(InputError, match="would replace"):
            convert(csv, target, source_format=None, target_format="coco", read=read, overwrite=True)
    convert(csv, tmp_path / "out", source_format=None, target_format="coco", read=read)
    csv.unlink()


def test_reports_add_up_and_a_copy_stays_as_it_was() -> None:
    told: list[str] = []
    first, second = Report(keep=3, sink=lambda entry: told.append(entry.file)), Report(keep=3)
    for report in (first, second):
        report.skipped("a", "line 1", "Broken.")
        report.note("b", "", "Good to know.")
        report.read, report.written, report.suggestions = 5, 4, 2
        report.shapes["axis"] += 3
    copy = first.copy()
    first.absorb(second)
    assert (first.counts["skipped"], first.counts["note"], len(first.entries)) == (2, 2, 3)
    assert (first.read, first.written, first.suggestions, first.shapes["axis"]) == (10, 8, 4, 6)
    assert first.topics["skipped", "Broken."] == 2
    assert told == ["a", "b", "a", "b"]
    assert (copy.counts["skipped"], len(copy.entries), copy.read) == (1, 2, 5)
