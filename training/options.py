"""Options that commands share: numbers, and of `train` and `ablate` the data, the device, and a run's settings."""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import torch

from training.errors import ConfigError
from training.learning.config import STAGES, USUAL, Stage, TrainConfig, usual
from training.learning.speed import fast_bf16

PRESETS = Path(__file__).parent / "presets"


def count(text: str) -> int:
    """A number of things, at least one."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is not a count")
    return int(text)


def percent(text: str) -> float:
    """0 to 100, as a share."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 100")
    return value / 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `train` and `ablate` share: the data, the device, and an option for each field of `TrainConfig`."""
    parser.add_argument("--shards", nargs="+", type=Path, required=True, help="tar files of 256x256 chips")
    parser.add_argument("--edge-weights", type=Path, help="the edge network's weights.safetensors, for fine")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        help="mixed precision; by default on a GPU and on CPUs with AMX or AVX512_BF16",
    )
    known = ", ".join(sorted(path.stem for path in PRESETS.glob("*.toml")))
    parser.add_argument("--config", help=f"settings from a TOML file, or by name: {known}; options go before it")
    types, told = get_type_hints(TrainConfig), get_type_hints(TrainConfig, include_extras=True)
    for field in dataclasses.fields(TrainConfig):
        if field.name == "stage":
            continue
        text = f"{told[field.name].__metadata__[0]} ({_usually(field.name, field.default)})"
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
        if types[field.name] is bool:
            options["action"] = argparse.BooleanOptionalAction
        elif get_args(types[field.name]):
            options["choices"] = get_args(types[field.name])
        else:
            options["type"] = types[field.name]
        parser.add_argument(f"--{field.name.replace('_', '-')}", **options)


def _usually(name: str, default: object) -> str:
    """What is taken for a setting where nothing is said."""
    others = [f"{stage}: {settings[name]}" for stage, settings in USUAL.items() if name in settings]
    return "; ".join([f"default: {default}", *others])


def config_of(arguments: argparse.Namespace, stage: Stage) -> TrainConfig:
    """The config file's settings, and over them the options that were given.  Raises `ConfigError`."""
    names = {f.name for f in dataclasses.fields(TrainConfig)} - {"stage"}
    given = {name: value for name, value in vars(arguments).items() if name in names}
    return usual(stage, **(_read(arguments.config, stage) | given))


def _read(name: str | None, stage: Stage) -> dict[str, Any]:
    """A file's settings, and over them those in its table for the stage."""
    if name is None:
        return {}
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    tables = {key: value for key, value in found.items() if key in STAGES and isinstance(value, dict)}
    common = {key: value for key, value in found.items() if key not in tables}
    for settings in (common, *tables.values()):
        _check(settings, path)
    return common | tables.get(stage, {})


def _check(settings: Mapping[str, Any], path: Path) -> None:
    types = get_type_hints(TrainConfig)
    for key, value in settings.items():
        allowed = get_args(types.get(key))
        right = value in allowed if allowed else isinstance(value, types.get(key, ()))
        if key == "stage" or not (right or (types.get(key) is float and type(value) is int)):
            raise ConfigError(f"{path}: {key} = {value!r} is no setting of a training run")


def mixed(arguments: argparse.Namespace) -> bool:
    """Whether to train in bf16."""
    return fast_bf16(arguments.device) if arguments.bf16 is None else bool(arguments.bf16)
