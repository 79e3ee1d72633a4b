"""Calls the function `modelops_score` of somebody's shared library, in the jail: numbers in, numbers out."""

from __future__ import annotations

import ctypes
from typing import Any

FUNCTION = "modelops_score"


def call_library(path: str, rows: Any, *, scored: bool) -> dict[str, Any]:
    """What it answers; a row that it left out stays NaN.

    Raises:
        RuntimeError: it has no such function, or the function says that it failed.
    """
    import numpy as np

    values = np.ascontiguousarray(rows.to_numpy(dtype="float64", na_value=np.nan))
    answers = {name: np.full(len(rows), np.nan) for name in ("prediction", "score")}
    try:
        function = getattr(ctypes.CDLL(path), FUNCTION)
    except (OSError, AttributeError) as error:
        raise RuntimeError(f"the library cannot be loaded: {str(error).replace(path, 'it')}") from None
    numbers = ctypes.POINTER(ctypes.c_double)
    function.restype, function.argtypes = ctypes.c_int, [ctypes.c_size_t, ctypes.c_size_t, numbers, numbers, numbers]
    code = function(len(rows), len(rows.columns), *(one.ctypes.data_as(numbers) for one in (values, answers["prediction"], answers["score"])))
    if code:
        raise RuntimeError(f"{FUNCTION} returned {code}; 0 says that all rows were answered")
    return answers if scored else {"prediction": answers["prediction"]}
