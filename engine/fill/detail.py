"""Fine detail that the networks do not draw.

They fill 256x256 chips, softly; on a larger face their fill, enlarged, lacks everything finer.  That band is
carried over from what is known: each place of the hole takes the fine detail of the known place that looks
most like it at the chip's resolution, so that skin gets skin, hair gets hair, and the grain goes on.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.fill.patchmatch import nearest_field
from engine.fill.smoothing import smoothed
from engine.geometry import F32

_ENOUGH = 1.3  # scale up to which nothing is missing
_REACH = 40  # matches are looked for within this many finest details: skin differs from cheek to brow
_LARGEST = 400  # side, in pixels, of the picture that is matched


def add_detail(fill: F32, hole: NDArray[np.bool_], *, scale: float) -> F32:
    """Give the soft fill of a hole the fine detail of its surroundings.

    `fill`: (h, w, 3) float32 0..1, the photo with the enlarged fill in `hole` (h, w); `scale`: photo pixels
    that the fill's finest detail measures.  Returns the same shape; pixels outside the hole, and scales up to 1.3,
    are unchanged.
    """
    if scale <= _ENOUGH or not hole.any():
        return fill
    shrink = max(scale, max(hole.shape) / _LARGEST)
    shape = (max(1, round(hole.shape[1] / shrink)), max(1, round(hole.shape[0] / shrink)))
    small = np.asarray(cv2.resize(fill, shape, interpolation=cv2.INTER_AREA), np.float32)
    missing = cv2.resize(hole.astype(np.float32), shape, interpolation=cv2.INTER_AREA) > 0
    try:
        field = nearest_field(small, missing, reach=_REACH, rounds=3)
    except RequestError:  # nothing known to take detail from
        return fill
    fine = _high_band(fill, hole, scale)
    carried = _carried(fine, field, hole.shape)
    return np.where(hole[..., None], (fill + carried).clip(0, 1), fill).astype(np.float32)


def _high_band(fill: F32, hole: NDArray[np.bool_], scale: float) -> F32:
    """What the chip cannot hold, outside the hole; the blur leaves the hole out, so that no rim shows."""
    known = (~hole).astype(np.float32)
    return np.asarray((fill - smoothed(fill, known, 0.6 * scale)) * known[..., None], np.float32)


def _carried(fine: F32, field: NDArray[np.intp], shape: tuple[int, ...]) -> F32:
    """The fine band looked up along the field, (h', w', 2), in whole blocks of the finer grid."""
    height, width = shape[:2]
    here = np.stack(np.meshgrid(*map(np.arange, field.shape[:2]), indexing="ij"), 2)
    offset = _coherent((field - here).astype(np.float32))
    y_scale, x_scale = height / field.shape[0], width / field.shape[1]
    dy = cv2.resize(offset[..., 0], (width, height), interpolation=cv2.INTER_NEAREST) * y_scale
    dx = cv2.resize(offset[..., 1], (width, height), interpolation=cv2.INTER_NEAREST) * x_scale
    y, x = np.mgrid[:height, :width].astype(np.float32)
    map_x, map_y = np.rint(x + dx).astype(np.float32), np.rint(y + dy).astype(np.float32)
    return np.asarray(cv2.remap(fine, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT))


def _coherent(offset: F32) -> F32:
    """Median of neighbouring offsets: larger blocks move together, fewer joints cut through strands."""
    planes = [cv2.medianBlur(np.ascontiguousarray(offset[..., i]), 5) for i in range(2)]
    return np.stack(planes, 2).astype(np.float32) if math.prod(offset.shape[:2]) > 25 else offset
