"""Scenes with a structure of their own: whole-picture mirrors, photos with marked axes, rows, rings, nested things,
arrangements."""

from __future__ import annotations

import math

import cv2
import numpy as np

from clipsym_core.data.synthesis.mirrors import photo_patch, plain_cutout
from clipsym_core.data.synthesis.placement import Canvas, map_points, pose, tilted
from clipsym_core.data.synthesis.procedural import Rng
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.data.synthesis.things import Matrix, Thing, any_angle, similarity
from clipsym_core.symmetry import ReflectionAxis, RotationCenter, clip_to_rectangle, direction


def whole_mirror(canvas: Canvas, pack: SourcePack, rng: Rng) -> None:
    """The picture is mirrored in one line at any angle; one side may be darker, blurred or rippled, like water."""
    w, h = canvas.size
    angle = float(rng.choice([0.0, 90.0]) + rng.normal(0, 4)) if rng.random() < 0.45 else any_angle(rng) / 2
    ux, uy = direction(angle)
    nx, ny = -uy, ux
    through = (w * float(rng.uniform(0.3, 0.7)), h * float(rng.uniform(0.3, 0.7)))
    ys, xs = np.mgrid[0:h, 0:w] + 0.5
    side = (xs - through[0]) * nx + (ys - through[1]) * ny
    if (side > 0).mean() > 0.5:  # keep the larger part, so that the mirror image needs little beyond the picture
        side, nx, ny = -side, -nx, -ny
    fold = side > 0
    x, y = np.where(fold, xs - 2 * side * nx, xs), np.where(fold, ys - 2 * side * ny, ys)
    # What is mirrored may lie beyond the picture where the line is oblique: sample from a larger patch.
    big = round(1.6 * max(w, h))
    patch = photo_patch(pack, rng, big)
    x, y = x + (big - w) / 2 - 0.5, y + (big - h) / 2 - 0.5
    image = cv2.remap(
        patch, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    if rng.random() < 0.4:
        image = _as_water(image, fold, rng)
    canvas.image[...] = image
    reach = math.hypot(w, h)
    ends = ((through[0] - ux * reach, through[1] - uy * reach), (through[0] + ux * reach, through[1] + uy * reach))
    part = clip_to_rectangle(*ends, w, h)
    if part is not None:
        canvas.scenery.append(ReflectionAxis(part))


def _as_water(image: np.ndarray, fold: np.ndarray, rng: Rng) -> np.ndarray:  # type: ignore[type-arg]
    h, w = image.shape[:2]
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    ripple = np.sin(ys * rng.uniform(0.3, 1.2) + xs * rng.uniform(-0.1, 0.1)).astype(np.float32) * rng.uniform(0, 1.5)
    water = cv2.remap(image, xs + ripple, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    water = cv2.GaussianBlur(water, (0, 0), float(rng.uniform(0.3, 1.2))) * rng.uniform(0.55, 1.05)
    water = water + rng.normal(0, 8, 3).astype(np.float32)
    return np.where(fold[..., None], water.clip(0, 255), image).astype(np.uint8)


def marked_photo(canvas: Canvas, pack: SourcePack, rng: Rng, *, tilt: float = 0.0) -> None:
    """A photo with axes or centers marked by a person, turned, scaled and shifted; it replaces the background where it
    reaches. With `tilt`, its corners move by up to that share of its longer side: mild perspective."""
    w, h = canvas.size
    photo = pack.marked[int(rng.integers(len(pack.marked)))]
    ph, pw = photo.pixels.shape[:2]
    upright = rng.random() < 0.5
    turn = float(rng.choice([0, 90, 180, 270])) + float(rng.normal(0, 6)) if upright else any_angle(rng)
    points = np.array([p for axis in photo.axes for p in axis] + [(x, y) for x, y, _ in photo.centers])
    middle = points.mean(axis=0)
    length = max((math.dist(*axis) for axis in photo.axes), default=0.6 * min(pw, ph))
    scale = float(rng.uniform(0.4, 0.95)) * min(w, h) / length
    scale = min(max(scale, 0.5 * min(w, h) / max(pw, ph)), 2.0)
    at = (w * float(rng.uniform(0.35, 0.65)), h * float(rng.uniform(0.35, 0.65)))
    matrix = similarity(scale, turn, (float(middle[0]), float(middle[1])), at)
    if tilt > 0:  # no number is drawn where none is wanted: scenes of older options stay the same
        matrix = matrix @ tilted((pw, ph), rng, tilt)
    alpha = np.full((ph, pw), 255, np.uint8)
    pixels = photo.pixels if scale > 0.6 else cv2.GaussianBlur(photo.pixels, (0, 0), 0.35 / scale)
    canvas.paste(Thing(np.dstack([pixels, alpha])), matrix)
    for axis in photo.axes:
        (x0, y0), (x1, y1) = map_points(np.array(axis), matrix)
        canvas.scenery.append(ReflectionAxis(((float(x0), float(y0)), (float(x1), float(y1)))))
    for x, y, order in photo.centers:
        ((cx, cy),) = map_points(np.array([(x, y)]), matrix)
        canvas.scenery.append(RotationCenter(float(cx), float(cy), order))


def group(canvas: Canvas, thing: Thing, rng: Rng) -> None:
    """The same thing several times: in a row, around a center, or a small one on a large one."""
    kind = rng.random()
    if kind < 0.45:
        _row(canvas, thing, rng)
    elif kind < 0.8:
        _ring(canvas, thing, rng)
    else:
        _nested(canvas, thing, rng)


def _row(canvas: Canvas, thing: Thing, rng: Rng) -> None:
    """2 to 5 alike things side by side, along their own mirror axis or across it; own axes are labelled."""
    w, h = canvas.size
    count = int(rng.integers(2, 6))
    turn = any_angle(rng)
    span = 0.92 * min(w, h)
    diameter = min(span / count, 0.45 * min(w, h)) * float(rng.uniform(0.85, 1.0))
    step = min(span / count, diameter * float(rng.uniform(1.0, 1.4)))
    ux, uy = direction(turn)
    mx, my = w * float(rng.uniform(0.45, 0.55)), h * float(rng.uniform(0.45, 0.55))
    for k in range(count):
        offset = (k - (count - 1) / 2) * step
        canvas.paste(thing, pose(thing, rng, (mx + ux * offset, my + uy * offset), diameter, turn=turn))
    # a pair has its own axis between the two; with more, the row's axis is one of theirs or weak
    if count == 2 and _upright_axis(thing) is not None:
        vx, vy = direction(turn + 90)
        reach = diameter * 0.5 * thing.size[1] / max(thing.size)
        canvas.scenery.append(ReflectionAxis(((mx - vx * reach, my - vy * reach), (mx + vx * reach, my + vy * reach))))


def _ring(canvas: Canvas, thing: Thing, rng: Rng) -> None:
    """n alike things on a circle, each turned with its place: a center of order n."""
    w, h = canvas.size
    order = int(rng.choice([3, 4, 5, 6, 8]))
    cx, cy = w * float(rng.uniform(0.45, 0.55)), h * float(rng.uniform(0.45, 0.55))
    radius = 0.5 * min(w, h) * float(rng.uniform(0.5, 0.68))
    diameter = min(2 * radius * math.sin(math.pi / order) * 0.95, 0.5 * min(w, h) - radius + 0.12 * min(w, h))
    start = any_angle(rng)
    for k in range(order):
        turn = start + 360.0 * k / order
        ux, uy = direction(turn + 90)
        canvas.paste(thing, pose(thing, rng, (cx + ux * radius, cy + uy * radius), diameter, turn=turn))
    canvas.scenery.append(RotationCenter(cx, cy, order))
    if _upright_axis(thing) is not None:
        reach = radius + diameter * 0.45
        for k in range(order):
            ux, uy = direction(start + 90 + 180.0 * k / order)
            canvas.scenery.append(
                ReflectionAxis(((cx - ux * reach, cy - uy * reach), (cx + ux * reach, cy + uy * reach)))
            )


def _nested(canvas: Canvas, thing: Thing, rng: Rng) -> None:
    """The thing, and a small copy of it, turned on its own, in its middle."""
    w, h = canvas.size
    at = (w * float(rng.uniform(0.4, 0.6)), h * float(rng.uniform(0.4, 0.6)))
    diameter = min(w, h) * float(rng.uniform(0.55, 0.85))
    turn = any_angle(rng)
    canvas.paste(thing, pose(thing, rng, at, diameter, turn=turn))
    canvas.paste(thing, pose(thing, rng, at, diameter * float(rng.uniform(0.25, 0.4)), turn=turn))


def arrangement(canvas: Canvas, pack: SourcePack, rng: Rng, middle: Thing | None = None, *, loose: float = 0.0) -> None:
    """Things on both sides of one line, each facing its mirror image, as furniture, people and windows do.

    Args:
        middle: a thing to stand on the line, by its own upright axis; without such an axis it is left out.
        loose: how far an image may stray from its place, share of its diameter; it then also differs in size and turn.
    """
    w, h = canvas.size
    turn = float(rng.choice([0.0, 90.0, 180.0, 270.0]) + rng.normal(0, 4)) if rng.random() < 0.7 else any_angle(rng)
    at = (w * float(rng.uniform(0.38, 0.62)), h * float(rng.uniform(0.38, 0.62)))
    place = similarity(1.0, turn, (0.0, 0.0), at)  # (across, along) the line, px from its middle -> picture
    reach = min(w, h) * float(rng.uniform(0.25, 0.45))
    pairs = int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))
    ends: list[float] = []
    upright = None if middle is None else _upright_axis(middle)
    if middle is not None and upright is not None:
        scale = reach * float(rng.uniform(0.7, 1.6)) / max(middle.size)
        along = float(rng.uniform(-0.5, 0.5)) * reach
        foot = (middle.size[0] / 2, middle.size[1] / 2)
        canvas.paste(middle, place @ similarity(scale, 0.0, foot, (0.0, along)))
        ends += [along + (y - foot[1]) * scale for _, y in upright.points]
    far = 0.35 if pairs == 1 and upright is None else 0.9  # a single pair far apart is no arrangement to the eye
    for _ in range(pairs):
        ends += _facing_pair(canvas, pack, rng, place, reach, far, loose)
    start, end = map_points(np.array([(0.0, min(ends)), (0.0, max(ends))]), place)
    canvas.scenery.append(ReflectionAxis(((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))))


