"""Opening `.facemend` project files, which may come from anybody.

Nothing is unpickled and nothing is extracted to a name from the file; every size is known from the photo
and the manifest before a byte of an array is read, and the zip's word on a member's size is not believed.
Qt-free.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

import engine
from engine.geometry import CHIP, U8, Box, Frame
from engine.progress import Preview
from engine.request import FaceResult, Found, Underneath
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.messages import cause_of
from faceapp.settings import fitting
from faceapp.storage.project import KEPT_SETTINGS, MANIFEST, VERSION, ProjectError

MAX_MANIFEST = 16 << 20
MAX_PHOTO_FILE = 2 << 30
MAX_ENTRIES = 4096
MAX_SEAM = 1000.0


@dataclass(frozen=True, eq=False)
class Project:
    """An opened project file."""

    document: Document
    run_settings: dict[str, Any]
    """Values of `KEPT_SETTINGS` as the project had them."""
    title: str
    saved_as: Path | None
    """The picture file it was saved to."""


def read_project(path: Path) -> Project:
    """Read a project file; raises ProjectError (damaged, newer, photo missing) and engine.PhotoError."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(archive, path).project()
    except OSError as error:
        raise ProjectError("{0}: cannot be read, {1}", path, cause_of(error)) from error
    except MemoryError:
        raise ProjectError("{0}: not enough memory to open it", path) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProjectError("{0}: is damaged or no FaceMend project", path) from error
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, zlib.error) as error:
        raise ProjectError("{0}: is damaged, its contents do not fit together", path) from error


