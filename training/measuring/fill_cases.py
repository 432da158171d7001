"""The cases that fills are measured on: one list of pictures and holes, given to every method alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.geometry import U8
from training.data.shards import Chip, decode, read_shard
from training.errors import SourceError
from training.measuring.fixed_blurs import SEVERITIES, enlarged, measured_blur
from training.measuring.fixed_holes import STROKES, measured_hole

GREY = 118
"""What is shown, to methods and on sheets, where nothing is known."""


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """One picture with one hole, which lies in `chip.valid`, or one blur."""

    chip: Chip
    kind: str
    hole: np.ndarray
    """(S, S) bool: what is missing, or all that is known of the chip where it is blurred."""
    blurred: U8 | None = None
    """The whole chip, small and soft, (s, s, 3) uint8, if that is its damage."""

    @property
    def unknown(self) -> np.ndarray:
        """What no method gets to see: the hole, and what lies beyond the photo's frame."""
        return np.asarray(self.hole | ~self.chip.valid)

    @property
    def damaged(self) -> U8:
        """The picture as a method gets it: a plain grey where nothing is known; what is blurred, back at its size."""
        if self.blurred is not None:
            soft = enlarged(self.blurred, self.chip.rgb.shape[0], smooth=True)
            return np.where(self.chip.valid[..., None], soft, np.uint8(GREY))
        return np.where(self.unknown[..., None], np.uint8(GREY), self.chip.rgb)


class Cases:
    """The pictures of some shards with their holes, decoded one at a time.

    `size`: the side to which pictures are brought, None: as they are.  `limit`: how many pictures, spread evenly
    over the shards, for these may be sorted.  The `kinds` of holes take turns, or with `each` every picture gets one
    of each.  A picture's hole of one kind depends on its place in the shards and `seed` only: it is the same
    whatever the limit.
    """

    def __init__(
        self,
        shards: Sequence[Path],
        *,
        size: int | None = None,
        limit: int | None = None,
        kinds: Sequence[str] = STROKES,
        each: bool = False,
        seed: int = 0,
    ) -> None:
        self._files = [entry for path in shards for entry in read_shard(path)]
        if not self._files:
            raise SourceError("the shards hold no chips")
        count = min(limit or len(self._files), len(self._files))
        places = np.linspace(0, len(self._files) - 1, count).round().astype(int).tolist()
        self.kinds = tuple(kinds)
        self._plan = [
            (place, kind)
            for turn, place in enumerate(places)
            for kind in (self.kinds if each else [self.kinds[turn % len(self.kinds)]])
        ]
        self._seed, self._size = seed, size
        self.blurs = all(kind in SEVERITIES for kind in self.kinds)
        """Whether the pictures are blurred, and nothing of them is missing."""

    def __len__(self) -> int:
        return len(self._plan)

    def __iter__(self) -> Iterator[Case]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Case:
        place, kind = self._plan[index]
        chip = decode(*self._files[place])
        if self._size is not None:
            chip = chip.resized(self._size)
        if self.blurs:
            return Case(chip, kind, chip.valid, measured_blur(chip.rgb, kind=kind, seed=(self._seed, place)))
        return Case(chip, kind, measured_hole(chip.valid, kind=kind, seed=(self._seed, place)))
