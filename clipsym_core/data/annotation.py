"""The neutral record of a picture with its shapes: what every file format is read into and written from.

Coordinates are pixels of the picture after its EXIF rotation (see `clipsym_core.symmetry`). Records are immutable.
Whatever a format carries that we have no word for travels in `extra`, under the name of that format, and is written
back when the same format, or one that can hold anything, is exported.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, TypeAlias, get_args

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

State: TypeAlias = Literal["none", "suggested", "verified"]
Split: TypeAlias = Literal["", "train", "val", "test"]
Kind: TypeAlias = Literal["axis", "center", "ellipse"]

STATES: Final[tuple[State, ...]] = get_args(State)
SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")
MAX_COORDINATE: Final = 1_000_000.0
"""Largest coordinate or radius, px, in either direction: beyond it lies a typing error, not a symmetry."""

_RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)})


def safe_path(text: str) -> str:
    """A path in a dataset as a relative one with forward slashes and no `..`, such as "a/b.jpg".

    Raises:
        ValueError: empty, absolute, leaving the folder, or not possible as a file name everywhere.
    """
    # Written on Windows, read here; and a backslash in a name would be a folder there.
    name = text.replace("\\", "/")
    if not name:
        raise ValueError("The path is empty.")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":" and name[0].isalpha()):
        raise ValueError(f"The path {text!r} is absolute; it must lie in the dataset's folder.")
    parts: list[str] = []
    for part in name.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                raise ValueError(f"The path {text!r} leaves the dataset's folder.")
            parts.pop()
            continue
        _check_name(part, text)
        parts.append(part)
    if not parts:
        raise ValueError(f"The path {text!r} names no file.")
    return str(PurePosixPath(*parts))


def is_plain(text: str) -> bool:
    """Whether a text can be a name everywhere: no control characters, no halves of letters."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def _check_name(part: str, text: str) -> None:
    if not is_plain(part):
        raise ValueError(f"The path {text!r} has a control character or a broken letter.")
    if part != part.strip():
        raise ValueError(f"The path {text!r} has a name that begins or ends with a space.")
    if len(part.encode()) > 255:
        raise ValueError(f"A name in the path {text[:40]!r}... has over 255 bytes.")
    if ":" in part or part.split(".")[0].casefold() in _RESERVED:
        raise ValueError(f"The path {text!r} has a name that is reserved on Windows.")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A shape that a person drew or accepted.

    Attributes:
        extra: keys of a format that have no meaning here, under the format's name.
    """

    shape: Shape
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AnnotatedPicture:
    """A picture with its shapes.

    Attributes:
        path: where it lies in its dataset: relative, forward slashes; the identity of the record.
        size: (width, height) after EXIF rotation, px; None where nobody knows it.
        annotations: what people drew or accepted.
        suggestions: what a detector proposes; never exported as annotations unless a person says so.
        state: whether a person has checked it; a verified picture without shapes is known to have no symmetry.
        group: what must stay together in a split (a video, a scene); empty for none.
        split: train, val, test, or empty where none is given.
        extra: keys of a format that have no meaning here, under the format's name.
        file: where the picture lies on this machine, None where it is missing; not part of the record's value.

    Raises:
        ValueError: a path that is not safe, an impossible size, an unknown state or split, a group with control
            characters.
    """

    path: str
    size: tuple[int, int] | None = None
    annotations: tuple[Annotation, ...] = ()
    suggestions: tuple[Detection, ...] = ()
    state: State = "none"
    group: str = ""
    split: Split = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    file: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if safe_path(self.path) != self.path:
            raise ValueError(f"The path {self.path!r} is not in its plain form, {safe_path(self.path)!r}.")
        if not is_plain(self.group):
            raise ValueError(f"The group {self.group!r} has a control character or a broken letter.")
        if self.size is not None and not all(isinstance(v, int) and 1 <= v <= MAX_COORDINATE for v in self.size):
            raise ValueError(f"A picture cannot have the size {self.size}.")
        if self.state not in STATES:
            raise ValueError(f"The state is one of {', '.join(STATES)}; got {self.state!r}.")
        if self.split not in ("", *SPLITS):
            raise ValueError(f"The split is one of {', '.join(SPLITS)} or empty; got {self.split!r}.")

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The annotated shapes, without their extras."""
        return tuple(a.shape for a in self.annotations)

    @property
    def axes(self) -> tuple[ReflectionAxis, ...]:
        return tuple(s for s in self.shapes if isinstance(s, ReflectionAxis))

    @property
    def centers(self) -> tuple[RotationCenter, ...]:
        return tuple(s for s in self.shapes if isinstance(s, RotationCenter))

    @property
    def ellipses(self) -> tuple[ReflectionEllipse, ...]:
        return tuple(s for s in self.shapes if isinstance(s, ReflectionEllipse))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Which kinds of shapes it has, in the order axis, center, ellipse: its type, for stratified splits."""
        present = {kind_of(shape) for shape in self.shapes}
        return tuple(kind for kind in get_args(Kind) if kind in present)

    @property
    def folder(self) -> str:
        """The folder of its path, empty at the top."""
        parent = str(PurePosixPath(self.path).parent)
        return "" if parent == "." else parent

    def accepted(self, threshold: float) -> AnnotatedPicture:
        """The record with its suggestions of at least `threshold` as annotations and the others dropped."""
        new = tuple(Annotation(d.shape) for d in self.suggestions if d.score >= threshold)
        return replace(self, annotations=self.annotations + new, suggestions=())


def kind_of(shape: Shape) -> Kind:
    """The plain word for the type of a shape."""
    match shape:
        case ReflectionAxis():
            return "axis"
        case RotationCenter():
            return "center"
        case ReflectionEllipse():
            return "ellipse"


def check_reach(shape: Shape) -> Shape:
    """`shape` itself when all of it lies within `MAX_COORDINATE`.

    Raises:
        ValueError: a coordinate or radius beyond it.
    """
    match shape:
        case ReflectionAxis(points):
            values = [v for point in points for v in point]
        case RotationCenter(x, y, _):
            values = [x, y]
        case ReflectionEllipse(cx, cy, rx, ry, _):
            values = [cx, cy, rx, ry]
    worst = max(values, key=abs)
    if abs(worst) > MAX_COORDINATE:
        raise ValueError(f"The coordinate {worst:g} is beyond {MAX_COORDINATE:,.0f} px.")
    return shape


def fraction_of(key: str, seed: int) -> float:
    """A number in [0, 1) that depends on `key` and `seed` alone, the same on every machine and in every year."""
    digest = hashlib.blake2b(f"{seed}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
