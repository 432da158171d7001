"""Chips and batches: shards into memory, then augmented there, on whatever device they live.

On a GPU the whole set (chips, Canny maps, a bank of holes) stays in its memory.  On the CPU the same code runs
in a worker process (`stream`), so that the networks keep the cores.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import math
import multiprocessing
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Self, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset
from tqdm import tqdm

from engine.fill.edges import canny
from engine.fill.prefill import push_pull
from engine.geometry import U8
from training.data import blurs, holes, styles
from training.data.shards import Chip, decode, read_shard
from training.data.sources import weight_of
from training.data.tones import tone
from training.errors import SourceError

_FEW = 500  # chips that are decoded before worker processes would have started


def _planes(item: tuple[str, bytes, int]) -> U8:
    """A chip's WebP bytes -> (5, size, size) uint8: RGB, validity alpha, Canny edges."""
    name, data, size = item
    chip = decode(name, data).resized(size)
    valid = np.where(chip.valid, 255, 0).astype(np.uint8)
    return np.dstack((chip.rgb, valid, canny(chip.rgb, valid))).transpose(2, 0, 1)


@dataclass(frozen=True, eq=False)
class Chips:
    """`planes`: (N, 5, S, S) uint8, RGB, validity, Canny edges, on any device; `weights`: (N,) for sampling."""

    planes: Tensor
    weights: Tensor

    @classmethod
    def load(cls, shards: Sequence[Path], size: int, *, cache: Path, device: str = "cpu") -> Chips:
        """Decode shards at `size` pixels a side; kept in the folder `cache` for other runs, until it is deleted.

        What is kept is known by the chips and by the code that decoded them: if one of both changes, all are decoded
        again.  Raises `SourceError` if a shard cannot be read or all are empty.
        """
        key, names = hashlib.sha256(_recipe()), []
        for path in shards:
            for name, data in read_shard(path):
                key.update(name.encode() + data)
                names.append(name)
        if not names:
            raise SourceError("the shards hold no chips")
        kept = cache / f"{key.hexdigest()[:16]}-{size}.npy"
        if not kept.exists():
            _decode(shards, kept, (len(names), 5, size, size))
        planes = torch.from_numpy(np.load(kept, mmap_mode="c"))
        tones = (tone(chip[:3].permute(1, 2, 0).numpy()) for chip in planes)
        weights = list(map(weight_of, names, tones))
        return cls(planes.to(device), torch.tensor(weights, device=device))


