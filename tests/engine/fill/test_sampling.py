"""The samplers against closed forms: on a Gaussian the ideal denoiser, so every distribution, is known."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import RequestError
from engine.fill import schedule
from engine.fill.sampling import Denoise, Sampling, Step, ddpm, run
from engine.geometry import F32
from engine.request import SamplerName

MU, S = 0.2, 0.3
ALL: tuple[SamplerName, ...] = ("ddpm", "ddim", "heun", "dpmpp_2m")
FLOW: tuple[SamplerName, ...] = ("ddim", "heun", "dpmpp_2m")
HOLE = np.ones((4, 1, 64, 64), np.float32)
SAMPLES = 4 * 3 * 64 * 64


def gaussian(x: F32, sigma: float) -> F32:
    """E[r | x] for r ~ N(MU, S^2), x = r + sigma * noise."""
    trust = 0.0 if math.isinf(sigma) else S**2 / (S**2 + sigma**2)
    return (trust * x + (1 - trust) * MU).astype(np.float32)


def last(
    denoise: Denoise = gaussian,
    *,
    steps: int,
    sampler: SamplerName = "dpmpp_2m",
    seed: int = 0,
    start: float = schedule.START,
) -> F32:
    *_, step = run(denoise, HOLE, Sampling(steps, sampler, start, seed))
    return step.denoised


def recording(seen: list[tuple[F32, float]]) -> Callable[[F32, float], F32]:
    """The ideal denoiser, writing down what it is asked."""

    def denoise(x: F32, sigma: float) -> F32:
        seen.append((x, sigma))
        return gaussian(x, sigma)

    return denoise


@pytest.mark.parametrize(("sampler", "steps"), [("ddpm", 400), ("ddim", 200), ("heun", 80), ("dpmpp_2m", 30)])
def test_from_noise_alone_a_sampler_reaches_the_gaussian(sampler: SamplerName, steps: int) -> None:
    sample = last(sampler=sampler, steps=steps, seed=3, start=math.inf)
    assert sample.mean() == pytest.approx(MU, abs=4 * S / math.sqrt(SAMPLES))
    assert sample.std() == pytest.approx(S, rel=0.03)
    tail = np.mean(np.abs(sample - sample.mean()) > 2 * sample.std())
    assert tail == pytest.approx(0.0455, abs=0.006), "the shape is a Gaussian's, not only its two moments"


@pytest.mark.parametrize("sampler", FLOW)
def test_from_the_first_fill_the_flow_keeps_its_share_of_the_spread(sampler: SamplerName) -> None:
    """x = mu + start * noise at level `start`: the flow scales it by S / sqrt(S^2 + start^2)."""
    sample = last(sampler=sampler, steps=60, start=0.6)
    assert sample.mean() == pytest.approx(MU, abs=4 * S / math.sqrt(SAMPLES))
    assert sample.std() == pytest.approx(S * 0.6 / math.hypot(S, 0.6), rel=0.03)


def error(sampler: SamplerName, steps: int) -> float:
    """Mean distance from the exact end of the flow that begins where the sampler put its noise."""
    seen: list[tuple[F32, float]] = []
    sample = last(recording(seen), sampler=sampler, steps=steps, seed=1, start=0.6)
    x, sigma = seen[1]
    exact = MU + (x - MU) * S / math.hypot(S, sigma)
    return float(np.abs(sample - exact).mean())


def test_the_flow_is_followed_to_the_order_of_each_method() -> None:
    assert error("ddim", 48) == pytest.approx(error("ddim", 12) / 4, rel=0.2)
    for second_order in ("heun", "dpmpp_2m"):
        assert error(second_order, 48) < error(second_order, 12) / 12
        assert error(second_order, 12) < error("ddim", 12)


def test_ddpm_is_the_papers_reverse_step() -> None:
    """Against the posterior as the paper writes it, in the variance preserving coordinates."""
    t, rng = 600, np.random.default_rng(0)
    x0, x, e = rng.standard_normal((3, 1000)).astype(np.float32)
    abar, beta = schedule.alphas_bar(), schedule.betas()[t - 1]
    here, before = abar[t - 1], abar[t - 2]
    mean = (math.sqrt(before) * beta * x0 + math.sqrt(1 - beta) * (1 - before) * x) / (1 - here)
    expected = mean + math.sqrt((1 - before) / (1 - here) * beta) * e

    seen: list[F32] = []

    def denoise(x: F32, sigma: float) -> F32:
        seen.append(x)
        return np.asarray(x0)

    sigmas = np.append(schedule.t_to_sigma(np.array([t, t - 1.0])), 0)
    list(ddpm(denoise, x / np.float32(math.sqrt(here)), sigmas, lambda: e))
    np.testing.assert_allclose(seen[1] * math.sqrt(before), expected, atol=2e-5)


@pytest.mark.parametrize("sampler", ALL)
def test_steps_are_evaluations_counted_one_by_one(sampler: SamplerName) -> None:
    for steps in (1, 2, 3, 4, 5, 8, 20):
        seen: list[tuple[F32, float]] = []
        walked = list(run(recording(seen), HOLE[:1], Sampling(steps, sampler)))
        assert len(seen) == len(walked) == steps
        assert [s.index for s in walked] == list(range(1, steps + 1))
        assert {s.total for s in walked} == {steps}
        assert [s.sigma for s in walked] == [sigma for _, sigma in seen]
        assert all(s.denoised.dtype == x.dtype == np.float32 for s, (x, _) in zip(walked, seen, strict=True))


@pytest.mark.parametrize("sampler", ALL)
def test_the_first_evaluation_sees_no_noise(sampler: SamplerName) -> None:
    seen: list[tuple[F32, float]] = []
    first = next(iter(run(recording(seen), HOLE, Sampling(5, sampler))))
    assert seen[0][1] == math.inf
    assert not seen[0][0].any()
    assert (first.denoised == np.float32(MU)).all()


def test_one_step_knows_no_seed() -> None:
    one, other = (last(steps=1, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("sampler", ALL)
def test_everything_outside_the_hole_stays_zero(sampler: SamplerName) -> None:
    hole = np.zeros((2, 1, 32, 32), np.float32)
    hole[0, :, 5:20, 8:30] = 1
    hole[1, :, 20:, :9] = 1
    seen: list[tuple[F32, float]] = []
    outside = np.broadcast_to(hole == 0, (2, 3, 32, 32))
    for step in run(recording(seen), hole, Sampling(9, sampler, math.inf)):
        assert not step.denoised[outside].any()
        assert not seen[-1][0][outside].any()
        assert step.denoised[~outside].any()


@pytest.mark.parametrize("sampler", ALL)
def test_a_seed_gives_one_result(sampler: SamplerName) -> None:
    one, again, other = (last(sampler=sampler, steps=6, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert (one != other).mean() > 0.99


@pytest.mark.parametrize("sampler", ALL)
def test_stopping_between_steps_evaluates_nothing_more(sampler: SamplerName) -> None:
    seen: list[tuple[F32, float]] = []
    walk = run(recording(seen), HOLE[:1], Sampling(20, sampler))
    steps = [next(walk) for _ in range(3)]
    walk.close()  # type: ignore[attr-defined]
    assert isinstance(steps[-1], Step)
    assert len(seen) == 3
    assert list(walk) == []


def test_an_error_of_the_denoiser_arrives() -> None:
    def broken(x: F32, sigma: float) -> F32:
        raise MemoryError

    with pytest.raises(MemoryError):
        next(run(broken, HOLE, Sampling(4)))


def test_a_run_that_cannot_be_is_refused_at_once() -> None:
    with pytest.raises(RequestError, match="no sampler"):
        run(gaussian, HOLE, Sampling(4, "euler"))  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="at least 1"):
        run(gaussian, HOLE, Sampling(0))
    with pytest.raises(RequestError, match="above"):
        run(gaussian, HOLE, Sampling(4, start=math.nan))
