"""Perceptual, identity and texture measures answer to what they are for."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from engine.faces.likeness import identity_distance, identity_known
from training.measuring.features import FaceFeatures
from training.measuring.likeness import perceptual_distance
from training.measuring.texture import strands, texture

FACE = np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])
EVERYWHERE = np.ones((256, 256), bool)


def noisy(amount: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, amount, FACE.shape)
    return (FACE + noise).clip(0, 255).astype(np.uint8)


def blurred(sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(FACE, (0, 0), sigma))


@pytest.mark.parametrize("worse", [noisy, blurred])
def test_more_damage_is_further_away(worse) -> None:  # type: ignore[no-untyped-def]
    distances = [perceptual_distance(FACE, worse(amount), EVERYWHERE) for amount in (1, 2, 4, 8)]
    assert distances == sorted(distances)
    assert distances[-1] > 3 * distances[0] > 0
    assert perceptual_distance(FACE, FACE, EVERYWHERE) == 0


def test_a_shade_is_nearer_than_a_blur_of_the_same_psnr() -> None:
    blur = blurred(2)
    error = np.sqrt(np.mean((FACE.astype(float) - blur) ** 2))
    shade = (FACE * 0.92 + 10 + 0 * error).clip(0, 255)
    shade = FACE + (shade - FACE) * error / np.sqrt(np.mean((shade - FACE) ** 2))
    shade = np.rint(shade.clip(0, 255)).astype(np.uint8)
    near, far = (perceptual_distance(FACE, p, EVERYWHERE) for p in (shade, blur))
    assert near < far / 2


def test_what_is_not_valid_does_not_count() -> None:
    valid = EVERYWHERE.copy()
    valid[100:] = False
    changed = FACE.copy()
    changed[100:] = 0
    assert perceptual_distance(FACE, changed, valid) == 0


def test_features_are_of_four_scales() -> None:
    picture = torch.from_numpy(FACE[None, 64:128, 64:128].transpose(0, 3, 1, 2) / 127.5 - 1).float()
    with torch.no_grad():
        found = FaceFeatures()(picture)
    assert [f.shape[1:] for f in found] == [(32, 32, 32), (24, 16, 16), (32, 8, 8), (96, 4, 4)]


def test_the_features_are_centerfaces_own() -> None:
    """The same graph in onnxruntime gives the heatmap; here its inner layers are taken: compare one."""
    import io

    import onnx

    from engine.runtime.catalog import DETECTOR, FOLDER
    from engine.runtime.onnx_backend import open_session

    model = onnx.load(FOLDER / DETECTOR)
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info("474", onnx.TensorProto.FLOAT, None))
    for node in model.graph.input[:1]:
        for axis, size in zip(node.type.tensor_type.shape.dim, (1, 3, 256, 256), strict=True):
            axis.dim_value = size
    stream = io.BytesIO()
    onnx.save(model, stream)
    session = open_session(stream.getvalue())
    picture = FACE[None].transpose(0, 3, 1, 2).astype(np.float32)
    (expected,) = session.run({session.inputs[0]: picture})
    with torch.no_grad():
        found = FaceFeatures()(torch.from_numpy(picture) / 127.5 - 1)[-1].numpy()
    np.testing.assert_allclose(found, expected, atol=0.02 * float(np.abs(expected).max()))


def test_identity_tells_people_apart_more_than_blur_does() -> None:
    if not identity_known():
        assert math.isnan(identity_distance(FACE, FACE, EVERYWHERE))
        pytest.skip("the extra 'identity' is not installed")
    assert identity_distance(FACE, FACE, EVERYWHERE) == 0
    little, more = (identity_distance(FACE, blurred(s), EVERYWHERE) for s in (1, 3))
    nobody = np.ascontiguousarray(skimage.data.chelsea()[:256, 100:356])
    assert 0 < little < more < identity_distance(FACE, nobody, EVERYWHERE)


def test_texture_lost_is_below_zero_and_noise_above() -> None:
    hole = np.zeros((256, 256), bool)
    hole[20:120, 40:200] = True
    assert texture(FACE, FACE, hole) == 0
    assert texture(FACE, blurred(3), hole) < texture(FACE, blurred(1), hole) < -0.5
    assert texture(FACE, noisy(20), hole) > 0.5
    assert texture(FACE, noisy(20), ~EVERYWHERE) == 0


def test_strands_keep_their_direction_or_not() -> None:
    y, x = np.mgrid[:256, :256]
    across, along = (
        np.rint(127 + 100 * np.sin(0.5 * axis)).astype(np.uint8)[..., None].repeat(3, 2) for axis in (x, y)
    )
    assert strands(across, across, EVERYWHERE) == pytest.approx(1, abs=1e-3)
    assert strands(across, along, EVERYWHERE) < -0.95
    assert strands(across, np.full_like(across, 90), EVERYWHERE) == pytest.approx(0, abs=1e-6)
    assert math.isnan(strands(np.full_like(across, 90), across, EVERYWHERE))
