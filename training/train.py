"""`python -m training train`: the command line of the loop."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from training.learning.config import STAGES
from training.learning.loop import Given, train
from training.options import add_options, config_of, mixed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", choices=STAGES, help="which network; the completion networks are coarse and fine")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; an existing one is resumed")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so many")
    parser.add_argument("--images", type=int, help="stop once so many were seen in all, if that comes first")
    parser.add_argument("--begin", type=Path, help="weights.safetensors that a fresh run starts from")
    parser.add_argument("--begin-critic", type=Path, help="critic.safetensors that its critic starts from")
    parser.add_argument("--coarse-weights", type=Path, help="the coarse network's weights.safetensors, for fine")
    parser.add_argument("--photos", type=Path, help="folder of sound photos, for damage besides scikit-image's")
    parser.add_argument("--decay", action="store_true", help="let the learning rate fall to zero: the last piece")
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    done = train(
        config_of(arguments, arguments.stage),
        arguments.shards,
        arguments.out,
        minutes=arguments.minutes,
        images=arguments.images,
        device=arguments.device,
        given=Given(
            begin=arguments.begin,
            critic=arguments.begin_critic,
            edges=arguments.edge_weights,
            coarse=arguments.coarse_weights,
            photos=arguments.photos,
        ),
        decay=arguments.decay,
        bf16=mixed(arguments),
    )
    print(f"{done.images} images, {done.steps} steps: {done.folder / 'weights.safetensors'}")
    return 0
