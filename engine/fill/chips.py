"""One face: fill the hole of a chip with the networks.

This is the method itself; `engine.pipeline` brings chips to it and carries the fill back to the photo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.fill import coarse
from engine.fill.edges import canny, edge_hole, lines
from engine.fill.lattice import without_lattice
from engine.fill.prefill import push_pull
from engine.fill.restraint import held, steady
from engine.fill.sampling import Denoise, Sampling, run
from engine.fill.tone import tone_of
from engine.fill.underlay import Lay, Underlay
from engine.geometry import F32, U8
from engine.request import Canny
from engine.runtime.models import FillNetworks

if TYPE_CHECKING:
    from engine.networks.presets import Role

_TOUCHED = 5  # pixels: how near a line is changed by another that is drawn or erased

OnStep = Callable[[int, int, U8], None]
"""Called with a step's index, the total and the running picture, (S, S, 3) uint8."""


@dataclass(frozen=True, eq=False, slots=True)
class ChipFill:
    """`rgb`: (S, S, 3) float32 0..1; the edge maps: (S, S) uint8 0..255, outside and inside the hole."""

    rgb: F32
    visible_edges: U8
    drawn_edges: U8
    under: Underlay | None = None
    """What was laid under the hole."""


@dataclass(frozen=True, eq=False, slots=True)
class _Start:
    """What the fine network begins from, (1, C, S, S) float32 each."""

    prefill: F32
    free: F32
    """1 where it may change the prefill."""
    worth: F32
    """1 where the prefill is worth more than a guess: what is blurred, and what was laid under the hole."""
    guide: F32
    share: F32
    """How much of the network's change is taken, 0..1."""
    detail: F32
    """How much of what its later evaluations add to the first one's, 0..1."""


def fill_chip(
    chip: F32,
    hole: NDArray[np.bool_],
    *,
    networks: FillNetworks,
    sampling: Sampling,
    blurred: NDArray[np.bool_] | None = None,
    detail: float = 1.0,
    edges: U8 | None = None,
    thresholds: Canny | None = None,
    lay: Lay | None = None,
    on_step: OnStep | None = None,
) -> ChipFill:
    """Fill a chip's hole, edges first, then colour and texture (Guo et al. 2024), and make sharp what is blurred.

    `chip`: (S, S, 3) float32 0..1; `hole`: (S, S), true where it holds no truth; `blurred`: (S, S), true where it
    holds one, but a soft one; `detail`: how much is taken there of what later steps add, 0..1; `edges`: (S, S) uint8,
    over 127 on an edge to follow inside both, None: the edge network draws in the hole; `lay`: a reference for the
    hole, which the coarse network's guess tells where to lie.  Known pixels come back unchanged.  Raises RequestError
    for a sampling that cannot be.
    """
    soft = np.zeros_like(hole) if blurred is None else blurred & ~hole
    missing, worth, free = (area.astype(np.float32)[None, None] for area in (hole, soft, hole | soft))
    image = _planes(chip)
    prefill: F32 = push_pull(image, 1 - missing)
    visible = canny(_picture(prefill), np.where(hole | soft, 0, 255).astype(np.uint8), thresholds)
    guide = _guide(visible, missing, worth, image, networks=networks, edges=edges)
    tone = tone_of(image, 1 - missing)
    before = min(sampling.steps, coarse.STEPS) if networks.has_coarse and hole.any() else 0

    def toned(picture: F32) -> F32:
        return picture if tone is None else np.where(free > 0, tone(picture), picture)

    def tell(index: int, filled: F32) -> None:
        if on_step is not None:
            on_step(index, before + sampling.steps, _picture(filled))

    for index, guess in _guesses(image, missing, guide, networks, replace(sampling, steps=before)):
        prefill = toned(guess)
        tell(index, prefill)
    start = _Start(prefill, free, worth, guide, free, 1 - (1 - np.float32(detail)) * worth)
    under = lay(_chip(prefill)) if lay is not None and hole.any() else None
    if under is not None:
        start = _over(start, replace(under, rgb=_chip(toned(_planes(under.rgb)))), followed=edges is not None)
    filled = prefill
    for index, fill in _fills(start, networks, sampling):
        filled = toned(fill)
        tell(before + index, filled)
    rgb = np.where(free[0, 0, ..., None] > 0, _chip(filled).clip(0, 1), chip).astype(np.float32)
    drawn = _drawn(guide, edges, start, under)
    return ChipFill(rgb, visible, np.where(hole | soft, drawn, 0).astype(np.uint8), under)


def _guesses(
    image: F32, missing: F32, guide: F32, networks: FillNetworks, sampling: Sampling
) -> Iterator[tuple[int, F32]]:
    """Every evaluation of the coarse network, which is for what is missing: its number and the chip, enlarged."""
    if sampling.steps == 0:
        return
    base, gone, edges = coarse.condition(image, missing, guide)
    denoise = denoiser(networks, np.concatenate((base, gone, edges), 1), role="coarse")
    for index, change, mean in _changes(denoise, gone, replace(sampling, start=coarse.START)):
        guess = base + held(change, mean, gone)
        yield index, np.where(missing > 0, coarse.enlarged(guess, image.shape[-1]), image)


