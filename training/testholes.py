"""The holes that fills are measured on: free strokes in five bins of area, the same for ever.

They are not those of `training.holes`, which may change as training learns better: a measurement must not.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

AREA_BINS = ((0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
"""Missing shares of the picture, from and up to."""


def bin_name(index: int) -> str:
    low, high = AREA_BINS[index]
    return f"{low * 100:.0f}-{high * 100:.0f} %"


def measured_hole(valid: np.ndarray, *, area: int, seed: tuple[int, ...]) -> np.ndarray:
    """The irregular hole of area bin number `area` for one chip; the same for the same arguments.

    `valid`: (S, S) bool, of which the hole covers the bin's share.  Returns (S, S) bool, a part of `valid`.
    """
    rng = np.random.default_rng((*seed, area))
    low, high = AREA_BINS[area]
    while True:
        target = rng.uniform(low, high)
        canvas = np.zeros(valid.shape, np.uint8)
        share = 0.0
        while share < target:
            _stroke(rng, canvas)
            hole = (canvas > 0) & valid
            share = hole.sum() / max(1, valid.sum())
        if share < high:
            return np.asarray(hole)


def _stroke(rng: np.random.Generator, canvas: np.ndarray) -> None:
    """Draw one wandering brush stroke with round ends into `canvas` (S, S) uint8."""
    size = canvas.shape[0]
    x, y = rng.uniform(0, size, 2)
    heading, width = rng.uniform(0, 2 * math.pi), max(2, round(size * rng.uniform(0.02, 0.12)))
    for _ in range(rng.integers(2, 7)):
        heading += rng.normal(0, 0.8)
        reach = size * rng.uniform(0.04, 0.18)
        end = np.clip((x + reach * math.cos(heading), y + reach * math.sin(heading)), 0, size)
        cv2.line(canvas, (int(x), int(y)), (int(end[0]), int(end[1])), 1, width)
        x, y = end
