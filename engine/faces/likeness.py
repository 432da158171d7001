"""How much of a face a result changed, and whether it is still the same person."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.faces.frames import HOLE_COVERAGE, Source, cut, cut_mask
from engine.geometry import F32, U8, Frame
from engine.wording import Sentence

UNLIKE = 0.45
"""Identity distance from which people should look twice; dlib's authors take faces under 0.6 for one person."""

_VISIBLE = 2.3  # CIELAB distance that is just noticeable (Mahy et al. 1994)
_SIDE = 150
# The square of an aligned chip that lies as dlib cuts faces: eye centres at (0.32, 0.31) and (0.67, 0.31) of it, the
# mouth's at 0.70 (its mean face with a quarter of padding); in a chip these are at 0.38, 0.62, 0.47 and 0.75.
_LEFT, _TOP, _WIDTH = 0.155, 0.252, 0.7
_UNLIKE = Sentence("A face looks less like itself than before: compare both, and lower the strength if need be.")


@dataclass(frozen=True, slots=True)
class Likeness:
    """`colour`: mean CIELAB distance (Delta E 1976) where the face is marked; `share`: of the marked places, 0..1, that
    changed visibly; `identity`: distance of the whole face to the one before, NaN where that cannot be measured."""

    colour: float
    share: float
    identity: float

    @property
    def note(self) -> Sentence | None:
        """What to say of it; None if nothing."""
        return _UNLIKE if self.identity > UNLIKE else None


def likeness(before: Source, after: Source, frame: Frame, marks: U8) -> Likeness:
    """Compare a face before and after, at the chip's resolution, where it is marked: `marks` (H, W) uint8, over 127."""
    one, two = (cut(photo, frame)[0] for photo in (before, after))
    area = cut_mask(marks, frame) > HOLE_COVERAGE
    if not area.any():
        return Likeness(0.0, 0.0, 0.0)
    apart = np.linalg.norm(_lab(one) - _lab(two), axis=2)[area]
    first, second = (np.rint(chip * 255).astype(np.uint8) for chip in (one, two))
    return Likeness(float(apart.mean()), float((apart > _VISIBLE).mean()), identity_distance(first, second))


def _lab(chip: F32) -> F32:
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_RGB2LAB), np.float32)


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
    """Whether `identity_distance` can be measured here: the extra `identity` is installed."""
    return _embedder() is not None


def identity_distance(truth: U8, picture: U8, valid: NDArray[np.bool_] | None = None) -> float:
    """Distance of dlib's embeddings of two aligned chips, (S, S, 3) uint8; NaN without its packages.

    `valid`: (S, S), elsewhere both count as alike; None: everywhere.  It may be trusted: nothing here was trained with
    it, and `tests/test_shared_data.py` shows that it tells persons apart even where a third of a face is badly filled.
    """
    embedder = _embedder()
    if embedder is None:
        return math.nan
    shown = picture if valid is None else np.where(valid[..., None], picture, truth)
    first, second = (np.asarray(embedder.compute_face_descriptor(_cut(chip))) for chip in (truth, shown))
    return float(np.linalg.norm(first - second))


def _cut(chip: U8) -> U8:
    """The part of a chip that dlib's network looks at, (150, 150, 3) uint8."""
    side = chip.shape[0]
    left, top, width = (round(share * side) for share in (_LEFT, _TOP, _WIDTH))
    part = chip[top : top + width, left : left + width]
    return np.ascontiguousarray(cv2.resize(part, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
