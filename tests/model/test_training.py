"""What a run's events make of its curves, its state and its words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.errors import ConfigError
from clipsym_core.train.events import Ended, ErrorEvent, Preview, Scores, Started, Step, Validated
from clipsym_core.train.run_file import resolve
from symviewer.model.training import RunProgress, RunState, Series
from symviewer.model.training_choices import TrainingChoices


def started(**values) -> Started:
    fixed = {"run": "r", "pid": 1, "total_steps": 100, "epochs": 10.0, "steps_per_epoch": 10, "device": "cpu"}
    return Started(**{**fixed, "precision": "fp32", "train": 8, "val": 2, **values})


def step(number: int) -> Step:
    return Step(
        step=number, epoch=number / 10, loss=1.0 / number, rate=1e-3, images_per_second=1.0, seconds_left=None, memory=1
    )  # fmt: skip


def told(*events) -> RunProgress:
    progress = RunProgress()
    progress.take(events)
    return progress


@given(st.lists(st.floats(-1e6, 1e6), max_size=700), st.integers(1, 60))
def test_smoothing_is_the_mean_of_the_values_before(values: list[float], window: int) -> None:
    series = Series()
    for i, value in enumerate(values):
        series.append(i, value)
    expected = [np.mean(values[max(0, i + 1 - window) : i + 1]) for i in range(len(values))]
    assert np.allclose(series.smoothed(window), expected, atol=1e-3)
    assert series.y.tolist() == values


@given(st.integers(1, 600), st.integers(0, 700))
def test_cutting_forgets_what_comes_after(count: int, after: int) -> None:
    series = Series()
    for i in range(1, count + 1):
        series.append(i, i)
    series.cut(after)
    assert series.x.tolist() == list(range(1, min(count, after) + 1))


def test_steps_that_come_again_after_a_resume_are_drawn_once() -> None:
    progress = told(
        started(), *map(step, range(1, 31)),
        Validated(step=30, epoch=3, f1=0.5, reflection_f1=None, rotation_f1=0.5, best=True),
        Preview(step=10, epoch=1, name="a", path="1"), Preview(step=30, epoch=3, name="a", path="2"),
        started(resumed_from="last.pt", resumed_step=20), *map(step, range(21, 26)),
    )  # fmt: skip
    assert progress.curves["loss"].x.tolist() == list(range(1, 26))
    assert len(progress.curves["f1"]) == len(progress.curves["reflection_f1"]) == 0
    assert progress.best is None
    assert [p.path for p in progress.previews["a"]] == ["1"]
    assert "resumed from last.pt at step 20" in progress.lines[-1].text


def test_states() -> None:
    assert told().state(alive=True) is RunState.STARTING
    assert told(started(), step(1)).state(alive=True) is RunState.RUNNING
    assert told(started(), step(1)).state(alive=False) is RunState.DIED
    ended = Ended(reason="stopped", step=1)
    assert told(started(), ended).state(alive=False) is RunState.STOPPED
    refused = ErrorEvent(what="There is nothing to resume.")
    assert told(started(), ended, refused).state(alive=False) is RunState.FAILED
    assert told(refused).state(alive=False) is RunState.FAILED
    again = told(started(), ended, refused, started(resumed_from="last.pt"), ended)
    assert again.state(alive=False) is RunState.STOPPED
    assert again.problem(alive=False) is None


def test_words() -> None:
    progress = told(started(), step(50))
    assert progress.fraction == 0.5
    assert progress.numbers.startswith("Epoch 5.0 of 10, step 50 of 100, 1.0 pictures/s")
    assert told(started(), step(103)).numbers.startswith("Epoch 10.0 of 10, step 103")
    progress.take([Ended(reason="finished", step=50, before=Scores(f1=0.2), after=Scores(f1=0.25))])
    assert progress.verdict == "F1 on the validation pictures: 0.200 before, 0.250 after."
    assert told().fraction is None
    endless = told(started(total_steps=None), step(3))
    assert endless.fraction is None


@pytest.mark.parametrize("preset", ["fine-tune", "lite-from-scratch", "authors", "paper"])
@pytest.mark.parametrize("source", ["project", "dataset", "scenes"])
def test_choices_are_run_files(preset: str, source: str, tmp_path) -> None:
    choices = TrainingChoices.of_preset(preset)
    changed = TrainingChoices(
        preset=preset, source=source, dataset="/d", start="x.safetensors", length=3, unit="steps", rate=1e-4, parts=2  # type: ignore[arg-type]
    )  # fmt: skip
    for chosen in (choices, changed):
        run = resolve(chosen.values(tmp_path / "p" / "symviewer.symproj", tmp_path))
        assert run.optimizer.rate == chosen.rate
        assert (run.data.scenes is None) == (chosen.source != "scenes")
    assert run.steps == 3
    assert run.epochs is run.minutes is None
    if source == "project":
        assert run.data.images == str(tmp_path)


def test_another_preset_keeps_what_a_person_chose() -> None:
    own = TrainingChoices(start="/models/mine.safetensors", source="dataset", dataset="/d", validation=0.3)
    changed = own.with_preset("paper")
    assert (changed.start, changed.source, changed.dataset, changed.validation) == (own.start, "dataset", "/d", 0.3)
    assert changed.length == 500
    assert TrainingChoices().with_preset("lite-from-scratch").source == "scenes"
    with pytest.raises(ConfigError, match="no training preset"):
        own.with_preset("no")
