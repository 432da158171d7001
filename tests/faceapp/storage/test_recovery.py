"""Autosave and recovery: locks, crashes, second instances."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import Photo, read_photo, write_photo
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.settings import Settings
from faceapp.storage.project import Snapshot
from faceapp.storage.project_reading import read_project
from faceapp.storage.recovery import Recovery, leftovers

ROOT = Path(__file__).parents[3]

INSTANCE = """
import sys, time
from pathlib import Path
from engine import read_photo
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.storage.project import Snapshot
from faceapp.storage.recovery import Recovery
from faceapp.settings import Settings

root, photo = Path(sys.argv[1]), Path(sys.argv[2])
recovery = Recovery(root)
document = Document(read_photo(photo), path=photo)
document.edit_mask("Rectangle", lambda m: mask_tools.rectangle(m, (4, 4), (20, 12)))
recovery.save(1, Snapshot.of(document, Settings(), title="lost"))
print("saved", flush=True)
time.sleep(60)
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(2).integers(0, 256, (24, 32, 3), np.uint8)
    write_photo(Photo.from_array(pixels), tmp_path / "photo.png")
    return tmp_path / "photo.png"


def other_instance(root: Path, photo: Path) -> subprocess.Popen[str]:
    """Another process that has autosaved a document and goes on living."""
    process = subprocess.Popen(
        [sys.executable, "-c", INSTANCE, str(root), str(photo)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "saved\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of POSIX")
def test_work_survives_kill_9(tmp_path: Path, photo: Path) -> None:
    root = tmp_path / "recovery"
    process = other_instance(root, photo)
    assert leftovers(root) == []  # it lives: its folder is not a crash's
    os.kill(process.pid, signal.SIGKILL)
    end(process)
    (left,) = leftovers(root)
    (file,) = left.files
    project = read_project(file)
    assert project.title == "lost"
    assert project.document.mask[8, 10] == 255
    assert int((project.document.mask > 0).sum()) == 16 * 8
    left.discard()
    assert list(root.iterdir()) == []


def test_a_second_instance_is_not_a_crash(tmp_path: Path, photo: Path) -> None:
    root = tmp_path / "recovery"
    process = other_instance(root, photo)
    try:
        mine = Recovery(root)
        assert leftovers(root) == []
        mine.close()
        assert len(list(root.glob("*.lock"))) == 1
        assert len([path for path in root.iterdir() if path.is_dir()]) == 1
    finally:
        end(process)


def test_a_leftover_is_taken_by_one_only(tmp_path: Path, photo: Path) -> None:
    root = tmp_path / "recovery"
    end(other_instance(root, photo))
    (left,) = leftovers(root)
    assert leftovers(root) == []  # we hold it
    left.release()
    (again,) = leftovers(root)
    again.discard()
    assert leftovers(root) == []


def test_a_clean_exit_leaves_nothing(tmp_path: Path, photo: Path) -> None:
    root = tmp_path / "recovery"
    recovery = Recovery(root)
    document = Document(read_photo(photo), path=photo)
    document.edit_mask("Invert mask", mask_tools.invert)
    recovery.save(1, Snapshot.of(document, Settings()))
    recovery.save(2, Snapshot.of(document, Settings()))
    recovery.forget(2)
    assert [path.name for path in recovery.folder.iterdir()] == ["1.facemend"]
    recovery.close()
    recovery.close()
    assert list(root.iterdir()) == []


def test_a_crash_before_the_first_autosave_is_swept(tmp_path: Path) -> None:
    root = tmp_path / "recovery"
    (root / "123-abcd").mkdir(parents=True)
    assert leftovers(root) == []
    assert list(root.iterdir()) == []


def test_no_recovery_folder_yet(tmp_path: Path) -> None:
    assert leftovers(tmp_path / "none") == []
