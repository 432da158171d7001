"""A photo's own tone: in a black-and-white or toned photo all colours lie on one curve, and a fill has to as well.

Black-and-white, sepia, selenium and faded prints have one colour for each brightness, also where the file says RGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.fill.smoothing import smoothed
from engine.geometry import F32
from engine.photo.colour import LUMA

_BINS = 24
_FEWEST = 12  # known pixels that tell a bin's colour
_SPREAD = 0.015  # root mean square distance from the curve, in -1..1: what JPEG leaves of colours that are none
_GRAIN = 2.0  # sigma in pixels of the blur that takes grain away: coloured grain makes no colour photo
_FAR, _FEW = 0.06, 0.005  # this share of the pixels may lie so far from it


@dataclass(frozen=True, eq=False, slots=True)
class Tone:
    """The curve: at brightness `at` (n,) the colour is that grey and `tint` (n, 3)."""

    at: F32
    tint: F32

    def __call__(self, picture: F32) -> F32:
        """(1, 3, S, S) float32 in -1..1 -> the same, every colour replaced by the curve's of its brightness."""
        grey = np.tensordot(LUMA, picture[0], 1)
        tints = [np.interp(grey, self.at, self.tint[:, channel]) for channel in range(3)]
        return (grey + np.stack(tints)).clip(-1, 1)[None].astype(np.float32)


def tone_of(picture: F32, known: F32) -> Tone | None:
    """The tone of what is known of a picture; None if it has colours of its own, or too little is known.

    `picture`: (1, 3, S, S) float32 in -1..1; `known`: (1, 1, S, S), 1 where it holds.
    """
    colours = smoothed(picture[0].transpose(1, 2, 0), known[0, 0], _GRAIN)[known[0, 0] > 0]
    if len(colours) < _BINS * _FEWEST:
        return None
    grey = colours @ LUMA
    tints = colours - grey[:, None]
    edges = np.quantile(grey, np.linspace(0, 1, _BINS + 1))
    bins = np.searchsorted(edges[1:-1], grey)
    count = np.bincount(bins, minlength=_BINS).astype(np.float32)
    told = count >= _FEWEST
    sums = np.stack([np.bincount(bins, tints[:, channel], _BINS) for channel in range(3)], 1)
    at = np.bincount(bins, grey, _BINS)[told] / count[told]
    tone = Tone(at.astype(np.float32), (sums[told] / count[told, None]).astype(np.float32))
    expected = np.stack([np.interp(grey, tone.at, tone.tint[:, channel]) for channel in range(3)], 1)
    far = np.sqrt(((tints - expected) ** 2).mean(1))
    if np.sqrt((far**2).mean()) > _SPREAD or (far > _FAR).mean() > _FEW:
        return None
    return tone
