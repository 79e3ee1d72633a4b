"""numpy arrays as joblib writes them: a description inside the pickle, then padding, then the bare bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .calls import NDARRAY, is_shape
from .dtype import holds_objects, is_dtype, item_size
from .imagined import Box, Name

WRAPPER = Name("joblib.numpy_pickle", "NumpyArrayWrapper")
_KEYS = {"subclass", "shape", "order", "dtype", "allow_mmap"}
_ALIGNMENT = "numpy_array_alignment_bytes"


def good_wrapper_state(state: object) -> bool:
    """Whether a description says all that is needed to know where its array ends."""
    if not isinstance(state, Box) or state.kind != "dict" or set(state.items) - {_ALIGNMENT} != _KEYS:
        return False
    told = state.items
    aligned = told.get(_ALIGNMENT)
    return (told["subclass"] == NDARRAY and is_shape(told["shape"]) and told["order"] in ("C", "F")
            and is_dtype(told["dtype"]) and (aligned is None or (isinstance(aligned, int) and 1 <= aligned <= 64)))


def array_end(data: bytes, at: int, told: Mapping[str, Any]) -> int | None:
    """The byte behind the array that begins at `at`; None for an array of objects.

    Raises:
        ValueError: the bytes are not there, or the padding is none.
    """
    if holds_objects(told["dtype"]):
        return None
    if told.get(_ALIGNMENT) is not None:
        wide = data[at]
        if not 1 <= wide <= told[_ALIGNMENT] or data[at + 1 : at + 1 + wide] != b"\xff" * wide:
            raise ValueError(f"the padding at byte {at} is not joblib's")
        at += 1 + wide
    end: int = at + math.prod(told["shape"]) * item_size(told["dtype"])
    if end > len(data):
        raise ValueError("an array is cut off")
    return end
