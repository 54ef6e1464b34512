"""A reflection heatmap becomes mirror axes with end points and scores.

Lines are found by votes (`decoding.hough`), cut into runs (`decoding.runs`) and fitted to their ridges
(`decoding.segments`); what an accepted axis explains is taken out of the vote before the next is looked for. Pieces
that meet end to end become one axis, straight or bent (`decoding.joints`); wide round responses become ellipses first
(`decoding.ellipses`). The construction follows the measured comparison of field notes 3.2 and 3.3. It commutes with
quarter turns and mirrors of the map up to rounding.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.ellipses import find_ellipses
from clipsym_core.inference.decoding.hough import LineVotes
from clipsym_core.inference.decoding.joints import join
from clipsym_core.inference.decoding.maps import Map, prepare_map
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.decoding.ridges import RidgeField, orientation, ridge_field
from clipsym_core.inference.decoding.segments import FittedAxis, axes_on
from clipsym_core.symmetry import Detection, as_affine

__all__ = ["AxisDecoding", "decode_axes"]

_CREST = 0.5
"""Part of the hottest heat within 4 px that a pixel needs to vote."""


def decode_axes(
    heatmap: npt.NDArray[np.floating[Any]],
    *,
    params: AxisDecoding | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
) -> list[Detection]:
    """Mirror axes in a reflection heatmap [h, w] of values in [0, 1], best first, in its pixels.

    Args:
        heatmap: as a network gives it; any size.
        params: see `AxisDecoding`.
        valid: mask [h, w]: where the map means something (not the padding of a letterbox).

    Returns:
        Detections of `ReflectionAxis` and `ReflectionEllipse` with source "heatmap". Their evidence: `heat`, `coverage`
        and `contrast`, each in [0, 1]; the score joins them (`segments.Evidence`).

    Raises:
        InputError: not a 2-D map of finite values in [0, 1], or a mask of another shape.
    """
    params = params or AxisDecoding()
    working = prepare_map(heatmap, valid, params.side)
    if working is None:
        return []
    found, rest = find_ellipses(working.heat, params)
    for level in range(params.wide_scales + 1):
        if level:
            rest = np.asarray(cv2.resize(rest, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        field = ridge_field(rest, smoothing=params.smoothing, integration=params.integration)
        # A band too wide for its sides to be read is left to the coarser level.
        widest = params.side_inner - 1.0 if level < params.wide_scales else math.inf
        axes = _straight_axes(field, params, widest, params.min_votes / 2**level)
        back = as_affine([[2.0**level, 0.0, 0.0], [0.0, 2.0**level, 0.0]])
        found += [d.transformed(back) for d in join(field, axes, params)]
        rest = _without(rest, axes, params)
        if not _holds_wide(rest, params):
            break
    best = sorted(found, key=lambda d: -d.score)[: params.max_axes]
    return [d.transformed(working.back) for d in best]


def _straight_axes(field: RidgeField, params: AxisDecoding, widest: float, min_votes: float) -> list[FittedAxis]:
    """Vote, take the strongest line, fit what lies on it, take its votes back, and again."""
    rows, columns = np.nonzero(_voters(field.heat, params))
    taken: list[FittedAxis] = []
    if not len(rows):
        return taken
    tensor = field.maps[rows, columns]
    angle, coherence = orientation(tensor)
    x, y = columns.astype(np.float32) + 0.5, rows.astype(np.float32) + 0.5
    gated = coherence >= params.min_coherence
    votes = LineVotes(x, y, tensor[:, 0] - params.threshold, angle, gated, field.size, params.vote_gate)
    misses = 0
    while misses < params.max_misses and len(taken) < params.max_axes:
        line, strength = votes.strongest()
        if strength < min_votes:
            break
        found = axes_on(field, line, taken, params, widest=widest)
        misses = 0 if found else misses + 1
        for axis in found:
            taken.append(axis)
            direction = np.rad2deg(np.arctan2(axis.segment.line.uy, axis.segment.line.ux))
            turn = np.abs((angle - direction + 90.0) % 180.0 - 90.0)
            near = axis.near(x, y, max(params.peel_distance, axis.half_width + 2.0))
            votes.take_back(near & ((turn <= params.peel_angle) | ~gated))
        votes.discard(line)
    return taken


def _voters(heat: Map, params: AxisDecoding) -> npt.NDArray[np.bool_]:
    """Mask [h, w] of the pixels that vote: hot, on the crest of what is near, and above what is all around.

    The flanks of a band say nothing that its middle does not say better, and the inside of something wide nothing at
    all; at most `max_voters`, the hottest.
    """
    crest = cv2.dilate(heat, np.ones((9, 9), np.uint8))
    around = cv2.blur(heat, (2 * params.side_outer + 1,) * 2, borderType=cv2.BORDER_REFLECT_101)
    voters: npt.NDArray[np.bool_] = (
        (heat > params.threshold) & (heat > _CREST * crest) & (heat > (1.0 + params.min_contrast) * around)
    )
    extra = np.count_nonzero(voters) - params.max_voters
    if extra > 0:
        voters &= heat > np.partition(heat[voters], extra - 1)[extra - 1]
    return voters


def _without(heat: Map, axes: list[FittedAxis], params: AxisDecoding) -> Map:
    """The heat that lies away from all axes by more than the distance at which their sides were read."""
    rows, columns = np.nonzero(heat > params.low)
    x, y = columns.astype(np.float32) + 0.5, rows.astype(np.float32) + 0.5
    explained = np.zeros(len(rows), dtype=np.bool_)
    for axis in axes:
        explained |= axis.near(x, y, float(params.side_outer))
    rest = heat.copy()
    rest[rows[explained], columns[explained]] = 0.0
    return rest


def _holds_wide(heat: Map, params: AxisDecoding) -> bool:
    """Whether something is left that is hot over a square too wide for a band."""
    side = 2 * (params.band + 2) + 1
    return bool((cv2.erode(heat, np.ones((side, side), np.uint8)) > params.high).any())
