"""The cases that frames are measured on: photos with a face of known frame, part of it masked.

Two kinds.  `chips`: validation chips on larger canvases, cut down at random first, as in `training.data.squares`, so
that their borders do not follow the frame.  `photos`: whole photos, whose true frame is what the detector finds on the
undamaged picture.  A half face reaches to the photo's border; strokes are drawn on a square larger than the frame:
no hole ends where the frame does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.faces.choosing import find_faces
from engine.faces.frames import paste
from engine.fill.prefill import push_pull
from engine.geometry import CHIP, F32, U8, Box, Frame
from engine.photo.photos import Photo, read_photo
from training.data.shards import Chip, decode, read_shard
from training.errors import SourceError
from training.measuring.fixed_holes import PARTS, STROKES, measured_hole

KINDS = (*STROKES, *PARTS)
_GREY = 118
_CANVAS = 512
_WIDER = 1.25
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
_LEAST_VALID = 0.9


@dataclass(frozen=True, eq=False, slots=True)
class FrameCase:
    """`whole`: (H, W, 3) uint8; `mask`: (H, W) uint8 0|255; `frame`: the true one."""

    name: str
    source: str
    kind: str
    whole: U8
    mask: U8
    frame: Frame

    @property
    def photo(self) -> Photo:
        """The damaged photo: plain grey where masked."""
        return Photo.from_array(np.where(self.mask[..., None] > 0, np.uint8(_GREY), self.whole))


def chip_cases(shards: Sequence[Path], *, limit: int, kinds: Sequence[str], seed: int) -> Iterator[FrameCase]:
    """`limit` chips spread over the shards, each on a canvas with one hole; the kinds take turns."""
    files = [entry for path in shards for entry in read_shard(path)]
    if not files:
        raise SourceError("the shards hold no chips")
    for turn, place in enumerate(np.linspace(0, len(files) - 1, min(limit, len(files))).round().astype(int).tolist()):
        chip = decode(*files[place])
        if chip.valid.mean() > _LEAST_VALID:
            rng = np.random.default_rng((seed, place))
            whole, frame = _canvas(chip, rng)
            kind = kinds[turn % len(kinds)]
            yield FrameCase(chip.name, "chips", kind, whole, frame_hole(frame, whole.shape, kind, (seed, place)), frame)


def photo_cases(folder: Path, *, limit: int, kinds: Sequence[str], seed: int) -> Iterator[FrameCase]:
    """About `limit` cases spread over the photos of one face in a folder; the kinds take turns."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise SourceError(f"{folder} holds no photos")
    each = min(len(kinds), -(-limit // len(paths)))  # holes of a photo
    for place, path in enumerate(paths):
        photo = read_photo(path)
        faces = find_faces(photo)
        if len(faces) == 1:
            whole, frame = photo.rgb8(), faces[0].frame
            for kind in (kinds[(place * each + turn) % len(kinds)] for turn in range(each)):
                mask = frame_hole(frame, whole.shape, kind, (seed, place))
                yield FrameCase(path.name, "photos", kind, whole, mask, frame)


def frame_hole(frame: Frame, shape: tuple[int, ...], kind: str, seed: tuple[int, ...]) -> U8:
    """(H, W) uint8 0|255: the hole of a kind over a frame on a photo of that shape."""
    box = Box(0, 0, shape[1], shape[0])
    wider = _WIDER if kind in STROKES else 1.0
    hole = measured_hole(np.ones((CHIP, CHIP), bool), kind=kind, seed=seed)
    square = Frame(frame.cx, frame.cy, frame.side * wider, frame.angle)
    laid = paste(hole.astype(np.float32)[..., None], square, box)[..., 0] > 0.5  # repeats its border beyond the square
    if kind != "half face":
        laid &= paste(_inside(), square, box)[..., 0] > 0.5
    return np.where(laid, np.uint8(255), np.uint8(0))


def _inside() -> F32:
    inside = np.ones((CHIP, CHIP, 1), np.float32)
    inside[[0, -1]] = inside[:, [0, -1]] = 0
    return inside


def _canvas(chip: Chip, rng: np.random.Generator) -> tuple[U8, Frame]:
    """A photo of a chip: turned, cut down at random, smooth colours around it."""
    place = rng.uniform(0.42, 0.58, 2) * _CANVAS
    frame = Frame(float(place[0]), float(place[1]), float(rng.uniform(0.5, 0.9)) * _CANVAS, float(rng.normal(0, 8)))
    window = np.zeros((CHIP, CHIP), np.float32)
    low, high = rng.uniform(0.01, 0.14, 2) * CHIP, CHIP - rng.uniform(0.01, 0.14, 2) * CHIP
    window[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = 1
    window[~chip.valid] = 0
    box = Box(0, 0, _CANVAS, _CANVAS)
    laid = paste(np.dstack((chip.rgb / np.float32(255), window)), frame, box)
    rgb, inner = laid[..., :3], (laid[..., 3:] > 0.999).astype(np.float32)
    around = push_pull(rgb.transpose(2, 0, 1)[None], inner.transpose(2, 0, 1)[None])[0].transpose(1, 2, 0)
    # The soft rim lies inside the window.
    alpha = cv2.GaussianBlur(inner, (0, 0), float(rng.uniform(1, 10)))[..., None]
    alpha = ((alpha - 0.5) * 2).clip(0, 1)
    picture = 255 * (alpha * rgb + (1 - alpha) * cv2.GaussianBlur(around, (0, 0), 8)) + rng.normal(0, 1.5, rgb.shape)
    return np.rint(picture.clip(0, 255)).astype(np.uint8), frame
