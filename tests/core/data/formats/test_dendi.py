"""DENDI as other people read it: an independent reading of an export gives the maps that we render ourselves.

The reader below knows nothing of `clipsym_core.data.formats`: it follows the facts of the published loaders (keys of
the split files, labels, coordinates, drawing, blur), which docs/formats.md lists.
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Annotation, Split
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.data.formats.base import ReadOptions, WriteOptions
from clipsym_core.data.report import Report
from clipsym_core.data.targets import field_targets
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

SIZE = (160, 120)
ORDERS = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 20, 22, 26, 28, 29]


# -- the independent reading ------------------------------------------------------------------------------------------


def read_split(root: Path, kind: str, split: str) -> list[tuple[Path, list[dict[str, Any]]]]:
    lists = torch.load(root / f"{kind}_split.pt")
    if split == "all":
        images, annotations = lists["all"]["img"], lists["all"]["ann"]
    else:
        images, annotations = lists[f"{split}_img"], lists[f"{split}_ann"]
    assert len(images) == len(annotations)
    return [
        (root / image, json.loads((root / annotation).read_text())["figures"])
        for image, annotation in zip(images, annotations, strict=True)
    ]


def reflection_map(figures: list[dict[str, Any]], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    canvas = Image.new("L", size)
    draw = ImageDraw.Draw(canvas)
    for figure in figures:
        at = figure["shape"]["coordinates"]
        if figure["label"] == "reflection" or (figure["label"] == "reflection-circle" and len(at) == 2):
            for (x1, y1), (x2, y2) in pairwise(at):
                draw.line([x2, y2, x1, y1] if x1 > x2 else [x1, y1, x2, y2], fill=1)
        elif figure["label"] == "reflection-circle":
            draw.polygon(ellipse_polygon(at), fill=1, outline=None)
    blurred = np.clip(cv2.GaussianBlur(np.asarray(canvas, np.float32), (5, 5), 4), 0, 0.21260943)
    return np.asarray(blurred / (blurred.max() + 1e-5))


def ellipse_polygon(at: list[list[float]]) -> list[tuple[float, float]]:
    if len(at) == 4:
        at = [[sum(p[0] for p in at) / 4, sum(p[1] for p in at) / 4], *at]
    middle, up, down, left, right = at
    w = (math.dist(middle, left) + math.dist(middle, right)) / 2
    h = (math.dist(middle, up) + math.dist(middle, down)) / 2
    rise, run = down[1] - up[1], down[0] - up[0]
    slope = 90.0 if run == 0 else math.degrees(math.atan(-rise / run))
    turn = math.radians(-((slope + 180) % 180 - 90))
    ring = [(w * math.sin(i * 3 * 3.14 / 180), h * math.cos(i * 3 * 3.14 / 180)) for i in range(120)]
    twice_area = cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        twice_area, cx, cy = twice_area + cross, cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
    cx, cy = cx / (3 * twice_area), cy / (3 * twice_area)
    c, s = math.cos(turn), math.sin(turn)
    return [
        (middle[0] + cx + (x - cx) * c - (y - cy) * s, middle[1] + cy + (x - cx) * s + (y - cy) * c) for x, y in ring
    ]


def rotation_maps(
    figures: list[dict[str, Any]], size: tuple[int, int]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The target, and the map of indices into `ORDERS` (order 0 as 255)."""
    spots = np.zeros(size[::-1], np.float32)
    orders = np.zeros(size[::-1], np.float32)
    for figure in figures:
        if figure["label"] in ("rotation-polygon", "rotation-circle"):
            x, y = (int(v) for v in figure["shape"]["coordinates"][0])
            order = abs(int(figure["attributes"][0]["value"]))
            if 0 <= x < size[0] and 0 <= y < size[1]:
                spots[y, x] = 1
                orders[y, x] = max(orders[y, x], ORDERS.index(order) if order in ORDERS else 1) or 255
    blurred = np.clip(cv2.GaussianBlur(spots, (11, 11), 4), 0, 0.01)
    return np.asarray(blurred / (blurred.max() + 1e-5)), orders


# -- tests ------------------------------------------------------------------------------------------------------------


