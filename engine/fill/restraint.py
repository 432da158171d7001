"""What evaluations after the first may change of it.

The first one is the mean of all that could be there: soft, but nothing errs less.  Later ones draw one thing that
could.  A network that has learnt faces draws skin of the commonest colour, and hair and cloth where a background is,
so what the mean knows better stays the mean's.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.fill.smoothing import smoothed
from engine.geometry import CHIP, F32
from engine.photo.colour import LUMA

# Sigmas and distances in pixels of a 256-pixel chip.
_COLOUR = 8.0  # coarser than this the colours of a hole are the mean's
_FORM, _LIGHT = 3.0, 12.0  # of a blurred picture: finer is detail, coarser is light and colour
_FACE, _UP, _DOWN, _ASIDE = 128.0, 130.0, 94.0, 78.0  # a chip's face with its hair: the centre, and how far it reaches
_WITHIN, _AROUND = 0.9, 1.25  # of that reach: so near all is face, so far nothing is
_NEAR, _DEEP = 8.0, 32.0  # from the hole's rim: so near there is something to go on from, so deep there is not
_LEFT = 0.3  # of a later evaluation's change, there
_SEAM = 5.0  # sigma: how softly one becomes the other


def held(change: F32, mean: F32, hole: F32) -> F32:
    """What a step makes of a hole, as far as it knows better than the first one.

    `change`, `mean`: (1, 3, S, S), what this step and the first one add to the prefill, in -1..1; `hole`: (1, 1, S,
    S), 1 where nothing is known, and elsewhere `change` comes back as it is.  The colours of areas stay the mean's;
    so do most forms deep in the hole beside the face, where a soft background becomes a portrait and a guess does not.
    """
    if not hole.any():
        return change
    later = (change - mean) * hole * _share(hole)
    colours = (later - np.tensordot(LUMA, later[0], 1))[0].transpose(1, 2, 0)
    areas = smoothed(colours, hole[0, 0], _COLOUR * len(colours) / CHIP).transpose(2, 0, 1)
    return np.where(hole > 0, mean + later - areas, change).astype(np.float32)


def steady(change: F32, mean: F32, worth: F32) -> F32:
    """What a step changes of a blurred picture, as far as that is its to change.

    `change`, `mean`: as for `held`; `worth`: (1, 1, S, S), 1 where it is blurred, and elsewhere `change` comes back as
    it is.  A blur leaves light and colours of whole areas alone, so these stay the photo's.  Forms are the mean's, of
    which the least is wrong: later steps draw finer things only.
    """
    if not worth.any():
        return change
    finer = change - _smooth((change - mean) * worth, _FORM) * worth
    return np.asarray(finer - _smooth(finer * worth, _LIGHT) * worth, np.float32)


def _share(hole: F32) -> F32:
    """(S, S) 0..1: how much of a later evaluation's change is taken."""
    side = hole.shape[-1]
    scale = side / CHIP
    deep = cv2.distanceTransform((hole[0, 0] > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5) / scale
    y, x = ((np.mgrid[:side, :side] + 0.5) / scale - _FACE).astype(np.float32)
    reach = np.hypot(x / _ASIDE, y / np.where(y < 0, _UP, _DOWN))
    beside = _ramp(deep, _NEAR, _DEEP) * _ramp(reach, _WITHIN, _AROUND)
    return np.asarray(cv2.GaussianBlur(1 - (1 - _LEFT) * beside, (0, 0), _SEAM * scale), np.float32)


def _ramp(values: F32, low: float, high: float) -> F32:
    return np.asarray(((values - low) / (high - low)).clip(0, 1), np.float32)


def _smooth(planes: F32, sigma: float) -> F32:
    """(1, C, S, S), blurred; `sigma` in pixels of a 256-pixel chip."""
    spread = sigma * planes.shape[-1] / CHIP
    return np.stack([cv2.GaussianBlur(plane, (0, 0), spread) for plane in planes[0]])[None]
