"""The U-Nets: `TrunkUNet` for the `small` and `base` presets, `PlainUNet` for the paper's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, ResidualBlock, zeroed

SHUFFLE = 4
"""The trunk runs on a grid this many times coarser than the chip."""


@cache
def _coordinates(height: int, width: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(1, 2, H, W) of pixel places in -1..1: chips are aligned, so a place means a part of the face."""
    y = (torch.arange(height, device=device) + 0.5) * 2 / height - 1
    x = (torch.arange(width, device=device) + 0.5) * 2 / width - 1
    return torch.stack(torch.meshgrid(y, x, indexing="ij"))[None].to(dtype)


class TrunkUNet(nn.Module):
    """A U-Net on a 4 times coarser grid between full-resolution ends.

    The ends (two 3x3 convolutions in, two out, skipped) carry what an unshuffle alone would squeeze away.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        full: int,
        widths: Sequence[int],
        blocks: Sequence[int],
        middle: Sequence[nn.Module],
        embedding: int = 0,
    ) -> None:
        super().__init__()
        self.stem1, self.stem2 = Conv(inputs, full), Conv(full, full)
        self.enter = nn.Conv2d(full, widths[0], SHUFFLE, stride=SHUFFLE)
        self.places = nn.Conv2d(2, widths[0], 1)
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
        self.leave = nn.Conv2d(widths[0], full * SHUFFLE**2, 1)
        self.head1, self.head2 = Conv(2 * full, full), zeroed(Conv(full, outputs))

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W), H and W multiples of 16 -> (N, outputs, H, W)."""
        full = F.silu(self.stem2(F.silu(self.stem1(x))))
        h = self.enter(full)
        h = h + self.places(_coordinates(h.shape[-2], h.shape[-1], h.device, h.dtype))
        skips = []
        for level, stage in enumerate(self.downs):
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
        h = F.pixel_shuffle(self.leave(h), SHUFFLE)
        out: Tensor = self.head2(F.silu(self.head1(torch.cat((F.silu(h), full), 1))))
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
