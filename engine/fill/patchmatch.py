"""PatchMatch: for each place of a hole the known place whose surroundings look most alike.

The search is that of Barnes et al. 2009, done for all places of the hole at once: propagation becomes shifts
of the whole field, random search a draw for every place.  The filling is that of Wexler et al. 2007: patches
vote for the colours that they cover, searching and voting in turn, from coarse to fine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.geometry import F32
from engine.progress import Progress

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

_RADII = (3, 2, 1)  # patches are 7x7, smaller where few whole ones are known
_FEW = 0.2  # sources for each pixel of the hole below which patches shrink
_GLANCE = 4  # of a patch every so many pixels are looked at first: most candidates fail there
_COARSEST = 24  # pixels of the smaller side at which the pyramid ends
_SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (0, 4), (0, -4), (4, 0), (-4, 0))


@dataclass(frozen=True, eq=False)
class _Search:
    """One picture's search: `targets` (K, 2) row, column of the hole; `valid` where a whole patch is known."""

    padded: F32
    targets: Places
    index: Places
    """(H, W): which target a pixel is; -1 for none."""
    valid: Flags
    sources: Places
    reach: int | None
    radius: int

    @classmethod
    def of(cls, picture: F32, hole: Flags, reach: int | None) -> _Search | None:
        """Prepare the search; None if no whole patch is known."""
        for radius in _RADII:
            unknown = cv2.dilate(hole.astype(np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8))
            valid = np.zeros(hole.shape, bool)
            inner = (slice(radius, -radius), slice(radius, -radius))
            valid[inner] = unknown[inner] == 0
            sources = np.argwhere(valid)
            if len(sources) > _FEW * hole.sum():
                break
        if len(sources) == 0:
            return None
        targets = np.argwhere(hole)
        index = np.full(hole.shape, -1, np.intp)
        index[targets[:, 0], targets[:, 1]] = np.arange(len(targets))
        border = ((radius, radius), (radius, radius), (0, 0))
        padded = np.pad(picture, border, "reflect").astype(np.float32)
        return cls(padded, targets, index, valid, sources, reach, radius)

    @property
    def side(self) -> int:
        """Of a patch, in pixels."""
        return 2 * self.radius + 1

    @property
    def parts(self) -> tuple[Places, Places]:
        """The pixels of a patch that are looked at first, and the others, counted row by row."""
        every = np.arange(self.side**2)
        first = every % _GLANCE == self.side**2 // 2 % _GLANCE  # the middle is one of them
        return every[first], every[~first]

    def patches(self, places: Places, part: Places) -> F32:
        """(K, P * C) float32: those pixels of the patches around (K, 2) places."""
        width = self.padded.shape[1]
        rows, columns = np.divmod(part, self.side)
        flat = self.padded.reshape(-1, self.padded.shape[2])
        first = places[:, 0] * width + places[:, 1]
        found: F32 = flat[first[:, None] + (rows * width + columns)[None]]
        return found.reshape(len(places), len(part) * flat.shape[1])

    def draw(self, rng: np.random.Generator) -> Places:
        """A random source for every target."""
        return self.sources[rng.integers(0, len(self.sources), len(self.targets))]

    def allowed(self, candidates: Places) -> Flags:
        """Which (K, 2) candidates are sources, and near enough."""
        height, width = self.valid.shape
        inside = (candidates >= 0).all(1) & (candidates[:, 0] < height) & (candidates[:, 1] < width)
        safe = np.where(inside[:, None], candidates, 0)
        good: Flags = inside & self.valid[safe[:, 0], safe[:, 1]]
        if self.reach is not None:
            good &= np.abs(candidates - self.targets).max(1) <= self.reach
        return good


class _Field:
    """The best source found so far for every target, and its distance."""

    def __init__(self, search: _Search, places: Places, check: Callable[[], None] = lambda: None) -> None:
        """`check` is asked before every look at all targets: it raises Cancelled."""
        self.search, self._check = search, check
        self._wanted = [search.patches(search.targets, part) for part in search.parts]
        self.places = places.copy()
        self.cost = np.full(len(places), np.inf, np.float32)
        self.offer(places)

    def offer(self, candidates: Places) -> None:
        """Take each candidate that is a source and fits better than what its target has."""
        self._check()
        rows = np.flatnonzero(self.search.allowed(candidates))
        cost = np.zeros(len(rows), np.float32)
        for wanted, part in zip(self._wanted, self.search.parts, strict=True):
            patches = self.search.patches(candidates[rows], part)
            patches -= wanted[rows]
            cost += np.einsum("ij,ij->i", patches, patches)
            better = cost < self.cost[rows]
            rows, cost = rows[better], cost[better]
        self.cost[rows] = cost
        self.places[rows] = candidates[rows]

    def improve(self, rng: np.random.Generator) -> None:
        """One round: neighbours' sources, shifted alike, then random ones at shrinking distances."""
        search = self.search
        height, width = search.valid.shape
        for shift in _SHIFTS:
            near = search.targets - shift
            near = near.clip(0, (height - 1, width - 1))
            other = search.index[near[:, 0], near[:, 1]]
            known = other < 0
            self.offer(np.where(known[:, None], search.targets, self.places[other] + shift))
        radius = max(height, width)
        self.offer(search.draw(rng))
        while radius > 1:
            self.offer(self.places + rng.integers(-radius, radius + 1, self.places.shape))
            radius //= 3


