"""The project file `.facemend`: a zip with a JSON manifest and the arrays it names.

The photo is embedded as the file it was read from, or referred to by path and SHA-256 (autosave).  Arrays
are raw bytes whose type and shape the manifest tells.  Writing is atomic; `project_reading` opens such
files.  Qt-free.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import engine
from engine.geometry import U8, Box
from engine.request import Underneath
from faceapp.editing.document import Document
from faceapp.editing.laying import Offers
from faceapp.editing.layout import Layout
from faceapp.editing.picture import Picture
from faceapp.editing.variant import Variant
from faceapp.messages import AppError, cause_of
from faceapp.settings import Settings

SUFFIX = ".facemend"
VERSION = 1
MANIFEST = "manifest.json"
KEPT_SETTINGS = (
    "method", "steps", "sampler", "seed", "variants", "feather", "grain", "canny_low", "canny_high",
)  # fmt: skip
"""The settings of a run, which belong to the photo; looks and folders belong to the person."""


class ProjectError(AppError):
    """A project file cannot be read or written; the sentence names it and the cause."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """A document at one moment, as plain values that a worker may write while the document lives on."""

    picture: Picture
    saved_as: Path | None
    mask: U8
    """Of what is missing."""
    blurred: U8 | None
    """None: nothing is."""
    layout: Layout
    results: Offers
    settings: Settings
    title: str = ""

    @classmethod
    def of(cls, document: Document, settings: Settings, *, title: str = "") -> Snapshot:
        """Copy what is changed in place (the mask); the rest is immutable."""
        return cls(
            picture=document.picture,
            saved_as=document.path,
            mask=document.masks["missing"].copy(),
            blurred=document.masks["blurred"].copy() if document.masks["blurred"].any() else None,
            layout=document.layout,
            results=document.offered,
            settings=settings,
            title=title,
        )


def write_project(snapshot: Snapshot, path: Path, *, embed: bool = True) -> None:
    """Write a snapshot atomically, replacing the file there; raises ProjectError.

    `embed=False` refers to the photo's file instead of copying it, where there is one.
    """
    try:
        with engine.atomic_file(path, overwrite=True) as stream, _Writer(stream) as writer:
            writer.add_manifest(_manifest(snapshot, writer, embed=embed))
    except OSError as error:
        raise ProjectError("{0}: cannot be written, {1}", path, cause_of(error)) from error


class _Writer:
    """Puts members into a zip and says how the manifest refers to them."""

    def __init__(self, stream: Any) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._count = 0

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            self._zip.close()
        else:
            with suppress(OSError, ValueError):  # the temporary file goes anyway
                self._zip.close()

    def add_file(self, data: bytes, suffix: str) -> str:
        """A picture file, compressed already."""
        name = f"photo{suffix}"
        self._zip.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED)
        return name

    def add_array(self, array: np.ndarray[Any, Any] | None) -> dict[str, Any] | None:
        if array is None:
            return None
        name = f"array{self._count}.bin"
        self._count += 1
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        with self._zip.open(name, "w", force_zip64=True) as member:
            member.write(little.reshape(-1).view(np.uint8).data)
        return {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}

    def add_manifest(self, manifest: dict[str, Any]) -> None:
        # A name that is no UTF-8 has halves of surrogate pairs, which JSON can hold only escaped.
        text = json.dumps(manifest, ensure_ascii=False)
        self._zip.writestr(MANIFEST, text.encode("utf-8", "backslashreplace"))


def _manifest(snapshot: Snapshot, writer: _Writer, *, embed: bool) -> dict[str, Any]:
    picture, box = snapshot.picture, snapshot.picture.changed
    kept = None
    if not box.empty:
        pixels = writer.add_array(picture.pixels_in(box))
        kept = {"box": asdict(box), "pixels": pixels, "drawn": picture.drawn}
    return {
        "format": "facemend",
        "version": VERSION,
        "title": snapshot.title,
        "saved_as": None if snapshot.saved_as is None else str(snapshot.saved_as.absolute()),
        "photo": _photo_entry(picture.original, writer, embed=embed),
        "drawn": picture.drawn,
        "mask": writer.add_array(snapshot.mask),
        "blurred": writer.add_array(snapshot.blurred),
        "kept": kept,
        "frames": [asdict(frame) for frame in snapshot.layout.frames],
        "edges": [writer.add_array(edges) for edges in snapshot.layout.edges],
        "edges_by_run": sorted(snapshot.layout.by_run),
        "selected": snapshot.layout.selected,
        "reference": _reference_entry(snapshot.layout.reference, writer),
        "settings": {name: getattr(snapshot.settings, name) for name in KEPT_SETTINGS},
        "results": [_variant_entry(variant, writer) | {"strength": strength} for variant, strength in snapshot.results],
    }


def _reference_entry(reference: Underneath | None, writer: _Writer) -> dict[str, Any] | str | None:
    if reference is None or reference == "mirror":
        return reference
    maps = {"chip": writer.add_array(reference.chip), "known": writer.add_array(reference.known)}
    return maps | {"path": None if reference.path is None else str(reference.path.absolute())}


def _photo_entry(photo: engine.Photo, writer: _Writer, *, embed: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": None if photo.path is None else str(photo.path.absolute()), "name": None}
    source = _source_file(photo)
    if source is not None and not embed:
        return entry | {"sha256": source.sha256}
    if source is not None:
        data, suffix = source.path.read_bytes(), source.path.suffix.lower()
    else:
        data, suffix = _as_file(photo)
    return entry | {"sha256": hashlib.sha256(data).hexdigest(), "name": writer.add_file(data, suffix)}


@dataclass(frozen=True)
class _SourceFile:
    """A file that was seen to hold exactly a photo's pixels."""

    path: Path
    sha256: str
    stamp: tuple[int, int]


