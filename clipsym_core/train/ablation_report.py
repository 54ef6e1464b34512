"""What an ablation found: for each variant the mean and the spread over seeds, as JSON and as a Markdown table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from clipsym_core.evaluate.columns import COLUMNS, Column, shown
from clipsym_core.evaluate.report import ModelReport
from clipsym_core.files import write_atomic
from clipsym_core.train.ablation_variants import TABLES, Table, Variant

TITLES: Mapping[Table, str] = {
    "prompts": "Prompts",
    "towers": "Trainable towers",
    "equivariance": "Equivariance",
    "text": "Text",
    "matching": "Mirror matching",
    "scratch": "Start of the towers",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Spread(_Part):
    """A number over several seeds: mean, sample standard deviation (null with one seed), values."""

    mean: float
    spread: float | None
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        spread = statistics.stdev(values) if len(values) > 1 else None
        return cls(mean=statistics.fmean(values), spread=spread, values=tuple(values))


class AblationRow(_Part):
    """A variant.

    Attributes:
        numbers: by "group: title" of `evaluate.columns`.
        published: max F1 on DENDI in percent, reflection and rotation.
        problem: why it has no numbers, or fewer seeds than wanted; empty where all is well.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    published: tuple[float | None, float | None]
    numbers: dict[str, Spread]
    problem: str = ""


class AblationReport(_Part):
    """The whole ablation."""

    format: Literal["clipsym-ablation/1"] = "clipsym-ablation/1"
    created: str
    base: str
    data: str
    measured_on: str
    steps: int
    seeds: int
    preset: str
    rows: tuple[AblationRow, ...]

    def save(self, folder: Path) -> None:
        """Write ablation.json and ablation.md.

        Raises:
            OSError: the folder cannot be written.
        """
        write_atomic(folder / "ablation.json", (self.model_dump_json(indent=1) + "\n").encode())
        write_atomic(folder / "ablation.md", self.markdown().encode())

    def columns(self) -> list[Column]:
        """The summary columns in which a variant has a number."""
        return [c for c in COLUMNS if c.summary and any(key_of(c) in row.numbers for row in self.rows)]

    def markdown(self) -> str:
        """One table for each heading, the whole model first in each."""
        lines = [
            f"# Ablation of {self.base}",
            "",
            f"{self.steps:,} steps each (preset {self.preset}), {self.seeds} seeds, measured on {self.measured_on} of "
            f"{self.data}. Mean ± standard deviation over the seeds; F1, AP in percent. The last column is the F1 that "
            "was published for DENDI (reflection / rotation), from another budget and other data.",
        ]
        columns = self.columns()
        for table in TABLES:
            rows = [row for row in self.rows if table in row.tables]
            if len(rows) < 2:
                continue
            heads = ["variant", *(f"{c.group}: {c.title}" for c in columns), "published"]
            lines += ["", f"## {TITLES[table]}", "", _line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
            for row in rows:
                cells = [row.title, *(cell(row, c) for c in columns), published(row)]
                lines.append(_line(cells))
        problems = [f"- {row.title}: {row.problem}" for row in self.rows if row.problem]
        if problems:
            lines += ["", "## Left out", "", *problems]
        return "\n".join(lines) + "\n"


def key_of(column: Column) -> str:
    return f"{column.group}: {column.title}"


def row_of(variant: Variant, models: Sequence[ModelReport], problem: str = "") -> AblationRow:
    """The row of a variant from the reports of its seeds."""
    numbers: dict[str, Spread] = {}
    for column in COLUMNS:
        values = [value for model in models if (value := column.value(model)) is not None and math.isfinite(value)]
        if values:
            numbers[key_of(column)] = Spread.of(values)
    return AblationRow(
        name=variant.name, title=variant.title, tables=variant.tables, published=variant.published, numbers=numbers,
        problem=problem,
    )  # fmt: skip


def cell(row: AblationRow, column: Column) -> str:
    """Mean and spread for people."""
    number = row.numbers.get(key_of(column))
    if number is None:
        return "–"
    text = shown(number.mean, column.style)
    varies = number.spread is not None and column.style in ("percent", "small")
    return f"{text} ± {shown(number.spread, column.style)}" if varies else text


def published(row: AblationRow) -> str:
    """Published F1, reflection / rotation."""
    if row.published == (None, None):
        return "–"
    return " / ".join("–" if value is None else f"{value:.1f}" for value in row.published)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
