"""Live mode: detections a second, overlay, frame age, blocks of the window's thread, memory.

    python benchmarks/live.py [--seconds 20] [--threads 2] [--only engine window] [--minutes 10]

`engine`: what one detection costs at 640 x 480 (the network's glance and following what is known), plain torch and
OpenVINO (extra "openvino"), on the demo scene; wall time and processor time of this process. `window`: the real main
window, offscreen, with the demo camera at 30 frames a second; with `--minutes`, for so long, with the memory at each.
`gpu`: the same engine on CUDA where there is one. Prints the load of the machine too: other programs count in wall
times. Nothing is asserted here.

Every turn of the window's loop is taken apart, on Linux: what it computed; how long it was ready to run while the
system ran something else (another program, where the machine is loaded); and the rest, in which it waited for other
threads of this program (for Python's lock, mostly).
"""

from __future__ import annotations

import argparse
import array
import gc
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

SIZE = (640, 480)
LATE = 0.016


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each part")
    parser.add_argument("--minutes", type=float, default=0.0, help="the window alone, for so long: does memory grow?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", type=int, default=256, help="longer side of the network's input, px")
    parser.add_argument("--only", nargs="*", default=["engine", "gpu", "window"])
    options = parser.parse_args()
    print(f"{psutil.cpu_count()} cores, load before: {', '.join(f'{v:.1f}' for v in os.getloadavg())}")
    if options.minutes:
        options.only, options.seconds = ["window"], 60 * options.minutes
    if "engine" in options.only:
        engine("torch, CPU", "cpu", options)
        openvino(options)
    if "gpu" in options.only:
        gpu(options)
    if "window" in options.only:
        window(options)
    print(f"load after: {', '.join(f'{v:.1f}' for v in os.getloadavg())}")


def engine(name: str, device: str, options: argparse.Namespace, network: object = None) -> None:
    """One detection after the other on the frames of the demo scene, as the threads of live mode do them."""
    import cv2
    import torch

    from clipsym_core.data.synthesis.moving import MovingScene
    from clipsym_core.inference.detector import SymmetryDetector
    from clipsym_core.tracking.live import LiveTracks
    from symviewer.services.live.eyes import LibraryEye
    from symviewer.services.live.jobs import StepJob, work
    from symviewer.services.sources.base import Frame

    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    detector = SymmetryDetector.load("clipsym-lite", device=device, precision="fp32")
    if network is not None:
        detector.network = network
    eye = LibraryEye(detector, trained=True)
    scene, tracks = MovingScene(SIZE), LiveTracks(SIZE, checks=1)
    frames = [Frame(n, n * 0.1, scene.at(n * 0.1).image) for n in range(100)]
    first = work(StepJob(1, frames[0], (), eye, options.side))
    begun = time.perf_counter()
    tracks.looked(eye.look(frames[0].pixels, first.glance), 0.0, first.step.seen)
    look = time.perf_counter() - begun
    walls, cpu, begun = [], time.process_time(), time.perf_counter()
    for n in range(1, 100):
        at = time.perf_counter()
        tracks.stepped(work(StepJob(1, frames[n], tracks.wanted(), eye, options.side)).step)
        walls.append(time.perf_counter() - at)
        if time.perf_counter() - begun > options.seconds:
            break
    cpu = time.process_time() - cpu
    wall = statistics.median(walls)
    print(
        f"{name:<24}{1 / wall:>7.1f} detections/s (median {1e3 * wall:.0f} ms, best {1e3 * min(walls):.0f} ms, "
        f"processor {1e3 * cpu / len(walls):.0f} ms each; {len(tracks.tracker)} tracks; full look {1e3 * look:.0f} ms)"
    )


def openvino(options: argparse.Namespace) -> None:
    """The same with the network exported for OpenVINO at the size that live mode uses."""
    from importlib.util import find_spec

    if find_spec("openvino") is None:
        print("OpenVINO: not installed")
        return
    from clipsym_core.commands.export import export
    from clipsym_core.inference.exported import ExportedModel
    from symviewer.model.live import input_size

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lite.xml"
        export("clipsym-lite", "openvino", path, size=input_size(SIZE, options.side))
        for precision in ("fp32", "bf16"):
            model = ExportedModel(path, precision=precision, threads=options.threads)
            engine(f"OpenVINO {precision}, CPU", "cpu", options, model)


def gpu(options: argparse.Namespace) -> None:
    """The same on the GPU."""
    import torch

    if torch.cuda.is_available():
        engine(f"torch, {torch.cuda.get_device_name()}", "cuda", options)
    else:
        print("GPU: none here")


