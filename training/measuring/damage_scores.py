"""How right a search for damage is: precision and recall within two pixels, and what it marks on sound pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from engine.damage.guard import features
from engine.faces.choosing import find_faces
from engine.geometry import U8
from engine.photo.photos import Photo
from training.measuring.damage_cases import DamageCase

Search = Callable[[U8], U8]
"""From (H, W, 3) uint8 to a mask, (H, W) uint8 0|255."""
_NEAR = 2  # pixels


@dataclass(frozen=True, slots=True)
class DamageScore:
    """Counts of pixels: found, and of these near true damage; truly damaged, and of these near what was found."""

    kind: str
    strength: str
    found: int
    right: int
    true: int
    hit: int


@dataclass(frozen=True, slots=True)
class SoundScore:
    """What was marked on pictures without damage: the mean share of their pixels, 0..1, and how many were marked."""

    pictures: int
    share: float
    marked: int
    features: int
    """Pictures with marks on an eye, a brow, the nostrils or the mouth."""
    seconds: float


def score(case: DamageCase, search: Search) -> DamageScore:
    """Measure a search on one case; what is found where damage cannot be told counts neither way."""
    found = search(np.repeat(case.grey[..., None], 3, axis=2)) > 0
    counted = found & ~(case.doubt & ~_near(case.truth))
    right, hit = counted & _near(case.truth), case.truth & _near(found)
    return DamageScore(
        case.kind, case.strength, int(counted.sum()), int(right.sum()), int(case.truth.sum()), int(hit.sum())
    )


def score_sound(pictures: Iterable[U8], search: Search) -> SoundScore:
    """Measure a search on pictures that are not damaged, (H, W, 3) uint8 each."""
    shares, seconds, touched = [], [], 0
    for picture in pictures:
        start = time.perf_counter()
        found = search(picture) > 0
        seconds.append(time.perf_counter() - start)
        shares.append(found.mean())
        if found.any():
            faces = find_faces(Photo.from_array(picture))
            touched += bool((found & (features(faces, found.shape, 1.0) > 0)).any())
    mean, slow = (float(np.mean(values)) if values else 0.0 for values in (shares, seconds))
    return SoundScore(len(shares), mean, sum(share > 0 for share in shares), touched, slow)


def precision_recall(scores: Iterable[DamageScore]) -> tuple[float, float]:
    """Of all these cases' pixels together, 0..1 each."""
    found = right = true = hit = 0
    for one in scores:
        found, right, true, hit = found + one.found, right + one.right, true + one.true, hit + one.hit
    return right / max(1, found), hit / max(1, true)


def _near(where: np.ndarray) -> np.ndarray:
    """Within two pixels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _NEAR + 1, 2 * _NEAR + 1))
    return cv2.dilate(where.astype(np.uint8), kernel) > 0
