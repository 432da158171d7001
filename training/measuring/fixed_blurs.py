"""The blurs that sharpening is measured on: four severities, of what age and cameras do; never changed.

They are not those of `training.data.blurs`, which may change as training learns better: a measurement must not.
"""

from __future__ import annotations

import io
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from engine.geometry import U8


class Severity(NamedTuple):
    """What is done to a chip of 256 pixels, in this order."""

    blur: float
    """Sigma of a Gaussian, in chip pixels."""
    side: int
    """To which it is shrunk."""
    noise: float
    """Standard deviation, colours in 0..1, half of it grey."""
    quality: int
    """Of its JPEG."""


SEVERITIES = {
    "light": Severity(1.2, 192, 0.01, 85),
    "medium": Severity(1.6, 128, 0.02, 75),
    "strong": Severity(2.2, 80, 0.02, 65),
    "severe": Severity(3.0, 48, 0.03, 55),
}


def measured_blur(picture: U8, *, kind: str, seed: tuple[int, ...]) -> U8:
    """The picture, (S, S, 3) uint8, as small, soft, noisy and compressed as that severity has it: (s, s, 3) uint8.

    The same for the same arguments.
    """
    chosen = SEVERITIES[kind]
    scale = picture.shape[0] / 256
    rng = np.random.default_rng((*seed, list(SEVERITIES).index(kind)))
    soft = cv2.GaussianBlur(picture.astype(np.float32) / 255, (0, 0), chosen.blur * scale)
    side = max(8, round(chosen.side * scale))
    small = cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA)
    grey, colour = rng.standard_normal((side, side, 1)), rng.standard_normal((side, side, 3))
    noisy = (small + chosen.noise * (grey + colour) / np.sqrt(2)).clip(0, 1)
    stream = io.BytesIO()
    Image.fromarray(np.rint(noisy * 255).astype(np.uint8)).save(stream, "JPEG", quality=chosen.quality)
    return np.asarray(Image.open(stream).convert("RGB"), np.uint8)


def enlarged(small: U8, side: int, *, smooth: bool) -> U8:
    """(side, side, 3) uint8: bicubic, or pixel by pixel."""
    how = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(small, (side, side), interpolation=how), np.uint8)
