"""A GPU that is missing, broken or runs out of memory: the CPU does the work and says so, or one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, RuntimeException
from skimage import data

from engine import DeviceError, ModelError, Photo, Request, load_models, restore
from engine.runtime import models as models_module
from engine.runtime import onnx_backend

OUT_OF_MEMORY = RuntimeException(
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node.\n"
    "bfc_arena.cc: Failed to allocate memory for requested buffer of size 268435456"
)
PROVIDER_LOST = EPFail("[ONNXRuntimeError] : 11 : EP_FAIL : CUDA failure 719: unspecified launch failure")


class FailingGpu:
    """An onnxruntime session on the CPU that says it is on the GPU and fails from its n-th run on."""

    left = 0
    error: Exception = OUT_OF_MEMORY

    def __init__(self, real: ort.InferenceSession) -> None:
        self.real = real
        self.get_inputs, self.get_outputs = real.get_inputs, real.get_outputs

    def get_providers(self) -> list[str]:
        return [onnx_backend.CUDA, "CPUExecutionProvider"]

    def run(self, outputs: None, feeds: dict[str, Any]) -> Any:
        if FailingGpu.left == 0:
            raise FailingGpu.error
        FailingGpu.left -= 1
        return self.real.run(outputs, feeds)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Exception], None]:
    """Pretend a GPU that takes so many runs and then fails."""
    real = ort.InferenceSession

    def session(source: Any, options: Any, *, providers: list[str], **rest: Any) -> Any:
        if onnx_backend.CUDA not in providers:
            return real(source, options, providers=providers, **rest)
        return FailingGpu(real(source, options, providers=["CPUExecutionProvider"], **rest))

    def pretend(runs: int, error: Exception) -> None:
        monkeypatch.setattr(FailingGpu, "left", runs)
        monkeypatch.setattr(FailingGpu, "error", error)

    monkeypatch.setattr(models_module, "_cuda_problem", lambda _backend: None)
    monkeypatch.setattr(ort, "InferenceSession", session)
    return pretend


@pytest.fixture
def request_() -> Request:
    mask = np.zeros((512, 512), np.uint8)
    mask[100:140, 200:260] = 255
    return Request(photo=Photo.from_array(data.astronaut()), mask=mask, steps=2)


@pytest.mark.slow
@pytest.mark.parametrize("error", [OUT_OF_MEMORY, PROVIDER_LOST])
@pytest.mark.parametrize("runs", [0, 2])
def test_a_gpu_that_fails_in_a_run_is_replaced_by_the_cpu(
    runs: int, error: Exception, gpu: Callable[[int, Exception], None], request_: Request, capfd: Any
) -> None:
    gpu(runs, error)
    models = load_models()
    assert (models.device, models.notes) == ("cuda", ())
    result = restore(request_, models)
    assert result.device == "cpu"
    (note,) = map(str, result.notes)
    assert note.startswith("The GPU failed, and the CPU did the work. (")
    assert str(error).splitlines()[0] in note
    assert "\n" not in note
    assert result.photo.pixels[110:130, 210:250].std() > 1
    if runs == 0:  # then it is what the CPU alone makes
        alone = restore(request_, load_models(device="cpu"))
        np.testing.assert_array_equal(result.photo.pixels, alone.photo.pixels)
    assert restore(request_, models).notes == result.notes
    assert capfd.readouterr() == ("", "")


def test_a_gpu_that_was_asked_for_fails_with_one_sentence(
    gpu: Callable[[int, Exception], None], request_: Request
) -> None:
    gpu(2, OUT_OF_MEMORY)
    before = request_.photo.pixels.copy()
    with pytest.raises(DeviceError, match="The device failed while the model ran") as caught:
        restore(request_, load_models(device="cuda"))
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(request_.photo.pixels, before)


@pytest.mark.slow
def test_a_provider_that_does_not_start_is_replaced_or_refused(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    """Here the real onnxruntime is asked for a CUDA that is not there: its libraries load nowhere in CI."""
    if onnx_backend.cuda_problem() is None:
        pytest.skip("CUDA works here")
    monkeypatch.setattr(models_module, "_cuda_problem", lambda _backend: None)
    models = load_models()
    assert models.device == "cpu"
    assert str(models.notes[0]).startswith("The GPU failed, and the CPU did the work. (")
    with pytest.raises((DeviceError, ModelError)) as caught:
        load_models(device="cuda")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().out == ""  # onnxruntime's own fallback prints there


def test_a_cpu_that_fails_is_one_sentence(request_: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    models = load_models(device="cpu")

    def fail(_self: object, *_arguments: object, **_options: object) -> None:
        raise OUT_OF_MEMORY

    monkeypatch.setattr(ort.InferenceSession, "run", fail)
    with pytest.raises(DeviceError, match="The device failed while the model ran"):
        restore(request_, models)


def test_the_methods_without_networks_need_no_device(request_: Request) -> None:
    result = restore(replace(request_, method="telea"), None)
    assert (result.device, result.notes) == ("cpu", ())
