"""Detection in the background: latest wins, stale answers, failures, cancelling, memory, caching."""

from __future__ import annotations

from symviewer.model.model_status import ModelState
from symviewer.model.pictures import PictureState


def wait_idle(qtbot, app):
    qtbot.waitUntil(lambda: app.session.idle)


def test_a_known_picture_is_not_computed_again(app, source, qtbot, pictures):
    workspace = app.session.workspace
    workspace.pictures.select(1)
    wait_idle(qtbot, app)
    calls = len(source.calls)
    workspace.pictures.select(0)
    qtbot.waitUntil(lambda: workspace.image.path == pictures[0] and workspace.heatmaps is not None)
    wait_idle(qtbot, app)
    assert len(source.calls) == calls
    assert len(workspace.shown) == 4


def test_a_changed_file_is_computed_again(app, source, qtbot, pictures):
    from PIL import Image

    workspace = app.session.workspace
    workspace.pictures.select(1)
    wait_idle(qtbot, app)
    Image.new("RGB", (100, 50)).save(pictures[0])
    calls = len(source.calls)
    workspace.pictures.select(0)
    qtbot.waitUntil(lambda: workspace.image.size == (100, 50))
    wait_idle(qtbot, app)
    assert len(source.calls) > calls
    axis = workspace.suggestions[0].shape
    assert axis.midpoint == (50.0, 25.0)  # of the new file, not left from the old one


def test_the_latest_request_wins(app, source, qtbot, pictures):
    """While the first of four requests is computed, the two in between are dropped without being computed."""
    workspace = app.session.workspace
    app.session.detection.look_ahead([])
    source.calls.clear()
    source.gate.clear()
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: len(source.calls) == 1)
    for _ in range(3):
        app.session.detection.detect_current()
    assert workspace.pictures[0].state is PictureState.DETECTING
    source.gate.set()
    wait_idle(qtbot, app)
    assert sum(1 for call in source.calls) == 2
    assert workspace.pictures[0].state is PictureState.DONE


def test_an_answer_for_a_picture_that_was_left_is_kept_with_that_picture(app, source, qtbot, pictures):
    workspace = app.session.workspace
    workspace.pictures.select(3)
    wait_idle(qtbot, app)
    source.gate.clear()
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: workspace.pictures[3].state is PictureState.DETECTING)
    qtbot.waitUntil(lambda: not app.session.detection._waiting)
    workspace.pictures.select(0)
    qtbot.waitUntil(lambda: workspace.image.path == pictures[0])
    source.gate.set()
    wait_idle(qtbot, app)
    assert workspace.pictures[3].state is PictureState.DONE
    assert workspace.image.path == pictures[0]
    document = app.session.document
    assert workspace.suggestions == document.suggestions(workspace.desk.find(pictures[0]))
    assert len(document.suggestions(workspace.desk.find(pictures[3]))) == 6


def test_a_new_model_replaces_the_old_one_and_looks_again(app, source, qtbot, tmp_path):
    workspace = app.session.workspace
    checkpoint = tmp_path / "mine.safetensors"
    checkpoint.write_bytes(b"weights")
    app.session.open([str(checkpoint)])
    qtbot.waitUntil(lambda: workspace.model.info is not None and workspace.model.info.name == "mine")
    wait_idle(qtbot, app)
    assert {d.source for d in workspace.shown} == {"mine"}
    assert app.window.detection.model.currentText() == "mine"
    assert workspace.settings.recent_models == (str(checkpoint),)
    assert app.window.status._model.text() == "mine on CPU"


def test_a_failed_load_keeps_the_old_model_and_says_why(app, source, qtbot, tmp_path):
    workspace = app.session.workspace
    app.session.use_model(str(tmp_path / "broken.safetensors"))
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    problem = app.window.error_dialog.problem
    assert problem.what == "The model broken cannot be loaded."
    assert "not a checkpoint" in problem.why
    assert "clipsym-lite stays in use" in problem.remedy
    assert workspace.model.state is ModelState.READY
    app.session.detection.detect_current()
    wait_idle(qtbot, app)
    assert {d.source for d in workspace.shown} == {"clipsym-lite"}
    assert "could not be loaded" in app.window.detection.status.text()


def test_a_model_that_loads_but_cannot_answer_does_not_replace_the_old_one(app, source, qtbot):
    workspace = app.session.workspace
    source.errors.append(RuntimeError("the grid does not fit"))
    app.session.use_model("other.safetensors")
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert workspace.model.info.name == "clipsym-lite"
    assert "the grid does not fit" in app.window.error_dialog.problem.report


