"""Import torchvision also where its compiled half does not fit the installed torch.

open_clip and timm import torchvision for picture transforms only. A torchvision wheel whose C++ library does not load
(the CPU build of torch beside the default torchvision wheel is the usual pair) fails at import, because it registers
shape functions for operators that it never defined. Declaring those two operators is enough: they stay without a
kernel, so calling one still raises, and everything that we use works.
"""

from __future__ import annotations

import importlib
import sys

_SCHEMAS = (
    "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def ensure_torchvision() -> bool:
    """Import torchvision; true when its compiled operators are there, false when they had to be declared.

    Call it before the first import of timm or open_clip.

    Raises:
        ImportError: torchvision is not installed.
        RuntimeError: it fails for another reason than the missing operators.
    """
    if "torchvision" in sys.modules:
        return _has_kernels()
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for name in [name for name in sys.modules if name == "torchvision" or name.startswith("torchvision.")]:
            del sys.modules[name]
        _declare()
        importlib.import_module("torchvision")
    return _has_kernels()


def _declare() -> None:
    import torch

    for schema in _SCHEMAS:
        torch.library.define(schema.split("(")[0], schema[schema.index("(") :])


def _has_kernels() -> bool:
    import torch

    return bool(torch._C._dispatch_has_kernel_for_dispatch_key("torchvision::nms", "CPU"))
