"""Where `facemend` and `python -m faceapp` begin: the window or a command, and never a traceback.

Everything heavy is imported by the branch that needs it, so that `facemend --version` stays instant.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = ("restore", "enhance", "batch", "edit", "demo", "doctor")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = bool(os.environ.get("FACEMEND_DEBUG"))
    if argv is None and not debug:  # this process is ours
        from faceapp.quiet import silence_libraries

        silence_libraries()
    logging.basicConfig(level=logging.ERROR, format="facemend: %(message)s")
    from faceapp.messages import exit_code, sentence

    _take_any_name()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()  # a full disk is found out here, not after the last word
        return code
    except SystemExit as stop:  # argparse: --help, --version, wrong usage
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:
        _let_go_of_stdout()  # the reader went away (`facemend doctor | head -1`)
        return 1
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            logging.exception("where it happened:")
        if isinstance(error, OSError) and error.filename is None:  # perhaps stdout itself
            _let_go_of_stdout()
        _tell(f"facemend: {sentence(error)}\n")
        return exit_code(error)


def _take_any_name() -> None:
    """Let the terminal show what it can: a photo's name that its encoding lacks is escaped, not an error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed, or a program for Windows' desktop
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_stdout() -> None:
    """Keep the flush at exit from complaining."""
    with contextlib.suppress(OSError, ValueError):  # it is none of the system's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    """Write to stderr, or show a box where there is none: a program for Windows' desktop has no console."""
    if sys.stderr is not None:
        sys.stderr.write(text)
    if sys.__stderr__ is None and sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "FaceMend", 0x10)  # MB_ICONERROR


def _dispatch(arguments: list[str]) -> int:
    if arguments and arguments[0] != "--" and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from faceapp.cli import parser

        if arguments[0] == "edit":
            return _edit(parser.make_parser().parse_args(arguments).photo)
        return parser.main(arguments)
    return _window([Path(name) for name in arguments if name != "--"])


def _edit(photo: Path) -> int:
    """Open the application on a photo that another program waits for; 0 once it was saved over, else 1."""
    from engine import WRITABLE
    from faceapp.messages import UsageError

    if photo.suffix.lower() not in WRITABLE:
        raise UsageError("{0}: photos of this kind cannot be written, so not edited in place", photo)
    return _window([photo], edited=photo)


def _window(photos: list[Path], *, edited: Path | None = None) -> int:
    """Open the application on these photos."""
    from faceapp.messages import UsageError, WindowError

    for photo in photos:
        if not photo.exists():
            raise UsageError("{0}: no such file, and no command of facemend (see facemend --help)", photo)
    from faceapp.window_check import problem

    if trouble := problem():
        raise WindowError("{0}", trouble)
    try:
        from faceapp.app import run
    except ImportError as error:
        raise WindowError("the window cannot start: {0}", str(error)) from error
    return run(photos, edited=edited)


if __name__ == "__main__":
    sys.exit(main())
