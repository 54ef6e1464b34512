"""Old and new model of a run, picture by picture: what the comparison shows."""

from __future__ import annotations

from dataclasses import dataclass

from clipsym_core.evaluate.report import EvaluationReport, PixelPart


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """A validation picture: F1 of the old model (None where there is none that could be asked) and of the new one, the
    mean over axes and centers."""

    path: str
    old: float | None
    new: float

    @property
    def change(self) -> float:
        """New less old, as exactly as it is shown: less is neither better nor worse."""
        return 0.0 if self.old is None else round(self.new - self.old, 3)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pictures, those that lost most first, and the scores over all of them in words."""

    pictures: tuple[ComparedPicture, ...]
    text: str


def compare(report: EvaluationReport) -> Comparison:
    """The comparison that an evaluation of the old and the new model (the last one), or of the new alone, makes."""
    new = report.models[-1]
    old = report.models[0] if len(report.models) > 1 else None
    before = {row.path: 1.0 - row.error for row in old.rows} if old else {}
    pictures = [ComparedPicture(row.path, before.get(row.path), 1.0 - row.error) for row in new.rows]
    pictures.sort(key=lambda p: (p.change, p.new))
    parts = []
    for name, kind in (("axes", "reflection"), ("centers", "rotation")):
        after: PixelPart | None = getattr(new.heatmaps, kind)
        first: PixelPart | None = getattr(old.heatmaps, kind) if old else None
        if after is not None:
            was = f"{first.f1:.3f} before, " if first is not None else ""
            parts.append(f"{name}: {was}{after.f1:.3f} after")
    better = sum(p.change > 0 for p in pictures)
    worse = sum(p.change < 0 for p in pictures)
    counts = f" Better on {better:,}, worse on {worse:,} of {len(pictures):,} pictures." if old else ""
    text = f"F1 at the full size of the validation pictures, {'; '.join(parts) or 'none to tell'}.{counts}"
    for missing in report.not_evaluated:
        text += f" {missing.what} is not compared: {missing.why}"
    return Comparison(tuple(pictures), text)
