"""What lower precision costs in quality: pixel max F1 of a trained model's forms on held-out synthetic scenes.

python scripts/training_sources.py
python benchmarks/precision.py --sources training_sources --model clipsym-lite --scenes 96
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from clipsym_core.commands.export import export
from clipsym_core.data.synthesis import SourcePack
from clipsym_core.evaluate.scenes import held_out_scores
from clipsym_core.inference.deploy import deploy
from clipsym_core.inference.exported import ExportedModel, require
from clipsym_core.model.zoo import load_model


class OneByOne(nn.Module):
    """An exported model reads one picture at a time; the evaluation gives batches."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.anchor = nn.Parameter(torch.zeros(1), requires_grad=False)  # tells the evaluation the device

    def forward(self, images: Tensor) -> Tensor:
        """[B, 3, H, W] -> [B, C, H, W]."""
        return torch.cat([self.model(image) for image in images.split(1)])


def main() -> None:
    """Print one line a form."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--model", default="clipsym-lite")
    parser.add_argument("--scenes", type=int, default=96)
    arguments = parser.parse_args()
    model = load_model(arguments.model).model
    pack = SourcePack.load(arguments.sources, "val")
    with tempfile.TemporaryDirectory() as folder:
        forms: dict[str, nn.Module] = {"module": model, "deploy fp32": deploy(model)}
        forms["deploy bf16"] = deploy(model, precision="bf16")
        require("openvino")
        path = Path(folder) / "model.xml"
        export(arguments.model, "openvino", path, size=(256, 256))
        forms["openvino f32"] = OneByOne(ExportedModel(path))
        forms["openvino bf16"] = OneByOne(ExportedModel(path, precision="bf16"))
        for name, form in forms.items():
            scores = held_out_scores(form, pack, scenes=arguments.scenes)
            print(f"{name:14s} " + "  ".join(f"{key} {value:.4f}" for key, value in scores.items()), flush=True)


if __name__ == "__main__":
    main()
