"""The damage network: how likely each place of a photo is scratched, stained, torn or covered."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, zeroed
from engine.networks.presets import Preset

_WIDTHS = (16, 32, 64, 80)
_DILATIONS = (1, 2, 4)
_AROUND = 5  # of eighth-size places, a side: what the local contrast is measured against
_FLAT = 4e-4  # variance that grain and JPEG alone may have
_SLOPE = 0.1  # of what is below zero: most places are sound, and plain rectifiers die of that
_RARE = -2.5  # log odds of damage before anything is learnt


class DamageNetwork(nn.Module):
    """A U-Net on the photo's grey and its local contrast, from the photo's size to an eighth of it.

    It has no normalisation and no attention: what it finds in a place depends on some hundred pixels around that
    place only, so that a photo may be searched in tiles.  One size, whatever the `preset`.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        del preset
        a, b, c, d = _WIDTHS
        self.enter = nn.Sequential(Conv(2, a), nn.LeakyReLU(_SLOPE), Conv(a, a), nn.LeakyReLU(_SLOPE))
        self.down = nn.Sequential(Conv(a, b, stride=2), nn.LeakyReLU(_SLOPE), Conv(b, b), nn.LeakyReLU(_SLOPE))
        self.deeper = nn.Sequential(Conv(b, c, stride=2), _Block(c))
        blocks = (_Block(d, dilation=n) for n in _DILATIONS)
        self.deep = nn.Sequential(nn.LeakyReLU(_SLOPE), Conv(c, d, stride=2), *blocks)
        self.up = nn.ModuleList((nn.Conv2d(b, a, 1), nn.Conv2d(c, b, 1), nn.Conv2d(d, c, 1)))
        self.join = nn.ModuleList((Conv(a, a), Conv(b, b), _Block(c)))
        self.out = nn.Conv2d(a, 1, 1)
        self._begin()

    def _begin(self) -> None:
        """Weights that keep what comes in about as large: without normalisation others learn slowly."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=_SLOPE)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        for block in self.modules():
            if isinstance(block, _Block):
                block.second.weight.data *= 0.5
        zeroed(self.out)
        assert self.out.bias is not None
        nn.init.constant_(self.out.bias, _RARE)

    def logits(self, grey: Tensor) -> Tensor:
        """Log odds instead of probabilities."""
        whole = self.enter(_seen(grey).to(self.out.weight.dtype))
        half = self.down(whole)
        quarter = self.deeper(half)
        x = self.join[2](_twice(self.up[2](self.deep(quarter))) + quarter)
        x = _bent(self.join[1](_bent(_twice(self.up[1](_bent(x))) + half)))
        x = _bent(self.join[0](_bent(_twice(self.up[0](x)) + whole)))
        found: Tensor = self.out(x)
        return found.float()

    def forward(self, grey: Tensor) -> Tensor:
        """`grey`: (N, 1, H, W) in 0..1, sides multiples of 8; returns (N, 1, H, W), probabilities of damage."""
        return torch.sigmoid(self.logits(grey))


class _Block(nn.Module):
    """`x + conv(conv(x))`."""

    def __init__(self, channels: int, *, dilation: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.second = Conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(_bent(self.first(_bent(x))))
        return out


def _bent(x: Tensor) -> Tensor:
    """Less steep below zero."""
    return F.leaky_relu(x, _SLOPE)


def _twice(x: Tensor) -> Tensor:
    """Twice as large."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _seen(grey: Tensor) -> Tensor:
    """(N, 2, H, W): the grey, and how far it lies from the mean around it, in local standard deviations."""
    small = F.avg_pool2d(torch.cat((grey, grey * grey), 1), 8)
    reach = _AROUND // 2
    around = F.avg_pool2d(F.pad(small, (reach,) * 4, "replicate"), _AROUND, 1)
    around = F.interpolate(around, scale_factor=8.0, mode="bilinear", align_corners=False)
    mean, square = around[:, :1], around[:, 1:]
    contrast = (grey - mean) / torch.sqrt((square - mean * mean).clamp(min=0) + _FLAT)
    return torch.cat((grey * 2 - 1, contrast * 0.5), 1)
