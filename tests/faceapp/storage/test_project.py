"""Project files: everything comes back; damaged, newer and hostile ones are one clear sentence."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import (
    CHIP,
    Box,
    EngineError,
    FaceResult,
    Frame,
    Photo,
    Preview,
    Reference,
    Sentence,
    read_photo,
    write_photo,
)
from engine.request import Found
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.settings import Settings
from faceapp.storage.project import MANIFEST, ProjectError, Snapshot, write_project
from faceapp.storage.project_reading import read_project

RANDOM = np.random.default_rng(5)


def noise(*shape: int) -> Any:
    return RANDOM.integers(0, 256, shape, np.uint8)


def variant(photo: Photo, seed: int) -> Variant:
    box, frame = Box(10, 8, 30, 24), Frame(20, 16, 24, 3)
    shape = (box.height, box.width, *photo.pixels.shape[2:])
    top = np.iinfo(photo.pixels.dtype).max
    return Variant(
        box=box,
        pixels=RANDOM.integers(0, top, shape, photo.pixels.dtype),
        faces=(FaceResult(frame, "detected", noise(CHIP, CHIP), noise(CHIP, CHIP), noise(CHIP, CHIP)),),
        method="diffusion",
        device="cpu",
        model="base",
        seed=seed,
        steps=2,
        seconds=1.5,
        notes=(Sentence("a note"), Sentence("the GPU failed ({0})", "out of memory")),
        previews=tuple(Preview(frame, 0, 1, i, 2, noise(CHIP, CHIP, 3)) for i in (1, 2)),
    )


@pytest.mark.parametrize("found", get_args(Found))
def test_however_a_face_was_found_it_is_read_back(document: Document, tmp_path: Path, found: Found) -> None:
    known = document.results[0]
    document.set_results([replace(known, faces=tuple(replace(face, found=found) for face in known.faces))])
    project = read_project(saved(document, tmp_path / "work.facemend"))
    assert [face.found for face in project.document.results[0].faces] == [found]


def test_a_reference_is_read_back(document: Document, tmp_path: Path) -> None:
    face = Reference(chip=noise(CHIP, CHIP, 3), known=noise(CHIP, CHIP), path=tmp_path / "aunt.jpg")
    for reference in (face, "mirror", None):
        document.set_reference(reference, "Reference")
        read = read_project(saved(document, tmp_path / "work.facemend")).document.reference
        if isinstance(reference, Reference):
            assert isinstance(read, Reference)
            assert np.array_equal(read.chip, face.chip)
            assert np.array_equal(read.known, face.known)
            assert read.path == face.path
        else:
            assert read == reference


def test_a_project_from_before_there_were_references_opens(document: Document, tmp_path: Path) -> None:
    path, older = saved(document, tmp_path / "work.facemend"), tmp_path / "older.facemend"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(older, "w") as goal:
        for name in source.namelist():
            data = source.read(name)
            if name == MANIFEST:
                manifest = json.loads(data)
                del manifest["reference"]
                for result in manifest["results"]:
                    del result["faces"][0]["referred"]
                data = json.dumps(manifest).encode()
            goal.writestr(name, data)
    project = read_project(older)
    assert_same(document, project.document)
    assert project.document.reference is None


@pytest.fixture
def photo_path(tmp_path: Path) -> Path:
    write_photo(Photo.from_array(noise(40, 60, 3)), tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def document(photo_path: Path) -> Document:
    return worked_on(Document(read_photo(photo_path), path=photo_path))


def worked_on(document: Document) -> Document:
    document.edit_mask("Brush stroke", lambda m: mask_tools.stroke(m, [(5, 5), (30, 20)], mask_tools.Brush(7, 0.5)))
    document.set_frames([Frame(20, 16, 24, 3), Frame(40, 20, 18)], "Find faces", selected=1)
    document.set_edges(0, noise(CHIP, CHIP), "Draw edges")
    document.set_edges(1, noise(CHIP, CHIP), "Edges of the run", by_run=True)
    document.apply_result(variant(document.photo, 1), "Restore")
    document.set_results([variant(document.photo, 2), variant(document.photo, 3)])
    return document


def saved(document: Document, path: Path, *, embed: bool = True) -> Path:
    run = replace(Settings(), method="diffusion", steps=9, seed=77, theme="light")
    write_project(Snapshot.of(document, run, title="Grandma"), path, embed=embed)
    return path


def assert_same(one: Document, other: Document) -> None:
    assert np.array_equal(one.original.pixels, other.original.pixels)
    assert np.array_equal(one.photo.pixels, other.photo.pixels)
    assert np.array_equal(one.mask, other.mask)
    assert (one.frames, one.selected) == (other.frames, other.selected)
    assert one.layout.by_run == other.layout.by_run
    for a, b in zip(one.edges, other.edges, strict=True):
        assert (a is None and b is None) or np.array_equal(a, b)  # type: ignore[arg-type]
    for v, w in zip(one.results, other.results, strict=True):
        assert (v.box, v.seed, v.seconds) == (w.box, w.seed, w.seconds)
        assert list(map(str, v.notes)) == list(map(str, w.notes))
        assert np.array_equal(v.pixels, w.pixels)
        assert np.array_equal(v.faces[0].drawn_edges, w.faces[0].drawn_edges)
        assert v.faces[0].frame == w.faces[0].frame
        assert [p.index for p in v.previews] == [p.index for p in w.previews]
        assert np.array_equal(v.previews[1].chip, w.previews[1].chip)


@pytest.mark.parametrize("embed", [True, False])
def test_everything_comes_back(document: Document, tmp_path: Path, embed: bool) -> None:
    project = read_project(saved(document, tmp_path / "a.facemend", embed=embed))
    assert_same(document, project.document)
    assert not project.document.dirty
    assert project.document.history.undo_name is None
    assert project.title == "Grandma"
    assert (project.run_settings["seed"], project.run_settings["steps"]) == (77, 9)
    assert "theme" not in project.run_settings


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 2), (40, 60, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_photo_without_a_file_is_kept_at_its_depth(tmp_path: Path, shape: tuple[int, ...], dtype: Any) -> None:
    pixels = RANDOM.integers(0, np.iinfo(dtype).max, shape, dtype)
    document = worked_on(Document(Photo.from_array(pixels)))
    project = read_project(saved(document, tmp_path / "a.facemend"))
    assert project.document.original.pixels.dtype == dtype
    assert_same(document, project.document)


def test_the_photo_may_move_or_change_if_it_is_embedded(document: Document, photo_path: Path, tmp_path: Path) -> None:
    path = saved(document, tmp_path / "a.facemend")
    photo_path.unlink()
    first = read_project(path).document
    assert_same(document, first)
    write_photo(Photo.from_array(noise(40, 60, 3)), photo_path)  # another picture under the old name
    again = read_project(saved(first, tmp_path / "b.facemend")).document
    assert_same(document, again)
    referring = read_project(saved(first, tmp_path / "c.facemend", embed=False)).document
    assert_same(document, referring)


def test_metadata_of_the_photo_survives(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "Grandma, 1931"
    Image.fromarray(noise(40, 60, 3)).save(tmp_path / "scan.jpg", exif=exif, quality=90)
    document = Document(read_photo(tmp_path / "scan.jpg"), path=tmp_path / "scan.jpg")
    project = read_project(saved(document, tmp_path / "a.facemend"))
    write_photo(project.document.photo, tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as written:
        assert written.getexif()[0x010E] == "Grandma, 1931"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets names be any bytes")
def test_a_name_that_is_no_text_is_kept(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    write_photo(Photo.from_array(noise(40, 60, 3)), path)
    document = worked_on(Document(read_photo(path), path=path))
    assert_same(document, read_project(saved(document, tmp_path / "a.facemend", embed=False)).document)


def test_a_referred_photo_that_is_gone_or_another_is_said(document: Document, photo_path: Path, tmp_path: Path) -> None:
    path = saved(document, tmp_path / "a.facemend", embed=False)
    write_photo(Photo.from_array(noise(40, 60, 3)), photo_path, force=True)
    with pytest.raises(ProjectError, match=r"photo\.png is not the one"):
        read_project(path)
    photo_path.unlink()
    with pytest.raises(ProjectError, match="is not there any more"):
        read_project(path)


def test_a_failed_save_leaves_the_old_file(document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(document, tmp_path / "a.facemend")
    before = path.read_bytes()

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(ProjectError, match=r"a\.facemend: cannot be written, no space left"):
        saved(document, path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.facemend", "photo.png"]


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The project with another manifest."""
    other = path.with_name("changed.facemend")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == MANIFEST:
                manifest = json.loads(data)
                change(manifest)
                data = json.dumps(manifest).encode()
            new.writestr(info.filename, data)
    return other


