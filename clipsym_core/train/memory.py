"""Memory: how much a run took, and what to advise when there was not enough."""

from __future__ import annotations

import psutil
import torch

from clipsym_core.errors import TrainingError
from clipsym_core.train.run_file import RunFile


def peak_memory(device: torch.device) -> int:
    """Most bytes in use so far on a GPU; on anything else, what this process holds now."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def is_memory_error(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or in the machine."""
    text = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)
    )


def describe_memory_error(
    error: BaseException, run: RunFile, canvas: tuple[int, int], batch: int, precision: str
) -> TrainingError:
    """What happened and what helps, the harmless things first."""
    advice = []
    if run.accumulate < batch:
        parts = min(batch, max(2, 2 * run.accumulate))
        advice.append(f"set accumulate to {parts} (the same result, less memory)")
    if precision == "fp32" and run.device != "cpu" and torch.cuda.is_available():
        advice.append("set precision to bf16")
    advice.append(f"take a smaller batch or canvas (now {batch} pictures of {canvas[0]} x {canvas[1]} px)")
    advice.append("close other programs that use the same memory")
    return TrainingError(
        f"The memory does not suffice for a batch of {batch} pictures of {canvas[0]} x {canvas[1]} px.",
        f"{str(error).splitlines()[0] if str(error) else 'Out of memory'}.",
        f"{'; '.join(advice)[0].upper()}{'; '.join(advice)[1:]}. Then resume.",
    )
