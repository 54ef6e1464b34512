"""`clipsym ablate`: the paper's tables on one's own data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from clipsym_core.commands.progress import progress_bar
from clipsym_core.errors import ConfigError, reason_of
from clipsym_core.train.ablation import AblationOptions, AblationStep, AblationStopped, ablate
from clipsym_core.train.ablation_report import TITLES, AblationReport, cell, published
from clipsym_core.train.ablation_variants import TABLES
from clipsym_core.train.events import Event, Step

EXIT_SOME_LEFT_OUT = 1
EXIT_INTERRUPTED = 130
_GROUPS = ("Heatmaps", "Axes", "Centers", "Turned by ±45°")


def run(options: AblationOptions, *, console: Console | None = None, output: Console | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 when a variant was left out, 130 when it was stopped.

    Raises:
        ClipsymError: nothing can be trained.
        OSError: the folder cannot be written.
    """
    console, output = console or Console(stderr=True), output or Console()
    bar = progress_bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip
    done = 0
    with bar:
        task = bar.add_task("Starting", total=None)

        def progress(step: AblationStep) -> None:
            nonlocal done
            done = step.number - 1
            text = f"{step.variant}, seed {step.seed} ({step.number} of {step.runs})"
            bar.update(task, description=text, total=step.runs * options.steps, completed=done * options.steps)
            if step.reused:
                bar.console.print(f"{text}: was done before.", highlight=False)

        def listener(event: Event) -> None:
            if isinstance(event, Step):
                bar.update(task, completed=done * options.steps + event.step)

        try:
            report = ablate(options, progress=progress, listener=listener)
        except (AblationStopped, KeyboardInterrupt):
            bar.stop()
            console.print("Stopped; the same command goes on.", style="yellow")
            return EXIT_INTERRUPTED
    print_tables(report, output)
    console.print(f"\nTables: {options.out / 'ablation.md'}", highlight=False, markup=False, soft_wrap=True)
    problems = [row for row in report.rows if row.problem]
    for row in problems:
        console.print(f"Left out: {row.title}: {row.problem}", style="red", highlight=False, markup=False)
    return EXIT_SOME_LEFT_OUT if problems else 0


def print_tables(report: AblationReport, console: Console) -> None:
    """One table for each of the paper's, with the numbers that matter most; the file has them all."""
    columns = [c for c in report.columns() if c.group in _GROUPS]
    for name in TABLES:
        rows = [row for row in report.rows if name in row.tables]
        if len(rows) < 2:
            continue
        table = Table(title=TITLES[name], title_justify="left", title_style="bold cyan", box=None, pad_edge=False)
        table.add_column("variant")
        for column in columns:
            table.add_column(f"{column.group}: {column.title}", justify="right")
        table.add_column("published F1", justify="right")
        for row in rows:
            table.add_row(Text(row.title), *(cell(row, c) for c in columns), published(row))
        console.print()
        console.print(table)


def read_values(path: Path) -> Mapping[str, Any]:
    """Values of a run file, to be laid over those of the ablation.

    Raises:
        ConfigError: it cannot be read, or is no JSON object.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read {path}.", f"{reason_of(error)}.", "Check the path and the JSON.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds no JSON object.", remedy="Begin it with {.")
    return values
