"""How alike two faces look, by a network that others trained: the perceptual distance.

It needs no download: it uses the detector that the engine ships with.  (The identity distance is the engine's.)
"""

from __future__ import annotations

import numpy as np
import torch

from engine.geometry import U8
from training.measuring.features import face_features, perceptual


def perceptual_distance(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """LPIPS's distance over CenterFace's features (`training.measuring.features`), times 100; 0 if both agree.

    `truth`, `picture`: (S, S, 3) uint8, S a multiple of 32; `valid`: (S, S) bool, elsewhere they count as alike.
    """
    both = np.stack((truth, np.where(valid[..., None], picture, truth))).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        found = face_features()(torch.from_numpy(both.astype(np.float32)) / 127.5 - 1)
        return 100 * float(perceptual([f[1:] for f in found], [f[:1] for f in found]))
