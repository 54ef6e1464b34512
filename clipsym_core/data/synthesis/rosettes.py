"""Things with a center of rotation: rosettes, wheels, polygons, stars, discs and rings; and measured natural ones."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.mirrors import colored, pick_cutout, surface
from clipsym_core.data.synthesis.procedural import Rng, fourier_radius
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.data.synthesis.things import Thing, any_angle, group_shapes, over, similarity, warp_rgba
from clipsym_core.symmetry import CONTINUOUS, Shape

ORDERS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16)
_ORDER_WEIGHTS = np.array([2, 3, 4, 4, 4, 1, 3, 0.7, 1, 1.5, 0.8])

_Float = npt.NDArray[np.floating[Any]]


def random_order(rng: Rng) -> int:
    """An order of rotation, everyday ones more often."""
    return int(rng.choice(ORDERS, p=_ORDER_WEIGHTS / _ORDER_WEIGHTS.sum()))


def _polar_grid(side: int) -> tuple[_Float, _Float]:
    ys, xs = np.mgrid[0:side, 0:side] + 0.5 - side / 2
    return np.hypot(xs, ys), np.arctan2(-ys, xs)


def _fold(theta: _Float, order: int, *, dihedral: bool) -> _Float:
    """Angles brought into one wedge: turned copies, or turned and mirrored ones."""
    wedge = 2 * math.pi / order
    inside = np.mod(theta, wedge)
    return np.minimum(inside, wedge - inside) if dihedral else inside


def _outline(rng: Rng, radius: _Float, theta: _Float, order: int, dihedral: bool) -> npt.NDArray[np.uint8]:
    """A mask whose edge has the symmetry: a disc, a wavy rim, petals or a polygon."""
    side = radius.shape[0]
    full = side / 2 - 1
    folded = _fold(theta, order, dihedral=dihedral)
    kind = rng.random()
    if kind < 0.3:
        edge = np.full_like(radius, full)
    elif kind < 0.6 and dihedral:  # polygon: flat sides between corners at the wedge's ends
        half = math.pi / order
        edge = full * math.cos(half) / np.cos(half - folded) if order > 2 else np.full_like(radius, full)
    elif kind < 0.8 and dihedral:  # star
        inner = rng.uniform(0.35, 0.8)
        edge = full * (1 - (1 - inner) * folded / (math.pi / order))
    else:
        table = fourier_radius(rng, np.arange(720) * (math.pi / 360), roughness=float(rng.uniform(0.5, 1.5)))
        edge = full * table[(np.floor(folded * (360 / math.pi)).astype(int)) % 720]
        if not dihedral:  # close the rim over the seam
            edge = full * (0.75 + 0.25 * np.cos(order * theta + rng.uniform(0, 6)))
    alpha = np.clip(edge - radius + 0.5, 0, 1)
    if rng.random() < 0.2:  # a hole
        alpha = alpha * np.clip(radius - full * rng.uniform(0.15, 0.5) + 0.5, 0, 1)
    return np.asarray(alpha * 255, np.uint8)


def _axes(order: int, dihedral: bool, turn: float = 0.0) -> tuple[float, ...]:
    return tuple((turn + k * 180.0 / order) % 180.0 for k in range(order)) if dihedral else ()


def folded_rosette(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """A kaleidoscope picture: one wedge of a photo patch, turned (and mirrored) around the center."""
    order = random_order(rng)
    dihedral = rng.random() < 0.6
    radius, theta = _polar_grid(side)
    source = surface(pack, rng, side, side)
    while float(source.std()) < 10:
        source = surface(pack, rng, side, side)
    folded = _fold(theta, order, dihedral=dihedral) + rng.uniform(0, 2 * math.pi)
    cx, cy = side / 2 + rng.uniform(-0.2, 0.2, 2) * side
    x = cx + radius * np.cos(folded) - 0.5
    y = cy - radius * np.sin(folded) - 0.5
    picture = cv2.remap(
        source, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    rgba = np.dstack([picture, _outline(rng, radius, theta, order, dihedral)])
    return Thing(rgba, _shapes(rgba, order, dihedral))


def copied_rosette(pack: SourcePack, rng: Rng, side: int) -> Thing | None:
    """n turned copies of a cut-out (mirrored in itself for a dihedral one) around a center, on a disc or on nothing."""
    order = random_order(rng)
    dihedral = rng.random() < 0.5
    room = 2 * math.sin(math.pi / order) if order > 2 else 1.3
    petal_side = max(8, 2 * round(side * min(0.26, 0.2 * room + 0.05)))
    petal = _petal(pack, rng, petal_side, mirrored=dihedral)
    rgba = np.zeros((side, side, 4), np.uint8)
    if rng.random() < 0.4:
        radius, theta = _polar_grid(side)
        base = _outline(rng, radius, theta, order, True)
        rgba = np.dstack([np.broadcast_to(rng.uniform(0, 255, 3).astype(np.uint8), (side, side, 3)), base])
    distance = side / 2 - petal_side / 2 - 1
    distance *= float(rng.uniform(0.75, 1.0)) if order < 7 else 1.0
    copies = np.zeros((side, side, 4), np.uint8)
    for k in range(order):
        turn = 90.0 + 360.0 * k / order
        at = (side / 2 + distance * math.cos(math.radians(turn)), side / 2 - distance * math.sin(math.radians(turn)))
        matrix = similarity(1.0, turn - 90.0, (petal_side / 2, petal_side / 2), at)
        copies = over(copies, warp_rgba(petal, matrix, (side, side)))
    if not (copies[..., 3] > 127).any():
        return None
    rgba = over(rgba, copies)
    if rng.random() < 0.5:  # a hub
        color = (*(int(v) for v in rng.uniform(0, 255, 3)), 255)
        center = (side * 8 - 8, side * 8 - 8)
        cv2.circle(rgba, center, int(side * rng.uniform(0.05, 0.2) * 16), color, -1, cv2.LINE_AA, shift=4)
    return Thing(rgba, _shapes(rgba, order, dihedral, turn=90.0))


def _petal(pack: SourcePack, rng: Rng, side: int, *, mirrored: bool) -> npt.NDArray[np.uint8]:
    source = pick_cutout(pack, rng)
    h, w = source.shape[:2]
    scale = side * 0.98 / math.hypot(w, h) * (1.15 if mirrored else 1.0)
    if scale < 0.6:
        source = cv2.GaussianBlur(source, (0, 0), 0.35 / scale)
    petal = warp_rgba(source, similarity(scale, any_angle(rng), (w / 2, h / 2), (side / 2, side / 2)), (side, side))
    if mirrored:
        petal = np.concatenate([petal[:, : side // 2], petal[:, : side // 2][:, ::-1]], axis=1)
    return petal


def disc_or_ring(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """Concentric rings of colors: continuous rotation."""
    rgba = np.zeros((side, side, 4), np.uint8)
    radius, _ = _polar_grid(side)
    shading = rng.uniform(-0.4, 0.4)
    edges = np.sort(rng.uniform(0.1, 1, int(rng.integers(0, 5))))[::-1]
    for edge in [1.0, *edges]:
        color = rng.uniform(0, 255, 3) * (1 + shading * (radius / radius.max() - 0.5))[..., None]
        alpha = np.clip(edge * (side / 2 - 1) - radius + 0.5, 0, 1) * 255
        rgba = over(rgba, np.dstack([color.clip(0, 255), alpha]).astype(np.uint8))
    if rng.random() < 0.3:
        hole = np.clip(radius - rng.uniform(0.3, 0.85) * (side / 2 - 1) + 0.5, 0, 1)
        rgba[..., 3] = (rgba[..., 3] * hole).astype(np.uint8)
    return Thing(rgba, group_shapes(rgba[..., 3], (side / 2, side / 2), (), CONTINUOUS, side / 2))


def regular_polygon(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """A flat or textured polygon, star or wheel: spokes and rims; dihedral where its surface is plain."""
    order = random_order(rng)
    radius, theta = _polar_grid(side)
    if rng.random() < 0.5:
        rgba = _wheel(rng, side, order, radius, theta)
        return Thing(rgba, _shapes(rgba, order, True))
    order = max(order, 3)
    half = math.pi / order
    folded = _fold(theta, order, dihedral=True)
    full = side / 2 - 1
    if rng.random() < 0.5:
        edge = full * math.cos(half) / np.cos(half - folded)
    else:
        edge = full * (1 - rng.uniform(0.2, 0.6) * folded / half)
    alpha = (np.clip(edge - radius + 0.5, 0, 1) * 255).astype(np.uint8)
    color = np.broadcast_to(rng.uniform(0, 255, 3), (side, side, 3)).astype(np.float32)
    share = rng.uniform(0.2, 0.9)
    inner = np.clip(edge * share - radius + 0.5, 0, 1)[..., None]
    color = color * (1 - inner) + rng.uniform(0, 255, 3) * inner
    rgba = np.dstack([color.astype(np.uint8), alpha])
    return Thing(rgba, _shapes(rgba, order, True))


def _wheel(rng: Rng, side: int, order: int, radius: _Float, theta: _Float) -> npt.NDArray[np.uint8]:
    full = side / 2 - 1
    across = np.abs(radius * np.sin(_fold(theta, order, dihedral=True)))
    spokes = np.clip(full * rng.uniform(0.02, 0.07) - across + 0.5, 0, 1) * (radius < full)
    rim = np.clip(full - radius + 0.5, 0, 1) * np.clip(radius - full * rng.uniform(0.75, 0.93) + 0.5, 0, 1)
    hub = np.clip(full * rng.uniform(0.08, 0.25) - radius + 0.5, 0, 1)
    colors = rng.uniform(0, 255, (2, 3))
    ink = np.maximum(spokes, hub)[..., None]
    color = colors[0] * ink + colors[1] * (1 - ink)
    alpha = np.maximum(np.maximum(spokes, rim), hub)
    if order == 2:  # a single bar through the rim
        alpha = np.maximum(alpha, 0)
    if rng.random() < 0.4:
        alpha = np.maximum(alpha, 1.0 * (radius < full))
    return np.dstack([color, alpha * 255]).astype(np.uint8)


def natural(pack: SourcePack, rng: Rng, side: int) -> Thing | None:
    """A thing that is symmetric by itself, with its measured labels; None where the pack has none."""
    if not pack.symmetric:
        return None
    source = pack.symmetric[int(rng.integers(len(pack.symmetric)))]
    h, w = source.rgba.shape[:2]
    scale = side / max(h, w)
    rgba = colored(source, rng)
    size = (max(2, round(w * scale)), max(2, round(h * scale)))
    rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    center = (source.symmetry.center[0] * size[0], source.symmetry.center[1] * size[1])
    radius = min(center[0], center[1], size[0] - center[0], size[1] - center[1])
    if radius <= 1:
        return None
    shapes = group_shapes(rgba[..., 3], center, source.symmetry.axes, source.symmetry.order, radius)
    return Thing(rgba, shapes)


def _shapes(rgba: npt.NDArray[np.uint8], order: int, dihedral: bool, turn: float = 0.0) -> tuple[Shape, ...]:
    side = rgba.shape[0]
    return group_shapes(rgba[..., 3], (side / 2, side / 2), _axes(order, dihedral, turn), order, side / 2 - 1)
