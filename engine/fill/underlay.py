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

_TINT, _LIGHT = 24.0, 10.0  # sigmas in chip pixels over which the light's colour and its brightness are compared
_DEEP = 20.0  # chip pixels from the hole's rim, further than which a guess tells little of the light
_EVEN, _DARK = 0.05, 0.02  # brightness in 0..1 that counts as lit alike, where nothing else tells; too dark for a ratio
_MOST = 2.0  # times lighter or darker
_REDRAWN = 0.2  # how much of what is laid the network draws anew where that is sharp; all where it is quite soft
_RIM = 8.0  # chip pixels along the rim, where the network draws the passage from the photo to what is laid


@dataclass(frozen=True, eq=False, slots=True)
class Underlay:
    """`rgb`: (S, S, 3) float32 0..1; `share`: (S, S) float32, how much of it is laid over the guess, 0 at the hole's
    rim and outside; `soft`: 0..1, how much of it the network draws anew."""

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
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3) / (_DEEP * scale)
    told = np.asarray(known * np.exp(-depth * depth), np.float32)
    near = told * cv2.GaussianBlur(hole.astype(np.float32), (0, 0), _TINT * scale)
    tinted = picture * _tint(guess, picture, near)
    lit = np.asarray((tinted * _light(guess, tinted, told, _LIGHT * scale)).clip(0, 1), np.float32)
    within = cv2.distanceTransform(used.astype(np.uint8), cv2.DIST_L2, 3) / (_RIM * scale)
    share = np.asarray(within.clip(0, 1), np.float32)
    return Underlay(lit, share * share * (3 - 2 * share), _REDRAWN + (1 - _REDRAWN) * softness(lit, used))


def _tint(ours: F32, theirs: F32, weight: F32) -> F32:
    """(3,): the colour of our light by theirs, and its brightness on average."""
    means = [(chip * weight[..., None]).sum((0, 1)) / max(float(weight.sum()), 1e-6) + _DARK for chip in (ours, theirs)]
    return np.asarray((means[0] / means[1]).clip(1 / _MOST, _MOST), np.float32)


def _light(ours: F32, theirs: F32, weight: F32, sigma: float) -> F32:
    """(S, S, 1): how much brighter each place is lit in ours."""
    sums = [cv2.GaussianBlur(chip.mean(2) * weight, (0, 0), sigma) + _EVEN for chip in (ours, theirs)]
    return np.asarray((sums[0] / sums[1]).clip(1 / _MOST, _MOST), np.float32)[..., None]
