"""Noise levels: the paper's DDPM forward process, and how its times become the sigmas that the samplers walk.

Two coordinates for one process.  The paper's (variance preserving): `x_t = sqrt(abar_t) x_0 +
sqrt(1 - abar_t) e`.  Ours (variance exploding, Karras et al. 2022): `x = x_0 + sigma e`, which is
`x_t / sqrt(abar_t)` with `sigma_t = sqrt((1 - abar_t) / abar_t)`.  Times are 1..`T`; time 0 is the clean one.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from engine.errors import RequestError
from engine.geometry import F64
from engine.request import SamplerName

T = 1000
"""Steps of the paper's forward process."""

BETA_FIRST, BETA_LAST = 1e-4, 0.02

SIGMA_MIN = 0.01
"""The last level before the clean picture: about a grey level of eight bits in -1..1; the paper's lowest."""

SIGMA_MAX = 80.0
"""Where a Karras schedule begins that starts from nothing but noise (Karras et al. 2022)."""

START = 0.25
"""Where sampling goes on from the first fill, the mean: the fine network learnt to carry it on from 0.1 to 0.5."""


def betas() -> F64:
    """(T,) variances of the forward steps 1..T, growing linearly (Ho et al. 2020)."""
    return np.linspace(BETA_FIRST, BETA_LAST, T)


def alphas_bar() -> F64:
    """(T,) `abar_t`, the share of the clean picture's variance that is left at times 1..T."""
    return np.asarray(np.cumprod(1 - betas()))


def forward_step(x: F64, t: int, noise: F64) -> F64:
    """Take the picture at time t-1 to time t (1..T): eq. (1) of Guo et al. 2024."""
    beta = betas()[_index(t)]
    return math.sqrt(1 - beta) * x + math.sqrt(beta) * noise


def forward(x0: F64, t: int, noise: F64) -> F64:
    """Take the clean picture to time t (1..T) at once: eq. (2) of Guo et al. 2024."""
    abar = alphas_bar()[_index(t)]
    return math.sqrt(abar) * x0 + math.sqrt(1 - abar) * noise


def _index(t: int) -> int:
    if not 1 <= t <= T:
        raise ValueError(f"the time is {t}, but the process runs from 1 to {T}")
    return t - 1


@cache
def _log_levels() -> F64:
    abar = alphas_bar()
    levels = np.log((1 - abar) / abar) / 2
    levels.flags.writeable = False  # shared by every caller of the cache
    return np.asarray(levels)


def t_to_sigma(t: float | F64) -> F64:
    """The sigma of time t, 1..T; between two times the geometric interpolation; times outside are clamped."""
    return np.asarray(np.exp(np.interp(t, np.arange(1, T + 1), _log_levels())))


def sigma_to_t(sigma: float | F64) -> F64:
    """The (fractional) time whose level is sigma > 0, the inverse of `t_to_sigma`; clamped to 1..T."""
    return np.asarray(np.interp(np.log(sigma), _log_levels(), np.arange(1, T + 1)))


def ddpm_sigmas(n: int, *, start: float = math.inf) -> F64:
    """(n,) descending levels of the DDPM process, evenly spaced in time, from `start` (inf: t = T) to t = 1.

    They are among the T levels as long as there are n of these below `start`; else finer, between them.
    """
    last = float(np.round(sigma_to_t(start))) if math.isfinite(start) else float(T)
    times = np.linspace(last, 1, n)
    return t_to_sigma(np.round(times) if n <= last else times)


def karras(n: int, *, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX, rho: float = 7.0) -> F64:
    """(n,) levels from `sigma_max` down to `sigma_min`, denser near the end (Karras et al. 2022, eq. 5)."""
    ramp = np.linspace(0, 1, n)
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return np.asarray((high + ramp * (low - high)) ** rho)


def heun_intervals(evaluations: int) -> int:
    """How many intervals Heun's method covers: each costs two evaluations, save the last, which costs one.

    An even budget does not come out even: the last interval but one then goes without its correction.
    """
    return evaluations // 2 + 1


def schedule_for(sampler: SamplerName, steps: int, *, start: float = START) -> F64:
    """(n + 1,) sigmas to walk with `steps` >= 1 network evaluations: inf, `start`, ..., 0, descending.

    The first level is always infinity: the fill that knows no noise.  `start` is where noise comes in, inf
    for the samplers' usual start (80, or time T of the DDPM).  `ddpm` and `ddim` walk DDPM times, the others
    a Karras schedule.  n is `steps`, but for `heun` fewer: its corrections are evaluations too.

    Raises `RequestError` for `steps` < 1 or a `start` that is not above `SIGMA_MIN`.
    """
    if steps < 1:
        raise RequestError("{0} steps were asked for, but at least 1 is needed", steps)
    if not start > SIGMA_MIN:
        raise RequestError("sampling cannot start at sigma {0}; it has to be above {1}", start, SIGMA_MIN)
    rest = steps - 1
    if rest == 0:
        levels = np.zeros(0)
    elif sampler in ("ddpm", "ddim"):
        levels = ddpm_sigmas(rest, start=start)
    else:
        n = heun_intervals(rest) if sampler == "heun" else rest
        levels = karras(n, sigma_max=min(start, SIGMA_MAX))
    return np.concatenate(([math.inf], levels, [0.0]))
