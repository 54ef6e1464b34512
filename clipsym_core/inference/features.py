"""Proposals without a network: candidates voted by pixels and key points, verified by the picture itself."""

from __future__ import annotations

import math

import numpy as np

from clipsym_core.imaging import Pixels
from clipsym_core.inference.calibration import score_measures
from clipsym_core.inference.canvas import Box, make_canvas
from clipsym_core.inference.mirror_votes import WORKING_SIDE, AxisVote, mirror_votes
from clipsym_core.inference.overlap import same_axis
from clipsym_core.inference.verify import Line, Verified, Verifier
from clipsym_core.symmetry import Detection, ReflectionAxis

SOURCE = "features"


def propose(image: Pixels, *, box: Box | None = None, limit: int = 10) -> list[Detection]:
    """Mirror axes and rotation centers found without a network, best first.

    Args:
        image: [H, W, 3] uint8 RGB.
        box: x0, y0, x1, y1 in px: look only there (default: the whole picture).
        limit: most axes to return.

    Raises:
        InputError: not an RGB picture, or a box that does not touch it.
    """
    votes = mirror_votes(make_canvas(image, box=box, max_side=WORKING_SIDE))
    verifier = Verifier(image, box=box)
    found = verify_votes(verifier, votes)
    detections = [Detection(v.axis, score_measures("axis", v.measures), SOURCE, v.measures) for v in found]
    detections.sort(key=lambda d: -d.score)
    return _distinct(detections, limit)


def verify_votes(verifier: Verifier, votes: list[AxisVote], *, keep: int = 12) -> list[Verified]:
    """Settle, trim and measure the votes; the `keep` with the most evidence go through the fine search."""
    rough = []
    step = verifier.step
    for vote in votes:
        line = Line(vote.middle, -math.radians(vote.angle))
        reach, half = _extent(verifier, vote.length)
        settled, support = verifier.settle(line, reach, half, np.zeros(1), step * np.array([-1.0, 0.0, 1.0]))
        rough.append((support.evidence, settled, vote))
    rough.sort(key=lambda r: -r[0])
    found = []
    for _, line, vote in rough[:keep]:
        reach, half = _extent(verifier, vote.length)
        turns = np.radians([-2.5, -1.25, 0.0, 1.25, 2.5])
        line, support = verifier.settle(line, reach, half, turns, step * np.array([-0.5, 0.0, 0.5]))
        if support.evidence > 0:
            measured = verifier.finish(line, support, reach, half)
            measured.measures["votes"] = vote.strength
            found.append(measured)
    return found


def _extent(verifier: Verifier, length: float) -> tuple[float, float]:
    """Half-length and half-width, px, of the strip looked at for a vote."""
    return min(1.0 * length, 0.5 * verifier.diagonal), min(0.8 * length, 0.4 * verifier.diagonal)


def _distinct(detections: list[Detection], limit: int) -> list[Detection]:
    """Best first, without those that nearly repeat a better one."""
    kept: list[Detection] = []
    for detection in detections:
        shape = detection.shape
        if isinstance(shape, ReflectionAxis) and any(
            isinstance(other.shape, ReflectionAxis) and same_axis(shape, other.shape) for other in kept
        ):
            continue
        kept.append(detection)
        if len(kept) == limit:
            break
    return kept
