"""One open photo with everything a user can change about it.  No Qt: it tells listeners what changed.

The picture is immutable: applying or undoing a result exchanges it for another, so a worker thread may go on
reading the one it was given.  The mask is painted in place (a request takes a copy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

import engine
from engine.geometry import CHIP, U8, Box, Frame
from engine.progress import Preview
from engine.request import FaceResult, Result
from faceapp.editing.boxes import inside, masked_box
from faceapp.editing.display import rgb8
from faceapp.editing.history import Backup, History, PatchStep, ValueStep
from faceapp.editing.picture import Picture, Pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

What = Literal["photo", "mask", "edges", "frames", "results", "dirty"]
Listener = Callable[[What, Box], None]

NOWHERE = Box(0, 0, 0, 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Variant:
    """One finished run, as small as it can be kept: the changed pixels, not another photo."""

    box: Box
    pixels: Pixels
    """The photo's pixels inside `box` after the run, at the photo's own depth."""
    faces: tuple[FaceResult, ...]
    method: str
    device: str
    model: str
    seed: int
    steps: int
    seconds: float
    notes: tuple[engine.Sentence, ...] = ()
    previews: tuple[Preview, ...] = ()
    """The pictures of the sampler's steps, in order, for the strip."""

    @classmethod
    def of(cls, result: Result) -> Variant:
        """Keep of a result what cannot be had from the document."""
        box = result.changed.clipped(result.photo.size)
        return cls(
            box=box,
            pixels=result.photo.pixels[box.slices].copy(),
            faces=result.faces,
            method=result.method,
            device=result.device,
            model=result.model,
            seed=result.seed,
            steps=result.steps,
            seconds=result.seconds,
            notes=result.notes,
        )

    def same_picture(self, other: Variant) -> bool:
        """Whether both change the same pixels to the same colours."""
        if self.box != other.box or not np.array_equal(self.pixels[::16, ::16], other.pixels[::16, ::16]):
            return False  # nearly always, and at once
        return np.array_equal(self.pixels, other.pixels)


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


@dataclass(frozen=True, eq=False)
class _Kept:
    """What keeping a result exchanges: the picture, the mask where it was cleared, the edges that lay there."""

    picture: Picture
    seen: Box
    """Where the pictures differ."""
    cleared: Box
    mask: U8
    """(h, w) uint8 of the `cleared` box."""
    layout: Layout

    @property
    def nbytes(self) -> int:
        return int(self.mask.nbytes) + self.layout.nbytes


