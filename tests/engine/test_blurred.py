"""Blurred faces made sharp, on a real photo with the models that ship."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from engine import (
    Frame,
    MaskError,
    Models,
    Photo,
    Request,
    RequestError,
    Result,
    load_models,
    mark_faces,
    restore,
    weakened,
)
from engine.geometry import U8, Size
from engine.photo import masks

SIZE = Size(512, 512)
FACE = Frame(224.8, 107.1, 175.8, 3.8)
NOTHING = masks.nothing(SIZE)
MARKS = mark_faces([FACE], SIZE)


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(device="cpu")


def soft(sigma: float) -> U8:
    return np.asarray(cv2.GaussianBlur(data.astronaut(), (0, 0), sigma), np.uint8)


def wanted(pixels: np.ndarray, **more: object) -> Request:
    request = Request(photo=Photo.from_array(pixels), mask=NOTHING, blurred=MARKS, frames=(FACE,), steps=2)
    return replace(request, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sharpened(models: Models) -> Result:
    return restore(wanted(soft(3)), models)


def mean_change(result: Result, before: np.ndarray, top: float = 255) -> float:
    return float(np.abs(result.photo.pixels.astype(float) - before)[MARKS > 0].mean() / top)


def sharpness(pixels: np.ndarray) -> float:
    grey = pixels.astype(np.float32).mean(2)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[80:150, 190:260].mean())


def test_a_soft_face_gains_edges_and_nothing_else_changes(sharpened: Result) -> None:
    before = soft(3)
    assert sharpness(sharpened.photo.pixels) > 1.5 * sharpness(before)
    differs = (sharpened.photo.pixels != before).any(2)
    assert not differs[masks.grow(MARKS, 3) == 0].any()
    outside = np.ones_like(differs)
    outside[sharpened.changed.slices] = False
    assert not differs[outside].any()
    assert sharpened.faces[0].sharpened == 1
    assert sharpened.notes == ()


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_cut_out_face_stays_cut_out(sharpened: Result, models: Models, strength: float) -> None:
    """What is transparent stays so, and a hole beside it becomes visible as ever."""
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:, 240:] = 0
    alpha[:, 230:240] = 128
    mask = np.zeros_like(alpha)
    mask[90:110, 250:270] = 255
    request = wanted(np.dstack((soft(3), alpha)), mask=mask)
    result = restore(request, models)
    found = weakened(request.photo, result.photo, strength, box=result.changed, missing=request.mask, seam=3)
    assert found.mode == "RGBA"
    kept = masks.grow(mask, 4) == 0
    np.testing.assert_array_equal(found.pixels[kept, 3], alpha[kept])
    assert found.pixels[95:105, 255:265, 3].min() == 255
    if strength == 1:
        seen = kept & (masks.grow(mask, 40) == 0) & (alpha > 0)
        away = np.abs(found.pixels[seen, :3].astype(int) - sharpened.photo.pixels[seen])
        assert away.mean() < 0.5


@pytest.mark.slow
def test_the_first_step_comes_nearer_to_the_truth(models: Models) -> None:
    truth = data.astronaut()[MARKS > 0].astype(float)
    noisy = soft(3).astype(float) + np.random.default_rng(0).normal(0, 8, (512, 512, 1))
    before = noisy.clip(0, 255).astype(np.uint8)
    mean = restore(wanted(before, steps=1, grain=False), models).photo.pixels
    assert ((mean[MARKS > 0] - truth) ** 2).mean() < 0.8 * ((before[MARKS > 0] - truth) ** 2).mean()


def test_a_face_that_is_sharp_already_hardly_changes(models: Models) -> None:
    result = restore(wanted(data.astronaut()), models)
    assert 0 < result.faces[0].sharpened < 0.6
    assert mean_change(result, data.astronaut()) < 0.01


@pytest.mark.parametrize("scale", [1, 3])
def test_a_face_of_hard_lines_hardly_changes_and_is_said_to_be_sharp(models: Models, scale: int) -> None:
    """One that lies under the chip's resolution, and one over it."""
    size, frame = Size(512 * scale, 512 * scale), Frame(*(v * scale for v in (225.0, 110.0, 170.0)))
    drawn = np.full((size.height, size.width, 3), 200, np.uint8)
    cv2.ellipse(drawn, (225 * scale, 110 * scale), (50 * scale, 62 * scale), 0, 0, 360, (60, 40, 30), 2 * scale)
    for x in (205, 245):
        cv2.circle(drawn, (x * scale, 100 * scale), 6 * scale, (20, 20, 20), -1)
    cv2.line(drawn, (205 * scale, 145 * scale), (245 * scale, 145 * scale), (120, 30, 30), 2 * scale)
    marks = mark_faces([frame], size)
    request = Request(photo=Photo.from_array(drawn), mask=masks.nothing(size), blurred=marks, frames=(frame,), steps=2)
    result = restore(request, models)
    assert np.abs(result.photo.pixels.astype(float) - drawn)[marks > 0].mean() / 255 < 0.01
    assert "sharp already" in str(result.notes[0])


