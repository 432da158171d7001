"""A picture laid under a chip's hole, for the fine network to begin from: in the light of the guess, without a seam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.fill.softness import softness
from engine.geometry import CHIP, F32

Flags = NDArray[np.bool_]

_TINT, _LIGHT = 40.0, 10.0  # sigmas in chip pixels: coarser are the light's colour and its brightness, the photo's
_MOST, _DARK = 2.0, 0.02  # times lighter or darker; a colour in 0..1 that is none
_RIM = 8.0  # chip pixels along the rim, where the network draws the passage from the photo to what is laid


@dataclass(frozen=True, eq=False, slots=True)
class Underlay:
    """`rgb`: (S, S, 3) float32 0..1; `share`: (S, S) float32, how much of it is laid over the guess, 0 at the hole's
    rim and outside; `soft`: 0..1, how much sharpening it wants."""

    rgb: F32
    share: F32
    soft: float

    @property
    def core(self) -> Flags:
        """(S, S): where it is worth more than the guess."""
        return np.asarray(self.share >= 0.5)


Lay = Callable[[F32], Underlay | None]
"""`lay(guess)`: what is laid under a chip's hole, given a first guess of it, (S, S, 3) float32 0..1; None: nothing."""


def underlay(picture: F32, known: Flags, *, guess: F32, hole: Flags) -> Underlay | None:
    """Bring a picture into the light of a guess, and lay it where it is known; None where it is known nowhere.

    `picture`, `guess`: (S, S, 3) float32 0..1, in one pose; `known`, `hole`: (S, S).
    """
    used = hole & known
    if not used.any():
        return None
    scale = len(guess) / CHIP
    ours, theirs = (_smooth(chip, known, _TINT * scale) + _DARK for chip in (guess, picture))
    tint = (ours / theirs).clip(1 / _MOST, _MOST)
    ours, theirs = (_smooth(chip, known, _LIGHT * scale) + _DARK for chip in (guess, tint * picture))
    light = (ours.mean(2) / theirs.mean(2)).clip(1 / _MOST, _MOST)[..., None]
    within = cv2.distanceTransform(used.astype(np.uint8), cv2.DIST_L2, 3) / (_RIM * scale)
    share = np.asarray(within.clip(0, 1), np.float32)
    lit = np.asarray((light * tint * picture).clip(0, 1), np.float32)
    return Underlay(lit, share * share * (3 - 2 * share), softness(lit, used))


def _smooth(picture: F32, known: Flags, sigma: float) -> F32:
    """What is known of a picture, blurred."""
    weight = known.astype(np.float32)
    sums = cv2.GaussianBlur(picture * weight[..., None], (0, 0), sigma)
    return np.asarray(sums / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)[..., None], np.float32)
