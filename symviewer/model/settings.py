"""What the program remembers between two starts, validated. Window layout is Qt's business and kept apart."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from symviewer.model.overlay import Overlay

SCHEMA_VERSION: Final = 1
RECENT_LIMIT: Final = 12
DEFAULT_MODEL: Final = "clipsym-lite"

Theme = Literal["system", "light", "dark"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Proposals = Literal["both", "network", "features"]


class DetectionSettings(BaseModel):
    """How suggestions are made. `model` is a name of the zoo or the path of a checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1)] = DEFAULT_MODEL
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    precision: Precision = "auto"
    proposals: Proposals = "both"

    def changed(self, **values: object) -> DetectionSettings:
        """A copy with some values replaced, validated."""
        return DetectionSettings.model_validate({**self.model_dump(), **values})


class Settings(BaseModel):
    """All settings. Unknown keys are an error: they are a typing mistake or a newer program's, and must not vanish."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = SCHEMA_VERSION
    theme: Theme = "system"
    detection: DetectionSettings = DetectionSettings()
    overlay: Overlay = Overlay()
    snap: bool = True
    shortcuts: dict[str, tuple[str, ...]] = {}  # differences from the table of actions
    recent: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()

    def changed(self, **values: object) -> Settings:
        """A copy with some values replaced."""
        return self.model_copy(update=values)

    def with_recent(self, path: str) -> Settings:
        """With `path` on top of the recent list."""
        return self.changed(recent=_on_top(path, self.recent))

    def with_recent_model(self, path: str) -> Settings:
        """With a checkpoint file on top of the recent models."""
        return self.changed(recent_models=_on_top(path, self.recent_models))


def parse_settings(raw: object) -> Settings:
    """Settings from parsed JSON; older versions are brought forward here when there are any.

    Raises:
        ValueError: not settings of this program, or of a newer one (pydantic's errors are ValueErrors, too).
    """
    version = raw.get("version") if isinstance(raw, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ValueError(f"settings of a newer program (version {version}, this one knows {SCHEMA_VERSION})")
    return Settings.model_validate(raw)


def _on_top(item: str, items: tuple[str, ...]) -> tuple[str, ...]:
    return (item, *(i for i in items if i != item))[:RECENT_LIMIT]
