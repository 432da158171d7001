"""The models that ship: which files, how large, their hashes, and what the networks were trained as.

`catalog.json` lies beside the files; `training export` writes both, but for the face detector, which is others' work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelError

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "models"
NETWORKS = ("edges", "fine")
EXTRAS = ("coarse", "framing")
"""Networks that a folder may lack: without the coarse one the fine one begins from a smooth prefill, without the
framing network hidden faces are framed by the detector or the mask alone."""
DETECTOR = "centerface.onnx"
"""The face detector's graph: the engine takes it from the models that ship, whatever folder holds the networks."""
DAMAGE = "damage"
"""The damage network, which the engine takes from there too."""
FILE = "catalog.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the catalog; `ok` says whether it is there with the right bytes."""

    name: str
    file: Path
    size: int
    sha256: str

    @property
    def ok(self) -> bool:
        try:
            return self.file.stat().st_size == self.size and digest(self.file) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Catalog:
    """A folder of models: its name, the default number of evaluations, its files."""

    name: str
    default_steps: int
    files: Mapping[str, Entry]

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that the folder holds, or should."""
        return (*NETWORKS, *(name for name in EXTRAS if f"{name}.safetensors" in self.files))

    def checked(self, file: str) -> Path:
        """The path of a file whose bytes are what the catalog says; raises ModelError otherwise."""
        entry = self.files.get(file)
        if entry is None:
            raise ModelError("The model catalog does not list {0}.", file)
        if not entry.file.is_file():
            raise ModelError("{0}: the model file is missing; install FaceMend again.", entry.file)
        if not entry.ok:
            raise ModelError("{0}: the model file is damaged; install FaceMend again.", entry.file)
        return entry.file


def digest(file: Path) -> str:
    """The file's SHA-256, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_catalog(folder: Path | None = None) -> Catalog:
    """Read a folder's catalog (None: the models that ship).  Raises ModelError if it is missing or damaged."""
    folder = folder or FOLDER
    try:
        content = json.loads((folder / FILE).read_text("utf-8"))
        files = {
            name: Entry(name, folder / name, int(about["size"]), str(about["sha256"]))
            for name, about in content["files"].items()
            if Path(name).name == name
        }
        return Catalog(str(content["name"]), int(content["default_steps"]), files)
    except FileNotFoundError:
        raise ModelError("{0}: holds no models; install FaceMend again.", folder) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelError("{0}: the model catalog is damaged.", folder / FILE) from error


def shipped_files() -> tuple[Entry, ...]:
    """Every file of the models that ship."""
    return tuple(read_catalog().files.values())
