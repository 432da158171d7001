"""Everything that FaceMend writes: how it writes a first and a second value into a folder, and reads it back."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine import Photo, read_photo, write_mask, write_photo
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.runs.batch_report import ReportFile
from faceapp.runs.file_job import FileJob
from faceapp.settings import Settings, load, save
from faceapp.storage.project import Snapshot, write_project
from faceapp.storage.project_reading import read_project


@dataclass(frozen=True)
class Writer:
    """`write(folder, value)` puts 1 or 2 into the file `name`; `read(folder)` says which it holds, whole."""

    name: str
    write: Callable[[Path, int], None]
    read: Callable[[Path], int]


def _picture(name: str) -> Writer:
    def write(folder: Path, value: int) -> None:
        write_photo(Photo.from_array(np.full((64, 48, 3), 80 * value, np.uint8)), folder / name, force=True)

    def read(folder: Path) -> int:
        pixels = read_photo(folder / name).pixels
        assert pixels.shape == (64, 48, 3)
        assert np.ptp(pixels) <= 1
        return round(int(pixels[0, 0, 0]) / 80)

    return Writer(name, write, read)


def _write_mask(folder: Path, value: int) -> None:
    write_mask(np.full((64, 48), 255 * (value - 1), np.uint8), folder / "mask.png", force=True)


def _read_mask(folder: Path) -> int:
    return int(read_photo(folder / "mask.png").pixels[63, 47]) // 255 + 1


def _project(*, embed: bool) -> Writer:
    def write(folder: Path, value: int) -> None:
        photo = folder / "photo.png"
        if not photo.exists():
            write_photo(Photo.from_array(np.full((64, 48, 3), 7, np.uint8)), photo)
        document = Document(read_photo(photo), path=photo)

        document.edit_mask("paint", lambda mask: mask_tools.rectangle(mask, (0, 0), (48, value)))
        write_project(Snapshot.of(document, Settings()), folder / "work.facemend", embed=embed)

    def read(folder: Path) -> int:
        return int((read_project(folder / "work.facemend").document.mask > 127).any(1).sum())

    return Writer("work.facemend", write, read)


def _write_settings(folder: Path, value: int) -> None:
    save(Settings(seed=value, recent=(f"/photos/{value}.png",)), folder / "settings.json")


def _read_settings(folder: Path) -> int:
    found = load(folder / "settings.json")
    assert found.recent == (f"/photos/{found.seed}.png",)
    return found.seed


def _write_report(folder: Path, value: int) -> None:
    """The second line's photo is quoted, as it has a comma; letters of several bytes; more than a page of a disk."""
    job = FileJob(photo=folder / ("first.png", "祖母, 二.png")[value - 1], mask=None, outputs=())
    with ReportFile(folder / "report.csv") as report:
        report.add(job, "done", text=f"{value}{5000 * ' '}end", outcome=None)


def _read_report(folder: Path) -> int:
    """Of a report that the next run has opened: how many lines are whole; the first one always is."""
    path = folder / "report.csv"
    ReportFile(path).__exit__(None, None, None)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
    assert rows[0]["text"][0] == "1"
    return len([row for row in rows if (row["text"] or "").endswith("end")])


def _tensors(value: int) -> dict[str, Any]:
    import torch

    return {"a": torch.full((64,), float(value)), "b": torch.full((4000,), float(value))}


def _write_checkpoint(folder: Path, value: int) -> None:
    from training.learning import checkpoints

    checkpoints.save(folder / "checkpoint.pt", _tensors(value))


def _read_checkpoint(folder: Path) -> int:
    from training.learning import checkpoints

    return int(checkpoints.load(folder / "checkpoint.pt")["b"][-1])


def _write_weights(folder: Path, value: int) -> None:
    from training.learning import checkpoints

    checkpoints.save_weights(folder / "weights.safetensors", _tensors(value), {"preset": "small"})


def _read_weights(folder: Path) -> int:
    from safetensors.torch import load_file

    return int(load_file(folder / "weights.safetensors")["b"][-1])


def _write_shard(folder: Path, value: int) -> None:
    from training.data.shards import write_shard

    write_shard(folder / "chips.tar", ["a", "b"], lambda name: bytes([value]) * 3000)


def _read_shard(folder: Path) -> int:
    from training.data.shards import read_shard

    (_, first), (_, second) = read_shard(folder / "chips.tar")
    assert first == second
    return first[0]


WRITERS = {
    "photo as PNG": _picture("photo.png"),
    "photo as JPEG": _picture("photo.jpg"),
    "photo as TIFF": _picture("photo.tif"),
    "photo as WebP": _picture("photo.webp"),
    "mask, edges and steps": Writer("mask.png", _write_mask, _read_mask),
    "project": _project(embed=True),
    "autosave": _project(embed=False),
    "settings and recent files": Writer("settings.json", _write_settings, _read_settings),
    "batch report": Writer("report.csv", _write_report, _read_report),
    "shard": Writer("chips.tar", _write_shard, _read_shard),
}
if importlib.util.find_spec("torch"):  # an environment for the window alone has none
    WRITERS |= {
        "checkpoint": Writer("checkpoint.pt", _write_checkpoint, _read_checkpoint),
        "weights": Writer("weights.safetensors", _write_weights, _read_weights),
    }
