"""The one place where a pickle is loaded: inside the jail, and even there with listed names only."""

from __future__ import annotations

import importlib
import io
import pickle
from typing import TYPE_CHECKING, Any, ClassVar

from .allowed import is_allowed

if TYPE_CHECKING:
    from ..confinement.lockdown import Locked

_PYTHON_2 = {"__builtin__": "builtins"}


class _Array:
    """Stands where joblib's `NumpyArrayWrapper` would; its bytes follow in the file."""

    subclass: Any
    shape: tuple[int, ...]
    order: str
    dtype: Any
    numpy_array_alignment_bytes: int | None = None


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _listed(module, name)


class _WithArrays(pickle._Unpickler):  # joblib extends the same class: arrays lie between the operations
    dispatch: ClassVar = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.file = file

    def find_class(self, module: str, name: str) -> Any:
        return _Array if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper") else _listed(module, name)

    def load_build(self) -> None:
        super().load_build()  # type: ignore[misc]
        if isinstance(self.stack[-1], _Array):  # type: ignore[attr-defined]
            self.stack[-1] = _array(self.file, self.stack[-1])  # type: ignore[attr-defined]

    dispatch[pickle.BUILD[0]] = load_build  # type: ignore[assignment]  # a method of this class


def load(_locked: Locked, data: bytes, *, arrays: bool) -> Any:
    """The model in a pickle that was walked before; `Locked` is the proof of standing in the jail.

    Raises:
        Exception: whatever the pickle, or the classes it names, raise.
    """
    file = io.BytesIO(data)
    made = _WithArrays(file).load() if arrays else _Plain(file).load()
    if file.read(1):
        raise pickle.UnpicklingError("bytes follow the pickle")
    return made


def _listed(module: str, name: str) -> Any:
    if not is_allowed(module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
    return getattr(importlib.import_module(_PYTHON_2.get(module, module)), name)


def _array(file: io.BytesIO, told: _Array) -> Any:
    import numpy as np

    if told.dtype.hasobject:
        return _Plain(file).load()
    if told.numpy_array_alignment_bytes is not None:
        file.read(file.read(1)[0])
    count = int(np.prod(told.shape, dtype="int64"))
    values = np.frombuffer(file.read(count * told.dtype.itemsize), dtype=told.dtype, count=count).copy()
    return values.reshape(told.shape, order="F") if told.order == "F" else values.reshape(told.shape)
