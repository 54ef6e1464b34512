"""`clipsym-annotation/1`: one JSON file a picture, for version control and for people who read diffs.

`a/b.jpg` has its annotations beside it in `a/b.jpg.sym.json`. Keys and shapes keep their order, each shape is on a line
of its own, so two people who draw in different pictures, or add different shapes, merge without conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, safe_path
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.jsonio import dump_json, load_json
from clipsym_core.data.formats.values import (
    BadValue,
    extras,
    group,
    mapping,
    sequence,
    shape_from_json,
    shape_to_json,
    size,
    split,
    state,
    suggestion_to_json,
    suggestions,
    text,
)
from clipsym_core.data.pictures import Located, locate, store
from clipsym_core.data.report import Report

FORMAT = "clipsym-annotation/1"
SUFFIX = ".sym.json"


class NativeFormat(Format):
    """One JSON file a picture; holds everything."""

    name: ClassVar = "native"
    title: ClassVar = "SymViewer JSON, one file a picture"
    layout: ClassVar = "a/b.jpg with a/b.jpg.sym.json beside it"
    holds: ClassVar = EVERYTHING

    def recognizes(self, source: Path) -> bool:
        if source.is_file():
            return source.name.endswith(SUFFIX)
        return source.is_dir() and next(sorted_files(source, SUFFIX), None) is not None

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        root = source if source.is_dir() else source.parent
        files = [source] if source.is_file() else sorted_files(source, SUFFIX) if source.is_dir() else []
        found = False
        for file in files:
            found = True
            name = file.relative_to(root).as_posix()
            try:
                yield record_from_json(load_json(file), options.images or root, name, options, report)
            except BadValue as error:
                report.skipped(name, error.place, error.message)
        if not found:
            raise nothing_there(source, f"files NAME{SUFFIX}")

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        for picture in pictures:
            file = target / f"{picture.path}{SUFFIX}"
            file.parent.mkdir(parents=True, exist_ok=True)
            store(picture, target / picture.path, options.pictures, report)
            file.write_bytes(dump_json(record_to_json(picture)))


def record_to_json(picture: AnnotatedPicture) -> dict[str, Any]:
    """A record as plain JSON values."""
    data: dict[str, Any] = {"format": FORMAT, "picture": picture.path}
    if picture.size is not None:
        data["width"], data["height"] = picture.size
    data["state"] = picture.state
    data["group"], data["split"] = picture.group, picture.split
    data["shapes"] = [
        shape_to_json(a.shape) | ({"extra": dict(a.extra)} if a.extra else {}) for a in picture.annotations
    ]
    if picture.suggestions:
        data["suggestions"] = [suggestion_to_json(d) for d in picture.suggestions]
    if picture.extra:
        data["extra"] = dict(picture.extra)
    return data


def record_from_json(
    value: Any, root: Path | None, file: str, options: ReadOptions, report: Report
) -> AnnotatedPicture:
    """A record of such values; what is broken inside is reported as of `file` and left out.

    Args:
        root: folder that the picture lies below; None where it is no file of its own.

    Raises:
        BadValue: nothing can be made of it.
    """
    data = mapping(value, "")
    if data.get("format") != FORMAT:
        raise BadValue("format", f"Expected {FORMAT}, got {str(data.get('format'))[:40]!r}.")
    declared = size(data.get("width"), data.get("height"), "")
    try:
        located = (
            Located(safe_path(text(data.get("picture"), "picture")), None, declared)
            if root is None
            else locate(data.get("picture"), root, declared=declared, required=options.require_pictures)
        )
    except ValueError as error:
        raise BadValue("picture", str(error)) from error
    found: list[Annotation] = []
    for i, item in enumerate(sequence(data.get("shapes", []), "shapes")):
        place = f"shapes[{i}]"
        try:
            extra = extras(mapping(item, place).get("extra", {}), report, file, f"{place}.extra")
            found.append(Annotation(shape_from_json(item, place), extra))
        except BadValue as error:
            report.skipped(file, error.place, error.message)
    return AnnotatedPicture(
        path=located.path,
        size=located.size,
        annotations=tuple(found),
        suggestions=suggestions(data.get("suggestions", []), report, file, "suggestions"),
        state=state(data.get("state", options.state), options.state, report, file, "state"),
        group=group(data.get("group", ""), report, file, "group"),
        split=split(data.get("split", ""), report, file, "split"),
        extra=extras(data.get("extra", {}), report, file, "extra"),
        file=located.file,
    )
