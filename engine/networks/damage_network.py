"""The damage network: how likely each place of a photo is scratched, stained, torn or covered."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, zeroed
from engine.networks.presets import Preset

_SIDE = 4  # pixels a side that one place of the finest grid stands for
_WIDTHS = (48, 64, 96)
_AROUND = 5  # of eighth-size places, a side: what the local contrast is measured against
_FLAT = 4e-4  # variance that grain and JPEG alone may have
_RARE = -3.0  # log odds of damage before anything is learnt


class DamageNetwork(nn.Module):
    """A U-Net on the photo's grey and its local contrast, at a quarter to a sixteenth of the photo's size.

    It has no normalisation and no attention: what it finds in a place depends on some hundred pixels around that
    place only, so that a photo may be searched in tiles.  One size, whatever the `preset`.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        del preset
        a, b, c = _WIDTHS
        self.enter = Conv(2 * _SIDE**2, a)
        self.down = nn.ModuleList((Conv(a, b, stride=2), Conv(b, c, stride=2)))
        self.read = nn.ModuleList((_Block(a), _Block(b)))
        self.deep = nn.Sequential(_Block(c), _Block(c, dilation=3))
        self.up = nn.ModuleList((nn.Conv2d(b, a, 1), nn.Conv2d(c, b, 1)))
        self.join = nn.ModuleList((_Block(a), _Block(b)))
        self.out = zeroed(Conv(a, _SIDE**2))
        assert self.out.bias is not None
        nn.init.constant_(self.out.bias, _RARE)

    def logits(self, grey: Tensor) -> Tensor:
        """Log odds instead of probabilities."""
        x = self.enter(F.pixel_unshuffle(_seen(grey).to(self.out.weight.dtype), _SIDE))
        kept = []
        for read, down in zip(self.read, self.down, strict=True):
            x = read(x)
            kept.append(x)
            x = down(F.relu(x))
        x = self.deep(x)
        for level in (1, 0):
            x = F.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest") + kept[level]
            x = self.join[level](x)
        return F.pixel_shuffle(self.out(F.relu(x)), _SIDE).float()

    def forward(self, grey: Tensor) -> Tensor:
        """`grey`: (N, 1, H, W) in 0..1, sides multiples of 16; returns (N, 1, H, W), probabilities of damage."""
        return torch.sigmoid(self.logits(grey))


class _Block(nn.Module):
    """`x + conv(conv(x))`."""

    def __init__(self, channels: int, *, dilation: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.second = zeroed(Conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(F.relu(self.first(F.relu(x))))
        return out


def _seen(grey: Tensor) -> Tensor:
    """(N, 2, H, W): the grey, and how far it lies from the mean around it, in local standard deviations."""
    small = F.avg_pool2d(torch.cat((grey, grey * grey), 1), 8)
    reach = _AROUND // 2
    around = F.avg_pool2d(F.pad(small, (reach,) * 4, "replicate"), _AROUND, 1)
    around = F.interpolate(around, scale_factor=8.0, mode="bilinear", align_corners=False)
    mean, square = around[:, :1], around[:, 1:]
    contrast = (grey - mean) / torch.sqrt((square - mean * mean).clamp(min=0) + _FLAT)
    return torch.cat((grey * 2 - 1, contrast * 0.5), 1)
