"""Pictures of 9 to 16 bits a channel in formats of which Pillow gives 8: PPM, JPEG 2000, AVIF, HEIC.

Their samples become 16-bit ones, the full range of one that of the other: 1023 of 10 bits is 65535.
Source: Netpbm's description of PPM; ISO/IEC 15444-1 (the size marker).
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

import numpy as np
from PIL import ImageFile

from engine.errors import PhotoError
from engine.photo import boxes
from engine.photo.colour import Pixels, Raster

_START = b"\xff\x4f\xff\x51"
_COMMENT = re.compile(rb"#[^\r\n]*")
_MODES = {1: "I;16", 3: "RGB16", 4: "RGBA16"}


def largest_sample(stream: BinaryIO, image: ImageFile.ImageFile, form: str) -> int:
    """The largest value that a sample of the file can have: 255 of 8 bits, 4095 of 12.

    Raises PhotoError for JPEG 2000 whose channels differ in it.
    """
    if form == "PPM":
        arguments = image.tile[0].args
        return int(arguments[1]) if isinstance(arguments, tuple) else 65535 if arguments == "I;16B" else 255
    bits = 8
    if form == "JPEG2000":
        bits = _j2k_bits(stream)
    elif form == "AVIF":
        bits = boxes.av1_bits(stream)
    elif form == "HEIF":
        bits = int(image.info.get("bit_depth", 8))
    return (1 << max(8, bits)) - 1


def _j2k_bits(stream: BinaryIO) -> int:
    stream.seek(0)
    start = 0
    if stream.read(4) != _START:
        start = next((at for name, at, _ in boxes.boxes(stream) if name == b"jp2c"), 0)
    stream.seek(start)
    head = stream.read(42)
    if len(head) < 42 or head[:4] != _START:
        return 8
    (channels,) = struct.unpack_from(">H", head, 40)
    parts = stream.read(3 * channels)[::3]
    bits = {(part & 127) + 1 for part in parts}
    if max(bits, default=8) > 8 and (len(bits) > 1 or any(part & 128 for part in parts)):
        raise PhotoError("a JPEG 2000 picture with such channels is not supported; save it as a 16-bit TIFF first")
    return max(bits, default=8)


def read_deep(stream: BinaryIO, image: ImageFile.ImageFile, form: str, *, top: int) -> Raster:
    """The samples, as they lie, at 16 bits; `top` is their `largest_sample`.

    Raises PhotoError if they cannot be had at more than 8 bits, anything at all if the file is damaged.
    """
    if form == "PPM":
        samples: Pixels | None = _ppm(stream, image)
    elif form == "HEIF":
        samples = _heif(stream, image)
    else:
        image.load()  # tells what is damaged
        samples = _by_opencv(stream) if image.mode in ("L", "I;16", "RGB", "RGBA") else None
    channels = 0 if samples is None else 1 if samples.ndim == 2 else samples.shape[2]
    if samples is None or channels not in _MODES or samples.shape[:2] != (image.height, image.width):
        bits = str(top.bit_length())
        raise PhotoError("it has {0} bits a channel, of which only 8 can be read; save it as a 16-bit TIFF first", bits)
    scaled = np.minimum(samples, top).astype(np.uint32)
    scaled = (scaled * 65535 + top // 2) // top
    return Raster(scaled.astype(np.uint16), _MODES[channels])


def _ppm(stream: BinaryIO, image: ImageFile.ImageFile) -> Pixels:
    kind, _, start, _ = image.tile[0]
    channels = 3 if image.mode == "RGB" else 1
    count = image.width * image.height * channels
    stream.seek(start)
    if kind == "ppm_plain":
        words = _COMMENT.sub(b" ", stream.read()).split(maxsplit=count)[:count]
        samples = np.array([int(word) for word in words], np.uint16)
    else:
        samples = np.frombuffer(stream.read(2 * count), ">u2")
    if len(samples) < count:
        raise PhotoError("the file is truncated")
    shape = (image.height, image.width, channels)
    return samples.reshape(shape[: 3 if channels > 1 else 2])


def _heif(stream: BinaryIO, image: ImageFile.ImageFile) -> Pixels:
    import pi_heif

    stream.seek(0)
    opened = pi_heif.open_heif(stream, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    samples: Pixels = np.array(opened)[:, : image.width]  # a copy: its memory goes with it; rows may be filled up
    return samples


def _by_opencv(stream: BinaryIO) -> Pixels | None:
    """Samples of 16 bits as the file has them; None where OpenCV was built without the format, or knows no such."""
    import cv2

    stream.seek(0)
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it would talk on the terminal
    try:
        decoded = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    finally:
        cv2.utils.logging.setLogLevel(before)
    if decoded is None or decoded.dtype != np.uint16:
        return None
    if decoded.ndim == 3 and decoded.shape[2] >= 3:
        decoded = decoded[..., [2, 1, 0, 3][: decoded.shape[2]]]
    return decoded.astype(np.uint16, copy=False)
