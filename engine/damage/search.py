"""Finding damage in a scanned photo: a map of chances, made once, and the pieces of damage at a threshold."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.damage import network
from engine.damage.guard import features
from engine.faces.choosing import find_faces
from engine.geometry import F64, U8, Box, Size
from engine.photo.photos import Photo
from engine.progress import Progress

Labels = NDArray[np.int32]

SENSITIVITY = 0.5
"""Of a search, where nothing else is said."""

_SURE, _LIKELY = 2.6, 0.0  # log odds at the default of what is damage, and of what is if it lies beside that
_WHOLE = 0.7  # log odds of what is damage if it hangs together with that, however far
_FAINT = 0.3  # log odds of what is damage if it lies on a line of which some is sure
_TRACE = -1.4  # log odds, over a few pixels, at which a straight line has come to its end
_RANGE = 6.0  # log odds that the whole scale of sensitivity changes
_BESIDE, _LEAST = 5, 6  # working pixels: how near that is, and how many of a piece must be sure
_THIN, _TRACED = 7, 0.2  # working pixels that a line is wide at most, and the share of it that must be sure
_LONG, _STRAIGHT = 80, 3.0  # working pixels: how long a line is at least that goes on, and how far off it may lie
_JOIN = 2  # working pixels: parts of one piece may be twice as far apart
_RIM = 6  # working pixels beside what is transparent, in which nothing is found
_CROSSING = 0.3  # share of a piece that lies outside the features of a face if it crosses them


@dataclass(frozen=True, slots=True)
class Piece:
    """One find: its number in the map's labels, the box around it in photo pixels, its share of the photo's area."""

    number: int
    box: Box
    share: float


@dataclass(frozen=True, eq=False, slots=True)
class Finds:
    """The pieces of damage at one sensitivity, the largest first; `labels`: (h, w) int32, 0 where there is none."""

    pieces: tuple[Piece, ...]
    labels: Labels
    size: Size

    @property
    def share(self) -> float:
        """Of the photo's area that is found damaged, 0..1."""
        return sum(piece.share for piece in self.pieces)

    def mask(self, *, without: Collection[int] = (), within: Box | None = None) -> U8:
        """(h, w) uint8 0|255 in photo pixels, of the box or of the whole photo: all pieces but those of the given
        numbers, a little wider than they."""
        box = within or Box(0, 0, self.size.width, self.size.height)
        kept = np.zeros(int(self.labels.max(initial=0)) + 1, np.uint8)
        kept[[piece.number for piece in self.pieces if piece.number not in without]] = 255
        height, width = self.labels.shape
        rows = (np.arange(box.top, box.bottom) + 0.5) * height / self.size.height
        columns = (np.arange(box.left, box.right) + 0.5) * width / self.size.width
        if box.empty:
            return np.zeros((box.height, box.width), np.uint8)
        part = Box(int(columns[0]) - 1, int(rows[0]) - 1, int(columns[-1]) + 2, int(rows[-1]) + 2)
        part = part.clipped(Size(width, height))
        grown = _grown(kept[self.labels[part.slices]], 1)
        found: U8 = grown[(rows.astype(np.intp) - part.top)[:, None], columns.astype(np.intp) - part.left]
        return found


@dataclass(frozen=True, eq=False, slots=True)
class DamageMap:
    """How likely each place of a photo is damaged: `chances` and `features` (h, w) uint8, see `network`, `guard`."""

    chances: U8
    features: U8
    size: Size

    def at(self, sensitivity: float = SENSITIVITY) -> Finds:
        """What is found at a sensitivity of 0..1: more finds fainter marks, and more that is none.

        Raises ValueError outside that.
        """
        if not 0 <= sensitivity <= 1:
            raise ValueError(f"sensitivity must be between 0 and 1, not {sensitivity}")
        more = _RANGE * (SENSITIVITY - sensitivity)
        levels = (_SURE, _WHOLE, _LIKELY, _FAINT)
        sure, whole, likely, faint = (self.chances > 255 * _chance(odds + more) for odds in levels)
        found = _grown(sure, _BESIDE) & likely | _blots(whole, sure) | _lines(faint, sure)
        found |= _going_on(_thin(found), self.chances, least=255 * _chance(_TRACE + more))
        labels, boxes = _pieces(found)
        place = np.flatnonzero(found)  # what is not found costs nothing from here on
        number, count = labels.ravel()[place], len(boxes)
        areas = np.bincount(number, minlength=count)
        outside = np.bincount(number, self.features.ravel()[place] == 0, minlength=count)
        right = outside > _CROSSING * areas
        right &= np.bincount(number, sure.ravel()[place], minlength=count) >= _LEAST
        order = np.argsort(-areas, kind="stable")
        pieces = (Piece(int(i), self._box(boxes[i]), float(areas[i] / found.size)) for i in order if i and right[i])
        return Finds(tuple(pieces), labels, self.size)

    def _box(self, box: Box) -> Box:
        """A box of the map in photo pixels."""
        wide, high = self.size.width / self.chances.shape[1], self.size.height / self.chances.shape[0]
        edges = box.left * wide, box.top * high, box.right * wide, box.bottom * high
        return Box(*(round(edge) for edge in edges)).clipped(self.size)


def search_damage(photo: Photo, progress: Progress | None = None) -> DamageMap:
    """Look a photo through for damage, whatever it shows.  Raises ModelError, Cancelled."""
    progress = progress or Progress()
    grey = _grey(photo)
    found = network.chances(grey, progress.part(0.0, 0.9))
    progress.check()
    found[_unseen(photo, (found.shape[0], found.shape[1]))] = 0
    faces = find_faces(photo) if found.max(initial=0) > 255 * _chance(_SURE - _RANGE / 2) else ()
    scale = max(grey.shape) / max(found.shape)
    return DamageMap(found, features(faces, (found.shape[0], found.shape[1]), scale), photo.size)


