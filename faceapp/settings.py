"""What the application remembers between runs: one frozen value, one JSON file, written atomically.

The engine and the command line never read it.  A damaged file must not keep the application from starting:
what cannot be used falls back to the default, field by field.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from platformdirs import user_config_path

from engine import Backend, Device, Method, Request, SamplerName, atomic_file, remove_remains

Language = Literal["system", "en", "zh_CN"]
Theme = Literal["system", "light", "dark"]

MAX_RECENT = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """Every preference, with its default; lengths in photo pixels, opacities 0..1."""

    language: Language = "system"
    theme: Theme = "system"
    device: Device = "auto"
    backend: Backend = "onnx"
    method: Method = Request.method
    steps: int | None = None
    """Evaluations of each completion network for one face; None: the model's default."""
    sampler: SamplerName = Request.sampler
    seed: int = 0
    variants: int = 1
    feather: float = Request.feather
    sensitivity: float = 0.5
    """Of the search for damage, 0..1."""
    brush_size: float = 40.0
    """In a photo whose longer side is 1000 pixels; in others in proportion."""
    brush_hardness: float = 0.8
    grain: bool = Request.grain
    """Whether what is restored gets the photo's grain."""
    mask_color: str = "#ff3b30"
    blurred_color: str = "#2f7bff"
    mask_opacity: float = 0.5
    edge_opacity: float = 0.8
    canny_low: float | None = None
    canny_high: float | None = None
    undo_megabytes: int = 512
    autosave_seconds: int = 30
    """0: never."""
    recent: tuple[str, ...] = ()
    """Paths of photos and projects, the latest first."""
    open_folder: str = ""
    save_folder: str = ""
    jpeg_quality: int = 95
    """Of photos saved as JPEG that were none before, 1..100."""
    mark_files: bool = True
    """Whether saved photos say in XMP that networks drew a part of them."""
    fit_enlarges: bool = True
    """Whether fitting a small photo to the window enlarges it."""
    window: str = ""
    """Geometry and layout, base64, opaque."""

    def with_recent(self, path: Path) -> Settings:
        """Return the settings with `path` as the latest recent file."""
        name = str(path.absolute())
        others = tuple(other for other in self.recent if other != name)
        return replace(self, recent=(name, *others)[:MAX_RECENT])


def default_path() -> Path:
    """Return where this user's settings lie: the system's own place for them."""
    return in_use(user_config_path("facemend", appauthor=False, roaming=True)) / "settings.json"


def in_use(folder: Path) -> Path:
    """Return a folder of platformdirs, or the one that holds what an earlier version left.

    On macOS platformdirs obeys the XDG variables where they are set, which FaceMend did not do before it used it.
    """
    earlier = Path.home() / "Library" / "Application Support" / folder.name
    return earlier if sys.platform == "darwin" and earlier.is_dir() and not folder.exists() else folder


def load(path: Path) -> Settings:
    """Read settings; a missing file, unknown keys and unusable values give the defaults.

    A file that is not JSON at all is kept beside as `settings.json.damaged` before the next save replaces it.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return Settings()
    except ValueError:
        _keep_damaged(path)
        return Settings()
    return Settings(**fitting(stored)) if isinstance(stored, dict) else Settings()


def fitting(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Settings` that a parsed JSON object has fit values for."""
    hints = get_type_hints(Settings)
    known: dict[str, Any] = {}
    for item in fields(Settings):
        value = stored.get(item.name, _MISSING)
        value = tuple(value) if isinstance(value, list) else value
        if value is not _MISSING and _fits(value, hints[item.name]):
            known[item.name] = value
    return known


def save(settings: Settings, path: Path) -> None:
    """Write settings whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, overwrite=True) as file:
        file.write(json.dumps(asdict(settings), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    remove_remains(path.parent)


_MISSING = object()


def _fits(value: object, hint: Any) -> bool:
    """Tell whether a JSON value is one of the type `hint` (of the kinds that `Settings` has)."""
    if isinstance(hint, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _keep_damaged(path: Path) -> None:
    try:
        os.replace(path, path.with_name(path.name + ".damaged"))
    except OSError:
        return  # A read-only folder: the next save will say so.
