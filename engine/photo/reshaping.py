"""Photos cut, turned, mirrored and straightened, with what their files say of it kept true.

Crops, quarter turns and mirroring move pixels and change none; straightening computes every pixel anew.
"""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.geometry import Box, Size
from engine.photo import jpeg
from engine.photo.metadata import JpegCoding, Metadata, oriented_exif, reshaped_metadata, upright
from engine.photo.photos import Photo
from engine.photo.segments import reoriented

Pixels = NDArray[np.unsignedinteger[Any]]

INVERSE = {6: 8, 8: 6}
"""The orientation that undoes another, where that is not the same."""


def turned(photo: Photo, orientation: int) -> Photo:
    """The photo turned and mirrored as EXIF `orientation` (1..8) asks: 6 to the right, 8 to the left, 2 mirrors.

    A JPEG is saved as it lies, with its orientation told, so that not one of its squares is compressed again.
    """
    pixels = np.ascontiguousarray(upright(photo.pixels, orientation))
    return replace(photo, pixels=_read_only(pixels), metadata=_turned_metadata(photo.metadata, orientation))


def cropped(photo: Photo, box: Box) -> Photo:
    """The part of the photo inside a box, which must lie on it and not be empty; raises ValueError.

    A JPEG keeps its coefficients if the box begins where one of its squares does.
    """
    if box.empty or box.clipped(photo.size) != box:
        raise ValueError(f"{box} is no part of a photo of {photo.size}")
    pixels, metadata = photo.pixels[box.slices], reshaped_metadata(photo.metadata)
    coding = photo.metadata.jpeg
    if coding is not None:
        lying = turned_box(box, photo.size, INVERSE.get(coding.orientation, coding.orientation))
        file = jpeg.cropped(coding.file, lying)
        decoded = None if file is None else _decoded(file, photo.mode, coding.orientation)
        if file is not None and decoded is not None and decoded.shape == pixels.shape:
            pixels, metadata = decoded, replace(photo.metadata, jpeg=replace(coding, file=file))
    return replace(photo, pixels=_read_only(np.array(pixels)), metadata=metadata)


def turned_box(box: Box, size: Size, orientation: int) -> Box:
    """Where a box of a picture of that size lies once that is turned as EXIF `orientation` (1..8) asks."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    width, height = size.width, size.height
    if orientation > 4:
        left, top, right, bottom, width, height = top, left, bottom, right, height, width
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return Box(left, top, right, bottom)


def _decoded(file: bytes, mode: str, orientation: int) -> Pixels | None:
    """The pixels of a JPEG that has been cut: beside the cut a decoder smooths the colours otherwise."""
    with Image.open(io.BytesIO(file)) as image:
        return upright(np.asarray(image), orientation) if image.mode == mode else None


def straightened(photo: Photo, degrees: float) -> Photo:
    """The photo turned clockwise by a small angle, and what lies inside it then: `straight_size` pixels."""
    smooth = photo.mode not in ("1", "P")
    pixels = straighten(photo.pixels, degrees, kind=cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST)
    return replace(photo, pixels=_read_only(pixels), metadata=reshaped_metadata(photo.metadata))


def straighten(pixels: Pixels, degrees: float, *, kind: int = cv2.INTER_LINEAR) -> Pixels:
    """(h, w, ...) of (H, W, ...) pixels turned clockwise about their middle and cut to what is covered."""
    size = Size(pixels.shape[1], pixels.shape[0])
    goal = straight_size(size, degrees)
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    to_source = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    middle = np.array([(goal.width - 1) / 2, (goal.height - 1) / 2])
    to_source[:, 2] = ((size.width - 1) / 2, (size.height - 1) / 2) - to_source[:, :2] @ middle
    flags = kind | cv2.WARP_INVERSE_MAP
    shape = (goal.width, goal.height)
    return np.asarray(cv2.warpAffine(pixels, to_source, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def straight_size(size: Size, degrees: float) -> Size:
    """The largest rectangle, by area, that a picture of that size covers wholly after a turn by `degrees`."""
    sin, cos = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    long, short = max(size.width, size.height), min(size.width, size.height)
    if short <= 2 * sin * cos * long:  # two corners touch the long side
        half = short / 2
        width, height = (half / sin, half / cos) if size.width >= size.height else (half / cos, half / sin)
    else:
        double = cos * cos - sin * sin
        width, height = (
            (size.width * cos - size.height * sin) / double,
            (size.height * cos - size.width * sin) / double,
        )
    return Size(max(1, math.floor(width + 1e-6)), max(1, math.floor(height + 1e-6)))


def composed(first: int, second: int) -> int:
    """The orientation (1..8) that does what `first` and then `second` do."""
    probe = np.arange(6, dtype=np.uint8).reshape(2, 3)
    goal = upright(upright(probe, first), second)
    return next(code for code in range(1, 9) if np.array_equal(upright(probe, code), goal))


def snapped(photo: Photo, box: Box) -> Box:
    """The box, grown so that a JPEG can be cut there without being compressed again; for other photos as it is."""
    coding = photo.metadata.jpeg
    if coding is None:
        return box
    high, wide = jpeg.squares(coding.file)
    back = INVERSE.get(coding.orientation, coding.orientation)
    lying = turned_box(box, photo.size, back)
    lying = replace(lying, left=lying.left - lying.left % wide, top=lying.top - lying.top % high)
    size = photo.size if back <= 4 else Size(photo.size.height, photo.size.width)
    return turned_box(lying, size, coding.orientation)


def _turned_metadata(metadata: Metadata, orientation: int) -> Metadata:
    """What is said of the turned picture; a JPEG goes on lying as it lay, where its EXIF has room to say so."""
    swapped, dpi = orientation > 4, metadata.dpi
    coding = metadata.jpeg and _turned_coding(metadata.jpeg, orientation)
    return replace(
        metadata if coding else reshaped_metadata(metadata),
        exif=metadata.exif and oriented_exif(metadata.exif, 1, swapped=swapped),
        dpi=(dpi[1], dpi[0]) if dpi and swapped else dpi,
        jpeg=coding,
    )


def _turned_coding(coding: JpegCoding, orientation: int) -> JpegCoding | None:
    turn = composed(coding.orientation, orientation)
    try:
        return replace(coding, orientation=turn, file=reoriented(coding.file, turn))
    except ValueError:
        return None


def _read_only(pixels: Pixels) -> Pixels:
    pixels.flags.writeable = False
    return pixels
