"""`python -m training export`: a weights file and two small graphs for each network, and the catalog.

`<name>.safetensors` (fp16) is the only copy of the weights.  The initialisers of `<name>.fp32.onnx` and
`<name>.fp16.onnx` are ONNX external data that point into it: `location` its name, `offset` 8 + the header's
length + the tensor's begin.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import warnings
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from engine.atomic import atomic_file
from engine.geometry import CHIP, COARSE, SQUARE
from engine.networks.completion_network import CONDITION, CompletionNetwork
from engine.networks.damage_network import DamageNetwork
from engine.networks.edge_network import EdgeNetwork
from engine.networks.framing_network import FramingNetwork
from engine.networks.presets import Preset
from engine.runtime.catalog import DAMAGE, DETECTOR, EXTRAS, FILE, NETWORKS, digest
from training.errors import SourceError
from training.learning import checkpoints

OPSET = 18


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edges", type=Path, required=True, help="stage 1's weights.safetensors")
    parser.add_argument("--fine", type=Path, required=True, help="the fine completion network's weights.safetensors")
    parser.add_argument("--coarse", type=Path, help="the coarse completion network's, if there is one")
    parser.add_argument("--framing", type=Path, help="the framing network's weights.safetensors, if there is one")
    parser.add_argument("--damage", type=Path, help="the damage network's; without, the one that lies in OUT is kept")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", required=True, help="what results call the models")
    parser.add_argument("--default-steps", type=int, default=2)


def run(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in (*NETWORKS, *EXTRAS, DAMAGE)}
    weights = {name: path for name, path in given.items() if path is not None}
    export(weights, arguments.out, name=arguments.name, default_steps=arguments.default_steps)
    for file in sorted(arguments.out.iterdir()):
        print(f"{file.stat().st_size:>10} {file}")
    return 0


def export(weights: dict[str, Path], out: Path, *, name: str, default_steps: int) -> None:
    """Write the networks and `catalog.json` into `out`; `weights`: the trained file of each.

    The coarse and the framing network may be left out (`engine.runtime.catalog.EXTRAS`), and the damage network.
    """
    out.mkdir(parents=True, exist_ok=True)
    for network, trained in weights.items():
        export_network(network, trained, out)
    files = [file for network in weights if network != DAMAGE for file in _files(network, out)]
    # In the folder that ships; other folders need neither.
    files += [file for file in (*_files(DAMAGE, out), out / DETECTOR) if file.is_file()]
    catalog = {
        "name": name,
        "default_steps": default_steps,
        "files": {f.name: {"size": f.stat().st_size, "sha256": digest(f)} for f in files},
    }
    # The last: until it is there, files of another export do not match the catalog that is, and are refused.
    _write(out / FILE, (json.dumps(catalog, indent=2) + "\n").encode())


def _files(name: str, out: Path) -> list[Path]:
    """What `export_network` writes."""
    return [out / f"{name}.safetensors", *(out / f"{name}.{precision}.onnx" for precision in _precisions(name))]


def _precisions(name: str) -> tuple[str, ...]:
    """The damage network is quick on any processor, so no GPU runs it."""
    return ("fp32",) if name == DAMAGE else ("fp32", "fp16")


def export_network(name: str, trained: Path, out: Path) -> None:
    """Write one network's weights and graphs."""
    if checkpoints.about(trained).get("bottleneck", "hybrid") != "hybrid":
        raise SourceError(f"{trained} is of an ablation: its bottleneck is not the one that ships")
    network = _network(name, checkpoints.preset_of(trained))
    checkpoints.load_weights(trained, network)
    stored = out / f"{name}.safetensors"
    if stored.resolve() != trained.resolve():
        _write(stored, trained.read_bytes())
    for precision in _precisions(name):
        graph = _graph(name, network.to(torch.float16 if precision == "fp16" else torch.float32).eval())
        _point_into(graph, stored)
        _write(out / f"{name}.{precision}.onnx", graph.SerializeToString())


def _network(name: str, preset: Preset) -> nn.Module:
    if name in ("coarse", "fine"):
        return CompletionNetwork(preset, "coarse" if name == "coarse" else "fine")
    if name == DAMAGE:
        return DamageNetwork(preset)
    return EdgeNetwork(preset) if name == "edges" else FramingNetwork(preset)


def _write(path: Path, data: bytes) -> None:
    with atomic_file(path, overwrite=True) as file:
        file.write(data)


