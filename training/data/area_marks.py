"""Damage that has an area: dust, flakes, stains, mould, tears, tape, stamps, fingerprints, paint."""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F32
from training.data.marks import Mark, anywhere, blob, clouds, evenly, filled, soft, stroke, width_of

_LETTERS = "ABCDEFGHKLMNOPRSTUVXYZ0123456789"


def dust(size: int, rng: np.random.Generator) -> Mark:
    """Specks, strewn or in a drift."""
    gathered = rng.random() < 0.4
    middle, spread = anywhere(rng, size), rng.uniform(0.08, 0.3) * size
    outlines = []
    for _ in range(rng.integers(3, 70)):
        centre = middle + rng.normal(0, spread, 2) if gathered else anywhere(rng, size)
        outlines.append(blob(rng, centre=centre, radius=width_of(rng, 0.6, 3.2)))
    return evenly(filled(size, outlines), rng)


def flakes(size: int, rng: np.random.Generator) -> Mark:
    """Emulsion that came off in jagged pieces; bright or dark, the rim now and then lifted."""
    middle, spread = anywhere(rng, size), rng.uniform(0.03, 0.25) * size
    outlines = [
        blob(rng, centre=middle + rng.normal(0, spread, 2), radius=width_of(rng, 2, 22), rough=rng.uniform(0.15, 0.5))
        for _ in range(rng.integers(1, 14))
    ]
    cover = filled(size, outlines)
    mark = evenly(cover, rng)
    if rng.random() < 0.5:
        return mark
    rim = np.clip(soft(cover, 1.5) * (1 - soft(cover, 1.5)) * 4, 0, 1) * rng.uniform(-0.4, 0.4)
    return Mark(cover, np.clip(mark.tone + rim, 0, 1).astype(np.float32))


def _spill(size: int, rng: np.random.Generator) -> F32:
    """(size, size): how deep a place lies inside a spill of irregular outline, in pixels; negative outside."""
    outline = blob(rng, centre=anywhere(rng, size), radius=width_of(rng, 8, 0.45 * size), rough=rng.uniform(0.05, 0.3))
    inside = (filled(size, [outline]) > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    return np.asarray(depth + clouds(size, rng, coarsest=12) * rng.uniform(0, 5), np.float32)


def _foot(size: int, rng: np.random.Generator) -> F32:
    """(size, size): the same within the foot of a cup or a glass, a circle seen a little from the side."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    cx, cy = anywhere(rng, size)
    away = np.hypot(x - cx, (y - cy) * rng.uniform(1, 1.1))
    return np.asarray(width_of(rng, 20, 0.4 * size) - away, np.float32)


def stain(size: int, rng: np.random.Generator) -> Mark:
    """A spill of something: blotched, soft or hard at its edge, what lies under it darker or lighter."""
    depth = _spill(size, rng)
    edge = width_of(rng, 0.6, 6)
    blotches = np.clip(0.8 + clouds(size, rng, coarsest=6) * rng.uniform(0, 0.5), 0.36, 1)
    cover = np.clip(depth / edge + 0.5, 0, 1) * blotches
    tone = rng.uniform(0.0, 0.3) if rng.random() < 0.65 else rng.uniform(0.7, 1)
    return Mark(cover.astype(np.float32), np.full((size, size), tone, np.float32), sheer=rng.random() < 0.7)


def water(size: int, rng: np.random.Generator) -> Mark:
    """A water mark, or a cup's ring: one or two dark or bright rims, and hardly anything within."""
    depth = _spill(size, rng) if rng.random() < 0.65 else _foot(size, rng)
    cover = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(1, 3)):
        width = width_of(rng, 0.8, 4)
        rim = np.exp(-0.5 * ((depth - rng.uniform(0, 8)) / width) ** 2)
        cover = np.maximum(cover, rim * rng.uniform(0.6, 1))
    cover = np.maximum(cover, np.clip(depth, 0, 1) * rng.uniform(0, 0.12))
    worn = np.clip(1 + clouds(size, rng, coarsest=5) * rng.choice([0, rng.uniform(0, 0.8)]), 0, 1)
    tone = rng.uniform(0.0, 0.3) if rng.random() < 0.6 else rng.uniform(0.7, 1)
    return Mark((cover * worn).astype(np.float32), np.full((size, size), tone, np.float32), sheer=rng.random() < 0.5)


