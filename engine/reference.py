"""A reference: a second photo of a person, or the other half of the same face, brought into the pose of a chip.

Both frames bring it near.  The first guess of what is hidden tells the rest, for it knows where an eye must lie, though
not what it looks like: eyes, nose and mouth are brought together, and then what both show at the hole.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.faces.choosing import find_faces
from engine.faces.frames import cut, detect
from engine.fill.underlay import Lay, Underlay, underlay
from engine.geometry import CHIP, F32, F64, Box, Size
from engine.photo.photos import Photo
from engine.request import Reference, Underneath
from engine.wording import Sentence

Flags = NDArray[np.bool_]

_REACH = 80.0  # chip pixels: landmarks that are nearer to the hole tell most of the pose there
_LEAST = 0.02  # weight of the others
_FARTHEST, _RATIO = 24.0, 1.25  # chip pixels and scale: frames are not further apart, so landmarks err
_AROUND, _SHIFT = 14, 6  # chip pixels around the hole that are compared, and by how many it may lie off
_PRICE = 0.02  # of a correlation, what the farthest shift costs
_FINE, _COARSE = 1.5, 12.0  # sigmas in chip pixels between which forms are compared, whatever their light
_EVEN, _FAINT = 16.0, 0.02  # sigma over which contrast is evened out; a contrast that is none, colours in 0..1


@dataclass(frozen=True, eq=False, slots=True)
class _Face:
    """`rgb`: (CHIP, CHIP, 3) float32 0..1; `known`: (CHIP, CHIP), where it shows something."""

    rgb: F32
    known: Flags


def reference_of(photo: Photo) -> Reference:
    """The largest face of a photo as a reference.  Raises RequestError if there is none, ModelError."""
    found = find_faces(photo)
    if not found:
        raise RequestError("{0}: shows no face, so it cannot be a reference", photo.path or Sentence("the photo"))
    chip, known = cut(photo, found[0].frame)
    picture = np.rint(chip * 255).astype(np.uint8)
    return Reference(chip=picture, known=np.where(known, 255, 0).astype(np.uint8), path=photo.path)


def laying(reference: Underneath, hole: Flags, known: Flags) -> Lay:
    """What lays a reference under the hole of a chip, given the first guess of that.

    `hole`: (CHIP, CHIP), what is hidden; `known`: (CHIP, CHIP), where the chip shows the photo.
    """

    def lay(guess: F32) -> Underlay | None:
        if reference == "mirror":
            face = _Face(np.ascontiguousarray(guess[:, ::-1]), known[:, ::-1])
        else:
            face = _Face((reference.chip / 255).astype(np.float32), reference.known > 0)
        posed = _moved(face, _pose(guess, face.rgb, hole))
        return underlay(posed.rgb, posed.known, guess=guess, hole=hole)

    return lay


def _moved(face: _Face, pose: F64) -> _Face:
    known = _warped(face.known.astype(np.float32), pose, border=cv2.BORDER_CONSTANT)
    return _Face(_warped(face.rgb, pose).clip(0, 1), known > 0.99)


def _warped(picture: F32, pose: F64, *, border: int = cv2.BORDER_REPLICATE) -> F32:
    """A picture as it lies in a pose."""
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, pose, (CHIP, CHIP), flags=flags, borderMode=border), np.float32)


def _pose(guess: F32, face: F32, hole: Flags) -> F64:
    """The (2, 3) affine matrix from the guess's pixels to the face's; that of the frames if nothing tells better."""
    pose = np.eye(2, 3)
    centre = np.argwhere(hole).mean(0)[::-1]
    here, there = _landmarks(guess), _landmarks(face)
    if here is not None and there is not None:
        weight = np.exp(-np.square(here - centre).sum(1) / (2 * _REACH**2)) + _LEAST
        met = _similarity(here - 0.5, there - 0.5, weight)
        ratio = float(np.hypot(*met[:, 0]))
        if np.hypot(*(met @ (*centre, 1) - centre)) < _FARTHEST and 1 / _RATIO < ratio < _RATIO:
            pose = met
    pose[:, 2] += pose[:, :2] @ _shift(guess, _warped(face, pose), hole)
    return pose


def _landmarks(chip: F32) -> F64 | None:
    """(5, 2) of the face in the chip's middle."""
    found = detect(np.rint(chip * 255).astype(np.uint8))
    middle = CHIP / 2
    nearest = min(found, key=lambda f: max(abs(f.frame.cx - middle), abs(f.frame.cy - middle)), default=None)
    return None if nearest is None else nearest.landmarks


def _similarity(here: F64, there: F64, weight: F64) -> F64:
    """The (2, 3) turn, scale and shift that brings points nearest to others, (n, 2) each, by their `weight` (n,)."""
    share = (weight / weight.sum())[:, None]
    a, b = (share * here).sum(0), (share * there).sum(0)
    x, y = here - a, there - b
    spread = (share * x * x).sum()
    c = (share * x * y).sum() / spread
    s = (share[:, 0] * (x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0])).sum() / spread
    turn = np.array([[c, -s], [s, c]])
    return np.column_stack((turn, b - turn @ a))


def _shift(guess: F32, face: F32, hole: Flags) -> F64:
    """(x, y) in whole pixels: where the face's forms lie off those of the guess, at the hole."""
    inner = Box(0, 0, CHIP, CHIP).grown(-_SHIFT)
    x, y, width, height = cv2.boundingRect(hole.astype(np.uint8))
    window = Box(x, y, x + width, y + height).grown(_AROUND).intersection(inner)
    if window.empty:
        return np.zeros(2)
    wide = window.grown(_SHIFT).clipped(Size(CHIP, CHIP))
    alike = cv2.matchTemplate(_forms(face)[wide.slices], _forms(guess)[window.slices], cv2.TM_CCOEFF_NORMED)
    at = np.arange(-_SHIFT, _SHIFT + 1) / _SHIFT
    row, column = np.unravel_index(np.argmax(alike - _PRICE * np.hypot(*np.meshgrid(at, at))), alike.shape)
    return np.array([column - _SHIFT, row - _SHIFT], float)


def _forms(chip: F32) -> F32:
    """(S, S): neither light nor grain of a chip, and everywhere of one contrast."""
    grey = np.asarray(chip.mean(2), np.float32)
    band = cv2.GaussianBlur(grey, (0, 0), _FINE) - cv2.GaussianBlur(grey, (0, 0), _COARSE)
    return np.asarray(band / (np.sqrt(cv2.GaussianBlur(band * band, (0, 0), _EVEN)) + _FAINT), np.float32)
