"""The plain values that cross the engine's border: frozen, holding everything a run needs.

Array contracts are written once here.  *photo pixels*: (H, W) or (H, W, C), uint8 or uint16, the file's own
channels.  *mask*: (H, W) uint8, over 127 means "restore here".  *chip*: a face crop of `CHIP` x `CHIP` pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.photos import Photo

CHIP = 256
"""Side of the aligned face crop that the networks see, in pixels."""

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

Method = Literal["auto", "diffusion", "telea", "ns", "patchmatch"]
SamplerName = Literal["dpmpp_2m", "heun", "ddim", "ddpm"]
Found = Literal["detected", "framed", "prefilled", "mask", "given", "aligned"]


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


@dataclass(frozen=True, slots=True)
class Canny:
    """Thresholds of the edge map, in grey levels of gradient (0..1020); None: chosen from the picture."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """Everything one run needs.  The engine reads no settings beside it."""

    photo: Photo
    mask: U8
    """(H, W), the photo's size; over 127 means "restore here"."""
    method: Method = "auto"
    """auto: diffusion inside face frames, classical outside; diffusion: a frame around the mask if no face."""
    steps: int | None = None
    """Network evaluations for one face; None: the shipped model's default; 1: the preview."""
    sampler: SamplerName = "dpmpp_2m"
    seed: int = 0
    frames: tuple[Frame, ...] | None = None
    """Faces framed by hand; None: find them."""
    edges: tuple[U8 | None, ...] = ()
    """For each of `frames`: (CHIP, CHIP) uint8 edges inside the hole to follow; None: the network draws."""
    aligned: bool = False
    """The photo is itself one face crop in the chip's alignment."""
    feather: float = 3.0
    """Width in photo pixels of the soft seam; the mask is grown by this much and nothing beyond it changes."""
    canny: Canny = field(default_factory=Canny)


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One sampler step: `index` counts 1..`total`; `denoised` is the current estimate of the clean array."""

    index: int
    total: int
    sigma: float
    denoised: F32


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """The running picture of one face: `chip` is (CHIP, CHIP, 3) uint8 RGB, lying on the photo at `frame`."""

    frame: Frame
    face: int
    faces: int
    index: int
    total: int
    chip: U8


@dataclass(frozen=True, eq=False, slots=True)
class FaceResult:
    """What was done to one face.  Edge maps are (CHIP, CHIP) uint8, 0..255."""

    frame: Frame
    found: Found
    visible_edges: U8
    drawn_edges: U8
    hole: U8
    """(CHIP, CHIP) uint8, 255 where the network filled."""


@dataclass(frozen=True, eq=False, slots=True)
class Result:
    """A finished run: a new photo (the request's own is untouched) and what it took."""

    photo: Photo
    changed: Box
    """No pixel outside this box differs from the source."""
    faces: tuple[FaceResult, ...]
    method: Method
    device: str
    model: str
    seed: int
    steps: int
    seconds: float
    notes: tuple[str, ...] = ()
    """Sentences the user should read (a face was not found, the frame came from the mask, ...)."""
