"""`python -m training train`: the command line of the loop."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import get_args

import torch

from engine.networks.edge import PRESETS
from training.config import Stage as StageName
from training.config import TrainConfig
from training.loop import train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", choices=get_args(StageName))
    parser.add_argument("--shards", nargs="+", type=Path, required=True, help="tar files of 256x256 chips")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; an existing one is resumed")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--images", type=int, help="stop once so many were seen in all, if that comes first")
    parser.add_argument("--edge-weights", type=Path, help="stage 1's weights.safetensors, for stage 2")
    parser.add_argument("--begin", type=Path, help="weights.safetensors that a fresh run starts from")
    parser.add_argument("--decay", action="store_true", help="let the learning rate fall to zero: the last piece")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        help="mixed precision; by default on a GPU only, worth it too on CPUs with AVX512_BF16 or AMX",
    )
    parser.add_argument("--preset", choices=PRESETS, default="base")
    parser.add_argument("--optimizer", choices=("adamw", "adam"), default="adamw")
    parser.add_argument("--formulation", choices=("residual", "ddpm"), default="residual")
    for field in dataclasses.fields(TrainConfig):
        if field.name in ("size", "batch", "accumulate", "warmup", "masks", "half_life", "seed"):
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)
        elif field.name in ("lr", "noisy"):
            parser.add_argument(f"--{field.name}", type=float, default=field.default)


def run(arguments: argparse.Namespace) -> int:
    names = [f.name for f in dataclasses.fields(TrainConfig)]
    config = TrainConfig(**{name: getattr(arguments, name) for name in names})
    done = train(
        config,
        arguments.shards,
        arguments.out,
        minutes=arguments.minutes,
        images=arguments.images,
        device=arguments.device,
        edge_weights=arguments.edge_weights,
        begin=arguments.begin,
        decay=arguments.decay,
        compiled=arguments.compile,
        bf16=arguments.device != "cpu" if arguments.bf16 is None else arguments.bf16,
    )
    print(f"{done.images} images, {done.steps} steps: {done.folder / 'weights.safetensors'}")
    return 0
