"""How long it takes from the start of the process until the first window is visible, and when torch comes.

    python benchmarks/startup.py [--runs 7]

Each run is a process of its own, offscreen, with an empty profile. Bound: the window within 1.5 s on two cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

BOUND_S = 1.5
_CHILD = """
import sys, time
begun = float(sys.argv[1])
from symviewer.app import Application, command_line
application = Application(command_line().parse_args([]))
window = application.window
# What start() would begin is not counted and not begun: it starts when the window has been painted.
application.start = lambda: None
application.show()
application.qt.processEvents()
assert window.isVisible()
heavy = [name for name in ("torch", "cv2", "pyqtgraph", "open_clip", "timm") if name in sys.modules]
print(time.time() - begun, time.process_time(), len(sys.modules), ",".join(heavy) or "none")
sys.stdout.flush()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    seconds, busy, heavy = [], [], set()
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home:
            environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "SYMVIEWER_HOME": home}
            begun = time.time()
            output = subprocess.run(
                [sys.executable, "-c", _CHILD, str(begun)], env=environment, check=True, capture_output=True, text=True
            ).stdout
        taken, computed, modules, loaded = output.split()
        seconds.append(float(taken))
        busy.append(float(computed))
        heavy.add(loaded)
    middle = statistics.median(seconds)
    print(f"first window visible after (s): best {min(seconds):.2f}, median {middle:.2f}, worst {max(seconds):.2f}")
    print(f"of that, CPU time of the process: best {min(busy):.2f}, median {statistics.median(busy):.2f}")
    print(f"{runs} runs on {os.cpu_count()} cores; bound for the median: {BOUND_S} s")
    print(f"modules loaded by then: {modules}; heavy ones among them: {', '.join(sorted(heavy))}")
    return 0 if middle <= BOUND_S and heavy == {"none"} else 1


if __name__ == "__main__":
    sys.exit(main())
