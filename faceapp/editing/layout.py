"""The frames of a document with what lies on them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.geometry import U8, Frame


@dataclass(frozen=True)
class Layout:
    """The frames with what lies on them; one undo step exchanges one layout for another."""

    frames: tuple[Frame, ...] = ()
    edges: tuple[U8 | None, ...] = ()
    """For each frame read-only (CHIP, CHIP) uint8 drawn edges, 0..255; None: the network draws."""
    selected: int = 0

    @property
    def nbytes(self) -> int:
        return sum(edges.nbytes for edges in self.edges if edges is not None)
