"""What runs inside the jail: read everything from the pipe, lock the door, load, score, answer.

The parent sends orders, the artifact and the rows; all libraries are imported and the rows are read
before the model is, so the locked process needs nothing more from outside.
"""

from __future__ import annotations

import codecs
import importlib
import json
import os
import struct
import sys
from typing import Any, BinaryIO

from ..programs.entry_call import call_entry
from ..programs.library_call import call_library
from .lockdown import Locked, leave_network, lock

NUMBERS = {"b": "<u1", "i": "<i8", "u": "<u8", "f": "<f8"}
"""How answers are written, by numpy's kind of type."""


def main() -> None:
    """Score once and leave."""
    no_network = leave_network()  # first: libraries start threads
    source, out = sys.stdin.buffer, _private_answer()
    orders: dict[str, Any] = json.loads(_part(source))
    data, rows = _part(source), _frame(_part(source))
    _import(orders["modules"])
    locked = lock(memory=orders["memory"], seconds=orders["seconds"], readable=orders["readable"], no_network=no_network,
                  hooked="library" not in orders)
    header: dict[str, Any] = {"network": locked.network, "files": locked.files}
    try:
        if locked.lacks:
            raise PermissionError("not locked in")
        answers = _by_pickle(locked, orders, data, rows) if "arrays" in orders else _by_code(locked, orders, rows)
        told, blobs = _written(answers)
        header |= told
    except BaseException as error:  # whatever a model raises, the parent gets one line
        blobs = []
        header["error"] = (str(error) or type(error).__name__).strip().splitlines()[0][:300]
    text = json.dumps(header).encode()
    out.write(b"".join([struct.pack("<Q", len(text)), text, *blobs]))
    out.flush()
    os._exit(0)  # no destructor of the model runs


def _private_answer() -> BinaryIO:
    """The pipe to the parent; what the model prints goes nowhere."""
    answer = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answer


def _part(source: BinaryIO) -> bytes:
    return source.read(struct.unpack("<Q", source.read(8))[0])


def _frame(rows: bytes) -> Any:
    import pyarrow as pa

    pa.set_cpu_count(1)
    return pa.ipc.open_stream(rows).read_all().to_pandas(use_threads=False)


def _import(modules: list[str]) -> None:
    """Import what the model needs while files can still be read, and what scikit-learn looks for when it predicts."""
    codecs.lookup("latin1")  # protocol 2 spells bytes in it
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:  # of another version of the library: loading will say so
            continue
    if "sklearn" in sys.modules:
        _calm_sklearn()


def _calm_sklearn() -> None:
    import joblib  # type: ignore[import-untyped]  # it has no stubs
    from sklearn.utils import parallel

    joblib.parallel_config(backend="sequential")  # n_jobs of the model is its author's; here is one process
    controller = getattr(parallel, "_get_threadpool_controller", None)
    if controller is not None:
        controller()


def _by_code(locked: Locked, orders: dict[str, Any], rows: Any) -> dict[str, Any]:
    """What a stranger's code answers; it meets nothing but the kernel, so all of it must hold."""
    if not locked.calls:
        raise PermissionError("this system has no seccomp against calls that no model needs")
    if "library" in orders:
        return call_library(orders["library"], rows, scored=orders["scored"])
    return call_entry(orders["folder"], orders["entry"], rows)


def _by_pickle(locked: Locked, orders: dict[str, Any], data: bytes, rows: Any) -> dict[str, Any]:
    """What a pickled model answers."""
    import numpy as np

    from ..pickles.unpickler import load

    model = load(locked, data, arrays=orders["arrays"])
    if not hasattr(model, "predict"):
        raise TypeError(f"the file holds a {type(model).__name__}, which cannot predict")
    wanted = [str(name) for name in getattr(model, "feature_names_in_", rows.columns)]
    missing = [name for name in wanted if name not in rows.columns]
    if missing:
        raise ValueError(f"the model needs columns the data does not have: {', '.join(missing)}")
    answers = {"prediction": np.asarray(model.predict(rows[wanted]))}
    if hasattr(model, "predict_proba"):
        probabilities = np.asarray(model.predict_proba(rows[wanted]))
        if probabilities.ndim == 2 and probabilities.shape[1] == 2:
            answers["score"] = probabilities[:, 1]
    return answers


def _written(answers: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Answers as a description and bare numbers."""
    import numpy as np

    told: list[dict[str, Any]] = []
    blobs = []
    for name, answered in answers.items():
        labels, values = None, answered
        if answered.dtype.kind not in NUMBERS:
            labels, values = np.unique(answered.astype(str), return_inverse=True)
        told.append({"name": name, "rows": len(values), "kind": values.dtype.kind, "labels": labels.tolist() if labels is not None else None})
        blobs.append(np.ascontiguousarray(values.reshape(len(values)), dtype=NUMBERS[values.dtype.kind]).tobytes())
    return {"columns": told}, blobs
