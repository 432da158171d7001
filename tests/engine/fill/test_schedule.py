"""The forward process against its closed form, and the levels that samplers walk."""

import math

import numpy as np
import pytest

from engine.errors import RequestError
from engine.fill import schedule
from engine.request import SamplerName

ONE, NONE = np.ones(1), np.zeros(1)


def test_composing_the_forward_step_gives_the_closed_form() -> None:
    mean, variance = 1.0, 0.0
    for t in range(1, schedule.T + 1):
        mean = float(schedule.forward_step(np.array([mean]), t, NONE)[0])
        variance = float(schedule.forward_step(NONE, t, ONE)[0]) ** 2 + variance * (
            float(schedule.forward_step(ONE, t, NONE)[0]) ** 2
        )
        assert mean == pytest.approx(schedule.forward(ONE, t, NONE)[0], rel=1e-11)
        assert variance == pytest.approx(schedule.forward(NONE, t, ONE)[0] ** 2, rel=1e-11)
    assert variance == pytest.approx(1, abs=1e-4)


def test_both_coordinates_describe_one_process() -> None:
    rng = np.random.default_rng(0)
    x0, noise = rng.standard_normal((2, 50))
    for t in (1, 10, 500, 1000):
        abar = schedule.alphas_bar()[t - 1]
        exploding = x0 + schedule.t_to_sigma(t) * noise
        np.testing.assert_allclose(schedule.forward(x0, t, noise) / math.sqrt(abar), exploding, rtol=1e-9)


def test_times_and_sigmas_convert_back_and_forth() -> None:
    times = np.linspace(1, schedule.T, 3001)
    np.testing.assert_allclose(schedule.sigma_to_t(schedule.t_to_sigma(times)), times, rtol=1e-9)
    abar = schedule.alphas_bar()
    np.testing.assert_allclose(
        schedule.t_to_sigma(np.arange(1.0, schedule.T + 1)), np.sqrt((1 - abar) / abar), rtol=1e-12
    )
    assert schedule.sigma_to_t(1e-9) == 1
    assert schedule.sigma_to_t(1e9) == schedule.T


@pytest.mark.parametrize("t", [0, -1, 1001])
def test_a_time_off_the_process_is_refused(t: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        schedule.forward(ONE, t, NONE)


def test_karras_levels_have_the_papers_ends_and_shape() -> None:
    sigmas = schedule.karras(18, sigma_min=0.002, sigma_max=80, rho=7)
    assert sigmas[0] == pytest.approx(80)
    assert sigmas[-1] == pytest.approx(0.002)
    np.testing.assert_allclose(np.diff(sigmas ** (1 / 7), n=2), 0, atol=1e-12)
    assert schedule.karras(1, sigma_max=3) == pytest.approx(3)


def test_ddpm_levels_are_a_subset_of_the_thousand() -> None:
    every = schedule.t_to_sigma(np.arange(1.0, schedule.T + 1))
    for n, start in ((1, 0.6), (7, 0.6), (50, math.inf), (1000, math.inf)):
        sigmas = schedule.ddpm_sigmas(n, start=start)
        assert len(sigmas) == n
        assert np.isin(sigmas, every).all()
        assert (np.diff(sigmas) < 0).all()
        assert sigmas[0] == pytest.approx(min(start, every[-1]), rel=0.01)
    np.testing.assert_array_equal(schedule.ddpm_sigmas(1000), every[::-1])
    finer = schedule.ddpm_sigmas(500, start=0.6)
    assert (np.diff(finer) < 0).all(), "more levels than there are below the start lie between them"


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "heun", "dpmpp_2m"])
@pytest.mark.parametrize("start", [0.6, math.inf])
def test_a_schedule_descends_from_infinity_to_zero(sampler: SamplerName, start: float) -> None:
    for steps in (1, 2, 3, 4, 8, 20, 51):
        sigmas = schedule.schedule_for(sampler, steps, start=start)
        assert sigmas.dtype == np.float64
        assert sigmas[0] == math.inf
        assert sigmas[-1] == 0
        assert (np.diff(sigmas[1:]) < 0).all()
        if sampler != "heun":
            assert len(sigmas) == steps + 1
        if steps > 1 and start < math.inf:
            assert sigmas[1] == pytest.approx(start, rel=0.01)


def test_a_schedule_that_cannot_be_is_refused() -> None:
    with pytest.raises(RequestError, match="at least 1"):
        schedule.schedule_for("ddim", 0)
    with pytest.raises(RequestError, match="above"):
        schedule.schedule_for("ddim", 4, start=0.001)
