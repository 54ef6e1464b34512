"""Frames by number, exactly: uneven times, jumps in any order, turned pictures, files that were cut off."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsym_core.errors import VideoError
from clipsym_core.video.index import build_index
from clipsym_core.video.reader import VideoReader
from tests.core.video.pictures import SIZE, number_of, numbered, uneven_times, write_video

COUNT = 90
TIMES = uneven_times(COUNT)


@pytest.fixture(scope="module", params=["mp4", "mkv", "webm", "avi", "mov"])
def video(request, tmp_path_factory) -> Path:
    return write_video(tmp_path_factory.mktemp("videos") / f"uneven.{request.param}", TIMES)


def test_every_frame_is_itself_and_has_its_time(video):
    with VideoReader(video) as reader:
        assert len(reader) == COUNT
        assert reader.size == SIZE
        assert reader.index.damaged == 0
        for frame in reader.frames():
            assert number_of(frame.pixels) == frame.number
            assert frame.seconds == pytest.approx(TIMES[frame.number], abs=1e-3)


def test_a_jump_gives_the_pixels_of_going_there_step_by_step(video):
    with VideoReader(video) as walked, VideoReader(video) as jumped:
        through = {frame.number: frame.pixels.copy() for frame in walked.frames()}
        for number in (37, 0, COUNT - 1, 36, 89, 12, 60, 38):
            frame = jumped.frame(number)
            assert number_of(frame.pixels) == number
            assert np.array_equal(frame.pixels, through[number])


@given(orders=st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_frames_in_any_order(video, orders):
    with VideoReader(video) as reader:
        assert [number_of(reader.frame(n).pixels) for n in orders] == orders


def test_times_and_frames_find_each_other(video):
    index = build_index(video)
    for number in range(COUNT):
        assert index.at(index.seconds(number) + 1e-4) == number
        assert index.frame_of(index.pts[number]) == number
    assert index.at(-5) == 0
    assert index.at(1e6) == COUNT - 1
    assert index.rate == pytest.approx((COUNT - 1) / TIMES[-1], rel=1e-2)


def test_a_number_that_is_not_there_is_refused(video):
    with VideoReader(video) as reader:
        for number in (-1, COUNT):
            with pytest.raises(IndexError, match=f"no frame {number}"):
                reader.frame(number)


def test_an_index_can_be_given_up(video):
    told = []
    assert build_index(video, progress=told.append, cancelled=lambda: True) is None
    assert build_index(video, progress=told.append) is not None
    assert told
    assert all(0 <= share <= 1 for share in told)


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    whole = write_video(tmp_path / "whole.mkv", TIMES)
    data = whole.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: int(0.7 * len(data))])
    with VideoReader(cut) as reader:
        assert 10 < len(reader) < COUNT
        numbers = [number_of(frame.pixels) for frame in reader.frames()]
        # Near the end, frames that are stored later than they are shown may be missing.
        assert numbers[:-4] == list(range(len(reader) - 4))
        assert numbers == sorted(set(numbers))
        assert [number_of(reader.frame(n).pixels) for n in reversed(range(len(reader)))] == numbers[::-1]


def test_a_tail_of_rubbish_holds_no_frames(tmp_path):
    whole = write_video(tmp_path / "whole.avi", TIMES)
    data = bytearray(whole.read_bytes())
    start = data.index(b"movi")
    end = data.rindex(b"idx1")
    spoiled = start + int(0.8 * (end - start))
    data[spoiled:end] = bytes(end - spoiled)
    broken = tmp_path / "broken.avi"
    broken.write_bytes(data)
    with VideoReader(broken) as reader:
        assert 10 < len(reader) <= COUNT
        for frame in reader.frames():
            if frame.number < len(reader) - 12:  # in the last group, pictures may be spoiled in part
                assert number_of(frame.pixels) == frame.number


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_a_picture_that_was_filmed_sideways_stands_upright(tmp_path, matrix, turns):
    """The header of the track asks for a turn, as a telephone writes it."""
    path = write_video(tmp_path / "sideways.mp4", TIMES[:10])
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # version, flags, times, layer and volume come before the matrix
    a, b, c, d = (value * 0x10000 for value in matrix)
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    path.write_bytes(data)
    with VideoReader(path) as reader:
        expected = np.rot90(numbered(5), turns)
        assert reader.size == (expected.shape[1], expected.shape[0])
        assert np.abs(reader.frame(5).pixels.astype(int) - expected).mean() < 12
        assert number_of(np.rot90(reader.frame(5).pixels, -turns)) == 5


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\x00\x00\x00\x18ftypmp42" + bytes(500)])
def test_what_is_no_video_is_said(tmp_path, content):
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"odd\.mp4"):
        VideoReader(path)
    with pytest.raises(VideoError, match=r"missing\.mp4"):
        VideoReader(tmp_path / "missing.mp4")


def test_sound_alone_is_no_video(tmp_path):
    import av

    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    with pytest.raises(VideoError, match="no pictures"):
        VideoReader(path)
