"""Opening, saving, a second window, old and damaged and foreign files."""

from __future__ import annotations

import datetime
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, AnnotationState, ReviewState, Suggestion
from symviewer.model.document import Document
from symviewer.model.picture_content import Kinds
from symviewer.model.problem import Problem
from symviewer.model.undo import ReadOnlyError, UndoStack
from symviewer.store import rows
from symviewer.store.autosave import Autosave
from symviewer.store.lock import WriterLock
from symviewer.store.opening import PROJECT_NAME, OpenedProject, open_file, open_folder
from symviewer.store.problems import DamagedProjectError, ForeignFileError, NewerProjectError, ProjectError
from symviewer.store.project import Project
from symviewer.store.schema import APPLICATION_ID, SCHEMA_VERSION
from tests.model.shapes_strategy import detections, scores, shapes
from tests.model.workbench_machine import snapshot

AXIS = ReflectionAxis(((1.25, 2.5), (300.1, 1e-3)))


def work_a_little(opened: OpenedProject) -> None:
    folder, document, stack = opened.project.folder, opened.document, opened.stack
    a, b = opened.project.add_files([str(folder / "a.png"), str(folder / "b.png")])
    stack.push(commands.add(document, a, [AXIS, RotationCenter(5.0, 6.0, 3)]))
    stack.push(commands.suggest(document, b, [Detection(AXIS, 0.75, "m", {"heat": 0.1})]))
    stack.push(commands.set_state(document, [a], ReviewState.VERIFIED))
    stack.push(commands.add(document, b, [AXIS]))
    stack.undo()


def contents(path: Path) -> dict[str, bytes]:
    """All files beside the project, to see that nothing was touched."""
    return {p.name: p.read_bytes() for p in path.iterdir() if p.is_file()}


# -- saving -----------------------------------------------------------------------------------------------------------


def test_what_was_done_is_there_when_opened_again(folder: Path) -> None:
    opened = open_folder(folder)
    assert opened.notices == ()
    work_a_little(opened)
    end = snapshot(opened.document)
    assert len(end) == 2
    assert not opened.stack.is_changed
    assert opened.close()
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["a.png", "b.png", "sub", PROJECT_NAME, f".{PROJECT_NAME}.lock"]
    )
    again = open_folder(folder)
    assert snapshot(again.document) == end
    assert again.document.find("a.png") is not None
    assert again.close()


def test_untouched_pictures_have_no_row(folder: Path) -> None:
    opened = open_folder(folder)
    opened.project.add_files([str(folder / name) for name in ("a.png", "b.png", "sub/c.png")])
    picture = opened.document.find("sub/c.png")
    assert picture is not None
    opened.stack.push(commands.set_state(opened.document, [picture], ReviewState.VERIFIED))
    opened.close()
    again = open_folder(folder)
    assert [entry.path for entry in again.document.entries()] == ["sub/c.png"]
    again.close()


def test_history_says_what_was_done(folder: Path) -> None:
    opened = open_folder(folder)
    work_a_little(opened)
    lines = opened.project.history()
    assert [(line.action, line.text) for line in lines] == [
        ("undo", "Draw axis"),
        ("do", "Draw axis"),
        ("do", "Mark picture as verified"),
        ("do", "Detect"),
        ("do", "Draw 2 shapes"),
    ]
    assert [line.picture for line in lines] == [2, 2, 1, 2, 1]
    drawn = json.loads(lines[-1].deltas)
    assert drawn[0]["after"]["shape"] == {"kind": "axis", "points": [[1.25, 2.5], [300.1, 0.001]]}
    assert datetime.datetime.fromisoformat(lines[0].at).tzinfo is not None
    assert len(opened.project.history(2)) == 2
    opened.close()


def test_all_steps_of_one_transaction_or_none(folder: Path) -> None:
    opened = open_folder(folder)
    work_a_little(opened)
    before = snapshot(opened.document)
    # A full disk, as SQLite sees it: no page more than there are.
    connection = opened.project._connection
    problems: list[Problem] = []
    opened.autosave.failed.connect(problems.append)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    picture = opened.document.find("a.png")
    assert picture is not None
    for _ in range(3):
        opened.stack.push(commands.add(opened.document, picture, [AXIS] * 400))
    assert opened.stack.is_changed
    assert opened.autosave.pending == 3
    assert len(problems) == 1  # told once, not at every stroke
    assert "full" in problems[0].text
    reader = Project(opened.project.path, folder, read_only="only looking")
    assert snapshot(reader.document) == before
    reader.close()
    # Room again: everything is written with the next step.
    connection.execute("PRAGMA max_page_count = 100000")
    saved: list[datetime.datetime] = []
    opened.autosave.saved.connect(saved.append)
    opened.stack.undo()
    assert not opened.stack.is_changed
    assert (opened.autosave.pending, len(saved)) == (0, 1)
    end = snapshot(opened.document)
    opened.close()
    again = open_folder(folder)
    assert snapshot(again.document) == end
    assert len(again.project.history()) == 9
    again.close()


