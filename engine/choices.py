"""What a run can be asked for by name.  The first of each is the default.

Nothing is imported beside `typing`, so that the command line can list the names at no cost: `typing.get_args`.
"""

from __future__ import annotations

from typing import Literal

Method = Literal["auto", "diffusion", "telea", "ns", "patchmatch"]
SamplerName = Literal["dpmpp_2m", "heun", "ddim", "ddpm"]
Device = Literal["auto", "cpu", "cuda"]
Backend = Literal["onnx", "torch"]

NETWORK_METHODS: frozenset[Method] = frozenset(("auto", "diffusion"))
"""The methods that fill faces by the networks; the others are classical and need none."""
