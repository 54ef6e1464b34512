"""`clipsym detect`: pictures in; JSON, heatmaps and overlays out. A picture that cannot be read stops nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from clipsym_core.commands.inputs import Nothing, Picture, find_pictures
from clipsym_core.commands.progress import progress_bar
from clipsym_core.data.formats.detections import DetectionsFile, ImageRecord
from clipsym_core.data.report import SHAPE_WORDS, plural
from clipsym_core.errors import ClipsymError, InputError, OutputError
from clipsym_core.files import write_atomic
from clipsym_core.imaging import Map, read_image
from clipsym_core.overlay import draw_detections
from clipsym_core.raster import KINDS

if TYPE_CHECKING:
    from clipsym_core.inference.detector import DetectionResult, Proposals, SymmetryDetector
    from clipsym_core.inference.devices import Precision

STANDARD_OUTPUT = "-"
EXIT_SOME_FAILED = 1
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class DetectOptions:
    """What `clipsym detect` was asked for.

    Attributes:
        names: files, folders and globs.
        json: file for the JSON, "-" for standard output, None for none.
        heatmaps: folder for 16-bit heatmaps at the size of each picture, None for none.
        fused: folder for maps of heatmap and detections together, likewise.
        overlay: folder for pictures with the detections drawn, None for none.
        threshold: least score; None takes the model's own.
    """

    names: tuple[str, ...]
    json: str | None = None
    heatmaps: Path | None = None
    fused: Path | None = None
    overlay: Path | None = None
    model: str | None = None
    device: str = "auto"
    precision: Precision = "auto"
    proposals: Proposals | None = None
    threshold: float | None = None
    views: int = 1

    def __post_init__(self) -> None:
        if self.heatmaps is not None and self.proposals == "features":
            raise InputError(
                "Heatmaps come from the network, which --proposals features leaves out.",
                remedy="Leave out --heatmaps, or choose --proposals both.",
            )


@dataclass
class _Run:
    """Results so far."""

    records: list[ImageRecord] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def failed(self, name: str, why: str) -> None:
        self.problems.append((name, why))
        self.records.append(ImageRecord.failed(name, why))


def detect(options: DetectOptions, *, console: Console | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 when a picture failed, 130 when it was stopped by Ctrl+C.

    Results of a run that was stopped, or that a full disk or any other error ended, are written as far as it came.
    `console` takes progress and messages (standard error by default, so that `--json -` can be piped).

    Raises:
        OutputError: a result cannot be written.
        ClipsymError: the model, device or an option is wrong; nothing was done.
    """
    console = console or Console(stderr=True)
    _check_place(options.json)
    work = find_pictures(options.names)
    detector = _load(options)
    run = _Run()
    interrupted = False
    bar = progress_bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    try:
        with bar:
            task = bar.add_task("Detecting", total=len(work))
            for item in work:
                _one(item, detector, options, run)
                bar.advance(task)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        _write_json(DetectionsFile(model=detector.name, images=tuple(run.records)), options.json)
    _report(run, options, console, total=len(work))
    return EXIT_INTERRUPTED if interrupted else EXIT_SOME_FAILED if run.problems else 0


def _check_place(json: str | None) -> None:
    """Refuse a place for the JSON that cannot be, before anything is computed: it is written last."""
    if json is None or json == STANDARD_OUTPUT:
        return
    path = Path(json)
    if path.is_dir():
        raise OutputError(f"Cannot write {path}.", "It is a folder.", "Name a file in it.")
    if (taken := next(place for place in path.absolute().parents if place.exists())) and not taken.is_dir():
        raise OutputError(f"Cannot write {path}.", f"{taken} is a file.", "Name another folder.")


def _load(options: DetectOptions) -> SymmetryDetector:
    from clipsym_core.inference.detector import SymmetryDetector
    from clipsym_core.model.zoo import DEFAULT_MODEL

    return SymmetryDetector.load(
        options.model or DEFAULT_MODEL, device=options.device, precision=options.precision, views=options.views
    )


