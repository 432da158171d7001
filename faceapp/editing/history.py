"""Undo and redo as patches: the pixels that were there, never copies of the picture.

A step knows how to *swap* what it holds with what the document holds.  Undo and redo are the same swap, so
they are bit-exact in any order, and a step never needs both the old and the new pixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from itertools import count
from typing import Generic, Protocol, TypeVar

import numpy as np

from engine.geometry import U8, Box, Size
from faceapp.editing.boxes import TileKey, bounding, tile_box, tile_keys

T = TypeVar("T")


class HistoryStep(Protocol):
    """One thing a user did."""

    @property
    def name(self) -> str:
        """What the menu calls it."""

    @property
    def nbytes(self) -> int:
        """Memory held for it."""

    def swap(self) -> None:
        """Exchange the remembered state with the present one: undo and redo alike."""


class History:
    """A linear undo stack bounded in bytes; the newest step is kept even if it alone is over the bound.

    Every state of the document has a serial number, that of the step which led to it, so "is this the saved
    state?" is one comparison, whatever was undone, redone or forgotten in between.
    """

    def __init__(
        self,
        limit: int = 256 << 20,
        *,
        changed: Callable[[], None] = lambda: None,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`limit`: bytes the steps may hold.

        `changed` is called whenever what the menus and the dirty mark show may have changed, `settle` before
        an undo or redo, to push what is still under way.
        """
        self.limit = limit
        self._changed, self._settle = changed, settle
        self._done: list[tuple[int, HistoryStep]] = []
        self._undone: list[tuple[int, HistoryStep]] = []
        self._serials = count(1)
        self._base = self._saved = 0

    @property
    def undo_name(self) -> str | None:
        """Name of the step that `undo` would take back; None if there is none."""
        return self._done[-1][1].name if self._done else None

    @property
    def redo_name(self) -> str | None:
        """Name of the step that `redo` would do again; None if there is none."""
        return self._undone[-1][1].name if self._undone else None

    @property
    def nbytes(self) -> int:
        """Memory held by all steps."""
        return sum(step.nbytes for _, step in (*self._done, *self._undone))

    @property
    def state(self) -> int:
        """Serial number of the present state."""
        return self._done[-1][0] if self._done else self._base

    @property
    def clean(self) -> bool:
        """Whether the document is as it was at the last `mark_clean` (or at the start)."""
        return self.state == self._saved

    def mark_clean(self) -> None:
        """Remember the present state as the saved one."""
        self._saved = self.state
        self._changed()

    def mark_dirty(self) -> None:
        """Let no state count as saved (a recovered document, say)."""
        self._saved = -1
        self._changed()

    def push(self, step: HistoryStep) -> None:
        """Add a step that has just been done; what had been undone is forgotten."""
        self._undone.clear()
        self._done.append((next(self._serials), step))
        self._trim()
        self._changed()

    def undo(self) -> str | None:
        """Take the last step back; returns its name, None if there was none."""
        self._settle()
        return self._move(self._done, self._undone)

    def redo(self) -> str | None:
        """Do the last undone step again; returns its name, None if there was none."""
        self._settle()
        return self._move(self._undone, self._done)

    def clear(self) -> None:
        """Forget every step; the present state stays clean or unclean as it was."""
        self._base = self.state
        self._done.clear()
        self._undone.clear()
        self._changed()

    def _move(self, source: list[tuple[int, HistoryStep]], goal: list[tuple[int, HistoryStep]]) -> str | None:
        if not source:
            return None
        source[-1][1].swap()  # first: if it fails, both stacks stay as they are
        goal.append(source.pop())
        self._changed()
        return goal[-1][1].name

    def _trim(self) -> None:
        """Forget the oldest steps until the bound holds."""
        held, drop = self.nbytes, 0
        while held > self.limit and drop < len(self._done) - 1:
            held -= self._done[drop][1].nbytes
            drop += 1
        if drop:
            self._base = self._done[drop - 1][0]
            del self._done[:drop]


class PatchStep:
    """Old pixels of an (H, W) uint8 array, in pieces; swapping exchanges them with the present ones."""

    def __init__(
        self,
        name: str,
        *,
        target: Callable[[], U8],
        pieces: Sequence[tuple[Box, U8]],
        swapped: Callable[[Box], None],
    ) -> None:
        """`target` gives the writable array, `pieces` its old pixels (disjoint); `swapped` hears the box."""
        self.name = name
        self._target, self._swapped = target, swapped
        self._pieces = [(box, pack(pixels)) for box, pixels in pieces]
        self.box = bounding(box for box, _ in pieces)

    @property
    def nbytes(self) -> int:
        return sum(len(packed) for _, packed in self._pieces)

    def swap(self) -> None:
        array = self._target()
        for i, (box, packed) in enumerate(self._pieces):
            view = array[box.slices]
            self._pieces[i] = (box, pack(view))
            view[...] = unpack(packed, view.shape)
        self._swapped(self.box)


class ValueStep(Generic[T]):
    """An old value (frames, edges); swapping exchanges it with the present one."""

    def __init__(self, name: str, *, old: T, exchange: Callable[[T], T], nbytes: int = 256) -> None:
        """`exchange` installs the value it is given and returns the one that was there."""
        self.name, self.nbytes = name, nbytes
        self._value, self._exchange = old, exchange

    def swap(self) -> None:
        self._value = self._exchange(self._value)


class Backup:
    """Remembers an (H, W) uint8 array's pixels, square by square, before they are painted over.

    Call `save(box)` before writing to `box`: squares seen for the first time are copied, so a stroke costs
    what it touches (`old` is as large as the array, but the system gives it memory only where it is written).
    """

    def __init__(self, array: U8) -> None:
        self._array = array
        self._size = Size(array.shape[1], array.shape[0])
        self._saved: set[TileKey] = set()
        self.old: U8 = np.empty_like(array)
        """The pixels as they were; only meaningful inside saved boxes."""

    def save(self, box: Box) -> None:
        """Copy what is not yet copied of the part of `box` on the array."""
        for key in tile_keys(box.clipped(self._size)):
            if key not in self._saved:
                self._saved.add(key)
                tile = tile_box(key, self._size).slices
                self.old[tile] = self._array[tile]

    def changed(self) -> list[tuple[Box, U8]]:
        """The squares that differ from the array now, with views of their old pixels."""
        boxes = [tile_box(key, self._size) for key in sorted(self._saved)]
        pieces = [(box, self.old[box.slices]) for box in boxes]
        return [(box, old) for box, old in pieces if not np.array_equal(self._array[box.slices], old)]


def pack(pixels: U8) -> bytes:
    """Compress uint8 pixels; those of one single value (most of a mask) take one byte."""
    first = pixels.flat[0]
    if (pixels == first).all():
        return bytes([first])
    return zlib.compress(pixels.tobytes(), 1)


def unpack(packed: bytes, shape: tuple[int, ...]) -> U8:
    """The pixels that `pack` was given; read-only."""
    if len(packed) == 1:
        return np.full(shape, packed[0], np.uint8)
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)
