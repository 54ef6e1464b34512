"""`clipsym synth`: symmetric scenes with exact labels as a dataset in any format, and a contact sheet to look at."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from clipsym_core.commands.progress import progress_bar
from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.data.synthesis import Scene, make_scene, source_pack
from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.overlay import draw_detections
from clipsym_core.symmetry import Detection

_SHEET_COLUMNS, _SHEET_SCENES = 8, 64


@dataclass(frozen=True)
class SynthOptions:
    """What `clipsym synth` was asked for.

    Attributes:
        sources: a pack made by scripts/training_sources.py; None = textures and shapes made by formula.
        split: which sources, "train" or "val".
        sheet: PNG of the first scenes with their labels drawn; None = none.
    """

    target: Path
    count: int
    size: tuple[int, int]
    seed: int = 0
    target_format: str = "native"
    sources: Path | None = None
    split: str = "train"
    sheet: Path | None = None
    overwrite: bool = False


def run(options: SynthOptions, *, console: Console | None = None) -> int:
    """Write the scenes; scene i depends on the seed, i, the size and the sources alone. Returns the exit code 0.

    Raises:
        ClipsymError: bad sources or format, the place is taken, a file cannot be written.
    """
    console = console or Console(stderr=True)
    if min(options.size) < 64 or max(options.size) > 4096:
        raise InputError(
            f"Scenes of {options.size[0]} x {options.size[1]} px cannot be made.", remedy="Use 64 to 4096."
        )
    pack = source_pack(options.sources, options.split)
    scenes = (make_scene(pack, options.size, np.random.default_rng((options.seed, i))) for i in range(options.count))
    drawn: list[Pixels] = []
    with (
        tempfile.TemporaryDirectory(prefix="clipsym-synth-") as scratch,
        progress_bar(*Progress.get_default_columns(), console=console) as bar,
    ):
        task = bar.add_task("Making scenes", total=options.count)

        def progress(written: int) -> bool:
            bar.update(task, completed=written)
            return True

        with closing(_records(scenes, Path(scratch), options, drawn)) as records:
            export(
                records, options.target, options.target_format, overwrite=options.overwrite, allow_empty=True,
                progress=progress,
            )  # fmt: skip
        bar.update(task, completed=options.count)
    console.print(f"{options.count:,} scenes: {options.target}", highlight=False, markup=False)
    if options.sheet is not None:
        Image.fromarray(contact_sheet(drawn)).save(options.sheet)
        console.print(f"Sheet: {options.sheet}", highlight=False, markup=False)
    return 0


def contact_sheet(pictures: list[Pixels]) -> Pixels:
    """Pictures [H, W, 3] of one size side by side, in rows of 8.

    Raises:
        InputError: no picture.
    """
    if not pictures:
        raise InputError("A contact sheet needs at least one picture.")
    columns = min(_SHEET_COLUMNS, len(pictures))
    blank = np.zeros_like(pictures[0])
    padded = [*pictures, *[blank] * (-len(pictures) % columns)]
    rows = [np.concatenate(padded[i : i + columns], axis=1) for i in range(0, len(padded), columns)]
    return np.concatenate(rows, axis=0)


def _records(
    scenes: Iterator[Scene], scratch: Path, options: SynthOptions, drawn: list[Pixels]
) -> Generator[AnnotatedPicture, None, None]:
    """One record a scene; its picture lies in `scratch` until the next one is asked for."""
    for index, scene in enumerate(scenes):
        name = f"scene_{index:06d}.png"
        file = scratch / name
        Image.fromarray(scene.image).save(file)
        if options.sheet is not None and len(drawn) < _SHEET_SCENES:
            labels = [Detection(shape, 1.0, "label") for shape in scene.shapes]
            drawn.append(draw_detections(scene.image, labels, scores=False))
        annotations = tuple(Annotation(shape) for shape in scene.shapes)
        yield AnnotatedPicture(name, options.size, annotations, state="verified", group="", file=file)
        file.unlink(missing_ok=True)