class Document:
    """A photo, its mask, frames, edges, results and history."""

    def __init__(self, photo: engine.Photo, *, path: Path | None = None, undo_bytes: int = 256 << 20) -> None:
        self.original = photo
        """The photo as it was read; never touched."""
        self.path = path
        self.history = History(undo_bytes, changed=self._tell_dirty, settle=self._settle)
        self.changed: list[Listener] = []
        """Called with what changed and where, in photo pixels (an empty box: no place in particular)."""
        self.size = photo.size
        self.mask: U8 = np.zeros((self.size.height, self.size.width), np.uint8)
        """(H, W) uint8, 0..255; change it through `edit_mask` or `mask_stroke`."""
        self.results: tuple[Variant, ...] = ()
        self.shown: Variant | None = None
        """The variant the canvas shows in place of the photo; it is no part of the photo until kept."""
        self._picture = self.saved_picture = Picture(photo)
        self._saved_results: tuple[Variant, ...] = ()
        self._layout = Layout()
        self._visible: dict[int, U8] = {}
        self._open: MaskStroke | None = None

    @classmethod
    def open(cls, path: Path) -> Document:
        """Read a photo file; raises `engine.errors.PhotoError`."""
        return cls(engine.read_photo(path), path=path)

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
    def frames(self) -> tuple[Frame, ...]:
        return self._layout.frames

    @property
    def edges(self) -> tuple[U8 | None, ...]:
        """Drawn edges of each frame: (CHIP, CHIP) uint8 or None."""
        return self._layout.edges

    @property
    def selected(self) -> int:
        """Index of the active frame; 0 if there is none."""
        return self._layout.selected

    @property
    def dirty(self) -> bool:
        """Whether there is anything to save: steps, or results that no file holds."""
        return not self.history.clean or any(v not in self._saved_results for v in self.results)

    @property
    def altered(self) -> bool:
        """Whether what is to be seen differs from the photo as it was last saved, or read."""
        return self.shown is not None or self._picture is not self.saved_picture

    @property
    def drafted(self) -> bool:
        """Whether there is work that only a project file holds: a mask or drawn edges."""
        return bool(self.mask.any()) or any(edges is not None for edges in self.edges)

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
        pixels[inside(overlap, box).slices] = self.shown.pixels[inside(overlap, self.shown.box).slices]
        return pixels

    def rgb_in(self, box: Box) -> U8:
        """(h, w, 3) uint8 RGB of what `pixels_in` shows."""
        return rgb8(self.pixels_in(box))

    # -- the mask --------------------------------------------------------------------------------------

    def edit_mask(self, name: str, function: Callable[[U8], Box], *, within: Box | None = None) -> Box:
        """Run `function` on the mask as one undo step; it writes in place and returns the box it changed.

        Say `within` where the reach is known beforehand, so that only that much is remembered.
        If the function raises, the mask is as before and nothing is pushed.
        """
        with self.mask_stroke(name) as stroke:
            return stroke.apply(function, within=within)

    @contextmanager
    def mask_stroke(self, name: str) -> Iterator[MaskStroke]:
        """A stroke as a `with` block; see `begin_mask_stroke`."""
        stroke = self.begin_mask_stroke(name)
        try:
            yield stroke
        except BaseException:
            stroke.cancel()
            raise
        stroke.commit()

    def begin_mask_stroke(self, name: str) -> MaskStroke:
        """Begin a change of the mask that many events make; `commit` makes it one undo step.

        There is one open stroke at a time: another one, an undo or a redo commits it first.
        """
        self._settle()
        self._open = MaskStroke(self, name)
        return self._open

    # -- frames and edges ------------------------------------------------------------------------------

    def select_frame(self, index: int) -> None:
        """Make a frame the active one (no undo step)."""
        if 0 <= index < len(self.frames) and index != self.selected:
            self._layout = replace(self._layout, selected=index)
            self._emit("frames", NOWHERE)

    def set_frames(self, frames: Sequence[Frame], name: str, *, selected: int | None = None) -> None:
        """Replace the frames as one undo step; a frame that stays as it was keeps its drawn edges."""
        kept = dict(zip(self.frames, self.edges, strict=True))
        index = min(self.selected if selected is None else selected, max(0, len(frames) - 1))
        edges = tuple(kept.get(frame) for frame in frames)
        self._set_layout(Layout(frames=tuple(frames), edges=edges, selected=index), name)

    def set_edges(self, index: int, edges: U8 | None, name: str) -> None:
        """Replace a frame's drawn edges, (CHIP, CHIP) uint8 or None, as one undo step."""
        if edges is not None:
            if edges.shape != (CHIP, CHIP) or edges.dtype != np.uint8:
                raise ValueError(f"edges must be ({CHIP}, {CHIP}) uint8")
            edges = edges.copy()
            edges.flags.writeable = False
        every = list(self.edges)
        every[index] = edges
        self._set_layout(replace(self._layout, edges=tuple(every)), name)

    def set_visible_edges(self, index: int, edges: U8 | None) -> None:
        """Show these Canny edges on a frame (no undo step: they follow from the photo)."""
        if edges is None:
            self._visible.pop(index, None)
        else:
            self._visible[index] = edges
        self._emit("edges", NOWHERE)

    # -- results ---------------------------------------------------------------------------------------

    def set_results(self, results: Sequence[Variant]) -> None:
        """Replace the variants on offer; a shown one that is not among them is shown no more."""
        self.results = tuple(results)
        self._emit("results", NOWHERE)
        if self.shown is not None and not any(self.shown is variant for variant in self.results):
            self.show_variant(None)

    def show_variant(self, variant: Variant | None) -> None:
        """Let the canvas show a variant, or the photo itself."""
        boxes = [v.box for v in (self.shown, variant) if v is not None]
        self.shown = variant
        for box in boxes:
            self._emit("photo", box)

    def apply_result(self, variant: Variant, name: str, *, clear_mask: bool = False) -> Box:
        """Put a variant's pixels into the picture as one undo step; returns the changed box.

        `clear_mask`: in the same step, nothing is masked any more, and no drawn edges stay.
        """
        self._settle()
        self.shown = None
        cleared = masked_box(self.mask) if clear_mask else NOWHERE
        picture = self._picture.patched(variant.box, variant.pixels)
        blank = np.zeros_like(self.mask[cleared.slices])
        layout = replace(self._layout, edges=(None,) * len(self.frames)) if clear_mask else self._layout
        old = self._exchange_kept(_Kept(picture, variant.box, cleared, blank, layout))
        held = old.nbytes + picture.added(old.picture)
        self.history.push(ValueStep(name, old=old, exchange=self._exchange_kept, nbytes=held))
        return variant.box

    def keep_shown(self, name: str) -> bool:
        """Keep the shown variant and clear the mask that it filled, as one undo step; whether there was one."""
        if self.shown is None:
            return False
        self.apply_result(self.shown, name, clear_mask=True)
        self.set_results(())
        return True

    def mark_saved(self, path: Path | None = None) -> None:
        """The present state is on disk (at `path`)."""
        self.path = path or self.path
        self.saved_picture, self._saved_results = self._picture, self.results
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
        self._emit("edges", NOWHERE)
        return old

    def _exchange_kept(self, kept: _Kept) -> _Kept:
        view = self.mask[kept.cleared.slices]
        old = replace(kept, picture=self._picture, mask=view.copy(), layout=self._exchange_layout(kept.layout))
        self._picture = kept.picture
        view[...] = kept.mask
        self._emit("photo", kept.seen)
        if not kept.cleared.empty:
            self._emit("mask", kept.cleared)
        return old

    def _settle(self) -> None:
        """Close the open stroke before something else changes the mask."""
        if self._open is not None:
            self._open.commit()

    def _tell_dirty(self) -> None:
        """Menus show undo names and the dirty mark, so they hear of every step."""
        self._emit("dirty", NOWHERE)

    def _emit(self, what: What, box: Box) -> None:
        for listener in tuple(self.changed):
            listener(what, box)