def _facing_pair(
    canvas: Canvas, pack: SourcePack, rng: Rng, place: Matrix, reach: float, far: float, loose: float
) -> tuple[float, float]:
    """A cut-out at most `far` x `reach` from the line, and its mirror image; from where to where they go along it."""
    diameter = reach * float(rng.uniform(0.4, 0.95))
    thing = plain_cutout(pack, rng, max(24, round(diameter)))
    scale = diameter / max(thing.size)
    lean = float(rng.normal(0, 5)) if rng.random() < 0.6 else any_angle(rng)
    x = min(0.45 * diameter + float(rng.uniform(0, far)) * reach, reach)
    y = reach * float(rng.uniform(-0.7, 0.7))
    foot = (thing.size[0] / 2, thing.size[1] / 2)
    dx, dy, larger, turned = rng.normal(0, 0.5, 4).clip(-1, 1) * loose
    spot = (x + float(dx) * diameter, y + float(dy) * diameter)
    image = similarity(scale * (1 + 2 * float(larger)), lean + 120 * float(turned), foot, spot)
    canvas.paste(thing, place @ similarity(scale, lean, foot, (x, y)))
    canvas.paste(thing, place @ np.diag([-1.0, 1.0, 1.0]) @ image)
    c, s = abs(math.cos(math.radians(lean))), abs(math.sin(math.radians(lean)))
    half = scale * (thing.size[0] * s + thing.size[1] * c) / 2
    return (y - half, y + half)


def _upright_axis(thing: Thing) -> ReflectionAxis | None:
    """Its axis that stands upright in its middle, if there is one."""
    axes = (shape for shape in thing.shapes if isinstance(shape, ReflectionAxis) and abs(shape.angle - 90) < 1)
    return next((axis for axis in axes if abs(axis.midpoint[0] - thing.size[0] / 2) < 1.5), None)
