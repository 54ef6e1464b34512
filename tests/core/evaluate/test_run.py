"""Evaluations from end to end, with subjects whose scores are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.errors import CheckpointError, ConfigError, InputError
from clipsym_core.evaluate.columns import COLUMNS, columns_of, shown
from clipsym_core.evaluate.progress import EvaluationCancelled, Progress
from clipsym_core.evaluate.report import EvaluationOptions, EvaluationReport, ModelReport, read_report
from clipsym_core.evaluate.run import evaluate
from clipsym_core.evaluate.source import EvaluationData, choose_pictures, limited, load_data
from clipsym_core.evaluate.subjects import labels
from tests.core.evaluate.oracles import TRUTH, Fixed, Oracle, ReadsRed, Silent, make_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("evaluate"))


@pytest.fixture(scope="module")
def data(dataset: Path) -> EvaluationData:
    return load_data(dataset)


def values(model: ModelReport) -> dict[str, float | None]:
    return {f"{c.group}: {c.title}": c.value(model) for c in COLUMNS}


def test_a_perfect_predictor_gets_one_everywhere(data: EvaluationData) -> None:
    report = evaluate([Oracle()], data)
    (model,) = report.models
    assert report.data.axes == 4
    assert report.data.centers == 2
    assert model.pictures == len(TRUTH)
    found = values(model)
    ones = [name for name in found if name.split(":")[0] in ("Drawn shapes", "Axes", "Centers")]
    ones += ["Heatmaps: Reflection F1", "Heatmaps: Rotation F1"]
    assert {name: found[name] for name in ones} == dict.fromkeys(ones, 1.0)
    # Undilated, a line 1 px wide covers a part of the dilated truth alone, all of it right.
    assert model.undilated.reflection is not None
    assert model.undilated.reflection.precision == 1.0
    assert 0.05 < model.undilated.reflection.recall < 0.2
    assert model.turned is None
    assert all(row.error == 0.0 for row in model.rows)
    assert model.axes is not None
    assert (model.axes.proposals, model.axes.truths) == (4, 4)


def test_an_empty_predictor_gets_zero_and_no_false_alarm(data: EvaluationData) -> None:
    (model,) = evaluate([Silent()], data).models
    found = values(model)
    zeros = [n for n in found if n.split(":")[0] in ("Heatmaps", "Drawn shapes", "Axes") or n == "Centers: AP"]
    assert {name: found[name] for name in zeros} == dict.fromkeys(zeros, 0.0)
    assert found["Centers: Orders right"] is None
    errors = {row.path: row.error for row in model.rows}
    # Nothing is there and nothing was found.
    assert errors.pop("4.png") == 0.0
    assert set(errors.values()) == {1.0}
    assert model.rows[-1].path == "4.png"


def test_a_shifted_predictor_lies_between_and_is_near_enough_or_not(data: EvaluationData) -> None:
    near, far = evaluate([Oracle("near", shift=1.5), Oracle("far", shift=6.0)], data).models
    for model, hits in ((near, 1.0), (far, 0.0)):
        assert model.heatmaps.reflection is not None
        assert 0.05 < model.heatmaps.reflection.f1 < 0.95
        assert model.axes is not None
        assert model.axes.f1 == hits
        assert model.centers is not None
        assert model.centers.places.f1 == hits
    assert near.heatmaps.reflection.f1 > far.heatmaps.reflection.f1
    assert 0.0 < near.rows[0].error < far.rows[0].error < 1.0


def test_a_model_of_one_kind_is_not_judged_on_the_other(data: EvaluationData) -> None:
    (model,) = evaluate([Oracle(kinds=("reflection",))], data, EvaluationOptions(limit=4)).models
    assert model.heatmaps.reflection is not None
    assert model.heatmaps.rotation is None
    assert model.drawn.rotation is None
    assert model.centers is None
    assert all(row.rotation_f1 is None for row in model.rows)


def test_wrong_orders_count_apart_from_places(data: EvaluationData) -> None:
    (model,) = evaluate([Oracle(orders={5: 3})], data).models
    assert model.centers is not None
    assert model.centers.places.average_precision == 1.0
    assert model.centers.order_accuracy == 0.5
    assert model.centers.with_order_f1 == 0.5


def test_shapes_below_the_threshold_are_ranked_but_not_shown(data: EvaluationData) -> None:
    (model,) = evaluate([Oracle(score=0.4)], data, EvaluationOptions(threshold=0.5)).models
    assert model.axes is not None
    assert (model.axes.f1, model.axes.average_precision, model.axes.shown_f1) == (1.0, 1.0, 0.0)
    row = next(r for r in model.rows if r.path == "0.png")
    assert row.axes == (0, 0, 1)
    assert not row.found.shapes


def test_turned_pictures_tell_who_turns_with_them(data: EvaluationData) -> None:
    options = EvaluationOptions(robustness=True)
    red, fixed = evaluate([ReadsRed(), Fixed()], data, options).models
    assert red.turned is not None
    assert fixed.turned is not None
    assert red.turned.of == "heatmaps"
    assert red.turned.robustness.reflection is not None
    assert red.turned.robustness.reflection.f1 > 0.85
    assert fixed.turned.robustness.reflection is not None
    assert fixed.turned.robustness.reflection.f1 < 0.3
    assert red.turned.reflection_consistency is not None
    assert fixed.turned.reflection_consistency is not None
    assert red.turned.reflection_consistency.relative_l2 < 0.01
    assert fixed.turned.reflection_consistency.relative_l2 > 0.2
    again = evaluate([ReadsRed(), Fixed()], data, options)
    assert [m.turned for m in again.models] == [red.turned, fixed.turned]
    other = evaluate([Fixed()], data, EvaluationOptions(robustness=True, seed=1)).models[0]
    assert other.turned != fixed.turned


def test_the_report_survives_its_file(data: EvaluationData, tmp_path: Path) -> None:
    report = evaluate([ReadsRed(), Silent()], data, EvaluationOptions(robustness=True))
    report.save(tmp_path / "deep" / "report.json")
    assert read_report(tmp_path / "deep" / "report.json") == report
    (tmp_path / "bad.json").write_text('{"format": "clipsym-evaluation/1", "models": 3}')
    with pytest.raises(InputError, match="Cannot read the evaluation"):
        read_report(tmp_path / "bad.json")
    with pytest.raises(InputError, match="Cannot read the evaluation"):
        read_report(tmp_path / "missing.json")


def test_features_are_evaluated_without_a_network(data: EvaluationData) -> None:
    few = EvaluationOptions(limit=2)
    report = evaluate(["features"], data, few)
    (model,) = report.models
    assert model.name == "features"
    assert model.pictures == 2
    assert model.heatmaps.reflection is None
    assert model.drawn.reflection is not None
    assert model.cost.parameters is None
    assert evaluate(["features"], data, few).models[0].rows == model.rows


def test_progress_names_the_model_and_counts(data: EvaluationData) -> None:
    steps: list[Progress] = []
    evaluate([Oracle(), Silent()], data, EvaluationOptions(limit=3), steps.append)
    assert [(s.model, s.index, s.done) for s in steps] == [
        *(("oracle", 0, n) for n in range(4)),
        *(("silent", 1, n) for n in range(4)),
    ]
    assert {(s.models, s.total) for s in steps} == {(2, 3)}


def test_it_stops_at_the_next_picture(data: EvaluationData) -> None:
    steps: list[Progress] = []
    with pytest.raises(EvaluationCancelled):
        evaluate([Oracle()], data, progress=steps.append, cancelled=lambda: len(steps) > 2)
    assert [s.done for s in steps] == [0, 1, 2]


def test_pictures_that_cannot_be_read_are_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    data = load_data(make_dataset(tmp_path))
    file = data.pictures[1].file
    assert file is not None
    file.write_bytes(file.read_bytes()[:200])
    report = evaluate([Oracle(), Silent()], data)
    assert [p.what for p in report.problems] == ["1.png"]
    assert [m.pictures for m in report.models] == [4, 4]
    assert "1.png" not in {info.path for info in report.data.pictures}


def test_models_that_cannot_be_loaded_are_listed_and_unknown_ones_end_it_at_once(
    data: EvaluationData, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.safetensors"
    report = evaluate([missing, Oracle()], data)
    assert [p.what for p in report.not_evaluated] == ["missing"]
    assert [m.name for m in report.models] == ["oracle"]
    with pytest.raises(CheckpointError, match="No model can be evaluated"):
        evaluate([missing], data)
    steps: list[Progress] = []
    with pytest.raises(ConfigError, match="clipsym-lite"):
        evaluate([Oracle(), "clipsym-lita"], data, progress=steps.append)
    assert not steps
    with pytest.raises(InputError, match="no model"):
        evaluate([], data)


def test_models_are_told_apart_by_their_folder() -> None:
    paths = ["runs/a/best.safetensors", "runs/b/best.safetensors", "clipsym-lite", "features", "clipsym-lite"]
    assert labels(paths) == ["a/best", "b/best", "clipsym-lite", "features", "clipsym-lite (2)"]


def test_only_what_has_a_truth_is_taken(dataset: Path) -> None:
    assert [p.path for p in load_data(dataset, split="val").pictures] == ["0.png", "1.png", "2.png"]
    with pytest.raises(InputError, match=r"no picture in the split 'test'.*train \(2\), val \(3\)"):
        load_data(dataset, split="test")
    with pytest.raises(InputError, match="no split 'vall'"):
        load_data(dataset, split="vall")
    seen = AnnotatedPicture("seen.png", state="verified", file=dataset / "0.png")
    unseen = AnnotatedPicture("unseen.png", file=dataset / "0.png")
    with pytest.raises(InputError, match="There is no truth"):
        choose_pictures([seen, unseen])
    pictures = load_data(dataset).pictures
    assert choose_pictures([*pictures, seen, unseen]) == (*pictures, seen)


def test_the_sample_pictures_are_data_of_their_own() -> None:
    data = load_data(Path("samples"))
    assert len(data.pictures) >= 10
    assert all(p.file is not None and p.file.is_file() for p in data.pictures)
    with pytest.raises(InputError, match="no picture in the split 'val'"):
        load_data(Path("samples"), split="val")


def test_a_limit_picks_the_same_pictures_in_their_order(data: EvaluationData) -> None:
    three = limited(data.pictures, 3, seed=0)
    assert [p for p in data.pictures if p in three] == list(three)
    assert set(limited(data.pictures, 2, seed=0)) < set(three)
    assert any(limited(data.pictures, 3, seed=s) != three for s in range(1, 5))


def test_columns_without_a_value_are_left_out(data: EvaluationData) -> None:
    report: EvaluationReport = evaluate([Oracle(), Silent()], data)
    groups = {c.group for c in columns_of(report.models)}
    assert "Turned by ±45°" not in groups
    assert {c.title for c in columns_of(report.models)} >= {"Reflection F1", "AP", "Dominant", "Pictures / s"}
    best = next(c for c in COLUMNS if c.title == "AP").best(report.models)
    assert best == 1.0


def test_heatmaps_and_drawn_shapes_are_not_compared_on_turned_pictures(data: EvaluationData) -> None:
    drawing = ReadsRed("draws", draws=True)
    report = evaluate([ReadsRed(), drawing], data, EvaluationOptions(robustness=True, limit=2))
    turned = [c for c in COLUMNS if c.group == "Turned by ±45°"]
    assert turned[0].value(report.models[0]) == turned[0].value(report.models[1])
    assert all(c.best(report.models) is None for c in turned)
    assert turned[0].best([report.models[0]] * 2) is not None


def test_numbers_are_short() -> None:
    assert [shown(v, s) for v, s in (
        (0.6654, "percent"), (None, "percent"), (0.268, "small"), (0.0012, "small"), (3_336_907.0, "count"),
        (148.8e9, "count"), (512.0, "count"), (1.234, "speed"), (57.3, "speed"),
    )] == ["66.5", "–", "0.268", "0.0012", "3.34 M", "149 G", "512", "1.23", "57"]  # fmt: skip