def mould(size: int, rng: np.random.Generator) -> Mark:
    """Colonies: soft dots of many sizes that run into each other, dense in the middle; or a film in patches."""
    if rng.random() < 0.3:
        depth = (
            clouds(size, rng, coarsest=int(rng.integers(12, 40)), octaves=2) + clouds(size, rng) - rng.uniform(0.2, 1)
        )
        film = np.clip(depth * rng.uniform(4, 20) + 0.5, 0, 1) * rng.uniform(0.6, 1)
        return Mark(film.astype(np.float32), np.full((size, size), rng.uniform(0.15, 0.85), np.float32))
    middle, spread = anywhere(rng, size), rng.uniform(0.05, 0.3) * size
    outlines = []
    for _ in range(rng.integers(20, 160)):
        centre = middle + rng.normal(0, spread, 2)
        outlines.append(blob(rng, centre=centre, radius=width_of(rng, 0.8, 6), rough=0.3))
    cover = np.clip(soft(filled(size, outlines), rng.uniform(0.3, 1.6)) * 1.25, 0, 1)
    return evenly(cover.astype(np.float32), rng)


def tear(size: int, rng: np.random.Generator) -> Mark:
    """A corner or a piece of the border that is gone, with the paper's pale torn edge."""
    steps = 60
    t = np.linspace(0, 1, steps)
    stray = np.cumsum(rng.normal(0, rng.uniform(0.3, 2.2), steps))
    stray -= t * stray[-1]
    reach = rng.uniform(0.06, 0.75, 2) * size
    if rng.random() < 0.65:  # a corner
        path = np.column_stack([reach[0] * (1 - t) + stray, reach[1] * t + stray])
        outline = np.vstack([path, [[-9, reach[1]], [-9, -9], [reach[0], -9]]])
    else:  # a notch, or a tear into the picture
        at, wide = rng.uniform(0, size), rng.uniform(2, 0.25 * size)
        depth = reach[1] * np.sin(np.pi * t) ** rng.uniform(0.3, 2)
        path = np.column_stack([at + (t - 0.5) * wide + stray * 0.5, depth + stray - 1])
        outline = np.vstack([path, [[at + wide, -9], [at - wide, -9]]])
    gone = filled(size, [outline])
    paper = stroke(size, [path + rng.normal(0, 1, 2)], [width_of(rng, 1, 8) * (1 + 0.5 * np.sin(t * 40))])
    paper *= rng.random() < 0.7  # or cut off
    back = rng.uniform(0.85, 1) if rng.random() < 0.6 else rng.uniform(0, 0.3)
    fibres = clouds(size, rng, coarsest=32) * rng.choice([0, 0, 0.03])  # else smooth, or the texture alone would tell
    tone = back * (1 - paper) + paper * rng.uniform(0.75, 1) + fibres
    return Mark(np.maximum(gone, paper), np.clip(tone, 0, 1).astype(np.float32))


def tape(size: int, rng: np.random.Generator) -> Mark:
    """A strip of sticky tape: sheer, darker or paler, its long sides sharp, its ends ragged."""
    long, wide, tilt = rng.uniform(0.3, 1.6) * size, rng.uniform(0.05, 0.22) * size, rng.uniform(0, np.pi)
    teeth = np.arange(12)
    ragged = long / 2 + (teeth % 2) * rng.uniform(0, 4) + rng.normal(0, 0.5, 12)
    y = np.linspace(-wide / 2, wide / 2, 12)
    corners = np.vstack([np.column_stack([ragged, y]), np.column_stack([-ragged, y])[::-1]])
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    outline = corners @ spin + anywhere(rng, size)
    body = filled(size, [outline])
    rim = np.clip(body - soft(body, 1.2), 0, 1) * rng.uniform(0, 1.5)
    cover = body * np.clip(0.75 + clouds(size, rng, coarsest=6) * 0.2, 0.4, 1) + rim
    bright = rng.random() < 0.5
    tone = rng.uniform(0.75, 1) if bright else rng.uniform(0.05, 0.3)
    return Mark(np.clip(cover, 0, 1).astype(np.float32), np.full((size, size), tone, np.float32), sheer=True)


