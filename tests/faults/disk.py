"""Disks that fail: at the n-th thing that is done to a folder's files, for want of room, or for want of permission."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534


class Stages:
    """Calls `fault(n, what)` before the n-th open, write, fsync, rename, link or unlink below a folder.

    What is written is not forced onto the disk: a stage that fails or kills does not need that, and it takes long.
    """

    def __init__(self, folder: Path, fault: Callable[[int, str], None]) -> None:
        self.count = 0
        self._folder, self._fault = os.path.realpath(folder), fault
        self._handles: set[int] = set()

    def install(self, patch: Callable[[Any, str, Any], None]) -> None:
        """`patch` is `setattr`, or monkeypatch's."""
        patch(os, "open", self._opened(os.open))
        patch(io, "FileIO", self._file(io.FileIO))
        for name in ("replace", "link", "unlink"):
            patch(os, name, self._watched(getattr(os, name), name))
        patch(os, "fsync", self._watched(lambda _handle: None, "fsync"))

    def reach(self, what: str) -> None:
        self.count += 1
        self._fault(self.count, what)

    def _ours(self, place: Any) -> bool:
        return place in self._handles if isinstance(place, int) else os.fspath(place).startswith(self._folder)

    def _watched(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(place: Any, *rest: Any, **more: Any) -> Any:
            if self._ours(place):
                self.reach(name)
            return real(place, *rest, **more)

        return call

    def _opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            new = self._ours(path) and bool(flags & os.O_CREAT)
            if new:
                self.reach("open")
            handle = real(path, flags, *rest, **more)
            if new:
                self._handles.add(handle)
            return handle

        return call

    def _file(stages, real: type[io.FileIO]) -> type[io.FileIO]:
        class Halting(real):  # type: ignore[misc, valid-type]
            """Writes everything in two halves, with a stage before each."""

            half = False

            def write(self, data: Any) -> int:
                stages.reach("write")
                self.half = not self.half
                view = memoryview(data).cast("B")
                return int(super().write(view[: (len(view) + 1) // 2] if self.half else view))

        return Halting


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """A disk that takes no more than so many bytes of each file."""
    resource = pytest.importorskip("resource", reason="limits of a process are of POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many bytes on a new folder; skips where nothing can be mounted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a real full disk takes Linux and root: nothing can be mounted here")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a real full disk takes the right to mount one, which this container lacks")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file until there is no room left."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return path


@contextmanager
def without_permission(folder: Path) -> Iterator[None]:
    """A folder that takes no new file, though its files may be written: as another user where we are root."""
    if sys.platform == "win32":
        pytest.skip("permissions of folders are of POSIX")
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
