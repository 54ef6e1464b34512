"""Further photos with axes and centers marked by eye, and where they come from (photo_marks.json).

The file names packages, each as its client does ("npm:uikit", "debian:neverball-data"), with their
licence, and the photos taken from each by their paths inside the unpacked package. "known" are photos of packages that
training_sources.py takes as a whole, by their names in the manifest. Axes are [x0, y0, x1, y1], centers [x, y, order],
in fractions of width and height. All of these photos train: the held-out scenes stay what they were.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("photo_marks.json")

Mark = dict[str, list[list[float]]]
"""What a photo shows: its "axes", its "centers", or both."""


@dataclass(frozen=True, slots=True)
class PhotoPackage:
    """A package of which single photos are taken: its client ("npm" or "debian"), name and licence."""

    client: str
    name: str
    licence: str
    photos: dict[str, Mark]

    def folder(self, work: Path) -> Path:
        """Where it is unpacked."""
        return work / self.client / self.name.replace("/", "_")


def photo_packages() -> Iterator[PhotoPackage]:
    for spec, entry in _read()["packages"].items():
        client, name = spec.split(":", 1)
        yield PhotoPackage(client, name, entry["licence"], entry["photos"])


def known_marks() -> dict[str, Mark]:
    """Marks of photos that training_sources.py takes anyway, by their names in the manifest."""
    marks: dict[str, Mark] = _read()["known"]
    return marks


def _read() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data
