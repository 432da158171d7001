"""Damage that is long and thin: scratches, bars, film lines, creases, cracks, fibres, pen."""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F32, F64
from training.data.marks import Mark, across, anywhere, clouds, evenly, lettered, soft, stroke, wandering, width_of


def _interrupted(cover: F32, rng: np.random.Generator) -> F32:
    """Worn off here and there."""
    worn = 0.5 + clouds(len(cover), rng, coarsest=8, octaves=3) * rng.uniform(0, 1.1) + rng.uniform(0.1, 0.6)
    return np.asarray(cover * np.clip(worn, 0, 1), np.float32)


def _tapered(points: int, width: float, rng: np.random.Generator) -> F64:
    """Widths of a line that thins out towards its ends."""
    ends = np.minimum(1, np.sin(np.linspace(0.05, np.pi - 0.05, points)) * rng.uniform(1, 5))
    return np.asarray(width * ends, np.float64)


def scratch(size: int, rng: np.random.Generator) -> Mark:
    """One to three lines, straight or bent, some as if drawn with a ruler."""
    lines, widths = [], []
    ruled = rng.random() < 0.5
    for _ in range(rng.integers(1, 4)):
        length = rng.uniform(0.15, 1.3) * size
        bend, rough = (0.0, 0.0) if ruled else (rng.uniform(0, 0.9), rng.uniform(0, 0.3))
        lines.append(wandering(rng, size, length=length, bend=bend, rough=rough))
        widths.append(np.full(48, width_of(rng, 0.7, 5)) if ruled else _tapered(48, width_of(rng, 0.7, 4), rng))
    return evenly(_interrupted(stroke(size, lines, widths), rng), rng)


def bar(size: int, rng: np.random.Generator) -> Mark:
    """A broad straight band, as drawn with a ruler, most from border to border: a strip lost, bared or painted over."""
    if rng.random() < 0.7:
        line = across(rng, size, rough=0.0)
    else:
        line = wandering(rng, size, length=rng.uniform(0.3, 1.2) * size, bend=0.0, rough=0.0)
    cover = soft(stroke(size, [line], [np.full(len(line), width_of(rng, 2, 18))]), rng.uniform(0, 1.5))
    return evenly(_interrupted(cover, rng) if rng.random() < 0.2 else cover, rng)


def bundle(size: int, rng: np.random.Generator) -> Mark:
    """Many scratches that run alike, as of one wipe."""
    lead = wandering(rng, size, length=rng.uniform(0.2, 0.8) * size, bend=rng.uniform(0, 0.5), rough=0.1)
    lines, widths = [], []
    spread, width = rng.uniform(3, 30), width_of(rng, 0.6, 1.8)
    for _ in range(rng.integers(4, 18)):
        first, last = np.sort(rng.integers(0, 48, 2))
        lines.append(lead[first : last + 3] + rng.normal(0, spread, 2) + rng.normal(0, 0.15, 2))
        widths.append(np.full(len(lines[-1]), width * rng.uniform(0.6, 1.4)))
    return evenly(_interrupted(stroke(size, lines, widths), rng), rng)


def film_lines(size: int, rng: np.random.Generator) -> Mark:
    """Lines along the film's way through the camera or the scanner, over the whole picture."""
    upright, at = rng.random() < 0.7, rng.uniform(0, size)
    lines, widths = [], []
    for _ in range(rng.integers(1, 5)):
        place = at + rng.normal(0, rng.choice([4, 60]))
        along = np.linspace(-5, size + 5, 40)
        aside = place + np.cumsum(rng.normal(0, 0.08, 40))
        lines.append(np.column_stack([aside, along] if upright else [along, aside]))
        widths.append(np.full(40, width_of(rng, 0.6, 2.2)))
    cover = stroke(size, lines, widths)
    return evenly(_interrupted(cover, rng) if rng.random() < 0.5 else cover, rng)


def crease(size: int, rng: np.random.Generator) -> Mark:
    """A fold: a bright broken core, a dark flank on one side, torn fibres across it."""
    line = across(rng, size, rough=rng.uniform(0.05, 0.9))
    width = width_of(rng, 1.2, 7)
    wobble = np.clip(1 + np.cumsum(rng.normal(0, 0.12, len(line))), 0.4, 2)
    core = stroke(size, [line], [width * wobble])
    fibres, thin = [], []
    for point in line[rng.random(len(line)) < rng.uniform(0, 0.6)]:
        fibres.append(np.array([point, point + rng.normal(0, width * 1.6, 2)]))
        thin.append(np.full(2, rng.uniform(0.5, 1.3)))
    core = np.maximum(core, stroke(size, fibres, thin)) if fibres else core
    core = _interrupted(core, rng) if rng.random() < 0.7 else core
    shift = rng.normal(0, width, 2)
    flank = soft(stroke(size, [line + shift], [width * 1.6 * wobble]), width * 0.5) * np.float32(rng.uniform(0.1, 0.75))
    bright = rng.random() < 0.8
    inner, outer = (
        (rng.uniform(0.75, 1), rng.uniform(0, 0.35)) if bright else (rng.uniform(0, 0.2), rng.uniform(0.6, 1))
    )
    cover = np.maximum(core, flank)
    tone = (core * inner + flank * (1 - core) * outer) / np.maximum(core + flank * (1 - core), 1e-4)
    return Mark(cover, np.clip(tone, 0, 1).astype(np.float32))


