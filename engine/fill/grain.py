"""A photo's grain: measured where the photo is known and even, laid over a fill as far as the fill has less of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import F32, Box

_REST = 2.0  # sigma in pixels of the blur that is taken away: coarser unevenness is no grain
_EVEN = 0.5  # this share of the known places, the flattest, are looked at: edges and hair are no grain
_LEAST = 0.004  # standard deviation, colours in 0..1: one level of eight bits
_FEWEST = 400  # pixels
_SIZES = (0.0, 0.4, 0.6, 0.9, 1.3)  # sigma in pixels of the grains tried
_REACH = 6  # pixels that a grain's blur sees


@dataclass(frozen=True, slots=True)
class Grain:
    """`grey`, `colour`: standard deviations, colours in 0..1, of what all channels share and of what each has alone;
    `size`: sigma in pixels."""

    grey: float
    colour: float
    size: float

    def over(self, box: Box) -> F32:
        """(h, w, 3) float32 to be added to the photo in that box; the same at a place whatever box it is asked for."""
        wide = box.grown(_REACH)
        rows = [np.random.default_rng(y + _REACH) for y in range(wide.top, wide.bottom)]
        drawn = (rng.standard_normal((box.right + 2 * _REACH, 4), np.float32)[box.left :] for rng in rows)
        grains = _sized(np.stack([row.copy() for row in drawn]), self.size)[_REACH:-_REACH, _REACH:-_REACH]
        return np.asarray(self.grey * grains[..., :1] + self.colour * grains[..., 1:], np.float32)


def missing_grain(picture: F32, filled: NDArray[np.bool_]) -> Grain | None:
    """The grain that a fill lacks; None where the photo has none, or the fill as much.

    `picture`: (h, w, 3) float32 0..1, the photo with the fill in `filled` (h, w).
    """
    known, made = _fine(picture, ~filled), _fine(picture, filled)
    if known is None or made is None:
        return None
    grey, colour = (_lacking(a, b) for a, b in zip(known[:2], made[:2], strict=True))
    if grey < _LEAST:
        return None
    size = min(_SIZES, key=lambda sigma: abs(_white_likeness(sigma) - known[2]))
    return Grain(grey, colour, size)


def _fine(picture: F32, area: NDArray[np.bool_]) -> tuple[F32, F32, float] | None:
    """Of the even places of an area: grey and colour less their blur, and how alike neighbours are (-1..1)."""
    grey = picture.mean(2)
    rough = cv2.GaussianBlur(np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), _REST), cv2.CV_32F)), (0, 0), _REST)
    inside = cv2.erode(area.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    if inside.sum() < _FEWEST:
        return None
    even = inside & (rough <= np.quantile(rough[inside], _EVEN))
    high = grey - cv2.GaussianBlur(grey, (0, 0), _REST)
    colour = picture[..., 0] - grey
    own = colour - cv2.GaussianBlur(colour, (0, 0), _REST)
    pairs = even[:, 1:] & even[:, :-1]
    one, next_ = high[:, 1:][pairs], high[:, :-1][pairs]
    alike = float((one * next_).sum() / max(1e-9, float((one * one).sum())))
    return high[even], own[even], alike


def _lacking(known: F32, made: F32) -> float:
    """Deviation of what has to be added to `made`."""
    return float(np.sqrt(max(0.0, _deviation(known) ** 2 - _deviation(made) ** 2)))


def _deviation(values: F32) -> float:
    """Standard deviation, robust against the few that are no grain (median of the magnitudes)."""
    return float(1.4826 * np.median(np.abs(values)))


def _sized(white: F32, sigma: float) -> F32:
    """White noise made grains of that size, again of deviation 1 once its blur is taken away."""
    grains = cv2.GaussianBlur(white, (0, 0), sigma) if sigma else white
    return np.asarray(grains / _probe(sigma).std(), np.float32)


@cache
def _probe(sigma: float) -> F32:
    """What `_fine` sees of white noise in grains of that size."""
    white = np.random.default_rng(0).standard_normal((256, 256), np.float32)
    grains = cv2.GaussianBlur(white, (0, 0), sigma) if sigma else white
    return np.asarray(grains - cv2.GaussianBlur(grains, (0, 0), _REST), np.float32)


def _white_likeness(sigma: float) -> float:
    high = _probe(sigma)
    return float((high[:, 1:] * high[:, :-1]).mean() / (high * high).mean())
