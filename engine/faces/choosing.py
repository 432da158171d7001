"""Which squares of the photo become chips, and how each was found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.choices import NETWORK_METHODS
from engine.errors import RequestError
from engine.faces.frames import HOLE_COVERAGE, Face, cut_mask, detect, frame_around
from engine.faces.reframing import QUARTERS, apart, around, mean, propose, reframe
from engine.geometry import U8, Box, Frame
from engine.photo.masks import is_empty
from engine.photo.photos import Photo
from engine.request import Found, Request
from engine.runtime.models import Networks

_LARGEST = 1600  # side at which faces are looked for; the detector shrinks further by itself
_SQUARE = 0.02
_ASKED = 0.12  # the same, where a person says that there is a face
_SHARES = (0.5, 0.7, 1.0, 1.4)  # sides of the squares looked at, over that of one drawn by hand
_ORDER = 3.0  # how many times larger or smaller than a face's frame a square drawn around it may be
_FACE = 0.6  # share of a frame's side that the face itself takes
_THICK = 0.02  # of the photo's shorter side: what is narrower hides no face
_SURE_FACE = 0.8  # score of the detector
_SURE = 0.06  # error that a frame of the framing network may expect: pictures without a face never come that low


def find_faces(photo: Photo) -> tuple[Face, ...]:
    """The faces of a photo, largest first, in photo pixels."""
    small, scale = _shrunk(photo)
    return tuple(_scaled(face, scale) for face in detect(small))


@dataclass(frozen=True, eq=False, slots=True)
class Chosen:
    """A frame to restore, where it comes from, and the edges to follow in it, if the request gives some."""

    frame: Frame
    found: Found
    edges: U8 | None = None


def choose_frames(request: Request, networks: Networks | None = None) -> tuple[Chosen, ...]:
    """The frames whose hole the networks fill; none for a classical method.

    Faces that no mark touches are left out.  A mask may hide the face it lies on from the detector: the framing
    network, if `networks` hold one, looks around what of the mask lies on none that was seen; where neither finds any,
    faces are looked for again with the hole filled smoothly.  If the photo shows no face at all, or `diffusion` was
    asked for and no face is touched, a frame is set around the mask.  Raises RequestError, DeviceError.
    """
    if request.method not in NETWORK_METHODS:
        return ()
    if request.frames is None:
        return _with_edges(request, _found(request, networks))
    given = _with_edges(request, tuple(Chosen(frame, "given") for frame in request.frames))
    return tuple(chosen for chosen in given if _marked(request, chosen.frame))


def fit_frame(photo: Photo, mask: U8, rough: Frame, networks: Networks) -> Frame | None:
    """The frame of the face that a roughly drawn square holds: a box around a head, say; None if no face is sure.

    A face that the detector is sure of is framed by its eyes and mouth, unless the mask hides some; then, and where
    it sees none, the framing network looks at squares of several sides.  `mask`: (H, W) uint8 of the photo's size.
    Raises DeviceError.
    """
    held = [face for face in find_faces(photo) if _holds(rough, face.frame)]
    face = max(held, key=lambda f: f.score, default=None)
    if face is not None and face.score > _SURE_FACE and not _hidden(mask, face):
        return face.frame
    if not networks.can_frame:
        return None if face is None else face.frame
    squares = [replace(rough, side=rough.side * share) for share in _SHARES]
    if face is not None:
        squares.append(around(face.frame))
    guesses = [g for g in reframe(photo, mask, squares, networks) if g.error < _ASKED and _holds(rough, g.frame)]
    return min(guesses, key=lambda g: g.error).frame if guesses else None


def _holds(rough: Frame, frame: Frame) -> bool:
    """Whether a square may have been meant for a face: it holds the face's middle, and is not of another order."""
    away = max(abs(rough.cx - frame.cx), abs(rough.cy - frame.cy))
    return away < rough.side / 2 and 1 / _ORDER < rough.side / frame.side < _ORDER


def _with_edges(request: Request, chosen: tuple[Chosen, ...]) -> tuple[Chosen, ...]:
    """Each frame with its edges, if there is any; RequestError if they do not match."""
    if not request.edges or not chosen:
        return chosen
    if len(request.edges) != len(chosen):
        raise RequestError(
            "A picture of edges is for one face, and {0} are marked: mark one alone, or frame it by hand.", len(chosen)
        )
    return tuple(replace(c, edges=edges) for c, edges in zip(chosen, request.edges, strict=True))


