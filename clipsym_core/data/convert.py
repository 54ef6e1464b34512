"""One dataset into another: read, choose, fit, write; streaming, and never half-written or silently empty."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from clipsym_core.data.annotation import AnnotatedPicture, State, kind_of
from clipsym_core.data.fitting import fit
from clipsym_core.data.formats.base import Format, ReadOptions, WriteOptions
from clipsym_core.data.formats.registry import get_format, guess_format
from clipsym_core.data.report import Report
from clipsym_core.data.splits import SplitPlan, balanced_splits, with_stable_splits
from clipsym_core.data.staging import staged_file, staged_folder
from clipsym_core.errors import InputError
from clipsym_core.video.address import file_of

Progress = Callable[[int], bool]
"""Told how many pictures have been written; answers whether to go on."""


class Cancelled(Exception):
    """The person stopped an export; nothing was left behind."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pictures go in, and as what.

    Attributes:
        accept: take suggestions of at least this score as annotations, and drop the others.
        suggestions: leave suggestions in where the format has a place for them.
        states: only pictures in one of these states; None takes all.
        labelled: leave out pictures without a shape that nobody verified: they would pass for ones without symmetry.
        plan: give splits to pictures without one; None leaves them as they are.
        balanced: meet the shares of the plan closely, which reads the dataset twice.
        resplit: change splits that pictures have, too.
    """

    accept: float | None = None
    suggestions: bool = True
    states: frozenset[State] | None = None
    labelled: bool = False
    plan: SplitPlan | None = None
    balanced: bool = False
    resplit: bool = False


def read_dataset(
    source: Path, format_name: str | None = None, options: ReadOptions | None = None, report: Report | None = None
) -> Iterator[AnnotatedPicture]:
    """The pictures of a dataset, each path once; a second record for a path is reported and skipped.

    Raises:
        InputError: the format is unknown, cannot be imported, or nothing of it is there.
    """
    chosen = get_format(format_name) if format_name else guess_format(source)
    report = report if report is not None else Report()
    seen: set[str] = set()
    for picture in chosen.read(source, options or ReadOptions(), report):
        if picture.path in seen:
            report.skipped(picture.path, "", "The picture comes twice; its first record counts.")
            continue
        seen.add(picture.path)
        report.read += 1
        yield picture


def export(
    pictures: Iterable[AnnotatedPicture], target: Path, format_name: str, *, options: WriteOptions | None = None,
    report: Report | None = None, overwrite: bool = False, allow_empty: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Write the pictures to `target`: a folder, or one file where the format is one and `target` has its suffix.

    Everything is written to a temporary place first and renamed at the end; on any error nothing is left.

    Args:
        allow_empty: do not mind when no shape at all is written.

    Raises:
        InputError: the place is taken, a file cannot be written, or nothing would be written.
        Cancelled: `progress` answered false.
    """
    chosen = get_format(format_name)
    options, report = options or WriteOptions(), report if report is not None else Report()
    place: AbstractContextManager[Path]
    if chosen.single_file is not None and target.suffix.lower() == Path(chosen.single_file).suffix:
        options = replace(options, pictures="none")
        place = staged_file(target, chosen.single_file, overwrite=overwrite)
    else:
        place = staged_folder(target, overwrite=overwrite)
    if chosen.needs_pictures and options.pictures == "none":
        raise InputError(f"{chosen.name} cannot be written without the pictures.", remedy="Export with the pictures.")
    with place as folder:
        stream = _Stream(pictures, chosen, options, report, progress)
        chosen.write(stream, folder, options, report)
        _check_filled(chosen, report, stream.shapes_in, allow_empty)
    return report


