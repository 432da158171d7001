"""The engine restores one photo: `restore(request, models, progress) -> Result`.

Its public names stand in `__init__.pyi`.  Each is imported when first used, so that importing the package costs
nothing: a command that only prints its version must not load OpenCV.
"""

from importlib import import_module

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def preload() -> None:
    """Import onnxruntime; to be called before PySide6 is imported (their DLLs clash on Windows otherwise)."""
    import_module("engine.runtime.onnx_backend")
