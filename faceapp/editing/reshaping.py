"""Crop, turn, mirror, straighten: the picture as another one, with mask, frames and drawn edges going along.  No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

import engine
from engine.geometry import U8, Box, Frame, Size
from engine.request import Reference, Underneath
from faceapp.editing.layout import Layout
from faceapp.editing.picture import Picture
from faceapp.editing.variant import Variant

Edges = U8 | None


@dataclass(frozen=True)
class Turn:
    """As an EXIF orientation says it: 6 to the right, 8 to the left, 3 half round, 2 mirrored, left for right."""

    orientation: int


@dataclass(frozen=True)
class Crop:
    """What lies inside a box on the photo."""

    box: Box


@dataclass(frozen=True)
class Straighten:
    """Clockwise by a small angle, cut to what the photo covers then."""

    degrees: float


Reshape = Turn | Crop | Straighten


@dataclass(frozen=True, eq=False)
class Content:
    """All of a document that has a place on the photo."""

    picture: Picture
    masks: tuple[U8, ...]
    layout: Layout
    results: tuple[Variant, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes held beside the picture."""
        offered = sum(variant.nbytes for variant in self.results)
        return offered + sum(int(mask.nbytes) for mask in self.masks) + self.layout.nbytes


def reshaped(content: Content, change: Reshape) -> Content:
    """The content after a change; a frame that lies beyond the photo then is left out.  For a worker."""
    original, size = content.picture.original, content.picture.size
    there = engine_photo(original, change)
    picture = Picture(there)
    changed = _changed(content.picture.changed, change, size, there.size)
    if not changed.empty:
        pixels = engine_photo(content.picture.photo(), change).pixels[changed.slices]
        picture = picture.patched(changed, pixels, drawn=content.picture.drawn)
    before = content.layout
    layout = replace(
        before,
        frames=tuple(_moved(frame, change, size) for frame in before.frames),
        edges=tuple(_flipped(edges, change) for edges in before.edges),
        reference=_flipped_reference(before.reference, change),
    )
    layout = layout.with_frames([frame for frame in layout.frames if not frame.box().clipped(there.size).empty], 0)
    return Content(picture, tuple(_mask(mask, change) for mask in content.masks), layout)


def _changed(box: Box, change: Reshape, size: Size, goal: Size) -> Box:
    """Where what lay in a box may lie then."""
    if isinstance(change, Turn):
        return engine.turned_box(box, size, change.orientation)
    if isinstance(change, Crop):
        return box.seen_from(change.box).clipped(goal)
    return Box(0, 0, 0, 0) if box.empty else Box(0, 0, goal.width, goal.height)


def engine_photo(photo: engine.Photo, change: Reshape) -> engine.Photo:
    """The photo itself after a change."""
    if isinstance(change, Turn):
        return engine.turned(photo, change.orientation)
    if isinstance(change, Crop):
        return engine.cropped(photo, change.box)
    return engine.straightened(photo, change.degrees)


def _mask(mask: U8, change: Reshape) -> U8:
    """A writable mask of the new shape."""
    if not isinstance(change, Straighten):
        return engine_photo(engine.Photo.from_array(mask), change).pixels.astype(np.uint8)
    return np.asarray(engine.straighten(mask, change.degrees), np.uint8)


def _flips(change: Reshape) -> bool:
    return isinstance(change, Turn) and change.orientation in MIRRORED


def _flipped_reference(reference: Underneath | None, change: Reshape) -> Underneath | None:
    """A person in a mirrored photo is as in a mirror."""
    return reference.mirrored if isinstance(reference, Reference) and _flips(change) else reference


def _flipped(edges: Edges, change: Reshape) -> Edges:
    """Edges lie on a frame that is never mirrored, so they are."""
    if edges is None or not _flips(change):
        return edges
    mirrored = edges[:, ::-1].copy()
    mirrored.flags.writeable = False
    return mirrored


MIRRORED = {2: 0, 4: 180, 5: 270, 7: 90}
"""Orientations that mirror left for right first, and by how many degrees they turn clockwise then."""
TURNED = {1: 0, 3: 180, 6: 90, 8: 270}


def _moved(frame: Frame, change: Reshape, size: Size) -> Frame:
    if isinstance(change, Crop):
        return replace(frame, cx=frame.cx - change.box.left, cy=frame.cy - change.box.top)
    if isinstance(change, Straighten):
        return _rotated(frame, change.degrees, size, engine.straight_size(size, change.degrees))
    if change.orientation in MIRRORED:
        frame = replace(frame, cx=size.width - frame.cx, angle=-frame.angle)
    degrees = MIRRORED.get(change.orientation, TURNED.get(change.orientation, 0))
    goal = Size(size.height, size.width) if degrees % 180 else size
    return _rotated(frame, degrees, size, goal)


def _rotated(frame: Frame, degrees: float, size: Size, goal: Size) -> Frame:
    """Turned clockwise about the photo's middle, which becomes that of `goal`."""
    turn = math.radians(degrees)
    x, y = frame.cx - size.width / 2, frame.cy - size.height / 2
    cx = goal.width / 2 + x * math.cos(turn) - y * math.sin(turn)
    cy = goal.height / 2 + x * math.sin(turn) + y * math.cos(turn)
    return replace(frame, cx=cx, cy=cy, angle=(frame.angle + degrees + 180) % 360 - 180)
