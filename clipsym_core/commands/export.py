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
from clipsym_core.inference.deploy import DeployedCLIPSym, check_precision, deploy
from clipsym_core.inference.deployed_file import load_deployed, save_deployed
from clipsym_core.inference.exported import SUFFIXES, ExportedModel, Target, description_path, require
from clipsym_core.inference.fast.mixed import Precision
from clipsym_core.model.config import NetworkConfig, nearest
from clipsym_core.model.files import replacing
from clipsym_core.model.metadata import CheckpointMetadata
from clipsym_core.model.zoo import load_model

TOLERANCE = 1e-3
"""Largest difference of a logit between the model and its exported form, both float32."""
SHORT_TOLERANCE = 0.1
"""Largest difference of a probability where the exported form computes in a short type."""
DEPLOYED_SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export made.

    Attributes:
        path: the model; more files may lie beside it (OpenVINO's .bin, the description .json).
        target: its format.
        size: (width, height) of the input it is fixed to; of a stored deploy form, only that of the test picture.
        difference: largest difference of a logit from the model's own, on a test picture.
        bytes: of all its files.
    """

    path: str
    target: Target
    size: tuple[int, int]
    difference: float
    bytes: int


def export(
    model: str | Path,
    target: Target,
    output: str | Path | None = None,
    *,
    size: tuple[int, int] | None = None,
    precision: Precision = "fp32",
) -> ExportReport:
    """Export a model as a file that runs fast, or with another engine.

    Args:
        model: a name of the zoo or the path of a checkpoint.
        target: `onnx`, `openvino` (.xml and .bin) or `torch`: the deploy form as .safetensors, which `SymmetryDetector`
            takes like any model and for pictures of any size, or as .pt2 (a `torch.export` program, needs none of our
            code). All but .safetensors are for one picture at a time, float32, of fixed size.
        output: file to write; None puts `<model>.<suffix>` into the current folder.
        size: (width, height) of the input; None takes the model's own canvas.
        precision: of a deploy form: `bf16` and `fp16` halve its size.

    Raises:
        ConfigError: unknown model, target or precision, or a package of the target is missing.
        CheckpointError: the model cannot be loaded, the file cannot be written, or the exported model does not give
            what the model gives; then nothing is left at `output`.
        InputError: the size does not fit the model.
    """
    if target not in SUFFIXES:
        raise ConfigError(f"There is no export target '{target}'.", remedy=nearest(target, list(SUFFIXES)))
    require(target)
    suffixes = (DEPLOYED_SUFFIX, SUFFIXES[target]) if target == "torch" else (SUFFIXES[target],)
    path = Path(output) if output is not None else Path(f"{Path(model).stem}{_infix(target)}{suffixes[0]}")
    if path.suffix not in suffixes:
        raise ConfigError(f"'{path.name}' does not end in {' or '.join(suffixes)}.", remedy="Change the file's name.")
    check_precision(precision)
    if precision != "fp32" and path.suffix != DEPLOYED_SUFFIX:
        raise ConfigError(
            f"'{path.name}' cannot be exported in {precision}.",
            remedy=f"Choose fp32, or a deploy form (--to torch, {DEPLOYED_SUFFIX}).",
        )
    loaded = load_model(model)
    width, height = size or loaded.config.preprocessing.size
    images = trial_picture(width, height)
    with torch.no_grad():
        wanted = loaded.model(images)
    deployed = deploy(loaded.model, precision=precision, share=True)
    if path.suffix == DEPLOYED_SUFFIX:
        if not isinstance(deployed, DeployedCLIPSym):
            raise ConfigError(
                f"A {loaded.config.family} model has no stored deploy form.", remedy="Name the output NAME.pt2."
            )
        return _export_deployed(path, loaded.metadata, deployed, images, wanted)
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


def _infix(target: Target) -> str:
    """What keeps the default name of a deploy form apart from the checkpoint's own."""
    return ".deployed" if target == "torch" else ""


def _export_deployed(
    path: Path, source: CheckpointMetadata, deployed: DeployedCLIPSym, images: Tensor, wanted: Tensor
) -> ExportReport:
    """Store the deploy form, read it back, and compare."""
    save_deployed(path, deployed, source)
    try:
        found = load_deployed(path).model(images)
        difference = float((found - wanted).abs().max())
        if deployed.precision == "fp32":
            right = difference <= TOLERANCE * max(1.0, float(wanted.abs().max()))
        else:
            right = float((found.sigmoid() - wanted.sigmoid()).abs().max()) <= SHORT_TOLERANCE
        if not right:
            raise CheckpointError(
                f"Cannot export {path.name}.",
                f"The deploy form's logits differ by {difference:.2g}.",
                "Use fp32." if deployed.precision != "fp32" else "Try another target, and please report this.",
            )
    except CheckpointError:
        path.unlink(missing_ok=True)
        raise
    size = (images.shape[-1], images.shape[-2])
    return ExportReport(str(path), "torch", size, difference, path.stat().st_size)


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
    path: Path, config: NetworkConfig, size: tuple[int, int], target: Target, report: dict[str, object] | None = None
) -> None:
    description = {"config": config.model_dump(mode="json"), "size": size, "target": target, "report": report or {}}
    with replacing(description_path(path)) as temporary:
        temporary.write_text(json.dumps(description, indent=1), encoding="utf-8")
