"""`facemend enhance`: make the blurred faces of one photo sharp, and enlarge it."""

from __future__ import annotations

import argparse

from faceapp.cli.restore import run_one


def run(options: argparse.Namespace) -> int:
    """Enhance one photo as the options say; returns the exit code, raises what goes wrong."""
    return run_one(options, mask=None, missing=False, blurred="faces", faces=options.faces)
