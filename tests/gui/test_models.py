"""The model picker: what is listed, using a model, fetching weights, untrained models."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from clipsym_core.errors import DownloadCancelledError, DownloadError
from symviewer.model.model_entry import ModelEntry, plain
from symviewer.model.model_status import ModelInfo
from symviewer.services import model_library
from symviewer.views.dialogs.models_dialog import ModelsDialog
from symviewer.views.panels.prompts import PromptsPanel

LITE = ModelEntry(
    "clipsym-lite", "bundled", "The compact model.", "/models/clipsym-lite.safetensors", 12_000_000,
    metrics={"f1_reflection": 0.61}, provenance={"data": "synthetic scenes", "steps": 9000},
)  # fmt: skip
BROKEN = ModelEntry("old", "own", "This file cannot be used.", "/models/old.safetensors", 10, problem="It is torn.")


@pytest.fixture
def tower(tmp_path) -> ModelEntry:
    path = tmp_path / "clip" / "ViT-B-16.openai.safetensors"
    return ModelEntry(
        "clipsym-b16", "preset", "The paper's model.", trained=False, weights=("ViT-B-16", "openai"),
        weights_path=str(path),
    )  # fmt: skip


@pytest.fixture
def dialog(app, qtbot, monkeypatch, tower) -> ModelsDialog:
    def entries():
        here = Path(tower.weights_path).is_file()
        return (LITE, BROKEN, ModelEntry(**{f: getattr(tower, f) for f in tower.__slots__} | {"weights_here": here}))

    monkeypatch.setattr(model_library, "list_entries", entries)
    app.window.actions_by_id["models"].trigger()
    dialog = app.window._dialogs[ModelsDialog]
    qtbot.waitUntil(lambda: dialog.list.count() == 3)
    return dialog


def test_the_model_in_use_is_chosen_and_described(dialog):
    assert dialog.entry == LITE
    text = dialog.details.toPlainText()
    for part in ("12.0 MB", "Measured f1 reflection", "0.61", "Steps", "9000", "synthetic scenes"):
        assert part in text
    assert "In use, on CPU" in dialog.note.text()
    assert not dialog.get.isVisible()


def test_a_broken_file_says_why_and_cannot_be_used(dialog):
    dialog.choose("old")
    assert dialog.note.text() == "It is torn."
    assert not dialog.use.isEnabled()


def test_an_untrained_tower_says_so_and_how_to_train_it(dialog):
    dialog.choose("clipsym-b16")
    assert "never trained" in dialog.note.text()
    assert "Train it" in dialog.note.text()
    assert not dialog.use.isEnabled()
    assert dialog.get.isVisible()


def test_using_a_model_loads_it(dialog, app, qtbot, source):
    app.session.use_model("other")
    qtbot.waitUntil(lambda: app.session.idle)
    dialog.choose("clipsym-lite")
    dialog.use.click()
    qtbot.waitUntil(lambda: app.session.workspace.model.info.name == "clipsym-lite")
    assert "In use" in dialog.note.text()


def test_fetching_shows_progress_and_ends_with_the_weights_here(dialog, app, qtbot, monkeypatch, tower):
    go_on = threading.Event()

    def fetch(name, tag, *, progress, cancelled):
        assert (name, tag) == ("ViT-B-16", "openai")
        progress(50_000_000, 200_000_000)
        go_on.wait(10)
        Path(tower.weights_path).parent.mkdir()
        Path(tower.weights_path).write_bytes(b"weights")

    monkeypatch.setattr("clipsym_core.model.weights.download_clip_weights", fetch)
    dialog.choose("clipsym-b16")
    dialog.get.click()
    qtbot.waitUntil(lambda: dialog.progress.format() == "50.0 MB of 200 MB")
    assert dialog.cancel.isVisible()
    assert not dialog.get.isVisible()
    go_on.set()
    qtbot.waitUntil(lambda: dialog.entry.weights_here)
    assert not dialog.progress.isVisible()
    assert not dialog.get.isVisible()


def test_fetching_can_be_cancelled(dialog, qtbot, monkeypatch):
    def fetch(name, tag, *, progress, cancelled):
        for _ in range(1000):
            progress(1, None)
            if cancelled():
                raise DownloadCancelledError("Cannot download it.", "It was cancelled.")
            threading.Event().wait(0.005)

    monkeypatch.setattr("clipsym_core.model.weights.download_clip_weights", fetch)
    dialog.choose("clipsym-b16")
    dialog.get.click()
    qtbot.waitUntil(dialog.cancel.isVisible)
    dialog.cancel.click()
    qtbot.waitUntil(lambda: "Cancelled" in dialog.note.text())
    assert dialog.get.isVisible()
    assert not dialog.progress.isVisible()


def test_a_download_that_fails_is_explained(dialog, app, qtbot, monkeypatch):
    def fetch(name, tag, *, progress, cancelled):
        raise DownloadError("Cannot download it.", "There is no connection.", "Check the network.")

    monkeypatch.setattr("clipsym_core.model.weights.download_clip_weights", fetch)
    dialog.choose("clipsym-b16")
    dialog.get.click()
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert app.window.error_dialog.problem.why == "There is no connection."
    assert dialog.get.isVisible()


def test_weights_from_a_file_are_checked_and_copied(dialog, app, qtbot, tmp_path, tower):
    import numpy as np
    from safetensors.numpy import save_file

    dialog.choose("clipsym-b16")
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"not safetensors")
    dialog.take_file(str(wrong))
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "no safetensors file" in app.window.error_dialog.problem.why
    assert not Path(tower.weights_path).exists()
    right = tmp_path / "right.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, right)
    dialog.take_file(str(right))
    qtbot.waitUntil(lambda: Path(tower.weights_path).exists())
    qtbot.waitUntil(lambda: dialog.entry.weights_here)


def test_the_network_of_an_untrained_model_is_not_asked(app, source, qtbot, monkeypatch):
    load = source.load

    def untrained(model, device, precision, *, id, cancelled):
        detector = load(model, device, precision, id=id, cancelled=cancelled)
        detector.info = ModelInfo(id, "tower", "CPU", "fp32", trained=False)
        return detector

    monkeypatch.setattr(source, "load", untrained)
    app.session.use_model("tower")
    qtbot.waitUntil(lambda: app.session.workspace.model.info.name == "tower")
    qtbot.waitUntil(lambda: app.session.idle)
    assert source.calls[-1][2] == "features"
    assert "never trained" in app.window.detection.status.text()


def test_closing_the_window_ends_a_download(dialog, app, qtbot, monkeypatch):
    def fetch(name, tag, *, progress, cancelled):
        while not cancelled():
            threading.Event().wait(0.005)
        raise DownloadCancelledError("Cannot download it.", "It was cancelled.")

    monkeypatch.setattr("clipsym_core.model.weights.download_clip_weights", fetch)
    dialog.choose("clipsym-b16")
    dialog.get.click()
    app.close()


def test_the_zoo_of_this_installation_is_listed():
    entries = model_library.list_entries()
    towers = [entry for entry in entries if entry.weights]
    assert towers
    assert all(not entry.trained for entry in towers)
    assert all(list(entry.facts()) for entry in entries)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (True, "yes"), ({"a_b": 1.0}, "a b 1"), ([1, 2], "1, 2"), ("x" * 500, "x" * 199 + "…")],
)
def test_values_of_checkpoints_are_short_lines(value, text):
    assert plain(value) == text


def test_an_untrained_tower_leads_to_the_train_panel(dialog, app, qtbot, tower):
    dialog.choose("clipsym-b16")
    assert not dialog.train.isVisible()
    Path(tower.weights_path).parent.mkdir()
    Path(tower.weights_path).write_bytes(b"weights")
    app.session.models.refresh()
    qtbot.waitUntil(lambda: dialog.entry is not None and dialog.entry.weights_here)
    dialog.train.click()
    assert not dialog.isVisible()
    choices = app.window.train.panel.choices
    qtbot.waitUntil(choices.isVisible)
    assert choices.choices.start == "clipsym-b16"


def test_the_prompts_panel_follows_the_model(start, source, qtbot, pictures):
    source.prompts = (("sign door", 0.1), ("table road", -0.3), ("man sky", 0.2))
    app = start(pictures[0])
    app.window.show_panel("prompts")
    panel = app.window.findChild(PromptsPanel)
    rows = [panel.table.topLevelItem(i) for i in range(panel.table.topLevelItemCount())]
    assert [(row.text(0), row.text(1)) for row in rows] == [
        ("table road", "-0.300"), ("man sky", "+0.200"), ("sign door", "+0.100"),
    ]  # fmt: skip
    assert rows[0].text(2) == "50%"
    assert "3 prompts" in panel.note.text()
    panel.search.setText("SKY")
    assert [row.isHidden() for row in rows] == [True, False, True]
    source.prompts = ()
    app.session.use_model("other")
    qtbot.waitUntil(lambda: panel.table.topLevelItemCount() == 0)
    assert "no prompts" in panel.note.text()
    assert not panel.table.isVisible()
