"""Give the deepest tap of a model living features again, without changing what the model says.

    git show d283838:resources/checkpoints/clipsym-lite.safetensors > donor.safetensors
    python scripts/revive_tap.py runs/lite6/model.safetensors donor.safetensors clipsym-lite.safetensors

From run to run the blocks at stride 32 faded until their outputs were the same for every picture, one constant that the
decoder uses as a bias. Heatmaps cannot show it, and the second look then sees nothing at that depth. Here these blocks
are taken from a donor in which they live; the decoder's weights on their channels become zero and its bias takes over
the constant. The heatmaps stay (the script prints by how much they differ), the second look sees again, and training
can learn to use the tap anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from clipsym_core.data.scene_dataset import SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SourcePack
from clipsym_core.model.checkpoint import load_checkpoint, save_checkpoint
from clipsym_core.model.clipsym import CLIPSym

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = ("encoder.tower.blocks.5.", "encoder.tower.blocks.6.")
"""Those of EfficientNet-Lite0 at stride 32."""
REDUCE = "decoder.reduces.0"
PICTURES, SIDE, SEED = 12, 320, 4242
DEAD = 0.05
"""Spread over pictures, beside that over places, under which a tap says nothing about the picture."""


def spread(tap: torch.Tensor) -> float:
    """How much a tap [B, tokens, C] differs from picture to picture, over how much it differs from place to place."""
    return float(tap.std(dim=0).mean() / tap.mean(dim=0).std(dim=0).mean())


@torch.no_grad()
def revive(model: CLIPSym, donor: CLIPSym, images: torch.Tensor) -> tuple[float, float]:
    """Change `model`; the spread of its deepest tap before and after. `images` [B, 3, H, W] are in 0..1."""

    def deepest() -> torch.Tensor:
        tap: torch.Tensor = model.encoder((images - model.mean) / model.std).taps[0]
        return tap[..., : tap.shape[2] - model.config.encoder.position_channels]

    dead = deepest()
    tensors = model.state_dict()
    tensors |= {name: x.clone() for name, x in donor.state_dict().items() if name.startswith(BLOCKS)}
    weight = tensors[f"{REDUCE}.weight"].clone()
    tensors[f"{REDUCE}.bias"] = tensors[f"{REDUCE}.bias"] + weight[:, : dead.shape[2]] @ dead.mean(dim=(0, 1))
    weight[:, : dead.shape[2]] = 0
    model.load_state_dict(tensors | {f"{REDUCE}.weight": weight})
    return spread(dead), spread(deepest())


def load(path: Path) -> CLIPSym:
    model = load_checkpoint(path).model
    if not isinstance(model, CLIPSym):
        raise TypeError(f"{path} holds a {type(model).__name__}.")
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("donor", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sources", type=Path, default=ROOT / "training_sources")
    args = parser.parse_args()
    metadata = load_checkpoint(args.model).metadata
    model, donor = load(args.model), load(args.donor)
    recipe, pack = SceneRecipe(side=SIDE, seed=SEED), SourcePack.load(args.sources, "train")
    scenes = [scene_sample(pack, recipe, index)[0] for index in range(PICTURES)]
    images = torch.stack([torch.from_numpy(scene).permute(2, 0, 1).float() / 255 for scene in scenes])
    with torch.no_grad():
        said = model(images).sigmoid()
        before, after = revive(model, donor, images)
        change = (model(images).sigmoid() - said).abs()
    print(f"spread over pictures: {before:.3f} before, {after:.3f} after")
    print(f"heatmaps differ by {float(change.mean()):.1e} in the mean, {float(change.max()):.1e} at most")
    if before > DEAD:
        raise SystemExit("The tap is alive: nothing is written.")
    provenance = {**metadata.provenance, "revived": "blocks at stride 32 by scripts/revive_tap.py"}
    save_checkpoint(args.out, model, provenance=provenance, metrics=metadata.metrics, half=True)


if __name__ == "__main__":
    main()
