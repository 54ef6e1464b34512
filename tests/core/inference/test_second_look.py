"""The network's second look: mirror evidence of features, heat along axes, and that results turn with the picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipsym_core.evaluate.known_symmetry import mirrored_picture
from clipsym_core.imaging import Letterbox, Pixels
from clipsym_core.inference.axis_evidence.deep_mirror import NAMES, DeepMirror
from clipsym_core.inference.detector import Heatmaps, SymmetryDetector
from clipsym_core.inference.features import propose
from clipsym_core.inference.pixels.canonical import canonical_lay
from clipsym_core.inference.second_look import SecondLook
from clipsym_core.symmetry import ReflectionAxis, line_offsets, mirror_left_right, quarter_turns


@pytest.fixture(scope="module")
def detector() -> SymmetryDetector:
    torch.set_num_threads(1)
    return SymmetryDetector.load(device="cpu", size=(128, 128))


def _picture(seed: int = 3) -> Pixels:
    """A picture [180, 240, 3] of soft blobs, its left half mirrored onto the right one."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (12, 8, 3))
    left = coarse.repeat(15, axis=0).repeat(15, axis=1)
    return np.concatenate([left, left[:, ::-1]], axis=1).astype(np.uint8)


def _upright(x: float) -> ReflectionAxis:
    return ReflectionAxis(((x, 10.0), (x, 170.0)))


def _deep(detector: SymmetryDetector, image: Pixels) -> DeepMirror:
    return DeepMirror(image, detector.network.encoder, detector.network.mean, detector.network.std)  # type: ignore[arg-type]


def test_a_true_axis_agrees_at_every_depth_and_a_line_beside_it_does_not(detector: SymmetryDetector) -> None:
    true, wrong = _deep(detector, _picture()).measure([_upright(120.0), _upright(87.0)])
    for here, peak in NAMES:
        assert true[here] > 0.99
        assert true[here] > wrong[here] + 0.05
        assert true[peak] > wrong[peak]
    assert _deep(detector, _picture()).measure([]) == []


def test_measures_do_not_depend_on_the_company_or_the_direction_of_an_axis(detector: SymmetryDetector) -> None:
    deep = _deep(detector, _picture())
    axis = ReflectionAxis(((40.0, 20.0), (150.0, 140.0)))
    back = ReflectionAxis(((150.0, 140.0), (40.0, 20.0)))
    alone, turned = deep.measure([axis])[0], deep.measure([_upright(60.0), back])[1]
    assert alone == pytest.approx(turned, abs=1e-4)


def test_heat_is_read_along_the_axis(detector: SymmetryDetector) -> None:
    image = _picture()
    box = Letterbox((240, 180), (128, 128))
    heat = np.zeros((128, 128), np.float32)
    (column, _), *_ = box.to_target([(120.0, 90.0)])
    heat[:, int(column) - 2 : int(column) + 3] = 0.8
    lay = canonical_lay(image)
    look = SecondLook(detector, lay.apply(image), lay, Heatmaps(heat, heat, box))
    axes = [_upright(120.0).transformed(lay.matrix), _upright(60.0).transformed(lay.matrix)]
    hot, cold = look.measure(axes)
    assert hot["near"] == pytest.approx(0.8, abs=0.05)
    assert cold["near"] == 0.0
    assert 0.0 <= hot["far"] <= 1.0
    assert any(d.evidence["heat"] > 0.5 for d in look.candidates())


def test_settling_moves_ends_along_their_lines_and_keeps_what_was_measured(detector: SymmetryDetector) -> None:
    image = _picture()
    box = Letterbox((240, 180), (128, 128))
    heat = np.zeros((128, 128), np.float32)
    heat[40:80, 62:66] = 0.8
    heatmaps = Heatmaps(heat, heat * 0, box)
    features = propose(image)
    before, after = (
        [d for d in detector.axis_candidates(image, heatmaps, features=features, settled=s) if d.shape.is_straight]
        for s in (False, True)
    )
    assert len(before) == len(after) > 0
    assert any(a.shape != b.shape for a, b in zip(before, after, strict=True))
    for a, b in zip(before, after, strict=True):
        assert (a.score, a.evidence) == (b.score, b.evidence)
        assert np.abs(line_offsets(b.shape.points, a.shape.start, a.shape.end)).max() < 1e-6


@pytest.mark.parametrize("way", range(1, 8, 3))
def test_what_a_detector_makes_of_heatmaps_turns_with_the_picture(detector: SymmetryDetector, way: int) -> None:
    rng = np.random.default_rng(8)
    piece, ground = (rng.uniform(0, 255, (12, 16, 3)).repeat(20, 0).repeat(20, 1).astype(np.uint8) for _ in range(2))
    image = mirrored_picture(rng, piece, ground).image
    size = (image.shape[1], image.shape[0])
    heat = np.zeros((128, 128), np.float32)
    heat[20:100, 60:63] = 0.7
    turns, mirrored = way % 4, way >= 4
    matrix = quarter_turns(size, turns)
    turned, turned_heat = np.rot90(image, turns), np.rot90(heat, turns)
    if mirrored:
        matrix = mirror_left_right((turned.shape[1], turned.shape[0])) @ matrix
        turned, turned_heat = turned[:, ::-1], turned_heat[:, ::-1]
    found = []
    for picture, warm in ((image, heat), (turned, turned_heat)):
        picture, warm = np.ascontiguousarray(picture), np.ascontiguousarray(warm)
        box = Letterbox((picture.shape[1], picture.shape[0]), (128, 128))
        found.append(detector.decode(picture, Heatmaps(warm, warm * 0, box), threshold=0.0).detections)
    straight, other = found
    assert len(straight) == len(other) > 3
    for a, b in zip(straight, other, strict=True):
        moved = a.transformed(matrix)
        assert type(a.shape) is type(b.shape)
        assert a.score == pytest.approx(b.score, abs=1e-5)
        if isinstance(moved.shape, ReflectionAxis) and isinstance(b.shape, ReflectionAxis):
            ends = sorted(np.round(moved.shape.points, 4).tolist()), sorted(np.round(b.shape.points, 4).tolist())
            assert np.allclose(*ends, atol=1e-3)


def test_a_network_without_an_image_tower_is_not_asked(detector: SymmetryDetector) -> None:
    class Plain(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.full((len(images), 2, *images.shape[-2:]), -4.0)

    plain = SymmetryDetector(Plain(), detector.config, name="plain", device=torch.device("cpu"), size=(128, 128))
    assert SecondLook.possible(detector)
    assert not SecondLook.possible(plain)
    found = plain.detect(_picture(), threshold=0.0).detections
    assert found
    assert not any("deep" in d.evidence for d in found)
