"""The engine restores one photo: `restore(request, models, progress) -> Result`.

These names are its public surface.  Each is imported when first used, so that importing the package costs
nothing: a command that only prints its version must not load OpenCV.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.atomic import atomic_file as atomic_file
    from engine.atomic import remove_remains as remove_remains
    from engine.chips import fill_chip as fill_chip
    from engine.damage import detect_damage as detect_damage
    from engine.edges import canny as canny
    from engine.errors import Cancelled as Cancelled
    from engine.errors import DeviceError as DeviceError
    from engine.errors import EngineError as EngineError
    from engine.errors import MaskError as MaskError
    from engine.errors import ModelError as ModelError
    from engine.errors import PhotoError as PhotoError
    from engine.errors import RequestError as RequestError
    from engine.faces import Face as Face
    from engine.faces import cut as cut
    from engine.faces import cut_mask as cut_mask
    from engine.framing import find_faces as find_faces
    from engine.masks import feather as feather
    from engine.masks import grow as grow
    from engine.masks import is_empty as is_empty
    from engine.masks import read_mask as read_mask
    from engine.masks import shrink as shrink
    from engine.masks import write_mask as write_mask
    from engine.models import Models as Models
    from engine.models import describe_devices as describe_devices
    from engine.models import load_models as load_models
    from engine.photos import Photo as Photo
    from engine.photos import losses as losses
    from engine.photos import read_photo as read_photo
    from engine.photos import write_photo as write_photo
    from engine.pipeline import restore as restore
    from engine.progress import Progress as Progress
    from engine.progress import Report as Report
    from engine.types import CHIP as CHIP
    from engine.types import U8 as U8
    from engine.types import Box as Box
    from engine.types import Canny as Canny
    from engine.types import FaceResult as FaceResult
    from engine.types import Frame as Frame
    from engine.types import Method as Method
    from engine.types import Preview as Preview
    from engine.types import Request as Request
    from engine.types import Result as Result
    from engine.types import SamplerName as SamplerName
    from engine.types import Size as Size

_ROOMS = {
    "atomic": ("atomic_file", "remove_remains"),
    "chips": ("fill_chip",),
    "damage": ("detect_damage",),
    "edges": ("canny",),
    "errors": (
        "Cancelled", "DeviceError", "EngineError", "MaskError", "ModelError", "PhotoError", "RequestError",
    ),
    "faces": ("Face", "cut", "cut_mask"),
    "framing": ("find_faces",),
    "masks": ("feather", "grow", "is_empty", "read_mask", "shrink", "write_mask"),
    "models": ("Models", "describe_devices", "load_models"),
    "photos": ("Photo", "losses", "read_photo", "write_photo"),
    "pipeline": ("restore",),
    "progress": ("Progress", "Report"),
    "types": (
        "CHIP", "U8", "Box", "Canny", "FaceResult", "Frame", "Method", "Preview", "Request", "Result",
        "SamplerName", "Size",
    ),
}  # fmt: skip
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    room = _HOMES.get(name)
    if room is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(f"engine.{room}"), name)


def preload() -> None:
    """Import onnxruntime; to be called before PySide6 is imported (their DLLs clash on Windows otherwise)."""
    import_module("engine.onnx_backend")
