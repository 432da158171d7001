"""Push-pull prefill: a smooth guess of the hole that the diffusion model corrects.

The residual `r = x - prefill` inside the hole is what the completion network predicts.  The code is written
once for NumPy arrays (the engine) and torch tensors (training, on any device).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from engine.geometry import F32

_EPSILON = 1e-6


@cache
def _halve(n: int) -> F32:
    """(n/2, n): averages of neighbouring pairs."""
    return np.repeat(np.eye(n // 2, dtype=np.float32) / np.float32(2), 2, axis=1)


@cache
def _double(n: int) -> F32:
    """(2n, n): linear interpolation between pixel centres, clamped at the ends."""
    centres = (np.arange(2 * n) + 0.5) / 2 - 0.5
    low = np.floor(centres).astype(int)
    share = (centres - low).astype(np.float32)
    matrix = np.zeros((2 * n, n), np.float32)
    np.add.at(matrix, (np.arange(2 * n), low.clip(0, n - 1)), 1 - share)
    np.add.at(matrix, (np.arange(2 * n), (low + 1).clip(0, n - 1)), share)
    return matrix


def _resample(image: Any, matrix: F32) -> Any:
    """Apply the same 1-D resampling to rows and columns, in the array library that `image` is from."""
    m = matrix if isinstance(image, np.ndarray) else image.new_tensor(matrix)
    return m @ image @ m.T


def push_pull(image: Any, known: Any) -> Any:
    """Fill what is unknown with a mask-weighted average pyramid, down and up (Gortler et al. 1996).

    `image`: (N, C, S, S) float, S a power of two; `known`: (N, 1, S, S) float, 1 where `image` holds.
    Both are NumPy arrays or both torch tensors.  Returns `image` where `known` is 1, a smooth fill elsewhere.
    """
    size = image.shape[-1]
    if size == 1:
        return image
    down = _halve(size)
    weight = _resample(known, down)
    coarse = _resample(image * known, down) / weight.clip(min=_EPSILON)
    filled = push_pull(coarse, (4 * weight).clip(max=1))
    return known * image + (1 - known) * _resample(filled, _double(size // 2))
