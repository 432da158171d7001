"""Measures against known values and against scikit-image."""

import math

import numpy as np
import pytest
import skimage.data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from training.measures import EdgeCounts, count_edges, psnr, ssim
from training.testholes import AREA_BINS, measured_hole

FACE = np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])  # type: ignore[no-untyped-call]
EVERYWHERE = np.ones((256, 256), bool)


def damaged() -> np.ndarray:
    """The face with noise in one region."""
    picture = FACE.copy()
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3))
    picture[60:150, 50:170] = picture[60:150, 50:170] // 2 + noise // 2
    return picture


def test_psnr_is_what_the_formula_says() -> None:
    picture = FACE.astype(int)
    picture = np.where(picture > 127, picture - 10, picture + 10).astype(np.uint8)
    assert psnr(FACE, picture, EVERYWHERE) == pytest.approx(20 * math.log10(255 / 10))
    assert psnr(FACE, damaged(), EVERYWHERE) == pytest.approx(
        peak_signal_noise_ratio(FACE, damaged())  # type: ignore[no-untyped-call]
    )
    assert psnr(FACE, FACE, EVERYWHERE) == math.inf


def test_ssim_is_scikit_images() -> None:
    expected = structural_similarity(  # type: ignore[no-untyped-call]
        FACE, damaged(), channel_axis=2, data_range=255, gaussian_weights=True, use_sample_covariance=False
    )
    assert ssim(FACE, damaged(), EVERYWHERE) == pytest.approx(expected, abs=1e-6)
    assert ssim(FACE, FACE, EVERYWHERE) == pytest.approx(1)


def test_what_is_not_valid_is_not_measured() -> None:
    valid = EVERYWHERE.copy()
    valid[40:170, 30:190] = False
    assert psnr(FACE, damaged(), valid) == math.inf
    assert ssim(FACE, damaged(), valid) == pytest.approx(1)
    half = EVERYWHERE.copy()
    half[128:] = False
    error = (FACE[:128].astype(float) - damaged()[:128]) ** 2
    assert psnr(FACE, damaged(), half) == pytest.approx(10 * math.log10(255**2 / error.mean()))


def test_edges_are_counted_inside_the_hole() -> None:
    truth, drawn, hole = np.zeros((3, 20, 20), bool)
    hole[5:15] = True
    truth[:, 10] = True
    drawn[:10, 11] = True
    strict = count_edges(truth, drawn, hole, tolerance=0)
    assert (strict.drawn, strict.right, strict.true, strict.found) == (5, 0, 10, 0)
    tolerant = count_edges(truth, drawn, hole, tolerance=1)
    assert (tolerant.precision, tolerant.recall) == (1.0, 0.6)
    assert tolerant.f1 == pytest.approx(0.75)
    both = strict + tolerant
    assert (both.precision, both.recall) == (0.5, 0.3)


def test_counts_of_nothing_are_no_number() -> None:
    nothing = EdgeCounts()
    assert math.isnan(nothing.precision)
    assert math.isnan(nothing.recall)


@pytest.mark.parametrize("area", range(len(AREA_BINS)))
def test_a_hole_falls_into_its_bin(area: int) -> None:
    low, high = AREA_BINS[area]
    valid = EVERYWHERE.copy()
    valid[:, :60] = False
    for place in range(5):
        for seen in (EVERYWHERE, valid):
            hole = measured_hole(seen, area=area, seed=(0, place))
            assert low <= hole.sum() / seen.sum() < high
            assert not (hole & ~seen).any()
    one, again, other = (measured_hole(valid, area=area, seed=(0, place)) for place in (7, 7, 8))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_the_measured_holes_never_change() -> None:
    """Old figures stay comparable only as long as these do."""
    shares = [measured_hole(EVERYWHERE, area=a, seed=(0, a)).mean() for a in range(len(AREA_BINS))]
    assert shares == pytest.approx([0.16887, 0.29274, 0.30750, 0.42514, 0.59694], abs=2e-4)
