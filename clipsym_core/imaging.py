"""Pictures in, letterboxed pictures out: the one place where files become pixels and pixels become network input.

Pixels are numpy arrays [H, W, 3], uint8, RGB, after EXIF rotation. Coordinates: see `clipsym_core.symmetry`.
"""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from clipsym_core.errors import ImageReadError, InputError
from clipsym_core.symmetry import Affine, Points, as_affine, transform_points

Pixels: TypeAlias = npt.NDArray[np.uint8]
Map: TypeAlias = npt.NDArray[np.float32]

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
MAX_SIDE = 32_767
"""Longest side, px, that OpenCV's warps and Qt's painters handle."""
MAX_PIXELS = 400_000_000
"""Largest area; 1.2 GB as RGB bytes."""

_STRETCH_PERCENTILES = (0.5, 99.5)
_EXIF_ORIENTATION = 0x0112
_ALPHA_BACKGROUND = 255
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_MAGIC = (b"II*\0", b"MM\0*")
_REMEDY = "Open it in an image editor and save it again as PNG or JPEG."
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError,
           RuntimeError, struct.error, zlib.error, cv2.error)  # fmt: skip
"""What Pillow's decoders raise on damaged files, depending on the format and the place of the damage."""
_pillow_limit = threading.Lock()


def read_image(path: str | Path) -> Pixels:
    """Read a picture as [H, W, 3] uint8 RGB with its EXIF rotation applied once.

    Grey becomes RGB, transparency is laid on white, 16-bit and float pictures are stretched between their 0.5 and
    99.5 percentiles (over all channels together, so colors keep their relation).

    Raises:
        ImageReadError: missing, unreadable, truncated or too large; says which.
    """
    path = Path(path)
    what = f"Cannot read the picture {path}."
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageReadError(what, f"{error.strerror or error}.", "Check the path and the permissions.") from error
    return decode_image(data, what=what)


def decode_image(data: bytes, *, what: str = "Cannot read the picture.") -> Pixels:
    """Like `read_image`, from the bytes of a file. `what` begins the error's text."""
    if not data:
        raise ImageReadError(what, "The file is empty.", "Copy it again from its source.")
    try:
        with _open(io.BytesIO(data)) as picture:
            _check_size(picture.size, what)
            deep = _is_deep(picture)  # loading loses what tells it
            # OpenCV turns TIFF upright by itself, whatever it is told.
            orientation = 1 if picture.format == "TIFF" else picture.getexif().get(_EXIF_ORIENTATION, 1)
            # Pillow notices a file that ends early; OpenCV, which decodes the deep ones, fills up with black.
            picture.load()
            if deep:
                return _decode_deep(data, orientation, what)
            return _to_rgb(ImageOps.exif_transpose(picture))
    except ImageReadError:
        raise
    except UnidentifiedImageError as error:
        if data[:4] in _TIFF_MAGIC:
            return _decode_unusual_tiff(data, what)
        raise ImageReadError(what, "It is not a picture in a format that we know.", _REMEDY) from error
    except _DAMAGE as error:
        raise ImageReadError(what, f"The file is damaged: {error}.", _REMEDY) from error


def image_size(path: str | Path) -> tuple[int, int]:
    """(width, height) after EXIF rotation, read from the header alone.

    Raises:
        ImageReadError: as `read_image`, as far as the header tells.
    """
    what = f"Cannot read the picture {path}."
    try:
        with Path(path).open("rb") as file, _open(file) as picture:
            w, h = _stored_size(picture)
            turned = picture.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    except UnidentifiedImageError as error:
        raise ImageReadError(what, "It is not a picture in a format that we know.", _REMEDY) from error
    except OSError as error:
        raise ImageReadError(what, f"{error.strerror or error}.", "Check the path and the permissions.") from error
    except _DAMAGE as error:
        raise ImageReadError(what, f"The file is damaged: {error}.", _REMEDY) from error
    _check_size((w, h), what)
    return (h, w) if turned else (w, h)