def _unseen(photo: Photo, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w), at that size: what is transparent, and its rim, which looks like a tear."""
    alpha = photo.alpha8()
    if alpha is None:
        return np.zeros(shape, bool)
    clear = cv2.resize(np.where(alpha < 128, np.uint8(255), np.uint8(0)), shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.dilate(clear, np.ones((2 * _RIM + 1,) * 2, np.uint8)) > 0)


def _grey(photo: Photo) -> U8:
    """(H, W) uint8; in bands, for a large photo's RGB costs several times its grey."""
    size = photo.size
    grey = np.empty((size.height, size.width), np.uint8)
    for top in range(0, size.height, 512):
        band = Box(0, top, size.width, top + 512).clipped(size)
        grey[band.slices] = cv2.cvtColor(photo.rgb8(band), cv2.COLOR_RGB2GRAY)
    return grey


def _blots(whole: NDArray[np.bool_], sure: NDArray[np.bool_]) -> U8:
    """(h, w) uint8, 1 on the pieces of these places that hold enough of the sure: a blot is one thing."""
    places = whole.astype(np.uint8)
    labels, boxes = _pieces(places)
    return _holding(places, labels, len(boxes), sure)


def _lines(faint: NDArray[np.bool_], sure: NDArray[np.bool_]) -> U8:
    """(h, w) uint8, 1 on the thin ones of the faint places that lie on a line with the sure: a scratch goes on."""
    thin = _thin(faint.astype(np.uint8))
    count, labels = cv2.connectedComponents(_grown(thin, 1), connectivity=8, ltype=cv2.CV_32S)
    return _holding(thin, np.asarray(labels, np.int32), count, sure, share=_TRACED)


def _thin(places: U8) -> U8:
    """(h, w) uint8, 1 on those of the places that are lines."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THIN, _THIN))
    return np.asarray(places & (1 - _grown(np.asarray(cv2.morphologyEx(places, cv2.MORPH_OPEN, disc)), 1)), np.uint8)


def _going_on(lines: U8, chances: U8, *, least: float) -> U8:
    """(h, w) uint8, 1 where long and straight ones of the lines go on: by as much as their length, while it is seen.

    Where a scratch meets a pole or a seam it may be either; what leads there straight says which.
    """
    found = np.zeros_like(lines)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8, ltype=cv2.CV_32S)
    for number in range(1, count):
        x, y, width, height, area = stats[number].tolist()
        length = math.hypot(width, height)
        if length < _LONG or area > _THIN * length:
            continue
        points = np.argwhere(labels[y : y + height, x : x + width] == number) + np.array((y, x))
        middle = points.mean(0)
        spread, (across, along) = _axes(points - middle)
        if spread > _STRAIGHT:
            continue
        reach = (points - middle) @ along
        for end, step in ((reach.min(), -1), (reach.max(), 1)):
            path = middle + along * (end + step * np.arange(int(length)))[:, None]
            seen = _smooth(_beside(chances, path, across))
            steps = int(np.argmin(np.append(seen >= least, False)))
            if steps:
                first, last = np.rint(path[[0, steps - 1], ::-1]).astype(int).tolist()
                cv2.line(found, first, last, (1,), max(1, round(area / length)))
    return found


def _axes(off: F64) -> tuple[float, F64]:
    """How far (n, 2) points lie off the line through them, and (2, 2): a step across it and one along it."""
    values, vectors = np.linalg.eigh(off.T @ off / len(off))
    return math.sqrt(max(0.0, values[0])), vectors.T


def _beside(chances: U8, path: F64, across: F64) -> F64:
    """(n,): the best chance within two pixels of each place of a path, (n, 2) rows and columns; 0 beyond the map."""
    places = np.rint(path[:, None] + across * np.arange(-2, 3)[:, None]).astype(np.intp)
    inside = ((places >= 0) & (places < chances.shape)).all(2)
    places[~inside] = 0
    return np.asarray((chances[places[..., 0], places[..., 1]] * inside).max(1), np.float64)


def _smooth(values: F64) -> F64:
    """(n,): each the mean of the nine around it."""
    return np.convolve(np.pad(values, 4, mode="edge"), np.full(9, 1 / 9), "valid")


def _holding(places: U8, labels: Labels, count: int, sure: NDArray[np.bool_], *, share: float = 0.0) -> U8:
    """The places, (h, w) uint8 0|1, without those whose label holds too little of the sure; written in place."""
    place = np.flatnonzero(places)
    number = labels.ravel()[place]
    certain = np.bincount(number, sure.ravel()[place], minlength=count)
    held = (certain >= _LEAST) & (certain > share * np.bincount(number, minlength=count))
    places.ravel()[place] = held[number]
    return places


def _grown(places: np.ndarray, pixels: int) -> U8:
    """(h, w) uint8, 1 on the places and so many pixels around them."""
    return np.asarray(cv2.dilate(places.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)), np.uint8)


def _chance(odds: float) -> float:
    """The probability of such log odds."""
    return 1 / (1 + math.exp(-odds))


def _pieces(found: U8) -> tuple[Labels, list[Box]]:
    """The piece of each found place, (h, w) int32 from 1, and each number's box; what nearly touches is one piece."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_grown(found, _JOIN), connectivity=8, ltype=cv2.CV_32S)
    boxes = [Box(x, y, x + width, y + height) for x, y, width, height, _ in stats.tolist()]
    return np.asarray(labels * found.astype(np.int32), np.int32), boxes
