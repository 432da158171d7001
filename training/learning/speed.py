"""How fast a device is: a call's median time, and the peak that a large matrix product reaches."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Literal

import torch

Precision = Literal["fp32", "fp16", "bf16"]
TYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def fast_bf16(device: str) -> bool:
    """Whether the device computes in bf16 much faster than in fp32: GPUs, and CPUs with AMX or AVX512_BF16."""
    if device != "cpu":
        return True
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


def matrix_peak(device: str, precision: Precision, *, seconds: float) -> float:
    """GFLOP/s of a large matrix product."""
    side = 1024 if device == "cpu" else 8192
    left = torch.randn(side, side, device=device).to(TYPES[precision])
    product = left @ left

    def multiply() -> object:
        torch.mm(left, left, out=product)
        return product[0, 0].item()  # waits for the device

    return 2 * side**3 / 1e9 / median_time(multiply, seconds=seconds)


def median_time(call: Callable[[], object], *, seconds: float) -> float:
    """Seconds that a call takes once it is warm; it is called for about `seconds`, at least three times."""
    call()
    spent: list[float] = []
    while len(spent) < 3 or sum(spent) < seconds:
        began = time.perf_counter()
        call()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)
