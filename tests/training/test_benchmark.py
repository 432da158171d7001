"""The benchmark runs the real networks on every runtime of this machine."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest

from training import benchmark
from training.learning import speed

pytestmark = pytest.mark.slow


def test_every_runtime_of_the_cpu_has_a_row() -> None:
    header, *rows = benchmark.table("small", seconds=0.01)
    assert [row[:2] for row in rows][:2] == [["ONNX cpu", "fp32"], ["ONNX cpu", "fp16"]]
    assert ["PyTorch cpu", "fp32"] in [row[:2] for row in rows]
    for row in rows:
        milliseconds, rate, gigaflops = map(float, row[2:5])
        assert milliseconds * rate == pytest.approx(1000, rel=0.1)
        assert gigaflops == pytest.approx(5.5 * rate, rel=0.2)  # the model card's figure
        assert len(row) == len(header)


def test_a_warm_call_is_timed_by_its_median(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that the calls move: the first is slow and does not count, one of the others is slow and does."""
    now, spans = [0.0], iter([50.0, 1.0, 2.0, 90.0, 3.0, 4.0])

    def call() -> None:
        now[0] += next(spans)

    monkeypatch.setattr(speed, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    assert speed.median_time(call, seconds=96) == 2.5
    assert list(spans) == [4.0], "enough is enough"


def test_a_call_is_timed_three_times_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(speed, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    calls: list[int] = []
    assert speed.median_time(lambda: calls.append(1), seconds=0.5) == 1
    assert len(calls) == 1 + 3


def test_a_start_is_split_into_its_parts() -> None:
    name, device, *milliseconds = benchmark.start_up()
    assert (name.startswith("facemend"), device) == (True, "cpu")
    assert len(milliseconds) == 4
    assert all(float(part) > 0 for part in milliseconds)
