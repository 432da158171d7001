"""The networks, loaded on a device, behind one interface."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, get_args

from engine.choices import Backend as Backend
from engine.choices import Device as Device
from engine.errors import DeviceError, ModelError
from engine.geometry import F32
from engine.runtime.catalog import Catalog, read_catalog
from engine.wording import Sentence

if TYPE_CHECKING:
    from engine.networks.presets import Role


class FillNetworks(Protocol):
    """The networks that fill; arrays are (N, C, S, S) float32."""

    has_coarse: bool
    """Whether there is a coarse completion network; without it the fine one begins from a smooth prefill."""

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """`engine.networks.edge_network.EdgeNetwork`: edges (N, 1), hole (N, 1), image (N, 3) -> (N, 1) in 0..1."""
        ...

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        """`engine.networks.completion_network.CompletionNetwork`: (N, 3), a level for all, (N, 5 or 6) -> (N, 3)."""
        ...


class Networks(FillNetworks, Protocol):
    """What both backends do."""

    device: str
    can_frame: bool
    """Whether the folder holds the framing network; `frame` needs it."""
    notes: tuple[Sentence, ...]
    """What a result's owner should know of the device."""

    def frame(self, picture: F32, known: F32) -> F32:
        """`engine.networks.framing_network.FramingNetwork`: picture (N, 3), known (N, 1) -> (N, 5) numbers."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Models:
    """Networks ready to run, and what to say of them."""

    networks: Networks
    name: str
    default_steps: int
    backend: Backend

    @property
    def device(self) -> str:
        """`cpu` or `cuda`: the one that really runs."""
        return self.networks.device

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What a result's owner should know of the device: that it failed, and which one did the work."""
        return self.networks.notes


def load_models(*, device: Device = "auto", backend: Backend = "onnx", folder: Path | None = None) -> Models:
    """Load the models of a folder (None: those that ship).

    `auto` takes the GPU where it works and the CPU elsewhere, also from the middle of a run on when the GPU
    fails there; `Models.notes` then says so.  `cuda` never falls back.  Raises DeviceError if the asked-for
    device or backend is not usable here, ModelError if a file is missing or not the one of the catalog.
    """
    catalog = read_catalog(folder)
    problem = None if device == "cpu" else _cuda_problem(backend)
    if device == "cuda" and problem:
        raise DeviceError("CUDA cannot be used here: {0}.", problem)
    if device == "auto" and not problem:
        networks: Networks = _Steadfast(lambda cuda: _load(catalog, backend, cuda=cuda))
    else:
        networks = _load(catalog, backend, cuda=device == "cuda")
    return Models(networks, catalog.name, catalog.default_steps, backend)


def describe_devices() -> tuple[Sentence, ...]:
    """A line for each device: usable, or why not."""
    usable = Sentence("usable")
    cuda = [Sentence("{0}: {1}", f"cuda ({b})", _cuda_problem(b) or usable) for b in get_args(Backend)]
    return (*cuda, Sentence("{0}: {1}", "cpu", usable))


def _cuda_problem(backend: Backend) -> Sentence | None:
    if backend == "onnx":
        from engine.runtime.onnx_backend import cuda_problem

        return cuda_problem()
    from engine.runtime.torch_backend import cuda_works

    return None if cuda_works() else Sentence("PyTorch sees no CUDA device")


def _load(catalog: Catalog, backend: Backend, *, cuda: bool) -> Networks:
    weights = {name: catalog.checked(f"{name}.safetensors") for name in catalog.networks}
    if backend == "torch":
        from engine.runtime.torch_backend import TorchNetworks

        return TorchNetworks(weights, cuda=cuda)
    from engine.runtime.onnx_backend import OnnxNetworks

    graphs = {
        name: (catalog.checked(f"{name}.fp32.onnx"), catalog.checked(f"{name}.fp16.onnx")) for name in catalog.networks
    }
    return OnnxNetworks(graphs, cuda=cuda)


class _Steadfast:
    """Networks on the GPU, and from its first failure on the CPU's, which do the failed call again."""

    def __init__(self, load: Callable[[bool], Networks]) -> None:
        """`load`: makes the networks, on the GPU or not."""
        self._load, self._lock = load, threading.Lock()
        self.notes: tuple[Sentence, ...] = ()
        try:
            self._networks: Networks = load(True)
        except (DeviceError, ModelError) as error:
            self._networks = self._on_cpu(error)
        self.device = self._networks.device
        self.can_frame, self.has_coarse = self._networks.can_frame, self._networks.has_coarse

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """See `Networks`."""
        return self._run(lambda networks: networks.draw_edges(edges, hole, image))

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        """See `Networks`."""
        return self._run(lambda networks: networks.denoise(residual, sigma, condition, role=role))

    def frame(self, picture: F32, known: F32) -> F32:
        """See `Networks`."""
        return self._run(lambda networks: networks.frame(picture, known))

    def _run(self, call: Callable[[Networks], F32]) -> F32:
        used = self._networks
        try:
            return call(used)
        except DeviceError as error:
            if used.device == "cpu":
                raise
            with self._lock:
                if self._networks is used:  # no other thread was faster
                    self._networks = self._on_cpu(error)
                    self.device = self._networks.device
        return call(self._networks)

    def _on_cpu(self, error: DeviceError | ModelError) -> Networks:
        networks = self._load(False)
        self.notes = (Sentence("The GPU failed, and the CPU did the work. ({0})", error.sentence),)
        return networks