def cracks(size: int, rng: np.random.Generator) -> Mark:
    """A net of cracks in the emulsion: the borders of warped cells, in a part of the picture."""
    cells = np.full((size, size), 255, np.uint8)
    count = int(rng.integers(12, 160))
    at = rng.integers(0, size, (count, 2))
    cells[at[:, 0], at[:, 1]] = 0
    _, labels = cv2.distanceTransformWithLabels(cells, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    reach = np.float32(size / np.sqrt(count) * 0.25)
    warped = cv2.remap(
        np.asarray(labels, np.float32),
        x + clouds(size, rng, coarsest=8) * reach,
        y + clouds(size, rng, coarsest=8) * reach,
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    edge = (np.abs(np.diff(warped, axis=0, append=warped[-1:])) > 0) | (
        np.abs(np.diff(warped, axis=1, append=warped[:, -1:])) > 0
    )
    lines = edge.astype(np.float32)
    if (width := rng.uniform(0, 1.4)) > 0.6:
        lines = np.clip(soft(lines, width) * np.float32(2.2 * width), 0, 1)
    where = np.clip(clouds(size, rng, coarsest=3) * 3 + rng.uniform(-0.5, 1.5), 0, 1)
    return evenly(np.asarray(lines * where, np.float32), rng)


def fibre(size: int, rng: np.random.Generator) -> Mark:
    """Hairs and threads that lay on the glass: thin, even, curled."""
    lines, widths = [], []
    for _ in range(rng.integers(1, 4)):
        length = rng.uniform(0.08, 0.7) * size
        lines.append(wandering(rng, size, length=length, bend=rng.uniform(1.5, 6), rough=0.05))
        widths.append(np.full(48, width_of(rng, 0.7, 2.4)))
    return evenly(stroke(size, lines, widths), rng)


def pen(size: int, rng: np.random.Generator) -> Mark:
    """Pen, pencil and crayon: strikes, loops, scribbles, words and what nobody can read."""
    level = rng.uniform(0, 0.3) if rng.random() < 0.75 else rng.uniform(0.7, 1)
    tone = np.full((size, size), level, np.float32)
    grain = np.clip(1.2 - np.abs(clouds(size, rng, coarsest=64, octaves=2)) * rng.uniform(0, 1), 0, 1)
    if rng.random() < 0.3:
        return Mark(np.asarray(_words(size, rng) * grain, np.float32), tone)
    start, reach = anywhere(rng, size), rng.uniform(0.1, 0.6) * size
    if rng.random() < 0.2:  # a zigzag of one colour, as with a mouse
        turns = start + np.cumsum(rng.normal(0, reach / 4, (int(rng.integers(4, 20)), 2)), axis=0)
        return Mark(stroke(size, [turns], [np.full(len(turns), width_of(rng, 1.5, 8))]), tone)
    t = np.linspace(0, 1, 90)
    if rng.random() < 0.5:  # a line of writing
        count = rng.integers(3, 16)
        x = t * reach + 0.1 * reach / count * np.sin(2 * np.pi * count * t * 1.07)
        y = np.sin(2 * np.pi * count * t) * reach / count * rng.uniform(0.5, 1.6) * (1 + 0.6 * np.sin(9 * t + 2))
    else:  # a scribble
        waves = 2 * np.pi * np.arange(1, 6)[:, None]
        x, y = (
            reach * (rng.normal(0, 2 * np.pi / waves) * np.sin(waves * t + rng.uniform(0, 6, (5, 1)))).sum(0)
            for _ in range(2)
        )
    tilt = rng.normal(0, 0.5)
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    line = start - reach / 2 + np.column_stack([x, y]) @ spin
    width = width_of(rng, 1, 7)
    cover = stroke(size, [line], [width * (1 + 0.25 * np.sin(t * rng.uniform(5, 30)))])
    return Mark(np.asarray(cover * grain, np.float32), tone)


def _words(size: int, rng: np.random.Generator) -> F32:
    """(S, S): letters and figures in a row, leaning, as written."""
    text = "".join(rng.choice(list("aabcdeefghiiklmnoprstuvwAELMRST 179. "), rng.integers(3, 14)))
    canvas = lettered(text, rng)
    wide = canvas.shape[1]
    tilt, lean, shrink = rng.normal(0, 0.3), rng.uniform(0, 0.4), rng.uniform(0.4, 1) * size / max(size, wide)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]) @ [[1, -lean], [0, 1]] * shrink
    middle = np.array([canvas.shape[1] / 2, canvas.shape[0] / 2])
    place = np.column_stack((turn, anywhere(rng, size) - turn @ middle))
    laid = cv2.warpAffine(canvas, place, (size, size), flags=cv2.INTER_AREA)
    return np.asarray(laid, np.float32) / np.float32(255)
