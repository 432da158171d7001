"""A blur of what is known alone: the unknown leaves no rim in it (normalised convolution, Knutsson and Westin 1993)."""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F32


def smoothed(picture: F32, known: F32, sigma: float) -> F32:
    """Each place's mean of what is known around it, by a Gaussian; 0 far from all that is.

    `picture`: (h, w, C) float32, C > 1; `known`: (h, w) float32 0..1; `sigma` in pixels.
    """
    weight = cv2.GaussianBlur(known, (0, 0), sigma)
    sums = cv2.GaussianBlur(picture * known[..., None], (0, 0), sigma)
    return np.asarray(sums / np.maximum(weight, 1e-3)[..., None], np.float32)
