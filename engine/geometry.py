"""Where things lie: sizes, boxes and face frames in photo pixels, and the sides of what the networks see.

Array contracts are written once here.  *photo pixels*: (H, W) or (H, W, C), uint8 or uint16, the file's own
channels.  *mask*: (H, W) uint8, over 127 means "restore here".  *chip*: a face crop of `CHIP` x `CHIP` pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHIP = 256
"""Side of the aligned face crop that the edge and completion networks see, in pixels."""

COARSE = 64
"""Side to which the chip is shrunk for the coarse completion network, in pixels."""

SQUARE = 96
"""Side of the square that the framing network sees, in pixels."""

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's size in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open pixel rectangle: columns left..right-1, rows top..bottom-1; empty if it has no area."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def empty(self) -> bool:
        return self.width == 0 or self.height == 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index an (H, W, ...) array with this to get the box's pixels as a view."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin: int) -> Box:
        """The box with `margin` pixels more on every side (negative: fewer)."""
        return Box(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def seen_from(self, other: Box) -> Box:
        """The same place in a crop that begins where `other` does."""
        return Box(self.left - other.left, self.top - other.top, self.right - other.left, self.bottom - other.top)

    def clipped(self, size: Size) -> Box:
        """The part of the box inside a picture of that size."""
        return self.intersection(Box(0, 0, size.width, size.height))

    def intersection(self, other: Box) -> Box:
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def union(self, other: Box) -> Box:
        """The smallest box that holds both; an empty box adds nothing."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """A square on the photo that becomes the chip.

    `cx`, `cy`: centre in photo pixels (pixel centres at .5); `side`: its side in photo pixels;
    `angle`: degrees, clockwise as seen on the screen, 0 for an upright face.
    """

    cx: float
    cy: float
    side: float
    angle: float = 0.0

    def to_photo(self, size: int = CHIP) -> F64:
        """The (2, 3) affine matrix from chip coordinates (0..size, edges) to photo coordinates."""
        s = self.side / size
        c, d = s * math.cos(math.radians(self.angle)), s * math.sin(math.radians(self.angle))
        h = size / 2
        return np.array([[c, -d, self.cx - c * h + d * h], [d, c, self.cy - d * h - c * h]])

    def corners(self) -> F64:
        """(4, 2) photo coordinates of the top left, bottom left, bottom right and top right corner."""
        square = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 0, 1]], float)
        return square @ self.to_photo(1).T

    def box(self) -> Box:
        """The smallest pixel box that holds the square (it may reach past the photo)."""
        low, high = np.floor(self.corners().min(0)), np.ceil(self.corners().max(0))
        return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
