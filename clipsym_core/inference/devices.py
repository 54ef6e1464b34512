"""Which device and which precision a model runs on."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import torch

from clipsym_core.errors import ConfigError

Precision: TypeAlias = Literal["auto", "fp32", "bf16", "fp16"]
FixedPrecision: TypeAlias = Literal["fp32", "bf16", "fp16"]

AUTOMATIC: Final = "auto"


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device that this machine has: `name` is what `--device` takes, `label` is what a person reads."""

    name: str
    label: str


def list_devices() -> list[DeviceInfo]:
    """The devices of this machine, the fastest first, the CPU always last."""
    devices = [
        DeviceInfo(f"cuda:{i}", f"{torch.cuda.get_device_name(i)} (cuda:{i})")
        for i in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    if torch.backends.mps.is_available():
        devices.append(DeviceInfo("mps", "Apple GPU (mps)"))
    cpu = platform.processor() or platform.machine()
    devices.append(DeviceInfo("cpu", f"CPU ({cpu}, {torch.get_num_threads()} threads)"))
    return devices


def resolve_device(name: str) -> torch.device:
    """The device for `name`: "auto" (the fastest), "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        ConfigError: no such device here; names those that exist.
    """
    devices = list_devices()
    if name == AUTOMATIC:
        return torch.device(devices[0].name)
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise _no_device(name, devices) from error
    known = {d.name for d in devices} | {d.name.split(":")[0] for d in devices}
    if str(device) not in known:
        raise _no_device(name, devices)
    return device


def resolve_precision(precision: Precision, device: torch.device) -> FixedPrecision:
    """The arithmetic for `precision` on `device`.

    "auto" is half precision only where it is known to help and to be safe: fp16 on CUDA. On a CPU, bf16 changes scores
    for a gain that depends on the processor, and on Apple GPUs fp32 is as fast at batch 1: both stay a choice.

    Raises:
        ConfigError: fp16 on a CPU, where it is slower than fp32 (the deploy form computes it all the same, for tests).
    """
    if precision == "auto":
        return "fp16" if device.type == "cuda" else "fp32"
    if precision == "fp16" and device.type == "cpu":
        raise ConfigError("A CPU does not compute in fp16 faster than in fp32.", remedy="Choose fp32 or bf16.")
    return precision


def _no_device(name: str, devices: list[DeviceInfo]) -> ConfigError:
    return ConfigError(
        f'There is no device "{name}" on this machine.',
        remedy=f"Choose one of: {', '.join([AUTOMATIC, *(d.name for d in devices)])}.",
    )
