"""`clipsym-evaluation/1`: what an evaluation found, as JSON. Imports no torch: windows read it too.

A value is null where it has no meaning: the data has no truth of that kind, or the model makes no such map.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from clipsym_core.data.formats.detections import ImageRecord, Text
from clipsym_core.errors import InputError
from clipsym_core.files import write_atomic

FORMAT: Final = "clipsym-evaluation/1"
_PLACES = 5

Number: TypeAlias = Annotated[float, AfterValidator(lambda value: round(value, _PLACES))]
Proposals: TypeAlias = Literal["network", "features", "both"]


class Part(BaseModel):
    """A piece of the report: strict, frozen, all numbers finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class EvaluationOptions(Part):
    """How to evaluate.

    Attributes:
        proposals: where a network's shapes come from: its heatmaps alone, or with candidates found without it. (Its
            heatmaps are judged in any case.)
        robustness: measure robustness and consistency on turned pictures too: two more runs of the model a picture.
        seed: of the angles, and of the pictures that `limit` picks.
        limit: at most so many pictures, picked by the hash of their path; None takes all.
        device, precision: of the networks.
        threshold: score from which a shape counts as shown, in the tables and pictures.
    """

    proposals: Proposals = "network"
    robustness: bool = False
    seed: int = 0
    limit: int | None = Field(default=None, ge=1)
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)


class Curve(Part):
    """Precision and recall at each threshold."""

    thresholds: tuple[Number, ...]
    precision: tuple[Number, ...]
    recall: tuple[Number, ...]


class PixelPart(Part):
    """The pixel metric: its best F1, what belongs to it, and the whole curve."""

    f1: Number
    threshold: Number
    precision: Number
    recall: Number
    curve: Curve


class KindsPart(Part):
    """The pixel metric of both kinds."""

    reflection: PixelPart | None = None
    rotation: PixelPart | None = None


class RankedPart(Part):
    """Ranked shapes: average precision; F1, precision and recall at the best threshold; F1 at the shown threshold."""

    average_precision: Number
    f1: Number
    threshold: Number
    precision: Number
    recall: Number
    shown_f1: Number
    proposals: int
    truths: int
    curve: Curve


class CentersPart(Part):
    """Rotation centers: places alone, places with the right order, and orders among the places that hit."""

    places: RankedPart
    with_order_average_precision: Number
    with_order_f1: Number
    order_accuracy: Number | None
    orders_compared: int


class DominantPart(Part):
    """The competition's rule, over the pictures that have one true axis."""

    right: Number
    pictures: int


class ConsistencyPart(Part):
    """Difference of f(turned picture) and turned f(picture) in three definitions; 0 is best."""

    mean_square: Number
    relative_l2: Number
    one_minus_f1: Number


class TurnedPart(Part):
    """What turning the pictures by random angles in +-45 degrees does.

    Attributes:
        of: the maps that are judged: a network's heatmaps, or drawn shapes where there is no network.
        robustness: the pixel metric on turned pictures.
    """

    of: Literal["heatmaps", "drawn"]
    robustness: KindsPart
    reflection_consistency: ConsistencyPart | None = None
    rotation_consistency: ConsistencyPart | None = None


class CostPart(Part):
    """What a model costs.

    Attributes:
        parameters, multiply_adds: of the network; null without one. Multiply-adds are for one picture at `input_size`.
        images_per_second: whole pictures to shapes, one at a time, reading not counted; null without a picture.
    """

    parameters: int | None = None
    multiply_adds: int | None = None
    input_size: tuple[int, int] | None = None
    images_per_second: Number | None = None
    device: str = "cpu"


class PictureRow(Part):
    """One picture under one model.

    Attributes:
        path: of the picture in the data.
        error: 1 - mean of the F1 values below that exist, 0 where none does; rows are sorted by it, worst first.
        reflection_f1, rotation_f1: pixel F1 of this picture at the best threshold of all pictures; of the heatmaps,
            or of the drawn shapes where there are none. Null where the picture has no truth of that kind.
        axes, centers: (hits, shown, true) at the shown threshold; ellipses count among the axes. Their F1 exists where
            something is shown or true.
        found: the shapes shown.
    """

    path: Text
    error: Number
    reflection_f1: Number | None
    rotation_f1: Number | None
    axes: tuple[int, int, int]
    centers: tuple[int, int, int]
    found: ImageRecord


class ModelReport(Part):
    """Everything about one model.

    Attributes:
        name: unique in the report.
        heatmaps: the field's metric on the network's heatmaps.
        undilated: the same without dilating the prediction.
        drawn: the field's metric on the decoded shapes, drawn with their scores.
        fused: the same on heatmap and shapes as one map; nothing in reports of before it was there.
        seconds: spent in the model.
        failed: pictures that it could not take.
    """

    name: Text
    pictures: int
    heatmaps: KindsPart
    undilated: KindsPart
    drawn: KindsPart
    fused: KindsPart = KindsPart()
    axes: RankedPart | None
    dominant: DominantPart | None
    centers: CentersPart | None
    turned: TurnedPart | None
    cost: CostPart
    seconds: Number
    rows: tuple[PictureRow, ...]
    failed: tuple[Problem, ...] = ()


class Problem(Part):
    """Something that was left out: a picture, a record, a model; and why."""

    what: Text
    why: Text


class PictureInfo(Part):
    """A picture of the data: its path there, its file on this machine, and its truth as shapes of score 1."""

    path: Text
    file: Text
    truth: ImageRecord


class DataPart(Part):
    """The data: where it came from, what it holds."""

    name: Text
    source: Text
    format: str
    split: str | None
    axes: int
    centers: int
    ellipses: int
    pictures: tuple[PictureInfo, ...]


class EvaluationReport(Part):
    """The whole file.

    Attributes:
        created: time in UTC, ISO 8601.
        problems: pictures and records that were left out for all models.
        not_evaluated: models that could not be loaded, and why.
    """

    format: Literal["clipsym-evaluation/1"] = FORMAT
    created: str
    program: str
    options: EvaluationOptions
    data: DataPart
    models: tuple[ModelReport, ...]
    problems: tuple[Problem, ...] = ()
    not_evaluated: tuple[Problem, ...] = ()

    def save(self, path: Path) -> None:
        """Write the file.

        Raises:
            OSError: it cannot be written; an old one is untouched.
        """
        write_atomic(path, self.model_dump_json().encode())

    def model(self, name: str) -> ModelReport:
        """The report of one model.

        Raises:
            KeyError: no such model.
        """
        for report in self.models:
            if report.name == name:
                return report
        raise KeyError(name)


def read_report(path: Path) -> EvaluationReport:
    """Read a report.

    Raises:
        InputError: it cannot be read, or is no report; says where.
    """
    what = f"Cannot read the evaluation {path}."
    try:
        return EvaluationReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(what, f"{error.strerror or error}.", "Check the path and the permissions.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(what, f"{place}: {first['msg']}.", "Choose a report.json of clipsym evaluate.") from error


ModelReport.model_rebuild()
