"""A shard of made chips, and a few steps of learning."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")  # an environment for the window alone has none: this folder is skipped there

import torch
from accelerate.state import AcceleratorState
from PIL import Image
from skimage import data

from training.data.datasets import B
from training.data.shards import write_shard
from training.learning.stages import Stage

torch.set_num_threads(1)  # small tensors: more threads mostly wait for each other on a busy machine


@pytest.fixture(autouse=True)
def any_precision() -> Iterator[None]:
    """To accelerate a process has one precision; to the tests each run has its own."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def small_shard(tmp_path: Path) -> Path:
    return made_shard(tmp_path / "made.tar")


def learn(stage: Stage[B], batch: B, *, steps: int) -> list[float]:
    """The losses of so many steps on one batch."""
    optimizer = torch.optim.AdamW(stage.network.parameters(), 1e-3)
    losses = []
    for _ in range(steps):
        loss = stage(batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        stage.finish_step()
        losses.append(loss.item())
    return losses


def made_shard(path: Path, *, chips: int = 6, side: int = 64) -> Path:
    """The astronaut's face, moved about; every third chip reaches beyond its photo."""
    astronaut = Image.fromarray(data.astronaut())
    files = {}
    for i in range(chips):
        box = (96 + 4 * i, 3 * i, 352 + 4 * i, 256 + 3 * i)
        rgba = np.array(astronaut.crop(box).resize((side, side)).convert("RGBA"))
        if i % 3 == 0:
            rgba[: side // 8, :, 3] = 0
        stream = io.BytesIO()
        Image.fromarray(rgba).save(stream, "WEBP", lossless=True, exact=True)
        files[f"{'fma'[i % 3]}-{i}.webp"] = stream.getvalue()
    return write_shard(path, files, files.__getitem__)
