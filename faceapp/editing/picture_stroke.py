"""Strokes that change the picture itself: clone, heal, and bring the original back.  No Qt.

The picture is exchanged as the stroke goes on; at its end it is one undo step.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import engine
from engine.geometry import U8, Box
from faceapp.editing import mask_tools
from faceapp.editing.boxes import inside
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Brush, Point
from faceapp.editing.picture import Picture, Pixels

HARD_MODES = ("1", "P")
"""Modes whose numbers are no amounts, so that nothing lies between two of them."""


class PictureStroke:
    """A brush stroke on a document's picture, in the making."""

    def __init__(self, document: Document, name: str) -> None:
        self._document, self._name = document, name
        self.before = self._shown = document.picture
        self.box = Box(0, 0, 0, 0)
        """What the stroke has touched."""
        self._coverage: U8 = np.zeros(document.mask.shape, np.uint8)  # memory only where it is written
        self._stroke = mask_tools.Stroke(self._coverage)

    @property
    def open(self) -> bool:
        """Whether it may go on; an undo in between has closed it."""
        return self._document.picture is self._shown

    def to(self, point: Point, brush: Brush) -> Box:
        """Go on to a point; returns the box that is covered otherwise now."""
        touched = self._stroke.to(point, brush)
        self.box = self.box.union(touched)
        return touched

    def lay(self, box: Box, pixels: Pixels) -> None:
        """Show these pixels inside a box as far as the stroke covers it."""
        if box.empty or not self.open:
            return
        mixed = mixture(self.before.pixels_in(box), pixels, self._coverage[box.slices], mode=self.before.original.mode)
        self._shown = self._shown.patched(box, mixed)
        self._document.show_picture(self._shown, box)

    def heal(self) -> None:
        """Fill what the stroke covers from around it."""
        size = self.before.size
        near = self.box.grown(engine.heal_reach(self.box)).clipped(size)
        if self.box.empty or not self.open:
            return
        photo = replace(self.before.original, pixels=self.before.pixels_in(near))
        coverage = self._coverage[near.slices]
        rgb = engine.heal(photo.rgb(), coverage)
        there = inside(self.box, near)
        alpha = np.asarray(coverage[there.slices] / 255, np.float32)
        healed = photo.painted(there, rgb[there.slices], alpha).pixels[there.slices]
        self._shown = self._shown.patched(self.box, healed)
        self._document.show_picture(self._shown, self.box)

    def commit(self) -> None:
        """Make it one undo step; none if it changed nothing."""
        if self.open and self._shown is not self.before:
            self._document.keep_picture(self.before, self.box, self._name)

    def cancel(self) -> None:
        """Put the picture back as it was."""
        if self.open and self._shown is not self.before:
            self._document.show_picture(self.before, self.box)


def mixture(old: Pixels, new: Pixels, coverage: U8, *, mode: str) -> Pixels:
    """Old pixels where nothing is covered, bit for bit, new ones where all is, and what lies between."""
    share = coverage if old.ndim == 2 else coverage[..., None]
    if mode in HARD_MODES:
        return np.where(share > 127, new, old)
    weight = share.astype(np.int64)
    mixed = (old * (255 - weight) + new * weight + 127) // 255
    return np.where(share > 0, mixed, old).astype(old.dtype)


def shifted(picture: Picture, box: Box, dx: int, dy: int) -> Pixels:
    """The pixels from (dx, dy) beside a box; where that lies beyond the photo, the box's own."""
    there = Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy).clipped(picture.size)
    pixels = picture.pixels_in(box).copy()
    if not there.empty:
        here = Box(there.left - dx, there.top - dy, there.right - dx, there.bottom - dy)
        pixels[inside(here, box).slices] = picture.pixels_in(there)
    return pixels
