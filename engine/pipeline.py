"""The pipeline, top to bottom: a photo and a mask go in, the restored photo comes out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine import masks
from engine.chips import ChipFill, fill_chip
from engine.classical import Classical
from engine.classical import fill as classical_fill
from engine.detail import add_detail
from engine.errors import MaskError, ModelError
from engine.faces import HOLE_COVERAGE, cut, cut_mask, paste
from engine.framing import Chosen, choose_frames
from engine.models import Models
from engine.photos import Paint
from engine.prefill import push_pull
from engine.progress import Progress
from engine.types import CHIP, F32, U8, Box, FaceResult, Frame, Preview, Request, Result

_RAMP = 12  # chip pixels over which a chip's fill gives way to the classical one at the chip's border
_RIM = 3  # chip pixels around the hole that are filled too, to compare the fill with what is known
_BAND = 1 << 22  # photo pixels worked on at a time
_CONTEXT = 64  # photo pixels of surroundings that a classical fill sees

_NOTES = {
    "prefilled": "The mask hides a face; it was found once the hole was filled smoothly.",
    "mask": "No face was found at the mask; a square around the mask was restored instead.",
}


@dataclass(frozen=True, eq=False, slots=True)
class _Chip:
    """A face in work: the chip with its hole, the fill, and where it lies."""

    frame: Frame
    hole: U8
    fill: ChipFill
    paint: F32
    """(CHIP, CHIP, 3) float32 0..1: the fill, its colours matched to the surroundings."""


def restore(request: Request, models: Models | None, progress: Progress | None = None) -> Result:
    """Restore what the mask marks.

    Faces that the mask touches are filled by the networks on aligned chips and laid back; what lies outside
    every chip is filled by a classical method.  `models` may be None for the classical methods.  No pixel
    further than `request.feather` from the mask changes.

    Raises MaskError (empty or ill-fitting mask), RequestError, ModelError, DeviceError, and Cancelled within
    one step of `progress.cancel()`.
    """
    start = time.perf_counter()
    progress = progress or Progress()
    changed = _checked(request)
    progress.report(0.0, "Looking for faces")
    frames = choose_frames(request)
    if frames and models is None:
        raise ModelError("This method needs the models, and none were loaded.")
    faces: list[FaceResult] = []
    paints = _paints(request, models, frames, faces, progress)
    photo = request.photo.painted_all(paints)
    progress.report(1.0, "Done")
    used = models if frames else None
    return Result(
        photo=photo,
        changed=changed,
        faces=tuple(faces),
        method="diffusion" if frames else _classical(request),
        device=used.device if used else "cpu",
        model=used.name if used else "none",
        seed=request.seed,
        steps=(request.steps or used.default_steps) if used else 0,
        seconds=time.perf_counter() - start,
        notes=tuple(dict.fromkeys(_NOTES[c.found] for c in frames if c.found in _NOTES)) + (used.notes if used else ()),
    )


def _checked(request: Request) -> Box:
    """What may change: the mask's bounds grown by the feather.  Raises MaskError."""
    size = request.photo.size
    if request.mask.shape != (size.height, size.width):
        height, width = request.mask.shape[:2]
        raise MaskError(f"The mask is {width}x{height}, the photo {size.width}x{size.height}.")
    bounds = masks.bounds(request.mask)
    if bounds.empty:
        raise MaskError("The mask is empty: nothing is marked for restoring.")
    return bounds.grown(int(np.ceil(request.feather))).clipped(size)


def _classical(request: Request) -> Classical:
    """The classical method for what lies outside the faces."""
    return "auto" if request.method == "diffusion" else request.method


def _paints(
    request: Request,
    models: Models | None,
    frames: tuple[Chosen, ...],
    faces: list[FaceResult],
    progress: Progress,
) -> Iterator[Paint]:
    """Everything to paint, in order: the classical fill of what the chips leave, then each chip.

    `faces` is filled as they are done.  All of them read the request's photo, none what another painted.
    """
    rest = _outside(request.mask, frames)
    share = 0.15 if frames else 1.0
    if rest is not None:
        yield from _paint_classical(request, rest, progress.part(0.02, share))
    for index, chosen in enumerate(frames):
        begin = share + (1 - share) * index / len(frames)
        part = progress.part(begin, share + (1 - share) * (index + 1) / len(frames))
        assert models is not None
        chip = _fill_face(request, models, chosen, (index, len(frames)), part.part(0, 0.8))
        faces.append(FaceResult(chosen.frame, chosen.found, chip.fill.visible_edges, chip.fill.drawn_edges, chip.hole))
        yield from _paint_chip(request, chip, part.part(0.8, 1.0))


def _outside(mask: U8, frames: tuple[Chosen, ...]) -> U8 | None:
    """The mask without what lies well inside a frame; None if nothing is left."""
    if not frames:
        return mask
    left = mask.copy()
    for chosen in frames:
        frame = chosen.frame
        if chosen.found == "aligned":
            return None
        inner = Frame(frame.cx, frame.cy, frame.side * (1 - 2 * _RAMP / CHIP), frame.angle)
        cv2.fillConvexPoly(left, np.rint(inner.corners()).astype(np.int32), (0,))
    return None if masks.is_empty(left) else left


