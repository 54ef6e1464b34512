"""Ornament: a rose window, a wall of star tiles, an enamel badge with a fox."""

from __future__ import annotations

import math

import numpy as np

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape, clip_to_rectangle
from samples.paint import Canvas, Place, Shadow, both_sides, disc, mirrored, ramp, rgb, smooth


def rosette() -> tuple[np.ndarray, list[Shape]]:
    """A stained-glass rose window of order 12 in a stone wall."""
    c = Canvas(800, 640)
    xs, ys = c.grid()
    course = np.floor(ys / 46)
    joint = np.minimum(np.abs(ys - np.round(ys / 46) * 46), np.abs((xs + 41 * (course % 2)) % 82 - 41))
    wall = np.clip(0.55 * c.noise(10, seed=1, octaves=4) + 0.45 * c.noise(120, seed=2), 0, 1)
    c.rgb = ramp(wall, ["#4f4a45", "#79716a", "#a59b90"]) * (1 - 0.5 * np.exp(-((joint / 2) ** 2)))[..., None]
    c.shade(np.clip((xs - 300) / 700, 0, 1), 0.5)
    x, y, n = 412.0, 318.0, 12
    stone = ramp(c.noise(6, seed=3, octaves=4), ["#8d8377", "#b4a999", "#d8cdbc"])
    for r, depth in ((292, 1.0), (270, -0.9)):
        c.paint(
            c.mask(disc(x, y, r, n=300)),
            stone,
            relief=12,
            depth=depth,
            shadow=Shadow(6, 9, 9, 0.5) if depth > 0 else None,
        )
    c.paint(c.mask(disc(x, y, 256, n=300)), stone * 0.9, relief=5, depth=0.6)
    sky = np.clip(0.75 + 0.5 * (c.noise(210, seed=8, octaves=3) - 0.5) - (ys - 318) / 900, 0, 1.1)[..., None]
    bubbles = (0.86 + 0.28 * c.noise(5, seed=9, octaves=3))[..., None]

    def glass(panes: list[np.ndarray], color: str, lead: float = 3.0) -> None:
        c.paint(c.mask(*panes), np.clip(rgb(color) * sky * bubbles * 1.15, 0, 1))
        c.paint(c.lines(*panes, width=lead, closed=True), "#15120f")

    def around(outline: object, count: int, first: float = 0.0) -> list[np.ndarray]:
        return [Place(x, y, first + 360 / count * k)(outline) for k in range(count)]

    petal = smooth(both_sides([(0, -232), (24, -222), (38, -196), (32, -158), (20, -112), (9, -84), (0, -80)]))
    inner = smooth(both_sides([(0, -214), (15, -204), (22, -186), (16, -158), (0, -132)]))
    glass(around(petal, n), "#1d4fa8")
    glass(around(inner, n), "#d6342c", 2.4)
    glass(around(disc(0, -182, 8), n), "#ffd65a", 2)
    glass(around(smooth(both_sides([(0, -128), (8, -118), (6, -104), (0, -92)])), n), "#2f9d58", 2)
    glass(around(smooth([(0, -250), (17, -242), (0, -224), (-17, -242)]), n, 15), "#e7a126")
    glass(around(disc(0, -206, 9), n, 15), "#7c3aa8", 2.4)
    glass(around(smooth([(0, -186), (8, -160), (0, -122), (-8, -160)]), n, 15), "#38a6c4", 2)
    glass(around(both_sides([(0, -76), (17, -70), (11, -40), (0, -36)]), n), "#c8452f", 2.6)
    glass([disc(x, y, 34)], "#1d4fa8")
    glass(around(smooth(both_sides([(0, -30), (7, -22), (5, -12), (0, -8)])), n), "#ffd65a", 1.6)
    glass([disc(x, y, 9)], "#f4efe0", 2)
    glow = np.exp(-((np.hypot(xs - x, ys - y) / 150) ** 2))
    c.rgb += (1 - c.rgb) * (0.16 * glow)[..., None]
    axes = []
    for k in range(n):
        a, b = Place(x, y, 15 * k)([(0, -292), (0, 292)])
        axes.append(ReflectionAxis((tuple(map(float, a)), tuple(map(float, b)))))
    return c.finish(seed=41, vignette=0.25), [*axes, RotationCenter(x, y, n)]


