"""The networks in PyTorch, from the same weights file as the ONNX graphs; torch is imported when first used."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import DeviceError, ModelError
from engine.geometry import F32
from engine.wording import Sentence

if TYPE_CHECKING:
    import torch

    from engine.networks.presets import Role


def cuda_works() -> bool:
    """Whether PyTorch is installed and sees a GPU."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


class TorchNetworks:
    """The networks as PyTorch modules."""

    notes: tuple[Sentence, ...] = ()

    def __init__(self, weights: dict[str, Path], *, cuda: bool) -> None:
        """`weights`: the safetensors of "edges", "fine" and maybe "coarse" and "framing".

        Raises DeviceError if PyTorch is not installed, ModelError if a file does not fit its network.
        """
        try:
            import torch
        except ImportError:
            raise DeviceError("PyTorch is not installed (pip install 'facemend[torch]').") from None
        from engine.networks.completion_network import CompletionNetwork
        from engine.networks.edge_network import EdgeNetwork
        from engine.networks.framing_network import FramingNetwork
        from engine.networks.presets import ROLES

        self._torch = torch
        self.device = "cuda" if cuda else "cpu"
        self._edges = self._load(EdgeNetwork, weights["edges"])
        self._completion = {
            role: self._load(partial(CompletionNetwork, role=role), weights[role]) for role in ROLES if role in weights
        }
        self._framing = self._load(FramingNetwork, weights["framing"]) if "framing" in weights else None
        self.can_frame, self.has_coarse = self._framing is not None, "coarse" in self._completion

    def _load(self, kind: Any, path: Path) -> torch.nn.Module:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                network: torch.nn.Module = kind((file.metadata() or {})["preset"])
                network.load_state_dict({key: file.get_tensor(key).float() for key in file.keys()})  # noqa: SIM118
        except (SafetensorError, OSError, KeyError, RuntimeError) as error:
            raise ModelError("{0}: is not a weights file of this program", path) from error
        return network.eval().to(self.device)

    def _call(self, network: torch.nn.Module, *arrays: np.ndarray) -> F32:
        torch = self._torch
        try:
            with torch.inference_mode():
                out = network(*(torch.from_numpy(a).to(self.device) for a in arrays))
            return np.asarray(out.float().cpu().numpy())
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise DeviceError("The device failed while the model ran: {0}", reason) from error

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        return self._call(self._edges, edges, hole, image)

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        """See `engine.runtime.models.Networks`."""
        return self._call(self._completion[role], residual, np.full(len(residual), sigma, np.float32), condition)

    def frame(self, picture: F32, known: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        assert self._framing is not None
        return self._call(self._framing, picture, known)
