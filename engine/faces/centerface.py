"""CenterFace, the face detector (Xu et al. 2019, MIT licence): boxes and five landmarks.

Its graph lies beside the networks' (resources/models).  Facts about it: RGB, 0..255, no mean taken off; sides
divisible by 32; four outputs at stride 4, namely the heat of a face's centre, the log of the box's height and width
in cells, the centre's offset from its cell (row, column), and five landmarks (row, column) in box sizes from the
box's top left corner.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from engine.geometry import F32, U8
from engine.runtime.catalog import DETECTOR, read_catalog

if TYPE_CHECKING:
    from engine.runtime.onnx_backend import Session

STRIDE = 4
MULTIPLE = 32
OVERLAP = 0.3
"""Two boxes that share more than this (intersection over union) are one face."""

THRESHOLD = 0.5
SIDE = 1024
"""The photo's larger side when it is looked at first."""
OTHERS = ((1920, 0), (512, 0), (512, 1), (512, 3), (512, 2))
"""Side and quarter turns of the tries where no face is seen: for small ones, and for one that fills the photo."""
_LEAN = 50.0
"""Degrees by which a face may lean and still be taken as it stands."""
_MISS = 0.4
"""Landmarks further than this from an upright face's are no face's that stands: a profile comes to 0.3."""
_LARGE = 0.12
"""Of the photo's smaller side: what is smaller and looks like a face may be none, in a photo on its side."""

_INPUT = "input.1"
_LARGEST_SCALE = 2.0

_LANDMARKS = np.array([38.3 + 51.7j, 73.5 + 51.5j, 56.0 + 71.7j, 41.5 + 92.4j, 70.7 + 92.2j])
"""Those of an upright face, as x + i * y: the mean ones that ArcFace aligns to (Deng et al. 2019)."""
_UPRIGHT = (_LANDMARKS - _LANDMARKS.mean()) / np.linalg.norm(_LANDMARKS - _LANDMARKS.mean())


class Detections(NamedTuple):
    """`boxes` (n, 4) left, top, right, bottom; `landmarks` (n, 5, 2) x, y; `scores` (n,) 0..1; best first."""

    boxes: F32
    landmarks: F32
    scores: F32


def find_faces(rgb8: U8) -> Detections:
    """Find the faces of a photo of any size, however it is turned, (H, W, 3) uint8 RGB, the largest first.

    The detector sees faces that lie on their side or upside down too, but misplaces their landmarks, and takes small
    things in a turned photo for faces.  So a face counts in the quarter turn in which its landmarks lie as an upright
    face's do.  A large one that stands upright is the quick case; else all turns are looked at, and if no face is seen
    in any, other scales.  Raises ModelError if the detector is missing or damaged.
    """
    found = _standing(rgb8, side=SIDE, turns=0)
    if not _clear(found, rgb8):
        found = max(found, *(_standing(rgb8, side=SIDE, turns=turns) for turns in (1, 2, 3)), key=_weight)
    for side, turns in OTHERS:
        if not len(found.scores):
            found = _standing(rgb8, side=side, turns=turns)
    area = (found.boxes[:, 2:] - found.boxes[:, :2]).prod(1)
    order = np.argsort(-area, kind="stable")
    return Detections(found.boxes[order], found.landmarks[order], found.scores[order])


def _standing(rgb8: U8, *, side: int, turns: int) -> Detections:
    """The faces that stand upright in the photo after that many quarter turns counterclockwise, in one run."""
    found = _try(rgb8, side=side, turns=turns)
    miss, angle = _fit(found.landmarks)
    upright = np.abs((angle - 90 * turns + 180) % 360 - 180) <= _LEAN
    return Detections(*(part[upright & (miss < _MISS)] for part in found))


def _fit(landmarks: F32) -> tuple[F32, F32]:
    """How far (n, 5, 2) landmarks are from those of an upright face laid on them, and its clockwise angle in degrees.

    The distance is a root mean square in units of the face's own, both (n,).
    """
    points = landmarks[..., 0] + 1j * landmarks[..., 1]
    points = points - points.mean(1, keepdims=True)
    move = points @ _UPRIGHT.conj()  # the nearest similarity; the template's own size is 1
    miss = np.sqrt((np.abs(points - move[:, None] * _UPRIGHT) ** 2).sum(1)) / np.maximum(np.abs(move), 1e-6)
    return miss.astype(np.float32), np.degrees(np.angle(move)).astype(np.float32)


