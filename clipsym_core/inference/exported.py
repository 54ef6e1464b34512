"""Running exported models, with the interface of the model itself: pictures in, logits out."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import torch
from torch import Tensor, nn

from clipsym_core.errors import CheckpointError, ConfigError, InputError
from clipsym_core.model.registry import parse_config

Target: TypeAlias = Literal["onnx", "openvino", "torch"]

SUFFIXES: dict[Target, str] = {"onnx": ".onnx", "openvino": ".xml", "torch": ".pt2"}
_FORCE_WEIGHTS_ONLY: Final = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_PACKAGES: dict[Target, tuple[str, ...]] = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "openvino": ("openvino",)}


def require(target: Target) -> None:
    """Raise when a package that `target` needs is missing.

    Raises:
        ConfigError: with the command that installs it.
    """
    for package in _PACKAGES.get(target, ()):
        if importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"The target '{target}' needs the package {package}.",
                remedy=f'Install it with: pip install "symviewer[{target}]"',
            )


def description_path(path: Path) -> Path:
    """Where the JSON beside an exported model lies: config, size, provenance and the parity that was measured."""
    return path.with_name(f"{path.name}.json")


class ExportedModel(nn.Module):
    """An exported model of fixed input size.

    Attributes:
        config: of the model it was made from.
        size: (width, height) of its input.
    """

    def __init__(self, path: str | Path, *, precision: Literal["fp32", "bf16"] = "fp32", threads: int = 0) -> None:
        """Load a file made by `clipsym export`.

        Args:
            precision: arithmetic of an OpenVINO model; the others are what they were exported as.
            threads: of an OpenVINO or ONNX model; 0 leaves it to the engine.

        Raises:
            CheckpointError: missing or damaged, or it holds code that would run.
            ConfigError: its engine is not installed.
        """
        super().__init__()
        path = Path(path)
        what = f"Cannot load the exported model {path}."
        target = next((name for name, suffix in SUFFIXES.items() if path.suffix == suffix), None)
        if target is None or not path.is_file():
            why = "There is no such file." if not path.is_file() else f"'{path.suffix}' is no exported model."
            raise CheckpointError(what, why, f"Choose a file that ends in {', '.join(SUFFIXES.values())}.")
        try:
            description = json.loads(description_path(path).read_text(encoding="utf-8"))
            self.config = parse_config(description["config"])
            width, height = description["size"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(what, f"Its description does not fit: {error}", "Export it again.") from error
        self.size: tuple[int, int] = (int(width), int(height))
        require(target)
        load = {"onnx": _load_onnx, "openvino": _load_openvino, "torch": _load_torch}[target]
        try:
            self._run = load(path, precision, threads)
        except (RuntimeError, OSError, ValueError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
            raise CheckpointError(what, f"{error}", "Export it again.") from error

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Pictures [1, 3, H, W] of the exported size, float RGB in 0..1, to logits [1, C, H, W].

        Raises:
            InputError: another size.
        """
        expected = (1, 3, self.size[1], self.size[0])
        if tuple(images.shape) != expected:
            raise InputError(
                f"This exported model reads {list(expected)}, got {list(images.shape)}.",
                remedy="Export it for this size.",
            )
        logits = self._run(images.detach().float().cpu().contiguous())
        assert isinstance(logits, Tensor)
        return logits


def _load_torch(path: Path, precision: str, threads: int) -> Any:
    with _only_weights():
        program = torch.export.load(path).module()
    return program.forward


@contextmanager
def _only_weights() -> Iterator[None]:
    """`torch.export.load` unpickles what a file asks it to, which may be any code; while this holds, tensors alone."""
    before = os.environ.get(_FORCE_WEIGHTS_ONLY)
    os.environ[_FORCE_WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_FORCE_WEIGHTS_ONLY]
        else:
            os.environ[_FORCE_WEIGHTS_ONLY] = before


def _load_onnx(path: Path, precision: str, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(images: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {name: images.numpy()})[0])

    return run


def _load_openvino(path: Path, precision: str, threads: int) -> Any:
    import openvino

    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32", "NUM_STREAMS": 1}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()

    def run(images: Tensor) -> Tensor:
        # The engine owns its output; the next picture overwrites it.
        return torch.from_numpy(next(iter(request.infer([images.numpy()]).values())).copy())

    return run
