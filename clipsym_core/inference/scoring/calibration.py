"""One calibrated score from many measures: a logistic whose coefficients ship as JSON and say where they come from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from clipsym_core.errors import ConfigError
from clipsym_core.resources import resource_path

FILE = "score_calibration.json"


def score_measures(kind: str, measures: Mapping[str, float]) -> float:
    """Probability, 0..1, that a proposal of `kind` is right, given its measures.

    Measures that the calibration does not know are ignored; those it knows and that are missing count as their mean
    in the calibration data, so a proposal is judged by what is known about it.

    Raises:
        ConfigError: no such kind in the calibration file.
    """
    table = _load()
    if kind not in table:
        raise ConfigError(f"No score calibration for {kind!r}.", f"There is one for {', '.join(sorted(table))}.")
    return score_with(table[kind], measures)


def score_with(entry: Mapping[str, Any], measures: Mapping[str, float]) -> float:
    """The same with a given entry of a calibration file (see `logistic.fit_logistic`)."""
    total = float(entry["bias"])
    for name, term in entry["terms"].items():
        value = measures.get(name, term["mean"])
        value = min(max(value, term["low"]), term["high"])
        total += term["weight"] * (value - term["mean"]) / term["spread"]
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


@lru_cache(maxsize=1)
def _load() -> dict[str, dict[str, Any]]:
    table = json.loads(resource_path(FILE).read_text(encoding="utf-8"))
    kinds: dict[str, dict[str, Any]] = table["kinds"]
    return kinds
