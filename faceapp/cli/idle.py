"""Options that stand on the command line and would do nothing there: each is refused in a sentence."""

from __future__ import annotations

import argparse
from collections.abc import Container

from engine import NETWORK_METHODS
from faceapp.messages import UsageError

_OF_NETWORKS = (
    *("frame", "aligned", "edges", "reference", "save_edges", "save_steps", "steps", "sampler", "device", "backend"),
    "grain",
)
_OF_CHANCE = ("seed", "variants")
_CERTAIN = ("telea", "ns")
"""The methods that leave nothing to chance."""

NAMES = (*_OF_NETWORKS, *_OF_CHANCE, "sensitivity", "review_above", "strength")
"""The options that may do nothing."""


def check_idle(options: argparse.Namespace, given: Container[str]) -> None:
    """Raise UsageError if an option was given and does nothing; what a preset says may be for another run.

    `given`: the names of the options that were.
    """
    mask = "masks" if options.command == "batch" else "mask"
    if getattr(options, mask, None) != "auto":
        for name in ("sensitivity", "review_above"):
            if name in given:
                raise UsageError("{0} is for --{1} auto; leave it out", _written(name), mask)
    if "strength" in given and options.command != "enhance" and options.blurred is None:
        raise UsageError("--strength is for what is blurred; give --blurred, or leave it out")
    if options.method in NETWORK_METHODS:
        return
    for name in _OF_NETWORKS:
        if name in given:
            raise UsageError("{0} needs the networks; method {1} has none", _written(name), options.method)
    for name in _OF_CHANCE if options.method in _CERTAIN else ():
        if name in given and (name != "variants" or options.variants > 1):
            raise UsageError("{0} changes nothing: method {1} leaves nothing to chance", _written(name), options.method)


def _written(name: str) -> str:
    return "--no-grain" if name == "grain" else f"--{name.replace('_', '-')}"
