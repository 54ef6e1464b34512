"""`clipsym detect video.mp4`: the overlay as a video, one line of JSON a frame; frame by frame, whatever the length."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from clipsym_core.commands.detect import EXIT_INTERRUPTED, EXIT_SOME_FAILED, STANDARD_OUTPUT
from clipsym_core.commands.progress import progress_bar
from clipsym_core.data.formats.detections import ImageRecord
from clipsym_core.errors import InputError, OutputError, VideoError
from clipsym_core.files import replacing
from clipsym_core.imaging import Pixels
from clipsym_core.overlay import draw_detections
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from clipsym_core.video.index import build_index
from clipsym_core.video.reader import VideoFrame, VideoReader
from clipsym_core.video.writer import VideoWriter, check_apart

if TYPE_CHECKING:
    from clipsym_core.inference.detector import Proposals, SymmetryDetector
    from clipsym_core.inference.devices import Precision
    from clipsym_core.tracking.tracker import Tracked

FORMAT = "clipsym-video/1"


@dataclass(frozen=True)
class VideoOptions:
    """What `clipsym detect` was asked for of a video.

    Attributes:
        out: video to write, with the detections drawn; None for none.
        json: file for the lines of JSON, "-" for standard output, None for none.
        every: a full look at every n-th frame.
        smooth: tracks through a filter.
        threshold: least score; None takes the model's own.
    """

    video: Path
    out: Path | None = None
    json: str | None = None
    every: int = 5
    smooth: bool = False
    model: str | None = None
    device: str = "auto"
    precision: Precision = "auto"
    proposals: Proposals | None = None
    threshold: float | None = None
    views: int = 1


def run(options: VideoOptions, *, console: Console | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 when frames could not be read, 130 when Ctrl+C stopped it.

    Raises:
        VideoError: the video cannot be read or written.
        OutputError: the JSON cannot be written.
        ClipsymError: the model, device or an option is wrong; nothing was done.
    """
    console = console or Console(stderr=True)
    if options.out is None and options.json is None:
        remedy = "Add --out overlay.mp4, --json detections.jsonl, or both."
        raise InputError("Of a video, nothing would be written.", remedy=remedy)
    if options.out is not None:
        check_apart(options.out, options.video)
    bar = progress_bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    written, interrupted = 0, False
    with ExitStack() as stack:
        # Everything that can be refused is, before anything is computed.
        index = build_index(options.video)
        assert index is not None  # nobody cancels it
        reader = stack.enter_context(VideoReader(options.video, index))
        writer = stack.enter_context(VideoWriter(options.out, rate=index.rate)) if options.out else None
        detector = _load(options)
        lines = stack.enter_context(_lines(options.json))
        lines(_head(options, reader, detector.name))
        stack.enter_context(bar)
        task = bar.add_task("Detecting", total=len(reader))
        try:
            for frame, tracked in _frames(reader, detector, options):
                lines(_line(frame, tracked))
                if writer is not None:
                    writer.write(draw_detections(frame.pixels, [t.detection for t in tracked]), frame.seconds)
                written += 1
                bar.update(task, completed=frame.number + 1)
        except KeyboardInterrupt:
            interrupted = True  # what was written so far is completed
        total = len(reader)
    console.print(f"{written} of {total} frames.")
    for label, place in (("Overlay", options.out), ("JSON", options.json)):
        if place is not None and str(place) != STANDARD_OUTPUT:
            console.print(f"{label}: {place}", highlight=False, markup=False)
    if interrupted:
        return EXIT_INTERRUPTED
    damaged = index.damaged or written < total
    if damaged:
        console.print(f"{total - written + index.damaged} frames are damaged and were left out.", style="bold red")
    return EXIT_SOME_FAILED if damaged else 0


def _load(options: VideoOptions) -> SymmetryDetector:
    from clipsym_core.inference.detector import SymmetryDetector
    from clipsym_core.model.zoo import DEFAULT_MODEL

    return SymmetryDetector.load(
        options.model or DEFAULT_MODEL, device=options.device, precision=options.precision, views=options.views
    )


def _frames(
    reader: VideoReader, detector: SymmetryDetector, options: VideoOptions
) -> Iterator[tuple[VideoFrame, tuple[Tracked, ...]]]:
    from clipsym_core.tracking.passes import VideoPass

    def look(pixels: Pixels) -> tuple[Detection, ...]:
        return detector.detect(pixels, proposals=options.proposals, threshold=options.threshold).detections

    through = VideoPass(look, every=options.every, smooth=options.smooth)
    for frame in reader.frames():
        yield frame, through.next(frame.pixels, frame.seconds)


def _head(options: VideoOptions, reader: VideoReader, model: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "video": options.video.as_posix().encode("utf-8", "backslashreplace").decode(),
        "model": model,
        "frames": len(reader),
        "width": reader.size[0],
        "height": reader.size[1],
        "every": options.every,
    }


def _line(frame: VideoFrame, tracked: tuple[Tracked, ...]) -> dict[str, Any]:
    """One frame; shapes as in `clipsym-detections/1`, each with the number of its track."""
    size = (frame.pixels.shape[1], frame.pixels.shape[0])
    line: dict[str, Any] = {"frame": frame.number, "time": round(frame.seconds, 6)}
    kinds = (("axes", ReflectionAxis), ("centers", RotationCenter), ("ellipses", ReflectionEllipse))
    for name, kind in kinds:
        chosen = [t for t in tracked if isinstance(t.detection.shape, kind)]
        records = [getattr(ImageRecord.found("", size, (t.detection,)), name)[0] for t in chosen]
        line[name] = [{**r.model_dump(), "track": t.number} for r, t in zip(records, chosen, strict=True)]
    return line


@contextmanager
def _lines(target: str | None) -> Iterator[Any]:
    """A function that writes one line of JSON. A file appears when all is done, also after Ctrl+C."""
    if target is None:
        yield lambda _line: None
        return
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        yield lambda line: _write(sys.stdout.buffer, line)
        sys.stdout.buffer.flush()
        return
    try:
        with replacing(Path(target)) as temporary, temporary.open("wb") as file:
            yield lambda line: _write(file, line)
    except VideoError:
        raise
    except OSError as error:
        remedy = "Check the folder, its permissions and the free space."
        raise OutputError(f"Cannot write {target}.", f"{error.strerror or error}.", remedy) from error


def _write(file: IO[bytes], line: dict[str, Any]) -> None:
    file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
