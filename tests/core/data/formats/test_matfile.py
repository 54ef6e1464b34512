"""MAT files: what we write scipy reads, what scipy writes we read."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.formats.matfile import (
    Cell,
    MatError,
    Struct,
    cell_column,
    cell_row,
    read_mat,
    struct_column,
    write_mat,
)


def scipy_reads(data: bytes) -> dict[str, Any]:
    return dict(scipy.io.loadmat(io.BytesIO(data)))


def scipy_writes(variables: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, variables, **options)
    return file.getvalue()


matrices = st.tuples(st.integers(0, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(st.floats(-1e6, 1e6), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
        lambda values: np.array(values, np.float64).reshape(shape)
    )
)


@given(matrices, st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12))
def test_scipy_reads_what_we_write(matrix: np.ndarray[Any, Any], text: str) -> None:
    data = write_mat(
        {
            "gt": struct_column(("name", "ax"), [{"name": text, "ax": matrix}, {"name": "b", "ax": matrix}]),
            "cells": cell_row([matrix, text]),
        }
    )
    theirs = scipy_reads(data)
    assert theirs["gt"].shape == (2, 1)
    assert theirs["gt"]["name"][0, 0][0] == text
    np.testing.assert_array_equal(theirs["gt"]["ax"][1, 0], matrix)
    assert theirs["cells"].shape == (1, 2)
    np.testing.assert_array_equal(theirs["cells"][0, 0], matrix)
    assert theirs["cells"][0, 1][0] == text


@given(matrix=matrices)
@settings(max_examples=25)
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u2", "i1"])
def test_we_read_what_scipy_writes(matrix: np.ndarray[Any, Any], dtype: str, compressed: bool) -> None:
    values = np.clip(matrix, -100, 100).astype(dtype)
    names = np.empty((2, 1), object)
    names[:] = [["one.jpg"], ["two.jpg"]]
    record = np.array([[("three.jpg", values)], [("four.jpg", values)]], [("name", object), ("ax", object)])
    ours = read_mat(scipy_writes({"m": values, "names": names, "gt": record}, do_compression=compressed))
    np.testing.assert_array_equal(ours["m"], values)
    assert isinstance(ours["names"], Cell)
    assert ours["names"].values == ("one.jpg", "two.jpg")
    gt = ours["gt"]
    assert isinstance(gt, Struct)
    assert (gt.shape, gt.fields) == ((2, 1), ("name", "ax"))
    assert [e["name"] for e in gt.elements] == ["three.jpg", "four.jpg"]
    np.testing.assert_array_equal(gt.elements[1]["ax"], values)


def test_the_public_loaders_indexing_works_on_ours() -> None:
    """`gtS[0][0][0]` is the cell of names, `gtS[0][0][1]` the matrix: how PMCNet and CLIPSym reach in."""
    names, axes = cell_column(["a.jpg", "b.jpg"]), np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])
    theirs = scipy_reads(write_mat({"gtS": Struct((1, 1), ("name", "ax"), ({"name": names, "ax": axes},))}))["gtS"]
    assert [row[0][0].strip() for row in theirs[0][0][0]] == ["a.jpg", "b.jpg"]
    np.testing.assert_array_equal(list(theirs[0][0][1]), axes)


def test_big_endian_files() -> None:
    data = write_mat({"m": np.array([[1.5, -2.0]])})
    swapped = bytearray(data[:124] + data[124:126][::-1] + b"MI")
    body = np.frombuffer(data[128:], "<u4").astype(">u4").tobytes()  # tags, dimensions
    doubles = np.array([1.5, -2.0], ">f8").tobytes()
    swapped += body[:-16] + doubles
    position = 128 + data[128:].index(b"m\0\0\0\0\0\0\0")
    swapped[position : position + 8] = b"m\0\0\0\0\0\0\0"
    value = read_mat(bytes(swapped))["m"]
    np.testing.assert_array_equal(value, [[1.5, -2.0]])


@pytest.mark.parametrize("cut", range(4, 400, 12))
def test_truncated_files(cut: int) -> None:
    data = write_mat({"gt": struct_column(("name", "ax"), [{"name": "a", "ax": np.ones((3, 4))}] * 2)})
    if len(data) - cut == 128:  # a header alone is a file without variables
        return
    with pytest.raises(MatError):
        read_mat(data[:-cut])


@given(st.binary(max_size=300))
def test_anything_behind_a_header(data: bytes) -> None:
    header = write_mat({})
    with contextlib.suppress(MatError):  # and no other
        assert isinstance(read_mat(header + data), dict)


@pytest.mark.parametrize("name", ["1a", "a b", "", "x" * 40])
def test_names_that_matlab_cannot_have(name: str) -> None:
    with pytest.raises(MatError, match="name"):
        write_mat({name: np.ones((1, 1))})


def test_values_that_cannot_be_written() -> None:
    with pytest.raises(MatError):
        write_mat({"a": np.ones(3)})
