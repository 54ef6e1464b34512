"""`clipsym-detections/1` among the formats: what `clipsym detect` wrote comes in as suggestions, and goes out again.

A detection is no annotation: say `--accept T` to take those of score T and better as such.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from clipsym_core.data.annotation import AnnotatedPicture, check_reach
from clipsym_core.data.formats.base import Format, ReadOptions, WriteOptions, nothing_there
from clipsym_core.data.formats.detections import (
    FORMAT,
    AxisRecord,
    CenterRecord,
    DetectionsFile,
    EllipseRecord,
    ImageRecord,
)
from clipsym_core.data.formats.jsonio import stream_object
from clipsym_core.data.formats.values import BadValue, mapping, sequence, size
from clipsym_core.data.pictures import locate, store
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Detection

FILE = "detections.json"
_RECORDS: dict[str, type[AxisRecord | CenterRecord | EllipseRecord]] = {
    "axes": AxisRecord,
    "centers": CenterRecord,
    "ellipses": EllipseRecord,
}


class DetectionsFormat(Format):
    """The JSON of `clipsym detect`."""

    name: ClassVar = "detections"
    title: ClassVar = "detections of clipsym detect"
    layout: ClassVar = "detections.json, pictures beside it"
    holds: ClassVar = frozenset({"negative", "unsplit", "size", "suggestions", "path"})
    single_file: ClassVar = FILE

    def recognizes(self, source: Path) -> bool:
        file = source / FILE if source.is_dir() else source
        if not file.is_file() or file.suffix.lower() != ".json":
            return False
        with file.open("rb") as stream:
            return FORMAT.encode() in stream.read(4096)

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        file = source / FILE if source.is_dir() else source
        if not file.is_file():
            raise nothing_there(source, FILE)
        root = (options.images or file.parent).absolute()
        model = "unknown"

        def fault(place: str, message: str) -> None:
            report.skipped(file.name, place, message)

        try:
            for element in stream_object(file, frozenset({"images"}), fault):
                if element.key == "format" and element.value != FORMAT:
                    fault("format", f"Expected {FORMAT}, got {str(element.value)[:40]!r}.")
                    return
                if element.key == "model":
                    model = str(element.value)
                if element.key == "images" and element.index is not None:
                    place = f"images[{element.index}], line {element.line}"
                    try:
                        yield _picture(element.value, place, model, root, options, fault)
                    except BadValue as error:
                        fault(error.place, error.message)
        except BadValue as error:
            fault(error.place, error.message)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        sources: set[str] = set()
        body = target / f"{FILE}.part"
        with body.open("w", encoding="utf-8", newline="\n") as file:
            for i, picture in enumerate(pictures):
                store(picture, target / picture.path, options.pictures, report)
                for d in picture.suggestions:
                    sources.add(d.source)
                    if d.evidence:
                        report.lost(
                            picture.path, "", "The evidence of a suggestion: this format keeps its score alone."
                        )
                record = _image(picture)
                file.write((",\n" if i else "") + record.model_dump_json())
        model = sources.pop() if len(sources) == 1 else "several" if sources else "none"
        if model == "several":
            report.lost(FILE, "", "Which model made which suggestion: this format names one model a file.")
        head = DetectionsFile(model=model, images=()).model_dump_json(exclude={"images"})
        with (target / FILE).open("w", encoding="utf-8", newline="\n") as out, body.open(encoding="utf-8") as rows:
            out.write(f'{head[:-1]},"images":[\n')
            shutil.copyfileobj(rows, out)
            out.write("\n]}\n")
        body.unlink()


def _image(picture: AnnotatedPicture) -> ImageRecord:
    if picture.size is None:
        record = ImageRecord.found(picture.path, (1, 1), picture.suggestions)
        return record.model_copy(update={"width": None, "height": None})
    return ImageRecord.found(picture.path, picture.size, picture.suggestions)


def _picture(value: Any, place: str, model: str, root: Path, options: ReadOptions, fault: Any) -> AnnotatedPicture:
    data = mapping(value, place)
    if data.get("error") is not None:
        raise BadValue(place, f"{data.get('file')}: {data['error']}")
    declared = size(data.get("width"), data.get("height"), place)
    name = data.get("file")
    if isinstance(name, str) and Path(name).is_absolute() and Path(name).is_relative_to(root):
        name = Path(name).relative_to(root).as_posix()  # `clipsym detect` writes paths as they were named to it
    try:
        located = locate(name, root, declared=declared, required=options.require_pictures)
    except ValueError as error:
        raise BadValue(f"{place}, file", str(error)) from error
    found: list[Detection] = []
    for key, kind in _RECORDS.items():
        for i, item in enumerate(sequence(data.get(key, []), f"{place}, {key}")):
            where = f"{place}, {key}[{i}]"
            try:
                record = kind.model_validate(mapping(item, where))
                found.append(Detection(check_reach(record.shape()), record.score, model))
            except ValidationError as error:
                first = error.errors()[0]
                fault(".".join([where, *(str(p) for p in first["loc"])]), f"{first['msg']}.")
            except ValueError as error:
                fault(where, error.message if isinstance(error, BadValue) else str(error))
    found.sort(key=lambda d: -d.score)
    return AnnotatedPicture(
        path=located.path, size=located.size, suggestions=tuple(found), state="suggested" if found else "none",
        file=located.file,
    )  # fmt: skip
