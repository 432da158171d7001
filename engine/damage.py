"""Finding scratches, cracks, dust and blots in a scanned photo, from its pixels alone.

Damage lies *on top* of a picture, and that is what is looked for: thin lines brighter or darker than both their sides,
whose sides are alike, and small patches that stand out from an even ring around them.  Both are measured against
what their surroundings do anyway, so that hair, cloth and grain do not count.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.types import F32, U8

_WORK_SIDE = 2000
"""Larger photos are searched at this size: damage that matters is still several pixels wide."""
_ANGLES = 16
_LENGTH = 25
"""Pixels over which a line must go straight on."""


def detect_damage(photo_rgb8: U8, *, sensitivity: float = 0.5) -> U8:
    """Mask (H, W) uint8, 0 or 255, of what looks like damage in an (H, W, 3) uint8 photo.

    `sensitivity` 0..1: higher finds fainter marks, and more that is none.
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError(f"sensitivity must be between 0 and 1, not {sensitivity}")
    height, width = photo_rgb8.shape[:2]
    grey = _working_grey(photo_rgb8)
    found = np.zeros(grey.shape, bool)
    strictness = 2.0 ** (1 - 2 * sensitivity)
    for image in (grey, 255 - grey):
        found |= _lines(image, strictness)
        found |= _patches(image, strictness)
    mask = cv2.dilate(found.astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
    if mask.shape != (height, width):
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(mask, np.uint8)


def _working_grey(photo: U8) -> F32:
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    scale = _WORK_SIDE / max(grey.shape)
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.6), np.float32)


def _lines(image: F32, strictness: float) -> np.ndarray:
    """Bright thin lines."""
    ridge, uneven = _ridge(image)
    busy = cv2.blur(ridge, (61, 61)) + 0.5 * cv2.blur(np.maximum(uneven, 0), (31, 31))
    score = ridge / (2.0 + 2.5 * busy) / strictness
    strong, weak = score > 1.6, score > 0.8
    tophat = image - cv2.morphologyEx(image, cv2.MORPH_OPEN, _disc(5))
    body = weak & (tophat > 0.5 * cv2.dilate(ridge, _disc(2))) & (tophat > 4 * strictness)
    return _keep_long(body, strong)


def _ridge(image: F32) -> tuple[F32, F32]:
    best = np.full(image.shape, -1e9, np.float32)
    uneven = np.zeros_like(best)
    for k in range(_ANGLES):
        angle = np.pi * k / _ANGLES
        mean = np.asarray(cv2.filter2D(image, -1, _segment(angle)), np.float32)
        for reach in (3, 5):
            dx, dy = round(-np.sin(angle) * reach), round(np.cos(angle) * reach)
            one, other = _shifted(mean, dx, dy), _shifted(mean, -dx, -dy)
            height = mean - np.maximum(one, other)
            rough = np.abs(one - other)
            value = height - 0.5 * rough
            better = value > best
            best[better] = value[better]
            np.copyto(uneven, rough, where=better)
    return np.maximum(best, 0), uneven


def _segment(angle: float) -> F32:
    """A kernel that averages along a line."""
    half = _LENGTH // 2
    canvas = np.zeros((_LENGTH * 4, _LENGTH * 4), np.uint8)
    c = _LENGTH * 2
    d = np.array([np.cos(angle), np.sin(angle)]) * half * 4
    cv2.line(canvas, (round(c - d[0]), round(c - d[1])), (round(c + d[0]), round(c + d[1])), 255, 4)
    kernel = cv2.resize(canvas, (_LENGTH, _LENGTH), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shifted(image: F32, dx: int, dy: int) -> F32:
    padded = np.pad(image, 8, "reflect")
    return padded[8 + dy : 8 + dy + image.shape[0], 8 + dx : 8 + dx + image.shape[1]]


def _keep_long(body: np.ndarray, strong: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(body.astype(np.uint8), connectivity=8)
    reach = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    seeds = np.bincount(labels[strong & body], minlength=count)
    keep = (reach > 20) & (seeds > 6) & (stats[:, cv2.CC_STAT_AREA] < reach * 6)
    keep[0] = False
    return np.asarray(keep[labels])


def _patches(image: F32, strictness: float) -> np.ndarray:
    """Bright compact spots."""
    found = np.zeros(image.shape, bool)
    for radius in (3, 6, 12, 20):
        found |= _patches_at(image, radius, strictness)
    return found


def _patches_at(image: F32, radius: int, strictness: float) -> np.ndarray:
    tophat = image - cv2.morphologyEx(image, cv2.MORPH_OPEN, _disc(radius))
    body = (tophat > 14 * strictness).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=8)
    labels = labels.astype(np.float32)
    ring = cv2.dilate(labels, _disc(4)) * (cv2.dilate(body, _disc(2)) == 0)
    labels = labels.astype(np.int32)
    inside = _moments(image, labels, count)
    outside = _moments(image, ring.astype(np.int32), count)
    contrast = inside[0] - outside[0]
    area = stats[:, cv2.CC_STAT_AREA]
    box = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    keep = (contrast > strictness * (10 + 3.0 * outside[1])) & (area > 3) & (area > 0.35 * box)
    keep &= np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= 2 * radius + 1
    keep[0] = False
    return np.asarray(keep[labels])


def _moments(image: F32, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    flat, values = labels.ravel(), image.ravel()
    n = np.maximum(np.bincount(flat, minlength=count), 1)
    mean = np.bincount(flat, values, minlength=count) / n
    square = np.bincount(flat, values.astype(np.float64) ** 2, minlength=count) / n
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def _disc(radius: int) -> U8:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)
