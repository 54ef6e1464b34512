"""Make the sample pictures in resources/samples and the table of their exact shapes, annotations.csv.

    python scripts/make_samples.py [--only NAME] [--out DIR]

Everything is drawn by the code in scripts/samples, from fixed seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.formats.base import WriteOptions
from clipsym_core.data.formats.csv_table import CsvFormat
from clipsym_core.data.formats.values import shape_from_json, shape_to_json
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Shape
from samples.scenes import SCENES

JPEG_QUALITY = 88


def rounded(shape: Shape) -> Shape:
    """To a thousandth of a pixel: what lies behind that differs from machine to machine."""
    text = json.dumps(shape_to_json(shape))
    return shape_from_json(json.loads(text, parse_float=lambda number: round(float(number), 3) + 0.0), "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SCENES, help="one picture; annotations.csv stays as it is")
    parser.add_argument("--out", type=Path, default=HERE.parent / "resources" / "samples")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    records = []
    for name, scene in SCENES.items():
        if options.only not in (None, name):
            continue
        pixels, shapes = scene()
        _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        (options.out / f"{name}.jpg").write_bytes(data.tobytes())
        annotations = tuple(Annotation(rounded(shape)) for shape in shapes)
        records.append(AnnotatedPicture(f"{name}.jpg", pixels.shape[1::-1], annotations, state="verified"))
        print(f"{name}.jpg  {pixels.shape[1]} x {pixels.shape[0]}  {len(data) / 1000:.0f} kB  {len(shapes)} shapes")
    if options.only is None:
        CsvFormat().write(records, options.out, WriteOptions(pictures="none"), Report())


if __name__ == "__main__":
    main()
