"""An evaluation as data: what to evaluate, on what, where to; run here, or in a child process that says how far it is.

    python -m clipsym_core.evaluate REQUEST.json

prints one JSON object a line: progress {model, index, models, done, total}, then done {report, page} or error {what,
why, remedy}. To stop it, end the process: files are written whole or not at all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final, TextIO

from pydantic import Field, ValidationError

from clipsym_core.errors import ClipsymError, InputError, OutputError
from clipsym_core.evaluate.progress import Progress
from clipsym_core.evaluate.report import EvaluationOptions, EvaluationReport, Part

REPORT_FILE: Final = "report.json"
PAGE_FILE: Final = "report.html"
_PROGRESS_SECONDS = 0.1


class EvaluationRequest(Part):
    """What to evaluate.

    Attributes:
        models: names of the zoo, paths of checkpoints, "features".
        data, format, split, images, verified_only: the dataset; see `source.load_data`.
        out: folder for report.json and report.html.
        pictures: how many pictures the page shows.
    """

    models: tuple[str, ...] = Field(min_length=1)
    data: Path
    out: Path
    format: str | None = None
    split: str | None = None
    images: Path | None = None
    verified_only: bool = False
    options: EvaluationOptions = EvaluationOptions()
    pictures: int = Field(default=24, ge=0)


def perform(
    request: EvaluationRequest,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> EvaluationReport:
    """Run the evaluation and write report.json and report.html into its folder.

    Raises:
        EvaluationCancelled, ConfigError, CheckpointError, InputError: as `run.evaluate` and `source.load_data`.
        OutputError: the folder cannot be written; known before the work begins.
    """
    from clipsym_core.evaluate.html import write_html
    from clipsym_core.evaluate.run import evaluate
    from clipsym_core.evaluate.source import load_data

    with _writing(request.out):
        request.out.mkdir(parents=True, exist_ok=True)
    data = load_data(
        request.data, format_name=request.format, split=request.split, images=request.images,
        verified_only=request.verified_only,
    )  # fmt: skip
    report = evaluate(request.models, data, request.options, progress, cancelled)
    with _writing(request.out):
        report.save(request.out / REPORT_FILE)
        write_html(report, request.out / PAGE_FILE, pictures=request.pictures)
    return report


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Check the folder, its permissions and the free space."
        raise OutputError(f"Cannot write to {folder}.", f"{error.strerror or error}.", remedy) from error


def read_request(path: Path) -> EvaluationRequest:
    """Read a request file.

    Raises:
        InputError: it cannot be read or does not fit.
    """
    try:
        return EvaluationRequest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"Cannot read the request {path}.", str(error)) from error


def main(arguments: list[str], out: TextIO | None = None) -> int:
    """The child process; returns its exit code."""
    stream = out or sys.stdout

    def say(event: str, **values: object) -> None:
        stream.write(json.dumps({"event": event, **values}) + "\n")
        stream.flush()

    said = 0.0

    def progress(step: Progress) -> None:
        nonlocal said
        if step.done in (0, step.total) or time.monotonic() - said > _PROGRESS_SECONDS:
            said = time.monotonic()
            say("progress", **asdict(step))

    try:
        request = read_request(Path(arguments[0]))
        perform(request, progress)
    except ClipsymError as error:
        say("error", what=error.what, why=error.why, remedy=error.remedy)
        return 1
    say("done", report=str(request.out / REPORT_FILE), page=str(request.out / PAGE_FILE))
    return 0
