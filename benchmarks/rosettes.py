"""One click on things of real photos that turn by eye: what is read there.

python benchmarks/rosettes.py FOLDER_OF_CQ100
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from clipsym_core.imaging import read_image
from clipsym_core.inference.refine import analyse_center

CLICKS = {
    "seattle_great_wheel": (254, 352),
    "red_knobbed_starfish": (364, 250),
    "daisy_poster": (85, 99),
    "carrots": (249, 400),
    "common_lantanas": (230, 269),
    "gourds": (383, 237),
    "marrakech_museum": (387, 271),
    "italian_hot_air_balloon": (366, 225),
    "coloring_pencils": (387, 266),
}
"""Photo -> place of its center by eye, px."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    for name, click in CLICKS.items():
        found = analyse_center(read_image(args.photos / f"{name}.jpg"), click)
        said = "by chance" if found.by_chance else f"order {found.center.order}, {'D' if found.dihedral else 'C'}"
        ratio = min(found.outline.rx, found.outline.ry) / max(found.outline.rx, found.outline.ry)
        print(f"{name:24s} {said:12s} score {found.score:.2f}, radius {found.radius:.0f} px, half-axes {ratio:.2f}, "
              f"{found.center.x - click[0]:+.0f} {found.center.y - click[1]:+.0f} px from the click")  # fmt: skip


if __name__ == "__main__":
    main()
