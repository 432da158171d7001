"""The bar shows on a terminal and nowhere else; a signal inside the block asks for a cancel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceapp.cli.console import cancel_on_interrupt

ROOT = Path(__file__).resolve().parents[3]
SHOW = "from faceapp.cli.console import Bar\nwith Bar('reading') as bar: bar.show(0.5, 'step 1 of 2')"


def on_a_terminal(script: str) -> str:
    """What a script shows on a terminal of 80 columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    return shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
def test_bar_shows_on_a_terminal() -> None:
    shown = on_a_terminal(SHOW)
    assert "50% |" in shown
    assert "step 1 of 2" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
@pytest.mark.parametrize(("skipped", "left"), [(0, "<00:09]"), (90, "<15:0")])
def test_the_time_left_does_not_count_on_what_was_skipped(skipped: int, left: str) -> None:
    show = f"bar._bar.start_t -= 100; bar.show(91, 'on', skipped={skipped})"
    assert left in on_a_terminal(f"from faceapp.cli.console import Bar\nwith Bar('on', total=100) as bar: {show}")


def test_bar_is_silent_in_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


def test_the_first_signal_cancels_and_the_second_stops() -> None:
    before = signal.getsignal(signal.SIGINT)
    asked: list[bool] = []
    with cancel_on_interrupt(lambda: asked.append(True)):
        signal.raise_signal(signal.SIGINT)
        assert asked == [True]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