class _HalfEdges(nn.Module):
    """The edge network in fp16 with float32 inputs and outputs."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, edges: Tensor, hole: Tensor, image: Tensor) -> Tensor:
        out: Tensor = self.network(edges.half(), hole.half(), image.half())
        return out.float()


def _graph(name: str, network: nn.Module) -> onnx.ModelProto:
    """Trace the network into a graph whose initialisers are named as its parameters.

    The batch axis is free; of the damage network, the sides are too.
    """
    free = {0: "batch", 2: "height", 3: "width"} if name == DAMAGE else {0: "batch"}
    half = next(network.parameters()).dtype == torch.float16
    side = (1, 1, CHIP, CHIP)
    if name == "edges":
        inputs = {
            "edges": torch.zeros(side),
            "hole": torch.ones(side),
            "image": torch.zeros(1, 3, CHIP, CHIP),
        }
        module = _HalfEdges(network) if half else network
        output = "drawn"
    elif name == "framing":
        inputs = {"picture": torch.zeros(1, 3, SQUARE, SQUARE), "known": torch.ones(1, 1, SQUARE, SQUARE)}
        module, output = network, "found"
    elif name == DAMAGE:
        inputs, module, output = {"grey": torch.zeros(side)}, network, "damage"
    else:
        size, planes = (COARSE, CONDITION["coarse"]) if name == "coarse" else (CHIP, CONDITION["fine"])
        inputs = {
            "residual": torch.zeros(1, 3, size, size),
            "sigma": torch.ones(1),
            "condition": torch.zeros(1, planes, size, size),
        }
        module, output = network, "denoised"
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # torch's tracing exporter keeps parameter names, which is what the weights file needs; it is
        # called old in a warning.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            buffer,  # type: ignore[arg-type]  # the tracing exporter takes one, only its types do not say so
            input_names=list(inputs),
            output_names=[output],
            opset_version=OPSET,
            dynamo=False,
            do_constant_folding=False,
            dynamic_axes=dict.fromkeys((*inputs, output), free),
        )
    model = onnx.load_from_string(buffer.getvalue())
    if isinstance(network, CompletionNetwork) and network.refinement is not None:
        _skip_refinement(model.graph)
    return model


def _skip_refinement(graph: onnx.GraphProto) -> None:
    """Let the refinement run only where its area is not empty, as `CompletionNetwork` does: tracing knows no `if`."""
    inside = [node for node in graph.node if node.name.startswith("/refinement/")]
    (found,) = inside[-1].output
    laid = next(node for node in graph.node if found in node.input)
    (area,) = (name for name in laid.input if name != found)
    inside[-1].output[0] = "refined"
    nothing = helper.make_tensor("nothing", TensorProto.FLOAT, (1, 1, 1, 1), (0.0,))
    branches = {
        "then_branch": helper.make_graph(inside, "refinement", [], [_value("refined")]),
        "else_branch": helper.make_graph(
            [helper.make_node("Constant", [], ["unrefined"], value=nothing)], "none", [], [_value("unrefined")]
        ),
    }
    choice = [
        helper.make_node("ReduceMax", [area], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["needed"], to=TensorProto.BOOL),
        helper.make_node("If", ["needed"], [found], name="refinement", **branches),
    ]
    names = {node.name for node in inside}
    nodes = [node for node in graph.node if node.name not in names]
    place = nodes.index(laid)
    del graph.node[:]
    graph.node.extend([*nodes[:place], *choice, *nodes[place:]])


def _value(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, (None,) * 4)


def _point_into(model: onnx.ModelProto, weights: Path) -> None:
    """Let the initialisers point into the weights file, cast to float32 where the graph wants that."""
    with weights.open("rb") as stream:
        length = struct.unpack("<Q", stream.read(8))[0]
        header = json.loads(stream.read(length))
    graph, casts = model.graph, []
    for tensor in list(graph.initializer):
        name = tensor.name.removeprefix("network.")
        if name not in header:
            continue
        about = header[name]
        if about["dtype"] != "F16" or list(about["shape"]) != list(tensor.dims):
            raise ValueError(f"{weights}: {name} is not what the graph expects")
        stored = f"{tensor.name}.stored" if tensor.data_type == TensorProto.FLOAT else tensor.name
        if stored != tensor.name:
            casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
        begin, end = about["data_offsets"]
        pointer = TensorProto(
            name=stored, data_type=TensorProto.FLOAT16, dims=tensor.dims, data_location=TensorProto.EXTERNAL
        )
        place = {"location": weights.name, "offset": 8 + length + begin, "length": end - begin}
        for key, value in place.items():
            pointer.external_data.add(key=key, value=str(value))
        graph.initializer.remove(tensor)
        graph.initializer.append(pointer)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
