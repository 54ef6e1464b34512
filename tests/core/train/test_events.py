"""Events: lines that a window reads while another process writes them."""

from __future__ import annotations

import io
import json

import pytest

from clipsym_core.errors import TrainingError
from clipsym_core.train.events import (
    EVENTS_FILE,
    Ended,
    EventReader,
    EventWriter,
    Scores,
    Step,
    Validated,
    error_event,
    parse_event,
    read_events,
)
from clipsym_core.train.run_folder import METRICS, MetricsTable

STEP = Step(step=3, epoch=0.5, loss=0.1, rate=1e-3, images_per_second=2.0, seconds_left=None, memory=5)


class Gone(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_what_is_written_is_read(tmp_path):
    events = [
        STEP,
        Validated(step=3, epoch=1, f1=0.5, reflection_f1=0.5, rotation_f1=None, best=True),
        error_event(TrainingError("What.", "Why.", "Remedy.")),
        Ended(reason="failed", step=3, before=Scores(f1=0.1)),
    ]
    echo = io.StringIO()
    writer = EventWriter(tmp_path, echo)
    for event in events:
        writer.write(event)
    assert read_events(tmp_path) == events
    assert echo.getvalue() == (tmp_path / EVENTS_FILE).read_text()
    assert all({"event", "time"} <= json.loads(line).keys() for line in echo.getvalue().splitlines())


def test_a_window_that_was_closed_does_not_end_the_run(tmp_path):
    writer = EventWriter(tmp_path, Gone())
    writer.write(STEP)
    writer.write(STEP)
    assert len(read_events(tmp_path)) == 2


def test_half_a_line_waits_for_its_rest(tmp_path):
    reader = EventReader(tmp_path / EVENTS_FILE)
    assert reader.poll() == []
    line = STEP.model_dump_json()
    with (tmp_path / EVENTS_FILE).open("a") as file:
        file.write(line + "\n" + line[:20])
        file.flush()
        assert reader.poll() == [STEP]
        assert reader.poll() == []
        file.write(line[20:] + "\n")
        file.flush()
        assert reader.poll() == [STEP]


def test_a_line_that_a_killed_process_left_is_not_glued_to_the_next(tmp_path):
    (tmp_path / EVENTS_FILE).write_text(STEP.model_dump_json() + '\n{"event": "st')
    EventWriter(tmp_path).write(STEP)
    assert read_events(tmp_path) == [STEP, STEP]


def test_other_lines_are_ignored():
    assert parse_event("Downloading...") is None
    assert parse_event('{"event": "new in version 9", "time": 1}') is None
    assert parse_event(json.dumps(STEP.model_dump() | {"later": 1})) == STEP


def test_numbers_for_tensorboard(tmp_path):
    """With the extra `tensorboard`; the table is written without it, too."""
    pytest.importorskip("tensorboard", reason="the extra tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    table = MetricsTable(tmp_path, resumed_step=None)
    table.add(STEP)
    table.close()
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert board.Scalars("loss")[0].value == pytest.approx(STEP.loss)
    assert board.Scalars("loss")[0].step == STEP.step


def test_rows_that_come_again_after_a_resume_are_dropped(tmp_path):
    table = MetricsTable(tmp_path, resumed_step=None)
    for step in (1, 2, 3):
        table.add(STEP.model_copy(update={"step": step}))
    table.close()
    with (tmp_path / METRICS).open("a") as file:
        file.write("step,4,half a ro")  # left by a process that was killed
    MetricsTable(tmp_path, resumed_step=2).close()
    rows = (tmp_path / METRICS).read_text().splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["1", "2"]
