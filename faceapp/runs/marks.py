"""What a job marks on a photo as missing and as blurred, in the size of its result."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import engine
from faceapp.messages import UsageError

NO_FACES = engine.Sentence("no face was found: nothing to make sharp")

Blurred = Path | Literal["faces"]
"""A mask of what is blurred, or all faces that are found."""


@dataclass(frozen=True, eq=False, slots=True)
class Marks:
    """(H, W) uint8 each, and the faces' frames in pixels of the result; None: they have to be found."""

    mask: engine.U8
    blurred: engine.U8 | None
    frames: tuple[engine.Frame, ...] | None

    @property
    def empty(self) -> bool:
        """Whether nothing is marked."""
        return bool(engine.is_empty(self.mask)) and (self.blurred is None or bool(engine.is_empty(self.blurred)))

    @property
    def either(self) -> engine.U8:
        """(H, W) uint8, over 127 where anything is marked."""
        return self.mask if self.blurred is None else engine.united(self.mask, self.blurred)


def marks_on(
    source: engine.Photo,
    mask: engine.U8 | None,
    blurred: Blurred | None,
    *,
    frames: tuple[engine.Frame, ...] = (),
    faces: tuple[int, ...] = (),
    scale: int = 1,
    aligned: bool = False,
    tell: Callable[[engine.Sentence], None] = lambda _note: None,
) -> Marks:
    """Enlarge the mask of what is missing (None: nothing is) and read or find what is blurred.

    `mask`: (H, W) uint8 of the photo's size; `frames`: faces by hand, in the photo's pixels; `faces`: of the faces,
    largest first, the numbers of the blurred ones, from 1, or empty; `aligned`: the photo is one face, and none is
    looked for; `tell` hears how an odd mask was read.  Raises UsageError for a number that is not there or a frame
    with nothing in it, RequestError for an aligned face that is no square, MaskError and PhotoError for a mask.
    """
    marks = _found(source, mask, blurred, frames=frames, faces=faces, scale=scale, aligned=aligned, tell=tell)
    for frame in frames:
        _check_frame(frame, source.size, marks.either, scale)
    return marks


def _found(
    source: engine.Photo,
    mask: engine.U8 | None,
    blurred: Blurred | None,
    *,
    frames: tuple[engine.Frame, ...],
    faces: tuple[int, ...],
    scale: int,
    aligned: bool,
    tell: Callable[[engine.Sentence], None],
) -> Marks:
    size = engine.Size(source.size.width * scale, source.size.height * scale)
    whole = mask is not None and scale == 1
    large = engine.nothing(size) if mask is None else mask if whole else mask.repeat(scale, 0).repeat(scale, 1)
    given = tuple(_scaled(frame, scale) for frame in frames) or None
    if blurred is None:
        return Marks(large, None, given)
    if blurred != "faces":
        return Marks(large, engine.read_mask(blurred, size, tell=tell), given)
    chosen = _numbered(given or tuple(_scaled(frame, scale) for frame in _faces(source, aligned)), faces)
    soft = engine.mark_faces(chosen, size) if chosen else None
    if aligned or not engine.is_empty(large):  # what is missing may hide more faces than are found
        return Marks(large, soft, given)
    return Marks(large, soft, chosen or None)


def _faces(source: engine.Photo, aligned: bool) -> tuple[engine.Frame, ...]:
    return (engine.whole_frame(source),) if aligned else tuple(face.frame for face in engine.find_faces(source))


def _numbered(frames: tuple[engine.Frame, ...], numbers: tuple[int, ...]) -> tuple[engine.Frame, ...]:
    if frames and max(numbers, default=0) > len(frames):
        raise UsageError("there is no face {0}; {1} were found", max(numbers), len(frames))
    return tuple(frame for number, frame in enumerate(frames, 1) if not numbers or number in numbers)


def check_mask(mask: Path, photo: Path) -> None:
    """Raise UsageError if a mask is the photo itself, or a copy of it."""
    try:
        same = filecmp.cmp(mask, photo, shallow=False)
    except OSError:  # whoever reads it says so
        return
    if same:
        raise UsageError("{0}: is the photo itself; a mask is a picture that is light where the photo is bad", mask)


def _check_frame(frame: engine.Frame, size: engine.Size, marks: engine.U8, scale: int) -> None:
    """Raise UsageError if there is nothing to do in a frame that was asked for."""
    named = f"{frame.cx:g},{frame.cy:g},{frame.side:g},{frame.angle:g}"
    if frame.box().clipped(size).empty:
        raise UsageError("the frame {0} lies outside the photo of {1} x {2} pixels", named, size.width, size.height)
    if not (engine.cut_mask(marks, _scaled(frame, scale), 64) > engine.HOLE_COVERAGE).any():
        raise UsageError("the frame {0} holds nothing that is masked: no face would be restored", named)


def _scaled(frame: engine.Frame, scale: int) -> engine.Frame:
    return replace(frame, cx=frame.cx * scale, cy=frame.cy * scale, side=frame.side * scale)
