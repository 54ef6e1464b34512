"""The pictures of an evaluation: those of a dataset that carry a truth, of one split, at most so many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, fraction_of
from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import get_format, guess_format
from clipsym_core.data.report import Report
from clipsym_core.data.samples import sample_records
from clipsym_core.errors import InputError

SAMPLES: Final = "samples"
"""In place of a path: the sample pictures that come with the program, whose symmetries are known."""


@dataclass(frozen=True, slots=True)
class EvaluationData:
    """Pictures with their truth. Pixels are read one picture at a time; what stays in memory is a record of each.

    Attributes:
        name: for people.
        source, format, split: where the pictures come from.
        pictures: in the order of the data; each has a file.
        problems: (what, why) of records that were left out.
    """

    name: str
    pictures: tuple[AnnotatedPicture, ...]
    source: str = ""
    format: str = ""
    split: str | None = None
    problems: tuple[tuple[str, str], ...] = ()


def load_data(
    source: Path,
    *,
    format_name: str | None = None,
    split: str | None = None,
    images: Path | None = None,
    verified_only: bool = False,
) -> EvaluationData:
    """The pictures of a dataset in any format that can be imported, or `SAMPLES`; see `choose_pictures`.

    Raises:
        InputError: the format is unknown or nothing of it is there, the split does not exist, or no picture carries a
            truth.
    """
    if split is not None and split not in SPLITS:
        raise InputError(f"There is no split {split!r}.", remedy=f"Choose one of: {', '.join(SPLITS)}.")
    if str(source) == SAMPLES and not source.exists():
        kept = choose_pictures(sample_records(), split=split, name="the sample pictures")
        return EvaluationData("sample pictures", kept, SAMPLES)
    chosen = get_format(format_name) if format_name else guess_format(source)
    report = Report()
    records = read_dataset(source, chosen.name, ReadOptions(images=images), report)
    name = source.resolve().name
    kept = choose_pictures(records, split=split, name=name, verified_only=verified_only)
    problems = tuple((f"{e.file}, {e.place}" if e.place else e.file, e.message) for e in report.of("skipped"))
    return EvaluationData(name, kept, str(source), chosen.name, split, problems)


def choose_pictures(
    records: Iterable[AnnotatedPicture],
    *,
    split: str | None = None,
    name: str = "the data",
    verified_only: bool = False,
) -> tuple[AnnotatedPicture, ...]:
    """The pictures that can be judged: with a file, of the split, and verified or with a shape.

    A verified picture without shapes is a truth too: whatever is found there is a false alarm. One that nobody has
    looked at is not; and one with shapes that was not verified may lack others (`verified_only` leaves it out).

    Raises:
        InputError: none is left, or none of them has a shape.
    """
    kept: list[AnnotatedPicture] = []
    splits: Counter[str] = Counter()
    unseen = 0
    for picture in records:
        if picture.file is None:
            continue
        splits[picture.split] += 1
        if split is not None and picture.split != split:
            continue
        if picture.state != "verified" and (verified_only or not picture.annotations):
            unseen += 1
            continue
        kept.append(picture)
    if split is not None and not splits[split]:
        there = ", ".join(f"{s or 'none'} ({n:,})" for s, n in sorted(splits.items())) or "no picture at all"
        raise InputError(
            f"{name} has no picture in the split {split!r}.", f"It has: {there}.",
            "Choose another split, or give splits with clipsym convert --split.",
        )  # fmt: skip
    if not any(picture.annotations for picture in kept):
        lacks = "not verified" if verified_only else "neither verified nor annotated"
        why = f"{unseen:,} pictures are {lacks}." if unseen else "No picture has a shape."
        raise InputError(
            f"There is no truth in {name} to compare with.", why, "Annotate and verify some pictures first."
        )
    return tuple(kept)


def limited(pictures: tuple[AnnotatedPicture, ...], limit: int | None, seed: int) -> tuple[AnnotatedPicture, ...]:
    """At most `limit` of the pictures, in their order: those with the smallest hash, so more pictures move few."""
    if limit is None or len(pictures) <= limit:
        return pictures
    chosen = set(sorted((p.path for p in pictures), key=lambda path: fraction_of(path, seed))[:limit])
    return tuple(p for p in pictures if p.path in chosen)
