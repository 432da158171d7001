"""One photo -> the chips of its faces, through the engine's own detector and alignment."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from engine.errors import EngineError
from engine.faces import frames
from engine.geometry import Frame
from engine.photo.photos import Photo, read_photo
from training.data.layouts import LAYOUTS, Item

_QUALITY = 90
_LEAST_VALID = 0.6  # a face cut by more of the photo's rim teaches little

Why = Literal["", "unreadable", "no face found", "face too small", "face beyond the rim"]


@dataclass(frozen=True, slots=True)
class CutSettings:
    """`size`: a chip's side in pixels; `smallest`: the least side of a frame on the photo, in chip sides."""

    layout: str
    size: int
    smallest: float


@dataclass(frozen=True, slots=True)
class Cut:
    """What came of one photo: (name, WebP bytes) of its chips, the file's SHA-256, or why there are none."""

    digest: str
    chips: tuple[tuple[str, bytes], ...] = ()
    why: Why = ""
    detail: str = ""


def cut_item(item: Item, settings: CutSettings) -> Cut:
    """Read a photo, frame its faces, cut those that are large enough.  A bad photo is a reason, no error."""
    try:
        digest = hashlib.sha256(item.path.read_bytes()).hexdigest()
        photo = read_photo(item.path)
    except (EngineError, OSError) as error:
        return Cut("", why="unreadable", detail=str(error))
    found = _frames(item, photo, settings)
    if not found:
        return Cut(digest, why="no face found")
    large = [f for f in found if f.side >= settings.smallest * settings.size]
    if not large:
        return Cut(digest, why="face too small", detail=f"{max(f.side for f in found):.0f} pixels")
    chips = [frames.cut(photo, frame, settings.size) for frame in large]
    kept = [(chip, valid) for chip, valid in chips if np.mean(valid) >= _LEAST_VALID]
    if not kept:
        return Cut(digest, why="face beyond the rim")
    prefix = LAYOUTS[settings.layout].prefix
    return Cut(digest, tuple(_encode(chip, valid, prefix) for chip, valid in kept))


def _frames(item: Item, photo: Photo, settings: CutSettings) -> list[Frame]:
    layout = LAYOUTS[settings.layout]
    if item.points is not None:
        return [frames.align(item.points)]
    found = [face.frame for face in frames.detect(photo.rgb8())]
    if not found and layout.aligned and photo.size.width == photo.size.height:
        side = float(photo.size.width)
        return [Frame(side / 2, side / 2, side)]
    if layout.one_face and found:
        return [max(found, key=lambda frame: frame.side)]
    return found


def _encode(chip: np.ndarray, valid: np.ndarray, prefix: str) -> tuple[str, bytes]:
    """Name (from the pixels, so that equal chips are one file) and WebP bytes of an RGBA chip."""
    alpha = np.where(valid > 0, 255, 0).astype(np.uint8)
    rgb = np.rint(np.clip(chip, 0, 1) * 255).astype(np.uint8)
    rgba = np.dstack((np.where(alpha[..., None] > 0, rgb, 0), alpha)).astype(np.uint8)
    name = f"{prefix}-{hashlib.sha256(rgba.tobytes()).hexdigest()[:10]}.webp"
    data = io.BytesIO()
    Image.fromarray(rgba).save(data, "WEBP", quality=_QUALITY, method=4)
    return name, data.getvalue()