def random_shapes(rng: np.random.Generator) -> list[Shape]:
    def at() -> tuple[float, float]:
        return (float(rng.uniform(-20, SIZE[0] + 20)), float(rng.uniform(-20, SIZE[1] + 20)))

    shapes: list[Shape] = [ReflectionAxis(tuple(at() for _ in range(rng.integers(2, 5)))) for _ in range(3)]
    x = float(rng.uniform(0, SIZE[0]))
    shapes += [ReflectionAxis(((x, 5.0), (x, 110.0))), ReflectionAxis(((150.0, 40.5), (10.0, 40.5)))]
    shapes += [RotationCenter(*at(), int(rng.choice(ORDERS))) for _ in range(4)]
    angles = [0.0, 90.0, float(rng.uniform(0, 180))]
    shapes += [ReflectionEllipse(*at(), *(float(r) for r in rng.uniform(3, 50, 2)), angle) for angle in angles]
    kept = rng.permutation(len(shapes))[: rng.integers(1, len(shapes) + 1)]
    return [shapes[i] for i in kept]


def make_dataset(folder: Path, count: int) -> list[AnnotatedPicture]:
    rng = np.random.default_rng(7)
    pictures = []
    splits: list[Split] = ["train", "val", "test"]
    for i in range(count):
        file = folder / f"photo {i}.png"
        Image.fromarray(rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)).save(file)
        shapes = tuple(Annotation(s) for s in random_shapes(rng))
        pictures.append(AnnotatedPicture(file.name, SIZE, shapes, state="verified", split=splits[i % 3], file=file))
    return pictures


