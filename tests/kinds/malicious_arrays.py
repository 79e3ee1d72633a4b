"""numpy arrays and types that lie, alone and as joblib writes them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from assembler import PROTO, Raw, built, call, canary, evil, name, new, pickled, value

NDARRAY = name("numpy", "ndarray")
LINEAR = ("sklearn.linear_model._base", "LinearRegression")
Array = tuple[str, str, bytes, bool, str]


def dtype(spec: str, *state: Any, copy: bool = True) -> Raw:
    """A pickled type."""
    made = call(("numpy", "dtype"), spec, False, copy)
    return built(made, state) if state else made


F8 = dtype("f8", 3, "<", None, None, None, -1, -1, 0)
O8 = dtype("O8", 3, "|", None, None, None, -1, -1, 63)
HIDDEN = dtype("O8", 3, "|", None, None, None, -1, -1, 0)
FIELD = dtype("V8", 3, "|", None, ("a",), {"a": (O8, 0)}, 8, 1, 16)


def array(kind: Raw, content: Any, shape: Any = (1,), made: Raw = NDARRAY) -> Raw:
    """A pickled array."""
    return built(call(("numpy._core.multiarray", "_reconstruct"), made, (0,), b"b"), (1, shape, kind, False, content))


def model(coefficients: Raw) -> bytes:
    """A pickled model with these coefficients."""
    return pickled(built(new(*LINEAR), {"coef_": coefficients, "intercept_": 0}))


def wrapped(kind: Raw, shape: Any, after: bytes, *, subclass: Raw = NDARRAY, order: Any = "C", **more: Any) -> Raw:
    """An array as joblib writes it."""
    told = {"subclass": subclass, "shape": shape, "order": order, "dtype": kind, "allow_mmap": True, "numpy_array_alignment_bytes": 16, **more}
    return Raw(built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), told) + after)


class _Evil:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        import os

        return os.system, (self.command,)


def _plain() -> Iterator[tuple[str, Raw]]:
    """Arrays inside a pickle; every name is allowed, what they say is not true."""
    yield "objects that the type hides", array(HIDDEN, b"A" * 8)
    yield "objects hidden in a field", array(FIELD, b"A" * 8)
    yield "a field that flags hide", array(dtype("V8", 3, "|", None, ("a",), {"a": (HIDDEN, 0)}, 8, 1, 16), b"A" * 8)
    yield "a field beyond the end", array(dtype("V8", 3, "|", None, ("a",), {"a": (F8, 800)}, 8, 1, 16), b"A" * 8)
    yield "a field before the start", array(dtype("V8", 3, "|", None, ("a",), {"a": (F8, -8)}, 8, 1, 16), b"A" * 8)
    yield "a type of another size", array(dtype("V8", 3, "|", None, None, None, 80000, 1, 0), b"A" * 8)
    yield "a shared type", array(dtype("f8", 3, "<", None, None, None, -1, -1, 0, copy=False), b"A" * 8)
    yield "a shared type of objects", array(dtype("O8", 3, "|", None, None, None, -1, -1, 0, copy=False), b"A" * 8)
    yield "a type set twice", array(built(F8, (3, "<", None, None, None, -1, -1, 63)), b"A" * 8)
    yield "a type never set", array(dtype("f8"), b"A" * 8)
    yield "a subarray of objects", array(dtype("V8", 3, "|", (O8, (1,)), None, None, 8, 1, 0), b"A" * 8)
    yield "numbers that claim to be objects", array(dtype("f8", 3, "<", None, None, None, -1, -1, 63), b"A" * 8)
    yield "metadata", array(dtype("M8", 4, "<", None, None, None, -1, -1, 0, ({"a": 1}, (b"ns", 1, 1, 1))), b"A" * 8)
    yield "objects as bytes", array(O8, b"A" * 8)
    yield "another class", array(F8, b"A" * 8, made=name("numpy", "memmap"))
    yield "an allowed class that is none", array(F8, b"A" * 8, made=name(*LINEAR))
    yield "a negative shape", array(F8, b"A" * 8, shape=(-1,))
    yield "a scalar of objects", call(("numpy._core.multiarray", "scalar"), O8, b"A" * 8)
    yield "a scalar too short", call(("numpy._core.multiarray", "scalar"), F8, b"A")
    yield "a buffer of objects", call(("numpy._core.numeric", "_frombuffer"), b"A" * 8, O8, (1,), "C")
    yield "a string that loads", call(("numpy", "fromstring"), "1", sep := "a")
    fields = Raw(value({"a": (F8, 0)}) + b"q\x40")
    void = dtype("V8", 3, "|", None, ("a",), fields, 8, 1, 16)
    yield "fields changed afterwards", Raw(array(void, b"A" * 8) + b"h\x40" + value("a") + value((O8, 0)) + b"s0")
    yield "a buffer with another state", built(call(("numpy._core.numeric", "_frombuffer"), b"A" * 8, F8, (1,), "C"), (1, (1,), F8, False, b"A" * 8))
    yield "a record array", call(("numpy.rec", "array"), b"A", sep)


def arrays(canaries: Path) -> Iterator[Array]:
    """Label, kind, bytes, whether the canary is written, and how it is loaded."""
    for label, one in _plain():
        yield f"with {label}", "pickle", model(one), False, "pickle"
    for label, one in _joblib():
        yield f"of joblib with {label}", "joblib", model(one), False, "joblib"

    def command(label: str) -> str:
        return f"touch {canary(canaries, f'array {label}')}"

    label = "of objects inside joblib"
    nested = wrapped(O8, (1,), evil(command(label)))
    yield label, "joblib", model(nested), True, "joblib"
    label = "of real objects by joblib"
    yield label, "joblib", _dumped(command(label)), True, "joblib"
    label = "of joblib in a file of pickle"
    yield label, "pickle", model(wrapped(O8, (1,), evil(command(label)))), True, "joblib"
    label = "of objects of pickle"
    yield label, "pickle", pickle.dumps(np.array([_Evil(command(label))], dtype=object)), True, "pickle"
    label = "in a file of numpy"
    out = io.BytesIO()
    np.save(out, np.array([_Evil(command(label))], dtype=object), allow_pickle=True)
    yield label, "pickle", out.getvalue(), True, "numpy"
    yield f"{label} as joblib", "joblib", out.getvalue(), False, "numpy"
    label = "whose bytes are a pickle"
    inner = evil(command(label))
    yield label, "joblib", model(wrapped(F8, (len(inner) // 8 + 1,), b"\x01\xff" + inner.ljust(8 * (len(inner) // 8 + 1)))) + inner, False, "pickle"


def _dumped(command: str) -> bytes:
    import joblib

    out = io.BytesIO()
    joblib.dump({"a": np.array([_Evil(command)], dtype=object)}, out)
    return out.getvalue()


def _joblib() -> Iterator[tuple[str, Raw]]:
    """Arrays between the operations."""
    eight = b"\x01\xff" + b"A" * 8
    yield "an end before its bytes", wrapped(F8, (1 << 20,), eight)
    yield "more bytes than told", wrapped(F8, (1,), eight + b"AAAAAAAA")
    yield "a shape of thousands of millions", wrapped(F8, (1 << 40, 1 << 40), eight)
    yield "a negative shape", wrapped(F8, (-1,), eight)
    yield "a shape that is no number", wrapped(F8, ("a",), eight)
    yield "hidden objects", wrapped(HIDDEN, (1,), eight)
    yield "another padding", wrapped(F8, (1,), b"\x01\x00" + b"A" * 8)
    yield "much padding", wrapped(F8, (1,), b"\xff" + b"\xff" * 255 + b"A" * 8)
    yield "another class", wrapped(F8, (1,), eight, subclass=name("os", "system"))
    yield "a class of numpy", wrapped(F8, (1,), eight, subclass=name("numpy", "memmap"))
    yield "another order", wrapped(F8, (1,), eight, order="K")
    yield "one key more", wrapped(F8, (1,), eight, more=1)
    yield "an alignment of its own", wrapped(F8, (1,), eight, numpy_array_alignment_bytes=1 << 20)
    yield "objects that are none", wrapped(O8, (1,), pickled(value(1)))
    yield "objects in objects", wrapped(O8, (1,), pickled(wrapped(F8, (1,), eight)))
    yield "objects cut off", wrapped(O8, (1,), PROTO[5] + b"N")
