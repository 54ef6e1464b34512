"""Train, val and test sets that anyone can make again, and that keep when pictures are added.

What belongs together (a video, a folder) goes into one split as a whole. Two ways:

`stable_split` looks at a group's name and the seed alone: no list is needed, adding pictures never moves one, and every
type of picture gets its share in expectation.
`balanced_splits` looks at all pictures and meets the shares as closely as whole groups allow, type by type; it keeps
the splits that pictures have already, so that adding pictures moves none of those either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Split, fraction_of
from clipsym_core.errors import InputError

GroupBy: TypeAlias = Literal["group", "folder", "picture"]
"""group: pictures of one group, and each by itself that has none. folder: all of a folder. picture: each by itself."""


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How to split.

    Attributes:
        shares: of train, val and test; they are scaled to sum 1.
        seed: another seed, another split.
        by: what stays together.

    Raises:
        InputError: a negative share, or none above 0.
    """

    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0
    by: GroupBy = "group"

    def __post_init__(self) -> None:
        total = sum(self.shares)
        if len(self.shares) != 3 or not all(0 <= s < float("inf") for s in self.shares) or total <= 0:
            raise InputError(
                f"The shares {self.shares} cannot be.", "They must be three numbers, not negative, one above 0.",
                "Give for example 80/10/10.",
            )  # fmt: skip
        object.__setattr__(self, "shares", tuple(s / total for s in self.shares))


def group_of(picture: AnnotatedPicture, by: GroupBy) -> str:
    """What the picture must stay together with. Groups of different origin never coincide."""
    if by == "folder":
        return f"folder:{picture.folder}"
    if by == "group" and picture.group:
        return f"group:{picture.group}"
    return f"picture:{PurePosixPath(picture.path)}"


def stable_split(picture: AnnotatedPicture, plan: SplitPlan) -> Split:
    """The split of one picture, from its group's name and the seed alone."""
    at = fraction_of(group_of(picture, plan.by), plan.seed)
    edge = 0.0
    for split, share in zip(SPLITS, plan.shares, strict=True):
        edge += share
        if at < edge and share > 0:
            return split
    return next(s for s, share in zip(reversed(SPLITS), reversed(plan.shares), strict=True) if share > 0)


def with_stable_splits(
    pictures: Iterable[AnnotatedPicture], plan: SplitPlan, *, keep: bool = True
) -> Iterator[AnnotatedPicture]:
    """The pictures with splits, one after the other; `keep` leaves splits that are there."""
    for picture in pictures:
        yield picture if keep and picture.split else replace(picture, split=stable_split(picture, plan))


@dataclass(slots=True)
class _Group:
    members: list[str]
    types: Counter[str]
    split: Split = ""


def balanced_splits(
    pictures: Iterable[AnnotatedPicture], plan: SplitPlan, *, previous: Mapping[str, Split] | None = None,
    keep: bool = True,
) -> dict[str, Split]:  # fmt: skip
    """The split of every picture, by path. Only names and types are kept in memory.

    Groups go, in an order that the seed shuffles, where their types are furthest below their share. A group with a
    picture in `previous` (or, with `keep`, with a split of its own) goes there with all its new pictures; of several
    splits in one group the first counts, so that the group no longer straddles.
    """
    groups: dict[str, _Group] = {}
    for picture in pictures:
        group = groups.setdefault(group_of(picture, plan.by), _Group([], Counter()))
        group.members.append(picture.path)
        group.types["+".join(picture.kinds) or "none"] += 1
        if not group.split:
            group.split = (previous or {}).get(picture.path, "") or (picture.split if keep else "")
    filled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    open_groups: list[tuple[float, str]] = []
    for key, group in groups.items():
        if group.split:
            filled[group.split] += group.types
        else:
            open_groups.append((fraction_of(key, plan.seed), key))
    totals: Counter[str] = Counter()
    for group in groups.values():
        totals += group.types
    # Big groups first: small ones can still even out what they leave.
    for _, key in sorted(open_groups, key=lambda item: (-len(groups[item[1]].members), item)):
        group = groups[key]
        group.split = _neediest(group.types, totals, filled, plan.shares)
        filled[group.split] += group.types
    return {path: group.split for group in groups.values() for path in group.members}


def _neediest(
    types: Counter[str], totals: Counter[str], filled: Mapping[str, Counter[str]], shares: tuple[float, ...]
) -> Split:
    """The split that lacks most pictures of these types; of equals, the one that lacks most of all types."""

    def lack(split: Split, share: float) -> tuple[float, float]:
        missing = sum((totals[t] * share - filled[split][t]) * n for t, n in types.items())
        everything = sum(totals.values()) * share - sum(filled[split].values())
        return (missing, everything)

    allowed = [(split, share) for split, share in zip(SPLITS, shares, strict=True) if share > 0]
    return max(allowed, key=lambda item: lack(*item))[0]
