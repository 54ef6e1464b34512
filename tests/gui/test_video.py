"""A video in the real window: each frame is a picture of its own, found again where it was annotated."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clipsym_core.symmetry import ReflectionAxis
from clipsym_core.video.address import frame_address
from symviewer.model import commands
from tests.core.video.pictures import number_of, uneven_times, write_video

COUNT = 60
TIMES = uneven_times(COUNT)
AXIS = ReflectionAxis(((20.0, 10.0), (140.0, 80.0)))


@pytest.fixture
def video(tmp_path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return write_video(folder / "uneven.mp4", TIMES)


def open_video(application, qtbot, path):
    workspace = application.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == COUNT)
    qtbot.waitUntil(lambda: workspace.pictures[0].path.startswith(str(path)))
    qtbot.waitUntil(lambda: not application.session.opening)
    return workspace


def show(workspace, qtbot, number):
    workspace.pictures.select(number)
    path = workspace.pictures[number].path
    qtbot.waitUntil(lambda: workspace.image is not None and workspace.image.path == path)


def annotate(application, number):
    desk = application.session.workspace.desk
    picture = desk.find(application.session.workspace.pictures[number].path)
    desk.stack.push(commands.add(desk.document, picture, [AXIS]))


def annotated(workspace):
    return [n for n, p in enumerate(workspace.pictures) if (e := workspace.desk.entry(p.path)) and e.annotations]


def test_an_annotated_frame_37_is_frame_37_after_reopening(start, qtbot, video):
    application = start(str(video))
    workspace = open_video(application, qtbot, video)
    for number in (37, 0, 59, 12, 37):
        show(workspace, qtbot, number)
        assert number_of(workspace.image.pixels) == number
    address = frame_address(workspace.pictures[37].path)
    assert (address.number, address.video) == (37, str(video))
    assert address.seconds == pytest.approx(TIMES[37], abs=1e-3)
    annotate(application, 37)
    application.close()

    again = start(str(video))
    workspace = open_video(again, qtbot, video)
    assert annotated(workspace) == [37]
    show(workspace, qtbot, 37)
    assert number_of(workspace.image.pixels) == 37
    (kept,) = again.session.document.annotations(workspace.desk.find(workspace.pictures[37].path))
    assert kept.shape == AXIS


def test_a_video_that_was_renamed_keeps_its_annotations(start, qtbot, video):
    application = start(str(video))
    open_video(application, qtbot, video)
    annotate(application, 37)
    annotate(application, 5)
    reader = application.session.project.project
    qtbot.waitUntil(lambda: len(_identities(reader)) == 2)
    application.close()
    renamed = video.with_name("other name.mp4")
    shutil.move(video, renamed)
    again = start(str(renamed))
    workspace = open_video(again, qtbot, renamed)
    qtbot.waitUntil(lambda: annotated(workspace) == [5, 37])


def _identities(project):
    project.save_identities()
    return project.known_pictures()


def test_a_video_that_was_changed_says_so(start, qtbot, video):
    application = start(str(video))
    workspace = open_video(application, qtbot, video)
    write_video(video, [2 * t for t in TIMES])
    workspace.pictures.select(20)
    qtbot.waitUntil(lambda: workspace.pictures[20].problem is not None)
    assert "the video was changed" in workspace.pictures[20].problem.why


def test_a_file_that_is_no_video_is_reported(start, qtbot, tmp_path):
    path = tmp_path / "odd.mp4"
    path.write_bytes(b"no video")
    application = start(str(path))
    qtbot.waitUntil(lambda: application.window.error_dialog.isVisible())
    assert "odd.mp4" in application.window.error_dialog.problem.what
