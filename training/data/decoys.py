"""What looks like damage and is none: drawn into sound photos, so that the network learns to leave it.

Chips show eyes, lashes, teeth and spectacles themselves; these are what they lack at the sharpness of a large scan.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F64
from training.data.marks import Mark, anywhere, blob, clouds, filled, soft, stroke, wandering, width_of

_WORDS = [
    "Hotel",
    "Cafe",
    "STOP",
    "Bakery",
    "1954",
    "Exit",
    "OPEN",
    "Station",
    "Rue",
    "Market",
    "Photo",
    "School",
    "Taxi",
    "No.",
    "27",
    "Bar",
    "Post",
]


def strands(size: int, rng: np.random.Generator) -> Mark:
    """A lock of hair, a beard, fur or grass: very many thin lines that flow together, light and dark among them."""
    lead = wandering(rng, size, length=rng.uniform(0.3, 1.2) * size, bend=rng.uniform(0.2, 2), rough=0.1)
    cover, tone = np.zeros((size, size), np.float32), np.full((size, size), 0.5, np.float32)
    spread, base = rng.uniform(0.03, 0.2) * size, rng.uniform(0.05, 0.8)
    for _ in range(6):
        lines, widths = [], []
        for _ in range(rng.integers(8, 40)):
            part = lead[rng.integers(0, 20) :] + rng.normal(0, spread, 2)
            lines.append(part + np.linspace(0, 1, len(part))[:, None] * rng.normal(0, spread / 3, 2))
            widths.append(np.full(len(part), width_of(rng, 0.5, 2)))
        layer = stroke(size, lines, widths)
        tone = np.where(layer > cover * 0.5, base + rng.normal(0, 0.2), tone)
        cover = np.maximum(cover * np.float32(0.9), layer)
    return Mark(cover, np.clip(tone, 0, 1).astype(np.float32))


def lashes(size: int, rng: np.random.Generator) -> Mark:
    """Short dark arcs side by side on a thicker arc: lashes, brows, a comb."""
    centre, radius = anywhere(rng, size), rng.uniform(0.06, 0.3) * size
    first, last = np.sort(rng.uniform(np.pi * 0.9, np.pi * 2.1, 2)).tolist()
    turns = np.linspace(first, last, int(rng.integers(6, 30)))
    lid = centre + np.column_stack([np.cos(turns), np.sin(turns) * rng.uniform(0.3, 0.8)]) * radius
    out = np.column_stack([np.cos(turns + rng.normal(0, 0.2)), np.sin(turns)])
    reach = radius * rng.uniform(0.1, 0.5) * rng.uniform(0.6, 1.2, (len(turns), 1))
    lines = [
        lid,
        *(
            np.array([p, p + o * r * 0.6 + rng.normal(0, 1, 2), p + o * r])
            for p, o, r in zip(lid, out, reach, strict=True)
        ),
    ]
    width = width_of(rng, 0.6, 2.5)
    widths = [np.full(len(lid), width * rng.uniform(0.5, 3)), *(width * np.array([1, 0.7, 0.4]) for _ in lid)]
    return Mark(stroke(size, lines, widths), np.full((size, size), rng.uniform(0, 0.3), np.float32))


def branches(size: int, rng: np.random.Generator) -> Mark:
    """A bare tree, wires or a fence before the sky."""
    lines: list[F64] = []
    widths: list[F64] = []
    if rng.random() < 0.3:  # parallel wires or bars, evenly thick, from border to border
        tilt, gap = rng.uniform(-0.3, 0.3), rng.uniform(6, 40)
        for k in range(rng.integers(3, 9)):
            x = np.linspace(-5, size + 5, 20)
            sag = rng.uniform(0, 8) * ((x / size - 0.5) ** 2)
            lines.append(np.column_stack([x, 20 + k * gap + x * tilt + sag]))
            widths.append(np.full(20, rng.uniform(1, 4)))
        if rng.random() < 0.5:
            lines = [line[:, ::-1] for line in lines]
    else:
        _grow(
            rng,
            lines,
            widths,
            at=anywhere(rng, size),
            angle=rng.uniform(0, 6.3),
            reach=0.25 * size,
            width=rng.uniform(3, 10),
        )
    return Mark(stroke(size, lines, widths), np.full((size, size), rng.uniform(0, 0.35), np.float32))


def _grow(
    rng: np.random.Generator, lines: list[F64], widths: list[F64], *, at: F64, angle: float, reach: float, width: float
) -> None:
    """Add a branch and, from its end and its middle, thinner ones."""
    if width < 0.7 or len(lines) > 90:
        return
    turns = angle + np.cumsum(rng.normal(0, 0.12, 8))
    line = at + np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]) * reach / 8, axis=0)
    lines.append(line)
    widths.append(np.linspace(width, width * 0.7, 8))
    for start in (line[-1], line[-1], line[4]):
        turn = turns[-1] + rng.normal(0, 0.6)
        _grow(
            rng,
            lines,
            widths,
            at=start,
            angle=turn,
            reach=reach * rng.uniform(0.6, 0.9),
            width=width * rng.uniform(0.5, 0.75),
        )


def lettering(size: int, rng: np.random.Generator) -> Mark:
    """A sign, a label, a page: straight lines of letters on a plate; what stands on no plate was written there."""
    canvas = np.zeros((size * 2, size * 2), np.uint8)
    scale, font, thick = rng.uniform(0.4, 3), int(rng.integers(0, 5)), int(rng.integers(1, 5))
    y = int(rng.uniform(0, 1) * size)
    for _ in range(rng.integers(1, 6)):
        text = " ".join(rng.choice(_WORDS, rng.integers(1, 5)))
        cv2.putText(canvas, text, (int(rng.uniform(0, size)), y), font, scale, (255,), thick, cv2.LINE_AA)
        y += int(scale * rng.uniform(28, 44))
    letters = np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    dark = rng.random() < 0.5
    ink, ground = (rng.uniform(0, 0.25), rng.uniform(0.6, 1)) if dark else (rng.uniform(0.75, 1), rng.uniform(0, 0.4))
    box = cv2.dilate((letters > 0.3).astype(np.uint8), np.ones((25, 45), np.uint8)).astype(np.float32)
    tone = ground * (1 - letters) + ink * letters
    return Mark(np.maximum(box, letters), tone.astype(np.float32))


def jewels(size: int, rng: np.random.Generator) -> Mark:
    """Round bright things with a shine and a dark rim: beads, buttons, ear-rings, catch-lights, frames of glasses."""
    cover, tone = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    start, step = anywhere(rng, size), rng.normal(0, 12, 2)
    radius = width_of(rng, 2, 14)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    hollow, base = rng.random() < 0.4, rng.uniform(0.05, 0.95)
    for k in range(rng.integers(1, 9)):
        cx, cy = start + step * k + rng.normal(0, 0.5, 2)
        distance = np.hypot(x - cx, y - cy)
        disc = np.clip(radius - distance, 0, 1)
        ring = np.clip(1.5 - np.abs(distance - radius), 0, 1)
        shine = np.exp(-(((x - cx + radius * 0.3) ** 2 + (y - cy + radius * 0.3) ** 2) / (0.2 * radius**2 + 0.5)))
        shape = ring if hollow else np.maximum(disc, ring)
        colour = base * (1 - 0.7 * ring) + shine * (1 - base)
        cover, tone = np.maximum(cover, shape), np.where(shape > 0.05, colour, tone)
    return Mark(cover.astype(np.float32), np.clip(tone, 0, 1).astype(np.float32))


def folds_of_cloth(size: int, rng: np.random.Generator) -> Mark:
    """Soft light and dark bands that end nowhere: wrinkles of skin and cloth."""
    cover = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(1, 6)):
        line = wandering(rng, size, length=rng.uniform(0.1, 0.5) * size, bend=0.8, rough=0.1)
        width = width_of(rng, 1.5, 9)
        fade = np.sin(np.linspace(0, np.pi, len(line))) * width
        cover = np.maximum(cover, soft(stroke(size, [line], [np.maximum(fade, 0.4)]), width * 0.6))
    dark = rng.random() < 0.75
    level = rng.uniform(0, 0.3) if dark else rng.uniform(0.7, 1)
    return Mark(cover * np.float32(0.8), np.full((size, size), level, np.float32), sheer=True)


def lace(size: int, rng: np.random.Generator) -> Mark:
    """A regular net or stripes: lace, knitting, blinds, brickwork."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    tilt, period = rng.uniform(0, np.pi), rng.uniform(5, 24)
    u = (x * np.cos(tilt) + y * np.sin(tilt)) * 2 * np.pi / period
    v = (-x * np.sin(tilt) + y * np.cos(tilt)) * 2 * np.pi / (period * rng.uniform(0.7, 1.6))
    warp = clouds(size, rng, coarsest=3, octaves=2) * rng.uniform(0, 2)
    waves = np.maximum(np.sin(u + warp), np.sin(v + warp) if rng.random() < 0.6 else np.float32(-1))
    net = np.clip(waves * 3 - rng.uniform(0.5, 2.4), 0, 1)
    where = soft(filled(size, [_patch(size, rng)]), 2)
    return Mark(
        (net * where).astype(np.float32),
        np.full((size, size), rng.choice([rng.uniform(0, 0.3), rng.uniform(0.7, 1)]), np.float32),
    )


