"""The only file that imports onnxruntime: opens a graph and runs it on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort

from engine.errors import ModelError


class Session:
    """A loaded graph; safe to run from several threads."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(i.name for i in session.get_inputs())
        self.outputs = tuple(o.name for o in session.get_outputs())

    def run(self, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Run the graph on named arrays; returns its outputs in the order of `outputs`."""
        return list(self._session.run(None, dict(feeds)))


def open_session(model: Path | str | bytes, *, threads: int | None = None) -> Session:
    """Load a graph from a file or from its bytes, on the CPU; `threads` None: onnxruntime's choice.

    Raises ModelError if onnxruntime cannot load it.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3  # old graphs list every weight as an input, and each one warns
    if threads is not None:
        options.intra_op_num_threads = threads
    source = model if isinstance(model, bytes) else str(model)
    try:
        return Session(ort.InferenceSession(source, options, providers=["CPUExecutionProvider"]))
    except Exception as error:  # onnxruntime's exceptions share no public base
        name = "the model" if isinstance(model, bytes) else str(model)
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"Cannot load {name}: {reason}") from error