def _weight(found: Detections) -> float:
    """How much faces speak for the turn that they stand in: large, surely seen, and like an upright face."""
    side = np.sqrt((found.boxes[:, 2:] - found.boxes[:, :2]).prod(1))
    return float((side * found.scores * (1 - _fit(found.landmarks)[0] / _MISS)).sum())


def _clear(found: Detections, rgb8: U8) -> bool:
    """Whether a photo that shows these faces can only be upright."""
    wide = found.boxes[:, 2] - found.boxes[:, 0] >= _LARGE * min(rgb8.shape[:2])
    return bool((wide & (_fit(found.landmarks)[0] < _MISS / 2)).any())


def _try(rgb8: U8, *, side: int, turns: int) -> Detections:
    """One run at that larger side, after `turns` quarter turns counterclockwise; in photo pixels."""
    height, width = rgb8.shape[:2]
    scale = min(side / max(height, width), 1.0 if side == SIDE else _LARGEST_SCALE)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = np.rot90(cv2.resize(rgb8, size, interpolation=kind), turns)
    found = find(np.ascontiguousarray(picture), threshold=THRESHOLD)
    corners = found.boxes.reshape(-1, 2, 2)
    points = np.concatenate([corners, found.landmarks], 1)
    for turn in range(turns):
        # A point at (x, y) of a picture turned counterclockwise stood at (its height - y, x) before.
        before = picture.shape[turn % 2]
        points = np.stack([before - points[..., 1], points[..., 0]], -1)
    points = points / (size[0] / width, size[1] / height)
    boxes = np.concatenate([points[:, :2].min(1), points[:, :2].max(1)], 1)
    return Detections(boxes.astype(np.float32), points[:, 2:].astype(np.float32), found.scores)


def find(rgb8: U8, *, threshold: float) -> Detections:
    """Run the detector once on (H, W, 3) uint8 RGB as it is; results in its pixels, the best first."""
    height, width = rgb8.shape[:2]
    # Padded, not stretched to the multiple: a stretched face is found less surely.
    padded = cv2.copyMakeBorder(rgb8, 0, -height % MULTIPLE, 0, -width % MULTIPLE, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    blob = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
    heat, scale, offset, points = _session().run({_INPUT: blob})
    return _distinct(_decode(heat[0, 0], scale[0], offset[0], points[0], threshold=threshold))


def _decode(heat: F32, scale: F32, offset: F32, points: F32, *, threshold: float) -> Detections:
    """Turn the four maps, (h, w) and (C, h, w), into boxes and landmarks in input pixels, best first."""
    row, column = np.nonzero(heat > threshold)
    best = np.argsort(-heat[row, column], kind="stable")
    row, column = row[best], column[best]
    size = np.exp(scale[::-1, row, column].T) * STRIDE
    centre = (np.stack([column, row], 1) + offset[::-1, row, column].T + 0.5) * STRIDE
    corner = centre - size / 2
    relative = points[:, row, column].T.reshape(-1, 5, 2)[:, :, ::-1]
    landmarks = corner[:, None] + relative * size[:, None]
    boxes = np.concatenate([corner, corner + size], 1)
    return Detections(boxes.astype(np.float32), landmarks.astype(np.float32), heat[row, column])


def _distinct(found: Detections) -> Detections:
    """Keep the best of every group of overlapping boxes (greedy non-maximum suppression)."""
    sizes = np.concatenate([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], 1)
    kept = cv2.dnn.NMSBoxes(sizes.tolist(), found.scores.tolist(), score_threshold=0.0, nms_threshold=OVERLAP)
    keep = np.asarray(kept, np.intp).reshape(-1)
    return Detections(found.boxes[keep], found.landmarks[keep], found.scores[keep])


@lru_cache(maxsize=1)
def _session() -> Session:
    from engine.runtime.onnx_backend import open_session

    return open_session(read_catalog().checked(DETECTOR))
