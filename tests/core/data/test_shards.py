"""Tar shards: written, streamed, and found again by place."""

from __future__ import annotations

import io
import os
import tarfile
import threading

import numpy as np
import pytest
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.data.report import Report
from clipsym_core.data.shards import ShardSet, ShardWriter, is_sharded, stream_shards
from clipsym_core.errors import ImageReadError, InputError
from clipsym_core.imaging import read_image
from clipsym_core.symmetry import ReflectionAxis, RotationCenter


@pytest.fixture
def records(tmp_path):
    found = []
    for number in range(7):
        file = tmp_path / "in" / f"{number}.{'jpg' if number % 2 else 'png'}"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 255, (20, 30, 3), dtype=np.uint8)).save(file)
        shapes = (ReflectionAxis(((1.25, 2.0), (10.0 + number, 18.0))), RotationCenter(9.0, 8.0, 3))
        found.append(
            AnnotatedPicture(
                f"a/{file.name}", (30, 20), tuple(map(Annotation, shapes)), state="verified", group=f"g{number}",
                split="train", file=file,
            )
        )  # fmt: skip
    return found


def write(records, folder, bytes_each=3000):
    folder.mkdir()
    with ShardWriter(folder, bytes_each=bytes_each) as writer:
        for record in records:
            writer.add(record, record.file.read_bytes())
    return writer.shards


def test_what_is_written_is_read(records, tmp_path):
    shards = write(records, tmp_path / "out")
    assert len(shards) > 1
    found = ShardSet(tmp_path / "out")
    assert found.records == records
    assert sorted(set(found.blocks)) == list(range(len(shards)))
    for record, source in zip(found.records, records, strict=True):
        np.testing.assert_array_equal(found.read(record), read_image(source.file))
    streamed = list(stream_shards(shards, Report()))
    assert [r for r, _ in streamed] == records
    assert [data for _, data in streamed] == [r.file.read_bytes() for r in records]
    assert is_sharded(tmp_path / "out")
    assert is_sharded(shards[0])
    assert not is_sharded(tmp_path / "in")


def test_a_pipe_is_streamed(records, tmp_path):
    """No seeking: what comes over a network can be read."""
    (shard,) = write(records, tmp_path / "out", bytes_each=1 << 30)
    reading, writing = os.pipe()

    def feed():
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(shard.read_bytes())

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(reading, "rb") as pipe:
        assert [r.path for r, _ in stream_shards([pipe], Report())] == [r.path for r in records]
    thread.join()


def test_export_writes_shards(records, tmp_path):
    report = export(records, tmp_path / "out", "shards")
    assert report.written == 7
    assert ShardSet(tmp_path / "out").records == records


def test_what_is_broken_is_left_out_and_named(records, tmp_path):
    (shard,) = write(records[:2], tmp_path / "out", bytes_each=1 << 30)
    with tarfile.open(shard, "a") as tar:
        for name, content in (("x.png", b"no picture"), ("x.json", b"{broken"), ("alone.json", b"{}")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    found = ShardSet(tmp_path / "out")
    assert found.records == records[:2]
    assert [e.file for e in found.report.entries] == [f"{shard.name}/x.json"]
    report = Report()
    assert len(list(stream_shards([shard], report))) == 2
    assert report.counts["skipped"] == 2


def test_files_that_are_no_shards(tmp_path):
    with pytest.raises(InputError, match="no shard"):
        ShardSet(tmp_path)
    (tmp_path / "broken.tar").write_bytes(b"not a tar file" * 100)
    with pytest.raises(InputError, match="Cannot read the shard"):
        ShardSet(tmp_path)
    with pytest.raises(InputError, match="Cannot read the shard"):
        list(stream_shards([tmp_path / "broken.tar"], Report()))


def test_a_damaged_picture_is_named(records, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    with ShardWriter(folder) as writer:
        writer.add(records[0], b"not a picture")
    found = ShardSet(folder)
    with pytest.raises(ImageReadError, match=r"a/0\.png"):
        found.read(found.records[0])
