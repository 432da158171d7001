"""What the framing network learns from: rough squares of photos around faces whose true frame is known.

A chip shows nothing beyond the true frame, so a square that reaches beyond it would show the frame by its border.
Each chip is therefore cut down at random first (`_Window`: an oval or a box inside the chip, where and how it is
turned says nothing about the frame), and what lies outside that is made up: the cut chip mirrored at its rim and
blurred, a piece of another chip, one colour, or nothing (the photo ends).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.faces.reframing import ZOOM
from engine.geometry import SQUARE
from training.data.datasets import Chips, Maker, Movable
from training.data.styles import age

_ROUGH, _FAR = 0.55, 0.12  # shares of roughly placed squares and of quite wrong ones; the rest nearly fits
_NO_FACE = 0.08
_INNER = 0.5  # what is mirrored lies between this and the rim: a face does not come back whole
_MOSTLY = 0.7  # chips that show less than this are left out: their own borders follow the face


@dataclass(frozen=True, eq=False)
class Squares(Movable):
    """`picture`: (N, 3, SQUARE, SQUARE) in -1..1; `known`: (N, 1, SQUARE, SQUARE), 1 where it is given.

    `truth`: (N, 4), the true frame in the square, see `engine.networks.framing_network`; `face`: (N,), 0 where there is
    none.  `number` is that of the batch.
    """

    picture: Tensor
    known: Tensor
    truth: Tensor
    face: Tensor
    number: int


class SquareMaker(Maker[Squares]):
    """Draws rough squares, mirrored, aged and holed; the holes lie in the square and do not follow the face."""

    wide_share = 0.0  # enough is hidden by the window already

    def __init__(self, chips: Chips, *, batch: int, masks: int, seed: int) -> None:
        super().__init__(chips, batch=batch, masks=masks, seed=seed)
        shown = (self.chips.planes[:, 3, ::8, ::8] > 127).float().mean((1, 2))
        usable = torch.where(shown > _MOSTLY, self.chips.weights, 0.0)
        if usable.any():
            self.chips = replace(self.chips, weights=usable)
        self.masks = F.interpolate(self.masks, (SQUARE, SQUARE))

    def _make(self, number: int, generator: torch.Generator) -> Squares:
        draw = _Draw(self.batch, generator, self.chips.planes.device)
        chips, others = (self._chips(generator) for _ in range(2))
        mirror = draw.either(-1.0, 1.0, 0.5).reshape(-1, 1, 1, 1)
        truth = _truth(draw)
        face = draw.either(0.0, 1.0, _NO_FACE)
        picture, known = _scene(chips, others, in_frame(truth), draw, truth=truth, mirror=mirror)
        picture = torch.where(face.reshape(-1, 1, 1, 1) > 0, picture, _scenery(others, draw))
        pick = draw.whole(len(self.masks))
        hole = self.masks[pick].float() * draw.either(0.0, 1.0, 0.1).reshape(-1, 1, 1, 1)
        known = known * (1 - hole)
        return Squares((age(picture, generator) * 2 - 1) * known, known, truth, face, number)

    def _chips(self, generator: torch.Generator) -> Tensor:
        index = torch.multinomial(self.chips.weights, self.batch, replacement=True, generator=generator)
        return self.chips.planes[index, :4].float() / 255


class _Draw:
    """Random numbers for a batch, (N,) each."""

    def __init__(self, n: int, generator: torch.Generator, device: torch.device) -> None:
        self.n, self.generator, self.device = n, generator, device

    def uniform(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(self.n, generator=self.generator, device=self.device)

    def normal(self, spread: float, *, limit: float = 2.5) -> Tensor:
        return spread * torch.randn(self.n, generator=self.generator, device=self.device).clamp(-limit, limit)

    def either(self, one: float, other: float, share: float) -> Tensor:
        return torch.where(self.uniform(0, 1) < share, one, other)

    def whole(self, below: int) -> Tensor:
        return torch.randint(below, (self.n,), generator=self.generator, device=self.device)


def _truth(draw: _Draw) -> Tensor:
    """(N, 4): where the true frame lies in each square."""
    kind = draw.uniform(0, 1)
    near = (draw.normal(0.04), draw.normal(0.04), math.log(1 / ZOOM) + draw.normal(0.09), draw.normal(0.08))
    rough = (
        draw.uniform(-0.35, 0.35),
        draw.uniform(-0.35, 0.35),
        draw.uniform(-math.log(1.6), math.log(1 / 0.6)),
        draw.normal(math.radians(14)),
    )
    far = (draw.uniform(-0.8, 0.8), draw.uniform(-0.8, 0.8), draw.uniform(-1.2, 1.4), draw.normal(math.radians(20)))
    picked = [
        torch.where(kind < _FAR, f, torch.where(kind < _FAR + _ROUGH, r, n))
        for f, r, n in zip(far, rough, near, strict=True)
    ]
    x, y, size, turn = picked
    return torch.stack((x, y, size.exp() * turn.cos(), size.exp() * turn.sin()), 1)


def in_frame(truth: Tensor, size: int = SQUARE) -> Tensor:
    """(N, size, size, 2): each of the square's places in the true frame's axes, its sides at -0.5 and 0.5."""
    at = (torch.arange(size, device=truth.device) + 0.5) / size - 0.5
    x = at.reshape(1, 1, -1) - truth[:, 0].reshape(-1, 1, 1)
    y = at.reshape(1, -1, 1) - truth[:, 1].reshape(-1, 1, 1)
    right, down = (truth[:, 2:] / truth[:, 2:].square().sum(1, keepdim=True)).reshape(-1, 2, 1, 1).unbind(1)
    return torch.stack((right * x + down * y, right * y - down * x), -1)


@dataclass(frozen=True, eq=False)
class _Window:
    """A superellipse inside each chip, from an oval to a box: all of the chip that is used."""

    middle: Tensor
    half: Tensor
    turn: Tensor
    power: Tensor

    @classmethod
    def draw(cls, draw: _Draw, *, upright: Tensor) -> _Window:
        """`upright`: (N,) turn of the square in the frame's axes; where not nan, the window stands like the square."""
        margins = [0.02 + 0.2 * draw.uniform(0, 1) ** 2 for _ in range(4)]
        half = torch.stack([0.5 - (margins[i] + margins[i + 2]) / 2 for i in range(2)], 1)
        middle = torch.stack([(margins[i] - margins[i + 2]) / 2 for i in range(2)], 1)
        turn = torch.where(upright.isnan(), draw.normal(math.radians(9)), upright)
        # Shrunk until its corners stay inside the chip however it is turned.
        fit = 1 / (turn.cos() + turn.sin().abs() * half.amax(1) / half.amin(1)).clamp(min=1)
        power = 2 ** draw.uniform(1.2, 4)
        return cls(middle, half * fit[:, None], turn, power)

    def distance(self, place: Tensor) -> tuple[Tensor, Tensor]:
        """How far from the middle each place (N, H, W, 2) is, 1 on the rim: (N, H, W, 1); and the place, inside.

        Outside ones are mirrored at the rim, back and forth.
        """
        off = place - self.middle[:, None, None]
        cos, sin = (f(self.turn).reshape(-1, 1, 1) for f in (torch.cos, torch.sin))
        half = self.half[:, None, None]
        x = (cos * off[..., 0] + sin * off[..., 1]) / half[..., 0]
        y = (cos * off[..., 1] - sin * off[..., 0]) / half[..., 1]
        power = self.power.reshape(-1, 1, 1)
        far = (x.abs().clamp(min=1e-4) ** power + y.abs().clamp(min=1e-4) ** power) ** (1 / power)
        far = far[..., None]
        folded = _INNER + ((far - 1) % (2 * (1 - _INNER)) - (1 - _INNER)).abs()
        back = torch.where(far > 1, folded / far, 1.0)
        return far, self.middle[:, None, None] + off * back


