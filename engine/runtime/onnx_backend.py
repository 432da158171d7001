"""The only file that imports onnxruntime: opens a graph and runs it on arrays."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

# Since 1.29 the official builds of onnxruntime report every session to Microsoft, and keep a device id in the
# user's cache folder, unless the environment says no; on Linux `disable_telemetry_events` alone stops neither.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

from engine.errors import DeviceError, ModelError
from engine.geometry import F32
from engine.wording import Sentence

if TYPE_CHECKING:
    from engine.networks.presets import Role

ort.disable_telemetry_events()  # Windows asks here

CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"


class Session:
    """A loaded graph; safe to run from several threads."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(i.name for i in session.get_inputs())
        self.outputs = tuple(o.name for o in session.get_outputs())

    @property
    def on_cuda(self) -> bool:
        """Whether the graph really runs on the GPU, whatever was asked for."""
        return CUDA in self._session.get_providers()

    def run(self, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Run the graph on named arrays; returns its outputs in the order of `outputs`.

        Raises DeviceError if the device fails in the middle (out of memory, lost).
        """
        try:
            return list(self._session.run(None, dict(feeds)))
        except Exception as error:  # onnxruntime's exceptions share no public base
            raise DeviceError("The device failed while the model ran: {0}", _first_line(error)) from error


def open_session(model: Path | str | bytes, *, threads: int | None = None, cuda: bool = False) -> Session:
    """Load a graph from a file or from its bytes; `threads` None: onnxruntime's choice.

    With `cuda` the GPU is preferred; look at `Session.on_cuda` for what came of it.  Raises ModelError if
    onnxruntime cannot load the graph.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3  # old graphs list every weight as an input, and each one warns
    if threads is not None:
        options.intra_op_num_threads = threads
    source = model if isinstance(model, bytes) else str(model)
    try:
        providers = [CUDA, _CPU] if cuda else [_CPU]
        # Its own fallback would print on stdout and compute elsewhere than `device` says.
        return Session(ort.InferenceSession(source, options, providers=providers, enable_fallback=0))
    except Exception as error:  # onnxruntime's exceptions share no public base
        name = Sentence("the model") if isinstance(model, bytes) else str(model)
        raise ModelError("Cannot load {0}: {1}", name, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@cache
def cuda_problem() -> Sentence | None:
    """Why CUDA cannot be used here, as half a sentence; None if its libraries load.

    onnxruntime lists the providers it was built with, not those that work, and complains in colour when one
    does not: so the driver and the libraries are tried first.
    """
    if CUDA not in ort.get_available_providers():
        return Sentence("this onnxruntime was built without CUDA")
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return Sentence("no NVIDIA driver was found")
    try:
        ort.preload_dlls()
        ctypes.CDLL("cudnn64_9.dll" if sys.platform == "win32" else "libcudnn.so.9")
    except OSError:
        return Sentence("the CUDA and cuDNN libraries are missing (pip install 'facemend[cuda]')")
    return None


class OnnxNetworks:
    """The networks as ONNX graphs."""

    notes: tuple[Sentence, ...] = ()

    def __init__(self, graphs: Mapping[str, tuple[Path, Path]], *, cuda: bool) -> None:
        """`graphs`: for "edges", "fine" and maybe "coarse", "framing" the fp32 and the fp16 graph; the GPU runs fp16.

        Raises DeviceError if `cuda` is asked for and the GPU does not take the graphs.
        """
        self._sessions = {
            name: open_session(half if cuda else full, cuda=cuda) for name, (full, half) in graphs.items()
        }
        if cuda and not all(s.on_cuda for s in self._sessions.values()):
            raise DeviceError("CUDA is installed here, but onnxruntime could not use it.")
        self.device = "cuda" if cuda else "cpu"
        self.can_frame, self.has_coarse = "framing" in self._sessions, "coarse" in self._sessions

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        return self._sessions["edges"].run({"edges": edges, "hole": hole, "image": image})[0]

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        """See `engine.runtime.models.Networks`."""
        levels = np.full(len(residual), sigma, np.float32)
        feeds = {"residual": residual, "sigma": levels, "condition": condition}
        return self._sessions[role].run(feeds)[0]

    def frame(self, picture: F32, known: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        return self._sessions["framing"].run({"picture": picture, "known": known})[0]