def _one(item: Picture | Nothing, detector: SymmetryDetector, options: DetectOptions, run: _Run) -> None:
    if isinstance(item, Nothing):
        run.failed(item.name, item.reason)
        return
    name = item.path.as_posix()
    try:
        image = read_image(item.path)
        result = detector.detect(image, proposals=options.proposals, threshold=options.threshold)
    except ClipsymError as error:
        run.failed(name, str(error))
        return
    run.records.append(ImageRecord.found(name, result.size, result.detections))
    if options.heatmaps is not None:
        _write_heatmaps(result, options.heatmaps / item.stem)
    if options.fused is not None:
        for kind in KINDS:
            _write_map(options.fused / item.stem, kind, result.fused(kind))
    if options.overlay is not None:
        drawn = draw_detections(image, result.detections)
        _write_png((options.overlay / item.stem).with_name(f"{item.stem.name}.png"), drawn[..., ::-1])


def _write_heatmaps(result: DetectionResult, stem: Path) -> None:
    if result.heatmaps is None:
        return
    for kind in KINDS:
        _write_map(stem, kind, result.heatmaps.restored(kind))


def _write_map(stem: Path, name: str, values: Map) -> None:
    deep = (np.clip(values, 0.0, 1.0) * 65535.0 + 0.5).astype(np.uint16)
    _write_png(stem.with_name(f"{stem.name}.{name}.png"), deep)


def _write_png(path: Path, pixels: npt.NDArray[np.generic]) -> None:
    # Not cv2.imwrite, which cannot write to folders with letters outside the code page on Windows.
    ok, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not ok:
        raise OutputError(f"Cannot write {path}.", "OpenCV does not encode a picture of this size as PNG.")
    _write(path, data.tobytes())


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomic(path, data)
    except OSError as error:
        remedy = "Check the folder, its permissions and the free space."
        raise OutputError(f"Cannot write {path}.", f"{error.strerror or error}.", remedy) from error


def _write_json(file: DetectionsFile, target: str | None) -> None:
    if target == STANDARD_OUTPUT:
        # Bytes: a pipe on Windows has a code page that lacks the letters of many file names.
        sys.stdout.flush()
        sys.stdout.buffer.write(file.to_json().encode())
        sys.stdout.buffer.flush()
    elif target is not None:
        _write(Path(target), file.to_json().encode())


def _report(run: _Run, options: DetectOptions, console: Console, *, total: int) -> None:
    found = [record for record in run.records if record.error is None]
    places = {"JSON": options.json, "Heatmaps": options.heatmaps, "Fused maps": options.fused,
              "Overlays": options.overlay}  # fmt: skip
    if found and not any(places.values()):
        console.print(_table(found))
    counts = [plural(sum(len(getattr(r, many)) for r in found), one, many) for one, many in SHAPE_WORDS.items()]
    console.print(f"{len(found)} of {plural(total, 'picture')}: {', '.join(counts)}.")
    for label, place in places.items():
        if place is not None and str(place) != STANDARD_OUTPUT:
            console.print(f"{label}: {place}", highlight=False, markup=False)
    if run.problems:
        console.print(f"\n{len(run.problems)} failed:", style="bold red")
        for name, why in run.problems:
            console.print(f"  {name}: {why}" if name not in why else f"  {why}", highlight=False, markup=False)


def _table(records: list[ImageRecord]) -> Table:
    table = Table("picture", "axes", "centers (order)", "ellipses", "best score", box=None)
    for r in records:
        best = max((s.score for s in r.shapes), default=None)
        orders = ", ".join(str(c.order) if c.order else "∞" for c in r.centers)
        table.add_row(
            r.file,
            str(len(r.axes)),
            f"{len(r.centers)} ({orders})" if r.centers else "0",
            str(len(r.ellipses)),
            "-" if best is None else f"{best:.2f}",
        )
    return table
