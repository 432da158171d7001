"""Undo and redo as patches: the pixels that were there, never copies of the picture.

A step knows how to *swap* what it holds with what the document holds.  Undo and redo are the same swap, so they
are bit-exact in any order, and a step never needs both the old and the new pixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.types import U8, Box, Size

TILE = 128
"""Side of the squares that a stroke is remembered in, in pixels."""

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

    def __init__(self, limit: int = 256 << 20) -> None:
        self.limit = limit
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

    def mark_dirty(self) -> None:
        """Let no state count as saved (a recovered document, say)."""
        self._saved = -1

    def push(self, step: HistoryStep) -> None:
        """Add a step that has just been done; what had been undone is forgotten."""
        self._undone.clear()
        self._done.append((next(self._serials), step))
        self._trim()

    def undo(self) -> str | None:
        """Take the last step back; returns its name, None if there was none."""
        return self._move(self._done, self._undone)

    def redo(self) -> str | None:
        """Do the last undone step again; returns its name, None if there was none."""
        return self._move(self._undone, self._done)

    def clear(self) -> None:
        """Forget every step; the present state stays clean or unclean as it was."""
        self._base = self.state
        self._done.clear()
        self._undone.clear()

    @staticmethod
    def _move(source: list[tuple[int, HistoryStep]], goal: list[tuple[int, HistoryStep]]) -> str | None:
        if not source:
            return None
        source[-1][1].swap()  # first: if it fails, both stacks stay as they are
        goal.append(source.pop())
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
    """Old pixels of an array, in pieces; swapping exchanges them with the array's present ones."""

    def __init__(
        self,
        name: str,
        *,
        target: Callable[[], NDArray[np.generic]],
        pieces: list[tuple[Box, NDArray[np.generic]]],
        swapped: Callable[[Box], None],
        compress: bool = True,
    ) -> None:
        """`target` gives the writable array; `pieces` its old pixels by box (disjoint); `swapped` hears the box."""
        self.name = name
        self._target, self._swapped, self._compress = target, swapped, compress
        self._pieces = [(box, self._pack(pixels)) for box, pixels in pieces]
        self.box = bounding(box for box, _ in pieces)

    @property
    def nbytes(self) -> int:
        return sum(len(packed) for _, packed in self._pieces)

    def swap(self) -> None:
        array = self._target()
        pieces = []
        for box, packed in self._pieces:
            view = array[box.slices]
            now = self._pack(view)
            view[...] = self._unpack(packed, view)
            pieces.append((box, now))
        self._pieces = pieces
        self._swapped(self.box)

    def _pack(self, pixels: NDArray[np.generic]) -> bytes:
        raw = np.ascontiguousarray(pixels).tobytes()
        return zlib.compress(raw, 1) if self._compress else raw

    def _unpack(self, packed: bytes, like: NDArray[np.generic]) -> NDArray[np.generic]:
        raw = zlib.decompress(packed) if self._compress else packed
        return np.frombuffer(raw, like.dtype).reshape(like.shape)


class ValueStep(Generic[T]):
    """An old value (frames, edges); swapping exchanges it with the present one."""

    def __init__(self, name: str, *, old: T, exchange: Callable[[T], T], nbytes: int = 256) -> None:
        """`exchange` installs the value it is given and returns the one that was there."""
        self.name, self.nbytes = name, nbytes
        self._value, self._exchange = old, exchange

    def swap(self) -> None:
        self._value = self._exchange(self._value)


class Backup:
    """Remembers an (H, W) array's pixels, square by square, before they are painted over.

    Call `save(box)` before writing to `box`: squares seen for the first time are copied, so a stroke
    costs what it touches.
    """

    def __init__(self, array: U8) -> None:
        self._array = array
        self._size = Size(array.shape[1], array.shape[0])
        self.tiles: dict[tuple[int, int], U8] = {}

    def save(self, box: Box) -> list[tuple[int, int]]:
        """Copy what is not yet copied; returns the keys (row, column) of all squares that `box` touches."""
        keys = list(tile_keys(box.clipped(self._size)))
        for key in keys:
            if key not in self.tiles:
                self.tiles[key] = self._array[self.tile_box(key).slices].copy()
        return keys

    def tile_box(self, key: tuple[int, int]) -> Box:
        """The pixels of one square, clipped to the array."""
        top, left = key[0] * TILE, key[1] * TILE
        return Box(left, top, left + TILE, top + TILE).clipped(self._size)

    def changed(self) -> list[tuple[Box, U8]]:
        """The squares that differ from the array now, with their old pixels."""
        boxed = ((self.tile_box(key), old) for key, old in self.tiles.items())
        return [(box, old) for box, old in boxed if not np.array_equal(self._array[box.slices], old)]


def tile_keys(box: Box) -> Iterator[tuple[int, int]]:
    """(row, column) of the `TILE` squares that a box touches; none for an empty box."""
    if box.empty:
        return
    for row in range(box.top // TILE, (box.bottom - 1) // TILE + 1):
        for column in range(box.left // TILE, (box.right - 1) // TILE + 1):
            yield row, column


def bounding(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all; an empty box for none."""
    total = Box(0, 0, 0, 0)
    for box in boxes:
        total = total.union(box)
    return total
