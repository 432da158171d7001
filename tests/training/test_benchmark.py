"""The benchmark runs the real networks on every runtime of this machine."""

from __future__ import annotations

import time

import pytest

from training import benchmark

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


def test_a_call_is_timed_by_its_median() -> None:
    naps = iter([0.0, 0.01, 0.01, 0.08, *[0.01] * 100])
    assert 0.01 <= benchmark.median_time(lambda: time.sleep(next(naps)), seconds=0.1) < 0.03


def test_a_start_is_split_into_its_parts() -> None:
    name, device, *milliseconds = benchmark.start_up()
    assert (name.startswith("facemend"), device) == (True, "cpu")
    assert len(milliseconds) == 4
    assert all(float(part) > 0 for part in milliseconds)
