"""How pictures are changed while training, as data: no numpy, no OpenCV, so run files are read without them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from clipsym_core.model.config import StrictModel

Share = Annotated[float, Field(ge=0, le=1)]
Strength = Annotated[float, Field(ge=0, le=1)]


class AugmentOptions(StrictModel):
    """Each change happens with its own share; labels move with the pixels.

    Attributes:
        quarter_turns: share turned by 0, 90, 180 or 270 degrees.
        mirror: share mirrored.
        turn, degrees: share turned by any angle up to +-degrees.
        scale, zoom: share scaled, by a factor between the two numbers of `zoom` (above 1 crops).
        shift: share moved, by up to a fifth of the canvas (which crops, too).
        perspective, tilt: share seen at a slant; `tilt` is how far corners move, as a share of the side.
        color, jitter: share with other brightness, contrast, saturation (each by up to +-jitter) and hue (half of it).
        light: strength of the richer changes of the synthetic scenes (shadow, tint, noise, blur, JPEG); 0 leaves them
            out.
        blur, jpeg: shares blurred and compressed, beside `light`.
    """

    quarter_turns: Share = 0.0
    mirror: Share = 0.0
    turn: Share = 0.0
    degrees: float = Field(default=180.0, ge=0, le=180)
    scale: Share = 0.0
    zoom: tuple[Annotated[float, Field(gt=0.05)], Annotated[float, Field(lt=20)]] = (0.7, 1.4)
    shift: Share = 0.0
    perspective: Share = 0.0
    tilt: float = Field(default=0.08, ge=0, le=0.2)
    color: Share = 0.0
    jitter: float = Field(default=0.2, ge=0, le=1)
    light: Strength = 0.0
    blur: Share = 0.0
    jpeg: Share = 0.0


NO_CHANGE = AugmentOptions()
AUTHORS = AugmentOptions(quarter_turns=0.5, turn=0.5, degrees=15.0, color=0.5, jitter=0.2)
"""Quarter turns, +-15 degrees, color; no mirror, no scale (recipe 1.2)."""
FULL = AugmentOptions(
    quarter_turns=1.0, mirror=0.5, turn=0.5, scale=0.6, shift=0.4, perspective=0.25, color=0.6, jitter=0.25, blur=0.1,
    jpeg=0.15,
)  # fmt: skip
"""Everything that keeps a symmetry a symmetry; for data sets too small to show every pose."""
