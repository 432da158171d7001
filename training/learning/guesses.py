"""What the fine network is given where a chip is missing: what the coarse network makes of it, as in the engine."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.fill.coarse import shrunk
from engine.fill.edges import edge_hole
from engine.fill.prefill import push_pull
from training.data.datasets import Batch

_SIGMAS = 0.6, 0.8  # around `engine.fill.coarse.START`
_MEANS = 1 / 3  # of the guesses stop at the mean
_DRAWN = 0.5  # of the guesses are guided by what the edge network draws in the hole


def mean_fill(network: nn.Module, condition: Tensor) -> Tensor:
    """The residual that a completion network sees in nothing, at sigma = infinity: (N, 3, H, W)."""
    sigma = torch.full((len(condition),), torch.inf, device=condition.device)
    found: Tensor = network(torch.zeros_like(condition[:, :3]), sigma, condition)
    return found


def noisy(clean: Tensor, sigma: Tensor, area: Tensor, generator: torch.Generator) -> Tensor:
    """`clean` (N, 3, H, W) with noise of level `sigma` (N,) in an area."""
    noise = torch.randn(clean.shape, generator=generator, device=clean.device)
    return clean + sigma.reshape(-1, 1, 1, 1) * noise * area


@torch.no_grad()
def guessed(network: nn.Module, batch: Batch, *, seen: Tensor, drawn: Tensor, generator: torch.Generator) -> Tensor:
    """The batch's prefill, with the coarse network's fill, enlarged, in what is missing.

    `seen`, `drawn`: (N, 1, S, S), visible edges and what the edge network draws.  The visible ones are shrunk: to look
    for them in each small picture, as the engine does, would take too long.
    """
    size, device = batch.prefill.shape[-1], batch.prefill.device
    with torch.autocast(device.type, enabled=False):
        small, gone = shrunk(batch.prefill, batch.missing)
        base = push_pull(small, 1 - gone)
        coin = torch.rand(3, len(small), 1, 1, 1, generator=generator, device=device)
        ratio = size // small.shape[-1]
        inside = F.avg_pool2d(drawn, ratio) * (coin[0] < _DRAWN)
        edges = torch.where(edge_hole(gone) > 0, inside, F.max_pool2d(seen, ratio))
    condition = torch.cat((base, gone, edges), 1).contiguous(memory_format=torch.channels_last)
    mean = (mean_fill(network, condition) + mean_fill(network, condition.flip(-1)).flip(-1)) / 2
    low, high = _SIGMAS
    sigma = (low + (high - low) * coin[1]).flatten()
    moved = network(noisy(mean, sigma, gone, generator), sigma, condition)
    filled = base + torch.where(coin[2] < _MEANS, mean, moved)
    guess = F.interpolate(filled, (size, size), mode="bicubic", align_corners=False).clamp(-1, 1)
    return torch.where(batch.missing > 0, guess, batch.prefill)