class MaskStroke:
    """A change of the mask in the making: one undo step, however many events it takes."""

    def __init__(self, document: Document, name: str) -> None:
        self._document, self._name = document, name
        self.open = True
        """Whether it may still change the mask; something else (an undo) may have closed it."""
        self.backup = Backup(document.mask)
        """The mask as it was before the stroke, wherever the stroke has been."""

    def apply(self, function: Callable[[U8], Box], *, within: Box | None = None) -> Box:
        """Run a function that writes to the mask inside `within` (None: anywhere); returns its box."""
        mask = self._document.mask
        self.backup.save(Box(0, 0, mask.shape[1], mask.shape[0]) if within is None else within)
        box = function(mask)
        self.report(box)
        return box

    def report(self, box: Box) -> None:
        """Tell the listeners that the mask changed inside a box (its old pixels are saved already)."""
        if not box.empty:
            self._document._emit("mask", box)

    def commit(self) -> None:
        """Make it one undo step; nothing is pushed if nothing changed."""
        document = self._document
        pieces = self._close()
        if pieces:
            step = PatchStep(
                self._name,
                target=lambda: document.mask,
                pieces=pieces,
                swapped=lambda box: document._emit("mask", box),
            )
            document.history.push(step)

    def cancel(self) -> None:
        """Put the mask back as it was."""
        for box, old in self._close():
            self._document.mask[box.slices] = old
            self._document._emit("mask", box)

    def _close(self) -> list[tuple[Box, U8]]:
        if not self.open:
            return []
        self.open = False
        self._document._open = None
        return self.backup.changed()
