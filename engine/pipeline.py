"""The pipeline, top to bottom: a photo and a mask go in, the restored photo comes out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.choices import NETWORK_METHODS
from engine.errors import MaskError, ModelError, RequestError
from engine.faces.choosing import Chosen, choose_frames, outside, touched
from engine.faces.frames import HOLE_COVERAGE, cut, cut_mask, paste
from engine.fill.chips import fill_chip
from engine.fill.detail import add_detail
from engine.fill.grain import missing_grain
from engine.fill.sampling import Sampling
from engine.fill.softness import ENLARGED, LEAST, Sharpening, compressed, sharpening, softness
from engine.fill.surroundings import classical_method, fill_surroundings
from engine.geometry import CHIP, F32, U8, Box, Frame
from engine.photo import masks
from engine.photo.photos import Canvas, Paint
from engine.progress import Preview, Progress
from engine.reference import laying
from engine.request import FaceResult, Reference, Request, Result
from engine.runtime.models import Models
from engine.wording import Sentence

_RAMP = 12  # chip pixels over which a chip's fill gives way to the classical one at the chip's border
_FINEST = 1.0  # chip pixels: what is finer the networks cannot draw
_RIM = 3  # chip pixels around the hole that are filled too, to compare the fill with what is known
_FAULT, _FADE, _NOTHING = 0.1, 5.0, 0.02  # colours in 0..1; chip pixels; a share of rim
_AROUND = 20  # finest details around a hole among which it finds its own
_SOFT = 6.0  # chip pixels, inwards, over which what is made sharp sets in
_BAND = 1 << 20  # photo pixels worked on at a time

_NOTES = {
    "framed": Sentence("The mask hides a face; the framing network placed it by what is left of it."),
    "prefilled": Sentence("The mask hides a face; it was found once the hole was filled smoothly."),
    "mask": Sentence("No face was found at the mask; a square around the mask was restored instead."),
}
_NO_FACE = Sentence("What is marked as blurred lies on no face, and only faces are made sharp: frame one by hand.")
_NO_POSE = Sentence("No face was found at the mask, so the reference was left out.")
_NOT_USED = Sentence("The reference was left out: what is missing is hidden in it too, or too narrow to need one.")
_NO_HOLE = Sentence("The reference was left out: nothing that is missing lies on a face.")
_NO_EDGES = Sentence("The edges were left out: nothing that is marked lies on a face.")
_SHARP = Sentence("A face that is marked as blurred is sharp already; it was changed very little.")


@dataclass(frozen=True, eq=False, slots=True)
class _Drawn:
    """What the networks made of a chip, (CHIP, CHIP, 3) float32 each, and how much of it what is blurred gets."""

    chip: F32
    rgb: F32
    """Raw, for what is blurred."""
    fill: F32
    """Its colours matched to the surroundings, for what is missing."""
    share: float


def restore(request: Request, models: Models | None, progress: Progress | None = None) -> Result:
    """Restore what the mask marks as missing, and make sharp what is marked as blurred.

    Faces that the marks touch are filled by the networks on aligned chips and laid back; what is missing outside
    every chip is filled by a classical method.  `models` may be None for the classical methods.  No pixel
    further than `request.feather` from the marks changes.

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
    _check_reference(request, frames)
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
        face, drawn = _fill_face(request, used, chosen, (index, len(frames)), part.part(0, 0.8))
        canvas.paint(_laid(request, face.frame, drawn, part.part(0.8, 1.0)))
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
        notes=_notes(request, frames, faces) + (used.notes if used else ()),
    )


def _notes(request: Request, frames: tuple[Chosen, ...], faces: list[FaceResult]) -> tuple[Sentence, ...]:
    """What the user should read of where faces were found, and of what came of all that was asked for."""
    said = [_NOTES[chosen.found] for chosen in frames if chosen.found in _NOTES]
    said += [_SHARP for face in faces if face.sharpened == LEAST]
    if request.blurred is not None and not any(face.sharpened for face in faces):
        soft = np.where(request.mask > 127, np.uint8(0), request.blurred)
        said += [] if masks.is_empty(outside(soft, frames, 1.0)) else [_NO_FACE]
    if request.reference is not None:
        holes = [(c, face) for c, face in zip(frames, faces, strict=True) if touched(request.mask, c.frame)]
        said += [_NO_POSE if c.found == "mask" else _NOT_USED for c, face in holes if not face.referred]
        said += [] if holes else [_NO_HOLE]
    if any(edges is not None for edges in request.edges) and not frames and request.method in NETWORK_METHODS:
        said.append(_NO_EDGES)
    return tuple(dict.fromkeys(said))


def _checked(request: Request) -> Box:
    """What may change: the bounds of what is marked, grown by the feather.  Raises MaskError, RequestError."""
    size = request.photo.size
    for marks in (request.mask, request.blurred):
        if marks is not None and marks.shape != (size.height, size.width):
            height, width = marks.shape[:2]
            raise MaskError("The mask is {0}x{1}, the photo {2}x{3}.", width, height, size.width, size.height)
    bounds = _marked(request)
    if bounds.empty:
        raise MaskError("The mask is empty: nothing is marked for restoring.")
    soft = request.blurred is not None and not masks.is_empty(request.blurred)
    if soft and request.method not in NETWORK_METHODS:
        raise RequestError("What is blurred needs the networks; method {0} has none.", request.method)
    if request.reference is not None and request.method not in NETWORK_METHODS:
        raise RequestError("A reference needs the networks; method {0} has none.", request.method)
    return bounds.grown(int(np.ceil(request.feather))).clipped(size)


def _check_reference(request: Request, frames: tuple[Chosen, ...]) -> None:
    """Raise RequestError if one person's face would be laid under several faces."""
    count = sum(touched(request.mask, chosen.frame) for chosen in frames)
    if isinstance(request.reference, Reference) and count > 1:
        raise RequestError(
            "A reference photo is for one face, and {0} are marked: mark one alone, or frame it by hand.", count
        )


def _marked(request: Request) -> Box:
    """The bounds of all that is marked."""
    missing = masks.bounds(request.mask)
    return missing if request.blurred is None else missing.union(masks.bounds(request.blurred))


def _outside(mask: U8, frames: tuple[Chosen, ...]) -> U8 | None:
    """The mask without what lies well inside a frame; None if nothing is left."""
    if masks.is_empty(mask):
        return None
    if not frames:
        return mask
    if any(chosen.found == "aligned" for chosen in frames):
        return None
    left = outside(mask, frames, 1 - 2 * _RAMP / CHIP)
    return None if masks.is_empty(left) else left


def _fill_face(
    request: Request, models: Models, chosen: Chosen, place: tuple[int, int], progress: Progress
) -> tuple[FaceResult, _Drawn]:
    """Cut one face's chip, fill its hole and make sharp what is blurred.

    `place`: its number from 0, and of how many.
    """
    frame = chosen.frame
    chip, inside = cut(request.photo, frame)
    true_hole = cut_mask(request.mask, frame) > HOLE_COVERAGE
    reach = max(_RIM, round(request.feather * CHIP / frame.side) + 1)
    grown = cv2.dilate(true_hole.astype(np.uint8), _disc(reach)) > 0
    hole = grown | ~inside
    blurred = np.zeros_like(hole)
    if request.blurred is not None:
        soft = cut_mask(request.blurred, frame) > HOLE_COVERAGE
        blurred = (cv2.dilate(soft.astype(np.uint8), _disc(reach)) > 0) & ~hole
    face, count = place

    def on_step(index: int, total: int, picture: U8) -> None:
        preview = Preview(frame, face, count, index, total, picture)
        progress.report(
            index / total, "Face {0} of {1}: step {2} of {3}", face + 1, count, index, total, preview=preview
        )

    progress.report(0.0, "Face {0} of {1}: drawing edges", face + 1, count)
    wants = _wants(request, frame, chip, blurred) if blurred.any() else Sharpening(0.0, 0.0)
    under = request.reference if chosen.found != "mask" and true_hole.any() else None  # without a face, no pose
    fill = fill_chip(
        chip,
        hole,
        networks=models.networks,
        sampling=Sampling(request.steps or models.default_steps, request.sampler, seed=request.seed),
        blurred=blurred,
        detail=wants.detail,
        edges=chosen.edges,
        thresholds=request.canny,
        lay=None if under is None else laying(under, grown & inside, ~hole),
        on_step=on_step,
    )
    matched = _matched(fill.rgb, chip, rim=grown & inside & ~true_hole)
    filled = np.where(hole | blurred, 255, 0).astype(np.uint8)
    referred = 0.0 if fill.under is None else float(fill.under.core[true_hole].mean())
    done = FaceResult(frame, chosen.found, fill.visible_edges, fill.drawn_edges, filled, wants.share, referred)
    return done, _Drawn(chip, fill.rgb, matched, wants.share)


