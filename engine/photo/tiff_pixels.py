"""The samples of a TIFF as they are: 8 and 16 bits, planes apart or together, strips or tiles, any further channels.

Pillow cuts 16-bit colour to 8 bits and drops channels beyond alpha; OpenCV reads planes that lie apart as a wrong
picture.  So Pillow's libtiff only unpacks here: each group of strips or tiles is shown to it as a grey picture of
plain bytes.  What the bytes mean is done here.
Source: Adobe, TIFF Revision 6.0, 1992, with its supplement 2, 2002.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import Image

from engine.errors import PhotoError
from engine.geometry import U8
from engine.photo.colour import Pixels
from engine.photo.directories import Directory, Field, Fields, Order, exif_block

COLOUR_CHANNELS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3}
"""Channels of colour by photometric interpretation: grey twice, RGB, palette, CMYK, YCbCr."""

_RAW, _HORIZONTAL = 1, 2
_UNPACKED = frozenset({_RAW, 5, 8, 32773, 32946, 34925, 50000})
"""Compressions that give back plain bytes: none, LZW, Deflate (two numbers), PackBits, LZMA, ZSTD."""
_BY_PILLOW = _UNPACKED | {2, 3, 4, 6, 7}
"""And those of other layouts: fax (three numbers), JPEG (two).  Of a WebP in it Pillow's libtiff would only grumble."""
_MOST_CHANNELS = 32
_MOST_BYTES = 300_000_000 * 8
_MOST_PACKED = 40_000
"""No compression packs more bytes into one: Zstandard comes to 32,768, by runs of 128 KiB in 4 bytes."""
_GROUP_BYTES = 1 << 22
"""So much is unpacked at a time."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a TIFF's samples lie in the file."""

    width: int
    height: int
    bits: tuple[int, ...]
    channels: int
    photometric: int
    extra: tuple[int, ...]
    """What the channels beyond colour are: 0 nobody says, 1 alpha that colours are multiplied by, 2 alpha."""
    compression: int
    predictor: int
    fill_order: int
    apart: bool
    """Whether each channel is a plane of its own."""
    tiled: bool
    block: tuple[int, int]
    """Width and height of a tile or a strip."""
    order: Order

    @property
    def plain(self) -> bool:
        """Whether `read_samples` reads it: 8 or 16 bits of grey, RGB or CMYK without loss."""
        return (
            self.bits in ((8,), (16,))
            and self.photometric in (0, 1, 2, 5)
            and COLOUR_CHANNELS[self.photometric] <= self.channels
            and self.compression in _UNPACKED
            and self.predictor in (1, _HORIZONTAL)
        )

    @property
    def known(self) -> bool:
        """Whether it is plain, or Pillow may try to read it."""
        return self.plain or (self.bits != (16,) and self.compression in _BY_PILLOW)

    @property
    def type(self) -> np.dtype[np.uint8] | np.dtype[np.uint16]:
        """Of one sample, in the file's byte order."""
        return np.dtype(np.uint8) if self.bits == (8,) else np.dtype(np.uint16).newbyteorder(self.order)

    @property
    def together(self) -> int:
        """How many channels one block holds."""
        return 1 if self.apart else self.channels


def layout_of(directory: Directory) -> Layout:
    """Read how the samples lie.

    Raises PhotoError for what would be read wrong (floats, signed numbers, odd depths), ValueError if damaged.
    """
    number = directory.number
    channels = number(277, 1)
    bits = tuple(sorted(set(directory.numbers(258, (1,))[:channels])))
    _check_kind(bits, directory)
    photometric = number(262, 1)
    beyond = max(0, channels - COLOUR_CHANNELS.get(photometric, channels))
    known = directory.numbers(338)
    width, height = number(256, 0), number(257, 0)
    if not (width and height and channels > 0):
        raise ValueError("a TIFF without pixels")
    tiled = 322 in directory
    return Layout(
        width=width,
        height=height,
        bits=bits,
        channels=channels,
        photometric=photometric,
        extra=(known + ((0,) if known else (2,)) + (0,) * beyond)[:beyond],
        compression=number(259, 1),
        predictor=number(317, 1),
        fill_order=number(266, 1),
        apart=number(284, 1) == 2 and channels > 1,
        tiled=tiled,
        block=(number(322, 0), number(323, 0)) if tiled else (width, min(number(278, height), height)),
        order=directory.header.order,
    )


def _check_kind(bits: tuple[int, ...], directory: Directory) -> None:
    kinds = directory.numbers(339, (1,))
    if 3 in kinds:
        raise PhotoError("floating-point TIFF is not supported; save it with 8 or 16 bits a channel")
    for depth in bits:
        if depth not in (1, 2, 4, 8, 16):
            raise PhotoError("a TIFF with {0} bits a channel is not supported; save it with 8 or 16", str(depth))
    if not set(kinds) <= {1, 4}:
        raise PhotoError("a TIFF of numbers below 0 is not supported; save it with 8 or 16 bits a channel")
    if 16 in bits and directory.number(262, 1) not in (0, 1, 2):
        raise PhotoError("a 16-bit TIFF must be grey or RGB; save it so, or with 8 bits a channel")


