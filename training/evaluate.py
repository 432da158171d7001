"""`python -m training evaluate`: the same pictures and holes for every method, and what it makes of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.errors import ConfigError, OutputError
from training.measuring.contenders import contenders
from training.measuring.fill_cases import Cases
from training.measuring.fill_report import markdown, write
from training.measuring.fill_scores import Measured, measure_all
from training.measuring.fixed_blurs import SEVERITIES
from training.measuring.fixed_holes import EYE, PARTS, STROKES, WIDE
from training.options import count

HOLES = {"strokes": STROKES, "parts": PARTS, "wide": WIDE, "eye": EYE, "all": STROKES + PARTS + WIDE}
METHODS = {"holes": "telea,ns,patchmatch,ours-1,ours-8", "blur": "bicubic,denoised,unsharp,ours-1,ours-2,ours-4"}
_GRID = 32
"""Pixels: what a picture's side has to be a multiple of for the network by whose features fills are compared."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shards", nargs="+", type=Path, required=True, help="tars of chips to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder for tables and the contact sheet")
    parser.add_argument("--damage", choices=tuple(METHODS), default="holes", help="what is done to the pictures")
    usual = "; ".join(f"{damage}: {names}" for damage, names in METHODS.items())
    parser.add_argument("--methods", help=f"comma-separated ({usual}); ours-N[:SAMPLER], and --method-weights'")
    parser.add_argument("--limit", type=count, help="measure on so many chips only, spread over the shards")
    parser.add_argument(
        "--holes",
        choices=tuple(HOLES),
        help="strokes in five bins of area (the default), parts of the face, most of it, one eye; all: but the last",
    )
    parser.add_argument("--each", action="store_true", help="every kind of hole on every chip; else they take turns")
    parser.add_argument(
        "--size",
        type=_side,
        help=f"bring the pictures to this side, a multiple of {_GRID}: that of a training at a small budget",
    )
    parser.add_argument("--model", type=Path, help="folder of exported networks, if not the shipped ones")
    parser.add_argument(
        "--method-weights",
        action="append",
        default=[],
        type=_named,
        metavar="NAME=PATH",
        help="a weights.safetensors of `train`, or a folder of exported networks, as the method NAME (or NAME-N)",
    )
    parser.add_argument("--edge-weights", type=Path, help="stage 1's weights, for stage 2's weights.safetensors")
    parser.add_argument("--backend", choices=("onnx", "torch"), default="onnx")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=0, help="of the holes and the samplers (%(default)s)")
    parser.add_argument("--rows", type=count, default=12, help="rows of the contact sheet (%(default)s)")


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and Path(path).exists()):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=PATH of something that exists")
    return name, Path(path)


def _side(text: str) -> int:
    side = count(text)
    if side % _GRID:
        raise argparse.ArgumentTypeError(f"{text} is not a multiple of {_GRID}")
    return side


def run(arguments: argparse.Namespace) -> int:
    found = _measure(arguments)
    write(found, arguments.out)
    print(markdown(found))
    return 0


def _measure(arguments: argparse.Namespace) -> Measured:
    blurs = arguments.damage == "blur"
    if blurs and arguments.holes:
        raise ConfigError("--holes is for --damage holes; a blur has none")
    methods = arguments.methods or METHODS[arguments.damage]
    names = list(dict.fromkeys(name.strip() for name in methods.split(",") if name.strip()))
    cases = Cases(
        arguments.shards,
        size=arguments.size,
        limit=arguments.limit,
        kinds=tuple(SEVERITIES) if blurs else HOLES[arguments.holes or "strokes"],
        each=arguments.each,
        seed=arguments.seed,
    )
    fills = contenders(
        names,
        folder=arguments.model,
        weights=dict(arguments.method_weights),
        edges=arguments.edge_weights,
        backend=arguments.backend,
        device=arguments.device,
        seed=arguments.seed,
        blurs=blurs,
    )
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)  # before an hour of work, not after it
    except OSError as error:
        raise OutputError(f"{arguments.out} cannot be written: {error.strerror or error}") from error
    return measure_all(cases, fills, rows=arguments.rows)