def check_pixels(image: npt.NDArray[np.generic]) -> Pixels:
    """`image` itself when it is [H, W, 3] uint8 with both sides at least 1.

    Raises:
        InputError: anything else, with what was found.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 1:
        raise InputError(
            f"A picture must be an array [H, W, 3] of uint8 in RGB; got {list(image.shape)} of {image.dtype}.",
            remedy="Use clipsym_core.imaging.read_image, or convert it.",
        )
    return image.astype(np.uint8, copy=False)


@contextmanager
def _open(file: BinaryIO) -> Iterator[Image.Image]:
    """`Image.open` with our own limit of size, which is checked next, in place of Pillow's (179 megapixels)."""
    with _pillow_limit:
        theirs, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            picture = Image.open(file)
        finally:
            Image.MAX_IMAGE_PIXELS = theirs
    with picture:
        yield picture


def _check_size(size: tuple[int, int], what: str) -> None:
    w, h = size
    if max(w, h) > MAX_SIDE:
        side, name = (w, "wide") if w >= h else (h, "high")
        raise ImageReadError(what, f"It is {side:,} px {name}, limit {MAX_SIDE:,}.", "Scale it down or cut it.")
    if w * h > MAX_PIXELS:
        raise ImageReadError(what, f"It has {w * h:,} pixels, limit {MAX_PIXELS:,}.", "Scale it down or cut it.")


def _stored_size(picture: Image.Image) -> tuple[int, int]:
    """(width, height) before EXIF rotation; Pillow gives that of a TIFF before or after, depending on its version."""
    tags = getattr(picture, "tag_v2", None)
    return picture.size if tags is None else (int(tags[_TIFF_WIDTH]), int(tags[_TIFF_HEIGHT]))


