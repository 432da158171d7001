"""The pipeline, top to bottom: a photo and a mask go in, the restored photo comes out."""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import numpy as np

from engine.errors import MaskError, ModelError
from engine.faces.choosing import Chosen, choose_frames
from engine.faces.frames import HOLE_COVERAGE, cut, cut_mask, paste
from engine.fill.chips import fill_chip
from engine.fill.detail import add_detail
from engine.fill.grain import missing_grain
from engine.fill.sampling import Sampling
from engine.fill.surroundings import classical_method, fill_surroundings
from engine.geometry import CHIP, F32, U8, Box, Frame
from engine.photo import masks
from engine.photo.photos import Canvas, Paint
from engine.progress import Preview, Progress
from engine.request import FaceResult, Request, Result
from engine.runtime.models import Models
from engine.wording import Sentence

_RAMP = 12  # chip pixels over which a chip's fill gives way to the classical one at the chip's border
_FINEST = 1.0  # chip pixels: what is finer the networks cannot draw
_RIM = 3  # chip pixels around the hole that are filled too, to compare the fill with what is known
_FAULT, _FADE, _NOTHING = 0.1, 5.0, 0.02  # colours in 0..1; chip pixels; a share of rim
_AROUND = 20  # finest details around a hole among which it finds its own
_BAND = 1 << 20  # photo pixels worked on at a time

_NOTES = {
    "framed": Sentence("The mask hides a face; the framing network placed it by what is left of it."),
    "prefilled": Sentence("The mask hides a face; it was found once the hole was filled smoothly."),
    "mask": Sentence("No face was found at the mask; a square around the mask was restored instead."),
}


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
    used = models if frames else None
    canvas = Canvas(request.photo)  # all that is laid on it is made from the request's photo
    faces: list[FaceResult] = []
    share = 0.15 if frames else 1.0  # of the whole run, until the faces begin
    rest = _outside(request.mask, frames)
    if rest is not None:
        canvas.paint(fill_surroundings(request, rest, progress.part(0.02, share)))
    for index, chosen in enumerate(frames):
        assert used is not None
        part = progress.part(share, 1.0).part(index / len(frames), (index + 1) / len(frames))
        face, picture = _fill_face(request, used, chosen, (index, len(frames)), part.part(0, 0.8))
        canvas.paint(_laid(request, face.frame, picture, part.part(0.8, 1.0)))
        faces.append(face)
    progress.report(1.0, "Done")
    return Result(
        photo=canvas.photo,
        changed=changed,
        faces=tuple(faces),
        method="diffusion" if frames else classical_method(request),
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


def _fill_face(
    request: Request, models: Models, chosen: Chosen, place: tuple[int, int], progress: Progress
) -> tuple[FaceResult, F32]:
    """Cut one face's chip and fill its hole.

    `place`: its number from 0, and of how many.  Returns what was done and the fill, (CHIP, CHIP, 3) float32 0..1, its
    colours matched to the surroundings.
    """
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
    filled = np.where(hole, 255, 0).astype(np.uint8)
    return FaceResult(frame, chosen.found, fill.visible_edges, fill.drawn_edges, filled), matched


def _disc(radius: int) -> U8:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _matched(fill: F32, chip: F32, *, rim: np.ndarray) -> F32:
    """Shift the fill's colours by what it misses on the rim, where the truth is known: no seam.

    The shift fades away from the rim (a normalised convolution against a little of nothing), and no place of it counts
    much: where the fill draws another thing than the photo, hair for skin, its colour is not at fault.
    """
    known = rim.astype(np.float32)
    miss = (chip - fill).clip(-_FAULT, _FAULT) * known[..., None]
    weight = cv2.GaussianBlur(known, (0, 0), _FADE)
    shift = cv2.GaussianBlur(miss, (0, 0), _FADE) / (weight + _NOTHING)[..., None]
    return np.asarray((fill + shift).clip(0, 1), np.float32)


def _laid(request: Request, frame: Frame, chip: F32, progress: Progress) -> Iterator[Paint]:
    """A filled chip as it lies on the photo: bands of rows, made when asked for, faded towards the chip's border."""
    margin = int(np.ceil(request.feather)) + 1
    size = request.photo.size
    bounds = masks.bounds(request.mask).grown(margin).clipped(size)
    area = frame.box().clipped(size).intersection(bounds)
    if area.empty:
        return
    ramp = np.ones((CHIP, CHIP, 1), np.float32) if request.aligned else _ramp()
    finest = _FINEST * frame.side / CHIP
    around = max(margin, round(finest * _AROUND))
    rows = max(1, _BAND // max(1, area.width))

    def laid(box: Box) -> tuple[Box, F32, F32]:
        """(near, rgb, alpha): the photo near a box with the face laid on, and how much of that is to be seen."""
        near = box.grown(around).clipped(size)
        alpha = masks.feather(request.mask[near.slices], request.feather)
        over = paste(np.dstack((chip, ramp)), frame, near)
        whole = np.where(alpha[..., None] > 0, over[..., :3].clip(0, 1), request.photo.rgb(near))
        rgb = add_detail(whole, alpha > 0, scale=finest)
        return near, rgb, np.asarray(alpha * over[..., 3].clip(0, 1), np.float32)

    tops = range(area.top, area.bottom, rows)
    all_bands = (Box(area.left, top, area.right, min(top + rows, area.bottom)) for top in tops)
    bands = [box for box in all_bands if not masks.is_empty(request.mask[box.grown(margin).clipped(size).slices])]
    if not bands:
        return
    middle = len(bands) // 2
    probe = laid(bands[middle])
    grain = missing_grain(probe[1], probe[2] > 0)
    for index, box in enumerate(bands):
        progress.report(index / len(bands), "Laying the face onto the photo")
        near, rgb, alpha = probe if index == middle else laid(box)
        inner = box.seen_from(near).slices
        colours = rgb[inner] if grain is None else rgb[inner] + grain.over(box)
        yield Paint(box, colours.clip(0, 1), alpha[inner])


def _ramp() -> F32:
    """(CHIP, CHIP, 1): 1 inside, falling to 0 over `_RAMP` pixels at the border."""
    at = np.minimum(np.arange(CHIP), np.arange(CHIP)[::-1]) + 0.5
    edge = (at / _RAMP).clip(0, 1)
    return np.asarray(np.minimum(edge[:, None], edge[None, :])[..., None], np.float32)
