"""Old model against new: what must be said when learning something new helped nothing, or cost something old."""

from __future__ import annotations

from typing import Final

from clipsym_core.train.events import Scores, WarningEvent

_FORGOTTEN: Final = 0.02
"""A loss of F1 on rehearsal beyond this is worth a warning: less is noise of few pictures."""


def not_better(before: Scores, last: Scores) -> WarningEvent:
    """What must be said when no checkpoint of a run was better than its start on what people verified."""
    return WarningEvent(
        what="Training made the model no better on the verified pictures: the best checkpoint is the old model.",
        why=f"F1 {before.f1:.3f} before, {last.f1:.3f} after the last step.",
        remedy="Go on with the old one; verify more pictures, or train longer or with a lower rate.",
    )


def forgotten(before: Scores, after: Scores) -> WarningEvent | None:
    """What must be said when the new model has lost some of what the old one knew."""
    old, new = before.rehearsal_f1, after.rehearsal_f1
    if old is None or new is None or new >= old - _FORGOTTEN:
        return None
    return WarningEvent(
        what="The new model has forgotten some of what the old one knew.",
        why=f"F1 on rehearsal pictures {old:.3f} before, {new:.3f} after.",
        remedy="Give rehearsal a larger share, or train for fewer epochs.",
    )
