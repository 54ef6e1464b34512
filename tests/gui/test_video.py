"""A video in the real window: each frame is a picture of its own, found again where it was annotated."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, axis_angle_difference
from clipsym_core.video.address import frame_address
from clipsym_core.video.reader import VideoReader
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.film import Mark
from symviewer.views.handlers.video import VideoHandlers
from tests.core.video.pictures import SIZE, number_of, uneven_times, write_video

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
    qtbot.waitUntil(lambda: {5, 37} <= _identities(reader))
    application.close()
    renamed = video.with_name("other name.mp4")
    shutil.move(video, renamed)
    again = start(str(renamed))
    workspace = open_video(again, qtbot, renamed)
    qtbot.waitUntil(lambda: annotated(workspace) == [5, 37])


def _identities(project):
    """Frames whose video is known by its content."""
    project.save_identities()
    return {frame_address(picture.path).number for picture in project.known_pictures()}


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


@pytest.fixture
def moving(tmp_path) -> Path:
    """A second of the demo scene, 10 frames a second."""
    from clipsym_core.data.synthesis.moving import MovingScene
    from clipsym_core.video.writer import VideoWriter

    scene = MovingScene((320, 240))
    folder = tmp_path / "scene"
    folder.mkdir()
    with VideoWriter(folder / "moving.mp4", rate=10) as writer:
        for number in range(12):
            writer.write(scene.at(number / 10).image, number / 10)
    return folder / "moving.mp4"


class TestTimeLine:
    def test_it_is_there_for_videos_alone_and_shows_what_was_done(self, start, qtbot, video, pictures):
        application = start(str(video))
        window = application.window
        workspace = open_video(application, qtbot, video)
        line = window.time_line
        assert line.isVisible()
        annotate(application, 37)
        desk = workspace.desk
        twelve = desk.find(workspace.pictures[12].path)
        desk.stack.push(commands.set_state(desk.document, [twelve], ReviewState.VERIFIED))
        qtbot.waitUntil(
            lambda: line.track.marks.get(37) is Mark.ANNOTATED and line.track.marks.get(12) is Mark.VERIFIED
        )
        show(workspace, qtbot, 36)
        assert "frame 36 of 60" in line.label.text()
        window.actions_by_id["video_next_mark"].trigger()
        assert workspace.pictures.current == 37
        qtbot.mouseClick(line.track, Qt.MouseButton.LeftButton, pos=QPoint(round(line.track.x_of(12)), 10))
        assert workspace.pictures.current == 12
        qtbot.keyClick(line.track, Qt.Key.Key_Right)
        assert workspace.pictures.current == 13
        qtbot.keyClick(line.track, Qt.Key.Key_PageDown)
        assert workspace.pictures.current == line.film.at(TIMES[13] + 1.0)
        application.session.open([str(Path(pictures[0]).parent)])
        qtbot.waitUntil(lambda: len(workspace.pictures) == 5)
        assert not line.isVisible()

    def test_playing_shows_every_frame_and_ends_at_the_end(self, start, qtbot, video):
        application = start(str(video))
        workspace = open_video(application, qtbot, video)
        show(workspace, qtbot, 50)
        seen = []
        workspace.image_changed.connect(lambda image: seen.append(number_of(image.pixels)) if image else None)
        application.window.actions_by_id["video_play"].trigger()
        assert application.window.time_line.playing
        qtbot.waitUntil(lambda: not application.window.time_line.playing)
        qtbot.waitUntil(lambda: seen[-1:] == [59])
        assert seen == list(range(51, 60))


class TestKeyFrames:
    def test_frames_between_two_key_frames_are_filled_in_one_step(self, start, qtbot, video):
        application = start(str(video))
        workspace = open_video(application, qtbot, video)
        desk = workspace.desk
        other = ReflectionAxis(((40.0, 10.0), (160.0, 80.0)))
        for number, shape in ((10, AXIS), (20, other)):
            picture = desk.find(workspace.pictures[number].path)
            desk.stack.push(commands.add(desk.document, picture, [shape]))
        show(workspace, qtbot, 14)
        application.window.actions_by_id["video_interpolate"].trigger()
        assert annotated(workspace) == list(range(10, 21))
        share = (TIMES[14] - TIMES[10]) / (TIMES[20] - TIMES[10])  # by time, not by number
        (filled,) = application.window.time_line.film.shapes(14)
        assert filled.midpoint[0] == pytest.approx(80 + 20 * share, abs=0.1)
        desk.stack.undo()
        assert annotated(workspace) == [10, 20]
        application.window.actions_by_id["video_copy"].trigger()
        assert application.window.time_line.film.shapes(14) == [AXIS]

    @pytest.mark.parametrize(("action", "places"), [("video_follow_on", range(7, 12)), ("video_follow_back", range(6))])
    def test_shapes_are_followed_to_the_end_or_the_next_key_frame(self, start, qtbot, moving, action, places):
        from clipsym_core.data.synthesis.moving import MovingScene

        scene = MovingScene((320, 240))
        application = start(str(moving))
        workspace = application.session.workspace
        qtbot.waitUntil(lambda: len(workspace.pictures) == 12 and not application.session.opening)
        desk = workspace.desk
        picture = desk.find(workspace.pictures[6].path)
        desk.stack.push(commands.add(desk.document, picture, [scene.at(0.6).shapes[0], scene.at(0.6).shapes[1]]))
        show(workspace, qtbot, 6)
        qtbot.waitUntil(lambda: application.session.idle)
        application.window.actions_by_id[action].trigger()

        def followed():
            found = {}
            for place in places:
                suggestions = desk.document.suggestions(desk.find(workspace.pictures[place].path))
                found[place] = [s.detection for s in suggestions if s.detection.source == "following"]
            return found

        qtbot.waitUntil(lambda: all(len(found) == 2 for found in followed().values()))
        for place, found in followed().items():
            truth = scene.at(place / 10).shapes
            axis = next(d.shape for d in found if isinstance(d.shape, ReflectionAxis))
            center = next(d.shape for d in found if isinstance(d.shape, RotationCenter))
            assert axis_angle_difference(axis.angle, truth[0].angle) < 2.0
            assert math.dist(axis.midpoint, truth[0].midpoint) < 3.0
            assert math.dist(center.point, truth[1].point) < 3.0
        assert annotated(workspace) == [6]

    def test_the_video_is_written_with_its_shapes(self, start, qtbot, video, tmp_path):
        application = start(str(video))
        workspace = open_video(application, qtbot, video)
        annotate(application, 37)
        handler = VideoHandlers(application.window)
        out = tmp_path / "out.mkv"
        with qtbot.waitSignal(handler._work.done, timeout=60_000):
            handler.write_overlay(str(out))
        with VideoReader(out) as reader, VideoReader(video) as plain:
            assert [f.seconds for f in reader.frames()] == pytest.approx(TIMES, abs=2e-3)
            changed = [
                n for n in range(COUNT)
                if (abs(reader.frame(n).pixels.astype(int) - plain.frame(n).pixels) > 120).mean() > 0.01
            ]  # fmt: skip
        assert 37 in changed
        assert workspace.desk.document is application.session.document


def test_frames_go_into_a_dataset_as_pictures_and_stay_together(start, qtbot, video, tmp_path):
    from clipsym_core.data.formats.base import ReadOptions, WriteOptions
    from clipsym_core.data.formats.registry import get_format
    from clipsym_core.data.report import Report
    from clipsym_core.imaging import read_image

    application = start(str(video))
    open_video(application, qtbot, video)
    for number in (37, 5):
        annotate(application, number)
    application.close()
    report = Report()
    pictures = [p for p in get_format("project").read(video.parent, ReadOptions(), report) if p.annotations]
    assert {p.path for p in pictures} == {"uneven-frame000037.png", "uneven-frame000005.png"}
    assert {p.group for p in pictures} == {"uneven.mp4"}
    assert {p.size for p in pictures} == {SIZE}
    target = tmp_path / "export"
    get_format("native").write(iter(pictures), target, WriteOptions(), report)
    assert not report.entries
    for number in (37, 5):
        (written,) = target.rglob(f"uneven-frame{number:06d}.png")
        assert number_of(read_image(written)) == number
