"""Disks that fail and processes that die: after each the old file is whole or the new one, and nothing else is left."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import Photo, write_photo
from engine.atomic import atomic_file, remove_remains
from faceapp.messages import sentence
from faceapp.settings import Settings, save

from .disk import Stages, fill, mounted, no_file_over, remount, without_permission
from .writers import WRITERS, Writer

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest) -> Writer:
    return WRITERS[request.param]


def begun(folder: Path, writer: Writer) -> dict[str, bytes]:
    """Write the first value; what lies in the folder then."""
    folder.mkdir(exist_ok=True)
    writer.write(folder, 1)
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def is_one_sentence(error: BaseException) -> None:
    text = str(sentence(error))
    assert text
    assert "\n" not in text
    assert "unexpected" not in text


def assert_whole(folder: Path, writer: Writer, before: dict[str, bytes], *, value: int | None = None) -> None:
    """The file holds one of both values, whole, and everything else is as it was."""
    assert writer.read(folder) in ((1, 2) if value is None else (value,))
    after = contents(folder)
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in before if name != writer.name)


def assert_refused(folder: Path, writer: Writer, before: dict[str, bytes]) -> None:
    """A write that must fail says so in one sentence and changes nothing."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one depends on the writer and the disk
        writer.write(folder, 2)
    is_one_sentence(caught.value)
    assert_whole(folder, writer, before, value=1)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_fails_at_any_stage(
    code: int, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = begun(tmp_path / "work", writer)
    done = False
    for stage in range(1, 60):
        seen: list[str] = []

        def fault(reached: int, what: str, *, stage: int = stage, seen: list[str] = seen) -> None:
            seen.append(what)
            if reached == stage and what != "unlink":  # what cannot be removed stays
                raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            Stages(tmp_path / "work", fault).install(patch.setattr)
            try:
                writer.write(tmp_path / "work", 2)
            except Exception as error:  # noqa: BLE001 - which one depends on the writer
                is_one_sentence(error)
            else:
                done = len(seen) < stage
        assert_whole(tmp_path / "work", writer, before)
        if done:
            break
    assert done
    assert writer.read(tmp_path / "work") == 2


def test_the_folder_vanishes_at_any_stage(writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in range(1, 60):
        folder = tmp_path / str(stage)
        begun(folder, writer)
        stages = Stages(folder, lambda n, _what, f=folder, s=stage: shutil.rmtree(f) if n == s else None)  # type: ignore[misc]
        with monkeypatch.context() as patch:
            stages.install(patch.setattr)
            try:
                writer.write(folder, 2)
            except Exception as error:  # noqa: BLE001 - which one depends on the writer
                is_one_sentence(error)
        if stages.count < stage:
            return
        assert list(folder.glob("*")) == []
    pytest.fail("it never ends")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_a_disk_takes_only_a_part_of_the_file(share: float, writer: Writer, tmp_path: Path) -> None:
    """Also where a library would take a short write for a whole one, as Pillow does."""
    before = begun(tmp_path / "work", writer)
    begun(sized := tmp_path / "sized", writer)
    writer.write(sized, 2)
    limit = int((sized / writer.name).stat().st_size * share)
    with no_file_over(limit), pytest.raises(Exception) as caught:  # noqa: PT011
        writer.write(tmp_path / "work", 2)
    is_one_sentence(caught.value)
    assert_whole(tmp_path / "work", writer, before, value=1)


def test_a_full_disk(writer: Writer, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 1 << 20) as folder:
        begun(folder, writer)
        filler = fill(folder)
        before = contents(folder)
        assert_refused(folder, writer, before)
        filler.unlink()
        writer.write(folder, 2)
        assert writer.read(folder) == 2


def test_a_read_only_disk(writer: Writer, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 1 << 20) as folder:
        before = begun(folder, writer)
        remount(folder, "ro")
        with pytest.raises(Exception) as caught:  # noqa: PT011
            writer.write(folder, 2)
        is_one_sentence(caught.value)
        assert contents(folder) == before
        remount(folder, "rw")


def test_a_folder_without_permission(writer: Writer) -> None:
    # Not below pytest's own folder, which another user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="facemend-locked-"))
    folder.chmod(0o755)
    try:
        before = begun(folder, writer)
        for path in folder.iterdir():
            path.chmod(0o444)
        with without_permission(folder):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                writer.write(folder, 2)
            is_one_sentence(caught.value)
        for path in folder.iterdir():
            path.chmod(0o644)
        assert_whole(folder, writer, before, value=1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_photo(Photo.from_array(np.zeros((8, 8), np.uint8)), path.with_suffix(".png")),
        lambda path: save(Settings(), path),
    ],
)
def test_a_name_too_long(write: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        write(tmp_path / ("n" * 300))
    is_one_sentence(caught.value)
    assert "name too long" in str(caught.value).lower()
    assert os.listdir(tmp_path) == []


@pytest.fixture(scope="session")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not hasattr(os, "fork"):
        pytest.skip("kill -9 is of POSIX")
    root = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.faults.kill_stages", str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return root


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_kill_9_at_every_stage(name: str, killed: Path, tmp_path: Path) -> None:
    writer = WRITERS[name]
    before = begun(tmp_path / "as it was", writer)
    deaths = sorted((killed / name).iterdir())
    assert len(deaths) >= 5
    values = set()
    for folder in deaths:
        remove_remains(folder)  # as the next batch does
        assert_whole(folder, writer, before)
        values.add(writer.read(folder))
        writer.write(folder, 2)
        assert writer.read(folder) >= 2
    assert values == {1, 2}


def test_what_is_being_written_is_no_remains(tmp_path: Path) -> None:
    (tmp_path / ".facemend-0123456789ab.part").write_bytes(b"of a writer that is dead")
    (tmp_path / ".facemend-photos").mkdir()
    with atomic_file(tmp_path / "a", overwrite=False) as stream:
        stream.write(b"ours")
        remove_remains(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".facemend-photos", "a"]
    remove_remains(tmp_path / "nowhere")
