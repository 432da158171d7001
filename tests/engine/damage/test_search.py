"""Damage is found on made scans, sound pictures stay unmarked, and a threshold takes away as well as adds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from engine import Photo, Progress, find_faces, read_mask, read_photo, search_damage
from engine.damage.search import DamageMap
from engine.errors import Cancelled
from engine.geometry import U8, Box, Size


def scratched(picture: U8) -> tuple[U8, U8]:
    """A picture with a bright and a dark scratch on a faded print, and where they are, 0|255."""
    scan = (cv2.GaussianBlur(picture, (0, 0), 0.8) * 0.72 + 35).astype(np.uint8)
    height, width = picture.shape[0], picture.shape[1]
    truth = np.zeros((height, width), np.uint8)
    for start, end, shade in (((0.1, 0.05), (0.3, 0.95), 245), ((0.7, 0.1), (0.6, 0.9), 12)):
        first, last = ((int(x * width), int(y * height)) for x, y in (start, end))
        cv2.line(scan, first, last, (shade,) * 3, 3, cv2.LINE_AA)
        cv2.line(truth, first, last, (255,), 3)
    return scan, truth


def made_map(chances: U8, *, features: U8 | None = None, scale: int = 1) -> DamageMap:
    size = Size(chances.shape[1] * scale, chances.shape[0] * scale)
    return DamageMap(chances, np.zeros_like(chances) if features is None else features, size)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["astronaut", "camera", "chelsea"])
def test_scratches_are_found(name: str) -> None:
    picture = getattr(data, name)()
    picture = np.repeat(picture[..., None], 3, 2) if picture.ndim == 2 else picture
    scan, truth = scratched(picture)
    found = search_damage(Photo.from_array(scan)).at().mask() > 0
    near = cv2.dilate(truth, np.ones((9, 9), np.uint8)) > 0
    assert found[truth > 0].mean() > 0.75
    assert found[near].sum() / found.sum() > 0.7


def test_what_is_transparent_is_not_searched() -> None:
    picture, _marks = scratched(data.astronaut())
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[:, 256:] = 0
    picture[:, 300:] = 0  # as programs leave it that cut faces out
    mask = search_damage(Photo.from_array(np.dstack((picture, alpha)))).at().mask()
    assert mask[:, :250].any()
    assert not mask[:, 256:].any()
    assert mask[:, 250:256].mean() < 0.02 * 255, "the rim is no tear"


@pytest.mark.slow
def test_a_sound_face_keeps_its_eyes_and_its_mouth() -> None:
    photo = Photo.from_array(data.astronaut()[:260, 100:360].copy())
    mask = search_damage(photo).at().mask()
    (face,) = find_faces(photo)
    for x, y in face.landmarks:
        assert not mask[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].any()


@pytest.mark.slow
def test_of_the_sample_most_damage_is_found_and_the_sound_eye_is_not() -> None:
    samples = Path(__file__).parents[3] / "resources" / "samples"
    photo = read_photo(samples / "portrait.png")
    truth = read_mask(samples / "portrait-mask.png", photo.size) > 0
    mask = search_damage(photo).at().mask() > 0
    near = cv2.dilate(truth.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert mask[truth].mean() > 0.5
    assert (mask & near).sum() > 0.85 * mask.sum()
    assert not mask[97:107, 114:128].any(), "the eye that is not hidden"
    assert mask[100:125, 160:180].mean() > 0.8, "the patch on the other one"


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (64, 64), (2100, 40)])
def test_a_plain_photo_has_no_damage(shape: tuple[int, int]) -> None:
    finds = search_damage(Photo.from_array(np.full((*shape, 3), 128, np.uint8))).at()
    assert finds.pieces == ()
    assert finds.mask().shape == shape
    assert not finds.mask().any()


def test_more_sensitivity_finds_more_and_less_takes_it_away_again() -> None:
    chances = np.zeros((80, 80), np.uint8)
    chances[10:14, 5:60], chances[30:34, 5:60], chances[50:54, 5:60] = 255, 250, 170
    found = made_map(chances)
    counts = [len(found.at(s).pieces) for s in (0.0, 0.5, 1.0, 0.5, 0.0)]
    assert counts == [1, 2, 3, 2, 1]
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="sensitivity"):
            found.at(wrong)


def test_what_is_likely_counts_beside_what_is_sure() -> None:
    chances = np.zeros((80, 120), np.uint8)
    chances[10:14, 5:60], chances[10:14, 60:64], chances[10:14, 90:94], chances[40:44, 5:60] = 250, 200, 200, 200
    (piece,) = made_map(chances).at().pieces
    assert piece.box == Box(5 - 2, 10 - 2, 64 + 2, 14 + 2)
    chances[10:14, 5:60] = 200
    chances[12, 6:9] = 250
    assert made_map(chances).at().pieces == (), "a spark is no damage"


def test_a_blot_is_found_whole_and_what_is_doubtful_beside_it_is_not() -> None:
    chances = np.zeros((100, 100), np.uint8)
    chances[20:80, 20:80] = 225  # likely enough to be one thing with what is sure
    chances[20:80, 80:95] = 120
    assert made_map(chances).at().pieces == (), "nothing of it is sure"
    chances[40:44, 22:26] = 255
    (piece,) = made_map(chances).at().pieces
    mask = made_map(chances).at().mask() > 0
    assert mask[20:80, 20:80].all()
    assert not mask[20:80, 90:].any()
    assert piece.box.left == 20 - 2


@pytest.mark.parametrize(("length", "goes_on"), [(100, True), (60, False)])
def test_a_long_straight_line_goes_on_while_it_is_seen(length: int, goes_on: bool) -> None:
    chances = np.zeros((200, 300), np.uint8)
    ends = (20, 30), (20 + length, 50), (20 + 2 * length, 70)
    cv2.line(chances, ends[0], ends[2], (90,), 3)  # fainter, and beyond that nothing
    cv2.line(chances, ends[0], ends[1], (255,), 3)
    mask = made_map(chances).at().mask() > 0
    beyond = chances == 90
    assert mask[chances == 255].all()
    assert (mask[beyond].mean() > 0.85) == goes_on
    assert not mask[:, 20 + 2 * length + 12 :].any()


def test_pieces_are_the_largest_first_in_photo_pixels() -> None:
    chances = np.zeros((60, 90), np.uint8)
    chances[5:8, 10:20], chances[40:50, 60:80], chances[40:50, 83:86] = 250, 250, 250
    finds = made_map(chances, scale=4).at()
    assert len(finds.pieces) == 2, "what nearly touches is one piece"
    large, small = finds.pieces
    assert large.share > small.share
    assert finds.share == pytest.approx((30 + 200 + 30) / 5400)
    assert Box(40, 20, 80, 32).intersection(small.box) == Box(40, 20, 80, 32)
    only = finds.mask(without=[large.number])
    assert only.shape == (240, 360)
    assert only[20:32, 40:80].all()
    assert not only[100:].any()
    box = Box(30, 10, 100, 50)
    np.testing.assert_array_equal(finds.mask(within=box), finds.mask()[box.slices])


def test_what_stays_inside_an_eye_is_spared_and_what_crosses_it_is_not() -> None:
    chances, features = np.zeros((80, 80), np.uint8), np.zeros((80, 80), np.uint8)
    features[20:40, 20:40] = 1
    chances[28:32, 24:36] = 250
    assert made_map(chances, features=features).at().pieces == ()
    chances[28:32, 5:60] = 250
    (piece,) = made_map(chances, features=features).at().pieces
    assert piece.box.intersection(Box(20, 20, 40, 40)).width == 20


def test_a_search_can_be_cancelled() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        search_damage(Photo.from_array(np.zeros((40, 40), np.uint8)), progress)


def test_a_large_photo_is_searched_smaller_and_its_finds_lie_where_they_are() -> None:
    scan = np.full((1600, 5200, 3), 120, np.uint8)
    cv2.line(scan, (600, 1400), (4600, 1360), (250,) * 3, 9, cv2.LINE_AA)
    found = search_damage(Photo.from_array(scan))
    assert max(found.chances.shape) < 5200
    mask = found.at().mask()
    assert mask.shape == (1600, 5200)
    assert mask[1360:1400, 1000:4200].any(0).mean() > 0.9
    assert not mask[:1300].any()
