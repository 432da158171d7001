"""The shipped models on real faces, where `../shared/data` is there; none of it belongs to the repository."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import Models, Request, load_models, read_photo, restore
from engine.faces import cut_mask, detect
from engine.types import U8
from training.bench import Cases, measure
from training.contenders import contenders

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here")


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(device="cpu")


def test_one_evaluation_beats_every_classical_fill() -> None:
    cases = Cases([DATA / "faces256-val.tar"], limit=20)
    fills = contenders(["telea", "ns", "ours-1"], device="cpu")
    *_, found = measure(cases, fills, rows=0)
    psnr = {m: np.mean([s.psnr for s in found.scores if s.method == m]) for m in fills}
    assert psnr["ours-1"] > max(psnr["telea"], psnr["ns"]) + 1.0, psnr


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
