"""Splits: the same again from the same seed, groups whole, types shared out, kept when pictures are added."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Annotation
from clipsym_core.data.splits import GroupBy, SplitPlan, balanced_splits, group_of, stable_split, with_stable_splits
from clipsym_core.errors import InputError
from clipsym_core.symmetry import ReflectionAxis, RotationCenter

AXIS, CENTER = Annotation(ReflectionAxis(((0, 0), (1, 1)))), Annotation(RotationCenter(0, 0, 4))
KINDS = {"axis": (AXIS,), "center": (CENTER,), "both": (AXIS, CENTER), "none": ()}


def dataset(count: int, *, kinds: list[str] | None = None, videos: int = 0) -> list[AnnotatedPicture]:
    names = kinds or list(KINDS)
    return [
        AnnotatedPicture(
            f"d{i % 7}/{i}.png", annotations=KINDS[names[i % len(names)]], group=f"v{i % videos}" if videos else ""
        )
        for i in range(count)
    ]


plans = st.builds(
    SplitPlan,
    st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90)),
    st.integers(0, 10**6),
    st.sampled_from(["group", "folder", "picture"]),
)


def test_the_first_names_always_fall_alike() -> None:
    """Frozen: a new release must not move anyone's pictures."""
    plan = SplitPlan((60, 20, 20), seed=3)
    assert [stable_split(p, plan) for p in dataset(12)] == [
        "train", "train", "test", "train", "test", "train", "train", "train", "train", "val", "train", "val",
    ]  # fmt: skip


@settings(max_examples=40)
@given(plans, st.integers(0, 12), st.randoms(use_true_random=False))
def test_stable_splits_do_not_depend_on_the_other_pictures(plan: SplitPlan, videos: int, random: object) -> None:
    pictures = dataset(60, videos=videos)
    whole = {p.path: p.split for p in with_stable_splits(pictures, plan)}
    some = pictures[::3]
    random.shuffle(some)  # type: ignore[attr-defined]
    assert all(whole[p.path] == p.split for p in with_stable_splits(some, plan))


@settings(max_examples=40)
@given(plans, st.integers(1, 12), st.booleans())
def test_groups_never_straddle(plan: SplitPlan, videos: int, balanced: bool) -> None:
    pictures = dataset(80, videos=videos)
    if balanced:
        splits = balanced_splits(pictures, plan)
        pictures = [replace(p, split=splits[p.path]) for p in pictures]
    else:
        pictures = list(with_stable_splits(pictures, plan))
    of_group: defaultdict[str, set[str]] = defaultdict(set)
    for p in pictures:
        of_group[group_of(p, plan.by)].add(p.split)
        assert p.split in SPLITS
    assert all(len(splits) == 1 for splits in of_group.values())


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(3, 60))
def test_balanced_splits_share_out_each_type(seed: int, each: int) -> None:
    plan = SplitPlan((0.7, 0.15, 0.15), seed, "picture")
    pictures = dataset(4 * each)
    splits = balanced_splits(pictures, plan)
    counts = Counter((p.kinds, splits[p.path]) for p in pictures)
    for kinds in {p.kinds for p in pictures}:
        for split, share in zip(SPLITS, plan.shares, strict=True):
            assert abs(counts[kinds, split] - share * each) <= 1.0


@settings(max_examples=60)
@given(plans, st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=40))
def test_balanced_splits_share_out_the_whole_even_of_few_pictures_of_many_types(
    plan: SplitPlan, kinds: list[str]
) -> None:
    """Each type alone may be too rare to be shared out; together they are not."""
    plan = replace(plan, by="picture")
    counts = Counter(balanced_splits(dataset(len(kinds), kinds=kinds), plan).values())
    for split, share in zip(SPLITS, plan.shares, strict=True):
        assert abs(counts[split] - share * len(kinds)) <= 1.0


def test_ten_pictures_of_four_types_leave_some_for_validation() -> None:
    splits = balanced_splits(dataset(10), SplitPlan())
    assert Counter(splits.values()) == {"train": 8, "val": 1, "test": 1}


def test_stable_splits_share_out_each_type_in_expectation() -> None:
    plan = SplitPlan((0.7, 0.15, 0.15), 1)
    counts = Counter((p.kinds, p.split) for p in with_stable_splits(dataset(8000), plan))
    for (_, split), count in counts.items():
        share = dict(zip(SPLITS, plan.shares, strict=True))[split]
        assert abs(count / 2000 - share) < 0.05  # six standard deviations are 0.048 to 0.061


@settings(max_examples=30)
@given(plans, st.integers(0, 8))
def test_added_pictures_move_none_that_was_there(plan: SplitPlan, videos: int) -> None:
    before = dataset(30, videos=videos)
    first = balanced_splits(before, plan)
    later = balanced_splits(dataset(70, videos=videos), plan, previous=first)
    assert {path: later[path] for path in first} == first
    kept = [replace(p, split=first.get(p.path, "")) for p in dataset(70, videos=videos)]
    assert balanced_splits(kept, plan) == later


def test_another_seed_is_another_split() -> None:
    pictures = dataset(100)
    for by in ("group", "picture"):
        a, b = (balanced_splits(pictures, SplitPlan(seed=seed, by=by)) for seed in (1, 2))
        assert a != b
        assert balanced_splits(pictures, SplitPlan(seed=1, by=by)) == a


def test_frames_of_a_folder_stay_together() -> None:
    plan = SplitPlan((0.5, 0.5, 0), by="folder")
    splits = balanced_splits(dataset(70), plan)
    assert len({(p.folder, splits[p.path]) for p in dataset(70)}) == 7
    assert set(splits.values()) == {"train", "val"}


def test_resplit_moves_pictures_that_have_a_split() -> None:
    pictures = [replace(p, split="train") for p in dataset(50)]
    assert {p.split for p in with_stable_splits(pictures, SplitPlan())} == {"train"}
    assert {p.split for p in with_stable_splits(pictures, SplitPlan(), keep=False)} == set(SPLITS)
    assert set(balanced_splits(pictures, SplitPlan()).values()) == {"train"}
    assert set(balanced_splits(pictures, SplitPlan(), keep=False).values()) == set(SPLITS)


@pytest.mark.parametrize("shares", [(0, 0, 0), (-1, 1, 1), (1, float("nan"), 0), (float("inf"), 1, 1)])
def test_impossible_shares(shares: tuple[float, float, float]) -> None:
    with pytest.raises(InputError):
        SplitPlan(shares)


@pytest.mark.parametrize("by", ["group", "folder", "picture"])
def test_a_share_of_nothing_gets_nothing(by: GroupBy) -> None:
    plan = SplitPlan((1, 0, 0), by=by)
    assert {p.split for p in with_stable_splits(dataset(50), plan)} == {"train"}
    assert set(balanced_splits(dataset(50), plan).values()) == {"train"}
