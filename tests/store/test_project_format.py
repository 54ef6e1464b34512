"""What the window stored is what `clipsym convert`, training and the export dialog read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats import project as project_format
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import get_format, guess_format
from clipsym_core.data.report import Report
from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, ReviewState
from symviewer.store.opening import OpenedProject, open_folder
from symviewer.store.schema import APPLICATION_ID, SCHEMA_VERSION

AXIS = ReflectionAxis(((1.1, 2.2), (30.25, 40.125), (-3.0, 99.0)))
CENTER = RotationCenter(0.1 + 0.2, 7.0, 5)
ELLIPSE = ReflectionEllipse(20.0, 21.0, 5.5, 3.25, 17.0)
FOUND = Detection(RotationCenter(3.0, 4.0, 0), 0.625, "clipsym-lite", {"heat": 0.5})


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for name, size in (("a.png", (32, 24)), ("b.png", (40, 20)), ("sub/c.png", (16, 16))):
        Image.new("RGB", size, (90, 120, 40)).save(folder / name)
    return folder


@pytest.fixture
def opened(photos: Path) -> OpenedProject:
    """a: three annotations and a suggestion; b: verified and empty; c: suggestions alone."""
    opened = open_folder(photos)
    a, b, c = opened.project.add_files(str(photos / name) for name in ("a.png", "b.png", "sub/c.png"))
    push, document = opened.stack.push, opened.document
    push(commands.add(document, a, [AXIS]))
    kept = [Annotation(CENTER, rank=5.0, extra={"labelme": {"flags": [1, None]}}), Annotation(ELLIPSE, rank=6.0)]
    push(commands.add_annotations(document, a, kept, verb="Import"))
    push(commands.add_suggestions(document, a, [FOUND]))
    push(commands.set_state(document, [b], ReviewState.VERIFIED))
    push(commands.suggest(document, c, [FOUND]))
    return opened


@pytest.mark.parametrize("closed", [True, False])
def test_everything_comes_back_while_the_window_is_open_too(opened: OpenedProject, photos: Path, closed: bool) -> None:
    if closed:
        opened.close()
    report = Report()
    a, b, c = read_dataset(photos, None, None, report)
    assert (a.path, a.size, a.file) == ("a.png", (32, 24), photos / "a.png")
    assert a.shapes == (AXIS, CENTER, ELLIPSE)
    assert a.annotations[1].extra == {"labelme": {"flags": [1, None]}}
    assert a.suggestions == (FOUND,)
    assert (b.path, b.state, b.shapes) == ("b.png", "verified", ())
    assert (c.path, c.state, c.suggestions) == ("sub/c.png", "suggested", (FOUND,))
    assert not report.entries
    if not closed:
        opened.close()


def test_a_change_that_is_saved_meanwhile_does_not_come_in_between(opened: OpenedProject, photos: Path) -> None:
    stream = read_dataset(photos)
    first = next(stream)
    b = opened.document.find("b.png")
    assert b is not None
    assert opened.stack.push(commands.add(opened.document, b, [CENTER]))
    assert opened.autosave.pending == 0
    assert [first.path, *(p.path for p in stream if not p.shapes)] == ["a.png", "b.png", "sub/c.png"]
    assert [len(p.shapes) for p in read_dataset(photos)] == [3, 1, 0]
    opened.close()


def test_the_file_itself_is_recognized_and_a_dataset_beside_it_comes_first(opened: OpenedProject, photos: Path) -> None:
    opened.close()
    assert guess_format(photos / "symviewer.symproj").name == "project"
    assert guess_format(photos).name == "project"
    (photos / "annotations.csv").write_text("file,kind,points\na.png,axis,1 2; 3 4\n")
    assert guess_format(photos).name == "csv"
    assert (project_format._APPLICATION_ID, project_format._VERSION) == (APPLICATION_ID, SCHEMA_VERSION)


def test_missing_and_broken_pictures_and_rows_are_named_and_the_rest_goes_in(
    opened: OpenedProject, photos: Path
) -> None:
    opened.close()
    (photos / "b.png").unlink()
    (photos / "sub" / "c.png").write_bytes(b"not a picture")
    with closing(sqlite3.connect(photos / "symviewer.symproj")) as damage, damage:
        rows = list(damage.execute("SELECT id FROM annotations ORDER BY rank"))
        damage.execute('UPDATE annotations SET shape = \'{"kind": "axis", "points"\' WHERE id = ?', rows[0])
        damage.execute(
            'UPDATE annotations SET shape = \'{"kind": "center", "x": NaN, "y": 1, "order": 2}\' WHERE id = ?', rows[1]
        )
        damage.execute("UPDATE suggestions SET evidence = '[]'")
    report = Report()
    (a,) = read_dataset(photos, None, None, report)
    assert a.shapes == (ELLIPSE,)
    assert a.suggestions == ()
    told = [str(entry) for entry in report.of("skipped")]
    assert len(told) == 5
    for words in ("Expecting", "not finite", "evidence", "b.png is missing", "c.png"):
        assert any(words in line for line in told), words


def test_without_pictures_and_with_pictures_elsewhere(opened: OpenedProject, photos: Path, tmp_path: Path) -> None:
    opened.close()
    project = tmp_path / "moved.symproj"
    (photos / "symviewer.symproj").rename(project)
    assert [p.file for p in read_dataset(project, None, ReadOptions(require_pictures=False))] == [None] * 3
    assert [p.size for p in read_dataset(project, None, ReadOptions(images=photos))] == [(32, 24), (40, 20), (16, 16)]


def test_a_picture_outside_the_folder_has_a_place_of_its_own(photos: Path, tmp_path: Path) -> None:
    far = tmp_path / "far.png"
    Image.new("RGB", (8, 8)).save(far)
    opened = open_folder(photos)
    (picture,) = opened.project.add_files([str(far)])
    opened.stack.push(commands.add(opened.document, picture, [CENTER]))
    opened.close()
    (found,) = read_dataset(photos)
    assert found.path.startswith("outside/")
    assert found.path.endswith("/far.png")
    assert found.file is not None
    assert os.path.samefile(found.file, far)
    far.unlink()
    report = Report()
    assert list(read_dataset(photos, None, None, report)) == []
    assert "missing" in report.entries[0].message


def test_what_is_no_project_is_refused_and_none_is_written(opened: OpenedProject, tmp_path: Path) -> None:
    opened.close()
    file = tmp_path / "x.symproj"
    file.write_bytes(b"SQLite format 3\0" + bytes(200))
    with pytest.raises(InputError, match="Nothing to import"):
        list(read_dataset(file, "project"))
    with pytest.raises(InputError, match="made by the application"):
        get_format("project").write([], tmp_path, None, Report())  # type: ignore[arg-type]
    broken = tmp_path / "broken.symproj"
    broken.write_bytes(b"SQLite format 3\0" + bytes(52) + APPLICATION_ID.to_bytes(4, "big") + bytes(500))
    with pytest.raises(InputError, match="Cannot read the project"):
        list(read_dataset(broken))
