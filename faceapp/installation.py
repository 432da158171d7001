"""What is installed and works on this machine, for `facemend doctor` and the About dialog."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata

import engine
from faceapp import __version__

_PACKAGES = (
    "numpy", "opencv-python", "opencv-python-headless", "pillow",
    "onnxruntime-gpu", "onnxruntime", "PySide6-Essentials", "torch",
)  # fmt: skip


def program() -> str:
    """The versions of FaceMend, Python and the system."""
    return f"facemend {__version__}, Python {platform.python_version()}, {platform.platform()}"


def sections() -> dict[str, Sequence[str | engine.Sentence]]:
    """Lines about packages, devices and models; checking the models' files takes a moment."""
    return {
        "packages": [f"{name} {version}" for name in _PACKAGES if (version := _version(name))],
        "devices": engine.describe_devices(),
        "models": [
            f"{'ok     ' if entry.ok else 'BROKEN '} {entry.name}: {entry.file} ({entry.size / 1e6:.1f} MB)"
            for entry in engine.shipped_files()
        ],
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