def stamp(size: int, rng: np.random.Generator) -> Mark:
    """A rubber stamp: rings or a box with letters, its ink uneven."""
    canvas, centre = np.zeros((size, size), np.uint8), tuple(int(v) for v in anywhere(rng, size))
    radius, thick = int(rng.uniform(0.1, 0.32) * size), int(rng.integers(1, 4))
    if rng.random() < 0.6:
        for r in (radius, int(radius * 0.68)):
            cv2.circle(canvas, centre, r, (255,), thick, cv2.LINE_AA)
    else:
        corner = (centre[0] - radius, centre[1] - radius // 2), (centre[0] + radius, centre[1] + radius // 2)
        cv2.rectangle(canvas, *corner, (255,), thick, cv2.LINE_AA)
    for line in range(rng.integers(1, 3)):
        text = "".join(rng.choice(list(_LETTERS), rng.integers(3, 8)))
        at = (centre[0] - int(radius * 0.6), centre[1] + line * radius // 3)
        cv2.putText(canvas, text, at, int(rng.integers(0, 5)), radius / 80 + 0.15, (255,), thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D(centre, rng.uniform(-40, 40), 1)
    ink = np.asarray(cv2.warpAffine(canvas, turn, (size, size), flags=cv2.INTER_LINEAR), np.float32) / np.float32(255)
    uneven = np.clip(0.9 + clouds(size, rng, coarsest=16) * rng.uniform(0.1, 0.8), 0, 1)
    level = rng.uniform(0, 0.35) if rng.random() < 0.8 else rng.uniform(0.7, 1)
    return Mark((ink * uneven).astype(np.float32), np.full((size, size), level, np.float32))


def fingerprint(size: int, rng: np.random.Generator) -> Mark:
    """Ridges around a whorl, in an oval."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    cx, cy = anywhere(rng, size)
    warp = clouds(size, rng, coarsest=4, octaves=2) * 8
    distance = np.hypot((x - cx) + warp, (y - cy) * rng.uniform(0.6, 1) + warp)
    ridges = 0.5 + 0.5 * np.sin(distance * 2 * np.pi / rng.uniform(4, 9))
    oval = soft(
        filled(size, [blob(rng, centre=np.array([cx, cy]), radius=rng.uniform(0.1, 0.3) * size, rough=0.05)]), 3
    )
    worn = np.clip(0.8 + clouds(size, rng, coarsest=8) * 0.6, 0, 1)
    return evenly((np.clip(ridges * 1.5 - 0.3, 0, 1) * oval * worn).astype(np.float32), rng)


def paint(size: int, rng: np.random.Generator) -> Mark:
    """Painted or pasted over: a patch, a scrap of paper or a thick stroke, of any tone, smooth or grainy."""
    draw = rng.random()
    if draw < 0.4:
        sides = width_of(rng, 8, 0.4 * size), width_of(rng, 8, 0.25 * size)
        upright = rng.random() < 0.5  # as programs draw them
        corners = cv2.boxPoints(((0.0, 0.0), sides, 0.0 if upright else float(rng.uniform(0, 180))))
        rough = 0.0 if upright else 0.04 * min(sides)
        cover = filled(size, [corners + anywhere(rng, size) + rng.normal(0, rough, (4, 2))])
    elif draw < 0.7:
        centre = anywhere(rng, size)
        cover = filled(
            size, [blob(rng, centre=centre, radius=width_of(rng, 6, 0.22 * size), rough=rng.uniform(0, 0.25))]
        )
    else:
        points = np.cumsum(rng.normal(0, 0.12 * size, (int(rng.integers(2, 6)), 2)), axis=0) + anywhere(rng, size)
        cover = stroke(size, [points], [np.full(len(points), width_of(rng, 6, 0.14 * size))])
    cover = soft(cover, rng.choice([0, 0.6, 2]))
    level = rng.choice([rng.uniform(0.85, 1), rng.uniform(0, 0.15), rng.uniform(0.2, 0.8)])
    mottle = clouds(size, rng, coarsest=8) * rng.choice([0, 0, 0.05])
    grain = rng.normal(0, rng.choice([0, 0, 0.04, 0.1]), (size, size))
    return Mark(cover, np.clip(level + mottle + grain, 0, 1).astype(np.float32))