_sources: WeakKeyDictionary[engine.Photo, _SourceFile] = WeakKeyDictionary()


def _source_file(photo: engine.Photo) -> _SourceFile | None:
    """The photo's own file, if it still holds that photo: it may have been overwritten, or be gone."""
    if photo.path is None:
        return None
    try:
        stat = photo.path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = _sources.get(photo)
        if known is not None and known.stamp == stamp:
            return known
        digest = hashlib.sha256(photo.path.read_bytes()).hexdigest()
        same = np.array_equal(engine.read_photo(photo.path).pixels, photo.pixels)
    except (OSError, engine.EngineError):
        return None
    if not same:
        return None
    _sources[photo] = _SourceFile(photo.path, digest, stamp)
    return _sources[photo]


def _as_file(photo: engine.Photo) -> tuple[bytes, str]:
    """A photo that has no file (a pasted one) as the file that holds all of it, and its suffix."""
    suffix = next((suffix for suffix in (".png", ".tif") if not engine.losses(photo, suffix)), ".tif")
    with tempfile.TemporaryDirectory(prefix="facemend-") as folder:
        path = Path(folder) / f"photo{suffix}"
        engine.write_photo(photo, path)
        return path.read_bytes(), suffix


def _marks_entry(box: Box, marks: U8, writer: _Writer) -> dict[str, Any]:
    return {"box": asdict(box), "mask": writer.add_array(marks)}


def _variant_entry(variant: Variant, writer: _Writer) -> dict[str, Any]:
    previews = variant.previews
    return {
        "box": asdict(variant.box),
        "pixels": writer.add_array(variant.pixels),
        "faces": [
            {
                "frame": asdict(face.frame),
                "found": face.found,
                "sharpened": face.sharpened,
                "referred": face.referred,
                "maps": writer.add_array(np.stack([face.visible_edges, face.drawn_edges, face.hole])),
            }
            for face in variant.faces
        ],
        **{name: getattr(variant, name) for name in ("method", "device", "model", "seed", "steps", "seconds")},
        "notes": [str(note) for note in variant.notes],
        "marks": None if variant.marks is None else _marks_entry(*variant.marks, writer),
        "missing": writer.add_array(variant.missing),
        "seam": variant.seam,
        "likeness": [
            [like.colour, like.share, None if math.isnan(like.identity) else like.identity] for like in variant.likeness
        ],
        "steps_shown": [
            {"frame": asdict(p.frame), "face": p.face, "faces": p.faces, "index": p.index, "total": p.total}
            for p in previews
        ],
        "chips": writer.add_array(np.stack([p.chip for p in previews]) if previews else None),
    }
