"""Living things and landscapes: a butterfly, a starfish, a lake with its reflection, dunes (no symmetry)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape
from samples.paint import (
    SUPERSAMPLING,
    Canvas,
    Place,
    Shadow,
    band,
    both_sides,
    disc,
    mirrored,
    noise,
    ramp,
    rgb,
    smooth,
)


def axis(place: Place, a: tuple[float, float], b: tuple[float, float]) -> ReflectionAxis:
    """An axis between two local points."""
    return ReflectionAxis(tuple((float(x), float(y)) for x, y in place([a, b])))


def _slope(profile: np.ndarray, sigma: float) -> np.ndarray:
    """Steepness of a skyline, smoothed over `sigma` samples."""
    soft = cv2.GaussianBlur(profile[None].astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REFLECT)[0]
    return np.gradient(soft)


def butterfly() -> tuple[np.ndarray, list[Shape]]:
    """A butterfly on a blurred meadow; its body is the axis, a little off the vertical."""
    c = Canvas(840, 640)
    blur = cv2.GaussianBlur(c.noise(150, seed=3, octaves=3), (0, 0), 25)
    c.rgb = ramp(np.clip((blur - 0.3) * 2.2, 0, 1), ["#1d3d22", "#3f6b33", "#86a44d", "#cfd38a"])
    rng = np.random.default_rng(11)
    for _ in range(26):  # lights out of focus
        x, y, r = rng.uniform(0, 840), rng.uniform(0, 640), rng.uniform(14, 46)
        spot = cv2.GaussianBlur(c.mask(disc(x, y, r)), (0, 0), 5)
        c.shade(spot, rng.uniform(0.05, 0.2), ramp(np.array(rng.uniform()), ["#f3f0c0", "#ffffff", "#d6e6a0"]))
    leaf = Place(430, 420, -24)
    blade = leaf(smooth([(-470, 40), (-250, -150), (60, -190), (380, -90), (560, 60), (300, 190), (-120, 210)]))
    tint = ramp(np.clip(c.noise(60, seed=5) * 1.2, 0, 1), ["#2c6a2c", "#4b8f3a", "#6aa747"])
    c.paint(c.mask(blade), tint, relief=60, depth=0.5, shadow=Shadow(14, 22, 22, 0.45))
    veins = [leaf(smooth([(-460, 40), (0, 10), (540, 50)], closed=False))]
    for k in range(-4, 5):
        for side in (-1, 1):
            rib = [
                (k * 95, 12),
                (k * 95 + 30, 10 + side * 52),
                (k * 95 + 74, 10 + side * 112),
                (k * 95 + 132, side * 200),
            ]
            veins.append(leaf(smooth(rib, closed=False)))
    inside = c.mask(blade)
    c.shade(c.lines(*veins, width=2.2) * inside, 0.35, rgb("#c5d98c"))

    place = Place(410, 318, 11, 1.28)
    fore = smooth([(6, -40), (60, -118), (140, -162), (205, -150), (208, -100), (178, -42), (120, -6), (40, 4)])
    hind = smooth([(5, -4), (70, 0), (130, 22), (152, 70), (128, 122), (84, 148), (52, 118), (20, 52)])
    wings = [place(w) for half in (hind, fore) for w in (half, mirrored(half))]
    c.shadow(c.mask(*wings), Shadow(16, 26, 15, 0.5))
    xs, ys = c.grid()
    t = math.radians(place.angle)
    u = ((xs - place.x) * math.cos(t) - (ys - place.y) * math.sin(t)) / place.scale
    v = ((xs - place.x) * math.sin(t) + (ys - place.y) * math.cos(t)) / place.scale
    dust = noise(400, 400, 14, seed=8)  # looked up at |u|, so both wings wear the same dust
    speckle = cv2.remap(dust, np.abs(u) + 20, v + 200, cv2.INTER_LINEAR)
    reach = np.clip(np.hypot(u, v * 1.1) / 215 + (speckle - 0.5) * 0.25, 0, 1)
    glow = ramp(reach, ["#fff0a8", "#ffc22e", "#f5861f", "#d4471c", "#8d1d1d"])
    for half, center in ((hind, (58, 44)), (fore, (92, -72))):
        for sign in (1, -1):
            outline = half * (sign, 1)
            c.paint(c.mask(place(outline)), "#17110f", relief=7)
            middle = np.array(center) * (sign, 1)
            c.paint(c.mask(place(middle + (outline - middle) * 0.86)), glow, relief=10, depth=0.35, gloss=0.05)
    ribs, spots = [], []
    for sign in (1, -1):
        for target in ((150, -160), (196, -140), (204, -104), (184, -56), (140, -14)):
            bend = (target[0] * 0.5 * sign, target[1] * 0.62 - 4)
            ribs.append(place(smooth([(6 * sign, -26), bend, (target[0] * sign, target[1])], closed=False)))
        for target in ((118, 18), (148, 62), (132, 116), (90, 146), (56, 118)):
            bend = (target[0] * 0.55 * sign, target[1] * 0.45 + 4)
            ribs.append(place(smooth([(6 * sign, 6), bend, (target[0] * sign, target[1])], closed=False)))
        spots += [(sign * x, y) for x, y in ((186, -136), (199, -110), (193, -82), (176, -58), (166, -150))]
    c.shade(c.lines(*ribs, width=2.4), 0.8, rgb("#1c1210"))
    for x, y in spots:
        c.paint(c.mask(place(disc(x, y, 5.5, 4))), "#fff6dd")
    for sign in (1, -1):  # the eyes of the wings
        for x, y, r in ((92, 88, 21), (120, -96, 18)):
            rings = ((1.0, "#1a1313"), (0.8, "#2f6fb8"), (0.52, "#111018"), (0.26, "#f4f6ff"))
            for share, color in rings:
                c.paint(c.mask(place(disc(sign * x, y, r * share))), color)
    feelers = [
        place(smooth([(3 * s, -70), (14 * s, -104), (38 * s, -140), (52 * s, -150)], closed=False)) for s in (1, -1)
    ]
    c.paint(c.lines(*feelers, width=2.6), "#1b1412")
    for s in (1, -1):
        c.paint(c.mask(place(disc(52 * s, -150, 4.5))), "#1b1412", relief=3)
    body = smooth(both_sides([(0, -82), (8, -72), (9, -52), (12, -34), (11, -8), (8, 30), (5, 70), (0, 92)]))
    fur = ramp(speckle, ["#1b1411", "#3a2a20", "#6d523a"])
    c.paint(c.mask(place(body)), fur, relief=11, gloss=0.15, shadow=Shadow(5, 7, 5, 0.5))
    return c.finish(seed=21), [axis(place, (0, -152), (0, 150))]


def starfish() -> tuple[np.ndarray, list[Shape]]:
    """A five-armed starfish on wet sand with shells and a line of foam."""
    c = Canvas(800, 640)
    xs, ys = c.grid()
    ripple = np.sin((ys + 26 * c.noise(160, seed=2)) / 9.5) * 0.5 + 0.5
    sand = 0.45 * c.noise(3.2, seed=1, octaves=2) + 0.35 * c.noise(180, seed=4) + 0.2 * ripple
    c.rgb = ramp(np.clip(sand, 0, 1), ["#8f6f4a", "#c19a68", "#dcbd8b", "#efdcb4"])
    wave = 590 + 46 * np.sin(xs / 150 + 0.6) + 30 * c.noise(60, seed=9) - xs * 0.16
    water = np.clip((ys - wave) / 26, 0, 1)
    c.shade(water, 0.62, rgb("#4f97a3"))
    foam = np.exp(-(((ys - wave) / 9) ** 2)) * np.clip(c.noise(10, seed=12) * 1.8 - 0.2, 0, 1)
    c.shade(np.clip(foam, 0, 1), 0.95, rgb("#fbfdfb"))
    rng = np.random.default_rng(5)
    for _ in range(120):
        x, y, r = rng.uniform(0, 800), rng.uniform(0, 560), rng.uniform(1.5, 5)
        stone = disc(x, y, r, r * rng.uniform(0.6, 1), angle=rng.uniform(0, 180), n=24)
        color = ramp(np.array(rng.uniform()), ["#5d5148", "#9b8d7c", "#e8dfd0", "#b98f73"])
        c.paint(c.mask(stone), color, relief=r, shadow=Shadow(r * 0.4, r * 0.5, r * 0.4, 0.4))

    place = Place(392, 282, 17)
    arm = [(0, -232), (17, -212), (25, -168), (36, -112), (58, -80)]
    outline = []
    for k in range(5):
        turn = Place(0, 0, 72 * k)
        outline += [turn(p)[0] for p in [*[(-x, y) for x, y in arm[:0:-1]], *arm]]
    # Points run counter-clockwise arm by arm, each arm from its left side over the tip to its right side.
    order = sorted(outline, key=lambda p: math.atan2(p[1], p[0]))
    body = smooth(np.array(order), steps=8)
    skin = ramp(c.noise(5, seed=31, octaves=3), ["#a7341d", "#d9582b", "#f08a4b"])
    c.paint(c.mask(place(body)), skin, relief=46, depth=0.75, gloss=0.1, shadow=Shadow(10, 15, 10, 0.55))
    for k in range(5):
        turn = Place(0, 0, 72 * k)
        for row, start in ((0, 14), (1, 40), (2, 66)):
            for step in range(9 - 2 * row):
                y = -(start + 22 * step + 10)
                x = row * (17 - step * 1.15)
                for sx in (1, -1) if row else (1,):
                    r = 4.6 - 0.25 * step - 0.5 * row
                    at = place(turn([(sx * x, y)])[0])[0]
                    c.paint(c.mask(disc(*at, r, n=28)), "#ffd9a6", relief=r, depth=0.9)
    c.paint(c.mask(place(disc(0, 0, 7))), "#ffe3ba", relief=7)
    axes = []
    for k in range(5):
        turn = Place(0, 0, 72 * k)
        tip, notch = turn([(0, -232)])[0], turn([(0, 99)])[0]
        axes.append(axis(place, tuple(tip), tuple(notch)))
    return c.finish(seed=22), [*axes, RotationCenter(392.0, 282.0, 5)]


def lake() -> tuple[np.ndarray, list[Shape]]:
    """Mountains over a still lake: the water line is the axis."""
    width, height, line = 900, 620, 318
    c = Canvas(width, height)
    upper = Canvas(width, line)
    xs, ys = upper.grid()
    upper.rgb = ramp(np.clip(ys / line, 0, 1), ["#2f4f86", "#6f8fc0", "#f2b58c", "#ffe2b0"])
    clouds = np.clip(upper.noise((230, 46), seed=14, octaves=5) * 2.4 - 1.25, 0, 1) * np.clip(1 - ys / 230, 0, 1)
    upper.shade(clouds, 0.75, rgb("#fff2e6"))
    sun = np.hypot(xs - 640, ys - 196)
    upper.shade(np.exp(-((sun / 90) ** 2)), 0.55, rgb("#fff1c9"))
    upper.shade(np.clip(27 - sun, 0, 1), 1.0, rgb("#fffbe8"))
    columns = np.arange(width * SUPERSAMPLING) / SUPERSAMPLING

    def ridge(base: float, tall: float, cell: float, seed: int) -> np.ndarray:
        profile = noise(1, len(columns), (cell * SUPERSAMPLING, 1), seed=seed, octaves=6)[0]
        return base - tall * profile

    bumps = upper.noise(26, seed=40, octaves=5)
    for base, tall, cell, seed, colors in (
        (300, 210, 210, 7, ["#8c9cc2", "#b5bad4"]),
        (318, 205, 170, 28, ["#4c5b82", "#8590b0"]),
        (330, 130, 120, 33, ["#27374f", "#4a5a70"]),
    ):
        top = ridge(base, tall, cell, seed)
        mask = np.clip((ys - top[None]) * SUPERSAMPLING, 0, 1)
        slope = np.clip(0.5 + _slope(top, 9)[None] * 0.5 + (bumps - 0.5), 0, 1)
        color = ramp(slope, colors)
        if seed != 33:
            snow = np.clip((base - tall * 0.5 - ys) / 20 + (bumps - 0.5) * 5, 0, 1) * np.clip(slope * 2.2, 0.25, 1)
            color = color * (1 - snow[..., None]) + rgb("#f3f5fb") * snow[..., None]
        upper.paint(mask, color)
    shore = ridge(line + 2, 26, 50, 3)
    upper.paint(np.clip((ys - shore[None]) * SUPERSAMPLING, 0, 1), "#15231d")
    rng = np.random.default_rng(4)
    for _ in range(46):
        x = rng.uniform(0, 900) if rng.uniform() < 0.4 else rng.choice([rng.normal(120, 60), rng.normal(820, 50)])
        tall = rng.uniform(20, 64)
        foot = line - rng.uniform(2, 8)
        tree = both_sides(
            [
                (0, -tall),
                *[(tall * 0.05 * k + (2 if k % 2 else 0), -tall + tall * 0.16 * k) for k in range(1, 7)],
                (0, 0),
            ]
        )
        upper.paint(upper.mask(Place(x, foot)(tree)), ramp(np.array(rng.uniform()), ["#0e1a15", "#1d3127"]))
    s = SUPERSAMPLING
    c.rgb[: line * s] = upper.rgb
    depth = (height - line) * s
    rows, cols = np.mgrid[:depth, : width * s].astype(np.float32)
    near = rows / depth
    wobble = (noise(depth, width * s, (90, 7), seed=50, octaves=3) - 0.5) * (3 + 26 * near**1.6)
    source_y = np.clip(line * s - 1 - rows + wobble * 0.7, 0, line * s - 1)
    water = cv2.remap(
        upper.rgb, cols + wobble, source_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    water = cv2.GaussianBlur(water, (0, 0), sigmaX=1.0, sigmaY=2.2)
    tone = (0.84 - 0.2 * near)[..., None]
    c.rgb[line * s :] = water * tone + rgb("#10263c") * (1 - tone) * 0.9
    glint = np.exp(-(((np.arange(depth) / s) / 1.6) ** 2))[:, None, None] * 0.18
    c.rgb[line * s :] += (1 - c.rgb[line * s :]) * glint
    return c.finish(seed=23), [ReflectionAxis(((0.0, float(line)), (float(width), float(line))))]


def dunes() -> tuple[np.ndarray, list[Shape]]:
    """Dunes at dusk with one bent tree: nothing here is symmetric."""
    c = Canvas(840, 600)
    xs, ys = c.grid()
    c.rgb = ramp(
        np.clip(ys / 330 + 0.12 * c.noise((300, 60), seed=6), 0, 1), ["#33466f", "#8a83a8", "#e7a78a", "#f7d7a2"]
    )
    streaks = np.clip(c.noise((260, 24), seed=8, octaves=4) * 2.3 - 1.2, 0, 1) * np.clip(1 - ys / 300, 0, 1)
    c.shade(streaks, 0.5, rgb("#ffd9c2"))
    columns = np.arange(c.shape[1]) / SUPERSAMPLING
    layers = (
        (300, 60, 0.011, 0.4, ["#b9785f", "#e8b084"]),
        (372, 74, 0.0077, 2.1, ["#8f4f3c", "#d68e5e"]),
        (470, 96, 0.0052, 4.0, ["#6c3428", "#c47646"]),
    )
    for k, (base, tall, frequency, phase, colors) in enumerate(layers):
        crest = (
            base + tall * np.sin(columns * frequency + phase) * np.cos(columns * frequency * 0.43 + k) + columns * 0.03
        )
        crest += 9 * noise(1, len(columns), (90, 1), seed=60 + k)[0]
        mask = np.clip((ys - crest[None]) * SUPERSAMPLING, 0, 1)
        below = (ys - crest[None]) / 120
        lit = np.clip(0.62 + _slope(crest, 50)[None] * 1.6 - below * 0.35, 0, 1)
        wind = 0.12 * np.sin((ys * 1.6 + xs * 0.35 + 30 * c.noise(120, seed=70 + k)) / (2.4 + k))
        c.paint(mask, ramp(np.clip(lit + wind * np.clip(below * 3, 0, 1), 0, 1), colors))
    trunk = smooth([(612, 428), (606, 372), (622, 330), (652, 292), (690, 268)], closed=False)
    branches = [
        band(trunk, np.linspace(15, 3, len(trunk))),
        *(
            band(line, np.linspace(6, 1.5, len(line)))
            for line in (
                smooth([(614, 350), (588, 318), (548, 304)], closed=False),
                smooth([(628, 322), (640, 280), (632, 246)], closed=False),
                smooth([(650, 294), (700, 300), (738, 286)], closed=False),
            )
        ),
    ]
    c.paint(c.mask(*branches), "#1f1512", relief=4)
    rng = np.random.default_rng(17)
    for _ in range(420):
        hub = [(548, 300), (634, 240), (694, 262), (742, 282), (668, 270)][rng.integers(5)]
        x, y = hub[0] + rng.normal(6, 26), hub[1] + rng.normal(-4, 13)
        leaf = disc(x, y, rng.uniform(2, 5), rng.uniform(1, 2.4), angle=rng.uniform(0, 180), n=14)
        c.paint(c.mask(leaf), ramp(np.array(rng.uniform()), ["#1c2a1a", "#3e4a24", "#6e6a2f"]))
    return c.finish(seed=24), []
