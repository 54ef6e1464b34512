"""Whether a compiler or an exporter is looking."""

from __future__ import annotations

import torch


def being_traced() -> bool:
    """True inside `torch.compile`, `torch.export` and `torch.jit.trace`: values must not be read, nor tensors kept."""
    return torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None
