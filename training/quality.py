"""`python -m training quality`: quality against evaluations for samplers, starts and guidance, as table and plot."""

from __future__ import annotations

import argparse
import io
import statistics
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import cast, get_args

from matplotlib.figure import Figure

from engine.fill.sampling import Sampling
from engine.request import SamplerName
from engine.runtime.models import load_models
from training.errors import ConfigError
from training.measuring.fill_cases import Cases
from training.measuring.fill_scores import measure_all
from training.measuring.fills import sampled
from training.measuring.tables import csv_bytes, grid, write_files

_MEASURES = ("perceptual", "psnr", "gmsd", "texture")
_COLOURS = 10  # of matplotlib's cycle; curves after these are dashed
_DASHES = ("-", "--", ":")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shards", nargs="+", type=Path, required=True, help="tars of chips to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder for quality.csv, quality.md and quality.png")
    parser.add_argument("--model", type=Path, help="folder of exported networks, if not the shipped ones")
    parser.add_argument("--steps", default="1,2,4,8,20,50", help="comma-separated (%(default)s)")
    parser.add_argument("--samplers", default="dpmpp_2m,heun,ddim", help="comma-separated (%(default)s)")
    parser.add_argument("--starts", default="0.15,0.6,inf", help="sigmas of the noise that comes in (%(default)s)")
    parser.add_argument("--guidance", default="1", help="on the edges: w, comma-separated, 1 is none (%(default)s)")
    parser.add_argument("--limit", type=int, default=100, help="chips to measure on (%(default)s)")
    parser.add_argument("--backend", choices=("onnx", "torch"), default="onnx")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    models = load_models(device=arguments.device, backend=arguments.backend, folder=arguments.model)
    plan = choices(arguments)
    fills = {str(number): sampled(models.networks, choice) for number, choice in enumerate(plan)}
    cases = Cases(arguments.shards, limit=arguments.limit)
    found = measure_all(cases, fills, rows=0)
    rows = [["curve", "evaluations", *_MEASURES]]
    for number, choice in enumerate(plan):
        scores = [s for s in found.scores if s.method == str(number)]
        means = [f"{statistics.fmean(getattr(s, name) for s in scores):.4f}" for name in _MEASURES]
        rows.append([_curve(choice), str(choice.steps), *means])
    picture = io.BytesIO()
    plot(rows).savefig(picture, format="png")
    files = {
        "quality.csv": csv_bytes(rows),
        "quality.md": grid(rows).encode(),
        "quality.png": picture.getvalue(),
    }
    write_files(arguments.out, files)
    print(grid(rows))
    return 0


def choices(arguments: argparse.Namespace) -> list[Sampling]:
    """Every combination once; with one evaluation neither sampler nor start matter.  Raises `ConfigError`."""
    try:
        steps = [int(n) for n in arguments.steps.split(",")]
        starts, guidance = ([float(x) for x in text.split(",")] for text in (arguments.starts, arguments.guidance))
    except ValueError as error:
        raise ConfigError(f"--steps, --starts and --guidance take numbers: {error}") from error
    samplers = arguments.samplers.split(",")
    if not set(samplers) <= set(get_args(SamplerName)):
        raise ConfigError(f"--samplers: choose from {', '.join(get_args(SamplerName))}")
    plan = [Sampling(1, guidance=w) for w in guidance if 1 in steps]
    several = product((n for n in steps if n > 1), cast("list[SamplerName]", samplers), starts, guidance)
    return plan + [Sampling(n, sampler, start, guidance=w) for n, sampler, start, w in several]


def _curve(choice: Sampling) -> str:
    guidance = "" if choice.guidance == 1 else f", w {choice.guidance:g}"
    return f"first fill{guidance}" if choice.steps == 1 else f"{choice.sampler}, start {choice.start:g}{guidance}"


def plot(rows: Sequence[Sequence[str]]) -> Figure:
    """Perceptual distance and PSNR over a logarithmic axis of evaluations; header and rows as in the CSV."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    counts = sorted({int(row[1]) for row in rows[1:]})
    for axes, measured in zip(figure.subplots(1, 2), ("perceptual", "psnr"), strict=True):
        column = rows[0].index(measured)
        for number, curve in enumerate(dict.fromkeys(row[0] for row in rows[1:])):
            points = [(int(row[1]), float(row[column])) for row in rows[1:] if row[0] == curve]
            dashes = _DASHES[number // _COLOURS % len(_DASHES)]
            axes.plot(*zip(*points, strict=True), dashes, marker="o", label=curve)
        axes.set(title=measured, xlabel="evaluations", xscale="log")
        axes.set_xticks(counts, labels=map(str, counts), minor=False)
        axes.minorticks_off()
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure
