"""The losses; each hole and each face counts the same, whatever its size and difficulty."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.completion_network import SIGMA_DATA

_ROBUST = 0.05  # errors below this (pictures in -1..1) count squared, above linearly
_FLOOR = 1e-3
_TINY = 1e-8  # keeps the root's slope finite
_NEAR = 0.03  # corner distances below this share of the side hardly matter
_EXPECTED = 0.3
_FOCAL = 8.0  # brings the focal term to about the size of the other
_FEW = 60.0  # pixels: a picture with less damage is judged by these


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


def corner_distance(found: Tensor, truth: Tensor) -> Tensor:
    """(N,): root mean square distance of a frame's corners from the true ones, over the true side.

    `found`, `truth`: (N, 4) or more, frames in a square (`engine.networks.framing_network`).  The corners lie at a
    distance of root one half from the centre, in four directions, so their mean needs no corner.
    """
    off = (found[:, :4] - truth).square()
    return torch.sqrt((off[:, :2].sum(1) + off[:, 2:].sum(1) / 2 + _TINY) / truth[:, 2:].square().sum(1))


def place_loss(place: Tensor, spread: Tensor, true: Tensor) -> Tensor:
    """How far each place is off, and how far it claims to be, as a Laplace distribution's likelihood; (N,).

    `place`, `true`: (N, 2, G, G); `spread`: (N, 1, G, G), a log (`FramingNetwork.places`).
    """
    distance = torch.sqrt((place - true).square().sum(1, keepdim=True) + _TINY)
    return (distance * torch.exp(-spread) + spread).mean((1, 2, 3))


def framing_loss(found: Tensor, truth: Tensor, face: Tensor) -> Tensor:
    """Log of each frame's corner distance, so that the last per cents count; and the error to expect of it; (N,).

    That error is the mean of an exponential distribution whose likelihood is asked for: at its best it is the mean
    of the distance given what is seen.  Where there is no `face` (N,) the distance counts as a whole side.
    """
    distance = corner_distance(found, truth)
    near = torch.log(distance + _NEAR) * face
    expected, real = found[:, 4], torch.where(face > 0, distance.detach(), 1.0).clamp(max=1)
    return near + _EXPECTED * (real * torch.exp(-expected) + expected)


def damage_loss(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Focal loss (Lin et al. 2017) and Dice loss (Milletari et al. 2016) of each picture, (N, 1, H, W) each; (N,).

    The first, with an exponent of 1, looks at every pixel, the hard ones most; the second at how much of what is found
    and of what is there is both, however little that is.
    """
    found = torch.sigmoid(logits)
    miss = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = (weight * (found - truth).abs() * miss).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1)
    both = (weight * found * truth).sum((1, 2, 3))
    either = (weight * (found + truth)).sum((1, 2, 3))
    return _FOCAL * focal + 1 - (2 * both + _FEW) / (either + _FEW)