def checks(size: int, rng: np.random.Generator) -> Mark:
    """Woven checks and stripes: shirts, scarves, tiles."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    tilt, period = rng.normal(0, 0.5), rng.uniform(6, 40)
    warp = clouds(size, rng, coarsest=2, octaves=2) * rng.uniform(0, 0.5)
    woven = np.full((size, size), rng.uniform(0.1, 0.9), np.float32)
    for turn in (0.0, np.pi / 2)[: rng.integers(1, 3)]:
        phase = ((x * np.cos(tilt + turn) + y * np.sin(tilt + turn)) / period + warp) % 1
        for _ in range(rng.integers(1, 4)):
            begin, width = rng.uniform(0, 1), rng.uniform(0.05, 0.5)
            woven += ((phase - begin) % 1 < width) * np.float32(rng.normal(0, 0.3))
    where = soft(filled(size, [_patch(size, rng)]), rng.uniform(0.5, 3))
    return Mark(where, np.asarray(soft(woven, rng.uniform(0.4, 1.2)).clip(0, 1), np.float32))


def lights(size: int, rng: np.random.Generator) -> Mark:
    """Lights and blossoms out of focus: roundish bright spots of one size, strewn or heaped."""
    spots, radius = np.zeros((size, size), np.float32), width_of(rng, 4, 22)
    middle, spread = anywhere(rng, size), rng.uniform(0.1, 0.5) * size
    for _ in range(int(rng.integers(2, max(4, int(300 / radius**1.5))))):
        centre = middle + rng.normal(0, spread, 2)
        outline = blob(rng, centre=centre, radius=radius * rng.uniform(0.7, 1.3), rough=rng.choice([0, 0.3]))
        spots = np.maximum(spots, filled(size, [outline]) * np.float32(rng.uniform(0.4, 1)))
    blurred = soft(spots, rng.uniform(0.15, 0.35) * radius)
    return Mark(blurred, np.full((size, size), rng.uniform(0.7, 1), np.float32))


def _patch(size: int, rng: np.random.Generator) -> F64:
    """Four corners of a large quadrilateral."""
    middle, reach = anywhere(rng, size), rng.uniform(0.15, 0.7) * size
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * reach
    return np.asarray(middle + corners + rng.normal(0, 0.2 * reach, (4, 2)), np.float64)


def border(size: int, rng: np.random.Generator) -> Mark:
    """The white, cream or black border of a print, its inner corners sharp or round, or two pictures side by side."""
    left, top, right, bottom = rng.uniform(0.01, 0.25, 4) * size
    kept = np.zeros((size, size), np.float32)
    inner = rng.random(4) < 0.5  # a crop may show one border or all
    left, top = left * inner[0], top * inner[1]
    right, bottom = size - right * inner[2], size - bottom * inner[3]
    kept[int(top) : int(bottom), int(left) : int(right)] = 1
    cover = soft(1 - kept, rng.choice([0, 0.5, 1.2]))
    level = rng.choice([rng.uniform(0.8, 1), rng.uniform(0, 0.15)])
    grain = clouds(size, rng, coarsest=32) * rng.choice([0, 0, 0.02])
    return Mark(np.asarray(cover, np.float32), np.clip(level + grain, 0, 1).astype(np.float32))
