"""Symmetric scenes with exact labels, made from any photos and cut-outs (label rules: docs/labels.md)."""

from clipsym_core.data.synthesis.measure import MeasuredSymmetry, measure_symmetry
from clipsym_core.data.synthesis.scene import Scene, SceneOptions, make_scene
from clipsym_core.data.synthesis.sources import Cutout, Photo, SourcePack, procedural_pack, source_pack

__all__ = [
    "Cutout",
    "MeasuredSymmetry",
    "Photo",
    "Scene",
    "SceneOptions",
    "SourcePack",
    "make_scene",
    "measure_symmetry",
    "procedural_pack",
    "source_pack",
]
