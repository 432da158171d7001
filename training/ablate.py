"""`python -m training ablate`: the choices of the design against each other, at one budget, over several seeds.

Each variant is trained from the same seeds on the same batches in a folder of its own, `OUT/VARIANT-SEED`, and
measured on the same holes.  What is done is not done again: after a kill, give the same command.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.atomic import atomic_file
from engine.fill.sampling import Sampling
from training.errors import ConfigError
from training.learning.loop import Given, train
from training.measuring.fill_cases import Cases
from training.measuring.fill_scores import Measured, measure_all
from training.measuring.fills import Fill, TrainedNetworks, sampled
from training.measuring.measures import EdgeCounts
from training.measuring.tables import grid
from training.options import add_options, config_of, mixed

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "design": {},
    "no-edges": {"edges": False},
    "dilated": {"bottleneck": "dilated"},
    "plain": {"bottleneck": "plain"},
    "noise-everywhere": {"noise": "everywhere"},
    "denoise": {"formulation": "denoise"},
    "ddpm": {"formulation": "ddpm"},
}
"""What differs from the settings given: bottlenecks lose the attention, then the dilation too."""

_MEASURES = ("psnr", "ssim", "gmsd", "perceptual", "identity", "texture")
_DIGITS = {"psnr": 2, "ssim": 4, "gmsd": 4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--val", nargs="+", type=Path, required=True, help="shards to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs and the table")
    parser.add_argument("--images", type=int, required=True, help="the budget of each run")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="comma-separated (%(default)s)")
    parser.add_argument("--seeds", default="0,1,2", help="comma-separated (%(default)s)")
    parser.add_argument("--steps", type=int, default=8, help="evaluations of the second measurement (%(default)s)")
    parser.add_argument("--limit", type=int, default=200, help="chips to measure on (%(default)s)")
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    names = [name.strip() for name in arguments.variants.split(",")]
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    for name in names:
        if name not in VARIANTS:
            raise ConfigError(f"there is no variant {name!r}; choose from {', '.join(VARIANTS)}")
    found: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in names}
    for seed in seeds:  # seed by seed, so that a comparison is there early
        for name in names:
            found[name].append(_one(arguments, name, seed))
            text = markdown(found, images=arguments.images)
            with atomic_file(arguments.out / "ablation.md", overwrite=True) as file:
                file.write(text.encode())
    print(text)
    return 0


def _one(arguments: argparse.Namespace, name: str, seed: int) -> dict[str, dict[str, float]]:
    """Train and measure one variant with one seed, or read what came of it."""
    folder = arguments.out / f"{name}-{seed}"
    kept = folder / "scores.json"
    budget = {"images": arguments.images, "steps": arguments.steps, "limit": arguments.limit}
    if kept.exists():
        before = json.loads(kept.read_text("utf-8"))
        if before["budget"] != budget:
            raise ConfigError(f"{folder} was measured at another budget; take another --out, or delete it")
        return dict(before["scores"])
    config = dataclasses.replace(config_of(arguments, "fine"), **VARIANTS[name], seed=seed)
    train(
        config,
        arguments.shards,
        folder,
        images=arguments.images,
        device=arguments.device,
        given=Given(edges=arguments.edge_weights),
        bf16=mixed(arguments),
    )
    scores = _measure(arguments, folder / "weights.safetensors", size=config.size, first=config.formulation != "ddpm")
    with atomic_file(kept, overwrite=True) as file:
        file.write(json.dumps({"budget": budget, "scores": scores}, indent=1).encode())
    return scores


def _measure(arguments: argparse.Namespace, weights: Path, *, size: int, first: bool) -> dict[str, dict[str, float]]:
    """Means of every measure at the size trained on, for one and several evaluations; DDPM learns no first fill."""
    networks = TrainedNetworks(weights, arguments.edge_weights, device=arguments.device)
    counts = ([1] if first else []) + [arguments.steps]
    fills: dict[str, Fill] = {str(n): sampled(networks, networks.usual(Sampling(n))) for n in counts}
    cases = Cases(arguments.val, size=size, limit=arguments.limit)
    found = measure_all(cases, fills, rows=0)
    return {method: _means(found, method) for method in fills}


def _means(found: Measured, method: str) -> dict[str, float]:
    scores = [s for s in found.scores if s.method == method]
    means = {name: statistics.fmean(getattr(s, name) for s in scores) for name in _MEASURES}
    return means | {"edge F1": sum((s.edges for s in scores), EdgeCounts()).f1}


def markdown(found: Mapping[str, list[dict[str, dict[str, float]]]], *, images: int) -> str:
    """A table: a row a variant and number of evaluations; mean and, over several seeds, standard deviation."""
    rows = [["variant", "evaluations", "seeds", *_MEASURES, "edge F1"]]
    for variant, runs in found.items():
        for steps in runs[0] if runs else ():
            cells = [_cell([r[steps][name] for r in runs], _DIGITS.get(name, 3)) for name in rows[0][3:]]
            rows.append([variant, steps, str(len(runs)), *cells])
    return f"{images} images a run; means over seeds, +- their standard deviation\n\n{grid(rows)}\n"


def _cell(values: list[float], digits: int) -> str:
    if any(math.isnan(v) for v in values):
        return ""
    spread = f" +- {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.{digits}f}{spread}"
