"""Proposals without a network: candidates voted by pixels and key points, verified by the picture itself."""

from __future__ import annotations

import math

import numpy as np

from clipsym_core.imaging import Pixels
from clipsym_core.inference.axis_evidence.verify import COARSE_SIDE, Line, Measurer, Verified, Verifier
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.center_evidence.rotation import center_measures
from clipsym_core.inference.pixels.canonical import canonical_lay
from clipsym_core.inference.pixels.canvas import Box, Canvas, check_image, make_canvas
from clipsym_core.inference.proposals.keypoints import (
    KEYPOINT_SIDE,
    Keypoints,
    axis_votes,
    center_votes,
    find_keypoints,
    mirror_pairs,
)
from clipsym_core.inference.proposals.mirror_votes import LONG_WINDOWS, WORKING_SIDE, AxisVote, mirror_votes
from clipsym_core.inference.scoring.calibration import score_measures
from clipsym_core.inference.scoring.overlap import same_axis, same_center
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter

SOURCE = "features"

_PIXEL_VOTES = 16
_KEYPOINT_VOTES = 6
_ALWAYS = 3
"""Best axes of key points that are measured whatever a first look says."""
_COARSE_VOTES = 5
_COARSE_ANGLES = 30
_LENGTHENED = 8
"""Best-supported axes that are looked along beyond their ends."""
_CENTER_VOTES = 3


def propose(image: Pixels, *, box: Box | None = None, limit: int = 10, centers: bool = True) -> list[Detection]:
    """Mirror axes and rotation centers found without a network, best first.

    Args:
        image: [H, W, 3] uint8 RGB.
        box: x0, y0, x1, y1 in px: look only there (default: the whole picture).
        limit: most axes to return.
        centers: whether to look for rotation centers as well (some tens of milliseconds each).

    Quarter turns and mirror images of the picture give the same proposals, turned and mirrored (`pixels.canonical`).

    Raises:
        InputError: not an RGB picture, or a box that does not touch it.
    """
    check_image(image)
    lay = canonical_lay(image)
    found = _propose(lay.apply(image), None if box is None else lay.box(box), limit, centers)
    return [detection.transformed(lay.inverse) for detection in found]


def _propose(image: Pixels, box: Box | None, limit: int, centers: bool) -> list[Detection]:
    keys_canvas = make_canvas(image, box=box, max_side=KEYPOINT_SIDE)
    keys = find_keypoints(keys_canvas)
    found_axes = find_axes(image, box, keys_canvas, keys)
    axes = [Detection(v.axis, score_measures("axis", v.measures), SOURCE, v.measures) for v in found_axes]
    axes.sort(key=lambda d: -d.score)
    found = _distinct(axes, limit)
    if centers:
        found += _centers(image, math.hypot(keys_canvas.width, keys_canvas.height), keys_canvas, keys)
        found.sort(key=lambda d: -d.score)
    return found


def find_axes(image: Pixels, box: Box | None, keys_canvas: Canvas, keys: Keypoints) -> list[Verified]:
    """Axes that all pixels or key points vote for, verified and measured, with longer forms of the best supported ones
    and long axes of a coarse picture."""
    pairs = mirror_pairs(keys_canvas, keys)
    measurer = Measurer(image, pairs, box=box)
    votes = axis_votes(keys_canvas, pairs, limit=_KEYPOINT_VOTES)
    votes += mirror_votes(make_canvas(image, box=box, max_side=WORKING_SIDE), limit=_PIXEL_VOTES)
    found = verify_votes(measurer.verifier, votes, always=_ALWAYS)
    for verified in found:
        verified.measures["pairs"] = pairs.support(verified.axis)
    more: list[ReflectionAxis | None] = []
    for verified in sorted(found, key=lambda v: -v.measures["evidence"])[:_LENGTHENED]:
        half = max(verified.half_width, 0.25 * verified.axis.length)
        more.append(measurer.verifier.lengthened(verified.axis, half))
    coarse = Verifier(image, box=box, side=COARSE_SIDE)
    long_votes = mirror_votes(coarse.canvas, limit=_COARSE_VOTES, windows=LONG_WINDOWS, angles=_COARSE_ANGLES)
    more += [_whole(coarse, vote) for vote in long_votes]
    return found + [Verified(axis, 0.0, measurer.measure(axis)) for axis in more if axis is not None]


def _whole(verifier: Verifier, vote: AxisVote) -> ReflectionAxis | None:
    """The axis of a vote on its best line, as long as it was seen: what only its outline has in common on both sides
    would be cut to pieces by its grain. None where it leaves the canvas."""
    line = Line(vote.middle, -math.radians(vote.angle))
    reach, half = _extent(verifier, vote.length)
    line, _ = verifier.settle(line, reach, half, np.radians([-2.5, -1.25, 0.0, 1.25, 2.5]), (-1, 0, 1))
    ux, uy = math.cos(line.angle), math.sin(line.angle)
    x, y = line.middle
    canvas = verifier.canvas
    low, high = -0.5 * vote.length, 0.5 * vote.length
    for place, step, first, size in ((x, ux, canvas.x0, canvas.width), (y, uy, canvas.y0, canvas.height)):
        if abs(step) > 1e-9:
            a, b = sorted(((first - place) / step, (first + size - place) / step))
            low, high = max(low, a), min(high, b)
    if high - low < 0.25 * vote.length:
        return None
    return ReflectionAxis(((x + low * ux, y + low * uy), (x + high * ux, y + high * uy)))


def _centers(image: Pixels, diagonal: float, canvas: Canvas, keys: Keypoints) -> list[Detection]:
    """Centers that key points vote for, each analysed on the pixels."""
    h, w = image.shape[:2]
    found: list[Detection] = []
    for vote in center_votes(canvas, keys, limit=_CENTER_VOTES):
        point = (min(max(vote.point[0], 0.0), float(w)), min(max(vote.point[1], 0.0), float(h)))
        analysis = analyse_center(image, point)
        measures = center_measures(analysis, diagonal)
        detection = Detection(analysis.center, score_measures("center", measures), SOURCE, measures)
        if not any(
            isinstance(d.shape, RotationCenter) and same_center(d.shape, analysis.center, 0.025 * diagonal)
            for d in found
        ):
            found.append(detection)
    return found


def verify_votes(verifier: Verifier, votes: list[AxisVote], *, keep: int = 8, always: int = 0) -> list[Verified]:
    """Settle, trim and measure the votes.

    The first `always` and the `keep` with the most evidence on the pixels go through the fine search.
    """
    rough = []
    for vote in votes:
        line = Line(vote.middle, -math.radians(vote.angle))
        reach, half = _extent(verifier, vote.length)
        settled, support = verifier.settle(line, reach, half, np.zeros(1), (-1, 0, 1))
        rough.append((support.evidence, settled, vote))
    best = rough[:always] + sorted(rough[always:], key=lambda r: -r[0])[:keep]
    found = []
    for _, line, vote in best:
        reach, half = _extent(verifier, vote.length)
        turns = np.radians([-2.5, -1.25, 0.0, 1.25, 2.5])
        line, support = verifier.settle(line, reach, half, turns, (-1, 0, 1))
        if support.evidence > 0:
            found.append(verifier.finish(line, support, reach, half))
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
