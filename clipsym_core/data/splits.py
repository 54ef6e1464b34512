"""Train, val and test sets that anyone can make again, and that keep when pictures are added.

What belongs together (a video, a folder) goes into one split as a whole. Two ways:

`stable_split` looks at a group's name and the seed alone: no list is needed, adding pictures never moves one, and every
type of picture gets its share in expectation.
`balanced_splits` looks at all pictures and meets the shares as closely as whole groups allow, type by type and on the
whole; it keeps the splits that pictures have already, so that adding pictures moves none of those either.
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
    key: str
    members: list[str]
    types: Counter[str]
    split: Split = ""


def balanced_splits(
    pictures: Iterable[AnnotatedPicture], plan: SplitPlan, *, previous: Mapping[str, Split] | None = None,
    keep: bool = True,
) -> dict[str, Split]:  # fmt: skip
    """The split of every picture, by path. Only names and types are kept in memory.

    Groups go, in an order that the seed shuffles, where their types are furthest below their share; then some move, so
    that the shares are met over all types, too. A group with a picture in `previous` (or, with `keep`, with a split of
    its own) goes there with all its new pictures; of several splits in one group the first counts, so that the group
    no longer straddles.
    """
    groups: dict[str, _Group] = {}
    for picture in pictures:
        key = group_of(picture, plan.by)
        group = groups.setdefault(key, _Group(key, [], Counter()))
        group.members.append(picture.path)
        group.types["+".join(picture.kinds) or "none"] += 1
        if not group.split:
            group.split = (previous or {}).get(picture.path, "") or (picture.split if keep else "")
    lack = _Lack(groups.values(), plan.shares)
    unsplit = [group for group in groups.values() if not group.split]
    # Big groups first: small ones can still even out what they leave.
    unsplit.sort(key=lambda group: (-len(group.members), fraction_of(group.key, plan.seed), group.key))
    for group in unsplit:
        lack.put(group, max(lack.splits, key=lambda split: lack.of(group, split)))
    lack.even_out(unsplit)
    return {path: group.split for group in groups.values() for path in group.members}


class _Lack:
    """How many pictures each split lacks, of each type and of all: its share less what it has.

    Attributes:
        splits: those with a share.
    """

    def __init__(self, groups: Iterable[_Group], shares: tuple[float, ...]) -> None:
        self.splits = [split for split, share in zip(SPLITS, shares, strict=True) if share > 0]
        totals: Counter[str] = Counter()
        filled: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for group in groups:
            totals += group.types
            if group.split:
                filled[group.split] += group.types
        self._types = {
            split: {t: total * share - filled[split][t] for t, total in totals.items()}
            for split, share in zip(SPLITS, shares, strict=True)
        }
        self._all = {split: sum(lacks.values()) for split, lacks in self._types.items()}

    def of(self, group: _Group, split: Split) -> tuple[float, float]:
        """What the split lacks of such pictures; then, for equals, of all."""
        return sum(self._types[split][t] * n for t, n in group.types.items()), self._all[split]

    def put(self, group: _Group, split: Split) -> None:
        """Into a split, out of the one where it is."""
        for place, sign in ((group.split, 1), (split, -1)):
            if place:
                for t, n in group.types.items():
                    self._types[place][t] += sign * n
                self._all[place] += sign * len(group.members)
        group.split = split

    def even_out(self, groups: list[_Group]) -> None:
        """Move groups while that brings the splits closer to their shares: types one by one and, at twice the weight,
        the whole. Of ten pictures of five types no type has one to spare, and train would get all."""
        while True:
            gains = ((self._gain(group, split), group, split) for group in groups for split in self.splits)
            gain, group, split = max(gains, key=lambda move: move[0], default=(0.0, None, None))
            if group is None or split is None or gain < 1e-9:
                return
            self.put(group, split)

    def _gain(self, group: _Group, split: Split) -> float:
        """By how much half the sum of the squares of all lacks falls when the group moves."""
        if split == group.split:
            return 0.0
        here, there = self._types[group.split], self._types[split]
        types = sum(n * (there[t] - here[t] - n) for t, n in group.types.items())
        n = len(group.members)
        return types + 2 * n * (self._all[split] - self._all[group.split] - n)
