"""`python -m training evaluate-frames`: how near each way of framing a hidden face comes, and what a miss costs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from engine.runtime.models import load_models
from training.errors import SourceError
from training.measuring.frame_cases import KINDS, FrameCase, chip_cases, photo_cases
from training.measuring.frame_report import write
from training.measuring.frame_scores import FrameScore, filled, measure
from training.options import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shards", nargs="*", type=Path, default=[], help="tars of chips to measure on")
    parser.add_argument("--photos", type=Path, help="folder of whole photos of one face each")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--limit", type=count, default=200, help="so many cases of each source (%(default)s)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="kinds of holes")
    parser.add_argument("--fills", type=int, default=1, help="fill every so manieth case too; 0: none (%(default)s)")
    parser.add_argument("--model", type=Path, help="folder of exported networks, if not the shipped ones")
    parser.add_argument("--backend", choices=("onnx", "torch"), default="onnx")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=0, help="of canvases and holes (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    if not (arguments.shards or arguments.photos):
        raise SourceError("there is nothing to measure on: give --shards or --photos")
    models = load_models(device=arguments.device, backend=arguments.backend, folder=arguments.model)
    if not models.networks.can_frame:
        raise SourceError("the models hold no framing network (export --framing)")
    chips = chip_cases(arguments.shards, limit=arguments.limit, kinds=arguments.kinds, seed=arguments.seed)
    photos: Iterable[FrameCase] = ()
    if arguments.photos:
        photos = photo_cases(arguments.photos, limit=arguments.limit, kinds=arguments.kinds, seed=arguments.seed)
    scores: list[FrameScore] = []
    cases = chain(photos, chips if arguments.shards else ())
    for index, case in enumerate(tqdm(cases, unit="case", disable=None)):
        found = list(measure(case, models))
        if arguments.fills and index % arguments.fills == 0:
            found = list(filled(case, found, models))
        scores += found
        tables = write(scores, arguments.out)  # each time: a run that is stopped leaves what it has
    if not scores:
        raise SourceError(f"none of the pictures shows one whole face; take more than {arguments.limit} by --limit")
    print(tables)
    return 0
