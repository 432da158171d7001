"""Classical fills: OpenCV's two and PatchMatch."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Cancelled, Progress, RequestError
from engine.fill import classical, patchmatch
from engine.geometry import U8

METHODS: tuple[classical.Classical, ...] = ("auto", "telea", "ns", "patchmatch")


def stripes() -> U8:
    rows, columns = np.mgrid[:96, :96]
    wave = np.where((rows + columns) // 6 % 2, 220, 40).astype(np.uint8)
    return np.dstack((wave, wave // 2, 255 - wave))


def square(top: int = 34, left: int = 34, side: int = 28) -> U8:
    mask = np.zeros((96, 96), np.uint8)
    mask[top : top + side, left : left + side] = 255
    return mask


@pytest.mark.parametrize("method", METHODS)
def test_known_pixels_come_back_and_constants_continue(method: classical.Classical) -> None:
    picture = np.full((96, 96, 3), (200, 30, 90), np.uint8)
    picture[:4] = 7
    mask = square()
    damaged = np.where(mask[..., None] > 0, 0, picture).astype(np.uint8)
    filled = classical.fill(damaged, mask, method=method)
    np.testing.assert_array_equal(filled[mask == 0], picture[mask == 0])
    assert np.abs(filled.astype(int) - picture)[mask > 0].max() <= 4


@pytest.mark.parametrize("place", [(34, 34), (0, 34), (68, 68)])
def test_patchmatch_continues_a_texture_that_telea_smears(place: tuple[int, int]) -> None:
    truth, mask = stripes(), square(*place)
    damaged = np.where(mask[..., None] > 0, 128, truth).astype(np.uint8)

    def error(method: classical.Classical) -> float:
        filled = classical.fill(damaged, mask, method=method).astype(float)
        return float(np.abs(filled - truth)[mask > 0].mean())

    assert error("patchmatch") < 0.5 * error("telea")


def test_the_same_seed_gives_the_same_fill() -> None:
    one, two = (classical.fill(stripes(), square(), method="patchmatch", seed=3) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_the_field_leads_to_known_places() -> None:
    picture = (stripes() / 255).astype(np.float32)
    hole = square() > 0
    field = patchmatch.nearest_field(picture, hole, reach=40)
    assert not hole[field[..., 0], field[..., 1]].any()
    rows, columns = np.mgrid[:96, :96]
    np.testing.assert_array_equal(field[~hole], np.stack((rows, columns), 2)[~hole])
    assert np.abs(field - np.stack((rows, columns), 2)).max() <= 40


def test_a_large_area_is_filled_at_full_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classical, "_LARGEST", 48 * 48)
    truth, mask = stripes(), square()
    filled = classical.fill(np.where(mask[..., None] > 0, 128, truth).astype(np.uint8), mask, method="patchmatch")
    copied = (filled[mask > 0][:, None] == np.array([truth[0, 0], truth[0, 8]])[None]).all(2).any(1)
    assert copied.mean() > 0.9


def test_nothing_known_is_an_error_and_nothing_masked_a_copy() -> None:
    with pytest.raises(RequestError, match="covers everything"):
        classical.fill(stripes(), np.full((96, 96), 255, np.uint8))
    np.testing.assert_array_equal(classical.fill(stripes(), np.zeros((96, 96), np.uint8)), stripes())


def test_cancel_stops_it() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        classical.fill(stripes(), square(), method="patchmatch", progress=progress)
