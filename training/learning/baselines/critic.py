"""A discriminator of pictures, for the baselines whose losses have an adversarial term."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from training.learning.rival import Rival


class Discriminator(nn.Module):
    """Judges overlapping patches: strided convolutions under spectral normalisation (Miyato et al. 2018)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 4 * width, 4 * width)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
        self.hidden = nn.Sequential(*layers)
        self.last = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1, sides multiples of 16 -> scores (N, 1, H/16, W/16)."""
        score: Tensor = self.last(self.hidden(picture))
        return score


class PatchCritic(Rival):
    """A discriminator that learns by least squares (Mao et al. 2017)."""

    def __init__(self, *, lr: float, width: int = 64) -> None:
        super().__init__(Discriminator(width), lr=lr, betas=(0.0, 0.999))

    def judge(self, picture: Tensor) -> Tensor:
        """Scores for the generator's loss: gradients pass through, the weights get none."""
        self.network.requires_grad_(False)
        score: Tensor = self.network(picture)
        return score

    def fooled(self, picture: Tensor) -> Tensor:
        """(N,): how far the pictures are from being taken for true, `(D - 1)^2`."""
        return ((self.judge(picture) - 1) ** 2).mean((1, 2, 3))

    def see(self, truth: Tensor, made: Tensor) -> None:
        """Learn to tell true pictures from made ones; the weights move at `step` only."""
        self.network.requires_grad_(True)
        with torch.enable_grad():
            real, fake = self.network(truth.detach()), self.network(made.detach())
            loss = ((real - 1) ** 2).mean() + (fake**2).mean()
        self.gather(loss)
