"""The networks, loaded on a device, behind one interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.catalog import Catalog, read_catalog
from engine.errors import DeviceError
from engine.types import F32

Device = Literal["auto", "cpu", "cuda"]
Backend = Literal["onnx", "torch"]


class Networks(Protocol):
    """What both backends do; arrays are (N, C, S, S) float32."""

    device: str
    can_frame: bool
    """Whether the folder holds the framing network; `frame` needs it."""

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """`engine.networks.edge.EdgeNetwork`: edges (N, 1), hole (N, 1), image (N, 3) -> (N, 1) in 0..1."""
        ...

    def denoise(self, residual: F32, sigma: float, condition: F32) -> F32:
        """`engine.networks.completion.CompletionNetwork`: (N, 3), a level for all, (N, 5) -> (N, 3)."""
        ...

    def frame(self, picture: F32, known: F32) -> F32:
        """`engine.networks.framing.FramingNetwork`: picture (N, 3), known (N, 1) -> (N, 5) numbers."""
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


def load_models(*, device: Device = "auto", backend: Backend = "onnx", folder: Path | None = None) -> Models:
    """Load the models of a folder (None: those that ship).

    `auto` takes the GPU where it works and the CPU elsewhere.  Raises DeviceError if the asked-for device or
    backend is not usable here, ModelError if a file is missing or not the one of the catalog.
    """
    catalog = read_catalog(folder)
    problem = None if device == "cpu" else _cuda_problem(backend)
    if device == "cuda" and problem:
        raise DeviceError(f"CUDA cannot be used here: {problem}.")
    networks = _load(catalog, backend, cuda=device != "cpu" and not problem)
    return Models(networks, catalog.name, catalog.default_steps, backend)


def describe_devices() -> tuple[str, ...]:
    """A line for each device: usable, or why not."""
    backends: tuple[Backend, ...] = ("onnx", "torch")
    return (*(f"cuda ({b}): {_cuda_problem(b) or 'usable'}" for b in backends), "cpu: usable")


def _cuda_problem(backend: Backend) -> str | None:
    if backend == "onnx":
        from engine.onnx_backend import cuda_problem

        return cuda_problem()
    from engine.torch_backend import cuda_works

    return None if cuda_works() else "PyTorch sees no CUDA device"


def _load(catalog: Catalog, backend: Backend, *, cuda: bool) -> Networks:
    weights = {name: catalog.checked(f"{name}.safetensors") for name in catalog.networks}
    if backend == "torch":
        from engine.torch_backend import TorchNetworks

        return TorchNetworks(weights, cuda=cuda)
    from engine.onnx_backend import OnnxNetworks

    graphs = {
        name: (catalog.checked(f"{name}.fp32.onnx"), catalog.checked(f"{name}.fp16.onnx")) for name in catalog.networks
    }
    return OnnxNetworks(graphs, cuda=cuda)
