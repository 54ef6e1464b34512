"""`clipsym-detections/1`: the JSON that `clipsym detect` writes and later tools read.

{"format": "clipsym-detections/1", "model": NAME, "images": [{"file": PATH, "width": W, "height": H,
 "axes": [{"points": [[x, y], [x, y], ...], "score": s}], "centers": [{"x": x, "y": y, "order": n, "score": s}],
 "ellipses": [{"cx": ..., "cy": ..., "rx": ..., "ry": ..., "angle": ..., "score": s}], "error": null}]}

Coordinates are pixels of the original picture after EXIF rotation, order 0 is continuous, angles are degrees
counter-clockwise. Paths have forward slashes. A picture that could not be read has an "error" and null for its size.
The order is stable: images as they were asked for, shapes by falling score.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter

FORMAT: Final = "clipsym-detections/1"

_PLACES = 3
_SCORE_PLACES = 4

Score = Annotated[float, Field(ge=0, le=1)]


def _writable(text: str) -> str:
    """Text that JSON can hold: bytes of a file name that are no UTF-8 become escapes such as \\udce9."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


Text = Annotated[str, AfterValidator(_writable)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AxisRecord(_Record):
    """A mirror axis of two or more points [x, y]."""

    points: tuple[tuple[float, float], ...] = Field(min_length=2)
    score: Score

    def shape(self) -> ReflectionAxis:
        return ReflectionAxis(self.points)


class CenterRecord(_Record):
    """A rotation center; order 0 = continuous."""

    x: float
    y: float
    order: int
    score: Score

    def shape(self) -> RotationCenter:
        return RotationCenter(self.x, self.y, self.order)


class EllipseRecord(_Record):
    """An ellipse all of whose diameters are axes: center, semi-axes, direction of `rx`."""

    cx: float
    cy: float
    rx: float
    ry: float
    angle: float
    score: Score

    def shape(self) -> ReflectionEllipse:
        return ReflectionEllipse(self.cx, self.cy, self.rx, self.ry, self.angle)


ShapeRecord: TypeAlias = AxisRecord | CenterRecord | EllipseRecord


class ImageRecord(_Record):
    """What was found in one picture, or why nothing could be looked for."""

    file: Text
    width: int | None
    height: int | None
    axes: tuple[AxisRecord, ...] = ()
    centers: tuple[CenterRecord, ...] = ()
    ellipses: tuple[EllipseRecord, ...] = ()
    error: Text | None = None

    @classmethod
    def found(cls, file: str, size: tuple[int, int], detections: tuple[Detection, ...]) -> ImageRecord:
        """The record of a picture of `size` = (width, height) with its detections."""
        axes: list[AxisRecord] = []
        centers: list[CenterRecord] = []
        ellipses: list[EllipseRecord] = []
        for d in sorted(detections, key=lambda d: -d.score):
            score = round(d.score, _SCORE_PLACES)
            match d.shape:
                case ReflectionAxis(points):
                    axes.append(AxisRecord(points=tuple((_px(x), _px(y)) for x, y in points), score=score))
                case RotationCenter(x, y, order):
                    centers.append(CenterRecord(x=_px(x), y=_px(y), order=order, score=score))
                case ReflectionEllipse(cx, cy, rx, ry, angle):
                    ellipses.append(
                        EllipseRecord(cx=_px(cx), cy=_px(cy), rx=_px(rx), ry=_px(ry), angle=_px(angle), score=score)
                    )
        return cls(
            file=file, width=size[0], height=size[1], axes=tuple(axes), centers=tuple(centers), ellipses=tuple(ellipses)
        )

    @classmethod
    def failed(cls, file: str, error: str) -> ImageRecord:
        """The record of a picture that could not be read."""
        return cls(file=file, width=None, height=None, error=error)

    @property
    def shapes(self) -> tuple[ShapeRecord, ...]:
        """Axes, then centers, then ellipses."""
        return (*self.axes, *self.centers, *self.ellipses)

    def detections(self, source: str) -> tuple[Detection, ...]:
        """The shapes as detections from `source`, best first.

        Raises:
            ValueError: a shape that cannot be, such as an order of 1.
        """
        best_first = sorted(self.shapes, key=lambda r: -r.score)
        return tuple(Detection(r.shape(), r.score, source) for r in best_first)


class DetectionsFile(_Record):
    """The whole file."""

    format: Literal["clipsym-detections/1"] = FORMAT
    model: str
    images: tuple[ImageRecord, ...]

    def to_json(self) -> str:
        """JSON text, one picture a line, so that files compare line by line."""
        head = self.model_dump_json(exclude={"images"})
        lines = ",\n".join(image.model_dump_json() for image in self.images)
        return f'{head[:-1]},"images":[\n{lines}\n]}}\n' if self.images else f'{head[:-1]},"images":[]}}\n'


def read_detections(path: str | Path) -> DetectionsFile:
    """Read a file of detections.

    Raises:
        InputError: it cannot be read, or is not of this form; says where.
    """
    what = f"Cannot read the detections {path}."
    try:
        return DetectionsFile.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise InputError(what, f"{error.strerror or error}.", "Check the path and the permissions.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(what, f"{place}: {first['msg']}.", f"Expected the form {FORMAT}.") from error


def _px(value: float) -> float:
    return round(value, _PLACES)
