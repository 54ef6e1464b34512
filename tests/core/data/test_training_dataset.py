"""Training samples: each picture once an epoch, the same at every resume, in any number of workers and processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.utils.data import DataLoader

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.augment_options import FULL
from clipsym_core.data.picture_cache import PictureCache
from clipsym_core.data.sampling import Batches, SampleSequence
from clipsym_core.data.scene_dataset import SceneRecipe
from clipsym_core.data.synthesis import procedural_pack
from clipsym_core.data.targets import field_targets, render_targets
from clipsym_core.data.training_dataset import (
    Key,
    PictureSource,
    SceneSource,
    TrainingDataset,
    block_order,
    collate,
    letterboxed,
    read_file,
)
from clipsym_core.errors import InputError
from clipsym_core.imaging import Letterbox, read_image
from clipsym_core.symmetry import ReflectionAxis, RotationCenter

CANVAS = (64, 64)


class Counting:
    """A source that has nothing but a length."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def order(self, epoch, seed):
        return np.random.default_rng((seed, epoch)).permutation(self.length)

    def sample(self, epoch, index, canvas):
        raise AssertionError("Not asked for here.")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    found = []
    for number, (w, h) in enumerate([(80, 60), (50, 90), (64, 64), (120, 40), (300, 260)]):
        file = folder / f"{number}.png"
        Image.fromarray(rng.integers(0, 255, (h, w, 3), dtype=np.uint8)).save(file)
        shapes = (ReflectionAxis(((w * 0.2, h * 0.3), (w * 0.8, h * 0.7))), RotationCenter(w * 0.5, h * 0.5, 4))
        found.append(AnnotatedPicture(file.name, (w, h), tuple(map(Annotation, shapes)), file=file))
    return found


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 30), st.floats(0, 0.8), st.integers(0, 99), st.integers(1, 9))
def test_an_epoch_shows_every_picture_once(main, pool, share, seed, epoch):
    sources = [Counting(main), *([Counting(pool)] if pool else [])]
    sequence = SampleSequence(sources, seed=seed, rehearsal_share=share)
    first = epoch * sequence.epoch_length
    places = [sequence.place(first + i) for i in range(sequence.epoch_length)]
    own = Counter(p.index for p in places if p.source == 0)
    assert own == Counter(range(main))
    assert all(p.epoch == epoch for p in places if p.source == 0)
    others = Counter(p.index for p in places if p.source == 1)
    assert others.total() == sequence.rehearsal
    if pool:
        assert max(others.values(), default=0) - min(others.values(), default=0) <= others.total() // pool + 1
        assert sequence.rehearsal / sequence.epoch_length == pytest.approx(share, abs=1.5 / (main + 1))


def test_rehearsal_goes_through_everything_before_it_comes_again():
    sequence = SampleSequence([Counting(10), Counting(7), Counting(5)], seed=3, rehearsal_share=0.25)
    assert sequence.rehearsal == 3
    places = [sequence.place(i) for i in range(4 * sequence.epoch_length)]
    others = [(p.source, p.index) for p in places if p.source]
    assert len(set(others)) == 12


def test_epochs_differ_and_seeds_differ():
    def order(seed, epoch):
        sequence = SampleSequence([Counting(30)], seed=seed)
        return [sequence.place(epoch * 30 + i).index for i in range(30)]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1) != order(1, 1)


def test_drop_last_leaves_out_what_fills_no_batch():
    sequence = SampleSequence([Counting(10)], seed=0, multiple_of=4)
    assert sequence.epoch_length == 8
    dropped = [set(range(10)) - {sequence.place(e * 8 + i).index for i in range(8)} for e in range(6)]
    assert all(len(d) == 2 for d in dropped)
    assert len({frozenset(d) for d in dropped}) > 1  # not always the same
    with pytest.raises(InputError, match="do not fill one batch"):
        SampleSequence([Counting(3)], seed=0, multiple_of=4)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 40), st.integers(0, 5))
def test_processes_and_parts_share_a_batch(world, parts, start, extra):
    batch = world * parts + extra
    sequence = SampleSequence([Counting(11)], seed=1)

    def take(rank, world, parts, count):
        iterator = iter(Batches(sequence, start=start, batch=batch, canvas=CANVAS, parts=parts, rank=rank, world=world))
        return [next(iterator) for _ in range(count)]

    whole = take(0, 1, 1, 2)
    shared = [take(rank, world, parts, 2 * parts) for rank in range(world)]
    for step in range(2):
        pieces = [key for part in range(parts) for rank in range(world) for key in shared[rank][step * parts + part]]
        assert pieces == whole[step]
    resumed = next(iter(Batches(sequence, start=start + batch, batch=batch, canvas=CANVAS)))
    assert resumed == whole[1]


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(InputError, match="at least 4"):
        Batches(SampleSequence([Counting(9)], seed=0), start=0, batch=3, canvas=CANVAS, parts=2, world=2)


