"""Numbers and options that a command of training cannot take are a sentence and exit code 2, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.__main__ import main
from training.options import percent

from .conftest import made_shard


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("evaluate --methods telea --size 7", "7 is not a multiple of 32"),
        ("evaluate --methods telea --size 100", "100 is not a multiple of 32"),
        ("evaluate --damage blur --holes wide", "--holes is for --damage holes; a blur has none"),
        ("evaluate-damage --sensitivity 101", "101 is not a number from 0 to 100"),
        ("evaluate-damage --sensitivity nan", "nan is not a number from 0 to 100"),
        ("evaluate-damage --limit 0", "0 is not a count"),
        ("evaluate-frames --limit 0", "0 is not a count"),
    ],
)
def test_what_a_command_cannot_take_is_said(
    arguments: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shard, out = made_shard(tmp_path / "made.tar", chips=1, side=64), tmp_path / "out"
    command, *given = arguments.split()
    try:
        code = main([command, "--shards", str(shard), "--out", str(out), *given])
    except SystemExit as stop:  # argparse's
        code = int(stop.code or 0)
    assert code == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_sensitivity_is_told_as_the_application_tells_it() -> None:
    assert [percent(text) for text in ("0", "50", "100")] == [0, 0.5, 1]


@pytest.mark.slow
def test_pictures_of_which_none_can_be_measured_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard = made_shard(tmp_path / "made.tar", chips=2, side=256)
    argv = ["evaluate-frames", "--shards", str(shard), "--out", str(tmp_path / "out"), "--limit", "1"]
    assert main([*argv, "--device", "cpu"]) == 2
    assert "none of the pictures shows one whole face" in capsys.readouterr().err.splitlines()[-1]
