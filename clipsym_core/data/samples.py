"""The sample pictures that ship with the program, with their exact shapes."""

from __future__ import annotations

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.csv_table import CsvFormat
from clipsym_core.data.report import Report
from clipsym_core.resources import resource_path


def sample_records() -> list[AnnotatedPicture]:
    """All of them, in the order of their table.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    table = resource_path("samples", CsvFormat.single_file)
    return list(CsvFormat().read(table, ReadOptions(), Report()))
