"""The calibrated score that ships with the program."""

from __future__ import annotations

import json

import pytest

from clipsym_core.errors import ConfigError
from clipsym_core.inference.scoring.calibration import FILE, score_measures
from clipsym_core.resources import resource_path


def test_the_shipped_calibration_says_where_it_comes_from() -> None:
    table = json.loads(resource_path(FILE).read_text(encoding="utf-8"))
    assert set(table["kinds"]) == {"axis", "axis with network", "axis looked at", "center", "center with network"}
    assert {"features", "with network"} <= set(table["provenance"])
    for kind, entry in table["kinds"].items():
        assert 0 < score_measures(kind, {}) < 1
        assert entry["held_out"]["log_loss"] < entry["held_out"]["base_rate_loss"]


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ConfigError, match="sphere"):
        score_measures("sphere", {})
