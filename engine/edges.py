"""Edges of a chip: Canny for what is visible, and how visible and drawn edges become one map."""

from __future__ import annotations

import cv2
import numpy as np

from engine.types import U8, Canny

_BLUR = 1.4 / 256  # sigma of the smoothing as a share of the chip's side
_LOW, _HIGH = 60.0, 150.0


def canny(rgb: U8, known: U8 | None = None, thresholds: Canny | None = None) -> U8:
    """The Canny edge map of a chip (Canny 1986), stretched to full contrast first, so that faded photos count.

    `rgb`: (S, S, 3) uint8; `known`: (S, S) uint8, non-zero where `rgb` holds (None: everywhere).
    Returns (S, S) uint8, 255 on an edge; edges within a pixel of the unknown are dropped, for its border is one.
    """
    thresholds = thresholds or Canny()
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    values = grey if known is None else grey[known > 0]
    if values.size == 0:
        return np.zeros_like(grey)
    low, high = np.percentile(values, (1, 99))
    scale = 255 / max(high - low, 16)
    stretched = np.rint(((grey - low) * scale).clip(0, 255)).astype(np.uint8)
    smooth = cv2.GaussianBlur(stretched, (0, 0), max(_BLUR * grey.shape[0], 0.6))
    edges = cv2.Canny(
        smooth,
        _LOW if thresholds.low is None else thresholds.low,
        _HIGH if thresholds.high is None else thresholds.high,
        L2gradient=True,
    )
    if known is not None:
        edges[cv2.erode(known, np.ones((3, 3), np.uint8), borderValue=255) == 0] = 0
    return np.asarray(edges)
