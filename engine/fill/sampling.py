"""Samplers: generators that walk a denoiser down a list of sigmas.

They know no model and no device.  `x = r + sigma * noise` (variance exploding), `D = denoise(x, sigma)` is
the estimate of the clean `r`, `d = (x - D) / sigma` the direction of the probability flow.  Every evaluation
of the denoiser yields one `Step`, so whoever drives the generator sees each estimate and can stop between any
two.  All lists of sigmas end in 0, where `x = D`: the last step's `denoised` is the sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

import numpy as np

from engine.errors import RequestError
from engine.fill.schedule import START, schedule_for
from engine.geometry import F32, F64
from engine.request import SamplerName

Denoise = Callable[[F32, float], F32]
"""`denoise(x, sigma)`: the estimate of the clean array, the shape of `x`; sigma may be infinite."""

Noise = Callable[[], F32]
"""A fresh draw of standard normal noise, the shape of `x`, zero where nothing may change."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a fill is sampled: in `steps` evaluations of each completion network (of the coarse one at most two).

    `start`: sigma of the noise that comes in after the first evaluation (inf: the sampler's usual).
    `guidance`: w of `D = D_none + w (D_edges - D_none)`, classifier-free guidance (Ho and Salimans 2022) over the
    edges in the hole, for edge dropout has taught the network to do without; 1 is none, others cost two evaluations.
    `everywhere`: noise on known places too, for networks that were trained so.
    """

    steps: int
    sampler: SamplerName = "dpmpp_2m"
    start: float = START
    seed: int = 0
    guidance: float = 1.0
    everywhere: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One sampler step: `index` counts 1..`total`; `denoised` is the current estimate of the clean array."""

    index: int
    total: int
    sigma: float
    denoised: F32


def ddpm(denoise: Denoise, x: F32, sigmas: F64, noise: Noise) -> Iterator[Step]:
    """Ancestral sampling, the paper's reverse process."""
    for i, s, s_next in _intervals(sigmas):
        D = denoise(x, s)
        yield Step(i, len(sigmas) - 1, s, D)
        # eq. (3), Guo et al. 2024: q(x_{t-1} | x_t, x_0 = D), a Gaussian (Ho et al. 2020, eq. 6-7)
        share = (s_next / s) ** 2
        x = D + share * (x - D)
        if s_next > 0:
            x = x + s_next * math.sqrt(1 - share) * noise()


def ddim(denoise: Denoise, x: F32, sigmas: F64, noise: Noise) -> Iterator[Step]:
    """Deterministic: Euler steps along the probability flow (`noise` is not drawn)."""
    for i, s, s_next in _intervals(sigmas):
        D = denoise(x, s)
        yield Step(i, len(sigmas) - 1, s, D)
        # eq. (13), Song et al. 2021 (DDIM): x' = x + (s' - s) d
        x = D + (s_next / s) * (x - D)


def heun(denoise: Denoise, x: F32, sigmas: F64, noise: Noise, *, plain: int = 1) -> Iterator[Step]:
    """Deterministic, second order: two evaluations an interval, one in each of the `plain` >= 1 last ones."""
    n = len(sigmas) - 1
    index, total = 0, 2 * n - plain
    for i, s, s_next in _intervals(sigmas):
        D = denoise(x, s)
        index += 1
        yield Step(index, total, s, D)
        # algorithm 1, Karras et al. 2022, lines 4-5: Euler to s'
        d = (x - D) / s
        x_next = x + (s_next - s) * d
        if i <= n - plain:
            D_next = denoise(x_next, s_next)
            index += 1
            yield Step(index, total, s_next, D_next)
            # lines 7-8: the trapezoid of both directions
            x_next = x + (s_next - s) * (d + (x_next - D_next) / s_next) / 2
        x = x_next


def dpmpp_2m(denoise: Denoise, x: F32, sigmas: F64, noise: Noise) -> Iterator[Step]:
    """Deterministic, second order from the estimate before (DPM-Solver++ 2M), one evaluation a step."""
    D_old, h_old = None, math.inf
    for i, s, s_next in _intervals(sigmas):
        D = denoise(x, s)
        yield Step(i, len(sigmas) - 1, s, D)
        if s_next == 0:
            return
        # algorithm 2, Lu et al. 2022, with lambda = -log sigma, h = lambda' - lambda, 1/(2r) = h / (2 h_old)
        h = math.log(s / s_next)
        k = h / (2 * h_old)
        target = D if D_old is None else (1 + k) * D - k * D_old
        x = (s_next / s) * x + (1 - s_next / s) * target
        D_old, h_old = D, h


def _intervals(sigmas: F64) -> Iterator[tuple[int, float, float]]:
    """Number (from 1), start and end of each interval, as Python floats: these leave float32 arrays so."""
    levels = sigmas.tolist()
    return zip(range(1, len(levels)), levels[:-1], levels[1:], strict=True)


def run(denoise: Denoise, hole: F32, sampling: Sampling) -> Iterator[Step]:
    """Sample a residual that lives only in a hole, in exactly `sampling.steps` evaluations of `denoise`.

    `hole`: (N, 1, H, W) float32, 1 inside and 0 outside; what `denoise` gets and the steps' `denoised` are
    (N, 3, H, W) float32 and exactly zero outside it, unless there shall be noise everywhere.

    The first evaluation is the minimum-mean-square-error fill, `denoise(0, inf)`: no noise goes in, and with
    one step it is all, whatever the seed.  Further ones go on from it with noise of level `start` in the hole
    (inf: the sampler's usual start) and follow the sampler down.  Heun's corrections are evaluations and
    yield steps of their own, so `steps` means the same work for every sampler.

    Raises `RequestError` at once for a sampler that does not exist, `steps` < 1 or a `start` too low.
    """
    if sampling.sampler not in get_args(SamplerName):
        known = ", ".join(get_args(SamplerName))
        raise RequestError("there is no sampler '{0}'; choose from {1}", sampling.sampler, known)
    sigmas = schedule_for(sampling.sampler, sampling.steps, start=sampling.start)
    rng = np.random.default_rng(sampling.seed)
    shape = (hole.shape[0], 3, *hole.shape[2:])
    inside = np.ones_like(hole) if sampling.everywhere else hole

    def noise() -> F32:
        return inside * rng.standard_normal(shape, dtype=np.float32)

    def masked(x: F32, sigma: float) -> F32:
        return inside * denoise(x, sigma)

    walk = _walk(sampling.sampler, sampling.steps)
    return _from_infinity(masked, np.zeros(shape, np.float32), sigmas, noise, walk, sampling.steps)


Walk = Callable[[Denoise, F32, F64, Noise], Iterator[Step]]


def _walk(sampler: SamplerName, steps: int) -> Walk:
    if sampler == "heun":
        # The first evaluation is not Heun's, so an odd number of steps leaves it an even budget.
        return partial(heun, plain=1 + steps % 2)
    walks: dict[str, Walk] = {"ddpm": ddpm, "ddim": ddim, "dpmpp_2m": dpmpp_2m}
    return walks[sampler]


def _from_infinity(denoise: Denoise, nothing: F32, sigmas: F64, noise: Noise, walk: Walk, total: int) -> Iterator[Step]:
    """Take the step from sigma = inf, where `x` tells nothing of `r` and is left out; `walk` the rest."""
    r0 = denoise(nothing, math.inf)
    yield Step(1, total, math.inf, r0)
    if total > 1:
        # DDIM's x' = D + s' (x - D) / s from s = inf, where (x - D) / s is the noise itself
        x = r0 + float(sigmas[1]) * noise()
        for step in walk(denoise, x, sigmas[1:], noise):
            yield replace(step, index=1 + step.index, total=total)