def test_the_strength_is_chosen_after_the_run(sharpened: Result) -> None:
    photo = Photo.from_array(soft(3))
    box = sharpened.changed
    none, half, all_ = (weakened(photo, sharpened.photo, s, box=box).pixels for s in (0, 0.5, 1))
    np.testing.assert_array_equal(none, photo.pixels)
    np.testing.assert_array_equal(all_, sharpened.photo.pixels)
    middle = (photo.pixels.astype(float) + sharpened.photo.pixels) / 2
    assert np.abs(half - middle).max() <= 0.5


def test_light_and_colours_of_the_face_stay(sharpened: Result) -> None:
    before, after = (cv2.GaussianBlur(p.astype(np.float32), (0, 0), 10) for p in (soft(3), sharpened.photo.pixels))
    inside = masks.shrink(MARKS, 12) > 0
    assert np.abs(after - before)[inside].max() < 4


def test_a_grey_photo_stays_grey_and_a_toned_one_in_its_tone(models: Models) -> None:
    grey = soft(3).mean(2)
    toned = np.rint(grey[..., None] * (1, 0.85, 0.65)).astype(np.uint8)
    found = restore(wanted(toned), models).photo.pixels[MARKS > 0].astype(float)
    astray = np.abs(found - found[:, :1] * (1, 0.85, 0.65))
    assert astray.mean() < 1
    assert np.quantile(astray, 0.999) < 5
    deep = (grey * 257).astype(np.uint16)
    result = restore(wanted(deep), models)
    assert result.photo.mode == "I;16"
    assert (result.photo.pixels != deep)[MARKS > 0].mean() > 0.5


@pytest.mark.slow
def test_grain_stays_unless_it_is_not_wanted(models: Models) -> None:
    cheek, left = (slice(100, 120), slice(210, 230)), []
    for seed in range(3):  # so small a place has more of it or less by chance
        noise = np.random.default_rng(seed).normal(0, 9, (512, 512, 1))
        before = (soft(3) + noise).clip(0, 255).astype(np.uint8)
        kept, smooth = (restore(wanted(before, grain=grain), models).photo.pixels for grain in (True, False))
        fine = [p.astype(np.float32).mean(2) - cv2.GaussianBlur(p.astype(np.float32).mean(2), (0, 0), 2) for p in
                (before, kept, smooth)]  # fmt: skip
        around, with_, without = (float(f[cheek].std()) for f in fine)
        assert 0.6 * around < with_ < 1.4 * around
        left.append(without / around)
    assert np.mean(left) < 0.6


def test_missing_and_blurred_places_of_one_face_are_one_run(models: Models) -> None:
    pixels = soft(3).copy()
    hole = np.zeros((512, 512), np.uint8)
    hole[96:104, 190:262] = 255
    pixels[hole > 0] = (0, 255, 0)
    request = wanted(pixels, mask=hole)
    result = restore(request, models)
    inside = result.photo.pixels[hole > 0].astype(int)
    assert (inside[:, 1] - inside[:, 0] > 40).mean() < 0.01
    assert sharpness(result.photo.pixels) > 1.2 * sharpness(soft(3))
    kept = weakened(request.photo, result.photo, 0, box=result.changed, missing=hole, seam=request.feather).pixels
    np.testing.assert_array_equal(kept[hole > 0], result.photo.pixels[hole > 0])
    away = masks.grow(hole, 4) == 0
    np.testing.assert_array_equal(kept[away], pixels[away])


def test_marks_on_no_face_change_nothing_and_say_so(models: Models) -> None:
    corner = np.zeros((512, 512), np.uint8)
    corner[460:500, 10:60] = 255
    result = restore(wanted(data.astronaut(), blurred=corner), models)
    np.testing.assert_array_equal(result.photo.pixels, data.astronaut())
    assert "no face" in str(result.notes[0])


@pytest.mark.parametrize("frames", [None, (FACE,)])
def test_marks_that_the_mask_covers_are_not_said_to_lie_on_no_face(
    models: Models, frames: tuple[Frame, ...] | None
) -> None:
    eye, corner = np.zeros((512, 512), np.uint8), np.zeros((512, 512), np.uint8)
    eye[96:112, 190:215] = 255
    corner[460:500, 10:60] = 255
    rim = masks.grow(eye, 1)
    for mask, blurred, said in ((eye, eye, 0), (eye, rim, 0), (eye | corner, corner, 0), (eye, eye | corner, 1)):
        result = restore(wanted(data.astronaut(), mask=mask, blurred=blurred, frames=frames), models)
        assert sum("lies on no face" in str(note) for note in result.notes) == said


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"blurred": np.full((9, 9), 255, np.uint8)}, MaskError, "9x9"),
        ({"blurred": NOTHING}, MaskError, "empty"),
        ({"method": "telea"}, RequestError, "needs the networks"),
    ],
)
def test_bad_requests_are_refused(
    models: Models, change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        restore(wanted(data.astronaut(), **change), models)


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_a_strength_out_of_range_is_refused(sharpened: Result, strength: float) -> None:
    with pytest.raises(RequestError, match="from 0 to 1"):
        weakened(Photo.from_array(soft(3)), sharpened.photo, strength, box=sharpened.changed)
