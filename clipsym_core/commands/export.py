"""`clipsym export`: the deploy form of a model as a file for another engine, with a parity check."""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.inference.deploy import DeployedCLIPSym, deploy
from clipsym_core.inference.exported import SUFFIXES, ExportedModel, Target, description_path, require
from clipsym_core.model.config import ModelConfig, nearest
from clipsym_core.model.files import replacing
from clipsym_core.model.zoo import load_model

TOLERANCE = 1e-3
"""Largest difference of a logit between the model and its exported form, both float32."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export made.

    Attributes:
        path: the model; more files may lie beside it (OpenVINO's .bin, the description .json).
        target: its format.
        size: (width, height) of the input it is fixed to.
        difference: largest difference of a logit from the model's own, on a test picture.
        bytes: of all its files.
    """

    path: str
    target: Target
    size: tuple[int, int]
    difference: float
    bytes: int


def export(
    model: str | Path, target: Target, output: str | Path | None = None, *, size: tuple[int, int] | None = None
) -> ExportReport:
    """Export a model for one picture at a time, float32, of fixed size.

    Args:
        model: a name of the zoo or the path of a checkpoint.
        target: `onnx`, `openvino` (.xml and .bin) or `torch` (a `torch.export` program, needs none of our code).
        output: file to write; None puts `<model>.<suffix>` into the current folder.
        size: (width, height) of the input; None takes the model's own canvas.

    Raises:
        ConfigError: unknown model or target, or a package of the target is missing.
        CheckpointError: the model cannot be loaded, the file cannot be written, or the exported model does not give
            what the model gives; then nothing is left at `output`.
        InputError: the size does not fit the model.
    """
    if target not in SUFFIXES:
        raise ConfigError(f"There is no export target '{target}'.", remedy=nearest(target, list(SUFFIXES)))
    require(target)
    loaded = load_model(model)
    path = Path(output) if output is not None else Path(f"{Path(model).stem}{SUFFIXES[target]}")
    if path.suffix != SUFFIXES[target]:
        raise ConfigError(f"'{path.name}' does not end in {SUFFIXES[target]}.", remedy="Change the file's name.")
    width, height = size or loaded.config.preprocessing.size
    images = trial_picture(width, height)
    with torch.no_grad():
        wanted = loaded.model(images)
    deployed = deploy(loaded.model)
    assert isinstance(deployed, DeployedCLIPSym)
    writer = {"onnx": _write_onnx, "openvino": _write_openvino, "torch": _write_torch}[target]
    made = _write(writer, deployed.whole_maps(), images, path)
    _describe(path, loaded.config, (width, height), target)
    try:
        difference = float((ExportedModel(path)(images) - wanted).abs().max())
        if not difference <= TOLERANCE * max(1.0, float(wanted.abs().max())):
            raise CheckpointError(
                f"Cannot export {path.name}.",
                f"The exported model's logits differ by {difference:.2g}.",
                "Try another target, and please report this.",
            )
    except CheckpointError:
        for file in [*made, description_path(path)]:
            file.unlink(missing_ok=True)
        raise
    total = sum(file.stat().st_size for file in made)
    report = ExportReport(str(path), target, (width, height), difference, total)
    _describe(path, loaded.config, (width, height), target, asdict(report))
    return report


def trial_picture(width: int, height: int) -> Tensor:
    """A fixed picture [1, 3, height, width] in 0..1 with smooth parts, edges and noise."""
    generator = torch.Generator().manual_seed(0)
    x = torch.linspace(0, 1, width).expand(height, width)
    y = torch.linspace(0, 1, height)[:, None].expand(height, width)
    disc = (((x - 0.5) ** 2 + (y - 0.4) ** 2) < 0.06).float()
    noise = 0.2 * torch.rand(3, height, width, generator=generator)
    return (torch.stack([x, disc, (x * 9).sin().abs() * y]) * 0.8 + noise)[None]


def _write(writer: object, model: nn.Module, images: Tensor, path: Path) -> list[Path]:
    assert callable(writer)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracers warn that sizes become constants: they are meant to
            writer(model, images, path)
    except (RuntimeError, TypeError, ValueError, OSError) as error:
        raise CheckpointError(
            f"Cannot export {path.name}.", f"{type(error).__name__}: {error}", "Try another target."
        ) from error
    return [file for file in (path, path.with_suffix(".bin"), path.with_name(f"{path.name}.data")) if file.is_file()]


def _write_torch(model: nn.Module, images: Tensor, path: Path) -> None:
    program = torch.export.export(model, (images,), strict=False)
    with replacing(path) as temporary:
        whole = temporary.with_suffix(".pt2")
        torch.export.save(program, whole)
        whole.replace(temporary)


def _write_onnx(model: nn.Module, images: Tensor, path: Path) -> None:
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        torch.onnx.export(
            model,
            (images,),
            str(path),
            input_names=["images"],
            output_names=["logits"],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    finally:
        quiet.setLevel(level)


def _write_openvino(model: nn.Module, images: Tensor, path: Path) -> None:
    import openvino

    graph = openvino.convert_model(model, example_input=images, input=[list(images.shape)])
    graph.inputs[0].get_tensor().set_names({"images"})
    graph.outputs[0].get_tensor().set_names({"logits"})
    openvino.save_model(graph, str(path), compress_to_fp16=False)


def _describe(
    path: Path, config: ModelConfig, size: tuple[int, int], target: Target, report: dict[str, object] | None = None
) -> None:
    description = {"config": config.model_dump(mode="json"), "size": size, "target": target, "report": report or {}}
    with replacing(description_path(path)) as temporary:
        temporary.write_text(json.dumps(description, indent=1), encoding="utf-8")
