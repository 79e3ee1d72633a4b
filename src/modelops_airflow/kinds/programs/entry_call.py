"""Calls a function of somebody's Python code, in the jail: columns in, answers out."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any


def call_entry(folder: str, entry: str, rows: Any) -> dict[str, Any]:
    """What the function answers, as arrays of numbers or texts.

    Raises:
        RuntimeError: it raises something; with the line of its code.
        TypeError: it answers something else than numbers or texts by name.
    """
    import numpy as np

    module, _, function = entry.partition(":")
    sys.path.insert(0, folder)
    try:
        answers = getattr(importlib.import_module(module), function)({str(name): rows[name].to_numpy() for name in rows.columns})
    except BaseException as error:
        raise RuntimeError(_located(error, folder)) from None
    if not isinstance(answers, dict) or sorted(map(str, answers)) not in (["prediction"], ["prediction", "score"]):
        told = ", ".join(map(repr, list(answers)[:5])) if isinstance(answers, dict) else type(answers).__name__
        raise TypeError(f"{entry} answered {told[:100]}; expected a dict with prediction, and score where it has a probability")
    return {name: _array(np.asarray(answers[name]), f"{name} of {entry}") for name in ("prediction", "score") if name in answers}


def _array(values: Any, what: str) -> Any:
    if values.ndim != 1:
        raise TypeError(f"{what} has {values.ndim} dimensions; expected one value a row")
    if values.dtype.kind in "biuf" or values.dtype.kind == "U" or all(isinstance(one, str) for one in values):
        return values
    raise TypeError(f"{what} is of the type {values.dtype}; expected numbers, true and false, or texts")


def _located(error: BaseException, folder: str) -> str:
    """The error in one line, with the last line of the folder's code that it came through."""
    told = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'without a word'}"[:200]
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(f"{folder}/")]
    return f"{told} ({own[-1].filename[len(folder) + 1:]}:{own[-1].lineno})" if own else told
