"""Shards: tars of square RGBA WebP chips, alpha 0 beyond the photo's frame."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engine.atomic import atomic_file
from engine.geometry import U8
from training.errors import SourceError


@dataclass(frozen=True, eq=False, slots=True)
class Chip:
    """`rgb`: (S, S, 3) uint8; `valid`: (S, S) bool, False beyond the photo's frame, where `rgb` is void."""

    name: str
    rgb: U8
    valid: np.ndarray

    def resized(self, side: int) -> Chip:
        """The same picture at another size."""
        if side == len(self.rgb):
            return self
        rgb = cv2.resize(self.rgb, (side, side), interpolation=cv2.INTER_AREA)
        valid = cv2.resize(self.valid.astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
        return Chip(self.name, np.asarray(rgb, np.uint8), valid > 0)


def write_shard(path: Path, names: Iterable[str], read: Callable[[str], bytes]) -> Path:
    """Write the WebP files `read(name)` as one tar, whole or not at all; equal chips give equal bytes."""
    with atomic_file(path, overwrite=True) as file, tarfile.open(fileobj=file, mode="w") as shard:
        for name in names:
            data = read(name)
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            shard.addfile(entry, io.BytesIO(data))
    return path


def read_shard(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, WebP bytes) of every chip, in the shard's order.  Raises `SourceError` if it is not a shard."""
    try:
        with tarfile.open(path, "r:") as shard:
            for member in shard:
                file = shard.extractfile(member)
                if file is not None:
                    yield member.name, file.read()
    except (OSError, tarfile.TarError) as error:
        raise SourceError(f"{path} cannot be read as a shard: {error}") from error


def decode(name: str, data: bytes) -> Chip:
    """Raises `SourceError` if the bytes are not a square picture that shows something."""
    try:
        rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    except OSError as error:
        raise SourceError(f"the chip {name} cannot be read: {error}") from error
    if rgba.shape[0] != rgba.shape[1]:
        raise SourceError(f"the chip {name} is not square")
    if not (rgba[..., 3] > 127).any():
        raise SourceError(f"the chip {name} shows nothing")
    return Chip(name, np.ascontiguousarray(rgba[..., :3]), rgba[..., 3] > 127)