def _paint_classical(request: Request, mask: U8, progress: Progress) -> Iterator[Paint]:
    """Fill each group of damage with its surroundings."""
    boxes = _groups(mask)
    for index, box in enumerate(boxes):
        part = progress.part(index / len(boxes), (index + 1) / len(boxes))
        part.report(0.0, "Filling around the faces")
        view = box.grown(_CONTEXT).clipped(request.photo.size)
        alpha = masks.feather(mask[view.slices], request.feather)
        damaged = masks.feather(request.mask[view.slices], request.feather) > 0  # no source, in a face or not
        hole = np.where(damaged, 255, 0).astype(np.uint8)
        picture = request.photo.rgb8(view)
        filled = classical_fill(
            picture,
            hole,
            method=_classical(request),
            seed=request.seed,
            progress=part,
        )
        yield Paint(view, (filled / 255).astype(np.float32), alpha)


def _groups(mask: U8) -> list[Box]:
    """Boxes around damage, those that come near each other joined, so that none is read twice."""
    boxes = masks.components(mask)
    merged: list[Box] = []
    for box in sorted(boxes, key=lambda b: (b.top, b.left)):
        near = [m for m in merged if not m.grown(_CONTEXT).intersection(box).empty]
        for other in near:
            merged.remove(other)
            box = box.union(other)
        merged.append(box)
    return merged


def _fill_face(request: Request, models: Models, chosen: Chosen, place: tuple[int, int], progress: Progress) -> _Chip:
    """Cut one face's chip, fill its hole and match the fill's colours."""
    frame = chosen.frame
    chip, inside = cut(request.photo, frame)
    true_hole = cut_mask(request.mask, frame) > HOLE_COVERAGE
    reach = max(_RIM, round(request.feather * CHIP / frame.side) + 1)
    grown = cv2.dilate(true_hole.astype(np.uint8), _disc(reach)) > 0
    hole = grown | ~inside
    face, count = place

    def on_step(index: int, total: int, picture: U8) -> None:
        text = f"Face {face + 1} of {count}: step {index} of {total}"
        progress.report(index / total, text, Preview(frame, face, count, index, total, picture))

    progress.report(0.0, f"Face {face + 1} of {count}: drawing edges")
    fill = fill_chip(
        chip,
        hole,
        models,
        steps=request.steps,
        sampler=request.sampler,
        seed=request.seed,
        edges=chosen.edges,
        thresholds=request.canny,
        on_step=on_step,
    )
    matched = _matched(fill.rgb, chip, rim=grown & inside & ~true_hole)
    return _Chip(frame, np.where(hole, 255, 0).astype(np.uint8), fill, matched)


def _disc(radius: int) -> U8:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _matched(fill: F32, chip: F32, *, rim: np.ndarray) -> F32:
    """Shift the fill's colours smoothly by what it misses on the rim, where the truth is known: no seam."""
    known = rim.astype(np.float32)[None, None]
    miss = ((chip - fill).transpose(2, 0, 1)[None] * known).astype(np.float32)
    if not rim.any():
        return fill
    shift = push_pull(miss, known)
    smooth = cv2.GaussianBlur(shift[0].transpose(1, 2, 0), (0, 0), 3.0)
    return np.asarray((fill + smooth).clip(0, 1), np.float32)


def _paint_chip(request: Request, chip: _Chip, progress: Progress) -> Iterator[Paint]:
    """Lay a chip's fill onto the photo, in bands of rows, faded towards the chip's border."""
    margin = int(np.ceil(request.feather)) + 1
    size = request.photo.size
    bounds = masks.bounds(request.mask).grown(margin).clipped(size)
    area = chip.frame.box().clipped(size).intersection(bounds)
    if area.empty:
        return
    ramp = np.ones((CHIP, CHIP, 1), np.float32) if request.aligned else _ramp()
    rows = max(1, _BAND // max(1, area.width))
    for top in range(area.top, area.bottom, rows):
        progress.report((top - area.top) / area.height, "Laying the face onto the photo")
        box = Box(area.left, top, area.right, min(top + rows, area.bottom))
        near = box.grown(margin).clipped(size)
        alpha = masks.feather(request.mask[near.slices], request.feather)
        alpha = alpha[box.top - near.top :, box.left - near.left :][: box.height, : box.width]
        if not (alpha > 0).any():
            continue
        laid = paste(np.dstack((chip.paint, ramp)), chip.frame, box)
        rgb = _detailed(request, chip, box, laid[..., :3].clip(0, 1), alpha > 0)
        yield Paint(box, rgb, np.asarray(alpha * laid[..., 3].clip(0, 1), np.float32))


def _detailed(request: Request, chip: _Chip, box: Box, fill: F32, hole: np.ndarray) -> F32:
    """The fill with the photo's own fine detail, where the face is larger than the chip."""
    known = request.photo.rgb(box)
    whole = np.where(hole[..., None], fill, known)
    return add_detail(whole, hole, scale=chip.frame.side / CHIP, seed=request.seed)


def _ramp() -> F32:
    """(CHIP, CHIP, 1): 1 inside, falling to 0 over `_RAMP` pixels at the border."""
    at = np.minimum(np.arange(CHIP), np.arange(CHIP)[::-1]) + 0.5
    edge = (at / _RAMP).clip(0, 1)
    return np.asarray(np.minimum(edge[:, None], edge[None, :])[..., None], np.float32)