def _scene(
    chips: Tensor, others: Tensor, place: Tensor, draw: _Draw, *, truth: Tensor, mirror: Tensor
) -> tuple[Tensor, Tensor]:
    """Pictures (N, 3, SQUARE, SQUARE) in 0..1 and where they are known (N, 1, SQUARE, SQUARE)."""
    kind = draw.uniform(0, 1)
    ends, plain, other = (kind < 0.2), (kind >= 0.2) & (kind < 0.35), (kind >= 0.35) & (kind < 0.6)
    upright = torch.where(
        (ends | plain) & (draw.uniform(0, 1) < 0.75), -torch.atan2(truth[:, 3], truth[:, 2]), math.nan
    )
    window = _Window.draw(draw, upright=upright)
    far, inside = window.distance(place)
    seen = _sample(chips, inside, mirror)
    picture, shown = seen[:, :3], seen[:, 3:] > 0.999
    beyond = (far - 1).permute(0, 3, 1, 2)

    def wide(which: Tensor) -> Tensor:
        return which.reshape(-1, 1, 1, 1)

    soft = wide(0.01 + 0.4 * draw.uniform(0, 1) ** 2)
    blurred = F.interpolate(F.avg_pool2d(picture, 12), scale_factor=12, mode="bilinear")
    blur = (beyond / (0.05 + 2 * soft)).clamp(0, 1) * wide(draw.either(0.0, 1.0, 0.3))
    blur = torch.maximum(blur, 2 * beyond - 1).clamp(0, 1)  # rings of mirrored faces are no surroundings
    colour = torch.where(wide(draw.uniform(0, 1)) < 0.5, picture.mean((2, 3), keepdim=True), wide(draw.uniform(0, 1)))
    outside = torch.where(wide(other), _scenery(others, draw), colour)
    cover = (beyond / soft).clamp(0, 1) * wide(other | plain)
    picture = torch.lerp(torch.lerp(picture, blurred, blur), outside, cover)
    known = (shown | (cover >= 1)) & ~(wide(ends) & (beyond > 0))
    return picture, known.float()


