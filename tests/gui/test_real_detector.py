"""The window with the bundled model and a sample picture: nothing is faked here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from clipsym_core.resources import resource_path
from symviewer.app import Application, command_line
from symviewer.model.model_status import ModelState
from symviewer.model.pictures import PictureState
from symviewer.model.settings import DetectionSettings
from symviewer.services.detectors import LibrarySource

WAIT_MS = 240_000
"""The first import of torch on a busy machine takes its time."""


@pytest.fixture
def real(home, qtbot, no_leftovers):
    """The application on one sample picture, with the library's detector."""
    picture = resource_path("samples", "butterfly.jpg")
    application = Application(command_line().parse_args([str(picture), str(picture.parent / "rosette.jpg")]))
    application.show()
    yield application
    application.close()


def test_a_sample_picture_is_looked_at_by_the_bundled_model(real, qtbot):
    workspace = real.session.workspace
    ended = (ModelState.READY, ModelState.NONE)
    qtbot.waitUntil(lambda: workspace.model.state in ended and bool(workspace.model.wanted), timeout=WAIT_MS)
    assert workspace.model.problem is None, workspace.model.problem.report
    assert workspace.model.info.name == "clipsym-lite"
    assert workspace.model.info.trained
    prompts = workspace.model.info.prompts
    assert len(prompts) == 8
    assert all(len(text.split()) == 4 and weight for text, weight in prompts)
    picture = workspace.pictures
    qtbot.waitUntil(lambda: picture.current_picture.state is PictureState.DONE, timeout=WAIT_MS)
    assert workspace.shown
    assert all(0 <= d.score <= 1 and d.source for d in workspace.suggestions)
    heatmaps = workspace.heatmaps
    assert heatmaps.reflection.shape == heatmaps.rotation.shape
    width, height = workspace.image.size
    rows, columns = heatmaps.reflection.shape
    # No padding is left: the map has the form of the picture, to within a pixel of the map.
    assert abs(columns / rows - width / height) < 2 / min(rows, columns)
    assert 0 <= heatmaps.reflection.min() <= heatmaps.reflection.max() <= 1
    assert real.window.detection.device.count() >= 2
    qtbot.waitUntil(lambda: real.session.idle, timeout=WAIT_MS)


def test_the_library_source_says_devices_memory_and_unknown_models(qtbot):
    source = LibrarySource()
    assert source.devices()[-1].name == "cpu"
    assert source.ran_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"))
    assert source.ran_out_of_memory(MemoryError())
    assert not source.ran_out_of_memory(RuntimeError("shapes differ"))
    assert not source.ran_out_of_memory(ValueError("out of memory"))
    source.free_memory()


def test_the_bundled_model_answers_at_a_smaller_size_too(qtbot):
    detector = LibrarySource().load("clipsym-lite", "cpu", "fp32", id="x", cancelled=lambda: False)
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[:, 40:50] = 255
    full = detector.detect(pixels, "network")
    small = detector.detect_smaller(pixels, "network")
    again = detector.detect(pixels, "network")
    assert "smaller" in small.note
    assert small.heatmaps.reflection.size < full.heatmaps.reflection.size
    assert np.allclose(again.heatmaps.reflection, full.heatmaps.reflection, atol=1e-6)


def test_live_mode_looks_through_the_network_that_is_loaded_already(qtbot):
    """Two threads, one network: each gets what it gets alone."""
    source, settings = LibrarySource(), DetectionSettings(model="clipsym-lite", device="cpu", precision="fp32")
    loaded = source.load("clipsym-lite", "cpu", "fp32", id="x", cancelled=lambda: False)
    eye = source.load_eye(settings)
    assert eye._detector.network is loaded.detector.network
    assert eye._detector is not loaded.detector
    pixels = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    alone, glance = loaded.detect(pixels, "network").heatmaps, eye.glance(pixels, 128)
    with ThreadPoolExecutor(2) as pool:
        both = [(pool.submit(loaded.detect, pixels, "network"), pool.submit(eye.glance, pixels, 128)) for _ in range(4)]
    for detected, glanced in both:
        assert np.allclose(detected.result().heatmaps.reflection, alone.reflection, atol=1e-5)
        assert np.allclose(glanced.result().reflection, glance.reflection, atol=1e-5)
    assert source.load_eye(settings.changed(precision="bf16"))._detector.network is not loaded.detector.network
    network = loaded.detector.network
    del loaded  # another model took its place
    assert source.load_eye(settings)._detector.network is not network
