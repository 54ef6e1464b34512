"""Network and feature proposals in one list: measured alike, scored by one score, merged, made consistent."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from clipsym_core.imaging import Pixels
from clipsym_core.inference.axis_evidence.verify import Measurer
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.center_evidence.rotation import CenterAnalysis, center_measures
from clipsym_core.inference.pixels.canvas import check_image, make_canvas
from clipsym_core.inference.proposals.keypoints import KEYPOINT_SIDE, find_keypoints, mirror_pairs
from clipsym_core.inference.scoring.calibration import score_measures
from clipsym_core.inference.scoring.overlap import same_axis, same_center, same_ellipse
from clipsym_core.inference.scoring.stars import discs, reconcile
from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, ReflectionEllipse, RotationCenter

if TYPE_CHECKING:
    from clipsym_core.inference.second_look import SecondLook

_CENTERS = 6
"""Most centers analysed in one picture; each takes some tens of milliseconds."""
_MERGE = 0.025
"""Centers closer than this share of the diagonal are one."""
_LOOKED_AT = 24
"""Axes that get a second look, the best by what is known about them before."""
_EQUAL = 0.04
"""Axes whose ends are closer than this share of their length need one look only."""


def fuse(
    image: Pixels,
    network: list[Detection],
    features: list[Detection],
    *,
    ran: bool | None = None,
    look: SecondLook | None = None,
    limit: int = 40,
) -> list[Detection]:
    """One list of proposals, best first, from a network's and from `features.propose`.

    Every straight axis is measured on the pixels, so both sources are scored by the same logistic; what the network
    said (`heat`, `coverage`, `contrast`) joins in where one ran. Duplicates become one
    detection with the evidence of both. A dihedral center of order n ends up with its n axes (`stars.reconcile`), a
    center of order 0 with its disc (`stars.discs`).

    Args:
        image: [H, W, 3] uint8 RGB, the picture that all coordinates refer to.
        network: from decoded heatmaps; may be empty.
        features: from `features.propose`; may be empty.
        ran: whether a network looked at the picture at all, because its silence counts too; None means that it did
            where it proposed something.
        look: the network's second look at this picture; the best straight axes get its measures and are scored with
            them, the others are left out, and their ends are settled along their lines.
        limit: most detections to return.

    Raises:
        InputError: not an RGB picture.
    """
    check_image(image)
    if not network and not features:
        return []
    diagonal = math.hypot(*image.shape[:2])
    ran = bool(network) if ran is None else ran
    measurer = axis_measurer(image)
    proposed = [d for d in [*network, *features] if isinstance(d.shape, ReflectionAxis)]
    axes = measure_axes(proposed, measurer, ran=ran, look=look)
    centers = _centers(image, network, features, _MERGE * diagonal, ran)
    ellipses = [d for d in [*network, *features] if isinstance(d.shape, ReflectionEllipse)]
    merged = _merge_axes(axes, ran)
    merged = reconcile(centers, merged, lambda axis: _with_measures(axis, measurer, ran))
    fused = [*merged, *(d for d, _ in centers), *_merge_ellipses([*ellipses, *discs(centers)])]
    fused.sort(key=lambda d: -d.score)
    return fused[:limit]


def axis_measurer(image: Pixels) -> Measurer:
    """What measures axes of a picture [H, W, 3] on its pixels and key points."""
    canvas = make_canvas(image, max_side=KEYPOINT_SIDE)
    return Measurer(image, mirror_pairs(canvas, find_keypoints(canvas)))


def measure_axes(
    axes: list[Detection], measurer: Measurer, *, ran: bool, look: SecondLook | None = None, settled: bool = True
) -> list[Detection]:
    """The axes measured and scored; with a second look the best straight ones and all bent ones. See `fuse`.

    Without `settled` the ends stay those of the candidates.
    """
    measured = [_with_measures(d, measurer, ran) for d in axes]
    if look is None:
        return measured
    looked = _looked_at(measured, look, ran)
    return [_settled(d, look) for d in looked] if settled else looked


def _with_measures(detection: Detection, measurer: Measurer, ran: bool) -> Detection:
    """An axis with the measures of the pixels added, and scored."""
    axis = detection.shape
    assert isinstance(axis, ReflectionAxis)
    evidence = dict(detection.evidence)
    if axis.is_straight and "mirror" not in evidence:
        evidence |= measurer.measure(axis)
    return _scored(replace(detection, evidence=evidence), ran)


def _looked_at(axes: list[Detection], look: SecondLook, ran: bool) -> list[Detection]:
    """The best straight axes, scored with the measures of a second look, and all bent ones."""
    bent = [d for d in axes if "mirror" not in d.evidence]
    straight = [d for d in axes if "mirror" in d.evidence]
    best: list[Detection] = []
    for d in sorted(straight, key=lambda d: -d.score):
        if len(best) < _LOOKED_AT and not any(_equal(d, other) for other in best):
            best.append(d)
    measures = look.measure([d.shape for d in best if isinstance(d.shape, ReflectionAxis)])
    looked = [replace(d, evidence=dict(d.evidence) | m) for d, m in zip(best, measures, strict=True)]
    return bent + [_scored(d, ran) for d in looked]


def _settled(detection: Detection, look: SecondLook) -> Detection:
    """A straight axis with the ends that a second look gives it; the measures stay those of the candidate."""
    axis = detection.shape
    if not isinstance(axis, ReflectionAxis) or not axis.is_straight:
        return detection
    return replace(detection, shape=look.extent(axis))


def _equal(a: Detection, b: Detection) -> bool:
    """Whether two axes differ by so little that a second look could not tell them apart."""
    assert isinstance(a.shape, ReflectionAxis)
    assert isinstance(b.shape, ReflectionAxis)
    (p, q), (r, s) = (a.shape.start, a.shape.end), (b.shape.start, b.shape.end)
    apart = min(max(math.dist(p, r), math.dist(q, s)), max(math.dist(p, s), math.dist(q, r)))
    return apart < _EQUAL * max(a.shape.length, b.shape.length)


def _scored(detection: Detection, ran: bool) -> Detection:
    """With the calibrated score of its evidence. What a network that ran did not see counts as no heat."""
    evidence = dict(detection.evidence)
    if "mirror" not in evidence:
        return detection  # a bent axis keeps the score of its heatmap
    if ran:
        evidence = {"heat": 0.0, "coverage": 0.0, "contrast": 0.0} | evidence
    kind = "axis looked at" if "deep" in evidence else "axis with network" if ran else "axis"
    return replace(detection, score=score_measures(kind, evidence), evidence=evidence)


def _merge_axes(axes: list[Detection], ran: bool) -> list[Detection]:
    """Best first; a repetition of a better one adds the evidence that the better one lacks."""
    kept: list[Detection] = []
    for detection in sorted(axes, key=lambda d: -d.score):
        for i, other in enumerate(kept):
            a, b = detection.shape, other.shape
            if isinstance(a, ReflectionAxis) and isinstance(b, ReflectionAxis) and same_axis(a, b):
                joint = dict(detection.evidence) | dict(other.evidence)
                for name in ("heat", "coverage", "contrast"):
                    values = [d.evidence[name] for d in (detection, other) if name in d.evidence]
                    joint |= {name: max(values)} if values else {}
                # The network's name stays on what the network saw.
                source = detection.source if detection.evidence.get("heat", 0.0) > 0 else other.source
                better = _scored(replace(other, evidence=joint, source=source), ran)
                kept[i] = better if better.score >= other.score else replace(other, evidence=joint, source=source)
                break
        else:
            kept.append(detection)
    return kept


def _merge_ellipses(ellipses: list[Detection]) -> list[Detection]:
    kept: list[Detection] = []
    for detection in sorted(ellipses, key=lambda d: -d.score):
        shape = detection.shape
        if not any(
            isinstance(shape, ReflectionEllipse)
            and isinstance(other.shape, ReflectionEllipse)
            and same_ellipse(shape, other.shape)
            for other in kept
        ):
            kept.append(detection)
    return kept


def _centers(
    image: Pixels, network: list[Detection], features: list[Detection], reach: float, ran: bool
) -> list[tuple[Detection, CenterAnalysis]]:
    """Centers of both sources, merged, each with a fresh look at the pixels."""
    wanted = sorted((d for d in [*network, *features] if isinstance(d.shape, RotationCenter)), key=lambda d: -d.score)
    h, w = image.shape[:2]
    found: list[tuple[Detection, CenterAnalysis]] = []
    for detection in wanted:
        center = detection.shape
        assert isinstance(center, RotationCenter)
        near = [i for i, (d, _) in enumerate(found) if _near(d, center, reach)]
        if near:
            i = near[0]
            joint = dict(detection.evidence) | dict(found[i][0].evidence)
            joint |= {"heat": max(heats)} if (heats := _heats(detection, found[i][0])) else {}
            found[i] = (replace(found[i][0], evidence=joint), found[i][1])
            continue
        if len(found) == _CENTERS:
            break
        analysis = analyse_center(image, (min(max(center.x, 0.0), w), min(max(center.y, 0.0), h)))
        evidence = dict(detection.evidence) | center_measures(analysis, math.hypot(w, h))
        shape = analysis.center if analysis.center.order != CONTINUOUS or center.order == CONTINUOUS else center
        shape = RotationCenter(shape.x, shape.y, analysis.center.order)
        found.append((replace(detection, shape=shape, evidence=evidence), analysis))
    return [(_scored_center(d, ran), a) for d, a in found]


def _scored_center(detection: Detection, ran: bool) -> Detection:
    evidence = dict(detection.evidence)
    if ran:
        evidence = {"heat": 0.0} | evidence
    score = score_measures("center with network" if ran else "center", evidence)
    return replace(detection, score=score, evidence=evidence)


def _heats(*detections: Detection) -> list[float]:
    return [d.evidence["heat"] for d in detections if "heat" in d.evidence]


def _near(detection: Detection, center: RotationCenter, reach: float) -> bool:
    return isinstance(detection.shape, RotationCenter) and same_center(detection.shape, center, reach)
