"""docs/formats.md keeps in step with the formats."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from clipsym_core.data.formats.base import Feature, Format
from clipsym_core.data.formats.registry import FORMATS

DOCS = Path(__file__).parents[4] / "docs" / "formats.md"


@pytest.mark.parametrize("format_", FORMATS, ids=lambda f: f.name)
def test_the_table_says_what_each_format_holds(format_: Format) -> None:
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in DOCS.read_text().splitlines()]
    (header,) = [line for line in lines if line[:2] == ["format", "axis"]]
    (row,) = [line for line in lines if line[0] == format_.name and len(line) == len(header)]
    assert set(header) == {"format", "reads", "writes", *get_args(Feature)}
    told = dict(zip(header, row, strict=True))
    assert {feature for feature in get_args(Feature) if told[feature] == "x"} == format_.holds
    assert (told["reads"], told["writes"]) == tuple("yes" if v else "no" for v in (format_.readable, format_.writable))


def test_every_format_has_its_section() -> None:
    headings = " ".join(line for line in DOCS.read_text().splitlines() if line.startswith("## "))
    assert all(f.name in headings for f in FORMATS)
