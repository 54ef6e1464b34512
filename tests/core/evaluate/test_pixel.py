from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.evaluate.metrics import AgreementMetric, PixelCounts, PixelMetric
from clipsym_core.evaluate.pixel import disc, metric_thresholds, threshold_index

GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "golden" / "metric.npz"
needs_golden = pytest.mark.skipif(not GOLDEN.exists(), reason="the authors' golden arrays are not at ../shared")


def brute_force_dilation(mask: npt.NDArray[np.bool_], radius: int) -> npt.NDArray[np.bool_]:
    """Every set pixel paints its disc."""
    h, w = mask.shape
    out = np.zeros_like(mask)
    for y, x in zip(*np.nonzero(mask), strict=True):
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                if dx * dx + dy * dy <= radius * radius and 0 <= y + dy < h and 0 <= x + dx < w:
                    out[y + dy, x + dx] = True
    return out


def brute_force(
    predictions: list[npt.NDArray[np.float32]], truths: list[npt.NDArray[np.bool_]],
    thresholds: npt.NDArray[np.float32], radius: int, dilate_prediction: bool,
) -> tuple[list[int], list[int], int]:  # fmt: skip
    """The definition, word for word."""
    both, predicted = [0] * len(thresholds), [0] * len(thresholds)
    labels = [brute_force_dilation(t, radius) for t in truths]
    for prediction, label in zip(predictions, labels, strict=True):
        for k, t in enumerate(thresholds):
            on = prediction > t
            if dilate_prediction:
                on = brute_force_dilation(on, radius)
            both[k] += int((on & label).sum())
            predicted[k] += int(on.sum())
    return both, predicted, int(sum(label.sum() for label in labels))


@pytest.mark.parametrize("dilate_prediction", [True, False])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12), radius=st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_counts_are_those_of_the_definition(seed: int, n: int, radius: int, dilate_prediction: bool) -> None:
    rng = np.random.default_rng(seed)
    sizes = [(7, 12), (13, 5), (1, 9)]
    # Squared noise, with values that hit thresholds exactly.
    predictions = [np.square(rng.random(s)).astype(np.float32) for s in sizes]
    predictions[0][0, :n] = metric_thresholds(n)[: predictions[0].shape[1]][:n]
    truths = [rng.random(s) > 0.9 for s in sizes]
    metric = PixelMetric(n, radius, dilate_prediction)
    for p, t in zip(predictions, truths, strict=True):
        metric.update(p, t)
    both, predicted, labelled = brute_force(predictions, truths, metric.thresholds, radius, dilate_prediction)
    assert metric.counts.true_positive.tolist() == both
    assert metric.counts.predicted.tolist() == predicted
    assert metric.counts.labelled.tolist() == [labelled] * n


@needs_golden
@pytest.mark.parametrize(
    ("tag", "n", "radius", "dilate_prediction"),
    [("blur", 100, 5, True), ("noblur", 100, 5, False), ("blur_d3_t20", 20, 3, True)],
)
def test_counts_equal_the_authors(tag: str, n: int, radius: int, dilate_prediction: bool) -> None:
    with np.load(GOLDEN) as golden:
        metric = PixelMetric(n, radius, dilate_prediction)
        assert np.array_equal(metric.thresholds, golden[f"{tag}_thresholds"])
        for i, (p, t) in enumerate(zip(golden["pred"][:, 0], golden["gt"][:, 0], strict=True)):
            metric.update(p, t > 0.5)
            if tag == "blur":
                assert np.array_equal(metric.counts.true_positive, golden["blur_tp_after_each"][i])
                assert np.array_equal(metric.counts.predicted, golden["blur_pospred_after_each"][i])
        assert_counts(metric.counts, golden, tag)


@needs_golden
def test_agreement_equals_the_authors() -> None:
    with np.load(GOLDEN) as golden:
        metric = AgreementMetric()
        metric.update(golden["pred"][0, 0], golden["pred"][1, 0])
        assert_counts(metric.counts, golden, "consistency")


def assert_counts(counts: PixelCounts, golden: npt.NDArray[np.generic], tag: str) -> None:
    assert np.array_equal(counts.true_positive, golden[f"{tag}_tp"])
    assert np.array_equal(counts.predicted, golden[f"{tag}_pos_pred"])
    assert np.array_equal(counts.labelled, golden[f"{tag}_pos_label"])
    assert counts.f1 == pytest.approx(np.nan_to_num(golden[f"{tag}_f1"]), abs=1e-6)


@given(n=st.integers(1, 254), seed=st.integers(0, 10**6))
def test_threshold_index_counts_what_lies_strictly_below(n: int, seed: int) -> None:
    thresholds = metric_thresholds(n)
    near = np.concatenate([np.nextafter(thresholds, np.float32(d)) for d in (0, 1)])
    values = np.concatenate([thresholds, near, np.random.default_rng(seed).random(50, dtype=np.float32), [0.0, 1.0]])
    values = values.astype(np.float32)
    assert threshold_index(values, thresholds).tolist() == np.searchsorted(thresholds, values, side="left").tolist()


def test_a_perfect_thin_prediction_scores_one_and_a_wide_one_less() -> None:
    truth = np.zeros((60, 260), dtype=np.bool_)
    truth[30, 20:240] = True
    wide = np.zeros((60, 260), dtype=np.float32)
    wide[28:33, 20:240] = 1.0
    scores = []
    for prediction in (truth.astype(np.float32), wide):
        metric = PixelMetric()
        metric.update(prediction, truth)
        scores.append(metric.result().f1)
    assert scores[0] == 1.0
    assert scores[1] == pytest.approx(0.84, abs=0.01)  # recipe 1.5


def test_nothing_counted_is_zero() -> None:
    result = PixelMetric().result()
    assert (result.f1, result.precision, result.recall, result.pictures) == (0.0, 0.0, 0.0, 0)


def test_invalid_pixels_do_not_count() -> None:
    rng = np.random.default_rng(3)
    prediction, truth = rng.random((20, 30), dtype=np.float32), rng.random((20, 30)) > 0.95
    valid = np.zeros((20, 30), dtype=np.bool_)
    valid[:, :12] = True
    masked, whole = PixelMetric(10, 2), PixelMetric(10, 2)
    masked.update(prediction, truth, valid)
    whole.update(prediction, truth)
    assert masked.counts.predicted[0] <= valid.sum() < whole.counts.predicted[0]


def test_disc_is_round() -> None:
    assert disc(0).tolist() == [[1]]
    assert disc(1).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert disc(5).sum() == 81


@pytest.mark.parametrize(
    ("prediction", "truth"),
    [
        (np.zeros((4, 5)), np.zeros((5, 4), dtype=bool)),
        (np.zeros((1, 4, 5)), np.zeros((1, 4, 5), dtype=bool)),
        (np.full((4, 5), np.nan), np.zeros((4, 5), dtype=bool)),
    ],
)
def test_bad_maps_are_refused(prediction: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> None:
    with pytest.raises(InputError):
        PixelMetric().update(prediction, truth)


@pytest.mark.parametrize("arguments", [{"thresholds": 0}, {"thresholds": 255}, {"radius": -1}])
def test_bad_settings_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(InputError):
        PixelMetric(**arguments)
