"""Finding scratches, cracks, dust and blots by rules of contrast: the search until a trained network measures better.

Damage lies *on top* of a picture.  Candidates are what stands out from its surroundings: thin lines brighter
or darker than both their sides (oriented line filters) and compact patches (top-hats of several sizes).  A
logistic rule then weighs what each candidate looks like: contrast, sharpness, evenness inside and around, shape,
and how busy its surroundings are anyway, so that hair, eyes and cloth rarely count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import F32, F64, U8

Labels = NDArray[np.int32]
Rule = tuple[float, tuple[float, ...]]
"""Constant and weights of a logistic rule over `Candidates.features`."""

_WORK_SIDE = 1600
"""Larger photos are searched at this size: damage that matters is still several pixels wide."""
_ANGLES = 16
_LENGTH = 25
"""Pixels over which a line must go straight on."""

_SURE = 0.5
"""Log odds of a line that is taken out before patches are looked for."""

# Fitted to synthetic damage by logistic regression.
_PATCH_RULE: Rule = (-2.27, (-0.13, -0.31, 0.58, 2.32, -1.53, -0.55, -0.49, -0.24, -0.12, -0.36, 0.17))
_LINE_RULE: Rule = (-3.55, (-0.13, -0.25, -0.35, 4.32, -3.63, -0.39, 0.08, 0.08, -0.32, -0.91, 1.14))


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """Connected pixels that may be damage: (H, W) labels, 0 for none; features and areas of labels 1, 2, ..."""

    labels: Labels
    features: F64
    areas: F64


def chances(grey: U8) -> U8:
    """How likely each place is damaged, (h, w) uint8, 0 for not at all and 255 for surely.

    `grey`: (H, W) uint8; (h, w) is its size, shrunk to `_WORK_SIDE` a side.
    """
    work = working_grey(grey)
    odds = np.full(work.shape, -np.inf)
    for image in (work, 255 - work):
        _raise(odds, line_candidates(image), rule=_LINE_RULE)
    calm = without(work, np.where(odds > _SURE, 255, 0).astype(np.uint8))  # lines would tie patches to what they cross
    for image in (calm, 255 - calm):
        _raise(odds, patch_candidates(image), rule=_PATCH_RULE)
    return np.asarray(np.rint(255 / (1 + np.exp(-odds))), np.uint8)


def _raise(odds: F64, candidates: Iterator[Candidates], *, rule: Rule) -> None:
    """Lift each place to the log odds of the best candidate that covers it."""
    for group in candidates:
        found = np.append(-np.inf, group.features @ np.array(rule[1]) + rule[0])
        np.maximum(odds, found[group.labels], out=odds)


def working_grey(grey: U8) -> F32:
    """(h, w) float32 0..255 that is searched: at most `_WORK_SIDE` a side, pixel noise calmed."""
    scale = _WORK_SIDE / max(grey.shape)
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.6), np.float32)


def without(image: F32, found: U8) -> F32:
    """The image with the found pixels filled by the mean of what is around them."""
    hole = np.asarray(cv2.dilate(found, _square(1))) > 0
    known = (~hole).astype(np.float32)
    mean = _blur(image * known, 15) / np.maximum(_blur(known, 15), np.float32(1e-3))
    return np.where(hole, mean, image).astype(np.float32)


def line_candidates(image: F32) -> Iterator[Candidates]:
    """Bright thin lines, faint and clear ones, each within an eighth turn of one direction."""
    ridge, direction = _ridge(image)
    around = _Surroundings(image, ridge)
    score = ridge / (2 + 2 * around.texture)
    tophat = image - _opened(image, 5)
    body = tophat > np.maximum(np.float32(0.5) * np.asarray(cv2.dilate(ridge, _square(1))), 4)
    for level in (0.8, 1.5):
        for first in range(0, _ANGLES, 4):
            along = (direction - (first - 1)) % _ANGLES < 6
            yield around.candidates(body & along & (score > level))


def patch_candidates(image: F32) -> Iterator[Candidates]:
    """Bright compact patches of several sizes and contrasts."""
    around = _Surroundings(image, _ridge(image)[0])
    for radius in (3, 8, 18):
        tophat = image - _opened(image, radius)
        for contrast in (12, 24, 45, 75):
            yield around.candidates(tophat > contrast)


class _Surroundings:
    """Maps of one image that the features of all its candidates are read from."""

    def __init__(self, image: F32, ridge: F32) -> None:
        self.image, self.ridge = image, ridge
        dx, dy = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
        self.gradient = np.asarray(cv2.magnitude(dx, dy), np.float32) / np.float32(8)
        self.busy = _blur(np.minimum(self.gradient, 12), 41)
        self.texture = _blur(ridge, 61)

    def candidates(self, body: NDArray[np.bool_]) -> Candidates:
        """Connected parts of `body`, each with what it looks like."""
        flat = body.astype(np.uint8)
        count, found = cv2.connectedComponents(flat, connectivity=8)
        labels = np.asarray(found, np.int32)
        spread = labels.astype(np.float32)
        ring = np.asarray(cv2.dilate(spread, _square(5))) * (cv2.dilate(flat, _square(2)) == 0)
        edge = np.asarray(cv2.dilate(spread, _square(1))) * (cv2.erode(flat, _square(1)) == 0)
        inside = _Parts(labels, int(count))
        level, uneven_inside = inside.statistics(self.image)
        around, uneven = _Parts(ring.astype(np.int32), int(count)).statistics(self.image)
        sharp, _ = _Parts(edge.astype(np.int32), int(count)).statistics(self.gradient)
        length, width = inside.axes()
        columns = (
            np.log(np.maximum(level - around, 0.5)),
            np.log(uneven + 2),
            np.log(uneven_inside + 2),
            np.log(sharp + 0.5),
            np.log(inside.statistics(self.busy)[0] + 0.5),
            np.log(inside.statistics(self.texture)[0] + 0.5),
            np.log(inside.statistics(self.ridge)[0] + 0.5),
            np.log(length),
            np.log(width),
            np.log(inside.area / (length * width)),
            (level - 128) / 64,
        )
        return Candidates(labels, np.column_stack(columns)[1:], inside.area[1:])


class _Parts:
    """Sums over the labelled pixels of a map; unlabelled pixels cost nothing."""

    def __init__(self, labels: Labels, count: int) -> None:
        self.places = np.flatnonzero(labels)
        self.label, self.count, self.width = labels.ravel()[self.places], count, labels.shape[1]
        self.area = np.maximum(self._sum(np.ones(self.places.size)), 1)

    def _sum(self, values: F64) -> F64:
        return np.bincount(self.label, values, minlength=self.count).astype(np.float64)

    def _moments(self, one: F64, other: F64) -> F64:
        """Covariance of two values over every part."""
        means = self._sum(one) / self.area, self._sum(other) / self.area
        covariance: F64 = self._sum(one * other) / self.area - means[0] * means[1]
        return covariance

    def statistics(self, image: F32) -> tuple[F64, F64]:
        """Mean and standard deviation over every part."""
        values = image.ravel()[self.places].astype(np.float64)
        mean: F64 = self._sum(values) / self.area
        return mean, np.sqrt(np.maximum(self._moments(values, values), 0))

    def axes(self) -> tuple[F64, F64]:
        """Length and width of every part, in pixels, from its second moments."""
        y, x = (axis.astype(np.float64) for axis in np.divmod(self.places, self.width))
        vx, vy, mixed = self._moments(x, x) + 1 / 12, self._moments(y, y) + 1 / 12, self._moments(x, y)
        root = np.sqrt(np.maximum((vx - vy) ** 2 / 4 + mixed**2, 0))
        small = np.maximum((vx + vy) / 2 - root, 1 / 12)
        return np.sqrt(12 * ((vx + vy) / 2 + root)), np.sqrt(12 * small)


def _ridge(image: F32) -> tuple[F32, Labels]:
    """How far a line through each pixel stands above both its sides, less what these differ, in the best
    of `_ANGLES` directions, and the number of that direction."""
    best, direction = np.zeros(image.shape, np.float32), np.zeros(image.shape, np.int32)
    for k in range(_ANGLES):
        angle = np.pi * k / _ANGLES
        mean = np.asarray(cv2.filter2D(image, -1, _segment(angle)), np.float32)
        for reach in (3, 5):
            dx, dy = round(-np.sin(angle) * reach), round(np.cos(angle) * reach)
            one, other = _shifted(mean, dx, dy), _shifted(mean, -dx, -dy)
            height = mean - np.maximum(one, other) - np.float32(0.5) * np.abs(one - other)
            direction[height > best] = k
            np.maximum(best, height, out=best)
    return best, direction


def _segment(angle: float) -> F32:
    """A kernel that averages along a line."""
    canvas = np.zeros((_LENGTH * 4, _LENGTH * 4), np.uint8)
    centre, reach = _LENGTH * 2, _LENGTH // 2 * 4
    x, y = round(np.cos(angle) * reach), round(np.sin(angle) * reach)
    cv2.line(canvas, (centre - x, centre - y), (centre + x, centre + y), (255,), 4)
    kernel = np.asarray(cv2.resize(canvas, (_LENGTH, _LENGTH), interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shifted(image: F32, dx: int, dy: int) -> F32:
    height, width = image.shape
    padded = np.asarray(cv2.copyMakeBorder(image, 8, 8, 8, 8, cv2.BORDER_REPLICATE), np.float32)
    return padded[8 + dy : 8 + dy + height, 8 + dx : 8 + dx + width]


def _blur(image: F32, side: int) -> F32:
    return np.asarray(cv2.blur(image, (side, side)), np.float32)


def _opened(image: F32, radius: int) -> F32:
    return np.asarray(cv2.morphologyEx(image, cv2.MORPH_OPEN, _disc(radius)), np.float32)


def _square(reach: int) -> U8:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _disc(radius: int) -> U8:
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), np.uint8)
