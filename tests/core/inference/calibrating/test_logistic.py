"""The fit behind the scores."""

from __future__ import annotations

import numpy as np
import pytest

from clipsym_core.inference.calibrating.logistic import fit_logistic


def test_the_logistic_finds_the_odds_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    y = rng.random(4000) < 1 / (1 + np.exp(-(0.5 + 2.0 * x)))
    entry = fit_logistic([{"x": float(v)} for v in x], y.tolist(), ["x"])
    assert entry["terms"]["x"]["weight"] == pytest.approx(2.0, abs=0.25)
    assert entry["bias"] == pytest.approx(0.5, abs=0.15)
    with pytest.raises(ValueError, match="right and wrong"):
        fit_logistic([{"x": 1.0}], [True], ["x"])


def test_a_weight_of_two_counts_like_the_row_given_twice() -> None:
    rows = [{"x": float(v)} for v in (-2, -1, -0.5, 0.5, 1, 2)]
    right = [False, False, True, False, True, True]
    twice = fit_logistic(rows + rows, right + right, ["x"])
    weighted = fit_logistic(rows, right, ["x"], weights=[2.0] * 6)
    plain = fit_logistic(rows, right, ["x"])
    assert weighted["bias"] == pytest.approx(twice["bias"], abs=0.02)
    assert weighted["terms"]["x"]["weight"] == pytest.approx(twice["terms"]["x"]["weight"], abs=0.02)
    assert plain["terms"]["x"]["weight"] < weighted["terms"]["x"]["weight"]