def test_an_independent_reading_gives_our_target_maps_within_one_grey_level(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pictures = make_dataset(tmp_path / "in", 24)
    export(pictures, tmp_path / "out", "dendi")
    seen = set()
    for split in SPLITS:
        for image, figures in read_split(tmp_path / "out", "joint", split):
            (picture,) = [p for p in pictures if p.path == image.name]
            assert picture.split == split
            with Image.open(image) as opened:
                assert opened.size == SIZE
            ours = np.rint(field_targets(picture.shapes, SIZE) * 255)
            spots, orders = rotation_maps(figures, SIZE)
            assert np.abs(np.rint(reflection_map(figures, SIZE) * 255) - ours[0]).max() <= 1
            assert np.abs(np.rint(spots * 255) - ours[1]).max() <= 1
            for c in picture.centers:
                if 0 <= c.x < SIZE[0] and 0 <= c.y < SIZE[1]:
                    assert orders[int(c.y), int(c.x)] == (ORDERS.index(c.order) or 255)
            seen.add(picture.path)
    assert len(seen) == len(pictures)


def test_split_files_have_the_published_keys_and_plain_lists(tmp_path: Path) -> None:
    axis, center = Annotation(ReflectionAxis(((1, 2), (3, 4)))), Annotation(RotationCenter(5, 6, 4))
    pictures = [
        AnnotatedPicture("a.png", SIZE, (axis,), split="train"),
        AnnotatedPicture("b.png", SIZE, (center,), split="val"),
        AnnotatedPicture("c/d.png", SIZE, (axis, center), split="test"),
        AnnotatedPicture("e.png", SIZE, state="verified", split="train"),
    ]
    report = export(pictures, tmp_path / "out", "dendi", options=WriteOptions(pictures="none"))
    lists = {k: torch.load(tmp_path / "out" / f"{k}_split.pt") for k in ("reflection", "rotation", "joint")}
    keys = {f"{s}_{w}" for s in SPLITS for w in ("img", "ann")} | {"all"}
    assert all(set(value) == keys for value in lists.values())
    assert lists["reflection"]["train_img"] == ["symmetry/a.png"]
    assert lists["reflection"]["train_ann"] == ["symmetry/a.png.json"]
    assert lists["reflection"]["val_img"] == []
    assert lists["rotation"]["val_img"] == ["symmetry/b.png"]
    assert lists["rotation"]["all"]["img"] == ["symmetry/b.png", "symmetry/c/d.png"]
    assert lists["joint"]["train_img"] == ["symmetry/a.png", "symmetry/e.png"]
    assert "1 pictures without shapes" in str(report.of("note")[0])


def test_unknown_orders_and_centers_outside_are_told(tmp_path: Path) -> None:
    shapes = (Annotation(RotationCenter(10, 10, 13)), Annotation(RotationCenter(-5, 10, 4)))
    picture = AnnotatedPicture("a.png", SIZE, shapes, split="train")
    report = export([picture], tmp_path / "out", "dendi", options=WriteOptions(pictures="none"))
    told = [e.message for e in report.of("changed")]
    assert told == [
        "The public loaders read the order 13 as 2.",
        "The public loaders drop a center outside the picture.",
    ]


# -- reading what is published ----------------------------------------------------------------------------------------


def published(root: Path) -> Path:
    """Files in DENDI's own layout: two annotation files for one picture, four-point ellipses, negative orders."""
    folder = root / "symmetry/reflection/coco/train"
    polygons = root / "symmetry_polygon/coco/train"
    folder.mkdir(parents=True)
    polygons.mkdir(parents=True)
    Image.new("RGB", SIZE).save(folder / "17.jpg")
    reflection = {
        "figures": [
            {"label": "reflection", "id": 3, "shape": {"type": "polyline", "coordinates": [[1, 2], [3, 4], [8, 8]]},
             "attributes": []},
            {"label": "reflection-circle", "shape": {"type": "polygon", "coordinates": [[50, 20], [50, 60]]}},
            {"label": "reflection-circle",
             "shape": {"type": "polygon", "coordinates": [[80, 40], [80, 80], [50, 60], [110, 60]]}},
        ],
        "initialLabels": [{"figures": []}],
    }  # fmt: skip
    rotation = {
        "figures": [
            {"label": "rotation-polygon", "shape": {"coordinates": [[30.5, 40], [1, 1], [9, 9]]},
             "attributes": [{"value": "-6"}]},
            {"label": "rotation-circle", "shape": {"coordinates": [[70, 40]]}, "attributes": [{"value": 0}]},
        ]
    }  # fmt: skip
    (folder / "17.jpg.json").write_text(json.dumps(reflection))
    (polygons / "17.jpg.json").write_text(json.dumps(rotation))
    image = "symmetry/reflection/coco/train/17.jpg"
    for kind, ann in (("reflection", f"{image}.json"), ("rotation", "symmetry_polygon/coco/train/17.jpg.json")):
        lists: dict[str, Any] = {f"{s}_{w}": [] for s in SPLITS for w in ("img", "ann")}
        lists |= {"train_img": [image], "train_ann": [ann]}
        torch.save(lists | {"all": {"img": [image], "ann": [ann]}}, root / f"{kind}_split.pt")
    return root


def test_reads_the_published_layout(tmp_path: Path) -> None:
    report = Report()
    (picture,) = read_dataset(published(tmp_path / "dendi"), None, None, report)
    assert not report.entries
    assert (picture.path, picture.split, picture.size) == ("symmetry/reflection/coco/train/17.jpg", "train", SIZE)
    assert picture.axes[0].points == ((1, 2), (3, 4), (8, 8))
    assert picture.axes[1].points == ((50, 20), (50, 60))
    assert picture.ellipses == (ReflectionEllipse(80, 60, 30, 20, 0),)
    assert picture.centers == (RotationCenter(30.5, 40, 6), RotationCenter(70, 40, 0))
    assert picture.state == "verified"


def test_unknown_keys_survive(tmp_path: Path) -> None:
    (picture,) = read_dataset(published(tmp_path / "dendi"))
    export([picture], tmp_path / "out", "dendi")
    written = json.loads((tmp_path / "out" / f"{picture.path}.json").read_text())
    assert written["initialLabels"] == [{"figures": []}]
    assert written["figures"][0]["id"] == 3
    assert [f["label"] for f in written["figures"]] == [
        "reflection", "reflection-circle", "reflection-circle", "rotation-polygon", "rotation-circle",
    ]  # fmt: skip
    assert written["figures"][3]["shape"]["coordinates"] == [[30.5, 40.0], [1.0, 1.0], [9.0, 9.0]]


def test_folders_without_split_files(tmp_path: Path) -> None:
    root = published(tmp_path / "dendi")
    for file in root.glob("*.pt"):
        file.unlink()
    report = Report()
    found = list(read_dataset(root, "dendi", ReadOptions(), report))
    assert [p.split for p in found] == [""]
    assert "symmetry_polygon" in report.of("skipped")[0].file  # the picture of the second file is not beside it


def test_a_split_file_that_could_run_code_is_not_opened(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    root = published(tmp_path / "dendi")
    torch.save({"train_img": [Harmful()]}, root / "reflection_split.pt")
    report = Report()
    found = list(read_dataset(root, "dendi", ReadOptions(), report))
    assert not (tmp_path / "ran").exists()
    assert "could run code" in report.of("skipped")[0].message
    assert [p.kinds for p in found] == [("center",)]
