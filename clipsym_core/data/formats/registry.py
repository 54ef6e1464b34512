"""All formats by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clipsym_core.data.formats.base import Format
from clipsym_core.data.formats.coco import CocoFormat
from clipsym_core.data.formats.csv_table import CsvFormat
from clipsym_core.data.formats.dendi import DendiFormat
from clipsym_core.data.formats.detections_set import DetectionsFormat
from clipsym_core.data.formats.iccv2017 import Iccv2017Format
from clipsym_core.data.formats.labelme import LabelmeFormat
from clipsym_core.data.formats.ldrs import LdrsFormat
from clipsym_core.data.formats.native import NativeFormat
from clipsym_core.data.formats.nyu import NyuFormat
from clipsym_core.data.formats.project import ProjectFormat
from clipsym_core.data.formats.rendered import OverlaysFormat, TargetsFormat
from clipsym_core.data.formats.sdrw import SdrwFormat
from clipsym_core.data.formats.shards import ShardsFormat
from clipsym_core.errors import InputError

# In the order in which `guess` asks them: the most telling signs first. A folder may hold a dataset and, since it was
# opened once, a project that knows nothing: the dataset comes first.
FORMATS: Final[tuple[Format, ...]] = (
    NativeFormat(), DetectionsFormat(), DendiFormat(), SdrwFormat(), NyuFormat(), Iccv2017Format(), CsvFormat(),
    CocoFormat(), LdrsFormat(), LabelmeFormat(), ProjectFormat(), ShardsFormat(), TargetsFormat(),
    OverlaysFormat(),
)  # fmt: skip


def format_names(*, readable: bool = False, writable: bool = False) -> list[str]:
    """Names of all formats, or of those that can be imported or exported."""
    return [f.name for f in FORMATS if (f.readable or not readable) and (f.writable or not writable)]


def get_format(name: str) -> Format:
    """The format of that name.

    Raises:
        InputError: there is none.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    raise InputError(f"There is no format {name!r}.", f"There are {', '.join(format_names())}.", "Choose one of them.")


def guess_format(source: Path) -> Format:
    """The format that a dataset looks like.

    Raises:
        InputError: it looks like none, or does not exist.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist.", remedy="Check the path.")
    for candidate in FORMATS:
        if candidate.readable and candidate.recognizes(source):
            return candidate
    raise InputError(
        f"Cannot tell the format of {source}.", "No format recognizes its files.",
        f"Say it with --from: {', '.join(format_names(readable=True))}.",
    )  # fmt: skip
