"""Photos and masks that the command line's tests work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SIZE = 48


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small colour PNG without a face."""
    return write_picture(tmp_path / "photo.png", seed=1)


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """A mask of the photo's size with a small square hole."""
    return write_mask(tmp_path / "mask.png")


def write_picture(path: Path, *, seed: int) -> Path:
    """Write a smooth random SIZE x SIZE colour picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path)
    return path


def write_mask(path: Path) -> Path:
    """Write a mask with a hole of rows and columns 20..27."""
    hole = np.zeros((SIZE, SIZE), np.uint8)
    hole[20:28, 20:28] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(hole).save(path)
    return path
