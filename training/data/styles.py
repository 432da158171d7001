"""Photo styles: what age, cameras and files do to a picture; applied to input and target alike.

Old photos are what the program is for, and a fill must match its surroundings.  All functions take and return
(N, 3, H, W) float in 0..1, and act on a random share of the batch, on any device.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_LUMA = (0.299, 0.587, 0.114)
_SEPIA = ((0.39, 0.77, 0.19), (0.35, 0.69, 0.17), (0.27, 0.53, 0.13))


def _some(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """(N, 1, 1, 1) bool: which pictures of the batch are hit."""
    return torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device) < share


def _uniform(x: Tensor, low: float, high: float, generator: torch.Generator, *, channels: int = 1) -> Tensor:
    shape = (len(x), channels, 1, 1)
    return low + (high - low) * torch.rand(shape, generator=generator, device=x.device)


def toned(x: Tensor, generator: torch.Generator) -> Tensor:
    """Greyscale for a fifth of the pictures, sepia of varying strength for a tenth."""
    luma = (x * x.new_tensor(_LUMA).reshape(1, 3, 1, 1)).sum(1, keepdim=True).expand_as(x)
    sepia = torch.einsum("ij,njhw->nihw", x.new_tensor(_SEPIA), luma).clamp(0, 1)
    x = torch.where(_some(x, 0.2, generator), luma, x)
    strength = _uniform(x, 0.4, 1, generator)
    return torch.where(_some(x, 0.1, generator), torch.lerp(luma, sepia, strength), x)


def faded(x: Tensor, generator: torch.Generator) -> Tensor:
    """Contrast lost towards a pale or dark tint, gamma and colour cast."""
    gain, lift = _uniform(x, 0.45, 1, generator), _uniform(x, 0, 1, generator, channels=3)
    lift = torch.lerp(lift.mean(1, keepdim=True).expand_as(lift), lift, 0.25)
    pale = x * gain + (1 - gain) * lift
    cast = (x * _uniform(x, 0.85, 1.1, generator, channels=3)) ** _uniform(x, 0.75, 1.35, generator)
    x = torch.where(_some(x, 0.3, generator), cast.clamp(0, 1), x)
    return torch.where(_some(x, 0.2, generator), pale, x)


def soft(x: Tensor, generator: torch.Generator) -> Tensor:
    """Soft focus: a Gaussian blur of 0.5 to 1.5 pixels, separable, one width a batch."""
    sigma = 0.5 + torch.rand((), generator=generator, device=x.device).item()
    taps = torch.arange(-4, 5, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (taps / sigma) ** 2)
    kernel = (kernel / kernel.sum()).reshape(1, 1, 1, -1).expand(3, 1, 1, -1)
    blurred = F.conv2d(F.pad(x, (4, 4, 4, 4), "reflect"), kernel, groups=3)
    blurred = F.conv2d(blurred, kernel.transpose(2, 3), groups=3)
    return torch.where(_some(x, 0.12, generator), blurred, x)


def grainy(x: Tensor, generator: torch.Generator) -> Tensor:
    """Film grain: Gaussian, the same in all channels."""
    noise = torch.randn(len(x), 1, *x.shape[2:], generator=generator, device=x.device)
    level = _uniform(x, 0.005, 0.04, generator)
    return torch.where(_some(x, 0.12, generator), (x + level * noise).clamp(0, 1), x)


def _cosines(device: torch.device) -> Tensor:
    """(8, 8): the orthonormal DCT-II that JPEG uses."""
    k = torch.arange(8, device=device, dtype=torch.float32)
    matrix = torch.cos(math.pi / 8 * (k + 0.5) * k[:, None]) / 2
    matrix[0] /= math.sqrt(2)
    return matrix


def quantised(x: Tensor, strength: Tensor) -> Tensor:
    """JPEG's 8x8 cosine quantisation, coarser for higher frequencies (no chroma subsampling).

    `x`: (N, C, H, W), sides multiples of 8; `strength`: (N, 1, 1, 1), the lowest frequency's step in grey levels.
    """
    n, c, h, w = x.shape
    dct = _cosines(x.device)
    k = torch.arange(8, device=x.device)
    table = (1 + k + k[:, None]) * strength.reshape(n, 1, 1, 1, 1, 1) / 255
    blocks = x.reshape(n, c, h // 8, 8, w // 8, 8).transpose(3, 4)
    restored = dct.T @ ((dct @ blocks @ dct.T / table).round() * table) @ dct
    return restored.transpose(3, 4).reshape(x.shape).clamp(0, 1)


def compressed(x: Tensor, generator: torch.Generator) -> Tensor:
    """JPEG."""
    restored = quantised(x, _uniform(x, 1.5, 7, generator))
    return torch.where(_some(x, 0.15, generator), restored, x)


def tone(x: Tensor, generator: torch.Generator) -> Tensor:
    """What colours and contrast a photo has: what also a mended picture keeps."""
    return faded(toned(x, generator), generator)


def wear(x: Tensor, generator: torch.Generator) -> Tensor:
    """What it has lost in sharpness."""
    for style in (soft, grainy, compressed):
        x = style(x, generator)
    return x


def age(x: Tensor, generator: torch.Generator) -> Tensor:
    """All of them."""
    return wear(tone(x, generator), generator)