def window(options: argparse.Namespace) -> None:
    """The demo camera in the real main window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYMVIEWER_HOME"] = home
        from symviewer.app import Application, command_line
        from symviewer.model.model_status import ModelState

        sys.setswitchinterval(0.001)
        application = Application(command_line().parse_args(["--smoke", "--size", "1280x800"]))
        application.window.on_problem = lambda problem: print("PROBLEM:", problem.text)
        application.show()
        pump(application, lambda: application.session.workspace.model.state is ModelState.READY, 300)
        pump(application, lambda: application.session.idle, 300)
        measure(application, options.seconds, minutes=bool(options.minutes))
        application.close()


class Turns:
    """How long the turns of the window's loop took. Keeps nothing of each, so that memory can be measured beside it."""

    def __init__(self) -> None:
        self.count = 0
        self._longest = dict.fromkeys(("all", "computing", "threads", "ours", "system"), 0.0)
        self._late = dict.fromkeys(self._longest, 0)
        path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._queue = path if path.exists() else None

    def _queued(self) -> float:
        """Seconds that this thread was ready to run, and did not."""
        return int(self._queue.read_text().split()[1]) / 1e9 if self._queue is not None else 0.0

    def pump(self, application: object, condition: object, seconds: float) -> None:
        """Let the window work until the condition holds."""
        limit = time.perf_counter() + seconds
        while not condition() and time.perf_counter() < limit:
            queue, cpu, begun = self._queued(), time.thread_time(), time.perf_counter()
            application.qt.processEvents()
            wall, cpu = time.perf_counter() - begun, time.thread_time() - cpu
            self._add(wall, cpu, self._queued() - queue)
            time.sleep(0.001)

    def _add(self, wall: float, computing: float, system: float) -> None:
        self.count += 1
        threads = max(wall - computing - system, 0.0)
        values = {"all": wall, "computing": computing, "threads": threads, "system": system}
        for name, seconds in (values | {"ours": computing + threads}).items():
            self._longest[name] = max(self._longest[name], seconds)
            self._late[name] += seconds > LATE

    def report(self) -> None:
        """Print what kept the window."""
        words = {
            "all": "turns of the window's loop",
            "computing": "of it computing",
            "threads": "waiting for other threads of the program",
            "ours": "both of these",
            "system": "ready, but the system ran something else",
        }
        for name, text in words.items():
            longest, late = 1e3 * self._longest[name], self._late[name]
            print(f"  {text:<42} longest {longest:>6.1f} ms, {late:>4} of {self.count:,} over {1e3 * LATE:.0f} ms")


class Collections:
    """What Python's garbage collector did meanwhile."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._begun = 0.0

    def __call__(self, phase: str, _info: object) -> None:
        if phase == "start":
            self._begun = time.thread_time()
        else:
            self.seconds.append(time.thread_time() - self._begun)

    def __enter__(self) -> Collections:
        gc.callbacks.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        gc.callbacks.remove(self)


def pump(application: object, condition: object, seconds: float) -> None:
    """Let the window work until the condition holds."""
    Turns().pump(application, condition, seconds)


def measure(application: object, seconds: float, *, minutes: bool) -> None:
    """Frames, ages and blocks of a run of the demo camera, and its memory."""
    mode = application.window.live
    application.window.actions_by_id["live_demo"].trigger()
    service = mode.service
    pump(application, lambda: service.newest is not None and len(service.newest.tracks) > 0, 120)
    ages = array.array("d")

    def painted() -> None:
        if service.newest is not None:
            ages.append(time.perf_counter() - service.newest.frame.captured)

    mode.page.view.painted.connect(painted)
    detections = array.array("d")
    service.detected.connect(lambda: detections.append(time.perf_counter()))
    process, turns = psutil.Process(), Turns()
    memory = [process.memory_info().rss / 2**20]
    begun, cpu = time.perf_counter(), time.process_time()
    parts = max(2, round(seconds / 60))
    with Collections() as collections:
        for part in range(parts):
            turns.pump(application, lambda: False, seconds / parts)
            memory.append(process.memory_info().rss / 2**20)
            if minutes:
                print(f"  after {(part + 1) * seconds / parts / 60:.0f} min: {memory[-1]:.1f} MB", flush=True)
    span = time.perf_counter() - begun
    age = f"median {1e3 * statistics.median(ages):.0f} ms, 95 % {1e3 * np.quantile(ages, 0.95):.0f} ms"
    print(
        f"window, {span:.0f} s: {len(ages) / span:.1f} overlays/s, {len(detections) / span:.1f} detections and looks/s"
    )
    print(f"  frame age on the screen: {age}")
    turns.report()
    longest = 1e3 * max(collections.seconds, default=0.0)
    print(f"  longest garbage collection: {longest:.1f} ms of processor time, of {len(collections.seconds):,}")
    print(f"  processor: {100 * (time.process_time() - cpu) / span:.0f} % of a core, all threads")
    half = memory[len(memory) // 2]
    print(f"  memory: {memory[0]:.0f} MB, at half time {half:.0f} MB, at the end {memory[-1]:.0f} MB")
    print(f"  {service.stats.text}")


if __name__ == "__main__":
    main()