def tiles() -> tuple[np.ndarray, list[Shape]]:
    """A wall of eight-pointed star tiles, group p4m: every axis and center that the picture shows."""
    width, height, side, angle = 840, 640, 208.0, 6.0
    origin = Place(417, 322, angle)
    c = Canvas(width, height)
    glaze = c.noise(26, seed=3, octaves=4)[..., None] * 0.3 + 0.84
    c.rgb[:] = rgb("#cfc6b4") * glaze
    reach = range(-4, 5)
    spots = [(i * side, j * side) for i in reach for j in reach]
    holes = [((i + 0.5) * side, (j + 0.5) * side) for i in reach for j in reach]

    def star(radius: float, ratio: float, points: int = 8, first: float = 0.0) -> np.ndarray:
        t = math.radians(first) + np.arange(2 * points) * math.pi / points
        r = np.where(np.arange(2 * points) % 2 == 0, radius, radius * ratio)
        return np.column_stack([r * np.cos(t), r * np.sin(t)])

    def lay(outline: np.ndarray, centers: list[tuple[float, float]], color: str, relief: float = 4.0) -> None:
        for at in centers:
            place = origin(outline + at)
            if (place.max(0) < 0).any() or (place.min(0) > (width, height)).any():
                continue
            c.paint(c.mask(place), rgb(color) * glaze, relief=relief, gloss=0.22)

    tip = side / 2
    khatam = math.cos(math.pi / 4) / math.cos(math.pi / 8)  # two squares, one turned by 45 degrees
    corner = np.array([tip * math.cos(math.pi / 4), tip * math.sin(math.pi / 4)])
    notch = tip * khatam * np.array([math.cos(math.pi / 8), math.sin(math.pi / 8)])
    quarter = np.array([(tip, 0), notch, corner, notch[::-1], (0, tip)]) - tip
    cross = np.vstack([Place(0, 0, -90 * k)(quarter) for k in range(4)])
    lay(cross * 0.95, holes, "#1c6b73")
    lay(star(30, 0.5, 4, 45), holes, "#e9dcc0", 3)
    lay(star(15, 0.55, 4), holes, "#b3402c", 3)
    lay(star(tip * 0.955, khatam), spots, "#f0e6d2")
    lay(star(tip * 0.74, khatam), spots, "#1f3f7d")
    lay(star(tip * 0.6, khatam), spots, "#f0e6d2", 3)
    lay(star(tip * 0.5, 0.62), spots, "#c98a24", 3)
    lay(star(tip * 0.27, khatam, 8, 22.5), spots, "#1c6b73", 3)
    lay(disc(0, 0, 9), spots, "#f7f1e3", 5)
    xs, ys = c.grid()
    c.shade(np.clip(np.hypot(xs - 180, ys - 80) / 900, 0, 1), 0.42, rgb("#0c1016"))
    c.rgb += (1 - c.rgb) * (0.14 * np.exp(-((np.hypot(xs - 210, ys - 110) / 230) ** 2)))[..., None]

    shapes: list[Shape] = []
    far, half = 9 * side, side / 2
    lines = [((k * half, -far), (k * half, far)) for k in range(-8, 9)]
    lines += [((-far, k * half), (far, k * half)) for k in range(-8, 9)]
    lines += [((k * side - far, -far), (k * side + far, far)) for k in range(-4, 5)]
    lines += [((k * side - far, far), (k * side + far, -far)) for k in range(-4, 5)]
    for line in lines:
        a, b = origin(line)
        inside = clip_to_rectangle(tuple(map(float, a)), tuple(map(float, b)), width, height)
        if inside is not None and math.dist(*inside) > side:
            shapes.append(ReflectionAxis(inside))
    middles = [(i * half, j * half) for i in range(-8, 9) for j in range(-8, 9) if (i + j) % 2]
    for local, order in ((spots, 4), (holes, 4), (middles, 2)):
        for px, py in origin(local):
            if 8 < px < width - 8 and 8 < py < height - 8:
                shapes.append(RotationCenter(float(px), float(py), order))
    return c.finish(seed=42, vignette=0.1), shapes