def _over(start: _Start, under: Underlay, *, followed: bool) -> _Start:
    """Begin from what is laid under the hole, and change it no more than it needs.

    `followed`: edges inside the hole are a person's; the edge network's know nothing of what is laid.
    """
    share, core = under.share[None, None], under.core.astype(np.float32)[None, None]
    return replace(
        start,
        prefill=start.prefill + share * (_planes(under.rgb) - start.prefill),
        worth=np.maximum(start.worth, core),
        guide=start.guide if followed else start.guide * (1 - core),
        share=start.share * (1 - share * (1 - np.float32(under.soft))),
    )


def _drawn(guide: F32, edges: U8 | None, start: _Start, under: Underlay | None) -> U8:
    """(S, S), 255 on the edges that the fill follows: a person's, the network's, and those of what was laid."""
    if edges is not None:
        return np.where(edges > 127, np.uint8(255), np.uint8(0))
    drawn = lines(guide[0, 0])
    return drawn if under is None else np.where(under.core, canny(_picture(start.prefill)), drawn)


def _fills(start: _Start, networks: FillNetworks, sampling: Sampling) -> Iterator[tuple[int, F32]]:
    """Every evaluation of the fine network: its number and the chip."""
    condition = np.concatenate((start.prefill, start.free, start.guide, start.worth), 1)
    denoise = denoiser(networks, condition, guidance=sampling.guidance)
    for index, drawn, mean in _changes(denoise, start.free, sampling):
        later = start.detail * (held(drawn, mean, start.free * (1 - start.worth)) - mean)
        change = steady(mean + later, mean, start.worth)
        yield index, without_lattice(start.prefill + start.share * change, start.free)


def _changes(denoise: Denoise, hole: F32, sampling: Sampling) -> Iterator[tuple[int, F32, F32]]:
    """Every evaluation: its number, what it adds to the prefill, and what the first one does, the mean."""
    mean: F32 | None = None
    for step in run(denoise, hole, sampling):
        mean = step.denoised if mean is None else mean
        yield step.index, step.denoised, mean


def denoiser(networks: FillNetworks, condition: F32, *, role: Role = "fine", guidance: float = 1.0) -> Denoise:
    """What samplers call, for chips under this condition, guided as `Sampling` says.

    The first fill is the mean of two, of the chip and of its mirror image (self-ensemble, Timofte et al. 2016): for
    one evaluation more it errs less.  Later steps draw texture, which a mean would blur.
    """

    def denoise(x: F32, sigma: float, under: F32) -> F32:
        found = networks.denoise(x, sigma, under, role=role)
        if math.isfinite(sigma):
            return found
        mirrored = networks.denoise(_mirrored(x), sigma, _mirrored(under), role=role)
        return np.asarray((found + _mirrored(mirrored)) / 2, np.float32)

    if guidance == 1:
        return lambda x, sigma: denoise(x, sigma, condition)
    without = condition.copy()
    without[:, 4] *= 1 - condition[:, 3]  # no edges in the hole

    def guided(x: F32, sigma: float) -> F32:
        bare = denoise(x, sigma, without)
        return np.asarray(bare + guidance * (denoise(x, sigma, condition) - bare), np.float32)

    return guided


def _mirrored(planes: F32) -> F32:
    return np.ascontiguousarray(planes[..., ::-1])


def _guide(visible: U8, missing: F32, worth: F32, image: F32, *, networks: FillNetworks, edges: U8 | None) -> F32:
    """(1, 1, S, S) edges 0..1: visible ones outside, given or drawn ones in what is missing; only given ones in what
    is blurred, for what is left to see there tells more than edges could."""
    seen = (visible / 255).astype(np.float32)[None, None]
    wide: F32 = edge_hole(missing)
    drawn = networks.draw_edges(seen, wide, image) if missing.any() else seen
    if edges is None:
        return drawn
    given = (edges > 127).astype(np.float32)[None, None]
    followed = np.where(edge_hole(missing + worth) > 0, given, seen)
    return np.where(_left_alone(given, drawn, missing), drawn, followed)


def _left_alone(given: F32, drawn: F32, missing: F32) -> NDArray[np.bool_]:
    """(1, 1, S, S): where a person has kept the lines of the network's drawing, which stay as likely as it found them.

    Lines are all alike: to follow doubtful ones as if they were sure makes worse faces than the drawing itself.
    """
    changed = (given[0, 0] > 0) != (lines(drawn[0, 0]) > 0)
    near = cv2.dilate((changed & (missing[0, 0] > 0)).astype(np.uint8), np.ones((2 * _TOUCHED + 1,) * 2, np.uint8))
    return np.asarray((edge_hole(missing) > 0) & (near == 0))


def _planes(chip: F32) -> F32:
    """(S, S, 3) float32 0..1 -> (1, 3, S, S) float32 -1..1."""
    return np.ascontiguousarray(chip.transpose(2, 0, 1)[None] * 2 - 1, np.float32)


def _chip(image: F32) -> F32:
    """(1, 3, S, S) float32 -1..1 -> (S, S, 3) float32 0..1."""
    return np.ascontiguousarray((image[0].transpose(1, 2, 0) + 1) / 2, np.float32)


def _picture(image: F32) -> U8:
    """(1, 3, S, S) float32 -1..1 -> (S, S, 3) uint8."""
    scaled = (image[0].transpose(1, 2, 0) + 1) * 127.5
    return np.ascontiguousarray(np.rint(scaled.clip(0, 255)).astype(np.uint8))
