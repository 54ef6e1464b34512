"""Mailbox, cache, scan, thumbnails, boundary: the parts of the background work, without a window."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from clipsym_core.errors import ImageReadError
from symviewer.services.boundary import Boundary
from symviewer.services.first_look import FirstLook
from symviewer.services.folder_scan import FolderScan, ScanRequest, find_pictures
from symviewer.services.lru import ByteCache
from symviewer.services.mailbox import Mailbox, Stack
from symviewer.services.picture_cache import PictureCache
from symviewer.services.thumbnails import make_thumbnail


class TestMailbox:
    def test_the_latest_of_a_slot_wins_and_urgent_slots_come_first(self):
        box: Mailbox[str] = Mailbox("urgent", "later")
        assert box.put("later", "l1") is None
        assert box.put("later", "l2") == "l1"
        box.put("urgent", "u1")
        assert (box.take(), box.take()) == ("u1", "l2")

    def test_closing_ends_the_wait_of_every_thread(self):
        box: Mailbox[str] = Mailbox("only")
        taken = []
        threads = [threading.Thread(target=lambda: taken.append(box.take())) for _ in range(3)]
        for thread in threads:
            thread.start()
        box.close()
        for thread in threads:
            thread.join(10)
        assert taken == [None, None, None]
        box.put("only", "too late")
        assert box.take() is None

    def test_clearing_gives_back_what_was_thrown_away(self):
        box: Mailbox[int] = Mailbox("a", "b")
        box.put("a", 1)
        box.put("b", 2)
        assert box.clear() == [1, 2]
        assert box.clear() == []

    def test_a_stack_gives_the_latest_first_and_drops_the_oldest(self):
        stack: Stack[int] = Stack(3)
        assert [stack.put(i) for i in range(5)] == [None, None, None, 0, 1]
        assert [stack.take() for _ in range(3)] == [4, 3, 2]
        stack.close()
        assert stack.take() is None


class TestByteCache:
    def test_the_least_used_goes_first(self):
        cache: ByteCache[str, bytes] = ByteCache(10, len)
        cache.put("a", b"1234")
        cache.put("b", b"1234")
        assert cache.get("a") == b"1234"
        cache.put("c", b"1234")
        assert cache.get("b") is None
        assert cache.get("a") is not None
        assert cache.nbytes == 8

    def test_one_value_over_the_limit_is_kept_alone(self):
        cache: ByteCache[str, bytes] = ByteCache(10, len)
        cache.put("a", b"1234")
        cache.put("huge", b"x" * 100)
        assert len(cache) == 1
        assert cache.get("huge") is not None
        cache.put("huge", b"y")
        assert cache.nbytes == 1


class TestScan:
    def test_folders_are_read_recursively_in_natural_order(self, tmp_path):
        for name in ("b/photo 10.png", "b/photo 9.PNG", "a.jpg", "b/notes.txt", "b/c/deep.webp", ".hidden/x.png"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        os.symlink(tmp_path, tmp_path / "b" / "loop")
        problems = []
        found = list(find_pictures((str(tmp_path),), problems))
        assert [os.path.relpath(path, tmp_path) for path in found] == [
            "a.jpg", "b/photo 9.PNG", "b/photo 10.png", "b/c/deep.webp",
        ]  # fmt: skip
        assert problems == []

    def test_one_file_stands_for_its_folder_several_for_themselves(self, tmp_path):
        for name in ("1.png", "2.png", "3.png", "sub/4.png"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        one = list(find_pictures((str(tmp_path / "2.png"),), []))
        assert [os.path.basename(path) for path in one] == ["1.png", "2.png", "3.png"]
        two = list(find_pictures((str(tmp_path / "3.png"), str(tmp_path / "1.png")), []))
        assert [os.path.basename(path) for path in two] == ["3.png", "1.png"]

    def test_what_cannot_be_read_is_reported_and_passed_over(self, tmp_path):
        (tmp_path / "1.png").touch()
        problems = []
        found = list(find_pictures((str(tmp_path / "gone"), str(tmp_path)), problems))
        assert len(found) == 1
        assert "gone" in problems[0].what

    def test_a_link_to_itself_stops_nothing(self, tmp_path):
        (tmp_path / "2.png").touch()
        os.symlink("1.png", tmp_path / "1.png")
        found = list(find_pictures((str(tmp_path),), []))
        assert [os.path.basename(path) for path in found] == ["1.png", "2.png"]
        with pytest.raises(ImageReadError, match=r"1\.png"):
            PictureCache().get(found[0])

    def test_fifty_thousand_names_are_listed(self, tmp_path):
        """The bound of one second is benchmarks/workbench.py's; here, that nothing is lost."""
        for i in range(5000):
            (tmp_path / f"{i}.png").touch()
        found = list(find_pictures((str(tmp_path),), []))
        assert [os.path.basename(p) for p in found[:3]] == ["0.png", "1.png", "2.png"]
        assert len(found) == 5000


