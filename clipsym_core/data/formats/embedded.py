"""Pictures that an annotation file carries in itself, as text: labelme's `imageData`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
from pathlib import Path

import platformdirs
from PIL import Image

from clipsym_core.data.formats.values import BadValue
from clipsym_core.files import write_atomic
from clipsym_core.imaging import image_size
from clipsym_core.model.weights import HOME_VARIABLE

_SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "GIF": ".gif",
}


def unpacked(data: object, place: str) -> tuple[Path, tuple[int, int]]:
    """The embedded picture as a file, and its (width, height) in pixels.

    The file lies in the user's cache under the hash of its content, so that it outlives the reader of the dataset and
    is written once however often the dataset is read.

    Raises:
        BadValue: `data` is no base64 text, or holds no picture.
    """
    if not isinstance(data, str):
        raise BadValue(place, "The embedded picture is no text.")
    try:
        content = base64.b64decode(data, validate=True)
        with Image.open(io.BytesIO(content)) as picture:
            kind = picture.format or ""
    except (binascii.Error, ValueError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadValue(place, f"The embedded picture cannot be read: {error}.") from error
    if kind not in _SUFFIXES:
        raise BadValue(place, f"The embedded picture is of the kind {kind or 'unknown'}, which is not read.")
    file = _folder() / f"{hashlib.sha256(content).hexdigest()[:40]}{_SUFFIXES[kind]}"
    if not file.is_file():
        write_atomic(file, content)
    return file, image_size(file)


def _folder() -> Path:
    home = os.environ.get(HOME_VARIABLE)
    cache = Path(home) / "cache" if home else Path(platformdirs.user_cache_path("symviewer", appauthor=False))
    return cache / "embedded"
