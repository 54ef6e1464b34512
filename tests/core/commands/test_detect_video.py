"""`clipsym detect video.mp4` from end to end, without a network: pixels alone."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.commands import detect_video
from clipsym_core.commands.detect_video import VideoOptions, run
from clipsym_core.data.synthesis.moving import MovingScene
from clipsym_core.errors import InputError, OutputError, VideoError
from clipsym_core.video.reader import VideoReader
from clipsym_core.video.writer import VideoWriter

runner = CliRunner()
TIMES = [0.0, 0.05, 0.2, 0.24, 0.3, 0.5]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    scene = MovingScene((240, 180))
    path = tmp_path_factory.mktemp("video") / "moving.mkv"
    with VideoWriter(path, rate=12) as writer:
        for seconds in TIMES:
            writer.write(scene.at(seconds).image, seconds)
    return path


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_a_frame_and_a_video_with_the_times_of_the_first(video, tmp_path, checkpoint):
    out, lines = tmp_path / "out.mp4", tmp_path / "f.jsonl"
    result = runner.invoke(
        app,
        ["detect", str(video), "--out", str(out), "--json", str(lines), "--proposals", "features", "--every", "3",
         "--model", str(checkpoint), "--device", "cpu", "--threshold", "0.3"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "6 of 6 frames" in result.stderr
    head, *frames = lines_of(lines)
    assert (head["format"], head["frames"], head["width"], head["every"]) == ("clipsym-video/1", 6, 240, 3)
    assert [line["frame"] for line in frames] == list(range(6))
    assert [line["time"] for line in frames] == pytest.approx(TIMES, abs=1e-3)
    assert all(line["axes"] or line["centers"] for line in frames)
    tracks = [{shape["track"] for shape in line["axes"] + line["centers"]} for line in frames]
    assert set.intersection(*tracks)  # something is followed from the first frame to the last
    with VideoReader(out) as reader:
        assert [frame.seconds for frame in reader.frames()] == pytest.approx(TIMES, abs=1e-3)
        drawn, plain = reader.frame(5).pixels, VideoReader(video).frame(5).pixels
        assert abs(drawn.astype(int) - plain).max() > 100


def test_what_ctrl_c_stops_is_complete_up_to_there(video, tmp_path, checkpoint, monkeypatch):
    frames = detect_video._frames

    def interrupted(*arguments):
        for count, item in enumerate(frames(*arguments)):
            if count == 3:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(detect_video, "_frames", interrupted)
    out, lines = tmp_path / "out.mp4", tmp_path / "f.jsonl"
    options = VideoOptions(video, out, str(lines), every=6, model=str(checkpoint), device="cpu", proposals="features")
    assert run(options) == 130
    assert [line["frame"] for line in lines_of(lines)[1:]] == [0, 1, 2]
    with VideoReader(out) as reader:
        assert len(reader) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.jsonl", "out.mp4"]


def test_what_cannot_be_done_is_said_before_anything_is_computed(video, tmp_path, checkpoint):
    with pytest.raises(InputError, match="nothing would be written"):
        run(VideoOptions(video))
    with pytest.raises(VideoError, match="no format of ours"):
        run(VideoOptions(video, tmp_path / "out.gif", model="no such model"))
    with pytest.raises(VideoError, match="the video that is read"):
        run(VideoOptions(video, video, model="no such model"))
    with pytest.raises(VideoError, match="Cannot read"):
        run(VideoOptions(tmp_path / "missing.mp4", tmp_path / "out.mp4"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write"):
        run(VideoOptions(video, None, str(tmp_path / "file" / "f.jsonl"), model=str(checkpoint), device="cpu"))
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    refused = runner.invoke(app, ["detect", str(video), "--overlay", str(tmp_path)])
    assert refused.exit_code == 2
    assert "--json FILE.jsonl" in refused.stderr
