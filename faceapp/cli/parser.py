"""The command line: its grammar, as docs/manual.md tells it, and which function runs each command.

The values that options may take are the engine's, from modules of it that import nothing heavy: `--version` and
`--help` are to be instant.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, get_args

from engine import WRITABLE, Backend, Device, Method, SamplerName
from faceapp import __version__
from faceapp.cli import idle
from faceapp.messages import UsageError

_ABOUT = """\
Restore damaged face photos, offline, on your own computer.
Without a command, `facemend [PHOTO ...]` opens the application."""


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; raises what goes wrong, SystemExit after --help."""
    options = make_parser().parse_args(argv)
    if getattr(options, "preset", None):
        options = make_parser(_defaults(options.preset)).parse_args(argv)  # what is given beside it comes first
    if options.command in ("restore", "enhance", "batch"):
        bare = vars(make_parser(dict.fromkeys(idle.NAMES)).parse_args(argv))  # without defaults: what was given
        idle.check_idle(options, {name for name in idle.NAMES if bare[name] is not None})
    if options.command == "restore":
        from faceapp.cli import restore

        return restore.run(options)
    if options.command == "enhance":
        from faceapp.cli import enhance

        return enhance.run(options)
    if options.command == "batch":
        from faceapp.cli import batch

        return batch.run(options)
    if options.command == "demo":
        from faceapp.cli import demo

        return demo.run(options)
    from faceapp.cli import doctor

    return doctor.run()


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as every other error of the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("{0} (see {1} --help)", message, self.prog)


class _Command(_Parser):
    """The parser of one command: what it does not know, it says itself, and points to its own help."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def make_parser(preset: Mapping[str, Any] = MappingProxyType({})) -> argparse.ArgumentParser:
    """The grammar of the whole command line; `preset`: what options are where they are not given."""
    parser = _Parser(
        prog="facemend",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"facemend {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Command)
    restore = commands.add_parser("restore", help="restore one photo", allow_abbrev=False)
    _add_restore(restore)
    enhance = commands.add_parser("enhance", help="make blurred faces sharp, and enlarge", allow_abbrev=False)
    _add_enhance(enhance)
    batch = commands.add_parser("batch", help="restore a folder of photos", allow_abbrev=False)
    _add_batch(batch)
    for command in (restore, enhance, batch):
        command.set_defaults(**preset)
    edit = commands.add_parser("edit", help="open the application for another program", allow_abbrev=False)
    edit.add_argument("photo", type=Path, metavar="FILE", help="the photo; exit 0 once it was saved over, else 1")
    demo = commands.add_parser("demo", help="restore the bundled sample and show each stage", allow_abbrev=False)
    demo.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the pictures (facemend-demo, or the first free number behind it)",
    )
    demo.add_argument("--force", action="store_true", help="overwrite an earlier demo in DIR")
    _add_machine_options(demo)
    commands.add_parser("doctor", help="versions, devices, models, a timed self-test", allow_abbrev=False)
    return parser


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument(
        "--mask",
        metavar="MASK|auto",
        help="image, over half grey means 'restore here'; auto: detect",
    )
    parser.add_argument("--blurred", metavar="MASK|faces", help="what is soft: an image as --mask, or all faces")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="restored photo")
    _add_recipe(parser)
    _add_sharpening(parser)
    parser.add_argument("--save-changes", type=Path, metavar="FILE", help="write where the photo changed, grey")
    parser.add_argument("--save-steps", type=Path, metavar="DIR", help="write the picture of every step there")
    parser.add_argument("--save-edges", type=Path, metavar="FILE", help="write the face's edges, 256x256")
    parser.add_argument("--save-mask", type=Path, metavar="FILE", help="write the mask that was taken or found")
    parser.add_argument(
        "--sensitivity", type=_percent, default=0.5, metavar="0..100", help="of auto: more finds fainter damage (50)"
    )
    _add_reference(parser)
    parser.set_defaults(review_above=1.0)


def _add_enhance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="photo with sharp faces")
    parser.add_argument(
        "--faces", type=_numbers, default=(), metavar="all|N,...", help="which faces, 1 is the largest (all)"
    )
    parser.set_defaults(sensitivity=0.5, review_above=1.0, save_mask=None, reference=None)
    _add_recipe(parser)
    _add_sharpening(parser)
    parser.add_argument("--save-steps", type=Path, metavar="DIR", help="write the picture of every step there")
    parser.add_argument("--save-edges", type=Path, metavar="FILE", help="write the face's edges, 256x256")
    parser.add_argument("--save-changes", type=Path, metavar="FILE", help="write where the photo changed, grey")


def _add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="IN", help="folder of photos")
    parser.add_argument("output", type=Path, metavar="OUT", help="folder for restored photos and the report")
    parser.add_argument(
        "--masks",
        metavar="DIR|FILE|auto",
        help="masks of the same names, one for all, or detect",
    )
    parser.add_argument("--blurred", metavar="DIR|FILE|faces", help="what is soft: masks as --masks, or all faces")
    parser.add_argument("--watch", action="store_true", help="go on with what comes into IN, until Ctrl-C")
    parser.add_argument(
        "--sensitivity", type=_percent, default=0.5, metavar="0..100", help="of auto: more finds fainter damage (50)"
    )
    parser.add_argument(
        "--review-above",
        type=_percent,
        default=0.15,
        metavar="PERCENT",
        help="with --masks auto: leave photos of which more is found damaged (15)",
    )
    parser.add_argument("--resume", action="store_true", help="skip photos whose outputs exist")
    parser.add_argument("--jobs", type=_count, metavar="N", help="photos at a time (1)")
    parser.add_argument("--dask", metavar="ADDRESS", help="share the photos out over a Dask cluster, tcp://HOST:PORT")
    parser.add_argument(
        "--format",
        type=str.lower,
        choices=[suffix.removeprefix(".") for suffix in WRITABLE],
        help="of the outputs (each photo's own)",
    )
    parser.add_argument("--pattern", metavar="GLOB", help="which photos, e.g. '**/*.jpg' (every image in IN)")
    _add_recipe(parser)
    _add_reference(parser)
    _add_sharpening(parser)
    parser.add_argument("--save-steps", type=Path, metavar="DIR", help="write every step there, a folder a photo")
    parser.add_argument("--save-edges", type=Path, metavar="DIR", help="write each photo's edges there")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add the options that restore and batch share."""
    parser.add_argument("--preset", metavar="NAME|FILE", help="settings kept under a name, or in a JSON file")
    parser.add_argument("--feather", type=_pixels, default=3.0, metavar="PX", help="width of the soft seam (3)")
    _add_choice(parser, "--method", Method, help="auto: faces by diffusion, the rest classically")
    steps = "evaluations of each completion network; 1 is the preview"
    parser.add_argument("--steps", type=_count, metavar="N", help=steps)
    _add_choice(parser, "--sampler", SamplerName)
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="same seed, same result (0)")
    parser.add_argument("--variants", type=_count, default=1, metavar="N", help="seeds SEED.., OUT-1, OUT-2, ...")
    parser.add_argument("--aligned", action="store_true", help="the photo is already one aligned face crop")
    parser.add_argument(
        "--frame",
        type=_frame,
        action="append",
        default=[],
        metavar="CX,CY,SIDE,ANGLE",
        help="a face by hand: centre and side in pixels, clockwise degrees; repeatable",
    )
    parser.add_argument("--edges", type=Path, metavar="EDGES", help="square picture of edges to follow in the hole")
    parser.add_argument("--unmarked", action="store_true", help="do not say in XMP that networks drew a part")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    parser.add_argument("--force", action="store_true", help="overwrite outputs that exist (never the photo)")
    _add_machine_options(parser)


