"""Every failure is one line and has the right exit code; the check before Qt names what to install."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from engine import WRITABLE, Cancelled, DeviceError, MaskError, Photo, PhotoError, losses, read_photo
from faceapp import window_check
from faceapp.messages import UsageError, WindowError, exit_code, sentence
from faceapp.samples import PORTRAIT, PORTRAIT_MASK


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PhotoError("a.png: no such file"), 2),
        (MaskError("m.png: another aspect"), 2),
        (DeviceError("no CUDA here"), 2),
        (UsageError("--steps: not a number"), 2),
        (PermissionError(errno.EACCES, "Permission denied", "out"), 2),
        (caused_by(PhotoError("o.png: no space left"), OSError(errno.ENOSPC, "No space left on device")), 1),
        (OSError(errno.ENOSPC, "No space left on device", "out"), 1),
        (WindowError("no screen"), 1),
        (MemoryError(), 1),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), 1),
        (ZeroDivisionError("division\nby zero"), 1),
        (Cancelled(), 130),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_line_and_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code
    assert str(sentence(error)).strip()
    assert "\n" not in str(sentence(error))


def test_out_of_memory_is_said_in_words() -> None:
    assert str(sentence(RuntimeError("CUDA error: out of memory"))).startswith("out of memory")


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(window_check, "_loads", lambda library: library != "libxcb-cursor.so.0")
    assert str(window_check.problem()).endswith("apt install libxcb-cursor0")
    monkeypatch.setattr(window_check, "_loads", lambda library: True)
    assert window_check.problem() is None


def test_offscreen_needs_no_xcb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(window_check, "_loads", lambda library: "xcb" not in library)
    assert window_check.problem() is None


def test_what_a_batch_writes_the_engine_can_write() -> None:
    photo = read_photo(PORTRAIT)
    for suffix in WRITABLE:
        losses(photo, suffix)


def test_the_sample_is_a_photo_and_its_mask() -> None:
    photo: Photo = read_photo(PORTRAIT)
    assert photo.size == read_photo(PORTRAIT_MASK).size
    assert Path(PORTRAIT).with_name("README.md").exists()
