"""Make the sample pictures in resources/samples and the file of their exact shapes, labels.json.

    python scripts/make_samples.py [--only NAME] [--out DIR]

Everything is drawn by the code in scripts/samples, from fixed seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from samples.scenes import SCENES

FORMAT = "symviewer-samples/1"
JPEG_QUALITY = 88


def record(name: str, pixels: np.ndarray, shapes: list[Shape]) -> dict[str, object]:
    """The labels of one picture: the form of clipsym-detections/1 without scores."""
    return {
        "file": name,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "axes": [
            {"points": [[round(v, 3) for v in p] for p in s.points]} for s in shapes if isinstance(s, ReflectionAxis)
        ],
        "centers": [
            {"x": round(s.x, 3), "y": round(s.y, 3), "order": s.order} for s in shapes if isinstance(s, RotationCenter)
        ],
        "ellipses": [
            {k: round(getattr(s, k), 3) for k in ("cx", "cy", "rx", "ry", "angle")}
            for s in shapes
            if isinstance(s, ReflectionEllipse)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SCENES, help="one picture; labels.json stays as it is")
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
        records.append(record(f"{name}.jpg", pixels, shapes))
        print(f"{name}.jpg  {pixels.shape[1]} x {pixels.shape[0]}  {len(data) / 1000:.0f} kB  {len(shapes)} shapes")
    if options.only is None:
        text = ",\n".join(json.dumps(r) for r in records)
        (options.out / "labels.json").write_text(f'{{"format": "{FORMAT}", "images": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
