"""Pictures of a dataset: finding the file that a record means, and putting copies where an export needs them."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from PIL import Image, ImageOps

from clipsym_core.data.annotation import AnnotatedPicture, safe_path
from clipsym_core.data.report import Report
from clipsym_core.errors import ImageReadError, InputError, reason_of
from clipsym_core.imaging import IMAGE_SUFFIXES
from clipsym_core.video.address import file_of, frame_address
from clipsym_core.video.pool import picture_size, read_picture

PictureMode: TypeAlias = Literal["copy", "link", "none"]
"""copy: files of their own. link: hard links where the disk allows them, else copies. none: annotations alone."""

_EXIF_ORIENTATION = 0x0112
_JPEG_QUALITY = 95
_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif"})


@dataclass(frozen=True, slots=True)
class Located:
    """A picture that a record names.

    Attributes:
        path: relative to the dataset, in plain form.
        file: on this machine (of a frame of a video: its address), None where it is missing.
        size: from the picture itself, else as the record says, else None.
    """

    path: str
    file: Path | None
    size: tuple[int, int] | None


def name_in_dataset(path: str) -> str:
    """The path that a picture of a project has in a data set: a frame of a video becomes a picture of its own."""
    address = frame_address(path)
    if address is None:
        return path
    return PurePosixPath(address.video).with_name(f"{address.file_name}.png").as_posix()


def locate(
    name: object, root: Path, *, below: str = "", declared: tuple[int, int] | None = None, required: bool = True
) -> Located:
    """The picture `name`, written in a file in the folder `below` of the dataset `root`.

    Raises:
        ValueError: the path leaves the dataset; the picture is missing and `required`; it cannot be read; it has not
            the declared size.
    """
    if not isinstance(name, str):
        raise ValueError("The name of the picture is missing, or is no text.")  # noqa: TRY004 (a fault in data)
    path = safe_path(name if not below or _is_absolute(name) else f"{below}/{name}")
    file = root / path
    path = name_in_dataset(path)
    if not Path(file_of(str(file))).is_file():
        if required:
            raise ValueError(f"The picture {path} is missing.")
        return Located(path, None, declared)
    try:
        size = picture_size(file)
    except ImageReadError as error:
        raise ValueError(str(error)) from error
    if declared is not None and declared != size:
        turned = " Its EXIF rotation was not applied when it was annotated." if declared == size[::-1] else ""
        raise ValueError(
            f"The annotation is for {declared[0]} x {declared[1]} px, the picture has {size[0]} x {size[1]}.{turned}"
        )
    return Located(path, file, size)


def _is_absolute(name: str) -> bool:
    name = name.strip().replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":"


def with_any_suffix(file: Path) -> Path:
    """`file`, or where it does not exist the picture beside it that differs in the suffix alone (.jpg for .png)."""
    if not file.is_file():
        for suffix in sorted(IMAGE_SUFFIXES):
            for candidate in (file.with_suffix(suffix), file.with_suffix(suffix.upper())):
                if candidate.is_file():
                    return candidate
    return file


class Names:
    """Gives out names of which no two differ in case alone, as needed on Windows and macOS."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """`wanted`, or with -2, -3, ... before its suffix where that is taken."""
        path, n = PurePosixPath(wanted), 1
        name = path
        while str(name).casefold() in self._taken:
            n += 1
            name = path.with_name(f"{path.stem}-{n}{path.suffix}")
        self._taken.add(str(name).casefold())
        return str(name)


def flat_name(path: str) -> str:
    """The path as one file name: "a/b.jpg" -> "a_b.jpg"."""
    return path.replace("/", "_")


def store(picture: AnnotatedPicture, target: Path, mode: PictureMode, report: Report) -> None:
    """Put the picture at `target`, upright, in the format that the suffix of `target` names.

    Other people's loaders do not turn pictures by EXIF, while our coordinates are of the turned picture: a picture with
    an EXIF rotation is therefore written turned. So is one whose format does not fit the suffix. All others are copied
    byte by byte.

    Raises:
        InputError: the picture is missing or cannot be written.
    """
    if mode == "none":
        return
    if picture.file is None:
        raise InputError(f"The picture {picture.path} is missing.", remedy="Export the annotations alone.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if frame_address(str(picture.file)) is not None:
            target.write_bytes(_encoded(picture.file, target.suffix.lower()))
            return
        fits, turned = _fits(picture.file, target.suffix.lower())
        if fits and not turned:
            _put(picture.file, target, mode)
            return
        if turned and fits:
            report.changed(picture.path, "", "The picture was turned upright: its EXIF rotation is now in its pixels.")
        else:
            suffix = target.suffix.lower().lstrip(".")
            report.changed(picture.path, "", f"The picture was written again as {suffix}, which the format asks for.")
        target.write_bytes(_encoded(picture.file, target.suffix.lower()))
    except ImageReadError:
        raise
    except OSError as error:
        raise InputError(f"Cannot copy the picture {picture.path}.", f"{error.strerror or error}.") from error


def _fits(file: Path, suffix: str) -> tuple[bool, bool]:
    """Whether the content is what `suffix` promises, and whether EXIF turns it."""
    try:
        with Image.open(file) as opened:
            turned = opened.getexif().get(_EXIF_ORIENTATION, 1) not in (0, 1)
            promised = Image.registered_extensions().get(suffix)
            same = opened.format == promised or (opened.format == "MPO" and promised == "JPEG")
            # A wrong suffix that the source had already is the source's; a new one is ours to get right.
            return same or suffix == file.suffix.lower(), turned
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageReadError(f"Cannot read the picture {file}.", f"{reason_of(error)}.") from error


def _put(source: Path, target: Path, mode: PictureMode) -> None:
    if mode == "link":
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return
    shutil.copyfile(source, target)


def _encoded(file: Path, suffix: str) -> bytes:
    image = Image.fromarray(read_picture(file))
    buffer = io.BytesIO()
    if suffix in _JPEG_SUFFIXES:
        image.save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    else:
        kind = Image.registered_extensions().get(suffix, "PNG")
        ImageOps.exif_transpose(image).save(buffer, kind)
    return buffer.getvalue()