def _is_deep(picture: Image.Image) -> bool:
    """Whether the file holds more than 8 bits a channel (Pillow would cut 16-bit RGB down silently)."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return True
    if picture.format == "PNG":
        tiles = getattr(picture, "tile", [])
        return bool(tiles) and ";16" in str(tiles[0][3])
    if picture.format == "TIFF":
        bits = getattr(picture, "tag_v2", {}).get(258, (8,))
        return bool(max(bits if isinstance(bits, tuple) else (bits,)) > 8)
    return False


def _decode_unusual_tiff(data: bytes, what: str) -> Pixels:
    """A TIFF of a kind that Pillow does not know, such as float RGB."""
    try:
        file, directory = io.BytesIO(data), TiffImagePlugin.ImageFileDirectory_v2(data[:8])
        file.seek(directory.next)
        directory.load(file)
        _check_size((int(directory[_TIFF_WIDTH]), int(directory[_TIFF_HEIGHT])), what)
        return _decode_deep(data, 1, what)
    except _DAMAGE as error:
        raise ImageReadError(what, "It is damaged, or a TIFF of a kind that we do not know.", _REMEDY) from error


def _decode_deep(data: bytes, orientation: int, what: str) -> Pixels:
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if raw is None:
        raise ImageReadError(what, "Its deep pixels cannot be decoded.", "Save it as 8-bit PNG.")
    values = raw.astype(np.float32)
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    alpha = None
    if values.shape[2] == 4:
        alpha = values[..., 3:] / (np.iinfo(raw.dtype).max if raw.dtype.kind == "u" else 1.0)
    rgb = values[..., 2::-1]
    finite = np.isfinite(rgb)
    if not finite.any():
        raise ImageReadError(what, "It holds no finite pixel.", "Export it again.")
    low, high = np.percentile(rgb[finite], _STRETCH_PERCENTILES)
    scaled = np.where(finite, (rgb - low) / max(float(high - low), 1e-12), 0.0).clip(0.0, 1.0)
    if alpha is not None:
        scaled = scaled * alpha + (1.0 - alpha)
    picture = Image.fromarray((scaled * 255.0 + 0.5).astype(np.uint8))
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = orientation
    picture.info["exif"] = exif.tobytes()
    return _to_rgb(ImageOps.exif_transpose(picture))


def _to_rgb(picture: Image.Image) -> Pixels:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        picture = Image.new("RGBA", rgba.size, (_ALPHA_BACKGROUND,) * 3 + (255,))
        picture.alpha_composite(rgba)
    return np.array(picture.convert("RGB"))


# -- letterbox --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A picture of `source` size fitted into a `target` canvas, centered, with padding: the map and its inverse.

    Sizes are (width, height), px. The scaled picture gets the parity of the canvas on both sides, so the padding is
    equal left and right, top and bottom, and letterboxing commutes with quarter turns and mirrors exactly (the price is
    a scale that may differ by under 1 px between the sides).

    Raises:
        InputError: a side below 1.
    """

    source: tuple[int, int]
    target: tuple[int, int]

    def __post_init__(self) -> None:
        if min(*self.source, *self.target) < 1:
            raise InputError(f"Sides must be at least 1 px, got {self.source} into {self.target}.")

    @property
    def scaled(self) -> tuple[int, int]:
        """Size of the picture inside the canvas."""
        scale = min(t / s for t, s in zip(self.target, self.source, strict=True))
        w, h = (_same_parity(s * scale, t) for s, t in zip(self.source, self.target, strict=True))
        return (w, h)

    @property
    def offset(self) -> tuple[int, int]:
        """Padding left of and above the picture."""
        w, h = self.scaled
        return ((self.target[0] - w) // 2, (self.target[1] - h) // 2)

    @property
    def matrix(self) -> Affine:
        """Map of points from the picture to the canvas, [3, 3]."""
        (w, h), (ox, oy) = self.scaled, self.offset
        return as_affine([[w / self.source[0], 0, ox], [0, h / self.source[1], oy]])

    @property
    def inverse(self) -> Affine:
        """Map of points from the canvas to the picture, [3, 3]."""
        (w, h), (ox, oy) = self.scaled, self.offset
        sx, sy = self.source[0] / w, self.source[1] / h
        return as_affine([[sx, 0, -ox * sx], [0, sy, -oy * sy]])

    def to_target(self, points: npt.ArrayLike) -> Points:
        """Points [N, 2] of the picture, on the canvas."""
        return transform_points(points, self.matrix)

    def to_source(self, points: npt.ArrayLike) -> Points:
        """Points [N, 2] of the canvas, in the picture."""
        return transform_points(points, self.inverse)

    def apply(self, image: npt.NDArray[np.generic], *, fill: float = 0.0) -> npt.NDArray[np.generic]:
        """The picture [H, W] or [H, W, C] on its canvas, area-averaged when it shrinks."""
        self._expect(image, self.source)
        return self.place(image, fill=fill)

    def place(self, content: npt.NDArray[np.generic], *, fill: float = 0.0) -> npt.NDArray[np.generic]:
        """The whole picture at any scale, [h, w] or [h, w, C] (what `crop` gives of another canvas, say), on this
        canvas."""
        (w, h), (ox, oy) = self.scaled, self.offset
        canvas = np.full((self.target[1], self.target[0], *content.shape[2:]), fill, dtype=content.dtype)
        canvas[oy : oy + h, ox : ox + w] = _resize(content, (w, h))
        return canvas

    def crop(self, canvas: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The part of a canvas [H, W, ...] that holds the picture (a view, at canvas scale)."""
        self._expect(canvas, self.target)
        (w, h), (ox, oy) = self.scaled, self.offset
        return canvas[oy : oy + h, ox : ox + w]

    def restore(self, canvas: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """A map on the canvas [H, W] or [H, W, C], back at the size of the picture (bilinear)."""
        return _resize(np.ascontiguousarray(self.crop(canvas)), self.source)

    def valid(self) -> npt.NDArray[np.bool_]:
        """Mask [H, W] of the canvas: true on the picture, false on padding."""
        mask = np.zeros((self.target[1], self.target[0]), dtype=np.bool_)
        self.crop(mask)[...] = True
        return mask

    def _expect(self, image: npt.NDArray[np.generic], size: tuple[int, int]) -> None:
        if image.shape[:2] != size[::-1]:
            raise InputError(f"Expected {size[0]} x {size[1]} px, got {image.shape[1]} x {image.shape[0]}.")


def _same_parity(side: float, canvas: int) -> int:
    """The integer closest to `side` with the parity of `canvas`, in [1 or 2, canvas]."""
    odd = canvas % 2
    return int(min(max(2 * round((side - odd) / 2) + odd, 2 - odd), canvas))


def _resize(image: npt.NDArray[np.generic], size: tuple[int, int]) -> npt.NDArray[np.generic]:
    """To (width, height): area average along a side that shrinks, bilinear along one that grows.

    Side by side where they differ: OpenCV's INTER_AREA is not symmetric under mirrors as soon as one side grows.
    """
    (w, h), (width, height) = (image.shape[1], image.shape[0]), size
    smaller = (min(w, width), min(h, height))
    if smaller != (w, h):
        image = np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA))
    if smaller != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR))
    return image
