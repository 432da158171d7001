"""One hidden eye on some portraits, filled without a reference, with the mirrored half, and with a second photo.

`python tests/engine/bench_reference.py --shards faces256-val.tar [--portraits 10] [--sheet FILE.png]`.  No data hold
two photos of a person, so the second one is made of the first: turned, enlarged, in other light, and as JPEG.  That
tells the most that a second photo can be good for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

import engine
from engine.faces.likeness import identity_distance
from engine.geometry import F32, U8
from training.data.shards import Chip, decode, read_shard
from training.measuring.eyes import eye_pair
from training.measuring.fill_cases import GREY
from training.measuring.fixed_holes import EYE, measured_hole
from training.measuring.likeness import perceptual_distance
from training.measuring.tables import grid

_WAYS = ("without", "mirrored half", "second photo")
_TRUTH = "truth"
_SIDE = 480  # of the second photo


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, nargs="+", required=True)
    parser.add_argument("--portraits", type=int, default=10)
    parser.add_argument("--sheet", type=Path, help="write what was filled there: truth, damaged, and each way")
    options = parser.parse_args()
    models = engine.load_models(device="cpu")
    measured: dict[str, list[tuple[float, ...]]] = {way: [] for way in (_TRUTH, *_WAYS)}
    rows = []
    for number, chip in enumerate(_portraits(options.shards, options.portraits)):
        hole = measured_hole(chip.valid, kind=EYE[0], seed=(0, number))
        damaged = np.where(hole[..., None], np.uint8(GREY), chip.rgb)
        fills = [_filled(damaged, hole, way, models, _second(chip.rgb, number)) for way in _WAYS]
        for way, fill in zip(_WAYS, fills, strict=True):
            measured[way].append(_measured(chip, fill, hole))
        measured[_TRUTH].append(_measured(chip, chip.rgb, hole))
        rows.append(np.hstack([chip.rgb, damaged, *fills]))
    names = ["one hidden eye", "correlation", "perceptual", "identity", "eyes open and alike"]
    lines = [[way, *(f"{value:.3f}" for value in np.mean(values, 0))] for way, values in measured.items()]
    print(grid([names, *lines]))
    if options.sheet:
        engine.write_photo(engine.Photo.from_array(np.vstack(rows)), options.sheet, force=True)
    return 0


def _portraits(shards: list[Path], count: int) -> list[Chip]:
    """So many chips, evenly spread over those that lie on their photo with every pixel."""
    chips = [decode(*entry).resized(engine.CHIP) for path in shards for entry in read_shard(path)]
    whole = [chip for chip in chips if chip.valid.all()]
    return [whole[place] for place in np.linspace(0, len(whole) - 1, count).round().astype(int)]


def _filled(damaged: U8, hole: np.ndarray, way: str, models: engine.Models, second: U8) -> U8:
    reference: engine.Underneath | None = "mirror" if way == "mirrored half" else None
    if way == "second photo":
        reference = engine.reference_of(engine.Photo.from_array(second))
    photo, mask = engine.Photo.from_array(damaged), np.where(hole, 255, 0).astype(np.uint8)
    request = engine.Request(photo=photo, mask=mask, reference=reference)
    return np.asarray(engine.restore(request, models).photo.pixels, np.uint8)


def _second(rgb: U8, seed: int) -> U8:
    """The same portrait as another photo."""
    rng = np.random.default_rng(seed)
    middle = engine.CHIP / 2
    pose = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-8, 8), rng.uniform(1.2, 1.7))
    pose[:, 2] = pose[:, 2] + _SIDE / 2 - middle + rng.uniform(-10, 10, 2)
    picture = cv2.warpAffine(rgb, pose, (_SIDE, _SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    light = (picture / 255.0) ** rng.uniform(0.75, 1.3) * rng.uniform(0.8, 1.1, 3)
    _, file = cv2.imencode(".jpg", np.rint(light.clip(0, 1) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)


def _measured(chip: Chip, fill: U8, hole: np.ndarray) -> tuple[float, ...]:
    pair = eye_pair(fill)
    return (
        float(np.corrcoef(_forms(fill)[hole], _forms(chip.rgb)[hole])[0, 1]),
        perceptual_distance(chip.rgb, fill, chip.valid),
        identity_distance(chip.rgb, fill, chip.valid),
        float(pair is not None and pair.passes),
    )


def _forms(picture: U8) -> F32:
    grey = picture.astype(np.float32).mean(2)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5) - cv2.GaussianBlur(grey, (0, 0), 6), np.float32)


if __name__ == "__main__":
    raise SystemExit(main())
