"""A scene in motion with known truth at every moment: a butterfly that flies in turns, a flower that spins.

The "Demo camera" shows it, and what follows symmetries over time is measured on it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.placement import Canvas
from clipsym_core.data.synthesis.procedural import noise_field
from clipsym_core.data.synthesis.scene import Scene
from clipsym_core.data.synthesis.things import Thing, chord, group_shapes, mirror_copy, similarity
from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Point

_SIDE: Final = 320
_PETALS: Final = 5
_BITS: Final = 4  # OpenCV takes fixed-point coordinates with this many binary digits
_LEAST: Final = 64

_WING, _EDGE, _SPOT, _BODY = (232, 126, 34), (60, 34, 22), (250, 226, 160), (34, 26, 24)
_PETAL, _PETAL_EDGE, _VEIN, _HUB = (236, 236, 246), (150, 74, 140), (196, 110, 176), (244, 190, 40)
_GROUND: Final = ((74, 104, 92), (112, 140, 110))


class MovingScene:
    """A butterfly (one mirror axis) and a flower (a center of order 5 with its five axes) on a quiet ground.

    Args:
        size: (width, height) of the pictures, px, both at least 64.
        seed: of the ground.
        pace: 1 = the butterfly turns by 18 degrees a second; 0 = nothing moves.

    Raises:
        InputError: a side that is too small.
    """

    def __init__(self, size: tuple[int, int] = (640, 480), *, seed: int = 0, pace: float = 1.0) -> None:
        if min(size) < _LEAST:
            raise InputError(f"A scene needs sides of at least {_LEAST} px, got {size[0]} x {size[1]}.")
        self.size = size
        self.pace = pace
        self._ground = _ground(size, seed)
        short = min(size[0] / 1.9, size[1])
        # At the size at which they are seen, so that nothing is shrunk with gaps between its samples.
        self._butterfly = _scaled(_butterfly(), 0.56 * short)
        self._flower = _scaled(_flower(), 0.44 * short)

    def at(self, seconds: float) -> Scene:
        """The scene at a moment: the same moment gives the same pixels and the same truth."""
        w, h = self.size
        t = self.pace * seconds
        canvas = Canvas(self._ground.copy())
        where = (w * (0.29 + 0.07 * math.sin(0.7 * t)), h * (0.48 + 0.12 * math.sin(0.43 * t + 1.0)))
        self._paste(canvas, self._butterfly, where, 18.0 * t + 20.0)
        where = (w * (0.76 + 0.04 * math.cos(0.6 * t)), h * (0.5 + 0.16 * math.sin(0.5 * t)))
        self._paste(canvas, self._flower, where, -12.0 * t)
        return Scene(canvas.image, canvas.shapes())

    @staticmethod
    def _paste(canvas: Canvas, thing: Thing, where: Point, turn: float) -> None:
        w, h = thing.size
        canvas.paste(thing, similarity(1.0, turn, (w / 2, h / 2), where))


def _ground(size: tuple[int, int], seed: int) -> Pixels:
    """Two quiet greens that run into each other."""
    w, h = size
    blend = noise_field(np.random.default_rng(seed), max(w, h), 3)[:h, :w, None]
    low, high = (np.array(color, np.float32) for color in _GROUND)
    return np.asarray(low + (high - low) * blend, np.uint8)


def _scaled(thing: Thing, side: float) -> Thing:
    scale = side / max(thing.size)
    w, h = (max(2, round(s * scale)) for s in thing.size)
    rgba = np.asarray(cv2.resize(thing.rgba, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    matrix = [[w / thing.size[0], 0.0, 0.0], [0.0, h / thing.size[1], 0.0]]
    return Thing(rgba, tuple(shape.transformed(matrix) for shape in thing.shapes))


# -- the things, drawn at _SIDE ---------------------------------------------------------------------------------------


def _butterfly() -> Thing:
    """Drawn as its left half; the right one is its mirror image, so the axis is exact."""
    half = np.zeros((_SIDE, _SIDE // 2, 4), np.uint8)
    upper = [(158, 132), (128, 78), (74, 34), (26, 30), (12, 62), (24, 112), (60, 150), (112, 168), (158, 168)]
    lower = [(158, 160), (108, 172), (66, 196), (50, 238), (74, 282), (112, 284), (138, 252), (158, 204)]
    for wing in (upper, lower):
        _polygon(half, _smooth(wing), _EDGE)
        middle = np.mean(wing, axis=0)
        _polygon(half, _smooth([tuple(middle + 0.84 * (np.array(p) - middle)) for p in wing]), _WING)
    for x, y, r in ((46, 66, 15), (82, 108, 12), (78, 246, 14), (106, 214, 9)):
        _disc(half, (x, y), r, _EDGE)
        _disc(half, (x, y), 0.6 * r, _SPOT)
    for a, b in (((150, 150), (60, 80)), ((150, 152), (96, 60)), ((150, 182), (82, 262))):
        _line(half, a, b, 3, _EDGE)
    _polygon(half, _smooth([(160, 112), (150, 124), (147, 170), (150, 226), (160, 250)]), _BODY)
    _line(half, (157, 116), (128, 44), 4, _BODY)
    _disc(half, (127, 42), 6, _BODY)
    rgba = mirror_copy(half)
    axis = chord(rgba[..., 3], (_SIDE / 2, _SIDE / 2), 90.0)
    return Thing(rgba, () if axis is None else (axis,))


def _flower() -> Thing:
    rgba = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    center = (_SIDE / 2, _SIDE / 2)
    for color, share in ((_PETAL_EDGE, 1.0), (_PETAL, 0.86)):
        for k in range(_PETALS):
            _polygon(rgba, _petal(center, 90.0 + k * 360.0 / _PETALS, share), color)
    for k in range(_PETALS):
        turn = math.radians(90.0 + k * 360.0 / _PETALS)
        tip = (center[0] + 112 * math.cos(turn), center[1] - 112 * math.sin(turn))
        _line(rgba, center, tip, 5, _VEIN)
    _disc(rgba, center, 38, _PETAL_EDGE)
    _disc(rgba, center, 31, _HUB)
    angles = tuple((90.0 + k * 180.0 / _PETALS) % 180.0 for k in range(_PETALS))
    return Thing(rgba, group_shapes(rgba[..., 3], center, angles, _PETALS, _SIDE / 2 - 2))


def _petal(center: Point, degrees: float, share: float) -> list[Point]:
    """A drop around a ray from the center; `share` draws its inner part."""
    turn = math.radians(degrees)
    points = []
    for t in np.linspace(0, 2 * math.pi, 60, endpoint=False):
        along = 92 + share * 62 * math.cos(t)
        across = share * 46 * math.sin(t) * (1 + 0.25 * math.cos(t))
        x = along * math.cos(turn) - across * math.sin(turn)
        y = along * math.sin(turn) + across * math.cos(turn)
        points.append((center[0] + x, center[1] - y))
    return points


def _smooth(corners: Sequence[Point]) -> list[Point]:
    """The corners rounded (Chaikin's cutting, three times); first and last stay where they are."""
    points = [(float(x), float(y)) for x, y in corners]
    for _ in range(3):
        cut = [points[0]]
        for (ax, ay), (bx, by) in itertools.pairwise(points):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by), (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        points = [*cut, points[-1]]
    return points


def _fixed(points: list[Point]) -> npt.NDArray[np.int32]:
    return np.asarray(np.round((np.array(points) - 0.5) * 2**_BITS), np.int32)


def _ink(color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    return (*color, 255)


def _polygon(rgba: npt.NDArray[np.uint8], points: list[Point], color: tuple[int, int, int]) -> None:
    cv2.fillPoly(rgba, [_fixed(points)], _ink(color), cv2.LINE_8, _BITS)


def _disc(rgba: npt.NDArray[np.uint8], center: Point, radius: float, color: tuple[int, int, int]) -> None:
    (at,) = _fixed([center]).tolist()
    cv2.circle(rgba, at, round(radius * 2**_BITS), _ink(color), cv2.FILLED, cv2.LINE_8, _BITS)


def _line(rgba: npt.NDArray[np.uint8], a: Point, b: Point, width: int, color: tuple[int, int, int]) -> None:
    first, last = _fixed([a, b]).tolist()
    cv2.line(rgba, first, last, _ink(color), width, cv2.LINE_8, _BITS)
