"""What is drawn over the picture, as one immutable value: sliders and menus make a new one, views follow it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter
from symviewer.model.colormaps import COLORMAPS

HeatmapKind: TypeAlias = Literal["off", "reflection", "rotation"]
Fraction: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]


class Overlay(BaseModel):
    """State of the overlay.

    Attributes:
        threshold: suggestions with a smaller score are hidden (they stay in memory, nothing is computed again).
        difference: where the two sides of the selected axis differ.
        heatmap: which heatmap is shown.
        last_heatmap: the one that comes back when the heatmap is switched on again.
        colormap: a name of `colormaps.COLORMAPS`.
        opacity: of the heatmap.
        low, high: the range of the heatmap that the colors span.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: Fraction = 0.5
    suggestions: bool = True
    axes: bool = True
    centers: bool = True
    ellipses: bool = True
    labels: bool = True
    difference: bool = False
    heatmap: HeatmapKind = "reflection"
    last_heatmap: Literal["reflection", "rotation"] = "reflection"
    colormap: str = "viridis"
    opacity: Fraction = 0.6
    low: Fraction = 0.1
    high: Fraction = 1.0

    @model_validator(mode="after")
    def _check(self) -> Overlay:
        if self.colormap not in COLORMAPS:
            raise ValueError(f"unknown colormap {self.colormap!r}; choose one of {', '.join(COLORMAPS)}")
        if not self.high > self.low:
            raise ValueError(f"the range must grow, got {self.low} to {self.high}")
        return self

    def changed(self, **values: object) -> Overlay:
        """A copy with some values replaced, validated.

        Raises:
            pydantic.ValidationError: a value that does not fit.
        """
        if values.get("heatmap") in ("reflection", "rotation"):
            values.setdefault("last_heatmap", values["heatmap"])
        return Overlay.model_validate({**self.model_dump(), **values})

    def toggled_heatmap(self) -> Overlay:
        """Off, or the heatmap that was shown last."""
        return self.changed(heatmap=self.last_heatmap if self.heatmap == "off" else "off")

    def switched_heatmap(self) -> Overlay:
        """The other kind of heatmap, shown."""
        return self.changed(heatmap="rotation" if self.heatmap == "reflection" else "reflection")

    def shows(self, detection: Detection) -> bool:
        """Whether a suggestion is drawn and listed under this state."""
        if not self.suggestions or detection.score < self.threshold:
            return False
        if isinstance(detection.shape, ReflectionAxis):
            return self.axes
        if isinstance(detection.shape, RotationCenter):
            return self.centers
        return self.ellipses