def _sample(chips: Tensor, place: Tensor, mirror: Tensor) -> Tensor:
    """The chips' planes at those places; two samples a pixel, for squares larger than the chip."""
    grid = place * 2
    grid = torch.cat((grid[..., :1] * mirror, grid[..., 1:]), -1)
    step = (grid[:, 1:2, 1:2] - grid[:, :1, :1]) / 4
    taps = [F.grid_sample(chips, grid + s * step, "bilinear", "border", align_corners=False) for s in (-1, 1)]
    return (taps[0] + taps[1]) / 2


def _scenery(chips: Tensor, draw: _Draw) -> Tensor:
    """(N, 3, SQUARE, SQUARE): pieces from the chips' corners, enlarged: walls, trees, clothes, hair, no face."""
    at = (torch.arange(SQUARE, device=chips.device) + 0.5) / SQUARE - 0.5
    size = draw.uniform(0.12, 0.35).reshape(-1, 1, 1)
    x = draw.either(-0.38, 0.38, 0.5).reshape(-1, 1, 1) + size * at.reshape(1, 1, -1)
    y = draw.either(-0.38, 0.42, 0.6).reshape(-1, 1, 1) + size * at.reshape(1, -1, 1)
    place = torch.stack((x.expand(-1, SQUARE, -1), y.expand(-1, -1, SQUARE)), -1)
    return F.grid_sample(chips[:, :3], place * 2, "bilinear", "reflection", align_corners=False)


def outline(picture: Tensor, frames: Tensor) -> Tensor:
    """The pictures with the frames' borders drawn in white; for the contact sheet."""
    rim = in_frame(frames).abs().amax(-1)[:, None]
    width = (0.75 / SQUARE / frames[:, 2:].norm(dim=1)).reshape(-1, 1, 1, 1)
    return torch.where((rim - 0.5).abs() < width, 1.0, picture)
