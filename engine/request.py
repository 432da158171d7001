"""What a run is asked for and what it gives back: frozen values that hold everything, by contract.

The array contracts (photo pixels, mask, chip) are those of `engine.geometry`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.choices import Method as Method
from engine.choices import SamplerName as SamplerName
from engine.geometry import U8, Box, Frame
from engine.wording import Sentence

if TYPE_CHECKING:
    from engine.photo.photos import Photo

Found = Literal["detected", "framed", "prefilled", "mask", "given", "aligned"]


@dataclass(frozen=True, slots=True)
class Canny:
    """Thresholds of the edge map, in grey levels of gradient (0..1020); None: chosen from the picture."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Reference:
    """The face of a second photo, framed as chips are: what `engine.reference_of` makes."""

    chip: U8
    """(CHIP, CHIP, 3) uint8 RGB."""
    known: U8
    """(CHIP, CHIP) uint8, 255 where the chip shows the photo, else 0."""
    path: Path | None = None
    """The photo's file."""

    @property
    def mirrored(self) -> Reference:
        """Left for right."""
        chip, known = (np.ascontiguousarray(plane[:, ::-1]) for plane in (self.chip, self.known))
        return replace(self, chip=chip, known=known)


Underneath = Reference | Literal["mirror"]
"""A face of the same person, or the other half of the face itself, mirrored."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """Everything one run needs.  The engine reads no settings beside it."""

    photo: Photo
    mask: U8
    """(H, W), the photo's size; over 127 means "restore here": nothing is left."""
    blurred: U8 | None = None
    """(H, W); over 127 means "make sharp": something is left, but soft, small, noisy.  The mask has precedence."""
    method: Method = "auto"
    """auto: diffusion inside face frames, classical outside; diffusion: a frame around the mask if no face."""
    steps: int | None = None
    """Evaluations of each completion network for one face (of the coarse one at most two); None: the shipped model's
    default; 1: the preview."""
    sampler: SamplerName = "dpmpp_2m"
    seed: int = 0
    frames: tuple[Frame, ...] | None = None
    """Faces framed by hand; None: find them."""
    edges: tuple[U8 | None, ...] = ()
    """For each of `frames`, or of the faces to be found: (CHIP, CHIP) uint8 edges inside the hole to follow; None: the
    network draws."""
    aligned: bool = False
    """The photo is itself one face crop in the chip's alignment."""
    feather: float = 3.0
    """Width in photo pixels of the soft seam; the mask is grown by this much and nothing beyond it changes."""
    canny: Canny = field(default_factory=Canny)
    reference: Underneath | None = None
    """What is laid under the hole of a face for the networks to begin from; None: nothing.  Another photo's face is
    for one face alone."""
    grain: bool = True
    """What is filled or made sharp gets the photo's grain, where it has any."""


@dataclass(frozen=True, eq=False, slots=True)
class FaceResult:
    """What was done to one face.  Edge maps are (CHIP, CHIP) uint8, 0..255."""

    frame: Frame
    found: Found
    visible_edges: U8
    drawn_edges: U8
    hole: U8
    """(CHIP, CHIP) uint8, 255 where the network filled."""
    sharpened: float = 0.0
    """How much of the network's change what is blurred got, 0..1, for a sharp face needs little; 0: nothing was."""
    referred: float = 0.0
    """How much of the hole the reference was laid under, 0..1."""


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
    notes: tuple[Sentence, ...] = ()
    """What the user should read (a face was not found, the frame came from the mask, ...)."""
