"""The terminal: a progress bar where somebody looks, and Ctrl-C that stops a run within one step."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from tqdm import tqdm


class Bar:
    """A progress bar on stderr; silent where stderr is not a terminal."""

    def __init__(self, text: str, *, total: int = 1) -> None:
        self._bar = tqdm(
            total=float(total),
            desc=text,
            disable=not sys.stderr.isatty(),
            file=sys.stderr,
            leave=False,
            bar_format="{percentage:3.0f}% |{bar}| {desc} [{elapsed}<{remaining}]",
        )

    def show(self, done: float, text: str, *, skipped: float = 0.0) -> None:
        """Move the bar to `done` of its total; of that `skipped` took no time and promises none for the rest."""
        self._bar.initial = skipped
        self._bar.set_description_str(text, refresh=False)
        self._bar.n = done
        self._bar.refresh()

    def say(self, line: str) -> None:
        """Write a line on stderr without tearing the bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            sys.stderr.write(line + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()


@contextmanager
def cancel_on_interrupt(cancel: Callable[[], None]) -> Iterator[None]:
    """While inside, the first Ctrl-C or SIGTERM calls `cancel`, and a second one stops at once."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        signal.signal(number, _stop_at_once)
        cancel()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_at_once(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
