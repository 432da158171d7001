"""What undo steps exchange: the frames of a document with what belongs to them, and what keeping a result changes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.geometry import U8, Box, Frame
from engine.request import Reference, Underneath
from faceapp.editing.picture import Picture


@dataclass(frozen=True)
class Layout:
    """The frames with what belongs to them; one undo step exchanges one layout for another."""

    frames: tuple[Frame, ...] = ()
    edges: tuple[U8 | None, ...] = ()
    """For each frame read-only (CHIP, CHIP) uint8 drawn edges, 0..255; None: the network draws."""
    selected: int = 0
    reference: Underneath | None = None
    """What is laid under the hole of a face."""

    @property
    def nbytes(self) -> int:
        second = self.reference.chip.nbytes if isinstance(self.reference, Reference) else 0
        return second + sum(edges.nbytes for edges in self.edges if edges is not None)


@dataclass(frozen=True, eq=False)
class Kept:
    """What keeping a result exchanges: the picture, the mask where it was cleared, the edges that lay there."""

    picture: Picture
    seen: Box
    """Where the pictures differ."""
    cleared: Box
    masks: tuple[U8, ...]
    """(h, w) uint8 of the `cleared` box, of each kind of damage."""
    layout: Layout

    @property
    def nbytes(self) -> int:
        return sum(int(mask.nbytes) for mask in self.masks) + self.layout.nbytes
