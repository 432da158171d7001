"""Faces: find them, frame them, cut the chip, paste it back.

Coordinates here count from the photo's top left edge, x to the right, y down, so a pixel's centre lies at .5;
OpenCV's own count starts at that pixel's centre, and `_warp` is the one place that converts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import MaskError
from engine.geometry import CHIP, F32, F64, U8, Box, Frame, Size

Flags = NDArray[np.bool_]

HOLE_COVERAGE = 0.01
"""A chip pixel belongs to the hole when `cut_mask` gives it more than this."""

_SPECK = 0.1
_HEAD = (0.9, 1.0)  # width and height of a head with its hair, in sides of the frame
_MASK_SET = 127
_BAND = 1 << 21
_SMALLEST_FRAME = 64.0
_FRAME_ROOM = 1.6


class Source(Protocol):
    """What `cut` needs of a photo; `engine.photo.photos.Photo` is one."""

    @property
    def size(self) -> Size: ...

    def rgb(self, box: Box | None = None) -> F32:
        """(h, w, 3) float32 RGB, 0..1, of that part of the photo."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """A face found on a photo.

    `landmarks` (5, 2) are x, y of left eye, right eye, nose, left and right mouth corner: left and right of
    the picture, not of the person.  `score` is the detector's confidence, 0..1.
    """

    box: Box
    landmarks: F64
    score: float

    @property
    def frame(self) -> Frame:
        return align(self.landmarks)


def align(landmarks: F64) -> Frame:
    """Frame a face from its five landmarks, (5, 2) in photo pixels, as FFHQ does (Karras et al. 2019).

    The order is left eye, right eye, nose, left and right mouth corner, as seen in the picture.
    """
    points = np.asarray(landmarks, np.float64)
    eyes, mouth = points[:2].mean(0), points[3:5].mean(0)
    eye_line, down = points[1] - points[0], mouth - eyes
    x = eye_line - np.array([-down[1], down[0]])
    half = max(2.0 * math.hypot(*eye_line), 1.8 * math.hypot(*down))
    centre = eyes + 0.1 * down
    return Frame(float(centre[0]), float(centre[1]), 2 * half, math.degrees(math.atan2(x[1], x[0])))


def detect(rgb8: U8) -> list[Face]:
    """Find the faces in (H, W, 3) uint8 RGB, largest first.

    Loads the detector and onnxruntime at the first call.  Raises ModelError if the detector is missing.
    """
    from engine.faces.centerface import find_faces

    return [
        Face(Box(*(round(float(v)) for v in box)), points.astype(np.float64), float(score))
        for box, points, score in zip(*find_faces(rgb8), strict=True)
    ]


def frame_around(mask: U8, size: Size) -> Frame:
    """An upright square around what is masked, for a photo on which no face was found.

    `mask` is (H, W) uint8 of a photo of that size.  The side is 1.6 times the masked area's larger side and
    at least 64 pixels; the square is moved, never shrunk, to lie on the photo where it fits.  Raises
    MaskError on an empty mask.
    """
    x, y, width, height = cv2.boundingRect((mask > _MASK_SET).view(np.uint8))
    if width == 0:
        raise MaskError("The mask is empty: nothing is marked for restoring.")
    side = max(_FRAME_ROOM * max(width, height), _SMALLEST_FRAME)

    def placed(centre: float, extent: int) -> float:
        return min(max(centre, side / 2), extent - side / 2) if side <= extent else extent / 2

    return Frame(placed(x + width / 2, size.width), placed(y + height / 2, size.height), side)


def mark_faces(frames: Sequence[Frame], size: Size) -> U8:
    """A mask, (H, W) uint8 for a photo of that size, of an ellipse in each frame: head and hair, little beside them."""
    mask = np.zeros((size.height, size.width), np.uint8)
    for frame in frames:
        centre = (frame.cx - 0.5, frame.cy - 0.5)
        cv2.ellipse(mask, (centre, (_HEAD[0] * frame.side, _HEAD[1] * frame.side), frame.angle), (255,), -1)
    return mask


def cut(photo: Source, frame: Frame, size: int = CHIP) -> tuple[F32, Flags]:
    """Cut the chip that a frame marks out of a photo, antialiased.

    Returns the chip, (size, size, 3) float32 RGB 0..1, and where it shows the photo, (size, size) bool.
    Beyond the photo the chip repeats the nearest pixel, so that no false edge appears.  Reads the frame's box
    only, in bands: a huge face costs no more memory than a small one.
    """
    reach = _reach(frame, size)
    box = reach.clipped(photo.size)
    to_photo = frame.to_photo(size)
    if box.empty:
        return np.zeros((size, size, 3), np.float32), np.zeros((size, size), bool)
    chip = _cut(photo.rgb, box, to_photo, size=size, kind=cv2.INTER_CUBIC)
    return chip.clip(0, 1), _inside(to_photo, photo.size, size)


def cut_mask(mask: U8, frame: Frame, size: int = CHIP) -> F32:
    """Cut the chip of a mask, (H, W) uint8 of the photo's size: (size, size) float32, the share masked.

    No damage is lost, however thin: where a chip pixel covers many photo pixels, each block of them that
    holds a masked one counts at least 0.1, so `cut_mask(...) > HOLE_COVERAGE` marks a scratch of one pixel
    on a face of any size.
    """
    height, width = mask.shape
    box = _reach(frame, size).clipped(Size(width, height))
    if box.empty:
        return np.zeros((size, size), np.float32)

    def share(part: Box) -> F32:
        return (mask[part.slices] > _MASK_SET).astype(np.float32)

    cover = _cut(share, box, frame.to_photo(size), size=size, kind=cv2.INTER_LINEAR, least=_SPECK)
    cover[~_inside(frame.to_photo(size), Size(width, height), size)] = 0
    return cover.clip(0, 1)


def paste(chip: F32, frame: Frame, box: Box) -> F32:
    """Lay a (size, size, C) float32 chip onto the photo's pixels of `box`: (h, w, C), the inverse of `cut`.

    Cubic where it enlarges (it may overshoot the chip's range a little), area-averaged where it shrinks.
    Beyond the chip its border is repeated: the caller blends by a mask that lies inside.
    """
    size = chip.shape[0]
    to_chip = _inverse(frame.to_photo(size))
    to_chip[:, 2] += to_chip[:, :2] @ np.array([box.left, box.top])
    shrink = max(1, int(size / frame.side))
    small = _shrunk(lambda part: chip[part.slices], Box(0, 0, size, size), shrink)
    laid = _warp(small, to_chip / shrink, Size(box.width, box.height), cv2.INTER_CUBIC)
    return laid.reshape(box.height, box.width, *chip.shape[2:])


def _reach(frame: Frame, size: int) -> Box:
    """The photo pixels that the chip's interpolation can touch."""
    return frame.box().grown(2 + math.ceil(2 * frame.side / size))


def _inverse(matrix: F64) -> F64:
    """The (2, 3) affine matrix that undoes another."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.concatenate([turn, -turn @ matrix[:, 2:]], 1)


def _inside(to_photo: F64, photo: Size, size: int) -> Flags:
    """(size, size) bool: the chip pixels whose centre lies on the photo."""
    at = np.arange(size) + 0.5
    x = to_photo[0, 0] * at[None, :] + to_photo[0, 1] * at[:, None] + to_photo[0, 2]
    y = to_photo[1, 0] * at[None, :] + to_photo[1, 1] * at[:, None] + to_photo[1, 2]
    inside: Flags = (x >= 0) & (x < photo.width) & (y >= 0) & (y < photo.height)
    return inside


def _cut(read: Callable[[Box], F32], box: Box, to_photo: F64, *, size: int, kind: int, least: float = 0.0) -> F32:
    """Shrink `box` by a whole factor to less than twice the chip's resolution, then warp it onto the chip."""
    shrink = max(1, int(math.hypot(*to_photo[:, 0])))
    small = _shrunk(read, box, shrink)
    if least:
        small[(small > 0) & (small < least)] = least
    to_small = to_photo.copy()
    to_small[:, 2] -= (box.left, box.top)
    return _warp(small, to_small / shrink, Size(size, size), kind)


def _shrunk(read: Callable[[Box], F32], box: Box, factor: int) -> F32:
    """Average `box` over blocks of factor x factor pixels, read in bands of rows; partial blocks repeat."""
    if factor == 1:
        return read(box)
    step = factor * max(1, _BAND // (factor * box.width))
    columns = -(-box.width // factor)
    bands = []
    for top in range(box.top, box.bottom, step):
        part = Box(box.left, top, box.right, min(top + step, box.bottom))
        pixels = cv2.copyMakeBorder(read(part), 0, -part.height % factor, 0, -part.width % factor, cv2.BORDER_REPLICATE)
        bands.append(cv2.resize(pixels, (columns, pixels.shape[0] // factor), interpolation=cv2.INTER_AREA))
    return np.concatenate(bands)


def _warp(source: F32, to_source: F64, size: Size, kind: int) -> F32:
    """Sample `source` at every pixel of a picture of that size; `to_source` maps its edges to the source's.

    Where the source is finer than the result (up to twice), the sampling is doubled and averaged.
    """
    finer = math.hypot(*to_source[:, 0]) > 1 + 1e-6
    matrix = to_source.astype(np.float64)
    if finer:
        matrix = matrix * np.array([[0.5, 0.5, 1.0]])
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    over = 2 if finer else 1
    picture = cv2.warpAffine(
        np.ascontiguousarray(source, np.float32),
        matrix,
        (size.width * over, size.height * over),
        flags=kind | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if finer:
        picture = cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.float32)