def _decode(shards: Sequence[Path], kept: Path, shape: tuple[int, ...]) -> None:
    """Write the planes of all chips, (N, 5, S, S), as an array file."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    found = np.lib.format.open_memmap(part, "w+", np.uint8, shape)
    items = ((name, data, shape[-1]) for path in shards for name, data in read_shard(path))
    for i, planes in enumerate(tqdm(_decoded(items, shape[0]), "decoding", shape[0])):
        found[i] = planes
    found.flush()
    part.replace(kept)


def _decoded(items: Iterator[tuple[str, bytes, int]], count: int) -> Iterator[U8]:
    if count < _FEW:
        yield from map(_planes, items)
        return
    with multiprocessing.get_context("spawn").Pool() as pool:
        yield from pool.imap(_planes, items, 64)


def _recipe() -> bytes:
    """What turns a chip into planes, as bytes that change with it.

    Its code tells of every edit; the edges of a drawn picture tell of thresholds that are set elsewhere, and of
    another OpenCV: it has a square of each of the 256 grey levels, and bars that fade out.
    """
    parts = (_planes, decode, Chip, sys.modules[canny.__module__])
    code = "".join(inspect.getsource(part) for part in parts)
    square = np.pad(np.ones((8, 8), np.uint8), 4)
    squares = np.kron(np.arange(256, dtype=np.uint8).reshape(16, 16), square)
    bars = np.outer(np.kron(np.arange(15, 256, 16), square[8]), np.linspace(0, 1, 256))
    picture = np.vstack((squares, bars.astype(np.uint8)))
    return code.encode() + canny(np.dstack([picture] * 3), np.full_like(picture, 255)).tobytes()


@dataclass(frozen=True, eq=False)
class Movable:
    """Tensors and plain values that move to a device as a whole: what all batches are."""

    def to(self, device: str) -> Self:
        moved = {k: v.to(device, non_blocking=True) for k, v in vars(self).items() if isinstance(v, Tensor)}
        return replace(self, **moved)

    def first(self, count: int) -> Self:
        """The first so many of its examples."""
        return replace(self, **{k: v[:count] for k, v in vars(self).items() if isinstance(v, Tensor)})


B = TypeVar("B", bound=Movable)
"""What a stage learns from: a kind of batch."""


@dataclass(frozen=True, eq=False)
class Batch(Movable):
    """What one training step sees; (N, C, S, S) float32.

    `image`: the truth, RGB in -1..1; `edges`: its Canny map 0/1; `hole`: 1 where may be drawn: what is missing, beyond
    the photo's frame, or blurred; `loss`: 1 where of that the truth is known to the trainer; `worth`: 1 where it is
    blurred; `prefill`: RGB, what is visible, blurred or not, and a push-pull fill of what is missing.  `number` seeds
    what else is drawn for this batch.
    """

    image: Tensor
    edges: Tensor
    hole: Tensor
    loss: Tensor
    worth: Tensor
    prefill: Tensor
    number: int

    @property
    def missing(self) -> Tensor:
        """1 where nothing is left of the picture."""
        return self.hole - self.worth


class Maker(ABC, Generic[B]):
    """Makes batches of one kind from chips and a bank of so many `masks`."""

    wide_share = 0.5
    """Of the holes, that are wide."""

    def __init__(self, chips: Chips, *, batch: int, masks: int, seed: int) -> None:
        self.chips, self.batch, self.seed = chips, batch, seed
        size, wide_ones = chips.planes.shape[-1], round(self.wide_share * masks)
        self.narrow = masks - wide_ones  # so many come first
        made = holes.bank(masks, size, seed=seed, wide_ones=wide_ones)
        self.masks = torch.from_numpy(made).to(chips.planes.device)

    def batches(self, first: int, *, stride: int = 1) -> Iterator[B]:
        """Batches number `first`, `first + stride`, ... without end; each depends on the seed and its number only."""
        generator = torch.Generator(self.chips.planes.device)
        for number in itertools.count(self.seed * 1_000_003 + first, stride):
            yield self._make(number, generator.manual_seed(number))

    @abstractmethod
    def _make(self, number: int, generator: torch.Generator) -> B:
        """Batch `number`, from what `generator` draws."""


_Damaged = tuple[Tensor, Tensor, Tensor, Tensor]
"""Truth and what is seen of it, RGB in 0..1; where may be drawn, and where of that something is seen."""


class ChipMaker(Maker[Batch]):
    """Draws weighted chips, jittered, flipped and toned; ages and holes them, and blurs a share `blurred` instead."""

    def __init__(self, chips: Chips, *, batch: int, masks: int, seed: int, blurred: float = 0.0) -> None:
        super().__init__(chips, batch=batch, masks=masks, seed=seed)
        self.soft = round(blurred * batch)
        made = blurs.areas(max(1, masks // 8), chips.planes.shape[-1], seed=seed)
        self.areas = torch.from_numpy(made).to(chips.planes.device)

    def _make(self, number: int, generator: torch.Generator) -> Batch:
        device = self.chips.planes.device
        picked = torch.multinomial(self.chips.weights, self.batch, replacement=True, generator=generator)
        planes = self.chips.planes[picked].float() / 255
        grid = self._grid(planes, generator)
        smooth = F.grid_sample(planes[:, :3], grid, "bicubic", "border", align_corners=False).clamp(0, 1)
        sharp = F.grid_sample(planes[:, 3:], grid, "nearest", "zeros", align_corners=False)
        valid, edges = sharp[:, :1], sharp[:, 1:]
        clean, soft = styles.tone(smooth, generator), self.soft
        parts = [self._holed(clean[soft:], valid[soft:], generator)] if soft < self.batch else []
        if soft:
            parts.insert(0, self._blurred(clean[:soft], valid[:soft], generator))
        truth, seen, hole, worth = (torch.cat(planes) for planes in zip(*parts, strict=True))
        prefill = push_pull(seen * 2 - 1, 1 - (hole - worth))
        made = (truth * 2 - 1, edges, hole, hole * valid, worth, prefill)
        order = torch.randperm(self.batch, generator=generator, device=device)
        image, edges, hole, known, worth, prefill = (plane[order] for plane in made)
        return Batch(image, edges, hole, known, worth, prefill, number)

    def _holed(self, clean: Tensor, valid: Tensor, generator: torch.Generator) -> _Damaged:
        """Aged chips: the fill must match what is left."""
        aged = styles.wear(clean, generator)
        hole = torch.maximum(_some_of(self.masks, len(clean), generator, flip=True), 1 - valid)
        return aged, aged, hole, torch.zeros_like(hole)

    def _blurred(self, clean: Tensor, valid: Tensor, generator: torch.Generator) -> _Damaged:
        """Whole chips or a blot of them, a third with holes besides; the truth is sharp where it was blurred.

        Beyond the blot the chip is as bad as in it, or sharp: people mark what they like.
        """
        n = len(clean)
        coin = torch.rand(3, n, 1, 1, 1, generator=generator, device=clean.device)
        mask = _some_of(self.masks[: self.narrow], n, generator, flip=True) * (coin[1] < 1 / 3)
        area = _some_of(self.areas, n, generator).clamp(min=(coin[0] < 0.6).float())
        bad, missing = blurs.blurred(clean, generator), torch.maximum(mask, 1 - valid)
        seen = torch.where((area > 0) | (coin[2] < 0.5), bad, clean)
        hole = torch.maximum(area, missing)
        return torch.where(hole > 0, clean, seen), seen, hole, area * (1 - missing)

    def _grid(self, planes: Tensor, generator: torch.Generator) -> Tensor:
        """Alignment jitter (scale, turn, shift: landmarks near a hole are unreliable) and mirroring."""
        n, device = len(planes), planes.device
        draw = torch.randn(n, 4, generator=generator, device=device).clamp(-2, 2)
        scale, turn = 1 + 0.05 * draw[:, 0], math.radians(5) * draw[:, 1]
        mirror = torch.where(torch.rand(n, generator=generator, device=device) < 0.5, -1.0, 1.0)
        cos, sin = scale * turn.cos(), scale * turn.sin()
        rows = (cos * mirror, -sin, 0.025 * draw[:, 2], sin * mirror, cos, 0.025 * draw[:, 3])
        theta = torch.stack(rows, 1).reshape(n, 2, 3)
        return F.affine_grid(theta, list(planes.shape), align_corners=False)


def _some_of(bank: Tensor, count: int, generator: torch.Generator, *, flip: bool = False) -> Tensor:
    """(count, 1, S, S) float: random ones of a bank of masks, half of the time as in a mirror."""
    device = bank.device
    picked = bank[torch.randint(len(bank), (count,), generator=generator, device=device)].float()
    return picked.flip(-1) if flip and torch.rand((), generator=generator, device=device) < 0.5 else picked


class _Stream(IterableDataset[B]):
    def __init__(self, maker: Maker[B], first: int, stride: int) -> None:
        self.maker, self.first, self.stride = maker, first, stride

    def __iter__(self) -> Iterator[B]:
        torch.set_num_threads(1)
        return self.maker.batches(self.first, stride=self.stride)


def stream(maker: Maker[B], first: int, device: str, *, stride: int = 1) -> Iterator[B]:
    """`Maker.batches` on `device`: made there if the chips live there, else by one worker process."""
    if maker.chips.planes.device.type == torch.device(device).type != "cpu":
        return maker.batches(first, stride=stride)
    loader = DataLoader(_Stream(maker, first, stride), batch_size=None, num_workers=1, prefetch_factor=4)
    return (batch.to(device) for batch in loader)
