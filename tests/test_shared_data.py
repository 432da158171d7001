"""The shipped models on real faces, where `../shared/data` is there; none of it belongs to the repository."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from engine import Models, Request, load_models, read_photo, restore
from engine.faces.frames import cut_mask, detect
from engine.faces.likeness import identity_distance, identity_known
from engine.fill.classical import fill
from engine.geometry import U8
from training.measuring.contenders import contenders
from training.measuring.fill_cases import Cases
from training.measuring.fill_scores import measure

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here")]


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(device="cpu")


def test_one_evaluation_beats_every_classical_fill() -> None:
    cases = Cases([DATA / "faces256-val.tar"], limit=20)
    fills = contenders(["telea", "ns", "ours-1"], device="cpu")
    *_, found = measure(cases, fills, rows=0)
    psnr = {m: np.mean([s.psnr for s in found.scores if s.method == m]) for m in fills}
    assert psnr["ours-1"] > max(psnr["telea"], psnr["ns"]) + 1.0, psnr


@pytest.mark.skipif(not identity_known(), reason="the extra 'identity' is not installed")
def test_the_identity_distance_tells_persons_apart() -> None:
    """A face with a third of it badly filled is still nearer to itself than to anyone else."""
    everywhere = np.ones((256, 256), bool)
    cases = Cases([DATA / "faces256-val.tar"], limit=30, kinds=["30-40 %"])
    faces = [cases[i] for i in range(len(cases))]
    own, others = [], []
    for i, case in enumerate(faces):
        filled = fill(case.damaged, np.where(case.unknown, 255, 0).astype(np.uint8), method="telea")
        own.append(
            identity_distance(case.chip.rgb, np.where(case.unknown[..., None], filled, case.chip.rgb), everywhere)
        )
        others.append(identity_distance(case.chip.rgb, faces[i - 7].chip.rgb, everywhere))
    assert np.mean([a < b for a in own for b in others]) > 0.95
    assert np.median(others) > 0.6, "what dlib's authors take for two persons"


@pytest.mark.parametrize("index", [0, 12, 24])
def test_a_photo_is_restored_in_its_mask_only(index: int, models: Models) -> None:
    photo = read_photo(sorted((DATA / "photos").iterdir())[index])
    rgb = photo.rgb8()
    mask = _scratch_across(rgb)
    result = restore(Request(photo=photo, mask=mask, feather=2.0), models)
    assert result.faces
    assert (cut_mask(mask, result.faces[0].frame) > 0).any()
    restored = result.photo.rgb8()
    far = cv2.dilate(mask, np.ones((9, 9), np.uint8)) == 0
    np.testing.assert_array_equal(restored[far], rgb[far])
    assert (restored[mask > 0] != rgb[mask > 0]).any()


def _scratch_across(rgb: U8) -> U8:
    """A scratch through the largest face."""
    frame = detect(rgb)[0].frame
    mask = np.zeros(rgb.shape[:2], np.uint8)
    a, b = (frame.corners() * 0.7 + np.array((frame.cx, frame.cy)) * 0.3)[[0, 2]].astype(int)
    cv2.line(mask, a.tolist(), b.tolist(), 255, max(2, round(frame.side * 0.04)))
    return mask
