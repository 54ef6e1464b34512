from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from clipsym_core.data.synthesis.measure import measure_symmetry
from clipsym_core.data.synthesis.sources import FORMAT, SourcePack, procedural_pack, split_of
from clipsym_core.errors import InputError


def write_pack(folder: Path, **changes: object) -> Path:
    """One photo, one marked photo, one plain and one symmetric cut-out for training; a photo for validation."""
    pack = procedural_pack(2, photos=3, cutouts=1)
    disc = np.zeros((40, 40, 4), np.uint8)
    cv2.circle(disc, (20, 20), 18, (10, 200, 30, 255), -1)
    none = {"center": [0.5, 0.5], "axes": [], "order": 1, "score": 1.0}
    round_ = {"center": [0.5, 0.5], "axes": [], "order": 0, "score": 0.99}
    sources = [
        ("a", "photo", "train", pack.photos[0].pixels, ".jpg", {}),
        ("b", "photo", "train", pack.photos[1].pixels, ".jpg", {"axes": [[0.5, 0.0, 0.5, 1.0]]}),
        ("c", "photo", "val", pack.photos[2].pixels, ".jpg", {}),
        ("d", "cutout", "train", pack.cutouts[0].rgba, ".png", {"symmetry": none}),
        ("e", "cutout", "train", disc, ".png", {"symmetry": round_}),
        ("f", "cutout", "train", np.full((30, 20, 3), 77, np.uint8), ".webp", {"symmetry": none}),
    ]
    folder.mkdir(exist_ok=True)
    entries, blob = [], b""
    for name, kind, split, pixels, suffix, more in sources:
        swapped = pixels[..., [2, 1, 0, 3]] if pixels.shape[2] == 4 else pixels[..., ::-1]
        data = cv2.imencode(suffix, np.ascontiguousarray(swapped))[1].tobytes()
        entries.append({"name": name, "kind": kind, "split": split, "offset": len(blob), "length": len(data), **more})
        blob += data
    (folder / "blobs.bin").write_bytes(blob)
    manifest = {"format": FORMAT, "sources": entries, **changes}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_pack_is_read_by_split_and_kind(tmp_path):
    pack = SourcePack.load(write_pack(tmp_path), "train")
    assert list(pack.names) == ["a", "b", "d", "e", "f"]
    assert [len(x) for x in (pack.photos, pack.marked, pack.cutouts, pack.symmetric)] == [1, 1, 2, 1]
    h, w = pack.marked[0].pixels.shape[:2]
    assert pack.marked[0].axes == (((w / 2, 0.0), (w / 2, h)),)
    plain = procedural_pack(2, photos=3, cutouts=1)
    np.testing.assert_array_equal(pack.cutouts[0].rgba, plain.cutouts[0].rgba)
    assert float(np.abs(pack.photos[0].pixels.astype(int) - plain.photos[0].pixels).mean()) < 12  # JPEG, RGB order kept
    assert pack.cutouts[1].rgba[..., 3].min() == 255, "an opaque WebP gets its alpha back"
    assert pack.cutouts[1].is_flat
    assert not pack.cutouts[0].is_flat
    assert pack.symmetric[0].symmetry.order == 0


def test_bad_packs_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"training_sources\.py"):
        SourcePack.load(tmp_path / "nowhere", "train")
    with pytest.raises(InputError, match="no cut-outs"):
        SourcePack.load(write_pack(tmp_path), "val")
    with pytest.raises(InputError, match="Expected symviewer"):
        SourcePack.load(write_pack(tmp_path, format="other/2"), "train")
    write_pack(tmp_path)
    (tmp_path / "blobs.bin").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match="cannot be decoded"):
        SourcePack.load(tmp_path, "train")


def test_a_source_never_changes_sides():
    names = [f"package/{i}.png" for i in range(2000)]
    splits = [split_of(name) for name in names]
    assert splits == [split_of(name) for name in names]
    assert 0.11 < splits.count("val") / len(splits) < 0.19


def test_formula_sources_are_seeded():
    a, b = procedural_pack(7, photos=2, cutouts=2), procedural_pack(7, photos=2, cutouts=2)
    np.testing.assert_array_equal(a.photos[1].pixels, b.photos[1].pixels)
    np.testing.assert_array_equal(a.cutouts[1].rgba, b.cutouts[1].rgba)
    assert measure_symmetry(a.cutouts[0].rgba, min_overlap=0.97).order == 1
