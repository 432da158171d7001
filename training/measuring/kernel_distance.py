"""Whether fills as a crowd look like faces: the kernel distance (Binkowski et al. 2018) between fills and truths.

A fill may be a good face and not this one; distances of pairs do not see that, those of crowds do.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from engine.geometry import F64, U8
from training.measuring.features import face_features

LEAST = 10
"""Of fewer pictures a crowd's distance says nothing."""
_STRIDES = 8, 16


def described(picture: U8, hole: np.ndarray) -> F64:
    """(128,) means over the hole of CenterFace's features at strides 8 and 16.

    `picture`: (S, S, 3) uint8, S a multiple of 32; `hole`: (S, S) bool, not empty.
    """
    rgb = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)) / 127.5 - 1
    where = torch.from_numpy(hole[None, None].astype(np.float32))
    means = []
    with torch.inference_mode():
        for planes, stride in zip(face_features()(rgb)[-2:], _STRIDES, strict=True):
            weight = F.avg_pool2d(where, stride)
            means.append((planes * weight).sum((0, 2, 3)) / weight.sum())
    return torch.cat(means).double().numpy()


def kernel_distance(made: F64, true: F64) -> float:
    """Unbiased squared maximum mean discrepancy under (x.y / d + 1)^3; about 0 where both are drawn alike.

    `made`, `true`: (n, d), of the same n chips, at least 2; a chip's own pair is left out of the comparison, since
    it is alike for what both show of the same photo.  Features are brought to the truths' mean and deviation first,
    so that none outweighs the others.
    """
    mean, spread = true.mean(0), true.std(0) + 1e-6
    x, y = (made - mean) / spread, (true - mean) / spread
    return _of_others(x, x) + _of_others(y, y) - 2 * _of_others(x, y)


def _of_others(x: F64, y: F64) -> float:
    """The kernel's mean over pairs of different chips."""
    kernel = (x @ y.T / x.shape[1] + 1) ** 3
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))
