"""The critic of the completion networks: what it sees of a picture are features that ImageNet taught.

Projected GANs (Sauer et al. 2021): the features are frozen and mixed by fixed random convolutions, top-down; on each of
their four scales a small network learns to tell true faces from filled ones.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from training.learning.imagenet import CHANNELS, SPREAD, STRIDES, ImageNetFeatures
from training.learning.rival import Rival

_MIXED = 64
_WIDEST = 256
_GRID = 4  # side of the finest logits
_SEED = 7  # of the mixing


class Heads(nn.Module):
    """The fixed mixing, and on each scale a head that judges; for pictures of `side` pixels."""

    def __init__(self, side: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(_SEED)
        for i, channels in enumerate(CHANNELS):
            self.register_buffer(f"c{i}", _fixed(generator, channels, 1))
            self.register_buffer(f"m{i}", _fixed(generator, _MIXED, 3))
        self.heads = nn.ModuleList(_Head(side // stride) for stride in STRIDES)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Features of `ImageNetFeatures` -> logits, (N, 1, h, w) a scale, the finest first."""
        mixed = [
            F.conv2d(x / s, self.get_buffer(f"c{i}")) for i, (x, s) in enumerate(zip(features, SPREAD, strict=True))
        ]
        top: Tensor | None = None
        logits: list[Tensor] = []
        for i in reversed(range(len(mixed))):
            if top is not None:
                mixed[i] = (mixed[i] + F.interpolate(top, scale_factor=2.0, mode="bilinear")) * 0.7
            top = F.conv2d(mixed[i], self.get_buffer(f"m{i}"), padding=1) * 0.5
            logits.insert(0, self.heads[i](top))
        return logits


def _fixed(generator: torch.Generator, inputs: int, kernel: int) -> Tensor:
    weight = torch.randn(_MIXED, inputs, kernel, kernel, generator=generator)
    return weight * math.sqrt(2 / weight[0].numel())


class _Head(nn.Module):
    """Strided convolutions down to logits, under spectral normalisation (Miyato et al. 2018)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        width = _MIXED
        layers: list[nn.Module] = [spectral_norm(nn.Conv2d(_MIXED, width, 1))]
        while side > _GRID:
            wider = min(_WIDEST, 2 * width)
            down = spectral_norm(nn.Conv2d(width, wider, 4, stride=2, padding=1))
            layers += [nn.LeakyReLU(0.2), down, nn.GroupNorm(8, wider)]
            width, side = wider, side // 2
        layers += [nn.LeakyReLU(0.2), spectral_norm(nn.Conv2d(width, 1, 3, padding=1))]
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class ProjectedCritic(Rival):
    """The features and the heads, learning by the hinge loss."""

    def __init__(self, side: int, *, lr: float) -> None:
        """`side` of the pictures that it sees.  Raises WeightsError if the features' weights are not there."""
        super().__init__(Heads(side), lr=lr, betas=(0.0, 0.99))
        self.features = ImageNetFeatures()

    def to(self, device: torch.device) -> None:
        """Move it before its first step."""
        super().to(device)
        self.features.to(device)

    def look(self, picture: Tensor) -> list[Tensor]:
        """What it sees of (N, 3, side, side) in -1..1."""
        found: list[Tensor] = self.features(picture.contiguous(memory_format=torch.channels_last))
        return found

    def distrust(self, seen: list[Tensor], hole: Tensor) -> Tensor:
        """How little it takes the holes' pictures for true; gradients pass through, the heads get none.

        `hole`: (N, 1, side, side), where the pictures were made.
        """
        self.network.requires_grad_(False)
        return -_mean([_within(logits, hole) for logits in self.network(seen)])

    def learn(self, true: list[Tensor], made: list[Tensor], hole: Tensor) -> Tensor:
        """Learn to tell what it saw of true pictures from that of made ones; the weights move at `step` only.

        It judges the holes alone: beside them both are the same (as the critic of AOT-GAN, Zeng et al. 2022).
        Returns the loss: near 2 the critic is lost, near 0 it has won.
        """
        self.network.requires_grad_(True)
        with torch.enable_grad():
            pairs = zip(self.network([x.detach() for x in true]), self.network([x.detach() for x in made]), strict=True)
            loss = _mean([_within(F.relu(1 - t), hole) + _within(F.relu(1 + m), hole) for t, m in pairs])
        self.gather(loss)
        return loss.detach()


def _within(judgement: Tensor, hole: Tensor) -> Tensor:
    """The mean over the holes of (N, 1, h, w), each chip's counting alike."""
    share = F.adaptive_avg_pool2d(hole, (judgement.shape[2], judgement.shape[3]))
    share = share / share.sum((2, 3), keepdim=True).clamp(min=1e-6)
    return (judgement.float() * share).sum((1, 2, 3)).mean()


def _mean(values: list[Tensor]) -> Tensor:
    return torch.stack(values).mean()
