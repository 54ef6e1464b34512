"""All metrics of one model, picture by picture, in memory that grows by some hundred bytes a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.detections import ImageRecord
from clipsym_core.evaluate.metrics import (
    AxisMetric,
    CenterMetric,
    ConsistencyMetric,
    DominantAxisMetric,
    PixelMetric,
    PrecisionRecall,
    RankedScores,
    score_map,
    truth_mask,
)
from clipsym_core.evaluate.pixel import PixelCounts
from clipsym_core.evaluate.report import (
    CentersPart,
    ConsistencyPart,
    Curve,
    DominantPart,
    KindsPart,
    PictureRow,
    PixelPart,
    RankedPart,
    TurnedPart,
)
from clipsym_core.evaluate.subjects import Prediction, Subject
from clipsym_core.imaging import Map
from clipsym_core.raster import KINDS, Kind, fused_map
from clipsym_core.symmetry import Affine, RotationCenter, Shape

_CURVE_POINTS = 200

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truths:
    """Which kinds the whole data has a truth of; metrics of the others have no meaning."""

    axes: bool
    centers: bool

    @classmethod
    def of(cls, pictures: Iterable[AnnotatedPicture]) -> Truths:
        axes = centers = False
        for picture in pictures:
            for shape in picture.shapes:
                center = isinstance(shape, RotationCenter)
                axes, centers = axes or not center, centers or center
        return cls(axes, centers)

    def has(self, kind: Kind) -> bool:
        return self.axes if kind == "reflection" else self.centers


@dataclass(frozen=True, slots=True)
class _Row:
    """A picture before the best thresholds are known: `curves` are its F1 at every threshold, [100] float16."""

    path: str
    curves: dict[Kind, npt.NDArray[np.float16]]
    axes: tuple[int, int, int]
    centers: tuple[int, int, int]
    found: ImageRecord


class Tally:
    """Counts the predictions of one subject against the truth."""

    def __init__(self, subject: Subject, truths: Truths, threshold: float) -> None:
        """`threshold`: score from which a shape counts as shown."""
        self._threshold = threshold
        # A model that was made for one kind is not judged on the other.
        judged = {kind: truths.has(kind) and kind in subject.kinds for kind in KINDS}
        self._truths = Truths(axes=judged["reflection"], centers=judged["rotation"])
        self._kinds = mapped = tuple(kind for kind in KINDS if judged[kind])
        self._draws = subject.draws
        heat = () if subject.draws else mapped
        self._heat = {kind: PixelMetric() for kind in heat}
        self._undilated = {kind: PixelMetric(dilate_prediction=False) for kind in heat}
        self._fused = {kind: PixelMetric() for kind in heat}
        self._drawn = {kind: PixelMetric() for kind in self._kinds}
        self._robust = {kind: PixelMetric() for kind in mapped}
        self._consistent = {kind: ConsistencyMetric() for kind in mapped}
        self._axes, self._centers, self._dominant = AxisMetric(), CenterMetric(), DominantAxisMetric()
        self._rows: list[_Row] = []
        self._turned = 0

    def add(self, picture: AnnotatedPicture, size: tuple[int, int], prediction: Prediction) -> None:
        """Count a picture of `size` = (width, height), px."""
        shapes = picture.shapes
        curves: dict[Kind, npt.NDArray[np.float16]] = {}
        for kind in self._kinds:
            truth = truth_mask(shapes, size, kind)
            counts = self._drawn[kind].update(score_map(prediction.detections, size, kind), truth)
            if kind in self._heat:
                counts = self._heat[kind].update(prediction.maps[kind], truth)
                self._undilated[kind].update(prediction.maps[kind], truth)
                self._fused[kind].update(fused_map(prediction.maps[kind], prediction.detections, size, kind), truth)
            curves[kind] = _f1_curve(counts)
        axes = self._axes.update(prediction.detections, shapes, size)
        centers, _ = self._centers.update(prediction.detections, shapes, size)
        if len(picture.axes) == 1 and not picture.ellipses:
            self._dominant.update(prediction.detections, picture.axes[0])
        shown = tuple(d for d in prediction.detections if d.score >= self._threshold)
        self._rows.append(
            _Row(
                picture.path,
                curves,
                (*axes.at(self._threshold), axes.truths),
                (*centers.at(self._threshold), centers.truths),
                ImageRecord.found(picture.path, size, shown),
            )
        )

    def add_turned(
        self, shapes: Sequence[Shape], matrix: Affine, valid: Mask, of_turned: dict[Kind, Map], turned: dict[Kind, Map]
    ) -> None:
        """Count a turned picture: f(turned picture), and turned f(picture), both [H, W], on the `valid` pixels."""
        size = (valid.shape[1], valid.shape[0])
        moved = [shape.transformed(matrix) for shape in shapes]
        for kind in self._robust:
            self._robust[kind].update(of_turned[kind], truth_mask(moved, size, kind))
            self._consistent[kind].update(of_turned[kind], turned[kind], valid)
        self._turned += 1

    # -- results ------------------------------------------------------------------------------------------------------

    def heatmaps(self) -> KindsPart:
        return _kinds(self._heat)

    def undilated(self) -> KindsPart:
        return _kinds(self._undilated)

    def drawn(self) -> KindsPart:
        return _kinds(self._drawn)

    def fused(self) -> KindsPart:
        return _kinds(self._fused)

    def axes(self) -> RankedPart | None:
        if not self._truths.axes or not self._rows:
            return None
        return _ranked(self._axes.result(), self._axes.result(self._threshold), self._axes.curve())

    def dominant(self) -> DominantPart | None:
        if not self._dominant.pictures:
            return None
        return DominantPart(right=self._dominant.result(), pictures=self._dominant.pictures)

    def centers(self) -> CentersPart | None:
        if not self._truths.centers or not self._rows:
            return None
        best, shown = self._centers.result(), self._centers.result(self._threshold)
        return CentersPart(
            places=_ranked(best.places, shown.places, self._centers.curve()),
            with_order_average_precision=best.places_and_orders.average_precision,
            with_order_f1=best.places_and_orders.f1,
            order_accuracy=best.order_accuracy if best.orders_compared else None,
            orders_compared=best.orders_compared,
        )

    def turned(self) -> TurnedPart | None:
        if not self._turned:
            return None
        consistency = {
            kind: ConsistencyPart(**{k: v for k, v in asdict(metric.result()).items() if k != "pairs"})
            for kind, metric in self._consistent.items()
        }
        return TurnedPart(
            of="drawn" if self._draws else "heatmaps",
            robustness=_kinds(self._robust),
            reflection_consistency=consistency.get("reflection"),
            rotation_consistency=consistency.get("rotation"),
        )

    def rows(self) -> tuple[PictureRow, ...]:
        """One row a picture, the worst first; equal ones in the order of the data."""
        metrics = {kind: self._heat.get(kind) or metric for kind, metric in self._drawn.items()}
        best = {kind: int(np.argmax(metric.counts.f1)) for kind, metric in metrics.items()}
        rows = [self._row(row, best) for row in self._rows]
        rows.sort(key=lambda row: -row.error)
        return tuple(rows)

    def _row(self, row: _Row, best: dict[Kind, int]) -> PictureRow:
        pixel = {kind: float(curve[best[kind]]) for kind, curve in row.curves.items()}
        pixel_f1 = {kind: value for kind, value in pixel.items() if value >= 0}
        values = list(pixel_f1.values())
        if self._truths.axes:
            values += _shape_f1(row.axes)
        if self._truths.centers:
            values += _shape_f1(row.centers)
        return PictureRow(
            path=row.path,
            error=1.0 - sum(values) / len(values) if values else 0.0,
            reflection_f1=pixel_f1.get("reflection"),
            rotation_f1=pixel_f1.get("rotation"),
            axes=row.axes,
            centers=row.centers,
            found=row.found,
        )


def _shape_f1(counts: tuple[int, int, int]) -> list[float]:
    hits, shown, true = counts
    return [2.0 * hits / (shown + true)] if shown + true else []


def _f1_curve(counts: PixelCounts) -> npt.NDArray[np.float16]:
    """F1 at each threshold; -1 without truth: a single faint pixel would make it 0 there, where 1 stands for none."""
    return np.where(counts.labelled == 0, -1.0, counts.f1).astype(np.float16)


def _kinds(metrics: dict[Kind, PixelMetric]) -> KindsPart:
    parts = {kind: _pixel(metric) for kind, metric in metrics.items() if metric.result().pictures}
    return KindsPart(reflection=parts.get("reflection"), rotation=parts.get("rotation"))


def _pixel(metric: PixelMetric) -> PixelPart:
    scores = metric.result()
    counts = scores.counts
    curve = Curve(
        thresholds=tuple(counts.thresholds.tolist()),
        precision=tuple(counts.precision.tolist()),
        recall=tuple(counts.recall.tolist()),
    )
    return PixelPart(
        f1=scores.f1, threshold=scores.threshold, precision=scores.precision, recall=scores.recall, curve=curve
    )


def _ranked(best: RankedScores, shown: RankedScores, curve: PrecisionRecall) -> RankedPart:
    n = len(curve.thresholds)
    at = np.unique(np.linspace(0, n - 1, min(n, _CURVE_POINTS)).round().astype(int)) if n else np.zeros(0, int)
    return RankedPart(
        average_precision=best.average_precision,
        f1=best.f1,
        threshold=best.threshold,
        precision=best.precision,
        recall=best.recall,
        shown_f1=shown.f1,
        proposals=shown.proposals,
        truths=best.truths,
        curve=Curve(
            thresholds=tuple(curve.thresholds[at].tolist()),
            precision=tuple(curve.precision[at].tolist()),
            recall=tuple(curve.recall[at].tolist()),
        ),
    )
