"""PIC, pluralistic image completion (Zheng, Cham and Cai, CVPR 2019), from the paper.

Two paths share an encoder and a decoder.  The reconstructive one sees the hidden part and encodes it as a
distribution of a latent z; the generative one has to guess that distribution from what is visible.  Both decode a
z together with the features of the visible part; attention carries these to where they fit (section 3.4).

The blocks are those of our networks (group normalisation, SiLU), the sizes follow ours too, and there is one output
instead of four scales of it.  The hole goes in as a fourth channel, which the paper's networks had to find out for
themselves.  Formulas are in the paper's symbols.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from engine.networks.blocks import Conv, ResidualBlock, norm, zeroed

_SIZES = {"small": (24, (48, 96, 128, 144, 152), 96), "base": (32, (80, 160, 224, 256, 272), 192)}
"""Of a preset: channels at full resolution, after each halving, and of the latent."""

_ATTENTION = 3
"""How often the grid is halved where attention looks around: 32 x 32 places of a chip of 256."""

_LEAST_DEVIATION = 1e-3


class Encoder(nn.Module):
    """(N, 4, H, W) -> features after each halving, coarsest last."""

    def __init__(self, full: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.enter = Conv(4, full)
        before = (full, *widths[:-1])
        self.blocks = nn.ModuleList(ResidualBlock(w, w) for w in before)
        self.halve = nn.ModuleList(Conv(a, b, stride=2) for a, b in zip(before, widths, strict=True))

    def forward(self, picture: Tensor, hidden: Tensor) -> list[Tensor]:
        x = self.enter(torch.cat((picture * (1 - hidden), hidden), 1))
        levels = []
        for block, halve in zip(self.blocks, self.halve, strict=True):
            x = halve(block(x))
            levels.append(x)
        return levels


class Inference(nn.Module):
    """Features -> the distribution of the latent, one Gaussian for each of its places and channels."""

    def __init__(self, inputs: int, latent: int, *, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ResidualBlock(inputs, inputs) for _ in range(blocks)))
        self.out = nn.Conv2d(inputs, 2 * latent, 1)

    def forward(self, features: Tensor) -> Normal:
        mean, spread = self.out(F.silu(self.blocks(features))).float().chunk(2, 1)
        return Normal(mean, F.softplus(spread) + _LEAST_DEVIATION, validate_args=False)


class ShortLongAttention(nn.Module):
    """Short- and long-term attention: one map, over the decoder's features and over the encoder's (figure 4)."""

    def __init__(self, decoded: int, encoded: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(decoded, max(8, decoded // 4), 1)
        self.short, self.long = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.merge = ResidualBlock(decoded + encoded, decoded)

    def forward(self, decoded: Tensor, encoded: Tensor, known: Tensor) -> Tensor:
        """(N, decoded, h, w), (N, encoded, h, w), (N, 1, h, w) -> (N, decoded, h, w)."""
        q = self.query(decoded).flatten(2)
        # beta_ji = softmax over i of Q(f_i)^T Q(f_j)
        beta = torch.softmax((q.transpose(1, 2) @ q).float(), -1).to(q.dtype)
        # y_d = gamma_d c_d + f_d
        near = self.short * _gather(decoded, beta) + decoded
        # y_e = gamma_e (1 - M) c_e + M f_e
        far = self.long * (1 - known) * _gather(encoded, beta) + known * encoded
        out: Tensor = self.merge(torch.cat((near, far), 1))
        return out


def _gather(features: Tensor, beta: Tensor) -> Tensor:
    """`c_j`: the sum over i of `beta_ji f_i`."""
    return (features.flatten(2) @ beta.transpose(1, 2)).reshape(features.shape)


class Decoder(nn.Module):
    """Features of the visible part and a latent -> a picture."""

    def __init__(self, full: int, widths: tuple[int, ...], latent: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(latent, widths[-1], 1)
        self.first = ResidualBlock(widths[-1], widths[-1])
        outputs = (*reversed(widths[:-1]), full)
        inputs = tuple(reversed(widths))
        self.blocks = nn.ModuleList(ResidualBlock(a, b) for a, b in zip(inputs, outputs, strict=True))
        self.smooth = nn.ModuleList(Conv(b, b) for b in outputs)
        width = widths[_ATTENTION - 1]
        self.attention = ShortLongAttention(width, width)
        self.norm, self.leave = norm(full), zeroed(Conv(full, 3))

    def forward(self, levels: list[Tensor], latent: Tensor, known: Tensor) -> Tensor:
        x = self.first(levels[-1] + self.enter(latent.to(levels[-1].dtype)))
        depth = len(levels)
        for block, smooth in zip(self.blocks, self.smooth, strict=True):
            depth -= 1
            x = smooth(F.interpolate(block(x), scale_factor=2.0, mode="nearest"))
            if depth == _ATTENTION:
                encoded = levels[depth - 1]
                visible = 1 - F.adaptive_max_pool2d(1 - known, list(encoded.shape[2:]))
                x = self.attention(x, encoded, visible)
        picture: Tensor = torch.tanh(self.leave(F.silu(self.norm(x))).float())
        return picture


@dataclass(frozen=True, eq=False, slots=True)
class Paths:
    """What training needs of both paths: pictures (N, 3, H, W), the posterior q(z | I_c) and the prior p(z | I_m)."""

    reconstructed: Tensor
    generated: Tensor
    posterior: Normal
    prior: Normal


class PIC(nn.Module):
    """The generative path fills; the reconstructive one is there to train it."""

    def __init__(self, preset: str = "base") -> None:
        super().__init__()
        full, widths, latent = _SIZES[preset]
        self.encoder = Encoder(full, widths)
        # To guess what is hidden is harder than to see it.
        self.posterior, self.prior = (Inference(widths[-1], latent, blocks=blocks) for blocks in (1, 7))
        self.decoder = Decoder(full, widths, latent)

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1 and (N, 1, H, W), sides multiples of 32 -> the picture with its hole filled.

        The latent is the prior's mean: of the many fills that PIC can draw, the one in the middle.
        """
        levels = self.encoder(image, hole)
        picture = self.decoder(levels, self.prior(levels[-1]).mean, 1 - hole)
        return torch.where(hole > 0, picture, image)

    def paths(self, image: Tensor, hole: Tensor, noise: tuple[Tensor, Tensor]) -> Paths:
        """Both pictures; `noise`: two standard normal draws of `latent_shape`."""
        visible, hidden = self.encoder(image, hole), self.encoder(image, 1 - hole)
        prior, posterior = self.prior(visible[-1]), self.posterior(hidden[-1])
        draws = (q.mean + q.stddev * n for q, n in zip((posterior, prior), noise, strict=True))
        reconstructed, generated = (self.decoder(visible, z, 1 - hole) for z in draws)
        return Paths(reconstructed, generated, posterior, prior)

    def latent_shape(self, image: Tensor) -> tuple[int, ...]:
        n, _, h, w = image.shape
        factor = 2 ** len(self.encoder.halve)
        return n, self.decoder.enter.in_channels, h // factor, w // factor


def hidden_prior(hole: Tensor, like: Normal) -> Normal:
    """`N(0, sigma^2(n) I)` of section 3.1: the more pixels n are hidden, the wider; sigma as in the authors' code."""
    deviation = torch.sigmoid(8 * (hole.mean((1, 2, 3)) - 0.2)).reshape(-1, 1, 1, 1)
    return Normal(torch.zeros_like(like.mean), deviation.expand_as(like.mean), validate_args=False)
