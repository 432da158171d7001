"""Whether a face has both eyes open and alike: what a fill of a hidden eye is looked at for first.

By the detector that the engine ships with, which no network is trained against, and by plain measures of the two eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.faces.centerface import THRESHOLD, find
from engine.geometry import F32, U8

ALIKE, OPEN = 0.4, 0.25
"""An eye pair passes with at least these; of the 400 kept faces nine in ten do."""

_EYES = np.array(((0.38, 0.47), (0.62, 0.47)))
"""Where the eyes of an aligned chip lie (`engine.faces.frames.align`), as shares of its side."""
_NEAR = 0.08  # share of the side within which an eye must lie where an aligned chip has it
_REACH = 0.08, 0.055  # half the width and height of what is cut around an eye, as shares of the side
_SHIFT = 0.02  # by which one eye may lie off its mirror place
_IRIS = 0.045  # an iris's diameter in an aligned chip
_SIDE = 256


@dataclass(frozen=True, slots=True)
class EyePair:
    """`alike`: -1..1, correlation of one eye with the other's mirror image; `opening`: 0..1, of the less open one, how
    much darker its iris is than what is around it."""

    alike: float
    opening: float

    @property
    def passes(self) -> bool:
        return self.alike >= ALIKE and self.opening >= OPEN


def eye_pair(picture: U8) -> EyePair | None:
    """Measure the eyes of an aligned chip, (S, S, 3) uint8; None where no face with eyes in their places is found."""
    picture = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    found = find(picture, threshold=THRESHOLD).landmarks[:, :2]
    off = np.abs(found / _SIDE - _EYES).max((1, 2), initial=0) if len(found) else np.ones(0)
    if not (off < _NEAR).any():
        return None
    left, right = found[int(off.argmin())]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    first, second = _cut(grey, left), np.ascontiguousarray(_cut(grey, right)[:, ::-1])
    shift = round(_SHIFT * _SIDE)
    alike = cv2.matchTemplate(first, second[shift:-shift, shift:-shift], cv2.TM_CCOEFF_NORMED).max()
    return EyePair(float(alike), min(_opening(first), _opening(second)))


def hides_eye(hole: np.ndarray) -> bool:
    """Whether a hole, (S, S) bool, hides at least half of an eye of an aligned chip."""
    side = hole.shape[0]
    for x, y in _EYES:
        (left, top), (right, bottom) = (
            np.rint((np.array((x, y)) + sign * np.array(_REACH)) * side).astype(int) for sign in (-1, 1)
        )
        if hole[top:bottom, left:right].mean() >= 0.5:
            return True
    return False


def _cut(grey: F32, eye: F32) -> F32:
    size = tuple(2 * round(share * _SIDE) for share in _REACH)
    return np.asarray(cv2.getRectSubPix(grey, size, (float(eye[0]), float(eye[1]))), np.float32)


def _opening(eye: F32) -> float:
    """A lid's shadow is a line and an iris a disc, so means over discs tell them apart."""
    diameter = round(_IRIS * _SIDE)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)).astype(np.float32)
    discs = cv2.filter2D(eye, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    around = float(np.median(eye))
    return max(0.0, (around - float(discs.min())) / max(around, 1.0))
