"""The push-pull prefill: exact where known, smooth and bounded where not, alike in NumPy and torch."""

from __future__ import annotations

import numpy as np
import pytest

from engine.fill.prefill import push_pull
from engine.geometry import F32


@pytest.fixture
def pictures() -> tuple[F32, F32]:
    rng = np.random.default_rng(0)
    known = (rng.random((2, 1, 64, 64)) < 0.4).astype(np.float32)
    known[..., 10:50, 20:40] = 0
    return rng.uniform(-1, 1, (2, 3, 64, 64)).astype(np.float32), known


def test_known_pixels_stay_and_others_lie_between_them(pictures: tuple[F32, F32]) -> None:
    image, known = pictures
    filled = push_pull(image, known)
    where = np.broadcast_to(known == 1, image.shape)
    np.testing.assert_allclose(filled[where], image[where], atol=1e-6)
    assert filled.min() >= image[where].min() - 1e-5
    assert filled.max() <= image[where].max() + 1e-5


def test_what_is_unknown_does_not_count(pictures: tuple[F32, F32]) -> None:
    image, known = pictures
    other = np.where(known == 1, image, 5).astype(np.float32)
    np.testing.assert_allclose(push_pull(image, known), push_pull(other, known), atol=1e-5)


def test_a_constant_is_continued(pictures: tuple[F32, F32]) -> None:
    _, known = pictures
    np.testing.assert_allclose(push_pull(np.full((2, 3, 64, 64), 0.3, np.float32), known), 0.3, atol=1e-5)


def test_torch_computes_the_same(pictures: tuple[F32, F32]) -> None:
    torch = pytest.importorskip("torch")
    image, known = pictures
    ours = push_pull(torch.from_numpy(image), torch.from_numpy(known)).numpy()
    np.testing.assert_allclose(ours, push_pull(image, known), atol=1e-5)
