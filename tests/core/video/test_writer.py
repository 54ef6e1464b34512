"""Writing: odd sizes, files that appear only when complete, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from clipsym_core.errors import InputError, VideoError
from clipsym_core.video import pyav as loader
from clipsym_core.video.reader import VideoReader
from clipsym_core.video.writer import VideoWriter
from tests.core.video.pictures import number_of, numbered


def _write(path, pictures, error=None):
    """Pictures ten a second, then the error."""
    with VideoWriter(path) as writer:
        for number, picture in enumerate(pictures):
            writer.write(picture, number / 10)
        if error is not None:
            raise error


def test_an_odd_size_is_made_even_by_repeating_the_border(tmp_path):
    picture = numbered(9)[:95, :159]
    with VideoWriter(tmp_path / "odd.mp4") as writer:
        for _ in range(5):
            writer.write(picture)
    with VideoReader(tmp_path / "odd.mp4") as reader:
        assert reader.size == (160, 96)
        assert number_of(reader.frame(4).pixels) == 9
        assert [f.seconds for f in reader.frames()] == pytest.approx([n / 30 for n in range(5)], abs=1e-4)


def test_times_that_do_not_grow_are_moved_on(tmp_path):
    with VideoWriter(tmp_path / "still.mkv") as writer:
        for number in range(6):
            writer.write(numbered(number), 0.0)
    with VideoReader(tmp_path / "still.mkv") as reader:
        assert [number_of(f.pixels) for f in reader.frames()][-1] == 5


def test_an_error_leaves_the_old_file_and_ctrl_c_a_complete_short_one(tmp_path):
    path = tmp_path / "v.mp4"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        _write(path, [numbered(1)], ZeroDivisionError())
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]
    with pytest.raises(KeyboardInterrupt):
        _write(path, [numbered(number) for number in range(3)], KeyboardInterrupt())
    with VideoReader(path) as reader:
        assert [number_of(frame.pixels) for frame in reader.frames()] == [0, 1, 2]
    assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]


def test_without_a_frame_there_is_no_file(tmp_path):
    with VideoWriter(tmp_path / "v.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(VideoError, match="no format of ours"):
        VideoWriter(tmp_path / "v.gif")
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="Cannot write"), VideoWriter(tmp_path / "file" / "v.mp4"):
        pass
    with pytest.raises(VideoError, match="the first was 160 x 96"):
        _write(tmp_path / "v.mp4", [numbered(1), numbered(1)[:64]])
    with pytest.raises(InputError):
        _write(tmp_path / "v.mp4", [np.zeros((4, 4), np.uint8)])


def test_without_pyav_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(VideoError, match=r"pip install \"symviewer\[video\]\""):
        loader.pyav()
    with pytest.raises(VideoError, match="PyAV"):
        VideoWriter(tmp_path / "v.mp4")


def test_a_writer_that_cannot_begin_leaves_the_old_file(tmp_path):
    path = tmp_path / "v.mp4"
    path.write_bytes(b"old")
    writer = VideoWriter(path)
    writer._format = "no such format"
    with pytest.raises(VideoError, match="Cannot write the video"), writer:
        pass
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]