def read_samples(stream: BinaryIO, directory: Directory, layout: Layout) -> Pixels:
    """(H, W, channels) samples of a layout that is `plain`, as they lie.

    Raises PhotoError if the file is cut or asks for too much, anything at all if it is damaged.
    """
    width, height, channels = layout.width, layout.height, layout.channels
    (across, down), size = layout.block, layout.type.itemsize
    if channels > _MOST_CHANNELS or width * height * channels * size > _MOST_BYTES:
        raise PhotoError("a TIFF with {0} channels of this size is not supported", str(channels))
    if not (across and down) or across * down > 4 * width * height + (1 << 24):
        raise ValueError("strips or tiles of an impossible size")
    columns, rows = -(-width // across), -(-height // down)
    starts, sizes = _places(stream, directory, layout, count=columns * rows * (channels // layout.together))
    out = np.empty((height, width, channels), layout.type.newbyteorder("="))
    for plane in range(channels // layout.together):
        chosen = slice(plane, plane + 1) if layout.apart else slice(None)
        part = slice(plane * columns * rows, (plane + 1) * columns * rows)
        for index, block in enumerate(_blocks(stream, layout, starts[part], sizes[part])):
            top, left = index // columns * down, index % columns * across
            room = out[top : top + down, left : left + across, chosen]
            room[...] = block[: room.shape[0], : room.shape[1]]
    return out


def _places(
    stream: BinaryIO, directory: Directory, layout: Layout, *, count: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where each block begins and how long it is, all within the file."""
    per_plane = count // (layout.channels // layout.together)
    starts = directory.numbers(324 if layout.tiled else 273)[:count]
    sizes = directory.numbers(325 if layout.tiled else 279)[:count]
    end = stream.seek(0, os.SEEK_END)
    if not sizes and layout.compression == _RAW:
        sizes = tuple(_block_bytes(layout, index) for index in range(len(starts)))
    if len(starts) < count or len(sizes) < count or any(a + n > end for a, n in zip(starts, sizes, strict=True)):
        raise PhotoError("the file is truncated")
    if sum(sizes) > 2 * end:  # blocks may be shared, but not read over and over
        raise ValueError("strips or tiles that lie on each other")
    if any(_block_bytes(layout, index % per_plane) > _MOST_PACKED * size for index, size in enumerate(sizes)):
        raise ValueError("strips or tiles that say they hold more than they can")
    return starts, sizes


def _row_bytes(layout: Layout) -> int:
    return layout.block[0] * layout.together * layout.type.itemsize


def _block_rows(layout: Layout, index: int) -> int:
    """Rows of a block of a plane; the last strip has only what is left, a tile is always whole."""
    down = layout.block[1]
    return down if layout.tiled else min(down, layout.height - index % -(-layout.height // down) * down)


def _block_bytes(layout: Layout, index: int) -> int:
    return _block_rows(layout, index) * _row_bytes(layout)


def _blocks(stream: BinaryIO, layout: Layout, starts: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[Pixels]:
    """(h, w, channels together) samples of the blocks of one plane, one after the other."""
    down, line = layout.block[1], _row_bytes(layout)
    step = max(1, _GROUP_BYTES // (down * line))
    for first in range(0, len(starts), step):
        indices = range(first, min(first + step, len(starts)))
        packed = []
        for index in indices:
            stream.seek(starts[index])
            packed.append(stream.read(sizes[index]))
        rows = sum(_block_rows(layout, index) for index in indices)
        data = _unpacked(layout, packed, rows=rows)
        samples = data.reshape(-1).view(layout.type).reshape(rows, layout.block[0], layout.together)
        if layout.predictor == _HORIZONTAL:
            native = layout.type.newbyteorder("=")
            samples = np.cumsum(samples, axis=1, dtype=native)  # modulo their range, as they were subtracted
        for top in range(0, rows, down):
            yield samples[top : top + down]


def _unpacked(layout: Layout, packed: list[bytes], *, rows: int) -> U8:
    """(rows, bytes of a row) of consecutive blocks, by libtiff."""
    line, down = _row_bytes(layout), layout.block[1]
    if layout.compression == _RAW and layout.fill_order == 1:
        whole = b"".join(part[: down * line] for part in packed)
        return np.frombuffer(whole, np.uint8, rows * line).reshape(rows, line)
    with Image.open(io.BytesIO(_as_grey(layout, packed, rows=rows)), formats=("TIFF",)) as image:
        unpacked: U8 = np.array(image)
    if unpacked.shape != (rows, line) or unpacked.dtype != np.uint8:
        raise ValueError("strips or tiles that cannot be unpacked")
    return unpacked


def _as_grey(layout: Layout, packed: list[bytes], *, rows: int) -> bytes:
    """A TIFF of one grey byte a pixel whose strips are those packed bytes."""

    def longs(*values: int) -> Field:
        return Field(4, len(values), np.array(values, "<u4").tobytes())

    sizes = [len(part) for part in packed]
    tags: Fields = {
        256: longs(_row_bytes(layout)), 257: longs(rows), 258: longs(8), 259: longs(layout.compression),
        262: longs(1), 266: longs(layout.fill_order), 273: longs(*sizes), 277: longs(1),
        278: longs(layout.block[1]), 279: longs(*sizes),
    }  # fmt: skip
    start = len(exif_block("<", tags))
    tags[273] = longs(*(start + sum_before for sum_before in np.cumsum([0, *sizes[:-1]]).tolist()))
    return exif_block("<", tags) + b"".join(packed)
