"""Things that people made: a facade, a wagon wheel, a plate, a guitar, a paper windmill."""

from __future__ import annotations

import math

import cv2
import numpy as np

from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from samples.paint import Canvas, Place, Shadow, band, both_sides, box, disc, noise, ramp, rgb, smooth


def planks(c: Canvas, colors: list[str], *, wide: float, seed: int, upright: bool = True) -> None:
    """Wooden boards over the whole canvas."""
    xs, ys = c.grid()
    across, cell = (xs, (7.0, 260.0)) if upright else (ys, (260.0, 7.0))
    number = np.floor(across / wide)
    tone = np.random.default_rng(seed).uniform(-0.16, 0.16, int(number.max()) + 1)[number.astype(int)]
    grain = c.noise(cell, seed=seed, octaves=4)
    rings = 0.5 + 0.5 * np.sin(grain * 26 + number)
    c.rgb = ramp(np.clip(0.62 * grain + 0.2 * rings + 0.12 + tone, 0, 1), colors)
    gap = np.abs(across - np.round(across / wide) * wide)
    c.shade(np.exp(-((gap / 1.5) ** 2)), 0.75, rgb("#0d0805"))
    c.shade(np.exp(-((gap / 5) ** 2)), 0.25, rgb("#0d0805"))


def facade() -> tuple[np.ndarray, list[Shape]]:
    """A town hall in the morning light, mirrored about its door; trees and clouds are not."""
    c = Canvas(900, 640)
    xs, ys = c.grid()
    mid, ground = 462.0, 560.0
    c.rgb = ramp(np.clip(ys / 460, 0, 1), ["#4f86c6", "#92bbe3", "#d8e8f3"])
    c.shade(np.clip(c.noise((260, 90), seed=3, octaves=5) * 2.6 - 1.35, 0, 1), 0.85, rgb("#ffffff"))
    gravel = ramp(
        np.clip(0.4 * c.noise((40, 8), seed=12) + (ys - ground) / 160, 0, 1), ["#8f877b", "#b7ab98", "#cabda6"]
    )
    c.shade(np.clip((ys - ground + 4) / 2, 0, 1), 1.0, gravel)
    place = Place(mid, ground, scale=0.92)
    stone = ramp(c.noise(7, seed=4, octaves=3), ["#cdb48c", "#dcc7a0", "#e9d9b8"])
    joints = np.minimum(np.abs(ys % 14 - 7), np.abs((xs - mid + 18 * (np.floor(ys / 14) % 2)) % 36 - 18) + 0.2)
    stone = stone * (0.9 + 0.1 * np.clip(joints, 0, 1))[..., None]
    light, dark, roof = "#f1e6cc", "#b39a72", "#7d4a3a"

    def pair(outline: np.ndarray) -> list[np.ndarray]:
        return [place(outline), place(outline * (-1, 1))]

    c.shadow(c.mask(place(box(-350, -300, 350, 0))), Shadow(26, 0, 16, 0.35))
    tiles = ramp(0.5 + 0.3 * np.sin(ys * 1.1) + 0.2 * c.noise(6, seed=7), ["#5f352b", "#8a5342", "#a86a53"])
    for half in pair(np.array([(-366, -296), (-330, -356), (-118, -356), (-118, -296)], float)):
        c.paint(c.mask(half), tiles, relief=5)
    c.paint(c.mask(place(box(-350, -300, 350, 0))), stone, relief=3)
    c.paint(c.mask(place(box(-126, -352, 126, 0))), stone * 1.05, relief=4, shadow=Shadow(9, 3, 6, 0.4))
    c.paint(c.mask(place([(-146, -350), (0, -436), (146, -350)])), light, relief=6, shadow=Shadow(4, 7, 5, 0.35))
    c.paint(c.mask(place([(-112, -358), (0, -422), (112, -358)])), stone, relief=5, depth=-0.6)
    for r, color in ((19, light), (15, "#fbf8ef")):
        c.paint(c.mask(place(disc(0, -382, r))), color, relief=3)
    hands = [place([(0, -382), (0, -393)]), place([(-7, -382), (7, -382)])]
    c.paint(c.lines(*hands, width=1.8), "#2a2320")
    tower = [place(box(-30, -486, 30, -428)), place(box(-36, -492, 36, -484))]
    c.paint(c.mask(tower[0]), stone, relief=3)
    c.paint(c.mask(place([(-40, -490), (0, -560), (40, -490)])), roof, relief=8)
    c.paint(c.mask(tower[1]), light, relief=2)
    c.paint(
        c.mask(place(smooth([(0, -478), (12, -466), (12, -434), (-12, -434), (-12, -466)]))),
        "#3a3836",
        relief=3,
        depth=-1,
    )
    c.paint(c.lines(place([(0, -560), (0, -584)]), width=2.4), "#6a5a2c")
    for y in (-304, -158):
        c.paint(c.mask(place(box(-362, y, 362, y + 11))), light, relief=4, shadow=Shadow(3, 6, 3, 0.4))
    glass = ramp(np.clip((ys - 240) / 300 + 0.3 * c.noise(40, seed=9), 0, 1), ["#a9c9e4", "#5f7f9e", "#2f4357"])

    def window(x: float, y: float, w: float, h: float, *, arch: bool) -> None:
        for sign in (1, -1) if x else (1,):
            cx = sign * x
            top = [(cx + w * math.cos(t), y - h + w * 0.9 * math.sin(-t)) for t in np.linspace(0, math.pi, 22)]
            inner = np.array([(cx + w, y), *(top if arch else [(cx + w, y - h), (cx - w, y - h)]), (cx - w, y)])
            frame = np.array([cx, y - h / 2]) + (inner - (cx, y - h / 2)) * (1.3, 1.14)
            c.paint(c.mask(place(frame)), light, relief=3, shadow=Shadow(2, 3, 2, 0.35))
            c.paint(c.mask(place(inner)), glass, relief=3, depth=-0.8)
            bars = [place([(cx, y), (cx, y - h - (w * 0.8 if arch else 0))])]
            bars += [place([(cx - w, y - h * k), (cx + w, y - h * k)]) for k in (0.36, 0.7)]
            c.paint(c.lines(*bars, width=2), "#f4efe2")
            c.paint(
                c.mask(place(box(cx - w * 1.5, y + 1, cx + w * 1.5, y + 7))),
                light,
                relief=2,
                shadow=Shadow(2, 4, 2, 0.4),
            )

    for x in (170, 232, 294):
        window(x, -182, 16, 74, arch=True)
        window(x, -44, 16, 66, arch=False)
    window(0, -190, 22, 88, arch=True)
    window(74, -190, 17, 80, arch=True)
    window(76, -44, 15, 60, arch=False)
    for x in (112, 40):
        for half in pair(box(x - 7, -150, x + 7, -4)):
            c.paint(c.mask(half), light, relief=7, shadow=Shadow(5, 2, 3, 0.4))
    c.paint(c.mask(place([(-60, -150), (0, -176), (60, -150)])), light, relief=4, shadow=Shadow(3, 5, 3, 0.4))
    door = place(
        [(26, 0), *[(26 * math.cos(t), -92 - 26 * math.sin(t)) for t in np.linspace(0, math.pi, 22)], (-26, 0)]
    )
    c.paint(c.mask(door), "#5a3621", relief=4, depth=-0.9)
    for half in pair(box(3, -84, 21, -8)):
        c.paint(c.mask(half), "#6f472c", relief=4)
    c.paint(c.lines(place([(0, -116), (0, 0)]), width=2), "#24140b")
    for k in range(4):
        c.paint(
            c.mask(place(box(-64 - 12 * k, 2 + 9 * k, 64 + 12 * k, 11 + 9 * k))), dark if k % 2 else light, relief=2
        )
    rng = np.random.default_rng(6)
    for x, y, r, seed in ((70, 452, 76, 1), (846, 486, 60, 2), (20, 520, 44, 3)):
        c.paint(c.mask(band([(x, y + r * 0.4), (x + 3, ground + 16)], r * 0.17)), "#3b2a1c", relief=4)
        leaves = [
            disc(x + rng.normal(0, r * 0.42), y + rng.normal(0, r * 0.36), rng.uniform(7, 17), n=16) for _ in range(90)
        ]
        for part in range(0, 90, 30):
            tone = ramp(
                c.noise(9, seed=20 + seed + part),
                [["#173219", "#2c5128"], ["#274d22", "#447a34"], ["#3d6b2a", "#7ba849"]][part // 30],
            )
            c.paint(
                c.mask(*[o - (part * 0.14, part * 0.2) for o in leaves[part : part + 30]]), tone, relief=6, depth=0.7
            )
    return c.finish(seed=31, vignette=0.12), [ReflectionAxis(((mid, ground - 0.92 * 584), (mid, ground + 0.92 * 38)))]


def wheel() -> tuple[np.ndarray, list[Shape]]:
    """A wagon wheel with ten spokes against a barn wall."""
    c = Canvas(760, 640)
    planks(c, ["#3b1512", "#742a20", "#9c4230", "#b96a4c"], wide=95, seed=2)
    x, y = 372.0, 306.0
    place = Place(x, y, 7)
    n = 10
    wood = ramp(c.noise(9, seed=5, octaves=4), ["#5f4224", "#94703f", "#c19a60"])
    spokes = [
        Place(x, y, 7 + 360 / n * k)([(-7, -52), (-9, -120), (-6.5, -216), (6.5, -216), (9, -120), (7, -52)])
        for k in range(n)
    ]
    ring = c.mask(place(disc(0, 0, 246, n=240)), holes=[place(disc(0, 0, 208, n=240))])
    hub = c.mask(place(disc(0, 0, 62)))
    c.shadow(np.maximum.reduce([ring, hub, c.mask(*spokes)]), Shadow(17, 21, 9, 0.6))
    for spoke in spokes:
        c.paint(c.mask(spoke), wood, relief=8, gloss=0.06)
    c.paint(ring, wood, relief=14, gloss=0.06)
    tire = c.mask(place(disc(0, 0, 255, n=240)), holes=[place(disc(0, 0, 241, n=240))])
    c.paint(tire, ramp(c.noise(4, seed=8), ["#2a2a2e", "#4d4a4a"]), relief=6, gloss=0.3)
    bolts = [Place(x, y, 7 + 360 / n * k)(disc(0, -227, 5.5)) for k in range(n)]
    for bolt in bolts:
        c.paint(c.mask(bolt), "#35343a", relief=5, gloss=0.5, shadow=Shadow(2, 2, 2, 0.5))
    c.paint(hub, wood, relief=22, shadow=Shadow(5, 7, 5, 0.5))
    c.paint(c.mask(place(disc(0, 0, 40)), holes=[place(disc(0, 0, 30))]), "#3a3a40", relief=5, gloss=0.4)
    c.paint(c.mask(place(disc(0, 0, 22))), "#2b2b30", relief=12, gloss=0.5)
    ys = c.grid()[1]
    straw = np.clip((ys - 592 - 16 * c.noise(20, seed=9)) / 8, 0, 1)
    c.shade(straw, 1.0, ramp(c.noise((30, 3), seed=10), ["#6e5424", "#b8923f", "#e3c777"]))
    axes = []
    for k in range(n):
        a, b = Place(x, y, 7 + 180 / n * k)([(0, -255), (0, 255)])
        axes.append(ReflectionAxis((tuple(map(float, a)), tuple(map(float, b)))))
    return c.finish(seed=32), [*axes, RotationCenter(x, y, n)]


def plate() -> tuple[np.ndarray, list[Shape]]:
    """A glazed plate on a checked cloth, with a fork and a knife: the plate is symmetric about every diameter."""
    c = Canvas(820, 620)
    xs, ys = c.grid()
    t = math.radians(31)
    u, v = xs * math.cos(t) - ys * math.sin(t), xs * math.sin(t) + ys * math.cos(t)
    check = (np.sin(u / 17) > 0).astype(np.float32) + (np.sin(v / 17) > 0)
    weave = 0.5 + 0.25 * np.sin(u * 2.4) + 0.25 * np.sin(v * 2.4)
    c.rgb = (
        ramp(cv2.GaussianBlur(check, (0, 0), 1.2) / 2, ["#f3ece0", "#d98a84", "#b3403f"])
        * (0.86 + 0.14 * weave)[..., None]
    )
    c.shade(c.noise(220, seed=3, octaves=3), 0.25, rgb("#2a1512"))
    x, y = 398.0, 308.0

    def ring(outer: float, inner: float) -> np.ndarray:
        return c.mask(disc(x, y, outer, n=260), holes=[disc(x, y, inner, n=260)])

    c.paint(c.mask(disc(x, y, 232, n=260)), "#eef0ee", relief=16, gloss=0.15, shadow=Shadow(13, 18, 14, 0.55))
    c.paint(ring(226, 214), "#1f4f86", relief=2)
    c.paint(ring(208, 204), "#c89b3c", relief=2, gloss=0.2)
    c.paint(ring(176, 150), "#2f6ea8", relief=8, gloss=0.1)
    c.paint(c.mask(disc(x, y, 150, n=260)), "#f4f5f2", relief=34, depth=-0.5, gloss=0.12)
    for r, color in ((112, "#2f6ea8"), (106, "#f1f2ef"), (34, "#c89b3c"), (28, "#f1f2ef"), (18, "#1f4f86")):
        c.paint(c.mask(disc(x, y, r, n=200)), color)
    metal = ramp(c.noise((4, 90), seed=6), ["#8d9299", "#c5c9ce", "#eef1f3"])
    fork = Place(94, 318, 4)
    tines = [
        fork(smooth([(k - 3.4, -60), (k - 3.4, -164), (k, -172), (k + 3.4, -164), (k + 3.4, -60)]))
        for k in (-18, -6, 6, 18)
    ]
    handle = fork(
        smooth([(-22, -84), (22, -84), (20, -40), (5, -8), (9, 160), (0, 176), (-9, 160), (-5, -8), (-20, -40)])
    )
    c.paint(c.mask(*tines, handle), metal, relief=5, gloss=0.35, shadow=Shadow(6, 8, 5, 0.5))
    knife = Place(716, 306, -5)
    c.paint(
        c.mask(knife(smooth([(-12, 20), (-13, -120), (0, -178), (13, -150), (13, 20), (9, 150), (0, 172), (-9, 150)]))),
        metal, relief=5, gloss=0.35, shadow=Shadow(6, 8, 5, 0.5),
    )  # fmt: skip
    return c.finish(seed=33), [ReflectionEllipse(x, y, 232.0, 232.0, 0.0), RotationCenter(x, y, 0)]


def guitar() -> tuple[np.ndarray, list[Shape]]:
    """A guitar lying askew on a rug: an oblique axis."""
    c = Canvas(900, 620)
    xs, ys = c.grid()
    stripes = 0.5 + 0.5 * np.sin(ys / 11 + 0.8 * np.sin(xs / 23))
    pile = c.noise(2.2, seed=2, octaves=2)
    c.rgb = ramp(np.clip(0.66 * stripes + 0.3 * pile, 0, 1), ["#1f2b45", "#36507a", "#7d8fa8", "#d9d3bf"])
    c.shade(c.noise(260, seed=5, octaves=3), 0.4, rgb("#10131c"))
    place = Place(330, 356, -58, 1.18)
    half = smooth(
        [(0, -124), (52, -120), (80, -88), (76, -48), (62, -20), (72, 14), (104, 56), (108, 112), (72, 150), (0, 160)],
        closed=False,
    )
    body = place(both_sides(half))
    t = math.radians(-58)
    u, v = (
        ((xs - 330) * math.cos(t) - (ys - 356) * math.sin(t)) / 1.18,
        ((xs - 330) * math.sin(t) + (ys - 356) * math.cos(t)) / 1.18,
    )
    grain = cv2.remap(noise(900, 400, (5, 220), seed=9), np.abs(u) + 30, v + 400, cv2.INTER_LINEAR)
    edge = np.clip(np.hypot(u / 108, (v - 14) / 150), 0, 1) ** 2.5
    top = ramp(np.clip(0.75 * (1 - edge) + 0.35 * grain, 0, 1), ["#4a1609", "#9a4316", "#d98a33", "#f2c877"])
    c.paint(c.mask(body), "#3a1a0d", relief=9, shadow=Shadow(15, 21, 13, 0.6))
    middle = place([(0, 14)])[0]
    c.paint(c.mask(middle + (body - middle) * 0.962), top, relief=16, depth=0.5, gloss=0.12)
    neck = place(both_sides([(0, -330), (13, -330), (16, -60), (0, -60)]))
    head = place(
        both_sides(smooth([(0, -424), (15, -420), (25, -398), (22, -350), (13, -326), (0, -324)], closed=False))
    )
    for r, color in ((38, "#2b120a"), (35, "#caa15a"), (32, "#2b120a")):
        c.paint(c.mask(place(disc(0, -28, r))), color)
    c.paint(c.mask(place(disc(0, -28, 29))), "#0c0605", relief=8, depth=-1)
    c.paint(c.mask(head), "#5a2c16", relief=6, gloss=0.15, shadow=Shadow(10, 14, 8, 0.55))
    c.paint(c.mask(neck), "#231510", relief=5, gloss=0.1, shadow=Shadow(9, 12, 7, 0.5))
    frets = [place([(-13, y), (13, y)]) for y in (-326 + 420 * (1 - 0.944**k) for k in range(1, 17))]
    c.paint(c.lines(*frets, width=1.3), "#b9b29c")
    for y in (-268, -232, -200, -172, -124):
        c.paint(c.mask(place(disc(0, y, 3.4))), "#f4efdf")
    c.paint(c.mask(place(box(-48, 84, 48, 100))), "#2a130b", relief=6, shadow=Shadow(4, 5, 3, 0.5))
    c.paint(c.mask(place(box(-36, 86, 36, 91))), "#efe6cf", relief=2)
    for x, y in ((23, -402), (24, -380), (23, -356)):
        for sign in (1, -1):
            c.paint(
                c.mask(place(disc(sign * (x + 7), y, 8, 5))),
                "#d9c79a",
                relief=4,
                gloss=0.4,
                shadow=Shadow(3, 4, 3, 0.5),
            )
    strings = [place([(k * 2.2, -326), (k * 4.6, 88)]) for k in (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)]
    c.shade(c.lines(*[s + (2, 3) for s in strings], width=1), 0.35)
    c.paint(c.lines(*strings, width=1), "#e9e3d2")
    a, b = place([(0, -424), (0, 160)])
    return c.finish(seed=34), [ReflectionAxis((tuple(map(float, a)), tuple(map(float, b))))]


def windmill() -> tuple[np.ndarray, list[Shape]]:
    """A paper windmill of six sails before the sky: it turns into itself, and no mirror does that."""
    c = Canvas(720, 640)
    xs, ys = c.grid()
    c.rgb = ramp(np.clip(ys / 640, 0, 1), ["#3f8fd2", "#8cc4ea", "#dff0f7"])
    c.shade(np.clip(c.noise((240, 90), seed=21, octaves=5) * 2.6 - 1.3, 0, 1), 0.9, rgb("#ffffff"))
    x, y, n = 352.0, 268.0, 6
    c.paint(c.mask(box(x - 6, y, x + 6, 640)), ramp(c.noise((3, 80), seed=4), ["#b98d55", "#e2bd85"]), relief=6)
    hills = 566 + 26 * np.sin(xs / 120) + 12 * c.noise(40, seed=6)
    c.shade(np.clip((ys - hills) * 2, 0, 1), 1.0, ramp(c.noise((3, 14), seed=7), ["#3c7a35", "#77ad4a", "#a8cf6a"]))
    sail = smooth([(0, 0), (34, -70), (40, -150), (8, -226), (-66, -206), (-60, -150), (-26, -70)], steps=20)
    fold = np.array([(0, 0), (8, -226), (-66, -206), (-26, -90)], float)
    colors = (("#d8352f", "#f7a49a"), ("#f4b61f", "#fde7a3"))
    c.shadow(np.maximum.reduce([c.mask(Place(x, y, 12 + 60 * k)(sail)) for k in range(n)]), Shadow(10, 14, 8, 0.3))
    for k in range(n):
        place = Place(x, y, 12 + 60 * k)
        c.paint(c.mask(place(sail)), colors[0][0], relief=14, depth=0.6, shadow=Shadow(3, 4, 4, 0.25))
        c.paint(c.mask(place(fold)), colors[0][1], relief=6, depth=0.4, shadow=Shadow(3, 4, 4, 0.3))
        for at in (0.45, 0.62, 0.79):
            c.paint(c.mask(place(disc(16 * at + 8, -206 * at, 6))), colors[1][1])
    c.paint(c.mask(disc(x, y, 17)), "#f7f2e4", relief=10, gloss=0.4, shadow=Shadow(3, 4, 3, 0.5))
    return c.finish(seed=35, vignette=0.08), [RotationCenter(x, y, n)]
