"""Scenes with a structure of their own: whole-picture mirrors, photos with marked axes, rows, rings, nested things."""

from __future__ import annotations

import math

import cv2
import numpy as np

from clipsym_core.data.synthesis.mirrors import photo_patch
from clipsym_core.data.synthesis.placement import Canvas, map_points, pose, tilted
from clipsym_core.data.synthesis.procedural import Rng
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.data.synthesis.things import Thing, any_angle, similarity
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
    mirrors = [s for s in thing.shapes if isinstance(s, ReflectionAxis)]
    upright = any(abs(s.angle - 90) < 1 and abs(s.midpoint[0] - thing.size[0] / 2) < 1.5 for s in mirrors)
    if upright and count == 2:  # the pair's own axis between them; with more, the row's axis is one of theirs or weak
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
    mirrors = [s for s in thing.shapes if isinstance(s, ReflectionAxis)]
    if any(abs(s.angle - 90) < 1 and abs(s.midpoint[0] - thing.size[0] / 2) < 1.5 for s in mirrors):
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
