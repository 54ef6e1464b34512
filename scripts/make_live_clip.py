"""Make docs/images/live.webp: the demo camera with what live mode draws on it, as an animation under 2 MB.

    python scripts/make_live_clip.py [--model NAME|FILE] [--seconds 6]

Frame by frame, not in real time: full looks of the bundled model come half a second late and every step is a tenth of a
second, as on a small computer. Run it again when the demo scene, the tracks or the bundled checkpoint change.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs" / "images" / "live.webp"
LIMIT_BYTES = 2_000_000
SIZE = (480, 360)
RATE = 15
FRAMES_PER_STEP = 2
LOOK_FRAMES = 8
WARM_UP = 30
"""Frames before the first one of the clip: the animation begins with everything found."""
THRESHOLD = 0.35


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="clipsym-lite")
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()

    from PIL import Image

    from clipsym_core.files import write_atomic

    frames = [Image.fromarray(pixels) for pixels in drawn(options.model, round(options.seconds * RATE))]
    for quality in (70, 55, 40, 25):
        clip = io.BytesIO()
        frames[0].save(
            clip,
            format="WEBP",
            save_all=True,
            append_images=frames[1:],
            duration=round(1000 / RATE),
            loop=0,
            quality=quality,
            method=6,
        )
        size = len(clip.getvalue())
        if size <= LIMIT_BYTES:
            break
    print(f"{TARGET.name}: {len(frames)} frames, {size / 1000:.0f} kB at quality {quality}")
    if size > LIMIT_BYTES:
        return 1
    write_atomic(TARGET, clip.getvalue())
    return 0


def drawn(model: str, count: int) -> list:
    """The frames with their tracks."""
    from clipsym_core.data.synthesis.moving import MovingScene
    from clipsym_core.inference.detector import SymmetryDetector
    from clipsym_core.overlay import draw_detections
    from clipsym_core.tracking.live import LiveTracks, take_step
    from clipsym_core.tracking.motion import Seen

    detector = SymmetryDetector.load(model, device="cpu")
    scene, tracks = MovingScene(SIZE), LiveTracks(SIZE, checks=1)
    pending, result = None, []
    for number in range(WARM_UP + count):
        seconds = number / RATE
        image = scene.at(seconds).image
        if pending is None:
            pending = (number, detector.detect(image, threshold=0.05).detections, Seen.of(image))
        elif number - pending[0] >= LOOK_FRAMES:
            tracks.looked(pending[1], pending[0] / RATE, pending[2])
            pending = None
        if number % FRAMES_PER_STEP == 0:
            tracks.stepped(take_step(image, seconds, tracks.wanted()))
        if number >= WARM_UP:
            shown = [t.detection for t in tracks.tracker.shown(seconds)]
            result.append(draw_detections(image, [d for d in shown if d.score >= THRESHOLD], scores=False))
    return result


if __name__ == "__main__":
    sys.exit(main())
