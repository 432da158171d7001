"""The U-Nets: `TrunkUNet` for the `small` and `base` presets, `PlainUNet` for the paper's."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, ResidualBlock, zeroed

TEMPLATE = 32
"""Side of the grid on which `TrunkUNet` keeps what usually lies where."""


class TrunkUNet(nn.Module):
    """A U-Net on a grid `shuffle` times coarser, between full-resolution ends.

    The ends (two 3x3 convolutions in, two out, skipped) carry what an unshuffle alone would squeeze away; the noise
    level scales them, as fine noise must be amplified to be told from the picture.
    Chips are aligned, so a place means a part of the face: a learned `template` says which.  Faces are nearly
    symmetric, so on the way down every place also sees the features of its mirror place: a hidden eye is drawn
    after the one that is left.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        full: int,
        shuffle: int = 4,
        widths: Sequence[int],
        blocks: Sequence[int],
        middle: Sequence[nn.Module],
        embedding: int = 0,
    ) -> None:
        super().__init__()
        self.shuffle = shuffle
        self.stem1, self.stem2 = Conv(inputs, full), Conv(full, full)
        self.enter = nn.Conv2d(full, widths[0], shuffle, stride=shuffle)
        self.template = nn.Parameter(torch.zeros(1, widths[0], TEMPLATE, TEMPLATE))
        self.mirrors = nn.ModuleList(zeroed(nn.Conv2d(width, width, 1)) for width in widths)
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        self.shrinks, self.grows = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(widths):
            self.downs.append(
                nn.ModuleList(ResidualBlock(width, width, embedding=embedding) for _ in range(blocks[level]))
            )
            self.ups.append(
                nn.ModuleList(
                    ResidualBlock(2 * width if i == 0 else width, width, embedding=embedding)
                    for i in range(blocks[level])
                )
            )
            if level + 1 < len(widths):
                self.shrinks.append(Conv(width, widths[level + 1], stride=2))
                self.grows.append(nn.Conv2d(widths[level + 1], width, 1))
        self.middle = nn.ModuleList(middle)
        self.leave = nn.Conv2d(widths[0], full * shuffle**2, 1)
        self.gains = zeroed(nn.Conv2d(embedding, 2 * full, 1)) if embedding else None
        self.head1, self.head2 = Conv(2 * full, full), zeroed(Conv(full, outputs))

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W), H and W multiples of `shuffle` times 4 -> (N, outputs, H, W)."""
        full = F.silu(self.stem2(F.silu(self.stem1(x))))
        h = self.enter(full)
        h = h + F.interpolate(self.template, h.shape[-2:], mode="bilinear")
        skips = []
        for level, stage in enumerate(self.downs):
            h = h + self.mirrors[level](h.flip(-1))
            for block in stage.children():
                h = block(h, embedding)
            skips.append(h)
            if level < len(self.shrinks):
                h = self.shrinks[level](h)
        for module in self.middle:
            h = module(h)
        for level in reversed(range(len(self.ups))):
            h = torch.cat((h, skips[level]), 1)
            for block in self.ups[level].children():
                h = block(h, embedding)
            if level:
                h = F.interpolate(self.grows[level - 1](h), scale_factor=2.0, mode="nearest")
        h = F.pixel_shuffle(self.leave(h), self.shuffle)
        ends = torch.cat((F.silu(h), full), 1)
        if self.gains is not None:
            ends = ends * (1 + self.gains(embedding))
        out: Tensor = self.head2(F.silu(self.head1(ends)))
        return out


class PlainUNet(nn.Module):
    """Twelve ordinary convolutions around a bottleneck, as in the paper: six down, six up."""

    def __init__(
        self, inputs: int, outputs: int, *, width: int, middle: Sequence[nn.Module], embedding: int = 0
    ) -> None:
        super().__init__()
        w = width
        self.down = nn.ModuleList(
            Conv(i, o, stride=s)
            for i, o, s in (
                (inputs, w, 1), (w, w, 1), (w, 2 * w, 2), (2 * w, 2 * w, 1), (2 * w, 4 * w, 2), (4 * w, 4 * w, 2),
            )
        )  # fmt: skip
        self.middle = nn.ModuleList(middle)
        self.up = nn.ModuleList(
            Conv(i, o)
            for i, o in (
                (8 * w, 4 * w), (4 * w, 2 * w), (4 * w, 2 * w), (2 * w, w), (2 * w, w), (w, outputs),
            )
        )  # fmt: skip
        self.modulate = nn.Conv2d(embedding, 4 * w, 1) if embedding else None

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W), H and W multiples of 8 -> (N, outputs, H, W)."""
        skips = []
        for index, conv in enumerate(self.down):
            x = F.silu(conv(x))
            if index in (1, 3, 4):
                skips.append(x)
        if self.modulate is not None:
            x = x + self.modulate(embedding)
        for module in self.middle:
            x = module(x)
        for level, skip in enumerate(reversed(skips)):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = F.silu(self.up[2 * level](torch.cat((x, skip), 1)))
            x = self.up[2 * level + 1](x)
            if level < 2:
                x = F.silu(x)
        return x