def test_autosave_that_was_stopped_follows_no_longer(folder: Path) -> None:
    opened = open_folder(folder)
    assert opened.autosave.stop()
    opened.project.add_files([str(folder / "a.png")])
    opened.stack.push(commands.add(opened.document, 1, [AXIS]))
    assert opened.stack.is_changed
    opened.project.close()
    opened.project.close()
    again = open_folder(folder)
    assert snapshot(again.document) == {}
    again.close()


@given(shape=shapes, score=scores, detection=detections, flags=st.tuples(st.booleans(), st.booleans()))
def test_rows_are_exact(shape: ReflectionAxis, score: float, detection: Detection, flags: tuple[bool, bool]) -> None:
    annotation = Annotation(
        shape, rank=score * 7, locked=flags[0], hidden=flags[1], state=AnnotationState.IMPORTED, source="\udcff",
        score=score, extra={"label": ["ü", 1, None, {"deep": 0.1}]},
    )  # fmt: skip
    assert rows.annotation_of(rows.annotation_row(1, annotation)) == annotation
    suggestion = Suggestion(detection)
    assert rows.suggestion_of(rows.suggestion_row(1, suggestion)) == suggestion


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no Unicode")
def test_names_that_are_no_unicode(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9 '\";--.png")
    (folder / name).write_bytes(b"x")
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / name)])
    opened.stack.push(commands.add(opened.document, picture, [AXIS]))
    assert not opened.stack.is_changed
    opened.close()
    again = open_folder(folder)
    picture = again.document.find(name) or 0
    assert os.path.exists(again.project.path_of(picture))
    assert again.document.annotations(picture)[0].shape == AXIS
    again.close()


def test_paths_below_and_beside_the_folder(folder: Path) -> None:
    opened = open_folder(folder)
    project = opened.project
    assert project.key_of(str(folder / "sub" / "c.png")) == "sub/c.png"
    outside = str(folder.parent / "other" / "x.png")
    (picture,) = project.add_files([outside])
    assert opened.document.entry(picture).path == outside.replace(os.sep, "/")
    assert project.path_of(picture) == outside
    opened.close()


# -- a second window --------------------------------------------------------------------------------------------------


def test_a_second_window_is_read_only_and_told_so(folder: Path) -> None:
    first = open_folder(folder)
    work_a_little(first)
    second = open_folder(folder)
    assert second.project.read_only
    assert second.stack.read_only
    assert f"process {os.getpid()}" in second.notices[0].text
    assert snapshot(second.document) == snapshot(first.document)
    with pytest.raises(ReadOnlyError):
        second.stack.push(commands.add(second.document, 1, [AXIS]))
    with pytest.raises(ProjectError):
        second.project.save_identities()
    # The first goes on writing while the second looks.
    first.stack.push(commands.add(first.document, 1, [AXIS]))
    assert not first.stack.is_changed
    second.close()
    third = open_folder(folder)
    assert third.project.read_only
    third.close()
    end = snapshot(first.document)
    first.close()
    fourth = open_folder(folder)
    assert not fourth.project.read_only
    assert snapshot(fourth.document) == end
    fourth.close()


HOLDER = """
import sys
from pathlib import Path
from symviewer.store.opening import open_folder
opened = open_folder(Path(sys.argv[1]))
print("read-only" if opened.project.read_only else "writes", flush=True)
sys.stdin.read()
"""


def test_the_lock_ends_with_its_process_even_if_that_is_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writes\n"
        here = open_folder(folder)
        assert f"process {process.pid}" in here.project.read_only
        here.close()
        process.kill()
        process.wait()
    again = open_folder(folder)
    assert not again.project.read_only
    again.close()


def test_a_lock_is_given_back_and_can_be_taken_again(tmp_path: Path) -> None:
    first, second = WriterLock(tmp_path / "lock"), WriterLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    second.release()
    assert first.is_held
    assert not second.acquire()
    first.release()
    first.release()
    assert second.acquire()
    second.release()


# -- files that are refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, only text " * 10, b"SQLite format 3\0 and then nothing", b"x"],
    ids=["text", "short", "one byte"],
)
def test_a_foreign_file_is_refused_and_left_untouched(folder: Path, content: bytes) -> None:
    (folder / PROJECT_NAME).write_bytes(content)
    before = contents(folder)
    with pytest.raises(ForeignFileError, match="not a project of this program"):
        open_folder(folder)
    assert contents(folder) == before


def test_the_database_of_another_program_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / PROJECT_NAME)) as connection:
        connection.execute("CREATE TABLE pictures (id INTEGER PRIMARY KEY, path TEXT)")
        connection.commit()
    before = contents(folder)
    with pytest.raises(ForeignFileError, match="another program"):
        open_folder(folder)
    assert contents(folder) == before


def make_project(folder: Path) -> Path:
    opened = open_folder(folder)
    work_a_little(opened)
    opened.close()
    return folder / PROJECT_NAME