def nearest_field(
    picture: F32,
    hole: Flags,
    *,
    seed: int = 0,
    reach: int | None = None,
    rounds: int = 4,
    progress: Progress | None = None,
) -> Places:
    """(H, W, 2) row and column of the best match of every pixel of the hole; of itself outside the hole.

    `picture`: (H, W, C) float32, holding a guess inside the hole; `hole`: (H, W) bool.  A match's whole patch
    is known; `reach`: the largest distance of a match in pixels (None: any), where there is one so near.
    Raises RequestError if no whole patch is known.
    """
    search = _Search.of(picture, hole, reach)
    if search is None:
        raise RequestError("Too little of the picture is known to fill the rest from it.")
    rng = np.random.default_rng(seed)
    start = search.draw(rng)
    if reach is not None:
        near = search.targets + rng.integers(-reach, reach + 1, start.shape)
        start = np.where(search.allowed(near)[:, None], near, start)
    field = _Field(search, start, (progress or Progress()).check)
    for _ in range(rounds):
        field.improve(rng)
    return _whole(hole, field.places)


def _whole(hole: Flags, places: Places | None) -> Places:
    """(H, W, 2): the places of the hole, and every other pixel's own."""
    whole = np.stack(np.meshgrid(*map(np.arange, hole.shape), indexing="ij"), 2)
    if places is not None:
        whole[hole] = places
    return whole


def fill(
    picture: F32,
    hole: Flags,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    on_guess: Callable[[int, int, F32], None] = lambda _index, _count, _guess: None,
) -> tuple[F32, Places]:
    """Fill the hole of (H, W, 3) float32 from the rest; known pixels unchanged.

    Returns the picture, and (H, W, 2): for every pixel of the hole the place that its patch was taken from, where one
    was found, else its own.  `on_guess` hears of every level, from coarse to fine: its number from 1, how many there
    are, and the filled picture at that level's size.  Raises RequestError if nothing is known, and Cancelled.
    """
    if hole.all():
        raise RequestError("The mask covers everything: there is nothing to fill it from.")
    progress = progress or Progress()
    rng = np.random.default_rng(seed)
    levels = _pyramid(picture, hole)
    guess, coarse = _smooth(*levels[-1]), levels[-1][1]
    places: Places | None = None
    for level, (known, missing) in enumerate(reversed(levels)):
        if known.shape != guess.shape:
            guess = np.asarray(cv2.resize(guess, known.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        guess = np.where(missing[..., None], guess, known)
        rounds = 6 if level < 2 else 3 if level < len(levels) - 1 else 2
        for _ in range(rounds):
            progress.report(level / len(levels), "Matching patches")
            search = _Search.of(guess, missing, None) if missing.any() else None  # too small for this level
            if search is None:
                break
            field = _Field(search, _carried(places, coarse, search, rng), progress.check)
            field.improve(rng)
            guess = _vote(guess, field)
            places, coarse = field.places, missing
        on_guess(level + 1, len(levels), guess)
    found = places if coarse is hole else None  # at the finest level no whole patch may be known
    return np.where(hole[..., None], guess, picture).astype(np.float32), _whole(hole, found)


def _pyramid(picture: F32, hole: Flags) -> list[tuple[F32, Flags]]:
    """Halved again and again, known pixels only averaged; fine first."""
    levels = [(picture, hole)]
    while min(levels[-1][1].shape) >= 2 * _COARSEST:
        fine, missing = levels[-1]
        shape = (missing.shape[1] // 2, missing.shape[0] // 2)
        weight = cv2.resize((~missing).astype(np.float32), shape, interpolation=cv2.INTER_AREA)
        colour = cv2.resize(fine * ~missing[..., None], shape, interpolation=cv2.INTER_AREA)
        gone = weight < 0.5
        if gone.all():
            break
        levels.append(((colour / np.maximum(weight, 1e-3)[..., None]).astype(np.float32), gone))
    return levels


def _smooth(picture: F32, hole: Flags) -> F32:
    """A first guess: Telea's method."""
    picture8 = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
    return (cv2.inpaint(picture8, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA) / 255).astype(np.float32)


def _carried(places: Places | None, before: Flags, search: _Search, rng: np.random.Generator) -> Places:
    """The last field's matches on this level's grid, random where there were none."""
    start = search.draw(rng)
    if places is None:
        return start
    shape = search.valid.shape
    grid = np.full((*before.shape, 2), -1, np.intp)
    grid[before] = places
    scale = np.array(shape) / before.shape
    parent = (search.targets / scale).astype(np.intp).clip(0, np.array(before.shape) - 1)
    offset = grid[parent[:, 0], parent[:, 1]] - parent
    candidates = search.targets + np.rint(offset * scale).astype(np.intp)
    good = (grid[parent[:, 0], parent[:, 1]] >= 0).all(1) & search.allowed(candidates)
    return np.where(good[:, None], candidates, start)


def _vote(guess: F32, field: _Field) -> F32:
    """Every target's source patch votes for the pixels that the target's patch covers, good matches more."""
    search = field.search
    height, width = search.valid.shape
    radius = search.radius
    typical = np.median(field.cost) + 1e-6
    weight = np.exp(-field.cost / typical)[:, None] + 1e-6
    total = np.zeros((height + 2 * radius, width + 2 * radius, guess.shape[2] + 1))
    for row in range(search.side):
        for column in range(search.side):
            votes = search.padded[field.places[:, 0] + row, field.places[:, 1] + column]
            at = (search.targets[:, 0] + row, search.targets[:, 1] + column)
            total[at] += np.hstack((votes * weight, weight))
    inner = total[radius:-radius, radius:-radius]
    voted = inner[..., :-1] / np.maximum(inner[..., -1:], 1e-12)
    return np.where((search.index >= 0)[..., None], voted, guess).astype(np.float32)
