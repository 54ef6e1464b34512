"""A picture, or a part of it, as grey working pixels of bounded size, and exact sampling from it.

Everything that looks at pixel evidence (strips, polar rings, self-convolutions) samples from a `Canvas`: the part of
the picture that matters, in grey, brought by area averaging to the resolution that the question needs. Coordinates
stay those of the picture; the canvas knows how to get to its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Map, Pixels

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in picture px, x1 > x0 and y1 > y0."""


_OPPONENTS = np.array([[0.5, -0.5, 0.0], [0.25, 0.25, -0.5]], np.float32)
"""Red against green and yellow against blue, weighed so that a camera's noise in them is as strong as in grey."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Grey working pixels [h, w] float32 (0..255) of the rectangle `box` of a picture.

    A picture point (x, y) lies at canvas point ((x - x0) * sx, (y - y0) * sy), both with pixel centers at +0.5.
    `opponents` [h, w, 2] is what tells colors of one grey apart, where it was asked for (see `make_canvas`).
    """

    pixels: Map
    x0: float
    y0: float
    sx: float
    sy: float
    opponents: Map | None = None

    @property
    def scale(self) -> float:
        """Canvas px for one picture px (mean of both directions, which differ by rounding only)."""
        return math.sqrt(self.sx * self.sy)

    @property
    def planes(self) -> Map:
        """Grey and the two opponent colors [h, w, 3] float32; these are 0 where they were not asked for."""
        colors = np.zeros((*self.pixels.shape, 2), np.float32) if self.opponents is None else self.opponents
        planes: Map = np.dstack([self.pixels, colors])
        return planes

    @property
    def width(self) -> float:
        """Width of the rectangle in picture px."""
        return self.pixels.shape[1] / self.sx

    @property
    def height(self) -> float:
        """Height of the rectangle in picture px."""
        return self.pixels.shape[0] / self.sy

    def sample(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], source: Map | None = None) -> Map:
        """Values at picture points x, y (any equal shapes [a, b]), bilinear, the border repeated outside.

        `source` takes the place of the grey pixels: [h, w] or [h, w, C] of the canvas's own size.
        """
        u = ((x - self.x0) * self.sx - 0.5).astype(np.float32)
        v = ((y - self.y0) * self.sy - 0.5).astype(np.float32)
        values: Map = cv2.remap(
            self.pixels if source is None else source, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return values

    def inside(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which picture points lie on the canvas's rectangle."""
        u, v = (x - self.x0) * self.sx, (y - self.y0) * self.sy
        mask: npt.NDArray[np.bool_] = (u >= 0) & (u <= self.pixels.shape[1]) & (v >= 0) & (v <= self.pixels.shape[0])
        return mask


def make_canvas(
    image: Pixels, *, box: Box | None = None, scale: float = 1.0, max_side: int | None = None, color: bool = False
) -> Canvas:
    """Cut `box` (default: all) out of an RGB picture [H, W, 3] uint8 and bring it to `scale` (never above 1).

    `max_side` bounds the longer side of the canvas further, so the work does not grow with the picture. `color` keeps
    the opponent colors as well.

    Raises:
        InputError: not an RGB uint8 picture, or a box that does not touch it.
    """
    check_image(image)
    h, w = image.shape[:2]
    x0, y0, x1, y1 = (0.0, 0.0, float(w), float(h)) if box is None else box
    left, top = max(math.floor(x0), 0), max(math.floor(y0), 0)
    right, bottom = min(math.ceil(x1), w), min(math.ceil(y1), h)
    if left >= right or top >= bottom:
        raise InputError(
            f"The box {x0:.0f}, {y0:.0f} to {x1:.0f}, {y1:.0f} does not touch the picture.",
            f"The picture is {w} x {h} px.",
            "Give a box that lies on the picture.",
        )
    part = image[top:bottom, left:right]
    scale = min(scale, 1.0)
    if max_side is not None:
        scale = min(scale, max_side / max(part.shape[:2]))
    size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
    if size != (part.shape[1], part.shape[0]):
        # Shrinking first leaves fewer pixels to turn grey. Area averaging treats both directions of both sides alike.
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY).astype(np.float32)
    opponents = cv2.transform(part.astype(np.float32), _OPPONENTS) if color else None
    return Canvas(grey, float(left), float(top), size[0] / (right - left), size[1] / (bottom - top), opponents)


def check_image(image: Pixels) -> None:
    """Raises InputError unless `image` is a picture [H, W, 3] uint8 with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InputError(
            "The picture has the wrong form.",
            f"Expected RGB pixels [H, W, 3] uint8, got {image.dtype} {list(image.shape)}.",
            "Read pictures with clipsym_core.imaging.read_image.",
        )


def local_contrast(grey: Map, sigma: float, floor: float = 6.0) -> Map:
    """Grey values with the surroundings' mean taken off and divided by their spread: [h, w] float32, about -3..3.

    Takes out shading, exposure and contrast (Gaussian surroundings of `sigma` px, so no direction is preferred);
    `floor` (grey levels) keeps noise in flat parts small.
    """
    mean = cv2.GaussianBlur(grey, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    rest = grey - mean
    spread = cv2.GaussianBlur(rest * rest, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    contrast: Map = rest / np.sqrt(spread + floor * floor)
    return contrast


def gradient(grey: Map) -> tuple[Map, Map]:
    """Derivatives (d/dx, d/dy) for one px, by the 3 x 3 Scharr kernel, which hardly prefers a direction."""
    gx: Map = cv2.Scharr(grey, cv2.CV_32F, 1, 0, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    gy: Map = cv2.Scharr(grey, cv2.CV_32F, 0, 1, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    return gx, gy
