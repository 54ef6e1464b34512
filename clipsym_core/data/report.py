"""What happened on the way: everything that was skipped, changed, lost or worth a note, with file and place.

Counts are exact for any number of pictures; of the entries themselves only the first are kept in memory, all of them go
to `sink`, so a dataset of 100,000 pictures with a fault in each takes no more memory than one of 1,000.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias, get_args

EntryKind: TypeAlias = Literal["skipped", "changed", "lost", "note"]
"""skipped: did not go in. changed: went in, altered. lost: the format has no place for it. note: good to know."""

_MAX_TOPICS = 500

SHAPE_WORDS = {"axis": "axes", "center": "centers", "ellipse": "ellipses"}
"""One of a kind, and many of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        file: the file it happened in, as the person would name it.
        place: where in the file, such as "line 12" or "shapes[3].points"; empty for the whole file.
        message: what and why.
    """

    kind: EntryKind
    file: str
    place: str
    message: str

    def __str__(self) -> str:
        place = f", {self.place}" if self.place else ""
        return f"{self.file}{place}: {self.message}"

    def to_json(self) -> str:
        """One line of JSON, for a report file."""
        return json.dumps(asdict(self))


class Report:
    """Collects entries and counts.

    Attributes:
        entries: the first `keep` entries.
        counts: how many entries of each kind there were in all.
        read, written: pictures.
        shapes: annotated shapes written, by kind (axis, center, ellipse).
        suggestions: suggestions written.
    """

    def __init__(self, *, keep: int = 1000, sink: Callable[[Entry], None] | None = None) -> None:
        self.keep, self.sink = keep, sink
        self.entries: list[Entry] = []
        self.counts: Counter[EntryKind] = Counter()
        self.topics: Counter[tuple[EntryKind, str]] = Counter()
        self.read = 0
        self.written = 0
        self.shapes: Counter[str] = Counter()
        self.suggestions = 0

    def add(self, kind: EntryKind, file: object, place: str, message: str) -> None:
        entry = Entry(kind, _printable(str(file)), _printable(place), _printable(message))
        self.counts[kind] += 1
        topic = (kind, message)
        if topic in self.topics or len(self.topics) < _MAX_TOPICS:
            self.topics[topic] += 1
        if len(self.entries) < self.keep:
            self.entries.append(entry)
        if self.sink is not None:
            self.sink(entry)

    def absorb(self, other: Report) -> None:
        """Take in what another report collected."""
        self.entries += other.entries[: max(0, self.keep - len(self.entries))]
        if self.sink is not None:
            for entry in other.entries:
                self.sink(entry)
        self.counts += other.counts
        self.topics += other.topics
        self.shapes += other.shapes
        self.read += other.read
        self.written += other.written
        self.suggestions += other.suggestions

    def copy(self) -> Report:
        """The report as it is now, without its sink; for another thread."""
        report = Report(keep=self.keep)
        report.absorb(self)
        return report

    def skipped(self, file: object, place: str, message: str) -> None:
        self.add("skipped", file, place, message)

    def changed(self, file: object, place: str, message: str) -> None:
        self.add("changed", file, place, message)

    def lost(self, file: object, place: str, message: str) -> None:
        self.add("lost", file, place, message)

    def note(self, file: object, place: str, message: str) -> None:
        self.add("note", file, place, message)

    def of(self, kind: EntryKind) -> list[Entry]:
        """The kept entries of one kind."""
        return [e for e in self.entries if e.kind == kind]

    def summary(self) -> str:
        """One line of counts, such as "12 pictures read, 11 written (20 axes, 3 centers); 1 skipped"."""
        parts = [plural(n, kind, many) for kind, many in SHAPE_WORDS.items() if (n := self.shapes[kind])]
        if self.suggestions:
            parts.append(plural(self.suggestions, "suggestion"))
        shapes = ", ".join(parts) or "no shapes"
        text = f"{plural(self.read, 'picture')} read, {self.written:,} written ({shapes})"
        counts = [f"{self.counts[kind]:,} {kind}" for kind in get_args(EntryKind) if self.counts[kind]]
        return f"{text}; {', '.join(counts)}" if counts else text


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 axis", "2,000 axes"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _printable(text: str) -> str:
    """Text that can be printed and written as UTF-8: file names may hold any bytes, and terminals obey escapes."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
