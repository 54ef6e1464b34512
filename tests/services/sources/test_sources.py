"""Sources without a window: cameras by name, opening that is cancelled or never ends, streams that end, slots."""

from __future__ import annotations

import itertools
import json
import sys
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from clipsym_core.errors import InputError, VideoError
from symviewer.services.sources import capture
from symviewer.services.sources.base import Frame
from symviewer.services.sources.cameras import Camera, linux_cameras, list_cameras, mac_cameras
from symviewer.services.sources.capture import CaptureSource
from symviewer.services.sources.demo import DemoSource
from symviewer.services.sources.files import FolderSource, VideoSource
from symviewer.services.sources.slot import FrameSlot
from tests.core.video.pictures import number_of, uneven_times, write_video


class TestCameras:
    def test_linux_names_are_read_and_only_picture_nodes_count(self, tmp_path):
        for node, name, index in (
            ("video0", "Front camera", 0),
            ("video1", "Front camera", 1),
            ("video10", "USB", 0),
            ("video2", "", 0),
        ):
            (tmp_path / node).mkdir()
            (tmp_path / node / "name").write_text(f"{name}\n")
            (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / "video3").mkdir()  # a node that says nothing
        assert linux_cameras(tmp_path) == [Camera(0, "Front camera"), Camera(2, "video2"), Camera(10, "USB")]
        assert list_cameras(tmp_path / "nothing", platform="linux") == []

    def test_macs_tell_names_in_order(self):
        output = json.dumps({"SPCameraDataType": [{"_name": "FaceTime HD"}, {"_name": "iPhone"}]}).encode()
        assert mac_cameras(output) == [Camera(0, "FaceTime HD"), Camera(1, "iPhone")]
        assert mac_cameras(b"rubbish") == mac_cameras(b"[]") == mac_cameras(b'{"SPCameraDataType": [{}]}') == []

    def test_windows_tells_names_where_the_extra_is_installed(self, tmp_path, monkeypatch):
        """The module stands for the package of the extra "camera", which tells nothing on other systems."""
        (tmp_path / "cv2_enumerate_cameras.py").write_text(
            "from types import SimpleNamespace as Info\n"
            "def enumerate_cameras(backend):\n"
            "    names = ('Front', '') if backend == 700 else ()\n"
            "    return [Info(index=i, name=name, backend=backend) for i, name in enumerate(names)]\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "cv2_enumerate_cameras", raising=False)
        assert cv2.CAP_DSHOW == 700
        assert list_cameras(platform="win32") == [Camera(0, "Front"), Camera(1, "Camera 2")]
        monkeypatch.delitem(sys.modules, "cv2_enumerate_cameras")

    def test_where_names_are_not_told_numbers_are_offered(self, monkeypatch):
        monkeypatch.setattr("symviewer.services.sources.cameras.find_spec", lambda _name: None)
        assert list_cameras(platform="win32") == [Camera(0, "Camera 1"), Camera(1, "Camera 2")]


class TestCapture:
    """OpenCV opens a video file as it opens a stream."""

    def test_frames_of_a_stream_and_its_end(self, tmp_path):
        path = write_video(tmp_path / "stream.avi", uneven_times(12))
        source = CaptureSource(str(path), "the yard")
        source.open(threading.Event())
        frames = [source.read() for _ in range(12)]
        assert [number_of(frame.pixels) for frame in frames] == list(range(12))
        assert [frame.number for frame in frames] == list(range(12))
        assert all(a.seconds <= b.seconds for a, b in itertools.pairwise(frames))
        with pytest.raises(VideoError, match="the yard is gone"):
            source.read()
        source.close()
        source.close()

    def test_what_is_not_there_is_said(self, tmp_path):
        with pytest.raises(VideoError, match=r"nowhere cannot be opened\. Nothing answers"):
            CaptureSource(str(tmp_path / "nothing.mp4"), "nowhere").open(threading.Event())
        with pytest.raises(VideoError, match=r"no such camera, or another program"):
            CaptureSource(97, "Camera 98").open(threading.Event())

    def test_a_driver_that_hangs_is_left_alone(self, monkeypatch):
        """Opening is given up after its time, or when it is cancelled; what comes late is closed."""
        gate, released = threading.Event(), threading.Event()

        class Late:
            def release(self):
                released.set()

        def hang(_target):
            gate.wait(60)
            return Late()

        monkeypatch.setattr(capture, "_capture", hang)
        with pytest.raises(VideoError, match="did not answer in"):
            CaptureSource(0, "slow", open_seconds=0.05).open(threading.Event())
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(VideoError, match="It was cancelled"):
            CaptureSource(0, "slow").open(cancelled)
        gate.set()
        assert released.wait(60)


class TestFiles:
    def test_a_video_gives_its_frames_with_their_times(self, tmp_path):
        times = uneven_times(8)
        source = VideoSource(str(write_video(tmp_path / "v.mkv", times)))
        source.open(threading.Event())
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
        source.close()
        assert frames[-1].number == 7
        for frame in frames:
            assert number_of(frame.pixels) == frame.number
            assert frame.seconds == pytest.approx(times[frame.number], abs=1e-3)
        assert source.read() is None

    def test_a_folder_is_brought_to_one_size_and_broken_pictures_are_left_out(self, tmp_path):
        for name, size in (("2.png", (40, 30)), ("10.png", (80, 90)), ("1.png", (40, 30))):
            Image.new("RGB", size, (200, 10, 10)).save(tmp_path / name)
        (tmp_path / "3.png").write_bytes(b"broken")
        source = FolderSource(str(tmp_path), rate=1000)
        source.open(threading.Event())
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
        assert [frame.number for frame in frames] == [0, 1, 3]
        assert {frame.pixels.shape for frame in frames} == {(30, 40, 3)}
        with pytest.raises(VideoError, match="There is no file or folder"):
            FolderSource(str(tmp_path / "nothing")).open(threading.Event())
        with pytest.raises(InputError, match="0 pictures a second"):
            FolderSource(str(tmp_path), rate=0)


def test_the_demo_camera_comes_at_its_rate_whoever_is_late():
    camera = DemoSource((96, 64), rate=200.0)
    camera.open(threading.Event())
    numbers = [camera.read().number for _ in range(10)]
    assert numbers == sorted(set(numbers))
    camera._begun -= 1.0  # nobody came for a second
    late = camera.read()
    assert late.number >= 200
    assert late.seconds == late.number / 200.0
    camera.unplug()
    with pytest.raises(VideoError, match="gone"):
        camera.read()
    with pytest.raises(VideoError, match="unplugged"):
        camera.open(threading.Event())


def test_a_slot_holds_the_latest_frame_and_counts_what_nobody_saw():
    slot, pixels = FrameSlot(), np.zeros((2, 2, 3), np.uint8)
    assert slot.take() is None
    assert slot.put(Frame(0, 0.0, pixels))
    assert not slot.put(Frame(1, 0.1, pixels))  # told already
    assert not slot.put(Frame(2, 0.2, pixels))
    assert slot.take().number == 2
    assert slot.take() is None
    assert slot.dropped == 2
    assert slot.put(Frame(3, 0.3, pixels))