class _Reader:
    """Reads members of an opened zip, believing nothing about their sizes."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._zip, self._path = archive, path
        if len(archive.infolist()) > MAX_ENTRIES:
            raise ValueError("too many members")
        manifest = json.loads(self._read(MANIFEST, limit=MAX_MANIFEST))
        if not isinstance(manifest, dict) or manifest.get("format") != "facemend":
            raise ProjectError("{0}: is no FaceMend project", path)
        version = int(manifest["version"])
        if version > VERSION:
            raise ProjectError(
                "{0}: was made by a newer FaceMend (format {1}, this one reads {2})", path, version, VERSION
            )
        self._manifest: dict[str, Any] = manifest

    def project(self) -> Project:
        manifest = self._manifest
        photo = self._photo(manifest["photo"])
        drawn = manifest.get("drawn") is True  # older ones know no such thing
        document = Document(photo, path=_path(manifest["photo"].get("path")), drawn=drawn)
        size = document.size
        mask = self._array(manifest["mask"], "uint8", (size.height, size.width))
        document.edit_mask("", lambda target: _fill(target, mask))
        if manifest.get("blurred") is not None:  # older ones know no such thing
            soft = self._array(manifest["blurred"], "uint8", (size.height, size.width))
            document.edit_mask("", lambda target: _fill(target, soft), kind="blurred")
        frames = [_frame(entry) for entry in manifest["frames"]]
        if len(frames) != len(manifest["edges"]):
            raise ValueError("edges without frames")
        document.set_frames(frames, "", selected=int(manifest["selected"]))
        for index, entry in enumerate(manifest["edges"]):
            if entry is not None:
                by_run = index in manifest.get("edges_by_run", ())  # older ones know no such thing
                document.set_edges(index, self._array(entry, "uint8", (CHIP, CHIP)), "", by_run=by_run)
        document.set_reference(self._reference(manifest.get("reference")), "")  # older ones know no such thing
        if manifest["kept"] is not None:
            self._keep(manifest["kept"], document)
        document.set_results([self._variant(entry, document) for entry in manifest["results"]])
        for variant, entry in zip(document.results, manifest["results"], strict=True):
            document.set_strength(variant, _share(entry.get("strength", 1.0)))
        document.history.clear()
        saved_as = _path(manifest.get("saved_as"))
        document.mark_saved(saved_as)
        return Project(document, _run_settings(manifest["settings"]), str(manifest.get("title", "")), saved_as)

    def _reference(self, entry: Any) -> Underneath | None:
        if entry is None or entry == "mirror":
            return None if entry is None else "mirror"
        chip = self._array(entry["chip"], "uint8", (CHIP, CHIP, 3))
        known = self._array(entry["known"], "uint8", (CHIP, CHIP))
        return engine.Reference(chip=chip, known=known, path=_path(entry.get("path")))

    def _photo(self, entry: dict[str, Any]) -> engine.Photo:
        path = _path(entry.get("path"))
        if entry["name"] is None:
            return self._referred(path, str(entry["sha256"]))
        name = str(entry["name"])
        data = self._read(name, limit=MAX_PHOTO_FILE)
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise ValueError("the photo's bytes are not those that were saved")
        with tempfile.TemporaryDirectory(prefix="facemend-") as folder:
            file = Path(folder) / "photo"  # never a name from the zip
            file.write_bytes(data)
            photo = engine.read_photo(file)
        return replace(photo, path=path)

    def _referred(self, path: Path | None, digest: str) -> engine.Photo:
        if path is None or not path.is_file():
            raise ProjectError("{0}: its photo {1} is not there any more", self._path, str(path))
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise ProjectError("{0}: its photo {1} is not the one it was made from any more", self._path, path)
        return engine.read_photo(path)

    def _keep(self, entry: dict[str, Any], document: Document) -> None:
        """Put what was kept, of whichever runs and strokes, back into the picture."""
        box = _box(entry["box"], document)
        pixels = self._pixels(entry["pixels"], document, box)
        drawn = entry.get("drawn", True) is True  # older projects do not say
        document.show_picture(document.picture.patched(box, pixels, drawn=drawn), box)

    def _variant(self, entry: dict[str, Any], document: Document) -> Variant:
        box = _box(entry["box"], document)
        shown = entry["steps_shown"]
        chips = None
        if entry["chips"] is not None:
            chips = self._array(entry["chips"], "uint8", (len(shown), CHIP, CHIP, 3))
        return Variant(
            box=box,
            pixels=self._pixels(entry["pixels"], document, box),
            faces=tuple(self._face(face) for face in entry["faces"]),
            method=str(entry["method"]),
            device=str(entry["device"]),
            model=str(entry["model"]),
            seed=int(entry["seed"]),
            steps=int(entry["steps"]),
            seconds=float(entry["seconds"]),
            notes=tuple(engine.Sentence(template) for template in map(str, entry["notes"])),
            previews=() if chips is None else tuple(_previews(shown, chips)),
            likeness=tuple(_likeness(*numbers) for numbers in entry.get("likeness", ())),
            marks=self._marks(entry.get("marks"), document),
            missing=self._mask(entry.get("missing"), box),
            seam=MAX_SEAM * _share(entry.get("seam", 0.0) / MAX_SEAM),
        )

    def _marks(self, entry: dict[str, Any] | None, document: Document) -> tuple[Box, U8] | None:
        if entry is None:  # older ones know no such thing
            return None
        box = _box(entry["box"], document)
        return box, self._array(entry["mask"], "uint8", (box.height, box.width))

    def _mask(self, entry: dict[str, Any] | None, box: Box) -> U8 | None:
        return None if entry is None else self._array(entry, "uint8", (box.height, box.width))

    def _face(self, entry: dict[str, Any]) -> FaceResult:
        maps = self._array(entry["maps"], "uint8", (3, CHIP, CHIP))
        found = entry["found"]
        if found not in get_args(Found):
            raise ValueError("no such way to find a face")
        shares = [_share(entry.get(name, 0.0)) for name in ("sharpened", "referred")]
        return FaceResult(_frame(entry["frame"]), found, maps[0], maps[1], maps[2], *shares)

    def _pixels(self, entry: dict[str, Any], document: Document, box: Box) -> np.ndarray[Any, Any]:
        own = document.original.pixels
        return self._array(entry, own.dtype.name, (box.height, box.width, *own.shape[2:]))

    def _array(self, entry: dict[str, Any], dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """Read an array whose type and shape are known beforehand: the manifest has no say in its size."""
        if entry["dtype"] != dtype or tuple(entry["shape"]) != shape:
            raise ValueError("an array of another kind than the photo's")
        kind = np.dtype(dtype).newbyteorder("<")
        size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        data = self._read(str(entry["name"]), limit=size)
        if len(data) != size:
            raise ValueError("an array was cut short")
        return np.frombuffer(data, kind).reshape(shape).astype(dtype, copy=False)

    def _read(self, name: str, *, limit: int) -> bytes:
        if self._zip.getinfo(name).file_size > limit:
            raise ValueError("a member is larger than it may be")
        with self._zip.open(name) as member:
            out = io.BytesIO()
            while chunk := member.read(1 << 20):
                if out.tell() + len(chunk) > limit:  # the zip's own word on the size may be a lie
                    raise ValueError("a member is larger than it says")
                out.write(chunk)
            return out.getvalue()


def _previews(entries: Sequence[dict[str, Any]], chips: U8) -> list[Preview]:
    return [
        Preview(
            frame=_frame(entry["frame"]),
            face=int(entry["face"]),
            faces=int(entry["faces"]),
            index=int(entry["index"]),
            total=int(entry["total"]),
            chip=chip,
        )
        for entry, chip in zip(entries, chips, strict=True)
    ]


def _frame(entry: dict[str, Any]) -> Frame:
    values = [float(entry[name]) for name in ("cx", "cy", "side", "angle")]
    if not all(np.isfinite(values)) or not 0 < values[2] < 1e6 or max(map(abs, values[:2])) > 1e6:
        raise ValueError("a frame that cannot be")
    return Frame(*values)


def _share(value: object) -> float:
    number = float(value) if isinstance(value, (int, float)) else -1.0
    if not 0 <= number <= 1:
        raise ValueError("a share that cannot be")
    return number


def _likeness(colour: float, share: float, identity: float | None) -> engine.Likeness:
    numbers = float(colour), 0.0 if identity is None else float(identity)
    if not all(0 <= number < 1e3 for number in numbers):
        raise ValueError("a likeness that cannot be")
    return engine.Likeness(numbers[0], _share(share), math.nan if identity is None else numbers[1])


def _box(entry: dict[str, Any], document: Document) -> Box:
    box = Box(*(int(entry[name]) for name in ("left", "top", "right", "bottom")))
    if box.clipped(document.size) != box or box.left > box.right or box.top > box.bottom:
        raise ValueError("a box past the photo")
    return box


def _path(value: object) -> Path | None:
    return Path(value) if isinstance(value, str) and value and "\0" not in value else None


def _fill(target: U8, mask: U8) -> Box:
    target[...] = mask
    return Box(0, 0, target.shape[1], target.shape[0])


def _run_settings(entry: object) -> dict[str, Any]:
    """Those of `KEPT_SETTINGS` that are fit for use, the others left out."""
    if not isinstance(entry, dict):
        return {}
    return fitting({name: entry[name] for name in KEPT_SETTINGS if name in entry})