def badge() -> tuple[np.ndarray, list[Shape]]:
    """An enamel badge with the face of a fox, pinned to denim."""
    c = Canvas(720, 640)
    xs, ys = c.grid()
    twill = 0.5 + 0.5 * np.sin((xs + ys * 0.72) * 1.35 + 2 * c.noise(14, seed=2))
    cloth = 0.5 * twill + 0.3 * c.noise(3, seed=3, octaves=2) + 0.3 * c.noise(150, seed=4)
    c.rgb = ramp(np.clip(cloth, 0, 1), ["#141f38", "#2b426d", "#5a769f"])
    seam = np.abs(xs - 642 - 6 * np.sin(ys / 90))
    c.shade(np.exp(-((seam / 7) ** 2)), 0.5, rgb("#0b1222"))
    for shift in (-16, 16):
        stitch = np.exp(-(((seam - 16) / 2.2) ** 2)) * ((ys + shift) % 22 < 14)
        c.shade(stitch * (np.sign(xs - 642) == np.sign(shift)), 0.9, rgb("#d99a4a"))
    place = Place(330, 322, -9, 1.12)
    gold = "#d9b45c"
    # A crest, not a disc: every line through the middle of a disc is an axis of its rim.
    side = [(60, -224), (130, -210), (196, -226), (216, -130), (208, 0), (176, 110), (112, 190), (44, 230)]
    crest = smooth([(0, -206), *side, (0, 246), *mirrored(side)])

    def scaled(size: float) -> np.ndarray:
        return place(crest * (size / 232))

    c.paint(c.mask(scaled(232)), gold, relief=12, gloss=0.5, shadow=Shadow(11, 16, 11, 0.6))
    c.paint(c.mask(scaled(219)), "#16555c", relief=7, depth=-0.7, gloss=0.2)
    for r in (206, 200):
        c.paint(c.mask(scaled(r), holes=[scaled(r - 2)]), gold, relief=2)

    def pair(half: object) -> list[np.ndarray]:
        return [place(half), place(mirrored(half))]

    def enamel(outlines: list[np.ndarray], color: str, relief: float = 9.0) -> None:
        c.paint(c.mask(*outlines), color, relief=relief, depth=0.8, gloss=0.16)
        c.paint(c.lines(*outlines, width=3.4, closed=True), gold, relief=2, gloss=0.3)

    enamel(pair([(36, -92), (148, -176), (152, -40), (110, -30)]), "#d8622a")
    enamel(pair([(74, -88), (132, -142), (134, -62), (108, -52)]), "#2a1d1d", 6)
    face = smooth(both_sides([(0, -104), (60, -92), (112, -44), (146, 22), (104, 66), (58, 104), (26, 150), (0, 168)]))
    enamel([place(face)], "#e5742f", 16)
    enamel(pair(smooth([(20, 40), (66, -4), (136, 16), (104, 64), (58, 102), (26, 146), (6, 150)])), "#f7efe2")
    enamel([place(both_sides([(0, -100), (22, -58), (12, -6), (0, 12)]))], "#f2a65a", 6)
    for sign in (1, -1):
        eye = Place(0, 0)(smooth([(34, 12), (62, -10), (88, -2), (66, 20)])) * (sign, 1)
        enamel([place(eye)], "#14161b", 5)
        c.paint(c.mask(place(disc(sign * 60, 2, 6))), "#f4f4ee")
    nose = smooth(both_sides([(0, 118), (20, 120), (22, 134), (8, 150), (0, 154)]))
    enamel([place(nose)], "#14161b", 7)
    whisker = [place([(s * 40, 96 + k * 14), (s * (92 - 10 * k), 92 + k * 20)]) for s in (1, -1) for k in range(2)]
    c.paint(c.lines(*whisker, width=2), gold)
    a, b = place([(0, -206), (0, 246)])
    return c.finish(seed=43), [ReflectionAxis((tuple(map(float, a)), tuple(map(float, b))))]
