"""`clipsym convert`: one dataset into another format, with a report of what was skipped, changed and lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from clipsym_core.commands.progress import progress_bar
from clipsym_core.data.annotation import STATES, State
from clipsym_core.data.convert import Choice, convert
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.report import Entry, EntryKind, Report
from clipsym_core.data.splits import GroupBy, SplitPlan
from clipsym_core.errors import InputError

EXIT_SOME_SKIPPED = 1
EXIT_INTERRUPTED = 130
_LISTED = 20

_HEADINGS: dict[EntryKind, tuple[str, str]] = {
    "skipped": ("Skipped", "bold red"),
    "lost": ("Lost, as the format cannot hold it", "yellow"),
    "changed": ("Changed", "yellow"),
    "note": ("Notes", "cyan"),
}


@dataclass(frozen=True)
class ConvertOptions:
    """What `clipsym convert` was asked for."""

    source: Path
    target: Path
    source_format: str | None
    target_format: str
    choice: Choice = field(default_factory=Choice)
    read: ReadOptions = field(default_factory=ReadOptions)
    write: WriteOptions = field(default_factory=WriteOptions)
    report: Path | None = None
    overwrite: bool = False
    allow_empty: bool = False


def run(options: ConvertOptions, *, console: Console | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 when something was skipped, 130 when it was stopped by Ctrl+C.

    Raises:
        ClipsymError: nothing was written.
        OSError: the target or the report cannot be written.
    """
    console = console or Console(stderr=True)
    if options.report is not None and options.report.absolute().is_relative_to(options.target.absolute()):
        raise InputError("The report cannot lie in the export itself.", remedy="Choose another place for --report.")
    bar = progress_bar(
        SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f} pictures"), TimeElapsedColumn(),
        console=console,
    )  # fmt: skip
    with _sink(options.report) as sink:
        report = Report(sink=sink)
        with bar:
            task = bar.add_task("Writing", total=None)

            def progress(written: int) -> bool:
                bar.update(task, completed=written)
                return True

            try:
                convert(
                    options.source, options.target, source_format=options.source_format,
                    target_format=options.target_format, choice=options.choice, read=options.read,
                    write=options.write, report=report, overwrite=options.overwrite, allow_empty=options.allow_empty,
                    progress=progress,
                )  # fmt: skip
            except KeyboardInterrupt:
                console.print("Stopped; nothing was left behind.", style="yellow")
                return EXIT_INTERRUPTED
            except InputError:
                bar.stop()
                print_report(report, console, options.report)
                raise
    console.print(f"{report.summary()}.", highlight=False, markup=False)
    console.print(f"{options.target_format}: {options.target}", highlight=False, markup=False)
    print_report(report, console, options.report)
    return EXIT_SOME_SKIPPED if report.counts["skipped"] else 0


@contextmanager
def _sink(path: Path | None) -> Iterator[Callable[[Entry], None] | None]:
    """Writes every entry to the report file, a line of JSON each."""
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:

        def write(entry: Entry) -> None:
            file.write(f"{entry.to_json()}\n")

        yield write


def print_report(report: Report, console: Console, file: Path | None) -> None:
    """The report for people: what was skipped one by one, the rest by kind with counts."""
    for kind, (heading, style) in _HEADINGS.items():
        if not (count := report.counts[kind]):
            continue
        console.print(f"\n{heading} ({count:,}):", style=style)
        if kind == "skipped":
            rows = [str(e) for e in report.of(kind)[:_LISTED]]
        else:
            topics = [(n, message) for (k, message), n in report.topics.most_common() if k == kind]
            rows = [f"{n:,} x {message}" if n > 1 else message for n, message in topics[:_LISTED]]
            count = sum(n for n, _ in topics[_LISTED:]) + _LISTED if len(topics) > _LISTED else len(rows)
        for row in rows:
            console.print(f"  {row}", highlight=False, markup=False, soft_wrap=True)
        if count > len(rows):
            more = f"  ... and {count - len(rows):,} more"
            console.print(more if file is not None else f"{more}; --report FILE lists all", markup=False)
    if file is not None and report.counts.total():
        console.print(f"\nEvery entry: {file}", highlight=False, markup=False)


# -- texts of the command line ----------------------------------------------------------------------------------------


def parse_plan(shares: str, seed: int, by: GroupBy) -> SplitPlan:
    """ "80/10/10" as a plan; two numbers leave out the test set.

    Raises:
        InputError: not two or three numbers.
    """
    parts = re.split(r"[/,: ]+", shares.strip())
    try:
        numbers = [float(p) for p in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise InputError(f"Cannot understand the shares {shares!r}.", remedy="Give them like 80/10/10.")
    train, val, test = (*numbers, 0.0)[:3]
    return SplitPlan((train, val, test), seed, by)


def parse_size(size: str) -> tuple[int, int]:
    """ "192x192" as (width, height); one number is a square.

    Raises:
        InputError: anything else.
    """
    match = re.fullmatch(r"\s*(\d{1,5})\s*(?:[x*,]\s*(\d{1,5})\s*)?", size)
    if match is None or int(match[1]) < 1 or int(match[2] or 1) < 1:
        raise InputError(f"Cannot understand the size {size!r}.", remedy="Give it like 192x192.")
    return (int(match[1]), int(match[2] or match[1]))


def parse_states(states: str) -> frozenset[State]:
    """ "verified,suggested" as a set.

    Raises:
        InputError: an unknown state.
    """
    names = {name.strip() for name in states.split(",") if name.strip()}
    known: frozenset[State] = frozenset(s for s in STATES if s in names)
    if not names or len(known) != len(names):
        raise InputError(f"Cannot understand the states {states!r}.", f"There are {', '.join(STATES)}.")
    return known
