"""Measures against known values and against scikit-image."""

import math

import cv2
import numpy as np
import pytest
import skimage.data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from training.measuring.fixed_holes import EYE, PARTS, STROKES, WIDE, measured_hole
from training.measuring.measures import EdgeCounts, count_edges, gmsd, psnr, seam, ssim

FACE = np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])
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
    assert psnr(FACE, damaged(), EVERYWHERE) == pytest.approx(peak_signal_noise_ratio(FACE, damaged()))
    assert psnr(FACE, FACE, EVERYWHERE) == math.inf


def test_ssim_is_scikit_images() -> None:
    expected = structural_similarity(
        FACE, damaged(), channel_axis=2, data_range=255, gaussian_weights=True, use_sample_covariance=False
    )
    assert ssim(FACE, damaged(), EVERYWHERE) == pytest.approx(expected, abs=1e-6)
    assert ssim(FACE, FACE, EVERYWHERE) == pytest.approx(1)


def test_gmsd_grows_with_blur_and_forgives_another_brightness() -> None:
    assert gmsd(FACE, FACE, EVERYWHERE) == 0
    brighter = np.minimum(FACE.astype(int) + 5, 255).astype(np.uint8)
    little, much = (np.asarray(cv2.GaussianBlur(FACE, (0, 0), sigma), np.uint8) for sigma in (1.5, 4))
    distances = [gmsd(FACE, picture, EVERYWHERE) for picture in (brighter, little, much)]
    assert 0 <= distances[0] < 0.02 < distances[1] < distances[2]
    assert gmsd(FACE, damaged(), EVERYWHERE) > gmsd(FACE, damaged(), damaged().sum(2) == FACE.sum(2))


def test_a_seam_is_the_jump_that_the_truth_has_not() -> None:
    hole = np.zeros((256, 256), bool)
    hole[60:150, 50:170] = True
    flat = np.full_like(FACE, 100)
    lighter, far = flat.copy(), flat.copy()
    lighter[hole] = 107
    far[100:110, 90:100] = 0  # an error inside is no seam
    assert seam(flat, lighter, hole) == pytest.approx(7)
    assert seam(flat, far, hole) == seam(FACE, FACE, hole) == 0
    assert seam(FACE, np.asarray(cv2.blur(FACE, (9, 9)), np.uint8), hole) < 0
    assert seam(FACE, FACE, EVERYWHERE) == 0


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


@pytest.mark.parametrize("kind", STROKES)
def test_a_hole_falls_into_its_bin(kind: str) -> None:
    low, high = (float(share) / 100 for share in kind.removesuffix(" %").split("-"))
    valid = EVERYWHERE.copy()
    valid[:, :60] = False
    for place in range(5):
        for seen in (EVERYWHERE, valid):
            hole = measured_hole(seen, kind=kind, seed=(0, place))
            assert low <= hole.sum() / seen.sum() < high
            assert not (hole & ~seen).any()
    one, again, other = (measured_hole(valid, kind=kind, seed=(0, place)) for place in (7, 7, 8))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_the_measured_holes_never_change() -> None:
    """Old figures stay comparable only as long as these do."""
    shares = [measured_hole(EVERYWHERE, kind=kind, seed=(0, a)).mean() for a, kind in enumerate(STROKES)]
    assert shares == pytest.approx([0.16887, 0.29274, 0.30750, 0.42514, 0.59694], abs=2e-4)
    middles = [np.argwhere(measured_hole(EVERYWHERE, kind=kind, seed=(0,))).mean(0) for kind in PARTS]
    expected = [(135, 118), (127.5, 63.5), (128, 115.5), (199, 134), (43.5, 129)]
    np.testing.assert_allclose(middles, expected, atol=0.6)
    middles = [np.argwhere(measured_hole(EVERYWHERE, kind=kind, seed=(0,))).mean(0) for kind in (*WIDE, *EYE)]
    np.testing.assert_allclose(middles, [(136.2, 123.3), (127.5, 64.5), (111.2, 131.6), (116.0, 157.0)], atol=0.6)


@pytest.mark.parametrize("kind", WIDE)
def test_wide_holes_hide_a_third_or_more(kind: str) -> None:
    shares = [measured_hole(EVERYWHERE, kind=kind, seed=(0, place)).mean() for place in range(40)]
    assert min(shares) > 0.34
    assert max(shares) < 0.96
