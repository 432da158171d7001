"""JPEG to JPEG without a second loss: squares that nobody painted keep their coefficients.

A JPEG is compressed in squares (MCUs) of 8 to 32 pixels a side, each on its own.  Only those in which a pixel changed
are compressed again, by the file's own tables and sampling; the rest of its coefficients are copied by `jpeglib`, and
the outcome is checked.  Source of the transform and of the colours: ITU-T T.81, 1992, and T.871 (JFIF), 2011.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.geometry import F32, U8, Box
from engine.photo import segments

Bool = NDArray[np.bool_]
Pair = NDArray[np.int64]

_ONE_AT_A_TIME = threading.Lock()
"""jpeglib says nothing of threads."""
LIBRARY = "turbo210"
"""Of the libraries in jpeglib: it knows arithmetic coding, and is the one that hostile files were tried on most."""
_CODINGS = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""What it reads: sequential and progressive, Huffman and arithmetic."""
_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
_STEP = np.arange(8)
_COSINES = (np.sqrt(np.where(_STEP, 2, 1)[:, None] / 8) * np.cos(np.outer(_STEP, 2 * _STEP + 1) * np.pi / 16)).astype(
    np.float32
)
"""One row of it for each frequency of the transform."""


def keeps(file: bytes) -> bool:
    """Whether what is not painted of this JPEG file can be copied: jpeglib is there, and knows such files."""
    if find_spec("jpeglib") is None:  # there are not wheels for every machine
        return False
    try:
        frame = segments.parts(file).frame
    except ValueError:
        return False
    count, layout = frame.content[5], frame.content[7::3]
    sampling = np.array([(byte & 15, byte >> 4) for byte in layout[:count]]).reshape(-1, 2)
    if frame.marker not in _CODINGS or frame.content[0] != 8 or count not in (1, 3) or len(sampling) != count:
        return False
    # More than ten blocks an MCU cannot be written in one scan, and fractions of a block nobody decodes.
    return count == 1 or bool(
        sampling.all() and not (sampling.max(0) % sampling).any() and sampling.prod(1).sum() <= 10
    )


def repaint(source: bytes, pixels: U8) -> bytes | None:
    """The JPEG file `source` with other pixels; None if it cannot be kept and must be compressed as a whole.

    `pixels`: (H, W) or (H, W, 3) uint8, the whole picture as it lies in the file, before any EXIF turning.

    Squares without a changed pixel decode as in the source.  Where chroma is subsampled, decoders smooth it across
    borders, so up to two rows of pixels beside a changed square may differ in colour.  The file becomes sequential.
    What it says beside the picture, and what is appended to it, is as in the source.
    """
    if not keeps(source):
        return None
    try:
        with _ONE_AT_A_TIME:
            return _repaint(source, pixels)
    except (OSError, RuntimeError, ValueError):  # the second: jpeglib lacks the library
        return None


def _repaint(source: bytes, pixels: U8) -> bytes | None:
    picture = segments.parts(source).picture()
    with _named(picture) as path, _named() as spliced:
        old = _Coefficients(path)
        changed = _changed(picture, pixels, old.side)
        for row in np.flatnonzero(changed.any(1)):
            old.compress(pixels, int(row), np.flatnonzero(changed[row]))
        old.write(spliced)
        file = segments.dressed(spliced.read_bytes(), source, colours=True)
    near = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    written = segments.parts(file).picture()
    return None if (_changed(written, pixels, old.side) & ~near).any() else file


def cropped(source: bytes, box: Box) -> bytes | None:
    """The part of a JPEG file inside a box, as it lies in the file, coefficients copied; None if they cannot be.

    They can where the box begins at an MCU's corner.  What the file says beside the picture is as in the source.
    """
    if not keeps(source):
        return None
    try:
        with _ONE_AT_A_TIME, _named(segments.parts(source).picture()) as path, _named() as cut:
            found = _Coefficients(path)
            if box.top % found.side[0] or box.left % found.side[1]:
                return None
            found.crop(box)
            found.write(cut)
            return segments.dressed(cut.read_bytes(), source, colours=True)
    except (OSError, ValueError):
        return None


def squares(source: bytes) -> tuple[int, int]:
    """Height and width in pixels of the squares that a JPEG is compressed in; 1 and 1 if they cannot be copied."""
    if not keeps(source):
        return 1, 1
    content = segments.parts(source).frame.content
    sampling = [divmod(content[at + 1], 16) for at in range(6, 6 + 3 * content[5], 3)]
    if len(sampling) == 1:
        return 8, 8
    return 8 * max(down for _, down in sampling), 8 * max(across for across, _ in sampling)


def ended(file: bytes) -> bytes | None:
    """A JPEG file whose end marker was missing, with one; None if a part of the picture is missing too.

    Nothing is missing if decoders, where they would go on reading, do not care what they find.
    """
    try:
        pictures = [Image.open(io.BytesIO(tried), formats=("JPEG",)) for tried in segments.ended(file)]
        first = pictures[0].tobytes()
        return segments.ended(file)[0] if all(other.tobytes() == first for other in pictures[1:]) else None
    except (OSError, ValueError, SyntaxError):
        return None