def convert(
    source: Path, target: Path, *, source_format: str | None, target_format: str, choice: Choice | None = None,
    read: ReadOptions | None = None, write: WriteOptions | None = None, report: Report | None = None,
    overwrite: bool = False, allow_empty: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """`read_dataset` into `export`, with the pictures of `choice`.

    Raises:
        InputError, Cancelled: as those; and when `target` would take the place of `source` or of its pictures.
    """
    choice = choice or Choice()
    write, read = write or WriteOptions(), read or ReadOptions()
    report = report if report is not None else Report()
    there = os.path.realpath(target)
    for place in (source, read.images):
        if place is not None and _is_below(place, there):
            raise InputError(f"The export to {target} would replace what it reads.", remedy="Choose another place.")

    def pictures(into: Report) -> Iterator[AnnotatedPicture]:
        for picture in choose(read_dataset(source, source_format, read, into), choice):
            if overwrite and picture.file is not None and _is_below(file_of(str(picture.file)), there):
                raise InputError(
                    f"The export to {target} would replace what it reads.", f"{picture.path} lies there.",
                    "Choose another place.",
                )  # fmt: skip
            yield picture

    stream = pictures(report)
    if choice.plan is not None and choice.balanced:
        splits = balanced_splits(pictures(Report(keep=0)), choice.plan, keep=not choice.resplit)
        stream = (replace(p, split=splits[p.path]) for p in stream)
    elif choice.plan is not None:
        stream = with_stable_splits(stream, choice.plan, keep=not choice.resplit)
    return export(
        stream, target, target_format, options=write, report=report, overwrite=overwrite, allow_empty=allow_empty,
        progress=progress,
    )  # fmt: skip


def _is_below(path: str | Path, folder: str) -> bool:
    """Whether a file or folder lies in a folder (a real path), or is it."""
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(folder, ""))


def choose(pictures: Iterable[AnnotatedPicture], choice: Choice) -> Iterator[AnnotatedPicture]:
    """The pictures that take part, with the shapes that do; splits are not given here."""
    for picture in pictures:
        if choice.states is not None and picture.state not in choice.states:
            continue
        if choice.accept is not None:
            picture = picture.accepted(choice.accept)
        if picture.suggestions and not choice.suggestions:
            picture = replace(picture, suggestions=())
        if choice.labelled and not (picture.annotations or picture.suggestions or picture.state == "verified"):
            continue
        yield picture


class _Stream:
    """What a writer gets: fitted records, counted, without those whose picture cannot be copied."""

    def __init__(
        self, pictures: Iterable[AnnotatedPicture], target: Format, options: WriteOptions, report: Report,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.pictures, self.target, self.options = pictures, target, options
        self.report, self.progress = report, progress
        self.shapes_in = 0

    def __iter__(self) -> Iterator[AnnotatedPicture]:
        for picture in self.pictures:
            self.shapes_in += len(picture.annotations) + len(picture.suggestions)
            fitted = fit(picture, self.target, self.report)
            if fitted is None:
                continue
            if self.options.pictures != "none" and fitted.file is None:
                self.report.skipped(fitted.path, "", "The picture is missing.")
                continue
            if self.progress is not None and not self.progress(self.report.written):
                raise Cancelled
            yield fitted
            self.report.written += 1
            self.report.shapes.update(kind_of(s) for s in fitted.shapes)
            self.report.suggestions += len(fitted.suggestions)


def _check_filled(target: Format, report: Report, shapes_in: int, allow_empty: bool) -> None:
    if not report.written:
        raise InputError(
            "Nothing was exported: no picture could be written.",
            f"{report.counts['skipped']:,} things were skipped; the first: {_first(report)}",
            "Look at the report.",
        )
    if not (report.shapes.total() or report.suggestions or allow_empty):
        why = f"{target.name} holds none of its {shapes_in:,} shapes." if shapes_in else "The dataset has no shape."
        raise InputError("Nothing was exported: not a single shape.", why, "Choose another format, or --allow-empty.")


def _first(report: Report) -> str:
    return str(report.of("skipped")[0]) if report.of("skipped") else "there is no picture in it."