def test_the_old_model_answers_while_a_new_one_loads_and_loading_can_be_cancelled(app, source, qtbot):
    workspace = app.session.workspace
    old = workspace.model.info
    source.load_gate.clear()
    app.session.use_model("slow.safetensors")
    qtbot.waitUntil(lambda: workspace.model.state is ModelState.LOADING)
    assert workspace.model.info is old
    assert app.window.actions_by_id["cancel"].isEnabled()
    app.window.actions_by_id["cancel"].trigger()
    assert workspace.model.state is ModelState.READY
    source.load_gate.set()
    wait_idle(qtbot, app)
    assert workspace.model.info is old
    assert not app.window.error_dialog.isVisible()


def test_only_the_last_of_several_models_is_loaded(app, source, qtbot):
    workspace = app.session.workspace
    source.load_gate.clear()
    for name in ("a", "b", "c"):
        app.session.use_model(f"{name}.safetensors")
    source.load_gate.set()
    qtbot.waitUntil(lambda: workspace.model.state is ModelState.READY and workspace.model.info.name == "c")
    wait_idle(qtbot, app)
    assert workspace.model.info.name == "c"
    assert [load[0] for load in source.loads][-1] == "c.safetensors"
    assert ("b.safetensors", "auto", "auto") not in source.loads


def test_out_of_memory_is_tried_once_at_a_smaller_size(app, source, qtbot):
    workspace = app.session.workspace
    source.errors.append(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    freed = source.freed
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: source.smaller_calls == 1)
    wait_idle(qtbot, app)
    assert source.freed == freed + 1
    assert len(workspace.shown) == 4
    assert "smaller size" in app.window.log.text.toPlainText()
    assert not app.window.error_dialog.isVisible()


def test_out_of_memory_twice_is_explained_and_nothing_stops(app, source, qtbot):
    workspace = app.session.workspace
    source.errors.append(MemoryError())
    source.smaller_errors.append(MemoryError())
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "not enough memory" in app.window.error_dialog.problem.what
    assert "Choose the CPU" in app.window.error_dialog.problem.remedy
    app.session.detection.detect_current()
    wait_idle(qtbot, app)
    assert workspace.pictures[0].state is PictureState.DONE


def test_an_error_of_the_detector_is_shown_and_the_next_picture_works(app, source, qtbot, pictures):
    workspace = app.session.workspace
    workspace.pictures.select(4)
    wait_idle(qtbot, app)
    source.errors.append(ValueError("a very odd value"))
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "a very odd value" in app.window.error_dialog.problem.report
    assert workspace.pictures[4].state is PictureState.DONE  # as it was before
    workspace.pictures.select(0)
    wait_idle(qtbot, app)
    assert len(workspace.shown) == 4


def test_cancel_leaves_nothing_half_done(app, source, qtbot):
    workspace = app.session.workspace
    source.gate.clear()
    app.session.detection.detect_current()
    qtbot.waitUntil(lambda: bool(workspace.work.text))
    app.window.actions_by_id["cancel"].trigger()
    assert workspace.pictures[0].state is PictureState.DONE
    source.gate.set()
    wait_idle(qtbot, app)
    assert not app.window.actions_by_id["cancel"].isEnabled()
    assert len(workspace.shown) == 4


def test_settings_of_detection_reach_the_model(app, source, qtbot):
    panel = app.window.detection
    panel.proposals.setCurrentIndex(panel.proposals.findData("network"))
    panel.proposals.activated.emit(panel.proposals.currentIndex())
    wait_idle(qtbot, app)
    assert source.calls[-1][2] == "network"
    loads = len(source.loads)
    panel.precision.setCurrentIndex(panel.precision.findData("bf16"))
    panel.precision.activated.emit(panel.precision.currentIndex())
    qtbot.waitUntil(lambda: len(source.loads) == loads + 1)
    wait_idle(qtbot, app)
    assert source.loads[-1] == ("clipsym-lite", "auto", "bf16")


def test_absent_devices_are_listed_but_cannot_be_chosen(app):
    box = app.window.detection.device
    texts = [box.itemText(i) for i in range(box.count())]
    assert texts == [
        "Automatic (CPU)", "CPU (test, 1 thread)", "CUDA (NVIDIA GPU): none here", "MPS (Apple GPU): none here",
    ]  # fmt: skip
    assert [box.model().item(i).isEnabled() for i in range(4)] == [True, True, False, False]


def test_the_window_closes_while_the_model_still_loads(start, source, pictures):
    source.load_gate.clear()
    app = start(pictures[0], model_ready=False)
    app.start()
    source.load_gate.set()
    app.close()  # no_leftovers checks the rest
