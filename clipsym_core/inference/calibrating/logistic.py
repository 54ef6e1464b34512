"""Fitting the logistic behind scores: ridge-regularised, deterministic, a few Newton steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def fit_logistic(
    rows: Sequence[Mapping[str, float]],
    labels: Sequence[bool],
    names: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    ridge: float = 1.0,
) -> dict[str, Any]:
    """Coefficients for `calibration.score_measures`: {"bias", "terms": {name: {weight, mean, spread, low, high}}}.

    Values are clipped to their 1st and 99th percentile and standardised, so weights compare; `ridge` is the L2
    penalty on the weights. `weights` says how much each row counts, all alike without it.

    Raises:
        ValueError: no rows, or labels of one kind only.
    """
    y = np.asarray(labels, dtype=np.float64)
    if len(y) == 0 or y.min() == y.max():
        raise ValueError(f"A logistic needs right and wrong examples, got {int(y.sum())} right of {len(y)}.")
    x = np.array([[float(row[name]) for name in names] for row in rows])
    low, high = np.percentile(x, 1, axis=0), np.percentile(x, 99, axis=0)
    x = np.clip(x, low, high)
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-6)
    design = np.hstack([np.ones((len(x), 1)), (x - mean) / spread])
    penalty = np.diag([0.0, *([ridge] * len(names))])
    counts = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    found = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (counts * (y - p)) - penalty @ found
        curve = (design * (counts * p * (1 - p))[:, None]).T @ design + penalty + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    terms = {
        name: {
            "weight": round(float(found[i + 1]), 5),
            "mean": round(float(mean[i]), 5),
            "spread": round(float(spread[i]), 5),
            "low": round(float(low[i]), 5),
            "high": round(float(high[i]), 5),
        }
        for i, name in enumerate(names)
    }
    return {"bias": round(float(found[0]), 5), "terms": terms, "right": int(y.sum()), "wrong": int(len(y) - y.sum())}
