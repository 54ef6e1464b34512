"""Live mode: detections a second, overlay, frame age, blocks of the window's thread, memory.

    python benchmarks/live.py [--seconds 20] [--threads 2] [--only engine window]

`engine`: what one detection costs at 640 x 480 (the network's glance and following what is known), plain torch and
OpenVINO (extra "openvino"), on the demo scene; wall time and processor time of this process. `window`: the real main
window, offscreen, with the demo camera at 30 frames a second. `gpu`: the same engine on CUDA where there is one.
Prints the load of the machine too: other programs count in wall times. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

SIZE = (640, 480)
FRAME = 1 / 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each part")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", type=int, default=256, help="longer side of the network's input, px")
    parser.add_argument("--only", nargs="*", default=["engine", "gpu", "window"])
    options = parser.parse_args()
    print(f"{psutil.cpu_count()} cores, load before: {', '.join(f'{v:.1f}' for v in os.getloadavg())}")
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
        measure(application, options.seconds)
        application.close()


def pump(application: object, condition: object, seconds: float) -> list[float]:
    """Let the window work until the condition holds; how long each turn of its loop was busy, seconds."""
    busy, limit = [], time.perf_counter() + seconds
    while not condition() and time.perf_counter() < limit:
        begun = time.perf_counter()
        application.qt.processEvents()
        busy.append(time.perf_counter() - begun)
        time.sleep(0.001)
    return busy


def measure(application: object, seconds: float) -> None:
    """Frames, ages and blocks of a run of the demo camera."""
    mode = application.window.live
    application.window.actions_by_id["live_demo"].trigger()
    service = mode.service
    pump(application, lambda: service.newest is not None and len(service.newest.tracks) > 0, 120)
    ages: list[float] = []
    drawn: list[float] = []

    def painted() -> None:
        now = time.perf_counter()
        if service.newest is not None:
            ages.append(now - service.newest.frame.captured)
            drawn.append(now)

    mode.page.view.painted.connect(painted)
    process = psutil.Process()
    before, detections = process.memory_info().rss, 0

    def detected() -> None:
        nonlocal detections
        detections += 1

    service.detected.connect(detected)
    begun, cpu = time.perf_counter(), time.process_time()
    busy = pump(application, lambda: False, seconds / 2)
    middle = process.memory_info().rss
    busy += pump(application, lambda: False, seconds / 2)
    span = time.perf_counter() - begun
    after = process.memory_info().rss
    late = sum(value > 0.016 for value in busy)
    age = f"median {1e3 * statistics.median(ages):.0f} ms, 95 % {1e3 * np.quantile(ages, 0.95):.0f} ms"
    print(f"window, {span:.0f} s: {len(drawn) / span:.1f} overlays/s, {detections / span:.1f} detections and looks/s")
    print(f"  frame age on the screen: {age}")
    print(
        f"  window's thread: longest turn {1e3 * max(busy):.0f} ms, {late} of {len(busy):,} turns over 16 ms; "
        f"processor {100 * (time.process_time() - cpu) / span:.0f} % of a core"
    )
    print(f"  memory: {before / 2**20:.0f} MB, at half time {middle / 2**20:.0f} MB, at the end {after / 2**20:.0f} MB")
    print(f"  {service.stats.text}")


if __name__ == "__main__":
    main()