@contextmanager
def _named(content: bytes = b"") -> Iterator[Path]:
    """A file for jpeglib, which takes paths only: in memory where the system can, else in the temporary folder."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        with os.fdopen(os.memfd_create("facemend"), "wb") as stream:
            stream.write(content)
            stream.flush()
            yield Path(f"/proc/self/fd/{stream.fileno()}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.jpg")
            path.write_bytes(content)
            yield path


class _Coefficients:
    """The quantised coefficients of a file, as jpeglib reads and writes them.

    `side`: height and width of an MCU in pixels.  Raises OSError, or ValueError for colours that it does not know.
    """

    def __init__(self, path: Path) -> None:
        import jpeglib

        if jpeglib.version.get() != LIBRARY:
            jpeglib.version.set(LIBRARY)
        self._path, self._found = path, jpeglib.read_dct(str(path))
        if self._found.jpeg_color_space.name not in ("JCS_GRAYSCALE", "JCS_RGB", "JCS_YCbCr"):
            raise ValueError("four components")
        self._read()
        count = len(self._planes)
        # A single component is not interleaved, whatever the file says of its sampling.
        self._sampling: Pair = np.asarray(self._found.samp_factor if count > 1 else [[1, 1]], np.int64)
        self.side: Pair = 8 * self._sampling.max(0)

    def _read(self) -> None:
        """Not by `load`, which leaves copies in the temporary folder, and writes on stdout when it fails."""
        from jpeglib._bind import CJpegLib

        shapes = [(*map(int, dims), 8, 8) for dims in self._found.block_dims]
        self._planes = [np.zeros(shape, np.int16) for shape in shapes]
        tables, numbers = np.zeros((4, 8, 8), np.uint16), np.zeros(4, np.int16)
        places = [np.ctypeslib.as_ctypes(plane) for plane in self._planes] + [None] * (4 - len(shapes))
        path, numbered = CJpegLib.cstr(str(self._path)), np.ctypeslib.as_ctypes(numbers)
        if not CJpegLib.get().read_jpeg_dct(path, *places, np.ctypeslib.as_ctypes(tables), numbered):
            raise OSError("the coefficients cannot be read")
        steps = np.maximum(tables, 1).astype(np.float32)  # a damaged table may have a step of 0
        self._tables = [steps[number] for number in numbers[: len(shapes)]]

    def compress(self, pixels: U8, row: int, columns: NDArray[np.intp]) -> None:
        """Compress the MCUs of one row of them, those of these columns, again from (H, W) or (H, W, 3) pixels."""
        high, wide = map(int, self.side)
        strip = pixels[row * high : (row + 1) * high].reshape(-1, *pixels.shape[1:2], len(self._planes))
        last = strip.shape[1] - 1
        across = np.minimum(columns[:, None] * wide + np.arange(wide), last)
        down = np.minimum(np.arange(high), len(strip) - 1)  # past its edges a picture goes on as it ends
        squares = self._components(strip[down[:, None, None], across[None]].astype(np.float32))
        for plane, table, (v, h), values in zip(self._planes, self._tables, self._sampling, squares, strict=True):
            mean = values.reshape(8 * v, high // (8 * v), len(columns), 8 * h, wide // (8 * h)).mean((1, 4)) - 128
            blocks = mean.reshape(v, 8, len(columns), h, 8).transpose(0, 2, 3, 1, 4)
            fresh = np.rint(_COSINES @ blocks @ _COSINES.T / table).clip(-1023, 1023).astype(np.int16)
            places = columns[:, None] * h + np.arange(h)
            inside = places < plane.shape[1]
            for index in range(min(v, plane.shape[0] - row * v)):
                plane[row * v + index, places[inside]] = fresh[index][inside]

    def crop(self, box: Box) -> None:
        """Leave what lies inside a box that begins at an MCU's corner."""
        most = self._sampling.max(0)
        for index, (plane, sampling) in enumerate(zip(self._planes, self._sampling, strict=True)):
            first = np.array([box.top, box.left]) // self.side * sampling
            pixels = -(-np.array([box.height, box.width]) * sampling // most)
            last = first + -(-pixels // 8)
            self._planes[index] = np.ascontiguousarray(plane[first[0] : last[0], first[1] : last[1]])
        self._found.height, self._found.width = box.height, box.width
        self._found.block_dims = np.array([plane.shape[:2] for plane in self._planes])

    def _components(self, colours: F32) -> Iterator[F32]:
        """From (..., components) RGB or grey values to the file's components."""
        if self._found.jpeg_color_space.name == "JCS_YCbCr":
            colours = colours @ _YCC.T + np.array([0, 128, 128], np.float32)
        return (colours[..., index] for index in range(colours.shape[-1]))

    def write(self, path: Path) -> None:
        """Write a sequential file, Huffman coded."""
        from jpeglib._bind import CJpegLib

        found = self._found
        places = [np.ctypeslib.as_ctypes(plane) for plane in self._planes]
        CJpegLib.write_jpeg_dct(
            str(self._path), str(path), *places, *[None] * (4 - len(places)),
            image_dims=found.c_image_dims(), block_dims=found.c_block_dims(), samp_factor=found.c_samp_factor(),
            in_color_space=int(found.jpeg_color_space), in_components=len(places), qt=None, quality=-1,
            quant_tbl_no=None, num_markers=0, marker_types=None, marker_lengths=None, markers=None,
            flags=["+OPTIMIZE_CODING"],
        )  # fmt: skip


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
    with Image.open(io.BytesIO(file), formats=("JPEG",)) as image:
        image.load()
        if image.size != (pixels.shape[1], pixels.shape[0]) or image.mode != ("L" if pixels.ndim == 2 else "RGB"):
            raise ValueError("another size or mode")
        for top in range(0, image.height, height):
            box = (0, top, image.width, min(top + height, image.height))
            other = np.asarray(image.crop(box)) != pixels[top : box[3]]
            yield other.any(0).reshape(image.width, -1).any(1)
