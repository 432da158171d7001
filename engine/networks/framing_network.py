"""The framing network: where a hidden face's frame lies, given a rough square around it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.geometry import SQUARE
from engine.networks.blocks import Conv, ResidualBlock, norm, zeroed
from engine.networks.presets import Preset

_CHANNELS = 4  # masked RGB, known
_WIDTHS = (24, 40, 80, 128)
_HIDDEN = 128
_SQUEEZED = 32
_GRID = SQUARE // 8
_FLATTEST = -5.0  # log of the smallest spread that a place may claim
_TINY = 1e-6


class FramingNetwork(nn.Module):
    """Reads a square of the photo, says where the face's frame lies in it and how far off that may be.

    Every eighth place says which place of the frame it is, and how surely; the frame is the similarity that fits
    them best, in the least squares weighted by what they claim.  So the places that see something decide, and those
    in the hole and on the wall do not.  Convolutions only.  One size, whatever the `preset`.
    """

    def __init__(self, preset: Preset = "base") -> None:
        super().__init__()
        del preset
        a, b, c, d = _WIDTHS
        self.fine = nn.Sequential(
            Conv(_CHANNELS, a, stride=2),
            nn.SiLU(),
            Conv(a, b, stride=2),
            ResidualBlock(b, b),
            Conv(b, c, stride=2),
            ResidualBlock(c, c),
        )
        self.coarse = nn.Sequential(Conv(c, d, stride=2), ResidualBlock(d, d), ResidualBlock(d, d), norm(d), nn.SiLU())
        # Seen as a whole: one convolution as large as the grid.
        self.whole = nn.Sequential(
            nn.Conv2d(d, _SQUEEZED, 1), nn.SiLU(), nn.Conv2d(_SQUEEZED, _HIDDEN, _GRID // 2), nn.SiLU()
        )
        self.grow, self.tell = nn.Conv2d(d, c, 1), nn.Conv2d(_HIDDEN, c, 1)
        self.join = nn.Sequential(ResidualBlock(c, c), norm(c), nn.SiLU())
        self.out, self.doubt = zeroed(nn.Conv2d(c, 3, 1)), zeroed(nn.Conv2d(_HIDDEN, 1, 1))

    def places(self, picture: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What `forward` fits.

        For each place of `grid`: its place in the frame, (N, 2, G, G) in frame sides from the centre, and the log of
        how far off that is, (N, 1, G, G).  And what the picture as a whole adds to the latter, (N, 1).
        """
        seen = torch.cat((picture * known, known), 1).to(self.out.weight.dtype)
        fine = self.fine(seen)
        coarse = self.coarse(fine)
        whole = self.whole(coarse)
        grown = F.interpolate(self.grow(coarse), scale_factor=2.0, mode="nearest")
        found = self.out(self.join(fine + grown + self.tell(whole))).float()
        return grid(found) + found[:, :2], found[:, 2:].clamp(min=_FLATTEST), self.doubt(whole).float().flatten(1)

    def forward(self, picture: Tensor, known: Tensor) -> Tensor:
        """`picture`: (N, 3, SQUARE, SQUARE) in -1..1; `known`: (N, 1, SQUARE, SQUARE), 0 in the hole and off the photo.

        Returns (N, 5): the frame's centre (x, y) and its upper side as a vector (x, y), in the square's axes and
        sides, and the log of the error to expect: the root mean square distance of its corners from the true ones,
        over the true side.
        """
        return fit(*self.places(picture, known))


def grid(like: Tensor) -> Tensor:
    """(1, 2, G, G): x and y of each place in the square, its sides at -0.5 and 0.5."""
    at = (torch.arange(_GRID, device=like.device, dtype=torch.float32) + 0.5) / _GRID - 0.5
    return torch.stack((at.expand(_GRID, _GRID), at.reshape(-1, 1).expand(_GRID, _GRID)))[None]


def fit(place: Tensor, spread: Tensor, doubt: Tensor) -> Tensor:
    """The similarity that takes the square's places to the frame's, `FramingNetwork.places`, turned round; (N, 5).

    In complex numbers `place = mean + c (square - mean)`, `c` by weighted least squares (the errors are the frame's
    places', so they are what is fitted); the frame's upper side is `1 / c`.
    """
    weight = torch.exp(-2 * spread)
    total = weight.sum((2, 3), keepdim=True)
    weight = weight / total
    square = grid(place)
    middle, centre = ((weight * at).sum((2, 3), keepdim=True) for at in (square, place))
    (px, py), (ux, uy) = (square - middle).unbind(1), (place - centre).unbind(1)
    w = weight[:, 0]
    size = (w * (px * px + py * py)).sum((1, 2)) + _TINY
    real = (w * (ux * px + uy * py)).sum((1, 2)) / size
    imaginary = (w * (uy * px - ux * py)).sum((1, 2)) / size
    norm2 = real * real + imaginary * imaginary + _TINY
    zx, zy = real / norm2, -imaginary / norm2
    mx, my, cx, cy = middle[:, 0, 0, 0], middle[:, 1, 0, 0], centre[:, 0, 0, 0], centre[:, 1, 0, 0]
    x, y = mx - (zx * cx - zy * cy), my - (zy * cx + zx * cy)
    error = doubt[:, 0] - 0.5 * torch.log(total[:, 0, 0, 0] / _GRID**2)
    return torch.stack((x, y, zx, zy, error), 1)
