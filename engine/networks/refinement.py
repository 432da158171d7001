"""What the fine network adds to its mean where a face is blurred: detail that its coarse grid squeezes away."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, zeroed

_FOLD = 2  # pixels a side that are channels inside
_WIDTH = 32
_SCALE = 0.3  # of what comes out, pictures in -1..1


class Refinement(nn.Module):
    """Convolutions at half the chip's size, one after another and without a bottleneck, as deblurring wants them.

    A U-Net with few channels at full size knows what a face looks like and loses what pixels say of it; here every
    value stays (residual blocks without normalisation, Lim et al. 2017).  How much is to be done depends on the whole
    chip, so its means scale the channels (squeeze and excitation, Hu et al. 2018).
    """

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.blocks = blocks
        planes = 3 * _FOLD**2
        self.enter = Conv(2 * planes, _WIDTH)
        self.first = nn.ModuleList(Conv(_WIDTH, _WIDTH) for _ in range(blocks))
        self.second = nn.ModuleList(zeroed(Conv(_WIDTH, _WIDTH)) for _ in range(blocks))
        self.squeeze = nn.Conv2d(2 * _WIDTH, 2 * _WIDTH, 1)
        self.excite = zeroed(nn.Conv2d(2 * _WIDTH, blocks * _WIDTH, 1))
        self.leave = zeroed(Conv(_WIDTH, planes))

    def forward(self, prefill: Tensor, mean: Tensor) -> Tensor:
        """What is missing to the truth; `prefill`: (N, 3, H, W) in -1..1, H and W even; `mean`: what was added yet."""
        seen = torch.cat((prefill, mean / _SCALE), 1).to(self.enter.weight.dtype)
        x = self.enter(F.pixel_unshuffle(seen, _FOLD))
        means = torch.cat((x, x.abs()), 1).mean((2, 3), keepdim=True)
        gains = 1 + self.excite(F.relu(self.squeeze(means)))
        for first, second, gain in zip(self.first, self.second, gains.chunk(self.blocks, 1), strict=True):
            x = x + second(F.relu(first(x * gain)))
        return _SCALE * F.pixel_shuffle(self.leave(x), _FOLD).float()
