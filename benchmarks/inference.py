"""Speed, work and memory of the deploy forms beside the plain form, in one interleaved run.

    python benchmarks/inference.py                      # both models, one thread and all threads
    python benchmarks/inference.py --only lite --rounds 10

One thread: process CPU time, which other programs do not disturb much. All threads: wall time. Every round runs all
forms once in shuffled order; a ratio is that of the minima. Weights are random (no pretrained CLIP is needed), logits
are scaled to mean -2, spread 2, so probability differences are indicative. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parent))

from plain_form import PlainForm

from clipsym_core.commands.export import trial_picture
from clipsym_core.inference.deploy import DeployedCLIPSym, deploy
from clipsym_core.inference.deployed_file import save_deployed
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from clipsym_core.model.prompts import with_prompts
from clipsym_core.model.text import PromptTable

Run = Callable[[Tensor], Tensor]
AUTHORS, LITE = "clipsym-b16-authors", "clipsym-lite"
ENGINES = ("openvino f32", "openvino bf16")


@torch.no_grad()
def build(name: str) -> CLIPSym:
    """The preset with seeded random weights, its logits at mean -2 and spread 2."""
    torch.manual_seed(0)
    model = CLIPSym.from_config(with_prompts(preset(name))).eval()
    assert isinstance(model.text, PromptTable)
    shape = model.text.embeddings.shape
    model.set_text_embeddings(torch.randn(shape) * (10.0 / model.config.text.scale) / shape[1] ** 0.5)
    for parameter_name, parameter in model.named_parameters():
        if parameter_name.startswith(("decoder", "upsampler")) and parameter.ndim == 1:
            parameter.add_(0.05 * torch.randn_like(parameter))
    logits = model(picture(model))
    scale = 2.0 / float(logits.std())
    head = model.upsampler.head
    head.weights.mul_(scale)
    head.bias.copy_((head.bias - logits.mean()) * scale - 2.0)
    return model


def picture(model: CLIPSym) -> Tensor:
    """The test picture at the model's canvas."""
    return trial_picture(*model.config.preprocessing.size)


def forms(name: str, folder: Path, threads: int) -> dict[str, Run]:
    """Every form of the model, ready to run."""
    model = build(name)
    made: dict[str, Run] = {}
    if name == AUTHORS:
        made["plain, text every time"] = PlainForm(model, cached_text=False)
        made["plain, text cached"] = PlainForm(model, cached_text=True)
    made["module"] = model
    made["deploy fp32"] = deploy(model)
    made["deploy bf16"] = deploy(model, precision="bf16")
    for engine in ENGINES:
        run = openvino_form(model, engine.split()[1], folder / f"{name}.xml", threads)
        if run is not None:
            made[engine] = run
    return made


def openvino_form(model: CLIPSym, precision: str, path: Path, threads: int) -> Run | None:
    """The exported model, exported on first use; None without OpenVINO."""
    try:
        import openvino
    except ImportError:
        return None
    images = picture(model)
    if not path.exists():
        deployed = deploy(model)
        assert isinstance(deployed, DeployedCLIPSym)
        graph = openvino.convert_model(deployed.whole_maps(), example_input=images, input=[list(images.shape)])
        openvino.save_model(graph, str(path), compress_to_fp16=False)
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": threads}
    request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()
    return lambda x: torch.from_numpy(next(iter(request.infer([x.numpy()]).values())).copy())


