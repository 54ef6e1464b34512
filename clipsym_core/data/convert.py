"""One dataset into another: read, fit, write, all streaming, and never a half-written or silently empty result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from clipsym_core.data.annotation import AnnotatedPicture, Split, kind_of
from clipsym_core.data.fitting import fit
from clipsym_core.data.formats.base import Format, ReadOptions, WriteOptions
from clipsym_core.data.formats.registry import get_format, guess_format
from clipsym_core.data.report import Report
from clipsym_core.data.splits import SplitPlan, balanced_splits, with_stable_splits
from clipsym_core.data.staging import staged_folder
from clipsym_core.errors import InputError
from clipsym_core.files import write_atomic

Progress = Callable[[int], bool]
"""Told how many pictures have been written; answers whether to go on."""


class Cancelled(Exception):
    """The person stopped an export; nothing was left behind."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pictures go in, and as what.

    Attributes:
        accept: take suggestions of at least this score as annotations.
        states: only pictures in one of these states; None takes all.
        plan: give splits to pictures without one; None leaves them as they are.
        balanced: meet the shares of the plan closely, which reads the dataset twice.
        resplit: also change splits that pictures have.
        allow_empty: do not mind when no shape at all is written.
    """

    accept: float | None = None
    states: frozenset[str] | None = None
    plan: SplitPlan | None = None
    balanced: bool = False
    resplit: bool = False
    allow_empty: bool = False


@dataclass
class _Seen:
    paths: set[bytes] = field(default_factory=set)


def read_dataset(
    source: Path, format_name: str | None = None, options: ReadOptions | None = None, report: Report | None = None
) -> Iterator[AnnotatedPicture]:
    """The pictures of a dataset, each path once; a second record for a path is reported and skipped.

    Raises:
        InputError: the format is unknown, or nothing of it is there.
    """
    chosen = get_format(format_name) if format_name else guess_format(source)
    report = report if report is not None else Report()
    if not chosen.readable:
        next(chosen.read(source, options or ReadOptions(), report), None)
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
    report: Report | None = None, allow_empty: bool = False, overwrite: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Write the pictures to `target`: a folder, or one file where the format is one and `target` has its suffix.

    Everything is written to a temporary place first and renamed at the end; on any error nothing is left.

    Raises:
        InputError: the place is taken, a picture cannot be written, or nothing would be written.
        Cancelled: `progress` answered false.
    """
    chosen = get_format(format_name)
    options, report = options or WriteOptions(), report if report is not None else Report()
    _check_writable(chosen, options)
    one_file = chosen.single_file is not None and target.suffix == Path(chosen.single_file).suffix
    if one_file:
        options = replace(options, pictures="none")
        if target.exists() and not overwrite:
            raise InputError(
                f"{target} exists.", remedy="Choose another name, or say that it may be replaced (--overwrite)."
            )
    place = target.with_name(f".{target.name}.folder") if one_file else target
    with staged_folder(place, overwrite=overwrite) as folder:
        stream = _Fitted(pictures, chosen, report, progress)
        chosen.write(stream, folder, options, report)
        _check_filled(stream, chosen, report, allow_empty)
        if one_file:
            _publish_file(folder, target)
            raise _Published
    return report


class _Published(Exception):
    """Leaves `staged_folder` without renaming: the one file has been moved out."""
