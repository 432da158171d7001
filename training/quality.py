"""`python -m training quality`: quality against evaluations for samplers, starts and guidance, as table and plot."""

from __future__ import annotations

import argparse
import csv
import io
import math
import statistics
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import cast, get_args

from PIL import Image, ImageDraw, ImageFont

from engine.fill.sampling import Sampling
from engine.request import SamplerName
from engine.runtime.models import load_models
from training.errors import ConfigError
from training.measuring.fill_cases import Cases
from training.measuring.fill_scores import measure_all
from training.measuring.fills import sampled
from training.measuring.tables import grid, write_files

_MEASURES = ("perceptual", "psnr", "gmsd", "texture")
_COLOURS = (
    "#1f77b4",
    "#d62728",
    "#2ca02c",
    "#9467bd",
    "#ff7f0e",
    "#17becf",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
)
_PANEL, _MARGIN, _LINE = (520, 360), 60, 16


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
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    picture = io.BytesIO()
    plot(rows).save(picture, "PNG")
    files = {
        "quality.csv": text.getvalue().encode(),
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


def plot(rows: Sequence[Sequence[str]]) -> Image.Image:
    """Perceptual distance and PSNR over a logarithmic axis of evaluations; header and rows as in the CSV."""
    curves = list(dict.fromkeys(row[0] for row in rows[1:]))
    height = max(_PANEL[1], _LINE * (len(curves) + 2))
    sheet = Image.new("RGB", (2 * _PANEL[0] + 220, height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default()
    for panel, measured in enumerate(("perceptual", "psnr")):
        _panel(pen, rows, measured, left=panel * _PANEL[0], curves=curves)
    for i, curve in enumerate(curves):
        pen.text((2 * _PANEL[0], _LINE * (i + 1)), curve, fill=_COLOURS[i % len(_COLOURS)], font=font)
    return sheet


def _panel(
    pen: ImageDraw.ImageDraw, rows: Sequence[Sequence[str]], measured: str, *, left: int, curves: Sequence[str]
) -> None:
    column = rows[0].index(measured)
    values = [float(row[column]) for row in rows[1:]]
    low, high = min(values), max(values)
    most = math.log(max(2, *(int(row[1]) for row in rows[1:])))

    def place(steps: str, value: float) -> tuple[float, float]:
        x = left + _MARGIN + (_PANEL[0] - 2 * _MARGIN) * math.log(int(steps)) / most
        return x, _PANEL[1] - _MARGIN - (_PANEL[1] - 2 * _MARGIN) * (value - low) / (high - low or 1)

    frame = (left + _MARGIN, _MARGIN, left + _PANEL[0] - _MARGIN, _PANEL[1] - _MARGIN)
    pen.rectangle(frame, outline="grey")
    pen.text((frame[0], _MARGIN - 20), f"{measured} against evaluations", fill="black")
    for value in (low, high):
        pen.text((left + 4, place("1", value)[1] - 6), f"{value:.3g}", fill="black")
    for steps in sorted({row[1] for row in rows[1:]}, key=int):
        pen.text((place(steps, low)[0] - 4, frame[3] + 6), steps, fill="black")
    for i, curve in enumerate(curves):
        points = [place(row[1], float(row[column])) for row in rows[1:] if row[0] == curve]
        pen.line(points, fill=_COLOURS[i % len(_COLOURS)], width=2)
        for x, y in points:
            pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=_COLOURS[i % len(_COLOURS)])
