"""One face: fill the hole of a chip with the networks.

This is the method itself; `engine.pipeline` brings chips to it and carries the fill back to the photo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.fill import coarse
from engine.fill.edges import canny, edge_hole, lines
from engine.fill.lattice import without_lattice
from engine.fill.prefill import push_pull
from engine.fill.sampling import Denoise, Sampling, run
from engine.fill.tone import tone_of
from engine.geometry import F32, U8
from engine.request import Canny
from engine.runtime.models import FillNetworks

if TYPE_CHECKING:
    from engine.networks.presets import Role

OnStep = Callable[[int, int, U8], None]
"""Called with a step's index, the total and the running picture, (S, S, 3) uint8."""


@dataclass(frozen=True, eq=False, slots=True)
class ChipFill:
    """`rgb`: (S, S, 3) float32 0..1; the edge maps: (S, S) uint8 0..255, outside and inside the hole."""

    rgb: F32
    visible_edges: U8
    drawn_edges: U8


def fill_chip(
    chip: F32,
    hole: NDArray[np.bool_],
    *,
    networks: FillNetworks,
    sampling: Sampling,
    edges: U8 | None = None,
    thresholds: Canny | None = None,
    on_step: OnStep | None = None,
) -> ChipFill:
    """Fill a chip's hole: edges first, then colour and texture (Guo et al. 2024).

    `chip`: (S, S, 3) float32 0..1; `hole`: (S, S), true where it holds no truth; `edges`: (S, S) uint8, over
    127 on an edge to follow inside the hole, None: the edge network draws.  Known pixels come back unchanged.
    Raises RequestError for a sampling that cannot be.
    """
    missing = hole.astype(np.float32)[None, None]
    image = np.ascontiguousarray(chip.transpose(2, 0, 1)[None] * 2 - 1, np.float32)
    prefill: F32 = push_pull(image, 1 - missing)
    known = np.where(hole, 0, 255).astype(np.uint8)
    visible = canny(_picture(prefill), known, thresholds)
    guide = _guide(visible, missing, image, networks=networks, edges=edges)
    filled = prefill
    for index, total, filled in _fills(image, missing, guide, prefill, networks=networks, sampling=sampling):
        if on_step is not None:
            on_step(index, total, _picture(filled))
    rgb = ((filled[0].transpose(1, 2, 0) + 1) / 2).clip(0, 1)
    drawn = lines(guide[0, 0]) if edges is None else np.where(edges > 127, 255, 0)
    drawn = np.where(hole, drawn, 0).astype(np.uint8)
    return ChipFill(np.where(hole[..., None], rgb, chip).astype(np.float32), visible, drawn)


def _fills(
    image: F32, missing: F32, guide: F32, prefill: F32, *, networks: FillNetworks, sampling: Sampling
) -> Iterator[tuple[int, int, F32]]:
    """Every evaluation's (index, total, chip): first the coarse network's, enlarged, then the fine one's over that.

    Without a coarse network the fine one begins from the smooth `prefill`.
    """
    tone = tone_of(image, 1 - missing)

    def toned(picture: F32) -> F32:
        return picture if tone is None else np.where(missing > 0, tone(picture), picture)

    before = min(sampling.steps, coarse.STEPS) if networks.has_coarse else 0
    total = before + sampling.steps
    if before:
        base, gone, edges = coarse.condition(image, missing, guide)
        denoise = denoiser(networks, np.concatenate((base, gone, edges), 1), role="coarse")
        for step in run(denoise, gone, replace(sampling, steps=before, start=coarse.START)):
            guess = coarse.enlarged(base + step.denoised, image.shape[-1])
            prefill = toned(np.where(missing > 0, guess, image))
            yield step.index, total, prefill
    worth = np.zeros_like(missing)
    condition = np.concatenate((prefill, missing, guide, worth), 1)
    for step in run(denoiser(networks, condition, guidance=sampling.guidance), missing, sampling):
        yield before + step.index, total, toned(without_lattice(prefill + step.denoised, missing))


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


def _guide(visible: U8, missing: F32, image: F32, *, networks: FillNetworks, edges: U8 | None) -> F32:
    """(1, 1, S, S) edges 0..1: visible ones outside the hole, given or drawn ones inside."""
    seen = (visible / 255).astype(np.float32)[None, None]
    wide: F32 = edge_hole(missing)
    if edges is None:
        return networks.draw_edges(seen, wide, image)
    given = (edges > 127).astype(np.float32)[None, None]
    return np.where(wide > 0, given, seen)


def _picture(image: F32) -> U8:
    """(1, 3, S, S) float32 -1..1 -> (S, S, 3) uint8."""
    scaled = (image[0].transpose(1, 2, 0) + 1) * 127.5
    return np.ascontiguousarray(np.rint(scaled.clip(0, 255)).astype(np.uint8))
