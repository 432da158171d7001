"""Stage 2, the completion network: a denoiser of the residual over a prefill, guided by edges."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.blocks import DilatedFusion, LevelEmbedding, SelfAttention
from engine.networks.presets import Preset
from engine.networks.unet import PlainUNet, TrunkUNet

SIGMA_DATA = 0.3
"""Standard deviation of the residual inside holes, pictures in -1..1, as measured."""

CONDITION = 5
"""Channels of the condition: prefill RGB in -1..1, hole 0/1, edges 0..1."""

_LOWEST_INVERSE = 1e-3  # the embedding's stand-in for 1/inf; sigma never reaches 1000 otherwise


class CompletionNetwork(nn.Module):
    """`D(r; sigma, condition)`: the clean residual, as a preconditioned network (Karras et al. 2022, table 1).

    `sigma = inf` is legal and means "nothing is known of the residual": fed with a residual of zero it gives
    the minimum-mean-square-error fill in one evaluation.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        width, channels = 256, CONDITION + 3
        self.embed = LevelEmbedding(width)
        if preset == "paper":
            self.net: nn.Module = PlainUNet(channels, 3, width=64, middle=(DilatedFusion(256),), embedding=width)
            return
        full, widths, blocks = (24, (96, 192, 320), (2, 2, 2)) if preset == "base" else (12, (48, 96, 192), (1, 2, 2))
        middle = (DilatedFusion(widths[-1]), SelfAttention(widths[-1]))
        self.net = TrunkUNet(channels, 3, full=full, widths=widths, blocks=blocks, middle=middle, embedding=width)

    def forward(self, residual: Tensor, sigma: Tensor, condition: Tensor) -> Tensor:
        """The estimate of the clean residual, exactly zero outside the hole.

        `residual`: (N, 3, H, W), `r + sigma * noise` inside the hole, zero outside; all zero where sigma is inf.
        `sigma`: (N,), 0 < sigma <= inf.  `condition`: (N, 5, H, W), see `CONDITION`.
        """
        inverse = 1 / sigma.float().reshape(-1, 1, 1, 1)  # 0 at infinity: every factor below stays finite
        ratio = (SIGMA_DATA * inverse) ** 2
        root = torch.sqrt(1 + ratio)
        c_skip, c_out, c_in = ratio / (1 + ratio), SIGMA_DATA / root, inverse / root
        level = -torch.log(inverse.clamp(min=_LOWEST_INVERSE)) / 4
        dtype = self.embed.hidden.weight.dtype
        scaled = (c_in * residual).to(dtype)
        out = self.net(torch.cat((scaled, condition.to(dtype)), 1), self.embed(level))
        estimate: Tensor = (c_skip * residual + c_out * out.float()) * condition[:, 3:4]
        return estimate