def _add_reference(parser: argparse.ArgumentParser) -> None:
    """Add what is laid under what is missing."""
    help_ = "begin a face's hole from a photo of the same person, or from its other half"
    parser.add_argument("--reference", metavar="PHOTO|mirror", help=help_)


def _add_sharpening(parser: argparse.ArgumentParser) -> None:
    """Add what concerns blurred faces and the result's size."""
    help_ = "how strongly what was made sharp shows, 0 to 100 (100)"
    parser.add_argument("--strength", type=_percent, default=1.0, metavar="N", help=help_)
    parser.add_argument("--scale", type=int, choices=(1, 2, 4), default=1, help="enlarge the photo (1)")
    parser.add_argument("--no-grain", dest="grain", action="store_false", help="lay no grain over what is restored")


def _add_machine_options(parser: argparse.ArgumentParser) -> None:
    _add_choice(parser, "--device", Device)
    _add_choice(parser, "--backend", Backend)


def _add_choice(parser: argparse.ArgumentParser, option: str, kind: object, *, help: str | None = None) -> None:
    """Add an option that takes one of the names of `kind`, a Literal whose first is the default."""
    names = get_args(kind)
    parser.add_argument(option, choices=names, default=names[0], help=help)


def _count(text: str) -> int:
    return _whole(text, least=1, most=1000)


def _whole(text: str, *, least: int, most: int) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return value


def _percent(text: str) -> float:
    return _number(text, most=100) / 100


def _number(text: str, *, most: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {most}")
    return value


def _numbers(text: str) -> tuple[int, ...]:
    return () if text == "all" else tuple(_count(part) for part in text.split(","))


def _pixels(text: str) -> float:
    return _number(text, most=1000)


def _defaults(preset: str) -> dict[str, Any]:
    """A preset as the options of that name have it."""
    from faceapp.storage import presets

    return presets.load(preset, presets.default_folder())


def _seed(text: str) -> int:
    return _whole(text, least=0, most=2**32 - 1)


def _frame(text: str) -> tuple[float, float, float, float]:
    import math

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 3:
        numbers.append(0.0)
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or numbers[2] < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not CX,CY,SIDE,ANGLE with a side of at least 1 pixel")
    return numbers[0], numbers[1], numbers[2], numbers[3]
