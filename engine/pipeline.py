"""The pipeline, top to bottom: a photo and a mask go in, the restored photo comes out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine.errors import MaskError, ModelError
from engine.faces.choosing import Chosen, choose_frames
from engine.faces.frames import HOLE_COVERAGE, cut, cut_mask, paste
from engine.fill.chips import ChipFill, fill_chip
from engine.fill.classical import Classical, thick_parts
from engine.fill.classical import fill as classical_fill
from engine.fill.detail import add_detail
from engine.fill.prefill import push_pull
from engine.fill.sampling import Sampling
from engine.geometry import CHIP, F32, U8, Box, Frame, Size
from engine.photo import masks
from engine.photo.photos import Paint
from engine.progress import Preview, Progress
from engine.request import FaceResult, Request, Result
from engine.runtime.models import Models
from engine.wording import Sentence

_RAMP = 12  # chip pixels over which a chip's fill gives way to the classical one at the chip's border
_FINEST = 2.0  # chip pixels: the networks draw nothing finer yet
_RIM = 3  # chip pixels around the hole that are filled too, to compare the fill with what is known
_AROUND = 20  # finest details around a hole among which it finds its own
_BAND = 1 << 20  # photo pixels worked on at a time
_TILE, _OVERLAP = 2048, 48  # photo pixels a side
_CONTEXT = 128  # photo pixels of surroundings that a classical fill sees
_WIDE = 96.0  # photo pixels: the radius of damage that is too wide for a tile
_COARSE = 4  # photo pixels a side of what is looked at to tell wide damage

_NOTES = {
    "framed": Sentence("The mask hides a face; the framing network placed it by what is left of it."),
    "prefilled": Sentence("The mask hides a face; it was found once the hole was filled smoothly."),
    "mask": Sentence("No face was found at the mask; a square around the mask was restored instead."),
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
    frames = choose_frames(request, models.networks if models else None)
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
        raise MaskError("The mask is {0}x{1}, the photo {2}x{3}.", width, height, size.width, size.height)
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
    """Fill damage from its surroundings, in tiles, for these are enough; areas too wide for a tile as a whole."""
    size, margin = request.photo.size, int(np.ceil(request.feather)) + 1
    wide = _too_wide(mask)
    narrow = np.where(wide > 0, np.uint8(0), mask)
    pieces = [(box, narrow, y, x) for box, y, x in _tiles(narrow, margin)]
    for box in (group.grown(margin).clipped(size) for group in _groups(wide)):
        pieces.append((box, wide, np.ones(box.height, np.float32), np.ones(box.width, np.float32)))
    for index, (box, part, y, x) in enumerate(pieces):
        step = progress.part(index / len(pieces), (index + 1) / len(pieces))
        step.report(0.0, "Filling around the faces")
        view = box.grown(max(_CONTEXT, margin)).clipped(size)
        inner = box.seen_from(view).slices
        damaged = masks.feather(request.mask[view.slices], request.feather) > 0  # no source, in a face or not
        filled = classical_fill(
            request.photo.rgb8(view),
            np.where(damaged, np.uint8(255), np.uint8(0)),
            method=_classical(request),
            seed=request.seed,
            progress=step,
        )
        alpha = masks.feather(part[view.slices], request.feather)[inner]
        yield Paint(box, (filled[inner] / 255).astype(np.float32), alpha * np.outer(y, x))


def _too_wide(mask: U8) -> U8:
    """The connected parts of the mask that are too wide to be filled in tiles; looked for at a coarser scale."""
    height, width = mask.shape
    coarse = (max(1, width // _COARSE), max(1, height // _COARSE))
    small = np.where(cv2.resize(mask, coarse, interpolation=cv2.INTER_AREA) > 0, np.uint8(255), np.uint8(0))
    wide = cv2.resize(thick_parts(small, _WIDE / _COARSE), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.bitwise_and(mask, wide), np.uint8)


def _tiles(mask: U8, margin: int) -> Iterator[tuple[Box, F32, F32]]:
    """Overlapping squares that hold everything within `margin` of the mask.

    Each comes with the ramps, down (h,) and across (w,), by which it is laid over those above and to its left, so that
    no line shows.
    """
    size = Size(mask.shape[1], mask.shape[0])
    area = masks.bounds(mask).grown(margin).clipped(size)
    for top in range(area.top, area.bottom, _TILE):
        for left in range(area.left, area.right, _TILE):
            box = Box(left, top, left + _TILE + _OVERLAP, top + _TILE + _OVERLAP).intersection(area)
            if masks.is_empty(mask[box.grown(margin).clipped(size).slices]):
                continue
            x = _rise(box.width) if left > area.left else np.ones(box.width, np.float32)
            y = _rise(box.height) if top > area.top else np.ones(box.height, np.float32)
            yield box, y, x


def _rise(length: int) -> F32:
    """(length,): from 0 to 1 over the overlap of two tiles."""
    return ((np.arange(length, dtype=np.float32) + 1) / (_OVERLAP + 1)).clip(0, 1)


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
        preview = Preview(frame, face, count, index, total, picture)
        progress.report(
            index / total, "Face {0} of {1}: step {2} of {3}", face + 1, count, index, total, preview=preview
        )

    progress.report(0.0, "Face {0} of {1}: drawing edges", face + 1, count)
    fill = fill_chip(
        chip,
        hole,
        networks=models.networks,
        sampling=Sampling(request.steps or models.default_steps, request.sampler, seed=request.seed),
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
    finest = _FINEST * chip.frame.side / CHIP
    around = max(margin, round(finest * _AROUND))
    rows = max(1, _BAND // max(1, area.width))
    for top in range(area.top, area.bottom, rows):
        progress.report((top - area.top) / area.height, "Laying the face onto the photo")
        box = Box(area.left, top, area.right, min(top + rows, area.bottom))
        near = box.grown(around).clipped(size)
        inner = box.seen_from(near).slices
        alpha = masks.feather(request.mask[near.slices], request.feather)
        if not (alpha[inner] > 0).any():
            continue
        laid = paste(np.dstack((chip.paint, ramp)), chip.frame, near)
        whole = np.where(alpha[..., None] > 0, laid[..., :3].clip(0, 1), request.photo.rgb(near))
        rgb = add_detail(whole, alpha > 0, scale=finest)
        yield Paint(box, rgb[inner], np.asarray((alpha * laid[..., 3].clip(0, 1))[inner], np.float32))


def _ramp() -> F32:
    """(CHIP, CHIP, 1): 1 inside, falling to 0 over `_RAMP` pixels at the border."""
    at = np.minimum(np.arange(CHIP), np.arange(CHIP)[::-1]) + 0.5
    edge = (at / _RAMP).clip(0, 1)
    return np.asarray(np.minimum(edge[:, None], edge[None, :])[..., None], np.float32)
