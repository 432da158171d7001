"""The losses; each hole counts the same, whatever its size and difficulty."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.completion import SIGMA_DATA

_ROBUST = 0.05  # errors below this (pictures in -1..1) count squared, above linearly
_FLOOR = 1e-3


def per_hole(error: Tensor, mask: Tensor) -> Tensor:
    """(N,): the mean of `error` (N, C, H, W) where `mask` (N, 1, H, W) is 1; 0 for an empty mask."""
    area = mask.sum((1, 2, 3)) * error.shape[1]
    return (error * mask).sum((1, 2, 3)) / area.clamp(min=1)


def fill_loss(denoised: Tensor, residual: Tensor, mask: Tensor) -> Tensor:
    """The sigma = infinity case: log of each hole's Charbonnier error, so that easy holes count alike in dB."""
    error = torch.sqrt((denoised - residual) ** 2 + _ROBUST**2) - _ROBUST
    return torch.log(per_hole(error, mask) + _FLOOR)


def denoising_loss(denoised: Tensor, residual: Tensor, mask: Tensor, sigma: Tensor) -> Tensor:
    """Karras et al. 2022, eq. (2) with lambda(sigma) of table 1, a hole at a time; (N,)."""
    weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
    return weight * per_hole((denoised - residual) ** 2, mask)


def epsilon_loss(denoised: Tensor, noisy: Tensor, noise: Tensor, mask: Tensor, sigma: Tensor) -> Tensor:
    """DDPM's |epsilon - epsilon_theta|^2 (Ho et al. 2020, eq. 14), epsilon from the estimate; (N,)."""
    predicted = (noisy - denoised) / sigma.reshape(-1, 1, 1, 1)
    return per_hole((predicted - noise) ** 2, mask)


def edge_loss(logits: Tensor, edges: Tensor, mask: Tensor) -> Tensor:
    """Cross entropy in the hole; edges are rare, so each counts twice; (N,)."""
    error = F.binary_cross_entropy_with_logits(
        logits.float(), edges, pos_weight=logits.new_tensor(2.0), reduction="none"
    )
    return per_hole(error, mask)
