"""Chips and batches: shards into memory, then augmented there, on whatever device they live.

On a GPU the whole set (chips, Canny maps, a bank of holes) stays in its memory.  On the CPU the same code runs
in a worker process (`Worker`), so that the networks keep the cores.
"""

from __future__ import annotations

import io
import itertools
import math
import multiprocessing
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from engine.edges import canny
from engine.prefill import push_pull
from engine.types import U8
from training import holes
from training.styles import age

WEIGHTS = {"f": 6.0, "m": 3.0, "c": 2.0, "u": 0.8, "l": 1.0, "g": 0.6, "a": 0.7}
"""How much oftener than its count a source is drawn (first letter of the file names); 1 for others."""


def _decode(item: tuple[bytes, int]) -> U8:
    """A WebP chip -> (5, size, size) uint8: RGB, validity alpha, Canny edges."""
    data, size = item
    rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    if rgba.shape[0] != size:
        rgba = cv2.resize(rgba, (size, size), interpolation=cv2.INTER_AREA)
    valid = np.where(rgba[..., 3] > 127, 255, 0).astype(np.uint8)
    edges = canny(np.ascontiguousarray(rgba[..., :3]), valid)
    return np.concatenate((rgba[..., :3], valid[..., None], edges[..., None]), 2).transpose(2, 0, 1)


def read_shard(path: Path) -> list[tuple[str, bytes]]:
    """(name, WebP bytes) of every chip in a tar shard, in its order."""
    with tarfile.open(path) as shard:
        return [(m.name, shard.extractfile(m).read()) for m in shard if m.isfile()]  # type: ignore[union-attr]


@dataclass(frozen=True, eq=False)
class Chips:
    """`planes`: (N, 5, S, S) uint8, RGB, validity, Canny edges, on any device; `weights`: (N,) for sampling."""

    planes: Tensor
    weights: Tensor

    @classmethod
    def load(cls, shards: Sequence[Path], size: int, *, device: str = "cpu") -> Chips:
        """Decode shards at `size` pixels a side in worker processes; kept in `runs/cache` for the next run."""
        kept = Path("runs/cache") / f"{shards[0].stem}-{len(shards)}-{size}.npy"
        names = [name for path in shards for name, _ in read_shard(path)]
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            items = ((data, size) for path in shards for _, data in read_shard(path))
            part = kept.with_suffix(".part")
            planes = np.lib.format.open_memmap(part, "w+", np.uint8, (len(names), 5, size, size))
            with multiprocessing.get_context("spawn").Pool() as pool:
                for i, decoded in enumerate(pool.imap(_decode, items, chunksize=64)):
                    planes[i] = decoded
            part.replace(kept)
        planes = torch.from_numpy(np.load(kept, mmap_mode="c")).to(device)
        weights = [WEIGHTS.get(Path(name).name[0], 1.0) for name in names]
        return cls(planes, torch.tensor(weights, device=device))


@dataclass(frozen=True, eq=False)
class Batch:
    """What one training step sees; (N, C, S, S) float32.

    `image`: RGB in -1..1; `edges`: true Canny map 0/1; `hole`: 1 where missing or beyond the photo's frame;
    `loss`: 1 where missing but known to the trainer.
    """

    image: Tensor
    edges: Tensor
    hole: Tensor
    loss: Tensor

    def to(self, device: str) -> Batch:
        return Batch(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))

    def prefill(self) -> Tensor:
        """The push-pull fill of the hole."""
        return push_pull(self.image, 1 - self.hole)


class Maker:
    """Draws batches: weighted chips, jittered, flipped, aged, and holed."""

    def __init__(self, chips: Chips, *, batch: int, masks: int, seed: int) -> None:
        self.chips, self.batch, self.seed = chips, batch, seed
        size = chips.planes.shape[-1]
        self.masks = torch.from_numpy(holes.bank(masks, size, seed=seed)).to(chips.planes.device)

    def batches(self, start: int) -> Iterator[Batch]:
        """An endless stream that depends on the seed and `start` (batches done before) only."""
        generator = torch.Generator(self.chips.planes.device).manual_seed(self.seed * 1_000_003 + start)
        while True:
            yield self._make(generator)

    def _make(self, generator: torch.Generator) -> Batch:
        n, device = self.batch, self.chips.planes.device
        index = torch.multinomial(self.chips.weights, n, replacement=True, generator=generator)
        planes = self.chips.planes[index].float() / 255
        grid = self._grid(planes, generator)
        smooth = F.grid_sample(planes[:, :3], grid, "bilinear", "border", align_corners=False)
        sharp = F.grid_sample(planes[:, 3:], grid, "nearest", "zeros", align_corners=False)
        valid, edges = sharp[:, :1], sharp[:, 1:]
        pick = torch.randint(len(self.masks), (n,), generator=generator, device=device)
        mask = self.masks[pick].float()
        if torch.rand((), generator=generator, device=device) < 0.5:
            mask = mask.flip(-1)
        image = age(smooth, generator) * 2 - 1
        return Batch(image, edges, torch.maximum(mask, 1 - valid), mask * valid)

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


class _Stream(IterableDataset[Batch]):
    def __init__(self, maker: Maker, start: int) -> None:
        self.maker, self.start = maker, start

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        return self.maker.batches(self.start)


def stream(maker: Maker, start: int, device: str) -> Iterator[Batch]:
    """Batches on `device`: made there if the chips live there, else by one worker process."""
    if maker.chips.planes.device.type == torch.device(device).type != "cpu":
        return maker.batches(start)
    loader = DataLoader(_Stream(maker, start), batch_size=None, num_workers=1, prefetch_factor=4)
    return (batch.to(device) for batch in itertools.chain(loader))