@pytest.mark.parametrize("where", ["front", "middle", "cut"])
def test_a_damaged_file_is_refused_and_left_untouched(folder: Path, where: str) -> None:
    path = make_project(folder)
    data = bytearray(path.read_bytes())
    if where == "front":
        data[100:2000] = b"\xff" * 1900
    elif where == "middle":
        for start in range(4096, len(data), 4096):
            data[start : start + 200] = b"\xaa" * 200
    else:
        del data[len(data) // 2 :]
    path.write_bytes(data)
    before = contents(folder)
    with pytest.raises(DamagedProjectError, match="damaged"):
        open_folder(folder)
    assert contents(folder) == before
    # Refusing it does not keep it locked.
    lock = WriterLock(folder / f".{PROJECT_NAME}.lock")
    assert lock.acquire()
    lock.release()


def test_a_shape_that_makes_no_sense_is_reported_not_dropped(folder: Path) -> None:
    path = make_project(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("""UPDATE annotations SET shape = '{"kind": "axis", "points": [[1, 2]]}'""")
        connection.commit()
    opened = open_folder(folder)
    picture = opened.document.find("a.png")
    assert picture is not None
    with pytest.raises(DamagedProjectError, match=r"a\.png"):
        opened.document.annotations(picture)
    other = opened.document.find("b.png")
    assert other is not None
    assert len(opened.document.suggestions(other)) == 1
    opened.close()


def test_a_project_of_a_newer_program_is_refused_and_left_untouched(folder: Path) -> None:
    path = make_project(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = contents(folder)
    with pytest.raises(NewerProjectError, match="newer version"):
        open_folder(folder)
    assert contents(folder) == before


def test_an_empty_file_is_what_a_crash_at_the_first_opening_leaves(folder: Path) -> None:
    (folder / PROJECT_NAME).touch()
    opened = open_folder(folder)
    work_a_little(opened)
    assert opened.close()


def test_open_file_opens_a_project_under_another_name(folder: Path, tmp_path: Path) -> None:
    path = make_project(folder)
    end = open_folder(folder)
    expected = snapshot(end.document)
    end.close()
    renamed = path.rename(folder / "my work.symproj")
    opened = open_file(renamed)
    assert snapshot(opened.document) == expected
    assert opened.project.path_of(1) == str(folder / "a.png")
    opened.close()
    with pytest.raises(ProjectError, match="No such file"):
        Project(tmp_path / "none.symproj", tmp_path, read_only="only looking")


def test_the_file_says_what_it_is(folder: Path) -> None:
    data = make_project(folder).read_bytes()
    assert int.from_bytes(data[68:72], "big") == APPLICATION_ID
    assert data[68:72] == b"SYMV"


def test_stack_and_document_alone_need_no_project() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png"])
    stack.push(commands.add(document, 1, [AXIS]))
    assert stack.is_changed
    assert Autosave  # saving is added from outside; nothing in the model knows it


# -- what the file list needs without reading shapes -------------------------------------------------------------------


def test_kinds_and_measurements_are_kept(folder: Path) -> None:
    opened = open_folder(folder)
    work_a_little(opened)
    a, b, c = opened.project.add_files([str(folder / name) for name in ("a.png", "b.png", "c.png")])
    opened.project.save_disagreement({b: 0.25, c: 1.0}, "m\udcff")
    expected = [opened.document.entry(p) for p in (a, b, c)]
    assert [entry.kinds for entry in expected] == [Kinds.AXES | Kinds.CENTERS, Kinds.AXES, Kinds.NONE]
    opened.close()
    again = open_folder(folder)
    assert list(again.document.entries()) == expected
    again.stack.push(commands.remove(again.document, a, [x.id for x in again.document.annotations(a)]))
    again.close()
    with closing(sqlite3.connect(folder / PROJECT_NAME)) as connection:
        assert connection.execute("SELECT kinds FROM pictures WHERE id = ?", (a,)).fetchone() == (0,)


def test_a_measurement_of_a_project_that_is_read_only_is_refused(folder: Path) -> None:
    first = open_folder(folder)
    (picture,) = first.project.add_files([str(folder / "a.png")])
    second = Project(folder / PROJECT_NAME, folder)
    second.add_files([str(folder / "a.png")])
    with pytest.raises(ProjectError, match="could not be saved"):
        second.save_disagreement({picture: 0.5}, "m")
    assert second.document.entry(picture).disagreement is None
    second.close()
    first.close()


def test_shapes_leave_memory_once_they_are_on_disk(folder: Path) -> None:
    opened = open_folder(folder)
    document, stack = opened.document, opened.stack
    document._contents._limit = 30  # as if it were a large project
    pictures = opened.project.add_files([str(folder / f"{i}.png") for i in range(40)])
    for picture in pictures:
        stack.push(commands.suggest(document, picture, [Detection(AXIS, 0.75, "m", {"heat": 0.1})], batch="b"))
    assert document.in_memory == 15
    end = snapshot(document)
    assert len(end) == 40
    stack.undo()
    assert snapshot(document) == {}
    stack.redo()
    assert snapshot(document) == end
    assert document.in_memory == 15
    opened.close()
