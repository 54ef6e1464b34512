"""A whole training scene: background, symmetric things, distractors, one camera; pixels and exact labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clipsym_core.data.synthesis import layouts
from clipsym_core.data.synthesis.bending import bend
from clipsym_core.data.synthesis.imperfect import imperfect, imperfect_picture
from clipsym_core.data.synthesis.mirrors import (
    mirror_cutout,
    mirror_patch,
    near_symmetric,
    photo_patch,
    plain_cutout,
    text_line,
)
from clipsym_core.data.synthesis.photometric import photometric
from clipsym_core.data.synthesis.placement import Canvas, pose
from clipsym_core.data.synthesis.procedural import Rng, texture
from clipsym_core.data.synthesis.rosettes import (
    copied_rosette,
    disc_or_ring,
    folded_rosette,
    natural,
    regular_polygon,
)
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.data.synthesis.things import Thing, any_angle
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Point, Shape

Maker = Callable[[SourcePack, Rng, int], Thing | None]


@dataclass(frozen=True, slots=True)
class Scene:
    """Pixels [H, W, 3] and the shapes that are true of them."""

    image: Pixels
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """Shares of what scenes show (each in 0..1), and the strength of photometric changes.

    Attributes:
        empty: scenes with no symmetric thing (distractors and near-symmetric things only).
        whole: scenes mirrored as a whole (water, facades).
        marked: scenes that are photos with axes marked by a person, where the source pack has some.
        marked_tilt: mild perspective of those photos (share of the longer side by which corners move; 0: none).
        grouped: scenes with several alike things (rows, rings, nested ones).
        photometric: 0 = none.
        single: smallest and largest diameter of a thing that is alone, in units of the picture's shorter side.
        several: the same of each further thing.
        arranged: scenes with things on both sides of a line, each facing its mirror image.
        imperfect: share of things and of whole mirrored pictures that are only nearly symmetric, as real things are.
    """

    empty: float = 0.1
    whole: float = 0.13
    marked: float = 0.13
    grouped: float = 0.14
    photometric: float = 1.0
    single: tuple[float, float] = (0.3, 0.95)
    several: tuple[float, float] = (0.18, 0.5)
    imperfect: float = 0.0
    marked_tilt: float = 0.0
    arranged: float = 0.0


_MAKERS: tuple[tuple[Maker, float], ...] = (
    (mirror_cutout, 0.25),
    (mirror_patch, 0.15),
    (natural, 0.28),
    (folded_rosette, 0.09),
    (copied_rosette, 0.10),
    (regular_polygon, 0.08),
    (disc_or_ring, 0.05),
)
_DISTRACTORS: tuple[tuple[Maker, float], ...] = (
    (plain_cutout, 0.6),
    (near_symmetric, 0.25),
    (lambda pack, rng, side: text_line(rng, side), 0.15),
)


def make_scene(pack: SourcePack, size: tuple[int, int], rng: Rng, options: SceneOptions | None = None) -> Scene:
    """One scene of `size` = (width, height), px; the same generator state gives the same scene."""
    options = options or SceneOptions()
    kind = rng.random()
    edges = np.cumsum([options.empty, options.whole, options.marked, options.grouped, options.arranged])
    canvas = Canvas(_background(pack, rng, size))
    if kind < edges[0]:
        _fill(canvas, pack, rng, things=0, distractors=int(rng.integers(0, 5)))
    elif kind < edges[1]:
        layouts.whole_mirror(canvas, pack, rng)
        if _wants_imperfect(rng, options):
            canvas.image[...] = imperfect_picture(canvas.image, pack, rng)
        if rng.random() < 0.3:
            _fill(canvas, pack, rng, things=0, distractors=1, largest=0.25)
    elif kind < edges[2] and pack.marked:
        layouts.marked_photo(canvas, pack, rng, tilt=options.marked_tilt)
    elif kind < edges[3]:
        thing = _symmetric_thing(pack, rng, size, options)
        layouts.group(canvas, thing, rng)
        _fill(canvas, pack, rng, things=0, distractors=int(rng.integers(0, 3)), largest=0.3)
    elif kind < edges[4]:
        loosely = _wants_imperfect(rng, options)
        middle = _symmetric_thing(pack, rng, size, options) if rng.random() < 0.6 else None
        layouts.arrangement(canvas, pack, rng, middle, loose=float(rng.uniform(0.01, 0.06)) if loosely else 0.0)
        _fill(canvas, pack, rng, things=0, distractors=int(rng.integers(0, 2)), largest=0.3)
    else:
        things = 1 + int(rng.choice(3, p=[0.6, 0.28, 0.12]))
        _fill(canvas, pack, rng, things=things, distractors=int(rng.integers(0, 4)), options=options)
    image, shapes = canvas.image, canvas.shapes()
    if rng.random() < 0.06:
        image, shapes = bend(image, shapes, rng)
    if options.photometric > 0:
        image = photometric(image, rng, options.photometric)
    return Scene(image, shapes)


def random_thing(pack: SourcePack, rng: Rng, side: int, makers: tuple[tuple[Maker, float], ...] = _MAKERS) -> Thing:
    """A thing drawn from weighted makers, trying again where one has nothing to give."""
    weights = np.array([weight for _, weight in makers])
    while True:
        made = makers[int(rng.choice(len(makers), p=weights / weights.sum()))][0](pack, rng, side)
        if made is not None:
            return made


def _symmetric_thing(pack: SourcePack, rng: Rng, size: tuple[int, int], options: SceneOptions) -> Thing:
    thing = random_thing(pack, rng, _side(size))
    return imperfect(thing, pack, rng) if _wants_imperfect(rng, options) else thing


def _wants_imperfect(rng: Rng, options: SceneOptions) -> bool:
    # No number is drawn where none is wanted: scenes of older options stay the same.
    return options.imperfect > 0 and rng.random() < options.imperfect


def _side(size: tuple[int, int]) -> int:
    """Side of the square on which a thing is made: even, about half the scene."""
    return 2 * max(24, min(size) * 3 // 10)


def _background(pack: SourcePack, rng: Rng, size: tuple[int, int]) -> Pixels:
    w, h = size
    kind = rng.random()
    if kind < 0.78:
        return photo_patch(pack, rng, h, width=w)
    if kind < 0.88:
        return np.ascontiguousarray(texture(rng, max(w, h))[:h, :w])
    return np.full((h, w, 3), rng.uniform(0, 255, 3), np.uint8)


def _fill(
    canvas: Canvas,
    pack: SourcePack,
    rng: Rng,
    *,
    things: int,
    distractors: int,
    largest: float = 0.95,
    options: SceneOptions | None = None,
) -> None:
    """Lays distractors, things, and perhaps an occluder, apart from each other as far as there is room."""
    options = options or SceneOptions()
    w, h = canvas.size
    short = min(w, h)
    taken: list[tuple[float, float, float]] = []
    share = float(rng.uniform(*options.single)) if things == 1 else min(0.6, largest)
    for index in range(things):
        diameter = short * (share if index == 0 else float(rng.uniform(*options.several)))
        spot = _free_spot(rng, (w, h), diameter, taken)
        if spot is not None:
            thing = _symmetric_thing(pack, rng, (w, h), options)
            tilt = float(rng.uniform(0.02, 0.09)) if rng.random() < 0.3 else 0.0
            canvas.paste(thing, pose(thing, rng, spot, diameter, turn=_turn(rng), tilt=tilt))
            taken.append((*spot, diameter / 2))
    for _ in range(distractors):
        diameter = short * float(rng.uniform(0.1, min(0.4, largest)))
        spot = _free_spot(rng, (w, h), diameter, taken)
        if spot is not None:
            thing = random_thing(pack, rng, _side((w, h)), _DISTRACTORS)
            canvas.paste(thing, pose(thing, rng, spot, diameter, turn=_turn(rng)))
            taken.append((*spot, diameter / 2))
    if things and rng.random() < 0.15:  # something small in front
        thing = random_thing(pack, rng, _side((w, h)), _DISTRACTORS)
        spot = (float(rng.uniform(0, w)), float(rng.uniform(0, h)))
        canvas.paste(thing, pose(thing, rng, spot, short * float(rng.uniform(0.08, 0.2)), turn=any_angle(rng)))


def _turn(rng: Rng) -> float:
    """Half the things stand on a side of the picture, as things do; the others at any angle. No side is preferred."""
    if rng.random() < 0.4:
        return float(rng.choice([0.0, 90.0, 180.0, 270.0]) + rng.normal(0, 5))
    return any_angle(rng)


def _free_spot(
    rng: Rng, size: tuple[int, int], diameter: float, taken: list[tuple[float, float, float]]
) -> Point | None:
    """A place where a thing of that diameter covers little of what is there; None after a dozen tries."""
    w, h = size
    margin = min(diameter * 0.42, min(w, h) * 0.42)
    for _ in range(12):
        x, y = float(rng.uniform(margin, w - margin)), float(rng.uniform(margin, h - margin))
        if all(math.hypot(x - tx, y - ty) > 0.85 * (radius + diameter / 2) for tx, ty, radius in taken):
            return (x, y)
    return None