def test_no_picture_is_decoded_twice_in_an_epoch_nor_at_all_with_a_cache(records):
    decoded = Counter()

    def read(record):
        decoded[record.path] += 1
        return read_image(record.file)

    for cache, times in ((None, 3), (PictureCache(1 << 24), 1)):
        decoded.clear()
        source = PictureSource(records, augment=FULL, read=read, cache=cache)
        sequence = SampleSequence([source], seed=0)
        batches = iter(Batches(sequence, start=0, batch=5, canvas=CANVAS))
        dataset = TrainingDataset([source])
        for epoch in range(3):
            for key in next(batches):
                dataset[key]
            assert max(decoded.values()) <= (epoch + 1 if cache is None else 1)
        assert set(decoded.values()) == {times}


def test_workers_give_what_one_process_gives(records):
    source = PictureSource(records, seed=5, augment=FULL, cache=PictureCache(1 << 20))
    scenes = SceneSource(procedural_pack(1, photos=2, cutouts=3), SceneRecipe(), count=3)
    sequence = SampleSequence([source, scenes], seed=0, rehearsal_share=0.4)

    def batches(workers):
        sampler = Batches(sequence, start=4, batch=4, canvas=CANVAS)
        loader = iter(
            DataLoader(
                TrainingDataset([source, scenes]), batch_sampler=sampler, num_workers=workers, collate_fn=collate
            )
        )
        return [next(loader) for _ in range(4)]

    for one, many in zip(batches(0), batches(2), strict=True):
        assert one[3] == many[3]
        for left, right in zip(one[:3], many[:3], strict=True):
            torch.testing.assert_close(left, right, rtol=0, atol=0)


def test_a_sample_without_augmentation_is_what_inference_sees(records):
    source = PictureSource(records)
    for index, record in enumerate(records):
        sample = source.sample(0, index, CANVAS)
        pixels, valid = letterboxed(read_file(record), CANVAS)
        np.testing.assert_array_equal(sample.image.permute(1, 2, 0).numpy(), pixels)
        np.testing.assert_array_equal(sample.valid[0].numpy() > 0, valid)
        shapes = [s.transformed(Letterbox(record.size, CANVAS).matrix) for s in record.shapes]
        np.testing.assert_allclose(sample.targets.numpy(), render_targets(shapes, CANVAS), atol=1e-5)
        assert sample.name == record.path


def test_field_targets_are_drawn_at_picture_size(records):
    record = records[2]  # of the canvas's size
    sample = PictureSource(records, style=None).sample(0, 2, CANVAS)
    np.testing.assert_allclose(sample.targets.numpy(), field_targets(record.shapes, (64, 64)), atol=1e-6)


def test_a_cached_picture_looks_the_same_every_time(records):
    source = PictureSource(records, cache=PictureCache(1 << 24))
    first, again = source.sample(0, 4, CANVAS), source.sample(0, 4, CANVAS)
    torch.testing.assert_close(first.image, again.image, rtol=0, atol=0)
    plain = PictureSource(records).sample(0, 4, CANVAS)
    assert (first.image.float() - plain.image.float()).abs().mean() < 12  # noise, averaged in two steps
    torch.testing.assert_close(first.targets, plain.targets, rtol=0, atol=1e-5)


def test_the_cache_keeps_to_its_limit():
    cache = PictureCache(40_000)
    for number in range(6):
        cache.put(str(number), np.full((64, 64, 3), number, np.uint8), (64, 64))
    assert cache.get("0") is None
    kept = [n for n in range(6) if cache.get(str(n)) is not None]
    assert kept == [3, 4, 5]
    cache.put("large", np.zeros((200, 200, 3), np.uint8), (400, 400))
    assert cache.get("large") is None


def test_a_picture_that_changed_its_size_is_refused(records):
    changed = replace(records[0], size=(81, 60))
    with pytest.raises(InputError, match="It was changed since"):
        PictureSource([changed]).sample(0, 0, CANVAS)
    with pytest.raises(InputError, match="is missing"):
        PictureSource([replace(records[0], file=None)]).sample(0, 0, CANVAS)


def test_scenes_are_new_every_epoch():
    source = SceneSource(procedural_pack(1, photos=2, cutouts=3), SceneRecipe(seed=2), count=2)
    names = [source.sample(epoch, index, CANVAS).name for epoch in range(2) for index in range(2)]
    assert names == ["scene 0", "scene 1", "scene 2", "scene 3"]
    with pytest.raises(InputError, match="Scenes are square"):
        source.sample(0, 0, (64, 96))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 9))
def test_blocks_come_together(blocks, seed):
    order = block_order(blocks, np.random.default_rng(seed), window=2)
    assert sorted(order) == list(range(len(blocks)))
    seen = [blocks[i] for i in order]
    spans = [len(set(seen[seen.index(b) : len(seen) - seen[::-1].index(b)])) for b in set(blocks)]
    assert max(spans) <= 2


def test_keys_name_samples():
    assert Key(0, 1, 2, CANVAS) == (0, 1, 2, CANVAS)
