"""The pipeline on a real photo with the models that ship."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from engine import (
    Cancelled,
    Frame,
    MaskError,
    ModelError,
    Models,
    Photo,
    Progress,
    Report,
    Request,
    RequestError,
    load_models,
    restore,
)
from engine.photo import masks
from engine.request import Method

FACE = Frame(226, 118, 240, 0)


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(device="cpu")


@pytest.fixture
def request_() -> Request:
    photo = Photo.from_array(data.astronaut())
    mask = np.zeros((512, 512), np.uint8)
    mask[100:140, 200:260] = 255
    return Request(photo=photo, mask=mask, steps=1)


def changed(request: Request, pixels: np.ndarray) -> np.ndarray:
    different = pixels != request.photo.pixels
    return different.any(2) if different.ndim == 3 else different


def test_a_face_is_found_and_restored_within_the_feathered_mask(request_: Request, models: Models) -> None:
    before = request_.photo.pixels.copy()
    result = restore(request_, models)
    assert [face.found for face in result.faces] == ["detected"]
    assert (result.method, result.device, result.steps) == ("diffusion", "cpu", 1)
    where = changed(request_, result.photo.pixels)
    assert where[request_.mask > 0].mean() > 0.5
    assert not where[masks.grow(request_.mask, request_.feather) == 0].any()
    outside = np.ones((512, 512), bool)
    outside[result.changed.slices] = False
    assert not where[outside].any()
    np.testing.assert_array_equal(request_.photo.pixels, before)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 3])
def test_a_seed_decides_everything(request_: Request, models: Models, steps: int) -> None:
    request = replace(request_, steps=steps, seed=7)
    one, two = restore(request, models), restore(request, models)
    np.testing.assert_array_equal(one.photo.pixels, two.photo.pixels)
    other = restore(replace(request, seed=8), models)
    assert (other.photo.pixels != one.photo.pixels).any() == (steps > 1)


@pytest.mark.slow
def test_depth_and_mode_stay(request_: Request, models: Models) -> None:
    deep = (data.astronaut().astype(np.uint16) * 257 + 3).astype(np.uint16)
    for pixels in (deep, data.astronaut()[..., 1].copy()):
        request = replace(request_, photo=Photo.from_array(pixels))
        result = restore(request, models)
        assert result.photo.pixels.dtype == pixels.dtype
        assert result.photo.mode == request.photo.mode
        where = changed(request, result.photo.pixels)
        assert not where[masks.grow(request.mask, request.feather) == 0].any()


@pytest.mark.slow
def test_a_hidden_face_and_no_face_are_said(request_: Request, models: Models) -> None:
    hidden = request_.mask.copy()
    hidden[60:200, 170:290] = 255
    result = restore(replace(request_, mask=hidden), models)
    assert result.faces[0].found in ("detected", "prefilled", "mask")
    bare = Photo.from_array(np.full((200, 300, 3), 90, np.uint8))
    mask = np.zeros((200, 300), np.uint8)
    mask[80:120, 100:160] = 255
    result = restore(Request(photo=bare, mask=mask, steps=1), models)
    assert [face.found for face in result.faces] == ["mask"]
    assert "No face was found" in str(result.notes[0])


def test_damage_away_from_faces_is_filled_classically(request_: Request, models: Models) -> None:
    mask = np.zeros((512, 512), np.uint8)
    mask[400:440, 20:60] = 255
    result = restore(replace(request_, mask=mask), models)
    assert result.faces == ()
    assert (result.model, result.steps) == ("none", 0)
    assert changed(request_, result.photo.pixels)[mask > 0].any()


@pytest.mark.slow
def test_damage_inside_and_outside_a_face_is_all_filled(request_: Request, models: Models) -> None:
    pixels = data.astronaut().copy()
    mask = np.zeros((512, 512), np.uint8)
    mask[118:124, 20:480] = 255
    pixels[mask > 0] = (0, 255, 0)
    result = restore(replace(request_, photo=Photo.from_array(pixels), mask=mask), models)
    filled = result.photo.pixels[mask > 0].astype(int)
    assert (filled[:, 1] - filled[:, 0] > 100).mean() < 0.01


@pytest.mark.parametrize("method", ["telea", "ns", "patchmatch"])
def test_classical_methods_need_no_models(request_: Request, method: Method) -> None:
    result = restore(replace(request_, method=method), None)
    assert (result.method, result.model) == (method, "none")
    assert changed(request_, result.photo.pixels)[request_.mask > 0].any()


@pytest.mark.slow
def test_every_step_is_reported_and_cancel_stops_within_one(request_: Request, models: Models) -> None:
    reports: list[Report] = []
    restore(replace(request_, steps=4), models, Progress(reports.append))
    previews = [r.preview for r in reports if r.preview]
    assert [(p.index, p.total) for p in previews] == [(i, 6) for i in range(1, 7)]  # two of them coarse
    assert previews[0].chip.shape == (256, 256, 3)
    fractions = [r.fraction for r in reports]
    assert fractions == sorted(fractions)

    def stop(report: Report) -> None:
        if report.preview and report.preview.index == 2:
            progress.cancel()
        elif report.preview and report.preview.index > 2:
            pytest.fail("went on after the cancel")

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        restore(replace(request_, steps=4), models, progress)


@pytest.mark.slow
def test_given_edges_are_followed(request_: Request, models: Models) -> None:
    edges = np.zeros((256, 256), np.uint8)
    edges[110:112, 90:170] = 255
    given = replace(request_, frames=(FACE,))
    plain = restore(replace(given, edges=(np.zeros_like(edges),)), models)
    drawn = restore(replace(given, edges=(edges,)), models)
    assert drawn.faces[0].drawn_edges[110, 128] == 255
    assert plain.faces[0].drawn_edges.max() == 0
    assert (plain.photo.pixels != drawn.photo.pixels).any()


def test_a_chip_is_restored_whole(models: Models) -> None:
    photo = Photo.from_array(data.astronaut()[:256, 96:352].copy())
    mask = np.zeros((256, 256), np.uint8)
    mask[:, :40] = 255
    result = restore(Request(photo=photo, mask=mask, steps=1, aligned=True), models)
    assert [face.found for face in result.faces] == ["aligned"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"mask": np.zeros((512, 512), np.uint8)}, MaskError, "empty"),
        ({"mask": np.full((9, 9), 255, np.uint8)}, MaskError, "9x9"),
        ({"photo": Photo.from_array(np.zeros((512, 300, 3), np.uint8)), "aligned": True}, MaskError, "512x512"),
        ({"frames": (FACE,), "edges": (None, None)}, RequestError, "edges is for one face"),
    ],
)
def test_bad_requests_are_refused(
    request_: Request, models: Models, change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        restore(replace(request_, **change), models)  # type: ignore[arg-type]


def test_a_face_without_models_is_refused(request_: Request) -> None:
    with pytest.raises(ModelError):
        restore(request_, None)


@pytest.mark.slow
def test_the_grain_of_an_old_photo_goes_on_in_the_fill(request_: Request, models: Models) -> None:
    grain = np.random.default_rng(0).normal(0, 12, (512, 512))
    old = (data.astronaut().mean(2) + grain).clip(0, 255).astype(np.uint8)
    photo = Photo.from_array(cv2.resize(old, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    mask = np.kron(request_.mask, np.ones((2, 2), np.uint8))
    filled = restore(replace(request_, photo=photo, mask=mask), models).photo.pixels.astype(np.float32)
    fine = filled - cv2.GaussianBlur(filled, (0, 0), 2)
    inside, around = fine[mask > 0].std(), fine[masks.grow(mask, 20) > mask].std()
    assert 0.6 * around < inside < 1.3 * around