def test_a_newer_project_is_said(document: Document, tmp_path: Path) -> None:
    path = rewritten(saved(document, tmp_path / "a.facemend"), lambda m: m.update(version=99))
    with pytest.raises(ProjectError, match="newer FaceMend"):
        read_project(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(format="zip"),
        lambda m: m.pop("mask"),
        lambda m: m["mask"].update(shape=[1 << 20, 1 << 20]),
        lambda m: m["mask"].update(name="../../etc/passwd"),
        lambda m: m["mask"].update(dtype="object"),
        lambda m: m["photo"].update(sha256="0" * 64),
        lambda m: m["photo"].update(name="/etc/passwd"),
        lambda m: m["kept"]["box"].update(right=10**9),
        lambda m: m["kept"]["box"].update(left=-5),
        lambda m: m["frames"][0].update(side=float("nan")),
        lambda m: m["frames"][0].update(side=-3),
        lambda m: m.update(frames=m["frames"] * 1000),
        lambda m: m["results"][0]["faces"][0].update(found="somewhere"),
        lambda m: m["results"][0].update(steps_shown=[]),
        lambda m: m.update(edges=[None] * 7 + m["edges"]),
    ],
)
def test_a_manifest_that_lies_is_one_sentence(
    document: Document, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = rewritten(saved(document, tmp_path / "a.facemend"), change)
    with pytest.raises(ProjectError) as caught:
        read_project(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_zip_bomb_is_not_inflated(document: Document, tmp_path: Path) -> None:
    path = saved(document, tmp_path / "a.facemend")
    bomb = tmp_path / "bomb.facemend"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        manifest = json.loads(old.read(MANIFEST))
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, bytes(300 << 20) if info.filename == manifest["mask"]["name"] else data)
    assert bomb.stat().st_size < 4 << 20
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(ProjectError):
        read_project(bomb)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_project_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.facemend"
    path.write_bytes(data)
    with pytest.raises(ProjectError, match=r"bad\.facemend"):
        read_project(path)


def test_a_missing_project_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no such file"):
        read_project(tmp_path / "none.facemend")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), cut=st.booleans(), byte=st.integers(0, 255))
def test_damaged_bytes_are_an_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: float, cut: bool, byte: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    good = folder / "good.facemend"
    if not good.exists():
        folder.mkdir(exist_ok=True)
        write_photo(Photo.from_array(noise(40, 60, 3)), folder / "photo.png", force=True)
        saved(worked_on(Document(read_photo(folder / "photo.png"), path=folder / "photo.png")), good)
    data = bytearray(good.read_bytes())
    place = min(int(at * len(data)), len(data) - 1)
    if cut:
        del data[place:]
    else:
        data[place] = byte
    bad = folder / "bad.facemend"
    bad.write_bytes(bytes(data))
    with suppress(ProjectError, EngineError):  # anything else is a failure
        read_project(bad)


def test_reading_does_not_touch_the_photo(document: Document, photo_path: Path, tmp_path: Path) -> None:
    before = photo_path.read_bytes()
    read_project(saved(document, tmp_path / "a.facemend"))
    assert photo_path.read_bytes() == before
    assert np.array_equal(read_photo(photo_path).pixels, document.original.pixels)
