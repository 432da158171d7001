"""Blurs to train on: pictures that are still there, but soft, moved, small, noisy or compressed.

Everything works on a batch of (N, 3, S, S) float in 0..1, on any device; lengths are in pixels of a 256-pixel chip.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.geometry import CHIP, U8
from training.data.styles import quantised

_SOFTEST = 6.0
_LONGEST = 15.0
_NOTHING = 0.05  # a Gaussian of this many pixels leaves a picture as it is
_SMALLEST = 8  # side of the smallest picture, in pixels
_GROUPS = 4  # of a batch, that are shrunk by factors of their own


def areas(count: int, size: int, *, seed: int) -> U8:
    """(count, 1, size, size) uint8: smooth blots of 40 to 90 % of the chip, the same for the same arguments."""
    rng = np.random.default_rng(seed)
    return np.stack([_area(rng, size)[None] for _ in range(count)])


def _area(rng: np.random.Generator, size: int) -> U8:
    grid = rng.standard_normal((int(rng.integers(3, 6)),) * 2)
    noise = np.asarray(cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC))
    return np.asarray(noise > np.quantile(noise, rng.uniform(0.1, 0.6)), np.uint8)


def blurred(x: Tensor, generator: torch.Generator) -> Tensor:
    """Out of focus, moved, shrunk, noisy and compressed; back at its size.

    Half of them each to a random degree or not; the others all at once, to about the same degree, as bad copies are.
    """
    apart, copied = x.tensor_split(2)
    parts = [_apart(apart, generator)]
    if len(copied):
        parts += [_copied(part, generator) for part in copied.chunk(_GROUPS)]
    return torch.cat(parts)


def _apart(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each kind to a degree of its own, or not at all."""
    x = _moved(_unfocused(x, generator), generator)
    return torch.cat([_shrunk(part, generator) for part in x.chunk(_GROUPS)])


def _copied(x: Tensor, generator: torch.Generator) -> Tensor:
    """Soft, shrunk by up to 6, noisy and compressed: more of one, more of each."""
    scale = x.shape[-1] / CHIP
    degree = float(torch.rand((), generator=generator, device=x.device))
    sigma = _drawn(x, 0.7, 1.4, generator, log=True) * (1 + 2.2 * degree) * scale
    noise = _drawn(x, 0.4, 1.6, generator) * (0.008 + 0.025 * degree)
    strength = _drawn(x, 0.6, 1.7, generator, log=True) * (2 + 5 * degree)
    soft = _softened(x, sigma)
    side = max(_SMALLEST, round(x.shape[-1] / 2 ** (2.6 * degree) / 8) * 8)
    small = F.interpolate(soft, (side, side), mode="area")
    coin = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device)
    grain = torch.randn(small.shape, generator=generator, device=x.device)
    grain = coin.sqrt() * grain + (1 - coin).sqrt() * grain[:, :1]
    small = (small + noise.reshape(-1, 1, 1, 1) * grain).clamp(0, 1)
    return _enlarged(quantised(small, strength.reshape(-1, 1, 1, 1)), x.shape[-1])


def _unfocused(x: Tensor, generator: torch.Generator) -> Tensor:
    """A Gaussian of 0.6 to 6 pixels for most."""
    scale = x.shape[-1] / CHIP
    sigma = _drawn(x, 0.6, _SOFTEST, generator, log=True) * scale
    return _softened(x, torch.where(_drawn(x, 0, 1, generator) < 0.85, sigma, _NOTHING).clamp(min=_NOTHING))


def _softened(x: Tensor, sigma: Tensor) -> Tensor:
    """Blurred by a Gaussian each; `sigma`: (N,) pixels, at most `_SOFTEST` ones of a chip."""
    reach = max(2, math.ceil(3 * _SOFTEST * x.shape[-1] / CHIP))
    taps = torch.arange(-reach, reach + 1, device=x.device)
    kernel = torch.exp(-0.5 * (taps / sigma[:, None]) ** 2)
    return _each(_each(x, kernel[:, None, :]), kernel[:, :, None])


def _moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Along a line of 3 to 15 pixels, for a sixth."""
    scale = x.shape[-1] / CHIP
    length = (_drawn(x, 3, _LONGEST, generator) * scale).reshape(-1, 1, 1)
    angle = _drawn(x, 0, math.pi, generator).reshape(-1, 1, 1)
    reach = max(1, math.ceil(_LONGEST * scale / 2))
    steps = torch.arange(-reach, reach + 1, device=x.device)
    down, right = torch.meshgrid(steps, steps, indexing="ij")
    along, across = right * angle.cos() + down * angle.sin(), down * angle.cos() - right * angle.sin()
    line = (along.abs() <= length / 2) & (across.abs() <= 0.5)
    still = (_drawn(x, 0, 1, generator) > 1 / 6).reshape(-1, 1, 1)
    return _each(x, torch.where(still, (down == 0) & (right == 0), line).float())


def _shrunk(x: Tensor, generator: torch.Generator) -> Tensor:
    """To as little as an eighth for most, noisy and compressed at that size."""
    size = x.shape[-1]
    draw = torch.rand(2, generator=generator, device=x.device).tolist()
    factor = 8 ** draw[0] if draw[1] < 0.7 else 1.0
    side = max(_SMALLEST, round(size / factor / 8) * 8)
    small = F.interpolate(x, (side, side), mode="area") if side < size else x
    small = _compressed(_noisy(small, generator), generator)
    return _enlarged(small, size)


def _enlarged(x: Tensor, size: int) -> Tensor:
    if x.shape[-1] == size:
        return x
    return F.interpolate(x, (size, size), mode="bicubic", align_corners=False).clamp(0, 1)


def _noisy(x: Tensor, generator: torch.Generator) -> Tensor:
    """Grey or coloured noise of up to 0.06 for most."""
    coin = torch.rand(2, len(x), 1, 1, 1, generator=generator, device=x.device)
    level = _drawn(x, 0.005, 0.06, generator).reshape(-1, 1, 1, 1)
    noise = torch.randn(x.shape, generator=generator, device=x.device)
    noise = torch.where(coin[0] < 0.4, noise, noise[:, :1])
    return torch.where(coin[1] < 0.6, (x + level * noise).clamp(0, 1), x)


def _compressed(x: Tensor, generator: torch.Generator) -> Tensor:
    """JPEG from barely to badly visible, for most."""
    strength = _drawn(x, 1.5, 14, generator, log=True).reshape(-1, 1, 1, 1)
    some = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device) < 0.6
    return torch.where(some, quantised(x, strength), x)


def _each(x: Tensor, kernels: Tensor) -> Tensor:
    """Convolve every picture with its own kernel, (N, odd, odd), made to sum to one."""
    n, channels, size, _ = x.shape
    height, width = kernels.shape[1:]
    kernels = kernels / kernels.sum((1, 2), keepdim=True)
    padded = F.pad(x, (width // 2, width // 2, height // 2, height // 2), "reflect")
    weight = kernels.repeat_interleave(channels, 0)[:, None]
    flat = padded.reshape(1, n * channels, *padded.shape[2:])
    return F.conv2d(flat, weight, groups=n * channels).reshape(n, channels, size, size)


def _drawn(x: Tensor, low: float, high: float, generator: torch.Generator, *, log: bool = False) -> Tensor:
    """(N,): a number for each picture, uniform, or uniform in its logarithm."""
    share = torch.rand(len(x), generator=generator, device=x.device)
    return low * (high / low) ** share if log else low + share * (high - low)
