"""JPEG to JPEG without a second loss: squares that nobody painted keep their coefficients.

A JPEG is compressed in squares of 8 or 16 pixels (MCUs), each on its own.  Only those in which a pixel changed are
compressed again; the rest of the file's coefficients are copied by `jpeglib`, and the outcome is checked.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.geometry import U8

Bool = NDArray[np.bool_]
Pair = NDArray[np.int64]

_ONE_AT_A_TIME = threading.Lock()
"""jpeglib says nothing of threads."""


def available() -> bool:
    """Whether jpeglib is there, which has no wheels for every machine."""
    return find_spec("jpeglib") is not None


def repaint(source: bytes, pixels: U8, encode: Callable[[U8], bytes]) -> bytes | None:
    """The JPEG file `source` with other pixels; None if it cannot be kept and must be compressed as a whole.

    `pixels`: (H, W) or (H, W, 3) uint8, the whole picture as it lies in the file, before any EXIF turning.
    `encode`: makes a JPEG file of such pixels by the source's tables and subsampling; it gives the metadata too.

    Squares without a changed pixel decode as in the source.  Where chroma is subsampled, decoders smooth it across
    borders, so up to two rows of pixels beside a changed square may differ in colour.  The file becomes sequential.
    """
    if not available():
        return None
    try:
        with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
            return _repaint(source, pixels, encode, Path(folder))
    except (OSError, ValueError):
        return None


def _repaint(source: bytes, pixels: U8, encode: Callable[[U8], bytes], folder: Path) -> bytes | None:
    old = _coefficients(source, folder / "source.jpg")
    side = 8 * _sampling(old).max(0)
    changed = _changed(source, pixels, side)
    _compress_again(old, pixels, changed, encode=encode, folder=folder)
    old.write_dct(str(folder / "spliced.jpg"), flags=["+OPTIMIZE_CODING"])
    described = encode(np.ascontiguousarray(pixels[:8, :8]))
    file = b"\xff\xd8" + b"".join(
        [part for part, tells in _parts(described) if tells]
        + [part for part, tells in _parts((folder / "spliced.jpg").read_bytes()) if not tells]
    )
    near = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return None if (_changed(file, pixels, side) & ~near).any() else file


def _compress_again(old: Any, pixels: U8, changed: Bool, *, encode: Callable[[U8], bytes], folder: Path) -> None:
    """Put new coefficients into the changed MCUs; ValueError if the encoder's do not fit among the old."""
    if not changed.any():
        return
    sampling = _sampling(old)
    high, wide = 8 * sampling.max(0)
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    top, left = rows[0], columns[0]
    squares = changed[top : rows[-1] + 1, left : columns[-1] + 1]
    area = pixels[top * high : (rows[-1] + 1) * high, left * wide : (columns[-1] + 1) * wide]
    new = _coefficients(encode(np.ascontiguousarray(area)), folder / "area.jpg")
    if not np.array_equal(_sampling(new), sampling):
        raise ValueError("another subsampling")
    for index, (name, (down, across)) in enumerate(zip(("Y", "Cb", "Cr"), sampling, strict=False)):
        if not np.array_equal(_table(old, index), _table(new, index)):
            raise ValueError("other tables")
        fresh = getattr(new, name)
        place = getattr(old, name)[top * down :, left * across :][: fresh.shape[0], : fresh.shape[1]]
        taken = squares.repeat(down, 0).repeat(across, 1)[: fresh.shape[0], : fresh.shape[1]]
        place[taken] = fresh[taken]


def _coefficients(file: bytes, path: Path) -> Any:
    """jpeglib's view of a file: quantised coefficients (rows, columns, 8, 8) of `Y`, `Cb`, `Cr`."""
    import jpeglib

    path.write_bytes(file)
    found = jpeglib.read_dct(str(path))
    found.load()
    if found.K is not None:
        raise ValueError("four components")
    return found


def _sampling(found: Any) -> Pair:
    """(components, 2): how many 8x8 blocks an MCU has of each, down and across."""
    if found.Cb is None:
        return np.ones((1, 2), np.int64)  # whatever the file says: a single component is not interleaved
    return np.asarray(found.samp_factor, np.int64)


def _table(found: Any, component: int) -> U8:
    table: U8 = found.qt[found.quant_tbl_no[component]]
    return table


def _changed(source: bytes, pixels: U8, side: Pair) -> Bool:
    """Which MCUs hold a pixel that is not the source's; ValueError for another size or mode."""
    rows, columns = -(-np.array(pixels.shape[:2]) // side)
    found = np.zeros((rows, columns), bool)
    for index, differing in enumerate(_differing(source, pixels, int(side[0]))):
        inside = np.zeros((columns, side[1]), bool)
        inside.reshape(-1)[: len(differing)] = differing
        found[index] = inside.any(1)
    return found


def _differing(file: bytes, pixels: U8, height: int) -> Iterator[Bool]:
    """For each band of that many rows: the columns (W,) in which the decoded file differs from the pixels."""
    with Image.open(io.BytesIO(file)) as image:
        image.load()
        if image.size != (pixels.shape[1], pixels.shape[0]) or image.mode != ("L" if pixels.ndim == 2 else "RGB"):
            raise ValueError("another size or mode")
        for top in range(0, image.height, height):
            box = (0, top, image.width, min(top + height, image.height))
            other = np.asarray(image.crop(box)) != pixels[top : box[3]]
            yield other.any(0).reshape(image.width, -1).any(1)


def _parts(file: bytes) -> Iterator[tuple[bytes, bool]]:
    """A file's parts after its first marker, and whether each describes the picture (APPn, COM)."""
    at = 2
    while file[at + 1] != 0xDA:  # the scan, after which lengths are not told
        end = at + 2 + int.from_bytes(file[at + 2 : at + 4], "big")
        yield file[at:end], file[at + 1] & 0xF0 == 0xE0 or file[at + 1] == 0xFE
        at = end
    yield file[at:], False
