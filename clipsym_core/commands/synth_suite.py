"""`clipsym synth --suite`: a fixed set of scenes with its splits, and a manifest that says which it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.progress import Progress

from clipsym_core.commands.progress import progress_bar
from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.synthesis.suite import (
    MANIFEST,
    Suite,
    checksum,
    find_suite,
    load_sources,
    missing_sources,
    sources_checksum,
    suite_path,
    suite_scene,
)
from clipsym_core.files import write_atomic

SOURCES = "training_sources"


def run_suite(
    name: str, target: Path, *, sources: Path | None = None, overwrite: bool = False, console: Console | None = None
) -> int:
    """Write a suite in the native format, with `suite.json` beside the pictures; returns the exit code 0.

    Args:
        sources: a pack of scripts/training_sources.py; None looks for training_sources here and in the checkout.

    Raises:
        ClipsymError: no such suite, no sources (says what to run), or the place is taken.
    """
    console = console or Console(stderr=True)
    suite = find_suite(name)
    folder = sources if sources is not None else default_sources()
    packed = sources_checksum(folder)
    total = sum(suite.counts.values())
    with (
        tempfile.TemporaryDirectory(prefix="clipsym-suite-") as scratch,
        progress_bar(*Progress.get_default_columns(), console=console) as bar,
    ):
        task = bar.add_task("Making scenes", total=total)

        def progress(written: int) -> bool:
            bar.update(task, completed=written)
            return True

        with closing(_records(suite, folder, Path(scratch))) as records:
            export(records, target, "native", overwrite=overwrite, allow_empty=True, progress=progress)
        bar.update(task, completed=total)
    manifest = {
        "suite": suite.name,
        "version": suite.version,
        "checksum": checksum(read_dataset(target, "native")),
        "scenes": suite.counts,
        "sources": {"checksum": packed},
    }
    write_atomic(target / MANIFEST, json.dumps(manifest, indent=1).encode())
    console.print(f"{suite.name} {suite.version}: {manifest['checksum']}", highlight=False)
    return 0


def default_sources() -> Path:
    """The pack in the current folder or in the checkout that this code lies in.

    Raises:
        InputError: there is none; says what to run.
    """
    here = Path(SOURCES)
    for folder in (here, Path(__file__).resolve().parents[2] / SOURCES):
        if (folder / "manifest.json").is_file():
            return folder
    raise missing_sources(here.absolute())


def _records(suite: Suite, folder: Path, scratch: Path) -> Generator[AnnotatedPicture, None, None]:
    """One verified record a scene; its picture lies in `scratch` until the next one is asked for."""
    for split, count in suite.counts.items():
        pack = load_sources(folder, split)
        for index in range(count):
            scene = suite_scene(suite, pack, split, index)
            file = scratch / "scene.png"
            Image.fromarray(scene.image).save(file)
            size = (scene.image.shape[1], scene.image.shape[0])
            annotations = tuple(Annotation(shape) for shape in scene.shapes)
            yield AnnotatedPicture(
                suite_path(split, index), size, annotations, state="verified", split=split, file=file
            )
            file.unlink(missing_ok=True)