def timed(runs: dict[str, Run], images: Tensor, rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    """Smallest time of each form, ms, from interleaved rounds in shuffled order."""
    best = dict.fromkeys(runs, float("inf"))
    for number in range(rounds + 1):
        for name in random.sample(list(runs), len(runs)):
            start = clock()
            with torch.no_grad():
                runs[name](images)
            if number:  # the first round warms up
                best[name] = min(best[name], 1e3 * (clock() - start))
    return best


def work(run: Callable[[], object]) -> float:
    """Multiply-adds of a call, 10^9."""
    # The counter does not know the CPU's fused attention; spelled out as products it is counted.
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        run()
    return float(counter.get_total_flops()) / 2e9


def parts(model: CLIPSym) -> None:
    """Multiply-adds and one-thread CPU time of each part, plain and deployed."""
    images = picture(model)
    normal = (images - model.mean) / model.std
    plain = PlainForm(model, cached_text=False)
    fast, whole = deploy(model), deploy(model)
    assert isinstance(fast, DeployedCLIPSym)
    assert isinstance(whole, DeployedCLIPSym)
    whole.whole_maps()
    with torch.no_grad():
        taps, grid = plain.encode_image(normal)
        prompts = plain.encode_text()
        features = fast.encoder(normal)
        tokens = fast.decoder(features)
    rows: list[tuple[str, Callable[[], object], Callable[[], object] | None, Callable[[], object] | None]] = [
        ("text", plain.encode_text, None, None),
        (
            "image tower",
            lambda: plain.encode_image(normal),
            lambda: fast.encoder(normal),
            lambda: whole.encoder(normal),
        ),
        (
            "decoder",
            lambda: plain.decode(taps, prompts, grid),
            lambda: fast.decoder(features),
            lambda: whole.decoder(features),
        ),
        (
            "upsampler",
            lambda: plain.upsample(tokens),
            lambda: fast.upsampler(tokens),
            lambda: whole.upsampler(tokens),
        ),
    ]
    print(f"{'part':14s} {'plain GMAC':>10s} {'deploy GMAC':>11s} {'plain ms':>9s} {'deploy ms':>9s}")
    total = [0.0, 0.0]
    cached = 0.0
    for name, slow, quick, counted in rows:
        macs = work(slow), work(counted) if counted else 0.0
        calls = {"slow": lambda x, f=slow: f(), "quick": lambda x, f=quick: f() if f else None}
        ms = timed(calls, images, 2, time.process_time)  # type: ignore[arg-type]
        total = [a + b for a, b in zip(total, macs, strict=True)]
        cached += macs[0] if name != "text" else 0.0
        print(f"{name:14s} {macs[0]:10.2f} {macs[1]:11.2f} {ms['slow']:9.0f} {ms['quick'] if quick else 0:9.0f}")
    print(f"{'all':14s} {total[0]:10.2f} {total[1]:11.2f}")
    print(f"multiply-adds: {total[1] / total[0]:.3f} of plain, {total[1] / cached:.3f} of plain with cached text\n")


def peak_memory(name: str, folder: Path) -> None:
    """Peak resident memory of each form, from fresh processes (benchmarks/memory.py), the median of three."""
    model = build(name)
    for precision in ("fp32", "bf16"):
        save_deployed(folder / f"{name}.{precision}.safetensors", deploy(model, precision=precision))
    del model
    shown = ["plain, text every time", "plain, text cached"] if name == AUTHORS else []
    shown += ["module", "deploy fp32", "deploy bf16", "stored deploy fp32", "stored deploy bf16"]
    print(f"{name}: peak resident memory while running, MB (of which torch alone), median of 3 processes")
    first = 0.0
    for form in shown:
        file = folder / f"{name}.{form.split()[-1]}.safetensors"
        command = [sys.executable, str(Path(__file__).with_name("memory.py")), name, form, str(file)]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
        peak, base = sorted(tuple(map(float, run.stdout.split()[-2:])) for run in runs)[1]
        first = first or peak
        print(f"{form:24s} {peak:7.0f} ({base:.0f})  {peak / first:.3f} of the first")
    print()


def table(name: str, folder: Path, rounds: int, threads: int) -> None:
    """Times, ratios and differences of all forms with `threads` threads."""
    torch.set_num_threads(threads)
    runs = forms(name, folder, threads)
    model = runs["module"]
    assert isinstance(model, CLIPSym)
    images = picture(model)
    clock, unit = (time.process_time, "CPU") if threads == 1 else (time.perf_counter, "wall")
    best = timed(runs, images, rounds, clock)
    with torch.no_grad():
        wanted = next(iter(runs.values()))(images)
        outputs = {form: run(images) for form, run in runs.items()}
    first = next(iter(best.values()))
    second = best.get("plain, text cached")
    print(
        f"{name}, {images.shape[-1]} px, {threads} thread{'s'[: threads > 1]}, {unit} time, minima of {rounds} rounds"
    )
    print(
        f"{'form':24s} {'ms':>7s} {'fps':>6s} {'x first':>8s} {'x cached':>8s} {'logit diff':>10s} {'prob diff':>10s}"
    )
    for form, ms in best.items():
        logit = float((outputs[form] - wanted).abs().max())
        probability = float((outputs[form].sigmoid() - wanted.sigmoid()).abs().max())
        cached = f"{second / ms:8.2f}" if second else " " * 8
        print(f"{form:24s} {ms:7.1f} {1e3 / ms:6.1f} {first / ms:8.2f} {cached} {logit:10.1e} {probability:10.1e}")
    print()


def gpu(name: str) -> None:
    """Latency (batch 1) and throughput (batch 16) on a GPU, plain and deployed."""
    model = build(name).cuda()
    images = picture(model).cuda()
    made: dict[str, Run] = {"module fp32": model}
    for precision in ("fp32", "bf16", "fp16"):
        made[f"deploy {precision}"] = deploy(model, precision=precision)
        made[f"deploy {precision} compiled"] = deploy(model, precision=precision, compiled=True)

    def clock() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    for batch in (1, 16):
        best = timed(made, images.repeat(batch, 1, 1, 1), 10, clock)
        print(f"{name} on {torch.cuda.get_device_name()}, batch {batch}")
        for form, ms in best.items():
            print(f"{form:24s} {ms:7.2f} ms {batch * 1e3 / ms:8.1f} pictures/s")
    print()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", choices=("authors", "lite"))
    parser.add_argument("--one-thread", action="store_true", help="leave out the table of all threads")
    parser.add_argument("--memory-alone", action="store_true", help="only the table of memory")
    arguments = parser.parse_args()
    names = [name for key, name in (("authors", AUTHORS), ("lite", LITE)) if arguments.only in (None, key)]
    everything = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            torch.set_num_threads(1)
            if not arguments.memory_alone:
                if name == AUTHORS:
                    parts(build(name))
                for threads in [1] if arguments.one_thread or everything == 1 else [1, everything]:
                    table(name, Path(folder), arguments.rounds, threads)
            peak_memory(name, Path(folder))
            if torch.cuda.is_available() and not arguments.memory_alone:
                gpu(name)


if __name__ == "__main__":
    main()