def _wants(request: Request, frame: Frame, chip: F32, blurred: NDArray[np.bool_]) -> Sharpening:
    """How much of a sharpening a face should get, seen at the size at which it was taken: the chip's at most."""
    if frame.side > CHIP * max(ENLARGED):
        return sharpening(softness(chip, blurred))
    assert request.blurred is not None
    box = frame.box().clipped(request.photo.size)
    photo = request.photo.rgb(box)
    if frame.side >= CHIP:
        return sharpening(max(softness(chip, blurred), compressed(photo)))
    return sharpening(softness(photo, request.blurred[box.slices] > 127))


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


def _laid(request: Request, frame: Frame, drawn: _Drawn, progress: Progress) -> Iterator[Paint]:
    """A chip as it lies on the photo: bands of rows, made when asked for, faded towards the chip's border."""
    margin = int(np.ceil(request.feather)) + 1
    size = request.photo.size
    area = frame.box().clipped(size).intersection(_marked(request).grown(margin).clipped(size))
    if area.empty:
        return
    finest = _FINEST * frame.side / CHIP
    holes = not masks.is_empty(request.mask[area.slices])
    around = max(margin, round(finest * (_AROUND if holes else _SOFT)) + 1)
    rows = max(1, _BAND // max(1, area.width))

    def laid(box: Box) -> tuple[Box, F32, F32, F32]:
        """The photo near a box, that box, and the rest as of `_seen`."""
        near = box.grown(around).clipped(size)
        return near, *_seen(request, frame, drawn, near)

    tops = range(area.top, area.bottom, rows)
    all_bands = (Box(area.left, top, area.right, min(top + rows, area.bottom)) for top in tops)
    bands = [box for box in all_bands if _any_marked(request, box.grown(margin).clipped(size))]
    if not bands:
        return
    middle = len(bands) // 2
    probe = laid(bands[middle])
    grain = missing_grain(probe[1], probe[2] > 0) if request.grain else None
    for index, box in enumerate(bands):
        progress.report(index / len(bands), "Laying the face onto the photo")
        near, rgb, alpha, cover = probe if index == middle else laid(box)
        inner = box.seen_from(near).slices
        colours = rgb[inner] if grain is None else rgb[inner] + grain.over(box)
        yield Paint(box, colours.clip(0, 1), alpha[inner], cover[inner])


def _any_marked(request: Request, box: Box) -> bool:
    both = (request.mask, request.blurred)
    return any(marks is not None and not masks.is_empty(marks[box.slices]) for marks in both)


def _seen(request: Request, frame: Frame, drawn: _Drawn, near: Box) -> tuple[F32, F32, F32]:
    """A box of the photo with a face laid on, (h, w, 3); how much of that is to be seen, (h, w), and is missing."""
    photo = request.photo.rgb(near)
    ramp = np.ones((CHIP, CHIP, 1), np.float32) if request.aligned else _ramp()
    scale = frame.side / CHIP
    over = paste(np.dstack((drawn.fill, ramp)), frame, near)
    alpha = masks.feather(request.mask[near.slices], request.feather)
    hole = alpha[..., None] > 0
    rgb = add_detail(np.where(hole, over[..., :3].clip(0, 1), photo), hole[..., 0], scale=_FINEST * scale)
    edge = over[..., 3].clip(0, 1)
    cover = np.asarray(alpha * edge, np.float32)
    if drawn.share == 0 or request.blurred is None:
        return rgb, cover, cover
    # What the chip cannot hold is the photo's own, so its change is laid on; the chip itself where that is grain alone.
    bare = not request.grain and frame.side <= CHIP
    change = paste(drawn.rgb, frame, near) - photo if bare else paste(drawn.rgb - drawn.chip, frame, near)
    soft = masks.faded(request.blurred[near.slices], out=request.feather, within=_SOFT * scale)
    both = 1 - (1 - alpha) * (1 - soft)
    missing = (alpha / np.maximum(both, 1e-6))[..., None]
    mixed = missing * rgb + (1 - missing) * (photo + drawn.share * change)
    rgb = np.where(both[..., None] > 0, mixed, photo).clip(0, 1)
    return np.asarray(rgb, np.float32), np.asarray(both * edge, np.float32), cover


def _ramp() -> F32:
    """(CHIP, CHIP, 1): 1 inside, falling to 0 over `_RAMP` pixels at the border."""
    at = np.minimum(np.arange(CHIP), np.arange(CHIP)[::-1]) + 0.5
    edge = (at / _RAMP).clip(0, 1)
    return np.asarray(np.minimum(edge[:, None], edge[None, :])[..., None], np.float32)
