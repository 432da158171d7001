"""How fast a run goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch.utils.flop_counter import FlopCounterMode

from training.learning.speed import Precision, matrix_peak


class Gauge:
    """Chips a second since the last look, and their share of the device's peak.

    The peak is that of a large matrix product in the run's precision, measured once at the start; the work of a chip
    is counted in the run's first step, all losses, forward and backward (a multiply-add is two operations).
    """

    def __init__(self, device: str, precision: Precision, *, images: Callable[[], int], per_step: int) -> None:
        """`images`: tells how many were seen; `per_step`: of them in a step, 0 if others share it: then nothing is
        counted."""
        self.precision = precision
        self._images, self._per_step, self._work = images, per_step, 0.0
        self._peak = matrix_peak(device, precision, seconds=0.2)
        self._restart()

    def _restart(self) -> None:
        self._count, self._time = self._images(), time.monotonic()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Around a step: count what it does, if that is not known yet."""
        if self._work or not self._per_step:
            yield
            return
        with FlopCounterMode(display=False) as counter:
            yield
        self._work = counter.get_total_flops() / self._per_step / 1e9
        self._restart()

    def read(self) -> tuple[float, float]:
        """Chips a second and the share of the peak (0: not counted) since it was read last."""
        rate = (self._images() - self._count) / max(time.monotonic() - self._time, 1e-9)
        self._restart()
        return rate, rate * self._work / self._peak
