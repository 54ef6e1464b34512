"""`clipsym stats`: what is in a dataset."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clipsym_core.commands.convert import EXIT_SOME_SKIPPED, print_report
from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import get_format, guess_format
from clipsym_core.data.report import SHAPE_WORDS, Report
from clipsym_core.data.stats import Stats, gather


def stats(
    source: Path, format_name: str | None, *, images: Path | None = None, as_json: bool = False,
    console: Console | None = None,
) -> int:  # fmt: skip
    """Run the command; returns the exit code: 0, or 1 when something could not be read.

    Raises:
        ClipsymError: the format is unknown, or nothing of it is there.
    """
    console = console or Console(stderr=True)
    chosen = get_format(format_name) if format_name else guess_format(source)
    report = Report()
    options = ReadOptions(images=images, require_pictures=False)
    found = gather(read_dataset(source, chosen.name, options, report))
    if as_json:
        value = {"format": chosen.name, **found.to_json(), "skipped": report.counts["skipped"]}
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
    else:
        output = Console()
        output.print(chosen.title, style="italic", highlight=False, markup=False)
        output.print(_table(found))
    print_report(report, console, None)
    return EXIT_SOME_SKIPPED if report.counts["skipped"] else 0


def _table(found: Stats) -> Table:
    table = Table("what", "how many", box=None)

    def row(name: str, value: object) -> None:
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))

    row("pictures", found.pictures)
    for name, count in sorted(found.types.items()):
        row(f"  with {name if name != 'none' else 'no shape'}", count)
    for kind, many in SHAPE_WORDS.items():
        row(many, found.shapes[kind])
    if found.bent:
        row("  bent axes", found.bent)
    for order, count in sorted(found.orders.items()):
        row(f"  centers of order {order}" if order else "  continuous centers", count)
    row("suggestions", found.suggestions)
    for name, counts in (("state", found.states), ("split", found.splits)):
        if counts:
            row(f"{name}s", ", ".join(f"{key} {count:,}" for key, count in sorted(counts.items())))
    row("groups", found.groups)
    if found.smallest and found.largest:
        row("sizes", "{} x {} to {} x {}".format(*found.smallest, *found.largest))
    for name in ("missing", "unsized", "outside"):
        if getattr(found, name):
            row({"missing": "pictures missing", "unsized": "pictures of unknown size",
                 "outside": "pictures with points outside"}[name], getattr(found, name))  # fmt: skip
    return table
