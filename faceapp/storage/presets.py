"""Presets: how to restore, under a name: one JSON file, the same for the window, the command line and the batch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import engine
from faceapp import settings
from faceapp.messages import AppError, UsageError, cause_of
from faceapp.settings import Settings

FIELDS = ("method", "steps", "sampler", "seed", "variants", "feather", "grain", "sensitivity")
"""The settings that a preset may hold; what it leaves out stays as it is."""
REFERENCE = "reference"
"""What may stand beside them: "mirror", for a person's photo belongs to no preset."""
_SUFFIX = ".json"
_LIMITS = {
    "steps": (1, 1000),
    "seed": (0, 2**32 - 1),
    "variants": (1, 1000),
    "feather": (0, 1000),
    "sensitivity": (0, 1),
}


def default_folder() -> Path:
    """Where this user's presets lie, beside the settings."""
    return settings.default_path().parent / "presets"


def names(folder: Path) -> list[str]:
    """The names of the presets in a folder, in order; none if there is no such folder."""
    try:
        found = [path.stem for path in folder.iterdir() if path.suffix == _SUFFIX and not path.name.startswith(".")]
    except OSError:
        return []
    return sorted(found, key=str.casefold)


def save(name: str, value: Settings, folder: Path, *, mirror: bool = False) -> Path:
    """Keep the run's settings under a name; one of that name is replaced.  Raises UsageError, AppError.

    `mirror`: whether the other half of a face is the reference.
    """
    if not name or name.startswith(".") or any(letter in name for letter in '/\\:*?"<>|\0'):
        raise UsageError("{0}: cannot be the name of a preset", name)
    path = folder / f"{name}{_SUFFIX}"
    kept = {field: getattr(value, field) for field in FIELDS} | ({REFERENCE: "mirror"} if mirror else {})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with engine.atomic_file(path, overwrite=True) as file:
            file.write(json.dumps(kept, indent=2).encode())
    except OSError as error:
        raise AppError("{0}: cannot be written, {1}", path, cause_of(error)) from error
    return path


def load(preset: str, folder: Path) -> dict[str, Any]:
    """The settings of a preset, by its name or as a path that ends with `.json`; UsageError on what does not fit."""
    path = Path(preset) if preset.endswith(_SUFFIX) else folder / f"{preset}{_SUFFIX}"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(names(folder)) or engine.Sentence("none yet")
        raise UsageError("{0}: no such preset; there are: {1}", preset, known) from error
    except (OSError, ValueError) as error:
        raise UsageError("{0}: is no preset that can be read", path) from error
    if not isinstance(stored, dict):
        raise UsageError("{0}: is no preset that can be read", path)
    for name, value in stored.items():
        if name not in (*FIELDS, REFERENCE):
            raise UsageError("{0}: a preset has no setting named {1}", path, name)
        if not _fits(name, value):
            raise UsageError("{0}: {1} cannot be {2}", path, name, json.dumps(value))
    return stored


def remove(name: str, folder: Path) -> None:
    """Forget a preset.  Raises AppError."""
    path = folder / f"{name}{_SUFFIX}"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise AppError("{0}: cannot be removed, {1}", path, cause_of(error)) from error


def _fits(name: str, value: object) -> bool:
    if name == REFERENCE:
        return value in (None, "mirror")
    fitting: Mapping[str, Any] = settings.fitting({name: value})
    low, high = _LIMITS.get(name, (0, 0))
    return name in fitting and (name not in _LIMITS or value is None or low <= fitting[name] <= high)
