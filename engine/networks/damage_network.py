"""The damage network: how likely each place of a photo is scratched, stained, torn or covered."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import zeroed
from engine.networks.lite_trunk import CHANNELS, SPREAD, LiteTrunk
from engine.networks.presets import Preset

_FOLD = 2  # pixels a side that are channels inside: thin marks stay, and three quarters of the work go
_WIDTHS = (32, 48, 64)  # channels at half, a quarter and an eighth of the photo's size
_AROUND = 5  # of eighth-size places, a side: what the local contrast is measured against
_FLAT = 4e-4  # variance that grain and JPEG alone may have
_QUIETER = 16.0  # before normalisation, which makes up for it: else fp16 cannot hold the variances that it has measured
_RARE = -2.5  # log odds of damage before anything is learnt


class DamageNetwork(nn.Module):
    """A U-Net on the photo's grey and its local contrast, from half of the photo's size to a sixteenth of it.

    What a place shows, an eye or a scratch over one, is told by the trunk of a network that ImageNet has taught; what
    is too thin for that is seen by convolutions of its own.  What it finds in a place depends on some hundred pixels
    around that place only, so that a photo may be searched in tiles: no attention, and batch normalisation (Ioffe and
    Szegedy 2015), which is a fixed scale once it has learnt.  One size, whatever the `preset`.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        del preset
        a, b, c = _WIDTHS
        self.trunk = LiteTrunk(4, planes=1)
        self.enter = nn.Sequential(_Normed(2 * _FOLD**2, a), _Normed(a, a))
        self.seen = nn.ModuleList(
            nn.Conv2d(channels, width, 1) for channels, width in zip(CHANNELS, (a, b, c, c), strict=False)
        )
        self.up = nn.ModuleList((nn.Conv2d(b, a, 1), nn.Conv2d(c, b, 1)))
        self.join = nn.ModuleList((_Normed(a, a), _Block(b), _Block(c)))
        self.out = zeroed(nn.Conv2d(a, _FOLD**2, 1))
        assert self.out.bias is not None
        nn.init.constant_(self.out.bias, _RARE)

    def logits(self, grey: Tensor) -> Tensor:
        """Log odds instead of probabilities."""
        features = zip(self.seen, self.trunk(grey * 2 - 1), SPREAD, strict=False)
        half, quarter, eighth, deep = (seen(scale / spread) for seen, scale, spread in features)
        half = half + self.enter(F.pixel_unshuffle(_planes(grey).to(self.out.weight.dtype), _FOLD))
        x = self.join[2](_twice(deep) + eighth)
        x = self.join[1](_twice(self.up[1](x)) + quarter)
        x = self.join[0](_twice(self.up[0](x)) + half)
        return F.pixel_shuffle(self.out(x), _FOLD).float()

    def forward(self, grey: Tensor) -> Tensor:
        """`grey`: (N, 1, H, W) in 0..1, sides multiples of 16; returns (N, 1, H, W), probabilities of damage."""
        return torch.sigmoid(self.logits(grey))


class _Normed(nn.Sequential):
    """A convolution, normalised and rectified."""

    def __init__(self, inside: int, outside: int) -> None:
        norm = _Norm(outside)
        norm.running_var = torch.full((outside,), 1 / _QUIETER**2)
        super().__init__(nn.Conv2d(inside, outside, 3, padding=1, bias=False), norm, nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        convolve, normalise, rectify = self
        found: Tensor = rectify(normalise(convolve(x) / _QUIETER))
        return found


class _Block(nn.Module):
    """`x + conv(conv(x))`, each normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Normed(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), _Norm(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class _Norm(nn.BatchNorm2d):
    """Batch normalisation that does not count its batches: all that it holds can be averaged and kept as fp16."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, *args: Any) -> None:
        nn.Module._load_from_state_dict(self, *args)  # torch's own adds a count where there is none


def _twice(x: Tensor) -> Tensor:
    """Twice as large."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _planes(grey: Tensor) -> Tensor:
    """(N, 2, H, W): the grey, and how far it lies from the mean around it, in local standard deviations."""
    small = F.avg_pool2d(torch.cat((grey, grey * grey), 1), 8)
    reach = _AROUND // 2
    around = F.avg_pool2d(F.pad(small, (reach,) * 4, "replicate"), _AROUND, 1)
    around = F.interpolate(around, scale_factor=8.0, mode="bilinear", align_corners=False)
    mean, square = around[:, :1], around[:, 1:]
    contrast = (grey - mean) / torch.sqrt((square - mean * mean).clamp(min=0) + _FLAT)
    return torch.cat((grey * 2 - 1, contrast * 0.5), 1)
