"""A reference under the hole: a second photo's face, or the other half of the same one, in place and in its light."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from engine import (
    Frame,
    Models,
    Photo,
    Reference,
    Request,
    RequestError,
    Result,
    Underneath,
    cut,
    load_models,
    reference_of,
    restore,
)
from engine.geometry import CHIP, F32, U8
from engine.reference import laying

FACE = Frame(224.8, 107.1, 175.8, 3.8)
EYE = (205, 110, 24, 17)  # x, y and radii of the left one, with its brow


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(device="cpu")


def truth() -> U8:
    return np.ascontiguousarray(data.astronaut())


def hole(shape: tuple[int, ...] = (512, 512), eye: tuple[int, int, int, int] = EYE) -> U8:
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, eye[:2], eye[2:], 0, 0, 360, (255,), -1)
    return mask


def damaged() -> U8:
    return np.where(hole()[..., None] > 0, np.uint8(90), truth())


def second_photo() -> Photo:
    """The same face turned, enlarged, darker and warmer."""
    pose = cv2.getRotationMatrix2D((224, 110), 9, 1.3)
    pose[:, 2] = pose[:, 2] + (20, 60)
    picture = cv2.warpAffine(truth(), pose, (512, 400), flags=cv2.INTER_CUBIC)
    return Photo.from_array((picture * np.array((0.75, 0.65, 0.55))).clip(0, 255).astype(np.uint8))


def run(models: Models, reference: Underneath | None, **more: object) -> Result:
    request = Request(photo=Photo.from_array(damaged()), mask=hole(), grain=False, reference=reference)
    return restore(replace(request, **more), models)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(models: Models) -> Result:
    return run(models, None)


@pytest.fixture(scope="module")
def referred(models: Models) -> Result:
    return run(models, reference_of(second_photo()))


def likeness(result: Result | U8, to: U8 | None = None) -> float:
    """Correlation of the hidden eye's forms with those of a picture."""
    pixels = result if isinstance(result, np.ndarray) else result.photo.pixels
    first, second = (_forms(picture)[hole() > 0] for picture in (pixels, truth() if to is None else to))
    return float(np.corrcoef(first, second)[0, 1])


def _forms(picture: np.ndarray) -> F32:
    grey = picture.astype(np.float32).mean(2)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 6), np.float32)


def off(result: Result) -> float:
    """How far the hidden eye's colours are from the truth on average, in 0..255."""
    return float(np.abs(result.photo.pixels.astype(float) - truth())[hole() > 0].mean())


def test_the_eye_of_a_second_photo_comes_back_in_its_place_and_in_the_photos_light(
    plain: Result, referred: Result
) -> None:
    assert likeness(referred) > 0.9 > likeness(plain) + 0.1
    assert off(referred) < 0.7 * off(plain)
    assert referred.faces[0].referred > 0.5
    assert plain.faces[0].referred == 0
    assert referred.notes == plain.notes


def test_nothing_else_changes(referred: Result) -> None:
    changed = (referred.photo.pixels != damaged()).any(2)
    assert not (changed & (cv2.dilate(hole(), np.ones((9, 9), np.uint8)) == 0)).any()


def test_the_other_half_is_laid_under_mirrored(models: Models, plain: Result) -> None:
    mirrored = run(models, "mirror")
    chip, _ = cut(Photo.from_array(truth()), FACE)
    half = np.ascontiguousarray(chip[:, ::-1])
    eye = np.zeros((CHIP, CHIP), bool)
    eye[95:135, 60:115] = True

    def similar(result: Result) -> float:
        shown = _forms(cut(result.photo, FACE)[0])
        best = cv2.matchTemplate(_forms(half), shown[95:135, 60:115], cv2.TM_CCOEFF_NORMED)
        return float(best[85:106, 50:71].max())  # the other eye's mirror place, give or take ten pixels

    assert similar(mirrored) > similar(plain) + 0.05
    assert mirrored.faces[0].referred > 0.5


def test_a_reference_that_is_hidden_too_is_left_out_and_that_is_said(models: Models, plain: Result) -> None:
    chip, known = cut(second_photo(), FACE)
    nothing = Reference(chip=(chip * 255).astype(np.uint8), known=np.zeros_like(known, np.uint8))
    result = run(models, nothing)
    np.testing.assert_array_equal(result.photo.pixels, plain.photo.pixels)
    assert any("left out" in str(note) for note in result.notes)


def test_without_a_face_there_is_no_pose_and_that_is_said(models: Models) -> None:
    wall = Photo.from_array(np.full((200, 200, 3), 128, np.uint8))
    mask = hole((200, 200), (100, 100, 20, 20))
    result = restore(Request(photo=wall, mask=mask, method="diffusion", reference="mirror"), models)
    assert "No face was found at the mask, so the reference was left out." in map(str, result.notes)


