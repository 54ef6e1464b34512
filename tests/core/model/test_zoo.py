"""The list of models, downloads with progress, cancel and checksum, and loading by name."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from clipsym_core.errors import CheckpointError, ConfigError, DownloadCancelledError, DownloadError
from clipsym_core.imaging import Letterbox, read_image
from clipsym_core.model import weights as weights_module
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, preset
from clipsym_core.model.download import download
from clipsym_core.model.presets import PRESETS, Preset
from clipsym_core.model.weights import download_clip_weights, local_weights, models_folder, weight_tags
from clipsym_core.model.zoo import DEFAULT_MODEL, ZooEntry, list_models, load_model
from clipsym_core.resources import resource_path

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT whole, truncated, or not at all."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if self.path == "/short" else CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        """Stays quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_arrives_whole_and_tells_its_progress(address: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = download(f"{address}/file", tmp_path / "x" / "f.bin", sha256=SHA256, progress=lambda *at: seen.append(at))
    assert path.read_bytes() == CONTENT
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("place", "sha256", "words"),
    [("/missing", "", "404"), ("/short", "", "ended after"), ("/file", "0" * 64, "checksum")],
)
def test_failed_downloads_leave_nothing(address: str, tmp_path: Path, place: str, sha256: str, words: str) -> None:
    with pytest.raises(DownloadError, match=words):
        download(f"{address}{place}", tmp_path / "f.bin", sha256=sha256)
    assert list(tmp_path.iterdir()) == []


def test_a_download_can_be_cancelled(address: str, tmp_path: Path) -> None:
    chunks: list[int] = []
    with pytest.raises(DownloadCancelledError):
        download(
            f"{address}/file",
            tmp_path / "f.bin",
            progress=lambda done, total: chunks.append(done),
            cancelled=lambda: len(chunks) >= 1,
        )
    assert len(chunks) == 1
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="connection"):
        download("http://127.0.0.1:9/file", tmp_path / "f.bin")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYMVIEWER_HOME", str(tmp_path))
    return tmp_path


def test_clip_weights_come_from_where_open_clip_says(address: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_module, "_source", lambda name, tag: (f"{address}/{name}.{tag}", SHA256))
    assert not local_weights("ViT-B-16-quickgelu", "openai").present
    path = download_clip_weights("ViT-B-16-quickgelu", "openai")
    assert path.is_relative_to(home)
    assert local_weights("ViT-B-16-quickgelu", "openai").present
    monkeypatch.setattr(weights_module, "_source", lambda name, tag: pytest.fail("it is here already"))
    assert download_clip_weights("ViT-B-16-quickgelu", "openai") == path


def test_unknown_weights_are_named(home: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'openai'"):
        download_clip_weights("ViT-B-16-quickgelu", "opnai")


def test_every_preset_names_weights_that_open_clip_lists() -> None:
    for name, item in PRESETS.items():
        encoder = item.config.encoder
        if encoder.kind == "clip" and encoder.weights is not None:
            assert encoder.weights in weight_tags(encoder.name), name


def by_name(entries: list[ZooEntry]) -> dict[str, ZooEntry]:
    return {entry.name: entry for entry in entries}


def test_the_list_shows_own_models_presets_and_damaged_files(home: Path, tiny: CLIPSym) -> None:
    folder = models_folder()
    save_checkpoint(
        folder / "mine.safetensors", tiny, provenance={"description": "Beetles."}, metrics={"f1": 0.7}, trained=False
    )
    (folder / "broken.safetensors").write_bytes(b"nonsense")
    entries = by_name(list_models())
    mine = entries["mine"]
    assert (mine.kind, mine.description, mine.trained, mine.metrics) == ("own", "Beetles.", False, {"f1": 0.7})
    assert mine.available
    assert mine.size_bytes == (folder / "mine.safetensors").stat().st_size
    assert "no safetensors file" in entries["broken"].problem
    assert not entries["broken"].available
    b16 = entries["clipsym-b16"]
    assert (b16.kind, b16.trained, b16.available) == ("preset", False, False)
    assert b16.weights is not None
    assert (b16.weights.name, b16.weights.tag) == ("ViT-B-16-quickgelu", "openai")
    assert not [entry for entry in entries.values() if entry.name == DEFAULT_MODEL and entry.kind == "preset"]


@torch.no_grad()
def test_models_load_by_name_and_by_path(home: Path, tiny: CLIPSym) -> None:
    path = models_folder() / "mine.safetensors"
    save_checkpoint(path, tiny, provenance={}, metrics={})
    images = torch.rand(1, 3, 64, 64)
    for place in ("mine", path, str(path)):
        assert torch.equal(load_model(place).model(images), tiny(images))


@torch.no_grad()
def test_a_preset_loads_untrained_once_its_weights_are_here(
    home: Path, tiny_config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors.torch

    from clipsym_core.model.open_clip_models import build_clip

    config = tiny_config.replaced(encoder={"weights": "made-here"})
    monkeypatch.setitem(PRESETS, "clipsym-tiny", Preset(config, "For this test."))
    with pytest.raises(CheckpointError, match="Get CLIP weights"):
        load_model("clipsym-tiny")
    target = local_weights(config.encoder.name, "made-here").path
    target.parent.mkdir(parents=True)
    safetensors.torch.save_file(build_clip(config.encoder.name).state_dict(), target)
    entry = by_name(list_models())["clipsym-tiny"]
    assert entry.available
    assert entry.size_bytes == target.stat().st_size
    loaded = load_model("clipsym-tiny")
    assert not loaded.metadata.trained
    assert len(loaded.config.prompts.texts) == 3
    assert loaded.model(torch.rand(1, 3, 64, 64)).shape == (1, 2, 64, 64)


def test_unknown_names_are_corrected(home: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'clipsym-lite'"):
        load_model("clipsym-lit")
    with pytest.raises(CheckpointError, match="no such file"):
        load_model(home / "none.safetensors")


def test_the_default_model_is_a_preset() -> None:
    assert preset(DEFAULT_MODEL).name == DEFAULT_MODEL


def test_every_tap_of_the_bundled_model_answers_to_the_picture() -> None:
    """A tap that died gives one constant vector, which heatmaps do not show (scripts/revive_tap.py)."""
    model = load_model("clipsym-lite").model
    assert isinstance(model, CLIPSym)
    samples = sorted(resource_path("samples").glob("*.jpg"))
    pictures = [Letterbox((p.shape[1], p.shape[0]), (192, 192)).apply(p) for p in map(read_image, samples)]
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        taps = model.encoder((images - model.mean) / model.std).taps
    for tap in taps:
        features = tap[..., : tap.shape[2] - model.config.encoder.position_channels]
        over_pictures, over_places = features.std(dim=0).mean(), features.mean(dim=0).std(dim=0).mean()
        assert over_pictures > 0.2 * over_places
