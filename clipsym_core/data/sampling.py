"""Which samples come when: a sequence without end that is known from its seed, so a run goes on at any sample.

Every epoch shows each picture of the main source once, in a new order, mixed with rehearsal: samples of other sources,
which go through all of theirs before one comes again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from torch.utils.data import Sampler

from clipsym_core.data.training_dataset import Indices, Key, SampleSource
from clipsym_core.errors import InputError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample lies: source, epoch, index."""

    source: int
    epoch: int
    index: int


class SampleSequence:
    """Samples by number: 0, 1, 2, ... over all epochs.

    Attributes:
        main: number of samples of source 0 in an epoch.
        rehearsal: number of samples of the other sources in an epoch.
    """

    def __init__(
        self, sources: Sequence[SampleSource], *, seed: int, rehearsal_share: float = 0.0, multiple_of: int = 1
    ) -> None:
        """`multiple_of`: leave out the last samples of each epoch that do not fill a batch of this size.

        Raises:
            InputError: nothing to show, or less than one batch in an epoch.
        """
        self.sources, self.seed = tuple(sources), seed
        self.main = len(sources[0])
        self._pool = sum(len(s) for s in sources[1:])
        wanted = round(self.main * rehearsal_share / (1 - rehearsal_share))
        self.rehearsal = max(wanted, 1) if rehearsal_share > 0 and self._pool else 0
        self._length = (self.main + self.rehearsal) // multiple_of * multiple_of
        if not self._length:
            raise InputError(
                f"{self.main + self.rehearsal} pictures do not fill one batch of {multiple_of}.",
                remedy="Take a smaller batch, or more pictures.",
            )
        self._epoch = lru_cache(maxsize=2)(self._make_epoch)
        self._cycle = lru_cache(maxsize=4)(self._make_cycle)

    @property
    def epoch_length(self) -> int:
        """Samples in an epoch."""
        return self._length

    def place(self, number: int) -> Place:
        """Where sample `number` lies."""
        epoch, position = divmod(number, self._length)
        return self._epoch(epoch)[position]

    def _make_epoch(self, epoch: int) -> list[Place]:
        main = [Place(0, epoch, int(i)) for i in self.sources[0].order(epoch, self.seed)]
        if not self.rehearsal:
            return main
        first = epoch * self.rehearsal
        others = [self._rehearsed(n) for n in range(first, first + self.rehearsal)]
        # The others are strewn among the main ones, whose own order (by files, perhaps) is kept.
        at = np.random.default_rng((self.seed, epoch, 1)).permutation(len(main) + len(others)) < len(others)
        left, right = iter(others), iter(main)
        return [next(left) if other else next(right) for other in at]

    def _rehearsed(self, number: int) -> Place:
        cycle, position = divmod(number, self._pool)
        at = int(self._cycle(cycle)[position])
        for source, length in enumerate((len(s) for s in self.sources[1:]), start=1):
            if at < length:
                return Place(source, cycle, at)
            at -= length
        raise AssertionError("The pool is as long as its sources.")

    def _make_cycle(self, cycle: int) -> Indices:
        return np.random.default_rng((self.seed, cycle, 2)).permutation(self._pool)


class Batches(Sampler[list[Key]]):
    """The batches of one process from sample `start` on, without end: what a `DataLoader` takes as `batch_sampler`.

    A step takes `batch` samples over all processes, in `parts` one after the other; this process gets every part's
    slice number `rank` of `world`.
    """

    def __init__(
        self, sequence: SampleSequence, *, start: int, batch: int, canvas: tuple[int, int], parts: int = 1,
        rank: int = 0, world: int = 1,
    ) -> None:  # fmt: skip
        """Raises: InputError: a batch with less than one sample for each part and process."""
        if batch < parts * world:
            raise InputError(
                f"A batch of {batch} cannot be shared by {world} processes in {parts} parts.",
                remedy=f"Take a batch of at least {parts * world}.",
            )
        self.sequence, self.start, self.batch, self.canvas = sequence, start, batch, canvas
        self.parts, self.rank, self.world = parts, rank, world

    def __iter__(self) -> Iterator[list[Key]]:
        at = self.start
        while True:
            numbers = np.arange(at, at + self.batch)
            for part in np.array_split(numbers, self.parts):
                mine = np.array_split(part, self.world)[self.rank]
                yield [self._key(int(number)) for number in mine]
            at += self.batch

    def _key(self, number: int) -> Key:
        place = self.sequence.place(number)
        return Key(place.source, place.epoch, place.index, self.canvas)
