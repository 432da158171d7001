"""What undo steps exchange: the frames of a document with what belongs to them, and what keeping a result changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.geometry import CHIP, U8, Box, Frame
from engine.request import Reference, Underneath
from faceapp.editing.laying import Keep
from faceapp.editing.picture import Picture
from faceapp.editing.variant import Variant


@dataclass(frozen=True)
class Layout:
    """The frames with what belongs to them; one undo step exchanges one layout for another."""

    frames: tuple[Frame, ...] = ()
    edges: tuple[U8 | None, ...] = ()
    """For each frame read-only (CHIP, CHIP) uint8 drawn edges, 0..255; None: the network draws."""
    by_run: frozenset[int] = frozenset()
    """The frames whose edges are a run's own drawing, which a new run need not follow."""
    selected: int = 0
    reference: Underneath | None = None
    """What is laid under the hole of a face."""

    def with_frames(self, frames: Sequence[Frame], selected: int) -> Layout:
        """Other frames; one that stays as it was keeps its drawn edges."""
        known = {frame: index for index, frame in enumerate(self.frames)}
        places = [known.get(frame) for frame in frames]
        edges = tuple(None if place is None else self.edges[place] for place in places)
        by_run = frozenset(index for index, place in enumerate(places) if place in self.by_run)
        selected = min(selected, max(0, len(frames) - 1))
        return replace(self, frames=tuple(frames), edges=edges, by_run=by_run, selected=selected)

    def with_edges(self, index: int, edges: U8 | None, *, by_run: bool = False) -> Layout:
        """Other drawn edges, (CHIP, CHIP) uint8 or None, of a frame."""
        if edges is not None:
            if edges.shape != (CHIP, CHIP) or edges.dtype != np.uint8:
                raise ValueError(f"edges must be ({CHIP}, {CHIP}) uint8")
            edges = edges.copy()
            edges.flags.writeable = False
        every = (*self.edges[:index], edges, *self.edges[index + 1 :])
        return replace(self, edges=every, by_run=self.by_run | {index} if by_run else self.by_run - {index})

    def without_edges(self) -> Layout:
        """The same frames with nothing drawn."""
        return replace(self, edges=(None,) * len(self.frames), by_run=frozenset())

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
    keep: Keep | None
    """What was laid last, perhaps to make the picture."""
    offered: tuple[Variant, ...] = ()
    """The variants that come to those on offer."""
    taken: tuple[Variant, ...] = ()
    """And those that go."""

    @property
    def nbytes(self) -> int:
        offered = sum(variant.nbytes for variant in self.offered)
        return offered + sum(int(mask.nbytes) for mask in self.masks) + self.layout.nbytes
