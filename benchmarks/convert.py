"""Converting the annotations of 100,000 pictures from format to format: peak memory, and its growth.

    python benchmarks/convert.py [PICTURES [STEPS]]

Each conversion runs in a process of its own; its peak resident memory is compared with the same conversion of a tenth.
What may grow are the names of the pictures (a set of paths, so that duplicates are found) and DENDI's split files,
which are one list each by their nature. Times are process CPU seconds on one thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PICTURES = 100_000
STEPS = ("native", "coco", "csv", "labelme", "dendi", "native")


def pictures(count: int) -> Iterator[object]:
    """Records with two axes, a center and an ellipse each."""
    import random

    from clipsym_core.data.annotation import AnnotatedPicture, Annotation
    from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter

    rng = random.Random(0)
    at = lambda: (rng.uniform(0, 4000), rng.uniform(0, 3000))  # noqa: E731
    for i in range(count):
        shapes = (
            ReflectionAxis((at(), at())), ReflectionAxis((at(), at(), at())), RotationCenter(*at(), 4),
            ReflectionEllipse(*at(), 100.0, 50.0, 30.0),
        )  # fmt: skip
        yield AnnotatedPicture(
            f"folder {i // 1000:04d}/picture {i:07d}.jpg", (4000, 3000), tuple(Annotation(s) for s in shapes),
            state="verified", group=f"video {i // 100}", split=("train", "val", "test")[i % 3],
        )  # fmt: skip


def child(arguments: list[str]) -> None:
    """One conversion; prints pictures, CPU seconds and the peak of resident memory in MB."""
    import resource

    from clipsym_core.data.convert import convert, export
    from clipsym_core.data.formats.base import ReadOptions, WriteOptions

    source, target, source_format, target_format = arguments
    write = WriteOptions(pictures="none")
    start = time.process_time()
    if source_format == "new":
        report = export(pictures(int(source)), Path(target), target_format, options=write)  # type: ignore[arg-type]
    else:
        report = convert(
            Path(source), Path(target), source_format=source_format, target_format=target_format, write=write,
            read=ReadOptions(require_pictures=False),
        )  # fmt: skip
    assert not report.of("skipped"), report.entries[:3]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{report.written} {time.process_time() - start:.1f} {peak:.0f}")


def measured(*arguments: object) -> tuple[int, float, float]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CLIPSYM_BENCHMARK_CHILD": "1"}
    done = subprocess.run(
        [sys.executable, __file__, *(str(a) for a in arguments)], env=environment, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    written, seconds, peak = done.stdout.split()
    return int(written), float(seconds), float(peak)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    steps = [("new", STEPS[0]), *pairwise(STEPS)][: int(sys.argv[2]) if len(sys.argv) > 2 else None]
    print(
        f"{'conversion':22} {'pictures':>9} {'CPU s':>7} {'peak MB':>8} {'MB of a tenth':>14} {'bytes a picture':>16}"
    )
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        for i, (source, target) in enumerate(steps):
            few, _, before = measured(*place(Path(small), i, count // 10), source, target)
            many, seconds, peak = measured(*place(Path(large), i, count), source, target)
            growth = (peak - before) * 1024 * 1024 / (many - few)
            row = f"{many:9,} {seconds:7.1f} {peak:8.0f} {before:14.0f} {growth:16.0f}"
            print(f"{source + ' -> ' + target:22} {row}", flush=True)


def place(folder: Path, step: int, count: int) -> tuple[object, Path]:
    """What a step reads (for the first, how many pictures to make) and where it writes."""
    return (folder / str(step - 1) if step else count, folder / str(step))


if __name__ == "__main__":
    if os.environ.get("CLIPSYM_BENCHMARK_CHILD"):
        child(sys.argv[1:])
    else:
        main()
