"""One open photo with everything a user can change about it.  No Qt: it tells listeners what changed.

The picture is immutable: applying or undoing a result exchanges it for another, so a worker thread may go on
reading the one it was given.  The mask is painted in place (a request takes a copy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

import engine
from engine.geometry import U8, Box, Frame
from engine.request import Underneath
from faceapp.editing.boxes import inside, masked_box
from faceapp.editing.display import rgb8
from faceapp.editing.history import History, ValueStep
from faceapp.editing.laying import Keep, Laying, Offers
from faceapp.editing.layout import Kept, Layout
from faceapp.editing.mask_stroke import MaskStroke
from faceapp.editing.picture import Picture, Pixels
from faceapp.editing.reshaping import Content
from faceapp.editing.variant import Variant, empty_mask

What = Literal["photo", "mask", "edges", "frames", "results", "dirty", "strength", "shape", "reference"]
Kind = Literal["missing", "blurred"]
"""Of damage: nothing is left, or something soft."""
Version = tuple[int, Offers]
Listener = Callable[[What, Box], None]

NOWHERE = Box(0, 0, 0, 0)


class Document:
    """A photo, its mask, frames, edges, results and history."""

    def __init__(
        self, photo: engine.Photo, *, path: Path | None = None, drawn: bool = False, undo_bytes: int = 256 << 20
    ) -> None:
        """`drawn`: networks drew some of the photo."""
        self.original = photo
        """The photo as it was read, or what was cut and turned of it; its pixels are never touched."""
        self.path = path
        self.history = History(undo_bytes, changed=lambda: self._emit("dirty", NOWHERE), settle=self._settle)
        self.changed: list[Listener] = []
        """Called with what changed and where, in photo pixels (an empty box: no place in particular)."""
        self.size = photo.size
        self.kind: Kind = "missing"
        """Which mask the tools work on."""
        self.masks: dict[Kind, U8] = {"missing": empty_mask(self.size), "blurred": empty_mask(self.size)}
        """(H, W) uint8, 0..255 each; change them through `edit_mask` or `mask_stroke`."""
        self.results: tuple[Variant, ...] = ()
        self.shown: Variant | None = None
        """The variant the canvas shows in place of the photo; it is no part of the photo until kept."""
        self._picture = self.saved_picture = Picture(photo, drawn=drawn)
        self._saved_offers: Offers = ()
        self._laying = Laying()
        self._keep: Keep | None = None  # what was laid last; something else may have changed the picture since
        self._weighed: tuple[Keep, str] | None = None  # before the kept variant's strength changed; the step's name
        self._layout = Layout()
        self._visible: dict[int, U8] = {}
        self._open: MaskStroke | None = None

    # -- what there is ---------------------------------------------------------------------------------

    @property
    def picture(self) -> Picture:
        """The photo with every kept result, as it is now and for ever: what jobs are given."""
        return self._picture

    @property
    def photo(self) -> engine.Photo:
        """`picture` as one photo; a large copy once something was kept, so jobs make it on the worker."""
        return self._picture.photo()

    @property
    def layout(self) -> Layout:
        """The frames with what belongs to them."""
        return self._layout

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self._layout.frames

    @property
    def edges(self) -> tuple[U8 | None, ...]:
        """Drawn edges of each frame: (CHIP, CHIP) uint8 or None."""
        return self._layout.edges

    @property
    def own_edges(self) -> tuple[U8 | None, ...]:
        """Those of them that a person drew or changed."""
        return tuple(None if i in self._layout.by_run else edges for i, edges in enumerate(self.edges))

    @property
    def selected(self) -> int:
        """Index of the active frame; 0 if there is none."""
        return self._layout.selected

    @property
    def reference(self) -> Underneath | None:
        """What is laid under the hole of a face."""
        return self._layout.reference

    @property
    def dirty(self) -> bool:
        """Whether there is anything to save: steps, or results that no file holds."""
        return not self.history.clean or any(offer not in self._saved_offers for offer in self.offers)

    @property
    def version(self) -> Version:
        """The history's state and what is on offer: two versions are equal if nothing was done between them."""
        return self.history.state, self.offers

    @property
    def altered(self) -> bool:
        """Whether what is to be seen differs from the photo as it was last saved, or read; or no file holds it yet."""
        return self.shown is not None or self._picture is not self.saved_picture or self.path is None

    @property
    def mask(self) -> U8:
        """The mask of the kind that is worked on."""
        return self.masks[self.kind]

    @property
    def marked(self) -> bool:
        """Whether anything is masked, as missing or as blurred."""
        return any(mask.any() for mask in self.masks.values())

    @property
    def drafted(self) -> bool:
        """Whether there is work that only a project file holds: a mask or drawn edges."""
        return self.marked or any(edges is not None for edges in self.edges)

    def visible_edges(self, index: int) -> U8 | None:
        """Canny edges of a frame's visible part, (CHIP, CHIP) uint8; None before they were computed."""
        return self._visible.get(index)

    def pixels_in(self, box: Box, *, before: bool = False) -> Pixels:
        """What is to be seen inside a box: the photo with the shown variant, or the original (`before`)."""
        if before:
            original: Pixels = self.original.pixels[box.slices]
            return original
        pixels = self._picture.pixels_in(box)
        if self.shown is None:
            return pixels
        overlap = box.intersection(self.shown.box)
        if overlap.empty:
            return pixels
        pixels = pixels.copy()
        pixels[inside(overlap, box).slices] = self.pixels_of(self.shown, overlap)
        return pixels

    def rgb_in(self, box: Box) -> U8:
        """(h, w, 3) uint8 RGB of what `pixels_in` shows."""
        return rgb8(self.pixels_in(box))

    # -- the mask --------------------------------------------------------------------------------------

    def edit_mask(
        self, name: str, function: Callable[[U8], Box], *, within: Box | None = None, kind: Kind | None = None
    ) -> Box:
        """Run `function` on a mask as one undo step; it writes in place and returns the box it changed.

        `kind`: of the mask; None: that which is worked on.

        Say `within` where the reach is known beforehand, so that only that much is remembered.
        If the function raises, the mask is as before and nothing is pushed.
        """
        with self.begin_mask_stroke(name, kind) as stroke:
            return stroke.apply(function, within=within)

    def begin_mask_stroke(self, name: str, kind: Kind | None = None) -> MaskStroke:
        """Begin a change of the mask that many events make, a `with` block or until `commit`: one undo step.

        There is one open stroke at a time: another one, an undo or a redo commits it first.
        """
        self._settle()
        self._open = MaskStroke(self, name, self.masks[kind or self.kind])
        return self._open

    def mask_changed(self, box: Box) -> None:
        """Tell the listeners that a mask changed inside a box."""
        self._emit("mask", box)

    def stroke_closed(self) -> None:
        """Whatever stroke was open is no more."""
        self._open = None

    # -- frames and edges ------------------------------------------------------------------------------

    def select_frame(self, index: int) -> None:
        """Make a frame the active one (no undo step)."""
        if 0 <= index < len(self.frames) and index != self.selected:
            self._layout = replace(self._layout, selected=index)
            self._emit("frames", NOWHERE)

    def set_frames(self, frames: Sequence[Frame], name: str, *, selected: int | None = None) -> None:
        """Replace the frames as one undo step; a frame that stays as it was keeps its drawn edges."""
        self._set_layout(self._layout.with_frames(frames, self.selected if selected is None else selected), name)

    def set_edges(self, index: int, edges: U8 | None, name: str, *, by_run: bool = False) -> None:
        """Replace a frame's drawn edges, (CHIP, CHIP) uint8 or None, as one undo step; `by_run`: not a person's."""
        self._set_layout(self._layout.with_edges(index, edges, by_run=by_run), name)

    def set_reference(self, reference: Underneath | None, name: str) -> None:
        """Lay this under the hole of a face from the next run on; one undo step."""
        self._set_layout(replace(self._layout, reference=reference), name)

    def set_visible_edges(self, index: int, edges: U8 | None) -> None:
        """Show these Canny edges on a frame (no undo step: they follow from the photo)."""
        if edges is None:
            self._visible.pop(index, None)
        else:
            self._visible[index] = edges
        self._emit("edges", NOWHERE)

    # -- results ---------------------------------------------------------------------------------------

    def set_results(self, results: Sequence[Variant], *, of: Picture | None = None) -> None:
        """Replace the variants on offer, new ones made `of` an older picture than there is; hide one not among them."""
        self.results = tuple(results)
        for variant in self.results:
            self._laying.made_of(variant, of or self._picture)
        self._emit("results", NOWHERE)
        if self.shown is not None and not any(self.shown is variant for variant in self.results):
            self.show_variant(None)

    def show_variant(self, variant: Variant | None) -> None:
        """Let the canvas show a variant, or the photo itself."""
        boxes = [v.box for v in (self.shown, variant) if v is not None]
        self.shown = variant
        for box in boxes:
            self._emit("photo", box)

    def strength_of(self, variant: Variant) -> float:
        """How strongly a variant is laid over the photo, 0..1."""
        return self._laying.strength_of(variant)

    @property
    def offers(self) -> Offers:
        """The results with their strengths."""
        return tuple((variant, self.strength_of(variant)) for variant in self.results)

    def pixels_of(self, variant: Variant, box: Box | None = None) -> Pixels:
        """A variant's pixels at its strength, in a box inside its own or in all of that."""
        return self._laying.pixels(variant, self._picture, variant.box if box is None else box)

    @property
    def offered(self) -> Offers:
        """The results as they lie, at full strength, on the picture that there is now; and their strengths."""
        laid = self._laying.pixels
        return tuple((replace(v, pixels=laid(v, self._picture, v.box, full=True)), s) for v, s in self.offers)

    @property
    def seen(self) -> Variant | None:
        """The variant that is shown, its pixels at its strength."""
        return None if self.shown is None else replace(self.shown, pixels=self.pixels_of(self.shown))

    def set_strength(self, variant: Variant, strength: float) -> None:
        """Lay a variant over the photo as strongly as that; no other run, and no undo step."""
        self._laying.weaken(variant, strength, self._picture)
        self._emit("strength", variant.box)
        self._emit("dirty", NOWHERE)

    @property
    def kept(self) -> Keep | None:
        """The variant that was put into the picture last, if nothing else changed that since."""
        return self._keep if self._keep is not None and self._keep.picture is self._picture else None

    def weaken_kept(self, strength: float, name: str) -> None:
        """Lay the kept variant as strongly as that, 0..1; `settle_strength` makes all such changes one undo step."""
        keep = self.kept
        if keep is not None and strength != keep.strength:
            self._weighed = self._weighed or (keep, name)
            variant = self._laying.copied(keep.variant)  # undone, it is on offer as strong as it was
            self._laying.weaken(variant, strength, keep.under)
            self._keep = self._laying.laid(variant, keep.under)
            self.show_picture(self._keep.picture, variant.box)

    def settle_strength(self) -> None:
        """The kept variant stays as strong as it was made last."""
        weighed, self._weighed = self._weighed, None
        if weighed is not None and self.kept is not None:
            before, name = weighed
            self.keep_picture(before.picture, before.variant.box, name, keep=before)

    def apply_result(self, variant: Variant, name: str, *, clear_mask: bool = False) -> Box:
        """Put a variant's pixels into the picture as one undo step; returns the changed box.

        `clear_mask`: in the same step, what it filled is masked no more, and no drawn edges and no variants stay.
        """
        self._settle()
        self.shown = None
        boxes = [masked_box(mask) for mask in self.masks.values()] if clear_mask else []
        cleared = boxes[0].union(boxes[1]) if boxes else NOWHERE
        keep = self._laying.laid(variant, self._picture)
        left = tuple(variant.cleared(mask, cleared) for mask in self.masks.values())
        layout, taken = (self._layout.without_edges(), self.results) if clear_mask else (self._layout, ())
        old = self._exchange_kept(Kept(keep.picture, variant.box, cleared, left, layout, keep, taken=taken))
        held = old.nbytes + keep.picture.added(old.picture)
        self.history.push(ValueStep(name, old=old, exchange=self._exchange_kept, nbytes=held))
        return variant.box

    def show_picture(self, picture: Picture, seen: Box) -> None:
        """Show another picture, which differs inside a box, while it is in the making; no undo step yet."""
        self._picture = picture
        self._emit("photo", seen)

    def keep_picture(self, before: Picture, seen: Box, name: str, *, keep: Keep | None = None) -> None:
        """Make what `show_picture` has shown since that picture one undo step; `keep`: of before, if it changed."""
        nothing = (np.zeros((0, 0), np.uint8),) * len(self.masks)
        old = Kept(before, seen, NOWHERE, nothing, self._layout, keep or self._keep)
        held = old.nbytes + self._picture.added(before)
        self.history.push(ValueStep(name, old=old, exchange=self._exchange_kept, nbytes=held))

    def keep_shown(self, name: str) -> bool:
        """Keep the shown variant and clear what it filled off the mask, as one undo step; whether there was one."""
        if self.shown is None:
            return False
        self.apply_result(self.shown, name, clear_mask=True)
        return True

    @property
    def content(self) -> Content:
        """All that has a place on the photo, as it is now; a copy of what is changed in place."""
        return Content(self._picture, tuple(mask.copy() for mask in self.masks.values()), self._layout)

    def reshape(self, content: Content, name: str) -> None:
        """Exchange all of that for a cropped, turned or straightened one, as one undo step; variants go."""
        self._settle()
        old = self._exchange_content(content)
        held = old.nbytes + (0 if old.picture.original is content.picture.original else old.picture.nbytes)
        self.history.push(ValueStep(name, old=old, exchange=self._exchange_content, nbytes=held))

    def mark_saved(self, path: Path | None = None, offers: Offers | None = None) -> None:
        """The present state is on disk (at `path`), with these of the `offers` (None: all that there are)."""
        self.path = path or self.path
        self.saved_picture, self._saved_offers = self._picture, self.offers if offers is None else offers
        self.history.mark_clean()

    # -- inside ----------------------------------------------------------------------------------------

    def _set_layout(self, layout: Layout, name: str) -> None:
        old = self._exchange_layout(layout)
        self.history.push(ValueStep(name, old=old, exchange=self._exchange_layout, nbytes=256 + layout.nbytes))

    def _exchange_layout(self, layout: Layout) -> Layout:
        old, self._layout = self._layout, layout
        if old.frames != layout.frames:
            self._visible = {
                i: self._visible[old.frames.index(frame)]
                for i, frame in enumerate(layout.frames)
                if frame in old.frames and old.frames.index(frame) in self._visible
            }
            self._emit("frames", NOWHERE)
        if old.reference != layout.reference:
            self._emit("reference", NOWHERE)
        self._emit("edges", NOWHERE)
        return old

    def _exchange_kept(self, kept: Kept) -> Kept:
        views = [mask[kept.cleared.slices] for mask in self.masks.values()]
        held = tuple(view.copy() for view in views)
        layout = self._exchange_layout(kept.layout)
        old = Kept(self._picture, kept.seen, kept.cleared, held, layout, self._keep, kept.taken, kept.offered)
        self._picture, self._keep = kept.picture, kept.keep
        for view, mask in zip(views, kept.masks, strict=True):
            view[...] = mask
        self._emit("photo", kept.seen)
        if not kept.cleared.empty:
            self._emit("mask", kept.cleared)
        if kept.offered or kept.taken:
            self.set_results((*kept.offered, *(v for v in self.results if v not in kept.taken)))
        return old

    def _exchange_content(self, content: Content) -> Content:
        old = Content(self._picture, tuple(self.masks.values()), self._layout, self.results)
        self.set_results(())  # they lie on the shape that goes
        self._picture, self._layout = content.picture, content.layout
        self.masks = dict(zip(self.masks, content.masks, strict=True))
        self.original, self.size = content.picture.original, content.picture.size
        self._visible = {}
        self._emit("shape", NOWHERE)
        self.set_results(content.results)
        return old

    def _settle(self) -> None:
        """Close what is under way before something else changes the mask or the picture."""
        self.settle_strength()
        if self._open is not None:
            self._open.commit()

    def _emit(self, what: What, box: Box) -> None:
        for listener in tuple(self.changed):
            listener(what, box)
