"""Work over many pictures: detection as one undo step, cancel, the queue of disagreement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.pictures import PictureState

COUNT = 50


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Fifty small pictures, the brightness of each by its number."""
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(COUNT):
        Image.fromarray(np.full((24, 32, 3), 5 * i, dtype=np.uint8)).save(folder / f"{i:02}.png")
    return folder


@pytest.fixture
def opened(start, qtbot, many):
    app = start(str(many))
    qtbot.waitUntil(lambda: len(app.session.workspace.pictures) == COUNT)
    qtbot.waitUntil(lambda: app.session.idle)
    return app


def paths(app) -> list[str]:
    return [picture.path for picture in app.session.workspace.pictures]


def counts(app) -> list[int]:
    return [entry.suggestions for entry in app.session.document.entries()]


def test_a_batch_is_one_step_and_keeps_what_a_person_did(opened, qtbot):
    session = opened.session
    document, stack = session.document, session.stack
    picture = session.workspace.desk.find(paths(opened)[7])
    mine = RotationCenter(25.0, 18.0, 3)
    stack.push(commands.add(document, picture, [mine]))
    stack.push(commands.set_state(document, [picture], ReviewState.VERIFIED))
    before, steps = counts(opened), stack.steps
    with qtbot.waitSignal(session.batch.finished, timeout=60_000) as done:
        session.batch.begin(paths(opened))
    summary = done.args[0]
    assert (summary.pictures, summary.failed, summary.cancelled) == (COUNT, (), False)
    assert summary.text == f"Looked at 50 pictures: {COUNT * 6} suggestions."
    assert counts(opened) == [6] * COUNT
    assert document.annotations(picture)[0].shape == mine
    assert document.entry(picture).state is ReviewState.VERIFIED
    assert stack.steps == steps + 1
    stack.undo()
    assert counts(opened) == before
    assert document.annotations(picture)[0].shape == mine
    stack.redo()
    assert counts(opened) == [6] * COUNT
    assert all(p.state is PictureState.DONE for p in session.workspace.pictures)


def test_cancel_in_the_middle_keeps_what_was_found(opened, qtbot, source):
    session = opened.session
    finished = []
    session.batch.finished.connect(finished.append)
    session.batch.begin(paths(opened))
    qtbot.waitUntil(lambda: session.batch.run.progress.done >= 10)
    source.gate.clear()
    opened.window.actions_by_id["cancel"].trigger()
    source.gate.set()
    qtbot.waitUntil(lambda: session.idle)
    (summary,) = finished
    assert summary.cancelled
    assert 10 <= summary.pictures < COUNT
    assert sum(count == 6 for count in counts(opened)) in (summary.pictures, summary.pictures + 1, summary.pictures + 2)
    assert session.workspace.background.text == ""
    steps = session.stack.steps
    session.stack.undo()
    assert session.stack.steps == steps - 1
    assert sum(count == 6 for count in counts(opened)) <= 3  # what the window looked at by itself


def test_broken_pictures_are_listed_and_the_rest_goes_on(opened, qtbot):
    session = opened.session
    broken = paths(opened)[20]
    Path(broken).write_bytes(b"nonsense")
    with qtbot.waitSignal(session.batch.finished, timeout=60_000) as done:
        session.batch.begin(paths(opened)[10:30])
    summary = done.args[0]
    assert summary.pictures == 19
    assert [path for path, _ in summary.failed] == [broken]
    assert "1 picture could not be looked at" in summary.text
    assert session.workspace.pictures[20].state is PictureState.FAILED


def test_a_person_is_served_first_and_the_batch_stays_one_step(opened, qtbot, source):
    session = opened.session
    workspace, stack = session.workspace, session.stack
    with qtbot.waitSignal(session.batch.finished, timeout=60_000):
        session.batch.begin(paths(opened)[1:])
        qtbot.waitUntil(lambda: session.batch.run.progress.done >= 1)
        workspace.pictures.select(40)
        qtbot.waitUntil(lambda: workspace.pictures[40].state is PictureState.DONE)
        stack.push(commands.add(session.document, session.workspace.desk.find(paths(opened)[0]),
                                [ReflectionAxis(((1.0, 1.0), (9.0, 9.0)))]))  # fmt: skip
    assert stack.steps == 2
    assert stack.undo_text != "Detect in pictures"
    stack.undo()
    stack.undo()
    assert sum(count == 6 for count in counts(opened)) < 10


def test_a_model_that_is_changed_half_way_does_not_stop_the_batch(opened, qtbot, tmp_path):
    session = opened.session
    with qtbot.waitSignal(session.batch.finished, timeout=60_000) as done:
        session.batch.begin(paths(opened))
        session.use_model(str(tmp_path / "other.safetensors"))
    assert done.args[0].pictures == COUNT


def test_disagreement_is_measured_kept_and_gone_on_with(opened, qtbot, start, many):
    session = opened.session
    session.disagreement.begin(paths(opened))
    qtbot.waitUntil(lambda: session.disagreement.run.progress.done >= 5)
    session.disagreement.run.pause()
    assert session.workspace.background.text.endswith("paused")
    done = session.disagreement.run.progress.done
    opened.close()
    again = start(str(many))
    workspace = again.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == COUNT and again.session.idle)
    measured = [entry for entry in again.session.document.entries() if entry.disagreement is not None]
    assert len(measured) == done
    queue = again.session.disagreement
    queue.begin(paths(again))
    assert queue.run.progress.total == COUNT - done
    qtbot.waitUntil(lambda: not queue.run.active)
    values = [workspace.desk.entry(path).disagreement for path in paths(again)]
    assert values == pytest.approx([5 * i / 255 for i in range(COUNT)])
    assert {entry.measured_by for entry in again.session.document.entries()} == {"clipsym-lite"}


def test_measuring_gives_way_to_a_person(opened, qtbot, source):
    session = opened.session
    source.measure_gate.clear()
    session.disagreement.begin(paths(opened)[5:6])
    qtbot.waitUntil(lambda: source.measure_steps == 1)
    session.detection.detect_current()
    source.measure_gate.set()
    qtbot.waitUntil(lambda: not session.disagreement.run.active)
    assert source.measure_steps == 1 + 8  # begun anew after the person was served
    assert session.workspace.desk.entry(paths(opened)[5]).disagreement == pytest.approx(25 / 255)
