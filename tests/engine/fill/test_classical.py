"""Classical fills: OpenCV's two and PatchMatch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Cancelled, Progress, RequestError
from engine.fill import classical, patchmatch
from engine.geometry import F32, U8, Box

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
    monkeypatch.setattr(classical, "_MOST", 14 * 14)
    truth, mask = stripes(), square()
    filled = classical.fill(np.where(mask[..., None] > 0, 128, truth).astype(np.uint8), mask, method="patchmatch")
    copied = (filled[mask > 0][:, None] == np.array([truth[0, 0], truth[0, 8]])[None]).all(2).any(1)
    assert copied.mean() > 0.9


def test_the_search_grows_with_the_hole_and_not_with_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the damage, no more than so many of its pixels are searched for, and a few scattered ones all."""
    searched: list[int] = []
    whole_fill = patchmatch.fill

    def fill(picture: F32, hole: patchmatch.Flags, **options: Any) -> Any:
        searched.append(int(hole.sum()))
        return whole_fill(picture, hole, **options)

    monkeypatch.setattr(patchmatch, "fill", fill)
    monkeypatch.setattr(classical, "_MOST", 900)
    picture = np.tile(stripes(), (4, 4, 1))
    half, spots = np.zeros((384, 384), np.uint8), np.zeros((384, 384), np.uint8)
    half[:, :192] = 255
    spots[20:40, 20:40] = spots[340:360, 340:360] = 255
    for mask in (half, spots):
        classical.fill(picture, mask, method="patchmatch")
    assert 700 < searched[0] < 1100
    assert searched[1] == 800


def test_every_level_is_told_from_coarse_to_fine() -> None:
    told: list[tuple[int, int, Box, tuple[int, ...]]] = []
    classical.fill(
        stripes(),
        square(),
        method="patchmatch",
        on_guess=lambda i, n, box, guess: told.append((i, n, box, guess.shape)),
    )
    count = told[0][1]
    assert [index for index, *_ in told] == list(range(1, count + 1))
    assert told[0][3] < told[-1][3] == (96, 96, 3)
    assert {box for _, _, box, _ in told} == {Box(0, 0, 96, 96)}


def test_a_cancel_is_heard_within_a_step() -> None:
    """In the middle of a round of the search, where 15 times all places are compared."""
    checks = 0

    class Stopped(Progress):
        def check(self) -> None:
            nonlocal checks
            checks += 1
            if checks == 10:
                self.cancel()
            super().check()

    told: list[int] = []
    with pytest.raises(Cancelled):
        classical.fill(
            stripes(), square(), method="patchmatch", progress=Stopped(), on_guess=lambda *level: told.append(level[0])
        )
    assert checks == 10
    assert told == []


def test_thin_damage_beside_a_thick_area_takes_no_colour_from_it() -> None:
    """`auto` looks away from an area that PatchMatch is to fill, where it inpaints a scratch that runs up to it."""
    picture, mask = np.full((96, 96, 3), 200, np.uint8), square(20, 20, 40)
    mask[70:73, 10:80], mask[61:64, 62:80] = 255, 255
    picture[mask > 0] = 0
    filled = classical.fill(picture, mask, method="auto")
    assert np.abs(filled.astype(int) - 200).max() <= 4


def test_nothing_known_is_an_error_and_nothing_masked_a_copy() -> None:
    with pytest.raises(RequestError, match="covers everything"):
        classical.fill(stripes(), np.full((96, 96), 255, np.uint8))
    np.testing.assert_array_equal(classical.fill(stripes(), np.zeros((96, 96), np.uint8)), stripes())


def test_cancel_stops_it() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        classical.fill(stripes(), square(), method="patchmatch", progress=progress)
