"""The bundled checkpoint learns from a few pictures of another kind, and does not forget what it knew."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.data.synthesis import SceneOptions, make_scene, procedural_pack
from clipsym_core.train.session import run_training
from tests.core.train.tiny import write_run

PICTURES = 16


@pytest.fixture
def new_pictures(tmp_path):
    """Scenes of shapes by formula on textures, which the bundled model was not trained on."""
    pack, rng = procedural_pack(7), np.random.default_rng(5)
    records = []
    for number in range(PICTURES):
        scene = make_scene(pack, (256, 256), rng, SceneOptions(empty=0.0))
        file = tmp_path / f"{number:02d}.png"
        Image.fromarray(scene.image).save(file)
        shapes = tuple(map(Annotation, scene.shapes))
        records.append(AnnotatedPicture(file.name, (256, 256), shapes, state="verified", file=file))
    export(records, tmp_path / "set", "native")
    return tmp_path / "set"


def fine_tuned(tmp_path, data, **changes):
    """Train and measure on the same pictures: whether they were learned."""
    file = write_run(
        tmp_path / "run.json", tmp_path / "run", data, preset="fine-tune", start="clipsym-lite", epochs=None,
        split={"shares": [1, 0, 0]}, batch=8, **changes,
    )  # fmt: skip
    return run_training(file)


def test_a_few_steps_help(tmp_path, new_pictures):
    """The short form: a small canvas, no augmentation."""
    none = dict.fromkeys(
        ("quarter_turns", "mirror", "turn", "scale", "shift", "perspective", "color", "blur", "jpeg"), 0
    )
    ended = fine_tuned(
        tmp_path, new_pictures, steps=8, canvas=[128, 128], augment=none, average=None,
        optimizer={"rate": 1e-3, "tower_rate": 1e-4}, validation={"every": 4},
    )  # fmt: skip
    assert ended.reason == "finished"
    assert ended.after.f1 > ended.before.f1 + 0.02


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_minute_raises_f1_and_forgets_nothing(tmp_path, new_pictures):
    """As the preset has it, with rehearsal, for a minute of one quiet core."""
    ended = fine_tuned(
        tmp_path, new_pictures, steps=24, rehearsal={"share": 0.3, "pictures": 16}, validation={"every": 8},
        optimizer={"rate": 3e-4, "tower_rate": 6e-5},
    )  # fmt: skip
    assert ended.after.f1 > ended.before.f1 + 0.01  # measured: 0.403 before, 0.427 after
    assert ended.after.rehearsal_f1 > ended.before.rehearsal_f1 - 0.02
