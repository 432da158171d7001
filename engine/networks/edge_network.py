"""Stage 1, the edge network: `B_pred = G_e(B_canny, M, I)` (Guo et al. 2024)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.blocks import ResidualConv, SelfAttention
from engine.networks.presets import Preset
from engine.networks.unet import PlainUNet, TrunkUNet

_CHANNELS = 5  # edges, hole, masked RGB


def _trunk(full: int, widths: tuple[int, ...], blocks: tuple[int, ...]) -> TrunkUNet:
    last = widths[-1]
    middle = (*(ResidualConv(last) for _ in range(4)), SelfAttention(last))
    return TrunkUNet(_CHANNELS, 1, full=full, widths=widths, blocks=blocks, middle=middle)


class EdgeNetwork(nn.Module):
    """Draws the edges missing inside the hole.

    `paper`: 12 ordinary and 4 residual convolutions and a self-attention.  `small`, `base`: the same
    bottleneck in a U-Net on a coarser grid.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        if preset == "paper":
            middle = (*(ResidualConv(256) for _ in range(4)), SelfAttention(256))
            self.net: nn.Module = PlainUNet(_CHANNELS, 1, width=64, middle=middle)
        elif preset == "base":
            self.net = _trunk(16, (64, 96, 128), (2, 2, 2))
        else:
            self.net = _trunk(12, (32, 64, 96), (1, 1, 1))

    def logits(self, edges: Tensor, hole: Tensor, image: Tensor) -> Tensor:
        """What `forward` squashes; for the loss."""
        known = 1 - hole
        logits: Tensor = self.net(torch.cat((edges * known, hole, image * known), 1))
        return logits

    def forward(self, edges: Tensor, hole: Tensor, image: Tensor) -> Tensor:
        """Probability of an edge: visible `edges` outside the hole, drawn ones inside.

        `edges`: (N, 1, H, W) 0..1, Canny edges (those in the hole are ignored); `hole`: (N, 1, H, W), 1 where
        the picture is missing; `image`: (N, 3, H, W) in -1..1.  Returns (N, 1, H, W) in 0..1.
        """
        drawn = torch.sigmoid(self.logits(edges, hole, image).float()).to(edges.dtype)
        return torch.lerp(edges, drawn, hole)
