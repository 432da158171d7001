"""What a run made of a photo, as small as it can be kept.  No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import engine
from engine.geometry import U8, Box, Size
from engine.progress import Preview
from engine.request import FaceResult, Request, Result
from faceapp.editing.boxes import inside, masked_box
from faceapp.editing.picture import Picture, Pixels


@dataclass(frozen=True, eq=False, kw_only=True)
class Variant:
    """One finished run: the changed pixels, not another photo."""

    box: Box
    pixels: Pixels
    """The photo's pixels inside `box` after the run, at the photo's own depth and full strength."""
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
    likeness: tuple[engine.Likeness, ...] = ()
    """How much of each of the faces changed; empty where it is not known."""
    marks: tuple[Box, U8] | None = None
    """A box on the photo and, (h, w) uint8 of that, over 0 where anything was marked for this run; it may be larger
    than `box`.  None: wherever anything is marked."""
    missing: U8 | None = None
    """(h, w) uint8 of `box`, over 127 where nothing was left, if other places were blurred: it stays filled at any
    strength.  None: the strength is that of everything."""
    seam: float = 0.0
    """Photo pixels over which that fades."""

    @property
    def drawn(self) -> bool:
        """Whether networks made it."""
        return self.method == "diffusion"

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        chips = sum(int(preview.chip.nbytes) for preview in self.previews)
        faces = sum(int(f.visible_edges.nbytes + f.drawn_edges.nbytes + f.hole.nbytes) for f in self.faces)
        marks = 0 if self.marks is None else int(self.marks[1].nbytes)
        return int(self.pixels.nbytes) + marks + chips + faces

    @classmethod
    def of(cls, request: Request, result: Result) -> Variant:
        """Keep of a result what cannot be had from the document."""
        box = result.changed.clipped(result.photo.size)
        soft = request.blurred
        marks = request.mask if soft is None else engine.united(request.mask, soft)
        marked = masked_box(marks)
        alike = tuple(engine.likeness(request.photo, result.photo, face.frame, marks) for face in result.faces)
        unlike = [like.note for face, like in zip(result.faces, alike, strict=True) if face.sharpened and like.note]
        both = soft is not None and not engine.is_empty(request.mask)
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
            notes=tuple(dict.fromkeys((*result.notes, *unlike))),
            likeness=alike,
            marks=(marked, marks[marked.slices].copy()),
            missing=request.mask[box.slices].copy() if both else None,
            seam=request.feather,
        )

    def cleared(self, mask: U8, box: Box) -> U8:
        """(h, w) uint8: what is left of a mask, inside a box on the photo, without what this run filled."""
        if self.marks is None:
            return np.zeros((box.height, box.width), np.uint8)
        marked, marks = self.marks
        left, overlap = mask[box.slices].copy(), box.intersection(marked)
        if not overlap.empty:
            left[inside(overlap, box).slices][marks[inside(overlap, marked).slices] > 0] = 0
        return left

    def same_picture(self, other: Variant) -> bool:
        """Whether both change the same pixels to the same colours."""
        if self.box != other.box or not np.array_equal(self.pixels[::16, ::16], other.pixels[::16, ::16]):
            return False  # nearly always, and at once
        return np.array_equal(self.pixels, other.pixels)

    def weakened(self, photo: engine.Photo, before: Pixels, strength: float) -> Pixels:
        """The pixels inside `box` at a strength of 0 (those `before`) to 1; `photo` tells what the numbers mean."""
        one, two = (replace(photo, pixels=np.ascontiguousarray(pixels)) for pixels in (before, self.pixels))
        whole = Box(0, 0, self.box.width, self.box.height)
        mixed = engine.weakened(one, two, strength, box=whole, missing=self.missing, seam=self.seam)
        found: Pixels = mixed.pixels
        return found


def laid(picture: Picture, variant: Variant | None) -> Picture:
    """A picture with a variant on it, if there is one."""
    return picture if variant is None else picture.patched(variant.box, variant.pixels, drawn=variant.drawn)


def empty_mask(size: Size) -> U8:
    """(H, W) uint8 of nothing; pages that nobody paints on take no memory."""
    return np.zeros((size.height, size.width), np.uint8)
