"""Expectations about the type of a column, in NumPy's and Python's names; others are pandas' own and left to the library."""

from __future__ import annotations

from typing import Any

from .arguments import Arguments, NotNative
from .frame import CATEGORY, TEXT, Frame, Values
from .map import column_of
from .result import Result, mapped

_PYTHON: dict[str, type] = {
    "bool": bool, "int": int, "long": int, "float": float, "bytes": bytes, "complex": complex,
    "str": str, "string_types": str, "list": list, "dict": dict,
}


def of_type(frame: Frame, given: Arguments) -> Result:
    """A column's values are of a type."""
    import numpy as np

    column, name = column_of(frame, given), given.text("type_")
    if column.dtype in ("object", CATEGORY):
        return _texts(column, [name], given)
    actual = np.dtype(column.dtype).type
    return Result(actual in {_numpy(name).type, _PYTHON.get(name.lower())}, observed=actual.__name__)


def in_type_list(frame: Frame, given: Arguments) -> Result:
    """A column's values are of one of several types."""
    import numpy as np

    column, names = column_of(frame, given), given.texts("type_list")
    if column.dtype in ("object", CATEGORY):
        return _texts(column, names, given)
    actual = np.dtype(column.dtype)
    known = [_numpy(name) for name in names] + [np.dtype(_PYTHON[name.lower()]) for name in names if name.lower() in _PYTHON]
    return Result(actual in known, observed=actual.type.__name__)


def _texts(column: Values, names: list[str], given: Arguments) -> Result:
    """Of texts each value is looked at: it is a `str`, and nothing else that NumPy has a name for."""
    if column.kind != TEXT or column.dtype == CATEGORY or any(name in ("object", "object_", "O") for name in names):
        raise NotNative
    for name in names:
        if name not in ("string_types",):
            _numpy(name)
    fits = any(_PYTHON.get(name.lower()) is str for name in names)
    return mapped(column.rows, 0 if fits else len(column.present), given.mostly(), missing=column.gaps)


def _numpy(name: str) -> Any:
    import numpy as np

    try:
        return np.dtype(name)
    except (TypeError, ValueError):
        raise NotNative from None
