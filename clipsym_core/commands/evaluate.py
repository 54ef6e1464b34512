"""`clipsym evaluate`: models on data with a truth; a table in the terminal, the report as HTML and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from clipsym_core.evaluate.columns import Column, columns_of
from clipsym_core.evaluate.progress import Progress
from clipsym_core.evaluate.report import EvaluationReport, ModelReport, Problem
from clipsym_core.evaluate.request import PAGE_FILE, REPORT_FILE, EvaluationRequest, perform

EXIT_SOME_LEFT_OUT = 1
EXIT_INTERRUPTED = 130
_LISTED = 20


def run(request: EvaluationRequest, *, console: Console | None = None, output: Console | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 when something was left out, 130 when it was stopped by Ctrl+C.

    `console` takes progress and messages (standard error by default), `output` the tables.

    Raises:
        ClipsymError: nothing was written.
    """
    console, output = console or Console(stderr=True), output or Console()
    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True,
    )  # fmt: skip
    try:
        with bar:
            task = bar.add_task("Loading", total=None)

            def progress(step: Progress) -> None:
                bar.update(
                    task, description=step.model, total=step.models * step.total,
                    completed=step.index * step.total + step.done,
                )  # fmt: skip

            report = perform(request, progress)
    except KeyboardInterrupt:
        console.print("Stopped; nothing was written.", style="yellow")
        return EXIT_INTERRUPTED
    print_report(report, output)
    console.print(f"\nReport: {request.out / PAGE_FILE}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Numbers: {request.out / REPORT_FILE}", highlight=False, markup=False, soft_wrap=True)
    failed = [p for m in report.models for p in m.failed]
    _list(console, "Not evaluated", report.not_evaluated)
    _list(console, "Left out", (*report.problems, *failed))
    return EXIT_SOME_LEFT_OUT if report.not_evaluated or report.problems or failed else 0


def print_report(report: EvaluationReport, console: Console) -> None:
    """One table for each group of numbers, models down; the best of each column stands out."""
    data = report.data
    split = f", split {data.split}" if data.split else ""
    counts = (
        ("pictures", len(data.pictures)),
        ("axes", data.axes),
        ("centers", data.centers),
        ("ellipses", data.ellipses),
    )
    found = ", ".join(f"{word}: {n:,}" for word, n in counts)
    console.print(f"{data.name}{split} ({found})", highlight=False, markup=False)
    for group, members in groupby(columns_of(report.models), key=lambda c: c.group):
        console.print()
        console.print(_table(group, list(members), report.models))


def _table(group: str, columns: Sequence[Column], models: Sequence[ModelReport]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(group, style="bold", header_style="bold cyan", no_wrap=True)
    for column in columns:
        table.add_column(column.title, justify="right")
    for model in models:
        cells = []
        for column in columns:
            value, best = column.value(model), column.best(models)
            text = column.text(model)
            cells.append(Text(text, style="bold green" if value is not None and value == best else ""))
        table.add_row(Text(model.name), *cells)
    return table


def _list(console: Console, heading: str, problems: Sequence[Problem]) -> None:
    if not problems:
        return
    console.print(f"\n{heading} ({len(problems):,}):", style="bold red")
    for problem in problems[:_LISTED]:
        text = problem.why if problem.what in problem.why else f"{problem.what}: {problem.why}"
        console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
    if len(problems) > _LISTED:
        console.print(f"  ... and {len(problems) - _LISTED:,} more; the report lists all", markup=False)
