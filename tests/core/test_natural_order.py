"""Names in the order that people expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.natural_order import natural_key


@pytest.mark.parametrize(
    "names",
    [
        ["2", "10", "img", "IMG1", "img2", "img12"],
        ["A1", "b", "b9", "b10"],
        ["shot 9 of 12.png", "shot 10 of 2.png", "shot 10 of 12.png"],
        ["a٩", "a10"],  # nine, written in Arabic digits
    ],
)
def test_numbers_are_compared_as_numbers_and_case_does_not_matter(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == names


def test_digits_that_are_no_numbers_are_letters() -> None:
    assert sorted(["m³", "m10", "m²"], key=natural_key) == ["m10", "m²", "m³"]


@given(st.lists(st.text(), max_size=6))
def test_all_names_can_be_ordered_whatever_is_in_them(names: list[str]) -> None:
    once = sorted(names, key=natural_key)
    assert sorted(once, key=natural_key) == once
    assert sorted(once) == sorted(names)
