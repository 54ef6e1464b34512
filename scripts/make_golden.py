"""Make tests/core/model/golden_tiny.npz: a tiny decoder and upsampler in the authors' names, with the outputs that the
written equations give.

    python scripts/make_golden.py

The forward pass here is written from the recipe's equations with torch functions alone and shares no code with
clipsym_core, so the test that reads the file compares two implementations.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

TARGET = Path(__file__).resolve().parent.parent / "tests" / "core" / "model" / "golden_tiny.npz"
WIDTH, HEADS, HIDDEN, PROMPTS, DIM, CHANNELS = 8, 2, 24, 3, 6, (10, 10, 10)
GRID, FIELDS, ORDER = (3, 4), (4, 3, 2), 8


def main() -> None:
    """Draw weights, compute, write."""
    torch.manual_seed(7)
    state: dict[str, torch.Tensor] = {}

    def linear(name: str, inputs: int, outputs: int) -> None:
        state[f"{name}.weight"] = torch.randn(outputs, inputs) / inputs**0.5
        state[f"{name}.bias"] = 0.1 * torch.randn(outputs)

    def norm(name: str) -> None:
        state[f"{name}.weight"] = 1 + 0.1 * torch.randn(WIDTH)
        state[f"{name}.bias"] = 0.1 * torch.randn(WIDTH)

    linear("film_mul", DIM, WIDTH)
    linear("film_add", DIM, WIDTH)
    for index, channels in enumerate(CHANNELS):
        linear(f"reduces.{index}", channels, WIDTH)
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(f"layers.{index}.self_attn.{part}", WIDTH, WIDTH)
        linear(f"layers.{index}.mlp.fc1", WIDTH, HIDDEN)
        linear(f"layers.{index}.mlp.fc2", HIDDEN, WIDTH)
        norm(f"layers.{index}.layer_norm1")
        norm(f"layers.{index}.layer_norm2")
    state["decoder_linear_map.weight"] = torch.randn(1, PROMPTS, 1, 1)
    state["decoder_linear_map.bias"] = torch.randn(1)
    bases = np.load(TARGET.parents[3] / "resources" / "gconv" / "escnn_bases.npz")
    shapes = {
        "upsampler.lifting": ("trivial_regular", WIDTH, FIELDS[0]),
        "upsampler.upsampler.1": ("regular_regular", FIELDS[0], FIELDS[1]),
        "upsampler.upsampler.4": ("regular_regular", FIELDS[1], FIELDS[2]),
        "upsampler.pool": ("regular_trivial", FIELDS[2], 1),
    }
    plain: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for name, (pair, inputs, outputs) in shapes.items():
        basis = torch.from_numpy(bases[f"C{ORDER}_{pair}"])
        weights = 0.3 * torch.randn(outputs, inputs, len(basis))
        bias = 0.3 * torch.randn(outputs)
        state[f"{name}.weights"], state[f"{name}.bias"] = weights.flatten(), bias
        state[f"{name}._basisexpansion.block_expansion_{pair}.sampled_basis"] = basis
        o, i = basis.shape[1:3]
        kernel = torch.zeros(outputs, o, inputs, i, 9)
        for b in range(len(basis)):
            kernel += basis[b][None, :, None] * weights[:, None, :, None, None, b]
        plain[name] = (kernel.reshape(outputs * o, inputs * i, 3, 3), bias.repeat_interleave(o) / o**0.5)

    taps = [torch.randn(1, 1 + GRID[0] * GRID[1], channels) for channels in CHANNELS]
    prompts = torch.randn(PROMPTS, DIM)
    aggregated = decode(state, taps, prompts)
    x = F.conv2d(aggregated, *plain["upsampler.lifting"], padding=1)
    for name in ("upsampler.upsampler.1", "upsampler.upsampler.4"):
        x = F.interpolate(x, scale_factor=4, mode="bilinear", align_corners=False)
        x = torch.relu(F.conv2d(x, *plain[name], padding=1))
    logits = F.conv2d(x, *plain["upsampler.pool"], padding=1)
    arrays = {f"sd/{name}": x.numpy() for name, x in state.items()}
    arrays |= {f"tap{index}": tap.numpy() for index, tap in enumerate(taps)}
    np.savez_compressed(TARGET, prompts=prompts.numpy(), aggregated=aggregated.numpy(), logits=logits.numpy(), **arrays)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e3:.0f} kB, logits spread {float(logits.std()):.2f}")


def decode(state: dict[str, torch.Tensor], taps: list[torch.Tensor], prompts: torch.Tensor) -> torch.Tensor:
    """FiLM, the layers and the aggregation, prompt by prompt and head by head."""

    def affine(x: torch.Tensor, name: str) -> torch.Tensor:
        return x @ state[f"{name}.weight"].t() + state[f"{name}.bias"]

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        centered = x - x.mean(-1, keepdim=True)
        unit = centered / (centered.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return unit * state[f"{name}.weight"] + state[f"{name}.bias"]

    total = torch.zeros(taps[0].shape[1], WIDTH)
    for prompt, weight in zip(prompts, state["decoder_linear_map.weight"].flatten(), strict=True):
        x = torch.zeros(taps[0].shape[1], WIDTH)
        for index, tap in enumerate(taps):
            step = affine(tap[0], f"reduces.{index}")
            x = affine(prompt, "film_mul") * step + affine(prompt, "film_add") if index == 0 else x + step
            q, k, v = (affine(x, f"layers.{index}.self_attn.{part}_proj") for part in "qkv")
            size = WIDTH // HEADS
            heads = []
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                heads.append(torch.softmax(q[:, part] @ k[:, part].t() / size**0.5, dim=-1) @ v[:, part])
            attended = affine(torch.cat(heads, dim=-1), f"layers.{index}.self_attn.out_proj")
            x = normed(x + attended, f"layers.{index}.layer_norm1")
            hidden = torch.relu(affine(x, f"layers.{index}.mlp.fc1"))
            x = normed(x + affine(hidden, f"layers.{index}.mlp.fc2"), f"layers.{index}.layer_norm2")
        total = total + weight * x
    return (total[1:] + state["decoder_linear_map.bias"]).t().reshape(1, WIDTH, *GRID)


if __name__ == "__main__":
    main()
