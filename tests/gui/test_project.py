"""The project of the window: made with its folder, saved by itself, opened again, refused, read only, moved files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symviewer.model import commands
from symviewer.model.pictures import PictureState
from symviewer.store.opening import PROJECT_NAME, open_folder
from symviewer.store.problems import ProjectError
from symviewer.store.project import Project


def wait_idle(qtbot, app):
    qtbot.waitUntil(lambda: app.session.idle)


def accept_two(app) -> None:
    workspace = app.session.workspace
    best = [suggestion.id for suggestion in workspace.suggestions[:2]]
    app.session.stack.push(commands.accept(app.session.document, workspace.picture_id, best))


def state_of(document) -> dict:
    return {
        entry.path: (entry.state, document.annotations(entry.id), document.suggestions(entry.id))
        for entry in document.entries()
    }


def test_opening_a_folder_makes_its_project_and_every_step_is_saved(app, pictures, qtbot):
    folder = Path(pictures[0]).parent
    assert (folder / PROJECT_NAME).is_file()
    assert app.session.project.project.folder == folder
    assert len(app.session.document) == 5
    accept_two(app)
    assert app.window.status.saving_text.startswith("Saved ")
    assert not app.window.center.banner.isVisible()
    other = open_folder(folder)
    assert other.stack.read_only  # this window writes
    other.close()


def test_what_is_found_by_looking_is_saved_but_no_step_of_undo(app, source, qtbot):
    actions = app.window.actions_by_id
    assert len(app.session.workspace.suggestions) == 6
    assert not actions["undo"].isEnabled()
    accept_two(app)
    assert actions["undo"].text() == "&Undo Accept 2 shapes"
    actions["detect"].trigger()
    wait_idle(qtbot, app)
    actions["undo"].trigger()
    assert len(app.session.workspace.annotations) == 0
    assert len(app.session.workspace.suggestions) == 6
    actions["redo"].trigger()
    assert len(app.session.workspace.annotations) == 2


def test_closed_and_opened_again_it_is_the_same_and_nothing_is_computed_again(start, app, source, pictures, qtbot):
    accept_two(app)
    picture = app.session.workspace.picture_id
    app.session.stack.push(commands.toggle_verified(app.session.document, picture))
    wait_idle(qtbot, app)
    before = state_of(app.session.document)
    looked_at = [p.path for p in app.session.workspace.pictures if p.state is PictureState.DONE]
    app.close()
    source.calls.clear()
    again = start(str(Path(pictures[0]).parent))
    wait_idle(qtbot, again)
    document = again.session.document
    assert {path: state for path, state in state_of(document).items() if path in before} == before
    assert [p.path for p in again.session.workspace.pictures if p.state is PictureState.DONE][:3] == looked_at[:3]
    assert len(again.session.workspace.annotations) == 2
    assert again.session.workspace.heatmaps is not None  # looked at for its heatmaps alone
    assert len(again.session.workspace.suggestions) == 4


def test_a_second_window_reads_only_says_so_and_changes_nothing(start, app, pictures, qtbot):
    accept_two(app)
    wait_idle(qtbot, app)
    folder = Path(pictures[0]).parent
    second = start(str(folder))
    wait_idle(qtbot, second)
    assert second.window.center.banner.isVisible()
    assert "reading only" in second.window.center.banner.text
    assert second.window.status.saving_text == "Read only"
    assert len(second.session.workspace.annotations) == 2
    assert not app.window.center.banner.isVisible()
    second.session.workspace.pictures.select(4)  # nobody looked at it: it is shown here, not saved
    wait_idle(qtbot, second)
    assert len(second.session.workspace.suggestions) == 6
    before = state_of(app.session.document)
    second.window.actions_by_id["reject"].trigger()
    second.close()
    assert state_of(app.session.document) == before
    accept_two(app)  # the first one goes on writing
    assert app.window.status.saving_text.startswith("Saved ")


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"\x17" * 2000, b"my notes", b"SQLite format 3\0"])
def test_a_foreign_or_broken_project_is_refused_untouched_and_the_pictures_are_shown(start, pictures, qtbot, content):
    path = Path(pictures[0]).parent / PROJECT_NAME
    path.write_bytes(content)
    app = start(str(path.parent))
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert str(path) in app.window.error_dialog.problem.what
    assert app.session.project is None
    wait_idle(qtbot, app)
    assert len(app.session.workspace.pictures) == 5
    assert app.window.canvas.isVisible()
    assert len(app.session.workspace.suggestions) == 6
    assert app.window.center.banner.isVisible()
    assert app.session.stack.read_only
    app.close()
    assert path.read_bytes() == content
    assert sorted(os.listdir(path.parent)) == ["p1.png", "p2.png", "p3.png", "p4.png", "p5.png", PROJECT_NAME]


def test_a_moved_picture_keeps_its_work(start, app, source, pictures, qtbot):
    accept_two(app)
    before = app.session.workspace.annotations
    qtbot.waitUntil(lambda: app.session.idle)
    app.close()
    folder = Path(pictures[0]).parent
    (folder / "sub").mkdir()
    Path(pictures[0]).rename(folder / "sub" / "other name.png")
    again = start(str(folder))
    workspace = again.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == 5 and again.session.idle)
    index = workspace.pictures.index_of(str(folder / "sub" / "other name.png"))
    workspace.pictures.select(index)
    wait_idle(qtbot, again)
    assert workspace.annotations == before
    assert len(again.session.document) == 5
    assert "1 picture with your work found again at another place." in again.window.log.text.toPlainText()


def test_a_picture_that_is_gone_is_said_and_its_work_kept(start, app, pictures, qtbot):
    accept_two(app)
    qtbot.waitUntil(lambda: app.session.idle)
    app.close()
    Path(pictures[0]).rename(Path(pictures[0]).parent.parent / "elsewhere.png")
    again = start(str(Path(pictures[0]).parent))
    qtbot.waitUntil(lambda: len(again.session.workspace.pictures) == 4 and again.session.idle)
    assert "1 picture changed or not here any more" in again.window.log.text.toPlainText()
    document = again.session.document
    assert len(document.annotations(document.find("p1.png"))) == 2


def test_another_folder_closes_the_project_so_that_another_window_can_write(app, tmp_path, pictures, qtbot):
    from PIL import Image

    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 30)).save(other / "x.png")
    accept_two(app)
    app.session.open([str(other)])
    qtbot.waitUntil(lambda: len(app.session.workspace.pictures) == 1)
    wait_idle(qtbot, app)
    assert app.session.project.project.folder == other
    assert not app.window.actions_by_id["undo"].isEnabled()
    first = open_folder(Path(pictures[0]).parent)
    assert not first.stack.read_only
    assert sum(entry.annotations for entry in first.document.entries()) == 2
    first.close()


def test_a_project_file_stands_for_its_folder(start, app, pictures, qtbot):
    accept_two(app)
    app.close()
    again = start(str(Path(pictures[0]).parent / PROJECT_NAME))
    qtbot.waitUntil(lambda: len(again.session.workspace.pictures) == 5)
    wait_idle(qtbot, again)
    assert len(again.session.workspace.annotations) == 2


@pytest.mark.parametrize("arguments", [0, 1])
def test_nothing_is_put_into_the_folder_of_the_samples(start, pictures, monkeypatch, qtbot, home, arguments):
    folder = Path(pictures[0]).parent
    monkeypatch.setattr("symviewer.services.session.sample_folder", lambda: str(folder))
    app = start(*pictures[:arguments])  # all of them, or one by its name
    qtbot.waitUntil(lambda: len(app.session.workspace.pictures) == 5)
    wait_idle(qtbot, app)
    assert app.session.project is not None
    assert str(app.session.project.project.path).startswith(str(home))
    assert PROJECT_NAME not in os.listdir(folder)
    assert not app.window.center.banner.isVisible()


def test_a_failed_save_is_shown_tried_again_and_holds_the_window_open(app, monkeypatch, qtbot):
    def full(_project, _changes):
        raise ProjectError("A change could not be saved.", "The disk is full.", "Make room.")

    with monkeypatch.context() as patch:
        patch.setattr(Project, "write", full)
        accept_two(app)
        assert app.window.error_dialog.isVisible()
        assert app.window.status.saving_text == "Not saved: 1 step"
        assert "The disk is full." in app.window.center.banner.text
        assert app.window.center.banner.isVisible()
        app.window.error_dialog.close()
        app.session.open([app.session.workspace.pictures[0].path])
        assert "stays open" in app.window.error_dialog.problem.what
        app.window.error_dialog.close()
        asked = []
        patch.setattr(app.window, "_may_lose", lambda: bool(asked.append(1)))
        app.window.close()
        assert asked
        assert app.window.isVisible()
    app.session.projects._retry.timeout.emit()  # its time has come
    assert app.window.status.saving_text.startswith("Saved ")
    assert not app.window.center.banner.isVisible()
