"""A file appears whole or not at all: temporary file in the same folder, fsync, rename.

The temporary file is locked while it is written, so that what a killed process left can be told from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

_BEGIN, _END = ".facemend-", ".part"


@contextlib.contextmanager
def atomic_file(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Open a new file that takes the name `path` when the block ends well, and vanishes when it raises.

    Without `overwrite` an existing file is left alone, even one that appeared meanwhile: `FileExistsError`.
    A symbolic link is written through; permissions of a replaced file are kept.  Raises OSError.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(21, "it is a folder", str(path))
    if target.exists() and not overwrite:
        raise FileExistsError(17, "the file exists already", str(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is read-only", str(path))
    temporary = target.with_name(f"{_BEGIN}{secrets.token_hex(6)}{_END}")
    # os.open, not tempfile: the finished file gets the permissions that the umask gives any new file.
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    try:
        with _Stream(io.FileIO(handle, "r+b")) as stream:
            _hold(handle)
            yield stream
            stream.flush()
            os.fsync(handle)
        if overwrite:
            _keep_permissions(target, temporary)
            os.replace(temporary, target)
        else:
            _rename_to_new(temporary, target)
        _sync_folder(target.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Claim the right to make the file `path` until the block ends; False if another process or thread holds it.

    The claim is a locked file beside it, and ends with its process, however that ends.  Where nothing can be locked
    everybody may.
    """
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]
    claim = path.with_name(f"{_BEGIN}{name}{_END}")
    try:
        try:
            handle = _claim(claim)
        except BlockingIOError:  # perhaps by one who was just taking it away
            time.sleep(0.02)
            handle = _claim(claim)
    except BlockingIOError:
        yield False
        return
    except OSError:
        yield True
        return
    try:
        yield True
    finally:
        if sys.platform == "win32":
            os.close(handle)  # which it has to be, to be removed there
        with contextlib.suppress(OSError):
            os.unlink(claim)
        if sys.platform != "win32":
            os.close(handle)


def _claim(path: Path) -> int:
    """Make and lock a file; BlockingIOError if somebody holds it."""
    if sys.platform == "win32":
        with contextlib.suppress(FileNotFoundError):
            try:
                os.unlink(path)  # refused while somebody has it open
            except PermissionError as error:
                raise BlockingIOError from error
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink == 0:  # who held it has just removed it
            raise BlockingIOError
    except OSError:
        os.close(handle)
        raise
    return handle


def remove_remains(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder; those being written now stay."""
    for part in folder.glob(f"{_BEGIN}*{_END}"):
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                part.unlink()  # refused while somebody has it open
                continue
            with part.open("r+b") as stream:
                if _hold(stream.fileno()):
                    part.unlink()


class _Stream(io.BufferedRandom):
    """A file that only Python writes to.

    Pillow writes to the handle of a file that tells it, and does not see that a full disk took only a part.
    """

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


def _hold(handle: int) -> bool:
    """Lock an open file until it is closed; whether that worked."""
    if sys.platform != "win32":
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody writes it, or it lies where nothing can be locked
            return False
    return True


def _keep_permissions(old: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        os.chmod(new, stat.S_IMODE(os.stat(old).st_mode))


def _rename_to_new(temporary: Path, target: Path) -> None:
    """Give the file its name only if that name is free, in one step where the file system can."""
    if os.name == "nt":
        os.rename(temporary, target)  # refuses an existing target there
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some network shares)
        if target.exists():
            raise FileExistsError(17, "the file exists already", str(target)) from None
        os.replace(temporary, target)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # the file itself is safe; some file systems cannot sync a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
