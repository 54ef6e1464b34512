"""The parts of the training scripts that run without downloads."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from clipsym_core.data.synthesis import procedural_pack
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from clipsym_core.resources import resource_path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield
    names = ("minilm", "photo_marks", "revive_tap", "source_labels", "source_marks", "train_lite", "training_sources")
    for name in names:
        sys.modules.pop(name, None)


def test_words_are_cut_into_the_longest_known_pieces(scripts):
    from minilm import tokenize

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sky", "sky", "##line", "##li", "##ne", ",", "a"]
    vocabulary = {word: index for index, word in enumerate(words)}
    assert tokenize("A skyline, sky", vocabulary) == [2, 10, 5, 6, 9, 5, 3]
    assert tokenize("xyz", vocabulary) == [2, 1, 3]
    assert tokenize("", vocabulary) == [2, 3]


def test_marked_axes_lie_in_their_pictures(scripts):
    from source_labels import MARKED_AXES, NOT_BACKGROUNDS

    for name, axes in MARKED_AXES.items():
        assert name.split("/")[-1] not in NOT_BACKGROUNDS
        for x0, y0, x1, y1 in axes:
            assert 0 <= min(x0, y0, x1, y1) <= max(x0, y0, x1, y1) <= 1
            assert (x1 - x0) ** 2 + (y1 - y0) ** 2 > 0.1


def test_some_packages_give_only_their_marked_photos(scripts, tmp_path):
    from training_sources import photo_paths

    (tmp_path / "gcompris").mkdir()
    folder = tmp_path / "npm" / "tabler-ui" / "package" / "dist" / "demo"
    products = ["apple-macbook-pro.jpg", "gopro-hero.jpg"]
    photos = ["a-1500.jpg", "a-500.jpg", "b-1500.jpg", "sean-afnan-244576-1500.jpg"]
    for path in [folder / "products" / name for name in products] + [folder / "photos" / name for name in photos]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [path.name for package, path in photo_paths(tmp_path) if package == "tabler-ui"]
    assert found == ["a-1500.jpg", "b-1500.jpg", "sean-afnan-244576-1500.jpg", "apple-macbook-pro.jpg"]


def test_further_photos_say_whence_they_come_and_what_they_show(scripts):
    from photo_marks import known_marks, photo_packages
    from source_labels import MARKED_AXES, MARKED_CENTERS

    packages = list(photo_packages())
    assert len({(source.client, source.name) for source in packages}) == len(packages) > 20
    assert all(source.client in ("npm", "debian") and source.licence for source in packages)
    marks = [mark for source in packages for mark in source.photos.values()] + list(known_marks().values())
    for mark in marks:
        assert mark.get("axes") or mark.get("centers")
        for x0, y0, x1, y1 in mark.get("axes", ()):
            assert 0 <= min(x0, y0, x1, y1) <= max(x0, y0, x1, y1) <= 1
            assert (x1 - x0) ** 2 + (y1 - y0) ** 2 > 0.01
        for x, y, order in mark.get("centers", ()):
            assert 0 <= min(x, y) <= max(x, y) <= 1
            assert order == 0 or order >= 2
    assert not known_marks().keys() & (MARKED_AXES.keys() | MARKED_CENTERS.keys())


def test_further_photos_train_and_are_taken_once(scripts, tmp_path, monkeypatch):
    import training_sources
    from photo_marks import PhotoPackage

    mark = {"axes": [[0.5, 0.1, 0.5, 0.9]]}
    source = PhotoPackage("npm", "@some/kit@1.2", "MIT", {"package/a.png": mark, "package/again.png": mark})
    monkeypatch.setattr(training_sources, "photo_packages", lambda: [source])
    with pytest.raises(SystemExit, match="another version"):
        list(training_sources.further_photos(tmp_path, set()))
    picture = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for place in source.photos:
        path = tmp_path / "npm" / "@some_kit@1.2" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture)
    ((entry, data),) = training_sources.further_photos(tmp_path, set())
    assert entry == {
        "name": "@some/kit@1.2/a.png", "kind": "photo", "package": "@some/kit@1.2", "licence": "MIT",
        "split": "train", "axes": [[0.5, 0.1, 0.5, 0.9]],
    }  # fmt: skip
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (240, 320, 3)


def test_every_mark_is_a_doubt_or_states_a_group(scripts):
    from source_marks import FILE

    marks = json.loads(FILE.read_text(encoding="utf-8"))
    assert list(marks) == sorted(marks)
    for name, mark in marks.items():
        if "axes" not in mark:
            assert mark in ({"doubtful": True}, {"leave_out": True}), name
            continue
        order, axes = mark.get("order", 1), mark["axes"]
        assert set(mark) <= {"axes", "order", "center"}, name
        assert len(axes) in ((0, 1) if order == 1 else (0, order)), name  # two axes imply a rotation
        assert axes or order == 1 or "center" in mark, name
        for x0, y0, x1, y1 in axes:
            assert -0.5 <= min(x0, y0, x1, y1) <= max(x0, y0, x1, y1) <= 1.5, name
            assert (x1 - x0) ** 2 + (y1 - y0) ** 2 > 0.05, name


def test_marks_turn_into_angles_and_a_center_of_the_picture(scripts):
    from source_marks import marked_symmetry

    leaning = marked_symmetry({"axes": [[0.25, 1.0, 0.75, 0.5]]}, 100, 50)  # 50 px to the right, 25 px up
    assert leaning.center == pytest.approx((0.5, 0.75))
    assert leaning.axes == pytest.approx((26.565,), abs=1e-3)
    assert leaning.order == 1
    # A cross through (40, 10) px: its arms have other middles.
    cross = marked_symmetry({"axes": [[0.3, 0.0, 0.5, 0.4], [0.35, 0.3, 0.6, -0.2]], "order": 2}, 100, 50)
    assert cross.center == pytest.approx((0.4, 0.2))
    assert cross.axes == pytest.approx((45.0, 135.0))
    assert marked_symmetry({"axes": [], "order": 0, "center": [0.4, 0.6]}, 80, 90).center == (0.4, 0.6)
    assert marked_symmetry({"axes": []}, 80, 90).order == 1


def test_the_second_namesake_has_its_own_mark(scripts):
    from source_marks import SourceMarks

    marks = SourceMarks({"p/pear.png": {"axes": []}, "p/pear.png#2": {"doubtful": True}})
    assert [marks.next(name) for name in ("p/pear.png", "p/fig.png", "p/pear.png", "p/pear.png")] == [
        {"axes": []}, None, {"doubtful": True}, None,
    ]  # fmt: skip


def write_pack(folder: Path) -> Path:
    """A source pack of a few pictures made by formula."""
    pack, blobs, entries = procedural_pack(3, photos=2, cutouts=2), b"", []
    none = {"center": [0.5, 0.5], "axes": [], "order": 1, "score": 1.0}
    for split in ("train", "val"):
        pictures = [("photo", photo.pixels[..., ::-1]) for photo in pack.photos]
        pictures += [("cutout", cutout.rgba[..., [2, 1, 0, 3]]) for cutout in pack.cutouts]
        for number, (kind, pixels) in enumerate(pictures):
            data = cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes()
            place = {"offset": len(blobs), "length": len(data), "symmetry": none}
            entries.append({"name": f"{split}{number}", "kind": kind, "split": split, **place})
            blobs += data
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"format": "symviewer-sources/1", "sources": entries}))
    (folder / "blobs.bin").write_bytes(blobs)
    return folder


def test_the_bundled_model_is_trained_on_and_the_command_resumes(scripts, tmp_path, monkeypatch, capfd):
    import train_lite

    start = resource_path("checkpoints", "clipsym-lite.safetensors")
    arguments = [
        "train_lite.py", "--run", str(tmp_path / "run"), "--sources", str(write_pack(tmp_path / "pack")), "--start",
        str(start), "--steps", "2", "--stages", "0.5:64:2,0.5:96:1", "--validation-scenes", "2", "--workers", "0",
        "--device", "cpu", "--hold-blocks", "5", "6",
    ]  # fmt: skip
    monkeypatch.setattr(sys, "argv", arguments)
    train_lite.main()
    trained = load_checkpoint(tmp_path / "run" / "model.safetensors").metadata
    before = load_checkpoint(start).metadata.provenance
    assert (trained.provenance["steps"], trained.provenance["scenes"]) == (2, 3)
    assert trained.provenance["earlier_steps"] == before.get("steps", 0) + before.get("earlier_steps", 0)
    assert 0 < trained.metrics["f1"] <= 1
    assert load_checkpoint(tmp_path / "run" / "best_model.safetensors").metadata.provenance["steps"] in (0, 1, 2)
    old, new = (load_checkpoint(x).model.state_dict() for x in (start, tmp_path / "run" / "model.safetensors"))
    moved = {name.rsplit(".", 3)[0] for name, x in old.items() if ".blocks." in name and not x.equal(new[name])}
    assert any(".blocks.4" in name for name in moved)
    assert not any(".blocks.5" in name or ".blocks.6" in name for name in moved)
    train_lite.main()  # nothing is left to do
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert [e["resumed_from"] for e in events if e["event"] == "started"] == [None, "last.pt"]
    assert [e["step"] for e in events if e["event"] == "ended"] == [2, 2]


def test_a_model_that_gets_matching_says_what_it_said_before(scripts):
    import train_lite

    torch.manual_seed(0)
    plain = CLIPSym.from_config(preset("clipsym-lite").replaced(matching=None)).eval()
    plain.set_text_embeddings(torch.randn(8, 384))
    wider = train_lite.with_matching(plain).eval()
    assert wider.matching is not None
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.allclose(wider(images), plain(images), atol=1e-4)
    assert train_lite.with_matching(wider) is wider


def test_a_dead_tap_lives_again_and_the_model_says_what_it_said(scripts):
    import revive_tap

    torch.manual_seed(0)
    donor = CLIPSym.from_config(preset("clipsym-lite")).eval()
    donor.set_text_embeddings(torch.randn(8, 384))
    dead = copy.deepcopy(donor)
    with torch.no_grad():  # its last norm lets nothing through
        for name, x in dead.named_parameters():
            if name.startswith("encoder.tower.blocks.6.") and x.ndim == 1:
                x.zero_()
    images = torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        said = dead(images)
        before, after = revive_tap.revive(dead, donor, images)
        assert torch.allclose(dead(images), said, atol=1e-3)
    assert not before > revive_tap.DEAD  # nan where it is the same everywhere
    assert after > 0
