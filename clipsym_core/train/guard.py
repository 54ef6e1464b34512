"""Old model against new: what must be said when learning something new cost something old."""

from __future__ import annotations

from typing import Final

from clipsym_core.train.events import Scores, WarningEvent

_DIGITS: Final = 3
_FORGOTTEN: Final = 0.02
"""A loss of F1 on rehearsal beyond this is worth a warning: less is noise of few pictures."""


def compare(before: Scores, after: Scores) -> list[WarningEvent]:
    """What must be said when the new model is worse than the old one on what people verified, or has forgotten."""
    warnings = []
    # What reads the same is not called worse.
    if round(after.f1, _DIGITS) < round(before.f1, _DIGITS):
        warnings.append(
            WarningEvent(
                what="The new model is worse than the old one on the verified pictures.",
                why=f"F1 {before.f1:.3f} before, {after.f1:.3f} after.",
                remedy="Keep the old one; verify more pictures, or train longer or with a lower rate.",
            )
        )
    old, new = before.rehearsal_f1, after.rehearsal_f1
    if old is not None and new is not None and new < old - _FORGOTTEN:
        warnings.append(
            WarningEvent(
                what="The new model has forgotten some of what the old one knew.",
                why=f"F1 on rehearsal pictures {old:.3f} before, {new:.3f} after.",
                remedy="Give rehearsal a larger share, or train for fewer epochs.",
            )
        )
    return warnings
