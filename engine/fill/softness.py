"""How much a face needs sharpening: a network that was taught to mend redraws what is whole, too."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import CHIP, F32

LEAST = 0.5
"""The share of a sharpening that a sharp face gets: what is asked for is done a little even where nothing is wrong."""

DRAWN = 0.7
"""The most that is taken of what later evaluations add: more looks no clearer and is less like the person."""

ENLARGED = 1, 2, 4
"""As many times a photo may have been."""

_FINE, _COARSE = 1.0, 2.0  # sigmas in pixels at which edges are looked at; grain is gone at the finer one
_EDGES, _SHARPEST = 0.05, 0.25  # this share of the places, the steepest, are edges; this share of them tells
_FEWEST, _FAINT = 40, 0.004  # edges, and the gradient that makes one, colours in 0..1 a pixel
_FLAT = 0.2  # this share of the places, the flattest, tells of noise
_GRID = 8  # pixels: JPEG's squares
_SMALLEST = 48  # pixels of a picture whose squares are looked for
_BLUR, _NOISE, _SQUARES = (1.05, 2.6), (0.012, 0.024), (1.35, 1.9)  # from nothing wrong to quite wrong


class Sharpening(NamedTuple):
    """How much of the networks' work is taken, 0 to 1."""

    share: float
    """Of all of it."""
    detail: float
    """Of what later evaluations add to the first one's mean: it makes a face clearer, and less the person's own."""


def sharpening(soft: float) -> Sharpening:
    """How much of a sharpening a face should get that is so far from sharp, 0 to 1.

    The mean comes nearer to the truth and to the person in faces that are hardly soft, so most of it is taken as soon
    as anything is wrong; what is drawn over it does where little else is left (measured on blurs of four severities:
    docs/measured.md, "Blurred faces").
    """
    return Sharpening(LEAST + (1 - LEAST) * soft**0.25, DRAWN * soft**1.5)


def softness(picture: F32, area: NDArray[np.bool_]) -> float:
    """How far an area is from sharp, 0 (nothing is wrong) to 1.

    `picture`: (h, w, 3) float32 0..1, at the size at which it was taken, for enlarged it is soft; `area`: (h, w).  Asks
    how wide its sharpest edges are, how noisy its flattest places, and whether JPEG's squares stand out.
    """
    grey = np.asarray(picture.mean(2), np.float32)
    return max(_between(edge_width(grey, area), _BLUR), _between(noise(grey, area), _NOISE), compressed(picture))


def compressed(photo: F32) -> float:
    """How far JPEG's squares stand out, 0 to 1, as of `softness`; `photo`: (h, w, 3), not brought to another size.

    Photos that were enlarged two or four times have wider squares.  A face that was wider than a chip before that has
    none left when it is one: they do not count.
    """
    grey = np.asarray(photo.mean(2), np.float32)
    taken = [factor for factor in ENLARGED if _SMALLEST <= max(grey.shape) / factor <= CHIP]
    return max((_between(squares(grey, enlarged=factor), _SQUARES) for factor in taken), default=0.0)


def edge_width(grey: F32, area: NDArray[np.bool_]) -> float:
    """Sigma in pixels of the Gaussian that the area's sharpest edges look blurred by; a wide one if it has none.

    An edge of width w blurred by s has a gradient as 1 / sqrt(w^2 + s^2): two blurs tell w (Zhuo and Sim 2011).
    """
    fine, coarse = _gradient(grey, _FINE)[area], _gradient(grey, _COARSE)[area]
    if fine.size == 0:
        return _BLUR[1]
    steep = fine >= max(_FAINT, float(np.quantile(fine, 1 - _EDGES)))
    if steep.sum() < _FEWEST:
        return _BLUR[1]
    ratio = (fine[steep] / np.maximum(coarse[steep], 1e-6)) ** 2
    ratio = ratio.clip(1.001, (_COARSE / _FINE) ** 2)
    widths = np.sqrt((_COARSE**2 - ratio * _FINE**2) / (ratio - 1))
    return float(np.quantile(widths, _SHARPEST))


def noise(grey: F32, area: NDArray[np.bool_]) -> float:
    """Standard deviation of what is finer than a blur, in the flattest places of the area (robust: by the median)."""
    rough = cv2.GaussianBlur(np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), _COARSE), cv2.CV_32F)), (0, 0), 2.0)
    if not area.any():
        return 0.0
    flat = area & (rough <= np.quantile(rough[area], _FLAT))
    high = grey - cv2.GaussianBlur(grey, (0, 0), _COARSE)
    return float(1.4826 * np.median(np.abs(high[flat])))


def squares(grey: F32, *, enlarged: int = 1) -> float:
    """How much steeper neighbours differ across the borders of JPEG's squares than elsewhere; 1 where there are none.

    `enlarged`: so many times after it was compressed.  The grid may begin anywhere (after Wang, Sheikh and Bovik 2002).
    """
    return min(_borders(grey, enlarged), _borders(np.ascontiguousarray(grey.T), enlarged))


def _borders(grey: F32, factor: int) -> float:
    """`squares` of the upright borders."""
    height, found = grey.shape[0], 1.0
    for begin in range(factor):
        width = (grey.shape[1] - begin) // factor
        if width <= 3 * _GRID:
            continue
        taken = grey[:, begin : begin + width * factor]
        small = taken if factor == 1 else cv2.resize(taken, (width, height), interpolation=cv2.INTER_CUBIC)
        steps = np.abs(np.diff(small, axis=1)).mean(0)
        whole = steps[: len(steps) // _GRID * _GRID].reshape(-1, _GRID)
        ratio = np.median(whole / np.maximum(np.median(whole, 1, keepdims=True), 1e-4), 0)
        found = max(found, float(ratio.max()))
    return found


def _gradient(grey: F32, sigma: float) -> F32:
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
    x, y = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=0.125) for order in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(x, y), np.float32)


def _between(value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low)))
