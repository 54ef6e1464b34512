"""The settings file: JSON, written atomically; one that cannot be read is set aside as .bak, never overwritten."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from clipsym_core.files import write_atomic
from symviewer.model.problem import Problem
from symviewer.model.settings import Settings, parse_settings
from symviewer.model.translating import tr
from symviewer.store.paths import config_folder


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and what a person should know when they are not the ones that were saved."""

    settings: Settings
    problem: Problem | None = None


class SettingsStore:
    """Loads and saves the settings of this computer's user."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.json"

    @property
    def backup_path(self) -> Path:
        return self.path.with_suffix(".json.bak")

    def load(self) -> LoadedSettings:
        """The saved settings, the defaults where there are none or none that can be read."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return LoadedSettings(Settings())
        except (OSError, UnicodeDecodeError) as error:
            return LoadedSettings(Settings(), self._set_aside(error))
        try:
            return LoadedSettings(parse_settings(json.loads(text)))
        except ValueError as error:  # json's and pydantic's errors are ValueErrors
            return LoadedSettings(Settings(), self._set_aside(error))

    def save(self, settings: Settings) -> None:
        """Write the settings.

        Raises:
            OSError: the folder cannot be written.
        """
        # Not pydantic's JSON, which has no way to write the path of a recent file whose name is no UTF-8.
        text = json.dumps(settings.model_dump(mode="json"), indent=2)
        write_atomic(self.path, (text + "\n").encode())

    def _set_aside(self, error: Exception) -> Problem:
        reason = str(error).strip().splitlines()[0]
        try:
            os.replace(self.path, self.backup_path)
        except OSError as failure:
            return Problem(
                tr("The settings in {path} cannot be read, the program starts with its defaults.").format(
                    path=self.path
                ),
                tr("{reason}; and the file cannot be renamed: {why}.").format(reason=reason, why=failure.strerror),
                tr("Check the permissions of the folder."),
                details=str(error),
            )
        return Problem(
            tr("The settings in {path} cannot be read, the program starts with its defaults.").format(path=self.path),
            f"{reason}.",
            tr("The old file is kept as {name}.").format(name=self.backup_path.name),
            details=str(error),
        )
