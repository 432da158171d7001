"""Find out, before Qt is started, whether a window can open here: Qt's own way of saying no is to abort.

Qt's xcb plugin needs libraries that a bare Debian or Ubuntu lacks; without them the process dies with SIGABRT
and advice for programmers.
"""

from __future__ import annotations

import ctypes
import os
import sys

_QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
_XCB_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def problem() -> str | None:
    """Return one sentence on why no window can open on this machine, or None."""
    if trouble := _crashing_pyside():
        return trouble
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if not platform and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "no screen to open a window on (DISPLAY is not set); the commands work: facemend --help"
    needed = dict(_QT_LIBRARIES)
    if platform.startswith("xcb") or (not platform and not os.environ.get("WAYLAND_DISPLAY")):
        needed |= _XCB_LIBRARIES
    missing = [package for library, package in needed.items() if not _loads(library)]
    if missing:
        return f"the window needs system libraries that are missing here: apt install {' '.join(missing)}"
    return None


def _crashing_pyside() -> str | None:
    """Return a sentence if this PySide6 would abort after some thousand calls.

    The wheels of 6.12.0 return None from every void method without taking a reference, which only Python 3.12
    and newer, where None is immortal, survive.
    """
    if sys.version_info >= (3, 12):
        return None
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("PySide6-Essentials")
    except PackageNotFoundError:
        return None
    if [int(part) for part in found.split(".")[:2]] < [6, 12]:
        return None
    return f"PySide6 {found} crashes with Python before 3.12: pip install 'PySide6-Essentials<6.12'"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