@pytest.mark.parametrize("soft", [False, True])
def test_where_nothing_is_missing_of_a_face_it_is_left_out_and_that_is_said(models: Models, soft: bool) -> None:
    """Where the mask lies elsewhere, and where the face is blurred alone."""
    mask, blurred = hole(eye=(60, 460, 20, 20)), hole() if soft else None
    mask = mask * np.uint8(not soft)
    result = restore(Request(photo=Photo.from_array(truth()), mask=mask, blurred=blurred, reference="mirror"), models)
    assert "The reference was left out: nothing that is missing lies on a face." in map(str, result.notes)


def test_a_photo_without_a_face_is_no_reference(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"wall\.png: shows no face"):
        reference_of(replace(Photo.from_array(np.full((90, 90, 3), 99, np.uint8)), path=tmp_path / "wall.png"))


def test_one_persons_face_goes_under_one_face_alone(models: Models) -> None:
    both = Photo.from_array(np.hstack([damaged(), damaged()]))
    mask = np.hstack([hole(), hole()])
    frames = (FACE, replace(FACE, cx=FACE.cx + 512))
    request = Request(photo=both, mask=mask, frames=frames, reference=reference_of(second_photo()))
    with pytest.raises(RequestError, match="for one face, and 2 are marked"):
        restore(request, models)
    assert [face.referred > 0.5 for face in restore(replace(request, reference="mirror"), models).faces] == [True, True]
    mask[:, 512:] = 0
    restore(replace(request, mask=mask, frames=(FACE,)), models)


def test_a_classical_method_has_no_use_for_it() -> None:
    request = Request(photo=Photo.from_array(damaged()), mask=hole(), method="telea", reference="mirror")
    with pytest.raises(RequestError, match="reference needs the networks"):
        restore(request, None)


def test_in_a_black_and_white_photo_it_is_black_and_white(models: Models) -> None:
    grey = damaged().mean(2, keepdims=True).repeat(3, 2).astype(np.uint8)
    pixels = run(models, reference_of(second_photo()), photo=Photo.from_array(grey)).photo.pixels.astype(int)
    assert np.ptp(pixels[hole() > 0], axis=1).max() <= 6


def test_edges_that_a_person_drew_are_still_followed(models: Models) -> None:
    edges = np.zeros((CHIP, CHIP), np.uint8)
    edges[110:130, 95:97] = 255
    reference = reference_of(second_photo())
    free, followed = (run(models, reference, frames=(FACE,), edges=given) for given in ((), (edges,)))
    assert (free.photo.pixels != followed.photo.pixels).any()
    np.testing.assert_array_equal(followed.faces[0].drawn_edges[110:130, 95:97], 255)
    inside = free.faces[0].drawn_edges[100:140, 70:110] > 0  # those of the laid eye, not the edge network's
    assert inside.any()


@pytest.mark.parametrize(("turn", "ratio", "shift"), [(0, 1.0, (0, 0)), (4, 1.1, (6, -5)), (-5, 0.92, (-8, 4))])
def test_a_reference_finds_its_place_by_what_both_show(turn: float, ratio: float, shift: tuple[int, int]) -> None:
    chip, _ = cut(Photo.from_array(truth()), FACE)
    pose = cv2.getRotationMatrix2D((CHIP / 2, CHIP / 2), turn, ratio)
    pose[:, 2] = pose[:, 2] + shift
    moved = cv2.warpAffine(chip, pose, (CHIP, CHIP), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    picture = np.rint(moved.clip(0, 1) * 255).astype(np.uint8)
    reference = Reference(chip=picture, known=np.full((CHIP, CHIP), 255, np.uint8))
    hidden = hole((CHIP, CHIP), (99, 120, 30, 22)) > 0
    under = laying(reference, hidden, ~hidden)(chip)
    assert under is not None
    where = under.core
    first, second = (_forms(picture)[where] for picture in (under.rgb * 255, chip * 255))
    assert np.corrcoef(first, second)[0, 1] > 0.93


@pytest.mark.parametrize("lost", ["no face in the guess", "another face far off"])
def test_where_nothing_tells_better_the_frames_do(lost: str) -> None:
    chip, _ = cut(Photo.from_array(truth()), FACE)
    guess = chip if lost == "another face far off" else np.full_like(chip, 0.5)
    moved = cv2.warpAffine(
        chip, np.array([[1, 0, 45], [0, 1, 0]], float), (CHIP, CHIP), borderMode=cv2.BORDER_REPLICATE
    )
    picture = np.rint((chip if guess is not chip else moved) * 255).clip(0, 255).astype(np.uint8)
    hidden = hole((CHIP, CHIP), (99, 120, 30, 22)) > 0
    under = laying(Reference(chip=picture, known=np.full((CHIP, CHIP), 255, np.uint8)), hidden, ~hidden)(guess)
    assert under is not None
    shown = _forms(under.rgb)[105:135, 80:118]
    best = cv2.matchTemplate(_forms(picture / 255), shown, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(np.argmax(best), best.shape)
    assert abs(x - 80) <= 7 >= abs(y - 105)  # no further than what both show may shift it


def test_a_mirrored_reference_is_left_for_right() -> None:
    reference = reference_of(second_photo())
    np.testing.assert_array_equal(reference.mirrored.chip, reference.chip[:, ::-1])
    np.testing.assert_array_equal(reference.mirrored.mirrored.known, reference.known)
