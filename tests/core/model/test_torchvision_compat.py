"""torchvision imports whether or not its compiled half fits the installed torch."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import torch
{before}
from clipsym_core.model.torchvision_compat import ensure_torchvision
first = ensure_torchvision()
assert ensure_torchvision() == first
import timm, open_clip
from torchvision.transforms import Resize
print(type(first).__name__)
"""

# A torchvision whose compiled library does not load, whatever is installed here.
BREAK = """
import ctypes
load = torch.ops.load_library
def refuse(path):
    if "torchvision" in str(path):
        raise OSError("does not fit")
    return load(path)
torch.ops.load_library = refuse
"""


def run(before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)], capture_output=True, text=True, check=False
    )


def test_the_installed_one() -> None:
    result = run("")
    assert result.stdout.strip() == "bool", result.stderr


def test_one_whose_compiled_half_is_missing() -> None:
    result = run(BREAK)
    assert result.stdout.strip() == "bool", result.stderr