class TestPictures:
    def test_a_picture_is_decoded_once_until_its_file_changes(self, tmp_path):
        path = tmp_path / "p.png"
        Image.new("RGB", (4, 3), (1, 2, 3)).save(path)
        cache = PictureCache()
        first = cache.get(str(path))
        assert cache.get(str(path)) is first
        assert first.pixels.shape == (3, 4, 3)
        Image.new("RGB", (5, 3)).save(path)
        os.utime(path, ns=(time.time_ns(), time.time_ns()))
        assert cache.get(str(path)).pixels.shape == (3, 5, 3)

    def test_a_missing_picture_is_an_error_with_a_remedy(self, tmp_path):
        with pytest.raises(ImageReadError, match=r"gone\.png.*still there"):
            PictureCache().get(str(tmp_path / "gone.png"))

    @pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
    def test_thumbnails_keep_the_form_and_the_rotation(self, tmp_path, suffix):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        path = tmp_path / f"p.{suffix}"
        Image.fromarray(np.full((300, 600, 3), 128, np.uint8)).save(path, exif=exif)
        assert make_thumbnail(str(path), 100).shape == (100, 50, 3)

    def test_what_pillow_thinks_too_large_is_left_to_our_own_limit(self, tmp_path, monkeypatch):
        path = tmp_path / "p.jpg"
        Image.new("RGB", (60, 40)).save(path)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        assert make_thumbnail(str(path), 30).shape == (20, 30, 3)

    def test_a_broken_thumbnail_says_why(self, tmp_path):
        path = tmp_path / "p.jpg"
        path.write_bytes(b"\xff\xd8 not a picture")
        with pytest.raises(ImageReadError):
            make_thumbnail(str(path))


class TestBoundary:
    def test_an_error_becomes_a_problem(self):
        with Boundary() as boundary:
            raise ValueError("odd")
        assert "odd" in boundary.problem.report

    def test_no_error_is_no_problem(self):
        with Boundary() as boundary:
            pass
        assert boundary.problem is None

    def test_a_keyboard_interrupt_passes(self):
        with pytest.raises(KeyboardInterrupt), Boundary():
            raise KeyboardInterrupt


class TestFirstLook:
    def test_the_rest_of_a_folder_waits_until_the_first_picture_is_there(self, tmp_path, monkeypatch):
        monkeypatch.setattr("symviewer.services.first_look.LONGEST_S", 60.0)
        for i in range(4):
            (tmp_path / f"{i}.png").write_bytes(b"")
        look, scan, found, first = FirstLook(), FolderScan(), [], threading.Event()

        def take(_id: int, paths: list[str]) -> None:
            found.append([os.path.basename(path) for path in paths])
            first.set()

        scan.found.connect(take, Qt.ConnectionType.DirectConnection)
        work = threading.Thread(target=scan._handle, args=[ScanRequest(1, (str(tmp_path),), look)])
        work.start()
        assert first.wait(60)
        assert work.is_alive()
        assert found == [["0.png"]]
        look.done()
        work.join(60)
        assert found == [["0.png"], ["1.png", "2.png", "3.png"]]

    def test_it_does_not_wait_for_ever(self, monkeypatch):
        monkeypatch.setattr("symviewer.services.first_look.LONGEST_S", 0.0)
        waiting = threading.Thread(target=FirstLook().wait, daemon=True)
        waiting.start()
        waiting.join(60)
        assert not waiting.is_alive()
