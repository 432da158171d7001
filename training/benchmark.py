"""`python -m training benchmark`: what an evaluation of the networks costs on every runtime at hand.

All is measured in one run, so ratios hold however busy the machine is.  The peak is that of a large matrix
product on the same device: on a GPU in the same precision, on a CPU in fp32, by PyTorch or ONNX Runtime, whichever is
faster there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper

from engine.geometry import CHIP
from engine.networks.completion_network import CONDITION, CompletionNetwork
from engine.networks.presets import PRESETS, Preset
from engine.runtime.onnx_backend import cuda_problem, open_session
from training.export import OPSET, export_network
from training.learning import checkpoints
from training.learning.speed import TYPES, Precision, matrix_peak, median_time
from training.measuring.costs import cost_of_evaluation
from training.measuring.tables import grid

# A fresh process tells how long a start takes, part by part.
_START = """
import time; marks = [time.perf_counter()]
import numpy as np, engine.runtime.onnx_backend
from engine.fill.chips import fill_chip
from engine.fill.sampling import Sampling
from engine.runtime.models import load_models; marks.append(time.perf_counter())
models = load_models(); marks.append(time.perf_counter())
chip, hole = np.full((256, 256, 3), 0.5, np.float32), np.zeros((256, 256), bool); hole[96:160, 96:160] = True
sampling = Sampling(models.default_steps)
for _ in range(2):
    fill_chip(chip, hole, networks=models.networks, sampling=sampling); marks.append(time.perf_counter())
print(models.name, models.device, *(1000 * (b - a) for a, b in zip(marks, marks[1:])))
"""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One way to evaluate the completion network; `evaluate` returns when the result is there."""

    name: str
    device: str
    precision: Precision
    evaluate: Callable[[], object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="base", help="of the completion network (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    print(f"one evaluation of a {CHIP}x{CHIP} chip, preset {arguments.preset}, {torch.get_num_threads()} CPU threads\n")
    print(grid(table(arguments.preset, seconds=arguments.seconds)))
    name, device, *milliseconds = start_up()
    parts = ("imports", "models", "first fill", "next fill")
    figures = ", ".join(f"{part} {float(ms):.0f} ms" for part, ms in zip(parts, milliseconds, strict=True))
    print(f"\nstart with {name} on {device}: {figures}")
    return 0


def table(preset: Preset, *, seconds: float) -> list[list[str]]:
    """Header and a row for each runtime: milliseconds (median), evaluations a second, share of the peak."""
    rows = [["runtime", "precision", "ms", "evaluations/s", "GFLOP/s", "of the peak"]]
    peaks: dict[tuple[str, Precision], float] = {}
    network = CompletionNetwork(preset).eval()
    work = cost_of_evaluation(preset).gflop
    with tempfile.TemporaryDirectory() as folder:
        for runtime in runtimes(network, preset, Path(folder)):
            place: tuple[str, Precision] = (runtime.device, "fp32" if runtime.device == "cpu" else runtime.precision)
            if place not in peaks:
                peaks[place] = matrix_peak(*place, seconds=seconds)
                if runtime.device == "cpu":
                    peaks[place] = max(peaks[place], _onnx_peak(seconds=seconds))
            spent = median_time(runtime.evaluate, seconds=seconds)
            rate = work / spent
            figures = (f"{1000 * spent:.1f}", f"{1 / spent:.1f}", f"{rate:.0f}", f"{rate / peaks[place]:.0%}")
            rows.append([runtime.name, runtime.precision, *figures])
    return rows


def runtimes(network: CompletionNetwork, preset: Preset, folder: Path) -> Iterator[Runtime]:
    """Every runtime that works here; `folder` takes the exported graphs."""
    weights = folder / "trained.safetensors"
    checkpoints.save_weights(weights, network.state_dict(), {"preset": preset})
    export_network("fine", weights, folder)
    feeds = {
        name: tensor.numpy() for name, tensor in zip(("residual", "sigma", "condition"), _tensors("cpu"), strict=True)
    }
    precisions: tuple[Precision, ...] = ("fp32", "fp16")
    for device in ("cpu", *([] if cuda_problem() else ["cuda"])):
        for precision in precisions:
            session = open_session(folder / f"fine.{precision}.onnx", cuda=device == "cuda")
            yield Runtime(f"ONNX {device}", device, precision, partial(session.run, feeds))
    yield Runtime("PyTorch cpu", "cpu", "fp32", _in_torch(network, "cpu", "fp32"))
    if torch.cuda.is_available():
        for precision in precisions:
            yield Runtime("PyTorch cuda", "cuda", precision, _in_torch(network, "cuda", precision))


def _onnx_peak(*, seconds: float) -> float:
    """GFLOP/s of a large matrix product by ONNX Runtime on the CPU."""
    side, kind = 2048, TensorProto.FLOAT
    left, right, product = (helper.make_tensor_value_info(name, kind, (side, side)) for name in ("a", "b", "c"))
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "product", [left, right], [product])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    session = open_session(model.SerializeToString())
    feeds = {name: np.ones((side, side), np.float32) for name in "ab"}
    return 2 * side**3 / 1e9 / median_time(lambda: session.run(feeds), seconds=seconds)


def _in_torch(network: CompletionNetwork, device: str, precision: Precision) -> Callable[[], object]:
    network = network.to(device, TYPES[precision])
    feeds = _tensors(device)

    def evaluate() -> object:
        with torch.inference_mode():
            return network(*feeds).cpu()

    return evaluate


def _tensors(device: str) -> tuple[torch.Tensor, ...]:
    """The denoiser's inputs: residual, sigma, condition."""
    side = (CHIP, CHIP)
    shapes = (1, 3, *side), (1,), (1, CONDITION["fine"], *side)
    return tuple(torch.full(shape, 0.5, device=device) for shape in shapes)


def start_up() -> list[str]:
    """The shipped model's name, its device, and the milliseconds of each part of a start."""
    done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True)
    return done.stdout.split()
