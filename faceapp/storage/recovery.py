"""Autosave and what is left of it after a crash.

Every running instance has a folder of its own with a lock file beside it, held as long as the instance
lives.  The system drops the lock when the process dies, however it dies, so a folder whose lock can be taken
belongs to a crashed instance and one whose lock cannot to a living one.  A clean exit removes the folder.
Qt-free.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from platformdirs import user_state_path

from faceapp.settings import in_use
from faceapp.storage.project import SUFFIX, Snapshot, write_project

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def default_folder() -> Path:
    """Where this user's recovery folders lie: the system's own place for the state of programs."""
    return in_use(user_state_path("facemend", appauthor=False)) / "recovery"


class Recovery:
    """This instance's recovery folder."""

    def __init__(self, root: Path) -> None:
        """Make and lock a folder below `root`; raises OSError."""
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        # The lock comes before the folder: nobody finds the folder unlocked, and takes it for a crash's.
        self._lock = _locked(_lock_of(self.folder))
        self.folder.mkdir()

    def file(self, key: int) -> Path:
        """Where the document of this key is autosaved."""
        return self.folder / f"{key}{SUFFIX}"

    def save(self, key: int, snapshot: Snapshot) -> None:
        """Autosave a document; the photo's own file is referred to, not copied.  Raises ProjectError."""
        write_project(snapshot, self.file(key), embed=False)

    def forget(self, key: int) -> None:
        """The document was saved or closed."""
        self.file(key).unlink(missing_ok=True)

    def abandon(self) -> None:
        """Let go of the lock and leave everything as a crash would."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def close(self) -> None:
        """A clean exit: nothing to recover."""
        if self._lock is not None:
            _remove(self.folder, self._lock)
            self._lock = None


@dataclass(frozen=True)
class Leftover:
    """What a crashed instance left: its folder, held by us from now on, and the documents in it."""

    folder: Path
    files: tuple[Path, ...]
    lock: IO[bytes]

    def discard(self) -> None:
        """Remove it for good."""
        _remove(self.folder, self.lock)

    def release(self) -> None:
        """Leave it for another time."""
        self.lock.close()


def leftovers(root: Path) -> list[Leftover]:
    """Take over the folders below `root` whose instances died; empty ones are removed on the way."""
    found = []
    for folder in _folders(root):
        lock = _locked(_lock_of(folder))
        if lock is None:
            continue
        left = Leftover(folder, tuple(sorted(folder.glob(f"*{SUFFIX}"))), lock)
        if left.files:
            found.append(left)
        else:
            left.discard()
    return found


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return []


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _remove(folder: Path, lock: IO[bytes]) -> None:
    """Remove a folder while its lock is held, the lock last."""
    shutil.rmtree(folder, ignore_errors=True)
    lock.close()
    with suppress(OSError):
        _lock_of(folder).unlink()


def _locked(path: Path) -> IO[bytes] | None:
    """Open and lock a file without waiting; None if another process holds it."""
    try:
        file = open(path, "a+b")  # noqa: SIM115 - open as long as the lock is held
    except OSError:
        return None
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
