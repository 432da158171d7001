"""Where the photos of a data set lie, and what its authors say about the faces on them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.geometry import F64
from training.errors import SourceError

_PHOTOS = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"}
_NON_COMMERCIAL = "Networks trained on these chips inherit that: use them for research and personal purposes only."


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """One photo: `points` (5, 2) are its face's left eye, right eye, nose, left and right mouth corner.

    Left is the picture's left, coordinates are photo pixels; None: nobody says, the detector has to look.
    """

    path: Path
    points: F64 | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a data set is read: its items in a fixed order, and what holds for all of them."""

    prefix: str
    """First letter of the chips' names, one of `training.data.sources`."""
    one_face: bool
    """Each photo is of one person; other faces on it are passers-by."""
    aligned: bool
    """A photo is itself a face crop in the chip's alignment: it serves where the detector finds nothing."""
    items: Callable[[Path], list[Item]]
    licence: str


def _photos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PHOTOS and p.is_file())
    return [p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts)]


def folder(source: Path) -> list[Item]:
    """Every photo in the folder and in those below it."""
    return [Item(path) for path in _photos(source)]


def celeba_hq(source: Path) -> list[Item]:
    """`NNNNN.jpg` or `.png`, aligned, as the folder `CelebA-HQ-img` of CelebAMask-HQ has them."""
    return [Item(path) for path in _photos(source) if path.stem.isdigit()]


def ffhq(source: Path) -> list[Item]:
    """`images1024x1024/[NNNNN/]NNNNN.png`, with the landmarks of `ffhq-dataset-v2.json` if it is there."""
    inner = source / "images1024x1024"
    images = [path for path in _photos(inner if inner.is_dir() else source) if path.stem.isdigit()]
    listing = source / "ffhq-dataset-v2.json"
    known = dict(_ffhq_points(listing)) if listing.is_file() else {}
    return [Item(path, known.get(int(path.stem))) for path in images]


def _ffhq_points(listing: Path) -> Iterator[tuple[int, F64]]:
    """The five points of each aligned image, from the 68 of the iBUG convention."""
    try:
        entries = json.loads(listing.read_text("utf-8"))
        for number, entry in entries.items():
            p = np.array(entry["image"]["face_landmarks"], float)
            yield int(number), np.stack((p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SourceError(f"{listing} is not FFHQ's list of landmarks: {error}") from error


def helen(source: Path) -> list[Item]:
    """`*_N.jpg` anywhere below, with the 194 points of `annotation/*.txt` where there are any."""
    known: dict[str, F64] = {}
    for path in sorted(source.rglob("annotation/*.txt")):
        name, points = _helen_points(path)
        known[name] = points
    photos = [path for path in _photos(source) if re.fullmatch(r"\d+_\d+", path.stem)]
    return [Item(path, known.get(path.stem)) for path in photos]


def _helen_points(path: Path) -> tuple[str, F64]:
    """One annotation: the photo's name, `x , y` lines: jaw 41, nose 17, lips 28 + 28, eyes 20 + 20, brows."""
    name, *lines = path.read_text("utf-8", errors="replace").split("\n")
    try:
        points = np.array([[float(v) for v in line.split(",")] for line in lines if line.strip()])
    except ValueError as error:
        raise SourceError(f"{path} is not a Helen annotation: {error}") from error
    if points.shape != (194, 2):
        raise SourceError(f"{path} is not a Helen annotation: it has {len(points)} points, not 194")
    return name.strip(), five_of_helen(points)


def five_of_helen(points: F64) -> F64:
    """(194, 2) -> (5, 2) as in `Item`, whichever of the two eyes the annotators wrote first."""
    nose, lips = points[41:58].mean(0), points[58:86]
    eyes = np.stack((points[114:134].mean(0), points[134:154].mean(0)))
    across, down = eyes[1] - eyes[0], lips.mean(0) - eyes.mean(0)
    if across[0] * down[1] - across[1] * down[0] < 0:  # the mouth would lie above the eyes: they are swapped
        eyes, across = eyes[::-1], -across
    along = lips @ across
    return np.stack((eyes[0], eyes[1], nose, lips[along.argmin()], lips[along.argmax()]))


LAYOUTS = {
    "folder": Layout(
        "p",
        False,
        False,
        folder,
        "These chips are cut from your own photos; what you may do with them is yours to say.",
    ),
    "celeba-hq": Layout(
        "q",
        True,
        True,
        celeba_hq,
        "CelebA-HQ (Karras et al. 2018) is made from CelebA (Liu et al. 2015), which is for non-commercial "
        f"research only. {_NON_COMMERCIAL}",
    ),
    "ffhq": Layout(
        "f",
        True,
        True,
        ffhq,
        "FFHQ (Karras et al. 2019) is under CC BY-NC-SA 4.0; its single photos have Creative Commons or "
        f"public domain licences of their own (see ffhq-dataset-v2.json). {_NON_COMMERCIAL}",
    ),
    "helen": Layout(
        "n",
        True,
        False,
        helen,
        "Helen (Le et al. 2012) is annotated Flickr photos, for research; the photos belong to their "
        f"photographers. {_NON_COMMERCIAL}",
    ),
}
"""By the name that `--layout` takes."""
