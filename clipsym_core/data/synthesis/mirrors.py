"""Things with one mirror axis, and near-symmetric things with none."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.procedural import Rng, fourier_radius, texture
from clipsym_core.data.synthesis.sources import Cutout, SourcePack
from clipsym_core.data.synthesis.things import Thing, any_angle, chord, mirror_copy, over, similarity, warp_rgba
from clipsym_core.symmetry import ReflectionAxis

Rgba = npt.NDArray[np.uint8]


def pick_cutout(pack: SourcePack, rng: Rng) -> Rgba:
    """Any cut-out, symmetric or not: where it is cut or turned, its own symmetry does not count."""
    if pack.symmetric and rng.random() < 0.25:
        return colored(pack.symmetric[int(rng.integers(len(pack.symmetric)))], rng)
    plain = len(pack.cutouts)
    index = int(rng.integers(plain + len(pack.doubtful)))
    return colored(pack.cutouts[index] if index < plain else pack.doubtful[index - plain], rng)


def colored(cutout: Cutout, rng: Rng) -> Rgba:
    """Its pixels; a thing of one color mostly gets another one."""
    if rng.random() < 0.2 or not cutout.is_flat:
        return cutout.rgba
    rgba = cutout.rgba.copy()
    rgba[..., :3] = rng.uniform(0, 255, 3).astype(np.uint8)
    return rgba


def photo_patch(pack: SourcePack, rng: Rng, side: int, *, width: int | None = None) -> npt.NDArray[np.uint8]:
    """A turned square (or side x width) piece of a photo, never across its border: [side, width, 3]."""
    width = width or side
    photo = pack.photos[int(rng.integers(len(pack.photos)))].pixels
    h, w = photo.shape[:2]
    angle = any_angle(rng)
    c, s = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    fit = min(w / (width * c + side * s), h / (width * s + side * c))
    scale = fit * float(rng.uniform(0.35, 1.0))  # photo pixels per patch pixel
    bw, bh = (width * c + side * s) * scale, (width * s + side * c) * scale
    cx = float(rng.uniform(bw / 2, max(w - bw / 2, bw / 2 + 1e-3)))
    cy = float(rng.uniform(bh / 2, max(h - bh / 2, bh / 2 + 1e-3)))
    if scale > 2:  # avoid aliasing: shrink first
        k = 1.0 / (scale / 1.5)
        x0, y0 = max(0, int(cx - bw / 2)), max(0, int(cy - bh / 2))
        crop = photo[y0 : int(cy + bh / 2) + 2, x0 : int(cx + bw / 2) + 2]
        photo = cv2.resize(crop, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        cx, cy, scale = (cx - x0) * k, (cy - y0) * k, scale * k
    m = similarity(1 / scale, angle, (cx, cy), (width / 2, side / 2))[:2]
    half = np.array([0.5, 0.5])
    m[:, 2] += m[:, :2] @ half - half
    patch = cv2.warpAffine(photo, m, (width, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, np.uint8)


def surface(pack: SourcePack, rng: Rng, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Pixels [height, width, 3] to fill a shape with: a photo patch, a texture, or one color with a tint."""
    kind = rng.random()
    if kind < 0.6:
        return photo_patch(pack, rng, height, width=width)
    if kind < 0.8:
        return texture(rng, max(height, width))[:height, :width]
    return np.full((height, width, 3), rng.uniform(0, 255, 3), np.uint8)


