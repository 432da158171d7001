"""Damage outside every chip, filled in tiles."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from engine import Photo, Preview, Progress, Report, Request, RequestError, restore
from engine.faces.frames import cut, cut_mask
from engine.fill import classical, surroundings
from engine.geometry import U8


def test_tiles_leave_no_line_and_cost_no_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scratch across tiles is filled as in one piece; an area too wide for a tile is one piece."""
    rows, columns = np.mgrid[:400, :400]
    smooth = np.dstack((rows / 2, columns / 2, 255 - rows / 2)).astype(np.uint8)
    mask = np.zeros((400, 400), np.uint8)
    cv2.line(mask, (10, 20), (390, 380), 255, 9)
    cv2.circle(mask, (320, 80), 40, 255, -1)
    request = Request(photo=Photo.from_array(smooth), mask=mask, method="telea")
    whole = restore(request, None).photo.pixels
    seen: list[tuple[int, ...]] = []
    monkeypatch.setattr(surroundings, "_TILE", 64)
    monkeypatch.setattr(surroundings, "_OVERLAP", 16)
    monkeypatch.setattr(surroundings, "_CONTEXT", 48)
    monkeypatch.setattr(surroundings, "_WIDE", 30.0)

    def fill(rgb8: U8, mask: U8, **options: Any) -> U8:
        seen.append(rgb8.shape[:2])
        return whole_fill(rgb8, mask, **options)

    whole_fill = classical.fill
    monkeypatch.setattr(classical, "fill", fill)
    tiled = restore(request, None).photo.pixels
    assert np.abs(tiled.astype(int) - whole).max() <= 4
    assert np.abs(tiled.astype(int) - smooth)[20:380, 20:270].max() <= 8
    areas = sorted(height * width for height, width in seen)
    assert len(areas) > 6
    assert areas[-2] <= (64 + 16 + 2 * 48) ** 2


@pytest.mark.parametrize("size", [(1, 500), (500, 1), (3, 500), (300, 500)])
def test_what_lies_deep_inside_a_large_mask_is_filled_from_beyond_it(size: tuple[int, int]) -> None:
    """As a strip beside a frame does, which is laid into the middle of the mask."""
    mask = np.zeros(size, np.uint8)
    mask[:200] = 255 if size[0] > size[1] else 0
    mask[:, :200] = 255
    if size[1] == 1:
        mask[200:] = 0
    rest = np.zeros_like(mask)
    rest[:12, :12] = 255
    photo = Photo.from_array(np.full((*size, 3), 90, np.uint8))
    request = Request(photo=photo, mask=mask, method="ns")
    (paint,) = surroundings.fill_surroundings(request, rest, Progress())
    assert np.abs(paint.rgb * 255 - 90).max() < 1
    assert paint.alpha.max() == 1


def test_nothing_but_mask_is_refused() -> None:
    photo, mask = Photo.from_array(np.zeros((1, 500, 3), np.uint8)), np.full((1, 500), 255, np.uint8)
    with pytest.raises(RequestError, match="covers everything"):
        restore(Request(photo=photo, mask=mask, method="telea"), None)


def test_a_large_area_is_shown_while_it_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level's picture lies where the area does: known pixels as they are, the area ever nearer to the end."""
    monkeypatch.setattr(surroundings, "_SHOWN", 1000)
    rows, columns = np.mgrid[:300, :420]
    wave = np.where((rows + columns) // 20 % 2, 220, 40).astype(np.uint8)
    photo, mask = np.dstack((wave, wave, 255 - wave)), np.zeros((300, 420), np.uint8)
    mask[100:200, 120:260] = 255
    shown: list[Preview] = []

    def hear(report: Report) -> None:
        if report.preview is not None:
            shown.append(report.preview)

    request = Request(photo=Photo.from_array(photo), mask=mask, method="patchmatch")
    result = restore(request, None, Progress(hear))
    assert [preview.index for preview in shown] == list(range(1, shown[0].total + 1))
    assert {preview.faces for preview in shown} == {0}
    frame = shown[-1].frame
    there = cut(result.photo, frame)[0] * 255
    assert np.abs(shown[-1].chip - there).mean() < 8
    known = cut_mask(mask, frame) == 0
    assert np.abs(shown[0].chip - there)[known].mean() < 4
    errors = [np.abs(preview.chip - there).mean() for preview in shown]
    assert errors[-1] < errors[0]
