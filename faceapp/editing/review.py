"""Damage that was found in a photo, while a person looks it through.  No Qt.

What a person painted, kept or deleted is settled: no sensitivity takes it away or brings it back.  A piece that is
touched with the brush is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

import engine
from engine.geometry import U8, Box
from faceapp.editing.boxes import inside, masked_box

_MOSTLY = 0.5  # share of a piece that is settled if the piece is
_TOUCH = 2  # photo pixels between a stroke and a piece that it touches


@dataclass(frozen=True, eq=False, slots=True)
class Settled:
    """A place that is decided: inside `box`, where `there` (h, w) is 255, the mask is `mask` (h, w).

    `whole`: a piece was decided about, so no more of it comes at another sensitivity; else a stroke wiped a part.
    """

    box: Box
    there: U8
    mask: U8
    whole: bool = True


@dataclass(frozen=True, eq=False)
class Review:
    """The state of a review; every step makes another, which shares all large arrays with it."""

    damage: engine.DamageMap
    finds: engine.Finds
    base: U8
    """(H, W) uint8: the mask before anything was found."""
    settled: tuple[Settled, ...] = ()
    index: int = 0
    """Of the piece that is looked at, among the open ones."""
    looked: bool = False
    """Whether it was shown yet."""

    @cached_property
    def pieces(self) -> tuple[engine.Piece, ...]:
        """Those that nobody has decided about yet, the largest first."""
        done = self._mostly(self.settled)
        return tuple(piece for piece in self.finds.pieces if piece.number not in done)

    @property
    def share(self) -> float:
        """Of the photo, that open pieces take."""
        return sum(piece.share for piece in self.pieces)

    def _mostly(self, settled: tuple[Settled, ...]) -> set[int]:
        """The numbers of the pieces that those places mostly cover."""
        if not settled:
            return set()
        labels, size = self.finds.labels, self.finds.size
        done = np.zeros(labels.shape, np.uint8)
        wide, high = labels.shape[1] / size.width, labels.shape[0] / size.height
        for place in settled:
            box = place.box
            part = Box(round(box.left * wide), round(box.top * high), round(box.right * wide), round(box.bottom * high))
            if not part.empty:
                small = cv2.resize(place.there, (part.width, part.height), interpolation=cv2.INTER_AREA)
                done[part.slices] = np.maximum(done[part.slices], small)
        at = np.flatnonzero(labels)
        number, count = labels.ravel()[at], int(labels.max(initial=0)) + 1
        share = np.bincount(number, done.ravel()[at] > 63, count) / np.maximum(1, np.bincount(number, minlength=count))
        return set(np.flatnonzero(share >= _MOSTLY).tolist())

    @property
    def piece(self) -> engine.Piece | None:
        """The one that is looked at."""
        pieces = self.pieces
        return pieces[self.index % len(pieces)] if pieces else None

    def mask(self) -> U8:
        """(H, W) uint8: what was there, what is found, and over both what is settled."""
        decided = self._mostly(tuple(place for place in self.settled if place.whole))
        made = np.maximum(self.base, self.finds.mask(without=decided))
        for place in self.settled:
            view = made[place.box.slices]
            np.copyto(view, place.mask, where=place.there > 0)
        return made

    def seen(self, mask: U8) -> Review:
        """Settle what somebody changed by hand since the mask was `self.mask()`."""
        before = self.mask()
        changed = np.where(mask != before, 255, 0).astype(np.uint8)
        box = masked_box(changed)
        if box.empty:
            return self
        review = self
        painted = np.where(mask > before, 255, 0).astype(np.uint8)
        for piece in self.pieces:
            near = piece.box.grown(_TOUCH).clipped(self.finds.size)
            if not near.intersection(box).empty and self._touches(piece, painted, near):
                review = review._decided(piece, keep=True)
        return review._with(Settled(box, changed[box.slices].copy(), mask[box.slices].copy(), whole=False))

    def _touches(self, piece: engine.Piece, painted: U8, near: Box) -> bool:
        beside = cv2.dilate(self._alone(piece, near), np.ones((2 * _TOUCH + 1,) * 2, np.uint8)) > 0
        return bool(beside[painted[near.slices] > 0].any())

    def _alone(self, piece: engine.Piece, box: Box) -> U8:
        """(h, w) uint8: that piece inside a box."""
        others = {other.number for other in self.finds.pieces} - {piece.number}
        found: U8 = self.finds.mask(without=others, within=box)
        return found

    def at(self, finds: engine.Finds) -> Review:
        """With what is found at another sensitivity."""
        return replace(self, finds=finds, index=0, looked=False)

    def stepped(self, by: int) -> Review:
        """Look at the next open piece (1) or the one before (-1), round and round."""
        return replace(self, index=(self.index + by) % max(1, len(self.pieces)), looked=True)

    def decided(self, *, keep: bool) -> Review:
        """Keep the piece that is looked at, whatever the sensitivity, or delete it; the next one comes up."""
        return self if self.piece is None else replace(self._decided(self.piece, keep=keep), looked=True)

    def all_kept(self) -> Review:
        """Keep every open piece."""
        review = self
        for piece in self.pieces:
            review = review._decided(piece, keep=True)
        return review

    def _decided(self, piece: engine.Piece, *, keep: bool) -> Review:
        size = self.finds.size
        box = piece.box.grown(2).clipped(size)
        there = self._alone(piece, box)
        mask = np.full_like(there, 255) if keep else self.base[box.slices].copy()
        for place in self.settled:  # what was settled before stays as it is
            both = box.intersection(place.box)
            if not both.empty:
                there[inside(both, box).slices][place.there[inside(both, place.box).slices] > 0] = 0
        return self._with(Settled(box, there, mask))

    def _with(self, place: Settled) -> Review:
        return replace(self, settled=(*self.settled, place))