def blob_alpha(rng: Rng, side: int, *, mirrored: bool) -> npt.NDArray[np.uint8]:
    """A random outline [side, side]; with `mirrored`, symmetric about the vertical middle line."""
    angles = np.arange(360) * (2 * np.pi / 360)
    kind = rng.random()
    if kind < 0.55:
        radius = fourier_radius(rng, angles, roughness=float(rng.uniform(0.4, 1.6)))
        points = np.stack([np.cos(angles) * radius, np.sin(angles) * radius], 1)
    elif kind < 0.8:  # a polygon with straight sides
        n = int(rng.integers(3, 9))
        turn = np.sort(rng.uniform(-np.pi / 2, 1.5 * np.pi, n))
        points = np.stack([np.cos(turn), np.sin(turn)], 1) * rng.uniform(0.45, 1, (n, 1))
    else:  # box or trapezium
        a, b, c = rng.uniform(0.35, 1.0, 3)
        points = np.array([[-a, -c], [a, -c], [b, c], [-b, c]])
    points = points * rng.uniform([0.55, 0.75], [1.0, 1.0])
    points = points / np.abs(points).max() * (side / 2 - 2) + side / 2
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [np.round(points * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    if mirrored:
        alpha = np.concatenate([alpha[:, : side // 2], alpha[:, : side // 2][:, ::-1]], axis=1)
    return alpha


def _half_cutout(pack: SourcePack, rng: Rng, side: int, angle: float, overlap: float) -> Rgba:
    """A cut-out turned by `angle` in the left half [side, side / 2, 4], cut by the right edge at share `overlap`."""
    rgba = pick_cutout(pack, rng)
    h, w = rgba.shape[:2]
    scale = side * float(rng.uniform(0.6, 0.95)) / np.hypot(w, h)
    reach = scale * (w * abs(np.cos(np.radians(angle))) + h * abs(np.sin(np.radians(angle)))) / 2
    x = side / 2 + reach * (2 * overlap - 1)
    matrix = similarity(scale, angle, (w / 2, h / 2), (x, side / 2))
    if scale < 0.6:
        rgba = cv2.GaussianBlur(rgba, (0, 0), 0.35 / scale)
    return warp_rgba(rgba, matrix, (side // 2, side))


def mirror_cutout(pack: SourcePack, rng: Rng, side: int) -> Thing | None:
    """Half of a turned cut-out with its mirror image; or a facing pair with a gap. None where nothing is left of it."""
    gap = rng.random() < 0.25
    angle = float(rng.choice([0, 90, 180, 270])) + float(rng.normal(0, 8)) if rng.random() < 0.5 else any_angle(rng)
    overlap = float(rng.uniform(-0.12, 0.0)) if gap else float(rng.uniform(0.25, 0.65))
    half = _half_cutout(pack, rng, side, angle, overlap)
    if int((half[..., 3] > 127).sum()) < 0.03 * side * side:
        return None
    rgba = mirror_copy(half)
    if gap:
        ys = np.nonzero((half[..., 3] > 127).any(axis=1))[0]
        axis = ReflectionAxis(((side / 2, float(ys[0])), (side / 2, float(ys[-1]) + 1)))
        return Thing(rgba, (axis,))
    found = chord(rgba[..., 3], (side / 2, side / 2), 90)
    return None if found is None or found.length < 0.2 * side else Thing(rgba, (found,))


def mirror_patch(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """A mirrored photo patch or texture under a mirror-symmetric outline, with mirrored things on it."""
    half = surface(pack, rng, side, side // 2)
    alpha = blob_alpha(rng, side, mirrored=True)
    rgba = np.dstack([np.concatenate([half, half[:, ::-1]], axis=1), alpha])
    flat = float(half.std()) < 8
    for _ in range(int(rng.integers(1 if flat else 0, 3))):
        thing = _half_cutout(pack, rng, side, any_angle(rng), float(rng.uniform(-0.3, 0.6)))
        thing = mirror_copy(thing)
        thing[..., 3] = np.minimum(thing[..., 3], alpha)
        rgba = over(rgba, thing)
    found = chord(rgba[..., 3], (side / 2, side / 2), 90)
    return Thing(rgba, () if found is None else (found,))


def near_symmetric(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """Looks paired but has no axis: a translated copy, a glide reflection, or unlike halves under one outline."""
    kind = rng.random()
    if kind < 0.6:
        half = _half_cutout(pack, rng, side, any_angle(rng), float(rng.uniform(-0.1, 0.25)))
        other = half if kind < 0.3 else half[:, ::-1]
        if kind >= 0.3:  # glide: the mirrored half moves along the axis
            other = np.roll(other, int(side * rng.uniform(0.22, 0.45)) * int(rng.choice([-1, 1])), axis=0)
        return Thing(np.concatenate([half, other], axis=1))
    alpha = blob_alpha(rng, side, mirrored=False)
    return Thing(np.dstack([photo_patch(pack, rng, side), alpha]))


def plain_cutout(pack: SourcePack, rng: Rng, side: int) -> Thing:
    """An asymmetric cut-out as a distractor."""
    rgba = colored(pack.cutouts[int(rng.integers(len(pack.cutouts)))], rng)
    h, w = rgba.shape[:2]
    scale = side / max(h, w)
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return Thing(np.asarray(cv2.resize(rgba, (max(2, round(w * scale)), max(2, round(h * scale))), interpolation=mode)))


def text_line(rng: Rng, side: int) -> Thing:
    """A line of random letters and digits: asymmetric as a whole."""
    letters = list("RFGJKLPQSNZ2345679abdefghkmnpqrst")
    word = "".join(rng.choice(letters, int(rng.integers(4, 10))))
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX]))
    thickness = int(rng.integers(1, 4))
    (w, h), base = cv2.getTextSize(word, font, 1.0, thickness)
    alpha = np.zeros((h + base + 6, w + 6), np.uint8)
    cv2.putText(alpha, word, (3, h + 3), font, 1.0, 255, thickness, cv2.LINE_AA)
    scale = side / alpha.shape[1]
    alpha = cv2.resize(alpha, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    color = np.broadcast_to(rng.uniform(0, 255, 3).astype(np.uint8), (*alpha.shape, 3))
    return Thing(np.dstack([color, alpha]))
