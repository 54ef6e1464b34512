"""CLIPSym and the other papers' models, trained with one budget on one data set, over several seeds: one table.

    clipsym synth bench --suite bench
    python benchmarks/peers.py --data bench                        # minutes on a CPU: tiny models, a smoke test
    python benchmarks/peers.py --data bench --size full --steps 20000 --batch 32 --device cuda --limit 0

Every model starts from random weights, sees the same pictures in the same order with the same augmentation, and learns
for the same number of steps at the same rate. What is printed is docs/benchmark.md's table: mean over the seeds, and
half the distance between the best and the worst. Checkpoints and numbers stay in --out.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import torch

from clipsym_core.commands.synth_suite import MANIFEST
from clipsym_core.evaluate.columns import Column, columns_of, shown
from clipsym_core.evaluate.report import EvaluationOptions, ModelReport
from clipsym_core.evaluate.run import evaluate
from clipsym_core.evaluate.source import load_data
from clipsym_core.evaluate.subjects import FEATURES
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.config import DecoderConfig, EncoderConfig, NetworkConfig, TextConfig, UpsamplerConfig, preset
from clipsym_core.model.prompts import with_prompts
from clipsym_core.model.registry import build_model
from clipsym_core.train.run_state import seed_everything
from clipsym_core.train.session import run_training

PEERS = ("symresnet", "pmcnet", "equisym")
CANVAS = {"tiny": 128, "full": 416}
LEFT_OUT = ("Drawn shapes",)
"""Groups of columns that the table leaves out; report.html has them all."""


def configs(size: str) -> dict[str, NetworkConfig]:
    """The models, all with both heatmaps; canvases differ by the one pixel that a stride-8 grid wants."""
    side = CANVAS[size]
    if size == "full":
        chosen = {"clipsym-lite": preset("clipsym-lite"), **{name: preset(name) for name in PEERS}}
    else:
        # The towers of the others: as small, and without words, because random ones would tell nothing.
        tiny = preset("clipsym-lite").replaced(
            name="clipsym-tiny",
            encoder=EncoderConfig(kind="timm", name="test_resnet", weights=None, taps=(8, 16, 32)),
            text=TextConfig(kind="none"),
            decoder=DecoderConfig(width=32, heads=4, feedforward=128),
            upsampler=UpsamplerConfig(group="C4", fields=(8, 8, 4), basis="pixel"),
        )
        chosen = {"clipsym-tiny": tiny, **{f"{name}-tiny": preset(f"{name}-tiny") for name in PEERS}}
    outputs = ("reflection", "rotation")
    return {
        name: config.replaced(outputs=outputs, preprocessing={"size": (side + (config.family != "clipsym"),) * 2})
        for name, config in chosen.items()
    }


def start(config: NetworkConfig, seed: int, path: Path) -> Path:
    """A checkpoint with random weights."""
    seed_everything(seed)
    model = build_model(with_prompts(config))
    if hasattr(model, "set_text_embeddings") and getattr(model, "text", None) is not None:
        model.set_text_embeddings(torch.nn.functional.normalize(torch.randn(8, 384), dim=-1))
    save_checkpoint(path, model, provenance={"start": "random", "seed": seed}, metrics={}, trained=False)
    return path


def train(name: str, config: NetworkConfig, seed: int, args: argparse.Namespace) -> tuple[Path, float]:
    """One run; gives the checkpoint and the seconds it took (of this process, all threads)."""
    label = f"{name}-seed{seed}"
    folder = args.out / label
    if (folder / "run.json").exists():
        raise SystemExit(f"{folder} holds a run already: choose another --out.")
    folder.mkdir(parents=True)
    classes = {"orientation": 0.01, "order": 0.001} if config.family == "equisym" else {}
    values = {
        "preset": "fine-tune", "start": str(start(config, seed, folder / "start.safetensors").absolute()),
        "data": {"path": str(args.data.absolute())}, "steps": args.steps, "batch": args.batch, "seed": seed,
        "optimizer": {"rate": args.rate, "tower_rate": args.rate}, "schedule": {"warmup": 0.1},
        "loss": {"rotation": 4.0, **classes}, "rehearsal": {"share": 0.0}, "average": None, "freeze": [],
        "validation": {"every": 1e6, "pictures": 16}, "previews": 0, "device": args.device,
        "workers": args.workers, "log_every": 50,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
    began = time.process_time()
    ended = run_training(folder / "run.json")
    if ended.reason != "finished":
        raise SystemExit(f"{label} {ended.reason}: see {folder / 'events.jsonl'}.")
    seconds = time.process_time() - began
    target = args.out / f"{label}.safetensors"
    (folder / "last.safetensors").replace(target)
    print(f"{label}: {seconds:.0f} s", flush=True)
    return target, seconds


def cell(column: Column, reports: Sequence[ModelReport]) -> str:
    """Mean over seeds and half the range."""
    values = [value for report in reports if (value := column.value(report)) is not None]
    if not values:
        return "–"
    spread = (max(values) - min(values)) / 2
    more = f" ± {shown(spread, column.style)}" if len(values) > 1 and column.group != "Cost" else ""
    return shown(fmean(values), column.style) + more


def main() -> None:
    """Train, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="what clipsym synth --suite bench wrote")
    parser.add_argument("--out", type=Path, default=Path("runs/peers"))
    parser.add_argument("--size", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--models", nargs="+", help="some of them only")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--limit", type=int, default=40, help="test pictures that are evaluated; 0: all")
    parser.add_argument("--robustness", action="store_true", help="turned pictures too: three times as long")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0)
    args = parser.parse_args()
    suite = json.loads((args.data / MANIFEST).read_text(encoding="utf-8"))
    chosen = {name: c for name, c in configs(args.size).items() if not args.models or name in args.models}
    began = time.process_time()
    trained = {name: [train(name, config, seed, args) for seed in args.seeds] for name, config in chosen.items()}
    paths = [path for runs in trained.values() for path, _ in runs]
    options = EvaluationOptions(limit=args.limit or None, device=args.device, robustness=args.robustness)
    report = evaluate([*paths, FEATURES], load_data(args.data, split="test"), options)
    by_name = {model.name: model for model in report.models}
    groups = {name: [by_name[path.stem] for path, _ in runs] for name, runs in trained.items()}
    groups["features (no network)"] = [by_name[FEATURES]]
    seconds = {name: fmean(s for _, s in runs) for name, runs in trained.items()}
    columns = [c for c in columns_of(report.models, summary=True) if c.group not in LEFT_OUT]
    titles = [c.title if c.group == "Cost" else f"{c.group}: {c.title}" for c in columns]
    print(f"\nSuite {suite['suite']} {suite['version']}, checksum {suite['checksum'][:16]}; {args.steps} steps of")
    print(
        f"{args.batch} pictures at {CANVAS[args.size]} px, seeds {args.seeds}; {len(report.data.pictures)} test scenes;"
    )
    print(f"{time.process_time() - began:.0f} s of CPU in all, torch {torch.__version__}\n")
    print("| model | " + " | ".join(titles) + " | training, s |")
    print("|---|" + "---|" * (len(columns) + 1))
    for name, reports in groups.items():
        took = f"{seconds[name]:.0f}" if name in seconds else "–"
        print(f"| {name} | " + " | ".join(cell(column, reports) for column in columns) + f" | {took} |")
    values = {m.name: {t: c.value(m) for t, c in zip(titles, columns, strict=True)} for m in report.models}
    numbers = {"suite": suite, "steps": args.steps, "batch": args.batch, "seeds": args.seeds, "models": values}
    (args.out / "peers.json").write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
