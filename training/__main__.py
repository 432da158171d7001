"""`python -m training prepare | train | export | evaluate...`: see `COMMANDS`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from types import ModuleType

from engine.errors import EngineError
from training.errors import TrainingError

COMMANDS = {
    "prepare": "cut your own photos into shards of aligned chips",
    "train": "train one of the networks, or a baseline",
    "export": "make the weights file and the ONNX graphs that ship",
    "evaluate": "measure fills against the truth and the classical methods",
    "evaluate-frames": "measure how hidden faces are framed, and what a wrong frame costs",
    "evaluate-damage": "measure what the search for damage finds, misses, and marks on sound pictures",
    "ablate": "train and measure the choices of the design against each other",
    "quality": "plot quality against the number of evaluations",
    "benchmark": "time the completion network on every runtime at hand",
}


def _module(command: str) -> ModuleType:
    return import_module(f"training.{command.replace('-', '_')}")


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text)
        if name in argv[:1]:
            _module(name).add_arguments(sub)
    arguments = parser.parse_args(argv)
    try:
        result: int = _module(arguments.command).run(arguments)
    except (TrainingError, EngineError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return result


if __name__ == "__main__":
    sys.exit(main())