def _found(request: Request, networks: Networks | None) -> tuple[Chosen, ...]:
    if request.aligned:
        return (Chosen(whole_frame(request.photo), "aligned"),)
    small, scale = _shrunk(request.photo)
    seen = [_scaled(face, scale) for face in detect(small)]
    touching = _touching(request, seen, networks, found="detected")
    hiding = _hiding(request.mask, touching)
    framed = () if is_empty(hiding) else _framed(request, hiding, seen, networks)
    if frames := touching + framed:
        return frames
    guessed: list[Face] = []
    if not is_empty(request.mask):
        hole = cv2.resize(request.mask, small.shape[1::-1], interpolation=cv2.INTER_AREA) > 12
        filled = np.asarray(cv2.inpaint(small, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)
        guessed = [_scaled(face, scale) for face in detect(filled)]
        if frames := _touching(request, guessed, networks, found="prefilled"):
            return frames
    if (seen or guessed) and request.method == "auto":
        return ()
    marks = request.mask if request.blurred is None else np.maximum(request.mask, request.blurred)
    return (Chosen(frame_around(marks, request.photo.size), "mask"),)


def _hiding(mask: U8, touching: tuple[Chosen, ...]) -> U8:
    """Of a mask what may hide another face than these: no scratches, and nothing on theirs."""
    if not touching:
        return mask
    left = np.where(outside(mask, touching, _FACE) > 127, np.uint8(255), np.uint8(0))
    thick = max(3, round(_THICK * min(mask.shape)))
    return np.asarray(cv2.morphologyEx(left, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8)), np.uint8)


def _touching(request: Request, faces: list[Face], networks: Networks | None, *, found: Found) -> tuple[Chosen, ...]:
    """The detector's faces that the mask touches, framed anew where it guessed hidden landmarks."""
    chosen = []
    for face in faces:
        if _marked(request, face.frame):
            anew = _anew(request, face, networks)
            chosen.append(Chosen(anew or face.frame, found))
    return tuple(chosen)


def _marked(request: Request, frame: Frame) -> bool:
    """Whether anything in the frame is marked, as missing or as blurred."""
    soft = request.blurred is not None and touched(request.blurred, frame)
    return soft or touched(request.mask, frame)


def _anew(request: Request, face: Face, networks: Networks | None) -> Frame | None:
    """The frame of a face that the detector found by guessing landmarks; None if it did not, or none is sure.

    Where the detector is sure of the face all the same, its frame and the network's err in different ways: the mean
    of both is nearer than either.
    """
    if networks is None or not networks.can_frame or not _hidden(request.mask, face):
        return None
    (guess,) = reframe(request.photo, request.mask, [around(face.frame)], networks)
    if guess.error >= _SURE or apart(guess.frame, face.frame):
        return None
    return mean(guess.frame, face.frame) if face.score > _SURE_FACE else guess.frame


def _hidden(mask: U8, face: Face) -> bool:
    """Whether the mask hides an eye or a mouth corner: those make the frame."""
    height, width = mask.shape
    x, y = face.landmarks[[0, 1, 3, 4]].astype(int).T
    return bool((mask[y.clip(0, height - 1), x.clip(0, width - 1)] > 127).any())


def _framed(request: Request, hiding: U8, seen: list[Face], networks: Networks | None) -> tuple[Chosen, ...]:
    """The faces that the framing network is sure of, where the detector sees none; `hiding`: what may hide them.

    Where it sees some elsewhere the photo stands as they do; else it may lie in any quarter turn.
    """
    if networks is None or not networks.can_frame:
        return ()
    angles = sorted({90.0 * round(face.frame.angle / 90) for face in seen}) or QUARTERS
    return tuple(
        Chosen(guess.frame, "framed")
        for guess in propose(request.photo, request.mask, networks, within=hiding, angles=angles)
        if guess.error < _SURE and touched(hiding, guess.frame) and all(apart(guess.frame, face.frame) for face in seen)
    )


def whole_frame(photo: Photo) -> Frame:
    """The frame of a photo that is one aligned face.  Raises RequestError if it is no square."""
    size = photo.size
    if abs(size.width - size.height) > _SQUARE * size.width:
        raise RequestError("An aligned face is a square picture; this one is {0}x{1}.", size.width, size.height)
    return Frame(size.width / 2, size.height / 2, max(size.width, size.height))


def touched(mask: U8, frame: Frame) -> bool:
    """Whether any of the mask, (H, W) uint8, lies in the frame's chip."""
    return bool((cut_mask(mask, frame, 64) > HOLE_COVERAGE).any())


def outside(mask: U8, chosen: tuple[Chosen, ...], share: float) -> U8:
    """The mask, (H, W) uint8, without what lies inside the frames, each brought to that share of its side."""
    left = mask.copy()
    for one in chosen:
        inner = replace(one.frame, side=one.frame.side * share)
        cv2.fillConvexPoly(left, np.rint(inner.corners()).astype(np.int32), (0,))
    return left


def _shrunk(photo: Photo) -> tuple[U8, float]:
    """The photo as 8-bit RGB of at most `_LARGEST` a side, and how many photo pixels one of its pixels is."""
    size = photo.size
    scale = max(1.0, max(size.width, size.height) / _LARGEST)
    picture = photo.rgb8()
    if scale > 1:
        shape = (max(1, round(size.width / scale)), max(1, round(size.height / scale)))
        picture = np.asarray(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA), np.uint8)
    return picture, scale


def _scaled(face: Face, scale: float) -> Face:
    edges = (face.box.left, face.box.top, face.box.right, face.box.bottom)
    return Face(Box(*(round(v * scale) for v in edges)), face.landmarks * scale, face.score)
